#pragma once
// Everything behind `gsdb db doctor`: what a server and its databases are like, and what of it will hurt.
//
//     Doctor doctor(connector_to(admin), Layout::split(), {.connections_wanted = 64});
//     for (const auto& finding : co_await doctor.examine()) ...
//
// It first asks, then judges: a function of the facts alone, so that every finding is tested both ways.

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
    /// A database that exists whether or not the product is installed.
    std::string maintenance_database = "postgres";
};

class Doctor {
  public:
    Doctor(Connector connect, Layout layout, DoctorOptions options)
        : connect_(std::move(connect)), layout_(std::move(layout)), options_(std::move(options)) {}

    /// What will hurt, the worst first; what the role that asks may not see is not judged.
    Task<Findings> examine() const;

    /// What is asked. The clock outlives the task.
    Task<DoctorFacts> gather(const Clock* clock) const;

  private:
    Connector connect_;
    Layout layout_;
    DoctorOptions options_;
};

/// What of the facts will hurt, the worst first.
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
