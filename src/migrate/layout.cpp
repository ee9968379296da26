#include "migrate/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace gsdb::migrate {

std::span<const DatabaseSpec> database_specs() {
    static const std::array<DatabaseSpec, 8> specs{{
        {"task_db", {"tasks"}, "task_owner", "task_user"},
        {"projects_db", {"projects", "identity"}, "projects_owner", "projects_user"},
        {"prompts_db", {"prompts"}, "prompts_owner", "prompts_user"},
        {"codebase_db", {"codebase"}, "codebase_owner", "codebase_user"},
        {"analytics_db", {"analytics"}, "analytics_owner", "analytics_user"},
        {"events_db", {"events"}, "events_owner", "events_user"},
        {"learning_db", {"learning", "openevolve"}, "learning_owner", "learning_user"},
        {"workflows_db", {"workflows"}, "workflows_owner", "workflows_user"},
    }};
    return specs;
}

std::string_view to_string(LayoutKind kind) {
    return kind == LayoutKind::split ? "split" : "unified";
}

Result<LayoutKind> parse_layout_kind(std::string_view text) {
    if (text == "split") return LayoutKind::split;
    if (text == "unified") return LayoutKind::unified;
    return std::unexpected(Error{.code = "layout.unknown",
                                 .message = fmt::format("there is no layout \"{}\"", text),
                                 .hint = "use split (eight databases) or unified (one database)",
                                 .exit_code = ExitCode::usage});
}

std::vector<std::string_view> DatabaseTarget::schemas() const {
    std::vector<std::string_view> all{base_schema_name};
    for (const auto* spec : specs) all.insert(all.end(), spec->schemas.begin(), spec->schemas.end());
    return all;
}

Layout Layout::split() {
    std::vector<DatabaseTarget> targets;
    for (const auto& spec : database_specs()) targets.push_back({std::string(spec.name), {&spec}});
    return {LayoutKind::split, std::move(targets)};
}

Layout Layout::unified(std::string database) {
    DatabaseTarget target{std::move(database), {}};
    for (const auto& spec : database_specs()) target.specs.push_back(&spec);
    return {LayoutKind::unified, {std::move(target)}};
}

Layout Layout::renamed(const std::function<std::string(const std::string&)>& rename) const {
    auto layout = *this;
    for (auto& target : layout.targets_) target.database = rename(target.database);
    return layout;
}

const DatabaseTarget* Layout::target_of_schema(std::string_view schema) const {
    const auto* spec = spec_of_schema(schema);
    return spec ? target_of_database(spec->name) : nullptr;
}

const DatabaseTarget* Layout::target_of_database(std::string_view database) const {
    const auto found = std::ranges::find_if(targets_, [&](const DatabaseTarget& target) {
        return target.database == database || std::ranges::count(target.specs, database, &DatabaseSpec::name) > 0;
    });
    return found == targets_.end() ? nullptr : &*found;
}

const DatabaseSpec* spec_of_schema(std::string_view schema) {
    const auto specs = database_specs();
    const auto found =
        std::ranges::find_if(specs, [&](const auto& spec) { return std::ranges::count(spec.schemas, schema) > 0; });
    return found == specs.end() ? nullptr : &*found;
}

std::vector<std::string_view> schemas_of_module(std::string_view module) {
    if (module == "learning") return {"learning", "openevolve"};
    return {module};
}

std::string_view owner_of_schema(std::string_view schema) {
    if (schema == base_schema_name) return admin_role;
    const auto* spec = spec_of_schema(schema);
    assert(spec && "every module's schema belongs to one of the eight databases");
    return spec->owner_role;
}

}  // namespace gsdb::migrate
