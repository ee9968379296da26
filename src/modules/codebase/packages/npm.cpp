// package.json, package-lock.json, yarn.lock, pnpm-lock.yaml.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

struct Section {
    std::string_view name;
    Scope scope;
};
constexpr std::array sections{Section{"dependencies", Scope::runtime}, Section{"devDependencies", Scope::development},
                              Section{"optionalDependencies", Scope::optional},
                              Section{"peerDependencies", Scope::peer}};

bool begins_with_one_of(std::string_view text, std::initializer_list<std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

/// `name` and `range` of `name@range`; a scope's own @ stands at the beginning.
std::pair<std::string_view, std::string_view> split_at(std::string_view descriptor) {
    const auto at = descriptor.find('@', 1);
    if (at == std::string_view::npos) return {descriptor, {}};
    return {descriptor.substr(0, at), descriptor.substr(at + 1)};
}

/// Where a version comes from when not from a registry: what npm takes instead of a range
/// (https://docs.npmjs.com/cli/v10/configuring-npm/package-json#dependencies).
bool is_source(std::string_view range) {
    if (begins_with_one_of(range, {"git", "http:", "https:", "ssh:", "bitbucket:", "gist:"})) return true;
    // `user/repository`, short for one on GitHub.
    const auto slash = range.find('/');
    return slash != std::string_view::npos && slash > 0 && range[0] != '@' && range[0] != '.' && range[0] != '~';
}

bool is_local(std::string_view range) {
    return begins_with_one_of(range, {"file:", "link:", "portal:", "workspace:", "./", "../", "/", "~/"});
}

Request request_of(std::string_view name, std::string_view range, Scope scope) {
    Request request{.name = std::string(name), .scope = scope};
    if (range.starts_with("npm:")) {
        range.remove_prefix(4);
        const auto [real, version] = split_at(range);
        if (version.empty() && !real.starts_with('@') && !real.empty() && real[0] >= '0' && real[0] <= '9') {
            request.range = real;  // npm:1.2.3
            return request;
        }
        if (real != name) request.import_name = name;
        request.name = real;
        request.range = version;
    } else if (is_local(range)) {
        request.is_local = true;
    } else if (range.starts_with("catalog:")) {
        request.is_inherited = true;
        request.condition = range.substr(8);  // the catalogue's name, until it is looked up
    } else if (is_source(range)) {
        request.source_url = without_credentials(range);
    } else {
        request.range = range;
    }
    return request;
}

std::string licence_of(const Value& package) {
    const auto& licence = package["license"];
    if (licence.is_scalar()) return licence.text;
    return licence["type"].text;
}

/// All texts below, with the key at the top that they are under.
void collect_settings(const Value& value, std::string_view key, std::vector<Script>& out) {
    if (value.is_scalar() && value.is_text) out.push_back({fmt::format("setting {}", key), value.text});
    for (const auto& entry : value.entries) {
        if (!entry.key.empty()) out.push_back({fmt::format("setting {}", key), entry.key});
        collect_settings(entry.value, key, out);
    }
}

/// Where tools are named: scripts, and the settings of tools.
void read_scripts(File& file, const Value& root) {
    static constexpr std::array tools{"babel",   "eslintConfig", "prettier",  "jest",         "lint-staged",
                                      "husky",   "stylelint",    "postcss",   "browserslist", "commitlint",
                                      "release", "ava",          "nyc",       "mocha",        "xo",
                                      "wireit",  "renovate",     "size-limit"};
    for (const auto& script : root["scripts"].entries)
        if (script.value.is_scalar()) file.scripts.push_back({"script " + script.key, script.value.text});
    for (const auto* tool : tools) collect_settings(root[tool], tool, file.scripts);
}

void add_members(File& file, const Value& workspaces) {
    const auto& list = workspaces.is_table() ? workspaces["packages"] : workspaces;
    for (const auto& entry : list.entries)
        if (entry.value.is_scalar()) file.members.push_back(entry.value.text);
}

bool is_npm_registry(std::string_view url) {
    return begins_with_one_of(url, {"https://registry.npmjs.org/", "http://registry.npmjs.org/",
                                    "https://registry.yarnpkg.com/", "https://registry.npmmirror.com/"});
}

Scope scope_of_lock(const Value& entry) {
    if (entry["dev"].is_true() || entry["devOptional"].is_true()) return Scope::development;
    if (entry["optional"].is_true()) return Scope::optional;
    return entry["peer"].is_true() ? Scope::peer : Scope::runtime;
}

/// An entry of package-lock.json that is installed at `place/node_modules/name`.
void add_npm_lock(File& file, std::string_view place, std::string_view name, const Value& entry) {
    Lock lock{.name = std::string(name), .version = entry["version"].text, .scope = scope_of_lock(entry)};
    if (const auto& real = entry["name"]; real.is_scalar() && real.text != name)
        lock.name = real.text, lock.import_name = name;
    if (lock.version.starts_with("npm:")) {  // lockfileVersion 1: "npm:real@1.2.3"
        const auto [real, version] = split_at(std::string_view(lock.version).substr(4));
        lock.name = real, lock.import_name = name, lock.version = std::string(version);
    }
    if (is_local(lock.version) || entry["link"].is_true()) return;
    if (is_source(lock.version)) lock.source_url = without_credentials(lock.version);
    const auto& resolved = entry["resolved"].text;
    if (lock.source_url.empty() && !resolved.empty() && !is_npm_registry(resolved) && !is_local(resolved))
        lock.source_url = without_credentials(resolved);
    if (lock.version.empty() || is_source(lock.version)) {
        const auto revision = lock.source_url.rfind('#');
        lock.version = revision == std::string::npos ? "" : lock.source_url.substr(revision + 1);
    }
    if (lock.version.empty()) return;
    lock.licence = licence_of(entry);
    lock.place = place;
    if (const auto& bin = entry["bin"]; bin.is_table())
        for (const auto& command : bin.entries) lock.commands.push_back(command.key);
    else if (bin.is_scalar())
        lock.commands.emplace_back(file_name_of(name));
    file.locks.push_back(std::move(lock));
}

constexpr std::string_view modules_folder = "node_modules/";

/// lockfileVersion 2 and 3: one table of all places.
void read_places(File& file, const Value& packages) {
    for (const auto& [key, line, entry] : packages.entries) {
        const auto modules = key.rfind(modules_folder);
        if (modules == std::string::npos) {
            if (!key.empty()) file.members.push_back(key);
            continue;
        }
        std::string_view place(key.data(), modules);
        if (place.ends_with('/')) place.remove_suffix(1);
        add_npm_lock(file, place, std::string_view(key).substr(modules + modules_folder.size()), entry);
    }
}

/// lockfileVersion 1: dependencies in dependencies.
void read_nested(File& file, const Value& dependencies, const std::string& place) {
    for (const auto& [name, line, entry] : dependencies.entries) {
        add_npm_lock(file, place, name, entry);
        read_nested(file, entry["dependencies"],
                    (place.empty() ? "" : place + "/") + std::string(modules_folder) + name);
    }
}

}  // namespace

void read_package_json(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.name = root["name"].text;
    file.version = root["version"].text;
    file.licence = licence_of(root);
    std::set<std::string_view> optional;
    for (const auto& entry : root["optionalDependencies"].entries) optional.insert(entry.key);
    for (const auto& section : sections) {
        for (const auto& [name, line, range] : root[section.name].entries) {
            if (section.scope == Scope::runtime && optional.contains(name)) continue;  // npm overrides it
            if (name.empty() || !range.is_scalar()) {
                add_problem(file, line, fmt::format("{} of {} is no range of versions", name, section.name));
                continue;
            }
            auto request = request_of(name, trimmed(range.text), section.scope);
            request.line = line;
            file.requests.push_back(std::move(request));
        }
    }
    read_scripts(file, root);
    add_members(file, root["workspaces"]);
}

void read_package_lock(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.governs = {"package.json"};
    file.locks_by = Locks::by_folder;
    if (root["packages"].is_table())
        read_places(file, root["packages"]);
    else
        read_nested(file, root["dependencies"], "");
}

// --- yarn ---

namespace {

std::string_view unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

/// `a@^1, "b@npm:c@^2"`.
std::vector<std::string> descriptors_of(std::string_view header) {
    std::vector<std::string> descriptors;
    while (!header.empty()) {
        const auto end = std::min(header.find(", "), header.size());
        descriptors.emplace_back(unquoted(header.substr(0, end)));
        header.remove_prefix(std::min(end + 2, header.size()));
    }
    return descriptors;
}

/// The package that the descriptors mean, and the ranges as package.json has them.
Lock lock_of_descriptors(const std::vector<std::string>& descriptors) {
    Lock lock;
    for (const auto& descriptor : descriptors) {
        const auto [name, range] = split_at(descriptor);
        lock.name = name;
        if (!range.starts_with("npm:")) {
            lock.requests.push_back(descriptor);
            continue;
        }
        const auto [real, version] = split_at(range.substr(4));
        const bool is_alias = !version.empty();
        if (is_alias) lock.name = real, lock.import_name = name;
        lock.requests.push_back(is_alias ? descriptor : fmt::format("{}@{}", name, range.substr(4)));
    }
    return lock;
}

void read_classic_yarn(File& file, std::string_view text) {
    std::optional<Lock> lock;
    const auto finish = [&] {
        if (lock && !lock->version.empty()) file.locks.push_back(std::move(*lock));
        lock.reset();
    };
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (!line.starts_with(' ')) {
            finish();
            if (line.ends_with(':'))
                lock = lock_of_descriptors(descriptors_of(line.substr(0, line.size() - 1)));
            else
                add_problem(file, number, "neither an entry nor a comment");
        } else if (lock && line.starts_with("  version ")) {
            lock->version = unquoted(line.substr(10));
        } else if (lock && line.starts_with("  resolved ")) {
            const auto url = unquoted(line.substr(11));
            if (!is_npm_registry(url)) lock->source_url = without_credentials(url);
        }
    }
    finish();
}

void read_berry(File& file, const Value& root) {
    for (const auto& [key, line, entry] : root.entries) {
        if (key == "__metadata" || entry["linkType"].text == "soft") continue;
        auto lock = lock_of_descriptors(descriptors_of(key));
        lock.version = entry["version"].text;
        const auto [name, reference] = split_at(entry["resolution"].text);
        if (is_source(reference)) lock.source_url = without_credentials(reference);
        for (const auto& command : entry["bin"].entries) lock.commands.push_back(command.key);
        if (lock.version.empty() || reference.starts_with("patch:")) continue;  // what is patched has its own entry
        file.locks.push_back(std::move(lock));
    }
}

}  // namespace

void read_yarn_lock(File& file, std::string_view text) {
    file.governs = {"package.json"};
    file.locks_by = Locks::by_request;
    if (text.find("\n__metadata:") == std::string_view::npos && !text.starts_with("__metadata:"))
        read_classic_yarn(file, text);
    else
        read_berry(file, take(file, read_yaml(text)));
}

// --- pnpm ---

namespace {

/// A version without the peers that it was resolved with: `1.0.0(react@18)`, `1.0.0_react@18`.
std::string_view without_peers(std::string_view version) {
    return version.substr(0, version.find_first_of("(_"));
}

/// `/name/1.0.0_peers`, `/name@1.0.0(peers)`, `name@1.0.0(peers)`; nothing for what is no package of a registry.
std::pair<std::string_view, std::string_view> split_pnpm_key(std::string_view key) {
    key = key.substr(0, key.find('('));
    if (key.starts_with('/')) key.remove_prefix(1);
    const auto scope = key.starts_with('@') ? key.find('/') + 1 : 0;
    const auto separator = key.find_first_of("@/", scope == 0 ? 1 : scope);
    if (separator == std::string_view::npos) return {};
    return {key.substr(0, separator), without_peers(key.substr(separator + 1))};
}

bool is_version(std::string_view text) {
    return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

void add_importer(File& file, std::string_view place, const Value& importer) {
    for (const auto& section : sections) {
        for (const auto& [name, line, entry] : importer[section.name].entries) {
            const std::string_view version = entry.is_scalar() ? entry.text : entry["version"].text;
            Lock lock{.name = name, .scope = section.scope, .place = std::string(place)};
            if (is_local(version)) continue;
            if (is_version(version)) {
                lock.version = without_peers(version);
            } else {
                const auto [real, number] = split_pnpm_key(version);
                if (!is_version(number)) continue;  // from Git or a file: among the packages
                if (real != name) lock.import_name = name;
                lock.name = real, lock.version = number;
            }
            file.locks.push_back(std::move(lock));
        }
    }
}

}  // namespace

void read_pnpm_lock(File& file, std::string_view text) {
    const auto root = take(file, read_yaml(text));
    file.governs = {"package.json"};
    file.locks_by = Locks::by_member;
    if (const auto& importers = root["importers"]; importers.is_table()) {
        for (const auto& [path, line, importer] : importers.entries) {
            const auto place = path == "." ? std::string() : path;
            if (!place.empty()) file.members.push_back(place);
            add_importer(file, place, importer);
        }
    } else {
        add_importer(file, "", root);
    }
    for (const auto& [key, line, package] : root["packages"].entries) {
        auto [name, version] = split_pnpm_key(key);
        Lock lock{.name = package["name"].is_scalar() ? package["name"].text : std::string(name),
                  .version = package["version"].is_scalar() ? package["version"].text : std::string(version),
                  .scope = package["dev"].is_true() ? Scope::development : Scope::runtime,
                  .place = "*"};
        if (const auto& tarball = package["resolution"]["tarball"].text; !tarball.empty() && !is_npm_registry(tarball))
            lock.source_url = without_credentials(tarball);
        if (const auto& repository = package["resolution"]["repo"].text; !repository.empty())
            lock.source_url = without_credentials(repository);
        if (!lock.name.empty() && is_version(lock.version)) file.locks.push_back(std::move(lock));
    }
}

void read_pnpm_workspace(File& file, std::string_view text) {
    const auto root = take(file, read_yaml(text));
    for (const auto& entry : root["packages"].entries) file.members.push_back(entry.value.text);
    const auto offer = [&](const std::string& catalogue, const Value& versions) {
        for (const auto& [name, line, range] : versions.entries)
            file.offers.push_back({.name = name, .line = line, .range = range.text, .condition = catalogue});
    };
    offer("", root["catalog"]);
    for (const auto& [name, line, versions] : root["catalogs"].entries) offer(name == "default" ? "" : name, versions);
}

}  // namespace gsdb::codebase::packages
