#include "app/index_report.hpp"

#include <fmt/format.h>

#include <thread>

#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/run_task.hpp"
#include "integrations/git/source.hpp"
#include "modules/analytics/api.hpp"
#include "modules/identity/api.hpp"
#include "modules/projects/api.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

int index_threads(const Program& program) {
    auto configured = static_cast<int>(program.settings.get(settings::index_threads));
    return configured > 0 ? configured : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

codebase::IndexOptions index_options(const Program& program, ProgressBar& bar, std::stop_token stop) {
    codebase::IndexOptions options{
        .analysis = analysis_options(program),
        .history = value_or_throw(codebase::parse_history_depth(program.settings.get(settings::index_history))),
        .stop = stop};
    options.on_progress = [&bar](const codebase::IndexProgress& progress) {
        auto detail = progress.files_total > 0
                          ? fmt::format("{} of {} files, {}", format_count(progress.files_done),
                                        format_count(progress.files_total), format_bytes(progress.bytes_done))
                          : std::string(progress.phase);
        bar.update(progress.bytes_done, progress.bytes_total, detail);
    };
    return options;
}

/// Makes the repository known to the projects module, in the default project when it is in none.
RepositoryId register_repository(const DatabaseServer& server, const codebase::source::Identity& identity) {
    auto name = projects::parse_remote_url(identity.remote_url)
                    .value_or(projects::name_of_folder(codebase::source::display_path(identity.location)));
    projects::Projects known(pg::Database<projects::Database>(server.pool("projects", 1)));
    auto registered = run_task(known.register_repository(identity::Actor::system(default_organization()),
                                                         {.name = std::move(name), .default_branch = std::nullopt}));
    return value_or_throw(std::move(registered)).repository_id;
}

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

double megabytes_per_second(const codebase::IndexSummary& summary) {
    return summary.seconds > 0 ? static_cast<double>(summary.bytes_parsed) / 1e6 / summary.seconds : 0;
}

}  // namespace

codebase::AnalysisOptions analysis_options(const Program& program) {
    codebase::AnalysisOptions options{.threads = index_threads(program)};
    options.classify.file_bytes_max = static_cast<std::uint64_t>(program.settings.get(settings::index_file_bytes_max));
    options.classify.include_vendored = program.settings.get(settings::index_vendored);
    options.classify.include_generated = program.settings.get(settings::index_generated);
    return options;
}

namespace {

/// What trends and alerts are made of. The run is complete whether this succeeds or not.
void record_in_analytics(const Program& program, const DatabaseServer& server, const codebase::IndexSummary& summary,
                         Timestamp finished_at) {
    const auto figure = [](auto number) { return static_cast<double>(number); };
    analytics::CodebaseRun run{.codebase = summary.codebase,
                               .finished_at = finished_at,
                               .seconds = summary.seconds,
                               .files_parsed = summary.files_parsed,
                               .program_version = std::string(program_version),
                               .figures = {{"codebase.files", figure(summary.files_seen - summary.files_skipped)},
                                           {"codebase.lines", figure(summary.lines_seen)},
                                           {"codebase.symbols", figure(summary.elements_seen)}}};
    if (summary.links) run.figures.emplace_back("codebase.calls", figure(summary.links->calls));
    if (summary.checks) run.figures.emplace_back("codebase.open_issues", figure(summary.checks->open));
    try {
        run_task(analytics::record_codebase_run(pg::Database<analytics::Database>(server.pool("analytics", 1)),
                                                default_organization(), std::move(run)));
    } catch (const std::exception& problem) {
        program.note(fmt::format("the run is complete, but trends and alerts do not know of it: {}", problem.what()));
    }
}

}  // namespace

std::filesystem::path plugin_folder(const Program& program) {
    const std::string folder(program.settings.get(settings::index_plugins));
    return folder.empty() ? home_of(program).root() / "plugins" : std::filesystem::path(folder);
}

codebase::plugins::PluginLimits plugin_limits(const Program& program) {
    codebase::plugins::PluginLimits limits;
    limits.per_file = std::chrono::seconds(program.settings.get(settings::index_plugin_seconds));
    return limits;
}

std::shared_ptr<codebase::plugins::PluginSet> plugins_of(const Program& program) {
    return std::make_shared<codebase::plugins::PluginSet>(plugin_folder(program), plugin_limits(program));
}

codebase::IndexSummary index_repository(const Program& program, const DatabaseServer& server,
                                        const IndexRequest& request, const Interruption& interruption) {
    ProgressBar bar("indexing " + request.location,
                    program.json || program.quiet ? ProgressBar::Output::none : ProgressBar::detect());
    auto tree = value_or_throw(git::open_source(
        request.location,
        {.rev = request.revision,
         .include_submodules = request.submodules,
         .repositories = server.home().root() / "repositories",
         .on_progress = [&](const codebase::source::Progress& p) { bar.update(p.percent, 100, p.phase); },
         .stop = interruption.token()}));
    auto options = index_options(program, bar, interruption.token());
    options.repository = register_repository(server, tree->identity());
    options.analysis.plugins = plugins_of(program);
    pg::Database<codebase::Database> database(server.pool("codebase", 2));
    SystemClock clock;
    auto summary = run_task(codebase::run_index(database, default_organization(), *tree, clock, std::move(options)));
    if (summary.files_parsed > 0 || summary.files_removed > 0 || summary.checks)
        record_in_analytics(program, server, summary, clock.now());
    return summary;
}

namespace {

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
    text += packages_text(summary) + history_text(summary) + checks_text(summary) + plugins_text(summary);
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
            {"plugins_disabled", plugins_json(summary)},
            {"seconds", summary.seconds},
            {"megabytes_per_second", megabytes_per_second(summary)},
            {"languages", std::move(languages)},
            {"skipped", std::move(skipped)},
            {"problems", std::move(problems)}};
}

}  // namespace gsdb::app
