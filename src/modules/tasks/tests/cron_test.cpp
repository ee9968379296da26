// Times of cron expressions, against a look at every minute.
#include "modules/tasks/cron.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <random>
#include <set>

namespace gsdb::tasks {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::HasSubstr;

const ZoneOffsets utc{{.from = Minute::min(), .offset = minutes(0)}};

Minute moment(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) {
    return sys_days(year(y) / static_cast<int>(m) / static_cast<int>(d)) + hours(hour) + minutes(minute);
}

/// Central Europe in 2026.
const ZoneOffsets berlin{{.from = Minute::min(), .offset = hours(1)},
                         {.from = moment(2026, 3, 29, 1), .offset = hours(2)},
                         {.from = moment(2026, 10, 25, 1), .offset = hours(1)}};

std::string text_of(Minute time) {
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format("{:02}-{:02} {:02}:{:02}", static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count());
}

std::vector<std::string> times(const char* text, Minute after, int count, const ZoneOffsets& zone = utc) {
    const auto cron = value_or_throw(Cron::parse(text));
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) {
        const auto next = cron.next(after, zone);
        all.push_back(next ? text_of(*next) : "never");
        if (!next) break;
        after = *next;
    }
    return all;
}

TEST(Crons, CountFromTheMomentOn) {
    const auto after = moment(2026, 11, 27, 19, 30);  // a Friday
    EXPECT_THAT(times("30 19 * * *", after, 2), ElementsAre("11-28 19:30", "11-29 19:30"));
    EXPECT_THAT(times("*/20 * * * *", after, 3), ElementsAre("11-27 19:40", "11-27 20:00", "11-27 20:20"));
    EXPECT_THAT(times("5/25 8-9 * * Mon-Fri", after, 3), ElementsAre("11-30 08:05", "11-30 08:30", "11-30 08:55"));
    EXPECT_THAT(times("0 0 1,15 * *", after, 3), ElementsAre("12-01 00:00", "12-15 00:00", "01-01 00:00"));
    EXPECT_THAT(times("0 12 * feb,Apr 7", after, 2), ElementsAre("02-07 12:00", "02-14 12:00"));
    EXPECT_THAT(times("0 12 * * 0", after, 1), ElementsAre("11-29 12:00"));
    EXPECT_THAT(times("0 0 29 2 *", after, 1), ElementsAre("02-29 00:00"));
    EXPECT_THAT(times("0 0 29 2 *", moment(2096, 3, 1), 1), ElementsAre("02-29 00:00")) << "2100 is no leap year";
    EXPECT_THAT(times("0 0 30 2 *", after, 1), ElementsAre("never"));
}

TEST(Crons, OneOfTwoRestrictedDaysSuffices) {
    const auto after = moment(2026, 11, 27);
    EXPECT_THAT(times("0 0 13 * fri", after, 3), ElementsAre("12-04 00:00", "12-11 00:00", "12-13 00:00"));
    EXPECT_THAT(times("0 0 13 * *", after, 2), ElementsAre("12-13 00:00", "01-13 00:00"));
    // A field that begins with * is none of the two, and both have to match.
    EXPECT_THAT(times("0 0 */2 * fri", after, 3), ElementsAre("12-11 00:00", "12-25 00:00", "01-01 00:00"));
}

TEST(Crons, AtAFixedHourHappenOnceWhenClocksChange) {
    EXPECT_THAT(times("30 2 * * *", moment(2026, 3, 27, 12), 3, berlin),
                ElementsAre("03-28 01:30", "03-29 01:00", "03-30 00:30"));
    EXPECT_THAT(times("0,30 2,3 * * *", moment(2026, 3, 28, 12), 3, berlin),
                ElementsAre("03-29 01:00", "03-29 01:30", "03-30 00:00"));
    EXPECT_THAT(times("30 2 * * *", moment(2026, 10, 24, 12), 2, berlin), ElementsAre("10-25 00:30", "10-26 01:30"));
    EXPECT_THAT(times("30 2 * * *", moment(2026, 10, 25, 1, 10), 1, berlin), ElementsAre("10-26 01:30"));
}

TEST(Crons, OfEveryHourFollowTheTimeThatPasses) {
    EXPECT_THAT(times("30 * * * *", moment(2026, 3, 29, 0), 3, berlin),
                ElementsAre("03-29 00:30", "03-29 01:30", "03-29 02:30"));
    EXPECT_THAT(times("30 * * * *", moment(2026, 10, 25, 0), 3, berlin),
                ElementsAre("10-25 00:30", "10-25 01:30", "10-25 02:30"));
}

TEST(Crons, AreAsALookAtEveryMinuteFindsThem) {
    const auto seed = std::random_device{}();
    std::mt19937 dice(seed);
    const auto some = [&](int least, int most, int count) {
        std::set<int> numbers;
        for (int i = 0; i < count; ++i) numbers.insert(std::uniform_int_distribution<>(least, most)(dice));
        return numbers;
    };
    constexpr int expressions = 60;
    for (int n = 0; n < expressions; ++n) {
        const auto minute = some(0, 59, 3), hour = some(0, 23, 3), day = some(1, 28, 6), weekday = some(0, 6, 2);
        const auto text = fmt::format("{} {} {} * {}", fmt::join(minute, ","), fmt::join(hour, ","),
                                      fmt::join(day, ","), fmt::join(weekday, ","));
        const auto cron = value_or_throw(Cron::parse(text));
        const auto begin = moment(2026, 3, 1) + minutes(std::uniform_int_distribution<>(0, 400'000)(dice));
        const auto offset = minutes(15 * std::uniform_int_distribution<>(-48, 56)(dice));
        std::optional<Minute> found;
        for (auto at = begin + minutes(1); !found; at += minutes(1)) {
            const auto local = at + offset;
            const auto today = floor<days>(local);
            const hh_mm_ss clock(local - today);
            const auto of_month = static_cast<int>(static_cast<unsigned>(year_month_day(today).day()));
            const auto of_week = static_cast<int>(std::chrono::weekday(today).c_encoding());
            if (minute.contains(static_cast<int>(clock.minutes().count())) &&
                hour.contains(static_cast<int>(clock.hours().count())) &&
                (day.contains(of_month) || weekday.contains(of_week)))
                found = at;
        }
        EXPECT_EQ(cron.next(begin, {{.from = Minute::min(), .offset = offset}}), found) << text << ", seed " << seed;
    }
}

TEST(Crons, SayWhatIsWrong) {
    const std::pair<const char*, const char*> wrong[] = {{"* * * *", "not five fields"},
                                                         {"* * * * * *", "not five fields"},
                                                         {"*  * * *", "no hour"},
                                                         {"60 * * * *", "'60' is no minute: there are 0 to 59"},
                                                         {"* 24 * * *", "'24' is no hour"},
                                                         {"* * 0 * *", "'0' is no day of the month"},
                                                         {"* * * 13 *", "'13' is no month"},
                                                         {"* * * * 8", "'8' is no day of the week"},
                                                         {"* * * foo *", "'foo' is no month"},
                                                         {"5-1 * * * *", "'5-1' of the minute begins after its end"},
                                                         {"*/0 * * * *", "'0' is no step of the minute"},
                                                         {"1, * * * *", "'' is no minute"},
                                                         {"-5 * * * *", "'' is no minute"},
                                                         {"* * L * *", "'L' is no day of the month"}};
    for (const auto& [text, words] : wrong) {
        const auto cron = Cron::parse(text);
        ASSERT_FALSE(cron) << text;
        EXPECT_EQ(cron.error().code, "tasks.cron_invalid");
        EXPECT_THAT(cron.error().message, HasSubstr(words));
    }
}

}  // namespace
}  // namespace gsdb::tasks
