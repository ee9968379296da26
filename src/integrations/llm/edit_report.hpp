#pragma once

#include <string_view>

#include "integrations/llm/edit_protocol.hpp"

namespace gsdb::llm {

/// The report of an answer, which begins on `line`; what is wrong with it is added to `problems`.
Report parse_edit_report(std::string_view text, int line, const EditLimits& limits, Problems& problems);

}  // namespace gsdb::llm
