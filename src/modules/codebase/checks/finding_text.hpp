#pragma once
// Texts of findings as they are stored.

#include <string>
#include <string_view>

namespace gsdb::codebase::checks {

/// White space as one blank, at most 200 bytes, valid UTF-8 without NUL.
std::string normalised(std::string_view text);

}  // namespace gsdb::codebase::checks
