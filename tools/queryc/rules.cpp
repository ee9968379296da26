#include "queryc/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "queryc/sql_tokens.hpp"

namespace gsdb::queryc {

namespace {

using namespace std::string_view_literals;

constexpr std::array volatile_functions{
    "clock_timestamp"sv, "timeofday"sv, "random"sv, "gen_random_uuid"sv, "uuid_v7"sv,      "uuid_generate_v4"sv,
    "nextval"sv,         "setval"sv,    "uuidv7"sv, "uuidv4"sv,          "txid_current"sv, "pg_notify"sv};
// Not volatile, yet more than ON CONFLICT may use on Citus.
constexpr std::array stable_functions{"now"sv, "statement_timestamp"sv, "transaction_timestamp"sv, "current_setting"sv};
constexpr std::array stable_words{"current_timestamp"sv, "current_date"sv, "current_user"sv, "localtimestamp"sv};

std::vector<Token> meaningful_tokens(std::string_view sql) {
    auto tokens = tokenize(sql);
    std::erase_if(tokens,
                  [](const Token& token) { return token.kind == Token::space || token.kind == Token::comment; });
    return tokens;
}

/// A statement's tokens with the questions that the rules ask.
class Text {
  public:
    explicit Text(const Statement& statement) : statement_(statement), tokens_(meaningful_tokens(statement.text)) {}

    std::size_t size() const { return tokens_.size(); }
    std::string_view at(std::size_t i) const { return i < tokens_.size() ? tokens_[i].text : ""sv; }
    bool word(std::size_t i, std::string_view lower) const { return i < tokens_.size() && is_word(tokens_[i], lower); }
    bool is_name(std::size_t i) const {
        return i < tokens_.size() && (tokens_[i].kind == Token::word || tokens_[i].kind == Token::quoted_name);
    }
    bool words(std::size_t i, std::initializer_list<std::string_view> lower) const {
        return std::ranges::all_of(lower, [&](auto expected) { return word(i++, expected); });
    }
    bool calls(std::size_t i, std::span<const std::string_view> functions) const {
        return at(i + 1) == "(" && std::ranges::any_of(functions, [&](auto name) { return word(i, name); });
    }
    bool says(std::string_view lower) const {
        return std::ranges::any_of(tokens_, [&](const Token& token) { return is_word(token, lower); });
    }
    std::size_t file_line(std::size_t i) const {
        auto line = line_of(statement_.text, tokens_.at(i).offset) - 1;
        return statement_.text_lines.at(line);
    }

    /// Where the assignments that begin at `i` end: at the clause or parenthesis that follows them.
    std::size_t end_of_assignments(std::size_t i) const {
        for (int depth = 0; i < size(); ++i) {
            if (at(i) == "(") ++depth;
            if (at(i) == ")" && depth-- == 0) return i;
            if (depth == 0 && (word(i, "where") || word(i, "from") || word(i, "returning"))) return i;
        }
        return i;
    }

  private:
    const Statement& statement_;
    std::vector<Token> tokens_;
};

class Check {
  public:
    explicit Check(const Statement& statement) : statement_(statement), text_(statement) {}

    std::vector<std::string> run() {
        tenant_is_named();
        for (std::size_t i = 0; i < text_.size(); ++i) {
            assignments(i);
            refused_constructs(i);
            row_locks(i);
        }
        tables_are_qualified();
        return std::move(findings_);
    }

  private:
    void find(std::size_t line, std::string_view rule, std::string_view what, std::string_view repair) {
        findings_.push_back(fmt::format("{}:{}: {}: {} ({})\n  repair: {}", statement_.file, line, statement_.name,
                                        what, rule, repair));
    }

    void tenant_is_named() {
        bool is_parameter = std::ranges::find(statement_.parameters, "organization_id") != statement_.parameters.end();
        if (statement_.scope != Scope::tenant || is_parameter || text_.says("organization_id")) return;
        if (!touches_tables()) return;  // only calls routines, which ask the transaction for its organization
        find(statement_.line, "R1", "a tenant statement does not mention organization_id",
             "filter by organization_id = :organization_id, or tag it with -- scope: cross or local and say why");
    }

    bool touches_tables() const {
        for (std::size_t i = 0; i + 1 < text_.size(); ++i)
            if (introduces_table(i) && text_.is_name(i + 1) && text_.at(i + 2) == "." && text_.at(i + 4) != "(")
                return true;
        return false;
    }

    void assignments(std::size_t i) {
        if (!text_.word(i, "set")) return;
        bool on_conflict = i >= 2 && text_.words(i - 2, {"do", "update"});
        for (auto k = i + 1; k < text_.end_of_assignments(i + 1); ++k) {
            if (text_.calls(k, volatile_functions))
                find(text_.file_line(k), on_conflict ? "R3" : "R2",
                     fmt::format("the volatile {}() in SET", text_.at(k)), "pass the value as a parameter");
            bool is_stable = text_.calls(k, stable_functions) ||
                             std::ranges::any_of(stable_words, [&](auto word) { return text_.word(k, word); });
            if (on_conflict && is_stable)
                find(text_.file_line(k), "R3", fmt::format("{} in ON CONFLICT DO UPDATE SET", text_.at(k)),
                     "insert the value and take it from excluded");
        }
    }

    void refused_constructs(std::size_t i) {
        if (text_.words(i, {"merge", "into"}))
            find(text_.file_line(i), "R4", "MERGE", "write INSERT ... ON CONFLICT, or UPDATE and INSERT");
        bool grouping = text_.words(i, {"grouping", "sets"}) ||
                        ((text_.word(i, "rollup") || text_.word(i, "cube")) && text_.at(i + 1) == "(");
        if (grouping)
            find(text_.file_line(i), "R4", fmt::format("{} in GROUP BY", text_.at(i)),
                 "write a UNION ALL of the groupings");
        if (text_.word(i, "set_config") && text_.at(i + 1) == "(")
            find(text_.file_line(i), "R7", "set_config()", "the transaction's organization says SET LOCAL");
    }

    void row_locks(std::size_t i) {
        bool locks = text_.words(i, {"for", "update"}) || text_.words(i, {"for", "share"}) ||
                     text_.words(i, {"for", "no", "key", "update"}) || text_.words(i, {"for", "key", "share"});
        if (locks && statement_.scope == Scope::cross)
            find(text_.file_line(i), "R5", "row locks across tenants",
                 "lock the rows of one organization, or use a local table");
    }

    void tables_are_qualified() {
        auto local_names = common_table_names();
        for (std::size_t i = 0; i + 1 < text_.size(); ++i) {
            if (!introduces_table(i) || !text_.is_name(i + 1)) continue;
            bool qualified = text_.at(i + 2) == ".";
            bool function = text_.at(i + 2) == "(" && !text_.word(i, "into");
            if (qualified || function || is_keyword(i + 1) || local_names.contains(std::string(text_.at(i + 1))))
                continue;
            find(text_.file_line(i + 1), "R6", fmt::format("table {} without its schema", text_.at(i + 1)),
                 "write schema.table");
        }
    }

    bool is_keyword(std::size_t i) const {
        return text_.word(i, "select") || text_.word(i, "lateral") || text_.word(i, "only") || text_.word(i, "set") ||
               text_.word(i, "unnest");
    }

    bool introduces_table(std::size_t i) const {
        if (text_.word(i, "from")) return !is_expression_from(i);
        if (text_.word(i, "update"))
            return !(i > 0 && (text_.word(i - 1, "do") || text_.word(i - 1, "for") || text_.word(i - 1, "key")));
        return text_.word(i, "join") || text_.word(i, "into");
    }

    /// `is distinct from x`, `extract(epoch from x)`, `substring(x from 1)`, `trim(both from x)`.
    bool is_expression_from(std::size_t i) const {
        if (i > 0 && text_.word(i - 1, "distinct")) return true;
        int depth = 0;
        for (auto k = i; k-- > 0;) {
            if (text_.at(k) == ")") ++depth;
            if (text_.at(k) == "(" && depth-- == 0)
                return k > 0 && (text_.word(k - 1, "extract") || text_.word(k - 1, "substring") ||
                                 text_.word(k - 1, "trim") || text_.word(k - 1, "overlay"));
        }
        return false;
    }

    /// Names before `as (`, with or without a list of columns: of common table expressions.
    std::set<std::string> common_table_names() const {
        std::set<std::string> names;
        if (!text_.says("with")) return names;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (!text_.is_name(i)) continue;
            auto as = i + 1;
            if (text_.at(as) == "(") {
                while (as < text_.size() && text_.at(as) != ")") ++as;
                ++as;
            }
            if (!text_.word(as, "as")) continue;
            auto body = as + 1;
            while (text_.word(body, "not") || text_.word(body, "materialized")) ++body;
            if (text_.at(body) == "(") names.insert(std::string(text_.at(i)));
        }
        return names;
    }

    const Statement& statement_;
    Text text_;
    std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> broken_rules(const Statement& statement) {
    return Check(statement).run();
}

std::vector<std::string> broken_rules(const std::vector<Statement>& statements) {
    std::vector<std::string> all;
    for (const auto& statement : statements) std::ranges::move(broken_rules(statement), std::back_inserter(all));
    return all;
}

}  // namespace gsdb::queryc
