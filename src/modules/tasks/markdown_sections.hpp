#pragma once
// The structure of a Markdown text as requirements use it: headings, list items, paragraphs, each with its lines.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb::tasks {

enum class LineKind { blank, heading, item, text, code };

/// A line of the text as it is structured. What is in a fenced code block is code, its fences included.
struct MarkdownLine {
    LineKind kind = LineKind::blank;
    int level = 0;           ///< of a heading, from 1; of an item or text its indentation in columns
    bool is_check = false;   ///< an item with a box: - [ ] or - [x]
    std::string_view text;   ///< without the marks of headings, items and boxes, trimmed
    std::string_view whole;  ///< as written
    int number = 0;          ///< of the line, from 1
};

/// The lines refer to `text`.
std::vector<MarkdownLine> lines_of(std::string_view text);

/// In lower case, without emphasis marks, surrounding blanks and a colon at the end: "**Depends on:** " -> "depends
/// on".
std::string label_of(std::string_view text);

/// Whether a section of this name speaks about the work rather than being work: background, notes, out of scope, ...
bool is_background(std::string_view heading);

std::string_view trimmed(std::string_view text);

/// The fence that a line is, by its character; 0 for none.
char fence_of(std::string_view text);

/// What a line says whose first character is escaped, so that it begins nothing: "\\# x" says "# x", "&#68;epends on x"
/// says "Depends on x".
std::string without_escape(std::string_view text);

/// The same by an escape: of the line's first character that is no blank.
std::string with_escape(std::string_view text);

/// "&#40;x&#41;" is "(x)", and back: nothing in a name then means anything.
std::string without_references(std::string_view name);
std::string with_references(std::string_view name);

}  // namespace gsdb::tasks
