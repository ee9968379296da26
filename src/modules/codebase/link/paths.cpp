#include "modules/codebase/link/paths.hpp"

#include <ranges>
#include <vector>

namespace gsdb::codebase::link {

std::string folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return std::string(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

std::string normalised(std::string_view path) {
    std::vector<std::string_view> parts;
    for (const auto part : std::views::split(path, '/')) {
        const std::string_view text(part.begin(), part.end());
        if (text.empty() || text == ".") continue;
        if (text == ".." && !parts.empty() && parts.back() != "..")
            parts.pop_back();
        else
            parts.push_back(text);
    }
    std::string whole;
    for (const auto part : parts) {
        if (!whole.empty()) whole += '/';
        whole += part;
    }
    return whole;
}

std::vector<std::string_view> parts_of_path(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto end = path.find("::");
        if (const auto part = path.substr(0, end); !part.empty()) parts.push_back(part);
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 2);
    }
    return parts;
}

}  // namespace gsdb::codebase::link
