#pragma once
// What runs tasks of one executor: given an attempt, it says how that ended.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "modules/tasks/claims.hpp"

namespace gsdb::tasks {

struct Succeeded {
    std::string output = "{}";  ///< a JSON object
};

/// What is not said is for the rules of the definition, and then: again, counted, after a pause that grows.
struct Failed {
    std::string error_class;  ///< a word: timeout, rate_limited, invalid_input
    std::string error_message;
    std::optional<bool> is_retried{};
    std::optional<bool> spends_attempt{};
    std::optional<std::chrono::microseconds> pause{};
};

/// It goes on with another attempt when the event has come, and holds no worker meanwhile.
struct WaitsForEvent {
    std::string event;  ///< source and subject: github:octo/hello#12:merged
    std::optional<Timestamp> expires_at{};
};

struct HandlerResult {
    std::variant<Succeeded, Failed, WaitsForEvent> end;
    std::optional<AttemptUsage> usage{};
};

enum class StopReason : std::uint8_t { none, cancelled, timed_out, lease_lost, shutting_down };

struct LoggedLine {
    std::int64_t line_number;  ///< within the attempt, from 1
    Timestamp logged_at;
    std::string level, stream, message;
};

/// One attempt, as its handler sees it. Of the worker's thread, but for the stop token.
class Attempt {
  public:
    using Log = std::function<void(const AttemptKey&, LoggedLine)>;

    Attempt(ClaimedTask task, Log log, const Clock& clock)
        : task_(std::move(task)), log_(std::move(log)), clock_(clock) {}

    const ClaimedTask& task() const { return task_; }
    /// Asked when the task is called off, its time is over, or the program ends. Who does not heed it finds what it
    /// awaits cancelled a little later.
    std::stop_token stop() const { return stop_.get_token(); }
    StopReason stop_reason() const { return stop_reason_; }

    /// A line for the task's log; level is debug, info, warning or error, stream a word. What is no text is made one;
    /// of an attempt that says too much the rest is left out.
    void log(std::string_view level, std::string_view stream, std::string_view message);

    /// The worker's.
    void request_stop(StopReason reason) {
        if (stop_reason_ == StopReason::none) stop_reason_ = reason;
        stop_.request_stop();
    }

  private:
    ClaimedTask task_;
    Log log_;
    const Clock& clock_;
    std::stop_source stop_;
    StopReason stop_reason_ = StopReason::none;
    std::int64_t lines_ = 0;
};

/// What it throws is a failed attempt of class handler_failed. It must not keep the thread: what computes for long does
/// so on a thread of its own.
using Handler = std::function<Task<HandlerResult>(std::shared_ptr<Attempt>)>;

/// Text that PostgreSQL takes: what is not UTF-8, and NUL, become question marks; cut to so many bytes.
std::string storable_text(std::string_view text, std::size_t bytes_max);

}  // namespace gsdb::tasks
