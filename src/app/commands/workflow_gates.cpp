// gsdb workflow gate list, set, remove: the thresholds that changes have to keep.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/commands/commands.hpp"
#include "app/commands/event_commands.hpp"
#include "app/database_server.hpp"
#include "app/installation.hpp"
#include "app/terminal.hpp"
#include "engine/quality_gates.hpp"
#include "integrations/git/workspace.hpp"
#include "modules/projects/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::app {

namespace {

struct GateArguments {
    std::string project, repository;
    workflows::QualityGate gate;
};

class GateCommands {
  public:
    explicit GateCommands(const Program& program) : server_(DatabaseServer::open(program)) {
        for (const auto* module : {"workflows", "projects"}) install_unless_current(program, *server_, module);
        gates_.emplace(pg::Database<workflows::Database>(server_->pool("workflows", 1)));
    }

    const workflows::QualityGates& gates() const { return *gates_; }

    /// Nothing where the organization is meant.
    std::optional<ProjectId> project_of(const GateArguments& arguments) const {
        const projects::Projects projects(pg::Database<projects::Database>(server_->pool("projects", 1)));
        const auto me = person_at_the_command_line();
        if (!arguments.project.empty()) return value_or_throw(run_task(projects.find(me, arguments.project))).id;
        if (arguments.repository.empty()) return std::nullopt;
        // As a run of the repository finds its project.
        const auto folder = (std::filesystem::current_path() / arguments.repository).lexically_normal().string();
        git::Workspace::open(folder, {});
        return value_or_throw(run_task(projects.register_repository(
                                  me, {.name = projects::name_of_folder(folder), .default_branch = {}})))
            .project_id;
    }

  private:
    std::unique_ptr<DatabaseServer> server_;
    std::optional<workflows::QualityGates> gates_;
};

std::string text_of(const workflows::QualityGate& gate) {
    return fmt::format("{} {} {} {}", gate.metric, gate.comparison, gate.threshold, gate.unit);
}

std::string_view scope_of(const std::optional<ProjectId>& project) {
    return project ? "project" : "organization";
}

ExitCode list(const Program& program, const GateArguments& arguments) {
    const GateCommands commands(program);
    const auto project = commands.project_of(arguments);
    Table table({"metric", "wanted", "", "unit", "blocks", "of", "what is measured"});
    json::array items;
    for (const auto& gate : value_or_throw(run_task(commands.gates().list(person_at_the_command_line(), project)))) {
        auto item = engine::to_json(gate);
        table.add({gate.metric, gate.comparison, fmt::format("{}", gate.threshold), gate.unit,
                   gate.is_blocking ? "yes" : "no", std::string(scope_of(gate.project)),
                   item.at("is_measured").as_bool() ? gate.description : "nothing: nobody measures it"});
        items.push_back(std::move(item));
    }
    program.answer({{"gates", std::move(items)}},
                   table.empty()
                       ? fmt::format("there are no quality gates; what can be measured: {}\n", engine::metric_names())
                       : table.text());
    return ExitCode::ok;
}

ExitCode set(const Program& program, const GateArguments& arguments) {
    auto gate = value_or_throw(engine::checked_gate(arguments.gate));
    const GateCommands commands(program);
    gate.project = commands.project_of(arguments);
    value_or_throw(run_task(commands.gates().set(person_at_the_command_line(), gate)));
    program.answer(engine::to_json(gate),
                   fmt::format("gate of the {}: {}; a change that misses it {}\n", scope_of(gate.project),
                               text_of(gate), gate.is_blocking ? "goes back to the agent" : "is warned of"));
    return ExitCode::ok;
}

ExitCode remove(const Program& program, const GateArguments& arguments) {
    const auto& metric = arguments.gate.metric;
    const GateCommands commands(program);
    const auto project = commands.project_of(arguments);
    const auto was_there =
        value_or_throw(run_task(commands.gates().remove(person_at_the_command_line(), project, metric)));
    // What nobody knows may still be there from before; what neither is nor can be there is a slip of the pen.
    if (!was_there && !engine::find_metric(metric)) value_or_throw(engine::checked_gate(arguments.gate));
    program.answer({{"metric", metric}, {"removed", was_there}},
                   fmt::format("the {} has no gate for {} {}\n", scope_of(project), metric,
                               was_there ? "any more" : "of its own"));
    return ExitCode::ok;
}

void add_scope(CLI::App& command, GateArguments& arguments) {
    auto* project = command.add_option("--project", arguments.project,
                                       "Slug of the project that it holds for instead of the organization's gate");
    command.add_option("--repo", arguments.repository, "The same by a repository's folder: the project that it is in")
        ->excludes(project);
}

using Action = ExitCode (*)(const Program&, const GateArguments&);

CLI::App* add_gate_command(CLI::App& group, Program& program, const std::string& name, const std::string& about,
                           std::shared_ptr<GateArguments> arguments, Action action) {
    auto* command = group.add_subcommand(name, about);
    add_scope(*command, *arguments);
    command->callback([&program, arguments, action] {
        program.action = [&program, arguments, action] { return action(program, *arguments); };
    });
    return command;
}

}  // namespace

void add_workflow_gate_commands(CLI::App& workflow, Program& program) {
    auto* group = workflow.add_subcommand("gate", "Quality gates: thresholds that changes have to keep");
    group->require_subcommand(1);
    add_gate_command(*group, program, "list", "The organization's gates, and those of a project",
                     std::make_shared<GateArguments>(), list);

    auto wanted = std::make_shared<GateArguments>();
    auto* setting = add_gate_command(*group, program, "set",
                                     "Set a gate, or put it in the place of the one of its metric", wanted, set);
    setting->add_option("metric", wanted->gate.metric, engine::metric_names())->required();
    setting->add_option("comparison", wanted->gate.comparison, "at_least or at_most")
        ->required()
        ->check(CLI::IsMember({"at_least", "at_most"}));
    setting->add_option("threshold", wanted->gate.threshold, "The value that is just good enough")->required();
    setting->add_flag("--blocking", wanted->gate.is_blocking,
                      "Send a change that misses it back to the agent; otherwise it is only said");

    auto unwanted = std::make_shared<GateArguments>();
    auto* removing =
        add_gate_command(*group, program, "remove",
                         "Remove a gate; without one of its own a project has the organization's", unwanted, remove);
    removing->add_option("metric", unwanted->gate.metric, "Its metric")->required();
}

}  // namespace gsdb::app
