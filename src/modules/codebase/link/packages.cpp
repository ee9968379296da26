// Packages: files that see each other's names, and what paths through them mean.

#include <algorithm>
#include <cctype>

#include "modules/codebase/link/linker.hpp"
#include "modules/codebase/link/paths.hpp"

namespace gsdb::codebase::link {

namespace {

std::size_t common_prefix(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

/// The parts of `a.b.C`.
std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto dot = path.find('.');
        parts.push_back(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return parts;
}

}  // namespace

void Linker::load_package(std::uint32_t number) {
    const auto& file = loaded_[number];
    if (file.flow->package == flow::none) return;
    if (is_c(number)) return load_c_names(number);
    const auto package = package_key(number);
    package_of_file_[number] = package;
    files_of_module_[package].push_back(number);
    for (const auto& [name, node] : file.flow->exports) {
        // Modules within a file are packages, too.
        const auto text = file.flow->names[name];
        const auto cut = text.rfind("::");
        const bool is_inner = cut != std::string_view::npos && language_of_file(number) == extract::Language::rust;
        const auto in =
            is_inner ? names_.id(std::string(names_.text(package)) + "::" + std::string(text.substr(0, cut))) : package;
        const auto last = is_inner ? names_.id(std::string(text.substr(cut + 2))) : file.names[name];
        package_exports_[pair_of(in, last)].push_back({file.first_node + node, number});
        if (is_inner && packages_.insert(in).second) files_of_module_[in].push_back(number);
    }
    if (language_of_file(number) == extract::Language::rust) {
        std::string above(names_.text(package));
        for (auto cut = above.size(); cut != std::string::npos; cut = above.rfind("::")) {
            above.resize(cut);
            packages_.insert(names_.id(above));
        }
        return;
    }
    if (language_of_file(number) == extract::Language::go) {
        // Commands and tests are packages that nobody imports.
        const auto name = file.flow->names[file.flow->package];
        if (name.ends_with("_test")) return;
        const auto folder = folder_of(files_[number].path);
        if (const auto [known, is_new] = go_folders_.try_emplace(folder, package); !is_new && name != "main")
            known->second = package;
        return;
    }
    // Each package above is there, too: a path goes through it.
    std::string_view text = names_.text(package);
    while (packages_.insert(names_.id(text)).second) {
        const auto dot = text.rfind('.');
        if (dot == std::string_view::npos) break;
        text = text.substr(0, dot);
    }
}

/// Files of one key see each other's names: Java's packages go by their names, Go's by their folders.
NameId Linker::package_key(std::uint32_t number) {
    const auto& file = loaded_[number];
    const auto package = file.flow->names[file.flow->package];
    if (language_of_file(number) == extract::Language::java) return name(file, file.flow->package);
    if (language_of_file(number) == extract::Language::rust) return names_.id(rust_module(number));
    return names_.id(std::string(to_label(language_of_file(number))) + ":" + folder_of(files_[number].path) + ":" +
                     std::string(package));
}

/// The package that an import of Go means; no_id where it is not of this codebase.
NameId Linker::go_package(std::uint32_t file, std::string_view path) const {
    const auto at = [&](const std::string& folder) {
        const auto found = go_folders_.find(folder);
        return found == go_folders_.end() ? no_id : found->second;
    };
    const auto joined = [](const std::string& folder, std::string_view rest) {
        if (rest.starts_with('/')) rest.remove_prefix(1);
        return folder.empty() || rest.empty() ? folder + std::string(rest) : folder + "/" + std::string(rest);
    };
    if (path.starts_with('.')) return at(normalised(folder_of(files_[file].path) + "/" + std::string(path)));
    for (const auto& module : go_modules_) {
        if (!path.starts_with(module.path)) continue;
        const auto rest = path.substr(module.path.size());
        if (rest.empty() || rest.starts_with('/')) return at(joined(module.folder, rest));
    }
    if (!go_modules_.empty()) return no_id;
    // Without go.mod the end of the path tells the folder.
    for (auto rest = path;;) {
        if (const auto found = at(std::string(rest)); found != no_id) return found;
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos) return no_id;
        rest = rest.substr(slash + 1);
    }
}

void Linker::import_go_package(NodeId target, std::uint32_t file, std::string_view path) {
    if (const auto package = go_package(file, path); package != no_id)
        return graph_.add(target, objects_.id({ObjectKind::package, package}));
    const auto last = path.substr(path.rfind('/') + 1);
    graph_.add(target, objects_.id({ObjectKind::external, no_id, names_.id(last),
                                    static_cast<std::uint32_t>(language_of_file(file))}));
}

/// Where several files of a package define a name, as in a folder with several programs, the nearest ones are meant.
std::vector<NodeId> Linker::find_in_package(NameId package, NameId name, std::uint32_t asking) const {
    const auto found = package_exports_.find(pair_of(package, name));
    if (found == package_exports_.end()) return {};
    std::size_t nearest = 0;
    std::vector<NodeId> nodes;
    if (asking == no_id) asking = found->second.front().file;
    for (const auto& entry : found->second) {
        const auto near = entry.file == asking
                              ? std::string::npos
                              : common_prefix(folder_of(files_[entry.file].path), folder_of(files_[asking].path));
        if (near > nearest) nodes.clear();
        nearest = std::max(nearest, near);
        if (near == nearest) nodes.push_back(entry.node);
    }
    return nodes;
}

NodeId Linker::attribute_of(NodeId of, NameId name) {
    const auto node = graph_.add_node();
    add_attribute_watch(of, node, name);
    return node;
}

/// `a.b.C.d`: the longest package that there is, then what is in it.
void Linker::import_path(NodeId target, std::uint32_t file, std::string_view text) {
    const auto parts = parts_of(text);
    for (auto count = parts.size(); count-- > 0;) {
        std::string package;
        for (std::size_t i = 0; i < count; ++i) package += (i == 0 ? "" : ".") + std::string(parts[i]);
        const auto id = count == 0 ? package_of_file_[file] : names_.id(package);
        if (!packages_.contains(id)) continue;
        const auto nodes = find_in_package(id, names_.id(parts[count]), file);
        if (nodes.empty()) continue;
        for (auto node : nodes) {
            for (auto i = count + 1; i < parts.size(); ++i) node = attribute_of(node, names_.id(parts[i]));
            graph_.add_edge(node, target);
        }
        return;
    }
    import_outside(target, file, parts);
}

/// What is not of this codebase goes by the name of its class, which the conventions of the language tell.
void Linker::import_outside(NodeId target, std::uint32_t file, const std::vector<std::string_view>& parts) {
    auto first = std::ranges::find_if(
        parts, [](std::string_view part) { return std::isupper(static_cast<unsigned char>(part.front())) != 0; });
    if (first == parts.end()) first = parts.end() - (parts.empty() ? 0 : 1);
    if (first == parts.end()) return;
    const auto language = static_cast<std::uint32_t>(language_of_file(file));
    auto object = objects_.id({ObjectKind::external, no_id, names_.id(*first), language});
    if (++first != parts.end()) object = objects_.id({ObjectKind::external, object, names_.id(*first), language});
    graph_.add(target, object);
}

/// A name that a file of a typed language does not define: another file of its package does, or a wildcard import.
bool Linker::import_from_package(NodeId target, std::uint32_t file, NameId name) {
    const auto& flow = *loaded_[file].flow;
    const auto connect = [&](const std::vector<NodeId>& nodes) {
        for (const auto node : nodes) graph_.add_edge(node, target);
        return !nodes.empty();
    };
    if (package_of_file_[file] != no_id && connect(find_in_package(package_of_file_[file], name, file))) return true;
    if (language_of_file(file) == extract::Language::rust) return import_by_rust_wildcards(target, file, name);
    bool is_found = false;
    for (const auto& wildcard : flow.wildcards) {
        const auto module = language_of_file(file) == extract::Language::go
                                ? go_package(file, flow.names[wildcard.module])
                                : this->name(loaded_[file], wildcard.module);
        if (module == no_id) continue;
        if (connect(find_in_package(module, name, file))) return true;
        is_found |= import_from_class(target, file, module, name);
    }
    return is_found && !is_upper(names_.text(name));
}

bool Linker::is_upper(std::string_view name) {
    return !name.empty() && std::isupper(static_cast<unsigned char>(name.front())) != 0;
}

/// `import static a.b.C.*`: the members of a class.
bool Linker::import_from_class(NodeId target, std::uint32_t file, NameId path, NameId name) {
    const auto text = names_.text(path);
    const auto dot = text.rfind('.');
    if (dot == std::string_view::npos) return false;
    const auto package = names_.id(std::string(text.substr(0, dot)));
    const auto class_name = names_.id(std::string(text.substr(dot + 1)));
    const auto nodes = find_in_package(package, class_name, file);
    for (const auto node : nodes) add_attribute_watch(node, target, name);
    return !nodes.empty();
}

}  // namespace gsdb::codebase::link
