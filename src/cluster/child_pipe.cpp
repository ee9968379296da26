#include "cluster/child_pipe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"

namespace gsdb::cluster {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t chunk_bytes = 256 << 10;
constexpr std::size_t words_bytes_max = 64 << 10;
constexpr int poll_milliseconds = 50;

struct Ends {
    Descriptor ours, theirs;
};

/// A socket pair rather than a pipe: writing to one can be told not to raise SIGPIPE when the program is gone.
Ends make_ends() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// A running program, killed and reaped with the object when it has not ended before.
class Child {
  public:
    explicit Child(pid_t process) : process_(process) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (process_ <= 0) return;
        kill(-process_, SIGKILL);
        reap();
    }
    int reap() {
        int status = 0;
        while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        process_ = -1;
        return status;
    }

  private:
    pid_t process_;
};

class Exchange {
  public:
    Exchange(std::string name, const PipeLimits& limits)
        : name_(std::move(name)), limits_(limits), last_sign_(steady_clock::now()) {}

    /// Waits until one of the descriptors is ready.
    Result<void> wait(std::vector<pollfd>& watched) {
        while (true) {
            if (limits_.cancel.stop_requested())
                return std::unexpected(Error{.code = "process.cancelled",
                                             .message = fmt::format("{} was stopped", name_),
                                             .exit_code = ExitCode::interrupted});
            if (poll(watched.data(), watched.size(), poll_milliseconds) > 0) {
                last_sign_ = steady_clock::now();
                return {};
            }
            if (steady_clock::now() - last_sign_ > limits_.silence_max)
                return std::unexpected(Error{
                    .code = "process.silent",
                    .message = fmt::format("{} showed no sign of life for {} s", name_, limits_.silence_max.count()),
                    .hint = "look at what it waits for in pg_stat_activity",
                    .exit_code = ExitCode::unavailable});
        }
    }

    /// Reads what is there. False at the end of the stream.
    bool read_from(const Descriptor& end, const ByteSink& sink) {
        while (true) {
            const auto count = read(end.number(), buffer_.data(), buffer_.size());
            if (count > 0) {
                sink(ByteView(buffer_).first(static_cast<std::size_t>(count)));
                return true;
            }
            if (count < 0 && errno == EINTR) continue;
            return count < 0 && errno == EAGAIN;
        }
    }

  private:
    std::string name_;
    const PipeLimits& limits_;
    steady_clock::time_point last_sign_;
    Bytes buffer_ = Bytes(chunk_bytes);
};

ByteSink keep_last_words(std::string& words) {
    return [&words](ByteView bytes) {
        words.append(as_text(bytes));
        if (words.size() > words_bytes_max) words.erase(0, words.size() - words_bytes_max);
    };
}

bool is_ready(const pollfd& watched) {
    return watched.fd >= 0 && (watched.revents & (POLLIN | POLLOUT | POLLHUP | POLLERR)) != 0;
}

/// What is left to be sent of what the source gave.
class Outgoing {
  public:
    explicit Outgoing(const ByteSource& source) : source_(source) {}

    /// Sends what the program takes at once. False when there is no more to send, or nobody to send it to.
    bool send_to(const Descriptor& end) {
        if (sent_ == size_) {
            size_ = source_(buffer_);
            sent_ = 0;
            if (size_ == 0) return false;
        }
        const auto count = send(end.number(), buffer_.data() + sent_, size_ - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) sent_ += static_cast<std::size_t>(count);
        return count >= 0 || errno == EAGAIN || errno == EINTR;
    }

  private:
    const ByteSource& source_;
    Bytes buffer_ = Bytes(chunk_bytes);
    std::size_t size_ = 0, sent_ = 0;
};

}  // namespace

Result<Finished> run_into(Command command, const ByteSink& sink, const PipeLimits& limits) {
    auto output = make_ends(), errors = make_ends();
    command.output = output.theirs.number();
    command.errors = errors.theirs.number();
    const auto process = spawn(command);
    if (!process) return std::unexpected(process.error());
    Child child(*process);
    output.theirs.close();
    errors.theirs.close();
    Exchange exchange(command.program.filename().string(), limits);
    Finished finished{};
    const auto words = keep_last_words(finished.output);
    while (output.ours.is_open() || errors.ours.is_open()) {
        std::vector<pollfd> watched{{output.ours.number(), POLLIN, 0}, {errors.ours.number(), POLLIN, 0}};
        if (auto waited = exchange.wait(watched); !waited) return std::unexpected(waited.error());
        if (is_ready(watched[0]) && !exchange.read_from(output.ours, sink)) output.ours.close();
        if (is_ready(watched[1]) && !exchange.read_from(errors.ours, words)) errors.ours.close();
    }
    finished.status = child.reap();
    return finished;
}

Result<Finished> run_from(Command command, const ByteSource& source, const PipeLimits& limits) {
    auto input = make_ends(), output = make_ends();
    command.input = input.theirs.number();
    command.output = output.theirs.number();
    const auto process = spawn(command);
    if (!process) return std::unexpected(process.error());
    Child child(*process);
    input.theirs.close();
    output.theirs.close();
    Exchange exchange(command.program.filename().string(), limits);
    Outgoing outgoing(source);
    Finished finished{};
    const auto words = keep_last_words(finished.output);
    while (output.ours.is_open()) {
        std::vector<pollfd> watched{{input.ours.number(), POLLOUT, 0}, {output.ours.number(), POLLIN, 0}};
        if (auto waited = exchange.wait(watched); !waited) return std::unexpected(waited.error());
        if (is_ready(watched[0]) && !outgoing.send_to(input.ours)) input.ours.close();
        if (is_ready(watched[1]) && !exchange.read_from(output.ours, words)) output.ours.close();
    }
    finished.status = child.reap();
    return finished;
}

}  // namespace gsdb::cluster
