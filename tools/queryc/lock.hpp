#pragma once
// sql/queries.lock.json: what PostgreSQL said about each statement, so that a build needs no database.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "queryc/statement.hpp"

namespace gsdb::queryc {

struct LockedParameter {
    std::string name;
    std::string type;  ///< as PostgreSQL names it: "uuid", "text[]", "enum identity.role"

    bool operator==(const LockedParameter&) const = default;
};

struct LockedColumn {
    std::string name;
    std::string type;
    bool nullable = true;

    bool operator==(const LockedColumn&) const = default;
};

struct LockedStatement {
    std::string fingerprint;  ///< of the text that was prepared
    std::vector<LockedParameter> parameters;
    std::vector<LockedColumn> columns;

    bool operator==(const LockedStatement&) const = default;
};

using Lock = std::map<std::string, LockedStatement>;  ///< by statement name

/// The same lock gives the same bytes: sorted, one parameter or column a line.
std::string to_json(const Lock& lock);

/// Throws Failure "queryc.lock" that names `file`.
Lock parse_lock(std::string_view json, const std::string& file);

/// An absent file is an empty lock.
Lock read_lock(const std::filesystem::path& path);

/// One sentence for each statement that the lock does not describe as it is now, and for each that is gone.
std::vector<std::string> stale_statements(const std::vector<Statement>& statements, const Lock& lock);

/// One sentence for each statement that the database describes in another way than the lock does.
std::vector<std::string> differences(const Lock& lock, const Lock& database);

/// Writes through a temporary file, and only when the text differs, so that builds do not start over for nothing.
/// Answers whether it wrote.
bool write_if_different(const std::filesystem::path& path, std::string_view text);

}  // namespace gsdb::queryc
