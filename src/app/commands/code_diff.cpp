// gsdb code diff: what two runs of a codebase do not have alike.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

using codebase::ChangeKind;
using codebase::ElementChange;

struct DiffQuestion {
    std::string codebase, before, after;
    bool is_api = false;
};

std::string run_text(const codebase::RunPoint& point) {
    constexpr std::size_t commit_digits = 12;
    auto text = fmt::format("run {}", point.number);
    if (!point.branch.empty()) text += ", " + point.branch;
    if (!point.commit.empty()) text += " " + point.commit.substr(0, commit_digits);
    return text;
}

std::string complexity_text(const ElementChange& change) {
    const auto text = [](std::optional<std::int32_t> figure) { return figure ? std::to_string(*figure) : "-"; };
    if (change.old_complexity == change.new_complexity) return text(change.new_complexity);
    return text(change.old_complexity) + " -> " + text(change.new_complexity);
}

std::string note(const ElementChange& change) {
    if (change.kind == ChangeKind::moved) return "from " + change.old_path;
    if (change.kind == ChangeKind::changed && change.old_signature != change.new_signature)
        return fmt::format("{} -> {}", change.old_signature.value_or(""), change.new_signature.value_or(""));
    return "";
}

std::int64_t complexity_added(const std::vector<ElementChange>& changes) {
    std::int64_t sum = 0;
    for (const auto& c : changes) sum += c.new_complexity.value_or(0) - c.old_complexity.value_or(0);
    return sum;
}

std::string summary(const codebase::Comparison& comparison) {
    const auto count = [&](ChangeKind kind) {
        return std::ranges::count(comparison.elements, kind, &ElementChange::kind);
    };
    auto text = fmt::format("{} -> {}\n{} added, {} removed, {} moved, {} with another signature or other figures; ",
                            run_text(comparison.before), run_text(comparison.after), count(ChangeKind::added),
                            count(ChangeKind::removed), count(ChangeKind::moved), count(ChangeKind::changed));
    text += fmt::format("cognitive complexity {:+}; {} that may break what uses them\n",
                        complexity_added(comparison.elements),
                        std::ranges::count_if(comparison.elements, &ElementChange::breaks_api));
    for (const auto& link : comparison.links)
        text += fmt::format("{}: {} new, {} gone\n", link.kind, format_count(link.added), format_count(link.removed));
    return text;
}

ExitCode ask(const Program& program, const DiffQuestion& question) {
    CodeDatabase code(program, question.codebase);
    auto comparison = run_task(codebase::compare(code.database(), code.scope().organization, *code.scope().codebase,
                                                 question.before, question.after));
    if (question.is_api)
        std::erase_if(comparison.elements, [](const ElementChange& change) { return !change.breaks_api(); });
    Table table({"change", "at", "kind", "name", "complexity", ""});
    for (const auto& c : comparison.elements)
        table.add({std::string(to_label(c.kind)), fmt::format("{}:{}", c.path, c.new_line ? *c.new_line : *c.old_line),
                   c.element_kind, c.name, complexity_text(c), note(c)});
    program.answer(codebase::to_json(comparison), (table.empty() ? "" : table.text()) + summary(comparison));
    return ExitCode::ok;
}

}  // namespace

void add_code_diff(CLI::App& code, Program& program) {
    auto* command = code.add_subcommand(
        "diff", "Functions, types and relationships that two runs do not have alike: what was added, removed, moved");
    auto question = std::make_shared<DiffQuestion>();
    command->add_option("before", question->before,
                        "A completed run by its number, commit, branch or tag; default: the one before the newest");
    command->add_option("after", question->after, "The run to compare with; default: the newest");
    command->add_option("--codebase", question->codebase, "Id or name of the codebase")->required();
    command->add_flag(
        "--api", question->is_api,
        "Only what may break what uses it: visible elsewhere, and removed, moved or with another signature");
    command->callback(
        [&program, question] { program.action = [&program, question] { return ask(program, *question); }; });
}

}  // namespace gsdb::app
