#pragma once
// How many lines are code, comment or blank.

#include <functional>
#include <span>
#include <string_view>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {

enum class LineKind : std::uint8_t { blank, comment, code };

/// Calls visit(kind) for each line, with the comments in the order in which they stand.
void for_each_line(std::string_view source, std::span<const CommentSpan> comments,
                   const std::function<void(LineKind)>& visit);

/// Counts by known comments, in the order in which they stand. A line is comment when all that is visible of it is.
LineCounts count_lines(std::string_view source, std::span<const CommentSpan> comments);

/// Counts by the look of the language's comment markers, for languages without a grammar.
LineCounts count_lines(std::string_view source, const CommentSyntax& syntax);

}  // namespace gsdb::codebase::extract
