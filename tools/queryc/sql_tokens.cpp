#include "queryc/sql_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace gsdb::queryc {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
// PostgreSQL takes every byte above 127 as a letter.
bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 128;
}
bool continues_word(char c) {
    return starts_word(c) || is_digit(c) || c == '$';
}
char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

class Scanner {
  public:
    explicit Scanner(std::string_view sql) : sql_(sql) {}

    std::vector<Token> run() {
        while (at_ < sql_.size()) next();
        return std::move(tokens_);
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
    bool sees(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

    void next() {
        char c = peek();
        if (is_space(c)) return take(Token::space, end_while(at_, is_space));
        if (sees("--")) return take(Token::comment, std::min(sql_.find('\n', at_), sql_.size()));
        if (sees("/*")) return take(Token::comment, end_of_block_comment());
        if (c == '\'') return take(Token::string, end_of_quote(at_, '\'', escapes_ahead_of_quote()));
        if (c == '"') return take(Token::quoted_name, end_of_quote(at_, '"', false));
        if (c == '$') return dollar();
        if (starts_word(c)) return take(Token::word, end_while(at_, continues_word));
        if (is_digit(c)) return take(Token::number, end_while(at_, [](char d) { return is_digit(d) || d == '.'; }));
        if (c == ':') return colon();
        take(Token::symbol, at_ + 1);
    }

    void take(Token::Kind kind, std::size_t end) {
        tokens_.push_back({kind, sql_.substr(at_, end - at_), at_});
        at_ = end;
    }

    template <class Belongs>
    std::size_t end_while(std::size_t from, Belongs belongs) const {
        while (from < sql_.size() && belongs(sql_[from])) ++from;
        return from;
    }

    // E'..' takes backslash escapes; the E is the word right before the quote.
    bool escapes_ahead_of_quote() const {
        return !tokens_.empty() && (tokens_.back().text == "e" || tokens_.back().text == "E") &&
               tokens_.back().kind == Token::word;
    }

    std::size_t end_of_quote(std::size_t from, char quote, bool escapes) const {
        for (std::size_t i = from + 1; i < sql_.size(); ++i) {
            if (escapes && sql_[i] == '\\') {
                ++i;
            } else if (sql_[i] == quote) {
                if (i + 1 >= sql_.size() || sql_[i + 1] != quote) return i + 1;
                ++i;
            }
        }
        fail_unfinished(quote == '"' ? "quoted name" : "string");
    }

    std::size_t end_of_block_comment() const {
        int depth = 0;
        for (std::size_t i = at_; i + 1 < sql_.size(); ++i) {
            if (sql_[i] == '/' && sql_[i + 1] == '*') {
                ++depth;
                ++i;
            } else if (sql_[i] == '*' && sql_[i + 1] == '/') {
                ++i;
                if (--depth == 0) return i + 1;
            }
        }
        fail_unfinished("comment");
    }

    void dollar() {
        auto tag_end = end_while(at_ + 1, [](char c) { return continues_word(c) && c != '$'; });
        bool is_quote = tag_end < sql_.size() && sql_[tag_end] == '$' && !is_digit(peek(1));
        if (!is_quote) return take(Token::symbol, is_digit(peek(1)) ? tag_end : at_ + 1);
        auto tag = sql_.substr(at_, tag_end + 1 - at_);
        auto close = sql_.find(tag, tag_end + 1);
        if (close == std::string_view::npos) fail_unfinished("dollar quote");
        take(Token::string, close + tag.size());
    }

    void colon() {
        if (sees("::") || sees(":=")) return take(Token::symbol, at_ + 2);
        if (!starts_word(peek(1)) || is_slice_colon()) return take(Token::symbol, at_ + 1);
        take(Token::parameter, end_while(at_ + 1, [](char c) { return continues_word(c) && c != '$'; }));
    }

    // A colon after an operand can only divide the bounds of a slice: `a[1:n]`, but `array[:first, :second]`.
    bool is_slice_colon() const {
        auto last = std::ranges::find_if(tokens_.rbegin(), tokens_.rend(), [](const Token& token) {
            return token.kind != Token::space && token.kind != Token::comment;
        });
        if (last == tokens_.rend() || !inside_brackets()) return false;
        return last->kind == Token::symbol ? last->text == ")" || last->text == "]" : true;
    }

    bool inside_brackets() const {
        int depth = 0;
        for (const auto& token : tokens_) {
            if (token.kind != Token::symbol) continue;
            if (token.text == "[") ++depth;
            if (token.text == "]") --depth;
        }
        return depth > 0;
    }

    [[noreturn]] void fail_unfinished(std::string_view what) const {
        throw Failure({.code = "queryc.syntax",
                       .message = fmt::format("{}: this {} never ends", line_of(sql_, at_), what),
                       .hint = "close it"});
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view sql) {
    return Scanner(sql).run();
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

bool is_word(const Token& token, std::string_view lower) {
    return token.kind == Token::word && std::ranges::equal(token.text, lower, {}, to_lower);
}

}  // namespace gsdb::queryc
