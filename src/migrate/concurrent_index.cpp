#include "migrate/concurrent_index.hpp"

#include <algorithm>
#include <vector>

#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

/// As PostgreSQL folds it: unquoted names in lower case.
std::string name_of(const Token& token) {
    std::string name(token.text);
    if (token.kind != Token::quoted_name) {
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return name;
    }
    name = name.substr(1, name.size() - 2);
    for (auto at = name.find("\"\""); at != name.npos; at = name.find("\"\"", at + 1)) name.erase(at, 1);
    return name;
}

class IndexReader {
  public:
    explicit IndexReader(std::string_view statement) : tokens_(scan_sql(statement)) {
        std::erase_if(tokens_, [](auto& t) { return t.kind == Token::line_comment || t.kind == Token::block_comment; });
    }

    std::optional<ConcurrentIndex> read() {
        if (!take("create")) return std::nullopt;
        take("unique");
        if (!take("index") || !take("concurrently")) return std::nullopt;
        if (take("if")) take("not"), take("exists");
        ConcurrentIndex index;
        if (!is("on")) index.name = next();
        if (!take("on")) return std::nullopt;
        take("only");
        auto schema = next();
        if (at_ < tokens_.size() && tokens_[at_].text == ".") index.schema = std::move(schema);
        return index;
    }

  private:
    bool is(std::string_view word) const {
        return at_ < tokens_.size() && tokens_[at_].kind == Token::word && name_of(tokens_[at_]) == word;
    }
    bool take(std::string_view word) { return is(word) && ++at_; }
    std::string next() { return at_ < tokens_.size() ? name_of(tokens_[at_++]) : std::string{}; }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<ConcurrentIndex> concurrent_index_of(std::string_view statement) {
    return IndexReader(statement).read();
}

}  // namespace gsdb::migrate
