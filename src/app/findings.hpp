#pragma once
// Findings as a command shows them.

#include <string>
#include <string_view>

#include "app/program.hpp"
#include "migrate/finding.hpp"

namespace gsdb::app {

json::array to_json(const migrate::Findings& findings);
std::string to_text(const migrate::Findings& findings);

/// The answer of a command that only checks; `all_well` is what it says when there is nothing above info.
ExitCode report_findings(const Program& program, const migrate::Findings& findings, std::string_view all_well);

}  // namespace gsdb::app
