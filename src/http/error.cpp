#include "http/error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace gsdb::http {

namespace problem {
const Problem malformed_request{Status::bad_request, "http.malformed_request", "The request is not valid HTTP/1.1.",
                                "Use an HTTP client library or curl."};
const Problem bad_target{Status::bad_request, "http.bad_target", "The request target is not a valid path and query.",
                         "Percent-encode what is not a letter, a digit or one of - . _ ~ in each part of the URL."};
const Problem path_traversal{Status::bad_request, "http.path_traversal",
                             "The path has a '.' or '..' segment, or a NUL or backslash.",
                             "Send the path in its resolved form."};
const Problem bad_host{Status::bad_request, "http.bad_host", "The request must have exactly one valid Host header.",
                       "Send one Host header with a host name and an optional port."};
const Problem bad_content_length{Status::bad_request, "http.bad_content_length",
                                 "Content-Length is not one decimal number.", "Send it once, as digits only."};
const Problem ambiguous_length{Status::bad_request, "http.ambiguous_length",
                               "The request has both Content-Length and Transfer-Encoding.",
                               "Send only one of them; with both, two servers can see two different requests."};
const Problem obsolete_folding{Status::bad_request, "http.obsolete_folding", "A header is continued on a second line.",
                               "Send each header on one line."};
const Problem bare_line_feed{Status::bad_request, "http.bare_line_feed", "A line does not end with CR LF.",
                             "End each line of the head with CR LF."};
const Problem version_not_supported{Status::http_version_not_supported, "http.version_not_supported",
                                    "This server speaks HTTP/1.1 and HTTP/1.0.", "Use one of them."};
const Problem method_unknown{Status::not_implemented, "http.method_unknown", "This server does not know the method.",
                             "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."};
const Problem transfer_coding_unknown{Status::not_implemented, "http.transfer_coding_unknown",
                                      "The only transfer coding this server knows is chunked.",
                                      "Send the body with Content-Length or chunked."};
const Problem expectation_unknown{Status::expectation_failed, "http.expectation_unknown",
                                  "The only expectation this server knows is 100-continue.", "Omit the Expect header."};
const Problem too_many_headers{Status::request_header_fields_too_large, "http.too_many_headers",
                               "The request has too many headers.", "Send fewer."};
const Problem headers_too_large{Status::request_header_fields_too_large, "http.headers_too_large",
                                "The head of the request is too large.", "Send fewer or shorter headers."};
const Problem target_too_long{Status::uri_too_long, "http.target_too_long", "The request target is too long.",
                              "Move long parameters into the body."};
const Problem body_too_large{Status::content_too_large, "http.body_too_large",
                             "The body is larger than this endpoint takes.", "Send it in smaller parts."};
const Problem head_timeout{Status::request_timeout, "http.head_timeout",
                           "The head of the request did not arrive in time.", "Send the whole head at once."};
const Problem body_timeout{Status::request_timeout, "http.body_timeout", "The body did not arrive in time.",
                           "Send it faster, or in smaller parts."};
const Problem malformed_body{Status::bad_request, "http.malformed_body", "The chunked body is not well formed.",
                             "Use an HTTP client library or curl."};
const Problem not_found{Status::not_found, "http.not_found", "There is nothing at this path.",
                        "GET /api/openapi.yaml lists what there is."};
const Problem method_not_allowed{Status::method_not_allowed, "http.method_not_allowed",
                                 "This path does not take the method.", "The Allow header lists those that it takes."};
const Problem unauthenticated{Status::unauthorized, "http.unauthenticated", "This endpoint needs an API key.",
                              "Send it as Authorization: Bearer <key>."};
const Problem forbidden{Status::forbidden, "http.forbidden", "The API key does not allow this.",
                        "Use a key with the scope, or ask an owner or admin of the organization."};
const Problem rate_limited{Status::too_many_requests, "http.rate_limited", "Too many requests.",
                           "Wait as long as Retry-After says."};
const Problem too_many_in_flight{Status::too_many_requests, "http.too_many_in_flight",
                                 "Too many requests are being worked on.", "Wait as long as Retry-After says."};
const Problem too_many_connections{Status::service_unavailable, "http.too_many_connections",
                                   "The server has as many connections as it takes.",
                                   "Wait as long as Retry-After says, and reuse connections."};
const Problem stopping{Status::service_unavailable, "http.stopping", "The server is stopping.",
                       "Try again as Retry-After says."};
const Problem internal{Status::internal_server_error, "http.internal", "The server could not complete the request.",
                       "The server's log has the cause under this request id."};
const Problem unavailable{Status::service_unavailable, "http.unavailable",
                          "Something that this request needs is not available now.",
                          "Try again; GET /ready says what is missing."};
}  // namespace problem

std::span<const Problem* const> problems() {
    using namespace problem;
    static constexpr const Problem* all[] = {&malformed_request,
                                             &bad_target,
                                             &path_traversal,
                                             &bad_host,
                                             &bad_content_length,
                                             &ambiguous_length,
                                             &obsolete_folding,
                                             &bare_line_feed,
                                             &version_not_supported,
                                             &method_unknown,
                                             &transfer_coding_unknown,
                                             &expectation_unknown,
                                             &too_many_headers,
                                             &headers_too_large,
                                             &target_too_long,
                                             &body_too_large,
                                             &head_timeout,
                                             &body_timeout,
                                             &malformed_body,
                                             &not_found,
                                             &method_not_allowed,
                                             &unauthenticated,
                                             &forbidden,
                                             &rate_limited,
                                             &too_many_in_flight,
                                             &too_many_connections,
                                             &stopping,
                                             &internal,
                                             &unavailable};
    return all;
}

Status status_of(ExitCode exit_code) {
    switch (exit_code) {
        case ExitCode::usage:
            return Status::bad_request;
        case ExitCode::unavailable:
            return Status::service_unavailable;
        case ExitCode::conflict:
            return Status::conflict;
        case ExitCode::not_found:
            return Status::not_found;
        case ExitCode::problems:
            return Status::unprocessable_content;
        case ExitCode::ok:
        case ExitCode::failed:
        case ExitCode::interrupted:
            break;
    }
    return Status::internal_server_error;
}

Response error_response(const Error& error, Status status, std::string_view request_id) {
    boost::json::object fields{{"code", error.code}, {"message", error.message}};
    if (!error.detail.empty()) fields["detail"] = error.detail;
    if (!error.hint.empty()) fields["hint"] = error.hint;
    if (!request_id.empty()) fields["request_id"] = request_id;
    auto response = Response::json(boost::json::serialize(boost::json::object{{"error", std::move(fields)}}), status);
    if (status == Status::service_unavailable) response.with("Retry-After", "1");
    if (status == Status::unauthorized) response.with("WWW-Authenticate", "Bearer");
    return response;
}

Response error_response(const Error& error, std::string_view request_id) {
    return error_response(error, status_of(error.exit_code), request_id);
}

Response error_response(const Problem& problem, std::string_view request_id, std::string_view detail) {
    Error error{.code = std::string(problem.code),
                .message = std::string(problem.message),
                .detail = std::string(detail),
                .hint = std::string(problem.hint)};
    return error_response(error, problem.status, request_id);
}

Response error_response(const std::exception& exception, std::string_view request_id) {
    if (auto* refusal = dynamic_cast<const Refusal*>(&exception))
        return error_response(refusal->error(), refusal->status(), request_id);
    if (auto* failure = dynamic_cast<const Failure*>(&exception)) {
        auto status = status_of(failure->error().exit_code);
        if (status == Status::service_unavailable) return error_response(problem::unavailable, request_id);
        if (status != Status::internal_server_error) return error_response(failure->error(), status, request_id);
    }
    return error_response(problem::internal, request_id);
}

}  // namespace gsdb::http
