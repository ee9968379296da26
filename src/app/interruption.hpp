#pragma once
// Ctrl-C and SIGTERM as a stop token. The first asks for an orderly end, the second ends the process at once.

#include <chrono>
#include <stop_token>
#include <thread>

namespace gsdb::app {

/// Make it before any other thread: the signals are blocked in all threads but its own.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    std::stop_token token() const { return source_.get_token(); }
    bool requested() const { return source_.stop_requested(); }

    /// Blocks until a signal came.
    void wait() const;
    /// Blocks for so long; false when a signal came before or meanwhile.
    bool sleep(std::chrono::milliseconds duration) const;

  private:
    void watch(std::stop_token end);

    std::stop_source source_;
    std::jthread watcher_;
};

}  // namespace gsdb::app
