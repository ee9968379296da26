#pragma once
// The graph without its places: who uses what, which file imports which. What checks and reachability ask.

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/symbol_id.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

/// The labels are those of codebase.relationship_kind.
enum class RelationshipKind : std::uint8_t {
    call,
    instantiate,
    inherit,
    decorate,
    import,
    re_export,
    override_,
    pass,
    read,
    type_use,
};
std::string_view to_label(RelationshipKind);

struct GraphUse {
    SymbolId source{}, target{};
    RelationshipKind kind{};  ///< neither import nor re_export
    bool is_outside = false;  ///< the target is of a package or of the language
    float confidence = 0;     ///< of the surest mention

    auto key() const { return std::tuple(source, target, kind); }
    bool operator==(const GraphUse&) const = default;
};

/// One file of the codebase imports another, in a language that loads files one by one.
struct FileImport {
    std::string source_path, target_path;
    std::int32_t line = 0;

    auto operator<=>(const FileImport&) const = default;
};

struct GraphSummary {
    std::vector<GraphUse> uses;                 ///< in the order of their keys, each once
    std::vector<FileImport> imports;            ///< in order, each once
    std::vector<std::string> unresolved_names;  ///< of calls whose meaning is not known; in order, each once

    bool operator==(const GraphSummary&) const = default;
};

/// Puts the parts in order; of uses with the same key the surest stays.
void normalise(GraphSummary& summary);

/// What the newest complete run found, or within a run what is merged already.
Task<GraphSummary> load_graph_summary(pg::TransactionOf<Database> tx, OrganizationId organization, CodebaseId codebase);

}  // namespace gsdb::codebase
