#pragma once
// Which functions and classes nothing reaches.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/graph_summary.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/symbol_id.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// A function or class of the graph, as far as reachability asks.
struct ReachableElement {
    SymbolId symbol{};
    std::uint32_t parent = 0xFFFFFFFF;  ///< the element around it, in the same list; none at the top of a file
    bool is_type = false;
    bool is_root = false;     ///< something outside of the graph may call it
    bool is_implied = false;  ///< the language calls it where its type is used: `__init__`, constructors, accessors
};

/// An edge of the graph: who uses the source may use the target.
struct Use {
    SymbolId source{}, target{};
};

/// For each element whether a way leads to it: from what no element is (the top of a file, which runs when the file
/// does), from a root, along uses, from a type to what is implied, and from what is around an element that is no
/// method. `uses` holds the calls, instantiations, decorations, inheritance, mentions and passes, and the overrides
/// from the method above to the one below: who calls the former may run the latter. Mark and sweep.
std::vector<bool> reachable(const std::vector<ReachableElement>& elements, const std::vector<Use>& uses);

struct DeadElement {
    SymbolId symbol{};
    std::string path, kind, name;
    std::int32_t start_line = 0, end_line = 0;
    std::int32_t name_line = 0, name_column = 0;
    bool is_exported = false;       ///< visible outside its file: others than this codebase may use it
    std::int32_t dead_callers = 0;  ///< what calls it, all of it dead, too
};

/// The functions and types of the graph, in the order of path and line, and who uses what. Of files whose calls are
/// followed.
struct UseGraph {
    std::vector<sql::GraphElements::Row> elements;
    std::vector<SymbolId> symbols;  ///< of the elements
    GraphSummary summary;
};
/// `known`: what linking found just now, which need not be asked for.
Task<UseGraph> load_use_graph(pg::TransactionOf<Database> tx, OrganizationId organization, CodebaseId codebase,
                              std::optional<GraphSummary> known = {});

/// A file of tests, or a name of one.
bool is_test(std::string_view path, std::string_view name);

/// What nothing reaches in a graph; see below. Where exported elements are roots, what is visible outside its file
/// counts as used.
std::vector<DeadElement> dead_code(const UseGraph& graph, bool exported_are_roots = false);

/// Whether a mention whose meaning is not known bears its name.
bool may_be_meant(const UseGraph& graph, const DeadElement& element);

/// The functions and classes of a codebase that nothing reaches, in the order of path and line. Of files whose calls
/// are followed; what lies in something dead is not listed again. Roots are tests, what is decorated (its decorator may
/// register it), methods of types that inherit from outside, and `main`.
Task<std::vector<DeadElement>> dead_code(pg::Database<Database> database, OrganizationId organization,
                                         CodebaseId codebase);

}  // namespace gsdb::codebase
