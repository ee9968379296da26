#include "modules/codebase/measure/node_kinds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/language_queries.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Language;
using Names = std::initializer_list<std::string_view>;

/// Names that several grammars have; a grammar that lacks one ignores it.
struct Meaning {
    Kind kind;
    Names nodes;
    bool is_statement = false;
};
struct TokenMeaning {
    Kind kind;
    Names tokens;
};
using Meanings = std::span<const Meaning>;

/// What is no operator of its own: the second half of a pair, what belongs to a string, ends of lines.
constexpr std::string_view silent_tokens[] = {"",     ")",    "]",      "}",   "]]",  "|}",  "</",   "/>",  "\"",
                                              "'",    "`",    "\"\"\"", "L\"", "u\"", "U\"", "u8\"", "R\"", "LR\"",
                                              "uR\"", "UR\"", "u8R\"",  "L'",  "u'",  "U'",  "u8'",  "\"\""};

constexpr TokenMeaning shared_tokens[] = {
    {Kind::and_, {"&&", "and"}}, {Kind::or_, {"||", "or"}},
    {Kind::coalesce, {"??"}},    {Kind::logical_assignment, {"&&=", "||=", "?\?="}},
    {Kind::else_, {"else"}},     {Kind::member_access, {".", "->"}},
};

// --- Python ---

constexpr Meaning python[] = {
    {Kind::comment, {"comment"}},
    {Kind::operand, {"identifier", "integer", "float", "true", "false", "none"}},
    {Kind::reserved, {"ellipsis"}},
    {Kind::template_, {"string"}},
    {Kind::expression_statement, {"expression_statement"}},
    {Kind::statement,
     {"future_import_statement", "import_statement", "import_from_statement", "print_statement", "assert_statement",
      "delete_statement", "raise_statement", "pass_statement", "break_statement", "continue_statement",
      "global_statement", "nonlocal_statement", "exec_statement", "type_alias_statement", "with_statement",
      "class_definition"},
     true},
    {Kind::return_, {"return_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::elif, {"elif_clause"}, true},
    {Kind::conditional, {"conditional_expression"}},
    {Kind::loop, {"for_statement", "while_statement"}, true},
    {Kind::switch_, {"match_statement"}, true},
    {Kind::arm, {"case_clause"}},
    {Kind::try_, {"try_statement"}, true},
    {Kind::catch_, {"except_clause", "except_group_clause"}},
    {Kind::comprehension, {"for_in_clause"}},
    {Kind::guard, {"if_clause"}},
    {Kind::function, {"function_definition"}, true},
    {Kind::function, {"lambda"}},
    {Kind::boolean, {"boolean_operator"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
};

constexpr TokenMeaning python_tokens[] = {{Kind::operand, {"__future__"}}};

// --- JavaScript and TypeScript ---

constexpr Meaning javascript[] = {
    {Kind::comment, {"comment", "html_comment"}},
    {Kind::operand,
     {"identifier", "property_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern",
      "private_property_identifier", "type_identifier", "undefined", "number", "true", "false", "null", "jsx_text",
      "html_character_reference"}},
    {Kind::label, {"statement_identifier"}},
    {Kind::reserved, {"super", "import", "this_type", "existential_type", "override_modifier"}},
    {Kind::this_, {"this"}},
    {Kind::literal, {"string", "regex"}},
    {Kind::template_, {"template_string"}},
    {Kind::optional_chain, {"optional_chain"}},
    {Kind::expression_statement, {"expression_statement"}},
    {Kind::declaration, {"variable_declaration", "lexical_declaration", "using_declaration"}},
    {Kind::export_, {"export_statement"}},
    {Kind::statement,
     {"function_signature", "class_declaration", "abstract_class_declaration", "interface_declaration",
      "type_alias_declaration", "enum_declaration", "module", "import_statement", "import_alias", "with_statement",
      "throw_statement", "debugger_statement", "field_definition", "public_field_definition", "method_signature",
      "abstract_method_signature", "property_signature", "class_static_block"},
     true},
    {Kind::return_, {"return_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::conditional, {"ternary_expression"}},
    {Kind::loop, {"for_statement", "for_in_statement", "while_statement", "do_statement"}, true},
    {Kind::switch_, {"switch_statement"}, true},
    {Kind::try_, {"try_statement"}, true},
    {Kind::catch_, {"catch_clause"}},
    {Kind::default_value, {"assignment_pattern", "object_assignment_pattern"}},
    {Kind::parameter, {"required_parameter", "optional_parameter"}},
    {Kind::function, {"function_declaration", "generator_function_declaration", "method_definition"}, true},
    {Kind::function, {"function_expression", "generator_function", "arrow_function"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::jump, {"break_statement", "continue_statement"}, true},
};
constexpr TokenMeaning javascript_tokens[] = {{Kind::case_, {"case"}}, {Kind::optional_chain, {"?."}}};

// --- C and C++ ---

constexpr Meaning c_family[] = {
    {Kind::comment, {"comment"}},
    {Kind::operand,
     {"identifier", "field_identifier", "type_identifier", "namespace_identifier", "number_literal", "true", "false",
      "null", "system_lib_string", "preproc_arg"}},
    {Kind::label, {"statement_identifier"}},
    {Kind::reserved,
     {"primitive_type", "auto", "preproc_directive", "ms_restrict_modifier", "ms_signed_ptr_modifier",
      "ms_unsigned_ptr_modifier", "variadic_parameter"}},
    {Kind::this_, {"this"}},
    {Kind::literal, {"string_literal", "char_literal", "raw_string_literal"}},
    {Kind::expression_statement, {"expression_statement"}},
    {Kind::declaration, {"declaration"}},
    {Kind::definition, {"struct_specifier", "union_specifier", "enum_specifier", "class_specifier"}},
    {Kind::statement,
     {"field_declaration", "type_definition", "throw_statement", "co_return_statement", "co_yield_statement",
      "using_declaration", "alias_declaration", "namespace_definition", "namespace_alias_definition",
      "template_instantiation", "static_assert_declaration", "concept_definition", "seh_leave_statement",
      "preproc_include", "preproc_def", "preproc_function_def", "preproc_call"},
     true},
    {Kind::return_, {"return_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::conditional, {"conditional_expression"}},
    {Kind::loop, {"for_statement", "for_range_loop", "while_statement", "do_statement"}, true},
    {Kind::switch_, {"switch_statement"}, true},
    {Kind::try_, {"try_statement", "seh_try_statement"}, true},
    {Kind::catch_, {"catch_clause", "seh_except_clause"}},
    {Kind::function, {"function_definition"}, true},
    {Kind::function, {"lambda_expression"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::jump, {"break_statement", "continue_statement"}, true},
    {Kind::goto_, {"goto_statement"}, true},
    {Kind::header, {"init_statement", "condition_clause"}},
    {Kind::list, {"translation_unit", "declaration_list", "template_declaration", "compound_statement"}},
    {Kind::preprocessor, {"preproc_if", "preproc_ifdef", "preproc_elif", "preproc_elifdef"}, true},
};
constexpr TokenMeaning c_tokens[] = {{Kind::case_, {"case"}}};

// --- Go ---

constexpr Meaning go[] = {
    {Kind::comment, {"comment"}},
    {Kind::operand,
     {"identifier", "field_identifier", "type_identifier", "package_identifier", "blank_identifier", "int_literal",
      "float_literal", "imaginary_literal", "true", "false", "nil", "iota"}},
    {Kind::label, {"label_name"}},
    {Kind::reserved, {"dot"}},
    {Kind::literal, {"interpreted_string_literal", "raw_string_literal", "rune_literal"}},
    {Kind::declaration,
     {"expression_statement", "send_statement", "inc_statement", "dec_statement", "assignment_statement",
      "short_var_declaration"}},
    {Kind::statement,
     {"package_clause", "import_spec", "type_spec", "type_alias", "const_spec", "var_spec", "field_declaration",
      "method_elem", "go_statement", "defer_statement", "fallthrough_statement"},
     true},
    {Kind::return_, {"return_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::loop, {"for_statement"}, true},
    {Kind::switch_, {"expression_switch_statement", "type_switch_statement", "select_statement"}, true},
    {Kind::function, {"function_declaration", "method_declaration"}, true},
    {Kind::function, {"func_literal"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::jump, {"break_statement", "continue_statement"}, true},
    {Kind::goto_, {"goto_statement"}, true},
    {Kind::header, {"for_clause", "range_clause", "communication_case"}},
    {Kind::list, {"statement_list", "block"}},
};
constexpr TokenMeaning go_tokens[] = {{Kind::case_, {"case"}}};

// --- Rust ---

constexpr Meaning rust[] = {
    {Kind::comment, {"line_comment", "block_comment"}},
    {Kind::operand,
     {"identifier", "field_identifier", "type_identifier", "shorthand_field_identifier", "metavariable",
      "integer_literal", "float_literal", "boolean_literal", "fragment_specifier"}},
    {Kind::label_node, {"label"}},
    {Kind::reserved, {"primitive_type", "super", "crate", "mutable_specifier"}},
    {Kind::this_, {"self"}},
    {Kind::literal, {"string_literal", "raw_string_literal", "char_literal", "lifetime"}},
    {Kind::let_else, {"let_declaration"}, true},
    {Kind::expression_statement, {"expression_statement"}},
    {Kind::statement,
     {"function_signature_item", "struct_item", "enum_item", "union_item", "trait_item", "impl_item", "mod_item",
      "use_declaration", "const_item", "static_item", "type_item", "associated_type", "macro_definition",
      "extern_crate_declaration", "field_declaration"},
     true},
    {Kind::return_, {"return_expression"}},
    {Kind::if_, {"if_expression"}},
    {Kind::loop, {"for_expression", "while_expression", "loop_expression"}},
    {Kind::switch_, {"match_expression"}},
    {Kind::arm, {"match_arm"}},
    {Kind::try_operator, {"try_expression"}},
    {Kind::function, {"function_item"}, true},
    {Kind::function, {"closure_expression"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::boolean, {"let_chain"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::jump_with_value, {"break_expression", "continue_expression"}},
    {Kind::value_block, {"block"}},
};
constexpr TokenMeaning rust_tokens[] = {{Kind::if_token, {"if"}}};

// --- Java ---

constexpr Meaning java[] = {
    {Kind::comment, {"line_comment", "block_comment"}},
    {Kind::operand,
     {"identifier", "type_identifier", "underscore_pattern", "decimal_integer_literal", "hex_integer_literal",
      "octal_integer_literal", "binary_integer_literal", "decimal_floating_point_literal", "hex_floating_point_literal",
      "true", "false", "null_literal"}},
    {Kind::reserved, {"boolean_type", "void_type", "asterisk", "super"}},
    {Kind::this_, {"this"}},
    {Kind::literal, {"string_literal", "character_literal"}},
    {Kind::expression_statement, {"expression_statement"}},
    {Kind::declaration, {"local_variable_declaration"}},
    {Kind::statement,
     {"package_declaration",
      "import_declaration",
      "field_declaration",
      "constant_declaration",
      "class_declaration",
      "interface_declaration",
      "enum_declaration",
      "record_declaration",
      "annotation_type_declaration",
      "annotation_type_element_declaration",
      "module_declaration",
      "requires_module_directive",
      "exports_module_directive",
      "opens_module_directive",
      "uses_module_directive",
      "provides_module_directive",
      "throw_statement",
      "synchronized_statement",
      "assert_statement",
      "yield_statement",
      "explicit_constructor_invocation"},
     true},
    {Kind::return_, {"return_statement"}, true},
    {Kind::if_, {"if_statement"}, true},
    {Kind::conditional, {"ternary_expression"}},
    {Kind::loop, {"for_statement", "enhanced_for_statement", "while_statement", "do_statement"}, true},
    {Kind::switch_, {"switch_expression"}, true},
    {Kind::try_, {"try_statement", "try_with_resources_statement"}, true},
    {Kind::catch_, {"catch_clause"}},
    {Kind::guard, {"guard"}},
    {Kind::function, {"method_declaration", "constructor_declaration", "compact_constructor_declaration"}, true},
    {Kind::function, {"lambda_expression"}},
    {Kind::binary, {"binary_expression"}},
    {Kind::parenthesized, {"parenthesized_expression"}},
    {Kind::jump, {"break_statement", "continue_statement"}, true},
};
constexpr TokenMeaning java_tokens[] = {{Kind::case_, {"case"}}};

// --- tables ---

bool contains(Names names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::uint8_t role_of_node(std::string_view name, Meanings meanings) {
    for (const auto& meaning : meanings)
        if (contains(meaning.nodes, name))
            return static_cast<std::uint8_t>(static_cast<std::uint8_t>(meaning.kind) |
                                             (meaning.is_statement ? statement_bit : 0));
    return 0;
}

std::uint8_t role_of_token(std::string_view text, std::span<const TokenMeaning> own) {
    const bool is_blank = text.find_first_not_of(" \t\r\n\0") == std::string_view::npos;
    if (is_blank || std::ranges::find(silent_tokens, text) != std::end(silent_tokens)) return 0;
    for (const auto tokens : {own, std::span<const TokenMeaning>(shared_tokens)})
        for (const auto& meaning : tokens)
            if (contains(meaning.tokens, text)) return static_cast<std::uint8_t>(meaning.kind);
    return static_cast<std::uint8_t>(Kind::operator_);
}

TSFieldId field(const TSLanguage* language, std::string_view name) {
    return ts_language_field_id_for_name(language, name.data(), static_cast<std::uint32_t>(name.size()));
}

void find_fields(const TSLanguage* parser, Grammar& table) {
    table.operator_ = field(parser, "operator");
    table.body = field(parser, "body");
    table.consequence = field(parser, "consequence");
    table.alternative = field(parser, "alternative");
    table.value = field(parser, "value");
    table.declaration = field(parser, "declaration");
    table.parameters = field(parser, "parameters");
    table.parameter = field(parser, "parameter");
    table.return_type = field(parser, "return_type");
    table.type = field(parser, "type");
    table.pattern = field(parser, "pattern");
}

Grammar make(Language language, Meanings meanings, std::span<const TokenMeaning> tokens) {
    const auto* const parser = extract::grammar_of(language);
    Grammar table;
    table.roles.resize(ts_language_symbol_count(parser));
    for (TSSymbol symbol = 0; symbol < table.roles.size(); ++symbol) {
        const std::string_view name = ts_language_symbol_name(parser, symbol);
        const auto type = ts_language_symbol_type(parser, symbol);
        if (type == TSSymbolTypeRegular) table.roles[symbol] = role_of_node(name, meanings);
        if (type == TSSymbolTypeAnonymous) table.roles[symbol] = role_of_token(name, tokens);
    }
    find_fields(parser, table);
    return table;
}

/// What a capture of metrics.scm says of a node or token; `statement` is no kind but goes with one.
constexpr std::pair<std::string_view, Kind> kind_names[] = {
    {"comment", Kind::comment},
    {"silent", Kind::none},
    {"operator", Kind::operator_},
    {"reserved", Kind::reserved},
    {"operand", Kind::operand},
    {"literal", Kind::literal},
    {"template", Kind::template_},
    {"label", Kind::label},
    {"member_access", Kind::member_access},
    {"this", Kind::this_},
    {"and", Kind::and_},
    {"or", Kind::or_},
    {"coalesce", Kind::coalesce},
    {"logical_assignment", Kind::logical_assignment},
    {"else", Kind::else_},
    {"case", Kind::case_},
    {"optional", Kind::optional_chain},
    {"optional_access", Kind::try_operator},
    {"declaration", Kind::declaration},
    {"expression_statement", Kind::expression_statement},
    {"return", Kind::return_},
    {"if", Kind::if_},
    {"elif", Kind::elif},
    {"conditional", Kind::conditional},
    {"loop", Kind::loop},
    {"switch", Kind::switch_},
    {"arm", Kind::arm},
    {"try", Kind::try_},
    {"catch", Kind::catch_},
    {"guard", Kind::guard},
    {"guard_else", Kind::let_else},
    {"comprehension", Kind::comprehension},
    {"default_value", Kind::default_value},
    {"function", Kind::function},
    {"binary", Kind::binary},
    {"boolean", Kind::boolean},
    {"parenthesized", Kind::parenthesized},
    {"jump", Kind::jump},
    {"goto", Kind::goto_},
    {"header", Kind::header},
    {"list", Kind::list},
};

/// The role that captures give together; nothing where one of them is not known.
std::optional<std::uint8_t> role_of_captures(const std::vector<std::string_view>& captures) {
    auto kind = Kind::none;
    bool is_statement = false;
    for (const auto capture : captures) {
        const auto* const named = std::ranges::find(kind_names, capture, [](const auto& row) { return row.first; });
        if (capture == "statement")
            is_statement = true;
        else if (named != std::end(kind_names))
            kind = named->second;
        else
            return std::nullopt;
    }
    if (is_statement && kind == Kind::none) kind = Kind::statement;
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | (is_statement ? statement_bit : 0));
}

Grammar made_of_query(Language language) {
    auto table = read_metric_query(extract::grammar_of(language), extract::queries_of(language).metrics);
    if (!table)
        throw std::logic_error(fmt::format("{}: metrics.scm:{}: {}", extract::to_label(language), table.error().line,
                                           table.error().message));
    return *std::move(table);
}

}  // namespace

std::expected<Grammar, extract::QueryError> read_metric_query(const TSLanguage* parser, std::string_view text) {
    const auto query = extract::make_query(parser, text);
    if (!query) return std::unexpected(query.error());
    Grammar table;
    table.is_told_by_query = true;
    table.roles.resize(ts_language_symbol_count(parser));
    for (TSSymbol symbol = 0; symbol < table.roles.size(); ++symbol)
        if (ts_language_symbol_type(parser, symbol) == TSSymbolTypeAnonymous)
            table.roles[symbol] = role_of_token(ts_language_symbol_name(parser, symbol), {});
    for (std::uint32_t i = 0; i < ts_query_pattern_count(query->get()); ++i) {
        const auto start = ts_query_start_byte_for_pattern(query->get(), i);
        const auto pattern =
            extract::read_pattern(text.substr(start, ts_query_end_byte_for_pattern(query->get(), i) - start));
        const auto role = role_of_captures(pattern.captures);
        const auto fail = [&](std::string message) {
            return std::unexpected(extract::QueryError{extract::line_of(text, start), std::move(message)});
        };
        if (!pattern.is_plain) return fail("a pattern is one node or token, or several in brackets");
        if (!role) return fail(fmt::format("there is no capture among @{}", fmt::join(pattern.captures, " @")));
        for (const auto& root : pattern.roots)
            for (const auto symbol : extract::symbols_of(parser, root)) table.roles[symbol] = *role;
    }
    find_fields(parser, table);
    return table;
}

namespace {

Grammar make_grammar(Language language) {
    switch (language) {
        case Language::c:
        case Language::cpp:
            return make(language, c_family, c_tokens);
        case Language::go:
            return make(language, go, go_tokens);
        case Language::java:
            return make(language, java, java_tokens);
        case Language::javascript:
        case Language::tsx:
        case Language::typescript:
            return make(language, javascript, javascript_tokens);
        case Language::python:
            return make(language, python, python_tokens);
        case Language::rust:
            return make(language, rust, rust_tokens);
        default:
            return language > Language::java ? made_of_query(language) : Grammar{};
    }
}

}  // namespace

/// Made when a file of the language is met: compiling the queries of all languages takes longer than a small run.
const Grammar& grammar(Language language) {
    static std::array<std::once_flag, extract::grammar_table_size> are_made;
    static std::array<Grammar, extract::grammar_table_size> grammars;
    const auto number = static_cast<std::size_t>(language);
    std::call_once(are_made[number], [&] { grammars[number] = make_grammar(language); });
    return grammars[number];
}

}  // namespace gsdb::codebase::measure
