// Files that no one would write: each must be checked quickly, with findings that the database takes.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <ctime>
#include <random>
#include <string>

#include "modules/codebase/checks/tests/checked.hpp"

namespace gsdb::codebase::checks {
namespace {

using extract::Language;

constexpr Language parsed[] = {Language::c,          Language::cpp,        Language::python,
                               Language::javascript, Language::typescript, Language::tsx,
                               Language::go,         Language::rust,       Language::java};

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

/// As the constraints of codebase.blob_findings and blob_directives say.
void check_soundly(std::string_view source, Language language) {
    const auto result = checked(source, language);
    for (const auto& f : result.found.findings) {
        EXPECT_GE(f.span.start.line, 1U);
        EXPECT_TRUE(f.span.start.line < f.span.end.line ||
                    (f.span.start.line == f.span.end.line && f.span.start.column <= f.span.end.column));
        EXPECT_LE(f.start_character, f.span.start.column);
        EXPECT_FALSE(f.message.empty());
        EXPECT_LE(f.text.size(), 200U);
        EXPECT_EQ(f.text.find('\0'), std::string::npos);
    }
    for (const auto& d : result.found.directives) {
        EXPECT_GE(d.first_line, 1U);
        EXPECT_LE(d.first_line, d.last_line);
        EXPECT_FALSE(d.rules.empty());
    }
}

class Hostile : public testing::TestWithParam<Language> {};
INSTANTIATE_TEST_SUITE_P(languages, Hostile, testing::ValuesIn(parsed),
                         [](const auto& instance) { return std::string(to_label(instance.param)); });

TEST_P(Hostile, RandomWords) {
    std::mt19937 random(4711);
    const std::string_view words[] = {"if",
                                      "else",
                                      "for",
                                      "while ",
                                      "class A",
                                      "def f(",
                                      "fn f(",
                                      "function g(",
                                      "(",
                                      ")",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "=",
                                      "==",
                                      "=>",
                                      "->",
                                      "return",
                                      "break",
                                      "switch (a)",
                                      "case 1:",
                                      "default:",
                                      "try",
                                      "catch",
                                      "except:",
                                      "pass",
                                      "import a",
                                      "from a import b",
                                      "'",
                                      "\"",
                                      "`",
                                      "${",
                                      ".",
                                      "a",
                                      "1",
                                      "/*",
                                      "*/",
                                      "// gsdb: ignore[*]",
                                      "# noqa",
                                      "NOLINT(",
                                      "eslint-disable",
                                      "\n",
                                      "    ",
                                      "\xC3\xA4",
                                      "\xFF",
                                      ";"};
    for (int round = 0; round < 200; ++round) {
        std::string text;
        for (int i = 0; i < 300; ++i) text += std::string(words[random() % std::size(words)]) + " ";
        check_soundly(text, GetParam());
    }
}

TEST_P(Hostile, ManyOfOneThing) {
    for (const std::string_view part :
         {"(", "{", "f(", "if (a) {", "if a:\n", "switch (a) { case 1: f(); ", "case 1: f();\n", "return 1;\n",
          "def f(a):\n x = 1\n", "function f(a, b) { const c = 1; }\n", "import a\n", "import {a, b} from 'm';\n",
          "{'a': 1, ", "x = x;\n", "// gsdb: ignore[*] why\n", "try { f(); } catch (e) {}\n", "() => { let a = 1; ",
          "a, ", "/* eslint-disable no-eval */ eval(a); /* eslint-enable no-eval */\n"}) {
        const auto start = std::clock();
        check_soundly(repeated(part, 1'500), GetParam());
        EXPECT_LT(std::clock() - start, 3 * CLOCKS_PER_SEC) << part;
    }
}

}  // namespace
}  // namespace gsdb::codebase::checks
