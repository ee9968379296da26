#include "modules/events/standard_webhooks.hpp"

#include <gmock/gmock.h>

#include "base/base64.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// The example of the specification's reference libraries.
TEST(StandardWebhooks, SignsTheReferenceLibrariesExample) {
    const crypto::Secret secret(std::string_view("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    const Timestamp now{std::chrono::seconds(1614265330)};
    EXPECT_THAT(sign_webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", R"({"test": 2432232314})", secret, now),
                ElementsAre(Pair("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), Pair("webhook-timestamp", "1614265330"),
                            Pair("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")));
}

TEST(StandardWebhooks, MakesSecretsThatItTakes) {
    const auto one = make_webhook_secret(), other = make_webhook_secret();
    EXPECT_NE(one.reveal(), other.reveal());
    EXPECT_TRUE(check_webhook_secret(one));
    for (const auto* wrong : {"", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%%", "plain"}) {
        const auto checked = check_webhook_secret(crypto::Secret(std::string_view(wrong)));
        ASSERT_FALSE(checked) << wrong;
        EXPECT_EQ(checked.error().code, "events.secret_invalid");
    }
}

TEST(Base64, FollowsTheVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
    for (const auto* wrong : {"Zg", "Zg=", "Z===", "Zm9v!", "Zm9v\n"}) EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace gsdb::events
