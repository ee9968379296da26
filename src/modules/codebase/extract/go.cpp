// Go: what its syntax tree says.

#include <algorithm>
#include <vector>

#include "modules/codebase/extract/rules.hpp"
#include "modules/codebase/extract/walk.hpp"

namespace gsdb::codebase::extract {
namespace {

enum class Role : std::uint8_t {
    none,
    error,
    comment,
    assignment_statement,
    blank_identifier,
    call_expression,
    composite_literal,
    const_declaration,
    const_spec,
    dot,
    expression_list,
    field_declaration,
    func_literal,
    function_declaration,
    generic_type,
    identifier,
    import_spec,
    interface_type,
    method_declaration,
    method_elem,
    package_clause,
    parenthesized_type,
    pointer_type,
    qualified_type,
    selector_expression,
    struct_type,
    type_alias,
    type_declaration,
    type_elem,
    type_identifier,
    type_spec,
    var_declaration,
    var_spec
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"comment", Role::comment},
    {"assignment_statement", Role::assignment_statement},
    {"blank_identifier", Role::blank_identifier},
    {"call_expression", Role::call_expression},
    {"composite_literal", Role::composite_literal},
    {"const_declaration", Role::const_declaration},
    {"const_spec", Role::const_spec},
    {"dot", Role::dot},
    {"expression_list", Role::expression_list},
    {"field_declaration", Role::field_declaration},
    {"func_literal", Role::func_literal},
    {"function_declaration", Role::function_declaration},
    {"generic_type", Role::generic_type},
    {"identifier", Role::identifier},
    {"import_spec", Role::import_spec},
    {"interface_type", Role::interface_type},
    {"method_declaration", Role::method_declaration},
    {"method_elem", Role::method_elem},
    {"package_clause", Role::package_clause},
    {"parenthesized_type", Role::parenthesized_type},
    {"pointer_type", Role::pointer_type},
    {"qualified_type", Role::qualified_type},
    {"selector_expression", Role::selector_expression},
    {"struct_type", Role::struct_type},
    {"type_alias", Role::type_alias},
    {"type_declaration", Role::type_declaration},
    {"type_elem", Role::type_elem},
    {"type_identifier", Role::type_identifier},
    {"type_spec", Role::type_spec},
    {"var_declaration", Role::var_declaration},
    {"var_spec", Role::var_spec},
};

class GoRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::package_clause:
                return package(node);
            case Role::import_spec:
                return import(node);
            case Role::function_declaration:
                return function(node);
            case Role::method_declaration:
                return method(node);
            case Role::method_elem:
                return interface_method(node);
            case Role::func_literal:
                b.open_scope(ElementKind::function);
                return true;
            case Role::type_declaration:
            case Role::const_declaration:
            case Role::var_declaration:
                b.wrap(node, {}, named_child_count(node) == 1 && b.raw(node).find('(') > 16);
                return true;
            case Role::type_spec:
            case Role::type_alias:
                return type(node);
            case Role::field_declaration:
                return field(node);
            case Role::type_elem:
                return embedded_interface(node);
            case Role::const_spec:
                return values(node, ElementKind::constant);
            case Role::var_spec:
                return values(node, ElementKind::variable);
            case Role::expression_list:
                return expression_list();
            case Role::call_expression:
                return call(node);
            case Role::composite_literal:
                return literal(node);
            case Role::selector_expression:
                return selector(node);
            case Role::type_identifier:
                return type_identifier(node);
            case Role::qualified_type:
                return qualified_type(node);
            default:
                return true;
        }
    }

  private:
    /// Names that begin with an upper case letter leave the package.
    static ElementFlags visibility(std::string_view name) {
        ElementFlags flags;
        flags.set(ElementFlag::exported, !name.empty() && name[0] >= 'A' && name[0] <= 'Z');
        return flags;
    }

    bool package(TSNode node) {
        const auto ordinal = b.add({.kind = ElementKind::package, .node = node, .name = named_child(node, 0)});
        if (ordinal != no_element) b.file_doc(b.element(ordinal).doc);
        return false;
    }

    bool import(TSNode node) {
        auto path = b.raw(child(node, Field::path));
        if (path.size() >= 2) path = path.substr(1, path.size() - 2);
        Import import{.kind = ImportKind::import, .is_relative = path.starts_with('.'), .module = b.storable(path)};
        const auto name = child(node, Field::name);
        if (role_of(name) == Role::dot)
            import.kind = ImportKind::wildcard;
        else if (!ts_node_is_null(name))
            import.alias = b.text(name);
        b.import(node, import);
        return false;
    }

    std::int32_t parameter_count(TSNode node) {
        // `a, b int` is one declaration of two parameters.
        std::int32_t count = 0;
        const auto parameters = child(node, Field::parameters);
        if (ts_node_is_null(parameters)) return count;
        for_each_child(parameters, [&](TSNode parameter) {
            std::int32_t named = 0;
            const auto type = child(parameter, Field::type);
            for_each_child(parameter, [&](TSNode part) {
                named += !same_node(part, type) && role_of(part) == Role::identifier ? 1 : 0;
            });
            count += std::max(named, 1);
        });
        return count;
    }

    NewElement callable(TSNode node, ElementKind kind) {
        auto element = b.definition(node, kind);
        element.flags.add(visibility(b.raw(element.name)));
        element.parameter_count = parameter_count(node);
        return element;
    }

    bool function(TSNode node) {
        auto element = callable(node, ElementKind::function);
        element.flags.set(ElementFlag::declaration, ts_node_is_null(element.body));  // written in assembly
        element.flags.set(ElementFlag::test,
                          b.raw(child(node, Field::parameters)).find("*testing.") != std::string_view::npos &&
                              b.raw(element.name).find_first_of("TBFE") == 0);
        b.open(element);
        return true;
    }

    /// `func (t *Type[K]) Name()`: the type may stand in another file of the package.
    bool method(TSNode node) {
        auto element = callable(node, ElementKind::method);
        const auto receiver = named_child(child(node, Field::receiver), 0);
        auto type = child(receiver, Field::type);
        for (int i = 0; i < 8 && !ts_node_is_null(type) && role_of(type) != Role::type_identifier; ++i)
            type = role_of(type) == Role::generic_type ? child(type, Field::type) : named_child(type, 0);
        if (!ts_node_is_null(type)) element.owner = b.text(type);
        b.open(element);
        return true;
    }

    bool interface_method(TSNode node) {
        if (b.current_kind() != ElementKind::interface) return true;
        auto element = callable(node, ElementKind::method);
        element.flags.set(ElementFlag::declaration);
        element.flags.set(ElementFlag::abstract);
        b.open(element);
        return true;
    }

    bool type(TSNode node) {
        const auto type = child(node, Field::type);
        auto element = b.definition(node, ElementKind::type_alias);
        element.flags.add(visibility(b.raw(element.name)));
        if (role_of(type) == Role::struct_type) element.kind = ElementKind::struct_;
        if (role_of(type) == Role::interface_type) element.kind = ElementKind::interface;
        if (element.kind == ElementKind::type_alias)
            element.is_value = true;
        else
            element.body = type;
        b.open(element);
        return true;
    }

    bool is_record_scope() const {
        return b.current_kind() == ElementKind::struct_ || b.current_kind() == ElementKind::field ||
               b.current_kind() == ElementKind::type_alias || b.current_kind() == ElementKind::variable;
    }

    /// `A, B int`, or an embedded type.
    bool field(TSNode node) {
        if (!is_record_scope()) return true;
        const auto type = child(node, Field::type);
        if (!has(node, Field::name)) {
            embed(node, type);
            return true;
        }
        const auto name_field = b.field_id(Field::name);
        std::vector<TSNode> fields;
        for (std::uint32_t i = 0; i < child_count(node) && i < 64; ++i)
            if (const auto part = any_child(node, i); ts_node_is_named(part) && field_of(node, i) == name_field)
                fields.push_back(part);
        define_each(fields, node, ElementKind::field);
        return true;
    }

    /// The only name of a declaration has it all to itself.
    void define_each(const std::vector<TSNode>& declared, TSNode declaration, ElementKind kind) {
        const bool is_only = declared.size() == 1;
        for (const auto name : declared) {
            const NewElement element{.kind = kind,
                                     .node = is_only ? declaration : name,
                                     .name = name,
                                     .flags = visibility(b.raw(name)),
                                     .is_value = true};
            if (is_only)
                b.open(element);
            else
                b.add(element);
        }
    }

    TSFieldId field_of(TSNode node, std::uint32_t index) const {
        const char* name = ts_node_field_name_for_child(node, index);
        return name != nullptr && std::string_view(name) == "name" ? b.field_id(Field::name) : 0;
    }

    /// An embedded type is a base and, under its own name, a field.
    void embed(TSNode node, TSNode type) {
        const auto name = inherit(type);
        b.add({.kind = ElementKind::field,
               .node = node,
               .name = name,
               .flags = visibility(b.raw(name)),
               .is_value = true});
    }

    /// The name of the type, past pointers and type arguments.
    TSNode inherit(TSNode type) {
        for (int i = 0; i < 8 && !ts_node_is_null(type); ++i) {
            reported_ = type.id;
            switch (role_of(type)) {
                case Role::type_identifier:
                    b.reference(ReferenceKind::inherit, type);
                    return type;
                case Role::qualified_type:
                    b.reference(ReferenceKind::inherit, child(type, Field::name), b.text(child(type, Field::package)));
                    return child(type, Field::name);
                case Role::generic_type:
                    type = child(type, Field::type);
                    continue;
                default:
                    type = named_child(type, 0);
            }
        }
        return {};
    }

    bool embedded_interface(TSNode node) {
        if (above() != Role::interface_type || named_child_count(node) != 1) return true;
        inherit(named_child(node, 0));
        return true;
    }

    /// `const a, b = 1, 2`; inside functions they are local.
    bool values(TSNode node, ElementKind kind) {
        if (!b.at_top()) return true;
        std::vector<TSNode> declared;
        for (std::uint32_t i = 0; i < child_count(node) && i < 256; ++i) {
            const auto part = any_child(node, i);
            if (role_of(part) == Role::identifier && field_of(node, i) != 0) declared.push_back(part);
            if (!ts_node_is_named(part) && b.raw(part) == "=") break;
        }
        define_each(declared, node, kind);
        return true;
    }

    // --- references ---

    void name_reference(ReferenceKind kind, TSNode named, std::int32_t count) {
        switch (role_of(named)) {
            case Role::identifier:
            case Role::type_identifier:
                b.reference(kind, named, {}, count);
                return;
            case Role::selector_expression:
                b.reference(kind, child(named, Field::field), b.receiver(child(named, Field::operand)), count);
                return;
            case Role::qualified_type:
                b.reference(kind, child(named, Field::name), b.text(child(named, Field::package)), count);
                return;
            case Role::generic_type:
                name_reference(kind, child(named, Field::type), count);
                return;
            default:
                b.nameless_reference(kind, named, count);
        }
    }

    bool call(TSNode node) {
        const auto function = child(node, Field::function);
        if (!ts_node_is_null(function))
            name_reference(ReferenceKind::call, function, count_children(child(node, Field::arguments)));
        return true;
    }

    bool literal(TSNode node) {
        auto type = child(node, Field::type);
        if (role_of(type) == Role::generic_type) type = child(type, Field::type);
        const auto role = role_of(type);
        reported_ = type.id;
        if (role == Role::type_identifier || role == Role::qualified_type)
            name_reference(ReferenceKind::instantiate, type, -1);
        return true;
    }

    bool expression_list() {
        if (above() == Role::assignment_statement) target_depth_ = is_field(Field::left) ? b.depth() : 0;
        return true;
    }

    bool selector(TSNode node) {
        if (above() == Role::call_expression && is_field(Field::function)) return true;
        const bool is_target = above() == Role::expression_list && above(2) == Role::assignment_statement &&
                               target_depth_ + 1 == b.depth();
        name_reference(is_target ? ReferenceKind::write : ReferenceKind::read, node, -1);
        return true;
    }

    bool type_identifier(TSNode node) {
        const auto parent = above();
        const bool is_declared = (parent == Role::type_spec || parent == Role::type_alias) && is_field(Field::name);
        if (!is_declared && node.id != reported_) b.reference(ReferenceKind::type_use, node);
        return false;
    }

    bool qualified_type(TSNode node) {
        if (node.id != reported_) name_reference(ReferenceKind::type_use, node, -1);
        return false;
    }

    const void* reported_ = nullptr;  ///< the type that what is around it just reported: embedded or of a literal
    std::uint32_t target_depth_ = 0;  ///< of the left side of the assignment being walked
};

}  // namespace

void extract_go(Builder& builder, TSNode root) {
    walk_with<GoRules, Language::go>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
