// What of a text is a token, on which line, and that it comes back from the database as it was.

#include <gmock/gmock.h>

#include <random>
#include <string>

#include "base/error.hpp"
#include "modules/codebase/duplicates/stored_tokens.hpp"
#include "modules/codebase/duplicates/tests/tokens_of.hpp"

namespace gsdb::codebase::duplicates {
namespace {

using extract::Language;
using testing::ElementsAre;

/// A letter for each token: s, n, v.
std::string classes_of(const FileTokens& tokens) {
    std::string classes;
    for (const auto code : tokens.codes) classes += "snv"[static_cast<int>(code.token_class())];
    return classes;
}

std::vector<TokenCode> codes_of(std::string_view source, Language language) {
    return tokens_of(source, language).codes;
}

TEST(Tokenizer, tells_signs_names_and_values) {
    EXPECT_EQ(classes_of(tokens_of("x = f(1, 'a')  # no token\n")), "nsnsvsvs");
    EXPECT_EQ(classes_of(tokens_of("let x: number = f(1, null);", Language::typescript)), "snsnsnsvsvss");
    EXPECT_EQ(classes_of(tokens_of("int x = sizeof(long);", Language::c)).substr(0, 3), "nns");
    EXPECT_EQ(classes_of(tokens_of("class A { int f() { return this.x; } }", Language::java)), "snsnnssssssnsss");
    EXPECT_EQ(classes_of(tokens_of("fn f(x: u32) -> bool { true }", Language::rust)), "snsnsnssnsvs");
    EXPECT_EQ(classes_of(tokens_of("func f(x int) error { return nil }", Language::go)), "snsnnsnssvs");
    EXPECT_EQ(classes_of(tokens_of("x = f(1, 'a')\n", Language::ruby)), "nsnsvsvs");
    EXPECT_EQ(classes_of(tokens_of("<?php $x = f(1, 'a');", Language::php)), "snsnsvsvss");
    EXPECT_EQ(classes_of(tokens_of("class A { int F() { return 1; } }", Language::csharp)), "snsnnssssvsss");
    EXPECT_EQ(classes_of(tokens_of("fun f(x: Int): Int { return x }", Language::kotlin)), "snsnsnssnssns");
    EXPECT_EQ(classes_of(tokens_of("func f(x: Int) -> Int { return x }", Language::swift)), "snsnsnssnssns");
    EXPECT_EQ(classes_of(tokens_of("x=1; f $x\n", Language::shell)), "nsvsnsn");
}

TEST(Tokenizer, tells_words_of_a_language_apart_that_have_one_kind_of_node) {
    EXPECT_NE(codes_of("public class A {}", Language::csharp), codes_of("static class A {}", Language::csharp));
    EXPECT_NE(codes_of("data class A(val x: Int)", Language::kotlin),
              codes_of("sealed class A(val x: Int)", Language::kotlin));
}

TEST(Tokenizer, counts_a_string_once_and_the_code_in_it) {
    EXPECT_EQ(classes_of(tokens_of("x = 'a' 'b'\n")), "nsvv");
    EXPECT_EQ(classes_of(tokens_of("x = f'a {y} b'\n")), "nsvsns");
    EXPECT_EQ(classes_of(tokens_of("x = `a ${y} b`", Language::javascript)), "nsvsns");
}

TEST(Tokenizer, marks_the_blocks_of_python) {
    const auto inside = codes_of("if x:\n    y()\n    z()\n", Language::python);
    const auto behind = codes_of("if x:\n    y()\nz()\n", Language::python);
    EXPECT_EQ(inside.size(), behind.size());
    EXPECT_NE(inside, behind);
    EXPECT_EQ(classes_of(tokens_of("def f():\n    if x:\n        y()\nz()\n")), "snsssssnssnssssnss");
}

TEST(Tokenizer, gives_the_languages_of_a_family_the_same_signs) {
    constexpr std::string_view source = "const f = (a, b) => { if (a) { return [b, 'x']; } };";
    EXPECT_EQ(tokens_of(source, Language::javascript), tokens_of(source, Language::tsx));
    EXPECT_EQ(tokens_of(source, Language::typescript), tokens_of(source, Language::tsx));
    constexpr std::string_view c = "int f(struct a *b) { return b->x ? 1 : 2; }";
    EXPECT_EQ(tokens_of(c, Language::c), tokens_of(c, Language::cpp));
    EXPECT_NE(tokens_of("x", Language::javascript).family, tokens_of("x", Language::python).family);
}

TEST(Tokenizer, knows_lines) {
    const auto tokens = tokens_of("x = '''a\nb\nc'''\n\ny()\n");
    EXPECT_THAT(tokens.lines, ElementsAre(1, 1, 1, 5, 5, 5));
    EXPECT_EQ(end_line(tokens, 2), 3U);
    EXPECT_EQ(end_line(tokens, 3), 5U);
}

TEST(Tokenizer, reads_what_no_one_would_write) {
    for (const auto language :
         {Language::python, Language::c, Language::javascript, Language::rust, Language::ruby, Language::shell}) {
        std::mt19937 random(7);
        std::string noise(20'000, ' ');
        for (auto& byte : noise) byte = static_cast<char>(32 + random() % 95);
        const auto tokens = tokens_of(noise, language);
        EXPECT_EQ(tokens.codes.size(), tokens.lines.size());
        EXPECT_EQ(decode_tokens(encode(tokens)), tokens);
        tokens_of(std::string(20'000, '('), language);
        EXPECT_TRUE(tokens_of("", language).codes.empty());
    }
    std::string nested = "x";
    for (int i = 0; i < 60; ++i) nested = "f\"{" + nested + "}\"";
    tokens_of(nested);
}

TEST(StoredTokens, come_back_as_they_were) {
    const auto tokens = tokens_of("def f(a, b):\n    '''A\n    B'''\n    return a + b * 300\n\n\n\nf(1, 'x')\n");
    EXPECT_EQ(decode_tokens(encode(tokens)), tokens);
    const std::vector<Fingerprint> prints{{~0ULL, 7}, {1, 0xFFFFFFFFU}};
    EXPECT_EQ(decode_fingerprints(encode(prints)), prints);
}

TEST(StoredTokens, refuse_what_this_program_did_not_write) {
    const auto bytes = encode(tokens_of("x = f(1)\n"));
    std::mt19937 random(3);
    for (int i = 0; i < 2000; ++i) {
        auto damaged = bytes;
        damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
        if (random() % 3 == 0) damaged.resize(random() % damaged.size());
        try {
            for (const auto tokens = decode_tokens(damaged); const auto code : tokens.codes)
                EXPECT_TRUE(code.token_class() == TokenClass::sign || code.number() < tokens.texts.size());
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.error().code, "codebase.tokens_damaged");
        }
    }
    EXPECT_THROW(decode_fingerprints(Bytes(13)), Failure);
}

}  // namespace
}  // namespace gsdb::codebase::duplicates
