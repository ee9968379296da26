#include "modules/codebase/changed_code.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/measure/coverage.hpp"
#include "modules/codebase/measure/regions.hpp"
#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

using Row = sql::ElementsOfRun::Row;
using FileRows = std::vector<Row>;
using Reached = std::map<std::pair<std::string, std::int32_t>, bool>;

/// The change as the questions about it share it.
struct Subject {
    OrganizationId organization;
    ChangedRuns runs;
    std::map<std::string, TouchedFile> files;

    pg::TransactionOptions reading() const { return {.organization = organization, .access = pg::Access::read_only}; }
    std::vector<std::string> paths() const {
        std::vector<std::string> all;
        for (const auto& [path, file] : files) all.push_back(path);
        return all;
    }
};

std::int32_t last_line(const Row& row) {
    return row.end_column > 1 ? row.end_line : row.end_line - 1;
}

bool spans(const Row& row, std::int32_t first, std::int32_t last) {
    return row.start_line <= first && last_line(row) >= last;
}

bool is_within(const FileRows& rows, std::int32_t ordinal, const Row& around) {
    for (std::optional<std::int32_t> at = ordinal; at;) {
        if (*at == around.ordinal) return true;
        const auto row = std::ranges::find(rows, *at, &Row::ordinal);
        at = row == rows.end() ? std::nullopt : row->parent_ordinal;
    }
    return false;
}

/// Whether lines are the element's own: in it, and in none of those that are in it.
bool has_own(const FileRows& rows, const Row& row, std::int32_t first, std::int32_t last) {
    return spans(row, first, last) && std::ranges::none_of(rows, [&](const Row& inner) {
               return inner.ordinal > row.ordinal && spans(inner, first, last) && is_within(rows, inner.ordinal, row);
           });
}

bool is_touched(const FileRows& rows, const Row& row, const TouchedFile& file) {
    const auto has_line = [&](const TouchedFile::Range& range) {
        const auto end = std::min(range.last, last_line(row));
        for (auto line = std::max(range.first, row.start_line); line <= end; ++line)
            if (has_own(rows, row, line, line)) return true;
        return false;
    };
    return std::ranges::any_of(file.added, has_line) ||
           std::ranges::any_of(file.removed_behind,
                               [&](std::int32_t line) { return has_own(rows, row, line, line + 1); });
}

/// As the figures of whole files count it, tests apart. In Python only figures tell a docstring from a comment; they
/// are sums over an element and all in it.
std::optional<bool> is_documented(const FileRows& rows, const Row& row) {
    const auto language = extract::language_from_label(row.language);
    extract::Element element;
    element.kind = extract::element_kind_from_label(row.kind);
    element.flags.set(static_cast<extract::ElementFlag>(row.flags));  // all of them: bits, as they are stored
    element.overload = static_cast<std::uint32_t>(row.overload);
    if (is_test(row.path, row.qualified_name) || !measure::is_documentable(element, language)) return std::nullopt;
    if (language != extract::Language::python) return row.has_documentation;
    auto own = row.documented.value_or(0);
    for (const auto& inner : rows)
        if (inner.parent_ordinal == row.ordinal) own -= inner.documented.value_or(0);
    return own > 0;
}

std::optional<bool> is_reached(const Reached& reached, const Row& row) {
    const auto found = reached.find({row.path, row.ordinal});
    return found == reached.end() ? std::nullopt : std::optional(found->second);
}

void add_touched(ChangedCode& code, const FileRows& rows, const TouchedFile& file, const Reached& reached) {
    for (const auto& row : rows) {
        if (!is_touched(rows, row, file)) continue;
        const bool is_function = measure::is_function(extract::element_kind_from_label(row.kind));
        code.elements.push_back({.path = row.path,
                                 .name = row.qualified_name,
                                 .line = row.start_line,
                                 .cyclomatic_complexity = is_function ? row.cyclomatic_complexity : std::nullopt,
                                 .is_documented = is_documented(rows, row),
                                 .is_reached_by_a_test = is_reached(reached, row)});
    }
}

Task<> add_elements(pg::Database<Database> database, Subject subject, ChangedCode& code) {
    Reached reached;
    for (auto& row :
         co_await database.query<sql::TestedFunctionsOfRun>(subject.reading(), {.organization_id = subject.organization,
                                                                                .codebase_id = subject.runs.codebase,
                                                                                .run_number = subject.runs.after,
                                                                                .paths = subject.paths()}))
        reached.emplace(std::pair(std::move(row.path), row.ordinal), row.is_reached);
    std::map<std::string, FileRows> rows;
    for (auto& row :
         co_await database.query<sql::ElementsOfRun>(subject.reading(), {.organization_id = subject.organization,
                                                                         .codebase_id = subject.runs.codebase,
                                                                         .paths = subject.paths(),
                                                                         .run_number = subject.runs.after}))
        rows[row.path].push_back(std::move(row));
    for (const auto& [path, of_file] : rows) add_touched(code, of_file, subject.files.at(path), reached);
}

/// The added lines of a file, each whether it stands elsewhere.
using AddedLines = std::map<std::int32_t, bool>;

Task<std::map<std::string, AddedLines>> added_lines(pg::Database<Database> database, Subject subject) {
    std::map<std::string, AddedLines> all;
    for (const auto& row :
         co_await database.query<sql::MeasuredFilesOfRun>(subject.reading(), {.organization_id = subject.organization,
                                                                              .codebase_id = subject.runs.codebase,
                                                                              .paths = subject.paths(),
                                                                              .run_number = subject.runs.after}))
        for (const auto& range : subject.files.at(row.path).added)
            for (auto line = range.first; line <= range.last; ++line) all[row.path].emplace(line, false);
    co_return all;
}

Task<> add_copies(pg::Database<Database> database, Subject subject, ChangedCode& code) {
    auto added = co_await added_lines(database, subject);
    for (auto& row :
         co_await database.query<sql::CopiesOfRun>(subject.reading(), {.run_number = subject.runs.after,
                                                                       .organization_id = subject.organization,
                                                                       .codebase_id = subject.runs.codebase,
                                                                       .paths = subject.paths()})) {
        auto& lines = added[row.path];
        const auto from = lines.lower_bound(row.start_line), to = lines.upper_bound(row.end_line);
        if (from == to) continue;
        code.copies.push_back({.path = row.path,
                               .first_line = from->first,
                               .last_line = std::prev(to)->first,
                               .other_path = std::move(row.other_path),
                               .other_line = row.other_line});
        for (auto line = from; line != to; ++line) line->second = true;
    }
    for (const auto& [path, lines] : added) {
        code.lines_added += std::ssize(lines);
        code.lines_copied += std::ranges::count(lines, true, &AddedLines::value_type::second);
    }
}

Task<> add_issues(pg::Database<Database> database, Subject subject, ChangedCode& code) {
    for (auto& row :
         co_await database.query<sql::IssuesBrought>(subject.reading(), {.organization_id = subject.organization,
                                                                         .codebase_id = subject.runs.codebase,
                                                                         .after = subject.runs.after,
                                                                         .before = subject.runs.before}))
        code.issues.push_back({.rule = std::move(row.rule_id),
                               .category = std::move(row.category),
                               .severity = std::move(row.severity),
                               .path = std::move(row.path),
                               .line = row.start_line,
                               .message = std::move(row.message)});
}

}  // namespace

Task<ChangedCode> changed_code(pg::Database<Database> database, OrganizationId organization, ChangedRuns runs,
                               std::vector<TouchedFile> files) {
    Subject subject{.organization = organization, .runs = runs, .files = {}};
    for (auto& file : files) subject.files.emplace(file.path, std::move(file));
    ChangedCode code;
    co_await add_elements(database, subject, code);
    co_await add_copies(database, subject, code);
    co_await add_issues(database, subject, code);
    co_return code;
}

}  // namespace gsdb::codebase
