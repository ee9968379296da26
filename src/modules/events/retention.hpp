#pragma once
// How long events are kept, by their type.

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "modules/events/database.hpp"
#include "modules/events/source_kind.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// A rule for a type, a family of types, or * for all types of sources of a kind.
struct Retention {
    SourceKind kind{};
    std::string name;
    std::optional<int> days;   ///< none: for ever
    bool is_archived = false;  ///< before they are deleted they are written to files
    bool is_own = false;       ///< the organization's; else that of everybody
};

Task<std::vector<Retention>> list_retentions(pg::Database<Database> database, OrganizationId organization);

/// Takes the place of the rule that the organization has for the same name. Throws a Failure events.retention_invalid.
Task<> set_retention(pg::Database<Database> database, identity::Actor actor, Retention rule);

/// What holds for everybody holds again. Throws a Failure events.no_such_retention.
Task<> remove_retention(pg::Database<Database> database, identity::Actor actor, SourceKind kind, std::string name);

}  // namespace gsdb::events
