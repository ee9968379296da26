#pragma once
// The three kinds of errors (CONTRIBUTING.md): a planned outcome is a Result, the end of a unit of work is a Failure,
// a bug is an assertion.

#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

namespace gsdb {

/// What the process answers to its caller. docs/reference/exit-codes.md is the promise to scripts.
enum class ExitCode {
    ok = 0,
    failed = 1,        ///< the work was tried and did not succeed
    usage = 2,         ///< the command line or a setting is wrong; nothing was tried
    unavailable = 3,   ///< a server, file or network that is needed cannot be reached
    conflict = 4,      ///< the present state forbids it: in use, newer schema, edited history
    not_found = 5,     ///< what was named does not exist
    problems = 6,      ///< the check ran and found something wrong
    interrupted = 130  ///< the user stopped it
};

/// An error as a user meets it: a stable code for scripts, what happened, why, and what to do about it.
struct Error {
    std::string code;     ///< stable, dotted: "cluster.in_use"
    std::string message;  ///< names the thing: "home ~/.local/share/gsdb is in use by process 4711"
    std::string detail;   ///< the cause, may be empty
    std::string hint;     ///< the remedy, may be empty
    ExitCode exit_code = ExitCode::failed;

    bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

/// The end of a unit of work, as an exception: what() is the message and the detail.
class Failure : public std::runtime_error {
  public:
    explicit Failure(Error error)
        : std::runtime_error(error.detail.empty() ? error.message : error.message + ": " + error.detail),
          error_(std::move(error)) {}

    const Error& error() const { return error_; }

  private:
    Error error_;
};

/// The value, or its error thrown as a Failure.
template <class T>
T value_or_throw(Result<T> result) {
    if (!result) throw Failure(std::move(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace gsdb
