// C and C++: what a name means that another file defines.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"
#include "modules/codebase/link/paths.hpp"

namespace gsdb::codebase::link {

namespace {

constexpr std::string_view global_space = "c:";
constexpr std::string_view static_mark = "static:";
constexpr char type_mark = '#';

/// Files that others include, so that what is static in them is theirs, too.
bool is_header(std::string_view path) {
    const auto ending = path.substr(std::min(path.rfind('.'), path.size()));
    return ending.starts_with(".h") || ending == ".inc" || ending == ".inl" || ending == ".ipp" || ending == ".tpp" ||
           ending == ".def";
}

}  // namespace

/// All files see each other's names, as their headers declare them; namespaces are packages.
void Linker::load_c_names(std::uint32_t number) {
    const auto& file = loaded_[number];
    package_of_file_[number] = names_.id(global_space);
    for (const auto& [name, node] : file.flow->exports) {
        auto text = file.flow->names[name];
        if (text.starts_with(static_mark)) {
            if (!is_header(files_[number].path)) continue;
            text.remove_prefix(static_mark.size());
        }
        const auto cut = text.rfind("::");
        std::string space(global_space);
        if (cut != std::string_view::npos) {
            space += "::" + std::string(text.substr(0, cut));
            text = text.substr(cut + 2);
        }
        package_exports_[pair_of(names_.id(space), names_.id(std::string(text)))].push_back(
            {file.first_node + node, number});
        while (packages_.insert(names_.id(space)).second && space.rfind("::") != std::string::npos)
            space.resize(space.rfind("::"));
    }
}

/// From the namespace that the name is written in to the outermost, then what using directives bring.
void Linker::import_c_path(NodeId target, std::uint32_t file, std::string_view path, std::string_view space) {
    const auto parts = parts_of_path(path);
    if (parts.empty()) return;
    const auto key = [](std::string_view of) {
        return std::string(global_space) + (of.empty() ? "" : "::" + std::string(of));
    };
    for (auto at = space;;) {
        if (walk_c_path(target, file, key(at), parts)) return;
        if (at.empty()) break;
        at = at.substr(0, at.rfind("::") == std::string_view::npos ? 0 : at.rfind("::"));
    }
    for (const auto& wildcard : loaded_[file].flow->wildcards)
        if (walk_c_path(target, file, key(loaded_[file].flow->names[wildcard.module]), parts)) return;
    // Two names tell what of a library it is.
    const auto language = static_cast<std::uint32_t>(language_of_file(file));
    auto object = no_id;
    for (auto part : parts) {
        if (part.starts_with(type_mark)) part.remove_prefix(1);
        object = objects_.id({ObjectKind::external, object, names_.id(part), language});
        if (objects_[object].a != no_id && objects_[objects_[object].a].a != no_id) break;
    }
    graph_.add(target, object);
}

bool Linker::walk_c_path(NodeId target, std::uint32_t file, std::string module,
                         std::span<const std::string_view> parts) {
    for (; !parts.empty(); parts = parts.subspan(1)) {
        const std::string part(parts.front());
        const auto inner = module + "::" + part;
        if (parts.size() > 1 && packages_.contains(names_.id(inner))) {
            module = inner;
            continue;
        }
        auto nodes = find_in_package(names_.id(module), names_.id(part), file);
        // A class is a scope, too.
        if (parts.size() > 1 && nodes.empty())
            nodes = find_in_package(names_.id(module), names_.id(std::string(1, type_mark) + part), file);
        for (auto node : nodes) {
            for (auto rest : parts.subspan(1)) {
                if (rest.starts_with(type_mark)) rest.remove_prefix(1);
                node = attribute_of(node, names_.id(rest));
            }
            graph_.add_edge(node, target);
        }
        return !nodes.empty();
    }
    return false;
}

}  // namespace gsdb::codebase::link
