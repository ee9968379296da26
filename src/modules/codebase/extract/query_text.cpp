#include "modules/codebase/extract/query_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gsdb::codebase::extract {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '?' || c == '!' || c == '/';
}

std::string_view what_is_wrong(TSQueryError error) {
    switch (error) {
        case TSQueryErrorNodeType:
            return "the grammar has no such node";
        case TSQueryErrorField:
            return "the grammar has no such field";
        case TSQueryErrorCapture:
            return "no such capture in this pattern";
        case TSQueryErrorStructure:
            return "the grammar never makes such a tree";
        case TSQueryErrorLanguage:
            return "the grammar is of another ABI";
        default:
            return "not a query";
    }
}

/// What stands at a byte: a name, or one character.
std::string_view word_at(std::string_view text, std::size_t byte) {
    auto end = byte;
    while (end < text.size() && is_name_character(text[end])) ++end;
    return text.substr(std::min(byte, text.size()), std::max<std::size_t>(end - byte, 1));
}

/// Reads a pattern from its first byte to its last.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    PatternText read() {
        while (skip_space(), at_ < text_.size()) step();
        found_.is_plain = is_plain_ && !found_.roots.empty();
        return std::move(found_);
    }

  private:
    void step() {
        const char c = text_[at_];
        if (c == '"') return string();
        if (c == '@') return capture();
        if (c == '(' || c == '[') return open(c);
        if (c == ')' || c == ']') {
            if (!groups_.empty()) groups_.pop_back();
            ++at_;
            return;
        }
        is_plain_ = false;  // a field, a quantifier, an anchor, a wildcard
        const auto name = word_at(text_, at_);
        at_ += name.size();
    }

    /// Brackets around the root: `[(a) (b)]`, `((a) (#eq? ...))`.
    bool is_at_root() const {
        return std::ranges::all_of(groups_, [](char group) { return group != 'n'; }) &&
               (found_.roots.empty() || (!groups_.empty() && groups_.back() == '['));
    }

    void open(char c) {
        ++at_;
        if (c == '[') {
            if (!is_at_root()) is_plain_ = false;
            return groups_.push_back('[');
        }
        skip_space();
        const bool is_node = at_ < text_.size() && (is_name_character(text_[at_]));
        if (!is_node) {
            if (at_ < text_.size() && text_[at_] == '#') is_plain_ = false;
            return groups_.push_back('(');
        }
        const auto name = word_at(text_, at_);
        at_ += name.size();
        if (is_at_root())
            found_.roots.push_back({name, false});
        else
            is_plain_ = false;
        groups_.push_back('n');
    }

    void string() {
        const auto start = ++at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        const auto end = std::min(at_, text_.size());
        at_ = end + 1;
        if (is_at_root())
            found_.roots.push_back({text_.substr(start, end - start), true});
        else
            is_plain_ = false;
    }

    void capture() {
        const auto name = word_at(text_, ++at_);
        at_ += name.size();
        // Inside of a predicate it is said again.
        if (std::ranges::find(found_.captures, name) == found_.captures.end()) found_.captures.push_back(name);
    }

    void skip_space() {
        while (at_ < text_.size()) {
            if (text_[at_] == ';')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')
                ++at_;
            else
                return;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<char> groups_;  ///< `n` for a node, else the bracket
    bool is_plain_ = true;
    PatternText found_;
};

}  // namespace

std::uint32_t line_of(std::string_view text, std::uint32_t byte) {
    return 1 + static_cast<std::uint32_t>(std::ranges::count(text.substr(0, byte), '\n'));
}

std::expected<Query, QueryError> make_query(const TSLanguage* language, std::string_view text) {
    std::uint32_t offset = 0;
    auto error = TSQueryErrorNone;
    Query query(ts_query_new(language, text.data(), static_cast<std::uint32_t>(text.size()), &offset, &error));
    if (query) return query;
    return std::unexpected(
        QueryError{line_of(text, offset), fmt::format("{}: {}", what_is_wrong(error), word_at(text, offset))});
}

PatternText read_pattern(std::string_view pattern) {
    return Reader(pattern).read();
}

std::vector<TSSymbol> symbols_of(const TSLanguage* language, const PatternText::Root& root) {
    const auto wanted = root.is_token ? TSSymbolTypeAnonymous : TSSymbolTypeRegular;
    std::vector<TSSymbol> symbols;
    const auto count = static_cast<TSSymbol>(ts_language_symbol_count(language));
    for (TSSymbol symbol = 0; symbol < count; ++symbol)
        if (ts_language_symbol_type(language, symbol) == wanted &&
            ts_language_symbol_name(language, symbol) == root.name)
            symbols.push_back(symbol);
    return symbols;
}

}  // namespace gsdb::codebase::extract
