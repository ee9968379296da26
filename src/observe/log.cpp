#include "observe/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "base/error.hpp"

namespace gsdb::observe {

namespace {

constexpr std::string_view redacted = "[redacted]";

spdlog::level::level_enum spdlog_level(Level level) {
    return static_cast<spdlog::level::level_enum>(level);
}
static_assert(static_cast<int>(Level::trace) == SPDLOG_LEVEL_TRACE &&
              static_cast<int>(Level::error) == SPDLOG_LEVEL_ERROR);

// A value that needs no quotes has neither spaces nor what ends or escapes a quoted one.
bool is_plain(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f; });
}

void append_value(std::string& line, std::string_view text) {
    // JSON's escapes are logfmt's, and keep every value on its line.
    line += is_plain(text) ? std::string(text) : boost::json::serialize(boost::json::string_view(text));
}

boost::json::value json_value(const Field& field) {
    if (is_secret_name(field.name)) return boost::json::string(redacted);
    return std::visit([](const auto& value) -> boost::json::value { return boost::json::value_from(value); },
                      field.value);
}

std::string text(const Field& field) {
    if (is_secret_name(field.name)) return std::string(redacted);
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, field.value);
}

std::string format_json(Timestamp time, const Definition& definition, const Fields& fields) {
    boost::json::object line{
        {"time", to_rfc3339(time)}, {"level", to_string(definition.level)}, {"event", definition.name}};
    for (const auto& field : fields) line[field.name] = json_value(field);
    return boost::json::serialize(line);
}

std::string format_logfmt(Timestamp time, const Definition& definition, const Fields& fields) {
    std::string line = "time=" + to_rfc3339(time);
    line.append(" level=").append(to_string(definition.level)).append(" event=").append(definition.name);
    for (const auto& field : fields) {
        line.append(" ").append(field.name).append("=");
        append_value(line, text(field));
    }
    return line;
}

std::shared_ptr<spdlog::logger> open(const LogOptions& options) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    try {
        if (options.path.empty()) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        if (!options.path.empty()) sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.path);
    } catch (const spdlog::spdlog_ex& error) {
        throw Failure({.code = "log.cannot_open",
                       .message = "cannot open the log file " + options.path,
                       .detail = error.what(),
                       .hint = "Choose a file in a folder that this user may write to.",
                       .exit_code = ExitCode::usage});
    }
    auto logger = std::make_shared<spdlog::logger>("gsdb", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);  // a line that explains a crash must be there after it
    return logger;
}

}  // namespace

bool is_secret_name(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::string_view marks[] = {"token", "secret",        "password",  "passphrase",
                                          "key",   "authorization", "credential"};
    return std::ranges::any_of(marks, [&](auto mark) { return lower.find(mark) != lower.npos; });
}

std::string format_line(LogFormat format, Timestamp time, const Definition& definition, const Fields& fields) {
    return format == LogFormat::json ? format_json(time, definition, fields) : format_logfmt(time, definition, fields);
}

class Log::State {
  public:
    State(LogOptions options, std::shared_ptr<const Clock> clock)
        : options_(std::move(options)), clock_(std::move(clock)), logger_(open(options_)) {}

    void reopen() {
        if (!options_.path.empty()) logger_ = open(options_);
    }

    void write(const Definition& definition, const Fields& fields) const {
        if (definition.level < options_.level || definition.level == Level::off) return;
        auto line = format_line(options_.format, clock_->now(), definition, fields);
        logger_.load()->log(spdlog_level(definition.level), line);
    }

  private:
    const LogOptions options_;
    const std::shared_ptr<const Clock> clock_;
    std::atomic<std::shared_ptr<spdlog::logger>> logger_;
};

Log::Log(LogOptions options, std::shared_ptr<const Clock> clock)
    : state_(std::make_shared<State>(std::move(options), std::move(clock))) {}

void Log::reopen() {
    state_->reopen();
}

Sink Log::sink() const {
    return [state = state_](const Definition& definition, const Fields& fields) {
        // A sink must not throw: a full disk must not end requests.
        try {
            state->write(definition, fields);
        } catch (const std::exception&) {
        }
    };
}

}  // namespace gsdb::observe
