#pragma once
// The two steps of writing a file that the standard library leaves out.

#include <filesystem>
#include <string_view>

namespace gsdb {

/// Writes all of it, however many calls that takes. False, with errno, where the system refuses.
bool write_all(int descriptor, std::string_view text);

/// Makes the folder's entries survive a power cut, as far as the system lets it.
void sync_folder(const std::filesystem::path& folder);

}  // namespace gsdb
