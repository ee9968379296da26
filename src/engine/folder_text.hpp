#pragma once
// The files of a work tree as text for a model.

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace gsdb::engine {

struct FolderFile {
    std::string path;  ///< from the folder
    std::size_t bytes = 0;
};

/// What Git knows, and what it would not ignore: regular files, in order of their paths. At most `files_max`.
std::vector<FolderFile> list_files(const std::filesystem::path& folder, std::size_t files_max, std::stop_token stop);

/// The files, each below its name; those that are no text, or too large, with a word about that. Stops before
/// `bytes_max` and says so.
std::string text_of_files(const std::filesystem::path& folder, const std::vector<std::string>& paths,
                          std::size_t bytes_max);

}  // namespace gsdb::engine
