#include "modules/identity/permission.hpp"

#include <gmock/gmock.h>

#include "modules/identity/principal.hpp"

namespace gsdb::identity {
namespace {

using testing::HasSubstr;

constexpr auto all_access = {Access::read, Access::write, Access::admin};
constexpr auto all_roles = {Role::viewer, Role::member, Role::admin, Role::owner};

Principal principal(Role role, std::vector<std::string> scopes) {
    return {.organization_id = default_organization(), .api_key_id = {}, .role = role, .scopes = std::move(scopes)};
}

TEST(Roles, HaveLabelsThatReadBack) {
    for (auto role : all_roles) EXPECT_EQ(parse_role(to_string(role)), role);
    EXPECT_EQ(parse_role("Owner"), std::nullopt);
    EXPECT_EQ(parse_role(""), std::nullopt);
}

TEST(Scopes, HigherAccessIncludesLower) {
    for (auto held : all_access)
        for (auto needed : all_access) {
            std::vector scopes{"code:" + std::string(to_string(held))};
            EXPECT_EQ(covers(scopes, {"code", needed}), held >= needed);
            EXPECT_FALSE(covers(scopes, {"projects", needed}));
            EXPECT_TRUE(covers({"*"}, {"code", needed}));
            EXPECT_FALSE(covers({}, {"code", needed}));
        }
}

TEST(Scopes, AreWellFormedOrNothing) {
    for (auto scope : {"*", "code:read", "api_keys:write", "x:admin"}) EXPECT_TRUE(is_scope(scope)) << scope;
    for (auto scope : {"", "code", "code:", ":read", "code:delete", "Code:read", "*:read", "_code:read",
                       "code:read,x:read", "code:read "}) {
        EXPECT_FALSE(is_scope(scope)) << scope;
        EXPECT_FALSE(covers({scope}, {"code", Access::read})) << scope;
    }
}

TEST(Scopes, AKeyCannotHandOutMoreThanItHas) {
    EXPECT_EQ(scope_beyond({"code:write"}, {"code:read", "code:write"}), std::nullopt);
    EXPECT_EQ(scope_beyond({"code:write"}, {"code:read", "code:admin"}), "code:admin");
    EXPECT_EQ(scope_beyond({"code:admin"}, {"*"}), "*");
    EXPECT_EQ(scope_beyond({"*"}, {"*", "code:admin"}), std::nullopt);
}

// Every role against every access, with the scope for all: the whole table.
TEST(Principals, MayWhatRoleAndScopeAllow) {
    for (auto role : all_roles)
        for (auto access : all_access) {
            bool expected = access == Access::read || (access == Access::write && role >= Role::member) ||
                            (access == Access::admin && role >= Role::admin);
            EXPECT_EQ(principal(role, {"*"}).may({"code", access}), expected)
                << to_string(role) << " " << to_string(access);
            EXPECT_FALSE(principal(role, {"projects:admin"}).may({"code", access}));
        }
}

TEST(Principals, RefusalSaysWhatIsMissing) {
    EXPECT_TRUE(authorize(principal(Role::member, {"code:write"}), {"code", Access::write}));
    auto role = authorize(principal(Role::viewer, {"*"}), {"code", Access::write});
    ASSERT_FALSE(role);
    EXPECT_EQ(role.error().code, "identity.forbidden");
    EXPECT_THAT(role.error().detail, HasSubstr("has the role viewer, and this needs member"));
    auto scope = authorize(principal(Role::owner, {"code:read"}), {"code", Access::write});
    ASSERT_FALSE(scope);
    EXPECT_THAT(scope.error().detail, HasSubstr("do not include code:write"));
    EXPECT_NE(scope.error().hint, "");
}

}  // namespace
}  // namespace gsdb::identity
