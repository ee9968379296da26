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

}  // namespace gsdb::codebase::link
