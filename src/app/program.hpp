#pragma once
// One invocation of the program: its settings, how it answers, and what it was asked to do.

#include <CLI/App.hpp>
#include <boost/json.hpp>
#include <functional>
#include <map>
#include <string>

#include "base/error.hpp"
#include "settings/settings.hpp"

namespace gsdb::app {

namespace json = boost::json;

/// The state shared by all commands. Commands fill `action`; everything that can be wrong with their arguments is found
/// before it runs.
struct Program {
    bool json = false;                             ///< one JSON document on stdout instead of text
    std::string invoked_as = "gsdb";               ///< as the user would call it again
    bool quiet = false;                            ///< no progress, no notes
    std::map<std::string, std::string> overrides;  ///< settings given as options
    settings::Settings settings;
    std::function<ExitCode()> action;

    /// Prints the result of a command: `document` with --json, else `text`.
    void answer(const json::value& document, std::string_view text) const;
    /// A remark for people on stderr; nothing with --quiet or --json.
    void note(std::string_view text) const;
};

/// How many threads serve: the setting, or one for each core, at most 8.
int server_threads(const Program& program);

/// Parses the command line, runs the command, translates every error: the one place where that happens.
int run_program(int argc, const char* const* argv);

/// The error as --json prints it.
json::value to_json(const Error& error);
/// The error as a person reads it: what, the cause, the remedy.
std::string to_text(const Error& error);

/// The settings as options of a command: {"http.port", "--port"}.
void add_setting_option(CLI::App& command, Program& program, const settings::Declaration& setting,
                        const std::string& option);

/// A completion script for "bash", "zsh" or "fish", made from the commands and options of `app`.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace gsdb::app
