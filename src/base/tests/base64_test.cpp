#include "base/base64.hpp"

#include <gmock/gmock.h>

namespace gsdb {
namespace {

// RFC 4648, section 10.
TEST(Base64, IsAsTheStandardSays) {
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
        const auto bare = text.substr(0, text.find('='));
        EXPECT_EQ(to_base64_url(bytes), bare);
        EXPECT_EQ(from_base64_url(bare), bytes);
    }
    EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(to_base64_url("\xfb\xff"), "-_8");
}

TEST(Base64, RefusesOthers) {
    for (const auto* text : {"Zg", "Zg=", "Z", "Zm9v!", "-_8="}) EXPECT_EQ(from_base64(text), std::nullopt) << text;
    for (const auto* text : {"Zg==", "Z", "+/8", "Zm 9v"}) EXPECT_EQ(from_base64_url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gsdb
