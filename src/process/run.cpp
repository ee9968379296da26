#include "process/run.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.hpp"
#include "process/output.hpp"
#include "process/watched.hpp"

namespace gsdb::process {

std::string_view name_of(End end) {
    switch (end) {
        case End::exited:
            return "exited";
        case End::killed:
            return "killed";
        case End::timed_out:
            return "timed_out";
        case End::cancelled:
            return "cancelled";
        case End::cpu_limit:
            return "cpu_limit";
        case End::memory_limit:
            return "memory_limit";
        case End::process_limit:
            return "process_limit";
        case End::output_limit:
            return "output_limit";
        case End::file_limit:
            return "file_limit";
    }
    return "unknown";
}

namespace {

/// Until the supervisor has ended. A cancellation ends the tree; the wait goes on until it is gone.
Task<> wait_for_end(Watched& watched) {
    constexpr auto readable = asio::posix::descriptor_base::wait_read;
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto [error] = co_await watched.ended().async_wait(readable, asio::as_tuple(use_task));
    if (error) {
        watched.end_tree(End::cancelled);
        co_await watched.ended().async_wait(
            readable, asio::bind_cancellation_slot(asio::cancellation_slot(), asio::as_tuple(use_task)));
    }
    co_await asio::this_coro::throw_if_cancelled(threw);
}

Error start_error(const Command& command, const Report& report) {
    const auto& program = command.arguments.front();
    const auto cause = std::generic_category().message(report.error);
    if (report.step == Step::enter_folder)
        return {.code = "process.cannot_start",
                .message = fmt::format("{} cannot be started in {}", program, command.folder.native()),
                .detail = cause,
                .hint = "is the folder there, and may the user of gsdb enter it?",
                .exit_code = ExitCode::unavailable};
    if (report.step == Step::confine)
        return {.code = "process.cannot_start",
                .message = fmt::format("{} cannot be kept from writing elsewhere", program),
                .detail = cause,
                .hint = "does a security policy forbid landlock_restrict_self? Look at the kernel's log",
                .exit_code = ExitCode::unavailable};
    return {.code = "process.cannot_start",
            .message = fmt::format("{} cannot be started", program),
            .detail = cause,
            .hint = report.error == ENOENT ? "install the program, or name its folder in the PATH of the command"
                                           : "is it a program that the user of gsdb may run?",
            .exit_code = ExitCode::unavailable};
}

Error lost_error(const Command& command) {
    return {.code = "process.lost",
            .message = fmt::format("the process that watched over {} was killed", command.arguments.front()),
            .hint = "look at the kernel's log: was memory short?"};
}

Error left_error(const Command& command) {
    return {.code = "process.not_ended",
            .message = fmt::format("{} was killed, but does not end", command.arguments.front()),
            .hint = "it waits for a device or a file server, or is held by a debugger; look at `ps -o pid,stat,wchan`"};
}

Outcome outcome_of(const Command& command, const std::optional<Report>& report, const Output& output) {
    if (!report) throw Failure(lost_error(command));
    if (report->step < Step::run) throw Failure(start_error(command, *report));
    if (output.thrown) std::rethrow_exception(output.thrown);
    if (report->step == Step::end_tree) throw Failure(left_error(command));
    return {.end = report->end,
            .exit_code = WIFEXITED(report->status) ? WEXITSTATUS(report->status) : 0,
            .signal = WIFSIGNALED(report->status) ? WTERMSIG(report->status) : 0,
            .usage = report->usage,
            .took = std::chrono::milliseconds(report->took_microseconds / 1000),
            .is_output_cut = output.is_cut};
}

/// What the streams, which may outlive run() for a moment, must not use after it.
class Lent {
  public:
    explicit Lent(std::shared_ptr<Output> output) : output_(std::move(output)) {}
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent() {
        output_->on_line = nullptr, output_->end_tree = [](End) {};
    }

  private:
    std::shared_ptr<Output> output_;
};

}  // namespace

Task<Outcome> run(Command command, OnLine on_line, std::stop_token stop) {
    const auto executor = co_await asio::this_coro::executor;
    Watched watched(executor, command);
    auto output = std::make_shared<Output>(Output{.on_line = std::move(on_line),
                                                  .bytes_left = command.limits.output_bytes_max,
                                                  .at_limit = command.limits.at_output_limit,
                                                  .end_tree = [&](End cause) { watched.end_tree(cause); }});
    const Lent lent(output);
    const std::array streams{std::make_shared<OutputStream>(executor, std::move(watched.output), Stream::out, output),
                             std::make_shared<OutputStream>(executor, std::move(watched.errors), Stream::err, output)};
    for (const auto& stream : streams) asio::co_spawn(executor, OutputStream::read_on(stream), asio::detached);
    {
        const std::stop_callback on_stop(stop, [&] { watched.end_tree(End::cancelled); });
        co_await wait_for_end(watched);
    }
    const auto report = watched.report();
    for (const auto& stream : streams) stream->close();
    co_return outcome_of(command, report, *output);
}

}  // namespace gsdb::process
