#include "base/redaction.hpp"

#include <gtest/gtest.h>

namespace gsdb {
namespace {

std::string letters(std::size_t count) {
    return std::string(count, 'a');
}

TEST(Redactor, TakesOutWhatIsKnown) {
    const Redactor redact({"hunter22", "hunter22-and-more", "short", ""});
    EXPECT_EQ(redact("is hunter22, xhunter22x and hunter22-and-more; short stays"),
              "is [secret], x[secret]x and [secret]; short stays");
    EXPECT_EQ(redact(""), "");
}

TEST(Redactor, TakesOutWhatLooksLikeACredential) {
    const Redactor redact;
    // Put together here, so that nobody's scanner takes them for real.
    for (const auto& secret :
         {"gh" + ("p_" + letters(36)), "github" + ("_pat_" + letters(60)), "glp" + ("at-" + letters(20)),
          "s" + ("k-" + letters(40)), "s" + ("k-ant-" + letters(40)), "xo" + ("xb-123456-" + letters(12)),
          "lin" + ("_api_" + letters(40)), "np" + ("m_" + letters(36)), "AK" + ("IA" + letters(16)),
          "ey" + ("JhbGciOiJI.eyJzdWIiOiIx." + letters(20))}) {
        EXPECT_EQ(redact("token=" + secret + "."), "token=[secret].") << secret;
        EXPECT_EQ(redact(secret + "\n" + secret), "[secret]\n[secret]") << secret;
    }
}

TEST(Redactor, TakesThePasswordOutOfAUrl) {
    const Redactor redact;
    EXPECT_EQ(redact("clone https://me:p4ss@host/x and postgres://u:q@h:5432/d"),
              "clone https://me:[secret]@host/x and postgres://u:[secret]@h:5432/d");
    for (const auto* kept : {"http://host:8080/a@b", "https://me@host/", "see http://[::1]:80/", "a:b@c", "10:30 @home",
                             "https://:@x", "x://"})
        EXPECT_EQ(redact(kept), kept);
}

TEST(Redactor, LeavesOrdinaryTextAlone) {
    const Redactor redact;
    for (const auto* kept :
         {"ghp_ is the prefix", "task-ask-me-no-more-questions-please", "sk-learn", "npm_config_cache=/x",
          "eyJhbGciOiJI is no token", "secret_word", "AKIA", "risk-of-something-very-long-indeed-here"})
        EXPECT_EQ(redact(kept), kept);
}

}  // namespace
}  // namespace gsdb
