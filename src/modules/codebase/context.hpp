#pragma once
// The code that one must read to work on a function or class, within a budget.

#include <cstdint>
#include <string>
#include <vector>

#include "modules/codebase/questions.hpp"
#include "modules/codebase/source/contents.hpp"

namespace gsdb::codebase {

/// What a piece of code is to the subject.
enum class ContextRole : std::uint8_t {
    subject,
    around,     ///< the type that it is a member of
    callee,     ///< it calls, instantiates or is decorated by it
    used,       ///< it names it otherwise: types, what is passed on or read
    supertype,  ///< it inherits from it, or overrides it
    caller,
    subtype,
};
std::string_view to_label(ContextRole role);

struct ContextPiece {
    ContextRole role{};
    Symbol symbol;
    std::int32_t distance = 0;  ///< relationships between it and the subject
    float confidence = 1;       ///< of the way from the subject to it
    std::int32_t start_line = 0,
                 end_line = 0;  ///< of the text, when it is one stretch of the source; else of the symbol
    bool is_source = false;     ///< the text is as the file has it; otherwise signature, documentation and members
    bool is_whole = false;      ///< the text is all of the symbol
    std::string text;
    std::int64_t tokens = 0;
};

struct Context {
    Symbol symbol;
    std::vector<ContextPiece> pieces;  ///< the subject first, then by how much they matter
    std::int64_t tokens = 0;
    std::int32_t left_out = 0;  ///< related code that the budget has no room for
    std::vector<source::Problem> unreadable;
};

/// The budget where none is named, and the largest there is.
constexpr std::int64_t context_tokens = 8000, context_tokens_max = 1'000'000;

/// What a text is taken for, in tokens: a third of its bytes, rounded up. Tokenizers differ; of code few make more.
std::int64_t token_estimate(std::string_view text);

/// The subject's own source comes first; when it alone is over the budget it is cut. Then what the subject is in, calls
/// and names, inherits from, and what calls it, the nearest and surest first: as a whole where that takes no more than
/// a quarter of what is left of the budget, otherwise by signature, documentation and members, and callers by the lines
/// around the call. What the files at the location no longer hold is given by signature. Throws a Failure:
/// codebase.symbol_not_found, codebase.symbol_is_ambiguous, codebase.not_an_element (a file or package).
Task<Context> context_of(pg::Database<Database> database, Scope scope, source::ContentsOpener contents,
                         std::string symbol, std::int64_t tokens_max);

}  // namespace gsdb::codebase
