#include "modules/codebase/packages/ranges.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// --- npm and Cargo: semantic versions, https://semver.org ---

struct Semantic {
    std::array<std::uint64_t, 3> numbers{};
    int given = 0;  ///< how many numbers there are; the others may be anything
    std::string_view pre_release;
    bool is_bound = false;  ///< made up: what comes before all versions of its numbers
};

std::optional<Semantic> semantic(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('v') || text.starts_with('=')) text = trimmed(text.substr(1));
    text = text.substr(0, text.find('+'));
    Semantic version;
    const auto dash = text.find('-');
    if (dash != std::string_view::npos) version.pre_release = text.substr(dash + 1);
    text = text.substr(0, dash);
    const auto parts = split(text, '.');
    if (parts.size() > 3) return std::nullopt;
    bool is_any = false;
    for (const auto part : parts) {
        if (part == "x" || part == "X" || part == "*" || (part.empty() && parts.size() == 1)) {
            is_any = true;
            continue;
        }
        const auto value = number(part);
        if (!value) return std::nullopt;
        if (!is_any) version.numbers[static_cast<std::size_t>(version.given++)] = *value;
    }
    return version;
}

/// https://semver.org/#spec-item-11
std::strong_ordering compare_pre_releases(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty())
        return a.empty() == b.empty() ? std::strong_ordering::equal
               : a.empty()            ? std::strong_ordering::greater
                                      : std::strong_ordering::less;
    const auto parts_a = split(a, '.'), parts_b = split(b, '.');
    for (std::size_t i = 0; i < std::min(parts_a.size(), parts_b.size()); ++i) {
        const auto number_a = number(parts_a[i]), number_b = number(parts_b[i]);
        if (number_a.has_value() != number_b.has_value())
            return number_a ? std::strong_ordering::less : std::strong_ordering::greater;
        const auto order = number_a ? *number_a <=> *number_b : parts_a[i].compare(parts_b[i]) <=> 0;
        if (order != 0) return order;
    }
    return parts_a.size() <=> parts_b.size();
}

std::strong_ordering compare(const Semantic& a, const Semantic& b) {
    if (const auto order = a.numbers <=> b.numbers; order != 0) return order;
    return compare_pre_releases(a.pre_release, b.pre_release);
}

/// From `least` on, up to but without `end`.
struct Interval {
    Semantic least;
    std::optional<Semantic> end;
    bool includes_least = true, includes_end = false;
    bool is_empty = false;
};

Semantic raised(const Semantic& version, int position) {
    Semantic next{.numbers = version.numbers, .given = 3, .pre_release = "0", .is_bound = true};
    ++next.numbers[static_cast<std::size_t>(position)];
    for (auto i = static_cast<std::size_t>(position) + 1; i < 3; ++i) next.numbers[i] = 0;
    return next;
}

/// Everything that begins with the numbers given.
Interval all_of(const Semantic& version) {
    if (version.given == 0) return {};
    if (version.given == 3) return {.least = version, .end = version, .includes_end = true};
    return {.least = version, .end = raised(version, version.given - 1)};
}

/// `^1.2`: what does not change the first number that is not 0.
Interval caret(const Semantic& version) {
    if (version.given == 0) return {};
    int position = 0;
    while (position < version.given - 1 && version.numbers[static_cast<std::size_t>(position)] == 0) ++position;
    return {.least = version, .end = raised(version, position)};
}

Interval tilde(const Semantic& version) {
    if (version.given == 0) return {};
    return {.least = version, .end = raised(version, version.given == 1 ? 0 : 1)};
}

std::optional<Interval> interval(std::string_view sign, std::string_view text, bool plain_is_caret) {
    const auto version = semantic(text);
    if (!version) return std::nullopt;
    if (sign == "^" ||
        (sign.empty() && plain_is_caret && version->given > 0 && text.find('*') == std::string_view::npos))
        return caret(*version);
    if (sign == "~" || sign == "~>") return tilde(*version);
    if (sign.empty() || sign == "=") return all_of(*version);
    if (version->given == 0) return Interval{.is_empty = sign == "<" || sign == ">"};
    const auto whole = all_of(*version);
    if (sign == ">=") return Interval{.least = *version};
    if (sign == "<") {
        auto end = *version;
        if (version->given < 3) end.pre_release = "0", end.is_bound = true;
        return Interval{.end = end};
    }
    if (sign == ">")
        return version->given == 3 ? Interval{.least = *version, .includes_least = false}
                                   : Interval{.least = {.numbers = whole.end->numbers, .given = 3}};
    if (sign == "<=") return Interval{.end = whole.end, .includes_end = version->given == 3};
    return std::nullopt;
}

bool is_in(const Semantic& version, const Interval& interval) {
    if (interval.is_empty) return false;
    const auto from = compare(version, interval.least);
    if (from < 0 || (from == 0 && !interval.includes_least)) return false;
    if (!interval.end) return true;
    const auto to = compare(version, *interval.end);
    return to < 0 || (to == 0 && interval.includes_end);
}

constexpr std::array<std::string_view, 8> signs{">=", "<=", "~>", "^", "~", ">", "<", "="};

std::string_view take_sign(std::string_view& text) {
    for (const auto sign : signs) {
        if (!text.starts_with(sign)) continue;
        text = trimmed(text.substr(sign.size()));
        return sign;
    }
    return {};
}

/// Comparators that all must hold; `a - b` is one of them.
std::optional<std::vector<Interval>> intervals_of(std::string_view set, bool is_cargo) {
    std::vector<Interval> intervals;
    set = trimmed(set);
    if (const auto hyphen = set.find(" - "); hyphen != std::string_view::npos && !is_cargo) {
        const auto first = interval(">=", set.substr(0, hyphen), false),
                   last = interval("<=", set.substr(hyphen + 3), false);
        if (!first || !last) return std::nullopt;
        return std::vector{*first, *last};
    }
    for (auto rest = set; !rest.empty() || intervals.empty();) {
        const auto sign = take_sign(rest);
        const auto end = std::min(rest.find_first_of(is_cargo ? "," : " \t"), rest.size());
        const auto one = interval(sign, trimmed(rest.substr(0, end)), is_cargo);
        if (!one) return std::nullopt;
        intervals.push_back(*one);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        rest = trimmed(rest);
        if (rest.empty()) break;
    }
    return intervals;
}

/// A pre-release only where a comparator names one of the same numbers.
bool names_pre_release_of(const Interval& interval, const Semantic& version) {
    const auto is_it = [&](const Semantic& one) {
        return !one.pre_release.empty() && !one.is_bound && one.numbers == version.numbers;
    };
    return is_it(interval.least) || (interval.end && is_it(*interval.end));
}

std::optional<bool> accepts_semantic(std::string_view range, std::string_view text, bool is_cargo) {
    const auto version = semantic(text);
    if (!version || version->given != 3) return std::nullopt;
    std::size_t from = 0;
    for (bool is_last = false; !is_last;) {
        const auto bar = is_cargo ? std::string_view::npos : range.find("||", from);
        is_last = bar == std::string_view::npos;
        const auto intervals = intervals_of(range.substr(from, is_last ? bar : bar - from), is_cargo);
        if (!intervals) return std::nullopt;
        const bool is_inside =
            std::ranges::all_of(*intervals, [&](const Interval& one) { return is_in(*version, one); });
        const bool is_allowed =
            version->pre_release.empty() ||
            std::ranges::any_of(*intervals, [&](const Interval& one) { return names_pre_release_of(one, *version); });
        if (is_inside && is_allowed) return true;
        from = bar + 2;
    }
    return false;
}

// --- PyPI: https://packaging.python.org/en/latest/specifications/version-specifiers/ ---

struct PythonVersion {
    std::uint64_t epoch = 0;
    std::vector<std::uint64_t> release;
    /// Order of what comes after the release: development, alpha, beta, candidate, final, post; each with its number.
    int phase = 4;
    std::uint64_t phase_number = 0;
    std::optional<std::uint64_t> post, development;
    std::string local;
};

/// Reads digits at the beginning; 0 where there are none.
std::uint64_t take_number(std::string_view& text) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
    const auto value = number(text.substr(0, end)).value_or(0);
    text.remove_prefix(end);
    return value;
}

void skip_separator(std::string_view& text) {
    if (!text.empty() && std::string_view(".-_").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
}

bool take_word(std::string_view& text, std::initializer_list<std::string_view> words) {
    auto rest = text;
    skip_separator(rest);
    for (const auto word : words) {
        if (!rest.starts_with(word)) continue;
        rest.remove_prefix(word.size());
        skip_separator(rest);
        text = rest;
        return true;
    }
    return false;
}

std::optional<PythonVersion> python_version(std::string_view text) {
    auto lower = lower_case(trimmed(text));
    std::string_view rest = lower;
    PythonVersion version;
    if (const auto plus = rest.find('+'); plus != std::string_view::npos) {
        version.local = rest.substr(plus + 1);
        rest = rest.substr(0, plus);
    }
    if (rest.starts_with('v')) rest.remove_prefix(1);
    if (const auto bang = rest.find('!'); bang != std::string_view::npos) {
        version.epoch = number(rest.substr(0, bang)).value_or(0);
        rest.remove_prefix(bang + 1);
    }
    while (!rest.empty() && is_digit(rest.front())) {
        version.release.push_back(take_number(rest));
        if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) rest.remove_prefix(1);
    }
    if (version.release.empty()) return std::nullopt;
    if (take_word(rest, {"alpha", "a"}))
        version.phase = 1, version.phase_number = take_number(rest);
    else if (take_word(rest, {"beta", "b"}))
        version.phase = 2, version.phase_number = take_number(rest);
    else if (take_word(rest, {"rc", "preview", "pre", "c"}))
        version.phase = 3, version.phase_number = take_number(rest);
    if (take_word(rest, {"post", "rev", "r"}))
        version.post = take_number(rest);
    else if (rest.size() > 1 && rest[0] == '-' && is_digit(rest[1]))
        rest.remove_prefix(1), version.post = take_number(rest);
    if (take_word(rest, {"dev"})) version.development = take_number(rest);
    if (!rest.empty()) return std::nullopt;
    return version;
}

/// A development release of the final version comes before its alpha.
int phase_of(const PythonVersion& v) {
    return v.phase == 4 && !v.post && v.development ? 0 : v.phase;
}

std::strong_ordering compare(const PythonVersion& a, const PythonVersion& b) {
    if (a.epoch != b.epoch) return a.epoch <=> b.epoch;
    for (std::size_t i = 0; i < std::max(a.release.size(), b.release.size()); ++i) {
        const auto x = i < a.release.size() ? a.release[i] : 0, y = i < b.release.size() ? b.release[i] : 0;
        if (x != y) return x <=> y;
    }
    if (phase_of(a) != phase_of(b)) return phase_of(a) <=> phase_of(b);
    if (a.phase_number != b.phase_number) return a.phase_number <=> b.phase_number;
    if (a.post != b.post) return a.post <=> b.post;
    // No development release is later than any.
    constexpr auto none = UINT64_MAX;
    return a.development.value_or(none) <=> b.development.value_or(none);
}

bool has_beginning(const PythonVersion& version, const PythonVersion& beginning) {
    if (version.epoch != beginning.epoch) return false;
    for (std::size_t i = 0; i < beginning.release.size(); ++i)
        if ((i < version.release.size() ? version.release[i] : 0) != beginning.release[i]) return false;
    return true;
}

bool is_pre(const PythonVersion& v) {
    return v.phase < 4 || v.development;
}

std::optional<bool> compares(const PythonVersion& version, std::string_view sign, const PythonVersion& than) {
    auto without_local = version;
    without_local.local.clear();
    const auto order = compare(without_local, than);
    if (sign == "==" || sign == "!=") {
        const bool is_equal = order == 0 && (than.local.empty() || than.local == version.local);
        return is_equal == (sign == "==");
    }
    if (sign == ">=") return order >= 0;
    if (sign == "<=") return order <= 0;
    // `<3` has no pre-releases of 3, `>3` no post-releases and local versions of 3.
    const bool is_of_it = compare({.epoch = version.epoch, .release = version.release},
                                  {.epoch = than.epoch, .release = than.release}) == 0;
    if (sign == "<") return order < 0 && !(is_of_it && is_pre(version) && !is_pre(than));
    if (sign == ">") return order > 0 && !(is_of_it && ((version.post && !than.post) || !version.local.empty()));
    return std::nullopt;
}

std::optional<bool> accepts_python_clause(std::string_view clause, const PythonVersion& version,
                                          std::string_view text) {
    std::string_view sign;
    for (const std::string_view one : {"===", "~=", "==", "!=", "<=", ">=", "<", ">", "^", "~", "="})
        if (clause.starts_with(one)) {
            sign = one;
            break;
        }
    auto operand = trimmed(clause.substr(sign.size()));
    if (sign == "===") return lower_case(operand) == lower_case(text);
    if (sign.empty() || sign == "=") sign = "==";  // Poetry
    const bool is_wild = operand.ends_with(".*");
    if (is_wild) operand.remove_suffix(2);
    const auto than = python_version(operand);
    if (!than) return std::nullopt;
    if (is_wild) {
        if (sign != "==" && sign != "!=") return std::nullopt;
        return has_beginning(version, *than) == (sign == "==");
    }
    if (sign != "~=" && sign != "^" && sign != "~") return compares(version, sign, *than);
    auto end = *than;
    auto position = sign == "~=" ? end.release.size() - 2 : end.release.size() == 1 ? 0 : 1;
    if (sign == "~=" && end.release.size() < 2) return std::nullopt;
    if (sign == "^")
        for (position = 0; position + 1 < end.release.size() && end.release[position] == 0;) ++position;
    end.release.resize(position + 1);
    if (sign == "~=")
        return compare(version, *than) >= 0 && has_beginning(version, {.epoch = end.epoch, .release = end.release});
    ++end.release.back();
    end.phase = 4, end.post.reset(), end.development.reset();
    return compare(version, *than) >= 0 && compare(version, end) < 0 && !has_beginning(version, end);
}

std::optional<bool> accepts_python(std::string_view range, std::string_view text) {
    const auto version = python_version(text);
    if (!version) return std::nullopt;
    std::size_t from = 0;
    for (bool is_last = false; !is_last;) {
        const auto bar = range.find("||", from);  // Poetry
        is_last = bar == std::string_view::npos;
        bool holds = true;
        for (const auto part : split(range.substr(from, is_last ? bar : bar - from), ',')) {
            if (trimmed(part).empty() || trimmed(part) == "*") continue;
            const auto one = accepts_python_clause(trimmed(part), *version, text);
            if (!one) return std::nullopt;
            holds = holds && *one;
        }
        if (holds) return true;
        from = bar + 2;
    }
    return false;
}

}  // namespace

std::optional<bool> accepts(Ecosystem ecosystem, std::string_view range, std::string_view version) {
    range = trimmed(range);
    if (range.empty()) return true;
    switch (ecosystem) {
        case Ecosystem::npm:
            return accepts_semantic(range, version, false);
        case Ecosystem::cargo:
            return accepts_semantic(range, version, true);
        case Ecosystem::pypi:
            return accepts_python(range, version);
        default:
            return std::nullopt;
    }
}

}  // namespace gsdb::codebase::packages
