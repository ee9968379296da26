#include "modules/tasks/cron.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace gsdb::tasks {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::sys_days;

namespace {

constexpr days looked_ahead{8 * 366 + 1};  // over a year like 2100, which is no leap year

struct FieldRule {
    std::string_view name;
    int least, most;
    std::span<const std::string_view> words{};  ///< for least, least + 1, ...
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<FieldRule, 5> rules{{{"minute", 0, 59},
                                          {"hour", 0, 23},
                                          {"day of the month", 1, 31},
                                          {"month", 1, 12, month_names},
                                          {"day of the week", 0, 7, weekday_names}}};

Failure invalid(std::string message) {
    return Failure(
        {.code = "tasks.cron_invalid",
         .message = std::move(message),
         .detail = "",
         .hint = "write five fields: minute, hour, day of the month, month, day of the week: 30 2 * * mon-fri",
         .exit_code = ExitCode::usage});
}

std::vector<std::string_view> split(std::string_view text, char sign) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(sign);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto* const end = text.data() + text.size();
    const auto [read, problem] = std::from_chars(text.data(), end, number);
    return problem == std::errc{} && read == end && text.front() != '-' ? std::optional(number) : std::nullopt;
}

int value_of(std::string_view text, const FieldRule& rule) {
    std::string word(text);
    std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    const auto found = std::ranges::find(rule.words, word);
    if (found != rule.words.end()) return rule.least + static_cast<int>(found - rule.words.begin());
    const auto number = text.empty() ? std::nullopt : number_of(text);
    if (!number || *number < rule.least || *number > rule.most)
        throw invalid(fmt::format("'{}' is no {}: there are {} to {}", text, rule.name, rule.least, rule.most));
    return *number;
}

/// One item of a list: the numbers from `first` to `last`, each `step`th.
template <std::size_t Size>
void read_item(std::string_view item, const FieldRule& rule, std::bitset<Size>& to) {
    const auto slash = item.find('/');
    const auto range = item.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
        const auto text = item.substr(slash + 1);
        const auto number = text.empty() ? std::nullopt : number_of(text);
        if (!number || *number < 1 || *number > rule.most)
            throw invalid(fmt::format("'{}' is no step of the {}: there are 1 to {}", text, rule.name, rule.most));
        step = *number;
    }
    int first = rule.least, last = rule.most;
    if (range != "*") {
        const auto dash = range.find('-');
        first = value_of(range.substr(0, dash), rule);
        if (dash != std::string_view::npos)
            last = value_of(range.substr(dash + 1), rule);
        else if (slash == std::string_view::npos)
            last = first;
    }
    if (first > last) throw invalid(fmt::format("'{}' of the {} begins after its end", range, rule.name));
    for (int i = first; i <= last; i += step) to.set(static_cast<std::size_t>(i));
}

template <std::size_t Size>
std::bitset<Size> read_field(std::string_view field, const FieldRule& rule) {
    std::bitset<Size> numbers;
    for (const auto item : split(field, ',')) read_item(item, rule, numbers);
    return numbers;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    const auto fields = split(text, ' ');
    try {
        if (fields.size() != rules.size()) throw invalid(fmt::format("'{}' has not five fields", text));
        Cron cron;
        cron.minutes_ = read_field<60>(fields[0], rules[0]);
        cron.hours_ = read_field<24>(fields[1], rules[1]);
        cron.days_ = read_field<32>(fields[2], rules[2]);
        cron.months_ = read_field<13>(fields[3], rules[3]);
        cron.weekdays_ = read_field<8>(fields[4], rules[4]);
        if (cron.weekdays_.test(7)) cron.weekdays_.set(0);
        cron.has_all_hours_ = fields[1].starts_with('*');
        cron.has_all_days_ = fields[2].starts_with('*');
        cron.has_all_weekdays_ = fields[4].starts_with('*');
        return cron;
    } catch (const Failure& failure) {
        return std::unexpected(failure.error());
    }
}

bool Cron::matches_day(local_days day) const {
    const std::chrono::year_month_day date(day);
    if (!months_.test(static_cast<unsigned>(date.month()))) return false;
    const bool is_day = days_.test(static_cast<unsigned>(date.day()));
    const bool is_weekday = weekdays_.test(std::chrono::weekday(day).c_encoding());
    return has_all_days_ || has_all_weekdays_ ? is_day && is_weekday : is_day || is_weekday;
}

bool Cron::matches(LocalMinute time) const {
    constexpr int per_hour = 60;
    const auto day = floor<days>(time);
    const auto minute = static_cast<std::size_t>((time - day).count());
    return matches_day(day) && hours_.test(minute / per_hour) && minutes_.test(minute % per_hour);
}

/// By days where none of a day matches.
std::optional<LocalMinute> Cron::first_from(LocalMinute begin, LocalMinute end) const {
    for (auto at = begin; at < end;) {
        const auto day = floor<days>(at);
        if (!matches_day(day))
            at = day + days(1);
        else if (matches(at))
            return at;
        else
            at += minutes(1);
    }
    return std::nullopt;
}

std::optional<Minute> Cron::next(Minute after, const ZoneOffsets& zone) const {
    const auto local = [](Minute time, minutes offset) { return LocalMinute(time.time_since_epoch() + offset); };
    const auto horizon = after + looked_ahead;
    for (std::size_t i = 0; i < zone.size(); ++i) {
        const bool is_last = i + 1 == zone.size();
        const auto end = is_last ? horizon : std::min(horizon, zone[i + 1].from);
        if (end <= after) continue;
        const auto offset = zone[i].offset;
        auto begin = local(after + minutes(1), offset);
        if (i > 0 && zone[i].from > after) begin = local(zone[i].from, offset);
        if (i > 0 && !has_all_hours_) {
            const auto before = local(zone[i].from, zone[i - 1].offset);
            const auto now = local(zone[i].from, offset);
            // The hour that is left out, and the one that comes again.
            if (zone[i].from > after && first_from(before, now)) return zone[i].from;
            begin = std::max(begin, before);
        }
        if (const auto found = first_from(begin, local(end, offset))) return Minute(found->time_since_epoch() - offset);
        if (end == horizon) break;
    }
    return std::nullopt;
}

}  // namespace gsdb::tasks
