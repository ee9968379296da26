#pragma once
// What a check found, as `verify`, `doctor` and `lint` report it.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb::migrate {

enum class Severity {
    info,     ///< worth knowing; nothing to do
    warning,  ///< works, but will hurt
    error     ///< broken or unsafe
};

std::string_view to_string(Severity severity);

struct Finding {
    Severity severity = Severity::error;
    std::string code;      ///< stable: "schema.drift"
    std::string database;  ///< empty when it is about the server
    std::string object;    ///< "column projects.projects.name", "setting fsync", "role task_user"
    std::string message;   ///< what is the case, and why it matters
    std::string remedy;    ///< may be empty for info

    bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

/// Whether there is a finding above `info`.
bool has_problems(const Findings& findings);

}  // namespace gsdb::migrate
