// Attributes, items and names: which nodes a read of an object gets its values from.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::FunctionFlag;
using flow::MemberKind;

namespace {

constexpr std::uint32_t wildcard_depth_max = 16;
/// Classes above a class that are looked at. No program that people write has so many.
constexpr std::uint32_t inheritance_depth_max = 100;

}  // namespace

// --- slots ---

NodeId Linker::own_slot(ObjectId object, NameId name) {
    const auto [found, is_new] = slots_.try_emplace(pair_of(object, name), no_id);
    if (!is_new) return found->second;
    const auto slot = graph_.add_node();
    found->second = slot;
    auto& extras = extras_[object];
    extras.slots.emplace_back(name, slot);
    if (extras.all_items != no_id && is_item(object, name)) graph_.add_edge(slot, extras.all_items);
    // Every read of an item may get what was stored under an unknown key.
    if (name == any_item_)
        for (const auto& [read, node] : extras.reads)
            if (is_item(object, read)) graph_.add_edge(slot, node);
    if (const auto read = reads_.find(pair_of(object, name)); read != reads_.end()) graph_.add_edge(slot, read->second);
    for (const auto to : std::vector(extras.merged_into)) graph_.add_edge(slot, own_slot(to, name));
    tell_readers(object, name, slot);
    return slot;
}

/// Objects that inherit from this one get what is stored in it, too.
void Linker::tell_readers(ObjectId object, NameId name, NodeId slot) {
    if (objects_[object].kind != ObjectKind::class_) return;
    const auto found = readers_.find(name);
    if (found == readers_.end()) return;
    for (const auto reader : std::vector(found->second)) {
        if (reader == object) continue;
        const auto from = chain_of(reader);
        if (std::ranges::find(from, object) != from.end()) bind(slot, reader, reads_.at(pair_of(reader, name)));
    }
}

/// Whether a slot may be asked for by a key that is not known. In JavaScript every attribute may, but those of an array
/// are mostly its methods.
bool Linker::is_item(ObjectId object, NameId name) const {
    const auto text = names_.text(name);
    if (text.starts_with('[')) return true;
    if (!is_javascript_object(object)) return false;
    if (!is_list(object)) return true;
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

NodeId Linker::all_items(ObjectId object) {
    if (const auto known = extras_[object].all_items; known != no_id) return known;
    const auto all = graph_.add_node();
    extras_[object].all_items = all;
    for (const auto& [name, slot] : std::vector(extras_[object].slots))
        if (is_item(object, name)) graph_.add_edge(slot, all);
    return all;
}

void Linker::store(ObjectId object, NameId name, NodeId value) {
    switch (objects_[object].kind) {
        case ObjectKind::literal:
        case ObjectKind::builtin_method:
            return;
        case ObjectKind::super:
            return store(objects_[object].a, name, value);
        case ObjectKind::package:
            for (const auto node : find_in_package(objects_[object].a, name, no_id)) graph_.add_edge(value, node);
            return;
        case ObjectKind::instance:
            // In Go nothing has a field and a method of one name: what came here is of another type.
            if (language_of(object) == extract::Language::go && has_method(objects_[object].a, name)) return;
            // In C what a pointer from elsewhere points to may be any of the structs that there are.
            if (const auto whole = summary_of(object);
                whole != object &&
                (language_of(object) == extract::Language::c || language_of(object) == extract::Language::cpp))
                graph_.add_edge(value, own_slot(whole, name));
            return graph_.add_edge(value, own_slot(object, name));
        default:
            return graph_.add_edge(value, own_slot(object, name));
    }
}

bool Linker::has_method(ObjectId class_object, NameId name) {
    return std::ranges::any_of(chain(class_object), [&](ObjectId each) {
        return objects_[each].kind == ObjectKind::class_ &&
               std::ranges::any_of(members_named(objects_[each].a, name), [&](const MemberEntry& member) {
                   return !functions_at(member_node(each, member)).empty();
               });
    });
}

NodeId Linker::read_node(ObjectId object, NameId name) {
    const auto [found, is_new] = reads_.try_emplace(pair_of(object, name), no_id);
    if (!is_new) return found->second;
    const auto read = graph_.add_node();
    found->second = read;
    if (const auto slot = slots_.find(pair_of(object, name)); slot != slots_.end()) graph_.add_edge(slot->second, read);
    if (is_container(object) || objects_[object].kind == ObjectKind::prototype)
        extras_[object].reads.emplace_back(name, read);
    if (is_container(object) && is_item(object, name)) {
        if (const auto any = slots_.find(pair_of(object, any_item_)); any != slots_.end())
            graph_.add_edge(any->second, read);
    }
    wire_read(object, name, read);
    return read;
}

/// Where the value of an attribute may be besides the object's own slot.
void Linker::wire_read(ObjectId object, NameId name, NodeId read) {
    const auto o = objects_[object];
    if (has_builtin_method(object, name)) graph_.add(read, objects_.id({ObjectKind::builtin_method, object, name}));
    if (!shadowed_.contains(pair_of(object, name)))
        for (const auto proto : std::vector(extras_of(object).protos)) graph_.add_edge(read_node(proto, name), read);
    switch (o.kind) {
        case ObjectKind::module:
            return import_name(read, o.a, name);
        case ObjectKind::class_:
        case ObjectKind::instance:
        case ObjectKind::super:
        case ObjectKind::prototype:
            return wire_members(object, name, read);
        case ObjectKind::package:
            for (const auto node : find_in_rust_module(o.a, name, no_id, 0)) graph_.add_edge(node, read);
            if (const auto inner = names_.id(std::string(names_.text(o.a)) + "::" + std::string(names_.text(name)));
                packages_.contains(inner))
                graph_.add(read, objects_.id({ObjectKind::package, inner}));
            return;
        case ObjectKind::reference:
            return wire_function(object, name, read);
        case ObjectKind::function:
            if (is_typed_object(object)) return wire_function(object, name, read);
            if (name == prototype_name_ && is_javascript_object(object))
                graph_.add(read, objects_.id({ObjectKind::prototype, object}));
            return;
        case ObjectKind::bound:
            if (is_typed_object(object)) return wire_function(object, name, read);
            return graph_.add_edge(read_node(o.a, name), read);
        case ObjectKind::external:
        case ObjectKind::builtin:
            return graph_.add(read, attribute_outside(object, name));
        default:
            return;
    }
}

/// `os.path.join`: three names tell what it is; `node = node.next` would make names without end.
ObjectId Linker::attribute_outside(ObjectId object, NameId name) {
    const auto& o = objects_[object];
    const bool is_long = o.a != no_id && objects_[o.a].a != no_id;
    if (is_long || o.b == result_name_) return object;
    return objects_.id({o.kind, object, name, o.c});
}

void Linker::wire_members(ObjectId object, NameId name, NodeId read) {
    const auto o = objects_[object];
    if (auto& readers = readers_[name]; readers.empty() || readers.back() != object) readers.push_back(object);
    if (o.kind == ObjectKind::instance && name == class_name_) graph_.add(read, o.a);
    if (o.kind == ObjectKind::class_ && name == prototype_name_ && is_javascript_object(object))
        graph_.add(read, objects_.id({ObjectKind::prototype, object}));
    // `this.constructor` is the class, not the function that the class calls so.
    if ((o.kind == ObjectKind::instance || o.kind == ObjectKind::prototype) && name == constructor_name_ &&
        is_javascript_object(object))
        return graph_.add(read, o.a);
    if (o.kind == ObjectKind::instance && is_javascript_object(o.a)) {
        // `F.prototype = ...` gives a function another prototype.
        if (objects_[o.a].kind == ObjectKind::function)
            return add_attribute_watch(read_node(o.a, prototype_name_), read, name);
        return graph_.add_edge(read_node(objects_.id({ObjectKind::prototype, o.a}), name), read);
    }
    if (is_typed_object(object)) return wire_typed_members(object, name, read);
    for (const auto from : chain_of(object)) {
        if (from != object && objects_[from].kind == ObjectKind::prototype) {
            if (!shadowed_.contains(pair_of(object, name))) graph_.add_edge(read_node(from, name), read);
            return;
        }
        if (objects_[from].kind == ObjectKind::external || objects_[from].kind == ObjectKind::builtin) {
            graph_.add_edge(read_node(from, name), read);
            continue;
        }
        if (from != object)
            if (const auto slot = slots_.find(pair_of(from, name)); slot != slots_.end())
                bind(slot->second, object, read);
        if (wire_static_member(from, name, object, read)) return;
    }
}

/// Several where a member has a getter and a setter, or is both of the class and of its instances.
std::span<const Linker::MemberEntry> Linker::members_named(ClassId of, NameId name) const {
    return std::ranges::equal_range(members_, pair_of(of, name), {}, &MemberEntry::key);
}

/// Whether the class has a member of that name: then the classes that it inherits from are not asked.
bool Linker::wire_static_member(ObjectId from, NameId name, ObjectId receiver, NodeId read) {
    const auto of_prototype = objects_[from].kind == ObjectKind::prototype;
    const auto class_object = of_prototype ? objects_[from].a : from;
    if (objects_[class_object].kind != ObjectKind::class_) return false;
    const auto id = objects_[class_object].a;
    bool is_found = false;
    for (const auto& member : members_named(id, name)) {
        if (member.kind == MemberKind::static_ && of_prototype) continue;
        if (member.kind == MemberKind::instance && !of_prototype) continue;
        bind(member_node(class_object, member), receiver, read);
        is_found = true;
    }
    return is_found;
}

void Linker::bind(NodeId member, ObjectId receiver, NodeId read) {
    graph_.add_watch(member, watch(Role::bind, read, receiver));
}

/// What reading a member gives: a method that knows its receiver, what a getter returns, or the thing itself.
void Linker::bind_member(NodeId read, ObjectId receiver, ObjectId member) {
    const auto o = objects_[member];
    if (o.kind != ObjectKind::function) return graph_.add(read, member);
    const auto& f = function(o.a);
    const auto actual = objects_[receiver].kind == ObjectKind::super ? objects_[receiver].a : receiver;
    const bool is_of_instance =
        objects_[actual].kind == ObjectKind::instance || objects_[actual].kind == ObjectKind::external;
    if (f.has(FunctionFlag::getter)) {
        const auto frame = frame_of_closure(o.a, o.b);
        const auto& file = loaded(frame);
        if (f.receiver != flow::none && is_of_instance) graph_.add(node(frame, file, f.receiver), actual);
        return graph_.add_edge(node(frame, file, f.result), read);
    }
    if (f.has(FunctionFlag::setter)) return;
    if (is_javascript(file_of(o.a)) || f.has(FunctionFlag::static_)) return graph_.add(read, member);
    if (f.has(FunctionFlag::class_method)) {
        const auto of_class = objects_[actual].kind == ObjectKind::instance ? objects_[actual].a : actual;
        return graph_.add(read, objects_.id({ObjectKind::bound, member, of_class}));
    }
    // `T::method` is called with its receiver: see references.cpp.
    if (!is_of_instance && f.receiver != flow::none && language_of(member) == extract::Language::rust) return;
    graph_.add(read, is_of_instance ? objects_.id({ObjectKind::bound, member, actual}) : member);
}

// --- inheritance ---

void Linker::load_members() {
    members_.clear();
    for (const auto& file : loaded_) {
        for (ClassId i = 0; i < file.flow->classes.size(); ++i) {
            const auto& c = file.flow->classes[i];
            for (auto m = c.first_member; m < c.first_member + c.member_count; ++m) {
                const auto& member = file.flow->members[m];
                members_.push_back(
                    {pair_of(file.first_class + i, file.names[member.name]), member.node, member.kind, no_id});
            }
        }
    }
    sort_members();
    fields_.clear();
    for (const auto& member : members_) {
        const auto id = static_cast<ClassId>(member.key >> 32U);
        const auto number = file_of_class_[id];
        if (is_typed(number)) fields_.emplace(loaded_[number].first_node + member.node, member.key);
    }
}

void Linker::sort_members() {
    std::ranges::sort(members_, {}, [](const MemberEntry& m) { return std::tuple(m.key, m.file, m.node); });
}

/// What the solver has found the bases of a class to be.
std::vector<ObjectId> Linker::bases(ObjectId class_object) const {
    std::vector<ObjectId> all;
    const auto& o = objects_[class_object];
    const auto& file = loaded_[file_of_class_[o.a]];
    const auto& c = class_(o.a);
    std::vector<NodeId> nodes;
    for (auto i = c.first_base; i < c.first_base + c.base_count; ++i)
        nodes.push_back(node(o.b, file, file.flow->bases[i]));
    if (const auto added = added_bases_.find(class_object); added != added_bases_.end())
        nodes.insert(nodes.end(), added->second.begin(), added->second.end());
    for (const auto base_node : nodes) {
        const auto found = graph_.objects(base_node);
        std::vector<ObjectId> sorted(found.begin(), found.end());
        std::ranges::sort(sorted, {},
                          [&](ObjectId id) { return std::tuple(objects_[id].kind, objects_[id].a, objects_[id].b); });
        for (const auto base : sorted) {
            const auto kind = objects_[base].kind;
            if (kind == ObjectKind::class_ || kind == ObjectKind::function || kind == ObjectKind::external ||
                kind == ObjectKind::builtin)
                if (base != class_object && std::ranges::find(all, base) == all.end()) all.push_back(base);
        }
    }
    return all;
}

/// The order in which a class and those that it inherits from are asked: C3 (Barrett et al. 1996, as in Python), or
/// where that has no answer the order in which they are met.
const std::vector<ObjectId>& Linker::chain(ObjectId class_object) {
    if (const auto found = chains_.find(class_object); found != chains_.end()) return found->second;
    chains_[class_object] = {class_object};  // inheritance in a circle ends here
    if (chain_depth_ == inheritance_depth_max) return chains_[class_object];
    ++chain_depth_;
    std::vector<std::vector<ObjectId>> sequences;
    std::vector<ObjectId> direct;
    if (const auto known = hierarchy_.find(class_object); known != hierarchy_.end())
        direct = known->second;
    else if (objects_[class_object].kind == ObjectKind::class_ && hierarchy_is_frozen_)
        direct = hierarchy_[class_object] = bases(class_object);  // of a class that a call made
    std::vector<ObjectId> order{class_object};
    if (direct.size() == 1) {
        const auto& above = chain(direct.front());
        for (const auto one : above)
            if (one != class_object) order.push_back(one);
    } else {
        for (const auto base : direct) sequences.push_back(chain(base));
        sequences.push_back(direct);
        merge_chains(sequences, order);
    }
    --chain_depth_;
    return chains_[class_object] = std::move(order);
}

void Linker::merge_chains(std::vector<std::vector<ObjectId>>& sequences, std::vector<ObjectId>& order) {
    for (;;) {
        std::erase_if(sequences, [](const auto& s) { return s.empty(); });
        if (sequences.empty()) return;
        const auto is_later = [&](ObjectId candidate) {
            return std::ranges::any_of(sequences, [&](const auto& s) {
                return std::ranges::find(s.begin() + 1, s.end(), candidate) != s.end();
            });
        };
        auto next = sequences.front().front();
        for (const auto& s : sequences)
            if (!is_later(s.front())) {
                next = s.front();
                break;
            }
        if (std::ranges::find(order, next) == order.end()) order.push_back(next);
        for (auto& s : sequences) std::erase(s, next);
    }
}

/// Whose members a read of the object may get, itself first where it is a class or prototype.
std::vector<ObjectId> Linker::chain_of(ObjectId object) {
    const auto o = objects_[object];
    switch (o.kind) {
        case ObjectKind::class_:
            return chain(object);
        case ObjectKind::instance:
            return chain(o.a);
        case ObjectKind::prototype:
            return prototypes(chain(o.a));
        case ObjectKind::super:
            return chain_after(o);
        default:
            return {};
    }
}

/// JavaScript: instances get members from the prototypes of the classes.
std::vector<ObjectId> Linker::prototypes(std::vector<ObjectId> classes) {
    for (auto& c : classes)
        if (objects_[c].kind == ObjectKind::class_ || objects_[c].kind == ObjectKind::function)
            c = objects_.id({ObjectKind::prototype, c});
    return classes;
}

/// What `super` means: the classes after its own, in the order of the receiver's class.
std::vector<ObjectId> Linker::chain_after(const Object& super) {
    const auto receiver = objects_[super.a];
    const bool is_instance = receiver.kind == ObjectKind::instance || receiver.kind == ObjectKind::prototype;
    auto order = chain(is_instance ? receiver.a : super.a);
    auto own = std::ranges::find(order, super.b);
    if (own == order.end()) {
        order = chain(super.b);
        own = order.begin();
    }
    std::vector<ObjectId> after(own + 1, order.end());
    return is_instance && is_javascript_object(super.b) ? prototypes(after) : after;
}

ObjectId Linker::super_of(ObjectId receiver, ClassId of, FrameId frame) {
    const auto& file = loaded_[file_of_class_[of]];
    const auto defined_in = file.first_function + class_(of).function;
    auto made_in = frame;
    while (made_in != no_id && frames_[made_in].function != defined_in) made_in = frames_[made_in].parent;
    const auto class_object = objects_.id({ObjectKind::class_, of, made_in == no_id ? defined_in : made_in});
    return objects_.id({ObjectKind::super, receiver, class_object});
}

/// The instance that stands for all of its class.
ObjectId Linker::summary_of(ObjectId object) {
    const auto o = objects_[object];
    return o.kind == ObjectKind::instance && o.b != no_id ? objects_.id({ObjectKind::instance, o.a}) : object;
}

/// The node of a member, as the class has it that was made there.
NodeId Linker::member_node(ObjectId class_object, const MemberEntry& member) const {
    if (member.file != no_id) return loaded_[member.file].first_node + member.node;
    return node(objects_[class_object].b, loaded_[file_of_class_[objects_[class_object].a]], member.node);
}

/// The language whose rules an object follows. What lies outside has no prototypes, and is taken for Python.
extract::Language Linker::language_of(ObjectId object) const {
    using extract::Language;
    const auto& o = objects_[object];
    switch (o.kind) {
        case ObjectKind::function:
            return language_of_file(file_of(o.a));
        case ObjectKind::class_:
            return language_of_file(file_of_class_[o.a]);
        case ObjectKind::container:
        case ObjectKind::made_container:
            return language_of_file(file_of(frames_[o.b].function));
        case ObjectKind::module:
            return modules_[o.a].file == no_id ? Language::python : language_of_file(modules_[o.a].file);
        case ObjectKind::builtin:
            return static_cast<Language>(o.c);
        case ObjectKind::external:
        case ObjectKind::package:
            return Language::python;
        case ObjectKind::literal:
            return Language::javascript;
        default:
            return language_of(o.a);
    }
}

/// Object.assign, dict.update: what is in one object now and later is in the other, too.
void Linker::merge(ObjectId to, ObjectId from) {
    if (to == from) return;
    auto& extras = extras_[from];
    if (std::ranges::find(extras.merged_into, to) != extras.merged_into.end()) return;
    extras.merged_into.push_back(to);
    for (const auto& [name, slot] : std::vector(extras.slots)) graph_.add_edge(slot, own_slot(to, name));
    const auto o = objects_[from];
    if (o.kind != ObjectKind::prototype || objects_[o.a].kind != ObjectKind::class_) return;
    const auto id = objects_[o.a].a;
    for (auto m = std::ranges::lower_bound(members_, pair_of(id, 0), {}, &MemberEntry::key);
         m != members_.end() && m->key >> 32U == id; ++m)
        if (m->kind == MemberKind::instance)
            graph_.add_edge(member_node(o.a, *m), own_slot(to, static_cast<NameId>(m->key)));
}

/// Of functions and classes the instances are meant.
void Linker::set_prototype_of(ObjectId object, ObjectId prototype) {
    const auto is_class = [&](ObjectId id) {
        return objects_[id].kind == ObjectKind::function || objects_[id].kind == ObjectKind::class_;
    };
    if (!is_class(object) || !is_class(prototype)) return set_prototype(object, prototype);
    set_prototype(objects_.id({ObjectKind::prototype, object}), objects_.id({ObjectKind::prototype, prototype}));
}

void Linker::set_prototype(ObjectId object, ObjectId prototype) {
    if (object == prototype) return;
    auto& extras = extras_[object];
    if (std::ranges::find(extras.protos, prototype) != extras.protos.end()) return;
    extras.protos.push_back(prototype);
    for (const auto& [name, node] : std::vector(extras.reads))
        if (!shadowed_.contains(pair_of(object, name))) graph_.add_edge(read_node(prototype, name), node);
}

const Linker::Extras& Linker::extras_of(ObjectId object) const {
    static const Extras nothing;
    const auto found = extras_.find(object);
    return found == extras_.end() ? nothing : found->second;
}

// --- iteration ---

void Linker::elements(NodeId target, ObjectId object) {
    if (is_list(object)) graph_.add_edge(all_items(object), target);
}

// --- modules ---

/// The node of a name that a module defines, passes on or takes from a wildcard import; no_id where there is none.
NodeId Linker::find_export(ModuleId module, NameId name, std::uint32_t depth) const {
    const auto file = modules_[module].file;
    if (file == no_id || depth > wildcard_depth_max) return no_id;
    if (const auto found = exports_.find(pair_of(file, name)); found != exports_.end()) return found->second;
    for (const auto& wildcard : loaded_[file].flow->wildcards) {
        const auto from = modules_.resolve(file, loaded_[file].flow->names[wildcard.module]);
        if (!from || *from == module) continue;
        if (const auto node = find_export(*from, name, depth + 1); node != no_id) return node;
    }
    return no_id;
}

void Linker::import_name(NodeId target, ModuleId module, NameId name) {
    const auto node = find_export(module, name, 0);
    if (node != no_id) graph_.add_edge(node, target);
    if (const auto inner = modules_.submodule(module, names_.text(name)); inner && node == no_id)
        graph_.add(target, objects_.id({ObjectKind::module, *inner}));
    const auto file = modules_[module].file;
    if (file == no_id) return;
    // CommonJS: the names of the module are the attributes of what it exports.
    if (const auto exports = loaded_[file].flow->commonjs_exports; exports != flow::none) {
        if (name == default_name_) graph_.add_edge(loaded_[file].first_node + exports, target);
        graph_.add_watch(loaded_[file].first_node + exports, watch(Role::attribute, target, name));
    }
}

void Linker::import(NodeId target, std::uint32_t file, const flow::Import& import) {
    const auto& loaded = loaded_[file];
    const auto text = loaded.flow->names[import.module];
    if (language_of_file(file) == extract::Language::rust) return import_rust_path(target, file, text);
    if (is_c(file) && import.kind == flow::ImportKind::path)
        return import_c_path(target, file, text, loaded.flow->names[import.name]);
    if (is_c(file)) return graph_.add(target, objects_.id({ObjectKind::package, package_of_file_[file]}));
    if (import.kind == flow::ImportKind::path) return import_path(target, file, text);
    if (language_of_file(file) == extract::Language::go) return import_go_package(target, file, text);
    const bool is_root = import.kind == flow::ImportKind::root;
    const auto module = is_root ? modules_.resolve_root(file, text) : modules_.resolve(file, text);
    if (!module) return import_external(target, file, import);
    const auto whole = objects_.id({ObjectKind::module, *module});
    switch (import.kind) {
        case flow::ImportKind::module:
        case flow::ImportKind::root:
            return graph_.add(target, whole);
        case flow::ImportKind::name:
            return graph_.add_edge(read_node(whole, loaded.names[import.name]), target);
        case flow::ImportKind::default_:
            return graph_.add_edge(read_node(whole, default_name_), target);
        case flow::ImportKind::path:
            return;
        case flow::ImportKind::commonjs: {
            const auto of = modules_[*module].file;
            const auto exports = of == no_id ? flow::none : loaded_[of].flow->commonjs_exports;
            if (exports != flow::none) graph_.add_edge(loaded_[of].first_node + exports, target);
            return graph_.add(target, whole);
        }
    }
}

void Linker::import_external(NodeId target, std::uint32_t file, const flow::Import& import) {
    const auto text = loaded_[file].flow->names[import.module];
    const auto first = import.kind == flow::ImportKind::root ? text.substr(0, text.find('.')) : text;
    const auto module = objects_.id(
        {ObjectKind::external, no_id, names_.id(first), static_cast<std::uint32_t>(language_of_file(file))});
    if (import.kind == flow::ImportKind::name)
        return graph_.add_edge(read_node(module, loaded_[file].names[import.name]), target);
    graph_.add(target, module);
}

/// A name that the file itself does not define.
void Linker::global(NodeId target, std::uint32_t file, NameId name) {
    const auto builtin =
        objects_.id({ObjectKind::builtin, no_id, name, static_cast<std::uint32_t>(language_of_file(file))});
    if (is_typed(file)) {
        if (!import_from_package(target, file, name)) graph_.add(target, builtin);
        return;
    }
    for (const auto& wildcard : loaded_[file].flow->wildcards) {
        if (wildcard.is_export_only) continue;
        const auto from = modules_.resolve(file, loaded_[file].flow->names[wildcard.module]);
        if (!from) continue;
        if (const auto node = find_export(*from, name, 0); node != no_id) return graph_.add_edge(node, target);
    }
    graph_.add(target, builtin);
}

}  // namespace gsdb::codebase::link
