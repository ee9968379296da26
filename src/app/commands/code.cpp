// gsdb code: questions about code.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/code_search.hpp"
#include "app/commands/commands.hpp"
#include "app/index_settings.hpp"
#include "app/interruption.hpp"
#include "app/terminal.hpp"
#include "integrations/git/source.hpp"
#include "modules/codebase/api.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

namespace flow = codebase::flow;
namespace link = codebase::link;

struct CallsRequest {
    std::string location;
    std::string revision;
    std::string format = "table";
};

/// A call as the answers show it.
struct ShownCall {
    std::string caller, callee;
    std::string_view path, method;
    flow::Site site;
};

std::vector<ShownCall> shown_calls(const codebase::CallGraph& graph) {
    std::vector<ShownCall> calls;
    for (const auto& edge : graph.links.edges) {
        const auto& file = graph.files[edge.file];
        calls.push_back({.caller = link::qualified_name(file, {edge.file, edge.caller}),
                         .callee = link::qualified_name(graph.files[edge.callee.file], edge.callee),
                         .path = file.path,
                         .method = to_label(edge.method),
                         .site = file.flow.calls[edge.call].site});
    }
    return calls;
}

std::string calls_text(const codebase::CallGraph& graph, std::string_view format) {
    std::string text;
    if (format == "edges") {
        for (const auto& edge : codebase::named_edges(graph)) text += fmt::format("{}\t{}\n", edge.caller, edge.callee);
        return text;
    }
    Table table({"caller", "calls", "at", "found by"});
    for (const auto& call : shown_calls(graph))
        table.add({call.caller, call.callee, fmt::format("{}:{}:{}", call.path, call.site.line, call.site.column),
                   std::string(call.method)});
    if (!table.empty()) text = table.text();
    return text + fmt::format("{} calls found, {} of something outside or unknown, in {} files\n",
                              format_count(static_cast<std::int64_t>(graph.links.edges.size())),
                              format_count(static_cast<std::int64_t>(graph.links.unknown.size())),
                              format_count(static_cast<std::int64_t>(graph.files.size())));
}

json::value calls_json(const codebase::CallGraph& graph) {
    json::array calls;
    for (const auto& call : shown_calls(graph))
        calls.push_back({{"caller", call.caller},
                         {"callee", call.callee},
                         {"path", call.path},
                         {"line", call.site.line},
                         {"column", call.site.column},
                         {"method", call.method}});
    return {{"calls", std::move(calls)}, {"unknown_calls", graph.links.unknown.size()}, {"files", graph.files.size()}};
}

ExitCode calls(const Program& program, const CallsRequest& request) {
    Interruption interruption;
    const auto tree =
        value_or_throw(git::open_source(request.location, {.rev = request.revision, .stop = interruption.token()}));
    const auto graph = codebase::find_calls(*tree, analysis_options(program), interruption.token());
    program.answer(program.json ? calls_json(graph) : json::value(), calls_text(graph, request.format));
    return ExitCode::ok;
}

}  // namespace

void add_code_commands(CLI::App& app, Program& program) {
    auto* code = app.add_subcommand("code", "Ask what calls, inherits, imports what, and where");
    code->require_subcommand(1);
    auto* command = code->add_subcommand("calls", "All calls in a folder or repository, found without a database");
    auto request = std::make_shared<CallsRequest>();
    command->add_option("path", request->location, "Git work tree, bare repository or plain folder")->required();
    command->add_option("--revision", request->revision,
                        "Commit, branch or tag to read instead of the files in the work tree");
    command
        ->add_option("--format", request->format,
                     "table; edges: caller and callee, each pair once, with a tab between; their names: "
                     "docs/reference/call-names.md")
        ->check(CLI::IsMember({"table", "edges"}))
        ->capture_default_str();
    add_setting_option(*command, program, settings::index_threads, "--threads");
    add_setting_option(*command, program, settings::index_vendored, "--vendored");
    command->callback(
        [&program, request] { program.action = [&program, request] { return calls(program, *request); }; });
    add_code_questions(*code, program);
    add_code_search(*code, program);
    add_code_history(*code, program);
    add_code_context(*code, program);
    add_code_diff(*code, program);
    add_code_packages(*code, program);
    add_code_quality(*code, program);
    add_code_issues(*code, program);
    add_code_rules(*code, program);
    add_code_plugins(*code, program);
}

}  // namespace gsdb::app
