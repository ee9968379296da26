#include "integrations/git/line_changes.hpp"

#include <git2.h>

#include <algorithm>

namespace gsdb::git {

bool is_binary(std::string_view content) {
    constexpr std::size_t looked_at = 8000;
    return content.substr(0, looked_at).contains('\0');
}

std::uint32_t count_lines(std::string_view content) {
    const auto ends = std::ranges::count(content, '\n');
    const bool has_rest = !content.empty() && content.back() != '\n';
    return static_cast<std::uint32_t>(ends) + (has_rest ? 1 : 0);
}

LineChanges compare_lines(std::string_view before, std::string_view after) {
    if (before.empty()) return {.added = count_lines(after), .removed = 0};
    if (after.empty()) return {.added = 0, .removed = count_lines(before)};
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.context_lines = 0;
    options.interhunk_lines = 0;
    options.flags = GIT_DIFF_FORCE_TEXT;
    LineChanges changes;
    git_diff_buffers(
        before.data(), before.size(), nullptr, after.data(), after.size(), nullptr, &options, nullptr, nullptr,
        [](const git_diff_delta*, const git_diff_hunk* hunk, void* into) {
            // Without context a hunk is the lines that differ and nothing else.
            auto& counted = *static_cast<LineChanges*>(into);
            counted.added += static_cast<std::uint32_t>(hunk->new_lines);
            counted.removed += static_cast<std::uint32_t>(hunk->old_lines);
            return 0;
        },
        nullptr, &changes);
    return changes;
}

}  // namespace gsdb::git
