#pragma once
// What the questions share: how they read, and what a row of an element becomes.

#include "modules/codebase/questions.hpp"
#include "pg/transaction.hpp"

namespace gsdb::codebase {

inline pg::TransactionOptions reading(const Scope& scope) {
    return {.organization = scope.organization, .access = pg::Access::read_only};
}

/// The symbol of a current element.
template <class Row>
Symbol symbol_of(const Row& row) {
    return {.id = row.symbol_id,
            .codebase = row.codebase,
            .path = row.path,
            .package = {},
            .name = row.qualified_name,
            .kind = row.kind,
            .language = row.language.value_or(""),
            .start_line = row.start_line,
            .end_line = row.end_line,
            .signature = row.signature,
            .documentation = row.documentation.value_or("")};
}

}  // namespace gsdb::codebase
