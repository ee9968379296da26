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

}  // namespace gsdb::tasks
