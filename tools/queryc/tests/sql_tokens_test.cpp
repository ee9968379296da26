#include "queryc/sql_tokens.hpp"

#include <gmock/gmock.h>

#include <string>

#include "base/error.hpp"

namespace gsdb::queryc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> parameters(std::string_view sql) {
    std::vector<std::string> names;
    std::string whole;
    for (const auto& token : tokenize(sql)) {
        if (token.kind == Token::parameter) names.emplace_back(token.text);
        whole += token.text;
    }
    EXPECT_EQ(whole, sql) << "every byte belongs to one token";
    return names;
}

TEST(SqlTokens, ColonBeforeANameIsAParameter) {
    EXPECT_THAT(parameters("select :a, (:b_2) where x=:c"), ElementsAre(":a", ":b_2", ":c"));
    EXPECT_THAT(parameters("array[:first, :second]"), ElementsAre(":first", ":second"));
    EXPECT_THAT(parameters("a[:index]"), ElementsAre(":index"));
    EXPECT_THAT(parameters("a[:from : :to]"), ElementsAre(":from", ":to"));
}

TEST(SqlTokens, CastsSlicesAndAssignmentsAreNoParameters) {
    EXPECT_THAT(parameters("select :a::text, x::int[]"), ElementsAre(":a"));
    EXPECT_THAT(parameters("select a[1:n], b[m:n], c[f(x):n], d[e[1]:n]"), IsEmpty());
    EXPECT_THAT(parameters("f(name := 1)"), IsEmpty());
}

TEST(SqlTokens, QuotesAndCommentsHideParameters) {
    EXPECT_THAT(parameters("select ':a', 'it''s :b', \":c\", \"d\"\":e\""), IsEmpty());
    EXPECT_THAT(parameters("select e'\\':a', E'\\\\', :b"), ElementsAre(":b"));
    EXPECT_THAT(parameters("select 'back\\', :b"), ElementsAre(":b"));
    EXPECT_THAT(parameters("select $$ :a $$, $tag$ :b $$ :c $tag$, :d"), ElementsAre(":d"));
    EXPECT_THAT(parameters("-- :a\nselect :b /* :c /* :d */ :e */"), ElementsAre(":b"));
}

TEST(SqlTokens, DollarsInNamesAreNoQuotes) {
    EXPECT_THAT(parameters("select a$b$c, :d, x$$"), ElementsAre(":d"));
}

TEST(SqlTokens, WhatNeverEndsNamesItsLine) {
    for (std::string_view sql : {"select\n'a", "select\n\"a", "select\n$$a", "select\n/* a", "select\n/* /* */"}) {
        try {
            tokenize(sql);
            ADD_FAILURE() << sql;
        } catch (const Failure& failure) {
            EXPECT_THAT(failure.what(), testing::HasSubstr("2: this")) << sql;
            EXPECT_THAT(failure.what(), testing::HasSubstr("never ends")) << sql;
        }
    }
}

}  // namespace
}  // namespace gsdb::queryc
