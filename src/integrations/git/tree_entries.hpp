#pragma once
// The records of a Git tree: the mode in octal, a space, the name, NUL, the id.

#include <algorithm>
#include <optional>
#include <string_view>

#include "integrations/git/repository.hpp"

namespace gsdb::git {

constexpr std::uint64_t tree_bytes_max = 256U << 20U;
constexpr int tree_depth_max = 4096;

struct TreeEntry {
    std::string_view mode;  ///< "40000" for a tree; without the zeros that old programs wrote before it
    std::string_view name;
    ObjectId id;
};

/// Takes the first record off `rest`; nothing when it is cut off.
inline std::optional<TreeEntry> next_tree_entry(std::string_view& rest, HashAlgorithm algorithm) {
    const auto size = codebase::source::id_bytes(algorithm);
    const auto space = rest.find(' ');
    const auto end = rest.find('\0');
    if (space == std::string_view::npos || end == std::string_view::npos || space > end || rest.size() - end - 1 < size)
        return std::nullopt;
    TreeEntry entry{.mode = rest.substr(0, space),
                    .name = rest.substr(space + 1, end - space - 1),
                    .id = *ObjectId::from_bytes(as_bytes(rest.substr(end + 1, size)))};
    entry.mode.remove_prefix(std::min(entry.mode.find_first_not_of('0'), entry.mode.size()));
    rest.remove_prefix(end + 1 + size);
    return entry;
}

/// Whether a file can have this name.
inline bool is_possible_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name != ".git" && name.find('/') == std::string_view::npos;
}

}  // namespace gsdb::git
