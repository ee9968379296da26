#pragma once
// A tree-sitter query as it is written: what tree-sitter itself does not tell of it.

#include <tree_sitter/api.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::extract {

struct DeleteQuery {
    void operator()(TSQuery* query) const { ts_query_delete(query); }
};
using Query = std::unique_ptr<TSQuery, DeleteQuery>;

/// What is wrong with a query, as its author reads it.
struct QueryError {
    std::uint32_t line = 1;  ///< of the query's text
    std::string message;
};

/// The query, or what the grammar does not know of it.
std::expected<Query, QueryError> make_query(const TSLanguage*, std::string_view text);

/// The line of a byte, from 1.
std::uint32_t line_of(std::string_view text, std::uint32_t byte);

/// One pattern, taken apart as far as it goes without a grammar.
struct PatternText {
    struct Root {
        std::string_view name;
        bool is_token = false;  ///< `"if"`, not `(if_statement)`
    };
    std::vector<Root> roots;                 ///< what a match begins with: several in `[(a) (b)]`
    std::vector<std::string_view> captures;  ///< without the `@`
    bool is_plain = false;                   ///< roots and captures, nothing else: no children, fields, predicates
};
PatternText read_pattern(std::string_view pattern);

/// The symbols of all nodes of that name: aliases give several. None where it is a supertype or unknown.
std::vector<TSSymbol> symbols_of(const TSLanguage*, const PatternText::Root&);

}  // namespace gsdb::codebase::extract
