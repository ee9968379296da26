#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "cluster/child_process.hpp"
#include "cluster/cluster.hpp"
#include "cluster/data_directory.hpp"
#include "cluster/test_cluster.hpp"
#include "cluster/test_supervisor.hpp"

namespace gsdb::cluster {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::unique_ptr<EmbeddedCluster> start(const fs::path& home) {
    return value_or_throw(EmbeddedCluster::start(test_options(home)));
}

Error start_error(ClusterOptions options) {
    auto started = EmbeddedCluster::start(std::move(options));
    return started ? Error{.code = "it started"} : started.error();
}

void write(const fs::path& path, std::string_view text) {
    std::ofstream(path) << text;
}

/// Waits until a client runs a statement that ends with `text`.
void await_query(const EmbeddedCluster& server, std::string_view text) {
    const auto sql = fmt::format("select count(*) from pg_stat_activity where query like '%{}'", text);
    while (ask(server.conninfo("postgres"), sql) != "1") std::this_thread::sleep_for(5ms);
}

/// A home whose data directory exists and whose server is down.
struct StoppedHome {
    TestFolder folder{"home"};
    fs::path path = folder.path() / "home";
    Home home{path};

    // One is made by initdb, the others are copies of it, which takes a tenth of the time.
    StoppedHome() {
        static TestFolder original("original");
        static const bool made = [] {
            auto server = start(original.path() / "home");
            return execute(server->conninfo("postgres"), "create table kept as select 42 as answer");
        }();
        EXPECT_TRUE(made);
        EXPECT_TRUE(value_or_throw(run({.program = "/bin/cp",
                                        .arguments = {"-a", (original.path() / "home").string(), path.string()},
                                        .environment = {}}))
                        .ok());
    }
    void expect_kept(const EmbeddedCluster& server) {
        EXPECT_EQ(ask(server.conninfo("postgres"), "select answer from kept"), "42");
    }
};

TEST(TestCluster, gives_each_test_a_database_of_its_own) {
    TestDatabase one;
    TestDatabase two;
    EXPECT_NE(one.name(), two.name());
    EXPECT_EQ(ask(one.conninfo(), "select current_database()"), one.name());
}

TEST(TestCluster, runs_the_server_that_the_environment_names) {
    auto& server = TestCluster::instance();
    if (const auto* bindir = std::getenv("GSDB_TEST_POSTGRES_BINDIR"))
        EXPECT_EQ(server.server().binaries().folder, bindir);
    const auto number = ask(server.conninfo(), "select current_setting('server_version_num')::int / 10000");
    EXPECT_EQ(number, std::to_string(server.major()));
    EXPECT_THAT(ask(server.conninfo(), "show server_version"), testing::StartsWith(server.server().binaries().version));
}

TEST(EmbeddedCluster, starts_from_nothing_and_finds_its_data_again) {
    StoppedHome stopped;
    EXPECT_FALSE(fs::exists(stopped.home.data() / "postmaster.pid"));
    auto server = start(stopped.path);
    stopped.expect_kept(*server);
    EXPECT_EQ(server->status().state, ServerState::ready);
    server->stop();
    EXPECT_EQ(server->status().state, ServerState::stopped);
    EXPECT_EQ(server->status().postmaster, 0);
}

TEST(EmbeddedCluster, keeps_what_it_acknowledged_on_disk) {
    TestFolder folder("durable");
    auto options = test_options(folder.path() / "home");
    options.durable = true;
    options.settings = {{"dynamic_shared_memory_type", "mmap"}};
    auto server = value_or_throw(EmbeddedCluster::start(options));
    for (auto setting : {"fsync", "full_page_writes", "synchronous_commit", "data_checksums"})
        EXPECT_EQ(ask(server->conninfo("postgres"), fmt::format("show {}", setting)), "on") << setting;
}

TEST(EmbeddedCluster, is_reached_by_its_unix_socket_alone_and_runs_without_root) {
    auto& server = TestCluster::instance().server();
    const auto conninfo = server.conninfo("postgres");
    EXPECT_EQ(ask(conninfo, "show listen_addresses"), "");
    EXPECT_EQ(ask(conninfo, "show server_encoding"), "UTF8");
    struct stat process{};
    ASSERT_EQ(stat(fmt::format("/proc/{}", server.postmaster_pid()).c_str(), &process), 0);
    EXPECT_NE(process.st_uid, 0u);
    struct stat socket{};
    ASSERT_EQ(stat((server.socket_folder() / ".s.PGSQL.5432").c_str(), &socket), 0);
    EXPECT_EQ(socket.st_mode & 0077, 0u);
}

TEST(EmbeddedCluster, hands_no_secret_of_ours_to_the_server) {
    setenv("GSDB_DATABASE_PASSWORD_FOR_TEST", "do not tell", 1);
    TestFolder folder("environment");
    auto server = start(folder.path() / "home");
    std::ifstream file(fmt::format("/proc/{}/environ", server->postmaster_pid()));
    const std::string environment(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(environment, AllOf(HasSubstr("LC_ALL=C"), Not(HasSubstr("do not tell"))));
    unsetenv("GSDB_DATABASE_PASSWORD_FOR_TEST");
}

TEST(EmbeddedCluster, listens_on_tcp_with_passwords_when_asked) {
    TestFolder folder("tcp");
    auto options = test_options(folder.path() / "home");
    options.listen_addresses = "127.0.0.1";
    options.port = 20000 + getpid() % 10000;
    auto server = value_or_throw(EmbeddedCluster::start(options));
    EXPECT_TRUE(execute(server->conninfo("postgres"), "create role visitor login password 'let me in'"));
    const auto tcp = fmt::format("host=127.0.0.1 port={} dbname=postgres user=visitor", options.port);
    EXPECT_THAT(ask(tcp + " password=guess", "select 1"), HasSubstr("password authentication failed"));
    EXPECT_EQ(ask(tcp + " password='let me in'", "select 1"), "1");

    TestFolder second("tcp");
    auto same_port = options;
    same_port.home = Home(second.path() / "home");
    auto error = start_error(same_port);
    EXPECT_EQ(error.code, "cluster.port_in_use");
    EXPECT_EQ(error.exit_code, ExitCode::conflict);
}

TEST(EmbeddedCluster, refuses_a_second_supervisor_and_names_the_first) {
    TestFolder folder("two");
    SupervisorProcess first(test_options(folder.path() / "home"));
    ASSERT_TRUE(first.await_ready());
    auto error = start_error(test_options(folder.path() / "home"));
    EXPECT_EQ(error.code, "cluster.in_use");
    EXPECT_EQ(error.exit_code, ExitCode::conflict);
    EXPECT_THAT(error.message, HasSubstr(fmt::format("in use by process {}", first.pid())));
}

TEST(EmbeddedCluster, is_found_by_other_processes_while_it_runs) {
    TestFolder folder("found");
    Home home(folder.path() / "home");
    auto options = test_options(home.root());
    EXPECT_FALSE(find_running_server(home, options.environment));
    auto server = start(home.root());
    auto found = find_running_server(home, options.environment);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->ready);
    EXPECT_EQ(found->postmaster, server->postmaster_pid());
    EXPECT_EQ(ask(found->conninfo("postgres"), "select 1"), "1");
    server->stop();
    EXPECT_FALSE(find_running_server(home, options.environment));
}

TEST(EmbeddedCluster, shuts_down_when_its_supervisor_is_killed) {
    TestFolder folder("orphan");
    Home home(folder.path() / "home");
    SupervisorProcess supervisor(test_options(home.root()));
    ASSERT_TRUE(supervisor.await_ready());
    const auto postmaster = PostmasterFile::read(home.data());
    ASSERT_TRUE(postmaster);
    supervisor.kill(SIGKILL);
    EXPECT_TRUE(wait_until_gone(postmaster->pid, 10s));
    EXPECT_FALSE(fs::exists(home.data() / "postmaster.pid")) << "it was shut down, not killed";
}

TEST(EmbeddedCluster, starts_the_server_again_when_it_is_killed) {
    TestFolder folder("restart");
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<ServerState> states;
    auto options = test_options(folder.path() / "home");
    options.durable = true;  // a commit is acknowledged when it is in the log
    options.settings = {{"dynamic_shared_memory_type", "mmap"}};
    options.on_change = [&](const ServerStatus& status) {
        std::scoped_lock lock(mutex);
        states.push_back(status.state);
        changed.notify_all();
    };
    auto server = value_or_throw(EmbeddedCluster::start(options));
    const auto first = server->postmaster_pid();
    EXPECT_TRUE(execute(server->conninfo("postgres"), "create table kept as select 42 as answer"));
    kill(first, SIGKILL);
    {
        std::unique_lock lock(mutex);
        ASSERT_TRUE(changed.wait_for(lock, 30s, [&] { return std::ranges::count(states, ServerState::ready) == 2; }));
        EXPECT_EQ(std::ranges::count(states, ServerState::starting), 1);
    }
    const auto status = server->status();
    EXPECT_EQ(status.restarts, 1);
    EXPECT_NE(status.postmaster, first);
    EXPECT_EQ(ask(server->conninfo("postgres"), "select answer from kept"), "42");
}

TEST(EmbeddedCluster, smart_stop_waits_for_clients_and_then_ends_them) {
    TestFolder folder("smart");
    auto options = test_options(folder.path() / "home");
    options.smart_seconds_max = 1s;
    auto server = value_or_throw(EmbeddedCluster::start(options));
    std::jthread client([conninfo = server->conninfo("postgres")] { ask(conninfo, "select pg_sleep(60)"); });
    await_query(*server, "pg_sleep(60)");
    const auto began = std::chrono::steady_clock::now();
    server->stop(StopMode::smart);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 1s);
    EXPECT_LT(took, 20s);
    EXPECT_FALSE(fs::exists(folder.path() / "home/cluster/data/postmaster.pid"));
}

TEST(EmbeddedCluster, a_second_stop_may_ask_for_more_haste) {
    TestFolder folder("haste");
    auto options = test_options(folder.path() / "home");
    options.smart_seconds_max = 60s;
    auto server = value_or_throw(EmbeddedCluster::start(options));
    std::jthread client([conninfo = server->conninfo("postgres")] { ask(conninfo, "select pg_sleep(60)"); });
    await_query(*server, "pg_sleep(60)");
    const auto began = std::chrono::steady_clock::now();
    std::jthread patient([&] { server->stop(StopMode::smart); });
    while (server->status().state != ServerState::stopping) std::this_thread::yield();
    server->stop(StopMode::fast);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

TEST(EmbeddedCluster, a_start_can_be_cancelled) {
    TestFolder folder("cancel");
    std::stop_source source;
    source.request_stop();
    auto options = test_options(folder.path() / "home");
    options.cancel = source.get_token();
    EXPECT_EQ(start_error(options).exit_code, ExitCode::interrupted);
    EXPECT_FALSE(fs::exists(folder.path() / "home/cluster/data"));
    start(folder.path() / "home");  // and leaves nothing that is in the way of the next
}

// --- what a crash, an administrator or a container may have left in the data directory ---

class StalePidFile : public testing::TestWithParam<std::string> {};

TEST_P(StalePidFile, does_not_keep_the_server_from_starting) {
    StoppedHome stopped;
    write(stopped.home.data() / "postmaster.pid", GetParam());
    stopped.expect_kept(*start(stopped.path));
}

std::string pid_file_of(pid_t pid) {
    return fmt::format("{}\n/somewhere\n1700000000\n5432\n/tmp\n\n  1 2\nready\n", pid);
}

INSTANTIATE_TEST_SUITE_P(forms, StalePidFile,
                         testing::Values("",                     // the disk was full
                                         "garbage\n", "-1\n",    //
                                         pid_file_of(4194303),   // no such process
                                         pid_file_of(getpid()),  // this very process
                                         pid_file_of(1)));       // a live one, of another user mostly

TEST(EmbeddedCluster, takes_no_notice_of_a_pid_that_another_program_of_its_user_got) {
    StoppedHome stopped;
    auto sleeper = value_or_throw(spawn({.program = "/bin/sleep",
                                         .arguments = {"60"},
                                         .environment = {},
                                         .user = ServerUser::choose(stopped.path),
                                         .parent_death_signal = SIGKILL}));
    write(stopped.home.data() / "postmaster.pid", pid_file_of(sleeper));
    write(stopped.home.socket_folder() / ".s.PGSQL.5432.lock", pid_file_of(sleeper));
    stopped.expect_kept(*start(stopped.path));
    EXPECT_TRUE(is_alive(sleeper)) << "and leaves that program alone";
    kill(sleeper, SIGKILL);
    wait_for_exit(sleeper, 5s);
}

TEST(EmbeddedCluster, ends_a_server_that_was_started_by_hand_in_its_data_directory) {
    StoppedHome stopped;
    const auto binaries = value_or_throw(
        find_server_binaries(test_options(stopped.path).bindir, {}, test_options(stopped.path).environment));
    auto by_hand = value_or_throw(spawn({.program = binaries.postgres(),
                                         .arguments = {"-D", stopped.home.data().string(), "-k", "../../run/postgres"},
                                         .environment = server_environment(),
                                         .user = ServerUser::choose(stopped.path),
                                         .parent_death_signal = SIGKILL}));
    for (std::optional<PostmasterFile> file; !file || !file->ready; file = PostmasterFile::read(stopped.home.data()))
        ASSERT_FALSE(wait_for_exit(by_hand, 2ms));
    stopped.expect_kept(*start(stopped.path));
    EXPECT_TRUE(wait_for_exit(by_hand, 5s));
}

TEST(EmbeddedCluster, an_interrupted_initdb_is_begun_again) {
    TestFolder folder("initdb");
    Home home(folder.path() / "home");
    value_or_throw(home.create(ServerUser::choose(home.root())));
    fs::create_directories(home.cluster() / "data.new/base");
    write(home.cluster() / "data.new/PG_VERSION", "15\n");
    auto server = start(home.root());
    EXPECT_FALSE(fs::exists(home.cluster() / "data.new"));
    EXPECT_EQ(ask(server->conninfo("postgres"), "select 1"), "1");
}

TEST(EmbeddedCluster, repairs_modes_that_are_too_open) {
    StoppedHome stopped;
    for (const auto& folder :
         {stopped.home.cluster(), stopped.home.data(), stopped.home.socket_folder(), stopped.home.secrets()})
        fs::permissions(folder, fs::perms(0755));
    stopped.expect_kept(*start(stopped.path));
    EXPECT_EQ(fs::status(stopped.home.data()).permissions(), fs::perms(0700));
    EXPECT_EQ(fs::status(stopped.home.secrets()).permissions(), fs::perms(0700));
}

TEST(EmbeddedCluster, leaves_files_that_are_no_data_directory_alone) {
    TestFolder folder("foreign");
    Home home(folder.path() / "home");
    fs::create_directories(home.data());
    write(home.data() / "thesis.txt", "three years of work");
    auto error = start_error(test_options(home.root()));
    EXPECT_EQ(error.code, "cluster.not_a_data_directory");
    EXPECT_THAT(error.message, HasSubstr(home.data().string()));
    EXPECT_TRUE(fs::exists(home.data() / "thesis.txt"));
}

TEST(EmbeddedCluster, names_the_version_that_a_data_directory_needs) {
    StoppedHome stopped;
    write(stopped.home.data() / "PG_VERSION", "13\n");
    auto error = start_error(test_options(stopped.path));
    EXPECT_EQ(error.code, "cluster.server_version");
    EXPECT_THAT(error.message, HasSubstr("PostgreSQL 13"));
    EXPECT_THAT(error.hint, HasSubstr("pg_upgrade"));
}

TEST(EmbeddedCluster, a_server_that_does_not_start_says_why) {
    StoppedHome stopped;
    std::ofstream(stopped.home.data() / "postgresql.conf", std::ios::app) << "\nshared_buffers = 'many'\n";
    auto error = start_error(test_options(stopped.path));
    EXPECT_EQ(error.code, "cluster.start_failed");
    EXPECT_THAT(error.detail, HasSubstr("shared_buffers"));
    EXPECT_THAT(error.hint, HasSubstr(stopped.home.server_log().string()));
}

TEST(EmbeddedCluster, the_administrators_own_settings_win) {
    StoppedHome stopped;
    EXPECT_TRUE(execute(start(stopped.path)->conninfo("postgres"), "alter system set work_mem = '7MB'"));
    EXPECT_EQ(ask(start(stopped.path)->conninfo("postgres"), "show work_mem"), "7MB");
}

// --- users and folders ---

TEST(EmbeddedCluster, runs_below_a_folder_with_a_very_long_name) {
    TestFolder folder("long");
    const auto home = folder.path() / std::string(120, 'x') / "home";
    auto server = start(home);
    EXPECT_LT(server->socket_folder().string().size(), 80u);
    EXPECT_EQ(ask(server->conninfo("postgres"), "select 1"), "1");
}

TEST(EmbeddedCluster, runs_for_root_below_a_folder_that_is_closed_to_the_servers_user) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    TestFolder folder("closed");
    fs::permissions(folder.path(), fs::perms(0700));
    const auto home = folder.path() / "home";
    {
        auto server = start(home);
        EXPECT_TRUE(execute(server->conninfo("postgres"), "create table kept as select 42 as answer"));
        kill(server->postmaster_pid(), SIGHUP);  // it can read its configuration again
        EXPECT_TRUE(execute(server->conninfo("postgres"), "create database another"));
    }
    EXPECT_EQ(ask(start(home)->conninfo("postgres"), "select answer from kept"), "42");
}

TEST(EmbeddedCluster, runs_for_a_uid_without_passwd_entry) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
    constexpr uid_t nameless = 12345;
    ASSERT_FALSE((ServerUser{nameless, nameless, true}.has_passwd_entry()));
    TestFolder folder("nameless");
    ASSERT_EQ(chown(folder.path().c_str(), nameless, nameless), 0);
    SupervisorProcess supervisor(test_options(folder.path() / "home"),
                                 [] { ASSERT_TRUE(become({nameless, nameless, true})); });
    auto ready = supervisor.await_ready();
    ASSERT_TRUE(ready) << ready.error().message << ready.error().detail;
    EXPECT_EQ(ask(*ready, "select 1"), "1");
    EXPECT_EQ(supervisor.stop(), 0);
}

TEST(EmbeddedCluster, says_whose_folder_it_is_when_it_is_not_ours) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
    StoppedHome stopped;
    SupervisorProcess other(test_options(stopped.path), [] { ASSERT_TRUE(become({12345, 12345, true})); });
    auto error = other.await_ready();
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error().code, "home.not_yours");
    EXPECT_THAT(error.error().message, AllOf(HasSubstr(stopped.path.string()), HasSubstr("uid 12345")));
}

}  // namespace
}  // namespace gsdb::cluster
