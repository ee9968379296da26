#pragma once
// Edits of an answer (edit_protocol.hpp), carried out in a folder: all of them, or none.

#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "integrations/llm/edit_protocol.hpp"

namespace gsdb::llm {

struct AppliedEdits {
    std::vector<std::string> written;  ///< new and changed files, sorted
    std::vector<std::string> removed;  ///< gone, or renamed to something else, sorted
};

struct ApplicationLimits {
    std::size_t file_bytes_max = 4 << 20;    ///< of a file that is changed, before and after
    std::size_t total_bytes_max = 64 << 20;  ///< of all files that are touched
};

/// Each edit sees what those before it did. A SEARCH is looked for line by line: exactly first, then without regard to
/// white space at the ends of lines; it must be in one place only. Files keep their rights, CRLF line ends and a
/// missing last line feed. Links are not followed, and not edited. What is wrong is told of all edits, with nothing
/// changed. Throws a Failure llm.cannot_write when the system refuses; what was written by then is taken back. A
/// program that dies in the middle may leave some of it.
std::expected<AppliedEdits, Problems> apply_edits(const std::filesystem::path& folder, std::span<const Edit> edits,
                                                  const ApplicationLimits& limits = {});

}  // namespace gsdb::llm
