#pragma once
// From an API key to who is calling.

#include <expected>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "crypto/secret.hpp"
#include "http/router.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/authentication_cache.hpp"
#include "modules/identity/database.hpp"
#include "modules/identity/principal.hpp"
#include "pg/database.hpp"

namespace gsdb::identity {

/// Why a key was not accepted. Clients are told only that it was not; the log and the owner may know more.
enum class Rejection {
    malformed,  ///< no key, mistyped or cut off: the checksum does not fit
    unknown,
    revoked,
    expired,
    user_deactivated,
    not_a_member,  ///< the person it acts for is no longer in the organization
    organization_archived
};

std::string_view to_string(Rejection rejection);

/// The cache that all threads of the program share, so that a revocation reaches every one of them at once.
std::shared_ptr<AuthenticationCache> shared_authentication_cache();

class Authenticator {
  public:
    explicit Authenticator(pg::Database<Database> database,
                           std::shared_ptr<AuthenticationCache> cache = shared_authentication_cache(),
                           std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());

    /// Asks the database at most once for each life of a cache entry. Throws SqlError when it cannot be asked.
    Task<std::expected<Principal, Rejection>> authenticate(crypto::Secret presented) const;

  private:
    Task<> note_use(Principal principal) const;

    pg::Database<Database> database_;
    std::shared_ptr<AuthenticationCache> cache_;
    std::shared_ptr<const Clock> clock_;
};

/// For http::Router::set_authentication: takes `Authorization: Bearer <key>` or `X-API-Key: <key>`, answers 401 to a
/// key that is not accepted and 403 to one whose role or scopes do not allow what the route's scope names.
http::Authenticate authentication(Authenticator authenticator);
http::Authenticate authentication(pg::Database<Database> database);

/// On whose behalf a handler of a route that needs a caller works.
Actor actor_for(const http::Caller& caller);

}  // namespace gsdb::identity
