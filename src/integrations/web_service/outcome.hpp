#pragma once
// What came of a call to a web service, in the words of workflows.operation_outcome, and the exception of those that
// did not give what was asked for.

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace gsdb::web_service {

enum class Outcome {
    done,
    already_done,  ///< the other side had it from an attempt whose answer was lost
    rate_limited,
    unreachable,  ///< no connection, no whole answer, or "unavailable" (502, 503, 504)
    timed_out,
    unauthorized,  ///< the credential is missing, wrong, ended, or may not do this (401, 403)
    not_found,
    conflict,  ///< 405, 409, 412: the state of the other side forbids it
    invalid,   ///< 400, 413, 422: what was asked for cannot be
    error,
};

/// Its label in the database.
std::string_view name_of(Outcome outcome);

/// Whether the same call may succeed later, with nothing changed.
bool may_pass(Outcome outcome);

/// Codes are "SERVICE.OUTCOME": github.unauthorized, linear.rate_limited.
class CallFailed : public Failure {
  public:
    CallFailed(Error error, Outcome outcome, int status, std::optional<Timestamp> retry_at)
        : Failure(std::move(error)), outcome_(outcome), status_(status), retry_at_(retry_at) {}

    Outcome outcome() const { return outcome_; }
    /// The HTTP status of the answer; 0 for no answer.
    int status() const { return status_; }
    /// When the service wants to be called again, where it said so.
    std::optional<Timestamp> retry_at() const { return retry_at_; }

  private:
    Outcome outcome_;
    int status_;
    std::optional<Timestamp> retry_at_;
};

}  // namespace gsdb::web_service
