// Statements that take too long, are stopped, or never come back.

#include <thread>

#include "fault_proxy.hpp"
#include "pg/copy.hpp"
#include "pg/pipeline.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using test::FaultProxy;
using test::TestServer;
using test::thrown_by;
using test::with_connection;
using testing::HasSubstr;

/// The SqlError of a statement on a connection that goes on being used afterwards.
Task<SqlError> error_of(Task<Rows> statement) {
    try {
        co_await std::move(statement);
    } catch (const SqlError& error) {
        co_return error;
    }
    throw std::runtime_error("no SqlError was thrown");
}

TEST(Deadline, CancelsTheStatementAndKeepsTheConnection) {
    with_connection([](Connection& c) -> Task<> {
        auto start = std::chrono::steady_clock::now();
        auto error = co_await error_of(c.execute("select pg_sleep(60)", {}, Format::binary, 50ms));
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
        EXPECT_TRUE(error.is_deadline_exceeded());
        EXPECT_EQ(error.error().code, "pg.deadline_exceeded");
        EXPECT_FALSE(error.poisons_connection());
        EXPECT_EQ((co_await c.execute("select 1")).size(), 1U);
        Rows running = co_await c.execute(
            "select from pg_stat_activity where query like '%pg_sleep(60)%' and "
            "state = 'active' and pid <> pg_backend_pid()");
        EXPECT_TRUE(running.empty());
    });
}

TEST(Deadline, OfATransactionHoldsForItsStatementsOnly) {
    with_connection([](Connection& c) -> Task<> {
        auto tx = co_await Transaction::begin(c, {.statement_deadline = 50ms});
        auto error = co_await error_of(tx.execute("select pg_sleep(60)"));
        EXPECT_TRUE(error.is_deadline_exceeded());
        co_await tx.rollback();
        EXPECT_EQ(c.statement_deadline(), 0ms);
        EXPECT_EQ((co_await c.execute("select pg_sleep(0.1)")).size(), 1U);
    });
}

TEST(Deadline, OfTheConnectionHoldsForEveryStatement) {
    auto options = TestServer::instance().options();
    options.statement_deadline = 50ms;
    with_connection(
        [](Connection& c) -> Task<> {
            for (int i = 0; i < 2; ++i) {
                auto error = co_await error_of(c.execute("select pg_sleep(60)"));
                EXPECT_TRUE(error.is_deadline_exceeded());
            }
            EXPECT_EQ((co_await c.execute("select pg_sleep(0.2)", {}, Format::binary, 10s)).size(), 1U);
        },
        options);
}

// The server signals a cancelled session twice; the second signal must not reach the statement after.
TEST(Deadline, OfOneStatementNeverCancelsTheNext) {
    with_connection([](Connection& c) -> Task<> {
        for (int round = 0; round < 300; ++round) {
            auto error = co_await error_of(c.execute("select pg_sleep(60)", {}, Format::binary, 1ms));
            EXPECT_TRUE(error.is_deadline_exceeded());
            EXPECT_EQ((co_await c.execute("select pg_sleep(0.001)")).size(), 1U) << "round " << round;
        }
    });
}

TEST(Deadline, GivesUpAConnectionWhoseServerDoesNotAnswer) {
    FaultProxy proxy;
    with_connection(
        [&proxy](Connection& c) -> Task<> {
            proxy.inject(FaultProxy::Fault::silence);
            auto error = co_await error_of(c.execute("select 1", {}, Format::binary, 50ms));
            EXPECT_TRUE(error.is_deadline_exceeded());
            EXPECT_TRUE(error.poisons_connection());
            EXPECT_TRUE(c.is_broken());
            EXPECT_THAT(error.what(), HasSubstr("execute on postgres at"));
        },
        proxy.options());
}

TEST(Deadline, OfConnectingNamesTheServer) {
    FaultProxy proxy;
    proxy.inject(FaultProxy::Fault::silence);
    auto options = proxy.options();
    options.connect_deadline = 50ms;
    auto error = thrown_by<SqlError>([&] { with_connection([](Connection&) -> Task<> { co_return; }, options); });
    EXPECT_EQ(error.error().code, "pg.deadline_exceeded");
    EXPECT_THAT(error.what(), HasSubstr(options.host));
    EXPECT_THAT(error.what(), HasSubstr("no answer within 50 ms"));
    EXPECT_THAT(error.error().hint, HasSubstr("connect_timeout"));
}

TEST(Silence, OfAServerThatIsGoneEndsAStatementWithoutADeadline) {
    FaultProxy proxy;
    auto options = proxy.options();
    options.connect_deadline = 500ms;
    options.silence_max = 50ms;
    with_connection(
        [&proxy](Connection& c) -> Task<> {
            proxy.inject(FaultProxy::Fault::silence);
            auto error = co_await error_of(c.execute("select 1"));
            EXPECT_EQ(error.error().code, "pg.connection_lost");
            EXPECT_EQ(error.error().exit_code, ExitCode::unavailable);
            EXPECT_TRUE(c.is_broken());
            EXPECT_THAT(error.what(), HasSubstr("execute on postgres at"));
            EXPECT_THAT(error.what(), HasSubstr("no answer for 50 ms"));
            EXPECT_THAT(error.error().hint, HasSubstr("network"));
        },
        options);
}

TEST(Silence, OfAServerThatIsBusyIsNoReasonToEnd) {
    auto options = TestServer::instance().options();
    options.silence_max = 10ms;
    with_connection(
        [](Connection& c) -> Task<> {
            EXPECT_EQ((co_await c.execute("select pg_sleep(0.3)")).size(), 1U);
            co_await c.run_script("create temp table t (n int)");
            auto copy = co_await c.copy_in("copy t from stdin (format binary)");
            EXPECT_EQ(co_await copy.finish(), 0);
            EXPECT_EQ((co_await c.execute("select 1")).size(), 1U);
        },
        options);
}

TEST(Deadline, OfAPipelineIsForTheWhole) {
    constexpr Statement sleep{.name = "sleep", .text = "select pg_sleep(0.03)"};
    with_connection([sleep](Connection& c) -> Task<> {
        Pipeline pipeline(c);
        for (int i = 0; i < 100; ++i) pipeline.add(sleep, {});
        std::optional<SqlError> failed;
        try {
            co_await pipeline.run(100ms);
        } catch (const SqlError& error) {
            failed = error;
        }
        EXPECT_TRUE(failed && failed->is_deadline_exceeded());
        EXPECT_EQ((co_await c.execute("select 1")).size(), 1U);
    });
}

TEST(Cancel, StopsAStatementFromAnotherThread) {
    with_connection([](Connection& c) -> Task<> {
        std::jthread other([&c] {
            std::this_thread::sleep_for(50ms);
            c.cancel();
        });
        auto error = co_await error_of(c.execute("select pg_sleep(60)"));
        EXPECT_EQ(error.sqlstate(), "57014");
        EXPECT_EQ(error.error().code, "pg.canceled");
        EXPECT_FALSE(error.is_deadline_exceeded());
        EXPECT_FALSE(c.is_broken());
    });
}

// A request that comes after its statement could hit the next one: the connection is not used again.
TEST(Cancel, ThatComesTooLateBreaksTheConnection) {
    with_connection([](Connection& c) -> Task<> {
        c.cancel();
        try {
            co_await c.execute("select 1");
        } catch (const SqlError& error) {
            EXPECT_EQ(error.sqlstate(), "57014");
            co_return;
        }
        EXPECT_TRUE(c.is_broken());
    });
}

TEST(Connection, RefusesASecondStatementWhileOneRuns) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create temp table t (n int)");
        auto copy = co_await c.copy_in("copy t from stdin (format binary)");
        std::string code;
        try {
            co_await c.execute("select 1");
        } catch (const Failure& busy) {
            code = busy.error().code;
        }
        EXPECT_EQ(code, "pg.connection_busy");
        EXPECT_EQ(co_await copy.finish(), 0);
    });
}

}  // namespace
}  // namespace gsdb::pg
