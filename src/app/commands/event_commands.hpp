#pragma once
// What the commands below gsdb events share.

#include <CLI/App.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "base/or_null.hpp"
#include "base/run_task.hpp"
#include "modules/events/api.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::app {

identity::Actor person_at_the_command_line();

/// The database and what stands in it for these commands.
class EventCommands {
  public:
    explicit EventCommands(const Program& program);

    const pg::Database<events::Database>& database() const { return database_; }
    const identity::Credentials& credentials() const { return credentials_; }
    const events::EventSources& sources() const { return sources_; }
    const events::Subscriptions& subscriptions() const { return subscriptions_; }
    events::KnownSource find(const std::string& name) const {
        return run_task(sources_.find(person_at_the_command_line(), name));
    }

    /// Where the source's deliveries go; the server's own address where it runs on this home.
    std::string url(Uuid source) const;

  private:
    std::unique_ptr<DatabaseServer> server_;
    pg::Database<events::Database> database_;
    identity::Credentials credentials_;
    events::EventSources sources_;
    events::Subscriptions subscriptions_;
};

/// What a file holds; empty where none is named.
crypto::Secret secret_of(const std::string& file);

/// The id that a person gave. Throws a Failure usage.
Uuid id_of(const std::string& text, std::string_view what);
/// A length of time: 90s, 15m, 24h, 7d. Throws a Failure usage.
std::chrono::seconds duration_of(const std::string& text);
/// A moment as RFC 3339 has it, or how long ago: 90s, 15m, 24h, 7d. Throws a Failure usage.
Timestamp moment_of(const std::string& text);

std::string time_text(const std::optional<Timestamp>& time);
std::string or_empty(const std::optional<std::string>& text);

void add_filter_options(CLI::App* command, events::EventFilter& filter);

void add_event_transfer_commands(CLI::App& group, Program& program);   // import, export, replay, failed ...
void add_event_retention_commands(CLI::App& group, Program& program);  // retention ..., archive
void add_pattern_commands(CLI::App& group, Program& program);          // pattern ..., anomaly ...
void add_subscription_commands(CLI::App& group, Program& program);     // subscribe, subscription ...

}  // namespace gsdb::app
