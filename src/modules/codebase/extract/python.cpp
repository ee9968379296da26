// Python: what its syntax tree says.

#include <algorithm>
#include <cctype>
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
    aliased_import,
    argument_list,
    assignment,
    attribute,
    augmented_assignment,
    block,
    call,
    class_definition,
    decorated_definition,
    decorator,
    dotted_name,
    expression_statement,
    function_definition,
    future_import,
    identifier,
    import,
    import_from,
    keyword_argument,
    keyword_separator,
    lambda,
    list,
    list_pattern,
    module,
    pattern_list,
    positional_separator,
    relative_import,
    splat_pattern,
    string,
    string_content,
    subscript,
    tuple,
    tuple_pattern,
    type,
    type_alias,
    type_parameter,
    wildcard_import,
    yield
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"comment", Role::comment},
    {"aliased_import", Role::aliased_import},
    {"argument_list", Role::argument_list},
    {"assignment", Role::assignment},
    {"attribute", Role::attribute},
    {"augmented_assignment", Role::augmented_assignment},
    {"block", Role::block},
    {"call", Role::call},
    {"class_definition", Role::class_definition},
    {"decorated_definition", Role::decorated_definition},
    {"decorator", Role::decorator},
    {"dotted_name", Role::dotted_name},
    {"expression_statement", Role::expression_statement},
    {"function_definition", Role::function_definition},
    {"future_import_statement", Role::future_import},
    {"identifier", Role::identifier},
    {"import_statement", Role::import},
    {"import_from_statement", Role::import_from},
    {"keyword_argument", Role::keyword_argument},
    {"keyword_separator", Role::keyword_separator},
    {"lambda", Role::lambda},
    {"list", Role::list},
    {"list_pattern", Role::list_pattern},
    {"list_splat_pattern", Role::splat_pattern},
    {"module", Role::module},
    {"pattern_list", Role::pattern_list},
    {"positional_separator", Role::positional_separator},
    {"relative_import", Role::relative_import},
    {"string", Role::string},
    {"string_content", Role::string_content},
    {"subscript", Role::subscript},
    {"tuple", Role::tuple},
    {"tuple_pattern", Role::tuple_pattern},
    {"type", Role::type},
    {"type_alias_statement", Role::type_alias},
    {"type_parameter", Role::type_parameter},
    {"wildcard_import", Role::wildcard_import},
    {"yield", Role::yield},
};

/// What well-known decorators say of a function.
constexpr Modifier decorators[] = {
    {"staticmethod", ElementFlag::static_},      {"abstractmethod", ElementFlag::abstract},
    {"abstractproperty", ElementFlag::abstract}, {"overload", ElementFlag::declaration},
    {"override", ElementFlag::override_},        {"final", ElementFlag::final_},
    {"deprecated", ElementFlag::deprecated},
};

bool is_dunder(std::string_view name) {
    return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool is_public(std::string_view name) {
    return !name.starts_with('_') || is_dunder(name);
}

/// `MAX_SIZE`: a constant by convention.
bool is_constant_name(std::string_view name) {
    return std::ranges::any_of(name, [](unsigned char c) { return std::isupper(c) != 0; }) &&
           std::ranges::none_of(name, [](unsigned char c) { return std::islower(c) != 0; });
}

class PythonRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::module:
                return expect_docstring(node, no_element);
            case Role::decorated_definition:
                return decorated_definition(node);
            case Role::class_definition:
                return class_definition(node, node);
            case Role::function_definition:
                return function_definition(node, node);
            case Role::decorator:
                return decorator(node);
            case Role::assignment:
                return assignment(node);
            case Role::augmented_assignment:
                return augmented_assignment(node);
            case Role::type_alias:
                return type_alias(node);
            case Role::import:
                return import(node);
            case Role::import_from:
                return import_from(node);
            case Role::future_import:
                return future_import(node);
            case Role::call:
                return call(node);
            case Role::attribute:
                return attribute(node);
            case Role::identifier:
                return identifier(node);
            case Role::type:
                if (above() == Role::type_alias && is_field(Field::left)) return false;
                if (!in_type()) type_depth_ = b.depth();
                return true;
            case Role::type_parameter:
                return above() != Role::function_definition && above() != Role::class_definition;
            case Role::yield:
                return yield();
            case Role::string:
                return string(node);
            default:
                return true;
        }
    }

    /// What `__all__` lists is what the module exports.
    void finish() {
        if (!has_all_) return;
        for (auto& element : b.elements()) {
            if (element.parent == no_element)
                element.flags.set(ElementFlag::exported, all_.contains(element.name));
            else if (!b.element(element.parent).flags.has(ElementFlag::exported))
                element.flags.set(ElementFlag::exported, false);
        }
        for (auto& import : b.imports()) {
            const auto local = !import.alias.empty()  ? import.alias
                               : !import.name.empty() ? import.name
                                                      : import.module;
            import.is_reexported = all_.contains(local);
        }
    }

  private:
    // --- definitions ---

    bool decorated_definition(TSNode node) {
        const auto definition = child(node, Field::definition);
        if (role_of(definition) == Role::class_definition) return class_definition(definition, node);
        if (role_of(definition) == Role::function_definition) return function_definition(definition, node);
        return true;
    }

    /// `whole` is the definition with its decorators.
    NewElement definition(TSNode node, TSNode whole, ElementKind kind) {
        auto element = b.definition(node, kind);
        element.node = whole;
        element.header = node;
        element.flags.add(visibility(b.text(element.name)));
        return element;
    }

    /// A decorated definition is met twice: its decorators belong to it.
    bool class_definition(TSNode node, TSNode whole) {
        if (same_node(node, whole) && above() == Role::decorated_definition) return true;
        const auto element = definition(node, whole, ElementKind::class_);
        const auto ordinal = b.open(element);
        if (const auto bases = child(node, Field::superclasses); !ts_node_is_null(bases))
            for_each_child(bases, [&](TSNode base) { inherit(base); });
        return expect_docstring(element.body, ordinal);
    }

    void inherit(TSNode base) {
        switch (role_of(base)) {
            case Role::identifier:
                b.reference(ReferenceKind::inherit, base);
                break;
            case Role::attribute:
                b.reference(ReferenceKind::inherit, attribute_name(base), object_of(base));
                break;
            case Role::subscript:
                inherit(child(base, Field::value));
                break;  // Generic[T]
            case Role::keyword_argument:
                if (const auto value = child(base, Field::value); b.raw(child(base, Field::name)) == "metaclass") {
                    if (role_of(value) == Role::identifier) b.reference(ReferenceKind::type_use, value);
                }
                break;
            default:
                break;
        }
    }

    bool function_definition(TSNode node, TSNode whole) {
        if (same_node(node, whole) && above() == Role::decorated_definition) return true;
        auto element = definition(node, whole, ElementKind::function);
        element.flags.set(ElementFlag::async, b.raw(node).starts_with("async"));
        element.parameter_count = count_parameters(child(node, Field::parameters));
        if (b.current_kind() == ElementKind::class_)
            element.kind = b.raw(element.name) == "__init__" ? ElementKind::constructor : ElementKind::method;
        if (!same_node(node, whole)) apply_decorators(whole, element);
        return expect_docstring(element.body, b.open(element));
    }

    std::int32_t count_parameters(TSNode parameters) const {
        return count_children(parameters, [&](TSNode parameter) {
            const auto role = role_of(parameter);
            return role != Role::keyword_separator && role != Role::positional_separator &&
                   !ts_node_is_extra(parameter);  // a backslash at the end of the line
        });
    }

    void apply_decorators(TSNode whole, NewElement& element) {
        const bool in_class = b.current_kind() == ElementKind::class_;
        for_each_child(whole, [&](TSNode decorator) {
            if (role_of(decorator) != Role::decorator) return;
            auto expression = named_child(decorator, 0);
            if (role_of(expression) == Role::call) expression = child(expression, Field::function);
            const auto name = b.raw(role_of(expression) == Role::attribute ? attribute_name(expression) : expression);
            const bool makes_property = name == "property" || name == "cached_property" || name == "setter" ||
                                        name == "getter" || name == "deleter" || name == "abstractproperty";
            if (in_class && makes_property) element.kind = ElementKind::property;
            read_modifier(name, decorators, element.flags);
        });
    }

    /// Public by convention, as far as everything around it is, too.
    ElementFlags visibility(std::string_view name) {
        ElementFlags flags;
        const bool in_definitions = b.current() == no_element || b.current_kind() == ElementKind::class_;
        flags.set(ElementFlag::exported, in_definitions && b.is_around_exported() && is_public(name));
        flags.set(ElementFlag::private_, !is_public(name));
        return flags;
    }

    bool decorator(TSNode node) {
        const auto expression = named_child(node, 0);
        if (role_of(expression) == Role::call) return true;  // met again as a call, where the arguments are
        if (role_of(expression) == Role::attribute) {
            b.reference(ReferenceKind::decorate, attribute_name(expression), object_of(expression));
        } else if (!ts_node_is_null(expression)) {
            b.reference(ReferenceKind::decorate, expression);
        }
        return true;
    }

    bool type_alias(TSNode node) {
        auto name = named_child(child(node, Field::left), 0);
        if (named_child_count(name) > 0) name = named_child(name, 0);  // type A[T] = ...
        if (!ts_node_is_null(name))
            b.add({.kind = ElementKind::type_alias,
                   .node = node,
                   .name = name,
                   .flags = visibility(b.text(name)),
                   .is_value = true});
        return true;
    }

    // --- docstrings ---

    bool expect_docstring(TSNode body, std::uint32_t ordinal) {
        const auto statement = first_statement(body);
        if (role_of(statement) != Role::expression_statement) return true;
        const auto text = named_child(statement, 0);
        if (role_of(text) != Role::string || named_child_count(statement) != 1) return true;
        docstring_ = text.id;
        const auto content = child_of_role(text, Role::string_content);
        const auto doc = ts_node_is_null(content) ? std::string_view{} : b.clean_doc(b.raw(content));
        if (ordinal != no_element) {
            b.element(ordinal).doc = doc;
        } else if (b.at_top()) {
            b.file_doc(doc);
        }
        return true;
    }

    TSNode first_statement(TSNode body) const {
        if (ts_node_is_null(body)) return {};
        TSNode found{};
        TSTreeCursor cursor = ts_tree_cursor_new(body);
        bool more = ts_tree_cursor_goto_first_child(&cursor);
        while (more && role_of(ts_tree_cursor_current_node(&cursor)) == Role::comment)
            more = ts_tree_cursor_goto_next_sibling(&cursor);
        if (more) found = ts_tree_cursor_current_node(&cursor);
        ts_tree_cursor_delete(&cursor);
        return found;
    }

    bool string(TSNode node) {
        if (node.id == docstring_) b.count_as_comment(node);
        return true;
    }

    // --- assignments ---

    bool is_definition_scope() const { return b.at_top() || b.current_kind() == ElementKind::class_; }

    bool assignment(TSNode node) {
        const auto left = child(node, Field::left);
        if (!is_definition_scope()) return true;
        if (role_of(left) == Role::identifier) return define_variable(node, left);
        if (is_pattern(left)) define_pattern(left);
        return true;
    }

    bool is_pattern(TSNode node) const {
        const auto role = role_of(node);
        return role == Role::pattern_list || role == Role::tuple_pattern || role == Role::list_pattern ||
               role == Role::splat_pattern;
    }

    /// `a, (b, *c) = ...`
    void define_pattern(TSNode pattern) {
        std::vector<TSNode> open{pattern};
        for (std::size_t i = 0; i < open.size() && open.size() < 1000; ++i)
            for_each_child(open[i], [&](TSNode part) {
                if (role_of(part) == Role::identifier) define_variable(part, part);
                if (is_pattern(part)) open.push_back(part);
            });
    }

    bool define_variable(TSNode node, TSNode name) {
        const auto text = b.text(name);
        const auto value = same_node(node, name) ? TSNode{} : child(node, Field::right);
        if (b.at_top() && text == "__all__") list_all(value);
        NewElement element{
            .kind = variable_kind(node, text), .node = node, .name = name, .flags = visibility(text), .is_value = true};
        if (b.has_member(text)) return true;  // assigning again does not define again
        if (role_of(value) == Role::lambda) {
            element.kind = ElementKind::function;
            element.parameter_count = count_parameters(child(value, Field::parameters));
            b.open(element);
        } else {
            b.add(element);
        }
        return true;
    }

    ElementKind variable_kind(TSNode node, std::string_view name) const {
        if (!b.at_top()) return ElementKind::field;
        const auto type = child(node, Field::type);
        if (!ts_node_is_null(type) && b.raw(type).ends_with("TypeAlias")) return ElementKind::type_alias;
        return is_constant_name(name) ? ElementKind::constant : ElementKind::variable;
    }

    bool augmented_assignment(TSNode node) {
        if (b.at_top() && b.raw(child(node, Field::left)) == "__all__") list_all(child(node, Field::right));
        return true;
    }

    void list_all(TSNode value) {
        has_all_ = true;
        if (role_of(value) != Role::list && role_of(value) != Role::tuple) return;
        for_each_child(value, [&](TSNode item) {
            const auto content = role_of(item) == Role::string ? child_of_role(item, Role::string_content) : TSNode{};
            if (!ts_node_is_null(content)) all_.insert(b.text(content));
        });
    }

    // --- imports ---

    /// `if TYPE_CHECKING:` holds only for who reads types.
    bool is_for_types(TSNode import) const {
        if (ts_node_start_point(import).column == 0) return false;
        const auto around = ts_node_parent(ts_node_parent(import));
        if (ts_node_is_null(around) || std::string_view(ts_node_type(around)) != "if_statement") return false;
        const auto condition = b.raw(any_child(around, 1));
        return condition == "TYPE_CHECKING" || condition.ends_with(".TYPE_CHECKING");
    }

    bool import(TSNode node) {
        const bool is_type_only = is_for_types(node);
        for_each_child(node, [&](TSNode item) {
            const bool is_aliased = role_of(item) == Role::aliased_import;
            const auto name = is_aliased ? child(item, Field::name) : item;
            b.import(item, {.kind = ImportKind::import,
                            .is_type_only = is_type_only,
                            .module = b.text(name),
                            .alias = is_aliased ? b.text(child(item, Field::alias)) : ""});
        });
        return false;
    }

    bool import_from(TSNode node) {
        const auto module = child(node, Field::module_name);
        const Import common{.kind = ImportKind::from_import,
                            .is_relative = role_of(module) == Role::relative_import,
                            .is_type_only = is_for_types(node),
                            .module = b.text(module)};
        import_names(node, module, common);
        return false;
    }

    bool future_import(TSNode node) {
        import_names(node, {}, {.kind = ImportKind::from_import, .module = "__future__"});
        return false;
    }

    void import_names(TSNode node, TSNode module, const Import& common) {
        for_each_child(node, [&](TSNode item) {
            if (same_node(item, module)) return;
            auto import = common;
            switch (role_of(item)) {
                case Role::wildcard_import:
                    import.kind = ImportKind::wildcard;
                    break;
                case Role::aliased_import:
                    import.name = b.text(child(item, Field::name));
                    import.alias = b.text(child(item, Field::alias));
                    break;
                case Role::dotted_name:
                    import.name = b.text(item);
                    break;
                default:
                    return;
            }
            b.import(item, import);
        });
    }

    // --- references ---

    TSNode attribute_name(TSNode attribute) const { return b.child(attribute, Field::attribute); }
    std::string_view object_of(TSNode attribute) { return b.receiver(child(attribute, Field::object)); }

    bool call(TSNode node) {
        const auto kind = above() == Role::decorator ? ReferenceKind::decorate : ReferenceKind::call;
        const auto function = child(node, Field::function);
        const auto arguments = child(node, Field::arguments);
        const auto count = role_of(arguments) == Role::argument_list ? count_children(arguments) : 1;
        if (role_of(function) == Role::identifier) {
            b.reference(kind, function, {}, count);
            if (b.raw(function) == "__import__") import_dynamically(function, arguments);
        } else if (role_of(function) == Role::attribute) {
            const auto name = attribute_name(function);
            const auto object = object_of(function);
            b.reference(kind, name, object, count);
            if (b.raw(name) == "import_module") import_dynamically(name, arguments);
            if (object == "__all__" && b.at_top()) list_all(named_child(arguments, 0));
        } else {
            b.nameless_reference(kind, function, count);
        }
        return true;
    }

    void import_dynamically(TSNode at, TSNode arguments) {
        const auto module = named_child(arguments, 0);
        if (role_of(module) != Role::string) return;
        const auto content = child_of_role(module, Role::string_content);
        if (ts_node_is_null(content)) return;
        const auto text = b.text(content);
        b.import(at, {.kind = ImportKind::dynamic_import, .is_relative = text.starts_with('.'), .module = text});
    }

    bool attribute(TSNode node) {
        const auto parent = above();
        if (parent == Role::decorator || (parent == Role::call && is_field(Field::function))) return true;
        if (parent == Role::argument_list && above(2) == Role::class_definition) return true;  // a base
        const auto kind = in_type()           ? ReferenceKind::type_use
                          : is_target(parent) ? ReferenceKind::write
                                              : ReferenceKind::read;
        b.reference(kind, attribute_name(node), object_of(node));
        return true;
    }

    bool is_target(Role parent) const {
        if (parent == Role::assignment || parent == Role::augmented_assignment) return is_field(Field::left);
        return parent == Role::pattern_list || parent == Role::tuple_pattern;
    }

    bool in_type() const { return b.depth() > type_depth_ && above(b.depth() - type_depth_) == Role::type; }

    bool identifier(TSNode node) {
        if (in_type() && above() != Role::attribute) b.reference(ReferenceKind::type_use, node);
        return false;
    }

    bool yield() {
        if (b.current() != no_element) b.element(b.current()).flags.set(ElementFlag::generator);
        return true;
    }

    std::uint32_t type_depth_ = 0;  ///< of the outermost annotation; the root is none
    const void* docstring_ = nullptr;
    bool has_all_ = false;
    std::unordered_set<std::string_view> all_;
};

}  // namespace

void extract_python(Builder& builder, TSNode root) {
    walk_with<PythonRules, Language::python>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
