#pragma once
// Changes to files as text, for models that are given no tools. An answer is prose with directives, each on a line of
// its own, and a report at its end:
//
//     FILE: src/greeting.cpp
//     <<<<<<< SEARCH
//     return "hello";
//     =======
//     return "good morning";
//     >>>>>>> REPLACE
//     DELETE: src/old.cpp
//     RENAME: src/a.cpp -> src/b.cpp
//     ```json
//     {"summary": "...", "status": "done", "criteria": [{"criterion": "...", "met": true, "evidence": "..."}]}
//     ```
//
// Several blocks may follow one FILE line. An empty SEARCH makes a new file. Where the text itself has a line like a
// marker, the block's markers are longer: eight characters or more, all three the same. Lines of a Markdown fence
// around blocks are prose.

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::llm {

struct Edit {
    enum class Kind { replace, create, remove, rename };

    Kind kind = Kind::replace;
    std::string path;
    std::string new_path{};  ///< of a rename
    std::string search{};    ///< whole lines, each with its line feed
    std::string text{};      ///< what takes its place, or the new file
    int line = 0;            ///< of the answer, from 1

    bool operator==(const Edit&) const = default;
};

struct Report {
    enum class Status { done, nothing_to_do, failed };
    struct Criterion {
        std::string criterion, evidence;
        bool is_met = false;

        bool operator==(const Criterion&) const = default;
    };

    std::string summary;
    Status status = Status::done;
    std::vector<Criterion> criteria;

    bool operator==(const Report&) const = default;
};

struct EditAnswer {
    std::vector<Edit> edits;  ///< in the answer's order, which is the order of doing
    Report report;

    bool operator==(const EditAnswer&) const = default;
};

/// What is wrong with an answer, for whom has to mend it.
struct Problem {
    int line = 0;  ///< of the answer; 0 for the answer as a whole
    std::string text;

    bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

struct EditLimits {
    std::size_t answer_bytes_max = 4 << 20;
    std::size_t edits_max = 500;
    std::size_t path_bytes_max = 1'000;
    std::size_t criteria_max = 200;
    std::size_t problems_max = 20;
};

/// All edits and the report, or all that is wrong (at most problems_max).
std::expected<EditAnswer, Problems> parse_edit_answer(std::string_view text, const EditLimits& limits = {});

/// Why a path is none of a file below the folder: absolute, "..", ".git", control characters. Empty when it may be.
std::string path_problem(std::string_view path, const EditLimits& limits = {});

/// The rules of the format, to be put into a prompt.
std::string_view edit_instructions();

/// Asks for the whole answer once more, with what was wrong.
std::string repair_prompt(std::span<const Problem> problems);

}  // namespace gsdb::llm
