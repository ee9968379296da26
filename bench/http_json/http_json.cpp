// How many requests a second our server answers with a JSON body, against nginx serving the same bytes as a file.
//
// Both have as many threads (workers) and get the same wrk: 64 keep-alive connections. Rounds alternate, so that what
// else the machine does hits both.
//
//     http_json [--threads N] [--rounds N] [--seconds N]

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "http/listen.hpp"
#include "http/server.hpp"
#include "observe/prometheus.hpp"

using namespace gsdb;
namespace fs = std::filesystem;

namespace {

// A page of an API's list, about 1 KB: below it the system calls are all that is measured.
std::string make_body() {
    std::string body = R"({"items":[)";
    for (int i = 0; i < 8; ++i)
        body +=
            fmt::format(R"({}{{"id":"01941f29-7c00-7000-8000-{:012}","path":"src/module_{}/source.cpp","lines":{}}})",
                        i ? "," : "", i, i, 100 + i);
    return body + R"(],"next":null})";
}

std::uint16_t find_free_port() {
    asio::io_context io;
    return http::listen("127.0.0.1", 0, {&io}).front().local_endpoint().port();
}

// nginx with its files in a folder of its own, until destroyed.
class Nginx {
  public:
    Nginx(const std::string& body, int workers) : port_(find_free_port()) {
        std::string name = (fs::temp_directory_path() / "http_json.XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
        folder_ = name;
        fs::permissions(folder_, fs::perms(0755));
        fs::create_directory(folder_ / "www");
        std::ofstream(folder_ / "www" / "body.json") << body;
        std::ofstream(folder_ / "nginx.conf") << fmt::format(
            "worker_processes {}; daemon off; pid {}/pid; error_log {}/error.log;\n"
            "events {{ worker_connections 1024; }}\n"
            "http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n"
            "  types {{ application/json json; }} open_file_cache max=16; client_body_temp_path {}/b; proxy_temp_path "
            "{}/p;\n"
            "  fastcgi_temp_path {}/f; uwsgi_temp_path {}/u; scgi_temp_path {}/s;\n"
            "  server {{ listen 127.0.0.1:{} reuseport; root {}/www; }} }}\n",
            workers, name, name, name, name, name, name, name, port_, name);
        pid_ = fork();
        if (pid_ == 0) {
            auto config = (folder_ / "nginx.conf").string();
            execlp("nginx", "nginx", "-c", config.c_str(), "-e", "stderr", nullptr);
            std::perror("nginx");
            _exit(127);
        }
    }
    ~Nginx() {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}/body.json", port_); }

    /// CPU seconds that its workers have used.
    double cpu_seconds() const {
        double ticks = 0;
        std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid_));
        for (pid_t worker; children >> worker;) {
            std::ifstream stat(fmt::format("/proc/{}/stat", worker));
            std::string field;
            constexpr int user_ticks = 14, system_ticks = 15;  // proc(5); the name, field 2, has no space for nginx
            for (int i = 1; stat >> field && i <= system_ticks; ++i)
                if (i >= user_ticks) ticks += std::stod(field);
        }
        return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    }

  private:
    std::uint16_t port_;
    pid_t pid_ = -1;
    fs::path folder_;
};

// Requests per second that wrk reports for the URL.
double measure(const std::string& url, int seconds) {
    auto command = fmt::format("wrk -t1 -c64 -d{}s {} 2>&1", seconds, url);
    auto* pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> bytes{};
    while (auto count = std::fread(bytes.data(), 1, bytes.size(), pipe)) output.append(bytes.data(), count);
    pclose(pipe);
    auto at = output.find("Requests/sec:");
    if (at == output.npos || output.find("Non-2xx") != output.npos || output.find("Socket errors") != output.npos)
        throw std::runtime_error("wrk failed on " + url + ":\n" + output);
    return std::stod(output.substr(at + 13));
}

double own_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int option(int argc, char** argv, std::string_view name, int value) {
    for (int i = 1; i + 1 < argc; ++i)
        if (argv[i] == name) value = std::atoi(argv[i + 1]);
    return value;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) try {
    const int threads = option(argc, argv, "--threads", 1);
    const int rounds = option(argc, argv, "--rounds", 7);
    const int seconds = option(argc, argv, "--seconds", 2);
    const auto body = make_body();

    // As in production: every request is observed.
    observe::Metrics metrics;
    observe::add_sink(metrics.sink());
    http::Server server({.threads = threads}, [&](asio::io_context&) {
        http::Router router;
        router.get("/api/v1/codebases/{codebase_id}/files", {.access = http::Access::open},
                   [&](http::Request) -> Task<http::Response> { co_return http::Response::json(body); });
        return router;
    });
    Nginx nginx(body, threads);
    const auto ours = server.url() + "/api/v1/codebases/7/files";
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    measure(ours, 1);
    measure(nginx.url(), 1);

    fmt::print("body {} bytes, {} thread(s) each, wrk -t1 -c64, {} rounds of {} s\n", body.size(), threads, rounds,
               seconds);
    std::vector<double> our_rates, nginx_rates, ratios, our_costs, nginx_costs;
    for (int round = 0; round < rounds; ++round) {
        auto cpu_before = own_cpu_seconds();
        our_rates.push_back(measure(ours, seconds));
        our_costs.push_back((own_cpu_seconds() - cpu_before) / (our_rates.back() * seconds) * 1e6);
        cpu_before = nginx.cpu_seconds();
        nginx_rates.push_back(measure(nginx.url(), seconds));
        nginx_costs.push_back((nginx.cpu_seconds() - cpu_before) / (nginx_rates.back() * seconds) * 1e6);
        ratios.push_back(our_rates.back() / nginx_rates.back());
        fmt::print("round {}: gsdb {:.0f} nginx {:.0f} requests/s\n", round + 1, our_rates.back(), nginx_rates.back());
    }
    fmt::print("median: gsdb {:.0f} nginx {:.0f} requests/s\n", median(our_rates), median(nginx_rates));
    // Tells more than the rates when the machine is busy with something else.
    fmt::print("CPU per request: gsdb {:.1f} nginx {:.1f} microseconds\n", median(our_costs), median(nginx_costs));
    fmt::print("RATIO http_json_vs_nginx {:.2f} {:.2f} {:.2f} goal>=0.75\n", median(ratios), std::ranges::min(ratios),
               std::ranges::max(ratios));
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "http_json: %s\n", error.what());
    return 1;
}
