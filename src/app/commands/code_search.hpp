#pragma once
// gsdb code search.

#include "app/program.hpp"

namespace gsdb::app {

void add_code_search(CLI::App& code, Program& program);

}  // namespace gsdb::app
