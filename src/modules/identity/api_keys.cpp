#include "modules/identity/api_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/api_key.hpp"
#include "modules/identity/queries.hpp"
#include "modules/identity/refusal.hpp"

namespace gsdb::identity {

namespace {

constexpr Permission administration{.area = "identity", .access = Access::admin};

std::unexpected<Error> bad_api_key(std::string message, std::string hint) {
    return std::unexpected(Error{.code = "identity.bad_api_key",
                                 .message = std::move(message),
                                 .hint = std::move(hint),
                                 .exit_code = ExitCode::usage});
}

Result<void> check_form(const NewApiKey& wanted, Timestamp now) {
    if (wanted.name.find_first_not_of(" \t\n") == std::string::npos || wanted.name.size() > 200)
        return bad_api_key("the key's name is empty or longer than 200 bytes", "say what the key is for");
    if (wanted.scopes.empty())
        return bad_api_key("the key has no scope", "give scopes such as codebase:read, or * for all");
    for (const auto& scope : wanted.scopes)
        if (!is_scope(scope))
            return bad_api_key(fmt::format("'{}' is not a scope", scope), "write <area>:read, :write or :admin, or *");
    if (wanted.expires_at && *wanted.expires_at <= now)
        return bad_api_key("the key would have expired already", "give a later time");
    return {};
}

Result<void> check_rights(const Actor& actor, const NewApiKey& wanted) {
    auto beyond = [](std::string detail) {
        return std::unexpected(Error{.code = "identity.beyond_own_rights",
                                     .message = "a key cannot be given more than its maker has",
                                     .detail = std::move(detail),
                                     .hint = "ask an owner of the organization, or ask for less"});
    };
    if (wanted.role > actor.role())
        return beyond(fmt::format("the role {} is above {}", to_string(wanted.role), to_string(actor.role())));
    if (auto scope = scope_beyond(actor.scopes(), wanted.scopes)) return beyond(fmt::format("the scope {}", *scope));
    return {};
}

Result<void> check(const Actor& actor, const NewApiKey& wanted, Timestamp now) {
    if (auto allowed = actor.authorize(administration); !allowed) return allowed;
    if (auto formed = check_form(wanted, now); !formed) return formed;
    return check_rights(actor, wanted);
}

template <class Row>
ApiKeyEntry entry_of(Row row) {
    return {.id = row.id,
            .user_id = row.user_id,
            .name = std::move(row.name),
            .prefix = std::move(row.prefix),
            .role = parse_role(row.role).value_or(Role::viewer),
            .scopes = std::move(row.scopes),
            .expires_at = row.expires_at,
            .revoked_at = row.revoked_at,
            .last_used_at = row.last_used_at,
            .created_at = row.created_at};
}

sql::CreateApiKey::Params row_of(const crypto::ApiKey& key, const NewApiKey& wanted) {
    auto hash = key.hash();
    return {.name = wanted.name,
            .prefix = key.prefix(),
            .secret_hash = {hash.begin(), hash.end()},
            .role = std::string(to_string(wanted.role)),
            .scopes = wanted.scopes,
            .user_id = wanted.user_id,
            .expires_at = wanted.expires_at};
}

Task<ApiKeyId> insert(pg::Transaction tx, Actor actor, sql::CreateApiKey::Params row) {
    co_await sign(tx, std::move(actor));
    auto created = co_await tx.query<sql::CreateApiKey>(std::move(row));
    co_return created.api_key_id;
}

Task<> stop(pg::Transaction tx, Actor actor, ApiKeyId id) {
    co_await sign(tx, std::move(actor));
    co_await tx.query<sql::RevokeApiKey>({.api_key_id = id});
}

Task<ApiKeyId> replace(pg::Transaction tx, Actor actor, ApiKeyId old, sql::CreateApiKey::Params row) {
    co_await stop(tx, actor, old);
    co_return co_await insert(tx, std::move(actor), std::move(row));
}

IssuedApiKey issued(ApiKeyId id, const crypto::ApiKey& key) {
    return {.id = id, .prefix = key.prefix(), .text = key.text().copy()};
}

}  // namespace

ApiKeys::ApiKeys(pg::Database<Database> database, std::shared_ptr<AuthenticationCache> cache,
                 std::shared_ptr<const Clock> clock)
    : database_(std::move(database)), cache_(std::move(cache)), clock_(std::move(clock)) {}

Task<Result<IssuedApiKey>> ApiKeys::create(Actor actor, NewApiKey wanted) const {
    if (auto checked = check(actor, wanted, clock_->now()); !checked) co_return std::unexpected(checked.error());
    auto key = crypto::ApiKey::make();
    auto row = row_of(key, wanted);
    auto id = co_await with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return insert(tx, actor, row); }));
    if (!id) co_return std::unexpected(id.error());
    co_return issued(*id, key);
}

Task<Result<std::vector<ApiKeyEntry>>> ApiKeys::list(Actor actor, std::optional<ApiKeyId> after,
                                                     std::int64_t page_size) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto rows = co_await database_.query<sql::ListApiKeys>(
        actor.transaction(), {.organization_id = actor.organization_id(), .after_id = after, .page_size = page_size});
    std::vector<ApiKeyEntry> entries;
    entries.reserve(rows.size());
    for (auto& row : rows) entries.push_back(entry_of(std::move(row)));
    co_return entries;
}

Task<Result<void>> ApiKeys::revoke(Actor actor, ApiKeyId id) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto revoked = co_await with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return stop(tx, actor, id); }));
    cache_->forget();
    co_return revoked;
}

Task<Result<IssuedApiKey>> ApiKeys::rotate(Actor actor, ApiKeyId id) const {
    auto old = co_await database_.query<sql::GetApiKey>(actor.transaction(),
                                                        {.organization_id = actor.organization_id(), .api_key_id = id});
    if (!old || old->revoked_at)
        co_return std::unexpected(Error{.code = "identity.api_key_unknown",
                                        .message = fmt::format("there is no API key {} in use", to_string(id)),
                                        .hint = "list the keys of the organization",
                                        .exit_code = ExitCode::not_found});
    auto entry = entry_of(std::move(*old));
    NewApiKey wanted{.name = entry.name,
                     .role = entry.role,
                     .scopes = entry.scopes,
                     .user_id = entry.user_id,
                     .expires_at = entry.expires_at};
    if (auto checked = check(actor, wanted, clock_->now()); !checked) co_return std::unexpected(checked.error());
    auto key = crypto::ApiKey::make();
    auto row = row_of(key, wanted);
    auto replaced = co_await with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return replace(tx, actor, id, row); }));
    cache_->forget();
    if (!replaced) co_return std::unexpected(replaced.error());
    co_return issued(*replaced, key);
}

}  // namespace gsdb::identity
