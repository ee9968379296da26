#pragma once
// Cuts the wait of background work short when there is news, from any thread.

#include <chrono>
#include <memory>

#include "base/background.hpp"

namespace gsdb {

/// Copies are the same. For one that waits and any number that wake it.
class Wake {
  public:
    Wake();

    void notify() const;

    /// Waits until notify() was called, also before this, or for so long; false when the end was asked for.
    Task<bool> wait(Stop stop, std::chrono::milliseconds at_most) const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gsdb
