#pragma once
// Who wants to hear of which events, and what became of what they were sent.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "crypto/secret.hpp"
#include "modules/events/database.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// The labels are those of events.delivery_channel; a stream is kept open by who reads it and is no subscription.
enum class Channel : std::uint8_t { webhook, slack, notify };

inline constexpr std::array<std::string_view, 3> channel_labels{"webhook", "slack", "notify"};

constexpr std::string_view to_label(Channel channel) {
    return channel_labels[static_cast<std::size_t>(channel)];
}

/// Where to: "https://hooks.example.org/x", "slack:C024BE91L", "notify:build_events". Error code
/// events.target_invalid.
struct Target {
    Channel channel{};
    std::string address;  ///< the URL, or what is behind the colon
    static Result<Target> parse(std::string_view text);
};
std::string to_string(const Target& target);

struct NewSubscription {
    std::string name;
    Target target;
    std::string source;                         ///< a name; empty: every source
    std::vector<std::string> event_types{"*"};  ///< whole types, families as pull_request.*, * for all
    std::string filter;                         ///< a JSON path over the event's columns and payload; empty: none
    /// Of a webhook, as Standard Webhooks has it; empty: one is made. Of Slack, the token of the app.
    crypto::Secret secret;
    std::int32_t attempts_max = 8, timeout_ms = 30'000, concurrent_max = 4;
    std::optional<std::int32_t> deliveries_per_minute_max;
};

struct AddedSubscription {
    Uuid id;
    crypto::Secret secret;  ///< made here, shown this once; empty when it was given or is not needed
};

struct KnownSubscription {
    Uuid id;
    std::string name;
    std::optional<std::string> source;
    std::vector<std::string> event_types;
    std::optional<std::string> filter;
    std::string target;  ///< as Target::parse takes it
    std::optional<CredentialId> credential;
    std::int32_t attempts_max = 0, timeout_ms = 0, concurrent_max = 0;
    std::optional<std::int32_t> deliveries_per_minute_max;
    std::optional<Timestamp> paused_at, failing_since;
    std::optional<std::string> pause_cause;
    Timestamp created_at;
    std::int64_t pending = 0, delivered = 0, failed = 0;
};

/// What is or was to be delivered, with its last attempt.
struct KnownDelivery {
    Uuid event;
    std::string type, status;
    std::int32_t attempts = 0;
    std::optional<Timestamp> next_attempt_at, finished_at;
    Timestamp created_at;
    std::optional<std::string> outcome, detail;
    std::optional<std::int32_t> response_status, duration_ms;
};

struct KnownAttempt {
    std::int32_t number = 0;
    Timestamp started_at;
    std::string outcome, detail;
    std::optional<std::int32_t> response_status;
    std::int32_t duration_ms = 0;
};

/// All on behalf of an actor who may administer events. Throws Failures: events.no_such_subscription,
/// events.no_such_source, events.name_taken, events.filter_invalid, events.secret_invalid, events.secret_missing.
class Subscriptions {
  public:
    Subscriptions(pg::Database<Database> database, identity::Credentials credentials)
        : database_(std::move(database)), credentials_(std::move(credentials)) {}

    /// It gets what happens from now on.
    Task<AddedSubscription> add(identity::Actor actor, NewSubscription subscription) const;
    Task<std::vector<KnownSubscription>> list(identity::Actor actor) const;
    /// By name, whatever the case, or by id.
    Task<KnownSubscription> find(identity::Actor actor, std::string name) const;
    Task<> pause(identity::Actor actor, Uuid subscription, Timestamp now) const;
    /// Also one whose target was found dead. What waited is delivered; what happened while it was paused is not.
    Task<> resume(identity::Actor actor, Uuid subscription) const;
    /// With all that is known of its deliveries.
    Task<> remove(identity::Actor actor, KnownSubscription subscription) const;

    /// The newest first; of one status where it is given.
    Task<std::vector<KnownDelivery>> deliveries(identity::Actor actor, Uuid subscription, std::string status,
                                                int rows_max) const;
    Task<std::vector<KnownAttempt>> attempts(identity::Actor actor, Uuid subscription, Uuid event) const;
    /// Delivers an event again, or all that failed; returns how many.
    Task<std::int64_t> deliver_again(identity::Actor actor, Uuid subscription, std::optional<Uuid> event) const;

  private:
    Task<std::optional<CredentialId>> keep_secret(identity::Actor actor, Uuid id, NewSubscription* subscription,
                                                  crypto::Secret* made) const;

    pg::Database<Database> database_;
    identity::Credentials credentials_;
};

}  // namespace gsdb::events
