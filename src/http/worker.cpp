#include "http/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <ctime>
#include <random>

#include "http/observations.hpp"

namespace gsdb::http {

namespace {

// Connections beyond the limit that may wait for their 503; further ones are dropped without an answer.
constexpr std::size_t refusals_max = 64;

std::string http_date() {
    std::array<char, 40> text{};
    std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    // Not the locale's names: the program never calls setlocale().
    auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return {text.data(), size};
}

std::chrono::milliseconds sweep_interval(const ServerOptions& options) {
    auto shortest =
        std::min({options.idle_deadline, options.head_deadline, options.body_deadline, options.write_deadline});
    return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace

void ConnectionBase::begin_stop() {
    is_stopping_ = true;
    if (is_idle_) cancel_io();
    if (wake_stream_) std::exchange(wake_stream_, nullptr)();
}

void ConnectionBase::check_deadline(Moment now) {
    if (now < deadline_) return;
    if (timed_out_) return close();
    timed_out_ = true;
    deadline_ = now + std::chrono::seconds(2);
    cancel_io();
}

void ConnectionBase::abort() {
    close();
    cancellation.emit(asio::cancellation_type::terminal);
}

RequestIds::RequestIds() {
    std::random_device random;
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 12; ++i) prefix_ += digits[random() % 16];
    prefix_ += '-';
}

void RequestIds::write_next(std::string& id) {
    id = prefix_;
    id += std::to_string(++count_);
}

Worker::~Worker() = default;

void Worker::run() {
    date = http_date();
    sweep_timer_.emplace(io.get_executor());
    co_spawn(io, sweep(), asio::detached);
    co_spawn(io, accept_connections(), asio::detached);
    io.run();
    // What the router holds may have operations that end when it goes: let them.
    router.reset();
    io.restart();
    io.poll();
}

Task<> Worker::accept_connections() {
    while (true) {
        Socket socket(io);
        boost::system::error_code error;
        co_await acceptor->async_accept(socket, asio::redirect_error(use_task, error));
        if (is_stopping) co_return;
        if (!error) {
            accepted(std::move(socket));
            continue;
        }
        if (error == asio::error::connection_aborted) continue;
        observe::emit(AcceptFailed{error.message()});
        // Typically out of file descriptors: trying at once again would spin.
        SteadyTimer pause(io.get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(use_task, error));
    }
}

void Worker::accepted(Socket socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    auto tls = shared.tls.load();
    auto open = shared.connections.load(std::memory_order_relaxed);
    if (open < shared.options.connections_max) {
        if (tls) return spawn_tls_connection(*this, std::move(socket), std::move(tls));
        return spawn_plain_connection(*this, std::move(socket), nullptr);
    }
    observe::emit(RequestRefused{problem::too_many_connections.code, "all"});
    if (tls || open >= shared.options.connections_max + refusals_max) return;
    spawn_plain_connection(*this, std::move(socket), &problem::too_many_connections);
}

Task<> Worker::sweep() {
    const auto interval = sweep_interval(shared.options);
    std::size_t reported = 0;
    while (true) {
        boost::system::error_code error;
        sweep_timer_->expires_after(interval);
        co_await sweep_timer_->async_wait(asio::redirect_error(use_task, error));
        date = http_date();
        auto now = std::chrono::steady_clock::now();
        for (auto& connection : connections_) connection.check_deadline(now);
        auto open = shared.connections.load(std::memory_order_relaxed);
        if (open != reported) observe::emit(ConnectionsOpen{static_cast<std::int64_t>(open)});
        reported = open;
    }
}

void Worker::begin_stop() {
    asio::post(io, [this] {
        is_stopping = true;
        boost::system::error_code ignored;
        acceptor->close(ignored);
        for (auto& connection : connections_) connection.begin_stop();
        end_when_drained();
    });
}

void Worker::abort_connections() {
    asio::post(io, [this] {
        for (auto& connection : connections_) connection.abort();
    });
}

void Worker::opened(ConnectionBase& connection) {
    connections_.push_back(connection);
    shared.connections.fetch_add(1, std::memory_order_relaxed);
}

void Worker::closed(ConnectionBase& connection) {
    connections_.erase(connections_.iterator_to(connection));
    shared.connections.fetch_sub(1, std::memory_order_relaxed);
    end_when_drained();
}

void Worker::end_when_drained() {
    if (is_stopping && connections_.empty()) io.stop();
}

}  // namespace gsdb::http
