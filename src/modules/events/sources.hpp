#pragma once
// Where events come from: endpoints that providers send to, with the secrets that they sign with.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "crypto/secret.hpp"
#include "modules/events/database.hpp"
#include "modules/events/source_kind.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct NewSource {
    std::string name;
    SourceKind kind{};
    std::string description;
    /// The secret that the provider gave, as Slack and Linear do. Empty: one is made here, to be given to the provider;
    /// of Notion it comes with the provider's first request.
    crypto::Secret secret;
    /// Of senders without a scheme of their own, in lower case; empty for the usual ones.
    std::string signature_header, delivery_header, event_type_header;
    /// From which deliveries are taken, as 140.82.112.0/20; empty: any.
    std::vector<std::string> allowed_networks;
};

struct AddedSource {
    Uuid id;
    crypto::Secret secret;  ///< made here, shown this once; empty when it was given or is awaited
};

struct KnownSource {
    Uuid id;
    std::string name;
    SourceKind kind{};
    std::string status;  ///< paused, failing, waiting, silent, healthy: events.event_source_health
    bool has_secret = false;
    std::string signature_header;               ///< that deliveries must have
    std::vector<std::string> allowed_networks;  ///< empty: any
    std::optional<Timestamp> verified_at, paused_at, previous_secret_until, last_received_at;
    std::int64_t events_24_hours = 0, rejects_24_hours = 0;
    Timestamp created_at;
};

/// All on behalf of an actor who may administer events. Throws Failures: events.no_such_source, events.name_taken.
class EventSources {
  public:
    EventSources(pg::Database<Database> database, identity::Credentials credentials);

    Task<AddedSource> add(identity::Actor actor, NewSource source) const;
    Task<std::vector<KnownSource>> list(identity::Actor actor) const;
    /// By name, whatever the case, or by id.
    Task<KnownSource> find(identity::Actor actor, std::string name) const;
    Task<> pause(identity::Actor actor, Uuid source, Timestamp now) const;
    Task<> resume(identity::Actor actor, Uuid source) const;
    /// Its secret goes, its events stay.
    Task<> remove(identity::Actor actor, KnownSource source, Timestamp now) const;
    /// Another secret: the one given, or one that is made here and returned. The old one is accepted until `old_until`.
    Task<crypto::Secret> replace_secret(identity::Actor actor, KnownSource source, crypto::Secret secret,
                                        std::optional<Timestamp> old_until) const;
    /// Takes deliveries from these networks only; empty: from any. Throws a Failure client.network_invalid.
    Task<> allow(identity::Actor actor, Uuid source, std::vector<std::string> networks) const;
    /// For trying a source out and for Notion, which asks for the secret that it has sent.
    Task<crypto::Secret> read_secret(identity::Actor actor, KnownSource source) const;

  private:
    Task<CredentialId> store_secret(identity::Actor actor, SourceKind kind, Uuid source,
                                    const crypto::Secret& secret) const;

    pg::Database<Database> database_;
    identity::Credentials credentials_;
};

/// 256 random bits as 64 hexadecimal digits: what every provider's form takes.
crypto::Secret make_secret();

}  // namespace gsdb::events
