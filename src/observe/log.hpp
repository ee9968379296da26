#pragma once
// The sink that writes observations as lines of a log, to standard error or a file, in logfmt or JSON.
//
// The value of a field whose name looks like a secret's (contains token, secret, password, passphrase, key,
// authorization or credential) is never written. Fields must not carry secrets in the first place; this is the net
// below.

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "observe/observation.hpp"

namespace gsdb::observe {

enum class LogFormat { logfmt, json };

struct LogOptions {
    LogFormat format = LogFormat::logfmt;
    Level level = Level::info;  ///< observations below it are not written
    std::string path{};         ///< empty: standard error
};

class Log {
  public:
    /// Throws Failure log.cannot_open that names the file.
    Log(LogOptions options, std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());

    /// Give this to add_sink(). It keeps the log alive.
    Sink sink() const;

    /// Opens the file again under its name, for logrotate. Throws as the constructor does, and goes on with the old.
    void reopen();

  private:
    class State;
    std::shared_ptr<State> state_;
};

/// One line without its end: `time=... level=info event=http_request status=200`.
std::string format_line(LogFormat format, Timestamp time, const Definition& definition, const Fields& fields);

/// True when a field of this name must not be written.
bool is_secret_name(std::string_view name);

}  // namespace gsdb::observe
