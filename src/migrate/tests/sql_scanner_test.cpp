#include "migrate/sql_scanner.hpp"

#include <gmock/gmock.h>

namespace gsdb::migrate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> statements_of(std::string_view text) {
    std::vector<std::string> texts;
    for (const auto& statement : split_statements(text)) texts.emplace_back(statement.text);
    return texts;
}

TEST(SplitStatements, ends_at_semicolons_and_drops_comments_between) {
    EXPECT_THAT(statements_of("select 1; -- a; b\n/* c; /* nested; */ d */ select 2\n;;\n"),
                ElementsAre("select 1", "select 2"));
    EXPECT_THAT(statements_of("-- only a comment\n/* and another */"), IsEmpty());
    EXPECT_THAT(statements_of(""), IsEmpty());
}

TEST(SplitStatements, is_not_fooled_by_quotes) {
    EXPECT_THAT(statements_of("select 'a;''b;', \"c;\"\"d\"; select 2"),
                ElementsAre("select 'a;''b;', \"c;\"\"d\"", "select 2"));
    EXPECT_THAT(statements_of("select e'\\';', E'\\\\'; select 2"), ElementsAre("select e'\\';', E'\\\\'", "select 2"));
    EXPECT_THAT(statements_of("select 'back\\'; select 2"), ElementsAre("select 'back\\'", "select 2"));
    EXPECT_THAT(statements_of("do $$ begin; end $$; do $f$ a; $$ b; $f$"),
                ElementsAre("do $$ begin; end $$", "do $f$ a; $$ b; $f$"));
    EXPECT_THAT(statements_of("select a$b$; select $1; select 3"), ElementsAre("select a$b$", "select $1", "select 3"));
}

TEST(SplitStatements, keeps_sql_standard_bodies_whole) {
    EXPECT_THAT(
        statements_of(
            "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3"),
        ElementsAre("create function f() returns int begin atomic select case when true then 1 end; select 2; end",
                    "select 3"));
    EXPECT_THAT(statements_of("begin; select 1; end"), ElementsAre("begin", "select 1", "end"));
}

TEST(SplitStatements, survives_text_that_never_ends) {
    EXPECT_THAT(statements_of("select 'open"), ElementsAre("select 'open"));
    EXPECT_THAT(statements_of("select $a$open"), ElementsAre("select $a$open"));
    EXPECT_THAT(statements_of("select e'\\"), ElementsAre("select e'\\"));
    EXPECT_THAT(statements_of("select 1 /* open"), ElementsAre("select 1"));
    EXPECT_THAT(statements_of("select \"open"), ElementsAre("select \"open"));
    EXPECT_THAT(statements_of("/*"), IsEmpty());
}

TEST(SplitStatements, gives_the_first_words_and_the_place) {
    const std::string_view text = "\n\nCREATE unique INDEX Concurrently a on b (c)";
    const auto statement = split_statements(text).front();
    EXPECT_THAT(statement.words, ElementsAre("create", "unique", "index", "concurrently", "a", "on"));
    EXPECT_EQ(line_of(text, statement.offset), 3);
}

TEST(ReplaceParameters, leaves_casts_quotes_comments_and_unknown_names) {
    EXPECT_EQ(replace_parameters("select :a, :a::text, ':a', :ab, x[1:2] -- :a\n", {{"a", "$1"}}),
              "select $1, $1::text, ':a', :ab, x[1:2] -- :a\n");
}

TEST(Quote, doubles_the_quotes) {
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace gsdb::migrate
