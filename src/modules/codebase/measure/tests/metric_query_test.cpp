// What a metrics.scm may say, and what is told to its author when it says something else.

#include <gmock/gmock.h>

#include <string>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/language_queries.hpp"
#include "modules/codebase/measure/node_kinds.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Language;
using testing::HasSubstr;

std::expected<Grammar, extract::QueryError> read(std::string_view text) {
    return read_metric_query(extract::grammar_of(Language::python), text);
}

std::uint8_t role(const Grammar& grammar, std::string_view name, bool is_named) {
    return grammar.roles[ts_language_symbol_for_name(extract::grammar_of(Language::python), name.data(),
                                                     static_cast<std::uint32_t>(name.size()), is_named)];
}

TEST(MetricsOfTheProgram, are_understood_by_their_grammars) {
    for (const auto& row : extract::all_languages())
        if (extract::is_told_by_queries(row.language)) {
            const auto table =
                read_metric_query(extract::grammar_of(row.language), extract::queries_of(row.language).metrics);
            EXPECT_TRUE(table) << row.label << ":" << table.error().line << ": " << table.error().message;
        }
}

TEST(MetricQuery, gives_nodes_and_tokens_their_kinds) {
    const auto table = read("(if_statement) @if @statement\n[(identifier) (integer)] @operand\n\"pass\" @silent\n");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(kind_of(role(*table, "if_statement", true)), Kind::if_);
    EXPECT_NE(role(*table, "if_statement", true) & statement_bit, 0);
    EXPECT_EQ(kind_of(role(*table, "integer", true)), Kind::operand);
    EXPECT_EQ(kind_of(role(*table, "pass", false)), Kind::none);
    EXPECT_EQ(kind_of(role(*table, "while", false)), Kind::operator_) << "what is not named is an operator";
    EXPECT_EQ(kind_of(role(*table, "and", false)), Kind::and_);
    EXPECT_EQ(kind_of(role(*table, "else", false)), Kind::else_);
}

TEST(MetricQuery, refuses_what_is_more_than_a_table) {
    EXPECT_THAT(read("\n(if_statement (block)) @if").error().message, HasSubstr("one node or token"));
    EXPECT_EQ(read("\n(if_statement (block)) @if").error().line, 2);
    EXPECT_THAT(read("(if_statement) @when").error().message, HasSubstr("@when"));
    EXPECT_THAT(read("(nothing) @if").error().message, HasSubstr("no such node: nothing"));
}

}  // namespace
}  // namespace gsdb::codebase::measure
