#pragma once
// A unified diff of two texts, for showing how recorded history differs from a file.

#include <string>
#include <string_view>

namespace gsdb::migrate {

/// The change from `before` to `after` in the unified format with three lines of context; empty when they are equal.
/// Time and memory grow with the product of the changed regions' lines, so it is for files that people write.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name);

}  // namespace gsdb::migrate
