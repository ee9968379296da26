// gsdb workflow ...: from a requirement to a merged change.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/commands.hpp"
#include "app/commands/event_commands.hpp"
#include "app/commands/workflow_text.hpp"
#include "app/installation.hpp"
#include "app/terminal.hpp"
#include "app/workflow_runner.hpp"
#include "base/utf8.hpp"
#include "engine/run_order.hpp"

namespace gsdb::app {

namespace {

struct StartArguments {
    engine::RunOrder order{.parameters = {.repository = "."}};
    std::string requirements, key, step_time = "1h", check_time = "30m", code_host = "local", issues = "builtin",
                                   plan = "markdown";
    bool detach = false, watch = false;
};

std::string text_of_file(const std::string& file) {
    std::ostringstream text;
    if (file == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream stream(file, std::ios::binary);
        if (!stream)
            throw Failure({.code = "workflows.no_requirements",
                           .message = fmt::format("{} cannot be read", file),
                           .detail = "",
                           .hint = "name a Markdown file, or - for standard input",
                           .exit_code = ExitCode::not_found});
        text << stream.rdbuf();
    }
    auto read = std::move(text).str();
    if (printable_utf8(read) != read)
        throw Failure({.code = "workflows.no_requirements",
                       .message = fmt::format("{} is no UTF-8 text", file),
                       .detail = "",
                       .hint = "save it as UTF-8",
                       .exit_code = ExitCode::usage});
    return read;
}

/// Everything that can be wrong with what was given is found before anything is started.
engine::RunOrder order_of(const StartArguments& arguments) {
    auto order = arguments.order;
    order.parameters.requirement = text_of_file(arguments.requirements);
    order.parameters.step_time = duration_of(arguments.step_time);
    order.parameters.check_time = duration_of(arguments.check_time);
    order.parameters.plan = engine::plan_maker_named(arguments.plan).value();
    order.parameters.code_host = engine::code_host_named(arguments.code_host).value();
    order.parameters.issue_tracker = engine::issue_tracker_named(arguments.issues).value();
    if (!arguments.key.empty()) order.idempotency_key = arguments.key;
    return engine::checked(std::move(order), std::filesystem::current_path().string());
}

/// The database and the engine for these commands.
class WorkflowCommands {
  public:
    explicit WorkflowCommands(const Program& program)
        : program_(program), server_(DatabaseServer::open(program, {.cancel = interruption_.token()})) {
        for (const auto* module : {"workflows", "tasks", "codebase"}) install_unless_current(program, *server_, module);
        runner_.emplace(program, *server_, interruption_);
    }

    projects::Projects projects() const {
        return projects::Projects(pg::Database<projects::Database>(server_->pool("projects", 1)));
    }
    const workflows::Executions& executions() const { return runner_->executions(); }
    WorkflowRunner& runner() { return *runner_; }
    workflows::Execution find(const std::string& id) const {
        return value_or_throw(run_task(executions().find(person_at_the_command_line(), id)));
    }
    engine::RunDocument document(Uuid id) const {
        return value_or_throw(
            run_task(engine::read_run(executions(), runner_->tasks(), person_at_the_command_line(), id)));
    }

    /// To its end here, or behind who else carries it on; shown while it goes.
    ExitCode carry_on(Uuid id, bool shows_output) {
        RunPrinter printer(program_, shows_output);
        auto execution =
            runner_->carry_on({.organization = default_organization(), .execution = id}, printer.listener());
        if (!execution) execution = follow(id, printer);
        const auto run = document(id);
        program_.answer(run.to_json(), closing_text(run));
        if (execution->status == "running" && interruption_.requested()) return ExitCode::interrupted;
        return execution->status == "completed" ? ExitCode::ok : ExitCode::failed;
    }

  private:
    /// Another process has it: what it writes is shown.
    workflows::Execution follow(Uuid id, RunPrinter& printer) {
        for (;;) {
            auto execution = value_or_throw(run_task(executions().find(person_at_the_command_line(), id)));
            printer.show(value_or_throw(run_task(executions().stages(person_at_the_command_line(), id))));
            if (execution.status != "running" || !interruption_.sleep(std::chrono::milliseconds(300))) return execution;
        }
    }

    const Program& program_;
    Interruption interruption_;
    std::unique_ptr<DatabaseServer> server_;
    std::optional<WorkflowRunner> runner_;
};

ExitCode start(const Program& program, const StartArguments& arguments) {
    auto order = order_of(arguments);
    WorkflowCommands commands(program);
    const auto id = value_or_throw(run_task(
        engine::start_run(commands.executions(), commands.projects(), person_at_the_command_line(), std::move(order))));
    program.note(fmt::format("run {}", to_string(id)));
    if (!arguments.detach) return commands.carry_on(id, arguments.watch);
    program.answer({{"id", to_string(id)}}, fmt::format("run {} was started; gsdb up carries it on\n", to_string(id)));
    return ExitCode::ok;
}

ExitCode list(const Program& program, std::int64_t count) {
    const WorkflowCommands commands(program);
    Table table({"run", "status", "stage", "name", "repository", "started"});
    json::array items;
    for (const auto& line :
         value_or_throw(run_task(commands.executions().list(person_at_the_command_line(), std::nullopt, count)))) {
        table.add({workflows::short_id(line.id), line.status,
                   fmt::format("{}/{} {}", line.place, line.stages, line.stage.value_or("")), line.name,
                   line.repository.value_or(""), to_rfc3339(line.started_at).substr(0, 19)});
        items.push_back(engine::to_json(line));
    }
    program.answer({{"runs", std::move(items)}},
                   table.empty() ? "no workflow was started; gsdb workflow start does it\n" : table.text());
    return ExitCode::ok;
}

ExitCode show(const Program& program, const std::string& id) {
    const WorkflowCommands commands(program);
    const auto run = commands.document(commands.find(id).id);
    program.answer(run.to_json(), text_of(run));
    return ExitCode::ok;
}

/// What the agents said about one step, as text; and as JSON, into `items`.
std::string log_of(const tasks::StepTasks& steps, int step, json::array& items) {
    constexpr std::int64_t page = 1000;
    std::string text;
    tasks::SaidPlace after;
    for (;;) {
        const auto lines = run_task(steps.said(after, step, page));
        for (const auto& [number, line] : lines)
            text +=
                fmt::format("  {} {} {}\n", line.position.attempt, line.stream == "stderr" ? "!" : "|", line.message);
        for (const auto& line : lines) items.push_back(engine::to_json(line));
        if (lines.empty()) return text;
        after = {.step = step, .line = lines.back().line.position};
    }
}

ExitCode logs(const Program& program, const std::string& id, int step) {
    WorkflowCommands commands(program);
    const tasks::StepTasks steps(commands.runner().tasks(), default_organization(), commands.find(id).id);
    json::array items;
    std::string text;
    int number = 0;
    for (const auto& task : run_task(steps.list())) {
        ++number;
        if (step != 0 && step != number) continue;
        text += fmt::format("step {}: {}\n", number, task.title) + log_of(steps, number, items);
    }
    program.answer({{"lines", std::move(items)}}, text);
    return ExitCode::ok;
}

struct ChangeArguments {
    std::string id, reason;
    bool detach = false, watch = false;
};

ExitCode pause(const Program& program, const ChangeArguments& arguments) {
    const WorkflowCommands commands(program);
    const auto run = commands.find(arguments.id);
    value_or_throw(run_task(commands.executions().pause(person_at_the_command_line(), run.id, arguments.reason)));
    program.answer({{"id", to_string(run.id)}, {"status", "paused"}},
                   fmt::format("run {} is paused; its agents end and begin again when it is resumed\n", arguments.id));
    return ExitCode::ok;
}

ExitCode cancel(const Program& program, const ChangeArguments& arguments) {
    WorkflowCommands commands(program);
    const auto run = commands.find(arguments.id);
    value_or_throw(run_task(commands.executions().cancel(person_at_the_command_line(), run.id, arguments.reason)));
    // Whoever carries it on cleans up; nobody does where this can.
    commands.runner().carry_on({.organization = default_organization(), .execution = run.id}, {});
    program.answer({{"id", to_string(run.id)}, {"status", "cancelled"}},
                   fmt::format("run {} is cancelled{}\n", arguments.id,
                               run.dev_branch ? "; what it merged stays on branch " + *run.dev_branch : ""));
    return ExitCode::ok;
}

ExitCode approve(const Program& program, const ChangeArguments& arguments) {
    const WorkflowCommands commands(program);
    const auto run = commands.find(arguments.id);
    value_or_throw(run_task(commands.executions().approve(person_at_the_command_line(), run.id, arguments.reason)));
    program.answer({{"id", to_string(run.id)}, {"approved", true}},
                   fmt::format("run {} may merge its changes\n", arguments.id));
    return ExitCode::ok;
}

ExitCode go_on(const Program& program, const ChangeArguments& arguments, bool is_retry) {
    WorkflowCommands commands(program);
    const auto run = commands.find(arguments.id);
    const auto me = person_at_the_command_line();
    if (is_retry)
        value_or_throw(run_task(commands.executions().retry(me, run.id, arguments.reason)));
    else if (run.status == "paused")
        value_or_throw(run_task(commands.executions().resume(me, run.id, arguments.reason)));
    else if (run.status != "running")
        value_or_throw(Result<void>(std::unexpected(
            Error{.code = "workflows.execution_not_paused",
                  .message = fmt::format("run {} is {}", arguments.id, run.status),
                  .detail = run.status_reason.value_or(""),
                  .hint = run.status == "failed" ? "gsdb workflow retry tries it again" : "start another one",
                  .exit_code = ExitCode::conflict})));
    if (!arguments.detach) return commands.carry_on(run.id, arguments.watch);
    program.answer({{"id", to_string(run.id)}, {"status", "running"}},
                   fmt::format("run {} goes on; gsdb up carries it on\n", arguments.id));
    return ExitCode::ok;
}

// ---- the plan ---------------------------------------------------------------------------------------------------

struct PlanArguments {
    ChangeArguments change{.reason = "the plan was accepted"};
    std::string file;
    bool versions = false, accept = false;
};

std::string text_of_versions(const engine::RunPlan& plan) {
    Table table({"version", "method", "status", "quality", "by", "at"});
    for (const auto& version : plan.versions)
        table.add({std::to_string(version.number), version.method, version.status,
                   version.quality_score ? fmt::format("{:.0f}", *version.quality_score) : "",
                   version.created_by ? to_string(*version.created_by) : "system",
                   to_rfc3339(version.created_at).substr(0, 19)});
    return table.text();
}

std::optional<tasks::Plan> wanted_plan(const PlanArguments& arguments) {
    if (arguments.file.empty()) return std::nullopt;
    return value_or_throw(engine::read_plan_text(text_of_file(arguments.file)));
}

/// The plan as it is, once the wanted one is saved.
engine::RunPlan saved_plan(WorkflowCommands& commands, const PlanArguments& arguments,
                           std::optional<tasks::Plan> wanted) {
    const auto id = commands.find(arguments.change.id).id;
    const auto plans = commands.runner().plans();
    const auto me = person_at_the_command_line();
    return value_or_throw(run_task(wanted ? engine::edit_run_plan(plans, me, id, std::move(*wanted))
                                          : engine::read_run_plan(plans, me, id)));
}

ExitCode show_plan(const Program& program, const PlanArguments& arguments) {
    auto wanted = wanted_plan(arguments);
    const bool is_edited = wanted.has_value();
    WorkflowCommands commands(program);
    const auto plan = saved_plan(commands, arguments, std::move(wanted));
    auto text = tasks::markdown_of(plan.plan);
    if (is_edited)
        text = fmt::format("version {} is saved; gsdb workflow plan {} --accept goes on with it\n", plan.last().number,
                           workflows::short_id(plan.run));
    if (arguments.versions) text = text_of_versions(plan);
    program.answer(plan.to_json(), text);
    return ExitCode::ok;
}

ExitCode accept_plan(const Program& program, const PlanArguments& arguments) {
    {
        auto wanted = wanted_plan(arguments);
        WorkflowCommands commands(program);
        const auto last = saved_plan(commands, arguments, std::move(wanted)).last();
        if (!last.can_be_edited())
            throw Failure({.code = "tasks.plan_is_worked_by",
                           .message = fmt::format("version {} of the plan is worked by already", last.number),
                           .detail = "",
                           .hint = "gsdb workflow show tells where the run is",
                           .exit_code = ExitCode::conflict});
    }
    return go_on(program, arguments.change, false);
}

// ---- options ----------------------------------------------------------------------------------------------------

void add_plan_options(CLI::App& command, StartArguments& arguments) {
    command
        .add_option(
            "--plan", arguments.plan,
            "Who cuts the requirement into steps: markdown, its own structure; agent, the run's agent; model, the "
            "agent where it is a model")
        ->check(CLI::IsMember({"markdown", "agent", "model"}))
        ->capture_default_str();
    command.add_flag("--review-plan", arguments.order.parameters.review_plan,
                     "Pause once there is a plan, for gsdb workflow plan");
}

void add_services(CLI::App& command, StartArguments& arguments) {
    auto& parameters = arguments.order.parameters;
    auto& spending = parameters.spending;
    command
        .add_option("--code-host", arguments.code_host, "Where changes are shown, checked and merged: local, github")
        ->check(CLI::IsMember({"local", "github"}))
        ->capture_default_str();
    command.add_option("--remote", parameters.remote, "Name of the repository's remote on the code host")
        ->capture_default_str();
    command.add_option("--issues", arguments.issues, "Where people follow the steps: builtin, linear")
        ->check(CLI::IsMember({"builtin", "linear"}))
        ->capture_default_str();
    command.add_option("--team", parameters.team, "Key of the team in Linear: ENG");
    command
        .add_option("--tokens-max", spending.tokens_max,
                    "Tokens of a model in one attempt at a step, or for a plan, at most")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--usd-max", spending.usd_max,
                    "US dollars of a model in one attempt at a step, or for a plan, at most")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--price-in", spending.usd_per_million_input, "US dollars of a million tokens that it reads")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--price-out", spending.usd_per_million_output, "US dollars of a million tokens that it writes")
        ->check(CLI::NonNegativeNumber);
}

void add_start(CLI::App& group, Program& program) {
    auto* command =
        group.add_subcommand("start", "Carry a requirement to a merged change: eight stages, shown as they go");
    auto arguments = std::make_shared<StartArguments>();
    auto& order = arguments->order;
    auto& parameters = order.parameters;
    command->add_option("--repo", parameters.repository, "Folder of the Git repository; default: the present one");
    command->add_option("--requirements", arguments->requirements, "Markdown file that says what to do, or - for stdin")
        ->required();
    command
        ->add_option("--agent", parameters.agent,
                     "Who changes the code: command:COMMAND, run in each step's folder; anthropic:MODEL; openai:MODEL; "
                     "codegen")
        ->required();
    add_plan_options(*command, *arguments);
    add_services(*command, *arguments);
    command->add_option("--name", order.name, "What to call the run; default: the requirement's title");
    command->add_option("--base", order.base_branch, "Branch to begin from; default: the one checked out");
    command->add_option("--dev-branch", parameters.dev_branch, "Branch to merge into, made when it is not there")
        ->capture_default_str();
    command->add_option("--check", parameters.checks,
                        "Command that a change has to pass; may be repeated; default: the repository's tests, found");
    command->add_option("--env", parameters.environment,
                        "Name of a variable that agents and checks may know; may be repeated");
    command->add_option("--writable", parameters.writable,
                        "File or folder that agents and checks may write to beside their own; may be repeated");
    command->add_flag("!--unconfined", parameters.is_confined, "Let agents and checks write wherever you may");
    command->add_option("--parallel", parameters.parallel, "Agents at a time")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command->add_option("--attempts", parameters.attempts_max, "Attempts of the agent at a step")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    command->add_option("--step-timeout", arguments->step_time, "Time of one attempt: 90s, 15m, 2h")
        ->capture_default_str();
    command->add_option("--check-timeout", arguments->check_time, "Time of one check")->capture_default_str();
    command->add_option("--template", order.template_slug, "Template of stages; default: the organization's");
    command->add_option("--key", arguments->key, "Starts one run however often it is given");
    command->add_flag("--approve", parameters.needs_approval, "Wait for gsdb workflow approve before merging");
    command->add_flag("--detach", arguments->detach, "Let a running gsdb up carry it on");
    command->add_flag("--watch", arguments->watch, "Show what the agents say, too");
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return start(program, *arguments); }; });
}

using Change = std::function<ExitCode(const Program&, const ChangeArguments&)>;

void add_change(CLI::App& group, Program& program, const std::string& name, const std::string& about,
                const std::string& reason, bool carries_on, Change change) {
    auto* command = group.add_subcommand(name, about);
    auto arguments = std::make_shared<ChangeArguments>();
    arguments->reason = reason;
    command->add_option("run", arguments->id, "Id of the run, or its last digits")->required();
    command->add_option("--reason", arguments->reason, "Why; kept in the run's history")->capture_default_str();
    if (carries_on) {
        command->add_flag("--detach", arguments->detach, "Let a running gsdb up carry it on");
        command->add_flag("--watch", arguments->watch, "Show what the agents say, too");
    }
    command->callback([&program, arguments, change] {
        program.action = [&program, arguments, change] { return change(program, *arguments); };
    });
}

void add_questions(CLI::App& group, Program& program) {
    auto* listing = group.add_subcommand("list", "Runs, the newest first");
    auto count = std::make_shared<std::int64_t>(20);
    listing->add_option("--limit", *count, "At most so many")->check(CLI::Range(1, 1000))->capture_default_str();
    listing->callback([&program, count] { program.action = [&program, count] { return list(program, *count); }; });

    auto* showing = group.add_subcommand("show", "A run: its stages, steps, validations, merges and history");
    auto id = std::make_shared<std::string>();
    showing->add_option("run", *id, "Id of the run, or its last digits")->required();
    showing->callback([&program, id] { program.action = [&program, id] { return show(program, *id); }; });

    auto* logging = group.add_subcommand("logs", "What the agents of a run said");
    auto step = std::make_shared<int>(0);
    logging->add_option("run", *id, "Id of the run, or its last digits")->required();
    logging->add_option("--step", *step, "Only of the step with this number");
    logging->callback(
        [&program, id, step] { program.action = [&program, id, step] { return logs(program, *id, *step); }; });
}

void add_plan(CLI::App& group, Program& program) {
    auto* command = group.add_subcommand("plan", "The plan of a run as Markdown; edit it before its steps are issues");
    auto arguments = std::make_shared<PlanArguments>();
    command->add_option("run", arguments->change.id, "Id of the run, or its last digits")->required();
    command->add_option("--set", arguments->file,
                        "File with an edited plan, Markdown or JSON, or - for stdin: becomes its next version");
    auto* versions = command->add_flag("--versions", arguments->versions, "List its versions instead");
    command->add_flag("--accept", arguments->accept, "Go on with the run by this plan")->excludes(versions);
    command->add_flag("--detach", arguments->change.detach, "With --accept: let a running gsdb up carry it on");
    command->add_flag("--watch", arguments->change.watch, "With --accept: show what the agents say, too");
    command->callback([&program, arguments] {
        program.action = [&program, arguments] {
            return arguments->accept ? accept_plan(program, *arguments) : show_plan(program, *arguments);
        };
    });
}

}  // namespace

void add_workflow_commands(CLI::App& app, Program& program) {
    auto* group = app.add_subcommand("workflow", "From a requirement to a merged change");
    group->require_subcommand(1);
    add_start(*group, program);
    add_questions(*group, program);
    add_plan(*group, program);
    add_change(*group, program, "pause", "Stop a run's agents and let it begin nothing until it is resumed",
               "paused by hand", false, pause);
    add_change(*group, program, "resume", "Go on with a paused run, or one whose process was killed", "resumed by hand",
               true, [](const Program& p, const ChangeArguments& a) { return go_on(p, a, false); });
    add_change(*group, program, "retry", "Try the stage that a run failed in again", "tried again by hand", true,
               [](const Program& p, const ChangeArguments& a) { return go_on(p, a, true); });
    add_change(*group, program, "cancel", "End a run and remove its folders and branches", "cancelled by hand", false,
               cancel);
    add_change(*group, program, "approve", "Consent to the merge that a run waits for", "", false, approve);
    add_workflow_gate_commands(*group, program);
}

}  // namespace gsdb::app
