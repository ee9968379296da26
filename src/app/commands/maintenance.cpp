// gsdb db maintain, gsdb db maintenance: what the server does by itself, run by hand, and the log of it.

#include "migrate/maintenance.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"

namespace gsdb::app {

namespace {

// --- maintain
// -----------------------------------------------------------------------------------------------------------

/// What `what` means in one database to one login role; nothing where it means nothing.
Task<std::vector<migrate::MaintenanceRoutine>> wanted_here(pg::Connection* connection, std::string what) {
    const auto due = what.empty() ? migrate::Due::only : migrate::Due::regardless;
    try {
        co_return co_await migrate::routines_to_run(connection, std::move(what), due);
    } catch (const pg::SqlError& error) {
        const bool is_elsewhere = error.sqlstate() == "GS009" || error.sqlstate() == "42501";
        if (!is_elsewhere) throw;
    }
    co_return std::vector<migrate::MaintenanceRoutine>{};
}

/// Several login roles of one database may run what belongs to none of their modules: `done` says what has been run.
Task<> maintain_as(pg::ConnectOptions login, std::string what, std::set<std::string>* done,
                   std::vector<migrate::MaintenanceRun>* runs, const Program* program) {
    const auto database = login.database;
    const auto due = what.empty() ? migrate::Due::only : migrate::Due::regardless;
    auto connection = co_await pg::Connection::open(std::move(login));
    for (auto& routine : co_await wanted_here(connection.get(), std::move(what))) {
        if (!done->insert(database + " " + routine.name).second) continue;
        program->note(fmt::format("{}: {}", database, routine.name));
        runs->push_back(co_await migrate::run_routine(connection.get(), std::move(routine), due));
    }
}

json::value or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value to_json(const migrate::MaintenanceRun& run) {
    return {{"database", run.database},
            {"routine", run.routine},
            {"state", run.state},
            {"started_at", or_null(run.started_at)},
            {"finished_at", or_null(run.finished_at)},
            {"rows_affected", run.rows_affected ? json::value(*run.rows_affected) : json::value(nullptr)},
            {"objects", run.objects.empty() ? json::value(nullptr) : json::parse(run.objects)},
            {"error_code", or_null(run.error_code)},
            {"error", or_null(run.error)}};
}

ExitCode answer_runs(const Program& program, const std::vector<migrate::MaintenanceRun>& runs) {
    Table table({"database", "routine", "state", "s", "rows", "error"});
    json::array list;
    for (const auto& run : runs) {
        table.add({run.database, run.routine, run.state == "skipped" ? "skipped: another session runs it" : run.state,
                   fmt::format("{:.2f}", run.seconds), run.rows_affected ? format_count(*run.rows_affected) : "",
                   run.error});
        list.push_back(to_json(run));
    }
    const bool failed = std::ranges::count(runs, "failed", &migrate::MaintenanceRun::state) > 0;
    program.answer({{"ok", !failed}, {"runs", std::move(list)}}, table.empty() ? "nothing is due\n" : table.text());
    return failed ? ExitCode::failed : ExitCode::ok;
}

ExitCode maintain(const Program& program, const std::string& what) {
    auto server = DatabaseServer::open(program);
    std::vector<migrate::MaintenanceRun> runs;
    std::set<std::string> done;
    for (const auto& spec : migrate::database_specs())
        run_task(maintain_as(server->login(spec.schemas.front()), what, &done, &runs, &program));
    if (runs.empty() && !what.empty())
        throw Failure({.code = "maintenance.unknown",
                       .message = fmt::format("there is no maintenance named {}", what),
                       .detail = "",
                       .hint = "name daily, weekly, monthly, frequent, or a routine that gsdb db maintenance lists",
                       .exit_code = ExitCode::not_found});
    return answer_runs(program, runs);
}

// --- maintenance
// --------------------------------------------------------------------------------------------------------

struct LogArguments {
    std::int64_t limit = 30;
    bool failed = false, schedule = false;
};

struct Listed {
    std::vector<std::vector<std::string>> log, schedule;
};

constexpr std::array log_columns{"database", "started_at", "routine", "state", "s", "rows_affected", "error"};
constexpr auto read_log = R"(
    select current_database()::text, to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), routine, state::text,
           coalesce(round(extract(epoch from finished_at - started_at), 2)::text, ''), coalesce(rows_affected::text, ''), coalesce(error, '')
    from base.maintenance_log where state = 'failed' or not $2 order by started_at desc limit $1)";
constexpr std::array schedule_columns{"database", "routine", "cadence", "due_at", "failures", "description"};
constexpr auto read_schedule = R"(
    select current_database()::text, routine, cadence::text, to_char(due_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           failures::text, description
    from base.maintenance_procedures order by cadence, routine)";

void append(const pg::Rows& rows, std::vector<std::vector<std::string>>& to) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<std::string> cells;
        for (std::size_t column = 0; column < rows.column_count(); ++column)
            cells.push_back(rows.get<std::string>(row, column));
        to.push_back(std::move(cells));
    }
}

Task<> list_of(pg::ConnectOptions administrator, LogArguments arguments, Listed* listed) {
    auto connection = co_await pg::Connection::open(std::move(administrator));
    append(co_await connection->execute(read_log, pg::Parameters::of(arguments.limit, arguments.failed)), listed->log);
    append(co_await connection->execute(read_schedule), listed->schedule);
}

template <std::size_t n>
json::array to_json(const std::vector<std::vector<std::string>>& rows, const std::array<const char*, n>& columns) {
    json::array list;
    for (const auto& row : rows) {
        json::object entry;
        for (std::size_t i = 0; i < n; ++i) entry[columns[i]] = or_null(row[i]);
        list.push_back(std::move(entry));
    }
    return list;
}

template <std::size_t n>
std::string to_text(std::vector<std::vector<std::string>> rows, const std::array<const char*, n>& columns) {
    Table table({columns.begin(), columns.end()});
    for (auto& row : rows) table.add(std::move(row));
    return table.text();
}

ExitCode show_log(const Program& program, const LogArguments& arguments) {
    auto server = DatabaseServer::open(program);
    Listed listed;
    for (const auto& target : server->layout().targets())
        run_task(list_of(server->administrator(target.database), arguments, &listed));
    std::ranges::sort(listed.log, std::greater{}, [](const auto& row) { return row[1]; });
    if (std::ssize(listed.log) > arguments.limit) listed.log.resize(static_cast<std::size_t>(arguments.limit));
    std::string text = arguments.schedule   ? to_text(listed.schedule, schedule_columns)
                       : listed.log.empty() ? "nothing was run yet\n"
                                            : to_text(listed.log, log_columns);
    program.answer(
        {{"log", to_json(listed.log, log_columns)}, {"schedule", to_json(listed.schedule, schedule_columns)}}, text);
    return ExitCode::ok;
}

}  // namespace

void add_maintenance_commands(CLI::App& db, Program& program) {
    auto* maintain_command = db.add_subcommand(
        "maintain",
        "Run maintenance now: what is due, or all of a cadence, or the routine named; the server does so by itself");
    auto what = std::make_shared<std::string>();
    maintain_command->add_option("what", *what,
                                 "frequent, daily, weekly, monthly, or a routine: events.cleanup_old_events");
    maintain_command->callback(
        [&program, what] { program.action = [&program, what] { return maintain(program, *what); }; });

    auto* log_command =
        db.add_subcommand("maintenance", "Show what maintenance has done in all databases, the newest first");
    auto arguments = std::make_shared<LogArguments>();
    log_command->add_option("--limit", arguments->limit, "How many runs")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    log_command->add_flag("--failed", arguments->failed, "Only runs that failed");
    log_command->add_flag("--schedule", arguments->schedule, "Instead: what there is, how often, and when it is due");
    log_command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return show_log(program, *arguments); }; });
}

}  // namespace gsdb::app
