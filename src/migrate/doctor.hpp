#pragma once
// Everything behind `gsdb db doctor`: what a server and its databases are like, and what of it will hurt.
//
//     const auto facts = co_await examine(connector_to(admin), Layout::split(), clock);
//     for (const auto& finding : diagnose(facts, {.connections_wanted = 64})) ...
//
// examine() asks, diagnose() judges: a function of the facts alone, so that every finding is tested both ways.

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "migrate/connector.hpp"
#include "migrate/finding.hpp"
#include "migrate/layout.hpp"
#include "migrate/server_facts.hpp"

namespace gsdb::migrate {

struct DatabaseFacts {
    std::string name;
    bool exists = false;
    std::string encoding;
    std::set<std::string> extensions;  ///< installed
    bool public_may_connect = false;
    std::vector<std::string> strangers;   ///< roles that were given CONNECT and are none of the product's
    std::vector<std::string> locked_out;  ///< the product's roles that may not connect
    std::int64_t transaction_age = 0;     ///< of the oldest unfrozen transaction id
    bool collation_changed = false;       ///< the operating system sorts otherwise than when it was made
};

struct DoctorFacts {
    ServerFacts server;
    std::map<std::string, std::string> settings;  ///< pg_settings in its own units; what may not be read is missing
    std::int64_t connections_open = 0;            ///< of others
    std::chrono::microseconds clock_offset{0};    ///< server minus this machine
    Timestamp now{};
    /// Login role -> owner or admin role that it is a member of.
    std::vector<std::pair<std::string, std::string>> mighty_members;
    std::vector<DatabaseFacts> databases;
};

struct DoctorOptions {
    /// What the pools of this program may open together; 0 when unknown.
    std::int64_t connections_wanted = 0;
};

/// Works without superuser; what such a role may not see is not judged. The clock outlives the task.
Task<DoctorFacts> examine(Connector connect, Layout layout, const Clock* clock,
                          std::string maintenance_database = "postgres");

/// The worst first.
Findings diagnose(const DoctorFacts& facts, const DoctorOptions& options = {});

/// An extension that the product knows to use, or an operator may want.
struct KnownExtension {
    std::string_view name;
    std::string_view gives;     ///< "what each statement costs, summed up"
    bool is_preloaded = false;  ///< needs shared_preload_libraries and a restart
};
std::vector<KnownExtension> known_extensions();

/// The day after which the PostgreSQL project repairs nothing more in that major version; nothing for unknown ones.
std::optional<std::chrono::sys_days> end_of_life(int major);

}  // namespace gsdb::migrate
