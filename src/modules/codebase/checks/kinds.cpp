#include "modules/codebase/checks/kinds.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

#include "modules/codebase/extract/grammar.hpp"

namespace gsdb::codebase::checks {

namespace {

using extract::Language;

struct Meaning {
    Kind kind;
    std::initializer_list<std::string_view> nodes;
    bool is_statement = false;
};
using Meanings = std::span<const Meaning>;

// Names that several grammars have; a grammar that lacks one ignores it.

constexpr Meaning python[] = {
    {Kind::comment, {"comment"}},
    {Kind::name, {"identifier"}},
    {Kind::block, {"block", "module"}},
    {Kind::statement,
     {"if_statement", "for_statement", "while_statement", "with_statement", "delete_statement", "pass_statement",
      "match_statement", "print_statement", "exec_statement"},
     true},
    {Kind::terminator, {"return_statement", "break_statement", "continue_statement"}, true},
    {Kind::raise, {"raise_statement"}, true},
    {Kind::expression_statement, {"expression_statement"}, true},
    {Kind::assert_, {"assert_statement"}, true},
    {Kind::outer_names, {"global_statement", "nonlocal_statement"}, true},
    {Kind::import_, {"import_statement", "import_from_statement"}, true},
    {Kind::try_, {"try_statement"}, true},
    {Kind::handler, {"except_clause", "except_group_clause"}},
    {Kind::decorated, {"decorated_definition"}, true},
    {Kind::function, {"function_definition"}, true},
    {Kind::class_, {"class_definition"}, true},
    {Kind::lambda, {"lambda"}},
    {Kind::import_name, {"aliased_import"}},
    {Kind::assignment, {"assignment"}},
    {Kind::alias_target, {"as_pattern_target"}},
    {Kind::call, {"call"}},
    {Kind::member, {"attribute"}},
    {Kind::named_argument, {"keyword_argument"}},
    {Kind::parameter, {"default_parameter", "typed_default_parameter", "typed_parameter"}},
    {Kind::string, {"string"}},
    {Kind::literal, {"integer", "float"}},
    {Kind::none_, {"none"}},
    {Kind::tuple, {"tuple"}},
    {Kind::collection, {"list", "set", "list_comprehension", "set_comprehension", "dictionary_comprehension"}},
    {Kind::mapping, {"dictionary"}},
    {Kind::pair, {"pair"}},
    {Kind::comparison, {"comparison_operator"}},
    {Kind::type, {"type"}},
};

constexpr Meaning javascript[] = {
    {Kind::comment, {"comment", "html_comment"}},
    {Kind::name, {"identifier", "type_identifier", "shorthand_property_identifier"}},
    {Kind::block, {"statement_block", "program"}},
    {Kind::case_, {"switch_case", "switch_default"}},
    {Kind::switch_body, {"switch_body"}},
    {Kind::statement, {"lexical_declaration", "with_statement", "switch_statement", "empty_statement"}, true},
    {Kind::terminator, {"return_statement", "throw_statement", "break_statement", "continue_statement"}, true},
    {Kind::expression_statement, {"expression_statement"}, true},
    {Kind::debugger, {"debugger_statement"}, true},
    {Kind::loop, {"for_statement", "for_in_statement", "while_statement", "do_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::try_, {"try_statement"}, true},
    {Kind::labeled, {"labeled_statement"}, true},
    {Kind::handler, {"catch_clause"}},
    {Kind::function, {"function_declaration", "generator_function_declaration"}},
    {Kind::lambda, {"function_expression", "generator_function", "arrow_function", "method_definition"}},
    {Kind::import_, {"import_statement"}},
    {Kind::import_name, {"import_specifier", "namespace_import", "import_clause"}},
    {Kind::export_, {"export_statement"}},
    {Kind::ambient, {"ambient_declaration"}},
    {Kind::declarator, {"variable_declarator"}},
    {Kind::assignment, {"assignment_expression"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::unary, {"unary_expression"}},
    {Kind::call, {"call_expression"}},
    {Kind::construct, {"new_expression"}},
    {Kind::member, {"member_expression"}},
    {Kind::mapping, {"object"}},
    {Kind::pair, {"pair"}},
    {Kind::literal, {"string", "number"}},
    {Kind::none_, {"null", "undefined"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::markup, {"jsx_opening_element", "jsx_self_closing_element", "jsx_element"}},
};

constexpr Meaning c_family[] = {
    {Kind::comment, {"comment"}},
    {Kind::block, {"compound_statement"}},
    {Kind::case_, {"case_statement"}},
    {Kind::statement,
     {"declaration", "switch_statement", "attributed_statement", "seh_try_statement", "using_declaration",
      "alias_declaration"},
     true},
    {Kind::terminator,
     {"return_statement", "break_statement", "continue_statement", "goto_statement", "throw_statement",
      "co_return_statement"},
     true},
    {Kind::expression_statement, {"expression_statement"}, true},
    {Kind::loop, {"for_statement", "while_statement", "do_statement", "for_range_loop"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::try_, {"try_statement"}, true},
    {Kind::handler, {"catch_clause"}},
    {Kind::labeled, {"labeled_statement"}},
    {Kind::preprocessor,
     {"preproc_if", "preproc_ifdef", "preproc_elif", "preproc_else", "preproc_elifdef", "preproc_call"}},
    {Kind::assignment, {"assignment_expression"}},
    {Kind::call, {"call_expression"}},
    {Kind::parenthesized, {"parenthesized_expression", "condition_clause"}},
};

constexpr Meaning java[] = {
    {Kind::comment, {"line_comment", "block_comment"}},
    {Kind::block, {"block", "constructor_body"}},
    {Kind::case_, {"switch_block_statement_group"}},
    {Kind::switch_body, {"switch_block"}},
    {Kind::arrow_case, {"switch_rule"}},
    {Kind::statement,
     {"local_variable_declaration", "switch_expression", "assert_statement", "synchronized_statement"},
     true},
    {Kind::terminator,
     {"return_statement", "break_statement", "continue_statement", "throw_statement", "yield_statement"},
     true},
    {Kind::expression_statement, {"expression_statement"}, true},
    {Kind::loop, {"for_statement", "enhanced_for_statement", "while_statement", "do_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::try_, {"try_statement", "try_with_resources_statement"}, true},
    {Kind::handler, {"catch_clause"}},
    {Kind::labeled, {"labeled_statement"}},
    {Kind::assignment, {"assignment_expression"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::literal, {"string_literal"}},
    {Kind::annotation, {"annotation"}},
};

constexpr Meaning go[] = {
    {Kind::comment, {"comment"}},
    {Kind::block, {"statement_list"}},
    {Kind::statement,
     {"if_statement", "for_statement", "expression_switch_statement", "type_switch_statement", "select_statement",
      "short_var_declaration", "var_declaration", "const_declaration", "inc_statement", "dec_statement",
      "send_statement", "go_statement", "defer_statement", "block"},
     true},
    {Kind::terminator, {"return_statement", "break_statement", "continue_statement", "goto_statement"}, true},
    {Kind::expression_statement, {"expression_statement"}, true},
    {Kind::assignment, {"assignment_statement"}, true},
    {Kind::labeled, {"labeled_statement"}},
};

constexpr Meaning rust[] = {
    {Kind::comment, {"line_comment", "block_comment"}},
    {Kind::call, {"call_expression"}},
    {Kind::macro, {"macro_invocation"}},
    {Kind::assignment, {"assignment_expression"}},
};

/// By Field.
constexpr std::array<std::string_view, static_cast<std::size_t>(Field::count_)> field_names{
    "alias",       "alternative", "arguments",  "attribute", "body",     "condition", "consequence",
    "constructor", "field",       "function",   "key",       "left",     "macro",     "name",
    "object",      "operator",    "parameters", "pattern",   "property", "right",     "value"};

Meanings meanings_of(Language language) {
    switch (language) {
        case Language::python:
            return python;
        case Language::javascript:
        case Language::typescript:
        case Language::tsx:
            return javascript;
        case Language::c:
        case Language::cpp:
            return c_family;
        case Language::java:
            return java;
        case Language::go:
            return go;
        case Language::rust:
            return rust;
        default:
            return {};
    }
}

}  // namespace

Grammar::Grammar(Language language) {
    const auto* const parser = extract::grammar_of(language);
    roles_.resize(ts_language_symbol_count(parser));
    for (TSSymbol symbol = 0; symbol < roles_.size(); ++symbol) {
        if (ts_language_symbol_type(parser, symbol) != TSSymbolTypeRegular) continue;
        const std::string_view name = ts_language_symbol_name(parser, symbol);
        for (const auto& meaning : meanings_of(language))
            for (const auto node : meaning.nodes)
                if (node == name)
                    roles_[symbol] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(meaning.kind) |
                                                               (meaning.is_statement ? statement_bit : 0));
    }
    for (std::size_t i = 0; i < fields_.size(); ++i)
        fields_[i] = ts_language_field_id_for_name(parser, field_names[i].data(),
                                                   static_cast<std::uint32_t>(field_names[i].size()));
}

const Grammar& grammar(Language language) {
    static const auto grammars = [] {
        std::vector<Grammar> all;
        for (std::size_t i = 0; i <= static_cast<std::size_t>(Language::java); ++i)
            all.emplace_back(extract::is_parsed(static_cast<Language>(i)) ? static_cast<Language>(i) : Language::c);
        return all;
    }();
    return grammars[static_cast<std::size_t>(language)];
}

}  // namespace gsdb::codebase::checks
