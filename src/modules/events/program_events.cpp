#include "modules/events/program_events.hpp"

#include "modules/events/queries.hpp"

namespace gsdb::events {

Task<bool> record_program_event(pg::Database<Database> database, OrganizationId organization, ProgramEvent event) {
    const auto answer = co_await database.query<sql::RecordProgramEvent>({.organization = organization},
                                                                         {.delivery_key = std::move(event.key),
                                                                          .event_type = std::move(event.type),
                                                                          .payload = std::move(event.payload),
                                                                          .occurred_at = event.occurred_at,
                                                                          .target = std::move(event.target),
                                                                          .organization_id = organization});
    co_return answer.is_new;
}

}  // namespace gsdb::events
