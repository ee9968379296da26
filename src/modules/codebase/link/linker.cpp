#include "modules/codebase/link/linker.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace gsdb::codebase::link {

using flow::OpCode;

namespace {

/// How far calls are followed with what they pass, and how large a function may be for that.
constexpr std::uint32_t followed_depth_max = 2;
constexpr std::uint32_t followed_ops_max = 80;
constexpr std::uint32_t followed_inner_ops_max = 30;
/// How many frames a function may have.
constexpr std::uint32_t frames_max = 200;

std::vector<std::string_view> paths_of(const std::vector<SourceFile>& files) {
    std::vector<std::string_view> paths;
    for (const auto& file : files) paths.push_back(file.path);
    return paths;
}

std::vector<extract::Language> languages_of(const std::vector<SourceFile>& files) {
    std::vector<extract::Language> languages;
    for (const auto& file : files) languages.push_back(file.flow.language);
    return languages;
}

/// Ops that say what there is, before anything is called.
bool is_definition(OpCode code) {
    switch (code) {
        case OpCode::copy:
        case OpCode::function:
        case OpCode::class_:
        case OpCode::literal:
        case OpCode::import:
        case OpCode::global:
        case OpCode::load:
            return true;
        default:
            return false;
    }
}

}  // namespace

Linker::Linker(const std::vector<SourceFile>& files, const Manifests& manifests, std::stop_token stop)
    : files_(files),
      stop_(std::move(stop)),
      modules_(paths_of(files), languages_of(files), manifests),
      go_modules_(manifests.go_modules),
      rust_manifests_(manifests.rust_crates) {
    // The longest path that fits is meant.
    std::ranges::sort(go_modules_, [](const GoModule& a, const GoModule& b) {
        return std::tuple(b.path.size(), a.folder) < std::tuple(a.path.size(), b.folder);
    });
}

Links Linker::run() {
    load();
    constexpr std::uint32_t rounds_max = 3;
    std::uint32_t rounds = 0;
    do {
        solve();
        ++rounds;
    } while (!hierarchy_holds() && rounds < rounds_max);
    auto links = result();
    links.rounds = rounds;
    return links;
}

void Linker::load() {
    OpId ops = 0;
    NodeId nodes = 0;
    CallId calls = 0;
    for (std::uint32_t number = 0; number < files_.size(); ++number) {
        const auto& flow = files_[number].flow;
        LoadedFile file{.flow = &flow,
                        .first_node = nodes,
                        .first_function = static_cast<FunctionId>(file_of_function_.size()),
                        .first_class = static_cast<ClassId>(file_of_class_.size()),
                        .first_call = calls,
                        .first_op = ops};
        for (const auto text : flow.names) file.names.push_back(names_.id(text));
        file.frame_sizes.resize(flow.functions.size());
        for (const auto owner : flow.node_functions) file.place_in_frame.push_back(file.frame_sizes[owner]++);
        ops += static_cast<OpId>(flow.ops.size());
        nodes += static_cast<NodeId>(flow.node_functions.size());
        calls += static_cast<CallId>(flow.calls.size());
        file_of_function_.resize(file_of_function_.size() + flow.functions.size(), number);
        file_of_class_.resize(file_of_class_.size() + flow.classes.size(), number);
        for (const auto& [name, node] : flow.exports)
            exports_.emplace(pair_of(number, file.names[name]), file.first_node + node);
        loaded_.push_back(std::move(file));
    }
    file_nodes_ = nodes;
    init_name_ = names_.id("__init__");
    constructor_name_ = names_.id("constructor");
    typed_init_name_ = names_.id("<init>");
    call_name_ = names_.id("__call__");
    prototype_name_ = names_.id("prototype");
    default_name_ = names_.id("default");
    class_name_ = names_.id("__class__");
    value_name_ = names_.id("value");
    any_item_ = names_.id("[");
    result_name_ = names_.id("()");
    package_of_file_.assign(loaded_.size(), no_id);
    find_rust_roots();
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) load_package(number);
    for (FunctionId id = 0; id < file_of_function_.size(); ++id) {
        const auto& f = function(id);
        if (f.owner == flow::none || f.has(flow::FunctionFlag::abstract) || f.has(flow::FunctionFlag::static_))
            continue;
        const auto& file = loaded_[file_of(id)];
        if (is_typed(file_of(id)) && file.flow->classes[f.owner].has(flow::ClassFlag::interface_))
            default_methods_[member_name(id)].push_back(id);
    }
}

void Linker::run_graph() {
    graph_.run([&](Watch watch, ObjectId object) { notify(watch, object); },
               [&] {
                   if (stop_.stop_requested()) throw Stopped();
               });
}

void Linker::solve() {
    graph_ = Graph(objects_.groups());
    slots_.clear(), reads_.clear(), extras_.clear(), readers_.clear(), chains_.clear(), closures_.clear();
    call_frames_.clear(), bound_.clear(), found_.clear(), instantiated_.clear(), call_backs_.clear(),
        keyed_ops_.clear(), frames_.clear(), pairs_.clear(), typed_ops_.clear(), added_bases_.clear(),
        added_to_.clear(), made_classes_.clear(), constructions_.clear(), assumed_.clear(), implements_.clear(),
        rust_wildcards_.clear();
    load_members();
    frame_counts_.assign(file_of_function_.size(), 0);
    graph_.add_nodes(file_nodes_);
    for (FunctionId f = 0; f < file_of_function_.size(); ++f)
        frames_.push_back({.function = f, .parent = parent_frame(f)});
    const auto all = [&](bool definitions) {
        for (FrameId frame = 0; frame < file_of_function_.size(); ++frame) add_ops(frame, definitions);
        run_graph();
    };
    hierarchy_is_frozen_ = false;
    std::erase_if(hierarchy_, [&](const auto& known) { return !is_class_of_file(known.first); });
    all(true);
    take_additions();
    freeze_hierarchy();
    run_graph();
    index_subclasses();
    seed_receivers();
    all(false);
    while (extend_hierarchy()) run_graph();
    open_unknown_keys();
    for (const bool only_sources : {true, false}) assume_declared(only_sources);
    open_unknown_keys();
    call_back_by_convention();
    ask_subclasses();
    open_unknown_keys();
}

/// A key that nothing is known of may be any: decided when all that can be known is known.
void Linker::open_unknown_keys() {
    while (!keyed_ops_.empty()) {
        const auto ops = std::exchange(keyed_ops_, {});
        bool has_opened = false;
        for (const auto& [id, frame] : ops) {
            const auto& file = loaded(frame);
            const auto& op = file.flow->ops[id - file.first_op];
            const auto key = node(frame, file, op.b);
            const bool is_known = std::ranges::any_of(
                graph_.objects(key), [&](ObjectId o) { return objects_[o].kind == ObjectKind::literal; });
            if (is_known) continue;
            const auto object = node(frame, file, op.a);
            const auto role = op.code == OpCode::load_item ? Role::any_item : Role::store_any_item;
            graph_.add_watch(object, watch(role, id, frame));
            has_opened = true;
        }
        if (!has_opened) return;
        run_graph();
    }
}

/// Calls by a name, in the functions themselves, of something that nothing has come to. Solves on with what `visit`
/// adds.
template <class Visit>
void Linker::for_each_unanswered_call(Visit visit) {
    for (FrameId frame = 0; frame < file_of_function_.size(); ++frame) {
        const auto& file = loaded(frame);
        const auto& f = function(frame);
        for (auto i = f.first_op; i < f.first_op + f.op_count; ++i) {
            const auto& op = file.flow->ops[i];
            if (op.code != OpCode::call) continue;
            const auto& call = file.flow->calls[op.a];
            if (call.name == flow::none) continue;
            const auto callee = node(frame, file, call.callee);
            if (callee == no_id || graph_.objects(callee).empty()) visit(frame, file, call, file.first_op + i);
        }
    }
    run_graph();
}

/// `self.step()` where the class has no step: the method is run by instances of the classes below that have one.
void Linker::ask_subclasses() {
    std::unordered_map<ObjectId, std::vector<ObjectId>> below;
    for (ObjectId id = 0; id < objects_.size(); ++id)
        if (is_class_of_file(id))
            for (const auto above : chain(id))
                if (above != id) below[above].push_back(id);
    for_each_unanswered_call([&](FrameId frame, const LoadedFile& file, const flow::Call& call, OpId) {
        const auto& f = function(frame);
        if (f.owner == flow::none || f.receiver == flow::none || f.has(flow::FunctionFlag::static_)) return;
        if (is_typed(file_of(frame))) return;
        if (call.form != flow::CalleeForm::self_member || call.callee == flow::none) return;
        const auto defined_in = file.first_function + file.flow->classes[f.owner].function;
        const auto found = below.find(objects_.id({ObjectKind::class_, file.first_class + f.owner, defined_in}));
        if (found == below.end()) return;
        for (const auto subclass : found->second)
            if (!members_named(objects_[subclass].a, file.names[call.name]).empty())
                graph_.add(file.first_node + f.receiver, objects_.id({ObjectKind::instance, subclass}));
    });
}

/// `unknown.map(f)`: JavaScript's collections and promises have the same methods everywhere.
void Linker::call_back_by_convention() {
    for_each_unanswered_call([&](FrameId frame, const LoadedFile& file, const flow::Call& call, OpId op) {
        if (is_typed(file_of(frame))) return call_back_typed(site(op, frame));
        if (!is_javascript(file_of(frame)) || !calls_back_by_convention(file.flow->names[call.name])) return;
        const auto at = site(op, frame);
        for (std::size_t i = 0; i < call.argument_count; ++i) call_back(at, argument(at, i), {});
    });
}

FrameId Linker::parent_frame(FunctionId id) const {
    const auto parent = function(id).parent;
    return parent == flow::none ? no_id : loaded_[file_of(id)].first_function + parent;
}

const flow::Function& Linker::function(FunctionId id) const {
    const auto& file = loaded_[file_of(id)];
    return file.flow->functions[id - file.first_function];
}

const flow::Class& Linker::class_(ClassId id) const {
    const auto& file = loaded_[file_of_class_[id]];
    return file.flow->classes[id - file.first_class];
}

/// The node of a frame, or of the frames of the functions around it.
NodeId Linker::node(FrameId frame, const LoadedFile& file, flow::Index index) const {
    if (index == flow::none) return no_id;
    const auto owner = file.first_function + file.flow->node_functions[index];
    for (auto f = frame; f != no_id; f = frames_[f].parent) {
        if (frames_[f].function != owner) continue;
        return frames_[f].first_node == no_id ? file.first_node + index
                                              : frames_[f].first_node + file.place_in_frame[index];
    }
    return file.first_node + index;
}

FrameId Linker::add_frame(const Frame& frame) {
    auto with_nodes = frame;
    const auto& file = loaded_[file_of(frame.function)];
    with_nodes.first_node = graph_.add_nodes(file.frame_sizes[frame.function - file.first_function]);
    frames_.push_back(with_nodes);
    const auto id = static_cast<FrameId>(frames_.size() - 1);
    add_ops(id, true);
    add_ops(id, false);
    return id;
}

/// The frame of a function that was made in `parent`, whoever calls it.
FrameId Linker::frame_of_closure(FunctionId function, FrameId parent) {
    if (parent == no_id || parent < file_of_function_.size()) return function;
    const auto [found, is_new] = closures_.try_emplace(pair_of(function, parent), no_id);
    if (!is_new) return found->second;
    const auto id = add_frame({.function = function, .parent = parent, .depth = frames_[parent].depth});
    return closures_[pair_of(function, parent)] = id;
}

bool Linker::is_followed(FunctionId id, const Site& site) const {
    const auto& caller = frames_[site.frame];
    const bool runs_once = this->runs_once(caller.function);
    if (!runs_once && caller.first_node == no_id) return false;
    if (caller.depth >= followed_depth_max) return false;
    if (function(id).op_count > (runs_once ? followed_ops_max : followed_inner_ops_max)) return false;
    for (auto f = site.frame; f != no_id; f = frames_[f].caller)
        if (frames_[f].function == id) return false;
    return true;
}

FrameId Linker::frame_of_call(FunctionId function, FrameId parent, const Site& site) {
    if (!is_followed(function, site)) return frame_of_closure(function, parent);
    const CallKey key{function, parent, site.call_id, site.frame};
    if (const auto found = call_frames_.find(key); found != call_frames_.end()) return found->second;
    if (++frame_counts_[function] > frames_max) return frame_of_closure(function, parent);
    const auto id = static_cast<FrameId>(frames_.size());
    call_frames_.emplace(key, id);
    add_frame({.function = function, .parent = parent, .caller = site.frame, .depth = frames_[site.frame].depth + 1});
    return id;
}

void Linker::add_ops(FrameId frame, bool definitions) {
    const auto id = frames_[frame].function;
    const auto& file = loaded_[file_of(id)];
    const auto& f = function(id);
    for (auto i = f.first_op; i < f.first_op + f.op_count; ++i)
        if (is_definition(file.flow->ops[i].code) == definitions)
            add_op(file.first_op + i, file.flow->ops[i], frame, file);
}

void Linker::add_op(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file) {
    const auto at = [&](flow::Index index) { return node(frame, file, index); };
    const auto number = file_of(frames_[frame].function);
    switch (op.code) {
        case OpCode::copy:
            return graph_.add_edge(at(op.a), at(op.target));
        case OpCode::function:
            return graph_.add(at(op.target), objects_.id({ObjectKind::function, file.first_function + op.a, frame}));
        case OpCode::class_:
            return graph_.add(at(op.target), objects_.id({ObjectKind::class_, file.first_class + op.a, frame}));
        case OpCode::literal:
            return graph_.add(at(op.target), objects_.id({ObjectKind::literal, name(file, op.a)}));
        case OpCode::container:
            return graph_.add(at(op.target), objects_.id({ObjectKind::container, id, frame, op.a}));
        case OpCode::import:
            return import(at(op.target), number, file.flow->imports[op.a]);
        case OpCode::global:
            return global(at(op.target), number, name(file, op.a));
        case OpCode::instance:
            return graph_.add_watch(at(op.a), watch(Role::instance, id, frame));
        case OpCode::load:
            return graph_.add_watch(at(op.a), watch(Role::load, id, frame));
        case OpCode::store:
            return graph_.add_watch(at(op.a), watch(Role::store, id, frame));
        case OpCode::load_item:
        case OpCode::store_item:
            return add_item_op(id, op, frame, file);
        case OpCode::elements:
            return graph_.add_watch(at(op.a), watch(Role::iterate, at(op.target)));
        case OpCode::call:
            return add_call(id, op, frame, file);
        case OpCode::super:
            return graph_.add_watch(at(op.a), watch(Role::super, id, frame));
        case OpCode::merge:
            return watch_both({}, Role::merge, at(op.a), at(op.b));
        case OpCode::prototype:
            return watch_both({}, Role::prototype, at(op.a), at(op.b));
        case OpCode::typed:
            if (frame < file_of_function_.size()) typed_ops_.emplace_back(id, frame);
            return graph_.add_watch(at(op.c), watch(Role::typed, id, frame));
        case OpCode::reference:
            return graph_.add_watch(at(op.a), watch(Role::method_of, id, frame));
    }
}

void Linker::add_item_op(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file) {
    const bool is_load = op.code == OpCode::load_item;
    const auto object = node(frame, file, op.a);
    if (op.b == flow::none)
        return graph_.add_watch(object, watch(is_load ? Role::any_item : Role::store_any_item, id, frame));
    graph_.add_watch(object, watch(Role::item_object, id, frame));
    graph_.add_watch(node(frame, file, op.b), watch(Role::item_key, id, frame));
    keyed_ops_.emplace_back(id, frame);
}

void Linker::add_call(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file) {
    const auto& call = file.flow->calls[op.a];
    if (call.callee != flow::none) graph_.add_watch(node(frame, file, call.callee), watch(Role::call, id, frame));
}

void Linker::notify(Watch w, ObjectId object) {
    const auto o = objects_[object];
    const bool is_class = o.kind == ObjectKind::class_ || o.kind == ObjectKind::function;
    switch (const auto role = static_cast<Role>(w.role); role) {
        case Role::bind:
            return bind_member(w.a, w.b, object);
        case Role::bind_always:
            if (o.kind == ObjectKind::function) graph_.add(w.a, objects_.id({ObjectKind::bound, object, w.b}));
            return;
        case Role::bind_this:
            return graph_.add(w.a, objects_.id({ObjectKind::bound, w.b, object}));
        case Role::summarise:
            return graph_.add(w.a, summary_of(object));
        case Role::attribute:
            return graph_.add_edge(read_node(object, w.b), w.a);
        case Role::iterate:
            return elements(w.a, object);
        case Role::items_of:
            return graph_.add_edge(all_items(object), w.a);
        case Role::item_of:
            if (o.kind == ObjectKind::literal) graph_.add_edge(read_node(w.b, o.a), w.a);
            return;
        case Role::merge_into:
            return merge(w.a, object);
        case Role::prototype_for:
            return set_prototype(w.a, object);
        case Role::instance_of:
            if (is_class) graph_.add(w.a, objects_.id({ObjectKind::instance, object}));
            return;
        case Role::class_of:
            if (o.kind == ObjectKind::instance) graph_.add(w.a, o.a);
            return;
        case Role::call_back:
            return invoke(w.a, object);
        case Role::receiver_of:
            return call_on_receiver(w.a, object);
        case Role::pair_to:
        case Role::pair_from: {
            const auto met = graph_.objects(role == Role::pair_to ? pairs_[w.a].from : pairs_[w.a].to);
            for (const auto other : std::vector<ObjectId>(met.begin(), met.end()))
                role == Role::pair_to ? pair_met(static_cast<Role>(w.b), w.a, object, other)
                                      : pair_met(static_cast<Role>(w.b), w.a, other, object);
            return;
        }
        default:
            return notify_of_operand(w, object);
    }
}

/// An object came to an operand of an op.
void Linker::notify_of_operand(Watch w, ObjectId object) {
    const auto frame = w.b;
    const auto& file = loaded(frame);
    const auto& op = file.flow->ops[w.a - file.first_op];
    const auto at = [&](flow::Index index) { return node(frame, file, index); };
    // The other operand's objects, as they are now: what comes later is told to its own watch.
    const auto for_each = [&](flow::Index index, auto&& visit) {
        const auto now = graph_.objects(at(index));
        for (const auto other : std::vector<ObjectId>(now.begin(), now.end())) visit(other);
    };
    switch (static_cast<Role>(w.role)) {
        case Role::load:
            return graph_.add_edge(read_node(object, name(file, op.b)), at(op.target));
        case Role::store:
            return store(object, name(file, op.b), at(op.c));
        case Role::item_object:
            return for_each(op.b, [&](ObjectId key) { item(op, frame, file, object, key); });
        case Role::item_key:
            return for_each(op.a, [&](ObjectId on) { item(op, frame, file, on, object); });
        case Role::any_item:
            return graph_.add_edge(all_items(object), at(op.target));
        case Role::store_any_item:
            return store(object, any_item_, at(op.c));
        case Role::instance:
            if (is_typed_object(object)) return make_instance(w.a, frame, object, at(op.target));
            if (const auto kind = objects_[object].kind; kind == ObjectKind::class_ || kind == ObjectKind::function)
                graph_.add(at(op.target), objects_.id({ObjectKind::instance, object}));
            else if (kind == ObjectKind::external && !is_typing(object))
                graph_.add(at(op.target), object);
            return;
        case Role::typed:
            if (fits_any(object, at(op.a))) graph_.add(at(op.target), object);
            return;
        case Role::method_of:
            if (objects_[object].kind == ObjectKind::class_)
                graph_.add(at(op.target), objects_.id({ObjectKind::reference, object, name(file, op.b)}));
            return;
        case Role::super:
            return graph_.add(at(op.target), super_of(object, file.first_class + op.b, frame));
        case Role::call:
            return call(site(w.a, frame), object);
        default:
            return;
    }
}

/// `Self`, `Any`, `Callable`: no class, so nothing is an instance of it.
bool Linker::is_typing(ObjectId external) const {
    auto root = objects_[external];
    while (root.a != no_id) root = objects_[root.a];
    const auto module = names_.text(root.b);
    return module == "typing" || module == "typing_extensions" || module == "_typeshed";
}

/// A value of a class that has no constructor to call.
void Linker::make_instance(OpId op, FrameId frame, ObjectId class_object, NodeId target) {
    if (is_outside(objects_[class_object].kind)) return graph_.add(target, class_object);
    if (objects_[class_object].kind != ObjectKind::class_) return;
    const bool is_java = language_of(class_object) == extract::Language::java;
    if (class_(objects_[class_object].a).has(flow::ClassFlag::abstract) && !is_java) return;
    made_classes_.insert(class_object);
    const bool is_known = frames_[frame].first_node != no_id || runs_once(frames_[frame].function);
    graph_.add(target, is_known && !is_java ? objects_.id({ObjectKind::instance, class_object, op, frame})
                                            : objects_.id({ObjectKind::instance, class_object}));
}

void Linker::item(const flow::Op& op, FrameId frame, const LoadedFile& file, ObjectId object, ObjectId key) {
    if (objects_[key].kind != ObjectKind::literal) return;
    const auto key_name = objects_[key].a;
    if (op.code == OpCode::store_item) return store(object, key_name, node(frame, file, op.c));
    const auto target = node(frame, file, op.target);
    graph_.add_edge(read_node(object, key_name), target);
}

/// Members and bases that are written outside of their classes.
void Linker::take_additions() {
    for (std::uint32_t number = 0; number < loaded_.size(); ++number) {
        const auto& file = loaded_[number];
        for (const auto& [to, member] : file.flow->additions) {
            for (const auto of : graph_.objects(file.first_node + to)) {
                if (objects_[of].kind != ObjectKind::class_) continue;
                if (member.name == flow::none) {
                    added_bases_[of].push_back(file.first_node + member.node);
                    continue;
                }
                members_.push_back(
                    {pair_of(objects_[of].a, name(file, member.name)), member.node, member.kind, number});
                for (const auto id : functions_at(file.first_node + member.node)) added_to_[id].push_back(of);
            }
        }
    }
    sort_members();
}

bool Linker::is_class_of_file(ObjectId id) const {
    return objects_[id].kind == ObjectKind::class_ && objects_[id].b < file_of_function_.size();
}

/// Whoever calls a method, its receiver may be an instance of its class.
void Linker::seed_receivers() {
    for (FunctionId id = 0; id < file_of_function_.size(); ++id) {
        const auto& f = function(id);
        if (f.owner == flow::none || f.receiver == flow::none || is_typed(file_of(id))) continue;
        const auto& file = loaded_[file_of(id)];
        const auto defined_in = file.first_function + file.flow->classes[f.owner].function;
        const auto of = objects_.id({ObjectKind::class_, file.first_class + f.owner, defined_in});
        const bool is_of_class = f.has(flow::FunctionFlag::class_method) || f.has(flow::FunctionFlag::static_);
        graph_.add(file.first_node + f.receiver, is_of_class ? of : objects_.id({ObjectKind::instance, of}));
    }
}

}  // namespace gsdb::codebase::link
