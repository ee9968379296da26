#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <thread>

#include "base/run_task.hpp"
#include "observation_log.hpp"
#include "pg/database.hpp"
#include "pg/pool.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using test::TestServer;
using test::thrown_by;
using testing::ElementsAre;
using testing::HasSubstr;

Pool pool_of(std::size_t size_max, TestServer& server = TestServer::instance()) {
    return Pool({.connect = server.options(), .size_max = size_max, .acquire_deadline = 20s});
}

Task<> sleep_for(Milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(use_task);
}

/// Waits until it is so; after half a minute the test goes on without, and fails.
Task<> wait_until(std::function<bool()> is_so) {
    for (int i = 0; i < 30'000 && !is_so(); ++i) co_await sleep_for(1ms);
    EXPECT_TRUE(is_so());
}

Task<int> backend_pid(Pool pool) {
    auto lease = co_await pool.acquire();
    co_return lease->backend_pid();
}

/// Ends the session with that pid, and waits until it is gone.
Task<> terminate(int pid) {
    auto admin = co_await Connection::open(TestServer::instance().options());
    co_await admin->execute("select pg_terminate_backend($1, 5000)", Parameters::of(pid));
}

TEST(Pool, UsesOneConnectionAgain) {
    auto pool = pool_of(4);
    auto first = run_task(backend_pid(pool));
    EXPECT_EQ(run_task(backend_pid(pool)), first);
    EXPECT_EQ(pool.counts().open, 1U);
    EXPECT_EQ(pool.counts().idle, 1U);
}

TEST(Pool, StaysWithinItsBoundAndServesInOrderOfArrival) {
    auto pool = pool_of(2);
    asio::io_context context;
    int in_use = 0, most_in_use = 0;
    std::vector<int> order;
    for (int i = 0; i < 8; ++i)
        asio::co_spawn(
            context,
            [](Pool shared, int number, int& now, int& most, std::vector<int>& served) -> Task<> {
                auto lease = co_await shared.acquire();
                most = std::max(most, ++now);
                served.push_back(number);
                co_await lease->execute("select pg_sleep(0.005)");
                --now;
            }(pool, i, in_use, most_in_use, order),
            [](std::exception_ptr e) { EXPECT_FALSE(e); });
    context.run();
    EXPECT_EQ(most_in_use, 2);
    EXPECT_EQ(pool.counts().open, 2U);
    // The first two open a connection each; one may have served others when the second is there.
    std::erase_if(order, [](int number) { return number < 2; });
    EXPECT_THAT(order, ElementsAre(2, 3, 4, 5, 6, 7));
}

TEST(Pool, SaysSoWhenAllAreInUseUntilTheDeadline) {
    auto pool = pool_of(1);
    auto failure = thrown_by([&] {
        run_task([](Pool shared) -> Task<> {
            auto lease = co_await shared.acquire();
            co_await shared.acquire(30ms);
        }(pool));
    });
    EXPECT_EQ(failure.error().code, "pg.pool_exhausted");
    EXPECT_THAT(failure.what(), HasSubstr("all 1 connections to postgres at"));
    EXPECT_EQ(pool.counts().waiting, 0U);
    run_task(backend_pid(pool));  // and it works again
}

TEST(Pool, ReplacesAConnectionThatDiedWhileIdle) {
    auto pool = pool_of(1);
    auto first = run_task(backend_pid(pool));
    run_task(terminate(first));
    EXPECT_NE(run_task(backend_pid(pool)), first);
    EXPECT_EQ(pool.counts().open, 1U);
}

TEST(Pool, ProbesAConnectionThatWasIdleForLong) {
    Pool pool({.connect = TestServer::instance().options(), .size_max = 1, .probe_after = 0ms});
    auto first = run_task(backend_pid(pool));
    EXPECT_EQ(run_task(backend_pid(pool)), first);
}

TEST(Pool, ClosesAConnectionThatComesBackInATransaction) {
    auto pool = pool_of(1);
    auto first = run_task([](Pool shared) -> Task<int> {
        auto lease = co_await shared.acquire();
        co_await lease->execute("begin");
        co_return lease->backend_pid();
    }(pool));
    EXPECT_NE(run_task(backend_pid(pool)), first);
}

TEST(Pool, AWaiterGetsTheSlotOfAConnectionThatBroke) {
    auto pool = pool_of(1);
    asio::io_context context;
    bool is_served = false;
    asio::co_spawn(
        context,
        [](Pool shared) -> Task<> {
            auto lease = co_await shared.acquire();
            co_await sleep_for(20ms);
            try {
                co_await lease->execute("select pg_terminate_backend(pg_backend_pid())");
            } catch (const SqlError&) {
            }
        }(pool),
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
    asio::co_spawn(
        context,
        [](Pool shared, bool& served) -> Task<> {
            auto lease = co_await shared.acquire();
            co_await lease->execute("select 1");
            served = true;
        }(pool, is_served),
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
    context.run();
    EXPECT_TRUE(is_served);
}

TEST(Pool, AWaiterThatIsCancelledLeavesTheQueue) {
    auto pool = pool_of(1);
    asio::io_context context;
    asio::cancellation_signal signal;
    asio::co_spawn(
        context,
        [](Pool shared, asio::cancellation_signal& cancel) -> Task<> {
            auto lease = co_await shared.acquire();
            co_await sleep_for(20ms);
            EXPECT_EQ(shared.counts().waiting, 1U);
            cancel.emit(asio::cancellation_type::terminal);
            co_await sleep_for(5ms);
            EXPECT_EQ(shared.counts().waiting, 0U);
        }(pool, signal),
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
    asio::co_spawn(context, backend_pid(pool),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr e, int) { EXPECT_TRUE(e); }));
    context.run();
    EXPECT_EQ(pool.counts().idle, 1U);
}

TEST(Pool, SurvivesAnIoContextThatEndsWithLeasesOut) {
    auto pool = pool_of(1);
    {
        asio::io_context context;
        asio::co_spawn(
            context,
            [](Pool shared) -> Task<> {
                auto lease = co_await shared.acquire();
                co_await lease->execute("select pg_sleep(60)");
            }(pool),
            [](std::exception_ptr) {});
        context.run_for(100ms);
        EXPECT_EQ(pool.counts().idle, 0U);
    }
    EXPECT_EQ(pool.counts().open, 0U);
    // The statement that nobody waits for any more is stopped on the server, too.
    run_task([](Pool shared) -> Task<> {
        auto lease = co_await shared.acquire();
        auto is_running = [&lease]() -> Task<bool> {
            auto rows = co_await lease->execute(
                "select from pg_stat_activity where query = 'select pg_sleep(60)' and "
                "state = 'active'");
            co_return !rows.empty();
        };
        for (int i = 0; i < 500 && co_await is_running(); ++i) co_await sleep_for(10ms);
        EXPECT_FALSE(co_await is_running());
    }(pool));
}

TEST(Pool, WaitsForAServerThatComesBack) {
    test::ObservationLog log;
    TestServer server;
    auto pool = pool_of(2, server);
    run_task(backend_pid(pool));
    server.stop();
    std::jthread waiting([&pool] { EXPECT_GT(run_task(backend_pid(pool)), 0); });
    while (log.count("pg_connect_failed") < 3) std::this_thread::yield();
    server.start();
    waiting.join();
    EXPECT_LE(log.count("pg_connect_failed"), 40U) << "the pauses do not grow";
}

// An attempt in the last moment of a caller's deadline fails whatever the server does. It must not put off the next
// one, or callers that ask all the time would never be connected again.
TEST(Pool, CallersInAHurryDoNotKeepEachOtherFromAServerThatIsBack) {
    TestServer server;
    Pool pool({.connect = server.options(),
               .size_max = 1,
               .acquire_deadline = 50ms,
               .reconnect = {.first = 400ms, .max = 400ms}});
    auto fails = [&pool] {
        try {
            run_task(backend_pid(pool));
            return false;
        } catch (const SqlError& error) {
            EXPECT_TRUE(error.is_unavailable()) << error.what();
            return true;
        }
    };
    // Even the first may be too slow for its caller on a busy machine.
    auto try_for = [&fails](auto time) {
        const auto end = std::chrono::steady_clock::now() + time;
        while (fails() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
    };
    try_for(10s);
    server.stop();
    EXPECT_TRUE(fails());
    server.start();
    try_for(10s);
    EXPECT_GT(run_task(backend_pid(pool)), 0);
}

TEST(Pool, SaysWhyAServerThatStaysAwayCannotBeReached) {
    auto options = TestServer::instance().options();
    options.host = "/dev/shm/no-such-folder";
    Pool pool({.connect = options, .acquire_deadline = 200ms});
    auto start = std::chrono::steady_clock::now();
    auto error = thrown_by<SqlError>([&] { run_task(backend_pid(pool)); });
    EXPECT_EQ(error.error().code, "pg.cannot_connect");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
    EXPECT_EQ(pool.counts().open, 0U);
}

TEST(Pool, DoesNotTryAgainWhatWaitingCannotCure) {
    test::ObservationLog log;
    Pool pool({.connect = TestServer::instance().options("nowhere"), .acquire_deadline = 20s});
    auto error = thrown_by<SqlError>([&] { run_task(backend_pid(pool)); });
    EXPECT_EQ(error.sqlstate(), "3D000");
    EXPECT_EQ(log.count("pg_connect_failed"), 1U);
}

TEST(Pool, DrainWaitsForLeasesAndRefusesNewcomers) {
    auto pool = pool_of(2);
    asio::io_context context;
    int held = 0, returned = 0;
    bool is_draining = false;
    std::string newcomer, waiter;
    const auto failed = [](std::exception_ptr e) { EXPECT_FALSE(e); };
    auto hold = [&]() -> Task<> {
        auto lease = co_await pool.acquire();
        ++held;
        co_await wait_until([&] { return is_draining; });
        co_await lease->execute("select pg_sleep(0.1)");
        ++returned;
    };
    auto ask = [&](std::string& code) -> Task<> {
        try {
            co_await pool.acquire();
        } catch (const Failure& failure) {
            code = failure.error().code;
        }
    };
    auto drain = [&]() -> Task<> {
        co_await wait_until([&] { return held == 2 && pool.counts().waiting == 1; });
        is_draining = true;
        EXPECT_TRUE(co_await pool.drain(5s));
        EXPECT_EQ(returned, 2);
        co_await ask(newcomer);
    };
    for (int i = 0; i < 2; ++i) asio::co_spawn(context, hold(), failed);
    asio::co_spawn(context, ask(waiter), failed);
    asio::co_spawn(context, drain(), failed);
    context.run();
    EXPECT_EQ(newcomer, "pg.pool_closed");
    EXPECT_EQ(waiter, "pg.pool_closed");
    EXPECT_EQ(pool.counts().open, 0U);
}

TEST(Pool, DrainGivesUpAtItsDeadline) {
    auto pool = pool_of(1);
    EXPECT_FALSE(run_task([](Pool shared) -> Task<bool> {
        auto lease = co_await shared.acquire();
        co_return co_await shared.drain(30ms);
    }(pool)));
    EXPECT_EQ(pool.counts().open, 0U);
}

// Threads with an io_context each share fewer connections than they are; connections move between them.
TEST(Pool, IsSharedByThreads) {
    Database<test::AnyModule> db(pool_of(3));
    run_task(db.transaction({}, [](Transaction& tx) -> Task<> {
        co_await tx.run_script("create table counted (n int); insert into counted values (0)");
    }));
    constexpr int threads = 4, coroutines = 3, rounds = 40;
    {
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t)
            all.emplace_back([&db] {
                asio::io_context context;
                for (int c = 0; c < coroutines; ++c)
                    asio::co_spawn(
                        context,
                        [](Database<test::AnyModule> mine) -> Task<> {
                            for (int i = 0; i < rounds; ++i)
                                co_await mine.transaction({}, [](Transaction& tx) -> Task<> {
                                    co_await tx.execute("update counted set n = n + 1");
                                });
                        }(db),
                        [](std::exception_ptr e) { EXPECT_FALSE(e); });
                context.run();
            });
    }
    auto total = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::int32_t> {
        auto rows = co_await tx.execute("select n from counted");
        co_return rows.get<std::int32_t>(0, 0);
    }));
    EXPECT_EQ(total, threads * coroutines * rounds);
    EXPECT_LE(db.pool().counts().open, 3U);
    EXPECT_EQ(db.pool().counts().open, db.pool().counts().idle);
}

}  // namespace
}  // namespace gsdb::pg
