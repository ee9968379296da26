// Rust: what its syntax tree says.

#include <algorithm>
#include <vector>

#include "modules/codebase/extract/modifiers.hpp"
#include "modules/codebase/extract/rules.hpp"
#include "modules/codebase/extract/walk.hpp"

namespace gsdb::codebase::extract {
namespace {

enum class Role : std::uint8_t {
    none,
    error,
    comment,
    reference_type,
    pointer_type,
    array_type,
    assignment_expression,
    associated_type,
    attribute,
    attribute_item,
    call_expression,
    closure_expression,
    compound_assignment,
    const_item,
    crate,
    enum_item,
    enum_variant,
    extern_crate,
    field_declaration,
    field_expression,
    foreign_mod,
    function_item,
    function_signature_item,
    generic_function,
    generic_type,
    identifier,
    impl_item,
    inner_attribute_item,
    macro_definition,
    macro_invocation,
    metavariable,
    mod_item,
    parameters,
    scoped_identifier,
    scoped_type_identifier,
    scoped_use_list,
    self,
    static_item,
    struct_expression,
    struct_item,
    super,
    token_tree,
    trait_bounds,
    trait_item,
    type_identifier,
    type_item,
    type_parameter,
    union_item,
    use_as_clause,
    use_declaration,
    use_list,
    use_wildcard,
    visibility_modifier
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"line_comment", Role::comment},
    {"block_comment", Role::comment},
    {"array_type", Role::array_type},
    {"pointer_type", Role::pointer_type},
    {"reference_type", Role::reference_type},
    {"assignment_expression", Role::assignment_expression},
    {"associated_type", Role::associated_type},
    {"attribute", Role::attribute},
    {"attribute_item", Role::attribute_item},
    {"call_expression", Role::call_expression},
    {"closure_expression", Role::closure_expression},
    {"compound_assignment_expr", Role::compound_assignment},
    {"const_item", Role::const_item},
    {"crate", Role::crate},
    {"enum_item", Role::enum_item},
    {"enum_variant", Role::enum_variant},
    {"extern_crate_declaration", Role::extern_crate},
    {"field_declaration", Role::field_declaration},
    {"field_expression", Role::field_expression},
    {"foreign_mod_item", Role::foreign_mod},
    {"function_item", Role::function_item},
    {"function_signature_item", Role::function_signature_item},
    {"generic_function", Role::generic_function},
    {"generic_type", Role::generic_type},
    {"generic_type_with_turbofish", Role::generic_type},
    {"identifier", Role::identifier},
    {"impl_item", Role::impl_item},
    {"inner_attribute_item", Role::inner_attribute_item},
    {"macro_definition", Role::macro_definition},
    {"macro_invocation", Role::macro_invocation},
    {"metavariable", Role::metavariable},
    {"mod_item", Role::mod_item},
    {"parameters", Role::parameters},
    {"scoped_identifier", Role::scoped_identifier},
    {"scoped_type_identifier", Role::scoped_type_identifier},
    {"scoped_use_list", Role::scoped_use_list},
    {"self", Role::self},
    {"static_item", Role::static_item},
    {"struct_expression", Role::struct_expression},
    {"struct_item", Role::struct_item},
    {"super", Role::super},
    {"token_tree", Role::token_tree},
    {"trait_bounds", Role::trait_bounds},
    {"trait_item", Role::trait_item},
    {"type_identifier", Role::type_identifier},
    {"type_item", Role::type_item},
    {"type_parameter", Role::type_parameter},
    {"union_item", Role::union_item},
    {"use_as_clause", Role::use_as_clause},
    {"use_declaration", Role::use_declaration},
    {"use_list", Role::use_list},
    {"use_wildcard", Role::use_wildcard},
    {"visibility_modifier", Role::visibility_modifier},
};

constexpr bool is_path_character(char c) {
    return is_word_character(c) || c == ':' || c == '.';
}

class RustRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::function_item:
                return function(node, false);
            case Role::function_signature_item:
                return function(node, true);
            case Role::struct_item:
                return item(node, ElementKind::struct_);
            case Role::union_item:
                return item(node, ElementKind::union_);
            case Role::enum_item:
                return item(node, ElementKind::enum_);
            case Role::enum_variant:
                return value(node, ElementKind::enum_member);
            case Role::field_declaration:
                return value(node, ElementKind::field);
            case Role::trait_item:
                return trait(node);
            case Role::impl_item:
                return implementation(node);
            case Role::mod_item:
                return module(node);
            case Role::const_item:
                return value(node, ElementKind::constant);
            case Role::static_item:
                return value(node, ElementKind::variable);
            case Role::type_item:
            case Role::associated_type:
                return value(node, ElementKind::type_alias);
            case Role::macro_definition:
                return macro(node);
            case Role::attribute_item:
                return attribute_item(node);
            case Role::inner_attribute_item:
                return true;
            case Role::attribute:
                return attribute(node);
            case Role::use_declaration:
                return use(node);
            case Role::extern_crate:
                return extern_crate(node);
            case Role::closure_expression:
                b.open_scope(ElementKind::function);
                return true;
            case Role::call_expression:
                return call(node);
            case Role::macro_invocation:
                return expand(node);
            case Role::struct_expression:
                return instantiate(node);
            case Role::field_expression:
                return field(node);
            case Role::type_identifier:
                return type_identifier(node);
            case Role::scoped_type_identifier:
                return scoped_type(node);
            case Role::identifier:
                return above() == Role::token_tree ? token(node) : false;
            default:
                return true;
        }
    }

  private:
    // --- items ---

    bool has_visibility(TSNode node) const { return !ts_node_is_null(child_of_role(node, Role::visibility_modifier)); }

    /// `pub` in any width; members of traits and enums are as visible as they are.
    ElementFlags visibility(TSNode node) {
        ElementFlags flags;
        const auto around = b.current_kind();
        const bool follows = around == ElementKind::trait || around == ElementKind::enum_ ||
                             around == ElementKind::enum_member || is_trait_impl();
        flags.set(ElementFlag::exported, has_visibility(node) || (follows && b.is_around_exported()));
        return flags;
    }

    /// Implementations of traits are marked as exported.
    bool is_trait_impl() const { return b.current_kind() == ElementKind::implementation; }

    ElementFlags modifiers(TSNode node, TSNode name) {
        auto flags = visibility(node);
        const auto words = b.raw(b.start(node), std::max(b.start(node), b.start(name)));
        flags.set(ElementFlag::async, words.find("async ") != std::string_view::npos);
        flags.set(ElementFlag::unsafe, words.find("unsafe ") != std::string_view::npos);
        return flags;
    }

    NewElement definition(TSNode node, ElementKind kind) {
        auto element = b.definition(node, kind);
        element.flags.add(modifiers(node, element.name));
        return element;
    }

    bool function(TSNode node, bool is_declared) {
        auto element = definition(node, ElementKind::function);
        if (b.current_kind() == ElementKind::trait || b.current_kind() == ElementKind::implementation)
            element.kind = ElementKind::method;
        element.flags.set(ElementFlag::declaration, is_declared);
        element.flags.set(ElementFlag::abstract, is_declared && element.kind == ElementKind::method);
        element.parameter_count = count_children(child(node, Field::parameters));
        b.open(element);
        return true;
    }

    bool item(TSNode node, ElementKind kind) {
        b.open(definition(node, kind));
        return true;
    }

    bool value(TSNode node, ElementKind kind) {
        const auto name = child(node, Field::name);
        b.open({.kind = kind, .node = node, .name = name, .flags = visibility(node), .is_value = true});
        return true;
    }

    bool trait(TSNode node) {
        item(node, ElementKind::trait);
        if (const auto bounds = child_of_role(node, Role::trait_bounds); !ts_node_is_null(bounds))
            for_each_child(bounds, [&](TSNode bound) { type_reference(ReferenceKind::inherit, bound); });
        return true;
    }

    /// `&T`, `[T]`, `T<U>`
    static bool is_wrapping_type(Role role) {
        return role == Role::generic_type || role == Role::reference_type || role == Role::array_type ||
               role == Role::pointer_type;
    }

    /// `impl Trait for Type`: members belong to the type.
    bool implementation(TSNode node) {
        const auto trait = child(node, Field::trait);
        auto type = child(node, Field::type);
        for (int i = 0; i < 16 && is_wrapping_type(role_of(type)); ++i) {
            const auto inner = child(type, Field::type);
            type = ts_node_is_null(inner) ? child(type, Field::element) : inner;
        }
        if (role_of(type) == Role::scoped_type_identifier) type = child(type, Field::name);
        NewElement element{
            .kind = ElementKind::implementation, .node = node, .name = type, .body = child(node, Field::body)};
        element.flags.set(ElementFlag::exported, !ts_node_is_null(trait));
        element.flags.set(ElementFlag::generic, has(node, Field::type_parameters));
        element.name_text = b.in_one_line(b.start(type), b.end(type), Builder::name_bytes_max);
        b.open(element);
        if (!ts_node_is_null(trait)) type_reference(ReferenceKind::implement, trait);
        return true;
    }

    bool module(TSNode node) {
        const auto name = child(node, Field::name);
        const auto body = child(node, Field::body);
        ElementFlags flags = visibility(node);
        flags.set(ElementFlag::declaration, ts_node_is_null(body));
        if (ts_node_is_null(body))
            b.import(name, {.kind = ImportKind::submodule, .is_relative = true, .module = b.text(name)});
        b.open({.kind = ElementKind::module, .node = node, .name = name, .body = body, .flags = flags});
        return true;
    }

    /// The patterns and templates of a macro are not code yet.
    bool macro(TSNode node) {
        const auto name = child(node, Field::name);
        b.add({.kind = ElementKind::macro, .node = node, .name = name, .is_value = true});
        return false;
    }

    // --- attributes ---

    bool attribute_item(TSNode node) {
        ElementFlags flags;
        const auto text = b.raw(node);
        flags.set(ElementFlag::deprecated, text.starts_with("#[deprecated"));
        flags.set(ElementFlag::test, text == "#[test]" || text.find("::test") != std::string_view::npos);
        flags.set(ElementFlag::exported, text.starts_with("#[macro_export"));
        b.lead(node, flags);
        return true;
    }

    /// `derive(A, b::C)` is one for each of its traits.
    bool attribute(TSNode node) {
        const auto name = named_child(node, 0);
        if (ts_node_is_null(name)) return false;
        if (b.raw(name) != "derive") {
            path_reference(ReferenceKind::decorate, name, -1);
            return false;
        }
        for_each_child(child(node, Field::arguments), [&](TSNode part) {
            const auto end = b.end(part);
            const bool is_scope = b.source().substr(end).starts_with("::");
            if (role_of(part) == Role::identifier && !is_scope) b.reference(ReferenceKind::decorate, part, "derive");
        });
        return false;
    }

    // --- use ---

    struct UseTree {
        TSNode node;
        std::string_view prefix;
    };

    bool use(TSNode node) {
        const bool is_public = has_visibility(node);
        std::vector<UseTree> open{{child(node, Field::argument), {}}};
        while (!open.empty()) {
            const auto tree = open.back();
            open.pop_back();
            if (ts_node_is_null(tree.node)) continue;
            switch (role_of(tree.node)) {
                case Role::scoped_use_list:
                    open.push_back(
                        {child(tree.node, Field::list), path_of(tree.prefix, child(tree.node, Field::path))});
                    break;
                case Role::use_list: {
                    const auto first = open.size();
                    for_each_child(tree.node, [&](TSNode part) { open.push_back({part, tree.prefix}); });
                    std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
                    break;
                }
                default:
                    use_leaf(tree, is_public);
            }
        }
        return false;
    }

    std::string_view path_of(std::string_view prefix, TSNode path) {
        if (ts_node_is_null(path)) return prefix;
        const auto text = b.text(path);
        if (prefix.empty()) return text;
        if (prefix.size() + 2 + text.size() > Builder::qualified_name_bytes_max) return prefix;
        return b.arena().join({prefix, "::", text});
    }

    void use_leaf(const UseTree& leaf, bool is_public) {
        Import import{.kind = is_public ? ImportKind::re_export : ImportKind::use};
        auto path = leaf.node;
        if (role_of(path) == Role::use_as_clause) {
            import.alias = b.text(child(path, Field::alias));
            path = child(path, Field::path);
        }
        if (role_of(path) == Role::use_wildcard) {
            import.kind = is_public ? ImportKind::re_export_all : ImportKind::wildcard;
            import.module = path_of(leaf.prefix, named_child(path, 0));
        } else if (role_of(path) == Role::scoped_identifier) {
            import.module = path_of(leaf.prefix, child(path, Field::path));
            import.name = b.text(child(path, Field::name));
        } else if (role_of(path) == Role::self) {
            import.module = leaf.prefix.empty() ? b.text(path) : leaf.prefix;
        } else {
            import.module = leaf.prefix.empty() ? b.text(path) : leaf.prefix;
            if (!leaf.prefix.empty()) import.name = b.text(path);
        }
        import.is_relative = import.module.starts_with("self") || import.module.starts_with("super");
        b.import(leaf.node, import);
    }

    bool extern_crate(TSNode node) {
        const auto name = child(node, Field::name);
        const auto alias = child(node, Field::alias);
        b.import(name, {.kind = ImportKind::import,
                        .module = b.text(name),
                        .alias = ts_node_is_null(alias) ? std::string_view{} : b.text(alias)});
        return false;
    }

    // --- references ---

    void path_reference(ReferenceKind kind, TSNode path, std::int32_t count) {
        switch (role_of(path)) {
            case Role::identifier:
            case Role::self:
            case Role::super:
            case Role::type_identifier:
                b.reference(kind, path, {}, count);
                return;
            case Role::scoped_identifier:
            case Role::scoped_type_identifier:
                b.reference(kind, child(path, Field::name), b.receiver(child(path, Field::path)), count);
                return;
            case Role::field_expression:
                b.reference(kind, child(path, Field::field), b.receiver(child(path, Field::value)), count);
                return;
            case Role::generic_function:
                path_reference(kind, child(path, Field::function), count);
                return;
            case Role::generic_type:
                path_reference(kind, child(path, Field::type), count);
                return;
            default:
                b.nameless_reference(kind, path, count);
        }
    }

    void type_reference(ReferenceKind kind, TSNode type) {
        const auto role = role_of(type);
        if (role == Role::type_identifier || role == Role::scoped_type_identifier || role == Role::generic_type)
            path_reference(kind, type, -1);
    }

    bool call(TSNode node) {
        const auto function = child(node, Field::function);
        if (!ts_node_is_null(function))
            path_reference(ReferenceKind::call, function, count_children(child(node, Field::arguments)));
        return true;
    }

    bool expand(TSNode node) {
        if (const auto name = child(node, Field::macro); !ts_node_is_null(name))
            path_reference(ReferenceKind::expand, name, -1);
        return true;
    }

    bool instantiate(TSNode node) {
        auto name = child(node, Field::name);
        if (!ts_node_is_null(name)) path_reference(ReferenceKind::instantiate, name, -1);
        return true;
    }

    bool field(TSNode node) {
        const auto parent = above();
        if (parent == Role::generic_function || (parent == Role::call_expression && is_field(Field::function)))
            return true;
        const bool is_target =
            (parent == Role::assignment_expression || parent == Role::compound_assignment) && is_field(Field::left);
        path_reference(is_target ? ReferenceKind::write : ReferenceKind::read, node, -1);
        return true;
    }

    /// The arguments of a macro are tokens: what looks like a call there is taken for one.
    bool token(TSNode node) {
        const auto end = b.end(node);
        const auto next = b.source().substr(end, 1);
        const bool is_call = next == "(";
        const bool is_macro = next == "!" && b.source().substr(end, 2) != "!=";
        if (!is_call && !is_macro) return false;
        const auto start = b.start(node);
        auto from = start;
        while (from > 0 && start - from < 96 && is_path_character(b.source()[from - 1])) --from;
        auto receiver = b.raw(from, start);
        while (receiver.ends_with(':') || receiver.ends_with('.')) receiver.remove_suffix(1);
        while (receiver.starts_with(':') || receiver.starts_with('.')) receiver.remove_prefix(1);
        b.reference(is_macro ? ReferenceKind::expand : ReferenceKind::call, node, b.storable(receiver));
        return false;
    }

    bool type_identifier(TSNode node) {
        const auto parent = above();
        const bool is_declared =
            is_field(Field::name) && parent != Role::scoped_type_identifier && parent != Role::struct_expression;
        if (is_declared || is_reported() || parent == Role::scoped_type_identifier || b.raw(node) == "_") return false;
        b.reference(ReferenceKind::type_use, node);
        return false;
    }

    bool scoped_type(TSNode node) {
        if (!is_reported() && above() != Role::scoped_type_identifier)
            path_reference(ReferenceKind::type_use, node, -1);
        return true;
    }

    /// Whether the type being entered was reported by what is around it: an implemented trait, a supertrait, a literal.
    bool is_reported() const {
        const bool is_generic = above() == Role::generic_type && is_field(Field::type);
        const auto parent = is_generic ? above(2) : above();
        if (parent == Role::struct_expression) return is_generic || is_field(Field::name);
        if (parent == Role::impl_item) return !is_generic && is_field(Field::trait);
        return parent == Role::trait_bounds && (is_generic ? above(3) : above(2)) == Role::trait_item;
    }
};

}  // namespace

void extract_rust(Builder& builder, TSNode root) {
    walk_with<RustRules, Language::rust>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
