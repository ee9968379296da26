#include "modules/identity/authentication_cache.hpp"

#include <gmock/gmock.h>

namespace gsdb::identity {
namespace {

using namespace std::chrono_literals;

class Cache : public testing::Test {
  protected:
    static crypto::Digest hash(std::string_view key) { return crypto::sha256(as_bytes(key)); }
    static Principal principal(Role role) {
        return {.organization_id = default_organization(), .api_key_id = {}, .role = role};
    }
    void put(std::string_view key, Principal who) {
        cache_.put(hash(key), std::move(who), clock_.now(), cache_.generation());
    }
    std::optional<Principal> find(std::string_view key) const { return cache_.find(hash(key), clock_.now()); }

    ManualClock clock_{Timestamp{1'000'000s}};
    AuthenticationCache cache_{{.life = 30s, .entries_max = 3}};
};

TEST_F(Cache, RemembersForItsLifeAndNoLonger) {
    EXPECT_EQ(find("a"), std::nullopt);
    put("a", principal(Role::admin));
    clock_.advance(30s - 1us);
    EXPECT_EQ(find("a"), principal(Role::admin));
    EXPECT_EQ(find("b"), std::nullopt);
    clock_.advance(1us);
    EXPECT_EQ(find("a"), std::nullopt);
}

TEST_F(Cache, AnExpiringKeyIsForgottenWhenItExpires) {
    auto who = principal(Role::admin);
    who.expires_at = clock_.now() + 5s;
    put("a", who);
    clock_.advance(5s - 1us);
    EXPECT_TRUE(find("a"));
    clock_.advance(1us);
    EXPECT_FALSE(find("a"));
}

TEST_F(Cache, ForgettingTakesEffectAtOnce) {
    put("a", principal(Role::admin));
    cache_.forget();
    EXPECT_FALSE(find("a"));
}

// The look-up began before the revocation and ends after it: its answer must not be remembered.
TEST_F(Cache, AnAnswerFromBeforeARevocationIsNotRemembered) {
    auto generation = cache_.generation();
    cache_.forget();
    cache_.put(hash("a"), principal(Role::admin), clock_.now(), generation);
    EXPECT_FALSE(find("a"));
}

TEST_F(Cache, StaysWithinItsBound) {
    for (auto key : {"a", "b", "c"}) put(key, principal(Role::admin));
    EXPECT_TRUE(find("a"));
    put("d", principal(Role::admin));
    EXPECT_FALSE(find("a"));
    EXPECT_TRUE(find("d"));
}

}  // namespace
}  // namespace gsdb::identity
