#pragma once
// What the nodes and tokens of a grammar mean to metrics: one table for each language, one walk for all.

#include <tree_sitter/api.h>

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/query_text.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::measure {

enum class Kind : std::uint8_t {
    none,
    error,
    comment,
    // Tokens
    operator_,      ///< every keyword, sign and opening bracket
    reserved,       ///< a word of the language that its grammar has as a node: an operator by its text
    operand,        ///< name, number, constant
    literal,        ///< an operand whose inside is text: a string
    template_,      ///< an operand with code in it: a string with interpolations
    label,          ///< the target of a jump: an operand
    label_node,     ///< the same, around its operand
    member_access,  ///< `.`, `->`: an operator
    this_,          ///< an operator
    and_,
    or_,
    coalesce,
    logical_assignment,
    else_,
    case_,
    if_token,  ///< Rust's: a guard where no `if` expression is around it
    optional_chain,
    // Nodes
    statement,
    declaration,  ///< a statement, unless it is part of the header of a control structure
    definition,   ///< a type: a statement where it stands by itself
    expression_statement,
    export_,  ///< a statement where what it exports is not one
    return_,
    if_,
    elif,
    let_else,  ///< a declaration that may have an else
    conditional,
    loop,
    switch_,
    arm,  ///< of a match: a case unless its pattern is `_`
    try_,
    catch_,
    comprehension,
    guard,
    default_value,
    parameter,      ///< may have a default value
    try_operator,   ///< Rust's `x?`
    function,       ///< also a lambda
    binary,         ///< of any operator
    boolean,        ///< of a short-circuiting operator, or a list of operands with them
    parenthesized,  ///< does not break a sequence of boolean operators
    jump,           ///< break, continue
    jump_with_value,
    goto_,
    header,  ///< the part of a control structure before its body, where it is a node
    list,    ///< of statements or declarations
    value_block,
    preprocessor,  ///< its conditions are not the program's
};

/// A role of TreeWalk is a kind, with a bit more for nodes that are statements, whatever else they are.
constexpr std::uint8_t statement_bit = 0x80;
constexpr Kind kind_of(std::uint8_t role) {
    return static_cast<Kind>(role & ~statement_bit);
}

/// The table of a language, and the fields that the walk asks for; 0 where the grammar does not have one.
struct Grammar {
    std::vector<std::uint8_t> roles;
    TSFieldId operator_ = 0, body = 0, consequence = 0, alternative = 0, value = 0, declaration = 0, parameters = 0,
              parameter = 0, return_type = 0, type = 0, pattern = 0;
    bool is_told_by_query = false;  ///< fields may be missing where they are meant

    TreeRoles as_c() const { return {roles.data(), static_cast<std::uint32_t>(roles.size())}; }
    std::uint8_t role_of(TSNode node) const {
        const auto symbol = ts_node_is_null(node) ? TSSymbol{0} : ts_node_symbol(node);
        return symbol < roles.size() ? roles[symbol] : std::uint8_t{0};
    }
};

/// The table that a metrics.scm makes (languages/README.md), or what is wrong with it. A token that it does not name is
/// an operator.
std::expected<Grammar, extract::QueryError> read_metric_query(const TSLanguage*, std::string_view text);

/// Of a language that is_parsed(); made at the first call.
const Grammar& grammar(extract::Language);

}  // namespace gsdb::codebase::measure
