#include "modules/codebase/extract/attribute_macros.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace gsdb::codebase::extract {
namespace {

constexpr bool is_upper(char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_word(char c) {
    return is_upper(c) || (c >= 'a' && c <= 'z') || is_digit(c);
}
constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

enum class Kind : std::uint8_t { word, symbol, end };

/// A word, or one character that is not of a word.
struct Token {
    std::size_t start = 0;
    std::size_t end = 0;
    Kind kind = Kind::end;
};

class Scan {
  public:
    explicit Scan(std::string_view source) : source_(source) {}

    std::optional<std::string> run() {
        blank_comments_in_definitions();
        for (auto token = next(0); token.kind != Kind::end; token = next(std::max(token.end, resume_))) {
            if (token.kind == Kind::word) {
                is_taken_out_ = false;
                word(token);
                if (is_taken_out_) continue;  // the macro is gone, so what was before it still is
            } else {
                symbol(token);
            }
            before_last_ = last_;
            last_ = token;
        }
        return std::move(copy_);
    }

  private:
    std::string_view text(const Token& token) const { return source_.substr(token.start, token.end - token.start); }
    char character(const Token& token) const { return token.kind == Kind::symbol ? source_[token.start] : '\0'; }

    /// The token at or after `at`; comments, strings and preprocessor lines are no tokens.
    Token next(std::size_t at) const {
        while (at < source_.size()) {
            const char c = source_[at];
            if (is_word(c)) {
                auto end = at;
                while (end < source_.size() && is_word(source_[end])) ++end;
                return {at, end, Kind::word};
            }
            if (is_space(c)) {
                ++at;
            } else if (c == '/' && source_.substr(at, 2) == "//") {
                at = std::min(source_.find('\n', at), source_.size());
            } else if (c == '/' && source_.substr(at, 2) == "/*") {
                const auto close = source_.find("*/", at + 2);
                at = close == std::string_view::npos ? source_.size() : close + 2;
            } else if (c == '"' || c == '\'') {
                at = string_end(at);
            } else if (c == '#' && starts_line(at)) {
                at = directive_end(at);
            } else {
                return {at, at + 1, Kind::symbol};
            }
        }
        return {at, at, Kind::end};
    }

    bool starts_line(std::size_t at) const {
        while (at > 0 && (source_[at - 1] == ' ' || source_[at - 1] == '\t')) --at;
        return at == 0 || source_[at - 1] == '\n';
    }

    std::size_t string_end(std::size_t at) const {
        const char quote = source_[at];
        for (++at; at < source_.size() && source_[at] != '\n'; ++at) {
            if (source_[at] == '\\') {
                ++at;
            } else if (source_[at] == quote) {
                return at + 1;
            }
        }
        return std::min(at, source_.size());
    }

    /// A directive goes on behind a backslash.
    std::size_t directive_end(std::size_t at) const {
        for (;;) {
            const auto line_end = source_.find('\n', at);
            if (line_end == std::string_view::npos) return source_.size();
            auto last = line_end;
            while (last > at && (source_[last - 1] == '\r' || source_[last - 1] == ' ')) --last;
            if (last == at || source_[last - 1] != '\\') return line_end;
            at = line_end + 1;
        }
    }

    /// The grammars end a `#define` of several lines at the first comment in it, and take the rest for code.
    void blank_comments_in_definitions() {
        for (auto at = source_.find('#'); at != std::string_view::npos; at = source_.find('#', at + 1)) {
            if (!starts_line(at)) continue;
            const auto keyword = next(at + 1);
            if (keyword.kind != Kind::word || text(keyword) != "define") continue;
            const auto end = directive_end(at);
            const auto first_line = source_.substr(at, end - at).find('\n');
            for (auto open = source_.find("/*", at); open < end; open = source_.find("/*", open)) {
                const auto close = source_.find("*/", open + 2);
                if (close == std::string_view::npos || close + 2 > end) break;
                if (first_line != std::string_view::npos) blank(open, close + 2);
                open = close + 2;
            }
            at = end > at ? end - 1 : at;
        }
    }

    /// At least four capitals, digits and underscores: `API`, `BOOL` and `TRUE` are too common as something else.
    bool looks_like_macro(const Token& token) const {
        const auto name = text(token);
        return token.kind == Kind::word && name.size() >= 4 && !is_digit(name[0]) &&
               name.find('_') != std::string_view::npos &&
               std::ranges::all_of(name, [](char c) { return is_upper(c) || is_digit(c); });
    }

    /// Behind the arguments that follow a macro, or behind the macro.
    Token behind_arguments(const Token& macro) const {
        auto token = next(macro.end);
        if (character(token) != '(') return token;
        int depth = 0;
        for (int i = 0; i < 200 && token.kind != Kind::end; ++i, token = next(token.end)) {
            if (character(token) == '(') ++depth;
            if (character(token) == ')' && --depth == 0) return next(token.end);
        }
        return {source_.size(), source_.size(), Kind::end};
    }

    /// Spaces instead of everything from `macro` up to `behind`, but for line ends.
    void blank(const Token& macro, const Token& behind) {
        auto end = behind.start;
        while (end > macro.start && is_space(source_[end - 1])) --end;
        // A comment in between stays.
        const auto own_end = character(next(macro.end)) == '(' ? end : macro.end;
        blank(macro.start, own_end);
        resume_ = own_end;
        is_taken_out_ = true;
    }

    void blank(std::size_t start, std::size_t end) {
        if (!copy_) copy_ = std::string(source_);
        for (auto at = start; at < end; ++at)
            if ((*copy_)[at] != '\n' && (*copy_)[at] != '\r' && (*copy_)[at] != '\\') (*copy_)[at] = ' ';
    }

    void symbol(const Token& token) {
        const char c = source_[token.start];
        if (c == '(') {
            is_control_.push_back(last_.kind == Kind::word && is_control_word(text(last_)));
        } else if (c == ')') {
            closed_control_ = !is_control_.empty() && is_control_.back();
            if (!is_control_.empty()) is_control_.pop_back();
        } else if (c == '{' || c == '}') {
            is_control_.clear();
        }
    }

    static bool is_control_word(std::string_view word) {
        return word == "if" || word == "for" || word == "while" || word == "switch" || word == "catch" ||
               word == "return" || word == "sizeof";
    }

    void word(const Token& token) {
        if (is_reserved(token) && is_control_.empty() && goes_on_behind_parameters()) return behind_parameters(token);
        if (!looks_like_macro(token)) return;
        if (last_.kind == Kind::word && before_last_.kind == Kind::word && text(before_last_) == "namespace")
            return behind_namespace(token);
        if (last_.kind == Kind::word && is_class_word(text(last_))) return before_class_name(token);
        if (is_control_.empty() && starts_declaration()) return before_declaration(token);
        if (is_control_.empty() && goes_on_behind_parameters()) return behind_parameters(token);
        if (is_control_.empty() && is_named()) behind_name(token);
        if (is_control_.empty() && may_end_type() && !is_taken_out_) between_type_and_name(token);
    }

    static bool is_class_word(std::string_view word) { return word == "class" || word == "struct" || word == "union"; }

    /// At the start of a statement, or behind words that only stand in declarations.
    bool starts_declaration() const {
        const char c = character(last_);
        if (last_.kind == Kind::end || c == ';' || c == '}' || c == '{' || c == '>' || c == ':') return true;
        const auto word = last_.kind == Kind::word ? text(last_) : std::string_view{};
        return word == "extern" || word == "static" || word == "inline" || word == "virtual" || word == "explicit" ||
               word == "constexpr";
    }

    bool goes_on_behind_parameters() const {
        const auto word = last_.kind == Kind::word ? text(last_) : std::string_view{};
        return (character(last_) == ')' && !closed_control_) || word == "const" || word == "noexcept" ||
               word == "override";
    }

    /// A word that is a type's last, or a star.
    bool may_end_type() const {
        if (last_.kind != Kind::word) return character(last_) == '*';
        return !is_statement_word(text(last_)) && !is_specifier(text(last_)) && !is_digit(source_[last_.start]);
    }

    /// Words that may stand before a type or be a part of it, so that what follows them is no name.
    static bool is_specifier(std::string_view word) {
        constexpr std::string_view specifiers[] = {"struct", "union",  "enum",     "class",    "const",    "static",
                                                   "extern", "inline", "volatile", "unsigned", "signed",   "typedef",
                                                   "new",    "goto",   "else",     "typename", "register", "operator"};
        return std::ranges::find(specifiers, word) != std::end(specifiers);
    }
    static bool is_builtin_type(std::string_view word) {
        constexpr std::string_view types[] = {"int",    "char", "long", "short",    "void",  "float",
                                              "double", "bool", "auto", "unsigned", "signed"};
        return std::ranges::find(types, word) != std::end(types);
    }

    /// `type name` is complete: what follows can only be said of it.
    bool is_named() const {
        if (last_.kind != Kind::word || is_builtin_type(text(last_)) || is_specifier(text(last_))) return false;
        const char c = character(before_last_);
        const bool is_type = before_last_.kind == Kind::word && !is_specifier(text(before_last_)) &&
                             !is_statement_word(text(before_last_));
        return is_type || c == '*' || c == '&' || c == '>';
    }

    /// `Mutex mutex_ MACRO(x);`
    void behind_name(const Token& macro) {
        const auto behind = behind_arguments(macro);
        if (character(next(macro.end)) == '(' && (character(behind) == ';' || character(behind) == '='))
            blank(macro, behind);
    }

    /// `type MACRO name(`: three words in a row are never code.
    void between_type_and_name(const Token& macro) {
        const auto name = behind_arguments(macro);
        if (name.kind == Kind::word && !is_statement_word(text(name))) blank(macro, name);
    }

    /// Names of the compiler's and the library's own; those that grammars know stay.
    bool is_reserved(const Token& token) const {
        const auto name = text(token);
        return name.starts_with("__") && !name.starts_with("__attribute") && !name.starts_with("__asm") &&
               !name.starts_with("__declspec");
    }

    /// `namespace std MACRO(default) {`
    void behind_namespace(const Token& macro) {
        if (const auto behind = behind_arguments(macro); character(behind) == '{') blank(macro, behind);
    }

    /// `class MACRO(...) Name final : Base {`; `struct NAME x;` has a tag.
    void before_class_name(const Token& macro) {
        auto token = behind_arguments(macro);
        if (token.kind != Kind::word) return;
        const auto name = token;
        token = next(token.end);
        while (character(token) == ':' && character(next(token.end)) == ':')
            token = next(next(next(token.end).end).end);  // A::B
        if (character(token) == '<') return blank(macro, name);
        if (token.kind == Kind::word && text(token) == "final") token = next(token.end);
        if (character(token) == '{' || character(token) == ':') blank(macro, name);
    }

    /// `MACRO type name(`, `MACRO(...) type *name`: what remains must still have a type and a name.
    void before_declaration(const Token& macro) {
        const bool has_arguments = character(next(macro.end)) == '(';
        const auto first = behind_arguments(macro);
        const bool is_last_of_block =
            (character(first) == '}' || first.kind == Kind::end) && character(last_) != '{' && last_.kind != Kind::end;
        if (is_last_of_block && !has_arguments) return blank(macro, first);
        if (first.kind != Kind::word || is_statement_word(text(first))) return;
        int words = 0;
        bool has_stars = false;
        auto token = first;
        for (int i = 0; i < 40; ++i, token = next(token.end)) {
            if (token.kind == Kind::word) {
                ++words;
            } else if (character(token) == '*' || character(token) == '&') {
                has_stars = words > 0;
            } else if (character(token) == ':' && character(next(token.end)) == ':') {
                token = next(token.end);
                --words;  // a::b is one
            } else {
                break;
            }
        }
        const char c = character(token);
        const bool declares =
            c == '(' || c == ';' || c == '=' || c == '[' || c == ',' || c == '{' || c == '<' || c == ':';
        // `void (name)(` and `int (*name)(` put the name in brackets; `MACRO(x) name(` is a function without type
        // otherwise.
        const bool has_bracketed_name =
            c == '(' && words >= 1 && (character(next(token.end)) == '*' || closes_after_word(next(token.end)));
        const bool is_class = is_class_word(text(first)) || text(first) == "enum" || text(first) == "typedef" ||
                              text(first) == "template";
        if (declares && (words >= 2 || has_bracketed_name || is_class || (has_stars && words >= 1 && has_arguments)))
            blank(macro, first);
    }

    bool closes_after_word(const Token& token) const {
        return token.kind == Kind::word && character(next(token.end)) == ')' &&
               character(next(next(token.end).end)) == '(';
    }

    /// `MACRO case 1:` and `MACRO return x;` are no declarations.
    static bool is_statement_word(std::string_view word) {
        return word == "return" || word == "if" || word == "for" || word == "while" || word == "do" ||
               word == "switch" || word == "case" || word == "else" || word == "goto" || word == "break" ||
               word == "continue" || word == "default" || word == "delete" || word == "throw" || word == "public" ||
               word == "private" || word == "protected";
    }

    /// `) MACRO(...) {` and `) MACRO;`
    void behind_parameters(const Token& macro) {
        auto behind = behind_arguments(macro);
        auto last = behind;
        for (int i = 0; i < 4 && (looks_like_macro(last) || is_reserved(last)); ++i) last = behind_arguments(last);
        const bool starts_initializers = character(last) == ':' && character(next(last.end)) != ':';
        if (character(last) == '{' || character(last) == ';' || starts_initializers) blank(macro, behind);
    }

    std::string_view source_;
    std::optional<std::string> copy_;
    Token last_;
    Token before_last_;
    bool is_taken_out_ = false;
    std::size_t resume_ = 0;        ///< behind the macro taken out last
    std::vector<bool> is_control_;  ///< for each open bracket: does it belong to a control statement
    bool closed_control_ = false;
};

}  // namespace

std::optional<std::string> without_attribute_macros(std::string_view source) {
    return Scan(source).run();
}

}  // namespace gsdb::codebase::extract
