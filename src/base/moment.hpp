#pragma once
// Moments as people write them.

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace gsdb {

/// A moment with its offset from UTC, to the microsecond: 2026-11-21T06:31:00Z, "2026-11-21 08:31:00.25+02:00". Nothing
/// of a text without an offset, which would mean another moment elsewhere.
std::optional<Timestamp> parse_moment(std::string_view text);

}  // namespace gsdb
