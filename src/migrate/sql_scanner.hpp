#pragma once
// The lexical structure of PostgreSQL's SQL: enough to find comments, statements and parameters without being fooled
// by quotes, dollar quotes, nested comments and SQL-standard function bodies.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::migrate {

struct Token {
    enum Kind { word, quoted_name, string, number, parameter, symbol, line_comment, block_comment };
    Kind kind;
    std::string_view text;  ///< as written, with its quotes; of a parameter `:name` with the colon
    std::size_t offset;     ///< of its first byte in the scanned text
};

/// Every token but white space. Never fails: an unfinished quote or comment is a token that reaches to the end.
std::vector<Token> scan_sql(std::string_view text);

struct SqlStatement {
    std::string_view text;           ///< from its first token to its last, without the semicolon
    std::size_t offset;              ///< of its first byte in the scanned text
    std::vector<std::string> words;  ///< its first words, in lower case, up to anything that is not a word; at most 6
};

/// The statements that semicolons separate. Comments between statements belong to none.
std::vector<SqlStatement> split_statements(std::string_view text);

/// The number, from 1, of the line that holds the byte at `offset`.
std::size_t line_of(std::string_view text, std::size_t offset);

/// The text with each `:name` replaced by what `replace` gives for `name`; unknown names stay as they are.
struct NamedParameter {
    std::string_view name;         ///< without the colon
    std::string_view replacement;  ///< SQL text
};
std::string replace_parameters(std::string_view text, const std::vector<NamedParameter>& parameters);

/// 'text' as an SQL literal. Right under standard_conforming_strings = on, which the engine sets.
std::string quote_literal(std::string_view text);

/// "name" as an SQL identifier, always quoted.
std::string quote_identifier(std::string_view name);

}  // namespace gsdb::migrate
