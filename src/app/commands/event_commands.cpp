#include "app/commands/event_commands.hpp"

#include <fmt/format.h>

#include <charconv>

#include "app/encryption.hpp"
#include "app/running.hpp"
#include "base/moment.hpp"
#include "crypto/secret_file.hpp"

namespace gsdb::app {

identity::Actor person_at_the_command_line() {
    return identity::Actor::system(default_organization());
}

EventCommands::EventCommands(const Program& program)
    : server_(DatabaseServer::open(program)),
      database_(server_->pool("events", 2)),
      credentials_(app::credentials(program, server_->pool("identity", 2))),
      sources_(database_, credentials_),
      subscriptions_(database_, credentials_) {}

crypto::Secret secret_of(const std::string& file) {
    return file.empty() ? crypto::Secret() : value_or_throw(crypto::read_secret_file(file));
}

std::string EventCommands::url(Uuid source) const {
    const auto running = find_running(server_->home());
    return fmt::format("{}/hooks/{}", running ? running->url : "http://HOST:PORT", to_string(source));
}

Uuid id_of(const std::string& text, std::string_view what) {
    if (const auto id = Uuid::parse(text)) return *id;
    throw Failure({.code = "usage",
                   .message = fmt::format("'{}' is not the id of {}", text, what),
                   .detail = "",
                   .hint = "the list shows the ids",
                   .exit_code = ExitCode::usage});
}

namespace {

std::optional<std::chrono::seconds> read_duration(const std::string& text) {
    std::int64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, text.data() + text.size());
    constexpr std::int64_t longest = 10'000;  // of any unit
    constexpr std::pair<std::string_view, std::chrono::seconds> units[] = {{"s", std::chrono::seconds(1)},
                                                                           {"m", std::chrono::minutes(1)},
                                                                           {"h", std::chrono::hours(1)},
                                                                           {"d", std::chrono::days(1)}};
    if (problem == std::errc{} && count >= 0 && count <= longest)
        for (const auto& [name, length] : units)
            if (name == unit) return count * length;
    return std::nullopt;
}

Failure no_such_time(const std::string& text, std::string what, std::string hint) {
    return Failure({.code = "usage",
                    .message = fmt::format("'{}' is no {}", text, what),
                    .detail = "",
                    .hint = std::move(hint),
                    .exit_code = ExitCode::usage});
}

}  // namespace

std::chrono::seconds duration_of(const std::string& text) {
    if (const auto duration = read_duration(text)) return *duration;
    throw no_such_time(text, "length of time", "write 90s, 15m, 24h or 7d");
}

Timestamp moment_of(const std::string& text) {
    if (const auto moment = parse_moment(text)) return *moment;
    if (const auto ago = read_duration(text)) return SystemClock().now() - *ago;
    throw no_such_time(text, "moment", "write 2026-11-21T06:31:00Z, or how long ago: 90s, 15m, 24h, 7d");
}

std::string time_text(const std::optional<Timestamp>& time) {
    return time ? to_rfc3339(*time) : "";
}
std::string or_empty(const std::optional<std::string>& text) {
    return text.value_or("");
}

void add_filter_options(CLI::App* command, events::EventFilter& filter) {
    command->add_option("--source", filter.source, "Name of a source");
    command->add_option("--type", filter.type, "Type such as pull_request.opened, or 'pull_request.*'");
}

}  // namespace gsdb::app
