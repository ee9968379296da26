#pragma once
// What the HTTP layer tells about itself.

#include "observe/observation.hpp"

namespace gsdb::http {

struct RequestServed {
    std::string_view method;
    std::string_view route;  ///< the pattern, or "none": a path would be an unbounded label
    std::int64_t status;
    double seconds;
    std::int64_t response_bytes;
    std::string_view request_id;
    static constexpr observe::Definition definition{
        .name = "http_request",
        .description = "A request was answered; seconds from its complete head to the last byte handed over.",
        .level = observe::Level::debug,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"method", "route", "status"}};
    observe::Fields fields() const {
        return {{"method", std::string(method)},
                {"route", std::string(route)},
                {"status", status},
                {"seconds", seconds},
                {"response_bytes", response_bytes},
                {"request_id", std::string(request_id)}};
    }
};

struct RequestRefused {
    std::string_view code;
    std::string_view peer_address;
    static constexpr observe::Definition definition{
        .name = "http_refused",
        .description = "A request or connection was refused before it reached a route.",
        .level = observe::Level::debug,
        .measure = {.field = {}, .kind = observe::Measure::counter},
        .labels = {"code"}};
    observe::Fields fields() const {
        return {{"code", std::string(code)}, {"peer_address", std::string(peer_address)}};
    }
};

struct RequestThrew {
    std::string_view route;
    std::string_view request_id;
    std::string error;
    static constexpr observe::Definition definition{
        .name = "http_exception",
        .description = "A handler ended with an exception that the client must not see.",
        .level = observe::Level::error,
        .measure = {.field = {}, .kind = observe::Measure::counter},
        .labels = {"route"}};
    observe::Fields fields() const {
        return {{"route", std::string(route)}, {"request_id", std::string(request_id)}, {"error", error}};
    }
};

struct ConnectionsOpen {
    std::int64_t count;
    static constexpr observe::Definition definition{.name = "http_connections",
                                                    .description = "Connections that clients have open.",
                                                    .level = observe::Level::trace,
                                                    .measure = {.field = "open", .kind = observe::Measure::gauge}};
    observe::Fields fields() const { return {{"open", count}}; }
};

struct AcceptFailed {
    std::string error;
    static constexpr observe::Definition definition{
        .name = "http_accept_failed",
        .description =
            "A connection could not be accepted, for instance because the process has no file "
            "descriptors left.",
        .level = observe::Level::warn,
        .measure = {.field = {}, .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"error", error}}; }
};

struct CallEnded {
    std::string_view purpose;
    std::string_view method;
    std::string host;
    std::string outcome;  ///< the status, or the failure's code
    double seconds;
    static constexpr observe::Definition definition{
        .name = "http_call",
        .description = "A call to another server ended, with an answer or a failure.",
        .level = observe::Level::info,
        .measure = {.field = "seconds", .kind = observe::Measure::histogram},
        .labels = {"purpose", "outcome"}};
    observe::Fields fields() const {
        return {{"purpose", std::string(purpose)},
                {"method", std::string(method)},
                {"host", host},
                {"outcome", outcome},
                {"seconds", seconds}};
    }
};

}  // namespace gsdb::http
