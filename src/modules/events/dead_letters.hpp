#pragma once
// Events that could not be processed, and what is to come of them.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct DeadLetter {
    Uuid id, event;
    std::string source, type;
    std::string status;  ///< waiting, dead, resolved, discarded
    std::int32_t attempts = 0;
    std::string sqlstate, message;
    Timestamp failed_at;
    std::optional<Timestamp> next_attempt_at;
};

/// The newest first; also those that are resolved or discarded where that is asked for.
Task<std::vector<DeadLetter>> list_dead_letters(pg::Database<Database> database, OrganizationId organization,
                                                bool with_settled, int rows_max);
/// Has it tried again at once. Throws pg::SqlError GS704 where there is none that could be.
Task<> retry_dead_letter(pg::Database<Database> database, OrganizationId organization, Uuid id);
/// Gives it up. Throws the same.
Task<> discard_dead_letter(pg::Database<Database> database, OrganizationId organization, Uuid id);

}  // namespace gsdb::events
