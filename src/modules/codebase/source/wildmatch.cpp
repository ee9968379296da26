#include "modules/codebase/source/wildmatch.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

namespace gsdb::codebase::source {

namespace {

// Without case Git folds the text and the pattern's plain characters, but not quoted ones nor those in brackets; so do
// we. `hopeless` tells the enclosing star that trying it on a shorter rest cannot help, which keeps the search
// polynomial.
enum class Match { yes, no, hopeless, hopeless_below_slash };

bool in_class(std::string_view name, unsigned char c) {
    struct Class {
        std::string_view name;
        int (*test)(int);
    };
    static constexpr std::array<Class, 12> classes{{{"alnum", std::isalnum},
                                                    {"alpha", std::isalpha},
                                                    {"blank", std::isblank},
                                                    {"cntrl", std::iscntrl},
                                                    {"digit", std::isdigit},
                                                    {"graph", std::isgraph},
                                                    {"lower", std::islower},
                                                    {"print", std::isprint},
                                                    {"punct", std::ispunct},
                                                    {"space", std::isspace},
                                                    {"upper", std::isupper},
                                                    {"xdigit", std::isxdigit}}};
    for (const auto& known : classes) {
        if (known.name == name) return c < 0x80 && known.test(c) != 0;
    }
    return false;
}

bool is_class_name(std::string_view name) {
    for (std::string_view known : {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
                                   "space", "upper", "xdigit"}) {
        if (name == known) return true;
    }
    return false;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

class Matcher {
  public:
    Matcher(std::string_view pattern, std::string_view text, WildmatchOptions options)
        : pattern_(pattern), text_(text), options_(options) {}

    // Matches the pattern from p against the text from t.
    Match run(std::size_t p, std::size_t t) const {
        for (; p < pattern_.size(); ++p, ++t) {
            const char wanted = fold(pattern_[p]);
            if (t == text_.size() && wanted != '*') return Match::hopeless;
            switch (wanted) {
                case '\\':
                    if (++p == pattern_.size() || pattern_[p] != fold(text_[t])) return Match::no;
                    break;
                case '?':
                    if (special_slash(text_[t])) return Match::no;
                    break;
                case '*':
                    return star(p, t);
                case '[': {
                    const auto end = bracket(p, text_[t]);
                    if (!end) return Match::hopeless;  // malformed
                    if (!end->matched || special_slash(text_[t])) return Match::no;
                    p = end->last;
                    break;
                }
                default:
                    if (wanted != fold(text_[t])) return Match::no;
            }
        }
        return t == text_.size() ? Match::yes : Match::no;
    }

  private:
    char fold(char c) const { return options_.ignore_case ? lower(c) : c; }
    bool special_slash(char c) const { return options_.slashes_are_special && c == '/'; }
    char at(std::size_t p) const { return p < pattern_.size() ? pattern_[p] : '\0'; }

    // The pattern has a star at p.
    Match star(std::size_t p, std::size_t t) const {
        const std::size_t first = p;
        while (at(p + 1) == '*') ++p;
        bool crosses_slashes = !options_.slashes_are_special;
        if (options_.slashes_are_special && p > first) {
            const bool opens = first == 0 || pattern_[first - 1] == '/';
            const bool closes = p + 1 == pattern_.size() || at(p + 1) == '/' || (at(p + 1) == '\\' && at(p + 2) == '/');
            crosses_slashes = opens && closes;
            // `a/**/b` also matches `a/b`: the stars and their slash stand for nothing.
            if (crosses_slashes && at(p + 1) == '/' && run(p + 2, t) == Match::yes) return Match::yes;
        }
        ++p;
        if (p == pattern_.size()) {
            if (!crosses_slashes && text_.find('/', t) != std::string_view::npos) return Match::hopeless_below_slash;
            return Match::yes;
        }
        for (; t < text_.size(); ++t) {
            const auto rest = run(p, t);
            if (rest == Match::yes || rest == Match::hopeless) return rest;
            if (rest == Match::hopeless_below_slash && !crosses_slashes) return rest;
            if (!crosses_slashes && text_[t] == '/') return Match::hopeless_below_slash;
        }
        return Match::hopeless;
    }

    struct Bracket {
        std::size_t last;  ///< where its closing bracket is
        bool matched;
    };

    // The bracket expression at p against one character; nothing if it is not closed.
    std::optional<Bracket> bracket(std::size_t p, char text) const {
        ++p;
        const bool negated = at(p) == '!' || at(p) == '^';
        if (negated) ++p;
        const auto c = static_cast<unsigned char>(fold(text));
        bool matched = false;
        std::optional<unsigned char> previous;
        for (bool first = true;; first = false, ++p) {
            if (p >= pattern_.size()) return std::nullopt;
            if (pattern_[p] == ']' && !first) return Bracket{.last = p, .matched = matched != negated};
            if (pattern_[p] == '-' && previous && p + 1 < pattern_.size() && pattern_[p + 1] != ']') {
                ++p;
                if (pattern_[p] == '\\' && ++p >= pattern_.size()) return std::nullopt;
                const auto high = static_cast<unsigned char>(pattern_[p]);
                matched |= in_range(c, *previous, high);
                previous.reset();
            } else if (pattern_[p] == '[' && at(p + 1) == ':') {
                const auto close = pattern_.find(']', p + 2);
                if (close == std::string_view::npos) return std::nullopt;
                if (close < p + 3 || pattern_[close - 1] != ':') {  // no class: an ordinary '['
                    matched |= c == '[';
                    previous = '[';
                    continue;
                }
                const auto name = pattern_.substr(p + 2, close - 1 - (p + 2));
                if (!is_class_name(name)) return std::nullopt;
                matched |= in_class(name, c) || (options_.ignore_case && name == "upper" && in_class("lower", c));
                p = close;
                previous.reset();
            } else {
                if (pattern_[p] == '\\' && ++p >= pattern_.size()) return std::nullopt;
                matched |= static_cast<unsigned char>(pattern_[p]) == c;
                previous = static_cast<unsigned char>(pattern_[p]);
            }
        }
    }

    bool in_range(unsigned char c, unsigned char low, unsigned char high) const {
        if (low <= c && c <= high) return true;
        if (!options_.ignore_case || std::islower(c) == 0) return false;
        const auto upper = static_cast<unsigned char>(std::toupper(c));
        return low <= upper && upper <= high;
    }

    std::string_view pattern_;
    std::string_view text_;
    WildmatchOptions options_;
};

}  // namespace

bool wildmatch(std::string_view pattern, std::string_view text, WildmatchOptions options) {
    return Matcher(pattern, text, options).run(0, 0) == Match::yes;
}

}  // namespace gsdb::codebase::source
