#pragma once
// A home with migrated databases that the test programs of a build share: each copies it instead of installing again.

#include <filesystem>
#include <functional>
#include <optional>

namespace gsdb::queryc {

/// The home in GSDB_BUILD_DIR, which `./dev test` sets, that was made from the same sources: of the modules' SQL and of
/// what installs it. When there is none, `make` makes it; other programs wait meanwhile. Those of other sources are
/// removed. Nothing without GSDB_BUILD_DIR.
std::optional<std::filesystem::path> prepared_home(const std::function<void(const std::filesystem::path&)>& make);

}  // namespace gsdb::queryc
