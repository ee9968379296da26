#pragma once
// The one shape of an error on the wire, {"error":{"code","message","detail","hint","request_id"}}, and the table of
// the codes that this layer answers by itself. Modules have their own codes and use the same shape.

#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/message.hpp"

namespace gsdb::http {

/// An answer this layer gives by itself. The reference page of error codes is made from the table of these.
struct Problem {
    Status status;
    std::string_view code;
    std::string_view message;
    std::string_view hint;

    bool operator==(const Problem& other) const { return code == other.code; }
};

namespace problem {
extern const Problem malformed_request, bad_target, path_traversal, bad_host, bad_content_length, ambiguous_length,
    obsolete_folding, bare_line_feed, version_not_supported, method_unknown, transfer_coding_unknown,
    expectation_unknown, too_many_headers, headers_too_large, target_too_long, body_too_large, head_timeout,
    body_timeout, malformed_body, not_found, method_not_allowed, unauthenticated, forbidden, rate_limited,
    too_many_in_flight, too_many_connections, stopping, internal, unavailable;
}

/// Every Problem, for the reference page and its test.
std::span<const Problem* const> problems();

/// The status that an error of this kind has when nothing more is known.
Status status_of(ExitCode exit_code);

/// An error as it is shown to clients: a planned outcome, so everything in it is meant for them.
Response error_response(const Error& error, Status status, std::string_view request_id = {});
Response error_response(const Error& error, std::string_view request_id = {});
Response error_response(const Problem& problem, std::string_view request_id = {}, std::string_view detail = {});

/// What a client may know of an exception that ended a request: a Refusal and failures that blame the request are
/// shown; of everything else only that it happened. The rest goes to the log under the request id.
Response error_response(const std::exception& exception, std::string_view request_id = {});

/// Ends the request with this answer: for handlers that find deep inside that the request cannot be served.
class Refusal : public Failure {
  public:
    Refusal(Status status, Error error) : Failure(std::move(error)), status_(status) {}
    Status status() const { return status_; }

  private:
    Status status_;
};

}  // namespace gsdb::http
