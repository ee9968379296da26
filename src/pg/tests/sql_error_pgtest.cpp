// Each error that users meet says what, where, and what to do.

#include "fault_proxy.hpp"
#include "pg/sql_error.hpp"
#include "pg/transaction.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using test::FaultProxy;
using test::TestServer;
using test::thrown_by;
using test::thrown_on_connection;
using test::with_connection;
using testing::HasSubstr;
using testing::Not;

SqlError connect_error(ConnectOptions options) {
    return thrown_on_connection([](Connection&) -> Task<> { co_return; }, std::move(options));
}

TEST(SqlError, OfAWrongPasswordHidesThePassword) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create role asks_password login password 'the right one'");
    });
    auto options = TestServer::instance().options();
    options.user = "asks_password";
    options.password = "s3cret-but-wrong";
    auto error = connect_error(options);
    EXPECT_EQ(error.sqlstate(), "28P01");
    EXPECT_EQ(error.error().code, "pg.wrong_password");
    EXPECT_THAT(error.what(), HasSubstr("as asks_password"));
    EXPECT_THAT(error.error().hint, HasSubstr("GSDB_DATABASE_URL"));
    for (const auto& text : {std::string(error.what()), error.error().hint, error.facts().message})
        EXPECT_THAT(text, Not(HasSubstr("s3cret")));
    options.password = "the right one";
    with_connection(
        [](Connection& c) -> Task<> {
            EXPECT_FALSE(c.is_broken());
            co_return;
        },
        options);
}

TEST(SqlError, OfAServerThatIsNotThere) {
    auto options = TestServer::instance().options();
    options.host = "/dev/shm/no-such-folder";
    auto error = connect_error(options);
    EXPECT_EQ(error.error().code, "pg.cannot_connect");
    EXPECT_EQ(error.error().exit_code, ExitCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("/dev/shm/no-such-folder"));
    EXPECT_TRUE(error.is_unavailable());

    options.host = "127.0.0.1";
    options.port = 1;
    EXPECT_THAT(connect_error(options).what(), HasSubstr("refused"));
}

TEST(SqlError, OfAHostNameThatIsNotKnown) {
    auto options = TestServer::instance().options();
    options.host = "no-such-host.invalid";
    auto error = connect_error(options);
    EXPECT_EQ(error.sqlstate(), "08001");
    EXPECT_THAT(error.what(), HasSubstr("the host name \"no-such-host.invalid\" is not known"));
}

TEST(SqlError, OfAMissingRight) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create table secrets (n int); create role curious login");
    });
    auto options = TestServer::instance().options();
    options.user = "curious";
    auto error =
        thrown_on_connection([](Connection& c) -> Task<> { co_await c.execute("select from secrets"); }, options);
    EXPECT_EQ(error.sqlstate(), "42501");
    EXPECT_THAT(error.what(), HasSubstr("as curious: permission denied for table secrets (42501)"));
    EXPECT_THAT(error.error().hint, HasSubstr("Grant"));
}

TEST(SqlError, OfTooManyConnections) {
    with_connection(
        [](Connection& c) -> Task<> { co_await c.run_script("create role lonely login connection limit 1"); });
    auto options = TestServer::instance().options();
    options.user = "lonely";
    with_connection(
        [](Connection& c) -> Task<> {
            std::optional<SqlError> failed;
            try {
                co_await Connection::open(c.options());
            } catch (const SqlError& error) {
                failed = error;
            }
            EXPECT_TRUE(failed && failed->sqlstate() == "53300");
            EXPECT_TRUE(failed && failed->is_unavailable());
            EXPECT_TRUE(failed && failed->error().hint.contains("pool sizes"));
        },
        options);
}

TEST(SqlError, OfAServerThatIsShuttingDown) {
    TestServer server;
    with_connection(
        [&server](Connection& c) -> Task<> {
            server.signal(SIGTERM);  // a smart shutdown: it waits for this session and refuses others
            std::optional<SqlError> failed;
            for (int i = 0; i < 500 && !failed; ++i) {
                try {
                    co_await Connection::open(c.options());
                } catch (const SqlError& error) {
                    failed = error;
                }
            }
            EXPECT_TRUE(failed && failed->sqlstate() == "57P03") << (failed ? failed->what() : "");
            EXPECT_TRUE(failed && failed->error().hint.contains("Try again"));
        },
        server.options());
}

TEST(SqlError, OfAReadOnlyServer) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create table if not exists written (n int); set default_transaction_read_only = on");
        std::optional<SqlError> failed;
        try {
            co_await c.execute("insert into written values (1)");
        } catch (const SqlError& error) {
            failed = error;
        }
        EXPECT_TRUE(failed);
        if (!failed) co_return;
        EXPECT_EQ(failed->error().code, "pg.read_only");
        EXPECT_THAT(failed->error().hint, HasSubstr("connect to the primary"));
        // A pool gives such a connection up: after a failover the next one may reach the primary.
        EXPECT_TRUE(failed->poisons_connection());
        EXPECT_TRUE(c.is_broken());
    });
}

TEST(SqlError, OfAConnectionThatTheServerEnds) {
    auto error = thrown_on_connection(
        [](Connection& c) -> Task<> { co_await c.execute("select pg_terminate_backend(pg_backend_pid())"); });
    EXPECT_EQ(error.sqlstate(), "57P01");
    EXPECT_TRUE(error.poisons_connection());
    EXPECT_TRUE(error.is_unavailable());
}

TEST(SqlError, OfAServerThatCrashes) {
    TestServer server;
    auto error = thrown_on_connection(
        [&server](Connection& c) -> Task<> {
            server.stop(SIGQUIT);
            co_await c.execute("select 1");
        },
        server.options());
    EXPECT_TRUE(error.poisons_connection());
    EXPECT_TRUE(error.is_unavailable()) << error.what();
}

TEST(SqlError, NamesTheConstraint) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        co_await c.run_script(
            "create temp table jobs (state text constraint finished_has_result check (state <> 'x'))");
        co_await c.execute("insert into jobs values ($1)", Parameters::of("x"));
    });
    EXPECT_EQ(error.constraint(), "finished_has_result");
    EXPECT_EQ(error.error().exit_code, ExitCode::conflict);
}

// ---- commit ----------------------------------------------------------------------------------------------------

/// Inserts through the proxy, loses the connection around COMMIT, and returns whether the row is there.
std::int64_t rows_after_cut(FaultProxy::Fault fault) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("drop table if exists committed; create table committed (n int)");
    });
    FaultProxy proxy;
    auto unknown = thrown_on_connection<CommitOutcomeUnknown>(
        [&proxy, fault](Connection& c) -> Task<> {
            auto tx = co_await Transaction::begin(c, {});
            co_await tx.execute("insert into committed values (1)");
            proxy.inject(fault);
            co_await tx.commit();
        },
        proxy.options());
    EXPECT_EQ(unknown.error().code, "pg.commit_outcome_unknown");
    EXPECT_THAT(unknown.error().hint, HasSubstr("look before doing the work again"));
    std::int64_t count = -1;
    with_connection([&count](Connection& c) -> Task<> {
        count = (co_await c.execute("select count(*) from committed")).get<std::int64_t>(0, 0);
    });
    return count;
}

TEST(Commit, ThatTheServerDidButTheClientDidNotHearOfIsUnknown) {
    EXPECT_EQ(rows_after_cut(FaultProxy::Fault::cut_after_commit), 1);
}

TEST(Commit, ThatNeverReachedTheServerIsUnknownAlike) {
    EXPECT_EQ(rows_after_cut(FaultProxy::Fault::cut_before_commit), 0);
}

TEST(Commit, OnAConnectionLostBeforeIsAnOrdinaryError) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        auto tx = co_await Transaction::begin(c, {});
        try {
            co_await tx.execute("select pg_terminate_backend(pg_backend_pid())");
        } catch (const SqlError&) {
        }
        co_await tx.commit();
    });
    EXPECT_EQ(error.query_name(), "commit");
    EXPECT_EQ(error.error().code, "pg.connection_lost");
}

TEST(Commit, OfAFailedTransactionSaysThatItWasRolledBack) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        auto tx = co_await Transaction::begin(c, {});
        try {
            co_await tx.execute("select 1/0");
        } catch (const SqlError&) {
        }
        co_await tx.commit();
    });
    EXPECT_EQ(error.sqlstate(), "25P02");
}

TEST(Commit, RefusedByADeferredConstraintIsAnOrdinaryError) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create temp table once (n int unique deferrable initially deferred)");
        auto tx = co_await Transaction::begin(c, {});
        co_await tx.run_script("insert into once values (1); insert into once values (1)");
        co_await tx.commit();
    });
    EXPECT_EQ(error.error().code, "pg.unique_violation");
}

}  // namespace
}  // namespace gsdb::pg
