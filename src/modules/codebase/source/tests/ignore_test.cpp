#include "modules/codebase/source/ignore.hpp"

#include <gtest/gtest.h>

#include "modules/codebase/source/wildmatch.hpp"

namespace gsdb::codebase::source {
namespace {

TEST(Wildmatch, KnowsSlashes) {
    EXPECT_TRUE(wildmatch("*.c", "a.c"));
    EXPECT_FALSE(wildmatch("*.c", "d/a.c"));
    EXPECT_TRUE(wildmatch("*.c", "d/a.c", {.slashes_are_special = false}));
    EXPECT_TRUE(wildmatch("a/**/b", "a/b"));
    EXPECT_TRUE(wildmatch("a/**/b", "a/x/y/b"));
    EXPECT_FALSE(wildmatch("a/**b", "a/x/b")) << "two stars inside a part are one";
    EXPECT_TRUE(wildmatch("**/b", "b"));
    EXPECT_FALSE(wildmatch("a/**", "a"));
    EXPECT_TRUE(wildmatch("a/**", "a/b/c"));
    EXPECT_FALSE(wildmatch("a?b", "a/b"));
    EXPECT_FALSE(wildmatch("a[/]b", "a/b"));
}

TEST(Wildmatch, KnowsBrackets) {
    EXPECT_TRUE(wildmatch("[a-c]", "b"));
    EXPECT_FALSE(wildmatch("[!a-c]", "b"));
    EXPECT_TRUE(wildmatch("[^a-c]", "d"));
    EXPECT_TRUE(wildmatch("[]]", "]"));
    EXPECT_TRUE(wildmatch("[a-]", "-"));
    EXPECT_TRUE(wildmatch("[[:digit:]x]", "7"));
    EXPECT_FALSE(wildmatch("[[:nonsense:]]", "n"));
    EXPECT_FALSE(wildmatch("[abc", "a"));
    EXPECT_TRUE(wildmatch("\\*", "*"));
    EXPECT_FALSE(wildmatch("\\*", "a"));
    EXPECT_FALSE(wildmatch("a\\", "a\\"));
    EXPECT_TRUE(wildmatch("README*", "readme.md", {.ignore_case = true}));
}

TEST(Wildmatch, DoesNotExplode) {
    const std::string text(5'000, 'a');
    EXPECT_FALSE(wildmatch("*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(IgnoreFile, LastPatternDecides) {
    const auto file = IgnoreFile::parse("*.log\n!keep.log\n# comment\n\n/build/\ndocs/*.txt\r\n", "");
    EXPECT_EQ(file.match("a/x.log", false), true);
    EXPECT_EQ(file.match("a/keep.log", false), false);
    EXPECT_EQ(file.match("build", true), true);
    EXPECT_EQ(file.match("build", false), std::nullopt) << "a slash at the end means folders only";
    EXPECT_EQ(file.match("a/build", true), std::nullopt) << "a slash at the start ties it to the base";
    EXPECT_EQ(file.match("docs/a.txt", false), true);
    EXPECT_EQ(file.match("docs/b/a.txt", false), std::nullopt);
    EXPECT_EQ(file.match("# comment", false), std::nullopt);
}

TEST(IgnoreFile, HoldsBelowItsFolder) {
    const auto file = IgnoreFile::parse("/a\nb/c\n", "sub/");
    EXPECT_EQ(file.match("sub/a", false), true);
    EXPECT_EQ(file.match("sub/x/a", false), std::nullopt);
    EXPECT_EQ(file.match("sub/b/c", false), true);
}

TEST(IgnoreFile, QuotedSpacesAndMarks) {
    const auto file = IgnoreFile::parse("\xEF\xBB\xBFtrail   \nkept\\ \n\\#hash\n\\!bang\n", "");
    EXPECT_EQ(file.match("trail", false), true);
    EXPECT_EQ(file.match("kept ", false), true);
    EXPECT_EQ(file.match("#hash", false), true);
    EXPECT_EQ(file.match("!bang", false), true);
}

}  // namespace
}  // namespace gsdb::codebase::source
