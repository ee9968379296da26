// Through PgBouncer in transaction mode: two clients take turns on one server connection.

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/run_task.hpp"
#include "pg/copy.hpp"
#include "pg/database.hpp"
#include "pg/pipeline.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using test::AnyModule;
using test::TestServer;
using test::thrown_on_connection;
using test::with_connection;

constexpr auto program = "/usr/sbin/pgbouncer";

struct Double {
    struct Params {
        std::int32_t number;
    };
    struct Row {
        std::int32_t twice;
    };
    using Module = AnyModule;
    static constexpr Statement statement{
        .name = "twice", .text = "select $1 * 2 as twice", .cardinality = Cardinality::one, .scope = Scope::local};
    static void bind(Parameters& to, const Params& from) { to.add(from.number); }
    static Row read(RowReader& row) { return {row.next<std::int32_t>()}; }
};

class PgBouncer : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " is not installed: apt install pgbouncer";
        auto folder = TestServer::instance().folder();
        std::ofstream(folder + "/users.txt") << "\"postgres\" \"\"\n";
        std::ofstream(folder + "/pgbouncer.ini")
            << "[databases]\npostgres = host=" << folder << " port=5432 user=postgres\n"
            << "[pgbouncer]\nlisten_port = 6432\nlisten_addr =\nunix_socket_dir = " << folder
            << "\nauth_type = trust\nauth_file = " << folder << "/users.txt\npool_mode = transaction\n"
            << "default_pool_size = 1\nlogfile = " << folder << "/pgbouncer.log\n";
        pid_ = test::start_program({program, folder + "/pgbouncer.ini"}, folder + "/pgbouncer.out");
        auto info = "host=" + folder + " port=6432 user=postgres dbname=postgres";
        while (PQping(info.c_str()) != PQPING_OK) {
            if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = 0;
                FAIL() << "pgbouncer ended: see " << folder << "/pgbouncer.out";
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{3});
        }
    }
    void TearDown() override {
        if (pid_ == 0) return;
        kill(pid_, SIGTERM);
        test::wait_for_exit(pid_);
    }

    static ConnectOptions options(Prepared prepared) {
        auto options = TestServer::instance().options();
        options.port = 6432;
        options.prepared = prepared;
        return options;
    }

    pid_t pid_ = 0;
};

TEST_F(PgBouncer, ClientsTakeTurnsWithPreparedOff) {
    with_connection(
        [](Connection& one) -> Task<> {
            auto two = co_await Connection::open(one.options());
            for (int i = 0; i < 3; ++i) {
                EXPECT_EQ((co_await one.query<Double>({.number = i})).twice, 2 * i);
                EXPECT_EQ((co_await two->query<Double>({.number = i})).twice, 2 * i);
            }
            Pipeline pipeline(*two);
            auto answer = pipeline.add<Double>({.number = 21});
            pipeline.add<Double>({.number = 22});
            co_await pipeline.run();
            EXPECT_EQ(answer.answer().twice, 42);
            EXPECT_TRUE((co_await one.execute("select from pg_prepared_statements")).empty());
        },
        options(Prepared::off));
}

TEST_F(PgBouncer, TransactionsCopyAndTheOrganizationWork) {
    Database<AnyModule> db(Pool({.connect = options(Prepared::off), .size_max = 2}));
    auto seen =
        run_task(db.transaction({.organization = default_organization()}, [](Transaction& tx) -> Task<std::string> {
            co_await tx.execute("create temp table loaded (n int) on commit drop");
            CopyWriter writer(co_await tx.copy_in("copy loaded from stdin (format binary)"));
            for (std::int32_t n = 0; n < 1000; ++n) co_await writer.row(n);
            EXPECT_EQ(co_await writer.finish(), 1000);
            auto rows = co_await tx.execute("select current_setting('app.organization_id')");
            co_return rows.get<std::string>(0, 0);
        }));
    EXPECT_EQ(seen, to_string(default_organization()));
    auto after = run_task(db.transaction({}, [](Transaction& tx) -> Task<std::string> {
        auto rows = co_await tx.execute("select coalesce(current_setting('app.organization_id', true), '')");
        co_return rows.get<std::string>(0, 0);
    }));
    EXPECT_EQ(after, "") << "the organization of one client must not reach the next on the same server connection";
}

// Why Prepared::off exists: the second client finds the name taken by the first.
TEST_F(PgBouncer, PreparedStatementsCollide) {
    auto error = thrown_on_connection(
        [](Connection& one) -> Task<> {
            auto two = co_await Connection::open(one.options());
            co_await one.query<Double>({.number = 1});
            co_await two->query<Double>({.number = 1});
        },
        options(Prepared::on));
    EXPECT_EQ(error.sqlstate(), "42P05");
    EXPECT_NE(error.error().hint.find("prepared = off"), std::string::npos);
}

TEST_F(PgBouncer, RefusesToListen) {
    auto failure = thrown_on_connection<Failure>([](Connection& c) -> Task<> { co_await c.listen("news"); },
                                                 options(Prepared::off));
    EXPECT_EQ(failure.error().code, "pg.listen_without_session");
}

}  // namespace
}  // namespace gsdb::pg
