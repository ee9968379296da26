// gsdb code duplicates, report: code that stands in several places, and the quality of a codebase.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ranges>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

// --- duplicates ---

struct DuplicatesRequest {
    std::string codebase;
    codebase::DuplicateFilter filter{};
};

std::string duplicates_text(const std::vector<codebase::KnownDuplicate>& duplicates, bool with_codebase) {
    std::string text;
    for (const auto& d : duplicates) {
        text += fmt::format("{} lines, {} tokens in {} places{}\n", d.lines(), d.block.tokens, d.block.places.size(),
                            d.block.clone_type == 1 ? "" : ", with other names, types or values");
        for (const auto& place : d.block.places)
            text += fmt::format("  {}{}:{}-{}\n", with_codebase ? d.codebase + ":" : "", place.path, place.start_line,
                                place.end_line);
    }
    return text;
}

ExitCode show_duplicates(const Program& program, const DuplicatesRequest& request) {
    CodeDatabase code(program, request.codebase);
    const auto found = run_task(codebase::list_duplicates(code.database(), code.scope(), request.filter));
    auto text = duplicates_text(found, !code.scope().codebase);
    if (found.empty()) text = "nothing of so many tokens stands in several places\n";
    if (static_cast<int>(found.size()) == request.filter.rows_max) text += "there may be more: --limit shows them\n";
    program.answer({{"items", codebase::to_json(found)}}, text);
    return ExitCode::ok;
}

// --- report ---

struct ReportRequest {
    std::string codebase, against;
    int rows_max = 10;
};

std::string change(double now, const std::optional<double>& before, int digits) {
    return !before ? "" : fmt::format("{:+.{}f}", now - *before, digits);
}

std::string named(const codebase::RunPoint& run) {
    return fmt::format("run {}{}", run.number, run.commit.empty() ? "" : " of " + run.commit.substr(0, 10));
}

std::string score_text(const codebase::QualityReport& r) {
    auto text = fmt::format("{}, {}{}\n", r.codebase, named(r.run), r.before ? ", against " + named(*r.before) : "");
    if (!r.score) return text + "nothing can be judged: no code was analysed\n";
    text += fmt::format("quality {:.1f} of 100{}", *r.score,
                        r.score_before ? " (" + change(*r.score, r.score_before, 1) + ")" : "");
    if (!r.debt_rating.empty()) text += fmt::format(", technical debt {} (SQALE)", r.debt_rating);
    text += ": the mean of these by weight (docs/reference/quality.md)\n";
    Table parts({"part", "measured", "points", "change", "weight", "points are"});
    for (const auto& p : r.parts)
        parts.add({p.part, fmt::format("{:.2f} %", p.measured), fmt::format("{:.1f}", p.points),
                   change(p.points, p.points_before, 1), fmt::format("{}", p.weight), p.formula});
    return text + parts.text();
}

std::string figures_text(const codebase::QualityReport& r) {
    Table figures({"figure", "value", "change"});
    for (const auto& f : r.figures)
        figures.add({f.metric, format_count(static_cast<std::int64_t>(f.value)), change(f.value, f.before, 0)});
    return figures.text();
}

/// A list under its title; nothing of an empty one.
std::string section(std::string_view title, const Table& table) {
    return table.empty() ? "" : fmt::format("\n{}\n{}", title, table.text());
}

template <class Number>
std::string figure(const std::optional<Number>& number) {
    return number ? fmt::format("{:.4g}", static_cast<double>(*number)) : "-";
}

std::string worst_text(const codebase::QualityReport& r) {
    Table files({"file", "to repair", "issues", "code lines", "complexity", "maintainability"});
    for (const auto& f : r.files)
        files.add({f.path, fmt::format("{} min", f.debt_minutes), format_count(f.issues), figure(f.code_lines),
                   figure(f.cognitive_complexity), figure(f.maintainability_index)});
    Table functions({"function", "cognitive", "cyclomatic", "code lines", "at"});
    for (const auto& f : r.functions)
        functions.add({f.name, format_count(f.cognitive_complexity), format_count(f.cyclomatic_complexity),
                       format_count(f.code_lines), fmt::format("{}:{}", f.path, f.start_line)});
    Table hotspots({"file", "commits", "complexity", "score"});
    for (const auto& h : r.hotspots)
        hotspots.add(
            {h.path, format_count(h.commits), figure(h.cognitive_complexity), h.score ? format_count(*h.score) : "-"});
    return section("Files that take most to repair", files) + section("Functions hardest to understand", functions) +
           section("Hotspots: complicated and often changed", hotspots);
}

std::string report_text(const codebase::QualityReport& r) {
    Table folders({"folder", "quality"});
    for (const auto& f : r.folders) folders.add({f.folder, fmt::format("{:.1f}", f.score)});
    auto text = score_text(r) + "\n" + figures_text(r) + section("Folders", folders) + worst_text(r);
    if (!r.duplicates.empty()) text += "\nCode that stands in several places\n" + duplicates_text(r.duplicates, false);
    if (r.ownership) {
        Table owners({"author", "lines added", "share"});
        for (const auto& o : r.ownership->owners | std::views::take(5))
            owners.add({o.name, format_count(o.lines_added), fmt::format("{:.1f} %", 100 * o.share.value_or(0))});
        text += section("Owners", owners) +
                fmt::format("bus factor {} of {} authors\n", r.ownership->bus_factor, r.ownership->owners.size());
    }
    return text;
}

/// The codebase that is named, or the only one.
CodebaseId one_codebase(CodeDatabase& code) {
    if (code.scope().codebase) return *code.scope().codebase;
    return run_task(codebase::find_path(code.database(), code.scope(), "")).codebase;
}

ExitCode show_report(const Program& program, const ReportRequest& request) {
    CodeDatabase code(program, request.codebase);
    const auto report = run_task(codebase::quality_report(code.database(), code.scope().organization,
                                                          one_codebase(code), request.against, request.rows_max));
    program.answer(codebase::to_json(report), report_text(report));
    return ExitCode::ok;
}

}  // namespace

void add_code_quality(CLI::App& code, Program& program) {
    auto* duplicates = code.add_subcommand("duplicates", "Code that stands in several places, as it is or renamed");
    auto copies = std::make_shared<DuplicatesRequest>();
    duplicates->add_option("codebase", copies->codebase, "Id or name of a codebase; default: all");
    duplicates
        ->add_option("--min-tokens", copies->filter.tokens_min,
                     "Blocks of so many tokens at least; the rule duplicates/block says which are looked for")
        ->check(CLI::Range(0, 1'000'000));
    duplicates->add_option("--path", copies->filter.path, "File or folder that one of the places is in");
    duplicates->add_option("--limit", copies->filter.rows_max, "Blocks at most")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    duplicates->callback(
        [&program, copies] { program.action = [&program, copies] { return show_duplicates(program, *copies); }; });

    auto* report = code.add_subcommand("report", "The quality of a codebase: its score, what it is made of, the worst");
    auto request = std::make_shared<ReportRequest>();
    report->add_option("codebase", request->codebase, "Id or name of a codebase; default: the only one");
    report->add_option("--against", request->against,
                       "Run, tag, branch or commit to compare with; default: the run before");
    report->add_option("--limit", request->rows_max, "Rows of each list at most")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    report->callback(
        [&program, request] { program.action = [&program, request] { return show_report(program, *request); }; });
}

}  // namespace gsdb::app
