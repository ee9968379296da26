#pragma once
// A folder whose files are read and written by relative paths, without leaving it: no link is followed, wherever in a
// path it is.

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace gsdb::llm {

struct FileState {
    std::string text;
    mode_t mode = 0644;
};

class EditedFolder {
  public:
    /// Throws a Failure llm.cannot_write when there is no such folder.
    explicit EditedFolder(const std::filesystem::path& folder);

    /// Nothing when there is no such file; a sentence when it is none that may be edited.
    std::expected<std::optional<FileState>, std::string> read(std::string_view path, std::size_t bytes_max) const;

    /// Puts a whole file in the place of what was there, with the folders that it needs. Throws a Failure
    /// llm.cannot_write.
    void write(std::string_view path, const FileState& file) const;

    /// With the folders that are empty then. Throws a Failure llm.cannot_write.
    void remove(std::string_view path) const;

  private:
    enum class Missing { refuse, make };
    Descriptor open_parent(std::string_view path, Missing missing) const;

    std::string name_;
    Descriptor root_;
};

}  // namespace gsdb::llm
