// Which of several functions of one name a call means, by what is known of its arguments before the program runs.

#include <algorithm>
#include <array>
#include <utility>

#include "modules/codebase/link/linker.hpp"

namespace gsdb::codebase::link {

using flow::ArgumentKind;
using flow::ClassFlag;
using flow::FunctionFlag;
using flow::ParameterKind;

namespace {

/// Java's primitive types from narrow to wide, with the classes that hold them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> primitives{{{"byte", "Byte"},
                                                                                   {"short", "Short"},
                                                                                   {"char", "Character"},
                                                                                   {"int", "Integer"},
                                                                                   {"long", "Long"},
                                                                                   {"float", "Float"},
                                                                                   {"double", "Double"},
                                                                                   {"boolean", "Boolean"}}};
constexpr std::size_t boolean_rank = 7;

std::size_t rank_of(std::string_view name, bool is_class) {
    for (std::size_t i = 0; i < primitives.size(); ++i)
        if ((is_class ? primitives[i].second : primitives[i].first) == name) return i;
    return primitives.size();
}

bool is_widened(std::size_t from, std::size_t to) {
    const bool is_to_char = to == 2 || (from == 2 && to == 1);
    return from == to || (from < to && to < boolean_rank && !is_to_char);
}

/// Whether it is known what the type is below.
bool is_closed(std::string_view name) {
    return name == "String" || name == "[]" || name == "Class" || rank_of(name, true) < primitives.size();
}

bool is_closed_below(std::string_view name, std::string_view above) {
    if (name == "String") return above == "CharSequence";
    if (name == "Class") return above == "Type" || above == "AnnotatedElement" || above == "GenericDeclaration";
    return name != "[]" && above == "Number";
}

bool is_above_all(std::string_view name) {
    return name == "Object" || name == "Serializable" || name == "Comparable";
}

}  // namespace

Linker::Given Linker::given_by(const Site& site) const {
    Given given;
    const auto& file = loaded_[site.file];
    for (const auto& argument : arguments_of(site)) {
        if (argument.kind != ArgumentKind::positional) {
            given.is_open = true;
            break;
        }
        given.is_open |= site.call->argument_count == 1 && language_of_file(site.file) == extract::Language::go;
        given.types.push_back(argument.type == flow::none ? no_id : node(site.frame, file, argument.type));
    }
    return given;
}

/// Of names from outside, by Java's rules: widening is exact, boxing is a conversion.
Linker::Fit Linker::fit_of_object(ObjectId given, ObjectId wanted) {
    if (given == wanted) return Fit::exact;
    const auto& g = objects_[given];
    const auto& w = objects_[wanted];
    if (g.kind == ObjectKind::class_ && w.kind == ObjectKind::class_)
        return is_below(given, wanted) ? Fit::exact : Fit::no;
    const auto has = names_.text(g.kind == ObjectKind::class_ ? class_name_ : g.b);
    const auto wants = names_.text(w.kind == ObjectKind::class_ ? class_name_ : w.b);
    if (has == wants && g.kind != ObjectKind::class_) return Fit::exact;
    if (has == "Object" && g.kind != ObjectKind::class_) return Fit::no;
    const auto to = rank_of(wants, false);
    const bool is_primitive = to < primitives.size();
    if (g.kind == ObjectKind::class_) {
        if (is_primitive || is_closed(wants)) return Fit::no;
        return has_outside_base(given, wanted) ? Fit::exact : Fit::no;
    }
    if (has == "null") return is_primitive ? Fit::no : Fit::exact;
    if (has == "<lambda>") {
        const bool is_class = w.kind == ObjectKind::class_ && !class_(w.a).has(ClassFlag::interface_);
        return is_class || is_primitive || is_closed(wants) ? Fit::no : Fit::exact;
    }
    const auto from = rank_of(has, false), held = rank_of(has, true);
    if (from < primitives.size() && is_primitive) return is_widened(from, to) ? Fit::exact : Fit::no;
    if (from < primitives.size())
        return wants == primitives[from].second || is_above_all(wants) || wants == "Number" ? Fit::converted : Fit::no;
    if (is_primitive) return held < primitives.size() && is_widened(held, to) ? Fit::converted : Fit::no;
    if (w.kind == ObjectKind::class_) return Fit::no;
    if (is_above_all(wants)) return Fit::assumed;
    if (is_closed(wants)) return Fit::no;
    return is_closed(has) && !is_closed_below(has, wants) ? Fit::no : Fit::assumed;
}

Linker::Fit Linker::fit_of(NodeId given, NodeId wanted) {
    if (given == no_id || wanted == no_id) return Fit::exact;
    const auto has = graph_.objects(given);
    const auto wants = graph_.objects(wanted);
    if (has.empty() || wants.empty()) return Fit::exact;
    auto best = Fit::no;
    for (const auto h : std::vector<ObjectId>(has.begin(), has.end()))
        for (const auto w : std::vector<ObjectId>(wants.begin(), wants.end()))
            best = std::max(best, fit_of_object(h, w));
    return best;
}

NodeId Linker::type_of_parameter(FunctionId id, flow::Index position) const {
    const auto& file = loaded_[file_of(id)];
    const auto type = file.flow->parameters[function(id).first_parameter + position].type;
    return type == flow::none ? no_id : file.first_node + type;
}

Linker::Fit Linker::fit_of_function(const Given& given, FunctionId id) {
    const auto& f = function(id);
    const auto& file = loaded_[file_of(id)];
    auto best = Fit::exact;
    std::size_t needed = 0;
    bool has_rest = false;
    for (flow::Index i = 0; i < f.parameter_count; ++i) {
        const auto& parameter = file.flow->parameters[f.first_parameter + i];
        if (parameter.kind == ParameterKind::rest) {
            has_rest = true;
            best = std::min(best, Fit::varargs);
            continue;
        }
        needed += parameter.is_optional ? 0 : 1;
        if (i < given.types.size()) best = std::min(best, fit_of(given.types[i], type_of_parameter(id, i)));
    }
    const bool is_too_few = !given.is_open && given.types.size() < needed;
    return is_too_few || (!has_rest && given.types.size() > f.parameter_count) ? Fit::no : best;
}

/// Whether all that `a` takes `b` takes, too, and not the other way round.
bool Linker::is_nearer(FunctionId a, FunctionId b) {
    const auto count = function(a).parameter_count;
    if (count != function(b).parameter_count) return false;
    bool is_below = true, is_above = true;
    for (flow::Index i = 0; i < count; ++i) {
        const auto of_a = type_of_parameter(a, i), of_b = type_of_parameter(b, i);
        is_below &= fit_of(of_a, of_b) >= Fit::assumed;
        is_above &= fit_of(of_b, of_a) >= Fit::assumed;
    }
    return is_below && !is_above;
}

std::vector<FunctionId> Linker::functions_at(NodeId member) const {
    std::vector<FunctionId> functions;
    for (const auto object : graph_.objects(member))
        if (objects_[object].kind == ObjectKind::function) functions.push_back(objects_[object].a);
    return functions;
}

NameId Linker::member_name(FunctionId id) {
    using extract::Language;
    const auto& f = function(id);
    const auto& file = loaded_[file_of(id)];
    if (f.has(FunctionFlag::constructor)) return typed_init_name_;
    const auto language = language_of_file(file_of(id));
    if (language != Language::java && language != Language::rust) return file.names[f.name];
    return names_.id(std::string(names_.text(file.names[f.name])) + "()");
}

/// The functions of the same name that a call on the receiver may mean, besides the function itself.
std::vector<FunctionId> Linker::overloads_of(FunctionId id, ObjectId receiver) {
    std::vector<FunctionId> all;
    const bool is_of_instance = receiver != no_id && objects_[receiver].kind == ObjectKind::instance;
    const auto name = member_name(id);
    for (const auto of : classes_of_method(id))
        for (const auto each :
             std::vector(chain(is_of_instance && name != typed_init_name_ ? objects_[receiver].a : of))) {
            if (objects_[each].kind != ObjectKind::class_) continue;
            for (const auto& member : members_named(objects_[each].a, name))
                for (const auto other : functions_at(member_node(each, member)))
                    if (other != id) all.push_back(other);
            if (name == typed_init_name_) break;
        }
    return all;
}

bool Linker::is_chosen(FunctionId id, const Site& site, ObjectId receiver) {
    const auto given = given_by(site);
    const auto fit = fit_of_function(given, id);
    if (fit == Fit::no) return false;
    if (function(id).owner == flow::none && !added_to_.contains(id)) return true;
    for (const auto other : overloads_of(id, receiver)) {
        const auto others = fit_of_function(given, other);
        if (others > fit || (others == fit && is_nearer(other, id))) return false;
    }
    return true;
}

// --- members ---

/// Whether a method above in the hierarchy is hidden by one of the same name below.
bool Linker::is_overridden_by(FunctionId id, FunctionId by) const {
    const auto& f = function(id);
    const auto& g = function(by);
    if (f.parameter_count != g.parameter_count) return false;
    if (f.has(FunctionFlag::abstract)) return true;
    for (flow::Index i = 0; i < f.parameter_count; ++i) {
        const auto of_f = type_of_parameter(id, i), of_g = type_of_parameter(by, i);
        if (of_f == no_id || of_g == no_id) continue;
        const auto a = graph_.objects(of_f), b = graph_.objects(of_g);
        if (!a.empty() && !b.empty() && !std::ranges::equal(a, b)) {
            const bool is_same = objects_[a.front()].b == objects_[b.front()].b &&
                                 is_outside(objects_[a.front()].kind) && is_outside(objects_[b.front()].kind);
            if (!is_same) return false;
        }
    }
    return true;
}

/// Methods of all classes above that no class below hides: those of other parameters are others.
void Linker::wire_typed_members(ObjectId object, NameId name, NodeId read) {
    std::vector<FunctionId> seen;
    bool has_field = false;
    const bool is_go_value = language_of(object) == extract::Language::go &&
                             objects_[object].kind == ObjectKind::instance && !is_structural(objects_[object].a);
    for (const auto from : std::vector(chain_of(object))) {
        // What is embedded in a struct is asked by the value in its field.
        if (is_go_value && from != objects_[object].a) continue;
        if (is_outside(objects_[from].kind)) {
            if (seen.empty() && !has_field) graph_.add_edge(read_node(from, name), read);
            continue;
        }
        if (objects_[from].kind != ObjectKind::class_) continue;
        if (from != object)
            if (const auto slot = slots_.find(pair_of(from, name)); slot != slots_.end())
                bind(slot->second, object, read);
        if (has_field) continue;
        const auto already = seen;
        for (const auto& member : members_named(objects_[from].a, name)) {
            const auto at = member_node(from, member);
            const auto functions = functions_at(at);
            const bool is_hidden = !functions.empty() && std::ranges::all_of(functions, [&](FunctionId id) {
                return std::ranges::any_of(already, [&](FunctionId by) { return is_overridden_by(id, by); });
            });
            seen.insert(seen.end(), functions.begin(), functions.end());
            has_field |= functions.empty();
            if (!is_hidden) bind(at, object, read);
        }
    }
    if (is_go_value && seen.empty() && !has_field) wire_embedded(object, name, read);
}

/// A struct has what the structs and interfaces that are embedded in it have: the values in their fields.
void Linker::wire_embedded(ObjectId object, NameId name, NodeId read) {
    const auto found = hierarchy_.find(objects_[object].a);
    if (found == hierarchy_.end()) return;
    for (const auto base : std::vector(found->second)) {
        const auto o = objects_[base];
        const auto field =
            o.kind == ObjectKind::class_ ? this->name(loaded_[file_of_class_[o.a]], class_(o.a).name) : o.b;
        if (field != name) add_attribute_watch(read_node(object, field), read, name);
    }
}

}  // namespace gsdb::codebase::link
