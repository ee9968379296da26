// Java: how values move, as its syntax tree says. Here are the file, its imports, and what types mean.

#include "modules/codebase/flow/java_flow.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {
namespace java {

namespace {

const Grammar& grammar() {
    static const Grammar g(extract::Language::java);
    return g;
}

}  // namespace

JavaFlow::JavaFlow(FileFlow& flow, TSNode root, std::string_view source)
    : TypedFlow(flow, root, source), g(grammar()) {}

void JavaFlow::follow() {
    flow_.package = b.name("");
    for_each_named_child(root_, [&](TSNode each) {
        if (kind(each) == Kind::package)
            for_each_named_child(each, [&](TSNode name) {
                if (kind(name) == Kind::identifier || kind(name) == Kind::scoped_identifier)
                    flow_.package = b.name(text(name));
            });
        else if (kind(each) == Kind::import)
            import_declaration(each);
        else if (is_class(kind(each)))
            top_level_[text(field(each, g.name))] = declare_class(each, nullptr, text(field(each, g.name)), {});
    });
    const auto declared = scopes_.size();
    for (std::size_t i = 0; i < declared; ++i)
        if (scopes_[i].outer == nullptr) follow_class(scopes_[i], bases_of(scopes_[i].node));
    for (std::size_t i = 0; i < declared; ++i)
        if (scopes_[i].outer == nullptr)
            flow_.exports.push_back({flow_.classes[scopes_[i].index].name, scopes_[i].value});
    name_unnamed();
    b.finish();
}

void JavaFlow::import_declaration(TSNode node) {
    std::string_view path;
    bool is_wildcard = false;
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::asterisk)
            is_wildcard = true;
        else if (kind(each) == Kind::identifier || kind(each) == Kind::scoped_identifier)
            path = text(each);
    });
    if (path.empty()) return;
    if (is_wildcard) {
        flow_.wildcards.push_back({.module = b.name(path)});
        return;
    }
    const auto last = path.substr(path.rfind('.') + 1);
    imported_.try_emplace(last, import_of(path));
    imported_paths_.try_emplace(last, b.name(path));
}

Index JavaFlow::import_of(std::string_view path) {
    const auto [found, is_new] = paths_.try_emplace(path, none);
    if (!is_new) return found->second;
    const auto node = b.node_of(0);
    flow_.imports.push_back({.kind = ImportKind::path, .module = b.name(path)});
    b.op_in(0, OpCode::import, node, static_cast<Index>(flow_.imports.size() - 1));
    return found->second = node;
}

// --- types ---

Type JavaFlow::type_of(TSNode node) {
    constexpr int wrappers_max = 16;
    for (int i = 0; i < wrappers_max; ++i) {
        switch (kind(node)) {
            case Kind::annotated_type:
            case Kind::wildcard: {
                const auto count = named_child_count(node);
                node = count == 0 ? TSNode{} : ts_node_named_child(node, count - 1);
                continue;
            }
            case Kind::primitive:
                return primitive(text(node));
            case Kind::array_type:
                return array_of(type_of(field(node, g.element)));
            case Kind::type_identifier:
            case Kind::identifier:
                return named_type(text(node));
            case Kind::scoped_type:
            case Kind::scoped_identifier:
                return scoped_type(node);
            case Kind::generic_type: {
                auto type = type_of(named_child(node, 0));
                const auto arguments = named_child(node, named_child_count(node) - 1);
                const auto count = named_child_count(arguments);
                const Deeper deeper(*this);
                if (kind(arguments) != Kind::type_arguments || count == 0 || deeper.is_too_deep()) return type;
                const auto element = type_of(named_child(arguments, count - 1));
                if (element.class_ != none) type.element = typed(b.node(), element);
                return type;
            }
            default:
                return {.is_open = true};
        }
    }
    return {.is_open = true};
}

/// Arrays are collections of a type of their own.
Type JavaFlow::array_of(const Type& element) {
    return {.class_ = global("[]"), .element = element.class_ == none ? none : typed(b.node(), element)};
}

Type JavaFlow::with_dimensions(Type type, TSNode declarator) {
    return ts_node_is_null(field(declarator, g.dimensions)) ? type : array_of(type);
}

std::optional<Type> JavaFlow::type_parameter(std::string_view name) {
    const auto bound_of = [&](TSNode bound) -> Type {
        const Deeper deeper(*this);
        if (ts_node_is_null(bound) || deeper.is_too_deep()) return {.is_open = true};
        // `T extends Comparable<T>`: without its arguments, which may be itself.
        return type_of(kind(bound) == Kind::generic_type ? named_child(bound, 0) : bound);
    };
    for (auto i = method_types_.size(); i-- > 0;)
        if (const auto found = method_types_[i].find(name); found != method_types_[i].end())
            return bound_of(found->second);
    for (auto* scope = place_.class_; scope != nullptr; scope = scope->outer)
        if (const auto found = scope->type_parameters.find(name); found != scope->type_parameters.end())
            return bound_of(found->second);
    return {};
}

Type JavaFlow::named_type(std::string_view name) {
    if (name == "var") return {.is_open = true};
    if (const auto parameter = type_parameter(name)) return *parameter;
    return {.class_ = class_named(name)};
}

/// The node of the class that a simple name means: a local one, one of the classes around, of the file, an import, or
/// what the packages or the classes that those around inherit from say.
Index JavaFlow::class_named(std::string_view name) {
    if (const auto* local = find_local(name); local != nullptr && local->constant != none) return local->constant;
    std::vector<Index> inherited;
    for (auto* scope = place_.class_; scope != nullptr; scope = scope->outer) {
        if (const auto found = scope->nested.find(name); found != scope->nested.end()) return found->second->value;
        if (flow_.classes[scope->index].name == b.name(name) && !name.empty()) return scope->value;
        if (scope->has_bases) inherited.push_back(scope->value);
    }
    if (const auto found = top_level_.find(name); found != top_level_.end()) return found->second->value;
    if (const auto found = imported_.find(name); found != imported_.end()) return found->second;
    std::vector<Index> nodes{global(name)};
    for (const auto from : inherited) {
        const auto key = static_cast<std::uint64_t>(from) << 32U | b.name(name);
        const auto [found, is_new] = inherited_types_.try_emplace(key, none);
        if (is_new) {
            found->second = b.node_of(0);
            b.op_in(0, OpCode::load, found->second, from, b.name(name));
        }
        nodes.push_back(found->second);
    }
    if (nodes.size() == 1) return nodes.front();
    const auto key = static_cast<std::uint64_t>(nodes.back()) << 32U | 0xFFFFFFFF;
    const auto [found, is_new] = inherited_types_.try_emplace(key, none);
    if (is_new) {
        found->second = b.node_of(0);
        for (const auto each : nodes) b.op_in(0, OpCode::copy, found->second, each);
    }
    return found->second;
}

/// `Outer.Inner`, or with a package in front.
Type JavaFlow::scoped_type(TSNode node) {
    std::string_view path = text(node);
    if (path.find_first_of("<@ \n") != std::string_view::npos) {
        const auto last = named_child(node, named_child_count(node) - 1);
        const auto first = type_of(named_child(node, 0));
        return {.class_ = load(first.class_, text(last))};
    }
    const auto head = path.substr(0, path.find('.'));
    if (!head.empty() && head.front() >= 'a' && head.front() <= 'z') return {.class_ = import_of(path)};
    auto class_ = class_named(head);
    for (auto rest = path.substr(head.size()); !rest.empty();) {
        rest.remove_prefix(1);
        const auto part = rest.substr(0, rest.find('.'));
        class_ = load(class_, part);
        rest.remove_prefix(part.size());
    }
    return {.class_ = class_};
}

}  // namespace java

void follow_java(FileFlow& flow, TSNode root, std::string_view source) {
    java::JavaFlow(flow, root, source).follow();
}

}  // namespace gsdb::codebase::flow
