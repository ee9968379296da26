#pragma once
// Pushes in the order of the log, for whoever indexes what is pushed.

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct Push {
    OrganizationId organization;
    std::string clone_url;
    bool is_to_default_branch = false;
};

struct PushPlace {
    std::int64_t position = 0;
    Uuid event;
    OrganizationId organization;
};

struct Pushes {
    std::vector<Push> pushes;
    std::optional<PushPlace> end;  ///< of what was looked at; nothing at the end of the log
};

/// Those among the next events of all organizations. They are seen again until pass_pushes() was called.
Task<Pushes> read_pushes(pg::Database<Database> database);
Task<> pass_pushes(pg::Database<Database> database, PushPlace end);
/// Where nothing is indexed that could be pushed to.
Task<> pass_all_pushes(pg::Database<Database> database);

}  // namespace gsdb::events
