#include "modules/events/sources.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "base/bytes.hpp"
#include "http/address_guard.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/signature.hpp"
#include "modules/identity/api.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace {

KnownSource source_of(sql::ListSources::Row row) {
    const auto kind = *source_kind_from_label(row.kind);
    return {.id = row.source_id,
            .name = std::move(row.name),
            .kind = kind,
            .status = std::move(row.status),
            .has_secret = row.has_secret,
            .signature_header = std::move(row.signature_header).value_or(std::string(usual_signature_header(kind))),
            .allowed_networks = std::move(row.allowed_networks).value_or(std::vector<std::string>()),
            .verified_at = row.verified_at,
            .paused_at = row.paused_at,
            .previous_secret_until = row.previous_credential_until,
            .last_received_at = row.last_received_at,
            .events_24_hours = row.events_24_hours,
            .rejects_24_hours = row.rejects_24_hours,
            .created_at = row.created_at};
}

void check_networks(const std::vector<std::string>& networks) {
    for (const auto& network : networks) value_or_throw(http::Network::parse(network));
}

/// The provider's word for the credentials table; a source may have two secrets for a while, so each has its own name.
std::string credential_name(Uuid source, const Clock& clock) {
    return fmt::format("source {} {}", to_string(source), to_string(Uuid::v7(clock)));
}

}  // namespace

crypto::Secret make_secret() {
    std::array<std::uint8_t, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    auto text = to_hex(bytes);
    crypto::Secret secret(std::string_view{text});
    sodium_memzero(bytes.data(), bytes.size());
    sodium_memzero(text.data(), text.size());
    return secret;
}

EventSources::EventSources(pg::Database<Database> database, identity::Credentials credentials)
    : database_(std::move(database)), credentials_(std::move(credentials)) {}

Task<CredentialId> EventSources::store_secret(identity::Actor actor, SourceKind kind, Uuid source,
                                              const crypto::Secret& secret) const {
    co_return value_or_throw(
        co_await credentials_.store(std::move(actor), {.provider = std::string(to_label(kind)),
                                                       .name = credential_name(source, SystemClock()),
                                                       .secret = secret.copy(),
                                                       .expires_at = std::nullopt}));
}

Task<AddedSource> EventSources::add(identity::Actor actor, NewSource source) const {
    authorize(actor);
    check_networks(source.allowed_networks);
    AddedSource added{.id = Uuid::v7(SystemClock()), .secret = {}};
    const bool is_awaited = source.kind == SourceKind::notion && source.secret.empty();
    if (source.secret.empty() && !is_awaited) {
        added.secret = make_secret();
        source.secret = added.secret.copy();
    }
    std::optional<CredentialId> credential;
    if (!source.secret.empty()) credential = co_await store_secret(actor, source.kind, added.id, source.secret);
    std::exception_ptr problem;
    try {
        co_await database_.query<sql::AddSource>(actor.transaction(),
                                                 {.organization_id = actor.organization_id(),
                                                  .source_id = added.id,
                                                  .name = source.name,
                                                  .kind = std::string(to_label(source.kind)),
                                                  .description = source.description,
                                                  .credential_id = credential,
                                                  .signature_header = unless_empty(source.signature_header),
                                                  .delivery_header = unless_empty(source.delivery_header),
                                                  .event_type_header = unless_empty(source.event_type_header),
                                                  .allowed_networks = source.allowed_networks});
        co_return added;
    } catch (...) {
        problem = std::current_exception();
    }
    if (credential) co_await credentials_.remove(actor, *credential);
    try {
        std::rethrow_exception(problem);
    } catch (const pg::SqlError& error) {
        if (error.constraint() != "event_sources_name_key") throw;
        throw Failure({.code = "events.name_taken",
                       .message = fmt::format("there is an event source {} already", source.name),
                       .detail = "",
                       .hint = "gsdb events source list shows it; take another name, or remove it first",
                       .exit_code = ExitCode::conflict});
    }
}

Task<std::vector<KnownSource>> EventSources::list(identity::Actor actor) const {
    std::vector<KnownSource> sources;
    for (auto& row : co_await database_.query<sql::ListSources>(
             actor.transaction(), {.organization_id = actor.organization_id(), .name = ""}))
        sources.push_back(source_of(std::move(row)));
    co_return sources;
}

Task<KnownSource> EventSources::find(identity::Actor actor, std::string name) const {
    auto rows = co_await database_.query<sql::ListSources>(actor.transaction(),
                                                           {.organization_id = actor.organization_id(), .name = name});
    if (name.empty() || rows.empty()) throw no_such_source(name);
    co_return source_of(std::move(rows[0]));
}

Task<> EventSources::pause(identity::Actor actor, Uuid source, Timestamp now) const {
    authorize(actor);
    co_await database_.query<sql::PauseSource>(
        actor.transaction(), {.now = now, .organization_id = actor.organization_id(), .source_id = source});
}

Task<> EventSources::resume(identity::Actor actor, Uuid source) const {
    authorize(actor);
    co_await database_.query<sql::ResumeSource>(actor.transaction(),
                                                {.organization_id = actor.organization_id(), .source_id = source});
}

Task<> EventSources::allow(identity::Actor actor, Uuid source, std::vector<std::string> networks) const {
    authorize(actor);
    check_networks(networks);
    co_await database_.query<sql::AllowNetworks>(
        actor.transaction(),
        {.allowed_networks = std::move(networks), .organization_id = actor.organization_id(), .source_id = source});
}

Task<> EventSources::remove(identity::Actor actor, KnownSource source, Timestamp now) const {
    authorize(actor);
    const auto known = co_await database_.query<sql::ReceivingSource>({}, {.source_id = source.id});
    co_await database_.query<sql::RemoveSource>(
        actor.transaction(), {.now = now, .organization_id = actor.organization_id(), .source_id = source.id});
    if (!known) co_return;
    for (const auto& credential : {known->credential_id, known->previous_credential_id})
        if (credential) co_await credentials_.remove(actor, *credential);
}

Task<crypto::Secret> EventSources::replace_secret(identity::Actor actor, KnownSource source, crypto::Secret secret,
                                                  std::optional<Timestamp> old_until) const {
    authorize(actor);
    crypto::Secret made;
    if (secret.empty()) {
        made = make_secret();
        secret = made.copy();
    }
    const auto known = co_await database_.query<sql::ReceivingSource>({}, {.source_id = source.id});
    const auto credential = co_await store_secret(actor, source.kind, source.id, secret);
    co_await database_.query<sql::ReplaceSourceSecret>(actor.transaction(), {.previous_until = old_until,
                                                                             .credential_id = credential,
                                                                             .organization_id = actor.organization_id(),
                                                                             .source_id = source.id});
    // What is accepted no longer is kept no longer.
    if (known && known->previous_credential_id) co_await credentials_.remove(actor, *known->previous_credential_id);
    if (known && known->credential_id && !old_until) co_await credentials_.remove(actor, *known->credential_id);
    co_return made;
}

Task<crypto::Secret> EventSources::read_secret(identity::Actor actor, KnownSource source) const {
    authorize(actor);
    const auto known = co_await database_.query<sql::ReceivingSource>({}, {.source_id = source.id});
    if (!known || !known->credential_id)
        throw Failure({.code = "events.no_secret",
                       .message = fmt::format("the event source {} has no secret yet", source.name),
                       .detail = source.kind == SourceKind::notion ? "it comes with Notion's first request" : "",
                       .hint = source.kind == SourceKind::notion
                                   ? "create the subscription in Notion's settings with the URL of the source"
                                   : "gsdb events source rotate-secret gives it one",
                       .exit_code = ExitCode::not_found});
    co_return value_or_throw(co_await credentials_.read_by_id(actor.organization_id(), *known->credential_id));
}

}  // namespace gsdb::events
