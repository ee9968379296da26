#include "http/kept_connections.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gsdb::http {

IdleConnection::IdleConnection(IdleConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)), opened_at_(other.opened_at_) {}

IdleConnection::~IdleConnection() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool IdleConnection::is_quiet() const {
    char byte = 0;
    return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool IdleConnection::is_ipv6() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    return address.ss_family == AF_INET6;
}

namespace {

std::string target_of(const Url& url) {
    return (url.is_secure ? "https " : "http ") + url.host + " " + std::to_string(url.port);
}

}  // namespace

bool KeptConnections::is_old(const Kept& kept, Moment now) const {
    return now - kept.idle_since >= rule_.idle_max || now - kept.connection.opened_at() >= rule_.age_max;
}

std::optional<IdleConnection> KeptConnections::take(const Url& url, Moment now) {
    if (!keeps()) return std::nullopt;
    const auto target = target_of(url);
    const std::lock_guard lock(mutex_);
    for (auto it = kept_.end(); it != kept_.begin();) {
        --it;
        if (it->target != target) continue;
        const bool is_usable = !is_old(*it, now) && it->connection.is_quiet();
        auto taken = std::move(it->connection);
        it = kept_.erase(it);
        if (is_usable) return taken;
    }
    return std::nullopt;
}

void KeptConnections::put(const Url& url, IdleConnection connection, Moment now) {
    Kept kept{.target = target_of(url), .idle_since = now, .connection = std::move(connection)};
    const std::lock_guard lock(mutex_);
    if (!keeps() || is_old(kept, now)) return;
    const auto is_same = [&](const Kept& other) { return other.target == kept.target; };
    if (std::ranges::count_if(kept_, is_same) >= static_cast<std::ptrdiff_t>(rule_.per_target_max))
        kept_.erase(std::ranges::find_if(kept_, is_same));
    else if (kept_.size() >= rule_.max)
        kept_.pop_front();
    kept_.push_back(std::move(kept));
}

void KeptConnections::close_old(Moment now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(kept_, [&](const Kept& kept) { return is_old(kept, now); });
}

}  // namespace gsdb::http
