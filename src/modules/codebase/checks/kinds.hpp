#pragma once
// What the nodes of the grammars mean to the checks: one vocabulary for all languages.

#include <tree_sitter/api.h>

#include <array>
#include <cstdint>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::checks {

enum class Kind : std::uint8_t {
    none = tree_role_none,
    error = tree_role_error,
    comment = tree_role_comment,
    name,   ///< may mention a variable
    block,  ///< its children run one after the other
    case_,  ///< of a switch; a block as well
    switch_body,
    arrow_case,  ///< ends by itself
    statement,   ///< any other
    terminator,  ///< control never goes on behind it
    hoisted,     ///< a definition: it is there although control never comes by
    function,    ///< with a name
    lambda,      ///< without
    class_,
    if_,
    loop,
    try_,
    handler,
    labeled,
    preprocessor,
    expression_statement,
    // Parts of expressions and statements that rules ask for.
    import_,
    import_name,  ///< one name of an import
    export_,
    ambient,
    assignment,
    declarator,
    binary,
    call,
    construct,
    member,
    named_argument,
    parameter,
    string,
    literal,
    none_,  ///< None, null, undefined
    unary,
    tuple,
    collection,  ///< a literal of a collection that can be changed
    mapping,     ///< a literal with keys
    pair,
    comparison,
    assert_,
    raise,
    debugger,
    outer_names,  ///< global, nonlocal
    alias_target,
    decorated,
    type,
    parenthesized,
    markup,
    macro,
    annotation,
};

/// A role of TreeWalk is a kind, with a bit more for what can be unreachable.
constexpr std::uint8_t statement_bit = 0x80;
constexpr Kind kind_of(std::uint8_t role) {
    return static_cast<Kind>(role & ~statement_bit);
}

enum class Field : std::uint8_t {
    alias,
    alternative,
    arguments,
    attribute,
    body,
    condition,
    consequence,
    constructor,
    field,
    function,
    key,
    left,
    macro,
    name,
    object,
    operator_,
    parameters,
    pattern,
    property,
    right,
    value,
    count_
};

/// The meanings of a grammar.
class Grammar {
  public:
    explicit Grammar(extract::Language);

    TreeRoles as_c() const { return {roles_.data(), static_cast<std::uint32_t>(roles_.size())}; }
    Kind kind(TSNode node) const { return kind_of(role(node)); }
    bool is_statement(TSNode node) const { return (role(node) & statement_bit) != 0; }
    TSNode child(TSNode node, Field field) const {
        const auto id = fields_[static_cast<std::size_t>(field)];
        return id == 0 || ts_node_is_null(node) ? TSNode{} : ts_node_child_by_field_id(node, id);
    }

  private:
    std::uint8_t role(TSNode node) const {
        if (ts_node_is_null(node)) return tree_role_none;
        const auto symbol = ts_node_symbol(node);
        return symbol < roles_.size() ? roles_[symbol] : std::uint8_t{tree_role_error};
    }

    std::vector<std::uint8_t> roles_;
    std::array<TSFieldId, static_cast<std::size_t>(Field::count_)> fields_{};
};

/// Of a language that is_parsed() by rules of its own; made at the first call.
const Grammar& grammar(extract::Language);

}  // namespace gsdb::codebase::checks
