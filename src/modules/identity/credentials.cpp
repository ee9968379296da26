#include "modules/identity/credentials.hpp"

#include <fmt/format.h>

#include "modules/identity/observations.hpp"
#include "modules/identity/queries.hpp"
#include "modules/identity/refusal.hpp"

namespace gsdb::identity {

namespace {

constexpr Permission administration{.area = "identity", .access = Access::admin};

/// A ciphertext opens in its own row and under its own name only.
crypto::Place place_of(OrganizationId organization_id, CredentialId id, std::string_view provider,
                       std::string_view name) {
    return {"gsdb credential", to_string(organization_id), to_string(id), provider, name};
}

Task<CredentialId> store_sealed(pg::Transaction tx, std::shared_ptr<const crypto::KeyRing> keys, Actor actor,
                                std::shared_ptr<const NewCredential> credential) {
    auto organization_id = actor.organization_id();
    auto created_by = actor.user_id();
    co_await sign(tx, std::move(actor));
    auto existing = co_await tx.query<sql::FindCredential>(
        {.organization_id = organization_id, .provider = credential->provider, .name = credential->name});
    auto id = existing ? existing->id : CredentialId::make(SystemClock());
    auto sealed = keys->seal(credential->secret, place_of(organization_id, id, credential->provider, credential->name));
    if (existing) {
        co_await tx.query<sql::ReplaceCredential>({.credential_id = id,
                                                   .ciphertext = std::move(sealed.ciphertext),
                                                   .nonce = std::move(sealed.nonce),
                                                   .algorithm = std::string(crypto::sealing_algorithm),
                                                   .key_id = std::move(sealed.key_id),
                                                   .expires_at = credential->expires_at});
    } else {
        co_await tx.query<sql::CreateCredential>({.credential_id = id,
                                                  .provider = credential->provider,
                                                  .name = credential->name,
                                                  .ciphertext = std::move(sealed.ciphertext),
                                                  .nonce = std::move(sealed.nonce),
                                                  .algorithm = std::string(crypto::sealing_algorithm),
                                                  .key_id = std::move(sealed.key_id),
                                                  .expires_at = credential->expires_at,
                                                  .created_by = created_by});
    }
    co_return id;
}

Task<> delete_one(pg::Transaction tx, Actor actor, CredentialId id) {
    co_await sign(tx, std::move(actor));
    co_await tx.query<sql::DeleteCredential>({.credential_id = id});
}

using Page = std::vector<sql::ListCredentialsToReencrypt::Row>;

/// A row of the page under the active key; nothing when it cannot be opened.
std::optional<sql::ReencryptCredential::Params> reseal(const crypto::KeyRing& keys, const Page::value_type& row) {
    auto place = place_of(row.organization_id, row.id, row.provider, row.name);
    auto opened = keys.open({.key_id = row.key_id, .nonce = row.nonce, .ciphertext = row.ciphertext}, place);
    if (!opened) {
        observe::emit(CredentialUnsealable{.organization_id = to_string(row.organization_id),
                                           .credential_id = to_string(row.id),
                                           .reason = opened.error().code});
        return std::nullopt;
    }
    auto sealed = keys.seal(*opened, place);
    return sql::ReencryptCredential::Params{.organization_id = row.organization_id,
                                            .credential_id = row.id,
                                            .old_nonce = row.nonce,
                                            .ciphertext = std::move(sealed.ciphertext),
                                            .nonce = std::move(sealed.nonce),
                                            .algorithm = std::string(crypto::sealing_algorithm),
                                            .key_id = std::move(sealed.key_id)};
}

/// What became of the page; counted afresh when the transaction runs again.
Task<Reencryption> reencrypt_page(pg::Transaction tx, std::shared_ptr<const crypto::KeyRing> keys,
                                  std::shared_ptr<const Page> page) {
    Reencryption done;
    for (const auto& row : *page) {
        auto resealed = reseal(*keys, row);
        if (!resealed) {
            ++done.unsealable;
            continue;
        }
        auto answer = co_await tx.query<sql::ReencryptCredential>(std::move(*resealed));
        ++(answer.is_replaced ? done.replaced : done.changed_meanwhile);
    }
    co_return done;
}

}  // namespace

Credentials::Credentials(pg::Database<Database> database, std::shared_ptr<const crypto::KeyRing> keys)
    : database_(std::move(database)), keys_(std::move(keys)) {}

Task<Result<CredentialId>> Credentials::store(Actor actor, NewCredential credential) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto shared = std::make_shared<const NewCredential>(std::move(credential));
    co_return co_await with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return store_sealed(tx, keys_, actor, shared); }));
}

Task<Result<crypto::Secret>> Credentials::read(OrganizationId organization_id, std::string provider,
                                               std::string name) const {
    auto row = co_await database_.query<sql::FindCredential>(
        {.organization = organization_id, .access = pg::Access::read_only},
        {.organization_id = organization_id, .provider = provider, .name = name});
    if (!row)
        co_return std::unexpected(Error{.code = "identity.credential_unknown",
                                        .message = fmt::format("no credential '{}' is stored for {}", name, provider),
                                        .hint = "store it first; the list of credentials shows which there are",
                                        .exit_code = ExitCode::not_found});
    co_return keys_->open(
        {.key_id = std::move(row->key_id), .nonce = std::move(row->nonce), .ciphertext = std::move(row->ciphertext)},
        place_of(organization_id, row->id, provider, name));
}

Task<Result<crypto::Secret>> Credentials::read_by_id(OrganizationId organization_id, CredentialId id) const {
    auto row = co_await database_.query<sql::FindCredentialById>(
        {.organization = organization_id, .access = pg::Access::read_only},
        {.organization_id = organization_id, .credential_id = id});
    if (!row)
        co_return std::unexpected(Error{.code = "identity.credential_unknown",
                                        .message = fmt::format("no credential {} is stored", to_string(id)),
                                        .hint = "store it first; the list of credentials shows which there are",
                                        .exit_code = ExitCode::not_found});
    co_return keys_->open(
        {.key_id = std::move(row->key_id), .nonce = std::move(row->nonce), .ciphertext = std::move(row->ciphertext)},
        place_of(organization_id, id, row->provider, row->name));
}

Task<Result<std::vector<CredentialEntry>>> Credentials::list(Actor actor,
                                                             std::optional<std::pair<std::string, std::string>> after,
                                                             std::int64_t page_size) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    sql::ListCredentials::Params params{.organization_id = actor.organization_id(), .page_size = page_size};
    if (after) {
        params.after_provider = std::move(after->first);
        params.after_name = std::move(after->second);
    }
    auto rows = co_await database_.query<sql::ListCredentials>(actor.transaction(), std::move(params));
    std::vector<CredentialEntry> entries;
    entries.reserve(rows.size());
    for (auto& row : rows)
        entries.push_back({.id = row.id,
                           .provider = std::move(row.provider),
                           .name = std::move(row.name),
                           .expires_at = row.expires_at,
                           .secret_changed_at = row.secret_changed_at,
                           .encrypted_at = row.encrypted_at,
                           .created_by = row.created_by,
                           .created_at = row.created_at});
    co_return entries;
}

Task<Result<void>> Credentials::remove(Actor actor, CredentialId id) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return delete_one(tx, actor, id); }));
}

Task<Reencryption> Credentials::reencrypt(std::function<bool(const Reencryption&)> go_on,
                                          std::int32_t page_size) const {
    Reencryption total;
    sql::ListCredentialsToReencrypt::Params next{.active_key_id = keys_->active_key_id(), .page_size = page_size};
    while (!go_on || go_on(total)) {
        auto page = std::make_shared<const Page>(co_await database_.query<sql::ListCredentialsToReencrypt>({}, next));
        if (page->empty()) {
            total.is_complete = true;
            break;
        }
        auto done = co_await database_.transaction({}, [&](auto& tx) { return reencrypt_page(tx, keys_, page); });
        total.replaced += done.replaced;
        total.changed_meanwhile += done.changed_meanwhile;
        total.unsealable += done.unsealable;
        // What could not be opened stays in the list: the next page begins behind this one.
        next.after_organization_id = page->back().organization_id;
        next.after_id = page->back().id;
    }
    for (auto& key : co_await database_.query<sql::CountCredentialsByKey>({}, {}))
        total.keys_in_use.push_back(std::move(key.key_id));
    co_return total;
}

}  // namespace gsdb::identity
