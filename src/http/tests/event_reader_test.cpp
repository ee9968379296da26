// Server-sent events as the format says them, in pieces of any size.
#include "http/event_reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace gsdb::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> read(std::string_view text, std::size_t step, std::size_t bytes_max = 1000) {
    EventReader reader(bytes_max);
    std::vector<std::string> events;
    bool is_read = true;
    for (; !text.empty() && is_read; text.remove_prefix(std::min(step, text.size())))
        is_read = reader.read(text.substr(0, step), [&](const Event& event) {
            events.push_back(fmt::format("{}|{}|{}", event.id, event.name, event.data));
        });
    if (!is_read) events.emplace_back("too large");
    if (is_read && reader.is_within_event()) events.emplace_back("cut off");
    return events;
}

TEST(EventReader, ReadsEventsAlikeHoweverTheyArrive) {
    using namespace std::string_literals;
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
        {"data: YHOO\ndata: +2\ndata: 10\n\n", {"||YHOO\n+2\n10"}},
        {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
         {"1||first event", "||second event", "|| third event"}},
        {"data\n\ndata\ndata\n\ndata:", {"||", "||\n", "cut off"}},
        {"data:test\n\ndata: test\n\n", {"||test", "||test"}},
        {"event: add\r\ndata: 1\r\n\r\nevent: remove\rdata: 2\r\r", {"|add|1", "|remove|2"}},
        {"event: lost\n\ndata: kept\n\n", {"||kept"}},
        {"\xef\xbb\xbf"
         "data: marked\n\n\xef\xbb\xbf"
         "data: not a field\n\n",
         {"||marked"}},
        {"id: 7\ndata: a\n\ndata: b\n\nid: 8\0\ndata: c\n\n"s, {"7||a", "7||b", "7||c"}},
        {"retry: 10\nunknown: x\nData: y\ndata: a:b\n\n", {"||a:b"}},
        {"data: a\n", {"cut off"}},
        {"dat", {"cut off"}},
        {"\n\n\n", {}},
        {"", {}},
    };
    for (const auto& [text, expected] : cases)
        for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size() + 1})
            EXPECT_EQ(read(text, step), expected) << text << " in steps of " << step;
}

TEST(EventReader, ReadsWhatTheServerWrites) {
    for (const auto* data : {"", "one", "one\ntwo\n", "\n", " spaced: {\"a\":1}"})
        EXPECT_THAT(read(to_text({.id = "5", .name = "n", .data = data}), 3), ElementsAre(fmt::format("5|n|{}", data)));
    EXPECT_THAT(read(to_text({.data = "a\r\nb"}), 1), ElementsAre("||a\nb"));
}

TEST(EventReader, LimitsAnEventAndNotTheStream) {
    std::string many;
    for (int i = 0; i < 100; ++i) many += "data: 0123456789\n\n";
    EXPECT_EQ(read(many, 64, 20).size(), 100U);
    EXPECT_THAT(read("data: " + std::string(30, 'x') + "\n\n", 5, 20), ElementsAre("too large"));
    EXPECT_THAT(read("data: 0123456789\ndata: 0123456789\n\n", 5, 20), ElementsAre("too large"));
    EXPECT_THAT(read(":" + std::string(30, 'x'), 5, 20), ElementsAre("too large")) << "comments too";
}

TEST(EventReader, KeepsNothingOfCommentsHoweverManyThereAre) {
    EXPECT_THAT(read(": ping\n\n: ping\n\n", 3), IsEmpty());
}

TEST(EventReader, SplitsRandomStreamsAnywhere) {
    const auto seed = std::random_device{}();
    std::mt19937 random(seed);
    constexpr std::string_view alphabet = "\r\n\r\n: dateidvn0";
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (int i = 0; i < 60; ++i)
            text += random() % 4 == 0
                        ? std::string("data:")
                        : std::string(
                              1, alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)]);
        const auto whole = read(text, text.size());
        for (std::size_t step : {1, 2, 5}) ASSERT_EQ(read(text, step), whole) << "seed " << seed << ": " << text;
    }
}

}  // namespace
}  // namespace gsdb::http
