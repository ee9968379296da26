#include "modules/tasks/schedules.hpp"

#include <fmt/format.h>

#include <deque>
#include <random>

#include "modules/tasks/cron.hpp"
#include "modules/tasks/observations.hpp"
#include "modules/tasks/queries.hpp"
#include "modules/tasks/task_batch.hpp"

namespace gsdb::tasks {

using identity::Actor;

namespace {

constexpr identity::Permission reading{.area = "tasks", .access = identity::Access::read};
constexpr identity::Permission writing{.area = "tasks", .access = identity::Access::write};
constexpr identity::RefusalTable refusals{.module = "tasks", .routine_errors = {}};

Failure refuse(std::string code, std::string message, std::string hint, ExitCode exit_code) {
    return Failure({.code = "tasks." + std::move(code),
                    .message = std::move(message),
                    .detail = "",
                    .hint = std::move(hint),
                    .exit_code = exit_code});
}

/// The outcome of `work`, with what it refuses as an error.
template <class T>
Task<Result<T>> refused(Task<T> work) {
    try {
        co_return co_await identity::with_refusals(std::move(work), refusals);
    } catch (const pg::SqlError&) {
        throw;
    } catch (const Failure& failure) {
        const auto& code = failure.error().code;
        if (!code.starts_with("tasks.") && code != "identity.forbidden") throw;
        co_return std::unexpected(failure.error());
    }
}

Minute minute_of(Timestamp moment) {
    return std::chrono::floor<std::chrono::minutes>(moment);
}

Task<ZoneOffsets> read_zone(pg::Transaction tx, std::string zone, Timestamp since) {
    std::string unknown;
    ZoneOffsets offsets;
    try {
        for (const auto& row : co_await tx.query<sql::ZoneOffsets>({.zone = zone, .since = since}))
            offsets.push_back(
                {.from = minute_of(row.since),
                 .offset = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::seconds(row.offset_seconds))});
    } catch (const pg::SqlError& error) {
        constexpr std::string_view invalid_value = "22023";
        if (error.sqlstate() != invalid_value) throw;
        unknown = zone;
    }
    if (!unknown.empty())
        throw refuse("time_zone_unknown", fmt::format("the database knows no time zone {}", unknown),
                     "write a name of the IANA database: Europe/Berlin, America/New_York, UTC", ExitCode::usage);
    co_return offsets;
}

Task<Timestamp> first_time(pg::Transaction tx, std::string cron, std::string zone, Timestamp after) {
    const auto expression = value_or_throw(Cron::parse(cron));
    const auto next = expression.next(minute_of(after), co_await read_zone(tx, zone, after));
    if (!next)
        throw refuse("cron_never", fmt::format("'{}' comes at no time", cron),
                     "look at the day of the month and the month", ExitCode::usage);
    co_return *next;
}

Schedule schedule_of(sql::ListSchedules::Row row) {
    return {.id = row.id,
            .name = std::move(row.name),
            .cron = std::move(row.cron),
            .time_zone = std::move(row.time_zone),
            .executor = std::move(row.executor),
            .configuration = std::move(row.configuration.text),
            .input = std::move(row.input.text),
            .priority = std::move(row.priority),
            .jitter = std::chrono::seconds(row.jitter_seconds),
            .missed_runs_max = row.missed_runs_max,
            .may_overlap = row.may_overlap,
            .next_run_at = row.next_run_at,
            .paused_at = row.paused_at,
            .last_run_at = row.last_run_at};
}

Task<Schedule> find_in(pg::Transaction tx, Actor actor, std::string name) {
    auto found = co_await tx.query<sql::ListSchedules>({.organization_id = actor.organization_id(), .name = name});
    if (name.empty() || found.empty())
        throw refuse("schedule_unknown", fmt::format("there is no schedule {}", name), "the list shows which there are",
                     ExitCode::not_found);
    co_return schedule_of(std::move(found.front()));
}

Task<Schedule> add_in(pg::Transaction tx, Actor actor, NewSchedule wanted) {
    const SystemClock clock;
    value_or_throw(may_have_done_by(actor, wanted.executor));
    const auto next = co_await first_time(tx, wanted.cron, wanted.time_zone, clock.now());
    std::optional<Uuid> created_by;
    if (const auto user = actor.user_id()) created_by = user->uuid;
    co_await identity::sign(tx, actor);
    const auto definition =
        co_await tx.query<sql::AddDefinition>({.organization_id = actor.organization_id(),
                                               .name = wanted.name,
                                               .executor = wanted.executor,
                                               .configuration = {wanted.configuration},
                                               .timeout_seconds = static_cast<std::int32_t>(wanted.timeout.count()),
                                               .attempts_max = wanted.attempts_max,
                                               .created_by = created_by});
    co_await tx.query<sql::AddSchedule>({.organization_id = actor.organization_id(),
                                         .name = wanted.name,
                                         .definition_id = definition.id,
                                         .input = {wanted.input},
                                         .priority = wanted.priority,
                                         .cron = wanted.cron,
                                         .time_zone = wanted.time_zone,
                                         .jitter_seconds = static_cast<std::int32_t>(wanted.jitter.count()),
                                         .missed_runs_max = wanted.missed_runs_max,
                                         .may_overlap = wanted.may_overlap,
                                         .next_run_at = next,
                                         .created_by = created_by});
    co_return co_await find_in(tx, actor, wanted.name);
}

Task<Schedule> pause_in(pg::Transaction tx, Actor actor, std::string name) {
    const auto schedule = co_await find_in(tx, actor, name);
    co_await tx.query<sql::PauseSchedule>({.organization_id = actor.organization_id(), .id = schedule.id});
    co_return co_await find_in(tx, actor, name);
}

Task<Schedule> resume_in(pg::Transaction tx, Actor actor, std::string name) {
    const SystemClock clock;
    const auto schedule = co_await find_in(tx, actor, name);
    if (!schedule.paused_at) co_return schedule;
    value_or_throw(may_have_done_by(actor, schedule.executor));
    const std::optional<Timestamp> next = co_await first_time(tx, schedule.cron, schedule.time_zone, clock.now());
    co_await tx.query<sql::MoveSchedule>(
        {.next_run_at = next, .organization_id = actor.organization_id(), .id = schedule.id});
    co_return co_await find_in(tx, actor, name);
}

Task<> remove_in(pg::Transaction tx, Actor actor, std::string name) {
    const auto schedule = co_await find_in(tx, actor, name);
    const auto organization = actor.organization_id();
    co_await tx.query<sql::RetireDefinitionOfSchedule>({.organization_id = organization, .id = schedule.id});
    co_await tx.query<sql::ForgetSchedule>({.organization_id = organization, .id = schedule.id});
    co_await tx.query<sql::RemoveSchedule>({.organization_id = organization, .id = schedule.id});
}

// Starting what is due.

struct Starts {
    std::vector<Timestamp> times;
    std::optional<Timestamp> next;
};

/// Which of the times up to now are used. One that is a minute past was missed.
Starts starts_of(const sql::LockDueSchedule::Row& due, const Cron& cron, const ZoneOffsets& zone) {
    constexpr std::chrono::minutes on_time{1};
    std::deque<Timestamp> missed, present;
    std::optional<Minute> time = minute_of(due.next_run_at);
    for (; time && *time <= due.moment; time = cron.next(*time, zone)) {
        if (due.moment - *time <= on_time)
            present.emplace_back(*time);
        else
            missed.emplace_back(*time);
        if (missed.size() > static_cast<std::size_t>(due.missed_runs_max)) missed.pop_front();
    }
    Starts starts{.times = {missed.begin(), missed.end()}, .next = {}};
    if (time) starts.next = *time;
    starts.times.insert(starts.times.end(), present.begin(), present.end());
    if (!due.may_overlap && due.is_under_way) starts.times.clear();
    if (!due.may_overlap && starts.times.size() > 1) starts.times.erase(starts.times.begin(), starts.times.end() - 1);
    return starts;
}

std::vector<Timestamp> put_off(const std::vector<Timestamp>& times, std::int32_t jitter_seconds) {
    thread_local std::mt19937 dice{std::random_device{}()};
    std::uniform_int_distribution<> seconds(0, jitter_seconds);
    std::vector<Timestamp> later;
    for (const auto time : times) later.push_back(time + std::chrono::seconds(seconds(dice)));
    return later;
}

Task<std::int64_t> start_in(pg::Transaction tx, OrganizationId organization, Uuid id) {
    const auto due = co_await tx.query<sql::LockDueSchedule>({.organization_id = organization, .id = id});
    if (!due) co_return 0;
    const auto cron = Cron::parse(due->cron);
    Starts starts;
    if (cron)
        starts = starts_of(*due, *cron, co_await read_zone(tx, due->time_zone, due->next_run_at));
    else
        observe::emit(SchedulePaused{.name = due->name, .reason = cron.error().message});
    auto run_at = put_off(starts.times, due->jitter_seconds);
    const auto started = co_await tx.query<sql::StartScheduled>({.scheduled_for = std::move(starts.times),
                                                                 .run_at = std::move(run_at),
                                                                 .organization_id = organization,
                                                                 .id = id});
    co_await tx.query<sql::MoveSchedule>({.next_run_at = starts.next, .organization_id = organization, .id = id});
    co_return static_cast<std::int64_t>(started.size());
}

}  // namespace

Task<Result<Schedule>> Schedules::add(Actor actor, NewSchedule schedule) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await refused(
        database_.transaction(actor.transaction(), [&](auto& tx) { return add_in(tx, actor, schedule); }));
}

Task<Result<std::vector<Schedule>>> Schedules::list(Actor actor) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    std::vector<Schedule> all;
    for (auto& row : co_await database_.query<sql::ListSchedules>(
             actor.transaction(), {.organization_id = actor.organization_id(), .name = ""}))
        all.push_back(schedule_of(std::move(row)));
    co_return all;
}

Task<Result<Schedule>> Schedules::find(Actor actor, std::string name) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await refused(
        database_.transaction(actor.transaction(), [&](auto& tx) { return find_in(tx, actor, name); }));
}

Task<Result<Schedule>> Schedules::pause(Actor actor, std::string name) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await refused(
        database_.transaction(actor.transaction(), [&](auto& tx) { return pause_in(tx, actor, name); }));
}

Task<Result<Schedule>> Schedules::resume(Actor actor, std::string name) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await refused(
        database_.transaction(actor.transaction(), [&](auto& tx) { return resume_in(tx, actor, name); }));
}

Task<Result<void>> Schedules::remove(Actor actor, std::string name) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await refused(
        database_.transaction(actor.transaction(), [&](auto& tx) { return remove_in(tx, actor, name); }));
}

Task<Result<std::vector<Timestamp>>> Schedules::times(std::string cron, std::string time_zone, Timestamp after,
                                                      int count) const {
    const auto expression = Cron::parse(cron);
    if (!expression) co_return std::unexpected(expression.error());
    const auto zone =
        co_await refused(database_.transaction({}, [&](auto& tx) { return read_zone(tx, time_zone, after); }));
    if (!zone) co_return std::unexpected(zone.error());
    std::vector<Timestamp> all;
    auto time = expression->next(minute_of(after), *zone);
    for (; time && static_cast<int>(all.size()) < count; time = expression->next(*time, *zone)) all.emplace_back(*time);
    co_return all;
}

Task<std::int64_t> start_due_schedules(pg::Database<Database> database) {
    constexpr std::int32_t page = 100;
    std::int64_t started = 0;
    for (const auto& due : co_await database.query<sql::DueSchedules>({}, {.page = page}))
        started += co_await database.transaction({.organization = due.organization_id}, [&](auto& tx) {
            return start_in(tx, due.organization_id, due.schedule_id);
        });
    co_return started;
}

Task<> keep_starting_schedules(pg::Database<Database> database, QueueNews news, Stop stop) {
    constexpr std::chrono::milliseconds pause{1'000};
    do {
        try {
            if (co_await start_due_schedules(database) > 0) news.wake().notify();
        } catch (const std::exception& problem) {
            observe::emit(WorkerInterrupted{.doing = "starting schedules", .message = problem.what()});
        }
    } while (co_await stop.sleep(pause));
}

}  // namespace gsdb::tasks
