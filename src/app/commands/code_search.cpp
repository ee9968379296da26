#include "app/commands/code_search.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/code_database.hpp"
#include "app/graph_text.hpp"
#include "app/index_settings.hpp"
#include "app/terminal.hpp"
#include "integrations/git/contents.hpp"
#include "modules/codebase/search.hpp"

namespace gsdb::app {

namespace {

struct SearchRequest {
    std::string text, codebase, in = "names";
    int rows_max = 50;
};

ExitCode show_symbols(const Program& program, const SearchRequest& request,
                      const std::vector<codebase::Symbol>& symbols) {
    auto text = symbols.empty() ? fmt::format("nothing found for '{}' in {}\n", request.text, request.in)
                                : symbol_list(symbols);
    if (std::cmp_equal(symbols.size(), request.rows_max)) text += "there may be more: --limit shows them\n";
    program.answer({{"items", codebase::to_json(symbols)}}, text);
    return symbols.empty() ? ExitCode::not_found : ExitCode::ok;
}

ExitCode show_lines(const Program& program, const SearchRequest& request, const codebase::SourceLines& found) {
    std::string text;
    for (const auto& line : found.lines)
        text += fmt::format("{}:{}:{}  {}\n", line.path, line.line, line.column, line.text);
    text += fmt::format("{} {} in {} files\n", format_count(static_cast<std::int64_t>(found.lines.size())),
                        found.lines.size() == 1 ? "line" : "lines", format_count(found.files_read));
    if (std::cmp_equal(found.lines.size(), request.rows_max)) text += "there may be more: --limit shows them\n";
    for (const auto& problem : found.problems)
        text += fmt::format("not read: {}: {}\n", codebase::source::display_path(problem.path), problem.cause);
    program.answer(codebase::to_json(found), text);
    return found.lines.empty() ? ExitCode::not_found : ExitCode::ok;
}

ExitCode search(const Program& program, const SearchRequest& request) {
    CodeDatabase code(program, request.codebase);
    if (request.in == "docs")
        return show_symbols(
            program, request,
            run_task(codebase::search_documentation(code.database(), code.scope(), request.text, request.rows_max)));
    if (request.in == "source")
        return show_lines(program, request,
                          run_task(codebase::search_source(code.database(), code.scope(), git::open_contents,
                                                           request.text, request.rows_max,
                                                           static_cast<unsigned>(analysis_options(program).threads))));
    return show_symbols(
        program, request,
        run_task(codebase::search_names(code.database(), code.scope(), request.text, request.rows_max)));
}

}  // namespace

void add_code_search(CLI::App& code, Program& program) {
    auto* command = code.add_subcommand("search", "Find code by a part of a name, by its documentation, by its source");
    auto request = std::make_shared<SearchRequest>();
    command->add_option("text", request->text, "What to look for")->required();
    command->add_option("--codebase", request->codebase, "Id or name of a codebase; default: all");
    command
        ->add_option("--in", request->in,
                     "names: of functions, classes, variables, also names that are alike; docs: words of names, "
                     "signatures and documentation by their stems; source: lines with the text, read from the "
                     "repository (the case counts when the text has a capital)")
        ->check(CLI::IsMember({"names", "docs", "source"}))
        ->capture_default_str();
    command->add_option("--limit", request->rows_max, "Rows at most")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->callback(
        [&program, request] { program.action = [&program, request] { return search(program, *request); }; });
}

}  // namespace gsdb::app
