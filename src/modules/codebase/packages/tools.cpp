#include "modules/codebase/packages/tools.hpp"

#include <algorithm>
#include <array>

#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

/// Programs whose argument is the program that counts.
bool is_wrapper(std::string_view word) {
    static constexpr std::array wrappers{"npx", "bunx", "yarn", "pnpm",      "npm",    "exec",    "dlx",
                                         "run", "sudo", "time", "cross-env", "env",    "env-cmd", "node",
                                         "--",  "nice", "bun",  "pnpx",      "dotenv", "envsub",  "concurrently"};
    return std::ranges::find(wrappers, word) != wrappers.end();
}

bool loads_a_package(std::string_view option) {
    static constexpr std::array options{"-r",       "--require", "--loader", "--import", "--experimental-loader",
                                        "--plugin", "--preset",  "--parser", "-p",       "--transform"};
    return std::ranges::find(options, option) != options.end();
}

/// `@scope/name` of `@scope/name/file`.
std::string_view package_of(std::string_view path) {
    const auto from = path.starts_with('@') ? path.find('/') + 1 : 0;
    return path.substr(0, path.find('/', from));
}

/// The words of a command line that name a program or something to load.
std::vector<std::string> named_in(std::string_view command) {
    std::string spaced;
    for (const char c : command) {
        const bool separates = c == ';' || c == '&' || c == '|' || c == '(' || c == ')' || c == '\n';
        if (separates)
            spaced += " ; ";
        else
            spaced += c == '"' || c == '\'' || c == '\\' ? ' ' : c;
    }
    std::vector<std::string> named;
    bool is_program = true;
    bool is_loaded = false;
    for (const auto word : words_of(spaced)) {
        constexpr std::string_view programs = "node_modules/.bin/", modules = "node_modules/";
        if (word == ";") {
            is_program = true;
        } else if (const auto at = word.find(programs); at != std::string_view::npos) {
            named.emplace_back(word.substr(at + programs.size()));
            is_program = false;
        } else if (const auto folder = word.find(modules); folder != std::string_view::npos) {
            named.emplace_back(package_of(word.substr(folder + modules.size())));
            is_program = false;
        } else if (word.starts_with('-') && word != "--") {
            const auto equals = word.find('=');
            is_loaded = loads_a_package(word.substr(0, equals));
            if (!is_loaded || equals == std::string_view::npos) continue;
            named.emplace_back(package_of(word.substr(equals + 1)));
            is_loaded = false;
        } else if (is_program && word.find('=') != std::string_view::npos) {
            continue;  // NAME=value
        } else if (is_program || is_loaded) {
            named.emplace_back(word);
            named.emplace_back(package_of(word));
            is_program = is_program && is_wrapper(word);
            is_loaded = false;
        }
    }
    return named;
}

/// Settings may leave out what all plugins of a tool begin with: `airbnb` is eslint-config-airbnb.
bool is_named_by_setting(std::string_view value, std::string_view package) {
    if (value == package || package_of(value) == package) return true;
    for (const std::string_view beginning :
         {"eslint-config-", "eslint-plugin-", "babel-plugin-", "babel-preset-", "stylelint-"})
        if (package.starts_with(beginning)) {
            if (value.starts_with("plugin:")) value.remove_prefix(7);
            return value.substr(0, value.find('/')) == package.substr(beginning.size());
        }
    return false;
}

struct Command {
    std::string_view package, command;
};

/// Commands with another name than their package, for lock files that do not name them.
constexpr std::array usual_commands{Command{"typescript", "tsc"},
                                    Command{"@angular/cli", "ng"},
                                    Command{"@babel/cli", "babel"},
                                    Command{"webpack-cli", "webpack"},
                                    Command{"@vue/cli-service", "vue-cli-service"},
                                    Command{"postcss-cli", "postcss"},
                                    Command{"npm-run-all", "run-s"},
                                    Command{"npm-run-all", "run-p"},
                                    Command{"@playwright/test", "playwright"},
                                    Command{"@biomejs/biome", "biome"},
                                    Command{"@commitlint/cli", "commitlint"},
                                    Command{"@changesets/cli", "changeset"},
                                    Command{"tailwindcss", "tailwindcss"},
                                    Command{"@nestjs/cli", "nest"},
                                    Command{"gulp-cli", "gulp"},
                                    Command{"jest-cli", "jest"},
                                    Command{"@tauri-apps/cli", "tauri"},
                                    Command{"sass", "sass"}};

}  // namespace

std::string run_by(const std::vector<Script>& scripts, std::string_view package,
                   const std::vector<std::string>& commands) {
    const auto is_command = [&](std::string_view word) {
        if (word == package || std::ranges::find(commands, word) != commands.end()) return true;
        if (!commands.empty()) return false;
        return std::ranges::any_of(
            usual_commands, [&](const Command& usual) { return usual.package == package && usual.command == word; });
    };
    for (const auto& script : scripts) {
        if (script.name.starts_with("setting ")) {
            if (is_named_by_setting(script.command, package)) return script.name;
            continue;
        }
        if (std::ranges::any_of(named_in(script.command), is_command)) return script.name;
    }
    return {};
}

namespace {

struct Convention {
    std::string_view beginning, end, kind;
};

// https://eslint.org/docs/latest/extend/plugins, https://babeljs.io/docs/options#name-normalization and their like:
// hosts that find plugins by a name, which may stand in any file of settings.
constexpr std::array npm_conventions{
    Convention{"@types/", "", "types"},
    Convention{"eslint-plugin-", "", "plugin of eslint"},
    Convention{"eslint-config-", "", "plugin of eslint"},
    Convention{"", "/eslint-config", "plugin of eslint"},
    Convention{"", "/eslint-plugin", "plugin of eslint"},
    Convention{"prettier-plugin-", "", "plugin of prettier"},
    Convention{"", "/prettier-config", "plugin of prettier"},
    Convention{"stylelint-", "", "plugin of stylelint"},
    Convention{"babel-plugin-", "", "plugin of babel"},
    Convention{"babel-preset-", "", "plugin of babel"},
    Convention{"@babel/plugin-", "", "plugin of babel"},
    Convention{"@babel/preset-", "", "plugin of babel"},
    Convention{"postcss-", "", "plugin of postcss"},
    Convention{"", "-loader", "plugin of webpack"},
    Convention{"@commitlint/config-", "", "plugin of commitlint"},
    Convention{"@semantic-release/", "", "plugin of semantic-release"},
    Convention{"@tsconfig/", "", "settings of typescript"},
    Convention{"@docusaurus/", "", "plugin of docusaurus"},
    Convention{"docusaurus-plugin-", "", "plugin of docusaurus"},
    Convention{"sass", "", "compiler of styles"},
    Convention{"less", "", "compiler of styles"},
    Convention{"stylus", "", "compiler of styles"},
    Convention{"tailwindcss", "", "compiler of styles"},
    Convention{"autoprefixer", "", "plugin of postcss"},
};
constexpr std::array pypi_conventions{
    Convention{"types-", "", "types"},
    Convention{"", "-stubs", "types"},
    Convention{"pytest-", "", "plugin of pytest"},
    Convention{"flake8-", "", "plugin of flake8"},
    Convention{"sphinxcontrib-", "", "plugin of sphinx"},
    Convention{"mkdocs-", "", "plugin of mkdocs"},
    Convention{"gunicorn", "", "program"},
    Convention{"uvicorn", "", "program"},
    Convention{"uwsgi", "", "program"},
    Convention{"waitress", "", "program"},
    Convention{"pre-commit", "", "program"},
    Convention{"tox", "", "program"},
    Convention{"pip", "", "program"},
    Convention{"wheel", "", "program"},
    Convention{"supervisor", "", "program"},
    Convention{"psycopg2", "", "driver of a database"},
    Convention{"psycopg", "", "driver of a database"},
    Convention{"mysqlclient", "", "driver of a database"},
    Convention{"asyncpg", "", "driver of a database"},
    Convention{"pymysql", "", "driver of a database"},
};

bool is_of(const Convention& convention, std::string_view package) {
    if (convention.end.empty() && !convention.beginning.ends_with('-') && !convention.beginning.ends_with('/'))
        return package == convention.beginning || package == std::string(convention.beginning) + "-binary";
    return package.size() > convention.beginning.size() + convention.end.size() &&
           package.starts_with(convention.beginning) && package.ends_with(convention.end);
}

template <class Conventions>
std::string kind_among(const Conventions& conventions, std::string_view package) {
    const auto found = std::ranges::find_if(conventions, [&](const Convention& one) { return is_of(one, package); });
    return found == conventions.end() ? "" : std::string(found->kind);
}

}  // namespace

std::string kind_by_name(Ecosystem ecosystem, std::string_view package) {
    if (ecosystem == Ecosystem::npm) return kind_among(npm_conventions, package);
    if (ecosystem == Ecosystem::pypi) return kind_among(pypi_conventions, package);
    return {};
}

}  // namespace gsdb::codebase::packages
