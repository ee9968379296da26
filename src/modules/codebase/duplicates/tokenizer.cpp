#include "modules/codebase/duplicates/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/tree_walk.h"
#include "modules/codebase/measure/distinct_tokens.hpp"
#include "modules/codebase/measure/node_kinds.hpp"

namespace gsdb::codebase::duplicates {

namespace {

using extract::Language;
using measure::Kind;

/// What the walk does at a node.
enum Role : std::uint8_t {
    passed = tree_role_none,
    broken = tree_role_error,
    left_out = tree_role_comment,
    sign,
    name,
    value,
    value_with_code,  ///< a string with interpolations
    block,            ///< of Python
};

constexpr std::string_view block_begin = "{", block_end = "}";

/// Types that a language brings are names like those of others; some grammars give them a node, some a token in one.
constexpr std::string_view built_in_types[] = {"primitive_type", "predefined_type",     "integral_type",
                                               "boolean_type",   "floating_point_type", "void_type"};

/// The signs of the grammars of a family, which agree.
class SignNumbers {
  public:
    std::uint16_t number(std::string_view text) {
        return numbers_.try_emplace(std::string(text), static_cast<std::uint16_t>(numbers_.size())).first->second;
    }

  private:
    std::map<std::string, std::uint16_t> numbers_;
};

struct Table {
    std::vector<std::uint8_t> roles;
    std::vector<std::uint16_t> signs;  ///< by symbol
    TokenCode begin, end;              ///< of a block
};

bool is_quote(std::string_view text) {
    return text.find_first_not_of("\"'`") == std::string_view::npos;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\0") == std::string_view::npos;
}

bool is_name(std::string_view node) {
    constexpr std::array<std::string_view, 10> others{
        "metavariable",    "label_name",      "name",          "constant", "instance_variable", "class_variable",
        "global_variable", "custom_operator", "variable_name", "word"};
    return node.ends_with("identifier") || node.ends_with("identifier_pattern") ||
           std::ranges::find(others, node) != others.end();
}

/// What a node is here, by what it is to the figures.
Role role_of_node(std::string_view node, Kind kind, Language language) {
    if (std::ranges::find(built_in_types, node) != std::end(built_in_types)) return name;
    if (language == Language::python && node == "block") return block;
    switch (kind) {
        case Kind::comment:
            return left_out;
        case Kind::operand:
        case Kind::label:
            return is_name(node) ? name : value;
        case Kind::literal:
            return value;
        case Kind::template_:
            return value_with_code;
        case Kind::reserved:
        case Kind::this_:
            return is_name(node) ? name : sign;
        default:
            return passed;
    }
}

Table make_table(Language language, SignNumbers& numbers) {
    const auto* const parser = extract::grammar_of(language);
    const auto& grammar = measure::grammar(language);
    Table table{.roles = std::vector<std::uint8_t>(grammar.roles.size()),
                .signs = std::vector<std::uint16_t>(grammar.roles.size()),
                .begin = {TokenClass::sign, numbers.number(block_begin)},
                .end = {TokenClass::sign, numbers.number(block_end)}};
    for (TSSymbol symbol = 0; symbol < table.roles.size(); ++symbol) {
        const std::string_view text = ts_language_symbol_name(parser, symbol);
        const auto type = ts_language_symbol_type(parser, symbol);
        if (type == TSSymbolTypeRegular)
            table.roles[symbol] = role_of_node(text, measure::kind_of(grammar.roles[symbol]), language);
        if (type == TSSymbolTypeAnonymous && !is_blank(text) && !is_quote(text)) table.roles[symbol] = sign;
        if (table.roles[symbol] == sign) table.signs[symbol] = numbers.number(text);
    }
    return table;
}

/// Made when a file of the family is met: most programs see few languages.
const Table& table_of(Language language) {
    static std::array<std::once_flag, extract::grammar_table_size> are_made;
    static std::array<Table, extract::grammar_table_size> tables;
    const auto family = family_of(language);
    std::call_once(are_made[family], [&] {
        SignNumbers numbers;
        for (std::size_t i = 0; i < tables.size(); ++i)
            if (const auto one = static_cast<Language>(i); extract::is_parsed(one) && family_of(one) == family)
                tables[i] = make_table(one, numbers);
    });
    return tables[static_cast<std::size_t>(language)];
}

}  // namespace

Family family_of(Language language) {
    switch (language) {
        case Language::cpp:
            return static_cast<Family>(Language::c);
        case Language::typescript:
        case Language::tsx:
            return static_cast<Family>(Language::javascript);
        default:
            return static_cast<Family>(language);
    }
}

std::uint32_t end_line(const FileTokens& tokens, std::uint32_t token) {
    const auto found =
        std::ranges::lower_bound(tokens.tall, token, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
    const bool is_tall = found != tokens.tall.end() && found->first == token;
    return tokens.lines[token] + (is_tall ? found->second : 0);
}

class Tokenizer::State {
  public:
    FileTokens tokenize(TSNode root, std::string_view parsed, Language language) {
        tokens_ = {.family = family_of(language)};
        text_ = parsed;
        numbers_.clear();
        blocks_.clear();
        const auto& table = table_of(language);
        table_ = &table;
        tree_walk_start(walk_.get(), root, {table.roles.data(), static_cast<std::uint32_t>(table.roles.size())});
        TreeStep step{};
        bool descend = true;
        while (tree_walk_next(walk_.get(), descend, &step)) {
            while (!blocks_.empty() && blocks_.back() >= step.left) end_block();
            descend = enter(table, step);
        }
        while (!blocks_.empty()) end_block();
        return std::move(tokens_);
    }

  private:
    /// False leaves out what is inside.
    bool enter(const Table& table, const TreeStep& step) {
        const auto line = ts_node_start_point(step.node).row + 1;
        switch (static_cast<Role>(step.role)) {
            case sign:
                if (ts_node_child_count(step.node) > 0) return true;  // the signs are in it
                add({TokenClass::sign, table.signs[ts_node_symbol(step.node)]}, line);
                return false;
            case name:
                add_text(TokenClass::name, step.node, line);
                return false;
            case value:
                add_text(TokenClass::value, step.node, line);
                return false;
            case value_with_code:
                add_text(TokenClass::value, step.node, line);
                return true;
            case block:
                blocks_.push_back(step.depth);
                add(table.begin, line);
                return true;
            case left_out:
                return false;
            default:
                return true;
        }
    }

    void end_block() {
        blocks_.pop_back();
        add(table_->end, tokens_.lines.empty() ? 1 : end_line(tokens_, last()));
    }

    std::uint32_t last() const { return static_cast<std::uint32_t>(tokens_.codes.size()) - 1; }

    void add(TokenCode code, std::uint32_t line) {
        tokens_.codes.push_back(code);
        tokens_.lines.push_back(line);
    }

    void add_text(TokenClass token_class, TSNode node, std::uint32_t line) {
        const auto start = std::min<std::size_t>(ts_node_start_byte(node), text_.size());
        const auto end = std::min<std::size_t>(ts_node_end_byte(node), text_.size());
        if (start == end) return;  // invented by the parser
        const auto hash = measure::hash_of_text(text_.substr(start, end - start));
        const auto [found, is_new] = numbers_.try_emplace(hash, static_cast<std::uint32_t>(tokens_.texts.size()));
        if (is_new) tokens_.texts.push_back(static_cast<std::uint32_t>(hash));
        add({token_class, found->second}, line);
        if (const auto height = ts_node_end_point(node).row + 1 - line; height > 0)
            tokens_.tall.emplace_back(last(), height);
    }

    extract::WalkMemory walk_ = extract::make_walk();
    std::string_view text_;
    const Table* table_ = nullptr;
    FileTokens tokens_;
    std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  ///< of texts
    std::vector<std::uint32_t> blocks_;                         ///< depths of those around the walk
};

Tokenizer::Tokenizer() : state_(std::make_unique<State>()) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

FileTokens Tokenizer::tokenize(TSNode root, std::string_view parsed, Language language) {
    return state_->tokenize(root, parsed, language);
}

}  // namespace gsdb::codebase::duplicates
