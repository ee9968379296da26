#pragma once
// What people and agents ask of the graph in the database: where is it defined, what calls it, what breaks.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/symbol_id.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// A symbol as answers show it.
struct Symbol {
    SymbolId id{};
    std::string codebase;  ///< its name; empty outside of codebases
    std::string path;      ///< empty outside
    std::string package;   ///< of what a package defines; empty: of the codebase or of the language
    std::string name;      ///< qualified; empty for a file or package as a whole
    std::string kind;
    std::string language;
    std::int32_t start_line = 0, end_line = 0;  ///< 0 where it is not known
    std::string signature, documentation;

    /// `path:Class.method`, `path`, `package:name`: what find_symbol() takes as well.
    std::string label() const;
};

/// Who asks, and about what.
struct Scope {
    OrganizationId organization;
    std::optional<CodebaseId> codebase{};  ///< all codebases when it is left out
};

/// The symbols that `text` may mean: a qualified name or the end of one (`Class.method`), with a path and a colon
/// before it where that is not enough (`src/a.py:Class.method`; the path may be its end, too), a path (the file as a
/// whole), `path:line` (the innermost function or class there), or `package.name`. Exact matches alone when there are
/// any. At most 100.
Task<std::vector<Symbol>> find_symbols(pg::Database<Database> database, Scope scope, std::string text);

/// The one symbol that `text` means. Throws a Failure: codebase.symbol_not_found, codebase.symbol_is_ambiguous with the
/// candidates.
Task<Symbol> find_symbol(pg::Database<Database> database, Scope scope, std::string text);

/// A step of a walk.
struct Step {
    std::int32_t depth = 0;
    Symbol symbol;
    SymbolId via{};    ///< the symbol before it on the way
    std::string kind;  ///< of the relationship
    std::string path;  ///< of the mention
    std::int32_t line = 0, column = 0;
    std::string method;
    float confidence = 0;  ///< of the whole way
};

enum class Walk : std::uint8_t {
    callers,     ///< what calls, instantiates or is decorated by it
    callees,     ///< the other way
    impact,      ///< all that depends on it
    subtypes,    ///< what inherits from it
    supertypes,  ///< what it inherits from
    uses,        ///< what it names without calling it: types, what it reads or passes on, what it overrides
    dependents,  ///< files that import it
    dependencies,
};

/// Whether a walk goes against the relationships, to what they come from.
bool leads_in(Walk walk);

struct WalkOptions {
    int depth_max = 1;
    float confidence_min = 0;
    int rows_max = 1000;
};

/// In the order of depth, then by path and name.
Task<std::vector<Step>> walk(pg::Database<Database> database, Scope scope, SymbolId symbol, Walk walk,
                             WalkOptions options);

/// The steps of a shortest chain of calls; empty when there is none.
Task<std::vector<Step>> call_path(pg::Database<Database> database, Scope scope, SymbolId from, SymbolId to,
                                  WalkOptions options);

/// A place where a symbol is mentioned.
struct Mention {
    std::string codebase, path, source, source_kind, kind, method;
    std::int32_t line = 0, column = 0, length_bytes = 0;
    float confidence = 0;
};
Task<std::vector<Mention>> mentions_of(pg::Database<Database> database, Scope scope, SymbolId symbol, int rows_max);

/// The groups of files of a codebase that import each other in circles (strongly connected components, Tarjan 1972),
/// the largest first; the paths of each in order.
Task<std::vector<std::vector<std::string>>> import_cycles(pg::Database<Database> database, OrganizationId organization,
                                                          CodebaseId codebase);

/// The codebase of that id or name. Throws a Failure codebase.not_found.
Task<CodebaseId> find_codebase(pg::Database<Database> database, OrganizationId organization, std::string id_or_name);

}  // namespace gsdb::codebase
