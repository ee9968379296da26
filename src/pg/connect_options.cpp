#include "pg/connect_options.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <memory>

#include "base/error.hpp"

namespace gsdb::pg {

namespace {

int parse_port(const std::string& text) {
    int port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536) return port;
    throw Failure({.code = "pg.bad_url",
                   .message = "the database URL has the port \"" + text + "\"",
                   .hint = "Name one server with one port from 1 to 65535.",
                   .exit_code = ExitCode::usage});
}

void set_option(ConnectOptions& options, const std::string& keyword, const std::string& value) {
    if (keyword == "host") {
        options.host = value;
    } else if (keyword == "port") {
        options.port = parse_port(value);
    } else if (keyword == "dbname") {
        options.database = value;
    } else if (keyword == "user") {
        options.user = value;
    } else if (keyword == "password") {
        options.password = value;
    } else if (keyword == "application_name") {
        options.application_name = value;
    } else if (keyword == "connect_timeout") {
        // 0 would be for ever: then our own deadline holds.
        if (auto seconds = std::strtol(value.c_str(), nullptr, 10); seconds > 0)
            options.connect_deadline = std::chrono::seconds(seconds);
    } else {
        options.extra[keyword] = value;
    }
}

}  // namespace

ConnectOptions ConnectOptions::parse(std::string_view url) {
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all(
        PQconninfoParse(std::string(url).c_str(), &message), &PQconninfoFree);
    std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
    if (!all)
        throw Failure({.code = "pg.bad_url",
                       .message = "the database URL cannot be read",
                       .hint = "Write it as postgresql://user:password@host:5432/database, with special characters of "
                               "the password percent-encoded.",
                       .exit_code = ExitCode::usage});
    ConnectOptions options;
    for (auto* option = all.get(); option->keyword; ++option)
        if (option->val) set_option(options, option->keyword, option->val);
    if (options.host.empty() && options.extra.contains("hostaddr")) options.host = options.extra["hostaddr"];
    return options;
}

std::string ConnectOptions::describe() const {
    return fmt::format("{} at {}:{} as {}", database.empty() ? user : database,
                       host.empty() ? "the default socket" : host, port, user);
}

}  // namespace gsdb::pg
