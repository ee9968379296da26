// Which stretches are found to be copies: those of examples, and in random files all that comparing every pair finds.

#include "modules/codebase/duplicates/find.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "modules/codebase/duplicates/tests/tokens_of.hpp"
#include "modules/codebase/duplicates/windows.hpp"

namespace gsdb::codebase::duplicates {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<SourceFile> with_shared(const std::vector<FileTokens>& files) {
    std::vector<std::vector<Fingerprint>> prints;
    for (const auto& file : files) prints.push_back(fingerprints(file));
    auto shared = shared_positions(prints);
    std::vector<SourceFile> sources;
    for (std::size_t i = 0; i < files.size(); ++i) sources.push_back({&files[i], std::move(shared[i])});
    return sources;
}

std::vector<Block> find(const std::vector<FileTokens>& files, Options options = {.tokens_min = 50}) {
    return find_duplicates(with_shared(files), options);
}

/// Some statements that no two numbers have alike.
std::string function(const std::string& name, int number, const std::string& variable = "total") {
    std::string text = fmt::format("def {}(a, b):\n    {} = {}\n", name, variable, number);
    for (int bit = 0; bit < 6; ++bit)
        text += (number >> bit) % 2 == 1
                    ? fmt::format("    if a > {0}:\n        {1} += b[a] * {0}\n", bit, variable)
                    : fmt::format("    for {1}, x in b.items():\n        print(x, a)\n", bit, variable);
    return text + fmt::format("    return {}\n", variable);
}

std::string places_of(const Block& block) {
    std::string text = fmt::format("type {}:", block.clone_type);
    for (const auto& place : block.places)
        text += fmt::format(" {}:{}-{}", place.file, place.start_line, place.end_line);
    return text;
}

TEST(FindDuplicates, finds_what_is_copied_as_it_is) {
    const auto a = tokens_of("import os\n" + function("f", 21)),
               b = tokens_of("x = 1\n\n# why\n\n" + function("f", 21));
    const auto blocks = find({a, b, tokens_of("def g():\n    pass\n")});
    ASSERT_THAT(blocks, SizeIs(1));
    EXPECT_EQ(places_of(blocks[0]), "type 1: 0:2-16 1:5-19");
}

TEST(FindDuplicates, finds_what_has_other_names_and_values) {
    auto other = function("g", 21, "sum");
    other.replace(other.find("= 21"), 4, "= 'x'");
    const auto blocks = find({tokens_of(function("f", 21)), tokens_of(other)});
    ASSERT_THAT(blocks, SizeIs(1));
    EXPECT_EQ(places_of(blocks[0]), "type 2: 0:1-15 1:1-15");
}

TEST(FindDuplicates, does_not_take_names_that_are_mixed_up_for_renamed) {
    auto other = function("f", 21);
    for (auto at = other.find("b[a]"); at != std::string::npos; at = other.find("b[a]")) other.replace(at, 4, "a[b]");
    EXPECT_THAT(find({tokens_of(function("f", 21)), tokens_of(other)}, {.tokens_min = 90}), IsEmpty());
}

TEST(FindDuplicates, ends_where_the_tokens_differ) {
    const auto text = function("f", 21) + function("g", 13);
    const auto a = tokens_of(text + "while a:\n    pass\n"), b = tokens_of("y = [a]\n" + text + "del b\n");
    const auto blocks = find({a, b});
    ASSERT_THAT(blocks, SizeIs(1));
    EXPECT_EQ(places_of(blocks[0]), "type 1: 0:1-30 1:2-31");
}

TEST(FindDuplicates, shows_the_part_that_stands_in_more_places) {
    const auto part = function("g", 21), longer = function("f", 13) + part;
    const auto blocks = find({tokens_of(longer), tokens_of(longer + "z = 1\n"), tokens_of("q.r()\n" + part)});
    ASSERT_THAT(blocks, SizeIs(2));
    EXPECT_THAT(blocks[0].places, SizeIs(2));
    EXPECT_THAT(blocks[1].places, SizeIs(3));
    EXPECT_LT(blocks[1].tokens, blocks[0].tokens);
}

TEST(FindDuplicates, counts_copies_in_a_row_each_for_itself) {
    const auto blocks = find({tokens_of(function("f", 21) + function("f", 21) + function("f", 21))});
    ASSERT_THAT(blocks, SizeIs(1));
    EXPECT_EQ(places_of(blocks[0]), "type 1: 0:1-15 0:16-30 0:31-45");
}

TEST(FindDuplicates, leaves_tables_out) {
    std::string table = "x = [\n", switches;
    for (int i = 0; i < 200; ++i) {
        table += fmt::format("    ({}, 'name{}'),\n", i, i);
        switches += fmt::format("if a == {}:\n    f(b, {})\n", i, i);
    }
    EXPECT_THAT(find({tokens_of(table + "]\n"), tokens_of(table + "]\n")}), IsEmpty());
    EXPECT_THAT(find({tokens_of(switches), tokens_of(switches)}), IsEmpty());
}

TEST(FindDuplicates, does_not_compare_languages) {
    constexpr std::string_view text = "f(a, [b, c], {x: 1, y: [2, 3]})\n";
    std::string both;
    for (int i = 0; i < 8; ++i) both += std::string(text) + std::string(static_cast<std::size_t>(i), '-') + "a\n";
    EXPECT_THAT(find({tokens_of(both), tokens_of(both, extract::Language::javascript)}), IsEmpty());
    EXPECT_THAT(find({tokens_of(both, extract::Language::typescript), tokens_of(both, extract::Language::javascript)}),
                SizeIs(1));
}

TEST(FindDuplicates, asks_for_enough_lines) {
    auto text = std::string("f = [");
    for (int i = 0; i < 40; ++i) text += std::string(i % 7, '-') + "a(" + std::string(i % 5, '~') + "b),";
    text += "]\n";
    EXPECT_THAT(find({tokens_of(text), tokens_of(text)}), IsEmpty());
    EXPECT_THAT(find({tokens_of(text), tokens_of(text)}, {.tokens_min = 50, .lines_min = 1}), SizeIs(1));
}

// --- against comparing all with all ---

FileTokens random_tokens(std::mt19937& random, const std::vector<FileTokens>& before) {
    FileTokens tokens{.family = 3, .texts = {1, 2, 3, 4, 5, 6, 7, 8}};
    std::uint32_t line = 1;
    const auto add = [&](TokenCode code) {
        tokens.codes.push_back(code);
        tokens.lines.push_back(line++);
    };
    while (tokens.codes.size() < 400) {
        if (!before.empty() && random() % 2 == 0) {
            const auto& from = before[random() % before.size()].codes;
            const auto start = random() % from.size(), length = std::min(from.size() - start, 30 + random() % 120);
            const auto renamed = random() % 3 == 0 ? 1 + random() % 7 : 0;
            for (std::size_t i = start; i < start + length; ++i)
                add(from[i].token_class() == TokenClass::name
                        ? TokenCode(TokenClass::name, static_cast<std::uint32_t>((from[i].number() + renamed) % 8))
                        : from[i]);
        } else {
            for (auto left = 20 + random() % 60; left > 0; --left)
                add({static_cast<TokenClass>(random() % 3), static_cast<std::uint32_t>(random() % 8)});
        }
    }
    return tokens;
}

constexpr std::uint32_t size_min = 60;

/// The classes of the stretches of size_min tokens that stand in several places and are no tables.
std::map<std::vector<std::uint32_t>, std::vector<std::pair<std::uint32_t, std::uint32_t>>> stretches_of(
    const std::vector<FileTokens>& files) {
    std::map<std::vector<std::uint32_t>, std::vector<std::pair<std::uint32_t, std::uint32_t>>> all;
    for (std::uint32_t file = 0; file < files.size(); ++file)
        for (std::uint32_t at = 0; at + size_min <= files[file].codes.size(); ++at)
            all[symbols_of({&files[file], {}}, at, size_min, {.tokens_min = size_min})].emplace_back(file, at);
    std::erase_if(all, [](const auto& entry) {
        const auto& places = entry.second;
        for (std::size_t i = 1; i < places.size(); ++i)
            if (places[i].first == places[i - 1].first && places[i].second - places[i - 1].second <= size_min / 2)
                return true;
        return places.size() < 2;
    });
    return all;
}

TEST(FindDuplicates, finds_all_that_comparing_every_pair_finds) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        std::vector<FileTokens> files;
        for (int i = 0; i < 5; ++i) files.push_back(random_tokens(random, files));
        const auto blocks = find(files, {.tokens_min = size_min, .lines_min = 1});
        const auto lies_in = [](const Block& block, std::uint32_t file, std::uint32_t at) {
            return std::ranges::any_of(block.places, [&](const auto& place) {
                return place.file == file && place.first_token <= at &&
                       at + size_min <= place.first_token + block.tokens;
            });
        };
        for (const auto& [symbols, places] : stretches_of(files))
            for (const auto& [file, at] : places)
                EXPECT_TRUE(
                    std::ranges::any_of(blocks, [&, f = file, a = at](const auto& b) { return lies_in(b, f, a); }))
                    << file << ":" << at;
        for (const auto& block : blocks) {
            const auto symbols = [&](const Place& place, std::uint32_t more) {
                return symbols_of({&files[place.file], {}}, place.first_token, block.tokens + more,
                                  {.tokens_min = size_min});
            };
            ASSERT_GE(block.tokens, size_min);
            ASSERT_GE(block.places.size(), 2U);
            for (const auto& place : block.places) EXPECT_EQ(symbols(place, 0), symbols(block.places[0], 0));
        }
    }
}

TEST(FindDuplicates, gives_the_same_whatever_else_was_asked_before) {
    std::mt19937 random(5);
    std::vector<FileTokens> files;
    for (int i = 0; i < 4; ++i) files.push_back(random_tokens(random, files));
    EXPECT_EQ(find(files), find(files));
    EXPECT_THAT(find({files[0]}, {.tokens_min = 350, .lines_min = 1}), IsEmpty());
}

TEST(Windows, have_equal_hashes_where_names_are_renamed) {
    std::mt19937 random(9);
    const auto tokens = random_tokens(random, {});
    const auto distances = name_distances(tokens);
    for (const std::uint32_t size : {1U, 2U, 7U, 60U}) {
        WindowHasher sliding(tokens, distances, size);
        for (std::uint32_t at = 0; at + size <= tokens.codes.size(); ++at)
            ASSERT_EQ(sliding.at(at), WindowHasher(tokens, distances, size).at(at)) << size << " at " << at;
    }
}

TEST(Fingerprints, have_one_in_common_where_so_many_tokens_are_alike) {
    std::mt19937 random(11);
    for (int round = 0; round < 50; ++round) {
        auto a = random_tokens(random, {}), b = random_tokens(random, {});
        const auto from = random() % 300, to = random() % 300;
        for (std::uint32_t i = 0; i < guaranteed_tokens; ++i) b.codes[to + i] = a.codes[from + i];
        std::set<std::pair<std::uint64_t, std::uint32_t>> of_a;
        for (const auto& f : fingerprints(a)) of_a.emplace(f.hash, f.position - static_cast<std::uint32_t>(from));
        const auto of_b = fingerprints(b);
        EXPECT_TRUE(std::ranges::any_of(
            of_b, [&](const auto& f) { return of_a.contains({f.hash, f.position - static_cast<std::uint32_t>(to)}); }));
    }
}

}  // namespace
}  // namespace gsdb::codebase::duplicates
