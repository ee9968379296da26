#pragma once
// A unix-socket proxy in front of the test server that loses what it is told to lose.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "test_server.hpp"

namespace gsdb::pg::test {

class FaultProxy {
  public:
    enum class Fault {
        none,
        cut_before_commit,  ///< COMMIT never reaches the server
        cut_after_commit,   ///< COMMIT reaches the server, its answer not the client
        silence             ///< the server's answers are held back for good
    };

    FaultProxy() {
        std::string pattern = "/dev/shm/gsdb-pg-proxy-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = address_of(folder_);
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 16) != 0)
            throw std::runtime_error("the proxy cannot listen in " + folder_);
        acceptor_ = std::jthread([this](std::stop_token stop) { accept_all(stop); });
    }
    ~FaultProxy() {
        acceptor_.request_stop();
        acceptor_.join();
        for (auto& thread : threads_) thread.request_stop();
        threads_.clear();
        close(listener_);
        std::filesystem::remove_all(folder_);
    }

    void inject(Fault fault) { fault_ = fault; }

    ConnectOptions options() const {
        auto options = TestServer::instance().options();
        options.host = folder_;
        return options;
    }

  private:
    static sockaddr_un address_of(const std::string& folder) {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        auto path = folder + "/.s.PGSQL.5432";
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }

    static bool is_readable(int fd) {
        pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
        return poll(&poll_fd, 1, 20) > 0;
    }

    void accept_all(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (!is_readable(listener_)) continue;
            int client = accept(listener_, nullptr, nullptr);
            threads_.emplace_back([this, client](std::stop_token own) { forward(own, client); });
        }
    }

    void forward(const std::stop_token& stop, int client) {
        int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = address_of(TestServer::instance().folder());
        bool is_open = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        while (is_open && !stop.stop_requested()) {
            std::array<pollfd, 2> both{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
            if (poll(both.data(), both.size(), 20) <= 0) continue;
            if (both[0].revents != 0) is_open = pass(client, server, true);
            if (is_open && both[1].revents != 0) is_open = pass(server, client, false);
        }
        close(client);
        close(server);
    }

    /// False when the connection is to be closed.
    bool pass(int from, int to, bool is_from_client) {
        std::array<char, 65536> buffer;
        auto size = read(from, buffer.data(), buffer.size());
        if (size <= 0) return false;
        std::string_view data(buffer.data(), static_cast<std::size_t>(size));
        bool is_commit = is_from_client && data.starts_with('Q') && data.contains("commit");
        if (is_commit && fault_ == Fault::cut_before_commit) return false;
        if (!is_from_client && fault_ == Fault::silence) return true;
        while (!data.empty()) {
            auto written = write(to, data.data(), data.size());
            if (written <= 0) return false;
            data.remove_prefix(static_cast<std::size_t>(written));
        }
        if (is_commit && fault_ == Fault::cut_after_commit) {
            std::ignore = read(to, buffer.data(), buffer.size());  // the answer: the commit is done
            return false;
        }
        return true;
    }

    std::string folder_;
    int listener_ = -1;
    std::atomic<Fault> fault_ = Fault::none;
    std::vector<std::jthread> threads_;
    std::jthread acceptor_;
};

}  // namespace gsdb::pg::test
