#include "modules/events/processing.hpp"

#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"

namespace gsdb::events {

Task<> keep_processing(pg::Database<Database> database, Stop stop) {
    using std::chrono::milliseconds;
    constexpr std::int32_t batch_size = 1000;
    constexpr milliseconds idle{250}, after_failure{2'000};
    for (bool goes_on = true; goes_on;) {
        auto pause = idle;
        try {
            const auto answer = co_await database.query<sql::ProcessPending>({}, {.batch_size = batch_size});
            if (answer.processed >= batch_size) pause = milliseconds(0);
        } catch (const std::exception& problem) {
            observe::emit(EventProcessingFailed{.message = problem.what()});
            pause = after_failure;
        }
        goes_on = pause.count() == 0 ? !stop.requested() : co_await stop.sleep(pause);
    }
}

}  // namespace gsdb::events
