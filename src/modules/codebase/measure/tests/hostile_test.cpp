// Files that no one would write: each must be measured quickly, within memory, with figures that the database takes.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <ctime>
#include <random>
#include <string>

#include "modules/codebase/measure/tests/measured.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Language;
using namespace std::chrono_literals;

constexpr Language parsed[] = {Language::c,          Language::cpp,        Language::python,
                               Language::javascript, Language::typescript, Language::tsx,
                               Language::go,         Language::rust,       Language::java,
                               Language::csharp,     Language::kotlin,     Language::php,
                               Language::ruby,       Language::shell,      Language::swift};

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

/// As the constraints of codebase.blob_metrics say.
void expect_sound(const Metrics& m) {
    for (const auto figure :
         {m.lines, m.code_lines, m.logical_lines, m.comment_lines, m.cyclomatic_complexity, m.cognitive_complexity,
          m.nesting_max, m.parameters, m.operators_total, m.operands_total, m.documentable, m.annotatable})
        EXPECT_LE(figure, 0x7FFFFFFFU);
    EXPECT_LE(std::max(m.code_lines, m.comment_lines), m.lines);
    EXPECT_LE(m.operators_distinct, m.operators_total);
    EXPECT_LE(m.operands_distinct, m.operands_total);
    EXPECT_LE(m.documented, m.documentable);
    EXPECT_LE(m.annotated, m.annotatable);
}

Measured measure_soundly(std::string_view source, Language language, extract::Limits limits = {.deadline = 60s}) {
    auto result = measured(source, language, limits);
    expect_sound(result.metrics.whole);
    for (const auto& element : result.metrics.elements) expect_sound(element.metrics);
    return result;
}

class Hostile : public testing::TestWithParam<Language> {};
INSTANTIATE_TEST_SUITE_P(languages, Hostile, testing::ValuesIn(parsed),
                         [](const auto& instance) { return std::string(to_label(instance.param)); });

TEST_P(Hostile, nothing_in_it) {
    const auto empty = measure_soundly("", GetParam()).metrics;
    EXPECT_TRUE(empty.is_measured);
    EXPECT_EQ(empty.whole.lines + empty.whole.operators_total + empty.whole.cyclomatic_complexity, 0U);
    measure_soundly("\n\n \t\n", GetParam());
}

TEST_P(Hostile, random_bytes) {
    std::mt19937 random(4711);
    const std::string_view words[] = {
        "if", "else", "for",  "while ", "class A", "def f(", "fn f(",    "function g(", "(",    ")",   "{", "}",
        "[",  "]",    "<",    ">",      "=>",      "->",     "&&",       "||",          " and", " or", "?", ":",
        ";",  "\n",   "    ", "case ",  "try",     "catch",  "'",        "\"",          "`",    "${",  ".", "a",
        "1",  "/*",   "*/",   "//",     "#",       "@",      "\xC3\xA4", "\xFF",        "self"};
    for (int round = 0; round < 60; ++round) {
        std::string text;
        for (int i = 0; i < 500; ++i) text += words[random() % std::size(words)];
        measure_soundly(text, GetParam(), {.deadline = 500ms});
    }
}

TEST_P(Hostile, hundred_thousand_brackets) {
    for (const std::string_view open : {"(", "[", "{", "f(", "a && (", "x => (", "`${", "if (a) {"}) {
        const auto start = std::clock();
        measure_soundly(repeated(open, 100'000), GetParam(), {.deadline = 200ms});
        EXPECT_LT(std::clock() - start, 8 * CLOCKS_PER_SEC) << open;
    }
}

TEST(HostileNesting, ifs_in_ifs) {
    constexpr std::size_t depth = 20'000;
    const auto found =
        measure_soundly("void f(int a) {" + repeated("if (a) {", depth) + repeated("}", depth) + "}\n", Language::c);
    const auto& f = found.of("f").metrics;
    EXPECT_EQ(f.cyclomatic_complexity, depth + 1);
    EXPECT_EQ(f.nesting_max, depth);
    EXPECT_EQ(f.cognitive_complexity, depth * (depth + 1) / 2);
}

TEST(HostileNesting, functions_in_functions) {
    constexpr std::size_t depth = 20'000;
    const auto found =
        measure_soundly(repeated("function f() { if (a) b();", depth) + repeated("}", depth), Language::javascript);
    EXPECT_EQ(found.metrics.whole.cyclomatic_complexity, 2 * depth);
    EXPECT_EQ(found.metrics.whole.cognitive_complexity, depth * (depth + 1) / 2);
    EXPECT_EQ(found.of("f").metrics.cyclomatic_complexity, 2U) << "a function is a graph of its own";
}

TEST(HostileNesting, complexity_that_fits_no_column) {
    constexpr std::size_t depth = 100'000;
    const auto found =
        measure_soundly("void f(int a) {" + repeated("if (a) {", depth) + repeated("}", depth) + "}\n", Language::c);
    EXPECT_EQ(found.of("f").metrics.cognitive_complexity, 0x7FFFFFFFU);
}

TEST(HostileNesting, one_sequence_of_operators) {
    const auto found = measure_soundly("int f(int a) { return a" + repeated(" && a", 50'000) + "; }\n", Language::c);
    EXPECT_EQ(found.of("f").metrics.cognitive_complexity, 1U);
    EXPECT_EQ(found.of("f").metrics.cyclomatic_complexity, 50'001U);
}

TEST(HostileNesting, else_ifs) {
    const auto found = measure_soundly(
        "void f(int a) { if (a) {}" + repeated(" else if (a) {}", 20'000) + " else {} }\n", Language::c);
    EXPECT_EQ(found.of("f").metrics.cognitive_complexity, 20'002U);
    EXPECT_EQ(found.of("f").metrics.nesting_max, 1U);
}

TEST(HostileNesting, strings_in_strings) {
    constexpr std::size_t depth = 5'000;
    const auto start = std::clock();
    measure_soundly(repeated("`${", depth) + "1" + repeated("}`", depth), Language::javascript);
    EXPECT_LT(std::clock() - start, 8 * CLOCKS_PER_SEC);
}

TEST(HostileSize, five_thousand_functions) {
    std::string source;
    for (int i = 0; i < 5000; ++i) source += fmt::format("def f{0}(a, b):\n    return a if b else f{0}(b, a)\n", i);
    const auto found = measure_soundly(source, Language::python);
    EXPECT_EQ(found.metrics.whole.cyclomatic_complexity, 10'000U);
    EXPECT_EQ(found.of("f4999").metrics.cognitive_complexity, 2U);
    EXPECT_EQ(found.metrics.whole.operands_distinct, 5002U);
}

TEST(HostileSize, two_megabytes) {
    const auto line = "int f(int a) { return a ? 1 : 2; }\n";
    const auto found = measure_soundly(repeated(line, (2U << 20U) / 36), Language::c);
    EXPECT_EQ(found.metrics.whole.cyclomatic_complexity, 2 * found.facts.elements.size());
}

TEST(HostileCode, broken_functions_keep_their_figures) {
    const auto found =
        measure_soundly("int f(int a) { if (a) return 1; }\n@@@ $$$\nint g(int a) { while (a) (2; }\n", Language::c);
    EXPECT_EQ(found.of("f").metrics.cyclomatic_complexity, 2U);
    EXPECT_EQ(found.of("g").metrics.cyclomatic_complexity, 2U);
}

TEST(HostileCode, a_measurer_forgets_the_file_before) {
    extract::Extractor extractor;
    Measurer measurer;
    const auto whole = [&](std::string_view source, Language language) {
        Metrics result;
        extractor.extract(source, language, [&](TSNode root, std::string_view text, const extract::FileFacts& facts) {
            result = measurer.measure(root, text, source, facts).whole;
        });
        return result;
    };
    const std::string_view python = "def f(a):\n    '''doc'''\n    return a.b if a else f(a)\n";
    const auto first = whole(python, Language::python);
    whole("int f(int a) { return f(a) ", Language::c);
    EXPECT_EQ(whole(python, Language::python), first);
}

TEST(Unmeasured, without_a_tree) {
    EXPECT_FALSE(measured("-- a\nprint()\n", Language::lua).metrics.is_measured);
    EXPECT_FALSE(
        measured(repeated("f(a, [1, {x}]);\n", 200'000), Language::javascript, {.deadline = 1ms}).metrics.is_measured);
}

}  // namespace
}  // namespace gsdb::codebase::measure
