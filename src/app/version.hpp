#pragma once

#include <string_view>

namespace gsdb::app {

inline constexpr std::string_view program_version = GSDB_VERSION;

}  // namespace gsdb::app
