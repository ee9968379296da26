// pyproject.toml, setup.cfg, requirements.txt, Pipfile and the lock files of Poetry, uv, PDM and Pipenv.

#include <fmt/format.h>

#include <algorithm>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

constexpr auto pypi = Ecosystem::pypi;

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

bool is_url(std::string_view text) {
    return text.find("://") != std::string_view::npos || text.starts_with("git@");
}

bool is_path(std::string_view text) {
    return text.starts_with('.') || text.starts_with('/') || text.starts_with("file:") || text.ends_with(".whl") ||
           text.ends_with(".tar.gz") || text.ends_with(".zip");
}

void set_source(Request& request, std::string_view url) {
    if (is_url(url) && !url.starts_with("file:"))
        request.source_url = without_credentials(url);
    else
        request.is_local = true;
}

/// A requirement as PEP 508 writes it: `name [extras] >=1,<2 ; marker`, `name @ url ; marker`. Extras choose further
/// packages, which only the package itself names. Nothing where it is none.
std::optional<Request> requirement(std::string_view text) {
    text = trimmed(text);
    std::size_t end = 0;
    while (end < text.size() && is_name_byte(text[end])) ++end;
    if (end == 0) return std::nullopt;
    Request request{.name = normal_name(pypi, text.substr(0, end))};
    auto rest = trimmed(text.substr(end));
    if (rest.starts_with('[')) {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        rest = trimmed(rest.substr(close + 1));
    }
    if (rest.starts_with('@')) {
        const auto marker = rest.find(" ;");
        set_source(request, trimmed(rest.substr(1, marker == std::string_view::npos ? marker : marker - 1)));
        if (marker != std::string_view::npos) request.condition = trimmed(rest.substr(marker + 2));
        return request;
    }
    const auto marker = rest.find(';');
    if (marker != std::string_view::npos) request.condition = trimmed(rest.substr(marker + 1));
    auto range = trimmed(rest.substr(0, marker));
    if (range.starts_with('(') && range.ends_with(')')) range = trimmed(range.substr(1, range.size() - 2));
    if (!range.empty() && std::string_view("<>=!~").find(range.front()) == std::string_view::npos) return std::nullopt;
    request.range = range;
    return request;
}

/// "extra == 'x'" beside a condition of its own.
std::string both(std::string_view condition, std::string extra) {
    return condition.empty() ? extra : fmt::format("({}) and {}", condition, extra);
}

/// Groups, extras and file names say what they are for.
Scope scope_of_group(std::string_view group, Scope otherwise) {
    const auto name = lower_case(group);
    if (name.find("test") != std::string::npos) return Scope::test;
    for (const auto* word : {"dev", "lint", "doc", "typing", "type", "ci", "style", "check", "mypy"})
        if (name.find(word) != std::string::npos) return Scope::development;
    return name.find("build") != std::string::npos ? Scope::build : otherwise;
}

void add_requirements(File& file, const Value& list, Scope scope, std::string_view extra = {}) {
    for (const auto& entry : list.entries) {
        if (!entry.value.is_scalar()) continue;  // {include-group = "x"}: x is read, too
        auto request = requirement(entry.value.text);
        if (!request) {
            add_problem(file, entry.value.line, fmt::format("'{}' is no requirement", excerpt(entry.value.text)));
            continue;
        }
        request->line = entry.value.line;
        request->scope = scope;
        if (!extra.empty()) request->condition = both(request->condition, fmt::format("extra == '{}'", extra));
        file.requests.push_back(std::move(*request));
    }
}

/// Poetry's and Pipenv's way: a version, or a table with one.
Request request_of_value(std::string_view name, const Value& value, Scope scope) {
    Request request{.name = normal_name(pypi, name), .line = value.line, .scope = scope};
    if (value.is_scalar()) {
        request.range = value.text;
    } else {
        request.range = value["version"].text;
        for (const auto* source : {"git", "url", "hg", "svn"})
            if (value[source]) request.source_url = without_credentials(value[source].text);
        request.is_local = value["path"] || value["file"] || value["editable"].is_true();
        if (request.is_local && !request.source_url.empty()) request.is_local = false;
        for (const auto* condition : {"markers", "sys_platform", "platform_system", "python"}) {
            const auto& text = value[condition].text;
            if (text.empty()) continue;
            const auto name_of = std::string_view(condition);
            const auto part = name_of == "markers" ? text : fmt::format("{} {}", name_of, text);
            request.condition += (request.condition.empty() ? "" : " and ") + part;
        }
        if (value["optional"].is_true() && scope == Scope::runtime) request.scope = Scope::optional;
    }
    if (request.range == "*") request.range.clear();
    return request;
}

void add_table(File& file, const Value& table, Scope scope) {
    for (const auto& [name, line, value] : table.entries) {
        if (normal_name(pypi, name) == "python") continue;
        if (value.is_list()) {  // several, each for its condition
            for (const auto& one : value.entries) file.requests.push_back(request_of_value(name, one.value, scope));
        } else {
            file.requests.push_back(request_of_value(name, value, scope));
            file.requests.back().line = line;
        }
    }
}

/// [tool.uv.sources]: where a name comes from.
void apply_sources(File& file, const Value& sources) {
    for (const auto& [name, line, source] : sources.entries) {
        const auto& one = source.is_list() && !source.entries.empty() ? source.entries.front().value : source;
        for (auto& request : file.requests) {
            if (request.name != normal_name(pypi, name)) continue;
            if (one["workspace"].is_true() || one["path"]) request.is_local = true;
            for (const auto* key : {"git", "url"})
                if (one[key]) request.source_url = without_credentials(one[key].text);
        }
    }
}

std::string licence_of(const Value& project) {
    const auto& licence = project["license"];
    if (licence.is_scalar()) return licence.text;
    const auto& text = licence["text"].text;
    return text.find('\n') == std::string::npos ? text : "";  // the whole licence is no expression
}

void read_poetry(File& file, const Value& poetry) {
    if (file.name.empty()) file.name = normal_name(pypi, poetry["name"].text);
    if (file.licence.empty()) file.licence = licence_of(poetry);
    add_table(file, poetry["dependencies"], Scope::runtime);
    add_table(file, poetry["dev-dependencies"], Scope::development);
    for (const auto& [name, line, group] : poetry["group"].entries)
        add_table(file, group["dependencies"], scope_of_group(name, Scope::development));
}

}  // namespace

void read_pyproject(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    const auto& project = root["project"];
    const auto& tool = root["tool"];
    file.name = normal_name(pypi, project["name"].text);
    file.version = project["version"].text;
    file.licence = licence_of(project);
    add_requirements(file, project["dependencies"], Scope::runtime);
    for (const auto& [extra, line, list] : project["optional-dependencies"].entries)
        add_requirements(file, list, Scope::optional, extra);
    for (const auto& [group, line, list] : root["dependency-groups"].entries)
        add_requirements(file, list, scope_of_group(group, Scope::development));
    add_requirements(file, root["build-system"]["requires"], Scope::build);
    read_poetry(file, tool["poetry"]);
    add_requirements(file, tool["uv"]["dev-dependencies"], Scope::development);
    for (const auto& [group, line, list] : tool["pdm"]["dev-dependencies"].entries)
        add_requirements(file, list, scope_of_group(group, Scope::development));
    for (const auto& [name, line, environment] : tool["hatch"]["envs"].entries)
        for (const auto* key : {"dependencies", "extra-dependencies"})
            add_requirements(file, environment[key], scope_of_group(name, Scope::development));
    apply_sources(file, tool["uv"]["sources"]);
    for (const auto& entry : tool["uv"]["workspace"]["members"].entries) file.members.push_back(entry.value.text);
    // An extra of its own: `all = ["package[a,b]"]`.
    std::erase_if(file.requests, [&](const Request& request) { return request.name == file.name; });
}

// --- setup.cfg ---

namespace {

/// Calls `use(section, key, value, line)` for each line of a value, as configparser reads them.
template <class Use>
void for_each_setting(std::string_view text, Use use) {
    std::string_view section, key;
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';')) continue;
        if (line.front() == ' ' || line.front() == '\t') {
            if (!key.empty()) use(section, key, content, number);
        } else if (content.starts_with('[')) {
            section = content.substr(1, content.find(']') - 1), key = {};
        } else {
            const auto separator = content.find_first_of("=:");
            if (separator == std::string_view::npos) continue;
            key = trimmed(content.substr(0, separator));
            if (const auto value = trimmed(content.substr(separator + 1)); !value.empty())
                use(section, key, value, number);
        }
    }
}

}  // namespace

void read_setup_cfg(File& file, std::string_view text) {
    for_each_setting(text,
                     [&](std::string_view section, std::string_view key, std::string_view value, std::uint32_t line) {
                         if (section == "metadata" && key == "name") file.name = normal_name(pypi, value);
                         if (section == "metadata" && (key == "license" || key == "licence")) file.licence = value;
                         std::optional<Scope> scope;
                         std::string_view extra;
                         if (section == "options" && key == "install_requires") scope = Scope::runtime;
                         if (section == "options" && key == "setup_requires") scope = Scope::build;
                         if (section == "options" && key == "tests_require") scope = Scope::test;
                         if (section == "options.extras_require") scope = Scope::optional, extra = key;
                         if (!scope || value.starts_with("file:")) return;
                         // A list may also stand in one line, with semicolons between; a marker's semicolon has its
                         // requirement before it.
                         auto request = requirement(value.substr(0, value.find(" #")));
                         if (!request)
                             return add_problem(file, line, fmt::format("'{}' is no requirement", excerpt(value)));
                         request->line = line, request->scope = *scope;
                         if (!extra.empty())
                             request->condition = both(request->condition, fmt::format("extra == '{}'", extra));
                         file.requests.push_back(std::move(*request));
                     });
}

// --- requirements ---

namespace {

struct LogicalLine {
    std::string text;
    std::uint32_t number;
};

/// Lines joined where one ends with a backslash, without comments.
std::vector<LogicalLine> logical_lines(std::string_view text) {
    std::vector<LogicalLine> logical;
    std::uint32_t number = 0;
    bool goes_on = false;
    for (auto line : lines_of(text)) {
        ++number;
        if (!goes_on) logical.push_back({.text = {}, .number = number});
        const auto content = trimmed(line);
        const bool is_comment = content.starts_with('#');
        auto comment = line.find(" #");
        if (const auto tab = line.find("\t#"); tab < comment) comment = tab;
        if (!is_comment) logical.back().text += line.substr(0, comment);
        goes_on = !is_comment && comment == std::string_view::npos && line.ends_with('\\');
        if (goes_on) logical.back().text.back() = ' ';
    }
    return logical;
}

/// `#egg=name&subdirectory=x` of a URL.
std::string egg_of(std::string_view url) {
    const auto egg = url.find("egg=");
    if (egg == std::string_view::npos) return {};
    auto name = url.substr(egg + 4);
    return normal_name(pypi, name.substr(0, name.find_first_of("&[ ")));
}

/// The argument of an option: `-r file`, `-rfile`, `--requirement=file`.
std::optional<std::string_view> argument_of(std::string_view line, std::string_view brief, std::string_view full) {
    for (const auto option : {full, brief}) {
        if (!line.starts_with(option)) continue;
        auto rest = line.substr(option.size());
        if (option == full && !rest.empty() && rest[0] != ' ' && rest[0] != '=') continue;
        if (rest.starts_with('=')) rest.remove_prefix(1);
        return trimmed(rest);
    }
    return std::nullopt;
}

/// A URL or a path instead of a name.
void add_location(File& file, std::string_view location, Request request) {
    location = location.substr(0, location.find(' '));
    request.name = egg_of(location);
    if (!is_url(location) || location.starts_with("file:")) return;  // a folder or file beside it
    request.source_url = without_credentials(location.substr(0, location.find('#')));
    if (!request.name.empty()) {
        file.requests.push_back(std::move(request));
        return;
    }
    // The last part of the path says what it is: `.../name.git@v1`, `name-1.0-py3-none-any.whl`.
    auto last = file_name_of(request.source_url);
    last = last.substr(0, last.find('@'));
    const bool is_archive = is_path(last);
    last = last.substr(0, is_archive ? last.find('-') : last.find(".git"));
    if (last.empty()) return add_problem(file, request.line, "a URL that does not say which package it has");
    request.name = normal_name(pypi, last);
    file.requests.push_back(std::move(request));
}

void add_requirement_line(File& file, const LogicalLine& line, Scope scope) {
    auto content = trimmed(line.text);
    if (const auto path = argument_of(content, "-r", "--requirement")) {
        if (auto joined = join_path(folder_of(file.path), *path)) file.includes.push_back(std::move(*joined));
        return;
    }
    if (const auto path = argument_of(content, "-c", "--constraint")) {
        if (auto joined = join_path(folder_of(file.path), *path)) file.constraints.push_back(std::move(*joined));
        return;
    }
    Request request{.line = line.number, .scope = scope};
    if (const auto location = argument_of(content, "-e", "--editable")) return add_location(file, *location, request);
    if (content.starts_with('-')) return;
    content = trimmed(content.substr(0, content.find(" --")));  // --hash=..., --config-settings=...
    auto found = requirement(content);
    if (found && (!is_path(content) || found->is_local || !found->source_url.empty())) {
        found->line = line.number, found->scope = scope;
        file.requests.push_back(std::move(*found));
        return;
    }
    if (is_url(content) || is_path(content)) return add_location(file, content, request);
    add_problem(file, line.number, fmt::format("'{}' is no requirement", excerpt(content)));
}

/// `1.2` of `==1.2`; nothing where the range is wider.
std::string_view pinned(std::string_view range) {
    while (range.starts_with('=')) range.remove_prefix(1);
    range = trimmed(range);
    return range.find_first_of("<>=!~*, ") == std::string_view::npos ? range : std::string_view{};
}

/// The file that the command line at the head of compiled requirements names; else the one of the same name.
std::string source_in(std::string_view head, std::string_view name) {
    for (const auto line : lines_of(head))
        if (line.starts_with('#'))
            for (const auto word : words_of(line))
                if (word.ends_with(".in") || word.ends_with("pyproject.toml") || word.ends_with("setup.cfg"))
                    return std::string(file_name_of(word));
    return std::string(name.substr(0, name.rfind('.'))) + ".in";
}

}  // namespace

void read_requirements(File& file, std::string_view text) {
    const auto scope = scope_of_group(file_name_of(file.path), Scope::runtime);
    for (const auto& line : logical_lines(text))
        if (!trimmed(line.text).empty()) add_requirement_line(file, line, scope);
    // Made by a program from another file: then it is the lock file of that.
    const auto head = text.substr(0, 1000);
    const bool is_compiled = head.find("autogenerated by pip-compile") != std::string_view::npos ||
                             head.find("uv pip compile") != std::string_view::npos;
    if (is_compiled && file.path.ends_with(".txt")) file.compiled_from = source_in(head, file_name_of(file.path));
    if (!is_compiled && file.is_manifest) return;
    for (const auto& request : file.requests)
        if (const auto version = pinned(request.range); request.range.starts_with("==") && !version.empty())
            file.locks.push_back({.name = request.name, .version = std::string(version), .scope = scope});
    if (!file.is_manifest) file.requests.clear();
}

// --- Pipenv ---

void read_pipfile(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    for (const auto& [name, line, table] : root.entries) {
        if (!table.is_table() || name == "requires" || name == "scripts" || name == "pipenv" || name == "source")
            continue;
        add_table(file, table, name == "packages" ? Scope::runtime : scope_of_group(name, Scope::optional));
    }
    for (const auto& script : root["scripts"].entries)
        if (script.value.is_scalar()) file.scripts.push_back({"script " + script.key, script.value.text});
}

void read_pipfile_lock(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.governs = {"Pipfile"};
    for (const auto& [section, line, packages] : root.entries) {
        if (section == "_meta") continue;
        const auto scope = section == "default" ? Scope::runtime : scope_of_group(section, Scope::optional);
        for (const auto& [name, at, package] : packages.entries) {
            Lock lock{.name = normal_name(pypi, name), .scope = scope};
            lock.version = pinned(package["version"].text);
            for (const auto* source : {"git", "url", "file"})
                if (package[source]) lock.source_url = without_credentials(package[source].text);
            if (lock.version.empty()) lock.version = package["ref"].text;
            if (!lock.version.empty()) file.locks.push_back(std::move(lock));
        }
    }
}

// --- Poetry, uv, PDM ---

namespace {

/// Packages that the groups of `package` say are not for running.
Scope scope_of_package(const Value& package) {
    if (package["category"].text == "dev") return Scope::development;
    const auto& groups = package["groups"].entries;
    const auto is_main = [](const Entry& group) { return group.value.text == "main" || group.value.text == "default"; };
    if (!groups.empty() && std::ranges::none_of(groups, is_main))
        return scope_of_group(groups.front().value.text, Scope::development);
    return package["optional"].is_true() ? Scope::optional : Scope::runtime;
}

/// Where a package comes from; nothing for what lies beside the lock file.
std::optional<std::string> source_of(const Value& package) {
    const auto& source = package["source"];
    for (const auto* here : {"virtual", "editable", "directory", "path"})
        if (source[here]) return std::nullopt;
    const auto& type = source["type"].text;  // Poetry
    if (type == "directory" || type == "file" || package["path"] || package["editable"].is_true()) return std::nullopt;
    if (type == "legacy") return std::string();  // another registry
    if (!type.empty()) return without_credentials(source["url"].text);
    for (const auto* there : {"git", "url"}) {
        if (source[there]) return without_credentials(source[there].text);
        if (package[there]) return without_credentials(package[there].text);
    }
    return std::string();
}

/// The folders of the members: `source = { editable = "packages/a" }`.
void note_member(File& file, const Value& package) {
    for (const auto* here : {"virtual", "editable"})
        if (const auto& path = package["source"][here]; path.is_scalar() && path.text != ".")
            file.members.push_back(path.text);
}

}  // namespace

void read_python_lock(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    file.governs = {"pyproject.toml"};
    for (const auto& entry : root["package"].entries) {
        const auto& package = entry.value;
        note_member(file, package);
        auto source = source_of(package);
        if (!source || package["version"].text.empty()) continue;
        file.locks.push_back({.name = normal_name(pypi, package["name"].text),
                              .version = package["version"].text,
                              .scope = scope_of_package(package),
                              .source_url = std::move(*source)});
    }
}

}  // namespace gsdb::codebase::packages
