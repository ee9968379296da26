#pragma once
// Finding code without knowing what it is called: by a part of a name, by what is said about it, by a line of source.

#include <cstdint>
#include <string>
#include <vector>

#include "modules/codebase/questions.hpp"
#include "modules/codebase/source/contents.hpp"

namespace gsdb::codebase {

/// Functions, classes, variables with `text` in their names, whatever the case: names that are it first, then those
/// that begin with it, with a word of them, that contain it; where there are none, names that are alike (trigrams).
/// With dots in it (`Cart.tot`) the end is looked for in names and the whole in qualified names.
Task<std::vector<Symbol>> search_names(pg::Database<Database> database, Scope scope, std::string text, int rows_max);

/// Those whose name, signature or documentation says `words`, by their English stems: "several words", "or" and "-not"
/// as websearch_to_tsquery has them. The best first.
Task<std::vector<Symbol>> search_documentation(pg::Database<Database> database, Scope scope, std::string words,
                                               int rows_max);

struct SourceLine {
    std::string codebase, path;
    std::int32_t line = 0, column = 0;  ///< of the first place in the line; the column in bytes from 1
    std::string text;                   ///< the line without white space around it, at most 200 bytes
};
struct SourceLines {
    std::vector<SourceLine> lines;  ///< by codebase, path and line; at most `rows_max`
    std::int64_t files_read = 0;
    std::vector<source::Problem> problems;  ///< what could not be read: changed or gone since the last run
};

/// Lines of the indexed contents with `text` in them; the case counts when the text has a capital letter. Reads the
/// contents again, on so many threads, and stops at `rows_max`.
Task<SourceLines> search_source(pg::Database<Database> database, Scope scope, source::ContentsOpener contents,
                                std::string text, int rows_max, unsigned threads);

}  // namespace gsdb::codebase
