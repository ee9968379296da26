#include "modules/codebase/checks/directives.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "modules/codebase/checks/rules.hpp"

namespace gsdb::codebase::checks {

namespace {

constexpr std::size_t justification_bytes_max = 500;

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// The rules of other tools that are ours; of all of them where `names` is empty.
std::vector<std::string> rules_of(Tool tool, const std::vector<std::string_view>& names) {
    std::vector<std::string> ids;
    for (const auto& rule : rules())
        for (const auto& alias : rule.aliases)
            if (alias.tool == tool && (names.empty() || std::ranges::find(names, alias.name) != names.end()))
                ids.emplace_back(rule.id);
    return ids;
}

/// `a, b c`: the parts between commas and white space.
std::vector<std::string_view> parts_of(std::string_view list) {
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const auto end = list.find_first_of(", \t\n\"{}");
        if (const auto part = list.substr(0, end); !part.empty()) parts.push_back(part);
        list = end == std::string_view::npos ? "" : list.substr(end + 1);
    }
    return parts;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// What stands behind `word` in a comment, if it is there as a word of its own.
std::optional<std::string_view> behind(std::string_view comment, std::string_view word) {
    const auto at = comment.find(word);
    if (at == std::string_view::npos || (at > 0 && is_word(comment[at - 1]))) return std::nullopt;
    const auto rest = comment.substr(at + word.size());
    if (!rest.empty() && is_word(rest.front())) return std::nullopt;
    return rest;
}

/// What is between the brackets that come first, and what stands behind them.
std::optional<std::pair<std::string_view, std::string_view>> bracketed(std::string_view text, char open, char close) {
    if (!text.starts_with(open)) return std::nullopt;
    const auto end = text.find(close);
    if (end == std::string_view::npos) return std::nullopt;
    return std::pair(text.substr(1, end - 1), text.substr(end + 1));
}

/// A comment that begins a stretch to be left alone, or ends it.
enum class Reach : std::uint8_t { line, next_line, from_here, until_here };

struct Read {
    Reach reach = Reach::line;
    std::vector<std::string> rules;
    std::string_view justification;
};

std::optional<Read> read_ours(std::string_view comment) {
    const auto rest = behind(comment, "gsdb:");
    if (!rest) return std::nullopt;
    const auto order = behind(*rest, "ignore");
    if (!order) return std::nullopt;
    const auto list = bracketed(*order, '[', ']');
    if (!list) return std::nullopt;  // what is left alone is named
    Read read;
    for (const auto id : parts_of(list->first)) read.rules.emplace_back(id);
    read.justification = list->second;
    return read;
}

/// `noqa`, `noqa: F401, E722`
std::optional<Read> read_noqa(std::string_view comment) {
    auto rest = behind(comment, "noqa");
    if (!rest) rest = behind(comment, "NOQA");
    if (!rest) return std::nullopt;
    std::vector<std::string_view> codes;
    if (rest->starts_with(':')) {
        codes = parts_of(rest->substr(1));
        if (codes.empty()) return std::nullopt;
    }
    return Read{.rules = rules_of(Tool::flake8, codes), .justification = {}};
}

/// `eslint-disable-next-line no-eval -- why`
std::optional<Read> read_eslint(std::string_view comment) {
    constexpr std::pair<std::string_view, Reach> orders[] = {{"eslint-disable-next-line", Reach::next_line},
                                                             {"eslint-disable-line", Reach::line},
                                                             {"eslint-disable", Reach::from_here},
                                                             {"eslint-enable", Reach::until_here}};
    for (const auto& [word, reach] : orders) {
        const auto rest = behind(comment, word);
        if (!rest) continue;
        const auto reason = rest->find("--");
        return Read{.reach = reach,
                    .rules = rules_of(Tool::eslint, parts_of(rest->substr(0, reason))),
                    .justification = reason == std::string_view::npos ? "" : rest->substr(reason + 2)};
    }
    return std::nullopt;
}

/// `NOLINT`, `NOLINTNEXTLINE(bugprone-empty-catch): why`
std::optional<Read> read_nolint(std::string_view comment) {
    constexpr std::pair<std::string_view, Reach> orders[] = {{"NOLINTNEXTLINE", Reach::next_line},
                                                             {"NOLINT", Reach::line}};
    for (const auto& [word, reach] : orders) {
        const auto rest = behind(comment, word);
        if (!rest) continue;
        const auto list = bracketed(*rest, '(', ')');
        return Read{.reach = reach,
                    .rules = rules_of(Tool::clang_tidy, list ? parts_of(list->first) : std::vector<std::string_view>{}),
                    .justification = list ? list->second : *rest};
    }
    return std::nullopt;
}

std::optional<Read> read(std::string_view comment, extract::Language language) {
    using extract::Language;
    if (auto ours = read_ours(comment)) return ours;
    switch (language) {
        case Language::python:
            return read_noqa(comment);
        case Language::javascript:
        case Language::typescript:
        case Language::tsx:
            return read_eslint(comment);
        case Language::c:
        case Language::cpp:
            return read_nolint(comment);
        default:
            return std::nullopt;
    }
}

/// Lines of a text by their bytes.
class LineStarts {
  public:
    explicit LineStarts(std::string_view text) {
        for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
            starts_.push_back(at + 1);
    }
    std::uint32_t line_of(std::size_t byte) const {
        return static_cast<std::uint32_t>(std::ranges::upper_bound(starts_, byte) - starts_.begin());
    }

  private:
    std::vector<std::size_t> starts_{0};
};

class Reading {
  public:
    Reading(std::string_view source, const extract::FileFacts& facts)
        : source_(source), facts_(facts), lines_(source) {}

    std::vector<Directive> run() {
        for (std::size_t i = 0; i < facts_.comments.size(); ++i) {
            const auto& [start, end] = facts_.comments[i];
            auto found = read(source_.substr(start, end - start), facts_.language);
            if (found && !found->rules.empty()) add(std::move(*found), i);
        }
        if (facts_.language == extract::Language::java) add_annotations();
        return std::move(directives_);
    }

  private:
    static constexpr std::uint32_t to_the_end = 0x7FFFFFFF;

    void add(Read found, std::size_t comment) {
        const auto& [start, end] = facts_.comments[comment];
        Directive directive{.rules = std::move(found.rules), .justification = clean(found.justification)};
        const auto line = lines_.line_of(start);
        switch (found.reach) {
            case Reach::line:
                directive.first_line = stands_alone(start) ? next_code_line(comment) : line;
                directive.last_line = std::max(directive.first_line, stands_alone(start) ? 0 : lines_.line_of(end));
                break;
            case Reach::next_line:
                directive.first_line = directive.last_line = lines_.line_of(end) + 1;
                break;
            case Reach::from_here:
                directive.first_line = line;
                directive.last_line = to_the_end;
                break;
            case Reach::until_here:
                return end_stretches(directive.rules, line);
        }
        directives_.push_back(std::move(directive));
    }

    /// `eslint-enable` ends what `eslint-disable` of the same rules began.
    void end_stretches(const std::vector<std::string>& ended, std::uint32_t line) {
        std::vector<Directive> remaining;
        for (auto& directive : directives_) {
            if (directive.last_line != to_the_end) continue;
            Directive rest{.first_line = directive.first_line,
                           .last_line = to_the_end,
                           .rules = {},
                           .justification = directive.justification};
            for (const auto& rule : directive.rules)
                if (std::ranges::find(ended, rule) == ended.end()) rest.rules.push_back(rule);
            directive.last_line = line;
            if (!rest.rules.empty()) remaining.push_back(std::move(rest));
        }
        std::ranges::move(remaining, std::back_inserter(directives_));
    }

    bool stands_alone(std::size_t start) const {
        const auto line_start = start == 0 ? std::string_view::npos : source_.rfind('\n', start - 1);
        return trim(source_.substr(line_start + 1, start - line_start - 1)).empty();
    }

    /// The line on which code stands after a comment, comments and empty lines left out.
    std::uint32_t next_code_line(std::size_t comment) {
        const std::size_t from = facts_.comments[comment].start;
        if (from < comments_from_ || from >= code_after_) {
            auto at = std::size_t{facts_.comments[comment].end};
            for (auto next = comment + 1; next < facts_.comments.size(); ++next) {
                const auto& [start, end] = facts_.comments[next];
                if (start > at && !trim(source_.substr(at, start - at)).empty()) break;
                at = std::max<std::size_t>(at, end);
            }
            comments_from_ = from;
            code_after_ = std::min(source_.find_first_not_of(" \t\r\n", at), source_.size());
        }
        return lines_.line_of(code_after_);
    }

    static std::string clean(std::string_view text) {
        text = trim(text);
        while (!text.empty() && (text.front() == ':' || text.front() == '-' || text.front() == ']'))
            text = trim(text.substr(1));
        if (text.ends_with("*/")) text = trim(text.substr(0, text.size() - 2));
        std::string kept(utf8_beginning(text, justification_bytes_max));
        std::ranges::replace(kept, '\0', ' ');
        return kept;
    }

    /// `@SuppressWarnings("fallthrough")` holds for what it annotates.
    void add_annotations() {
        constexpr std::string_view name = "@SuppressWarnings(";
        for (const auto& element : facts_.elements) {
            const auto header = source_.substr(
                element.span.start.byte,
                element.name_span.start.byte - std::min(element.name_span.start.byte, element.span.start.byte));
            const auto at = header.find(name);
            if (at == std::string_view::npos) continue;
            const auto list = bracketed(header.substr(at + name.size() - 1), '(', ')');
            if (!list) continue;
            auto ids = rules_of(Tool::java, parts_of(list->first));
            if (!parts_of(list->first).empty() && !ids.empty())
                directives_.push_back({.first_line = element.span.start.line,
                                       .last_line = element.span.end.line,
                                       .rules = std::move(ids),
                                       .justification = {}});
        }
    }

    std::string_view source_;
    const extract::FileFacts& facts_;
    LineStarts lines_;
    std::size_t comments_from_ = 1, code_after_ = 0;  ///< no code stands between these bytes
    std::vector<Directive> directives_;
};

}  // namespace

std::vector<Directive> directives_of(std::string_view source, const extract::FileFacts& facts) {
    return Reading(source, facts).run();
}

}  // namespace gsdb::codebase::checks
