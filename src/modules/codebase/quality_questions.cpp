#include "modules/codebase/quality_questions.hpp"

#include <algorithm>
#include <map>

#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

/// The codebase that a report is made of.
struct Subject {
    OrganizationId organization;
    CodebaseId codebase;

    pg::TransactionOptions reading() const { return {.organization = organization, .access = pg::Access::read_only}; }
    Scope scope() const { return {.organization = organization, .codebase = codebase}; }
};

Task<std::map<std::string, double>> scores_of(pg::Database<Database> database, Subject subject, std::int32_t run) {
    std::map<std::string, double> scores;
    for (auto& row : co_await database.query<sql::ScoresOfRun>(
             subject.reading(),
             {.organization_id = subject.organization, .codebase_id = subject.codebase, .run_number = run}))
        scores.emplace(std::move(row.scope), row.score);
    co_return scores;
}

std::optional<double> score_in(const std::map<std::string, double>& scores, const std::string& folder) {
    const auto found = scores.find(folder);
    return found == scores.end() ? std::nullopt : std::optional(found->second);
}

Task<> add_scores(pg::Database<Database> database, Subject subject, QualityReport& report) {
    const auto scores = co_await scores_of(database, subject, report.run.number);
    report.score = score_in(scores, "");
    if (report.before) report.score_before = score_in(co_await scores_of(database, subject, report.before->number), "");
    for (const auto& [folder, score] : scores)
        if (!folder.empty()) report.folders.push_back({folder, score});
    std::ranges::sort(report.folders, {}, [](const auto& f) { return std::pair(f.score, f.folder); });
}

Task<std::vector<QualityPart>> parts_of(pg::Database<Database> database, Subject subject, std::int32_t run) {
    std::vector<QualityPart> parts;
    for (auto& row : co_await database.query<sql::QualityOfRun>(
             subject.reading(),
             {.organization_id = subject.organization, .codebase_id = subject.codebase, .run_number = run}))
        if (row.scope.empty())
            parts.push_back({.part = std::move(row.part),
                             .measured = row.measured,
                             .points = row.points,
                             .weight = row.weight,
                             .formula = std::move(row.formula),
                             .points_before = {}});
    co_return parts;
}

Task<> add_parts(pg::Database<Database> database, Subject subject, QualityReport& report) {
    report.parts = co_await parts_of(database, subject, report.run.number);
    std::vector<QualityPart> before;
    if (report.before) before = co_await parts_of(database, subject, report.before->number);
    for (auto& part : report.parts) {
        const auto old = std::ranges::find(before, part.part, &QualityPart::part);
        if (old != before.end()) part.points_before = old->points;
        if (part.part == "debt")
            report.debt_rating =
                (co_await database.query<sql::DebtRating>(subject.reading(), {.ratio = part.measured})).rating;
    }
}

Task<std::map<std::string, double>> figures_of(pg::Database<Database> database, Subject subject, std::int32_t run) {
    std::map<std::string, double> figures;
    for (auto& row : co_await database.query<sql::FiguresOfRun>(
             subject.reading(),
             {.organization_id = subject.organization, .codebase_id = subject.codebase, .run_number = run}))
        if (row.scope.empty()) figures.emplace(std::move(row.metric), row.value);
    co_return figures;
}

Task<> add_figures(pg::Database<Database> database, Subject subject, QualityReport& report) {
    std::map<std::string, double> before;
    if (report.before) before = co_await figures_of(database, subject, report.before->number);
    for (const auto& [metric, value] : co_await figures_of(database, subject, report.run.number))
        report.figures.push_back({metric, value, score_in(before, metric)});
}

Task<> add_worst(pg::Database<Database> database, Subject subject, QualityReport& report, int rows_max) {
    for (auto& row : co_await database.query<sql::WorstFiles>(
             subject.reading(),
             {.organization_id = subject.organization, .codebase_id = subject.codebase, .rows_max = rows_max}))
        report.files.push_back({std::move(row.path), row.issues, row.debt_minutes, row.code_lines,
                                row.cognitive_complexity, row.maintainability_index});
    for (auto& row : co_await database.query<sql::WorstFunctions>(
             subject.reading(),
             {.organization_id = subject.organization, .codebase_id = subject.codebase, .rows_max = rows_max}))
        report.functions.push_back({.path = std::move(row.path),
                                    .name = std::move(row.qualified_name),
                                    .start_line = row.start_line,
                                    .cognitive_complexity = row.cognitive_complexity,
                                    .cyclomatic_complexity = row.cyclomatic_complexity,
                                    .code_lines = row.code_lines,
                                    .maintainability_index = row.maintainability_index});
}

}  // namespace

Task<std::vector<KnownDuplicate>> list_duplicates(pg::Database<Database> database, Scope scope,
                                                  DuplicateFilter filter) {
    std::vector<KnownDuplicate> found;
    for (auto& row : co_await database.query<sql::ListDuplicates>(
             {.organization = scope.organization, .access = pg::Access::read_only},
             {.organization_id = scope.organization,
              .codebase_id = scope.codebase,
              .tokens_min = filter.tokens_min,
              .path = std::move(filter.path),
              .rows_max = filter.rows_max})) {
        if (found.empty() || found.back().block.digest != row.digest || found.back().codebase != row.codebase)
            found.push_back(
                {.codebase = row.codebase,
                 .block = {.digest = row.digest, .tokens = row.tokens, .clone_type = row.clone_type, .places = {}}});
        found.back().block.places.push_back({std::move(row.path), row.start_line, row.end_line});
    }
    co_return found;
}

Task<QualityReport> quality_report(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase,
                                   std::string against, int rows_max) {
    const Subject subject{organization, codebase};
    QualityReport report;
    auto [before, run] = co_await find_runs(database, organization, codebase, std::move(against), "");
    report.run = std::move(run);
    if (before.number > 0) report.before = std::move(before);
    co_await add_scores(database, subject, report);
    co_await add_parts(database, subject, report);
    co_await add_figures(database, subject, report);
    co_await add_worst(database, subject, report, rows_max);
    report.hotspots = co_await hotspots(database, subject.scope(), rows_max);
    report.duplicates = co_await list_duplicates(database, subject.scope(), {.path = {}, .rows_max = rows_max});
    const auto everything = co_await find_path(database, subject.scope(), "");
    report.codebase = everything.codebase_name;
    if (everything.has_history) report.ownership = co_await owners_of(database, organization, everything);
    co_return report;
}

}  // namespace gsdb::codebase
