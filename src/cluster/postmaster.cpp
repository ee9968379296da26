#include "cluster/postmaster.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace gsdb::cluster {

using namespace std::chrono_literals;

Result<Postmaster> Postmaster::launch(const Command& command) {
    auto pid = spawn(command);
    if (!pid) return std::unexpected(pid.error());
    return Postmaster(*pid);
}

Postmaster::Postmaster(pid_t pid) : pid_(pid), descriptor_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}

Postmaster::Postmaster(Postmaster&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), descriptor_(std::exchange(other.descriptor_, -1)), status_(other.status_) {}

Postmaster::~Postmaster() {
    if (descriptor_ >= 0) close(descriptor_);
}

void Postmaster::signal(int number) const {
    if (!status_) kill(pid_, number);
}

std::optional<int> Postmaster::exit_status() {
    if (!status_) status_ = wait_for_exit(pid_, 0ms);
    return status_;
}

void Postmaster::wait(int wake, std::chrono::milliseconds limit) {
    std::array<pollfd, 2> events{
        {{.fd = wake, .events = POLLIN, .revents = 0}, {.fd = descriptor_, .events = POLLIN, .revents = 0}}};
    const auto longest = descriptor_ < 0 ? std::min<std::chrono::milliseconds>(limit, 50ms) : limit;
    poll(events.data(), events.size(), static_cast<int>(longest.count()));
}

}  // namespace gsdb::cluster
