#pragma once
// A migration file: its name, directives and sections.
//
//     -- Splits a person's name, because greetings need the first name alone.
//     -- migrate: kind=expand lock_timeout=3s
//     alter table demo.people add column first_name text;
//     -- migrate: rollback
//     alter table demo.people drop column first_name;
//
// README.md describes every directive and the kinds.

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "migrate/module_schema.hpp"

namespace gsdb::migrate {

/// The last four are the phases of a change during which old and new programs both work.
enum class Kind {
    plain,        ///< an ordinary change
    expand,       ///< adds; programs of before keep working
    backfill,     ///< fills what was added, in batches, while everybody works
    switch_over,  ///< makes the new shape the one that counts ("switch" in files)
    contract      ///< takes the old shape away; runs only when allowed explicitly
};

std::string_view to_string(Kind kind);

struct Migration {
    std::string module;
    int version = 0;   ///< 1, 2, 3 ... without gaps within the module
    std::string name;  ///< of the file without version and suffix: "create_organizations"
    Kind kind = Kind::plain;
    std::string checksum;      ///< SHA-256 in hexadecimal of the normalised text
    std::string text;          ///< the whole file, normalised
    std::string sql;           ///< what runs; of a backfill the statement of one batch
    std::size_t sql_line = 1;  ///< the line of `text` on which `sql` begins
    std::string rollback_sql;  ///< empty when there is no way back
    bool in_transaction = true;
    std::chrono::milliseconds lock_timeout{5000};
    std::vector<std::string> extensions{};  ///< PostgreSQL extensions that it needs: "pg_trgm"

    // Of a backfill only.
    std::string total_sql;   ///< counts the rows to visit, for the progress; may be empty
    std::string verify_sql;  ///< counts the rows that are still missing or stale; 0 when the backfill is complete
    std::int64_t batch_size = 1000;

    /// "0001_create_organizations": how messages name it.
    std::string label() const;
    /// "identity 0001_create_organizations".
    std::string qualified_label() const;
};

/// A file of routines/: `create or replace` statements, applied again whenever the text changes.
struct Routine {
    std::string name;  ///< of the file without suffix
    std::string checksum;
    std::string sql;
};

/// All SQL of a module, parsed and checked.
struct ModuleFiles {
    std::string module;
    std::vector<std::string> schemas;
    std::vector<Migration> migrations;  ///< by version, from 1
    std::vector<Routine> routines;      ///< by name

    /// What its migrations need, each once.
    std::set<std::string> extensions() const;
};

/// Unix line ends, no byte order mark, no white space at line ends, one line end at the end. Two texts that differ only
/// in these have the same checksum.
std::string normalise_sql(std::string_view text);

/// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view text);

/// Errors name the file and the line.
Result<Migration> parse_migration(std::string_view module, const SqlFile& file);

/// Parses every file and refuses duplicate versions and gaps.
Result<ModuleFiles> parse_module(const ModuleSchema& schema);
Result<std::vector<ModuleFiles>> parse_modules(std::span<const ModuleSchema> schemas);

}  // namespace gsdb::migrate
