// Calls: which functions are meant, what they get and give.

#include <algorithm>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::ArgumentKind;
using flow::CallKind;
using flow::ContainerKind;
using flow::FunctionFlag;
using flow::ParameterKind;

namespace {

constexpr std::size_t missing_max = 1;

}  // namespace

Linker::Site Linker::site(OpId op, FrameId frame) const {
    const auto number = file_of(frames_[frame].function);
    const auto& file = loaded_[number];
    const auto& of = file.flow->ops[op - file.first_op];
    return {.op = op,
            .frame = frame,
            .file = number,
            .call_id = file.first_call + of.a,
            .call = &file.flow->calls[of.a],
            .result = node(frame, file, of.target)};
}

void Linker::call(const Site& site, ObjectId callee) {
    const auto o = objects_[callee];
    switch (o.kind) {
        case ObjectKind::function:
            if (site.call->kind == CallKind::instantiate) return instantiate(site, callee);
            return call_function(site, callee, no_id);
        case ObjectKind::bound:
            if (objects_[o.a].kind == ObjectKind::function) call_function(site, o.a, o.b);
            return;
        case ObjectKind::class_:
            if (language_of(callee) == extract::Language::go) return convert(site, callee);
            if (language_of(callee) == extract::Language::rust)
                return graph_.add(site.result, objects_.id({ObjectKind::instance, callee}));
            // JavaScript refuses to call a class without `new`: such a class came here by a mixed-up way.
            if (is_javascript_object(callee) && site.call->kind == CallKind::call) return;
            if (site.call->kind != CallKind::super_constructor) instantiate(site, callee);
            return;
        case ObjectKind::instance:
            if (site.call->kind == CallKind::call && is_callable(callee))
                call_through(site, read_node(callee, call_name_));
            return;
        case ObjectKind::super:
            return construct_of(site, callee, o.a);
        case ObjectKind::builtin:
            return call_builtin(site, callee);
        case ObjectKind::builtin_method:
            return call_method(site, callee);
        case ObjectKind::external:
            return call_external(site, callee);
        case ObjectKind::reference: {
            std::vector<NodeId> values;
            for (std::size_t i = 0; i < site.call->argument_count; ++i) values.push_back(argument(site, i));
            return call_reference(site, callee, values, site.result);
        }
        default:
            return;
    }
}

/// Whether an instance may be called: in Go those of function types alone, in Java and Rust none.
bool Linker::is_callable(ObjectId instance) const {
    using extract::Language;
    const auto of = objects_[objects_[instance].a];
    switch (language_of(instance)) {
        case Language::java:
        case Language::rust:
            return false;
        case Language::go: {
            const auto& c = class_(of.a);
            return c.has(flow::ClassFlag::interface_) && !c.has(flow::ClassFlag::structural);
        }
        default:
            return true;
    }
}

void Linker::call_through(const Site& site, NodeId callee) {
    graph_.add_watch(callee, watch(Role::call, site.op, site.frame));
}

void Linker::found(const Site& site, std::uint32_t callee, bool is_class) {
    found_.push_back({site.call_id, callee, is_class});
}

void Linker::call_function(const Site& site, ObjectId function_object, ObjectId receiver) {
    const auto o = objects_[function_object];
    if (is_python(file_of(o.a)) && !accepts(function(o.a), loaded_[file_of(o.a)], site, receiver != no_id)) return;
    if (is_typed(file_of(o.a)) && !is_chosen(o.a, site, receiver)) return;
    found(site, o.a, false);
    const auto general = frame_of_closure(o.a, o.b);
    const auto followed = frame_of_call(o.a, o.b, site);
    // Methods of an object may be called by others as well; what they find in it came from here.
    const bool is_method = function(o.a).receiver != flow::none && function(o.a).owner != flow::none;
    if (followed != general && is_method) {
        bind_receiver(site, general, receiver, true);
        bind_arguments(site, general, receiver != no_id);
    }
    bind_receiver(site, followed, receiver, false);
    bind_arguments(site, followed, receiver != no_id);
    graph_.add_edge(result_of(followed), site.result);
}

/// Whether the arguments fit the parameters, as Python asks for: a value that came here by a mixed-up way does not as a
/// rule. One that is missing is let pass: programs that are being written lack some.
bool Linker::accepts(const flow::Function& f, const LoadedFile& in, const Site& site, bool has_receiver) const {
    std::size_t given = has_receiver ? 1 : 0;
    std::vector<NameId> named;
    const auto& caller = loaded_[site.file];
    for (const auto& argument : arguments_of(site)) {
        if (argument.kind == ArgumentKind::spread || argument.kind == ArgumentKind::keyword_spread) return true;
        if (argument.kind == ArgumentKind::keyword)
            named.push_back(caller.names[argument.name]);
        else
            ++given;
    }
    std::size_t position = 0, known_names = 0, missing = 0;
    bool has_rest = false, has_keyword_rest = false;
    for (auto p = f.first_parameter; p < f.first_parameter + f.parameter_count; ++p) {
        const auto& parameter = in.flow->parameters[p];
        has_rest |= parameter.kind == ParameterKind::rest;
        has_keyword_rest |= parameter.kind == ParameterKind::keyword_rest;
        if (parameter.kind == ParameterKind::rest || parameter.kind == ParameterKind::keyword_rest) continue;
        const bool is_named =
            parameter.name != flow::none && std::ranges::find(named, in.names[parameter.name]) != named.end();
        const bool is_given = parameter.kind == ParameterKind::positional && position++ < given;
        known_names += is_named ? 1 : 0;
        missing += !is_named && !is_given && !parameter.is_optional ? 1 : 0;
    }
    return missing <= missing_max && (has_rest || given <= position) &&
           (has_keyword_rest || known_names == named.size());
}

/// What a function that is called in many places sees of an object that only this call knows is its class.
void Linker::bind_receiver(const Site& site, FrameId callee, ObjectId receiver, bool is_general) {
    const auto& file = loaded(callee);
    const auto& f = function(frames_[callee].function);
    if (f.has(FunctionFlag::lexical_this)) return;
    auto to = f.receiver;
    if (is_python(file_of(frames_[callee].function)) && receiver != no_id && f.parameter_count > 0)
        to = file.flow->parameters[f.first_parameter].node;
    if (to == flow::none) return;
    const auto target = node(callee, file, to);
    if (receiver != no_id) return graph_.add(target, is_general ? summary_of(receiver) : receiver);
    if (site.call->receiver == flow::none) return;
    const auto from = node(site.frame, loaded_[site.file], site.call->receiver);
    if (is_general)
        graph_.add_watch(from, watch(Role::summarise, target));
    else
        graph_.add_edge(from, target);
}

void Linker::bind_arguments(const Site& site, FrameId callee, bool has_receiver) {
    if (!bound_.insert({site.op, site.frame, callee, has_receiver ? 1U : 0U}).second) return;
    const auto& file = loaded(callee);
    const auto& f = function(frames_[callee].function);
    const bool shifts = has_receiver && is_python(file_of(frames_[callee].function));
    Parameters parameters{.callee = callee, .next = shifts ? 1U : 0U};
    for (auto p = f.first_parameter; p < f.first_parameter + f.parameter_count; ++p) {
        const auto& parameter = file.flow->parameters[p];
        const auto at = node(callee, file, parameter.node);
        const auto named = parameter.name == flow::none ? no_id : file.names[parameter.name];
        switch (parameter.kind) {
            case ParameterKind::positional:
                parameters.positional.push_back(at);
                [[fallthrough]];
            case ParameterKind::keyword_only:
                parameters.named.emplace_back(named, at);
                break;
            case ParameterKind::rest:
                parameters.rest = rest_container(at, callee, ContainerKind::list);
                break;
            case ParameterKind::keyword_rest:
                parameters.keyword_rest = rest_container(at, callee, ContainerKind::dictionary);
                break;
        }
    }
    const auto& caller = loaded_[site.file];
    for (const auto& argument : arguments_of(site)) bind_argument(site, caller, argument, parameters);
}

ObjectId Linker::rest_container(NodeId parameter, FrameId callee, ContainerKind kind) {
    const auto rest = objects_.id({ObjectKind::made_container, parameter, callee, static_cast<std::uint32_t>(kind)});
    graph_.add(parameter, rest);
    return rest;
}

void Linker::bind_argument(const Site& site, const LoadedFile& caller, const flow::Argument& argument, Parameters& to) {
    const auto value = node(site.frame, caller, argument.value);
    // `f(g())`, where g gives all that f takes.
    const bool is_all = site.call->argument_count == 1 && to.positional.size() > to.next + 1 &&
                        argument.kind == ArgumentKind::positional &&
                        language_of_file(site.file) == extract::Language::go;
    if (is_all)
        for (auto i = to.next; i < to.positional.size() && value != no_id; ++i)
            add_attribute_watch(value, to.positional[i], number(i - to.next, true));
    const bool has_items_apart = !is_javascript(file_of(frames_[to.callee].function));
    switch (argument.kind) {
        case ArgumentKind::positional:
            if (to.next < to.positional.size())
                graph_.add_edge(value, to.positional[to.next]);
            else if (to.rest != no_id && value != no_id)
                store(to.rest, number(to.next - to.positional.size(), has_items_apart), value);
            ++to.next;
            return;
        case ArgumentKind::keyword: {
            const auto named = caller.names[argument.name];
            const auto found = std::ranges::find(to.named, named, &std::pair<NameId, NodeId>::first);
            if (found != to.named.end())
                graph_.add_edge(value, found->second);
            else if (to.keyword_rest != no_id && value != no_id)
                store(to.keyword_rest, item_name(named), value);
            return;
        }
        case ArgumentKind::spread: {
            if (value == no_id) return;
            const auto first = to.next;
            for (; to.next < to.positional.size(); ++to.next)
                add_attribute_watch(value, to.positional[to.next], number(to.next - first, has_items_apart));
            if (to.rest != no_id) graph_.add_watch(value, watch(Role::iterate, own_slot(to.rest, any_item_)));
            return;
        }
        case ArgumentKind::keyword_spread:
            if (value == no_id) return;
            for (const auto& [name, at] : to.named)
                if (name != no_id) add_attribute_watch(value, at, item_name(name));
            if (to.keyword_rest != no_id) graph_.add_watch(value, watch(Role::merge_into, to.keyword_rest));
            return;
    }
}

void Linker::add_attribute_watch(NodeId of, NodeId target, NameId name) {
    graph_.add_watch(of, watch(Role::attribute, target, name));
}

/// The slot of the item whose key is the text of a name.
NameId Linker::item_name(NameId name) {
    return names_.id("['" + std::string(names_.text(name)));
}

NameId Linker::number(std::size_t value, bool has_items_apart) {
    return names_.id((has_items_apart ? "[" : "") + std::to_string(value));
}

/// Where what a call of the function gives is: a generator's is a list of what it yields.
NodeId Linker::result_of(FrameId callee) {
    const auto& file = loaded(callee);
    const auto& f = function(frames_[callee].function);
    const auto result = node(callee, file, f.result);
    if (!f.has(FunctionFlag::generator)) return result;
    const auto generator =
        objects_.id({ObjectKind::made_container, result, callee, static_cast<std::uint32_t>(ContainerKind::list)});
    graph_.add_edge(node(callee, file, f.yielded), own_slot(generator, any_item_));
    graph_.add(result, generator);
    return result;
}

// --- instances ---

/// `T(x)`: a value of the type that is x; of an interface x itself.
void Linker::convert(const Site& site, ObjectId class_object) {
    const auto value = argument(site, 0);
    const auto& of = class_(objects_[class_object].a);
    if (of.has(flow::ClassFlag::abstract)) return graph_.add_edge(value, site.result);
    const auto instance = objects_.id({ObjectKind::instance, class_object, site.op, site.frame});
    made_classes_.insert(class_object);
    graph_.add(site.result, instance);
    if (value == no_id) return;
    store(instance, call_name_, value);
    graph_.add_edge(elements_of(value), own_slot(instance, any_item_));
}

/// Code that runs once makes an instance of its own; elsewhere one instance stands for all of the class.
void Linker::instantiate(const Site& site, ObjectId class_object) {
    const auto& caller = frames_[site.frame];
    const bool is_known = caller.first_node != no_id || runs_once(caller.function);
    if (is_typed(site.file)) made_classes_.insert(class_object);
    const auto instance = is_known ? objects_.id({ObjectKind::instance, class_object, site.op, site.frame})
                                   : objects_.id({ObjectKind::instance, class_object});
    graph_.add(site.result, instance);
    if (objects_[class_object].kind == ObjectKind::function) return call_function(site, class_object, instance);
    instantiated_.push_back({site.call_id, objects_[class_object].a, true});
    construct_of(site, class_object, instance);
}

/// Lets what gives the fields of each class their values know of the instance.
void Linker::set_fields(const std::vector<ObjectId>& classes, ObjectId instance) {
    for (const auto c : classes) {
        if (objects_[c].kind != ObjectKind::class_) continue;
        const auto& of = class_(objects_[c].a);
        if (of.initializer == flow::none) continue;
        const auto& file = loaded_[file_of_class_[objects_[c].a]];
        const auto frame = frame_of_closure(file.first_function + of.initializer, objects_[c].b);
        graph_.add(node(frame, file, file.flow->functions[of.initializer].receiver), instance);
    }
}

/// Runs the constructor that a class or `super` has.
void Linker::construct_of(const Site& site, ObjectId class_or_super, ObjectId instance) {
    constructions_.push_back({site, class_or_super, instance});
    construct(site, chain_of(class_or_super), instance);
}

/// Runs the first constructor of the classes, and what sets the fields of each.
void Linker::construct(const Site& site, const std::vector<ObjectId>& classes_or_prototypes, ObjectId instance) {
    std::vector<ObjectId> classes;
    for (const auto c : classes_or_prototypes)
        classes.push_back(objects_[c].kind == ObjectKind::prototype ? objects_[c].a : c);
    if (site.call->kind != CallKind::super_constructor) set_fields(classes, instance);
    for (const auto c : classes) {
        const auto kind = objects_[c].kind;
        if (kind == ObjectKind::function) return call_function(site, c, instance);
        if (kind == ObjectKind::external) return;
        if (kind != ObjectKind::class_) continue;
        if (construct_with(site, c, instance)) return;
    }
    if (!classes.empty() && objects_[classes.front()].kind == ObjectKind::class_ &&
        site.call->kind != CallKind::super_constructor)
        found(site, objects_[classes.front()].a, true);
}

/// Whether the class has a constructor of its own.
bool Linker::construct_with(const Site& site, ObjectId class_object, ObjectId instance) {
    const auto id = objects_[class_object].a;
    const auto number = file_of_class_[id];
    const auto constructors = members_named(id, constructor_name(number));
    for (const auto& constructor : constructors) {
        const auto bound = graph_.add_node();
        graph_.add_watch(member_node(class_object, constructor), watch(Role::bind_always, bound, instance));
        call_through(site, bound);
    }
    return !constructors.empty();
}

// --- call-backs ---

/// Calls what is in `callee` with the given values, as built-ins do. The node of what it returns.
NodeId Linker::call_back(const Site& site, NodeId callee, const std::vector<NodeId>& values, NodeId receiver) {
    if (callee == no_id) return no_id;
    const auto result = graph_.add_node();
    call_backs_.push_back({.values = values, .receiver = receiver, .result = result, .site = site});
    graph_.add_watch(callee, watch(Role::call_back, static_cast<std::uint32_t>(call_backs_.size() - 1)));
    return result;
}

void Linker::invoke(std::uint32_t index, ObjectId callee) {
    const auto back = call_backs_[index];
    auto o = objects_[callee];
    auto receiver = no_id;
    if (o.kind == ObjectKind::bound && objects_[o.a].kind == ObjectKind::function) {
        receiver = o.b;
        o = objects_[o.a];
    }
    if (o.kind == ObjectKind::class_) {
        const auto instance = objects_.id({ObjectKind::instance, callee});
        graph_.add(back.result, instance);
        return construct_of(back.site, callee, instance);
    }
    if (o.kind == ObjectKind::reference) return call_reference(back.site, callee, back.values, back.result);
    if (o.kind == ObjectKind::instance && is_typed(back.site.file)) return invoke_instance(back, callee);
    if (o.kind != ObjectKind::function) return;
    if (is_typed(file_of(o.a)) && function(o.a).parameter_count > back.values.size()) return;
    found(back.site, o.a, false);
    const auto frame = frame_of_closure(o.a, o.b);
    bind_values(frame, back.values, receiver, back.receiver);
    graph_.add_edge(result_of(frame), back.result);
}

void Linker::bind_values(FrameId frame, const std::vector<NodeId>& values, ObjectId receiver, NodeId receiver_node) {
    const auto& file = loaded(frame);
    const auto& f = function(frames_[frame].function);
    const bool is_python_callee = is_python(file_of(frames_[frame].function));
    std::size_t next = 0;
    if (receiver != no_id && is_python_callee) ++next;
    const auto to =
        is_python_callee && f.parameter_count > 0 ? file.flow->parameters[f.first_parameter].node : f.receiver;
    if (receiver != no_id && to != flow::none) graph_.add(node(frame, file, to), receiver);
    if (receiver_node != no_id && !is_python_callee && f.receiver != flow::none && !f.has(FunctionFlag::lexical_this))
        graph_.add_edge(receiver_node, node(frame, file, f.receiver));
    for (const auto value : values) {
        if (next >= f.parameter_count) return;
        const auto& parameter = file.flow->parameters[f.first_parameter + next];
        const auto at = node(frame, file, parameter.node);
        if (parameter.kind == ParameterKind::rest)
            graph_.add_edge(value, own_slot(rest_container(at, frame, ContainerKind::list), any_item_));
        else if (parameter.kind == ParameterKind::positional)
            graph_.add_edge(value, at), ++next;
        else
            return;
    }
}

}  // namespace gsdb::codebase::link
