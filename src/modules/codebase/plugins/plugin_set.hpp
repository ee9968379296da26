#pragma once
// The plug-ins of a folder, and which of them a run goes on without.

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/plugins/plugin.hpp"

namespace gsdb::codebase::plugins {

/// What a plug-in may cost, and who runs it.
struct PluginLimits {
    std::chrono::milliseconds per_file{10'000};  ///< of wall time: also a library that sleeps is stopped
    std::size_t memory_bytes = std::size_t{2} << 30U;
    std::size_t answer_bytes_max = std::size_t{64} << 20U;
    std::filesystem::path program = "/proc/self/exe";  ///< understands the hidden command `plugin-worker`
};

/// A plug-in that is not used, and why.
struct DisabledPlugin {
    std::string name;
    std::string reason;

    bool operator==(const DisabledPlugin&) const = default;
};

/// Shared by the threads of a run.
class PluginSet {
  public:
    PluginSet() = default;
    /// The plug-ins in the folders of `folder`, in the order of their names. One that cannot be read is disabled; a
    /// folder that is not there holds none.
    explicit PluginSet(const std::filesystem::path& folder, PluginLimits limits = {});

    const std::vector<Plugin>& plugins() const { return plugins_; }
    const PluginLimits& limits() const { return limits_; }
    /// Changes with everything in the folder that decides what is found.
    std::string digest() const;

    /// The language plug-in for a path, in use or not.
    std::optional<std::size_t> language_of(std::string_view path) const;
    /// The checks in use for a language.
    std::vector<std::size_t> checks_of(std::string_view language) const;

    /// From now on nobody uses it. The first reason stays.
    void disable(std::size_t plugin, std::string reason);
    bool is_disabled(std::size_t plugin) const;
    std::vector<DisabledPlugin> disabled() const;

  private:
    std::vector<Plugin> plugins_;
    std::vector<DisabledPlugin> unreadable_;
    PluginLimits limits_;
    mutable std::mutex mutex_;
    std::map<std::size_t, std::string> disabled_;
};

}  // namespace gsdb::codebase::plugins
