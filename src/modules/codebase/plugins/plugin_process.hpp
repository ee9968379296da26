#pragma once
// The process in which a plug-in runs: what it does there stays there.

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

#include "modules/codebase/plugins/fact_messages.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"

namespace gsdb::codebase::plugins {

/// Starts at the first question. One thread at a time. After a failure it is over: the reason is for people.
class PluginProcess {
  public:
    PluginProcess(const Plugin& plugin, const PluginLimits& limits) : plugin_(&plugin), limits_(&limits) {}
    PluginProcess(PluginProcess&& other) noexcept;
    PluginProcess& operator=(PluginProcess&&) = delete;
    ~PluginProcess();

    /// Loads the library and, of a language, its grammar and queries.
    std::expected<void, std::string> load();
    /// Of a language plug-in.
    std::expected<MeasuredFacts, std::string> extract(std::string_view path, std::string_view source);
    /// Of a check plug-in. `language` is a label.
    std::expected<std::vector<PluginFinding>, std::string> check(std::string_view path, std::string_view language,
                                                                 std::string_view source);

  private:
    std::expected<std::string, std::string> ask(std::string_view question, std::string_view what,
                                                std::chrono::milliseconds limit);
    std::expected<std::string, std::string> ask_loaded(std::string_view question, std::string_view what);
    bool start();
    void end();
    std::string how_it_ended(std::string_view what);

    const Plugin* plugin_;
    const PluginLimits* limits_;
    int socket_ = -1;
    pid_t process_ = -1;
};

}  // namespace gsdb::codebase::plugins
