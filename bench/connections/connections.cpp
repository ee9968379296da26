// What many open connections cost: 1,000 clients of PgBouncer (transaction mode) against 32, and 5,000 clients of our
// own API against 32. All clients of a run together ask equally often, evenly spread, so the runs differ in the number
// of connections alone; compared is the 95th percentile of the time from a request to its whole answer. Any error ends
// it.
//
//     bench_connections [--rate N] [--seconds S]

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "cluster/data_directory.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gsdb;
using Clock = std::chrono::steady_clock;

/// A connection that asks and is answered without blocking.
class Peer {
  public:
    virtual ~Peer() = default;
    virtual int descriptor() const = 0;
    virtual void ask() = 0;
    /// Reads what has come; whether the answer is whole. Throws on any error.
    virtual bool is_answered() = 0;
};

class Postgres final : public Peer {
  public:
    Postgres(const std::string& conninfo, std::string query)
        : connection_(PQconnectdb(conninfo.c_str())), query_(std::move(query)) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
        PQsetnonblocking(connection_.get(), 1);
    }
    int descriptor() const override { return PQsocket(connection_.get()); }
    void ask() override {
        if (PQsendQuery(connection_.get(), query_.c_str()) == 0 || PQflush(connection_.get()) != 0) fail();
    }
    bool is_answered() override {
        if (PQconsumeInput(connection_.get()) == 0) fail();
        while (PQisBusy(connection_.get()) == 0) {
            const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection_.get()), PQclear);
            if (!result) return true;
            if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) fail();
        }
        return false;
    }

  private:
    [[noreturn]] void fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Close> connection_;
    std::string query_;
};

class Http final : public Peer {
  public:
    Http(std::uint16_t port, std::string request)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), request_(std::move(request)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect: " + std::string(strerror(errno)));
        const int yes = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    ~Http() override { close(socket_); }
    Http(const Http&) = delete;
    Http& operator=(const Http&) = delete;
    int descriptor() const override { return socket_; }
    void ask() override {
        answer_.clear();
        if (send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size()))
            throw std::runtime_error("send: " + std::string(strerror(errno)));
    }
    bool is_answered() override {
        char buffer[16384];
        const auto count = recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) throw std::runtime_error("the server closed a connection");
        answer_.append(buffer, static_cast<std::size_t>(count));
        const auto head = answer_.find("\r\n\r\n");
        if (head == std::string::npos) return false;
        if (!answer_.starts_with("HTTP/1.1 200")) throw std::runtime_error(answer_.substr(0, 300));
        const auto length = answer_.find("Content-Length: ");
        if (length == std::string::npos || length > head) throw std::runtime_error("no Content-Length");
        return answer_.size() >= head + 4 + std::stoul(answer_.substr(length + 16));
    }

  private:
    int socket_;
    std::string request_, answer_;
};

using MakePeer = std::function<std::unique_ptr<Peer>()>;

/// Milliseconds of each answer: `count` connections that ask `rate` times a second together.
std::vector<double> measure(std::size_t count, double rate, double seconds, const MakePeer& make) {
    const int events = epoll_create1(EPOLL_CLOEXEC);
    std::vector<std::unique_ptr<Peer>> peers;
    for (std::size_t i = 0; i < count; ++i) {
        peers.push_back(make());
        epoll_event interest{.events = EPOLLIN, .data = {.u64 = i}};
        epoll_ctl(events, EPOLL_CTL_ADD, peers.back()->descriptor(), &interest);
    }
    std::vector<double> times;
    std::vector<Clock::time_point> asked(count);
    std::vector<char> waits(count, 0);
    std::size_t next = 0, skipped = 0;
    const auto began = Clock::now();
    const auto end = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    const auto moment_of = [&](std::size_t n) {
        return began + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(n) / rate));
    };
    while (Clock::now() < end) {
        for (; moment_of(next) <= Clock::now(); ++next) {
            const auto i = next % count;
            if (waits[i]) {  // its answer is not there yet: the request is due, and counts from here
                ++skipped;
                continue;
            }
            asked[i] = moment_of(next);
            waits[i] = 1;
            peers[i]->ask();
        }
        epoll_event ready[256];
        const auto pause = std::chrono::ceil<std::chrono::milliseconds>(moment_of(next) - Clock::now()).count();
        const int found = epoll_wait(events, ready, 256, static_cast<int>(std::clamp<long>(pause, 0, 100)));
        for (int k = 0; k < found; ++k) {
            const auto i = ready[k].data.u64;
            if (!waits[i]) {
                peers[i]->is_answered();  // throws: nothing was asked, so it was closed
                continue;
            }
            if (!peers[i]->is_answered()) continue;
            waits[i] = 0;
            times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - asked[i]).count());
        }
    }
    close(events);
    if (skipped > next / 100)
        throw std::runtime_error(
            fmt::format("{} of {} requests could not be made in time: lower --rate", skipped, next));
    std::ranges::sort(times);
    return times;
}

void compare(const char* name, std::size_t many, double rate, double seconds, const MakePeer& make) {
    std::vector<double> ratios;
    for (int round = 0; round < 3; ++round) {
        const auto few = measure(32, rate, seconds, make);
        const auto all = measure(many, rate, seconds, make);
        const auto p95 = [](const std::vector<double>& times) { return times[times.size() * 95 / 100]; };
        fmt::print(
            "{}: 32 connections p50 {:.2f} p95 {:.2f} ms, {} connections p50 {:.2f} p95 {:.2f} ms, {:.0f} requests/s, "
            "no error\n",
            name, few[few.size() / 2], p95(few), many, all[all.size() / 2], p95(all),
            static_cast<double>(all.size()) / seconds);
        ratios.push_back(p95(all) / p95(few));
    }
    std::ranges::sort(ratios);
    fmt::print("RATIO {} {:.2f} {:.2f} {:.2f} goal<=3\n", name, ratios[1], ratios[0], ratios[2]);
}

class PgBouncer {
  public:
    PgBouncer(const fs::path& folder, const fs::path& sockets, const cluster::ServerUser& user) : folder_(folder) {
        fs::create_directories(folder);
        std::ofstream(folder / "users.txt") << "\"postgres\" \"\"\n";
        std::ofstream(folder / "pgbouncer.ini") << fmt::format(
            "[databases]\n* = host={} port=5432 user=postgres\n[pgbouncer]\nlisten_port = 6432\nlisten_addr "
            "=\nunix_socket_dir = {}\n"
            "auth_type = trust\nauth_file = {}/users.txt\npool_mode = transaction\nmax_client_conn = "
            "1500\ndefault_pool_size = 16\nlogfile = {}/log\n",
            sockets.string(), folder.string(), folder.string(), folder.string());
        if (user.drops && chown(folder.c_str(), user.uid, user.gid) != 0) throw std::runtime_error("chown");
        process_ = value_or_throw(cluster::spawn({.program = "/usr/sbin/pgbouncer",
                                                  .arguments = {"-q", (folder / "pgbouncer.ini").string()},
                                                  .environment = cluster::server_environment(),
                                                  .user = user,
                                                  .parent_death_signal = SIGTERM}));
        for (int tries = 0; PQping(conninfo("postgres").c_str()) != PQPING_OK; ++tries) {
            if (tries > 1000) throw std::runtime_error("pgbouncer does not answer");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    PgBouncer(const PgBouncer&) = delete;
    PgBouncer& operator=(const PgBouncer&) = delete;
    ~PgBouncer() {
        kill(process_, SIGTERM);
        cluster::wait_for_exit(process_, std::chrono::seconds(10));
    }
    std::string conninfo(const std::string& database) const {
        return fmt::format("host={} port=6432 user=postgres dbname={}", folder_.string(), database);
    }

  private:
    fs::path folder_;
    pid_t process_ = 0;
};

void through_pgbouncer(double rate, double seconds) {
    const cluster::TestFolder folder("bench");
    const auto server =
        value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(folder.path() / "home")}));
    const auto connect = migrate::connector_to(pg::ConnectOptions::parse(server->conninfo("postgres")));
    const auto schemas = app::module_schemas();
    migrate::FileSecretStore secrets(server->home().secrets());
    run_task(migrate::Installer(connect, migrate::Layout::split(), schemas, &secrets, {}).install());
    run_task(value_or_throw(migrate::Migrator::create(connect, migrate::Layout::split(), schemas))
                 .migrate({.program_version = "bench"}));
    {
        const PgBouncer pooler(folder.path() / "pgbouncer", server->socket_folder(),
                               cluster::ServerUser::choose(folder.path()));
        compare("pgbouncer_1000_vs_32_p95", 1000, rate, seconds, [&] {
            return std::make_unique<Postgres>(
                pooler.conninfo("codebase_db"),
                "begin; set local role codebase_user; set local app.organization_id = "
                "'00000000-0000-7000-8000-000000000001'; "
                "select id, name, kind, location from codebase.codebases order by name limit 50; commit");
        });
    }
    server->stop(cluster::StopMode::fast);
}

std::string output_of(const std::string& command) {
    std::string output;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (pipe && std::fgets(buffer, sizeof buffer, pipe)) output += buffer;
    if (!pipe || pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
    return output;
}

void through_api(double rate, double seconds) {
    const cluster::TestFolder folder("bench");
    const auto home = folder.path() / "home";
    const auto program = fs::canonical("/proc/self/exe").parent_path() / "../../src/app/gsdb";
    const auto gsdb = fmt::format("GSDB_HOME='{}' '{}' ", home.string(), program.string());
    const auto answer = boost::json::parse(output_of(gsdb + "up --detach --json --port 0 --log-level warn"));
    const auto url = std::string(answer.at("url").as_string());
    const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    std::ifstream file(home / "secrets/api-key");
    std::string key;
    file >> key;
    try {
        compare("api_5000_vs_32_p95", 5000, rate, seconds, [&] {
            return std::make_unique<Http>(
                port,
                fmt::format("GET /api/v1/codebases HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
                            key));
        });
    } catch (...) {
        output_of(gsdb + "down");
        throw;
    }
    output_of(gsdb + "down");
}

double option(int count, char** words, std::string_view name, double fallback) {
    for (int i = 1; i + 1 < count; ++i)
        if (words[i] == name) return std::stod(words[i + 1]);
    return fallback;
}

}  // namespace

int main(int count, char** words) try {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const auto rate = option(count, words, "--rate", 400), seconds = option(count, words, "--seconds", 20);
    through_pgbouncer(rate, seconds);
    through_api(rate, seconds);
} catch (const std::exception& error) {
    fmt::print(stderr, "bench_connections: {}\n", error.what());
    return 1;
}
