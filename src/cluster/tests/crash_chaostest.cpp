// Kills the supervisor and the server at random moments while rows are committed. Whatever was acknowledged has to be
// there after a start that nobody helped.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

#include "cluster/data_directory.hpp"
#include "cluster/test_cluster.hpp"
#include "cluster/test_supervisor.hpp"

namespace gsdb::cluster {
namespace {

using namespace std::chrono_literals;

/// GSDB_TEST_SEED replays a run.
std::mt19937& random_source() {
    static std::mt19937 source = [] {
        const auto* given = std::getenv("GSDB_TEST_SEED");
        const auto seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
        fmt::print("GSDB_TEST_SEED={}\n", seed);
        return std::mt19937(seed);
    }();
    return source;
}

std::chrono::milliseconds random_moment(int most_milliseconds) {
    return std::chrono::milliseconds(std::uniform_int_distribution(0, most_milliseconds)(random_source()));
}

/// Durable, as the product runs; checkpoints come often so that some kill hits one.
ClusterOptions durable_options(const std::filesystem::path& home) {
    auto options = test_options(home);
    options.durable = true;
    options.settings = {{"shared_buffers", "32MB"},
                        {"checkpoint_timeout", "30s"},
                        {"max_wal_size", "64MB"},
                        {"dynamic_shared_memory_type", "mmap"}};
    return options;
}

/// Commits one row after the other until it is stopped, over any number of crashes.
class Writer {
  public:
    explicit Writer(std::string conninfo) : conninfo_(std::move(conninfo)) {}
    ~Writer() { stop(); }

    void begin() {
        thread_ = std::jthread([this](std::stop_token stop) { write(stop); });
    }
    void stop() {
        thread_.request_stop();
        if (thread_.joinable()) thread_.join();
    }
    int acknowledged() const { return acknowledged_; }

  private:
    void write(std::stop_token stop) {
        using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
        Connection connection(nullptr, &PQfinish);
        for (int n = acknowledged_ + 1; !stop.stop_requested();) {
            if (connection == nullptr || PQstatus(connection.get()) != CONNECTION_OK) {
                connection.reset(PQconnectdb(conninfo_.c_str()));
                if (PQstatus(connection.get()) != CONNECTION_OK) std::this_thread::sleep_for(2ms);
                continue;
            }
            // The answer to a commit may be lost in a crash: the same row again must be no error.
            const auto sql =
                fmt::format("insert into kept values ({}, repeat(md5('{}'), 20)) on conflict do nothing", n, n);
            auto* result = PQexec(connection.get(), sql.c_str());
            if (PQresultStatus(result) == PGRES_COMMAND_OK) acknowledged_ = n++;
            PQclear(result);
        }
    }

    const std::string conninfo_;
    std::atomic<int> acknowledged_ = 0;
    std::jthread thread_;
};

void expect_everything_acknowledged(const std::string& conninfo, const Writer& writer) {
    const auto acknowledged = writer.acknowledged();
    EXPECT_EQ(ask(conninfo, fmt::format("select count(*) from kept where n <= {} and filler = repeat(md5(n::text), 20)",
                                        acknowledged)),
              std::to_string(acknowledged));
}

TEST(Crash, of_the_supervisor_loses_no_acknowledged_commit) {
    TestFolder folder("chaos");
    const auto options = durable_options(folder.path() / "home");
    std::unique_ptr<Writer> writer;
    for (int round = 0; round < 8; ++round) {
        SupervisorProcess supervisor(options);
        auto ready = supervisor.await_ready();
        ASSERT_TRUE(ready) << "round " << round << ": " << ready.error().message << " " << ready.error().detail;
        if (!writer) {
            ASSERT_TRUE(execute(*ready, "create table kept (n int primary key, filler text)"));
            writer = std::make_unique<Writer>(*ready);
            writer->begin();
        }
        expect_everything_acknowledged(*ready, *writer);
        std::this_thread::sleep_for(random_moment(300));
        supervisor.kill(SIGKILL);
        if (round % 2 == 0) std::this_thread::sleep_for(random_moment(50));  // else the next starts into the shutdown
    }
    EXPECT_GT(writer->acknowledged(), 10);
}

TEST(Crash, of_the_server_is_healed_by_the_supervisor) {
    TestFolder folder("chaos");
    const Home home(folder.path() / "home");
    auto server = value_or_throw(EmbeddedCluster::start(durable_options(home.root())));
    const auto conninfo = server->conninfo("postgres");
    ASSERT_TRUE(execute(conninfo, "create table kept (n int primary key, filler text)"));
    Writer writer(conninfo);
    writer.begin();
    for (int round = 1; round <= 8; ++round) {
        std::this_thread::sleep_for(random_moment(300));
        const auto victim = server->postmaster_pid();
        kill(victim, SIGKILL);
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        for (auto status = server->status(); status.restarts < round || status.state != ServerState::ready;
             status = server->status()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << to_string(status.state) << ": " << status.reason;
            std::this_thread::sleep_for(5ms);
        }
        expect_everything_acknowledged(conninfo, writer);
    }
    writer.stop();
    EXPECT_GT(writer.acknowledged(), 10);
}

TEST(Crash, of_everything_at_once_leaves_nothing_in_the_way) {
    TestFolder folder("chaos");
    const Home home(folder.path() / "home");
    std::unique_ptr<Writer> writer;
    for (int round = 0; round < 8; ++round) {
        SupervisorProcess supervisor(durable_options(home.root()));
        auto ready = supervisor.await_ready();
        ASSERT_TRUE(ready) << "round " << round << ": " << ready.error().message << " " << ready.error().detail;
        if (!writer) {
            ASSERT_TRUE(execute(*ready, "create table kept (n int primary key, filler text)"));
            writer = std::make_unique<Writer>(*ready);
            writer->begin();
        }
        expect_everything_acknowledged(*ready, *writer);
        std::this_thread::sleep_for(random_moment(200));
        const auto postmaster = PostmasterFile::read(home.data());
        ASSERT_TRUE(postmaster);
        kill(supervisor.pid(), SIGSTOP);  // it must not restart the server before it dies itself
        kill(postmaster->pid, SIGKILL);   // the server's children live on for a moment
        supervisor.kill(SIGKILL);
    }
}

TEST(Crash, during_the_very_first_start_leaves_no_half_made_database) {
    for (int round = 0; round < 6; ++round) {
        TestFolder folder("chaos");
        const auto options = durable_options(folder.path() / "home");
        {
            SupervisorProcess supervisor(options);
            std::this_thread::sleep_for(random_moment(700));
            supervisor.kill(SIGKILL);
        }
        SupervisorProcess again(options);
        auto ready = again.await_ready();
        ASSERT_TRUE(ready) << "round " << round << ": " << ready.error().message << " " << ready.error().detail;
        EXPECT_EQ(ask(*ready, "select count(*) from pg_database"), "3");
    }
}

}  // namespace
}  // namespace gsdb::cluster
