#pragma once
// Sources below a folder cases/<language>/, each with what is expected of it in a file beside it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace gsdb::codebase::extract {

inline std::string read_case(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// The sources: all files but those of the extension of what is expected.
inline std::vector<std::filesystem::path> cases_in(const std::filesystem::path& folder,
                                                   const std::filesystem::path& expected_extension) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() != expected_extension) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

/// What a test of such a source is called.
inline std::string case_name(const testing::TestParamInfo<std::filesystem::path>& instance) {
    auto name = instance.param.parent_path().filename().string() + "_" + instance.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
}

}  // namespace gsdb::codebase::extract
