// Java: what its syntax tree says.

#include <algorithm>

#include "modules/codebase/extract/modifiers.hpp"
#include "modules/codebase/extract/rules.hpp"
#include "modules/codebase/extract/walk.hpp"

namespace gsdb::codebase::extract {
namespace {

enum class Role : std::uint8_t {
    none,
    error,
    comment,
    annotation,
    annotation_element,
    annotation_type,
    assignment_expression,
    asterisk,
    class_body,
    class_declaration,
    compact_constructor,
    constant_declaration,
    constructor_declaration,
    enum_constant,
    enum_declaration,
    explicit_constructor,
    extends_interfaces,
    field_access,
    field_declaration,
    formal_parameter,
    formal_parameters,
    generic_type,
    identifier,
    import,
    interface_declaration,
    lambda,
    method_declaration,
    method_invocation,
    method_reference,
    modifiers,
    module,
    object_creation,
    package,
    record_declaration,
    requires_directive,
    scoped_identifier,
    scoped_type_identifier,
    super_interfaces,
    superclass,
    type_identifier,
    type_list,
    type_parameter,
    variable_declarator
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"line_comment", Role::comment},
    {"block_comment", Role::comment},
    {"annotation", Role::annotation},
    {"marker_annotation", Role::annotation},
    {"annotation_type_element_declaration", Role::annotation_element},
    {"annotation_type_declaration", Role::annotation_type},
    {"assignment_expression", Role::assignment_expression},
    {"asterisk", Role::asterisk},
    {"class_body", Role::class_body},
    {"class_declaration", Role::class_declaration},
    {"compact_constructor_declaration", Role::compact_constructor},
    {"constant_declaration", Role::constant_declaration},
    {"constructor_declaration", Role::constructor_declaration},
    {"enum_constant", Role::enum_constant},
    {"enum_declaration", Role::enum_declaration},
    {"explicit_constructor_invocation", Role::explicit_constructor},
    {"extends_interfaces", Role::extends_interfaces},
    {"field_access", Role::field_access},
    {"field_declaration", Role::field_declaration},
    {"formal_parameter", Role::formal_parameter},
    {"spread_parameter", Role::formal_parameter},
    {"formal_parameters", Role::formal_parameters},
    {"generic_type", Role::generic_type},
    {"identifier", Role::identifier},
    {"import_declaration", Role::import},
    {"interface_declaration", Role::interface_declaration},
    {"lambda_expression", Role::lambda},
    {"method_declaration", Role::method_declaration},
    {"method_invocation", Role::method_invocation},
    {"method_reference", Role::method_reference},
    {"modifiers", Role::modifiers},
    {"module_declaration", Role::module},
    {"object_creation_expression", Role::object_creation},
    {"package_declaration", Role::package},
    {"record_declaration", Role::record_declaration},
    {"requires_module_directive", Role::requires_directive},
    {"scoped_identifier", Role::scoped_identifier},
    {"scoped_type_identifier", Role::scoped_type_identifier},
    {"super_interfaces", Role::super_interfaces},
    {"superclass", Role::superclass},
    {"type_identifier", Role::type_identifier},
    {"type_list", Role::type_list},
    {"type_parameter", Role::type_parameter},
    {"variable_declarator", Role::variable_declarator},
};

constexpr Modifier modifier_words[] = {
    {"private", ElementFlag::private_},  {"protected", ElementFlag::protected_}, {"static", ElementFlag::static_},
    {"abstract", ElementFlag::abstract}, {"final", ElementFlag::final_},
};
constexpr Modifier annotations[] = {
    {"Override", ElementFlag::override_},
    {"Deprecated", ElementFlag::deprecated},
    {"Test", ElementFlag::test},
    {"ParameterizedTest", ElementFlag::test},
};

class JavaRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::package:
                return package(node);
            case Role::import:
                return import(node);
            case Role::module:
                return module(node);
            case Role::requires_directive:
                return require_module(node);
            case Role::class_declaration:
                return type(node, ElementKind::class_);
            case Role::interface_declaration:
                return type(node, ElementKind::interface);
            case Role::enum_declaration:
                return type(node, ElementKind::enum_);
            case Role::record_declaration:
                return type(node, ElementKind::record);
            case Role::annotation_type:
                return type(node, ElementKind::annotation);
            case Role::method_declaration:
            case Role::annotation_element:
                return callable(node, ElementKind::method);
            case Role::constructor_declaration:
            case Role::compact_constructor:
                return callable(node, ElementKind::constructor);
            case Role::field_declaration:
            case Role::constant_declaration:
                return fields(node);
            case Role::variable_declarator:
                return field(node);
            case Role::formal_parameter:
                return record_component(node);
            case Role::enum_constant:
                return enum_constant(node);
            case Role::class_body:
                return class_body(node);
            case Role::lambda:
                b.open_scope(ElementKind::function);
                return true;
            case Role::annotation:
                return annotation(node);
            case Role::superclass:
                return inherit(node, ReferenceKind::inherit);
            case Role::type_list:
                return type_list(node);
            case Role::method_invocation:
                return call(node);
            case Role::explicit_constructor:
                return call_constructor(node);
            case Role::object_creation:
                return instantiate(node);
            case Role::method_reference:
                return method_reference(node);
            case Role::field_access:
                return field_access(node);
            case Role::type_identifier:
                return type_identifier(node);
            case Role::scoped_type_identifier:
                return scoped_type(node);
            default:
                return true;
        }
    }

  private:
    // --- packages, modules, imports ---

    bool package(TSNode node) {
        const auto name = named_child(node, named_child_count(node) - 1);
        b.add({.kind = ElementKind::package, .node = node, .name = name});
        return true;
    }

    /// `import a.b.C;` takes C out of a.b; `import static a.b.C.f;` takes f out of a.b.C.
    bool import(TSNode node) {
        auto path = named_child(node, 0);
        for (std::uint32_t i = 1; role_of(path) == Role::comment && i < 8; ++i) path = named_child(node, i);
        if (ts_node_is_null(path)) return false;
        const bool is_wildcard = !ts_node_is_null(child_of_role(node, Role::asterisk));
        Import import{.kind = ImportKind::wildcard, .module = b.text(path)};
        if (!is_wildcard) {
            const auto scope = child(path, Field::scope);
            import.kind = ts_node_is_null(scope) ? ImportKind::import : ImportKind::from_import;
            if (!ts_node_is_null(scope)) {
                import.module = b.text(scope);
                import.name = b.text(child(path, Field::name));
            }
        }
        b.import(path, import);
        return false;
    }

    bool module(TSNode node) {
        b.open(b.definition(node, ElementKind::module));
        return true;
    }

    bool require_module(TSNode node) {
        const auto module = child(node, Field::module);
        if (!ts_node_is_null(module)) b.import(module, {.kind = ImportKind::import, .module = b.text(module)});
        return false;
    }

    // --- definitions ---

    /// Everything but private members can be seen from other files, as far as what is around them can.
    ElementFlags modifiers(TSNode node) {
        ElementFlags flags;
        const auto words = child_of_role(node, Role::modifiers);
        if (!ts_node_is_null(words)) read_parts(words, flags);
        const bool is_public = in_interface() || !flags.has(ElementFlag::private_);
        flags.set(ElementFlag::exported, is_public && b.is_around_exported() && !is_callable(b.current_kind()));
        return flags;
    }

    bool in_interface() const {
        return b.current_kind() == ElementKind::interface || b.current_kind() == ElementKind::annotation;
    }

    void read_parts(TSNode modifiers, ElementFlags& flags) {
        const auto count = std::min(child_count(modifiers), 32U);
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto part = any_child(modifiers, i);
            if (role_of(part) == Role::annotation)
                read_modifier(b.raw(child(part, Field::name)), annotations, flags);
            else
                read_modifier(b.raw(part), modifier_words, flags);
        }
    }

    /// Where the declaration itself begins: annotations are not part of the signature.
    TSNode header(TSNode node) const {
        const auto words = child_of_role(node, Role::modifiers);
        if (ts_node_is_null(words)) return {};
        const auto count = std::min(child_count(words), 32U);
        for (std::uint32_t i = 0; i < count; ++i)
            if (const auto part = any_child(words, i);
                role_of(part) != Role::annotation && role_of(part) != Role::comment)
                return part;
        return ts_node_next_sibling(words);
    }

    NewElement definition(TSNode node, ElementKind kind) {
        auto element = b.definition(node, kind);
        element.header = header(node);
        element.flags.add(modifiers(node));
        return element;
    }

    bool type(TSNode node, ElementKind kind) {
        b.open(definition(node, kind));
        return true;
    }

    bool callable(TSNode node, ElementKind kind) {
        auto element = definition(node, kind);
        const bool has_no_body = ts_node_is_null(element.body) && kind == ElementKind::method;
        element.flags.set(ElementFlag::declaration, has_no_body);
        if (has_no_body && in_interface()) element.flags.set(ElementFlag::abstract);
        element.parameter_count = count_children(child(node, Field::parameters), [&](TSNode parameter) {
            return role_of(parameter) == Role::formal_parameter;
        });
        b.open(element);
        return true;
    }

    /// Several declarators share one declaration: `int a, b;`
    bool fields(TSNode node) {
        const auto flags = modifiers(node);
        const bool is_constant = role_of(node) == Role::constant_declaration || in_interface() ||
                                 (flags.has(ElementFlag::static_) && flags.has(ElementFlag::final_));
        field_kind_ = is_constant ? ElementKind::constant : ElementKind::field;
        field_flags_ = flags;
        field_flags_.set(ElementFlag::readonly, is_constant || flags.has(ElementFlag::final_));
        int declarators = 0;
        TSNode only{};
        for_each_child(node, [&](TSNode part) {
            if (role_of(part) != Role::variable_declarator) return;
            ++declarators;
            only = part;
        });
        has_one_declarator_ = declarators == 1;
        // With one, annotations, type and initializer are the field's own.
        if (has_one_declarator_) open_field(node, only);
        return true;
    }

    void open_field(TSNode node, TSNode declarator) {
        b.open({.kind = field_kind_,
                .node = node,
                .name = child(declarator, Field::name),
                .header = same_node(node, declarator) ? TSNode{} : header(node),
                .flags = field_flags_,
                .is_value = true});
    }

    bool field(TSNode node) {
        const bool is_field_of_several =
            (above() == Role::field_declaration || above() == Role::constant_declaration) && !has_one_declarator_;
        if (is_field_of_several) open_field(node, node);
        return true;
    }

    bool record_component(TSNode node) {
        if (above(2) != Role::record_declaration) return true;
        auto name = child(node, Field::name);
        if (ts_node_is_null(name)) name = child(child_of_role(node, Role::variable_declarator), Field::name);
        if (ts_node_is_null(name)) return true;
        ElementFlags flags;
        flags.set(ElementFlag::exported,
                  b.current() != no_element && b.element(b.current()).flags.has(ElementFlag::exported));
        flags.set(ElementFlag::readonly);
        b.open({.kind = ElementKind::field, .node = node, .name = name, .flags = flags, .is_value = true});
        return true;
    }

    bool enum_constant(TSNode node) {
        b.open({.kind = ElementKind::enum_member,
                .node = node,
                .name = child(node, Field::name),
                .body = child(node, Field::body),
                .flags = modifiers(node),
                .is_value = true});
        return true;
    }

    /// `new Runnable() { ... }` defines a class without a name.
    bool class_body(TSNode node) {
        if (above() != Role::object_creation) return true;
        ElementFlags flags;
        flags.set(ElementFlag::anonymous);
        const auto* created = creations_.around(here());
        const auto creation = created == nullptr ? TSNode{} : *created;
        const auto type = child(creation, Field::type);
        b.open({.kind = ElementKind::class_,
                .node = node,
                .name_text = anonymous_name(type),
                .body = node,
                .header = creation,
                .flags = flags});
        if (!ts_node_is_null(type)) name_reference(ReferenceKind::inherit, type, -1);
        return true;
    }

    std::string_view anonymous_name(TSNode type) {
        if (ts_node_is_null(type)) return "<anonymous>";
        const auto text = b.in_one_line(b.start(type), b.end(type), 100);
        const auto plain = text.substr(0, text.find('<'));
        return b.arena().join({"<anonymous ", plain, ">"});
    }

    // --- references ---

    bool annotation(TSNode node) {
        const auto name = child(node, Field::name);
        const auto arguments = child(node, Field::arguments);
        if (!ts_node_is_null(name))
            name_reference(ReferenceKind::decorate, name, ts_node_is_null(arguments) ? -1 : count_children(arguments));
        return true;
    }

    void name_reference(ReferenceKind kind, TSNode named, std::int32_t count) {
        switch (role_of(named)) {
            case Role::identifier:
            case Role::type_identifier:
                b.reference(kind, named, {}, count);
                return;
            case Role::scoped_identifier:
                b.reference(kind, child(named, Field::name), b.receiver(child(named, Field::scope)), count);
                return;
            case Role::generic_type:
                name_reference(kind, named_child(named, 0), count);
                return;
            case Role::scoped_type_identifier: {  // its last part is the name
                const auto parts = named_child_count(named);
                b.reference(kind, named_child(named, parts - 1), b.receiver(named_child(named, 0)), count);
                return;
            }
            default:
                b.nameless_reference(kind, named, count);
        }
    }

    bool inherit(TSNode clause, ReferenceKind kind) {
        for_each_child(clause, [&](TSNode type) {
            const auto role = role_of(type);
            if (role == Role::type_identifier || role == Role::generic_type || role == Role::scoped_type_identifier)
                name_reference(kind, type, -1);
        });
        return true;
    }

    bool type_list(TSNode node) {
        if (above() == Role::super_interfaces) return inherit(node, ReferenceKind::implement);
        if (above() == Role::extends_interfaces) return inherit(node, ReferenceKind::inherit);
        return true;
    }

    bool call(TSNode node) {
        const auto name = child(node, Field::name);
        if (!ts_node_is_null(name))
            b.reference(ReferenceKind::call, name, b.receiver(child(node, Field::object)),
                        count_children(child(node, Field::arguments)));
        return true;
    }

    /// `super(...)`, `this(...)`
    bool call_constructor(TSNode node) {
        const auto which = child(node, Field::constructor);
        if (!ts_node_is_null(which))
            b.reference(ReferenceKind::call, which, {}, count_children(child(node, Field::arguments)));
        return true;
    }

    bool instantiate(TSNode node) {
        const auto type = child(node, Field::type);
        creations_.set(b.end(node), node);
        if (!ts_node_is_null(type))
            name_reference(ReferenceKind::instantiate, type, count_children(child(node, Field::arguments)));
        return true;
    }

    /// `Type::method` hands the method on.
    bool method_reference(TSNode node) {
        const auto parts = named_child_count(node);
        const auto name = named_child(node, parts - 1);
        if (parts >= 2 && role_of(name) == Role::identifier)
            b.reference(ReferenceKind::read, name, b.receiver(named_child(node, 0)));
        return true;
    }

    bool field_access(TSNode node) {
        const bool is_target = above() == Role::assignment_expression && is_field(Field::left);
        const auto name = child(node, Field::field);
        if (!ts_node_is_null(name))
            b.reference(is_target ? ReferenceKind::write : ReferenceKind::read, name,
                        b.receiver(child(node, Field::object)));
        return true;
    }

    /// Whether the type being entered was reported by what is around it.
    bool is_reported() const {
        const auto parent = above() == Role::generic_type ? above(2) : above();
        const auto list = above() == Role::generic_type ? above(3) : above(2);
        return parent == Role::superclass || (parent == Role::object_creation) ||
               (parent == Role::type_list && (list == Role::super_interfaces || list == Role::extends_interfaces));
    }

    bool type_identifier(TSNode node) {
        const auto parent = above();
        if (parent == Role::scoped_type_identifier || parent == Role::type_parameter || is_reported()) return false;
        b.reference(ReferenceKind::type_use, node);
        return false;
    }

    bool scoped_type(TSNode node) {
        if (!is_reported() && above() != Role::scoped_type_identifier)
            name_reference(ReferenceKind::type_use, node, -1);
        return true;
    }

    ElementKind field_kind_ = ElementKind::field;
    ElementFlags field_flags_;
    bool has_one_declarator_ = false;
    Enclosing<TSNode> creations_;  ///< of each `new` around
};

}  // namespace

void extract_java(Builder& builder, TSNode root) {
    walk_with<JavaRules, Language::java>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
