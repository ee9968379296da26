#pragma once
// Findings of plug-ins as they are stored: in what element, of what text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/plugins/fact_messages.hpp"

namespace gsdb::codebase {

struct PlacedFinding {
    std::string rule, message, text;
    std::uint32_t element = extract::no_element;
    std::uint32_t line = 1, column = 1, end_line = 1, end_column = 1;
    std::uint32_t start_character = 1, end_character = 1;  ///< the columns in code points
};

/// `found` are in the source that `facts` were extracted from.
std::vector<PlacedFinding> place(const std::vector<plugins::PluginFinding>& found, std::string_view source,
                                 const extract::FileFacts& facts);

}  // namespace gsdb::codebase
