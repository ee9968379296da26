#include "migrate/line_diff.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

namespace gsdb::migrate {
namespace {

TEST(UnifiedDiff, is_empty_for_equal_texts) {
    EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n", "x", "y"), "");
    EXPECT_EQ(unified_diff("", "", "x", "y"), "");
}

TEST(UnifiedDiff, shows_a_change_with_three_lines_of_context) {
    EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "old", "new"),
              "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, splits_distant_changes_into_hunks_and_joins_near_ones) {
    EXPECT_EQ(unified_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "o", "n"),
              "--- o\n+++ n\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
    EXPECT_EQ(unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "o", "n"),
              "--- o\n+++ n\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

TEST(UnifiedDiff, handles_an_empty_side) {
    EXPECT_EQ(unified_diff("", "a\nb\n", "o", "n"), "--- o\n+++ n\n@@ -0,0 +1,2 @@\n+a\n+b\n");
    EXPECT_EQ(unified_diff("a\n", "", "o", "n"), "--- o\n+++ n\n@@ -1,1 +0,0 @@\n-a\n");
}

/// Applies the diff to `before`, line by line, checking that its context and removals are really there.
std::string patched(const std::string& before, const std::string& diff) {
    std::istringstream old(before), changes(diff);
    std::string line, result, old_line;
    int at = 0;
    while (std::getline(changes, line)) {
        if (line.starts_with("---") || line.starts_with("+++")) continue;
        if (line.starts_with("@@")) {
            int begin = 0, count = 0;
            EXPECT_EQ(std::sscanf(line.c_str(), "@@ -%d,%d", &begin, &count), 2);
            for (const int until = begin - (count > 0); at < until && std::getline(old, old_line); ++at)
                result += old_line + "\n";
            continue;
        }
        if (line[0] == '+') {
            result += line.substr(1) + "\n";
            continue;
        }
        EXPECT_TRUE(std::getline(old, old_line));
        EXPECT_EQ(old_line, line.substr(1));
        ++at;
        if (line[0] == ' ') result += old_line + "\n";
    }
    while (std::getline(old, old_line)) result += old_line + "\n";
    return result;
}

TEST(UnifiedDiff, turns_the_one_text_into_the_other_whatever_they_are) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const auto text = [&] {
        std::string lines;
        for (auto count = random() % 30; count > 0; --count)
            lines += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
        return lines;
    };
    for (int round = 0; round < 500; ++round) {
        const auto before = text(), after = text();
        ASSERT_EQ(patched(before, unified_diff(before, after, "o", "n")), after) << "before:\n" << before;
    }
}

}  // namespace
}  // namespace gsdb::migrate
