#include "modules/codebase/extract/line_counts.hpp"

#include <gmock/gmock.h>

#include <string>

namespace gsdb::codebase::extract {

void PrintTo(const LineCounts& c, std::ostream* out) {
    *out << c.total << " = " << c.code << " code + " << c.comment << " comment + " << c.blank << " blank";
}

namespace {

LineCounts of(Language language, std::string_view source) {
    return count_lines(source, info(language).comments);
}

TEST(LineCounts, add_up) {
    EXPECT_EQ(of(Language::shell, "# a\n\necho b # c\n"), (LineCounts{3, 1, 1, 1}));
    EXPECT_EQ(of(Language::shell, ""), (LineCounts{}));
    EXPECT_EQ(of(Language::shell, "\n"), (LineCounts{1, 0, 0, 1}));
    EXPECT_EQ(of(Language::shell, "echo"), (LineCounts{1, 1, 0, 0})) << "a last line without an end";
    EXPECT_EQ(of(Language::shell, " \t\r\n# x\r\n"), (LineCounts{2, 0, 1, 1})) << "CRLF";
}

TEST(LineCounts, know_block_comments) {
    EXPECT_EQ(of(Language::css, "/* a\n\n b */\na {} /* c */\n/* d */ b {}\n/* e */ /* f */\n"),
              (LineCounts{6, 2, 3, 1}));
    EXPECT_EQ(of(Language::css, "/* never closed\na {}\n"), (LineCounts{2, 0, 2, 0}));
    EXPECT_EQ(of(Language::haskell, "{- a\nb -}\nf = 1 -- c\n-- d\n"), (LineCounts{4, 1, 3, 0}));
    EXPECT_EQ(of(Language::html, "<!-- a\nb -->\n<p>\n"), (LineCounts{3, 1, 2, 0}));
    EXPECT_EQ(of(Language::lua, "--[[ a\nb ]]\nx = 1\n-- c\n"), (LineCounts{4, 1, 3, 0}));
}

TEST(LineCounts, know_comments_that_start_a_line) {
    EXPECT_EQ(of(Language::ruby, "=begin\na\n=end\nb = 1\nc =begin\n"), (LineCounts{5, 2, 3, 0}));
    EXPECT_EQ(of(Language::ruby, "a\n=begin\nb\n=end\n"), (LineCounts{4, 1, 3, 0}));
}

TEST(LineCounts, ignore_markers_in_strings) {
    EXPECT_EQ(of(Language::kotlin, "val a = \"/*\"\nval b = '\"' // \"\nval c = \"\\\"//\"\n"),
              (LineCounts{3, 3, 0, 0}));
    EXPECT_EQ(of(Language::kotlin, "val a = \"open\n// b\n"), (LineCounts{2, 1, 1, 0}))
        << "a string ends with its line";
}

TEST(LineCounts, take_all_lines_of_prose_as_code) {
    EXPECT_EQ(of(Language::json, "{\n}\n"), (LineCounts{2, 2, 0, 0}));
    EXPECT_EQ(of(Language::plain_text, "a # b\n\n"), (LineCounts{2, 1, 0, 1}));
}

TEST(LineCounts, go_by_known_comments) {
    const std::string source = "a /* x\ny */ b\n  /*z*/ \n";
    ASSERT_EQ(source.substr(2, 9), "/* x\ny */");
    ASSERT_EQ(source.substr(16, 5), "/*z*/");
    const CommentSpan comments[] = {{2, 11}, {16, 21}};
    EXPECT_EQ(count_lines(source, comments), (LineCounts{3, 2, 1, 0}));
    EXPECT_EQ(count_lines(source, std::span<const CommentSpan>{}), (LineCounts{3, 3, 0, 0}));
}

}  // namespace
}  // namespace gsdb::codebase::extract
