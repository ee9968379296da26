#pragma once
// Who is calling.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/uuid.hpp"
#include "modules/identity/permission.hpp"

namespace gsdb::identity {

/// A caller whose API key was found good.
struct Principal {
    OrganizationId organization_id;
    ApiKeyId api_key_id;
    std::optional<UserId> user_id;  ///< the person the key acts for; nothing for a key of the organization itself
    Role role{};                    ///< the lesser of the key's role and the person's
    std::vector<std::string> scopes;
    std::optional<Timestamp> expires_at;

    bool may(Permission permission) const {
        return role >= role_needed(permission.access) && covers(scopes, permission);
    }

    bool operator==(const Principal&) const = default;
};

/// Nothing when the principal may; else "identity.forbidden", naming the role or the scope that is missing.
Result<void> authorize(const Principal& principal, Permission permission);

/// As the audit log names the caller: "user:<id>" for a key that acts for a person, else "api_key:<id>".
std::string actor_of(const Principal& principal);

}  // namespace gsdb::identity
