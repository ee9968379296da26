#include "engine/folder_text.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "base/utf8.hpp"
#include "integrations/git/command.hpp"

namespace gsdb::engine {

namespace {

constexpr std::size_t file_bytes_max = 256 << 10;

/// Nothing for what is no text.
std::optional<std::string> text_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    auto text = std::move(bytes).str();
    if (!stream || text.contains('\0') || !is_valid_utf8(text)) return std::nullopt;
    return text;
}

/// A fence that is longer than any in the text.
std::string fence_of(const std::string& text) {
    std::size_t longest = 2, run = 0;
    for (char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return std::string(longest + 1, '`');
}

std::string section_of(const std::filesystem::path& folder, const std::string& path) {
    std::error_code problem;
    const auto status = std::filesystem::symlink_status(folder / path, problem);
    if (problem || !std::filesystem::is_regular_file(status)) return fmt::format("{}: no such file\n", path);
    if (std::filesystem::file_size(folder / path, problem) > file_bytes_max)
        return fmt::format("{}: too large to be shown\n", path);
    const auto text = text_of(folder / path);
    if (!text) return fmt::format("{}: no text\n", path);
    const auto fence = fence_of(*text);
    const bool ends_a_line = text->empty() || text->ends_with('\n');
    return fmt::format("{}:\n{}\n{}{}{}\n", path, fence, *text, ends_a_line ? "" : "\n", fence);
}

}  // namespace

std::vector<FolderFile> list_files(const std::filesystem::path& folder, std::size_t files_max, std::stop_token stop) {
    const auto listed =
        value_or_throw(git::run_git({"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"},
                                    {.folder = folder.string(), .stop = std::move(stop)}));
    std::vector<FolderFile> files;
    std::istringstream names(listed.output);
    for (std::string name; files.size() < files_max && std::getline(names, name, '\0');) {
        std::error_code problem;
        if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / name, problem))) continue;
        files.push_back({.path = name, .bytes = std::filesystem::file_size(folder / name, problem)});
    }
    return files;
}

std::string text_of_files(const std::filesystem::path& folder, const std::vector<std::string>& paths,
                          std::size_t bytes_max) {
    std::string text;
    for (const auto& path : paths) {
        auto section = section_of(folder, path);
        if (text.size() + section.size() > bytes_max) {
            text += fmt::format("{}: left out, there is no more room\n", path);
            continue;
        }
        text += section;
    }
    return text;
}

}  // namespace gsdb::engine
