#include "app/index_report.hpp"

#include <fmt/format.h>

#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

std::string history_text(const codebase::IndexSummary& summary) {
    if (!summary.history || summary.history->commits_new + summary.history->commits_lost == 0) return {};
    auto text = fmt::format("  {} new commits with {} changes of files", format_count(summary.history->commits_new),
                            format_count(summary.history->changes));
    if (summary.history->commits_lost > 0)
        text += fmt::format(", {} that no branch leads to any more", format_count(summary.history->commits_lost));
    return text + "\n";
}

std::string packages_text(const codebase::IndexSummary& summary) {
    if (!summary.packages || summary.packages->manifests + summary.packages->lock_files == 0) return {};
    auto text =
        fmt::format("  {} packages in {} manifests and {} lock files\n", format_count(summary.packages->packages),
                    format_count(summary.packages->manifests), format_count(summary.packages->lock_files));
    constexpr std::size_t problems_shown = 5;
    for (std::size_t i = 0; i < summary.packages->problems.size() && i < problems_shown; ++i) {
        const auto& problem = summary.packages->problems[i];
        text += fmt::format("  note: {}{}: {}\n", problem.path,
                            problem.line == 0 ? "" : fmt::format(":{}", problem.line), problem.cause);
    }
    return text;
}

std::string checks_text(const codebase::IndexSummary& summary) {
    if (!summary.checks) return {};
    const auto& checks = *summary.checks;
    auto text = fmt::format("  {} issues, {} of them new, {} suppressed; {} fixed\n",
                            format_count(checks.open + checks.suppressed), format_count(checks.found),
                            format_count(checks.suppressed), format_count(checks.fixed));
    for (const auto& failed : checks.failed)
        text += fmt::format("  note: the rule {} is disabled: {}\n", failed.id, failed.reason);
    return text;
}

std::string quality_text(const codebase::IndexSummary& summary) {
    if (!summary.quality) return {};
    return fmt::format("  quality {:.1f} of 100, {:.1f} hours of technical debt (gsdb code report {})\n",
                       summary.quality->score, summary.quality->debt_minutes / 60, summary.name);
}

double megabytes_per_second(const codebase::IndexSummary& summary) {
    return summary.seconds > 0 ? static_cast<double>(summary.bytes_parsed) / 1e6 / summary.seconds : 0;
}

std::string plugins_text(const codebase::IndexSummary& summary) {
    std::string text;
    for (const auto& [name, reason] : summary.disabled_plugins)
        text += fmt::format("  warning: the plug-in {} was not used: {}\n", name, reason);
    return text;
}

json::array plugins_json(const codebase::IndexSummary& summary) {
    json::array disabled;
    for (const auto& [name, reason] : summary.disabled_plugins)
        disabled.push_back({{"plugin", name}, {"reason", reason}});
    return disabled;
}

}  // namespace

std::string summary_text(const codebase::IndexSummary& summary) {
    auto text = fmt::format("{}: {} files, {} lines, {} symbols in {}", summary.name,
                            format_count(summary.files_seen - summary.files_skipped), format_count(summary.lines_seen),
                            format_count(summary.elements_seen), format_seconds(summary.seconds));
    text += summary.files_parsed > 0
                ? fmt::format(" ({} parsed at {:.1f} MB/s, {} known already)\n", format_count(summary.files_parsed),
                              megabytes_per_second(summary), format_count(summary.files_reused))
                : " (nothing new to parse)\n";
    if (summary.links)
        text += fmt::format("  {} calls linked, {} of packages and the language, {} not known, in {} files\n",
                            format_count(summary.links->calls), format_count(summary.links->calls_outside),
                            format_count(summary.links->calls_unknown), format_count(summary.links->files));
    text += packages_text(summary) + history_text(summary) + checks_text(summary) + quality_text(summary) +
            plugins_text(summary);
    Table languages({"language", "files", "lines", "code", "symbols", "size"});
    for (const auto& l : summary.languages)
        languages.add({l.language, format_count(l.files), format_count(l.lines), format_count(l.code_lines),
                       format_count(l.elements), format_bytes(l.bytes)});
    if (!languages.empty()) text += languages.text(2);
    Table skipped({"skipped because", "files", "size"});
    for (const auto& s : summary.skipped) skipped.add({s.reason, format_count(s.files), format_bytes(s.bytes)});
    if (!skipped.empty()) text += skipped.text(2);
    constexpr std::size_t problems_shown = 5;
    for (std::size_t i = 0; i < summary.problems.size() && i < problems_shown; ++i)
        text += fmt::format("  note: {}: {} ({})\n", codebase::source::display_path(summary.problems[i].path),
                            to_label(summary.problems[i].kind), summary.problems[i].cause);
    return text;
}

std::string change_text(const codebase::IndexSummary& summary) {
    auto text = fmt::format("{} of {} files changed", format_count(summary.files_parsed + summary.files_removed),
                            format_count(summary.files_seen));
    if (summary.history && summary.history->commits_new > 0)
        text += fmt::format(", {} new commits", format_count(summary.history->commits_new));
    if (summary.checks)
        text += fmt::format(", {} issues new, {} fixed, {} open", format_count(summary.checks->found),
                            format_count(summary.checks->fixed), format_count(summary.checks->open));
    if (summary.quality) text += fmt::format(", quality {:.1f}", summary.quality->score);
    return text + fmt::format(" ({})\n", format_seconds(summary.seconds));
}

namespace {

/// Null when there is no history or it is not stored.
json::value history_json(const codebase::IndexSummary& summary) {
    if (!summary.history) return nullptr;
    return {{"refs", summary.history->refs},
            {"commits_new", summary.history->commits_new},
            {"commits_found_again", summary.history->commits_found_again},
            {"commits_lost", summary.history->commits_lost},
            {"changes", summary.history->changes}};
}

/// Null when no manifest or lock file changed.
json::value packages_json(const codebase::IndexSummary& summary) {
    if (!summary.packages) return nullptr;
    json::array problems;
    for (const auto& p : summary.packages->problems)
        problems.push_back(
            {{"path", p.path}, {"line", p.line == 0 ? json::value(nullptr) : p.line}, {"cause", p.cause}});
    return {{"manifests", summary.packages->manifests},
            {"lock_files", summary.packages->lock_files},
            {"packages", summary.packages->packages},
            {"rows_new", summary.packages->rows_new},
            {"problems", std::move(problems)}};
}

/// Null when nothing had to be checked.
json::value checks_json(const codebase::IndexSummary& summary) {
    if (!summary.checks) return nullptr;
    json::array failed;
    for (const auto& rule : summary.checks->failed) failed.push_back({{"rule", rule.id}, {"reason", rule.reason}});
    return {{"open", summary.checks->open},
            {"suppressed", summary.checks->suppressed},
            {"new", summary.checks->found},
            {"fixed", summary.checks->fixed},
            {"rules_disabled", std::move(failed)}};
}

/// Null when nothing can be judged.
json::value quality_json(const codebase::IndexSummary& summary) {
    if (!summary.quality) return nullptr;
    return {{"score", summary.quality->score}, {"debt_minutes", summary.quality->debt_minutes}};
}

/// Null when nothing had to be linked.
json::value links_json(const codebase::IndexSummary& summary) {
    if (!summary.links) return nullptr;
    return {{"files", summary.links->files},
            {"files_changed", summary.links->files_changed},
            {"calls", summary.links->calls},
            {"calls_outside", summary.links->calls_outside},
            {"calls_unknown", summary.links->calls_unknown}};
}

}  // namespace

json::value summary_json(const codebase::IndexSummary& summary) {
    json::array languages, skipped, problems;
    for (const auto& l : summary.languages)
        languages.push_back({{"language", l.language},
                             {"files", l.files},
                             {"lines", l.lines},
                             {"code_lines", l.code_lines},
                             {"symbols", l.elements},
                             {"bytes", l.bytes}});
    for (const auto& s : summary.skipped)
        skipped.push_back({{"reason", s.reason}, {"files", s.files}, {"bytes", s.bytes}});
    for (const auto& p : summary.problems)
        problems.push_back(
            {{"path", codebase::source::display_path(p.path)}, {"problem", to_label(p.kind)}, {"cause", p.cause}});
    return {{"codebase_id", to_string(summary.codebase)},
            {"name", summary.name},
            {"run_id", to_string(summary.run)},
            {"run_number", summary.run_number},
            {"files_seen", summary.files_seen},
            {"files_parsed", summary.files_parsed},
            {"files_reused", summary.files_reused},
            {"files_skipped", summary.files_skipped},
            {"files_removed", summary.files_removed},
            {"bytes_seen", summary.bytes_seen},
            {"bytes_parsed", summary.bytes_parsed},
            {"lines", summary.lines_seen},
            {"symbols", summary.elements_seen},
            {"links", links_json(summary)},
            {"packages", packages_json(summary)},
            {"history", history_json(summary)},
            {"checks", checks_json(summary)},
            {"quality", quality_json(summary)},
            {"plugins_disabled", plugins_json(summary)},
            {"seconds", summary.seconds},
            {"megabytes_per_second", megabytes_per_second(summary)},
            {"languages", std::move(languages)},
            {"skipped", std::move(skipped)},
            {"problems", std::move(problems)}};
}

}  // namespace gsdb::app
