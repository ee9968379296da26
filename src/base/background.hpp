#pragma once
// Work that goes on beside the rest of the program, on a thread of its own, and ends when it is told to.
//
//     Background background({[](Stop stop) -> Task<> {
//         do { co_await look(); } while (co_await stop.sleep(1min));
//     }});

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/task.hpp"

namespace gsdb {

/// Tells work that it shall end. To be used by that work only; copies are the same.
class Stop {
  public:
    bool requested() const;

    /// Waits; false when the end was asked for before or meanwhile.
    Task<bool> sleep(std::chrono::milliseconds duration) const;

    /// Has `hurry` called when the end is asked for, as long as what is returned lives, or at once
    /// when it was asked for before: how a wait is cut short.
    [[nodiscard]] std::shared_ptr<void> on_request(std::function<void()> hurry) const;

  private:
    friend class Background;
    struct State;
    explicit Stop(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

class Background {
  public:
    using Work = std::function<Task<>(Stop)>;

    /// Begins. Work that throws ends the program: it handles what can go wrong by itself.
    explicit Background(std::vector<Work> works);
    ~Background() { stop(); }
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// Asks for the end and waits for it; work that has not ended after `patience` is dropped where it waits.
    void stop(std::chrono::milliseconds patience = std::chrono::milliseconds(800));

  private:
    std::vector<Work> works_;
    std::shared_ptr<Stop::State> state_;
    asio::io_context context_{1};
    std::jthread thread_;
};

}  // namespace gsdb
