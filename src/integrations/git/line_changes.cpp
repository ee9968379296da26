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

namespace {

/// Takes the lines off that both begin and end with: most of them, and libgit2 makes a SHA-1 of what it compares.
void trim_common_lines(std::string_view& before, std::string_view& after) {
    const auto [a, b] = std::ranges::mismatch(before, after);
    const auto same = before.substr(0, static_cast<std::size_t>(a - before.begin())).rfind('\n');
    const auto start = same == std::string_view::npos ? 0 : same + 1;
    before.remove_prefix(start);
    after.remove_prefix(start);
    const auto size_max = std::min(before.size(), after.size());
    std::size_t size = 0;
    while (size < size_max && before[before.size() - size - 1] == after[after.size() - size - 1]) ++size;
    // Whole lines alone: the first of them may be the end of another one.
    const auto begins_line = [&](std::string_view text) {
        return size == text.size() || text[text.size() - size - 1] == '\n';
    };
    if (!begins_line(before) || !begins_line(after)) {
        const auto end = before.find('\n', before.size() - size);
        size = end == std::string_view::npos ? 0 : before.size() - end - 1;
    }
    before.remove_suffix(size);
    after.remove_suffix(size);
}

}  // namespace

LineChanges compare_lines(std::string_view before, std::string_view after) {
    trim_common_lines(before, after);
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
