#pragma once
// What an index run found, as a person and as a program reads it.

#include <string>

#include "app/program.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

std::string summary_text(const codebase::IndexSummary& summary);
json::value summary_json(const codebase::IndexSummary& summary);

/// One line: what changed since the run before.
std::string change_text(const codebase::IndexSummary& summary);

}  // namespace gsdb::app
