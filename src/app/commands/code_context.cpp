// gsdb code context, explain: what one must know to work on a function or class.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ranges>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"
#include "integrations/git/contents.hpp"

namespace gsdb::app {

namespace {

struct ContextQuestion {
    std::string symbol, codebase;
    std::int64_t tokens = codebase::context_tokens;
};

/// A fence that no line of the text ends.
std::string fence_for(std::string_view text) {
    std::string fence = "```";
    while (text.contains(fence)) fence += '`';
    return fence;
}

std::string heading(const codebase::ContextPiece& piece) {
    auto line = fmt::format("### {}:{}", piece.symbol.path, piece.start_line);
    if (piece.is_source && piece.end_line > piece.start_line) line += fmt::format("-{}", piece.end_line);
    line += fmt::format(" {} {} ({}", piece.symbol.kind, piece.symbol.name, to_label(piece.role));
    if (piece.distance > 0) line += fmt::format(", confidence {:.2f}", piece.confidence);
    if (!piece.is_whole) line += piece.is_source ? ", in part" : ", outline";
    return line + ")\n";
}

/// Markdown: what agents read best.
std::string context_text(const codebase::Context& context, std::int64_t tokens_max) {
    std::string text;
    for (const auto& piece : context.pieces) {
        const auto fence = fence_for(piece.text);
        text += fmt::format("{}{}{}\n{}{}{}\n\n", heading(piece), fence, piece.symbol.language, piece.text,
                            piece.text.ends_with('\n') ? "" : "\n", fence);
    }
    text += fmt::format("about {} of {} tokens", format_count(context.tokens), format_count(tokens_max));
    if (context.left_out > 0)
        text += fmt::format("; {} more that have to do with it do not fit", format_count(context.left_out));
    text += '\n';
    for (const auto& problem : context.unreadable)
        text += fmt::format("not read: {}: {}\n", codebase::source::display_path(problem.path), problem.cause);
    return text;
}

ExitCode ask_context(const Program& program, const ContextQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto context = run_task(
        codebase::context_of(code.database(), code.scope(), git::open_contents, question.symbol, question.tokens));
    program.answer(codebase::to_json(context), context_text(context, question.tokens));
    return ExitCode::ok;
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", format_count(count), count == 1 ? one : many);
}

std::string figures_text(const codebase::ElementFigures& figures) {
    std::string text;
    const auto add = [&](std::string_view name, const auto& value) {
        if (value) text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", name, static_cast<double>(*value));
    };
    add("lines", figures.lines);
    add("parameters", figures.parameters);
    add("cyclomatic", figures.cyclomatic_complexity);
    add("cognitive", figures.cognitive_complexity);
    add("nesting", figures.nesting_max);
    add("maintainability", figures.maintainability_index);
    add("cohesion groups", figures.cohesion_groups);
    add("depth of inheritance", figures.inheritance_depth);
    add("direct subtypes", figures.direct_subtypes);
    if (figures.functions > 0)
        text += fmt::format("; {} of {} functions are simpler", format_count(figures.simpler),
                            format_count(figures.functions));
    return text;
}

std::string owners_text(const codebase::Ownership& ownership) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (const auto& owner : ownership.owners | std::views::take(shown))
        text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", owner.name, 100 * owner.share.value_or(0));
    return text + fmt::format("; bus factor {} of {}", ownership.bus_factor, ownership.owners.size());
}

std::string explanation_text(const codebase::Explanation& e) {
    std::string text = e.symbol.label() + "\n";
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text += fmt::format("  {:<12} {}\n", name, value);
    };
    const auto& s = e.symbol;
    add("is", s.kind + (s.start_line > 0 ? fmt::format(", lines {} to {}", s.start_line, s.end_line) : ""));
    add("signature", s.signature);
    add("says", s.documentation.substr(0, s.documentation.find('\n')));
    add("called by",
        fmt::format("{}, {} in all, {} among them", counted(e.callers, "symbol directly", "symbols directly"),
                    format_count(e.callers_in_all), counted(e.tests, "test", "tests")));
    add("calls", counted(e.callees, "symbol", "symbols"));
    add("change hits", counted(e.impacted, "symbol", "symbols"));
    if (e.supertypes + e.subtypes > 0) add("types", fmt::format("{} above, {} below", e.supertypes, e.subtypes));
    if (e.figures) add("figures", figures_text(*e.figures));
    if (e.coupling)
        add("file",
            fmt::format("{} depend on it, it on {}{}", counted(e.coupling->afferent, "file", "files"),
                        format_count(e.coupling->efferent),
                        e.coupling->instability ? fmt::format(": instability {:.2f}", *e.coupling->instability) : ""));
    if (!e.ownership.owners.empty()) add("file by", owners_text(e.ownership));
    return text;
}

ExitCode ask_explanation(const Program& program, const ContextQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto explanation = run_task(codebase::explain(code.database(), code.scope(), question.symbol));
    program.answer(codebase::to_json(explanation), explanation_text(explanation));
    return ExitCode::ok;
}

using Answer = ExitCode (*)(const Program&, const ContextQuestion&);

std::pair<CLI::App*, std::shared_ptr<ContextQuestion>> add_question(CLI::App& code, Program& program,
                                                                    const std::string& name,
                                                                    const std::string& description, Answer answer) {
    auto* command = code.add_subcommand(name, description);
    auto question = std::make_shared<ContextQuestion>();
    command->add_option("symbol", question->symbol, "NAME, Class.name, PATH:NAME or PATH:LINE")->required();
    command->add_option("--codebase", question->codebase, "Id or name of a codebase; default: all");
    command->callback([&program, question, answer] {
        program.action = [&program, question, answer] { return answer(program, *question); };
    });
    return {command, question};
}

}  // namespace

void add_code_context(CLI::App& code, Program& program) {
    add_question(code, program, "explain", "What is known of a function or class, on one page", ask_explanation);
    const auto [context, question] =
        add_question(code, program, "context",
                     "The code to read before working on a function or class, within a budget", ask_context);
    context->add_option("--tokens", question->tokens, "Budget in tokens, each taken for three bytes")
        ->check(CLI::Range(std::int64_t{1}, codebase::context_tokens_max))
        ->capture_default_str();
}

}  // namespace gsdb::app
