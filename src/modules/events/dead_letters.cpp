#include "modules/events/dead_letters.hpp"

#include "modules/events/queries.hpp"

namespace gsdb::events {

Task<std::vector<DeadLetter>> list_dead_letters(pg::Database<Database> database, OrganizationId organization,
                                                bool with_settled, int rows_max) {
    std::vector<DeadLetter> letters;
    for (auto& row : co_await database.query<sql::ListDeadLetters>(
             {.organization = organization, .access = pg::Access::read_only},
             {.organization_id = organization, .with_settled = with_settled, .rows_max = rows_max}))
        letters.push_back({.id = row.id,
                           .event = row.event_id,
                           .source = std::move(row.source_name),
                           .type = std::move(row.event_type),
                           .status = std::move(row.status),
                           .attempts = row.attempts,
                           .sqlstate = std::move(row.error_sqlstate),
                           .message = std::move(row.error_message),
                           .failed_at = row.failed_at,
                           .next_attempt_at = row.next_attempt_at});
    co_return letters;
}

Task<> retry_dead_letter(pg::Database<Database> database, OrganizationId organization, Uuid id) {
    co_await database.query<sql::RetryDeadLetter>({.organization = organization},
                                                  {.dead_letter_id = id, .organization_id = organization});
}

Task<> discard_dead_letter(pg::Database<Database> database, OrganizationId organization, Uuid id) {
    co_await database.query<sql::DiscardDeadLetter>({.organization = organization},
                                                    {.dead_letter_id = id, .organization_id = organization});
}

}  // namespace gsdb::events
