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
    const auto package = name(file, file.flow->package);
    for (const auto& [name, node] : file.flow->exports)
        package_exports_[pair_of(package, file.names[name])].push_back({file.first_node + node, number});
    // Each package above is there, too: a path goes through it.
    std::string_view text = names_.text(package);
    while (packages_.insert(names_.id(text)).second) {
        const auto dot = text.rfind('.');
        if (dot == std::string_view::npos) break;
        text = text.substr(0, dot);
    }
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
        const auto own = loaded_[file].flow->package;
        if (count == 0 && own == flow::none) break;
        const auto id = count == 0 ? name(loaded_[file], own) : names_.id(package);
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
    if (flow.package != flow::none && connect(find_in_package(this->name(loaded_[file], flow.package), name, file)))
        return true;
    bool is_found = false;
    for (const auto& wildcard : flow.wildcards) {
        const auto module = this->name(loaded_[file], wildcard.module);
        if (packages_.contains(module) && connect(find_in_package(module, name, file))) return true;
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
