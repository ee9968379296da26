#pragma once
// From a request to its handler. A router belongs to one thread; its handlers run on that thread only and may hold
// that thread's resources. The table of routes can be listed, so that a test compares it with the OpenAPI document.

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/error.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

namespace gsdb::http {

using Handler = std::function<Task<Response>(Request)>;

enum class Access {
    authenticated,  ///< needs a caller
    open            ///< anyone, for instance /live
};

struct RouteOptions {
    std::string_view operation{};  ///< the OpenAPI operationId, a literal: "listFiles"
    Access access = Access::authenticated;
    std::string_view scope{};  ///< what the caller's key must allow, a literal: "codebase:read"; empty: nothing special
    std::size_t body_bytes_max = 1 << 20;
};

/// One segment of a pattern such as /api/v1/codebases/{codebase_id}/files/{path...}.
struct PatternPart {
    enum Kind {
        literal,
        parameter,  ///< {name}: one segment that is not empty
        rest        ///< {name...}: all remaining segments, possibly none; last only
    };
    Kind kind = literal;
    std::string text;

    bool operator==(const PatternPart&) const = default;
};

struct Route {
    Method method;
    std::string path;  ///< the pattern as written
    std::vector<PatternPart> pattern;
    RouteOptions options;
    Handler handler;
};

/// Finds out who asks; `request.route` says what for. The unexpected value is the answer to give instead, usually
/// error_response(problem::unauthenticated).
using Authenticate = std::function<Task<std::expected<Caller, Response>>(Request)>;

/// What a request holds while it is worked on.
struct Admission {
    std::optional<Caller> caller;
    InFlightLimit::Slot slot;
};

class Router {
  public:
    struct Limits {
        std::shared_ptr<InFlightLimit> in_flight{};
        std::shared_ptr<RateLimit> per_peer{};    ///< by address, before authentication
        std::shared_ptr<RateLimit> per_caller{};  ///< by API key, else user, else organization
    };

    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    /// Throws std::logic_error when the pattern is malformed or the method and pattern are taken.
    void add(Method method, std::string_view path, RouteOptions options, Handler handler);
    void get(std::string_view path, RouteOptions options, Handler handler);
    void post(std::string_view path, RouteOptions options, Handler handler);
    void put(std::string_view path, RouteOptions options, Handler handler);
    void patch(std::string_view path, RouteOptions options, Handler handler);
    void delete_(std::string_view path, RouteOptions options, Handler handler);

    /// Without it every route that needs a caller answers 401.
    void set_authentication(Authenticate authenticate);
    void set_limits(Limits limits);

    /// In the order they were added.
    std::vector<const Route*> routes() const;

    /// The whole life of a request: match, admit, dispatch.
    Task<Response> handle(Request request) const;

    // Its steps, for a server that wants to refuse before it reads the body.

    /// The route, or the answer when there is none: 404, 405 with Allow, or 204 with Allow to OPTIONS. HEAD is
    /// answered by GET's route.
    std::expected<const Route*, Response> match(const Request& request) const;
    /// Limits, then authentication, then the scope. `request.route` is set.
    Task<std::expected<Admission, Response>> admit(Request request) const;
    /// False when admit() would let everyone pass, so the call can be spared.
    bool needs_admission(const Route& route) const;
    /// Runs the handler. What it throws becomes an error response and an observation.
    Task<Response> dispatch(Request request) const;

  private:
    struct Node;

    std::vector<std::unique_ptr<Route>> routes_;
    std::unique_ptr<Node> root_;
    Authenticate authenticate_;
    Limits limits_;
};

}  // namespace gsdb::http
