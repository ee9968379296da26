// gsdb task schedule ...: what the server does again and again by the clock.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/event_commands.hpp"
#include "app/commands/task_commands.hpp"
#include "app/commands/task_submission.hpp"
#include "app/terminal.hpp"
#include "modules/tasks/schedules.hpp"

namespace gsdb::app {

namespace {

constexpr int times_shown = 5;

struct ScheduleArguments {
    std::string name, cron, time_zone = "UTC", jitter = "0s";
    TaskOptions task;
    std::int32_t missed_runs_max = 1;
    bool may_overlap = false;
    int count = times_shown;
};

json::object to_json(const tasks::Schedule& schedule) {
    return {{"name", schedule.name},
            {"cron", schedule.cron},
            {"time_zone", schedule.time_zone},
            {"executor", schedule.executor},
            {"configuration", json::parse(schedule.configuration)},
            {"input", json::parse(schedule.input)},
            {"priority", schedule.priority},
            {"jitter_seconds", schedule.jitter.count()},
            {"missed_runs_max", schedule.missed_runs_max},
            {"may_overlap", schedule.may_overlap},
            {"next_run_at", or_null(schedule.next_run_at)},
            {"last_run_at", or_null(schedule.last_run_at)},
            {"paused_at", or_null(schedule.paused_at)}};
}

ExitCode tell(const Program& program, const tasks::Schedule& schedule) {
    program.answer(to_json(schedule), schedule.next_run_at ? fmt::format("schedule {}: next at {}\n", schedule.name,
                                                                         to_rfc3339(*schedule.next_run_at))
                                                           : fmt::format("schedule {} is paused\n", schedule.name));
    return ExitCode::ok;
}

tasks::NewSchedule new_schedule(const ScheduleArguments& arguments) {
    auto task = new_task(arguments.task);
    return {.name = arguments.name,
            .cron = arguments.cron,
            .time_zone = arguments.time_zone,
            .executor = std::move(task.executor),
            .configuration = std::move(task.configuration),
            .input = std::move(task.input),
            .priority = std::move(task.priority),
            .timeout = task.timeout.value_or(std::chrono::hours(1)),
            .attempts_max = task.attempts_max.value_or(3),
            .jitter = duration_of(arguments.jitter),
            .missed_runs_max = arguments.missed_runs_max,
            .may_overlap = arguments.may_overlap};
}

ExitCode add(const Program& program, const ScheduleArguments& arguments) {
    auto wanted = new_schedule(arguments);
    const TaskDatabase database(program);
    return tell(program,
                value_or_throw(run_task(database.schedules().add(person_at_the_command_line(), std::move(wanted)))));
}

ExitCode list(const Program& program) {
    const TaskDatabase database(program);
    Table table({"schedule", "cron", "time zone", "executor", "next", "last"});
    json::array items;
    for (const auto& schedule : value_or_throw(run_task(database.schedules().list(person_at_the_command_line())))) {
        table.add({schedule.name, schedule.cron, schedule.time_zone, schedule.executor,
                   schedule.next_run_at ? to_rfc3339(*schedule.next_run_at) : "paused",
                   time_text(schedule.last_run_at)});
        items.push_back(to_json(schedule));
    }
    program.answer({{"schedules", std::move(items)}},
                   table.empty() ? "there are no schedules; gsdb task schedule add makes one\n" : table.text());
    return ExitCode::ok;
}

ExitCode pause(const Program& program, const std::string& name) {
    return tell(program,
                value_or_throw(run_task(TaskDatabase(program).schedules().pause(person_at_the_command_line(), name))));
}

ExitCode resume(const Program& program, const std::string& name) {
    return tell(program,
                value_or_throw(run_task(TaskDatabase(program).schedules().resume(person_at_the_command_line(), name))));
}

ExitCode remove(const Program& program, const std::string& name) {
    value_or_throw(run_task(TaskDatabase(program).schedules().remove(person_at_the_command_line(), name)));
    program.answer({{"removed", name}}, fmt::format("schedule {} is removed; its tasks stay\n", name));
    return ExitCode::ok;
}

/// Of a schedule, or of an expression that is none yet.
ExitCode next(const Program& program, const ScheduleArguments& arguments) {
    const TaskDatabase database(program);
    auto cron = arguments.cron, zone = arguments.time_zone;
    if (!arguments.name.empty()) {
        const auto schedule =
            value_or_throw(run_task(database.schedules().find(person_at_the_command_line(), arguments.name)));
        cron = schedule.cron;
        zone = schedule.time_zone;
    }
    json::array items;
    std::string text;
    for (const auto time :
         value_or_throw(run_task(database.schedules().times(cron, zone, SystemClock().now(), arguments.count)))) {
        items.emplace_back(to_rfc3339(time));
        text += to_rfc3339(time) + "\n";
    }
    program.answer({{"cron", cron}, {"time_zone", zone}, {"times", std::move(items)}},
                   text.empty() ? "at no time\n" : text);
    return ExitCode::ok;
}

void add_time_options(CLI::App& command, ScheduleArguments& arguments) {
    command.add_option("--cron", arguments.cron,
                       "'MINUTE HOUR DAY MONTH WEEKDAY': 0-59, 0-23, 1-31, 1-12 or jan-dec, 0-7 or sun-sat; with "
                       "lists, ranges, steps: '*/15 8-18 * * mon-fri'");
    command.add_option("--time-zone", arguments.time_zone, "Zone that this is meant in: Europe/Berlin")
        ->capture_default_str();
}

void add_adding(CLI::App& group, Program& program) {
    auto* command = group.add_subcommand("add", "Have a program, a call or a query done again and again");
    auto arguments = std::make_shared<ScheduleArguments>();
    command->add_option("--name", arguments->name, "What to call it")->required();
    add_time_options(*command, *arguments);
    command->get_option("--cron")->required();
    command->add_option("--jitter", arguments->jitter, "Put each run off by so long at most, at random: 30s, 5m")
        ->capture_default_str();
    command
        ->add_option("--missed", arguments->missed_runs_max,
                     "Of the runs that no server was there for, make up for so many, the latest")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    command->add_flag("--overlap", arguments->may_overlap, "Begin also while the run before is under way");
    add_task_options(*command, arguments->task);
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return add(program, *arguments); }; });
}

}  // namespace

void add_schedule_commands(CLI::App& tasks_group, Program& program) {
    auto* group = tasks_group.add_subcommand("schedule", "Tasks that are done again and again by the clock");
    group->require_subcommand(1);
    add_adding(*group, program);
    group->add_subcommand("list", "Schedules, with their next and last times")->callback([&program] {
        program.action = [&program] { return list(program); };
    });
    const auto add_change = [&](const char* name, const char* description, auto change) {
        auto* command = group->add_subcommand(name, description);
        auto schedule = std::make_shared<std::string>();
        command->add_option("name", *schedule, "Its name")->required();
        command->callback([&program, schedule, change] {
            program.action = [&program, schedule, change] { return change(program, *schedule); };
        });
    };
    add_change("pause", "Start nothing until it is resumed", pause);
    add_change("resume", "Go on with the next time from now", resume);
    add_change("remove", "Remove it; its tasks stay", remove);

    auto* nexts = group->add_subcommand("next", "The next times of a schedule, or of --cron");
    auto arguments = std::make_shared<ScheduleArguments>();
    auto* name = nexts->add_option("name", arguments->name, "Its name");
    add_time_options(*nexts, *arguments);
    nexts->get_option("--cron")->excludes(name);
    nexts->add_option("--count", arguments->count, "So many")->check(CLI::Range(1, 1000))->capture_default_str();
    nexts->callback([&program, arguments] {
        if (arguments->name.empty() && arguments->cron.empty())
            throw CLI::ValidationError("next", "name a schedule, or give --cron");
        program.action = [&program, arguments] { return next(program, *arguments); };
    });
}

}  // namespace gsdb::app
