#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/run_task.hpp"
#include "fault_proxy.hpp"
#include "observation_log.hpp"
#include "pg/database.hpp"
#include "pg/pipeline.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using test::TestServer;
using test::thrown_by;

struct Here {};
struct Elsewhere {};

template <class ModuleType>
struct CurrentOrganization {
    struct Params {};
    struct Row {
        std::string organization;
    };
    using Module = ModuleType;
    static constexpr Statement statement{.name = "current_organization",
                                         .text = "select current_setting('app.organization_id') as organization",
                                         .cardinality = Cardinality::one,
                                         .scope = Scope::tenant};
    static void bind(Parameters&, const Params&) {}
    static Row read(RowReader& row) { return {row.next<std::string>()}; }
};

Database<Here> database(std::size_t size_max = 4) {
    return Database<Here>(Pool({.connect = TestServer::instance().options(), .size_max = size_max}));
}

TEST(Database, SetsTheOrganizationForTheTransactionOnly) {
    auto db = database(1);
    auto organization = default_organization();
    auto seen = run_task(db.transaction({.organization = organization}, [](auto& tx) -> Task<std::string> {
        auto row = co_await tx.template query<CurrentOrganization<Here>>({});
        co_return row.organization;
    }));
    EXPECT_EQ(seen, to_string(organization));
    auto after = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::string> {
        auto rows = co_await tx.execute("select coalesce(current_setting('app.organization_id', true), '')");
        co_return rows.get<std::string>(0, 0);
    }));
    EXPECT_EQ(after, "");
}

TEST(Database, RefusesAnotherModulesStatement) {
    auto db = database();
    auto by_query = thrown_by([&] {
        run_task(db.transaction({.organization = default_organization()}, [](Transaction& tx) -> Task<> {
            co_await tx.query<CurrentOrganization<Elsewhere>>({});
        }));
    });
    EXPECT_EQ(by_query.error().code, "pg.wrong_module");
    auto by_pipeline = thrown_by([&] {
        run_task(db.transaction({.organization = default_organization()}, [](Transaction& tx) -> Task<> {
            Pipeline pipeline(tx);
            pipeline.add<CurrentOrganization<Elsewhere>>({});
            co_return;
        }));
    });
    EXPECT_EQ(by_pipeline.error().code, "pg.wrong_module");
}

template <class Tx, class Q>
concept CanQuery = requires(Tx& tx) { tx.template query<Q>({}); };
static_assert(CanQuery<TransactionOf<Here>, CurrentOrganization<Here>>);
static_assert(!CanQuery<TransactionOf<Here>, CurrentOrganization<Elsewhere>>);

TEST(Database, RefusesATenantStatementWithoutAnOrganization) {
    auto db = database();
    auto failure = thrown_by([&] { run_task(db.query<CurrentOrganization<Here>>({}, {})); });
    EXPECT_EQ(failure.error().code, "pg.tenant_missing");
    auto in_pipeline = thrown_by([&] {
        run_task(db.transaction({}, [](Transaction& tx) -> Task<> {
            Pipeline pipeline(tx);
            pipeline.add<CurrentOrganization<Here>>({});
            co_return;
        }));
    });
    EXPECT_EQ(in_pipeline.error().code, "pg.tenant_missing");
    // The organization of one transaction is not that of the next on the same connection.
    EXPECT_EQ(run_task(db.query<CurrentOrganization<Here>>({.organization = default_organization()}, {})).organization,
              to_string(default_organization()));
    EXPECT_THROW(run_task(db.query<CurrentOrganization<Here>>({}, {})), Failure);
}

TEST(Database, RollsBackWhatTheBodyThrows) {
    auto db = database();
    run_task(db.transaction({}, [](Transaction& tx) -> Task<> { co_await tx.execute("create table kept(n int)"); }));
    EXPECT_THROW(run_task(db.transaction({},
                                         [](Transaction& tx) -> Task<> {
                                             co_await tx.execute("insert into kept values (1)");
                                             throw std::runtime_error("changed my mind");
                                         })),
                 std::runtime_error);
    auto count = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::int64_t> {
        auto rows = co_await tx.execute("select count(*) from kept");
        co_return rows.get<std::int64_t>(0, 0);
    }));
    EXPECT_EQ(count, 0);
}

// ---- retries ---------------------------------------------------------------------------------------------------

/// Two coroutines on one thread, each in a transaction of the given isolation.
template <class Body>
void run_two(const Database<Here>& db, Isolation isolation, Body body) {
    asio::io_context context;
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(context,
                       db.transaction({.isolation = isolation}, [&body, i](Transaction& tx) { return body(tx, i); }),
                       [](std::exception_ptr e) { EXPECT_FALSE(e); });
    context.run();
}

TEST(Retry, CuresASerializationFailure) {
    auto db = database();
    run_task(db.transaction({}, [](Transaction& tx) -> Task<> {
        co_await tx.run_script(
            "create table doctors (name text, on_call bool); insert into doctors values ('a', true), ('b', true)");
    }));
    int attempts = 0;
    // Each goes off call when another is on call: together they would leave nobody.
    run_two(db, Isolation::serializable, [&attempts](Transaction& tx, int i) -> Task<> {
        ++attempts;
        auto others = co_await tx.execute("select count(*) from doctors where on_call");
        co_await tx.execute("select pg_sleep(0.05)");
        if (others.get<std::int64_t>(0, 0) < 2) co_return;
        co_await tx.execute("update doctors set on_call = false where name = $1", Parameters::of(i == 0 ? "a" : "b"));
    });
    EXPECT_GE(attempts, 3);
    auto left = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::int64_t> {
        auto rows = co_await tx.execute("select count(*) from doctors where on_call");
        co_return rows.get<std::int64_t>(0, 0);
    }));
    EXPECT_EQ(left, 1);
}

TEST(Retry, CuresADeadlock) {
    test::ObservationLog log;
    auto db = database();
    run_task(db.transaction({}, [](Transaction& tx) -> Task<> {
        co_await tx.run_script(
            "create table crossed (id int primary key, n int); insert into crossed values (0, 0), (1, 0)");
    }));
    run_two(db, Isolation::read_committed, [](Transaction& tx, int i) -> Task<> {
        constexpr auto update = "update crossed set n = n + 1 where id = $1";
        co_await tx.execute(update, Parameters::of(i));
        co_await tx.execute("select pg_sleep(0.05)");
        co_await tx.execute(update, Parameters::of(1 - i));
    });
    auto total = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::int64_t> {
        auto rows = co_await tx.execute("select sum(n) from crossed");
        co_return rows.get<std::int64_t>(0, 0);
    }));
    EXPECT_EQ(total, 4);
    auto retries = log.all("pg_transaction_retry");
    ASSERT_GE(retries.size(), 1U);
    EXPECT_EQ(retries[0].get<std::string>("reason"), "pg.deadlock");
}

TEST(Retry, EndsAfterTheAttemptsAllowed) {
    auto db = database();
    int attempts = 0;
    auto error = thrown_by<SqlError>([&] {
        run_task(db.transaction({.attempts_max = 3}, [&attempts](Transaction& tx) -> Task<> {
            ++attempts;
            co_await tx.execute("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
        }));
    });
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(error.sqlstate(), "40001");
}

TEST(Retry, DoesNotRepeatOtherErrors) {
    auto db = database();
    int attempts = 0;
    EXPECT_THROW(run_task(db.transaction({},
                                         [&attempts](Transaction& tx) -> Task<> {
                                             ++attempts;
                                             co_await tx.execute("select 1/0");
                                         })),
                 SqlError);
    EXPECT_EQ(attempts, 1);
}

TEST(Retry, CuresAConnectionLostBeforeCommit) {
    auto db = database();
    int attempts = 0;
    run_task(db.transaction({}, [&attempts](Transaction& tx) -> Task<> {
        if (++attempts == 1) co_await tx.execute("select pg_terminate_backend(pg_backend_pid())");
    }));
    EXPECT_EQ(attempts, 2);
}

TEST(Retry, CuresAPlanMadeStaleByAMigration) {
    auto db = database(1);
    constexpr Statement select{.name = "select_all", .text = "select * from widened", .cardinality = Cardinality::many};
    auto columns = [&] {
        return run_task(db.transaction({}, [select](Transaction& tx) -> Task<std::size_t> {
            auto rows = co_await tx.connection().run(select, {});
            co_return rows.column_count();
        }));
    };
    test::with_connection([](Connection& c) -> Task<> { co_await c.run_script("create table widened (a int)"); });
    EXPECT_EQ(columns(), 1U);
    test::with_connection(
        [](Connection& c) -> Task<> { co_await c.run_script("alter table widened add column b int"); });
    EXPECT_EQ(columns(), 2U);
}

TEST(Retry, NeverRepeatsACommitOfUnknownOutcome) {
    test::FaultProxy proxy;
    Database<Here> db(Pool({.connect = proxy.options(), .size_max = 1}));
    int attempts = 0;
    EXPECT_THROW(run_task(db.transaction({},
                                         [&](Transaction& tx) -> Task<> {
                                             ++attempts;
                                             co_await tx.execute("select 1");
                                             proxy.inject(test::FaultProxy::Fault::cut_after_commit);
                                         })),
                 CommitOutcomeUnknown);
    EXPECT_EQ(attempts, 1);
    proxy.inject(test::FaultProxy::Fault::none);
    run_task(db.transaction({}, [](Transaction& tx) -> Task<> { co_await tx.execute("select 1"); }));  // recovered
}

// ---- observations ----------------------------------------------------------------------------------------------

TEST(Observations, NameTheStatementItsTimeRowsAndOutcome) {
    auto db = database();
    test::ObservationLog log;
    run_task(db.query<CurrentOrganization<Here>>({.organization = default_organization()}, {}));
    EXPECT_THROW(run_task(db.transaction({}, [](Transaction& tx) -> Task<> { co_await tx.execute("select 1/0"); })),
                 SqlError);
    auto statements = log.all("pg_statement");
    auto find = [&](std::string_view name) {
        auto found =
            std::ranges::find_if(statements, [&](auto& s) { return s.template get<std::string>("statement") == name; });
        return found == statements.end() ? test::ObservationLog::Entry{} : *found;
    };
    auto ran = find("current_organization");
    ASSERT_EQ(ran.name, "pg_statement");
    EXPECT_EQ(ran.get<std::string>("outcome"), "ok");
    EXPECT_EQ(ran.get<std::int64_t>("rows"), 1);
    EXPECT_GT(ran.get<double>("seconds"), 0);
    auto failed = find("execute");
    ASSERT_EQ(failed.name, "pg_statement");
    EXPECT_EQ(failed.get<std::string>("outcome"), "pg.sqlstate_22012");
    EXPECT_GE(log.count("pg_pool_wait"), 2U);
}

}  // namespace
}  // namespace gsdb::pg
