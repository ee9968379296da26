#include "base/moment.hpp"

#include <gmock/gmock.h>

namespace gsdb {
namespace {

TEST(ParseMoment, ReadsDateTimeAndOffset) {
    for (auto text : {"2026-11-21T06:31:00Z", "2026-11-21 06:31:00+00", "2026-11-21 08:31:00.000000+02:00",
                      "2026-11-21 01:01:00-0530"})
        EXPECT_EQ(to_rfc3339(parse_moment(text).value_or(Timestamp{})), "2026-11-21T06:31:00.000000Z") << text;
    EXPECT_EQ(to_rfc3339(*parse_moment("2026-11-21T06:31:00.25Z")), "2026-11-21T06:31:00.250000Z");
    EXPECT_EQ(to_rfc3339(*parse_moment("2026-11-21T06:31:00.1234567Z")), "2026-11-21T06:31:00.123456Z");
}

TEST(ParseMoment, RefusesWhatCouldBeAnyMoment) {
    for (auto text : {"", "now", "2026-11-21", "2026-11-21 06:31:00", "2026-11-21 06:31Z", "2026-02-30T06:31:00Z",
                      "2026-11-21T24:00:00Z", "2026-11-21T06:31:00Z ", "2026-11-21T06:31:00+2", "21.11.2026 06:31:00Z"})
        EXPECT_FALSE(parse_moment(text)) << text;
}

}  // namespace
}  // namespace gsdb
