// JavaScript, JSX, TypeScript and TSX: what their syntax trees say. The grammars share their names, so one set of
// rules serves all.

#include <algorithm>
#include <unordered_set>
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
    abstract_method_signature,
    accessibility_modifier,
    ambient_declaration,
    array_pattern,
    arrow_function,
    assignment_expression,
    augmented_assignment_expression,
    await_expression,
    call_expression,
    class_body,
    class_declaration,
    class_expression,
    class_heritage,
    decorator,
    enclosing_expression,
    enum_assignment,
    enum_body,
    enum_declaration,
    export_clause,
    export_specifier,
    export_statement,
    extends_clause,
    extends_type_clause,
    field_definition,
    function_declaration,
    function_expression,
    function_signature,
    generic_type,
    identifier,
    implements_clause,
    import_alias,
    import_clause,
    import_keyword,
    import_require_clause,
    import_specifier,
    import_statement,
    interface_body,
    interface_declaration,
    jsx_closing,
    jsx_opening,
    lexical_declaration,
    member_expression,
    method_definition,
    method_signature,
    module,
    named_imports,
    namespace_,
    namespace_export,
    namespace_import,
    nested_type_identifier,
    new_expression,
    object,
    object_pattern,
    object_type,
    pair,
    pair_pattern,
    program,
    property_identifier,
    property_signature,
    parameter,
    rest_pattern,
    shorthand_pattern,
    shorthand_property,
    statement_block,
    string,
    super,
    type_alias,
    type_identifier,
    type_parameter,
    variable_declaration,
    variable_declarator,
    yield_expression
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"comment", Role::comment},
    {"html_comment", Role::comment},
    {"abstract_method_signature", Role::abstract_method_signature},
    {"accessibility_modifier", Role::accessibility_modifier},
    {"ambient_declaration", Role::ambient_declaration},
    {"array_pattern", Role::array_pattern},
    {"arrow_function", Role::arrow_function},
    {"assignment_expression", Role::assignment_expression},
    {"augmented_assignment_expression", Role::augmented_assignment_expression},
    {"await_expression", Role::await_expression},
    {"call_expression", Role::call_expression},
    {"class_body", Role::class_body},
    {"class_declaration", Role::class_declaration},
    {"abstract_class_declaration", Role::class_declaration},
    {"class", Role::class_expression},
    {"class_heritage", Role::class_heritage},
    {"decorator", Role::decorator},
    {"enum_assignment", Role::enum_assignment},
    {"enum_body", Role::enum_body},
    {"enum_declaration", Role::enum_declaration},
    {"export_clause", Role::export_clause},
    {"export_specifier", Role::export_specifier},
    {"export_statement", Role::export_statement},
    {"extends_clause", Role::extends_clause},
    {"extends_type_clause", Role::extends_type_clause},
    {"field_definition", Role::field_definition},
    {"public_field_definition", Role::field_definition},
    {"function_declaration", Role::function_declaration},
    {"generator_function_declaration", Role::function_declaration},
    {"function_expression", Role::function_expression},
    {"generator_function", Role::function_expression},
    {"function_signature", Role::function_signature},
    {"generic_type", Role::generic_type},
    {"identifier", Role::identifier},
    {"implements_clause", Role::implements_clause},
    {"import_alias", Role::import_alias},
    {"import_clause", Role::import_clause},
    {"import", Role::import_keyword},
    {"import_require_clause", Role::import_require_clause},
    {"import_specifier", Role::import_specifier},
    {"import_statement", Role::import_statement},
    {"interface_body", Role::interface_body},
    {"interface_declaration", Role::interface_declaration},
    {"jsx_opening_element", Role::jsx_opening},
    {"jsx_self_closing_element", Role::jsx_opening},
    {"jsx_closing_element", Role::jsx_closing},
    {"lexical_declaration", Role::lexical_declaration},
    {"member_expression", Role::member_expression},
    {"method_definition", Role::method_definition},
    {"method_signature", Role::method_signature},
    {"module", Role::module},
    {"named_imports", Role::named_imports},
    {"internal_module", Role::namespace_},
    {"namespace_export", Role::namespace_export},
    {"namespace_import", Role::namespace_import},
    {"nested_type_identifier", Role::nested_type_identifier},
    {"new_expression", Role::new_expression},
    {"object", Role::object},
    {"object_pattern", Role::object_pattern},
    {"object_type", Role::object_type},
    {"pair", Role::pair},
    {"pair_pattern", Role::pair_pattern},
    {"parenthesized_expression", Role::enclosing_expression},
    {"satisfies_expression", Role::enclosing_expression},
    {"as_expression", Role::enclosing_expression},
    {"non_null_expression", Role::enclosing_expression},
    {"program", Role::program},
    {"property_identifier", Role::property_identifier},
    {"private_property_identifier", Role::property_identifier},
    {"property_signature", Role::property_signature},
    {"required_parameter", Role::parameter},
    {"optional_parameter", Role::parameter},
    {"rest_pattern", Role::rest_pattern},
    {"shorthand_property_identifier_pattern", Role::shorthand_pattern},
    {"shorthand_property_identifier", Role::shorthand_property},
    {"statement_block", Role::statement_block},
    {"string", Role::string},
    {"super", Role::super},
    {"type_alias_declaration", Role::type_alias},
    {"type_identifier", Role::type_identifier},
    {"type_parameter", Role::type_parameter},
    {"variable_declaration", Role::variable_declaration},
    {"using_declaration", Role::lexical_declaration},
    {"variable_declarator", Role::variable_declarator},
    {"yield_expression", Role::yield_expression},
};

constexpr Modifier modifier_words[] = {
    {"async", ElementFlag::async},        {"static", ElementFlag::static_},       {"abstract", ElementFlag::abstract},
    {"private", ElementFlag::private_},   {"protected", ElementFlag::protected_}, {"readonly", ElementFlag::readonly},
    {"override", ElementFlag::override_}, {"declare", ElementFlag::declaration},
};

constexpr ElementFlags flags_of(std::initializer_list<ElementFlag> set) {
    ElementFlags flags;
    for (const auto flag : set) flags.set(flag);
    return flags;
}

bool is_relative(std::string_view module) {
    return module.starts_with('.') || module.starts_with('/');
}

class JavascriptRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::function_declaration:
                return function_declaration(node, {});
            case Role::function_signature:
                return function_declaration(node, flags_of({ElementFlag::declaration}));
            case Role::arrow_function:
            case Role::function_expression:
                return function_value(node);
            case Role::class_declaration:
                return class_declaration(node);
            case Role::class_expression:
                return class_value(node);
            case Role::method_definition:
                return method(node, {});
            case Role::method_signature:
                return method_signature(node);
            case Role::abstract_method_signature:
                return method(node, flags_of({ElementFlag::abstract, ElementFlag::declaration}));
            case Role::field_definition:
                return field(node);
            case Role::property_signature:
                return property_signature(node);
            case Role::parameter:
                return parameter_property(node);
            case Role::interface_declaration:
                return type_declaration(node, ElementKind::interface);
            case Role::type_alias:
                return type_declaration(node, ElementKind::type_alias);
            case Role::enum_declaration:
                return enum_declaration(node);
            case Role::enum_assignment:
                return enum_member(node, child(node, Field::name));
            case Role::property_identifier:
                return above() == Role::enum_body ? enum_member(node, node) : false;
            case Role::string:
                return above() == Role::enum_body ? enum_member(node, node) : false;
            case Role::namespace_:
            case Role::module:
                return module(node, role);
            case Role::lexical_declaration:
                return declaration(node, is_module_level());
            case Role::variable_declaration:
                return declaration(node, is_outside_functions());
            case Role::variable_declarator:
                return variable(node);
            case Role::assignment_expression:
                return assignment(node);
            case Role::pair:
                return pair(node);
            case Role::ambient_declaration:
                b.wrap(node, flags_of({ElementFlag::declaration}));
                return true;
            default:
                return enter_mention(role, node);
        }
    }

    /// Export lists may stand anywhere, so exports are settled at the end; members follow what they are in.
    void finish() {
        for (auto& element : b.elements()) {
            if (element.parent == no_element) {
                if (exports_.contains(element.name)) element.flags.set(ElementFlag::exported);
                if (default_export_ == element.name) element.flags.set(ElementFlag::default_export);
            } else if (is_member_kind(element.kind)) {
                const auto& parent = b.element(element.parent);
                const bool is_open = !element.flags.has(ElementFlag::private_) && has_members(parent.kind);
                if (is_open && parent.flags.has(ElementFlag::exported)) element.flags.set(ElementFlag::exported);
            }
        }
    }

  private:
    /// What is no definition: exports, imports, and what is said of things defined elsewhere.
    bool enter_mention(Role role, TSNode node) {
        switch (role) {
            case Role::export_statement:
                return export_statement(node);
            case Role::import_statement:
                return import_statement(node);
            case Role::import_alias:
                return import_alias(node);
            case Role::decorator:
                return decorator(node);
            case Role::class_heritage:
                return heritage(node);
            case Role::extends_type_clause:
                return inherit_types(node, ReferenceKind::inherit);
            case Role::implements_clause:
                return inherit_types(node, ReferenceKind::implement);
            case Role::call_expression:
                return call(node);
            case Role::new_expression:
                return instantiate(node);
            case Role::jsx_opening:
                return jsx(node);
            case Role::jsx_closing:
                return false;
            case Role::member_expression:
                return member(node);
            case Role::type_identifier:
                return type_use(node);
            case Role::nested_type_identifier:
                return nested_type_use(node);
            case Role::yield_expression:
                return yield();
            default:
                return true;
        }
    }

    static bool is_member_kind(ElementKind kind) {
        return kind == ElementKind::method || kind == ElementKind::constructor || kind == ElementKind::property ||
               kind == ElementKind::field || kind == ElementKind::enum_member;
    }
    static bool has_members(ElementKind kind) {
        return kind == ElementKind::class_ || kind == ElementKind::interface || kind == ElementKind::enum_ ||
               kind == ElementKind::type_alias || kind == ElementKind::variable || kind == ElementKind::constant;
    }

    // --- functions ---

    bool is_function(TSNode node) const {
        const auto role = role_of(node);
        return role == Role::arrow_function || role == Role::function_expression;
    }

    bool is_callable(TSNode node) const { return is_function(node) || role_of(node) == Role::class_expression; }

    /// The expression itself inside `(x)`, `x!`, `x as T`, `x satisfies T`.
    TSNode unwrapped(TSNode node) const {
        for (int i = 0; i < 16 && role_of(node) == Role::enclosing_expression; ++i) node = named_child(node, 0);
        return node;
    }

    std::int32_t parameter_count(TSNode function) const {
        if (has(function, Field::parameter)) return 1;  // x => ...
        const auto parameters = child(function, Field::parameters);
        return ts_node_is_null(parameters) ? -1 : count_children(parameters);
    }

    /// Where a definition itself begins.
    TSNode after_decorators(TSNode node) const {
        for (std::uint32_t i = 0; i < 64; ++i)
            if (const auto part = any_child(node, i);
                role_of(part) != Role::decorator && role_of(part) != Role::comment)
                return ts_node_is_null(part) ? node : part;
        return node;
    }

    /// What the words between the start of a definition and its name or parameters say.
    ElementFlags modifiers(TSNode node, TSNode end) const {
        const auto words = b.raw(b.start(after_decorators(node)), b.start(end));
        auto flags = read_modifiers(words, modifier_words);
        flags.set(ElementFlag::generator, words.contains('*'));
        return flags;
    }

    bool is_async(TSNode function) const {
        const auto text = b.raw(function);
        return text.starts_with("async") && text.size() > 5 && (text[5] == ' ' || text[5] == '(');
    }

    bool function_declaration(TSNode node, ElementFlags flags) {
        auto element = b.definition(node, ElementKind::function);
        element.flags.add(flags);
        if (is_async(node)) element.flags.set(ElementFlag::async);
        element.flags.add(modifiers(node, element.name));
        element.parameter_count = parameter_count(node);
        if (ts_node_is_null(element.name)) name_default(element);
        b.open(element);
        return true;
    }

    /// `export default function () {}`
    void name_default(NewElement& element) const {
        const bool is_default = b.wrapper_flags().has(ElementFlag::default_export);
        element.name_text = is_default ? "default" : element.kind == ElementKind::class_ ? "<class>" : "<function>";
        element.flags.set(ElementFlag::anonymous);
    }

    /// A function expression: named by itself or by what it is assigned to; else only a scope.
    bool function_value(TSNode node) {
        if (node.id == named_value_) return true;
        const auto name = child(node, Field::name);
        const bool is_default = b.is_wrapped() && b.wrapper_flags().has(ElementFlag::default_export);
        if (ts_node_is_null(name) && !is_default) {
            b.open_scope(ElementKind::function);
            return true;
        }
        return function_declaration(node, {});
    }

    /// Opens a function element for `value`, which is assigned to `name` by `node`.
    std::uint32_t open_function(NewElement element, TSNode value) {
        named_value_ = value.id;
        element.body = child(value, Field::body);
        element.parameter_count = parameter_count(value);
        if (is_async(value)) element.flags.set(ElementFlag::async);
        if (has(value, Field::type_parameters)) element.flags.set(ElementFlag::generic);
        element.flags.set(ElementFlag::generator, role_of(value) == Role::function_expression &&
                                                      b.raw(value).substr(0, 16).find('*') != std::string_view::npos);
        return b.open(element);
    }

    std::uint32_t open_class(NewElement element, TSNode value) {
        named_value_ = value.id;
        element.body = child(value, Field::body);
        element.flags.set(ElementFlag::generic, has(value, Field::type_parameters));
        return b.open(element);
    }

    /// Opens an element for a function or class that has a name by where it stands; false for any other value.
    bool open_callable(NewElement element, TSNode value) {
        if (is_function(value)) {
            open_function(element, value);
            return true;
        }
        if (role_of(value) != Role::class_expression) return false;
        element.kind = ElementKind::class_;
        open_class(element, value);
        return true;
    }

    // --- classes ---

    bool class_declaration(TSNode node) {
        const auto name = child(node, Field::name);
        NewElement element{.kind = ElementKind::class_,
                           .node = node,
                           .name = name,
                           .header = decorated_header(node),
                           .flags = modifiers(node, name)};
        if (ts_node_is_null(name)) name_default(element);
        open_class(element, node);
        return true;
    }

    /// Null where no decorator stands before it.
    TSNode decorated_header(TSNode node) const {
        return role_of(named_child(node, 0)) == Role::decorator ? after_decorators(node) : TSNode{};
    }

    bool class_value(TSNode node) { return node.id == named_value_ ? true : class_declaration(node); }

    TSNode member_name(TSNode node) const {
        const auto name = child(node, Field::name);
        return ts_node_is_null(name) ? child(node, Field::property) : name;
    }

    /// `"a b"` and `['x']` lose their quotes; other computed names stay as written.
    std::string_view name_text(TSNode name) {
        auto text = b.raw(name);
        if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
        if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
            text = text.substr(1, text.size() - 2);
        return text.empty() ? "<empty>" : text;
    }

    ElementFlags member_flags(TSNode node, TSNode name) const {
        auto flags = modifiers(node, name);
        if (b.raw(name).starts_with('#')) flags.set(ElementFlag::private_);
        return flags;
    }

    bool is_accessor(TSNode node, TSNode name) const {
        const auto words = b.raw(b.start(node), b.start(name));
        return words.ends_with("get ") || words.ends_with("set ");
    }

    bool method(TSNode node, ElementFlags flags) {
        auto element = b.definition(node, ElementKind::method);
        element.name_text = name_text(element.name);
        element.flags.add(flags);
        element.flags.add(member_flags(node, element.name));
        element.parameter_count = parameter_count(node);
        if (is_accessor(node, element.name)) element.kind = ElementKind::property;
        if (above() == Role::class_body && element.name_text == "constructor") element.kind = ElementKind::constructor;
        b.open(element);
        return true;
    }

    /// In an interface, a class (an overload), or a type alias of an object type; elsewhere it is part of a type.
    bool method_signature(TSNode node) {
        if (!is_type_member()) return true;
        return method(node, flags_of({ElementFlag::declaration}));
    }

    bool is_type_member() const {
        return above() == Role::interface_body || above() == Role::class_body ||
               (above() == Role::object_type && above(2) == Role::type_alias) ||
               (above() == Role::object_type && above(2) == Role::interface_declaration);
    }

    bool property_signature(TSNode node) {
        if (!is_type_member()) return true;
        const auto name = child(node, Field::name);
        b.add({.kind = ElementKind::field,
               .node = node,
               .name = name,
               .name_text = name_text(name),
               .flags = member_flags(node, name)});
        return true;
    }

    bool field(TSNode node) {
        const auto name = member_name(node);
        if (ts_node_is_null(name)) return true;
        NewElement element{.kind = ElementKind::field,
                           .node = node,
                           .name = name,
                           .name_text = name_text(name),
                           .header = decorated_header(node),
                           .flags = member_flags(node, name)};
        const auto value = unwrapped(child(node, Field::value));
        if (is_function(value)) element.kind = ElementKind::method;
        if (open_callable(element, value)) return true;
        element.is_value = true;
        b.add(element);
        return true;
    }

    /// `constructor(private readonly x: X)` makes a field.
    bool parameter_property(TSNode node) {
        if (b.current_kind() != ElementKind::constructor) return true;
        const auto name = child(node, Field::pattern);
        if (role_of(name) != Role::identifier) return true;
        const auto flags = modifiers(node, name);
        const bool is_property =
            role_of(child_of_role(node, Role::accessibility_modifier)) == Role::accessibility_modifier ||
            flags.has(ElementFlag::readonly) || flags.has(ElementFlag::override_);
        if (is_property)
            b.add({.kind = ElementKind::field,
                   .node = node,
                   .name = name,
                   .flags = flags,
                   .is_value = true,
                   .is_outer_member = true});
        return true;
    }

    // --- types, enums, namespaces ---

    bool type_declaration(TSNode node, ElementKind kind) {
        auto element = b.definition(node, kind);
        element.is_value = kind == ElementKind::type_alias;
        b.open(element);
        return true;
    }

    bool enum_declaration(TSNode node) {
        b.open(b.definition(node, ElementKind::enum_));
        return true;
    }

    bool enum_member(TSNode node, TSNode name) {
        b.add({.kind = ElementKind::enum_member,
               .node = node,
               .name = name,
               .name_text = name_text(name),
               .is_value = true});
        return true;
    }

    /// `namespace A.B {}`, `declare module "m" {}`; a plain `module A {}` is the old spelling of a namespace.
    bool module(TSNode node, Role role) {
        auto element = b.definition(node, ElementKind::namespace_);
        if (role == Role::module && role_of(element.name) == Role::string) element.kind = ElementKind::module;
        element.name_text = name_text(element.name);
        b.open(element);
        return true;
    }

    // --- variables ---

    bool declaration(TSNode node, bool is_seen_by_module) {
        const bool is_single = named_child_count(node) == 1;
        declarations_.set(b.end(node), {.is_local = !is_seen_by_module, .is_const = b.raw(node).starts_with("const")});
        b.wrap(node, {}, is_single);
        return true;
    }

    /// `var` in a block outside functions belongs to the file.
    bool is_outside_functions() const {
        return b.current_kind() == ElementKind::module || b.current_kind() == ElementKind::namespace_;
    }

    /// Directly in the file or in a namespace.
    bool is_module_level() const {
        if (!is_outside_functions()) return false;
        const auto parent = above();
        if (parent == Role::program || parent == Role::export_statement || parent == Role::ambient_declaration)
            return true;
        return parent == Role::statement_block &&
               (above(2) == Role::namespace_ || above(2) == Role::module || above(2) == Role::ambient_declaration);
    }

    bool variable(TSNode node) {
        const auto* around = declarations_.around(here());
        const auto declaration = around == nullptr ? Declaration{.is_local = true} : *around;
        const auto name = child(node, Field::name);
        const auto value = unwrapped(child(node, Field::value));
        if (const auto call = required_by(value); !ts_node_is_null(call)) {
            require(name, call);
            return true;
        }
        if (role_of(name) != Role::identifier) {
            if (!declaration.is_local) define_pattern(name, declaration.kind());
            return true;
        }
        assign({.kind = declaration.kind(), .node = node, .name = name}, value, !declaration.is_local);
        return true;
    }

    /// Defines what `value` makes of a name; `is_defined` tells whether a plain value is worth an element.
    void assign(NewElement element, TSNode value, bool is_defined) {
        if (is_function(value) && element.kind != ElementKind::method) element.kind = ElementKind::function;
        if (open_callable(element, value)) return;
        if (role_of(value) == Role::object) {
            element.body = value;
            if (is_defined)
                b.open(element);
            else
                b.open_scope(b.current_kind(), b.text(element.name));
        } else if (is_defined) {
            element.is_value = true;
            b.add(element);
        }
    }

    void define_pattern(TSNode pattern, ElementKind kind) {
        std::vector<TSNode> open{pattern};
        while (!open.empty() && open.size() < 10'000) {
            const auto node = open.back();
            open.pop_back();
            const auto role = role_of(node);
            if (role == Role::identifier || role == Role::shorthand_pattern) {
                b.add({.kind = kind, .node = node, .name = node});
            } else if (role == Role::pair_pattern) {
                open.push_back(child(node, Field::value));
            } else if (const auto left = child(node, Field::left); !ts_node_is_null(left)) {
                open.push_back(left);  // with a default
            } else {
                const auto first = open.size();
                for_each_child(node, [&](TSNode part) { open.push_back(part); });
                std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
            }
        }
    }

    bool assignment(TSNode node) {
        const auto left = child(node, Field::left);
        const auto value = unwrapped(child(node, Field::right));
        if (role_of(left) == Role::identifier) {
            if (is_callable(value)) assign({.node = node, .name = left}, value, true);
            return true;
        }
        if (role_of(left) != Role::member_expression) return true;
        const auto object = b.raw(child(left, Field::object));
        const auto property = child(left, Field::property);
        NewElement element{.kind = ElementKind::variable, .node = node, .name = property};
        if (object == "module" && b.raw(property) == "exports") {
            export_module(element, value);
        } else if (object == "exports" || object == "module.exports") {
            export_member(element, value);
        } else if (is_callable(value)) {
            assign_member(element, object, value);
        } else if (role_of(value) == Role::object && b.raw(property) == "prototype") {
            b.open_scope(b.current_kind(), b.storable(object));
        }
        return true;
    }

    /// `A.prototype.f = function`, `A.f = function`, `this.f = function`
    void assign_member(NewElement element, std::string_view object, TSNode value) {
        constexpr std::string_view prototype = ".prototype";
        const bool is_method = object.ends_with(prototype) || object == "this" || object == "self";
        if (object.ends_with(prototype)) object.remove_suffix(prototype.size());
        if (object.size() <= 100 && object != "this" && object.find_first_of("()[]{} \n") == std::string_view::npos)
            element.owner = b.storable(object);
        if (is_method && is_function(value)) element.kind = ElementKind::method;
        assign(element, value, false);
    }

    void export_module(NewElement element, TSNode value) {
        element.flags = flags_of({ElementFlag::exported, ElementFlag::default_export});
        const auto own_name = child(value, Field::name);
        if (is_callable(value)) {
            if (!ts_node_is_null(own_name))
                element.name = own_name;
            else {
                element.name_text = "default";
                element.flags.set(ElementFlag::anonymous);
            }
            assign(element, value, true);
        } else if (role_of(value) == Role::identifier) {
            default_export_ = b.text(value);
            exports_.insert(default_export_);
        } else if (role_of(value) == Role::object) {
            export_object(value);
        }
    }

    /// `module.exports = {a, b: c, d() {}}`
    void export_object(TSNode object) {
        for_each_child(object, [&](TSNode item) {
            const auto value = role_of(item) == Role::pair ? child(item, Field::value) : item;
            if (role_of(value) == Role::shorthand_property || role_of(value) == Role::identifier)
                exports_.insert(b.text(value));
            if (role_of(item) == Role::method_definition) exports_.insert(b.text(child(item, Field::name)));
            if (role_of(item) == Role::pair && is_function(value)) exports_.insert(b.text(child(item, Field::key)));
        });
    }

    void export_member(NewElement element, TSNode value) {
        element.flags.set(ElementFlag::exported);
        if (role_of(value) == Role::identifier) {
            exports_.insert(b.text(value));
        } else if (const auto call = required_by(value); !ts_node_is_null(call)) {
            require(element.name, call);
            b.imports().back().is_reexported = true;
        } else if (role_of(value) != Role::assignment_expression) {  // exports.a = exports.b = void 0
            if (is_callable(value) || !b.has_member(b.text(element.name)))
                assign(element, value, b.raw(value) != "void 0");
        }
    }

    /// `key: function` in an object literal
    bool pair(TSNode node) {
        const auto key = child(node, Field::key);
        const auto value = unwrapped(child(node, Field::value));
        NewElement element{.kind = ElementKind::method, .node = node, .name = key, .name_text = name_text(key)};
        if (!open_callable(element, value) && role_of(value) == Role::object)
            b.open_scope(b.current_kind(), b.storable(name_text(key)));
        return true;
    }

    // --- exports and imports ---

    std::string_view module_name(TSNode string) {
        return ts_node_is_null(string) ? std::string_view{} : b.storable(name_text(string));
    }

    bool export_statement(TSNode node) {
        if (const auto source = child(node, Field::source); !ts_node_is_null(source)) return re_export(node, source);
        auto flags = flags_of({ElementFlag::exported});
        flags.set(ElementFlag::default_export, is_default_export(node));
        b.wrap(node, flags, true, after_decorators(node));
        const auto value = unwrapped(child(node, Field::value));
        if (role_of(value) == Role::identifier) {
            default_export_ = b.text(value);
            exports_.insert(default_export_);
        }
        for_each_child(node, [&](TSNode part) {
            if (role_of(part) == Role::identifier) exports_.insert(b.text(part));  // export = x
            if (role_of(part) != Role::export_clause) return;
            for_each_child(part, [&](TSNode specifier) {
                if (role_of(specifier) != Role::export_specifier) return;
                const auto local = b.text(child(specifier, Field::name));
                exports_.insert(local);
                if (b.raw(child(specifier, Field::alias)) == "default") default_export_ = local;
            });
        });
        return true;
    }

    bool is_default_export(TSNode node) const {
        auto text = b.raw(node);
        const auto at = text.find("export");
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + 6);
        const auto word = text.find_first_not_of(" \t\r\n");
        return word != std::string_view::npos && text.substr(word).starts_with("default");
    }

    bool re_export(TSNode node, TSNode source) {
        Import common{.kind = ImportKind::re_export_all, .module = module_name(source)};
        common.is_relative = is_relative(common.module);
        common.is_type_only = b.raw(node).starts_with("export type");
        bool names_things = false;
        for_each_child(node, [&](TSNode part) {
            if (role_of(part) == Role::namespace_export) {
                names_things = true;
                auto import = common;
                import.alias = b.text(named_child(part, 0));
                b.import(part, import);
            }
            if (role_of(part) != Role::export_clause) return;
            names_things = true;
            for_each_child(part, [&](TSNode specifier) { import_specifier(specifier, common, ImportKind::re_export); });
        });
        if (!names_things) b.import(source, common);
        return false;
    }

    void import_specifier(TSNode specifier, Import import, ImportKind kind) {
        import.kind = kind;
        import.name = b.storable(name_text(child(specifier, Field::name)));
        if (const auto alias = child(specifier, Field::alias); !ts_node_is_null(alias)) import.alias = b.text(alias);
        if (b.raw(specifier).starts_with("type ")) import.is_type_only = true;
        b.import(specifier, import);
    }

    bool import_statement(TSNode node) {
        Import common{.kind = ImportKind::import};
        const auto require_clause = child_of_role(node, Role::import_require_clause);
        if (!ts_node_is_null(require_clause)) {  // import x = require('m')
            common = {.kind = ImportKind::require,
                      .module = module_name(child(require_clause, Field::source)),
                      .alias = b.text(named_child(require_clause, 0))};
            common.is_relative = is_relative(common.module);
            b.import(node, common);
            return false;
        }
        common.module = module_name(child(node, Field::source));
        common.is_relative = is_relative(common.module);
        common.is_type_only = b.raw(node).starts_with("import type");
        const auto clause = child_of_role(node, Role::import_clause);
        if (ts_node_is_null(clause))
            b.import(node, common);
        else
            for_each_child(clause, [&](TSNode part) { import_part(part, common); });
        return false;
    }

    void import_part(TSNode part, Import common) {
        if (role_of(part) == Role::identifier) {
            common.kind = ImportKind::from_import;
            common.name = "default";
            common.alias = b.text(part);
            b.import(part, common);
        } else if (role_of(part) == Role::namespace_import) {
            common.alias = b.text(named_child(part, 0));
            b.import(part, common);
        } else if (role_of(part) == Role::named_imports) {
            for_each_child(part,
                           [&](TSNode specifier) { import_specifier(specifier, common, ImportKind::from_import); });
        }
    }

    /// `import A = B.C;`
    bool import_alias(TSNode node) {
        b.import(node, {.kind = ImportKind::import,
                        .module = b.text(named_child(node, 1)),
                        .alias = b.text(named_child(node, 0))});
        return false;
    }

    /// The require() call that makes `value`, looking through `require('m').x` and `require('m')(...)`; null without.
    TSNode required_by(TSNode value) {
        required_member_ = {};
        for (int i = 0; i < 4 && !ts_node_is_null(value); ++i) {
            if (role_of(value) == Role::call_expression && b.raw(child(value, Field::function)) == "require") {
                const auto module = named_child(child(value, Field::arguments), 0);
                return role_of(module) == Role::string ? value : TSNode{};
            }
            required_member_ = child(value, Field::property);
            if (role_of(value) == Role::member_expression)
                value = child(value, Field::object);
            else if (role_of(value) == Role::call_expression)
                value = child(value, Field::function);
            else
                break;
        }
        return {};
    }

    /// `const x = require('m')`, `const {a, b: c} = require('m')`, `const x = require('m').y`
    void require(TSNode name, TSNode call) {
        Import import{.kind = ImportKind::require,
                      .module = module_name(named_child(child(call, Field::arguments), 0))};
        import.is_relative = is_relative(import.module);
        imported_call_ = call.id;
        if (!ts_node_is_null(required_member_)) import.name = b.text(required_member_);
        if (role_of(name) != Role::object_pattern) {
            import.alias = b.text(name);
            b.import(call, import);
            return;
        }
        for_each_child(name, [&](TSNode part) {
            auto one = import;
            if (role_of(part) == Role::pair_pattern) {
                one.name = b.text(child(part, Field::key));
                one.alias = b.text(child(part, Field::value));
            } else {
                const auto left = child(part, Field::left);
                one.name = b.text(ts_node_is_null(left) ? part : left);
            }
            b.import(part, one);
        });
    }

    // --- references ---

    bool decorator(TSNode node) {
        if (above() == Role::class_body) b.lead(node);
        const auto expression = named_child(node, 0);
        if (role_of(expression) == Role::identifier) b.reference(ReferenceKind::decorate, expression);
        if (role_of(expression) == Role::member_expression) member_reference(ReferenceKind::decorate, expression);
        return true;
    }

    /// `object.property`
    void member_reference(ReferenceKind kind, TSNode member, std::int32_t count = -1) {
        b.reference(kind, child(member, Field::property), b.receiver(child(member, Field::object)), count);
    }

    /// `module.Type`
    void nested_type_reference(ReferenceKind kind, TSNode type) {
        b.reference(kind, child(type, Field::name), b.receiver(child(type, Field::module)));
    }

    void inherit(TSNode base, ReferenceKind kind) {
        switch (role_of(base)) {
            case Role::identifier:
            case Role::type_identifier:
                b.reference(kind, base);
                break;
            case Role::member_expression:
                member_reference(kind, base);
                break;
            case Role::nested_type_identifier:
                nested_type_reference(kind, base);
                break;
            case Role::generic_type:
                inherit(child(base, Field::name), kind);
                break;
            default:
                break;
        }
    }

    /// JavaScript puts the base right into the heritage, TypeScript into an extends clause.
    bool heritage(TSNode node) {
        for_each_child(node, [&](TSNode part) {
            if (role_of(part) == Role::extends_clause)
                inherit(child(part, Field::value), ReferenceKind::inherit);
            else
                inherit(part, ReferenceKind::inherit);
        });
        return true;
    }

    bool inherit_types(TSNode node, ReferenceKind kind) {
        for_each_child(node, [&](TSNode base) { inherit(base, kind); });
        return true;
    }

    bool call(TSNode node) {
        auto function = unwrapped(child(node, Field::function));
        if (role_of(function) == Role::await_expression)
            function = unwrapped(named_child(function, 0));  // await f<T>()
        called_ = function.id;
        const auto arguments = child(node, Field::arguments);
        const auto is_template = !ts_node_is_null(arguments) && b.raw(arguments).starts_with('`');
        const auto count = is_template ? 1 : count_children(arguments);
        const auto kind = above() == Role::decorator ? ReferenceKind::decorate : ReferenceKind::call;
        switch (role_of(function)) {
            case Role::identifier:
                b.reference(kind, function, {}, count);
                if (b.raw(function) == "require" && node.id != imported_call_)
                    import_call(arguments, ImportKind::require);
                break;
            case Role::super:
                b.reference(kind, function, {}, count);
                break;
            case Role::import_keyword:
                import_call(arguments, ImportKind::dynamic_import);
                break;
            case Role::member_expression:
                member_reference(kind, function, count);
                break;
            default:
                b.nameless_reference(kind, function, count);
        }
        return true;
    }

    void import_call(TSNode arguments, ImportKind kind) {
        const auto module = named_child(arguments, 0);
        if (role_of(module) != Role::string) return;
        const auto name = module_name(module);
        b.import(module, {.kind = kind, .is_relative = is_relative(name), .module = name});
    }

    bool instantiate(TSNode node) {
        const auto constructor = child(node, Field::constructor);
        const auto arguments = child(node, Field::arguments);
        const auto count = ts_node_is_null(arguments) ? 0 : count_children(arguments);
        if (role_of(constructor) == Role::identifier)
            b.reference(ReferenceKind::instantiate, constructor, {}, count);
        else if (role_of(constructor) == Role::member_expression)
            member_reference(ReferenceKind::instantiate, constructor, count);
        else
            b.nameless_reference(ReferenceKind::instantiate, constructor, count);
        return true;
    }

    /// `<Component/>` makes one; lower case names are HTML.
    bool jsx(TSNode node) {
        const auto name = child(node, Field::name);
        if (ts_node_is_null(name)) return true;
        const auto first = b.raw(name).front();
        if (role_of(name) == Role::member_expression)
            member_reference(ReferenceKind::instantiate, name);
        else if (first >= 'A' && first <= 'Z')
            b.reference(ReferenceKind::instantiate, name);
        return true;
    }

    bool member(TSNode node) {
        const auto parent = above();
        const bool is_named_elsewhere =
            node.id == called_ || (parent == Role::new_expression && is_field(Field::constructor)) ||
            parent == Role::decorator || parent == Role::class_heritage || parent == Role::jsx_opening ||
            (parent == Role::extends_clause && is_field(Field::value));
        if (is_named_elsewhere) return true;
        const bool is_target =
            (parent == Role::assignment_expression || parent == Role::augmented_assignment_expression) &&
            is_field(Field::left);
        member_reference(is_target ? ReferenceKind::write : ReferenceKind::read, node);
        return true;
    }

    bool type_use(TSNode node) {
        const auto parent = above();
        const bool is_declared =
            is_field(Field::name) &&
            (parent == Role::class_declaration || parent == Role::class_expression ||
             parent == Role::interface_declaration || parent == Role::type_alias || parent == Role::type_parameter);
        if (!is_declared && !is_base()) b.reference(ReferenceKind::type_use, node);
        return false;
    }

    bool nested_type_use(TSNode node) {
        if (!is_base()) nested_type_reference(ReferenceKind::type_use, node);
        return false;
    }

    /// Whether the type being entered is a base and has its reference already.
    bool is_base() const {
        const bool is_generic = above() == Role::generic_type && is_field(Field::name);
        const auto clause = is_generic ? above(2) : above();
        return clause == Role::extends_type_clause || clause == Role::implements_clause ||
               clause == Role::extends_clause;
    }

    bool yield() {
        if (b.current() != no_element && b.current_kind() == ElementKind::function)
            b.element(b.current()).flags.set(ElementFlag::generator);
        return true;
    }

    struct Declaration {
        bool is_local = false;
        bool is_const = false;
        ElementKind kind() const { return is_const ? ElementKind::constant : ElementKind::variable; }
    };

    Enclosing<Declaration> declarations_;  ///< `const`, `let` and `var` around
    const void* named_value_ = nullptr;    ///< the function or class that just got its element
    const void* called_ = nullptr;         ///< what the call entered last calls
    const void* imported_call_ = nullptr;  ///< the require() that just became an import
    TSNode required_member_{};             ///< `y` of the `require('m').y` looked at last
    std::string_view default_export_;
    std::unordered_set<std::string_view> exports_;
};

}  // namespace

void extract_javascript(Builder& builder, TSNode root) {
    walk_with<JavascriptRules, Language::javascript>(builder, root, names);
}

void extract_typescript(Builder& builder, TSNode root) {
    walk_with<JavascriptRules, Language::typescript>(builder, root, names);
}

void extract_tsx(Builder& builder, TSNode root) {
    walk_with<JavascriptRules, Language::tsx>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
