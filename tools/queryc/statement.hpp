#pragma once
// The statements of a module as its sql/queries/*.sql files state them.

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::queryc {

enum class Cardinality { one, optional, many, exec };
enum class Scope { tenant, cross, local };

std::string_view to_string(Cardinality cardinality);
std::string_view to_string(Scope scope);

struct Statement {
    std::string name;  ///< snake_case, unique in the module
    Cardinality cardinality{};
    Scope scope = Scope::tenant;
    std::vector<std::string> documentation;        ///< comment lines without their dashes
    std::string text;                              ///< without comments and empty lines, with $1..$n for the parameters
    std::vector<std::string> parameters;           ///< names in the order of their numbers
    std::set<std::string> nullable_parameters;     ///< from `-- param x: nullable`
    std::map<std::string, bool> nullable_columns;  ///< from `-- column x: not null|nullable`
    std::map<std::string, std::string> types;      ///< C++ types by parameter or column name, from `-- type`
    std::string file;                              ///< as messages show it
    std::size_t line = 0;                          ///< of its `-- name:`
    std::vector<std::size_t> text_lines;           ///< for each line of `text`, its line in the file

    /// What the lock file compares: changes exactly when PostgreSQL would be asked something else.
    std::string fingerprint() const;
    /// "queries/jobs.sql:12".
    std::string place() const;
};

/// The statements of one file; `file` is how messages call it. Throws Failure "queryc.syntax" with file, line, remedy.
std::vector<Statement> parse_statements(std::string_view text, const std::string& file);

/// The statements of every *.sql in `folder`, sorted by name, with types.toml applied. Throws Failure; a name that is
/// used twice is one.
std::vector<Statement> read_statements(const std::filesystem::path& folder);

std::string read_text(const std::filesystem::path& path);

}  // namespace gsdb::queryc
