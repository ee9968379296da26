#include "app/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "app/commands/commands.hpp"
#include "app/full_disk.hpp"
#include "app/version.hpp"
#include "cluster/home.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

void Program::answer(const json::value& document, std::string_view text) const {
    auto out = json ? json::serialize(document) + "\n" : std::string(text);
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
}

void Program::note(std::string_view text) const {
    if (!json && !quiet) fmt::print(stderr, "{}\n", text);
}

int server_threads(const Program& program) {
    auto configured = static_cast<int>(program.settings.get(settings::http_threads));
    return configured > 0 ? configured : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8);
}

json::value to_json(const Error& error) {
    return {
        {"error", {{"code", error.code}, {"message", error.message}, {"detail", error.detail}, {"hint", error.hint}}}};
}

std::string to_text(const Error& error) {
    auto text = fmt::format("error: {}\n", error.message);
    if (!error.detail.empty()) text += fmt::format("cause: {}\n", error.detail);
    if (!error.hint.empty()) text += fmt::format("remedy: {}\n", error.hint);
    return text + fmt::format("code: {}\n", error.code);
}

void add_setting_option(CLI::App& command, Program& program, const settings::Declaration& setting,
                        const std::string& option) {
    command.add_option_function<std::string>(
        option,
        [&program, name = std::string(setting.name)](const std::string& text) { program.overrides[name] = text; },
        std::string(setting.description));
}

namespace {

/// The settings file lies in the home folder, and the home folder is itself a setting: it is found first.
std::filesystem::path settings_file(const Program& program) {
    auto given = program.overrides.find(std::string(settings::home.name));
    const char* variable = std::getenv("GSDB_HOME");
    std::string configured = given != program.overrides.end() ? given->second : variable ? variable : "";
    return value_or_throw(cluster::Home::locate(configured, std::getenv)).settings_file();
}

ExitCode report(const Program& program, const Error& error) {
    if (program.json)
        program.answer(to_json(error), "");
    else
        fmt::print(stderr, "{}", to_text(error));
    return error.exit_code;
}

ExitCode act(const Program& program) {
    try {
        return program.action();
    } catch (const Failure& failure) {
        throw Failure(explain_full_disk(program, failure.error()));
    }
}

void describe(CLI::App& app, Program& program) {
    app.name("gsdb");
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string(program_version));
    app.set_help_all_flag("--help-all", "Help for every command");
    app.footer(
        "Exit codes: 0 done, 1 failed, 2 usage, 3 unreachable, 4 conflict, 5 not found, 6 problems found, 130 "
        "interrupted.\n"
        "Settings come from options, GSDB_* variables, $GSDB_HOME/gsdb.toml; `gsdb settings` lists them.");
    app.add_flag("--json", program.json, "Answer with one JSON document on stdout");
    app.add_flag("-q,--quiet", program.quiet, "No progress and no notes on stderr");
    add_setting_option(app, program, settings::home, "--home");
    app.fallthrough();
    add_commands(app, program);
}

}  // namespace

int run_program(int argc, const char* const* argv) {
    CLI::App app("gsdb, the graph-sitter database: the system of record of autonomous software development");
    Program program;
    if (argc > 0) program.invoked_as = argv[0];
    describe(app, program);
    try {
        app.parse(argc, argv);
        program.settings =
            value_or_throw(settings::Settings::load({settings_file(program), std::getenv, program.overrides}));
        return static_cast<int>(act(program));
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == 0) return app.exit(problem);
        return static_cast<int>(report(program, {.code = "usage",
                                                 .message = problem.what(),
                                                 .detail = "",
                                                 .hint = "gsdb COMMAND --help tells what it takes",
                                                 .exit_code = ExitCode::usage}));
    } catch (const Failure& failure) {
        return static_cast<int>(report(program, failure.error()));
    } catch (const std::exception& surprise) {
        return static_cast<int>(
            report(program, {.code = "internal",
                             .message = surprise.what(),
                             .detail = "",
                             .hint = "this is a defect of gsdb: please report it with the command you ran"}));
    }
}

}  // namespace gsdb::app
