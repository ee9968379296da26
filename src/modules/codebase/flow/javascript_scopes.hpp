#pragma once
// Which scope of a JavaScript file declares which name, and what is done to it anywhere in the file. It is found out
// before values are followed, as names may be used above their declaration.

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modules/codebase/flow/builder.hpp"
#include "modules/codebase/flow/javascript_kinds.hpp"

namespace gsdb::codebase::flow::javascript {

/// What binds a name, as far as it is the only thing that does.
enum class Binding : std::uint8_t { definition, import, other };

struct Declared {
    Binding binding = Binding::other;
    std::uint32_t assignments = 0;
    bool is_captured = false;         ///< a function inside the one that declares it, or another file, may use it
    bool is_assigned_inside = false;  ///< by a function inside the one that declares it
    bool is_merged = false;           ///< all its declarations hold at once: namespaces, signatures
    bool has_body = false;            ///< a function is declared with one
    std::optional<Variable> variable;
};

struct Scope {
    Index parent = none;
    Index variables = 0;  ///< the scope that `var` declares in
    Index code = 0;       ///< the scope of the function that it belongs to
    Index function = 0;   ///< in FileFlow; known when the walk enters it
    std::unordered_map<std::string_view, Declared> names;
};

class Scopes {
  public:
    Scopes(const Grammar& grammar, TSNode root, std::string_view source);

    /// The scope that a node opens, or none. Named function expressions open one by their name, too.
    Index of(TSNode node) const {
        const auto found = by_node_.find(node.id);
        return found == by_node_.end() ? none : found->second;
    }
    Scope& operator[](Index scope) { return scopes_[scope]; }
    /// The scope that a name used in `scope` is from, or none.
    Index declaring(Index scope, std::string_view name) const;
    /// Arrow functions are counted from 1.
    std::uint32_t arrow_number(TSNode arrow) const { return arrows_.at(arrow.id); }
    /// What a type is declared to be another name of; null for others.
    TSNode type_alias(std::string_view name) const;

    /// The names that a pattern assigns.
    std::vector<TSNode> targets(TSNode pattern) const;

  private:
    template <class Enter, class Leave>
    void walk(TSNode root, Enter enter, Leave leave);
    void declare_names(TSNode root);
    void count_uses(TSNode root);

    void enter(TSNode node, Kind kind, Kind parent);
    void enter_function(TSNode node);
    void enter_import(TSNode node, Kind kind);
    void push(TSNode node, bool is_function, bool takes_variables);
    void leave(TSNode node);
    Declared& declare(Index scope, std::string_view name, Binding binding, bool is_assigned);
    void declare_pattern(Index scope, TSNode pattern, bool is_assigned);
    void use(TSNode node, Kind kind, Kind parent);
    void assigned(std::string_view name);
    void captured(std::string_view name);

    std::string_view text(TSNode node) const;

    const Grammar& g;
    std::string_view source_;
    std::vector<Scope> scopes_;
    std::unordered_map<const void*, Index> by_node_;
    std::unordered_map<const void*, std::uint32_t> arrows_;
    std::unordered_map<std::string_view, TSNode> type_aliases_;
    std::vector<std::pair<const void*, Index>> open_;  ///< scopes around, with their nodes
};

}  // namespace gsdb::codebase::flow::javascript
