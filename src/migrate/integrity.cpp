#include "migrate/integrity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/together.hpp"

namespace gsdb::migrate {
namespace {

constexpr std::string_view of_references = "references.";

Finding to_finding(pg::RowReader row, const std::string& database) {
    Finding finding{.severity = Severity::warning, .code = "data.integrity", .database = database};
    finding.object = row.next<std::string>();
    const auto violations = row.next<std::int64_t>(), checked = row.next<std::int64_t>();
    finding.message = fmt::format("{} of {} checked break it", violations, checked);
    if (const auto example = row.next<std::optional<std::string>>())
        finding.message += fmt::format(", for instance {}", *example);
    finding.remedy = row.next<std::string>();
    return finding;
}

Task<Findings> check_one(Connector connect, std::string database) {
    const auto connection = co_await connect(database);
    const auto known = co_await connection->execute("select to_regproc('base.data_integrity_checks') is not null");
    Findings findings;
    if (!known.get<bool>(0, 0)) co_return findings;
    const auto rows = co_await connection->execute(
        "select check_name, violations, coalesce(rows_checked, 0), example_id, coalesce(remedy, '') "
        "from base.data_integrity_checks() where status = 'violated'");
    for (auto row : rows) findings.push_back(to_finding(row, database));
    co_return findings;
}

/// A reference is also found from a database that only sees the table.
void name_database(Finding& finding, const Layout& layout) {
    if (!finding.object.starts_with(of_references)) return;
    const auto schema = std::string_view(finding.object).substr(of_references.size());
    if (const auto* target = layout.target_of_schema(schema.substr(0, schema.find('.'))))
        finding.database = target->database;
}

}  // namespace

Task<Findings> check_integrity(Connector connect, Layout layout) {
    std::vector<Task<Findings>> checks;
    for (const auto& target : layout.targets()) checks.push_back(check_one(connect, target.database));
    const auto found = co_await together(std::move(checks));
    Findings findings;
    for (const auto& of_database : found)
        for (auto finding : of_database) {
            name_database(finding, layout);
            if (std::ranges::count(findings, finding) == 0) findings.push_back(std::move(finding));
        }
    co_return findings;
}

}  // namespace gsdb::migrate
