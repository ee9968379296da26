#include "migrate/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "migrate/line_diff.hpp"

namespace gsdb::migrate {
namespace {

Error refusal(std::string_view code, std::string message, std::string detail, std::string hint) {
    return {std::string(code), std::move(message), std::move(detail), std::move(hint), ExitCode::conflict};
}

std::optional<Error> newer_than_program(const ModuleFiles& files, std::span<const AppliedMigration> applied,
                                        std::string_view database) {
    if (applied.empty() || applied.back().version <= static_cast<int>(files.migrations.size())) return std::nullopt;
    const auto known = files.migrations.empty() ? "no migration of it" : "up to " + files.migrations.back().label();
    return refusal("migrate.newer_schema", fmt::format("{} is newer than this program", database),
                   fmt::format("it has {} {}, applied by version {}; this program knows {}", files.module,
                               applied.back().label(), applied.back().program_version, known),
                   "use the newer program, or restore a backup from before its migrations");
}

std::optional<Error> changed_history(const Migration& file, const AppliedMigration& record, std::string_view database) {
    if (file.name != record.name)
        return refusal("migrate.renamed",
                       fmt::format("migration {} was renamed after it was applied", file.qualified_label()),
                       fmt::format("{} recorded it as {}", database, record.label()),
                       "give the file its old name back; a correction is a new migration");
    if (file.checksum != record.checksum)
        return refusal(
            "migrate.edited", fmt::format("migration {} was edited after it was applied", file.qualified_label()),
            fmt::format("what {} ran against the file of this program:\n{}", database,
                        unified_diff(record.text, file.text, "applied/" + record.label(), "file/" + file.label())),
            "restore the file's text; a correction is a new migration");
    return std::nullopt;
}

Error out_of_order(const Migration& file, const AppliedMigration& later, std::string_view database) {
    return refusal(
        "migrate.out_of_order", fmt::format("migration {} comes too late for {}", file.qualified_label(), database),
        fmt::format("{} was already applied without it", later.label()), "renumber it behind what is applied");
}

}  // namespace

std::string AppliedMigration::label() const {
    return fmt::format("{:04}_{}", version, name);
}

Result<ModulePlan> plan_module(const ModuleFiles& files, std::span<const AppliedMigration> applied,
                               std::string_view database, const PlanOptions& options) {
    if (auto error = newer_than_program(files, applied, database)) return std::unexpected(std::move(*error));
    ModulePlan plan{.module = files.module};
    std::string held_because;
    for (const Migration& file : files.migrations) {
        const auto record = std::ranges::find(applied, file.version, &AppliedMigration::version);
        if (record != applied.end()) {
            if (auto error = changed_history(file, *record, database)) return std::unexpected(std::move(*error));
            continue;
        }
        if (!applied.empty() && file.version < applied.back().version)
            return std::unexpected(out_of_order(file, applied.back(), database));
        if (held_because.empty() && options.up_to && file.version > *options.up_to)
            held_because = fmt::format("only steps up to {:04} were asked for", *options.up_to);
        if (held_because.empty() && file.kind == Kind::contract && !options.allow_contract)
            held_because = fmt::format("{} takes something away and must be allowed explicitly", file.label());
        if (held_because.empty()) {
            plan.steps.push_back(&file);
        } else {
            const bool waits = file.kind != Kind::contract && !plan.held.empty() && !options.up_to;
            plan.held.push_back({&file, waits ? "waits for " + plan.held.front().migration->label() : held_because});
        }
    }
    return plan;
}

Result<std::vector<ModulePlan>> plan_database(std::span<const ModuleFiles* const> expected,
                                              std::span<const AppliedMigration> applied, std::string_view database,
                                              const PlanOptions& options) {
    for (const AppliedMigration& record : applied) {
        if (std::ranges::count(expected, record.module, &ModuleFiles::module) > 0) continue;
        return std::unexpected(
            refusal("migrate.newer_schema", fmt::format("{} is newer than this program", database),
                    fmt::format("it has module {}, applied by version {}; this program knows no such module there",
                                record.module, record.program_version),
                    "use the newer program, or restore a backup from before its migrations"));
    }
    std::vector<ModulePlan> plans;
    for (const ModuleFiles* files : expected) {
        std::vector<AppliedMigration> own;
        std::ranges::copy_if(applied, std::back_inserter(own),
                             [&](auto& record) { return record.module == files->module; });
        std::ranges::sort(own, {}, &AppliedMigration::version);
        auto plan = plan_module(*files, own, database, options);
        if (!plan) return std::unexpected(std::move(plan.error()));
        plans.push_back(std::move(*plan));
    }
    return plans;
}

}  // namespace gsdb::migrate
