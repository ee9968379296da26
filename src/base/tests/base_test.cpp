#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/uuid.hpp"

namespace gsdb {
namespace {

TEST(Hex, RoundTripsEveryByte) {
    Bytes all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
    EXPECT_EQ(from_hex(to_hex(all)), all);
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
    for (auto text : {"a", "0g", "0 ", "abc", "-1"}) EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(Uuid, ParsesOnlyTheCanonicalForm) {
    auto text = "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    ASSERT_TRUE(Uuid::parse(text));
    EXPECT_EQ(to_string(*Uuid::parse(text)), text);
    for (auto bad : {"", "0198a1b2c3d47e5f8a9b0c1d2e3f4a5b", "{0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}",
                     "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g", "0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
                     "0198a1b-2c3d4-7e5f-8a9b-0c1d2e3f4a5b"})
        EXPECT_EQ(Uuid::parse(bad), std::nullopt) << bad;
}

// RFC 9562 appendix A.6 gives the time stamp 0x017F22E279B0 for 2022-02-22 19:22:22 UTC.
TEST(Uuid, Version7CarriesTheMillisecondAndTheVersion) {
    ManualClock clock{Timestamp{std::chrono::milliseconds{0x017F22E279B0}}};
    auto uuid = Uuid::v7(clock);
    auto text = to_string(uuid);
    EXPECT_EQ(text.substr(0, 15), "017f22e2-79b0-7");
    EXPECT_THAT(std::string("89ab"), testing::HasSubstr(text.substr(19, 1)));
}

TEST(Uuid, Version7IsOrderedAsMadeWithinOneMillisecondAndAcross) {
    ManualClock clock{Timestamp{std::chrono::seconds{1'800'000'000}}};
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto uuid = Uuid::v7(clock);
        if (!seen.empty()) EXPECT_GT(uuid, *seen.rbegin());
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 1000U);
    clock.advance(std::chrono::milliseconds{1});
    EXPECT_GT(Uuid::v7(clock), *seen.rbegin());
}

TEST(Uuid, Version7IsUniqueAmongThreadsWithClocksThatDiffer) {
    constexpr int threads = 4, each = 2000;
    std::vector<std::vector<Uuid>> made(threads);
    {
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t)
            all.emplace_back([&made, t] {
                const ManualClock clock{Timestamp{std::chrono::seconds{1'800'000'000 - t % 2}}};
                for (int i = 0; i < each; ++i) made[static_cast<std::size_t>(t)].push_back(Uuid::v7(clock));
            });
    }
    std::set<Uuid> seen;
    for (const auto& some : made) seen.insert(some.begin(), some.end());
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(threads * each));
}

TEST(Clock, PrintsRfc3339) {
    EXPECT_EQ(to_rfc3339(Timestamp{std::chrono::microseconds{1'645'557'742'000'001}}), "2022-02-22T19:22:22.000001Z");
    EXPECT_EQ(to_rfc3339(Timestamp{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

TEST(Failure, SaysTheMessageAndItsCause) {
    Failure failure(
        {.code = "cluster.in_use", .message = "home /x is in use", .detail = "process 4711 holds the lock"});
    EXPECT_STREQ(failure.what(), "home /x is in use: process 4711 holds the lock");
}

TEST(Result, ThrowsItsErrorWhenAskedForAValueItLacks) {
    Result<int> result = std::unexpected(Error{.code = "x.y", .message = "no"});
    EXPECT_THROW(value_or_throw(result), Failure);
    EXPECT_EQ(value_or_throw(Result<int>{7}), 7);
}

}  // namespace
}  // namespace gsdb
