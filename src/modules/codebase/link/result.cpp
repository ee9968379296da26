// What the solved graph says of the calls.

#include <algorithm>
#include <array>

#include "modules/codebase/link/linker.hpp"
#include "modules/codebase/link/paths.hpp"
#include "modules/codebase/link/standard_names.hpp"

namespace gsdb::codebase::link {

using flow::CalleeForm;

namespace {

/// A call that may mean more than that many functions is not known.
constexpr std::ptrdiff_t callees_max = 15;

}  // namespace

std::string_view to_label(Method method) {
    static constexpr std::array<std::string_view, 6> labels{"scope",         "import",    "member", "inherited_member",
                                                            "inferred_type", "value_flow"};
    return labels[static_cast<std::size_t>(method)];
}

Links link(const std::vector<SourceFile>& files, const Manifests& manifests, const std::stop_token& stop) {
    return Linker(files, manifests, stop).run();
}

namespace {

template <class T>
void sort_each_once(std::vector<T>& items) {
    std::ranges::sort(items);
    const auto repeated = std::ranges::unique(items);
    items.erase(repeated.begin(), repeated.end());
}

/// The functions whose bodies the calls of a file stand in.
std::vector<flow::Index> callers_of(const flow::FileFlow& flow) {
    std::vector<flow::Index> callers(flow.calls.size(), 0);
    for (const auto& op : flow.ops)
        if (op.code == flow::OpCode::call) callers[op.a] = op.function;
    return callers;
}

}  // namespace

Links Linker::result() {
    Links links{.moves = graph_.moves()};
    sort_each_once(found_);
    sort_each_once(instantiated_);
    add_calls(links);
    add_instantiations(links);
    add_outside_calls(links);
    add_passes(links);
    add_uses(links);
    add_bases(links);
    add_imports(links);
    for (const auto* outside : outside_numbered_) links.outside.push_back(*outside);
    return links;
}

Definition Linker::definition_of(const FoundCall& found) const {
    const auto file = found.is_class ? file_of_class_[found.callee] : file_of_function_[found.callee];
    return {file, found.callee - (found.is_class ? loaded_[file].first_class : loaded_[file].first_function),
            found.is_class};
}

void Linker::add_calls(Links& links) {
    auto next = found_.begin();
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto callers = callers_of(*file.flow);
        for (flow::Index call = 0; call < file.flow->calls.size(); ++call) {
            const auto& written = file.flow->calls[call];
            const auto first = next;
            while (next != found_.end() && next->call == file.first_call + call) ++next;
            const bool has_body = std::any_of(first, next, [&](const FoundCall& one) { return !is_abstract(one); });
            if (next - first > callees_max) {
                links.unknown.push_back({number, call, Unknown::ambiguous});
                continue;
            }
            for (auto one = first; one != next; ++one) {
                if (has_body && is_abstract(*one)) continue;
                const auto callee = definition_of(*one);
                links.edges.push_back(
                    {number, call, callers[call], callee, method_of(number, written, callers[call], callee)});
            }
            if (next == first && written.kind != flow::CallKind::implied)
                links.unknown.push_back({number, call, reason_of(file, written)});
        }
    }
}

void Linker::add_instantiations(Links& links) const {
    auto next = instantiated_.begin();
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto callers = callers_of(*file.flow);
        while (next != instantiated_.end() && next->call < file.first_call + file.flow->calls.size()) {
            const auto call = next->call - file.first_call;
            const auto first = next;
            while (next != instantiated_.end() && next->call == first->call) ++next;
            if (next - first > callees_max) continue;
            for (auto one = first; one != next; ++one) {
                const auto class_ = definition_of(*one);
                links.instantiations.push_back({number, call, callers[call], class_,
                                                method_of(number, file.flow->calls[call], callers[call], class_)});
            }
        }
    }
}

// --- what lies outside ---

std::uint32_t Linker::outside_number(Outside outside) {
    const auto [found, is_new] = outside_.try_emplace(std::move(outside), static_cast<std::uint32_t>(outside_.size()));
    if (is_new) outside_numbered_.push_back(&found->first);
    return found->second;
}

namespace {

bool is_javascript_language(extract::Language language) {
    return language == extract::Language::javascript || language == extract::Language::typescript ||
           language == extract::Language::tsx;
}

/// `@scope/name` of `@scope/name/part`, `os` of `os.path`; the rest is the beginning of the name.
Outside outside_module(extract::Language language, std::string_view module) {
    const bool is_script = is_javascript_language(language);
    const char separator = is_script ? '/' : '.';
    auto end = module.find(separator, is_script && module.starts_with('@') ? module.find(separator) + 1 : 0);
    end = std::min(end, module.size());
    Outside outside{.language = is_script ? extract::Language::javascript : language};
    if (is_standard_module(language, module.substr(0, end))) {
        if (module.starts_with("node:")) module.remove_prefix(5);
        outside.name = module;
    } else {
        outside.package = module.substr(0, end);
        outside.name = end < module.size() ? module.substr(end + 1) : std::string_view();
    }
    std::ranges::replace(outside.name, '/', '.');
    return outside;
}

}  // namespace

std::uint32_t Linker::outside_of(ObjectId object) {
    const auto [known, is_new] = outside_of_object_.try_emplace(object, no_id);
    if (is_new) known->second = find_outside(object);
    return known->second;
}

/// The name that an external or built-in object begins with is that of a package or of the language; else it is only
/// missing.
bool Linker::is_outside(ObjectId object) const {
    auto root = objects_[object];
    while (root.a != no_id) root = objects_[root.a];
    const auto name = names_.text(root.b);
    if (root.kind == ObjectKind::external) return !name.starts_with('.') && !name.starts_with('/');
    return is_builtin_name(language_of(root), name);
}

extract::Language Linker::language_of(const Object& outside) {
    return static_cast<extract::Language>(outside.c);
}

/// The number of what an external or built-in object stands for; none for what is only missing.
std::uint32_t Linker::find_outside(ObjectId object) {
    if (!is_outside(object)) return no_id;
    const auto o = objects_[object];
    if (o.kind == ObjectKind::builtin) return outside_number({.language = language_of(o), .name = dotted(object)});
    auto root = object;
    std::string names;  // below the root
    bool is_result = false;
    for (; objects_[root].a != no_id; root = objects_[root].a) {
        is_result |= objects_[root].b == result_name_;
        names = "." + std::string(names_.text(objects_[root].b)) + names;
    }
    if (is_typed_language(language_of(o))) return no_id;
    auto outside = outside_module(language_of(o), names_.text(objects_[root].b));
    if (is_result) {
        if (outside.package.empty()) return no_id;
        return outside_number({.language = outside.language, .package = outside.package, .name = {}});
    }
    outside.name += names;
    if (outside.name.starts_with('.')) outside.name.erase(0, 1);
    return outside_number(std::move(outside));
}

/// Whether a call says the name of what was found. Of `get().text()` nothing is known but that `get` is of a package.
bool Linker::is_named(const Outside& outside, const flow::FileFlow& flow, const flow::Call& call) {
    if (call.form == CalleeForm::imported) return true;
    if (call.name == flow::none) return false;
    const std::string_view name = outside.name;
    return name.substr(name.rfind('.') + 1) == flow.names[call.name];
}

void Linker::add_outside_calls(Links& links) {
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto callers = callers_of(*file.flow);
        for (flow::Index call = 0; call < file.flow->calls.size(); ++call) {
            const auto& written = file.flow->calls[call];
            if (written.callee == flow::none || written.kind == flow::CallKind::implied) continue;
            for (const auto object : graph_.objects(file.first_node + written.callee)) {
                const auto kind = objects_[object].kind;
                if (kind != ObjectKind::external && kind != ObjectKind::builtin) continue;
                auto outside = outside_of(object);
                if (outside == no_id) continue;
                if (const auto& found = *outside_numbered_[outside]; !is_named(found, *file.flow, written)) {
                    if (found.package.empty()) continue;
                    outside = outside_number({.language = found.language, .package = found.package, .name = {}});
                }
                links.outside_calls.push_back({number, call, callers[call], outside});
            }
        }
    }
    sort_each_once(links.outside_calls);
}

/// The functions and classes at a node; none where they are too many to mean something.
std::vector<Definition> Linker::definitions_at(NodeId node) {
    constexpr std::size_t things_max = 3;
    std::vector<Definition> found;
    const auto things = graph_.objects(node);
    if (things.size() > things_max) return found;
    for (auto thing : things) {
        if (objects_[thing].kind == ObjectKind::bound) thing = objects_[thing].a;
        const auto target = target_of(thing);
        const bool is_class = target && target->kind == Target::Kind::class_;
        if (is_class || (target && target->kind == Target::Kind::function))
            found.push_back({target->file, target->index, is_class});
    }
    return found;
}

/// What is passed to callees that are not known.
void Linker::add_passes(Links& links) {
    auto next = links.unknown.begin();
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto callers = callers_of(*file.flow);
        for (; next != links.unknown.end() && next->file == number; ++next) {
            const auto& call = file.flow->calls[next->call];
            for (auto i = call.first_argument; i < call.first_argument + call.argument_count; ++i) {
                const auto value = file.flow->arguments[i].value;
                if (value == flow::none) continue;
                for (const auto& thing : definitions_at(file.first_node + value))
                    links.passes.push_back({number, next->call, callers[next->call], thing, Method::value_flow});
            }
        }
    }
    sort_each_once(links.passes);
}

void Linker::add_uses(Links& links) {
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto add = [&](const flow::Op& op, flow::Index node, NameUse::Kind kind) {
            if (node == flow::none) return;
            for (const auto& thing : definitions_at(file.first_node + node))
                if (kind == NameUse::Kind::pass || thing.is_class)
                    links.uses.push_back({number, op.function, kind, thing});
        };
        for (const auto& op : file.flow->ops) {
            if (op.code == flow::OpCode::load) add(op, op.a, NameUse::Kind::read);
            if (op.code == flow::OpCode::instance) add(op, op.a, NameUse::Kind::type_use);
            if (op.code == flow::OpCode::store || op.code == flow::OpCode::store_item)
                add(op, op.c, NameUse::Kind::pass);
        }
    }
    sort_each_once(links.uses);
}

// --- classes and imports ---

std::optional<Target> Linker::target_of(ObjectId object) {
    const auto o = objects_[object];
    switch (o.kind) {
        case ObjectKind::function:
            return Target{Target::Kind::function, file_of_function_[o.a],
                          o.a - loaded_[file_of_function_[o.a]].first_function};
        case ObjectKind::class_:
            return Target{Target::Kind::class_, file_of_class_[o.a], o.a - loaded_[file_of_class_[o.a]].first_class};
        case ObjectKind::module:
            if (modules_[o.a].file == no_id) return std::nullopt;
            return Target{Target::Kind::file, modules_[o.a].file, 0};
        case ObjectKind::external:
        case ObjectKind::builtin:
            if (const auto outside = outside_of(object); outside != no_id)
                return Target{Target::Kind::outside, outside, 0};
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

void Linker::add_bases(Links& links) {
    for (ClassId id = 0; id < file_of_class_.size(); ++id) {
        const auto number = file_of_class_[id];
        const auto& file = loaded_[number];
        const auto defined_in = file.first_function + class_(id).function;
        for (const auto base : bases(objects_.id({ObjectKind::class_, id, defined_in})))
            if (const auto target = target_of(base)) links.bases.push_back({number, id - file.first_class, *target});
    }
}

void Linker::add_import(Links& links, ImportEdge edge, std::string_view module) {
    const auto found = modules_.resolve(edge.file, module);
    if (found && modules_[*found].file != no_id)
        edge.target = {Target::Kind::file, modules_[*found].file, 0};
    else if (!found && !module.starts_with('.') && !module.starts_with('/'))
        edge.target = {Target::Kind::outside, outside_number(outside_module(loaded_[edge.file].flow->language, module)),
                       0};
    else
        return;
    links.imports.push_back(edge);
}

/// Of what is not in the files, the path tells the package and, where it ends with one, the class.
void Linker::add_typed_import(Links& links, ImportEdge edge, std::span<const ObjectId> things) {
    const bool is_inside =
        std::ranges::any_of(things, [&](ObjectId thing) { return !is_outside(objects_[thing].kind); });
    if (is_inside) return;
    const auto& flow = *loaded_[edge.file].flow;
    const auto path = flow.names[flow.imports[edge.import].module];
    if (path.ends_with("()")) return;
    Outside outside{.language = flow.language, .package = std::string(path), .name = {}};
    const auto dot = path.rfind('.');
    if (flow.imports[edge.import].kind == flow::ImportKind::path && dot != std::string_view::npos) {
        outside.package = path.substr(0, dot);
        outside.name = path.substr(dot + 1);
    }
    edge.target = {Target::Kind::outside, outside_number(std::move(outside)), 0};
    links.imports.push_back(edge);
}

void Linker::add_imports(Links& links) {
    /// An import that may bring more things than that has not been understood.
    constexpr std::size_t things_max = 3;
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        const auto& flow = *file.flow;
        for (flow::Index i = 0; i < flow.imports.size() && !is_typed(number); ++i)
            add_import(links, {.file = number, .import = i}, flow.names[flow.imports[i].module]);
        for (flow::Index i = 0; i < flow.wildcards.size() && !is_typed(number); ++i)
            add_import(links, {.file = number, .import = i, .is_wildcard = true}, flow.names[flow.wildcards[i].module]);
        for (const auto& op : flow.ops) {
            if (op.code != flow::OpCode::import || flow.imports[op.a].kind == flow::ImportKind::root) continue;
            const auto things = graph_.objects(file.first_node + op.target);
            if (things.size() > things_max) continue;
            if (is_typed(number)) add_typed_import(links, {.file = number, .import = op.a}, things);
            for (const auto thing : things)
                if (const auto target = target_of(thing); target && target->kind != Target::Kind::outside)
                    links.imports.push_back({.file = number, .import = op.a, .target = *target});
        }
    }
    sort_each_once(links.imports);
}

// --- how calls were found ---

/// What an interface asks for is called only where nothing is known of those that have it.
bool Linker::is_abstract(const FoundCall& call) const {
    return !call.is_class && is_typed(file_of(call.callee)) && function(call.callee).has(flow::FunctionFlag::abstract);
}

Method Linker::method_of(std::uint32_t file, const flow::Call& call, flow::Index caller,
                         const Definition& callee) const {
    const auto& in = *loaded_[callee.file].flow;
    // A constructor is found as its class is.
    const bool is_class = callee.is_class || in.functions[callee.index].has(flow::FunctionFlag::constructor);
    const auto owner = is_class ? flow::none : in.functions[callee.index].owner;
    switch (call.form) {
        case CalleeForm::definition:
            return callee.file == file ? Method::scope : Method::value_flow;
        case CalleeForm::imported:
            return callee.file != file ? Method::import : Method::value_flow;
        case CalleeForm::self_member: {
            auto f = caller;
            const auto& flow = *loaded_[file].flow;
            while (f != flow::none && flow.functions[f].owner == flow::none) f = flow.functions[f].parent;
            const bool is_own = f != flow::none && callee.file == file && flow.functions[f].owner == owner;
            return owner == flow::none ? Method::value_flow : is_own ? Method::member : Method::inherited_member;
        }
        case CalleeForm::member:
            return owner != flow::none   ? Method::inferred_type
                   : callee.file != file ? Method::import
                                         : Method::value_flow;
        default:
            return Method::value_flow;
    }
}

Unknown Linker::reason_of(const LoadedFile& file, const flow::Call& call) const {
    if (call.callee == flow::none) return file.flow->is_complete ? Unknown::dynamic : Unknown::parse_gap;
    auto reason = Unknown::not_found;
    for (const auto object : graph_.objects(file.first_node + call.callee)) {
        const auto o = objects_[object];
        if (o.kind == ObjectKind::external && is_outside(object)) return Unknown::external;
        if (o.kind == ObjectKind::builtin_method || (o.kind == ObjectKind::builtin && is_outside(object)))
            reason = Unknown::builtin;
    }
    return reason;
}

// --- names ---

std::string module_name(std::string_view path) {
    const auto whole = path;
    if (const auto dot = path.rfind('.');
        dot != std::string_view::npos && path.find('/', dot) == std::string_view::npos)
        path = path.substr(0, dot);
    if (path.ends_with(".d")) path.remove_suffix(2);
    if (whole.ends_with("/mod.rs")) path.remove_suffix(4);
    std::string name(path);
    std::ranges::replace(name, '/', '.');
    for (const std::string_view index : {"__init__", "index"}) {
        if (name.ends_with(std::string(".") + std::string(index))) name.resize(name.size() - index.size() - 1);
    }
    return name;
}

namespace {

/// What stands before the names that a file defines: its module, in Java and Go the package.
std::string scope_name(const SourceFile& file) {
    using extract::Language;
    if (file.flow.language != Language::java && file.flow.language != Language::go) return module_name(file.path);
    auto folder = folder_of(file.path);
    std::ranges::replace(folder, '/', '.');
    const bool is_at_root = folder.empty() && file.flow.language == Language::go;
    return is_at_root ? std::string(file.flow.names[file.flow.package]) : folder;
}

}  // namespace

std::string qualified_name(const SourceFile& file, const Definition& definition) {
    std::vector<std::string_view> names;
    auto class_ = definition.is_class ? definition.index : flow::none;
    auto function = definition.is_class ? flow::none : definition.index;
    while (class_ != flow::none || function != flow::none) {
        if (class_ != flow::none) {
            const auto& c = file.flow.classes[class_];
            names.push_back(file.flow.names[c.name]);
            class_ = c.outer_class;
            function = class_ == flow::none ? c.function : flow::none;
        } else {
            const auto& f = file.flow.functions[function];
            if (f.name != flow::none) names.push_back(file.flow.names[f.name]);
            if (f.class_name != flow::none) names.push_back(file.flow.names[f.class_name]);
            class_ = f.owner;
            function = class_ == flow::none ? f.parent : flow::none;
        }
    }
    const bool is_of_file = names.empty() && file.flow.language != extract::Language::go;
    auto whole = is_of_file ? module_name(file.path) : scope_name(file);
    for (auto i = names.size(); i-- > 0;) {
        if (!names[i].starts_with('[') && !whole.empty()) whole += '.';
        whole += names[i];
    }
    return whole;
}

}  // namespace gsdb::codebase::link
