// Rust: which module a file is, and what paths mean.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"
#include "modules/codebase/link/paths.hpp"

namespace gsdb::codebase::link {

namespace {

constexpr std::uint32_t wildcard_depth_max = 8;

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

}  // namespace

void Linker::find_rust_roots() {
    for (std::uint32_t file = 0; file < loaded_.size(); ++file) {
        if (language_of_file(file) != extract::Language::rust) continue;
        const auto name = file_name(files_[file].path);
        if (name == "main.rs" || name == "lib.rs") rust_roots_.insert(folder_of(files_[file].path));
    }
    for (const auto& crate : rust_manifests_) {
        const auto beside = folder_of(crate.folder);
        const bool is_root = rust_roots_.contains(crate.folder);
        rust_crates_.try_emplace(crate.name, is_root || !rust_roots_.contains(beside) ? crate.folder : beside);
    }
}

/// The folder of the root module of the crate that a file is of: the nearest above with a main.rs or lib.rs.
std::string Linker::rust_root(std::uint32_t file) const {
    const auto own = folder_of(files_[file].path);
    for (auto folder = own;; folder = folder_of(folder)) {
        if (rust_roots_.contains(folder)) return folder;
        if (folder.empty()) return own;
    }
}

/// `rust:src::a::b` of src/a/b.rs or src/a/b/mod.rs.
std::string Linker::rust_module(std::uint32_t file) const {
    const auto root = rust_root(file);
    std::string_view path = files_[file].path;
    path.remove_prefix(root.empty() ? 0 : root.size() + 1);
    path = path.substr(0, path.rfind('.'));
    std::string module = "rust:" + root;
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        const bool is_last = end == std::string_view::npos;
        const bool is_folder = is_last && (part == "mod" || part == "main" || part == "lib");
        if (!is_folder) module += "::" + std::string(part);
        path = is_last ? std::string_view{} : path.substr(end + 1);
    }
    return module;
}

/// What a module defines or brings in, by wildcards as well.
std::vector<NodeId> Linker::find_in_rust_module(NameId module, NameId name, std::uint32_t asking, std::uint32_t depth) {
    auto nodes = find_in_package(module, name, asking);
    const auto files = files_of_module_.find(module);
    if (!nodes.empty() || depth > wildcard_depth_max || files == files_of_module_.end()) return nodes;
    for (const auto file : files->second)
        for (const auto& wildcard : loaded_[file].flow->wildcards) {
            const auto at = rust_wildcard(file, loaded_[file].flow->names[wildcard.module]);
            nodes.push_back(attribute_of(at, name));
        }
    return nodes;
}

/// The node of the module or enum whose names a wildcard brings.
NodeId Linker::rust_wildcard(std::uint32_t file, std::string_view path) {
    const auto [found, is_new] = rust_wildcards_.try_emplace(pair_of(file, names_.id(std::string(path))), no_id);
    if (is_new) {
        const auto node = graph_.add_node();
        rust_wildcards_[pair_of(file, names_.id(std::string(path)))] = node;
        import_rust_path(node, file, path);
        return node;
    }
    return found->second;
}

bool Linker::import_by_rust_wildcards(NodeId target, std::uint32_t file, NameId name) {
    for (const auto& wildcard : loaded_[file].flow->wildcards)
        add_attribute_watch(rust_wildcard(file, loaded_[file].flow->names[wildcard.module]), target, name);
    return !loaded_[file].flow->wildcards.empty();
}

void Linker::import_rust_path(NodeId target, std::uint32_t file, std::string_view text) {
    const auto all = parts_of_path(text);
    std::span<const std::string_view> parts(all);
    if (parts.empty()) return;
    auto module = rust_module(file);
    const auto own = module;
    if (parts.front() == "crate") {
        module = "rust:" + rust_root(file);
        parts = parts.subspan(1);
    } else if (parts.front() == "self" || parts.front() == "super") {
        while (!parts.empty() && (parts.front() == "self" || parts.front() == "super")) {
            const auto cut = module.rfind("::");
            if (parts.front() == "super" && cut != std::string::npos) module.resize(cut);
            parts = parts.subspan(1);
        }
    } else {
        const auto first = names_.id(std::string(parts.front()));
        const bool is_here = packages_.contains(names_.id(module + "::" + std::string(parts.front()))) ||
                             !find_in_package(names_.id(module), first, file).empty();
        if (const auto crate = rust_crates_.find(std::string(parts.front())); !is_here && crate != rust_crates_.end()) {
            module = "rust:" + crate->second;
            parts = parts.subspan(1);
        } else if (!is_here) {
            const auto at_root = "rust:" + rust_root(file);
            if (packages_.contains(names_.id(at_root + "::" + std::string(parts.front()))) && parts.size() > 1)
                module = at_root;
            else
                return import_outside(target, file, all);
        }
    }
    walk_rust_path(target, file, module, parts);
}

void Linker::walk_rust_path(NodeId target, std::uint32_t file, std::string module,
                            std::span<const std::string_view> parts) {
    for (; !parts.empty(); parts = parts.subspan(1)) {
        const auto inner = names_.id(module + "::" + std::string(parts.front()));
        const bool is_module = packages_.contains(inner);
        if (!is_module || parts.size() == 1) {
            for (auto node : find_in_rust_module(names_.id(module), names_.id(std::string(parts.front())), file, 0)) {
                for (const auto rest : parts.subspan(1)) node = attribute_of(node, names_.id(std::string(rest)));
                graph_.add_edge(node, target);
            }
            if (!is_module) return;
        }
        module += "::" + std::string(parts.front());
    }
    graph_.add(target, objects_.id({ObjectKind::package, names_.id(module)}));
}

}  // namespace gsdb::codebase::link
