#pragma once
// Requests and responses as handlers see them. A request is a cheap value made of views: they stay valid until the
// response, with its stream if it has one, has been sent. A handler that starts work that outlives the response copies.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/task.hpp"
#include "base/uuid.hpp"

namespace gsdb::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

std::string_view to_string(Method method);
Method parse_method(std::string_view name);  ///< `other` for what this server does not know; names are case-sensitive

enum class Status : std::uint16_t {
    ok = 200,
    created = 201,
    accepted = 202,
    no_content = 204,
    moved_permanently = 301,
    found = 302,
    see_other = 303,
    not_modified = 304,
    temporary_redirect = 307,
    permanent_redirect = 308,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    not_acceptable = 406,
    request_timeout = 408,
    conflict = 409,
    gone = 410,
    length_required = 411,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    expectation_failed = 417,
    unprocessable_content = 422,
    too_many_requests = 429,
    request_header_fields_too_large = 431,
    internal_server_error = 500,
    not_implemented = 501,
    bad_gateway = 502,
    service_unavailable = 503,
    gateway_timeout = 504,
    http_version_not_supported = 505
};

std::string_view reason_phrase(Status status);

struct Header {
    std::string_view name;  ///< as sent; compare with equal_ignoring_case
    std::string_view value;
};

struct QueryParameter {
    std::string_view name;  ///< both percent-decoded, `+` is a space
    std::string_view value;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Who asks: what the authentication hook found out. `scopes` empty means all that the role allows.
struct Caller {
    OrganizationId organization;
    std::optional<UserId> user;
    std::optional<ApiKeyId> api_key;
    std::string role;
    std::vector<std::string> scopes;
};

struct Route;

struct Request {
    Method method = Method::get;
    std::string_view target;                       ///< path and query as sent; an absolute form is reduced to them
    std::string_view path;                         ///< as sent, without the query
    std::span<const std::string_view> segments{};  ///< of the path, percent-decoded
    std::span<const QueryParameter> query_parameters{};
    std::span<const Header> headers{};
    std::string_view body;
    std::string_view peer_address;                     ///< numeric, without the port
    std::string_view request_id;                       ///< the client's X-Request-Id when it is sane, else ours
    bool is_secure = false;                            ///< came over TLS
    std::chrono::steady_clock::time_point deadline{};  ///< work beyond it is wasted: hand it to queries and calls
    const Route* route = nullptr;                      ///< set by the router
    const Caller* caller = nullptr;                    ///< set by the router for routes that need authentication

    /// The first header of that name in any case.
    std::optional<std::string_view> header(std::string_view name) const;
    /// The first query parameter of that name.
    std::optional<std::string_view> query(std::string_view name) const;
    /// What the path has in the place of `{name}` of the route's pattern, percent-decoded. For `{name...}`, the rest of
    /// the path as sent. Empty when the pattern has no such name.
    std::string_view parameter(std::string_view name) const;
};

/// What a streaming response writes to. Each call waits until the client's connection has taken the bytes: that is
/// the back-pressure.
class BodyWriter {
  public:
    virtual ~BodyWriter() = default;
    /// False when the client has gone or the server stops: the stream should end.
    virtual Task<bool> write(std::string bytes) = 0;
    /// True once the server wants to stop or the client is known to have gone.
    virtual bool is_closing() const = 0;
    /// Called at most once, on this thread, when is_closing() turns true; lets a stream that waits wake up.
    virtual void on_closing(std::function<void()> wake) = 0;
};

/// Writes the body piece by piece; the writer outlives the coroutine.
using StreamBody = std::function<Task<>(BodyWriter*)>;

/// Bytes shared between responses, for instance a rendered document or a file embedded in the program.
struct SharedBody {
    std::shared_ptr<const void> owner;  ///< keeps `bytes` alive; null when they are static
    std::string_view bytes;
};

struct Response {
    Status status = Status::ok;
    std::string_view content_type{};                                  ///< a literal; empty when there is no body
    std::vector<std::pair<std::string_view, std::string>> headers{};  ///< names are literals
    std::variant<std::string, SharedBody, StreamBody> body{};
    std::string etag{};  ///< with its quotes; a GET whose If-None-Match names it is answered 304

    static Response json(std::string body, Status status = Status::ok);
    static Response text(std::string body, Status status = Status::ok);
    static Response html(std::string body, Status status = Status::ok);
    static Response no_content();
    static Response stream(std::string_view content_type, StreamBody body);

    Response& with(std::string_view name, std::string value) &;
    Response&& with(std::string_view name, std::string value) &&;

    bool is_stream() const { return std::holds_alternative<StreamBody>(body); }
    std::string_view bytes() const;  ///< the body, empty for a stream
};

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";
inline constexpr std::string_view html_type = "text/html; charset=utf-8";
inline constexpr std::string_view event_stream_type = "text/event-stream";

/// Decodes %XX, and `+` to a space when asked. Nothing when a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace gsdb::http
