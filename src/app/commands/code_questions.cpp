// gsdb code callers, callees, ...: questions to the graph in the database.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/graph_text.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

using codebase::Step;
using codebase::Symbol;
using codebase::to_json;
using codebase::Walk;

struct Question {
    std::string symbol, other;  ///< `other`: where a path ends
    std::string codebase;
    std::string format = "table";
    bool is_private = false;
    codebase::WalkOptions options{};
};

class Asking : public CodeDatabase {
  public:
    Asking(const Program& program, const Question& question) : CodeDatabase(program, question.codebase) {}

    Symbol symbol(const std::string& text) { return run_task(codebase::find_symbol(database(), scope(), text)); }
};

std::string steps_table(const std::vector<Step>& steps) {
    Table table({"depth", "symbol", "relationship", "at", "found by", "confidence"});
    for (const auto& step : steps)
        table.add({std::to_string(step.depth), step.symbol.label(), step.kind,
                   fmt::format("{}:{}:{}", step.path, step.line, step.column), step.method,
                   fmt::format("{:.2f}", step.confidence)});
    return table.empty() ? "" : table.text();
}

/// The answer to a walk in the format that was asked for.
std::string steps_text(const Symbol& symbol, const std::vector<Step>& steps, const Question& question, bool leads_in) {
    if (question.format == "tree") return graph_tree(symbol, steps);
    if (question.format == "dot") return graph_dot(symbol, steps, leads_in);
    if (question.format == "mermaid") return graph_mermaid(symbol, steps, leads_in);
    auto text = steps_table(steps) + fmt::format("{} {}\n", format_count(static_cast<std::int64_t>(steps.size())),
                                                 steps.size() == 1 ? "symbol" : "symbols");
    if (static_cast<int>(steps.size()) == question.options.rows_max) text += "there may be more: --limit shows them\n";
    return text;
}

ExitCode ask_walk(const Program& program, const Question& question, Walk walk) {
    Asking asking(program, question);
    const auto symbol = asking.symbol(question.symbol);
    const auto steps = run_task(codebase::walk(asking.database(), asking.scope(), symbol.id, walk, question.options));
    program.answer({{"symbol", to_json(symbol)}, {"items", to_json(steps)}},
                   steps_text(symbol, steps, question, codebase::leads_in(walk)));
    return ExitCode::ok;
}

/// Both directions of a relationship: what is above a type and what is below; what a file imports and what imports it.
ExitCode ask_both(const Program& program, const Question& question, std::pair<std::string, Walk> up,
                  std::pair<std::string, Walk> down) {
    Asking asking(program, question);
    const auto symbol = asking.symbol(question.symbol);
    json::object document{{"symbol", to_json(symbol)}};
    std::string text;
    for (const auto& [name, walk] : {up, down}) {
        const auto steps =
            run_task(codebase::walk(asking.database(), asking.scope(), symbol.id, walk, question.options));
        document[name] = to_json(steps);
        if (question.format == "table") text += fmt::format("{}\n", name);
        text += steps_text(symbol, steps, question, codebase::leads_in(walk));
    }
    program.answer(document, text);
    return ExitCode::ok;
}

ExitCode ask_path(const Program& program, const Question& question) {
    Asking asking(program, question);
    const auto from = asking.symbol(question.symbol), to = asking.symbol(question.other);
    const auto steps =
        run_task(codebase::call_path(asking.database(), asking.scope(), from.id, to.id, question.options));
    auto text = steps.empty() ? fmt::format("no chain of calls leads from {} to {} in {} steps\n", from.label(),
                                            to.label(), question.options.depth_max)
                              : steps_text(from, steps, question, false);
    program.answer({{"from", to_json(from)}, {"to", to_json(to)}, {"items", to_json(steps)}}, text);
    return steps.empty() ? ExitCode::not_found : ExitCode::ok;
}

ExitCode ask_references(const Program& program, const Question& question) {
    Asking asking(program, question);
    const auto symbol = asking.symbol(question.symbol);
    const auto mentions =
        run_task(codebase::mentions_of(asking.database(), asking.scope(), symbol.id, question.options.rows_max));
    Table table({"at", "in", "relationship", "found by", "confidence"});
    for (const auto& m : mentions)
        table.add({fmt::format("{}:{}:{}", m.path, m.line, m.column), m.source, m.kind, m.method,
                   fmt::format("{:.2f}", m.confidence)});
    auto text =
        (table.empty() ? "" : table.text()) +
        fmt::format("{} mentions of {}\n", format_count(static_cast<std::int64_t>(mentions.size())), symbol.label());
    program.answer({{"symbol", to_json(symbol)}, {"items", to_json(mentions)}}, text);
    return ExitCode::ok;
}

ExitCode ask_definition(const Program& program, const Question& question) {
    Asking asking(program, question);
    const auto symbols = run_task(codebase::find_symbols(asking.database(), asking.scope(), question.symbol));
    if (symbols.empty()) asking.symbol(question.symbol);  // throws: not found
    program.answer({{"items", to_json(symbols)}}, symbol_list(symbols));
    return ExitCode::ok;
}

ExitCode ask_cycles(const Program& program, const Question& question) {
    Asking asking(program, question);
    const auto cycles =
        run_task(codebase::import_cycles(asking.database(), asking.scope().organization, *asking.scope().codebase));
    std::string text;
    json::array items;
    for (const auto& cycle : cycles) {
        text += fmt::format("{} files import each other\n", cycle.size());
        for (const auto& path : cycle) text += "  " + path + "\n";
        items.push_back(json::array(cycle.begin(), cycle.end()));
    }
    text += cycles.empty() ? "no imports go in circles\n" : "";
    program.answer({{"cycles", std::move(items)}}, text);
    return cycles.empty() ? ExitCode::ok : ExitCode::problems;
}

ExitCode ask_dead(const Program& program, const Question& question) {
    Asking asking(program, question);
    auto dead = run_task(codebase::dead_code(asking.database(), asking.scope().organization, *asking.scope().codebase));
    if (question.is_private) std::erase_if(dead, [](const auto& element) { return element.is_exported; });
    Table table({"at", "kind", "name", "lines", "visible", "dead callers"});
    std::int64_t lines = 0;
    for (const auto& d : dead) {
        lines += d.end_line - d.start_line + 1;
        table.add({fmt::format("{}:{}", d.path, d.start_line), d.kind, d.name,
                   std::to_string(d.end_line - d.start_line + 1), d.is_exported ? "outside" : "in its file",
                   std::to_string(d.dead_callers)});
    }
    auto text = (table.empty() ? "" : table.text()) +
                fmt::format(
                    "{} functions and classes, {} lines, that no way leads to from the top of a file, a test, or "
                    "what a decorator or a type from outside may call\n",
                    format_count(static_cast<std::int64_t>(dead.size())), format_count(lines));
    program.answer({{"items", to_json(dead)}, {"lines", lines}}, text);
    return ExitCode::ok;
}

using Answer = std::function<ExitCode(const Program&, const Question&)>;

/// Declares a question; `symbols` counts the symbols that it is about.
void add_question(CLI::App& code, Program& program, const std::string& name, const std::string& description,
                  int symbols, int depth, Answer answer) {
    auto* command = code.add_subcommand(name, description);
    auto question = std::make_shared<Question>();
    question->options.depth_max = depth;
    if (symbols > 0)
        command
            ->add_option(symbols == 1 ? "symbol" : "from", question->symbol,
                         "NAME, Class.name, PATH:NAME, PATH:LINE, PATH (the file as a whole) or package.name")
            ->required();
    if (symbols > 1) command->add_option("to", question->other, "Where the chain of calls ends")->required();
    auto* of = command->add_option("--codebase", question->codebase, "Id or name of a codebase; default: all");
    if (symbols == 0) of->required();
    if (depth > 0) {
        command->add_option("--depth", question->options.depth_max, "Steps at most")
            ->check(CLI::Range(1, 100))
            ->capture_default_str();
        command->add_option("--confidence", question->options.confidence_min, "Leave out what is less sure, 0 to 1")
            ->check(CLI::Range(0.0, 1.0));
        command->add_option("--format", question->format, "table, tree, dot (Graphviz) or mermaid")
            ->check(CLI::IsMember({"table", "tree", "dot", "mermaid"}))
            ->capture_default_str();
    }
    if (name == "dead")
        command->add_flag("--private", question->is_private, "Leave out what is visible outside its file");
    if (symbols == 1)
        command->add_option("--limit", question->options.rows_max, "Rows at most")
            ->check(CLI::Range(1, 1'000'000))
            ->capture_default_str();
    command->callback([&program, question, answer] {
        program.action = [&program, question, answer] { return answer(program, *question); };
    });
}

}  // namespace

void add_code_questions(CLI::App& code, Program& program) {
    const auto walk = [](Walk direction) {
        return [direction](const Program& p, const Question& q) { return ask_walk(p, q, direction); };
    };
    add_question(code, program, "definition", "Where something is defined", 1, 0, ask_definition);
    add_question(code, program, "callers", "What calls a function or class", 1, 1, walk(Walk::callers));
    add_question(code, program, "callees", "What a function calls", 1, 1, walk(Walk::callees));
    add_question(code, program, "impact", "What may break when something changes", 1, 5, walk(Walk::impact));
    add_question(code, program, "path", "A shortest chain of calls from one function to another", 2, 20, ask_path);
    add_question(code, program, "references", "Every place that mentions something", 1, 0, ask_references);
    add_question(code, program, "hierarchy", "What a class inherits from, and what inherits from it", 1, 10,
                 [](const Program& p, const Question& q) {
                     return ask_both(p, q, {"supertypes", Walk::supertypes}, {"subtypes", Walk::subtypes});
                 });
    add_question(code, program, "deps", "What a file imports, and what imports it", 1, 1,
                 [](const Program& p, const Question& q) {
                     return ask_both(p, q, {"dependencies", Walk::dependencies}, {"dependents", Walk::dependents});
                 });
    add_question(code, program, "cycles", "Files that import each other in circles", 0, 0, ask_cycles);
    add_question(code, program, "dead", "Functions and classes that nothing reaches", 0, 0, ask_dead);
}

}  // namespace gsdb::app
