#include "migrate/maintenance.hpp"

#include <algorithm>

#include "migrate/observations.hpp"
#include "pg/backoff.hpp"

namespace gsdb::migrate {
namespace {

using std::chrono::milliseconds;

/// At least as often the database is asked anew: somebody may have changed what is due when.
constexpr milliseconds pause_max{60'000};
/// Between two runs of a routine that is due again at once.
constexpr milliseconds pause_min{1'000};

constexpr auto read_run = R"(
    select state::text, coalesce(to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''),
           coalesce(to_char(finished_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''),
           coalesce(extract(epoch from finished_at - started_at), 0)::double precision, rows_affected,
           coalesce(objects::text, ''), coalesce(error_code, ''), coalesce(error, '')
    from base.maintenance_log where id = $1)";

Task<MaintenanceRun> entry_of(pg::Connection* connection, std::string routine, Uuid run) {
    auto rows = co_await connection->execute(read_run, pg::Parameters::of(run));
    if (rows.empty())
        throw Failure({.code = "maintenance.entry_lost",
                       .message = "base.maintenance_log has lost the entry of " + routine,
                       .detail = "somebody deleted it while the routine ran"});
    co_return MaintenanceRun{.database = connection->options().database,
                             .routine = std::move(routine),
                             .state = rows.get<std::string>(0, 0),
                             .started_at = rows.get<std::string>(0, 1),
                             .finished_at = rows.get<std::string>(0, 2),
                             .seconds = rows.get<double>(0, 3),
                             .rows_affected = rows.get<std::optional<std::int64_t>>(0, 4),
                             .objects = rows.get<std::string>(0, 5),
                             .error_code = rows.get<std::string>(0, 6),
                             .error = rows.get<std::string>(0, 7)};
}

/// A run that is cancelled is on record as such, so a deadline that has passed is no error here.
Task<> carry_out(pg::Connection* connection, Uuid run, milliseconds timeout) {
    try {
        co_await connection->execute("call base.carry_out_maintenance($1)", pg::Parameters::of(run), pg::Format::binary,
                                     timeout);
    } catch (const pg::SqlError& error) {
        if (connection->is_broken() || !error.is_deadline_exceeded()) throw;
    }
}

void report(const MaintenanceRun& run) {
    observe::emit(MaintenanceRan{.database = run.database,
                                 .routine = run.routine,
                                 .state = run.state,
                                 .seconds = run.seconds,
                                 .rows = run.rows_affected.value_or(0)});
    if (run.state != "succeeded")
        observe::emit(MaintenanceFailed{.database = run.database, .routine = run.routine, .error = run.error});
}

Task<milliseconds> until_next(pg::Connection* connection) {
    auto rows = co_await connection->execute(
        "select (extract(epoch from min(due_at) - clock_timestamp()) * 1000)::bigint from base.maintenance_procedures "
        "where base.may_maintain(routine)");
    milliseconds wanted{rows.get<std::optional<std::int64_t>>(0, 0).value_or(pause_max.count())};
    co_return std::clamp(wanted, pause_min, pause_max);
}

/// Runs what is due and returns how long nothing will be.
Task<milliseconds> run_due(pg::ConnectOptions login, Stop stop) {
    auto connection = co_await pg::Connection::open(std::move(login));
    auto hurry = stop.on_request([raw = connection.get()] { raw->cancel(); });
    for (auto& routine : co_await routines_to_run(connection.get(), "", Due::only)) {
        auto run = co_await run_routine(connection.get(), std::move(routine), Due::only);
        if (stop.requested()) co_return pause_max;
        if (run.state != "skipped") report(run);
    }
    co_return co_await until_next(connection.get());
}

}  // namespace

Task<std::vector<MaintenanceRoutine>> routines_to_run(pg::Connection* connection, std::string what, Due due) {
    auto wanted = what.empty() ? std::nullopt : std::optional(std::move(what));
    auto rows = co_await connection->execute(
        "select p.routine, (extract(epoch from p.timeout) * 1000)::bigint "
        "from unnest(base.maintenance_to_run($1, $2)) with ordinality as wanted (routine, position) "
        "join base.maintenance_procedures p on p.routine = wanted.routine order by wanted.position",
        pg::Parameters::of(wanted, due == Due::only));
    std::vector<MaintenanceRoutine> routines;
    for (std::size_t i = 0; i < rows.size(); ++i)
        routines.push_back({rows.get<std::string>(i, 0), milliseconds(rows.get<std::int64_t>(i, 1))});
    co_return routines;
}

Task<MaintenanceRun> run_routine(pg::Connection* connection, MaintenanceRoutine routine, Due due) {
    auto rows = co_await connection->execute("select base.begin_maintenance($1, $2)",
                                             pg::Parameters::of(routine.name, due == Due::only));
    auto run = rows.get<std::optional<Uuid>>(0, 0);
    if (!run)
        co_return MaintenanceRun{
            .database = connection->options().database, .routine = std::move(routine.name), .state = "skipped"};
    co_await carry_out(connection, *run, routine.timeout);
    co_return co_await entry_of(connection, std::move(routine.name), *run);
}

Task<> maintain(pg::ConnectOptions login, Stop stop) {
    const pg::Backoff backoff{.first = milliseconds(1'000), .max = pause_max};
    int failures = 0;
    milliseconds pause{0};
    while (co_await stop.sleep(pause)) {
        try {
            pause = co_await run_due(login, stop);
            failures = 0;
        } catch (const std::exception& problem) {
            pause = backoff.pause(++failures);
            if (!stop.requested())
                observe::emit(MaintenanceInterrupted{.database = login.database, .message = problem.what()});
        }
    }
}

}  // namespace gsdb::migrate
