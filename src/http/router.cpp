#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "http/negotiation.hpp"
#include "http/observations.hpp"

namespace gsdb::http {

namespace {

std::vector<PatternPart> parse_pattern(std::string_view path) {
    auto malformed = [&](const char* why) {
        return std::logic_error("route pattern " + std::string(path) + ": " + why);
    };
    if (path.empty() || path.front() != '/') throw malformed("does not start with /");
    std::vector<PatternPart> parts;
    path.remove_prefix(1);
    while (!path.empty()) {
        auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), segment.size() + 1));
        if (!parts.empty() && parts.back().kind == PatternPart::rest) throw malformed("{name...} is not last");
        if (segment.empty()) throw malformed("has an empty segment");
        if (segment.front() != '{') {
            parts.push_back({PatternPart::literal, std::string(segment)});
        } else if (segment.ends_with("...}")) {
            parts.push_back({PatternPart::rest, std::string(segment.substr(1, segment.size() - 5))});
        } else if (segment.ends_with('}')) {
            parts.push_back({PatternPart::parameter, std::string(segment.substr(1, segment.size() - 2))});
        } else {
            throw malformed("has a { without a }");
        }
        if (parts.back().text.empty()) throw malformed("has a parameter without a name");
    }
    return parts;
}

std::string limit_key(const Caller& caller) {
    if (caller.api_key) return to_string(*caller.api_key);
    if (caller.user) return to_string(*caller.user);
    return to_string(caller.organization);
}

Response refuse_for(std::chrono::seconds wait, const Problem& problem, const Request& request) {
    return error_response(problem, request.request_id).with("Retry-After", std::to_string(wait.count()));
}

bool allows(const Caller& caller, std::string_view scope) {
    return scope.empty() || caller.scopes.empty() || std::ranges::find(caller.scopes, scope) != caller.scopes.end();
}

}  // namespace

// The patterns as a tree by segment; a literal wins over a parameter, a parameter over a rest.
struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> rest;
    std::array<const Route*, static_cast<std::size_t>(Method::other)> by_method{};

    bool is_leaf() const {
        return std::ranges::any_of(by_method, [](auto* route) { return route != nullptr; });
    }

    Node& child(const PatternPart& part) {
        auto& slot = part.kind == PatternPart::literal     ? literals[part.text]
                     : part.kind == PatternPart::parameter ? parameter
                                                           : rest;
        if (!slot) slot = std::make_unique<Node>();
        return *slot;
    }

    const Node* find(std::span<const std::string_view> segments) const {
        if (segments.empty()) return is_leaf() ? this : rest.get();
        if (auto found = literals.find(segments.front()); found != literals.end())
            if (auto* node = found->second->find(segments.subspan(1))) return node;
        if (parameter && !segments.front().empty())
            if (auto* node = parameter->find(segments.subspan(1))) return node;
        return rest.get();
    }

    std::string allow() const {
        std::string methods;
        for (std::size_t i = 0; i < by_method.size(); ++i) {
            if (!by_method[i]) continue;
            methods += std::string(to_string(static_cast<Method>(i))) + ", ";
            if (static_cast<Method>(i) == Method::get) methods += "HEAD, ";
        }
        return methods + "OPTIONS";
    }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view path, RouteOptions options, Handler handler) {
    auto route =
        std::make_unique<Route>(Route{method, std::string(path), parse_pattern(path), options, std::move(handler)});
    auto* node = root_.get();
    for (const auto& part : route->pattern) node = &node->child(part);
    auto& slot = node->by_method.at(static_cast<std::size_t>(method));
    if (slot) throw std::logic_error("two handlers for " + std::string(to_string(method)) + " " + route->path);
    slot = route.get();
    routes_.push_back(std::move(route));
}

void Router::get(std::string_view path, RouteOptions options, Handler handler) {
    add(Method::get, path, options, std::move(handler));
}
void Router::post(std::string_view path, RouteOptions options, Handler handler) {
    add(Method::post, path, options, std::move(handler));
}
void Router::put(std::string_view path, RouteOptions options, Handler handler) {
    add(Method::put, path, options, std::move(handler));
}
void Router::patch(std::string_view path, RouteOptions options, Handler handler) {
    add(Method::patch, path, options, std::move(handler));
}
void Router::delete_(std::string_view path, RouteOptions options, Handler handler) {
    add(Method::delete_, path, options, std::move(handler));
}

void Router::set_authentication(Authenticate authenticate) {
    authenticate_ = std::move(authenticate);
}

void Router::set_limits(Limits limits) {
    limits_ = std::move(limits);
}

std::vector<const Route*> Router::routes() const {
    std::vector<const Route*> all;
    all.reserve(routes_.size());
    for (const auto& route : routes_) all.push_back(route.get());
    return all;
}

std::expected<const Route*, Response> Router::match(const Request& request) const {
    auto* node = root_->find(request.segments);
    if (!node || !node->is_leaf()) return std::unexpected(error_response(problem::not_found, request.request_id));
    if (request.method == Method::options && !node->by_method[static_cast<std::size_t>(Method::options)])
        return std::unexpected(Response::no_content().with("Allow", node->allow()));
    auto method = request.method == Method::head ? Method::get : request.method;
    auto* route = method == Method::other ? nullptr : node->by_method[static_cast<std::size_t>(method)];
    if (route) return route;
    return std::unexpected(
        error_response(problem::method_not_allowed, request.request_id).with("Allow", node->allow()));
}

bool Router::needs_admission(const Route& route) const {
    return route.options.access != Access::open || limits_.in_flight || limits_.per_peer;
}

namespace {

Response answer_to_exception(const std::exception& exception, const Request& request) {
    auto response = error_response(exception, request.request_id);
    if (response.status >= Status::internal_server_error)
        observe::emit(RequestThrew{request.route->path, request.request_id, exception.what()});
    return response;
}

/// Who asks. Keys are looked up in a database, which may be away: the client hears of that as it does from a handler.
Task<std::expected<Caller, Response>> caller_of(const Authenticate* authenticate, Request request) {
    try {
        co_return co_await (*authenticate)(request);
    } catch (const std::exception& exception) {
        co_return std::unexpected(answer_to_exception(exception, request));
    }
}

}  // namespace

Task<std::expected<Admission, Response>> Router::admit(Request request) const {
    const auto& options = request.route->options;
    auto slot = InFlightLimit::enter(limits_.in_flight);
    if (!slot) co_return std::unexpected(refuse_for(std::chrono::seconds(1), problem::too_many_in_flight, request));
    if (limits_.per_peer)
        if (auto wait = limits_.per_peer->take(request.peer_address))
            co_return std::unexpected(refuse_for(*wait, problem::rate_limited, request));
    Admission admission{.caller = std::nullopt, .slot = std::move(*slot)};
    if (options.access == Access::open) co_return admission;

    if (!authenticate_) co_return std::unexpected(error_response(problem::unauthenticated, request.request_id));
    auto caller = co_await caller_of(&authenticate_, request);
    if (!caller) co_return std::unexpected(std::move(caller.error()));
    if (limits_.per_caller)
        if (auto wait = limits_.per_caller->take(limit_key(*caller)))
            co_return std::unexpected(refuse_for(*wait, problem::rate_limited, request));
    if (!allows(*caller, options.scope))
        co_return std::unexpected(
            error_response(problem::forbidden, request.request_id, "it lacks the scope " + std::string(options.scope)));
    admission.caller = std::move(*caller);
    co_return admission;
}

Task<Response> Router::dispatch(Request request) const {
    try {
        auto response = co_await request.route->handler(request);
        negotiate(request, response);
        co_return response;
    } catch (const std::exception& exception) {
        co_return answer_to_exception(exception, request);
    }
}

Task<Response> Router::handle(Request request) const {
    auto route = match(request);
    if (!route) co_return std::move(route.error());
    request.route = *route;
    auto admission = co_await admit(request);
    if (!admission) co_return std::move(admission.error());
    if (admission->caller) request.caller = &*admission->caller;
    co_return co_await dispatch(request);
}

}  // namespace gsdb::http
