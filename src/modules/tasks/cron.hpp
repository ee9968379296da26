#pragma once
// When something is to be done again: five fields, as cron has them.
//
//     minute 0-59, hour 0-23, day of the month 1-31, month 1-12 or jan-dec, day of the week 0-7 or sun-sat (0 and 7 are
//     Sunday); each *, a number, a range 1-5, a step */15 or 1-30/2 or 5/10 (from 5 on), or a list of those with commas
//
// As in POSIX: where both days are restricted, one of them suffices; a day field is restricted unless it begins with *.

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace gsdb::tasks {

using Minute = std::chrono::sys_time<std::chrono::minutes>;
using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

/// How far a zone's clocks are ahead of UTC, from a moment on.
struct ZoneOffset {
    Minute from;
    std::chrono::minutes offset{};
};

/// In order; the first holds for all times before the second. Not empty.
using ZoneOffsets = std::vector<ZoneOffset>;

class Cron {
  public:
    /// "tasks.cron_invalid" names the field and what is wrong with it.
    static Result<Cron> parse(std::string_view text);

    /// The next time after one. Nothing where there is none within eight years (a 30th of February).
    ///
    /// Where clocks are put forward, what falls into the hour that is left out happens at the end of it, once; where
    /// they are put back, what falls into the hour that comes twice happens the first time. An expression whose hours
    /// begin with * follows the time that passes instead: it leaves out nothing and happens in both hours.
    std::optional<Minute> next(Minute after, const ZoneOffsets& zone) const;

    bool matches(LocalMinute time) const;

  private:
    bool matches_day(std::chrono::local_days day) const;
    std::optional<LocalMinute> first_from(LocalMinute begin, LocalMinute end) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool has_all_days_ = true, has_all_weekdays_ = true, has_all_hours_ = true;
};

}  // namespace gsdb::tasks
