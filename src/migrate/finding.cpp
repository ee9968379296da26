#include "migrate/finding.hpp"

#include <algorithm>
#include <array>

namespace gsdb::migrate {

std::string_view to_string(Severity severity) {
    constexpr std::array<std::string_view, 3> names{"info", "warning", "error"};
    return names[static_cast<std::size_t>(severity)];
}

bool has_problems(const Findings& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity != Severity::info; });
}

}  // namespace gsdb::migrate
