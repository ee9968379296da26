// What a query file may say, and what is told to its author when it says something else.

#include "modules/codebase/extract/symbol_query.hpp"

#include <gmock/gmock.h>

#include <string>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/language_queries.hpp"
#include "modules/codebase/extract/query_rules.hpp"
#include "modules/codebase/extract/tests/facts_text.hpp"

extern "C" {
[[gnu::weak]] void __lsan_disable();
[[gnu::weak]] void __lsan_enable();
}

namespace gsdb::codebase::extract {
namespace {

using testing::HasSubstr;

SymbolQuery compiled(std::string_view text, Language language = Language::python) {
    auto query = SymbolQuery::compile(grammar_of(language), text);
    if (!query) throw std::runtime_error(query.error().message);
    return *std::move(query);
}

/// The facts of a Python source as a query tells them, without the line of the status.
std::string told(std::string_view query, std::string_view source) {
    const auto symbols = compiled(query);
    std::string text;
    Extractor extractor;
    extractor.extract(source, Language::python, [&](TSNode root, std::string_view parsed) {
        const auto fields = resolve_fields(grammar_of(Language::python));
        FileFacts facts;
        const Limits limits;
        Builder builder(facts, parsed, fields, limits, true);
        extract_by_query(builder, root, symbols);
        builder.finish();
        text = to_text(facts);
    });
    return text.substr(text.find('\n') + 1);
}

QueryError refused(std::string_view text) {
    const auto query = SymbolQuery::compile(grammar_of(Language::python), text);
    return query ? QueryError{0, "it was taken"} : query.error();
}

TEST(QueriesOfTheProgram, are_understood_by_their_grammars) {
    for (const auto& row : all_languages())
        if (is_told_by_queries(row.language)) {
            const auto query = SymbolQuery::compile(grammar_of(row.language), queries_of(row.language).symbols);
            EXPECT_TRUE(query) << row.label << ":" << query.error().line << ": " << query.error().message;
        }
}

TEST(SymbolQuery, the_first_pattern_that_holds_defines) {
    constexpr std::string_view query = R"(
        ((function_definition name: (identifier) @name) @definition.constructor (#eq? @name "__init__"))
        (class_definition name: (identifier) @name body: (_) @body) @definition.class
        (function_definition name: (identifier) @name) @definition.function)";
    EXPECT_EQ(told(query, "class A:\n  def __init__(self): pass\n  def f(self): pass\ndef g(): pass\n"),
              "class A 1-3 +exported : class A\n"
              "  constructor A.__init__ 2-2 (0) +exported : def __init__(self)\n"
              "  method A.f 3-3 (0) +exported : def f(self)\n"
              "function g 4-4 (0) +exported : def g()\n");
}

TEST(SymbolQuery, variables_in_functions_are_local_and_names_are_defined_once) {
    constexpr std::string_view query = R"(
        (function_definition name: (identifier) @name) @definition.function
        (assignment left: (identifier) @name) @definition.variable)";
    EXPECT_EQ(told(query, "a = 1\na = 2\ndef f():\n  b = 1\n"),
              "variable a 1-1 +exported : a = 1\nfunction f 3-4 (0) +exported : def f()\n");
}

TEST(SymbolQuery, a_name_is_reported_by_the_outermost_pattern) {
    constexpr std::string_view query = R"(
        (class_definition name: (identifier) @name superclasses: (argument_list (identifier) @reference.inherit)) @definition.class
        (class_definition superclasses: (argument_list (identifier) @reference.inherit))
        (call function: (identifier) @name arguments: (_) @arguments) @reference.call
        (identifier) @reference.read)";
    EXPECT_THAT(refused(query).message, HasSubstr("about one thing"));
    EXPECT_EQ(
        told(std::string_view(query).substr(query.find("(class_definition superclasses")), "class A(B):\n  f(x, B)\n"),
        "inherit B @1\nread A @1\ncall f (2) @2\nread x @2\nread B @2\n");
}

TEST(SymbolQuery, predicates_and_settings) {
    constexpr std::string_view query = R"(
        ((call function: (identifier) @_f arguments: (argument_list . (string) @module)) @import.require
          (#any-of? @_f "load" "need") (#set! relative))
        ((call function: (identifier) @name) @reference.call (#not-starts-with? @name "_"))
        ((decorated_definition definition: (function_definition name: (identifier) @name)) @definition.function
          (#set! flag test) (#set! visibility private)))";
    EXPECT_EQ(
        told(query, "need('a/b')\n_f()\ng()\n@d\ndef h(): pass\n"),
        "function h 4-5 (0) +private +declaration +test : @d def h(): pass\nrequire a/b +relative @1\ncall g (0) @3\n");
}

TEST(SymbolQuery, words_before_and_quotes_around_a_name) {
    constexpr std::string_view query = R"(
        ((assignment left: (identifier) @modifiers right: (string) @name) @definition.constant (#set! trim "-"))
        ((expression_statement (identifier) @name) @definition.namespace (#set! scope file)))";
    EXPECT_EQ(told(query, "first\nprivate = '-a-'\nsecond\nstatic = 'b'\n"),
              "namespace first 1-1 +exported : first\n"
              "  constant first.a 2-2 +private : private = '-a-'\n"
              "namespace second 3-3 +exported : second\n"
              "  constant second.b 4-4 +exported +static : static = 'b'\n");
}

TEST(SymbolQuery, work_is_linear_where_nodes_nest) {
    // Each call of the chain is asked once, however many stand around it.
    constexpr std::string_view query = "(call function: (_) @name) @reference.call";
    std::string source = "f";
    for (int i = 0; i < 20'000; ++i) source += "()";
    EXPECT_EQ(std::ranges::count(told(query, source), '\n'), 20'000);
}

struct Refusal {
    std::string_view query;
    std::uint32_t line;
    std::string_view message;
};
class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, says_where_and_why) {
    const auto error = refused(GetParam().query);
    EXPECT_EQ(error.line, GetParam().line);
    EXPECT_THAT(error.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    faults, Refused,
    testing::Values(Refusal{"(comment) @comment\n(no_such_node) @definition.class", 2, "no such node: no_such_node"},
                    Refusal{"(call (#eq? @x \"a\")) @reference.call", 1, "no such capture"},
                    Refusal{"(call", 1, "not a query"},
                    Refusal{"(call) @reference.calls", 1, "there is no capture @reference.calls"},
                    Refusal{"(call) @definition.thing", 1, "there is no capture @definition.thing"},
                    Refusal{"\n\n(call function: (_) @name)", 3, "a pattern is about a @definition.KIND"},
                    Refusal{"(_) @reference.call", 1, "a name of its own"},
                    Refusal{"((comment) @comment (#eq? @comment \"\"))", 1, "without conditions"},
                    Refusal{"((call) @reference.call (#match? @reference.call \"x\"))", 1,
                            "there is no predicate #match?"},
                    Refusal{"((call) @reference.call (#set! colour \"red\"))", 1, "there is no setting colour red"},
                    Refusal{"((call) @reference.call (#set! flag \"red\"))", 1, "there is no flag red"},
                    Refusal{"((comment) . (call) @reference.call)", 1, "begins with one node"}));

TEST(SymbolQuery, says_which_field_is_missing) {
    // tree-sitter 0.25.1 leaks eight bytes there.
    if (__lsan_disable != nullptr) __lsan_disable();
    EXPECT_THAT(refused("(call no_field: (_) @name) @reference.call").message, HasSubstr("no such field: no_field"));
    if (__lsan_enable != nullptr) __lsan_enable();
}

}  // namespace
}  // namespace gsdb::codebase::extract
