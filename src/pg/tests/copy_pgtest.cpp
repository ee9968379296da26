#include <sys/resource.h>

#include <thread>

#include "pg/copy.hpp"
#include "pg/transaction.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using test::thrown_on_connection;
using test::with_connection;
using testing::HasSubstr;

constexpr auto copy_numbers = "copy numbers (n, label) from stdin (format binary)";
constexpr auto create_numbers = "create temp table numbers (n int check (n < 1000000), label text)";

TEST(CopyIn, WritesRowsInChunks) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script(create_numbers);
        CopyWriter writer(co_await c.copy_in(copy_numbers));
        for (std::int32_t n = 0; n < 100'000; ++n) co_await writer.row(n, "a label of some length");
        EXPECT_EQ(co_await writer.finish(), 100'000);
        auto sum = co_await c.execute("select sum(n)::bigint, count(distinct label) from numbers");
        EXPECT_EQ(sum.get<std::int64_t>(0, 0), 4'999'950'000);
        EXPECT_EQ(sum.get<std::int64_t>(0, 1), 1);
    });
}

TEST(CopyIn, TakesBuffersThatOtherThreadsEncoded) {
    std::vector<Bytes> chunks(4);
    std::vector<std::thread> threads;
    for (std::int32_t t = 0; t < 4; ++t)
        threads.emplace_back([&chunks, t] {
            BinaryRowEncoder encoder;
            for (std::int32_t n = 0; n < 1000; ++n) encoder.row(t * 1000 + n, std::optional<std::string>());
            EXPECT_EQ(encoder.rows(), 1000U);
            chunks[static_cast<std::size_t>(t)] = encoder.take();
        });
    for (auto& thread : threads) thread.join();
    with_connection([&chunks](Connection& c) -> Task<> {
        co_await c.run_script(create_numbers);
        CopyIn copy = co_await c.copy_in(copy_numbers);
        for (auto& chunk : chunks) co_await copy.send(std::move(chunk));
        EXPECT_EQ(co_await copy.finish(), 4000);
        Rows distinct = co_await c.execute("select count(distinct n), count(label) from numbers");
        EXPECT_EQ(distinct.get<std::int64_t>(0, 0), 4000);
        EXPECT_EQ(distinct.get<std::int64_t>(0, 1), 0);
    });
}

TEST(CopyIn, ReportsTheServersRefusalAndLeavesTheConnectionUsable) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script(create_numbers);
        std::optional<SqlError> failed;
        try {
            CopyWriter writer(co_await c.copy_in(copy_numbers));
            for (std::int32_t n = 999'000; n < 1'100'000; ++n) co_await writer.row(n, "x");
            co_await writer.finish();
        } catch (const SqlError& error) {
            failed = error;
        }
        EXPECT_TRUE(failed && failed->sqlstate() == "23514");
        EXPECT_TRUE((co_await c.execute("select from numbers")).empty());
    });
}

TEST(CopyIn, AbortForgetsTheRows) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script(create_numbers);
        CopyWriter writer(co_await c.copy_in(copy_numbers));
        co_await writer.row(std::int32_t{1}, "x");
        co_await writer.abort("interrupted");
        EXPECT_FALSE(c.is_broken());
        EXPECT_TRUE((co_await c.execute("select from numbers")).empty());
    });
}

TEST(CopyIn, DroppedHalfWayBreaksTheConnectionAndSavesNothing) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create table half (n int)");
        {
            CopyWriter writer(co_await c.copy_in("copy half from stdin (format binary)"));
            for (int i = 0; i < 100'000; ++i) co_await writer.row(std::int32_t{1});
        }
        EXPECT_TRUE(c.is_broken());
        auto other = co_await Connection::open(test::TestServer::instance().options());
        EXPECT_TRUE((co_await other->execute("select from half")).empty());
    });
}

TEST(CopyIn, RefusesTextCopyAndOtherStatements) {
    for (auto sql : {"copy numbers from stdin", "select 1", "copy numbers to stdout (format binary)"}) {
        auto failure = thrown_on_connection<Failure>([sql](Connection& c) -> Task<> {
            co_await c.run_script(create_numbers);
            co_await c.copy_in(sql);
        });
        EXPECT_EQ(failure.error().code, "pg.not_a_binary_copy") << sql;
    }
}

TEST(CopyOut, StreamsRowsWithTheirNulls) {
    with_connection([](Connection& c) -> Task<> {
        CopyOut out = co_await c.copy_out(
            "copy (select g, nullif(g % 3, 0), 'row ' || g from generate_series(1, 10000) g) to stdout (format "
            "binary)");
        std::int32_t seen = 0;
        while (auto row = co_await out.next()) {
            ++seen;
            EXPECT_EQ(row->column_count(), 3U);
            EXPECT_EQ(row->next<std::int32_t>(), seen);
            auto rest = row->next<std::optional<std::int32_t>>();
            EXPECT_EQ(rest.value_or(0), seen % 3);
            EXPECT_EQ(row->next<std::string>(), "row " + std::to_string(seen));
        }
        EXPECT_EQ(seen, 10'000);
        EXPECT_FALSE(c.is_broken());
        Rows after = co_await c.execute("select 1");
        EXPECT_EQ(after.size(), 1U);
    });
}

TEST(CopyOut, OfNothingEndsAtOnce) {
    with_connection([](Connection& c) -> Task<> {
        CopyOut out = co_await c.copy_out("copy (select 1 where false) to stdout (format binary)");
        EXPECT_FALSE((co_await out.next()).has_value());
        EXPECT_FALSE((co_await out.next()).has_value());
    });
}

TEST(CopyOut, ThrowsAnErrorThatComesHalfWay) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        CopyOut out = co_await c.copy_out(
            "copy (select 1 / (5000 - g) from generate_series(1, 9999) g) to stdout (format binary)");
        while (co_await out.next()) {
        }
    });
    EXPECT_EQ(error.sqlstate(), "22012");
}

TEST(CopyOut, HoldsOneRowAtATime) {
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "a sanitizer's memory is not the program's";
#endif
    auto peak_kb = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    auto before = peak_kb();
    with_connection([](Connection& c) -> Task<> {
        CopyOut out = co_await c.copy_out(
            "copy (select repeat('x', 10000) from generate_series(1, 30000)) to stdout (format binary)");
        std::size_t bytes = 0;
        while (auto row = co_await out.next()) bytes += row->next<std::string>().size();
        EXPECT_EQ(bytes, 300'000'000U);
    });
    EXPECT_LT(peak_kb() - before, 20'000) << "kB for 300 MB of rows";
}

}  // namespace
}  // namespace gsdb::pg
