// Files that no one would write: each must end quickly, say what it is, and stay within memory.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <simdjson.h>

#include <chrono>
#include <ctime>
#include <random>
#include <string>

#include "modules/codebase/extract/extractor.hpp"

namespace gsdb::codebase::extract {

void PrintTo(Status status, std::ostream* out) {
    *out << to_label(status);
}

namespace {

using testing::AnyOf;
using testing::Eq;
using testing::Lt;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr Language parsed[] = {Language::c,          Language::cpp,    Language::python, Language::javascript,
                               Language::typescript, Language::tsx,    Language::go,     Language::rust,
                               Language::java,       Language::csharp, Language::kotlin, Language::php,
                               Language::ruby,       Language::shell,  Language::swift};

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

/// What is outside of `<?php` is text.
std::string begun(std::string_view source, Language language) {
    return std::string(language == Language::php ? "<?php " : "").append(source);
}

/// All texts may be stored, all positions are in the file, parents come before children.
void expect_sound(const FileFacts& facts, std::string_view source) {
    const auto expect_storable = [](std::string_view text) {
        EXPECT_TRUE(simdjson::validate_utf8(text.data(), text.size()) && text.find('\0') == std::string_view::npos)
            << text;
    };
    for (std::size_t i = 0; i < facts.elements.size(); ++i) {
        const auto& element = facts.elements[i];
        for (const auto text : {element.name, element.qualified_name, element.signature, element.doc, element.owner})
            expect_storable(text);
        EXPECT_FALSE(element.name.empty());
        EXPECT_TRUE(element.parent == no_element || element.parent < i);
        EXPECT_LE(element.span.start.byte, element.span.end.byte);
        EXPECT_LE(element.span.end.byte, source.size());
    }
    for (const auto& import : facts.imports)
        for (const auto text : {import.module, import.name, import.alias}) expect_storable(text);
    for (const auto& reference : facts.references) {
        expect_storable(reference.name);
        expect_storable(reference.receiver);
        EXPECT_LE(reference.position.byte, source.size());
        EXPECT_TRUE(reference.element == no_element || reference.element < facts.elements.size());
    }
    const auto& lines = facts.lines;
    EXPECT_EQ(lines.total, lines.code + lines.comment + lines.blank);
}

FileFacts extract(std::string_view source, Language language, Limits limits = {}) {
    Extractor extractor(limits);
    auto facts = extractor.extract(source, language);
    expect_sound(facts, source);
    return facts;
}

class Hostile : public testing::TestWithParam<Language> {};
INSTANTIATE_TEST_SUITE_P(languages, Hostile, testing::ValuesIn(parsed),
                         [](const auto& instance) { return std::string(to_label(instance.param)); });

TEST_P(Hostile, empty_file) {
    const auto facts = extract("", GetParam());
    EXPECT_EQ(facts.status, Status::ok);
    EXPECT_EQ(facts.lines, LineCounts{});
}

TEST_P(Hostile, only_blank) {
    EXPECT_EQ(extract("\n\n \t\n", GetParam()).lines, (LineCounts{3, 0, 0, 3}));
}

TEST_P(Hostile, only_comments) {
    const bool is_hash =
        GetParam() == Language::python || GetParam() == Language::ruby || GetParam() == Language::shell;
    const auto facts = extract(begun(is_hash ? "# a\n# b\n" : "// a\n/* b */\n", GetParam()), GetParam());
    EXPECT_EQ(facts.lines, GetParam() == Language::php ? (LineCounts{2, 1, 1, 0}) : (LineCounts{2, 0, 2, 0}));
    EXPECT_EQ(facts.status, Status::ok);
}

TEST_P(Hostile, nul_bytes_and_invalid_utf8) {
    const auto bytes = "class A\xFF\xC0\x80\0\xED\xA0\x80 {}\n\"\xF5\0\" f\xE9(x);\n"sv;
    extract(bytes, GetParam());
    extract(std::string(1000, '\xFF'), GetParam());
}

TEST_P(Hostile, unterminated_strings_and_comments) {
    for (const std::string_view text :
         {"x = \"abc\nint f() {}\n", "'''abc\n", "`${a\n", "/* never\n", "r#\"abc\n", "R\"x(abc\n", "\"\\\n", "'"})
        extract(text, GetParam());
}

TEST_P(Hostile, random_bytes) {
    std::mt19937 random(4711);
    const std::string_view alphabet = "(){}[]<>;:,.#@!*&=+-/\\\"'`$ \n\tabcfundefclassimport0123\xC3\xA4\xFF";
    for (int round = 0; round < 30; ++round) {
        std::string text;
        for (int i = 0; i < 2000; ++i) text += alphabet[random() % alphabet.size()];
        extract(text, GetParam());
    }
}

TEST_P(Hostile, hundred_thousand_brackets) {
    for (const std::string_view open : {"(", "[", "{", "<", "f(", "a{b", "<a>"}) {
        const auto start = std::clock();
        const auto facts = extract(begun(repeated(open, 100'000), GetParam()), GetParam(), {.deadline = 200ms});
        EXPECT_THAT(std::clock() - start, Lt(8 * CLOCKS_PER_SEC)) << open;
        EXPECT_THAT(facts.status,
                    AnyOf(Eq(Status::ok), Eq(Status::has_errors), Eq(Status::timed_out), Eq(Status::too_deep)))
            << open;
    }
}

TEST_P(Hostile, balanced_brackets) {
    const auto source = "x = " + repeated("(", 50'000) + "1" + repeated(")", 50'000) + ";\n";
    extract(begun(source, GetParam()), GetParam());
}

TEST_P(Hostile, fifty_megabytes_in_one_line) {
    const auto facts = extract(std::string(50 << 20, 'a'), GetParam());
    EXPECT_EQ(facts.status, Status::too_large);
    EXPECT_EQ(facts.lines, (LineCounts{1, 1, 0, 0}));
}

TEST_P(Hostile, one_megabyte_in_one_line_is_parsed) {
    const auto facts = extract(begun(repeated("f(a.b, 1); ", 100'000), GetParam()), GetParam(), {.deadline = 60s});
    EXPECT_THAT(facts.status, AnyOf(Eq(Status::ok), Eq(Status::has_errors)));
}

TEST_P(Hostile, deadline_passes) {
    const auto facts =
        extract(begun(repeated("f(a, [1, {x}]);\n", 200'000), GetParam()), GetParam(), {.deadline = 1ms});
    EXPECT_EQ(facts.status, Status::timed_out);
    EXPECT_EQ(facts.lines.total, 200'000);
    EXPECT_TRUE(facts.elements.empty() && facts.references.empty());
}

TEST_P(Hostile, an_extractor_recovers_from_a_timeout) {
    Extractor extractor({.deadline = 1ms});
    const auto source = begun(repeated("f(a, [1, {x}]);\n", 200'000), GetParam());
    EXPECT_EQ(extractor.extract(source, GetParam()).status, Status::timed_out);
    EXPECT_EQ(extractor.extract("", GetParam()).status, Status::ok);
}

TEST_P(Hostile, byte_order_marks) {
    EXPECT_EQ(extract("\xEF\xBB\xBF\n", GetParam()).status, Status::ok);
    EXPECT_EQ(extract("\xFF\xFE" + std::string("a\0b\0", 4), GetParam()).status, Status::not_utf8);
    EXPECT_EQ(extract("\xFE\xFF" + std::string("\0a\0b", 4), GetParam()).status, Status::not_utf8);
    EXPECT_EQ(extract(std::string("i\0n\0t\0 \0a\0;\0\n\0", 14), GetParam()).status, Status::not_utf8)
        << "UTF-16 without a mark";
}

TEST(HostileC, elif_chain_that_parses_in_quadratic_time) {
    std::string source = "#if A0\nint a0;\n";
    for (int i = 1; i < 5000; ++i) source += fmt::format("#elif A{0}\nint a{0};\n", i);
    source += "#endif\nint after;\n";
    for (const auto language : {Language::c, Language::cpp}) {
        const auto start = std::clock();
        const auto facts = extract(source, language, {.deadline = 2s});
        EXPECT_THAT(std::clock() - start, Lt(10 * CLOCKS_PER_SEC));
        EXPECT_THAT(facts.status,
                    AnyOf(Eq(Status::ok), Eq(Status::has_errors), Eq(Status::timed_out), Eq(Status::too_deep)));
        EXPECT_EQ(facts.lines.total, 10'002);
    }
}

TEST(HostileNesting, names_do_not_grow_with_depth) {
    const auto source = repeated("function a_rather_long_name_for_a_function() {", 20'000) + repeated("}", 20'000);
    const auto facts = extract(source, Language::javascript);
    EXPECT_EQ(facts.status, Status::too_deep);
    EXPECT_EQ(facts.elements.size(), Limits{}.element_depth_max);
    EXPECT_THAT(facts.arena.reserved_bytes(), Lt(4U << 20U));
    for (const auto& element : facts.elements) EXPECT_THAT(element.qualified_name.size(), Lt(2001U));
}

TEST(HostileNames, are_cut) {
    const auto facts = extract("def " + std::string(100'000, 'x') + "(): pass\n" + std::string(90'000, 'y') + "." +
                                   std::string(90'000, 'z') + "()\n",
                               Language::python);
    ASSERT_EQ(facts.elements.size(), 1);
    EXPECT_EQ(facts.elements[0].name.size(), 500);
    EXPECT_EQ(facts.elements[0].signature.size(), Limits{}.signature_bytes_max);
    ASSERT_FALSE(facts.references.empty());
    EXPECT_EQ(facts.references[0].receiver.size(), Limits{}.receiver_bytes_max);
}

TEST(HostileNames, are_cut_between_characters) {
    const auto facts = extract("def " + repeated("\xC3\xA4", 400) + "x(): pass\n", Language::python);
    ASSERT_EQ(facts.elements.size(), 1);
    EXPECT_EQ(facts.elements[0].name.size(), 500);
    const auto odd = extract("def a" + repeated("\xC3\xA4", 400) + "(): pass\n", Language::python);
    EXPECT_EQ(odd.elements[0].name.size(), 499);
}

TEST(HostileNames, in_latin_1_are_repaired) {
    const auto facts = extract("/* caf\xE9 */\nint f(void) { /* \xE9 */ g(\"\xE9\"); }\n", Language::c);
    ASSERT_EQ(facts.elements.size(), 1);
    EXPECT_EQ(facts.elements[0].name, "f");
    EXPECT_EQ(facts.elements[0].doc, "caf\xEF\xBF\xBD");
}

TEST(Spans, count_bytes_from_one_with_crlf_and_a_mark) {
    const std::string source = "\xEF\xBB\xBFint a;\r\n  int \xC3\xA4 = 1, b;\r\n";
    const auto facts = extract(source, Language::c);
    ASSERT_EQ(facts.elements.size(), 3);
    EXPECT_EQ(facts.elements[0].name_span.start, (Position{7, 1, 8})) << "the mark counts three bytes";
    EXPECT_EQ(facts.elements[1].name_span, (Span{{17, 2, 7}, {19, 2, 9}}));
    EXPECT_EQ(facts.elements[2].name_span, (Span{{25, 2, 15}, {26, 2, 16}}));
    EXPECT_EQ(facts.elements[0].span.end, (Position{9, 1, 10}));
    EXPECT_EQ(facts.lines, (LineCounts{2, 2, 0, 0}));
}

TEST(Spans, of_errors_are_counted) {
    const auto facts =
        extract("int f(void) { return 1; }\n@@@ $$$\nint g(void) { return (2; }\nint h(void) {}\n", Language::c);
    EXPECT_EQ(facts.status, Status::has_errors);
    EXPECT_GE(facts.error_count, 2U);
    EXPECT_GE(facts.error_bytes, 6U);
    std::vector<std::string_view> names;
    for (const auto& element : facts.elements) names.push_back(element.name);
    EXPECT_THAT(names, testing::ElementsAre("f", "g", "h")) << "what still parses is there";
}

TEST(Unparsed, languages_get_their_lines) {
    const auto facts = extract("-- a\nprint()\n", Language::lua);
    EXPECT_EQ(facts.status, Status::unparsed);
    EXPECT_EQ(facts.lines, (LineCounts{2, 1, 1, 0}));
}

TEST(Determinism, equal_bytes_give_equal_facts_from_any_extractor) {
    const std::string source = "import os\nclass A(B):\n  def f(self): return self.g(os.x)\n";
    Extractor used;
    used.extract("int main() {}", Language::c);
    const auto a = used.extract(source, Language::python);
    const auto b = extract(source, Language::python);
    ASSERT_EQ(a.elements.size(), b.elements.size());
    for (std::size_t i = 0; i < a.elements.size(); ++i) EXPECT_EQ(a.elements[i].signature, b.elements[i].signature);
    EXPECT_EQ(a.references.size(), b.references.size());
}

}  // namespace
}  // namespace gsdb::codebase::extract
