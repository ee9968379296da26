#include "modules/identity/authentication.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "crypto/api_key.hpp"
#include "http/error.hpp"
#include "modules/identity/observations.hpp"
#include "modules/identity/queries.hpp"

namespace gsdb::identity {

namespace {

// The refusals of identity.authenticate_api_key; malformed is found without asking it.
constexpr std::array<std::string_view, 7> rejection_names{
    "malformed", "unknown", "revoked", "expired", "user_deactivated", "not_a_member", "organization_archived"};

Rejection rejection_of(std::string_view refusal) {
    auto found = std::ranges::find(rejection_names, refusal);
    // A refusal that a newer schema knows is a refusal all the same.
    return found == rejection_names.end() ? Rejection::unknown
                                          : static_cast<Rejection>(found - rejection_names.begin());
}

/// Of a key that was not refused: then nothing but the user and the expiry may be missing.
Principal principal_of(sql::AuthenticateApiKey::Row key) {
    return {.organization_id = key.organization_id.value(),
            .api_key_id = key.api_key_id.value(),
            .user_id = key.user_id,
            .role = parse_role(key.role.value()).value(),
            .scopes = std::move(key.scopes).value(),
            .expires_at = key.expires_at};
}

}  // namespace

std::string_view to_string(Rejection rejection) {
    return rejection_names[static_cast<std::size_t>(rejection)];
}

std::shared_ptr<AuthenticationCache> shared_authentication_cache() {
    static const auto cache = std::make_shared<AuthenticationCache>(AuthenticationCache::Limits{});
    return cache;
}

Authenticator::Authenticator(pg::Database<Database> database, std::shared_ptr<AuthenticationCache> cache,
                             std::shared_ptr<const Clock> clock)
    : database_(std::move(database)), cache_(std::move(cache)), clock_(std::move(clock)) {}

Task<std::expected<Principal, Rejection>> Authenticator::authenticate(crypto::Secret presented) const {
    auto key = crypto::ApiKey::parse(presented.reveal());
    if (!key) co_return std::unexpected(Rejection::malformed);
    auto hash = key->hash();
    auto now = clock_->now();
    if (auto known = cache_->find(hash, now)) co_return std::move(*known);

    auto generation = cache_->generation();
    auto found = co_await database_.query<sql::AuthenticateApiKey>({.access = pg::Access::read_only},
                                                                   {.secret_hash = {hash.begin(), hash.end()}});
    if (found.refusal) co_return std::unexpected(rejection_of(*found.refusal));
    bool is_touch_due = found.is_touch_due;
    auto principal = principal_of(std::move(found));
    cache_->put(hash, principal, now, generation);
    if (is_touch_due) co_await note_use(principal);
    co_return principal;
}

Task<> Authenticator::note_use(Principal principal) const {
    try {
        co_await database_.query<sql::TouchApiKey>(
            {.organization = principal.organization_id},
            {.organization_id = principal.organization_id, .api_key_id = principal.api_key_id});
    } catch (const pg::SqlError& error) {
        // A replica, or a server short of disk, cannot write it down; the key is good all the same.
        observe::emit(
            KeyUseNotNoted{.api_key_id = to_string(principal.api_key_id), .sqlstate = std::string(error.sqlstate())});
    }
}

namespace {

/// What the client presents, of either header.
std::optional<std::string_view> presented_key(const http::Request& request) {
    if (auto key = request.header("X-API-Key")) return key;
    auto header = request.header("Authorization");
    constexpr std::string_view scheme = "bearer ";
    if (!header || header->size() <= scheme.size() ||
        !http::equal_ignoring_case(header->substr(0, scheme.size()), scheme))
        return std::nullopt;
    auto key = header->substr(scheme.size());
    return key.substr(std::min(key.find_first_not_of(' '), key.size()));
}

http::Response refuse_unauthenticated(const http::Request& request, std::string_view detail) {
    return http::error_response(http::problem::unauthenticated, request.request_id, detail)
        .with("WWW-Authenticate", "Bearer realm=\"gsdb\"");
}

/// "codebase:read" of a route as a permission; a route without a scope needs no more than a key.
std::optional<Permission> needed_permission(std::string_view scope) {
    auto colon = scope.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto access = parse_access(scope.substr(colon + 1));
    if (!access) return std::nullopt;
    return Permission{.area = scope.substr(0, colon), .access = *access};
}

http::Caller caller_of(const Principal& principal, std::string_view granted_scope) {
    http::Caller caller{.organization = principal.organization_id,
                        .user = principal.user_id,
                        .api_key = principal.api_key_id,
                        .role = std::string(to_string(principal.role)),
                        .scopes = principal.scopes};
    // The router looks for the route's own scope; here it was granted, perhaps by a wider one.
    if (!granted_scope.empty()) caller.scopes.emplace_back(granted_scope);
    return caller;
}

Task<std::expected<http::Caller, http::Response>> authenticate_request(Authenticator authenticator,
                                                                       http::Request request) {
    auto key = presented_key(request);
    if (!key) co_return std::unexpected(refuse_unauthenticated(request, ""));
    auto principal = co_await authenticator.authenticate(crypto::Secret(*key));
    if (!principal) {
        observe::emit(
            KeyRejected{.reason = to_string(principal.error()), .peer_address = std::string(request.peer_address)});
        co_return std::unexpected(refuse_unauthenticated(request, "The key is not valid."));
    }
    auto scope = request.route ? request.route->options.scope : std::string_view{};
    if (auto permission = needed_permission(scope))
        if (auto allowed = authorize(*principal, *permission); !allowed)
            co_return std::unexpected(
                http::error_response(allowed.error(), http::Status::forbidden, request.request_id));
    co_return caller_of(*principal, scope);
}

}  // namespace

http::Authenticate authentication(Authenticator authenticator) {
    return [authenticator = std::move(authenticator)](http::Request request) {
        return authenticate_request(authenticator, request);
    };
}

http::Authenticate authentication(pg::Database<Database> database) {
    return authentication(Authenticator(std::move(database)));
}

Actor actor_for(const http::Caller& caller) {
    return Actor(Principal{.organization_id = caller.organization,
                           .api_key_id = caller.api_key.value_or(ApiKeyId{}),
                           .user_id = caller.user,
                           .role = parse_role(caller.role).value_or(Role::viewer),
                           .scopes = caller.scopes,
                           .expires_at = {}});
}

}  // namespace gsdb::identity
