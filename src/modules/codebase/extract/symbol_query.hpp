#pragma once
// A query file that says what the nodes of a grammar are to us: languages/README.md is its vocabulary.

#include <tree_sitter/api.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/extract/query_text.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::extract {

/// What a capture marks.
enum class Capture : std::uint8_t {
    ignored,  ///< `@_x`: for predicates
    // What a pattern is about:
    comment,
    definition,
    scope,
    visibility,
    reference,
    import,
    // What belongs to it:
    name,
    body,
    parameters,
    parameter,
    arguments,
    argument,
    receiver,
    owner,
    modifiers,
    attributes,
    doc,
    module,
    alias,
};

struct Predicate {
    enum class Test : std::uint8_t { equals, starts_with } test{};
    bool is_negated = false;
    std::uint32_t capture = 0;
    std::vector<std::string> texts;  ///< any of them
    std::int64_t other = -1;         ///< the capture to equal, where it is no text
};

struct Pattern {
    Capture about{};
    std::uint8_t kind = 0;   ///< an ElementKind, a ReferenceKind, an ImportKind
    std::uint32_t main = 0;  ///< the capture that says what it is about
    std::vector<Predicate> predicates;
    // `#set!`
    std::string name;                          ///< of what has none in the text
    std::string trim;                          ///< characters that are not part of the name
    std::vector<TSSymbol> counted_parameters;  ///< children of @parameters that are parameters; all where it is empty
    ElementFlags flags;
    bool is_private = false;   ///< unless a word says otherwise
    bool is_complete = false;  ///< a callable that needs no body
    bool is_of_file = false;   ///< the scope lasts to the end of the file
    bool is_outer = false;     ///< a member of what is around the element that it stands in
    bool is_relative = false;
    bool is_system = false;
};

/// The roles of nodes in a walk, after those that all walks have.
enum class QueryRole : std::uint8_t {
    none,
    error,
    comment,
    plain,    ///< one pattern asks for the node and nothing else
    matched,  ///< patterns look into the node
};

/// Immutable, and shared by threads.
class SymbolQuery {
  public:
    static std::expected<SymbolQuery, QueryError> compile(const TSLanguage*, std::string_view text);

    const TSQuery* query() const { return query_.get(); }
    const std::vector<std::uint8_t>& roles() const { return roles_; }
    const Pattern& pattern(std::uint32_t index) const { return patterns_[index]; }
    Capture capture(std::uint32_t id) const { return captures_[id]; }
    /// The pattern that a node of the role `plain` is.
    std::uint32_t plain_pattern(TSSymbol symbol) const { return plain_patterns_[symbol]; }

  private:
    friend class SymbolQueryCompiler;
    Query query_;
    std::vector<std::uint8_t> roles_;            ///< by symbol
    std::vector<std::uint32_t> plain_patterns_;  ///< by symbol
    std::vector<Pattern> patterns_;
    std::vector<Capture> captures_;
};

}  // namespace gsdb::codebase::extract
