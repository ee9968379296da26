#pragma once
// What linking found, as rows of codebase.symbols and codebase.relationships.

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "modules/codebase/flow/stored_flow.hpp"
#include "modules/codebase/graph_summary.hpp"
#include "modules/codebase/link/link.hpp"
#include "modules/codebase/symbol_id.hpp"
#include "pg/copy.hpp"

namespace gsdb::codebase {

/// Probability that a finding of this method is right, among `candidates` for the same mention. Measured on the
/// labelled call graphs by bench/call_graph (bench/results/calls.md): (right + 1) / (found + 2), the rule of
/// succession, so that few findings do not make a certainty.
float confidence_of(link::Method method, std::size_t candidates);

/// A file of the codebase as it is linked.
struct LinkedFile {
    std::string_view path;
    BlobId blob;
    const flow::FileFlow* flow = nullptr;
    const flow::FlowPlaces* places = nullptr;
};

/// Encoded rows for the staging tables of sql/routines/relationships.sql.
struct GraphRows {
    pg::BinaryRowEncoder symbols{}, relationships{}, resolutions{}, files{};
};

/// The graph of a codebase, file by file.
class CodebaseGraph {
  public:
    /// `files[i]` is file i of the links; both outlive the graph.
    CodebaseGraph(CodebaseId codebase, std::vector<LinkedFile> files, const link::Links& links);

    std::size_t file_count() const { return files_.size(); }
    std::string_view path(std::uint32_t file) const { return files_[file].path; }
    /// Changes when anything does that append() writes for the file.
    Uuid digest(std::uint32_t file) const;
    void append(GraphRows& rows, std::uint32_t file);
    /// What load_graph_summary() gives when the rows of all files are merged.
    GraphSummary summary() const;

  private:
    struct Relationship {
        SymbolId source;
        flow::Site site;  ///< its line is counted from the first line of the source
        RelationshipKind kind{};
        SymbolId target;
        link::Method method{};
        float confidence;

        auto key() const { return std::tuple(source, site.line, site.column, kind, target, site.length); }
    };
    /// Where a function or class stands: the innermost element around it, or the file.
    struct Source {
        SymbolId id;
        std::uint32_t start_line;
    };

    void add_symbols(std::uint32_t file);
    void add_calls();
    void add_outside_calls();
    void add_passes();
    void add_uses();
    void add_bases();
    void add_overrides();
    void add_imports();
    void add_unresolved();
    void sort();
    void add(std::uint32_t file, const Source& source, const flow::Site& site, RelationshipKind kind, SymbolId target,
             link::Method method, std::size_t candidates = 1);
    Source source_of(std::uint32_t file, flow::Index function) const;
    Source source_of_class(std::uint32_t file, flow::Index class_) const;
    bool has_element(const link::Definition& definition) const;
    SymbolId target_of(const link::Definition& definition) const;
    SymbolId target_of(const link::Target& target) const;
    flow::Site site_of(const link::ImportEdge& edge) const;
    bool is_shown(const link::ImportEdge& edge) const;
    void add_uses_to(GraphSummary& summary) const;
    void add_imports_to(GraphSummary& summary) const;

    CodebaseId codebase_;
    std::vector<LinkedFile> files_;
    const link::Links& links_;
    std::vector<SymbolId> file_symbols_;
    std::vector<std::vector<SymbolId>> element_symbols_;
    std::vector<SymbolId> outside_symbols_;
    std::vector<std::vector<Relationship>> relationships_;
    std::vector<std::set<std::uint32_t>> outside_used_;
    std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> unresolved_;  ///< reference and reason
    std::set<std::uint32_t> outside_written_;
    std::set<std::string_view> unresolved_names_;
};

}  // namespace gsdb::codebase
