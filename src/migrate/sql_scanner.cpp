#include "migrate/sql_scanner.hpp"

#include <algorithm>

namespace gsdb::migrate {
namespace {

bool is_word_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_word_start(c) || is_digit(c) || c == '$';
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        while (skip_space()) {
            const auto begin = at_;
            const auto kind = next();
            tokens_.push_back({kind, text_.substr(begin, at_ - begin), begin});
        }
        return std::move(tokens_);
    }

  private:
    bool skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        return at_ < text_.size();
    }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    /// Moves behind the next occurrence of `end`, or to the end of the text.
    void skip_past(std::string_view end, std::size_t from) {
        const auto found = text_.find(end, from);
        at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    }

    Token::Kind next() {
        const char c = peek();
        if (c == '-' && peek(1) == '-') return line_comment();
        if (c == '/' && peek(1) == '*') return block_comment();
        if (c == '\'') return quoted('\'', false);
        if (c == '"') return quoted('"', false), Token::quoted_name;
        if ((c == 'e' || c == 'E') && peek(1) == '\'') return ++at_, quoted('\'', true);
        if (c == '$') return dollar();
        if (is_word_start(c)) return while_true(is_word), Token::word;
        if (is_digit(c)) return while_true([](char d) { return is_word(d) || d == '.'; }), Token::number;
        if (c == ':' && peek(1) == ':') return at_ += 2, Token::symbol;
        if (c == ':' && is_word_start(peek(1))) return ++at_, while_true(is_word), Token::parameter;
        return ++at_, Token::symbol;
    }

    template <class Predicate>
    void while_true(Predicate predicate) {
        while (at_ < text_.size() && predicate(text_[at_])) ++at_;
    }

    Token::Kind line_comment() {
        while_true([](char c) { return c != '\n'; });
        return Token::line_comment;
    }

    Token::Kind block_comment() {
        int depth = 0;
        do {
            if (peek() == '/' && peek(1) == '*') {
                ++depth, at_ += 2;
            } else if (peek() == '*' && peek(1) == '/') {
                --depth, at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0 && at_ < text_.size());
        at_ = std::min(at_, text_.size());
        return Token::block_comment;
    }

    Token::Kind quoted(char quote, bool backslash_escapes) {
        for (++at_; at_ < text_.size(); ++at_) {
            const bool is_doubled = text_[at_] == quote && peek(1) == quote;
            if (text_[at_] == quote && !is_doubled) break;
            if (is_doubled || (backslash_escapes && text_[at_] == '\\')) ++at_;
        }
        at_ = std::min(at_ + 1, text_.size());
        return Token::string;
    }

    Token::Kind dollar() {
        auto end = at_ + 1;
        while (end < text_.size() && is_word(text_[end]) && text_[end] != '$') ++end;
        const bool is_tag = end < text_.size() && text_[end] == '$' && !is_digit(peek(1));
        if (is_tag) return skip_past(text_.substr(at_, end + 1 - at_), end + 1), Token::string;
        ++at_;
        if (!is_digit(peek())) return Token::symbol;
        return while_true(is_digit), Token::parameter;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

/// Knows whether a semicolon ends the statement or stands inside `begin atomic ... end`.
class AtomicBody {
  public:
    void see(std::string_view word) {
        if (word == "atomic" && previous_ == "begin") depth_ = 1;
        if (depth_ > 0 && word == "case") ++depth_;
        if (depth_ > 0 && word == "end") --depth_;
        previous_ = word;
    }
    bool is_open() const { return depth_ > 0; }

  private:
    int depth_ = 0;
    std::string previous_;
};

}  // namespace

std::vector<Token> scan_sql(std::string_view text) {
    return Scanner(text).run();
}

std::vector<SqlStatement> split_statements(std::string_view text) {
    std::vector<SqlStatement> statements;
    AtomicBody body;
    bool is_open = false;
    bool takes_words = false;
    for (const Token& token : scan_sql(text)) {
        if (token.kind == Token::line_comment || token.kind == Token::block_comment) continue;
        if (token.text == ";" && !body.is_open()) {
            is_open = false;
            continue;
        }
        if (!is_open) {
            statements.push_back({{}, token.offset, {}});
            body = {};
            is_open = takes_words = true;
        }
        SqlStatement& statement = statements.back();
        statement.text = text.substr(statement.offset, token.offset + token.text.size() - statement.offset);
        const bool is_word_token = token.kind == Token::word;
        if (is_word_token) body.see(lower(token.text));
        takes_words = takes_words && is_word_token && statement.words.size() < 6;
        if (takes_words) statement.words.push_back(lower(token.text));
    }
    return statements;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::string replace_parameters(std::string_view text, const std::vector<NamedParameter>& parameters) {
    std::string result;
    std::size_t done = 0;
    for (const Token& token : scan_sql(text)) {
        if (token.kind != Token::parameter || !token.text.starts_with(':')) continue;
        const auto found = std::ranges::find(parameters, token.text.substr(1), &NamedParameter::name);
        if (found == parameters.end()) continue;
        result.append(text.substr(done, token.offset - done)).append(found->replacement);
        done = token.offset + token.text.size();
    }
    return result.append(text.substr(done));
}

std::string quote_literal(std::string_view text) {
    std::string result = "'";
    for (const char c : text) result.append(c == '\'' ? 2 : 1, c);
    return result += '\'';
}

std::string quote_identifier(std::string_view name) {
    std::string result = "\"";
    for (const char c : name) result.append(c == '"' ? 2 : 1, c);
    return result += '"';
}

}  // namespace gsdb::migrate
