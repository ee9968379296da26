#pragma once
// Who may do what: a role says how much, scopes say where.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::identity {

/// From least to most; each may do all that the ones before it may. The labels are identity.member_role's.
enum class Role {
    viewer,  ///< reads
    member,  ///< works
    admin,   ///< manages people, keys and credentials
    owner    ///< everything
};

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view label);

enum class Access { read, write, admin };

std::string_view to_string(Access access);
std::optional<Access> parse_access(std::string_view label);

/// What an operation needs, declared beside it: {"code", Access::read}.
struct Permission {
    std::string_view area;  ///< of the API: code, projects, identity, ...
    Access access;
};

/// The least role that has an access anywhere: reading needs a viewer, writing a member, administration an admin.
Role role_needed(Access access);

/// "*", or "<area>:read|write|admin". A higher access includes the lower ones of its area.
bool is_scope(std::string_view scope);

/// Whether one of the scopes covers the permission.
bool covers(const std::vector<std::string>& scopes, Permission permission);

/// The first of `wanted` that `held` does not cover: a key cannot hand out more than it has. Nothing when all are.
std::optional<std::string> scope_beyond(const std::vector<std::string>& held, const std::vector<std::string>& wanted);

}  // namespace gsdb::identity
