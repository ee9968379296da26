#pragma once
// Time as the program sees it. Code takes a Clock, so that a test can hold it still.

#include <chrono>
#include <string>

namespace gsdb {

/// A moment in UTC, in microseconds as PostgreSQL's timestamptz keeps it.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
  public:
    Timestamp now() const override;
};

/// A clock that moves only when told to.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp start) : now_(start) {}
    Timestamp now() const override { return now_; }
    void advance(std::chrono::microseconds by) { now_ += by; }

  private:
    Timestamp now_;
};

/// RFC 3339 in UTC with microseconds: 2026-11-21T06:31:00.000000Z.
std::string to_rfc3339(Timestamp moment);

}  // namespace gsdb
