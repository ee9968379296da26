#pragma once
// Where issues come from: findings of contents, figures above limits, the graph.

#include <cstdint>
#include <string>
#include <vector>

#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/duplicate_run.hpp"
#include "modules/codebase/issue_rows.hpp"
#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

/// The issues of a codebase as they are found.
class IssueSources {
  public:
    IssueSources(CodebaseId codebase, const RuleSet& rules) : codebase_(codebase), rules_(rules) {}

    /// `graph` says which parameters somebody else decides about.
    void add_findings(const std::vector<sql::CurrentFindings::Row>& rows, const UseGraph& graph);
    void add_figures(const std::vector<sql::FiguresAbove::Row>& rows);
    void add_dead_code(const UseGraph& graph);
    void add_call_cycles(const UseGraph& graph);
    void add_inheritance_cycles(const UseGraph& graph);
    void add_import_cycles(const std::vector<FileImport>& imports);
    void add_duplicates(const std::vector<DuplicateBlock>& blocks);
    void add(Issue issue) { issues_.push_back(std::move(issue)); }

    std::vector<Issue> take() { return std::move(issues_); }

  private:
    Issue issue_of(const StoredRule& rule, std::string path, std::string message) const;
    Issue issue_of_element(const StoredRule& rule, const UseGraph& graph, std::uint32_t element,
                           std::string message) const;
    void add_symbol_cycles(const StoredRule& rule, const UseGraph& graph,
                           const std::vector<std::vector<std::uint32_t>>& edges, std::string_view what,
                           bool crosses_files);

    CodebaseId codebase_;
    const RuleSet& rules_;
    std::vector<Issue> issues_;
};

}  // namespace gsdb::codebase
