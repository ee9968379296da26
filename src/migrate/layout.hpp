#pragma once
// Which databases exist, what is in them, and who owns it. Everything that creates, migrates, checks or connects to
// databases reads it from here.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::migrate {

/// One of the eight databases of the split layout. In the unified layout its schemas and roles are the same, in one
/// database.
struct DatabaseSpec {
    std::string_view name;                  ///< "projects_db"
    std::vector<std::string_view> schemas;  ///< without `base`, which is everywhere
    std::string_view owner_role;            ///< owns the schemas; cannot log in
    std::string_view login_role;            ///< what the program connects as; least privileges
};

/// The eight, in the order of the product's documents.
std::span<const DatabaseSpec> database_specs();

inline constexpr std::string_view admin_role = "graph_sitter_admin";  ///< owns schema `base`; no superuser
inline constexpr std::string_view readonly_role = "analytics_readonly";
inline constexpr std::string_view base_schema_name = "base";
inline constexpr std::string_view default_unified_database = "gsdb";

enum class LayoutKind { split, unified };

std::string_view to_string(LayoutKind kind);

/// "split" or "unified"; anything else is a usage error that names both.
Result<LayoutKind> parse_layout_kind(std::string_view text);

/// A database to connect to, with the specs that live in it: one in the split layout, all eight in the unified one.
struct DatabaseTarget {
    std::string database;
    std::vector<const DatabaseSpec*> specs;

    /// `base` and the schemas of every spec.
    std::vector<std::string_view> schemas() const;
};

class Layout {
  public:
    static Layout split();
    static Layout unified(std::string database = std::string(default_unified_database));

    /// The same with other names of the databases.
    Layout renamed(const std::function<std::string(const std::string&)>& rename) const;

    LayoutKind kind() const { return kind_; }
    std::span<const DatabaseTarget> targets() const { return targets_; }

    /// Where the schema (which is the module's name) lives; null for `base`, which is everywhere, and for unknown ones.
    const DatabaseTarget* target_of_schema(std::string_view schema) const;

    /// By the name of a physical database, or of one of the eight even in the unified layout; null for unknown ones.
    const DatabaseTarget* target_of_database(std::string_view database) const;

  private:
    Layout(LayoutKind kind, std::vector<DatabaseTarget> targets) : kind_(kind), targets_(std::move(targets)) {}

    LayoutKind kind_;
    std::vector<DatabaseTarget> targets_;
};

/// The spec that owns the schema; null for `base` and for unknown schemas.
const DatabaseSpec* spec_of_schema(std::string_view schema);

/// The schemas that a module's SQL makes: its own, and openevolve in the case of learning.
std::vector<std::string_view> schemas_of_module(std::string_view module);

/// Who owns the schema and runs its migrations; `graph_sitter_admin` for `base`. The schema is a known one.
std::string_view owner_of_schema(std::string_view schema);

}  // namespace gsdb::migrate
