#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "support.hpp"

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using test::TestServer;
using test::thrown_on_connection;
using test::with_connection;

TEST(Notifications, ArriveWhileWaitingAndBetweenStatements) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.listen("News of \"today\"");
        auto sender = co_await Connection::open(TestServer::instance().options());
        co_await sender->execute("select pg_notify('News of \"today\"', 'one')");
        auto first = co_await c.wait_notification(5s);
        EXPECT_TRUE(first);
        EXPECT_EQ(first->channel, "News of \"today\"");
        EXPECT_EQ(first->payload, "one");
        EXPECT_EQ(first->backend_pid, sender->backend_pid());
        // Two that come with the answer to a statement are not lost.
        co_await sender->execute("select pg_notify('News of \"today\"', g::text) from generate_series(2, 3) g");
        co_await c.execute("select pg_sleep(0.05)");
        EXPECT_EQ((co_await c.wait_notification(5s))->payload, "2");
        EXPECT_EQ((co_await c.wait_notification(5s))->payload, "3");
    });
}

TEST(Notifications, WaitingEndsAtTheDeadlineAndLeavesTheConnectionUsable) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.listen("quiet");
        auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(co_await c.wait_notification(50ms), std::nullopt);
        EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
        EXPECT_EQ(co_await c.wait_notification(0ms), std::nullopt);
        EXPECT_FALSE(c.is_broken());
        co_await c.unlisten("quiet");
        EXPECT_EQ((co_await c.execute("select 1")).size(), 1U);
    });
}

TEST(Notifications, WaitingEndsWhenTheServerClosesTheConnection) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        co_await c.listen("quiet");
        auto other = co_await Connection::open(TestServer::instance().options());
        co_await other->execute("select pg_terminate_backend($1)", Parameters::of(c.backend_pid()));
        co_await c.wait_notification(10s);
    });
    EXPECT_TRUE(error.is_unavailable()) << error.what();
    EXPECT_TRUE(error.poisons_connection());
}

}  // namespace
}  // namespace gsdb::pg
