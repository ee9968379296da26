#pragma once
// How many lines are code, comment or blank.

#include <span>
#include <string_view>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {

/// A stretch of comment: bytes [start, end) of the source.
struct CommentSpan {
    std::uint32_t start;
    std::uint32_t end;
};

/// Counts by known comments, in the order in which they stand. A line is comment when all that is visible of it is.
LineCounts count_lines(std::string_view source, std::span<const CommentSpan> comments);

/// Counts by the look of the language's comment markers, for languages without a grammar.
LineCounts count_lines(std::string_view source, const CommentSyntax& syntax);

}  // namespace gsdb::codebase::extract
