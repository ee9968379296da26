#include "modules/codebase/link/module_paths.hpp"

#include <algorithm>
#include <ranges>
#include <tuple>

#include "modules/codebase/link/paths.hpp"

namespace gsdb::codebase::link {

namespace {

using extract::Language;

std::string_view last_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string joined(std::string_view folder, std::string_view name) {
    return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

std::string_view without_extension(std::string_view path) {
    const auto dot = path.rfind('.');
    const auto slash = path.rfind('/');
    const bool has_extension = dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash);
    return has_extension ? path.substr(0, dot) : path;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

ModulePaths::ModulePaths(const std::vector<std::string_view>& paths, const std::vector<Language>& languages,
                         Manifests manifests)
    : module_of_file_(paths.size(), no_id),
      paths_(paths.begin(), paths.end()),
      languages_(languages),
      manifests_(std::move(manifests)) {
    // The nearest configuration counts, and in it the longest pattern.
    std::ranges::sort(manifests_.aliases, [](const PathAlias& a, const PathAlias& b) {
        return std::tuple(b.folder.size(), b.pattern.size(), a.folder, a.pattern) <
               std::tuple(a.folder.size(), a.pattern.size(), b.folder, b.pattern);
    });
    std::ranges::sort(manifests_.packages, {}, &Package::folder);
    for (std::uint32_t file = 0; file < paths.size(); ++file) {
        files_.emplace(paths_[file], file);
        if (languages[file] == Language::python && last_part(paths[file]) == "__init__.py")
            packages_.insert(folder_of(paths[file]));
    }
    for (std::uint32_t file = 0; file < paths.size(); ++file) {
        if (languages[file] == Language::python)
            add_python(file, paths[file]);
        else
            module_of_file_[file] = add("/" + paths_[file], file);
    }
}

ModuleId ModulePaths::add(std::string path, std::uint32_t file) {
    const auto [found, is_new] = by_path_.try_emplace(path, static_cast<ModuleId>(modules_.size()));
    if (is_new) modules_.push_back({.path = std::move(path)});
    if (file != no_id) modules_[found->second].file = file;
    return found->second;
}

void ModulePaths::add_python(std::uint32_t file, std::string_view path) {
    const bool is_package = last_part(path) == "__init__.py";
    const auto module = is_package ? folder_of(path) : std::string(without_extension(path));
    module_of_file_[file] = add(module, file);
    if (module.empty()) return;
    // Every folder above may be imported from, and is a package for those who import it by its name.
    std::string inner = module;
    for (auto folder = folder_of(inner);; folder = folder_of(inner)) {
        auto& roots = roots_[std::string(last_part(inner))];
        if (std::ranges::find(roots, folder) == roots.end()) roots.push_back(folder);
        if (folder.empty()) break;
        add(folder, no_id);
        inner = folder;
    }
}

std::optional<ModuleId> ModulePaths::at(const std::string& path) const {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ModuleId> ModulePaths::submodule(ModuleId module, std::string_view name) const {
    if (modules_[module].path.starts_with('/')) return {};
    return at(joined(modules_[module].path, name));
}

std::optional<ModuleId> ModulePaths::resolve(std::uint32_t file, std::string_view text) const {
    return languages_[file] == Language::python ? python(file, text) : javascript(file, text);
}

std::optional<ModuleId> ModulePaths::resolve_root(std::uint32_t file, std::string_view text) const {
    const auto whole = python(file, text);
    if (!whole) return {};
    auto path = modules_[*whole].path;
    for (auto dots = std::ranges::count(text, '.'); dots > 0; --dots) path = folder_of(path);
    return at(path);
}

std::optional<ModuleId> ModulePaths::python_relative(std::uint32_t file, std::string_view text) const {
    auto folder = folder_of(paths_[file]);
    text.remove_prefix(1);
    for (; text.starts_with('.'); text.remove_prefix(1)) folder = folder_of(folder);
    std::string path = folder;
    for (const auto part : std::views::split(text, '.'))
        if (!part.empty()) path = joined(path, std::string_view(part.begin(), part.end()));
    return at(path);
}

/// Folders that hold a module or package `first`, the likeliest first: above the packages that the file is in;
/// elsewhere, where no package is around; last the file's own folder, which Python searches for scripts.
std::vector<std::string> ModulePaths::python_roots(std::uint32_t file, std::string_view first) const {
    const auto found = roots_.find(std::string(first));
    if (found == roots_.end()) return {};
    const auto own = folder_of(paths_[file]);
    auto above = own;
    while (!above.empty() && packages_.contains(above)) above = folder_of(above);
    const auto rank = [&](const std::string& root) {
        if (root == above) return 0;
        if (root == own) return 3;
        return packages_.contains(root) && !root.empty() ? 4 : root.empty() ? 1 : 2;
    };
    std::vector<std::string> roots;
    for (const auto& root : found->second)
        if (rank(root) < 4) roots.push_back(root);
    std::ranges::sort(roots, [&](const auto& a, const auto& b) {
        return std::tuple(rank(a), own.size() - common_prefix(a, own), a) <
               std::tuple(rank(b), own.size() - common_prefix(b, own), b);
    });
    return roots;
}

std::optional<ModuleId> ModulePaths::python(std::uint32_t file, std::string_view text) const {
    if (text.starts_with('.')) return python_relative(file, text);
    const auto first = text.substr(0, text.find('.'));
    std::string rest(text);
    std::ranges::replace(rest, '.', '/');
    for (const auto& root : python_roots(file, first))
        if (const auto module = at(joined(root, rest))) return module;
    return {};
}

std::optional<ModuleId> ModulePaths::javascript(std::uint32_t file, std::string_view text) const {
    if (text.starts_with('.')) return javascript_file(normalised(folder_of(paths_[file]) + "/" + std::string(text)));
    if (const auto found = javascript_alias(file, text)) return found;
    return javascript_package(text);
}

std::optional<ModuleId> ModulePaths::javascript_alias(std::uint32_t file, std::string_view text) const {
    for (const auto& alias : manifests_.aliases) {
        if (!alias.folder.empty() && !paths_[file].starts_with(alias.folder + "/")) continue;
        const std::string_view pattern = alias.pattern;
        const auto star = pattern.find('*');
        const auto before = pattern.substr(0, star);
        const auto after = star == std::string_view::npos ? std::string_view{} : pattern.substr(star + 1);
        const bool matches = star == std::string_view::npos ? text == pattern
                                                            : text.size() >= before.size() + after.size() &&
                                                                  text.starts_with(before) && text.ends_with(after);
        if (!matches) continue;
        const auto stands_for = text.substr(before.size(), text.size() - before.size() - after.size());
        for (auto target : alias.targets) {
            if (const auto place = target.find('*'); place != std::string::npos) target.replace(place, 1, stands_for);
            if (const auto found = javascript_file(normalised(target))) return found;
        }
    }
    return {};
}

std::optional<ModuleId> ModulePaths::javascript_package(std::string_view text) const {
    for (const auto& package : manifests_.packages) {
        if (!text.starts_with(package.name)) continue;
        const auto rest = text.substr(package.name.size());
        if (rest.empty()) {
            for (const auto& entry : package.entries)
                if (const auto found = javascript_file(normalised(package.folder + "/" + entry))) return found;
        } else if (rest.starts_with('/')) {
            for (const std::string_view folder : {"", "/src"})
                if (const auto found =
                        javascript_file(normalised(package.folder + std::string(folder) + std::string(rest))))
                    return found;
        }
    }
    return {};
}

std::optional<ModuleId> ModulePaths::javascript_file(std::string_view path) const {
    static constexpr std::string_view endings[] = {
        "",      ".ts",       ".tsx",       ".mts",      ".cts",       ".js",        ".jsx",       ".mjs",       ".cjs",
        ".d.ts", "/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs", "/index.cjs", "/index.d.ts"};
    const auto find = [&](std::string_view base) -> std::optional<ModuleId> {
        for (const auto ending : endings)
            if (const auto found = files_.find(std::string(base) + std::string(ending)); found != files_.end())
                return module_of_file_[found->second];
        return {};
    };
    if (const auto found = find(path)) return found;
    // TypeScript names its files as they will be called when they are compiled.
    const auto base = without_extension(path);
    return base.size() < path.size() ? find(base) : std::nullopt;
}

}  // namespace gsdb::codebase::link
