#include "http/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

#include "http/tls.hpp"
#include "http/worker.hpp"

namespace gsdb::http {

namespace {

/// What else the process has open: databases, log, the server's own.
constexpr std::size_t other_descriptors = 256;

/// Each connection takes a descriptor, and a process may often have no more than 1,024 until it asks. Where the system
/// does not give as many, fewer connections are taken, so that one too many is answered instead of left waiting.
std::size_t connections_with_descriptors(std::size_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
    const auto needed = static_cast<rlim_t>(wanted + other_descriptors);
    if (limit.rlim_cur < needed) {
        auto raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    const auto there = static_cast<std::size_t>(limit.rlim_cur);
    return std::min(wanted, there > 2 * other_descriptors ? there - other_descriptors : there / 2);
}

}  // namespace

struct Server::State {
    Shared shared;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
    std::vector<std::future<void>> ended;
    std::uint16_t port = 0;
    std::mutex stopping;
    bool is_stopped = false;
    bool is_abandoned = false;  // a thread did not end and still uses this

    void start(const Service& service);
    bool wait_until_ended(std::chrono::steady_clock::time_point deadline);
    void join_or_abandon();
};

Server::Server(ServerOptions options, const Service& service) : state_(std::make_unique<State>()) {
    if (options.tls) state_->shared.tls = load_server_tls(*options.tls);
    options.threads = std::max(1, options.threads);
    options.connections_max = connections_with_descriptors(options.connections_max);
    state_->shared.options = std::move(options);
    state_->start(service);
}

void Server::State::start(const Service& service) {
    const auto& options = shared.options;
    std::vector<asio::io_context*> contexts;
    for (int i = 0; i < options.threads; ++i) {
        workers.push_back(std::make_unique<Worker>(shared));
        contexts.push_back(&workers.back()->io);
    }
    auto acceptors = listen(options.address, options.port, contexts);
    port = acceptors.front().local_endpoint().port();
    for (std::size_t i = 0; i < workers.size(); ++i) workers[i]->acceptor.emplace(std::move(acceptors[i]));

    // All routers are made before any thread serves, so a service that throws leaves no half server.
    std::promise<bool> go;
    auto may_serve = go.get_future().share();
    std::vector<std::future<void>> ready;
    for (auto& worker : workers) {
        std::promise<void> is_ready, has_ended;
        ready.push_back(is_ready.get_future());
        ended.push_back(has_ended.get_future());
        threads.emplace_back([worker = worker.get(), &service, may_serve, is_ready = std::move(is_ready),
                              has_ended = std::move(has_ended)]() mutable {
            try {
                worker->router.emplace(service(worker->io));
                is_ready.set_value();
            } catch (...) {
                is_ready.set_exception(std::current_exception());
            }
            if (may_serve.get() && worker->router) worker->run();
            worker->router.reset();
            has_ended.set_value();
        });
    }
    std::exception_ptr failure;
    for (auto& each : ready) {
        try {
            each.get();
        } catch (...) {
            failure = std::current_exception();
        }
    }
    go.set_value(!failure);
    if (!failure) return;
    for (auto& thread : threads) thread.join();
    is_stopped = true;
    std::rethrow_exception(failure);
}

Server::~Server() {
    if (!state_) return;
    stop(std::chrono::milliseconds(0));
    if (state_->is_abandoned) static_cast<void>(state_.release());
}

std::uint16_t Server::port() const {
    return state_->port;
}

std::string Server::url() const {
    const auto& options = state_->shared.options;
    bool is_v6 = options.address.find(':') != std::string::npos;
    return std::string(options.tls ? "https" : "http") + "://" +
           (is_v6 ? "[" + options.address + "]" : options.address) + ":" + std::to_string(state_->port);
}

std::size_t Server::connections() const {
    return state_->shared.connections.load(std::memory_order_relaxed);
}

void Server::stop(std::chrono::milliseconds grace) {
    std::lock_guard lock(state_->stopping);
    if (std::exchange(state_->is_stopped, true)) return;
    for (auto& worker : state_->workers) worker->begin_stop();
    if (!state_->wait_until_ended(std::chrono::steady_clock::now() + grace)) {
        for (auto& worker : state_->workers) worker->abort_connections();
        // Cancelled handlers end within moments; one that ignores it must not keep the process from ending.
        state_->wait_until_ended(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    }
    state_->join_or_abandon();
}

bool Server::State::wait_until_ended(std::chrono::steady_clock::time_point deadline) {
    return std::ranges::all_of(ended,
                               [&](auto& thread) { return thread.wait_until(deadline) == std::future_status::ready; });
}

void Server::State::join_or_abandon() {
    for (std::size_t i = 0; i < threads.size(); ++i) {
        if (ended[i].wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
            threads[i].join();
            continue;
        }
        threads[i].detach();
        is_abandoned = true;
    }
}

void Server::reload_certificate() {
    const auto& options = state_->shared.options;
    if (options.tls) state_->shared.tls = load_server_tls(*options.tls);
}

}  // namespace gsdb::http
