// gsdb settings, completions, reference: what the program knows of itself.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "app/commands/commands.hpp"
#include "app/module_list.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "migrate/psql_files.hpp"
#include "modules/codebase/api.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

std::string origin_text(const settings::Origin& origin) {
    return origin.kind == settings::Origin::built_in ? "default" : origin.place;
}

ExitCode show_settings(const Program& program) {
    json::array list;
    Table table({"setting", "value", "from"});
    for (const auto* declaration : settings::declarations()) {
        auto value = program.settings.shown(*declaration);
        auto from = origin_text(program.settings.origin(*declaration));
        list.push_back(
            {{"name", declaration->name}, {"value", value}, {"from", from}, {"description", declaration->description}});
        table.add({std::string(declaration->name), value, from});
    }
    program.answer({{"settings", std::move(list)}}, table.text());
    return ExitCode::ok;
}

std::string settings_page() {
    std::string page =
        "# Settings\n\nMade by `./dev gen` from src/settings/declarations.hpp; not to be edited.\n\n"
        "A value comes from, in this order: the command line, the environment, `gsdb.toml` in the home folder, the "
        "default.\n\n"
        "| setting | environment | default | meaning |\n|---|---|---|---|\n";
    for (const auto* d : settings::declarations())
        page += fmt::format("| `{}` | `{}` | {} | {}{}{} |\n", d->name, settings::environment_name(d->name),
                            d->default_text.empty() ? "" : fmt::format("`{}`", d->default_text), d->description,
                            d->secret ? " Secret: never shown." : "", d->needs_restart ? "" : " Read at each run.");
    return page;
}

void append_command(std::string& page, const CLI::App& command, const std::string& path) {
    auto subcommands = command.get_subcommands(nullptr);
    if (subcommands.empty() || path == "gsdb") {
        page += fmt::format("## {}\n\n{}\n\n", path, command.get_description());
        for (const auto* option : command.get_options()) {
            auto name = option->get_name(false, true);
            if (!name.empty()) page += fmt::format("- `{}`: {}\n", name, option->get_description());
        }
        page += "\n";
    }
    for (const auto* subcommand : subcommands) append_command(page, *subcommand, path + " " + subcommand->get_name());
}

std::string commands_page(const CLI::App& app) {
    std::string page =
        "# Commands\n\nMade by `./dev gen` from the program's own help; not to be edited. Exit codes: "
        "[exit-codes.md](exit-codes.md).\n\n";
    append_command(page, app, "gsdb");
    page.erase(page.find_last_not_of('\n') + 1);
    return page + "\n";
}

/// For tools/gen.py, which knows which files are not made any more.
ExitCode write_psql_files(const Program& program, const std::filesystem::path& folder) {
    json::array written;
    for (const auto& [path, text] : migrate::psql_files(module_schemas(), program_version)) {
        std::filesystem::create_directories((folder / path).parent_path());
        std::ofstream(folder / path, std::ios::binary) << text;
        written.emplace_back(path);
    }
    program.answer({{"files", std::move(written)}}, "");
    return ExitCode::ok;
}

}  // namespace

void add_settings_commands(CLI::App& app, Program& program) {
    auto* settings = app.add_subcommand("settings", "Show every setting, its value, and where that came from");
    settings->callback([&program] { program.action = [&program] { return show_settings(program); }; });

    auto* completions = app.add_subcommand("completions", "Print a completion script for a shell");
    auto shell = std::make_shared<std::string>();
    completions->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completions->callback([&app, &program, shell] {
        program.action = [&app, &program, shell] {
            auto script = completion_script(app, *shell);
            program.answer({{"script", script}}, script);
            return ExitCode::ok;
        };
    });

    auto* reference = app.add_subcommand("reference", "Print a page of the reference documentation");
    auto page = std::make_shared<std::string>();
    auto folder = std::make_shared<std::string>();
    reference->add_option("page", *page, "settings, commands, rules or psql: the files of database/")
        ->required()
        ->check(CLI::IsMember({"settings", "commands", "rules", "psql"}));
    reference->add_option("folder", *folder, "where the files of psql go");
    reference->group("");
    reference->callback([&app, &program, page, folder] {
        program.action = [&app, &program, page, folder] {
            if (*page == "psql") return write_psql_files(program, *folder);
            auto text = *page == "settings" ? settings_page()
                        : *page == "rules"  ? codebase::checks::reference_page()
                                            : commands_page(app);
            program.answer({{"page", text}}, text);
            return ExitCode::ok;
        };
    });
}

}  // namespace gsdb::app
