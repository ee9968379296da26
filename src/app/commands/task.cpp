// gsdb task ...: what the server is to do, in its own time.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/commands/event_commands.hpp"
#include "app/commands/task_commands.hpp"
#include "app/commands/task_submission.hpp"
#include "app/commands/task_text.hpp"
#include "app/installation.hpp"
#include "app/running.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

TaskDatabase::TaskDatabase(const Program& program)
    : server_(DatabaseServer::open(program, {.cancel = interruption_.token()})),
      database_(server_->pool("tasks", 2)),
      queue_(database_) {
    install_unless_current(program, *server_, "tasks");
}

namespace {

/// The queue for these commands.
class TaskCommands : public TaskDatabase {
  public:
    explicit TaskCommands(const Program& program) : TaskDatabase(program), program_(program) {}

    /// By its id, or the last digits of it, of the newest thousand.
    tasks::TaskId find(const std::string& text) const {
        constexpr std::int64_t newest = 1000;
        if (const auto id = Uuid::parse(text)) return {*id};
        std::vector<tasks::TaskId> found;
        for (const auto& task :
             value_or_throw(run_task(queue().list(person_at_the_command_line(), {}, std::nullopt, newest))))
            if (!text.empty() && to_string(task.id).ends_with(text)) found.push_back(task.id);
        if (found.size() == 1) return found.front();
        throw Failure({.code = "tasks.task_unknown",
                       .message = found.empty() ? fmt::format("there is no task {}", text)
                                                : fmt::format("{} tasks end with {}", found.size(), text),
                       .detail = "",
                       .hint = found.empty() ? "gsdb task list shows which there are" : "give more digits of the id",
                       .exit_code = found.empty() ? ExitCode::not_found : ExitCode::usage});
    }
    std::vector<tasks::TaskId> find(const std::vector<std::string>& texts) const {
        std::vector<tasks::TaskId> ids;
        for (const auto& text : texts) ids.push_back(find(text));
        return ids;
    }

    void note_when_nobody_works() const {
        if (!find_running(server().home())) program_.note("no server runs here: gsdb up does what is in the queue");
    }

    /// What it says, on the way to its end, which is the outcome.
    ExitCode follow(tasks::TaskId id, std::chrono::seconds at_most) const {
        const auto until = std::chrono::steady_clock::now() + at_most;
        tasks::LogPosition after;
        for (;;) {
            const auto task = value_or_throw(run_task(queue().get(person_at_the_command_line(), id)));
            after = show_log(id, after);
            if (has_ended(task.status)) return tell_end(id);
            const bool is_late = at_most.count() > 0 && std::chrono::steady_clock::now() > until;
            if (is_late || !interruption().sleep(std::chrono::milliseconds(200))) return tell_not_ended(id, is_late);
        }
    }

  private:
    tasks::LogPosition show_log(tasks::TaskId id, tasks::LogPosition after) const {
        constexpr std::int64_t page = 1000;
        for (;;) {
            const auto lines = value_or_throw(run_task(queue().log(person_at_the_command_line(), id, after, page)));
            for (const auto& line : lines)
                program_.note(fmt::format("{} {}", line.stream == "stdout" ? "|" : "!", line.message));
            if (lines.empty()) return after;
            after = lines.back().position;
        }
    }
    ExitCode tell_end(tasks::TaskId id) const {
        const auto document = read_task(queue(), id);
        program_.answer(document.to_json(), ending_of(document.task));
        return document.task.status == "succeeded" ? ExitCode::ok : ExitCode::failed;
    }
    ExitCode tell_not_ended(tasks::TaskId id, bool is_late) const {
        const auto document = read_task(queue(), id);
        program_.answer(document.to_json(), fmt::format("task {} is {}; gsdb task wait or cancel {}\n",
                                                        short_task_id(id), document.task.status, to_string(id)));
        return is_late ? ExitCode::unavailable : ExitCode::interrupted;
    }

    const Program& program_;
};

struct SubmitArguments {
    TaskOptions task;
    std::string file;
    bool waits = false;
};

json::object added_json(const tasks::AddedTask& task) {
    return {{"id", to_string(task.id)}, {"status", task.status}, {"is_new", task.is_new}};
}

ExitCode submit_file(const Program& program, const std::string& file) {
    auto wanted = tasks_of_file(file);
    const TaskCommands commands(program);
    json::array items;
    std::int64_t is_new = 0;
    for (const auto& task :
         value_or_throw(run_task(commands.queue().add(person_at_the_command_line(), std::move(wanted))))) {
        is_new += task.is_new ? 1 : 0;
        items.push_back(added_json(task));
    }
    const auto count = static_cast<std::int64_t>(items.size());
    program.answer({{"tasks", std::move(items)}},
                   fmt::format("{} tasks, {} of them new\n", format_count(count), format_count(is_new)));
    commands.note_when_nobody_works();
    return ExitCode::ok;
}

ExitCode submit(const Program& program, const SubmitArguments& arguments) {
    if (!arguments.file.empty()) return submit_file(program, arguments.file);
    auto wanted = new_task(arguments.task);
    const TaskCommands commands(program);
    for (const auto& id : commands.find(arguments.task.after)) wanted.dependencies.push_back({.on = id});
    const auto added =
        value_or_throw(run_task(commands.queue().add(person_at_the_command_line(), {std::move(wanted)}))).front();
    commands.note_when_nobody_works();
    if (arguments.waits) return commands.follow(added.id, {});
    program.answer(added_json(added), fmt::format("task {}: {}{}\n", to_string(added.id), added.status,
                                                  added.is_new ? "" : "; asked for before under the same key"));
    return ExitCode::ok;
}

struct ListArguments {
    tasks::TaskFilter filter;
    std::int64_t count = 20;
};

ExitCode list(const Program& program, const ListArguments& arguments) {
    const TaskCommands commands(program);
    const auto found = value_or_throw(
        run_task(commands.queue().list(person_at_the_command_line(), arguments.filter, std::nullopt, arguments.count)));
    json::array items;
    for (const auto& task : found) items.push_back(to_json(task));
    program.answer({{"tasks", std::move(items)}},
                   found.empty() ? "there are no such tasks; gsdb task submit makes one\n" : table_of(found));
    return ExitCode::ok;
}

ExitCode show(const Program& program, const std::string& id) {
    const TaskCommands commands(program);
    const auto document = read_task(commands.queue(), commands.find(id));
    program.answer(document.to_json(), document.text());
    return ExitCode::ok;
}

ExitCode logs(const Program& program, const std::string& id) {
    constexpr std::int64_t page = 1000;
    const TaskCommands commands(program);
    const auto task = commands.find(id);
    value_or_throw(run_task(commands.queue().get(person_at_the_command_line(), task)));
    json::array items;
    std::string text;
    for (tasks::LogPosition after;;) {
        const auto lines =
            value_or_throw(run_task(commands.queue().log(person_at_the_command_line(), task, after, page)));
        for (const auto& line : lines) {
            text += fmt::format("{} {} {}\n", line.position.attempt, line.stream == "stdout" ? "|" : "!", line.message);
            items.push_back(to_json(line));
        }
        if (lines.empty()) break;
        after = lines.back().position;
    }
    program.answer({{"lines", std::move(items)}}, text);
    return ExitCode::ok;
}

struct ChangeArguments {
    std::vector<std::string> ids;
    std::string reason = "called off by hand";
    bool all_dead = false;
};

ExitCode tell_statuses(const Program& program, const std::vector<tasks::TaskStatus>& statuses) {
    json::array items;
    std::string text;
    for (const auto& task : statuses) {
        items.push_back(json::object{{"id", to_string(task.id)}, {"status", task.status}});
        text += fmt::format("task {}: {}\n", short_task_id(task.id),
                            task.status == "running" ? "running, and asked to stop" : task.status);
    }
    program.answer({{"tasks", std::move(items)}}, text);
    return ExitCode::ok;
}

ExitCode cancel(const Program& program, const ChangeArguments& arguments) {
    const TaskCommands commands(program);
    const auto cancelled = value_or_throw(run_task(
        commands.queue().cancel(person_at_the_command_line(), commands.find(arguments.ids), arguments.reason)));
    if (cancelled.empty())
        throw Failure({.code = "tasks.task_unknown",
                       .message = "there is none of these tasks",
                       .detail = "",
                       .hint = "gsdb task list shows which there are",
                       .exit_code = ExitCode::not_found});
    return tell_statuses(program, cancelled);
}

ExitCode replay(const Program& program, const ChangeArguments& arguments) {
    if (arguments.all_dead != arguments.ids.empty())
        throw Failure({.code = "usage",
                       .message = arguments.all_dead ? "both tasks and --dead were given" : "no task was given",
                       .detail = "",
                       .hint = "name tasks, or --dead for all dead letters",
                       .exit_code = ExitCode::usage});
    const TaskCommands commands(program);
    const auto me = person_at_the_command_line();
    if (arguments.all_dead) {
        const auto count = value_or_throw(run_task(commands.queue().replay_dead_letters(me)));
        program.answer({{"replayed", count}}, fmt::format("{} dead letters are tried again\n", format_count(count)));
        return ExitCode::ok;
    }
    const auto replayed = value_or_throw(run_task(commands.queue().replay(me, commands.find(arguments.ids))));
    if (replayed.empty())
        throw Failure({.code = "tasks.not_replayed",
                       .message = "none of these tasks is failed or dead",
                       .detail = "",
                       .hint = "gsdb task list --status dead shows dead letters",
                       .exit_code = ExitCode::conflict});
    commands.note_when_nobody_works();
    return tell_statuses(program, replayed);
}

struct WaitArguments {
    std::string id, at_most;
};

ExitCode wait(const Program& program, const WaitArguments& arguments) {
    const auto at_most = arguments.at_most.empty() ? std::chrono::seconds(0) : duration_of(arguments.at_most);
    const TaskCommands commands(program);
    commands.note_when_nobody_works();
    return commands.follow(commands.find(arguments.id), at_most);
}

// ---- limits -----------------------------------------------------------------------------------------------------

struct LimitArguments {
    std::string key, window;
    std::optional<std::int32_t> running_max, starts_max;
};

ExitCode set_limit(const Program& program, const LimitArguments& arguments) {
    tasks::TaskLimit limit{
        .concurrency_key = arguments.key, .running_max = arguments.running_max, .starts_max = arguments.starts_max};
    if (!arguments.window.empty()) limit.starts_window = duration_of(arguments.window);
    const TaskCommands commands(program);
    value_or_throw(run_task(commands.queue().set_limit(person_at_the_command_line(), std::move(limit))));
    program.answer({{"concurrency_key", arguments.key}}, fmt::format("tasks of {} are limited\n", arguments.key));
    return ExitCode::ok;
}

ExitCode remove_limit(const Program& program, const std::string& key) {
    const TaskCommands commands(program);
    value_or_throw(run_task(commands.queue().remove_limit(person_at_the_command_line(), key)));
    program.answer({{"concurrency_key", key}}, fmt::format("tasks of {} are not limited any more\n", key));
    return ExitCode::ok;
}

std::string text_or_dash(const std::optional<std::int32_t>& number) {
    return number ? std::to_string(*number) : "-";
}

ExitCode list_limits(const Program& program) {
    const TaskCommands commands(program);
    Table table({"concurrency key", "running", "at most", "starts", "at most", "within"});
    json::array items;
    for (const auto& use : value_or_throw(run_task(commands.queue().limits(person_at_the_command_line())))) {
        const auto& limit = use.limit;
        const auto window = limit.starts_window ? std::optional(limit.starts_window->count()) : std::nullopt;
        table.add({limit.concurrency_key, std::to_string(use.running), text_or_dash(limit.running_max),
                   std::to_string(use.starts), text_or_dash(limit.starts_max),
                   window ? fmt::format("{} s", *window) : "-"});
        items.push_back(json::object{{"concurrency_key", limit.concurrency_key},
                                     {"running", use.running},
                                     {"running_max", or_null(limit.running_max)},
                                     {"starts", use.starts},
                                     {"starts_max", or_null(limit.starts_max)},
                                     {"starts_window_seconds", or_null(window)}});
    }
    program.answer({{"limits", std::move(items)}}, table.empty() ? "nothing is limited\n" : table.text());
    return ExitCode::ok;
}

// ---- options ----------------------------------------------------------------------------------------------------

void add_submit(CLI::App& group, Program& program) {
    auto* command = group.add_subcommand("submit", "Add a task to the queue: a program, a call, or a query");
    auto arguments = std::make_shared<SubmitArguments>();
    auto& task = arguments->task;
    add_task_options(*command, task);
    command->add_option("--title", task.title, "What to call it; default: what it does");
    command->add_option("--key", task.key, "Idempotency key: asked for again under it, no other task is made");
    command->add_option("--concurrency-key", task.concurrency_key, "Key that it shares limits with; see task limit");
    auto* at = command->add_option("--run-at", task.run_at, "Not before this moment: 2026-11-21T06:31:00Z");
    command->add_option("--in", task.in, "Not before so long from now: 90s, 15m, 24h")->excludes(at);
    command->add_option("--after", task.after, "Task that has to succeed before; may be repeated")
        ->allow_extra_args(false);
    auto* waits = command->add_flag("--wait", arguments->waits, "Show what it says, and exit as it ends");
    command->add_option("--from", arguments->file, "File of tasks, a JSON object in each line; - is standard input")
        ->excludes(waits);
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return submit(program, *arguments); }; });
}

void add_questions(CLI::App& group, Program& program) {
    auto* listing = group.add_subcommand("list", "Tasks, the newest first");
    auto arguments = std::make_shared<ListArguments>();
    listing->add_option("--status", arguments->filter.status, "Only of this status")
        ->check(CLI::IsMember({"draft", "blocked", "scheduled", "queued", "running", "waiting", "cancelled", "dead",
                               "failed", "succeeded"}));
    listing->add_option("--executor", arguments->filter.executor, "Only of this executor")
        ->check(CLI::IsMember({"manual", "builtin", "command", "http", "sql", "agent"}));
    listing->add_option("--limit", arguments->count, "At most so many")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    listing->callback(
        [&program, arguments] { program.action = [&program, arguments] { return list(program, *arguments); }; });

    const auto add = [&](const char* name, const char* description, auto ask) {
        auto* command = group.add_subcommand(name, description);
        auto id = std::make_shared<std::string>();
        command->add_option("task", *id, "Id of the task, or its last digits")->required();
        command->callback([&program, id, ask] { program.action = [&program, id, ask] { return ask(program, *id); }; });
    };
    add("show", "A task: how it stands, what came of it, what its attempts took", show);
    add("logs", "What a task said", logs);

    auto* waiting = group.add_subcommand("wait", "Show what a task says, and exit as it ends");
    auto waited = std::make_shared<WaitArguments>();
    waiting->add_option("task", waited->id, "Id of the task, or its last digits")->required();
    waiting->add_option("--at-most", waited->at_most, "So long: 90s, 15m; then exit with 3. Default: for ever");
    waiting->callback([&program, waited] { program.action = [&program, waited] { return wait(program, *waited); }; });
}

void add_changes(CLI::App& group, Program& program) {
    auto* cancelling = group.add_subcommand("cancel", "Call tasks off; what is running ends with all it started");
    auto called_off = std::make_shared<ChangeArguments>();
    cancelling->add_option("task", called_off->ids, "Ids of tasks, or their last digits")->required();
    cancelling->add_option("--reason", called_off->reason, "Why")->capture_default_str();
    cancelling->callback(
        [&program, called_off] { program.action = [&program, called_off] { return cancel(program, *called_off); }; });

    auto* replaying = group.add_subcommand("replay", "Give dead letters and failed tasks all their attempts again");
    auto replayed = std::make_shared<ChangeArguments>();
    replaying->add_option("task", replayed->ids, "Ids of tasks, or their last digits");
    replaying->add_flag("--dead", replayed->all_dead, "All dead letters");
    replaying->callback(
        [&program, replayed] { program.action = [&program, replayed] { return replay(program, *replayed); }; });
}

void add_limits(CLI::App& tasks_group, Program& program) {
    auto* group = tasks_group.add_subcommand("limit", "How many tasks of one concurrency key may run");
    group->require_subcommand(1);
    group->add_subcommand("list", "Limits, and how far they are used")->callback([&program] {
        program.action = [&program] { return list_limits(program); };
    });
    auto* setting = group->add_subcommand("set", "Limit the tasks of a key");
    auto arguments = std::make_shared<LimitArguments>();
    setting->add_option("key", arguments->key, "Concurrency key")->required();
    setting->add_option("--running", arguments->running_max, "So many at once; 0 stops them")
        ->check(CLI::Range(0, 1'000'000));
    auto* starts = setting->add_option("--starts", arguments->starts_max, "So many attempts begin within --within")
                       ->check(CLI::Range(0, 1'000'000));
    auto* within = setting->add_option("--within", arguments->window, "Length of time: 1s, 15m")->needs(starts);
    starts->needs(within);
    setting->callback(
        [&program, arguments] { program.action = [&program, arguments] { return set_limit(program, *arguments); }; });
    auto* removing = group->add_subcommand("remove", "Limit them no more");
    auto key = std::make_shared<std::string>();
    removing->add_option("key", *key, "Concurrency key")->required();
    removing->callback([&program, key] { program.action = [&program, key] { return remove_limit(program, *key); }; });
}

}  // namespace

void add_task_commands(CLI::App& app, Program& program) {
    auto* group = app.add_subcommand("task", "Programs, calls and queries that the server does in its own time");
    group->require_subcommand(1);
    add_submit(*group, program);
    add_questions(*group, program);
    add_changes(*group, program);
    add_limits(*group, program);
    add_schedule_commands(*group, program);
}

}  // namespace gsdb::app
