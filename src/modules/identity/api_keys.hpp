#pragma once
// Making, listing, replacing and revoking API keys.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "crypto/secret.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/authentication.hpp"

namespace gsdb::identity {

struct NewApiKey {
    std::string name;  ///< what it is for
    Role role = Role::member;
    std::vector<std::string> scopes;
    std::optional<UserId> user_id;  ///< the person it acts for
    std::optional<Timestamp> expires_at;
};

/// A key at the only moment when its text exists.
struct IssuedApiKey {
    ApiKeyId id;
    std::string prefix;
    crypto::Secret text;
};

struct ApiKeyEntry {
    ApiKeyId id;
    std::optional<UserId> user_id;
    std::string name;
    std::string prefix;
    Role role{};
    std::vector<std::string> scopes;
    std::optional<Timestamp> expires_at;
    std::optional<Timestamp> revoked_at;
    std::optional<Timestamp> last_used_at;  ///< to within a quarter of an hour
    Timestamp created_at;
};

/// Everything here needs identity:admin, stays within the actor's organization, and is noted in the audit log.
class ApiKeys {
  public:
    explicit ApiKeys(pg::Database<Database> database,
                     std::shared_ptr<AuthenticationCache> cache = shared_authentication_cache(),
                     std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());

    /// Nobody hands out more than they have: "identity.beyond_own_rights". A wrong name, scope or expiry is
    /// "identity.bad_api_key".
    Task<Result<IssuedApiKey>> create(Actor actor, NewApiKey wanted) const;

    /// In the order they were made, revoked and expired ones too. `after` is the last id of the page before.
    Task<Result<std::vector<ApiKeyEntry>>> list(Actor actor, std::optional<ApiKeyId> after,
                                                std::int64_t page_size) const;

    /// At once in this process; in others within the life of their cache (30 s). "identity.api_key_unknown" when the
    /// organization has no such key; one that is revoked stays so.
    Task<Result<void>> revoke(Actor actor, ApiKeyId id) const;

    /// A new key with the name, role, scopes and expiry of the old one, which is revoked in the same transaction.
    Task<Result<IssuedApiKey>> rotate(Actor actor, ApiKeyId id) const;

  private:
    pg::Database<Database> database_;
    std::shared_ptr<AuthenticationCache> cache_;
    std::shared_ptr<const Clock> clock_;
};

}  // namespace gsdb::identity
