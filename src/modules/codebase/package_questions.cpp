#include "modules/codebase/package_questions.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "modules/codebase/packages/imports.hpp"
#include "modules/codebase/packages/ranges.hpp"
#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

using packages::Dependency;
using packages::Ecosystem;
using packages::Import;

namespace {

pg::TransactionOptions reading(OrganizationId organization) {
    return {.organization = organization, .access = pg::Access::read_only};
}

/// The value whose label it is, of an enum that ends with `last`.
template <class Enum>
std::optional<Enum> from_label(std::string_view label, Enum last) {
    for (int value = 0; value <= static_cast<int>(last); ++value)
        if (packages::to_label(static_cast<Enum>(value)) == label) return static_cast<Enum>(value);
    return std::nullopt;
}

std::optional<Ecosystem> ecosystem_from_label(std::string_view label) {
    return from_label(label, Ecosystem::cmake);
}

Dependency dependency_of(sql::CurrentDependencies::Row row, Ecosystem ecosystem) {
    return {.manifest_path = std::move(row.manifest_path),
            .manifest_line = static_cast<std::uint32_t>(row.manifest_line.value_or(0)),
            .lock_path = row.lock_path.value_or(""),
            .ecosystem = ecosystem,
            .name = std::move(row.name),
            .scope = from_label(row.scope, packages::Scope::peer).value_or(packages::Scope::runtime),
            .is_direct = row.is_direct,
            .is_local = row.is_local,
            .range = row.requested_range.value_or(""),
            .condition = row.condition.value_or(""),
            .locked_version = row.locked_version.value_or(""),
            .source_url = row.source_url.value_or(""),
            .licence = row.licence.value_or(""),
            .import_names = std::move(row.import_names),
            .run_by = row.run_by.value_or("")};
}

struct CodebaseRows {
    OrganizationId organization;
    CodebaseId codebase;
    std::vector<Dependency> dependencies;
    std::vector<Import> imports;
};

/// The name of a module of Python goes on in what is imported from it: `google` has `cloud.storage`.
std::string imported_of(const sql::PackageImports::Row& row) {
    if (row.ecosystem != to_label(Ecosystem::pypi) || row.name.empty()) return row.package;
    return row.package + "." + row.name;
}

/// Crates that no import names may be at the beginning of a path.
Task<> add_mentioned_crates(pg::Database<Database> database, CodebaseRows& rows) {
    std::vector<std::string> crates;
    for (const auto& dependency : rows.dependencies)
        if (dependency.ecosystem == Ecosystem::cargo && dependency.is_direct)
            crates.insert(crates.end(), dependency.import_names.begin(), dependency.import_names.end());
    if (crates.empty()) co_return;
    for (auto& row : co_await database.query<sql::MentionedCrates>(
             reading(rows.organization),
             {.organization_id = rows.organization, .codebase_id = rows.codebase, .crates = crates}))
        for (auto& file : row.files) rows.imports.push_back({Ecosystem::cargo, row.crate, std::move(file), 1});
}

Task<CodebaseRows> load(pg::Database<Database> database, OrganizationId organization, CodebaseId codebase) {
    CodebaseRows rows{.organization = organization, .codebase = codebase, .dependencies = {}, .imports = {}};
    for (auto& row : co_await database.query<sql::CurrentDependencies>(
             reading(organization), {.organization_id = organization, .codebase_id = codebase}))
        if (const auto ecosystem = ecosystem_from_label(row.ecosystem))
            rows.dependencies.push_back(dependency_of(std::move(row), *ecosystem));
    for (const auto& row : co_await database.query<sql::PackageImports>(
             reading(organization), {.organization_id = organization, .codebase_id = codebase}))
        if (const auto ecosystem = ecosystem_from_label(row.ecosystem))
            rows.imports.push_back({.ecosystem = *ecosystem,
                                    .imported = imported_of(row),
                                    .path = row.path,
                                    .line = static_cast<std::uint32_t>(row.line)});
    co_await add_mentioned_crates(database, rows);
    co_return rows;
}

/// What a lock file does not have although the manifest asks for it: packages for building are in that of Cargo alone,
/// optional and peer packages may be left out, constraints name what they like.
bool must_be_locked(const Dependency& dependency) {
    if (dependency.is_local || !dependency.source_url.empty()) return false;
    if (dependency.scope == packages::Scope::optional || dependency.scope == packages::Scope::peer) return false;
    return dependency.ecosystem == Ecosystem::cargo || dependency.scope != packages::Scope::build;
}

/// Why a lock file does not go with the manifest. `lock_file`: that of other entries of the manifest; empty: none.
std::string why_outdated(const Dependency& dependency, const std::string& lock_file) {
    if (!dependency.is_direct) return {};
    if (dependency.locked_version.empty())
        return !lock_file.empty() && must_be_locked(dependency) ? fmt::format("{} has no version of it", lock_file)
                                                                : "";
    if (!dependency.source_url.empty() ||
        packages::accepts(dependency.ecosystem, dependency.range, dependency.locked_version).value_or(true))
        return {};
    return fmt::format("{} has {}, which is not among {}", dependency.lock_path, dependency.locked_version,
                       dependency.range);
}

/// The lock file of each manifest that has one for all that it asks for.
std::map<std::string, std::string> lock_files(const std::vector<Dependency>& dependencies) {
    std::map<std::string, std::string> files;
    for (const auto& d : dependencies)
        if (d.is_direct && !d.lock_path.empty() && d.ecosystem != Ecosystem::maven &&
            d.lock_path.find("constraints") == std::string::npos)
            files.try_emplace(d.manifest_path, d.lock_path);
    return files;
}

bool is_shown(const UsedPackage& package, const PackageFilter& filter) {
    if (filter.direct && !package.dependency.is_direct) return false;
    if (!filter.is_check()) return true;
    const bool is_unused =
        package.verdict.usage == packages::Usage::unused || package.verdict.usage == packages::Usage::elsewhere;
    return (filter.unused && is_unused) || (filter.outdated && !package.outdated.empty());
}

Task<> add_missing(pg::Database<Database> database, const packages::UsageJudge& judge, const CodebaseRows& rows,
                   const std::string& name, PackageAnswer& answer) {
    std::set<std::string> inside;
    if (const auto modules = judge.modules_in_doubt(); !modules.empty())
        for (auto& row : co_await database.query<sql::ModulesInFiles>(
                 reading(rows.organization),
                 {.modules = modules, .organization_id = rows.organization, .codebase_id = rows.codebase}))
            inside.insert(std::move(row.module));
    for (auto& missing : judge.missing([&](const std::string& module) { return inside.contains(module); }))
        answer.missing.push_back({name, std::move(missing)});
}

}  // namespace

Task<PackageAnswer> packages_of(pg::Database<Database> database, Scope scope, PackageFilter filter) {
    PackageAnswer answer;
    for (const auto& asked : co_await database.query<sql::CodebasesAskedAbout>(
             reading(scope.organization), {.organization_id = scope.organization, .codebase_id = scope.codebase})) {
        const auto rows = co_await load(database, scope.organization, asked.codebase_id);
        const packages::UsageJudge judge(rows.dependencies, rows.imports);
        const auto locks = lock_files(rows.dependencies);
        const auto verdicts = judge.verdicts();
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const auto& dependency = rows.dependencies[i];
            const auto lock = locks.find(dependency.manifest_path);
            UsedPackage package{.codebase = asked.name,
                                .dependency = dependency,
                                .verdict = verdicts[i],
                                .outdated = why_outdated(dependency, lock == locks.end() ? "" : lock->second)};
            if (is_shown(package, filter)) answer.packages.push_back(std::move(package));
        }
        if (filter.missing) co_await add_missing(database, judge, rows, asked.name, answer);
    }
    co_return answer;
}

}  // namespace gsdb::codebase
