// C and C++: what their syntax trees say. C's grammar uses a part of the names of C++'s, so one set of rules serves
// both. Without a preprocessor the tree is a guess: macros look like calls or types, and all branches of an #if are
// there.

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
    access_specifier,
    alias_declaration,
    array_declarator,
    assignment_expression,
    attribute,
    attributed_declarator,
    base_class_clause,
    call_expression,
    class_specifier,
    compound_statement,
    concept_definition,
    declaration,
    destructor_name,
    enum_specifier,
    enumerator,
    field_declaration,
    field_expression,
    field_identifier,
    friend_declaration,
    function_declarator,
    function_definition,
    identifier,
    init_declarator,
    lambda_expression,
    namespace_alias,
    namespace_definition,
    namespace_identifier,
    new_expression,
    operator_cast,
    operator_name,
    parenthesized_declarator,
    pointer_declarator,
    preproc_def,
    preproc_function_def,
    preproc_include,
    primitive_type,
    qualified_identifier,
    reference_declarator,
    string_literal,
    struct_specifier,
    system_lib_string,
    template_declaration,
    template_function,
    template_method,
    template_type,
    type_definition,
    type_identifier,
    type_parameter,
    union_specifier,
    using_declaration
};

constexpr std::pair<std::string_view, Role> names[] = {
    {"comment", Role::comment},
    {"access_specifier", Role::access_specifier},
    {"alias_declaration", Role::alias_declaration},
    {"array_declarator", Role::array_declarator},
    {"assignment_expression", Role::assignment_expression},
    {"attribute", Role::attribute},
    {"attributed_declarator", Role::attributed_declarator},
    {"base_class_clause", Role::base_class_clause},
    {"call_expression", Role::call_expression},
    {"class_specifier", Role::class_specifier},
    {"compound_statement", Role::compound_statement},
    {"concept_definition", Role::concept_definition},
    {"declaration", Role::declaration},
    {"destructor_name", Role::destructor_name},
    {"enum_specifier", Role::enum_specifier},
    {"enumerator", Role::enumerator},
    {"field_declaration", Role::field_declaration},
    {"field_expression", Role::field_expression},
    {"field_identifier", Role::field_identifier},
    {"friend_declaration", Role::friend_declaration},
    {"function_declarator", Role::function_declarator},
    {"function_definition", Role::function_definition},
    {"identifier", Role::identifier},
    {"init_declarator", Role::init_declarator},
    {"lambda_expression", Role::lambda_expression},
    {"namespace_alias_definition", Role::namespace_alias},
    {"namespace_definition", Role::namespace_definition},
    {"namespace_identifier", Role::namespace_identifier},
    {"new_expression", Role::new_expression},
    {"operator_cast", Role::operator_cast},
    {"operator_name", Role::operator_name},
    {"parenthesized_declarator", Role::parenthesized_declarator},
    {"pointer_declarator", Role::pointer_declarator},
    {"pointer_type_declarator", Role::pointer_declarator},
    {"preproc_def", Role::preproc_def},
    {"preproc_function_def", Role::preproc_function_def},
    {"preproc_include", Role::preproc_include},
    {"primitive_type", Role::primitive_type},
    {"qualified_identifier", Role::qualified_identifier},
    {"reference_declarator", Role::reference_declarator},
    {"string_literal", Role::string_literal},
    {"struct_specifier", Role::struct_specifier},
    {"system_lib_string", Role::system_lib_string},
    {"template_declaration", Role::template_declaration},
    {"template_function", Role::template_function},
    {"template_method", Role::template_method},
    {"template_type", Role::template_type},
    {"type_definition", Role::type_definition},
    {"type_identifier", Role::type_identifier},
    {"type_parameter_declaration", Role::type_parameter},
    {"optional_type_parameter_declaration", Role::type_parameter},
    {"variadic_type_parameter_declaration", Role::type_parameter},
    {"union_specifier", Role::union_specifier},
    {"using_declaration", Role::using_declaration},
};

constexpr Modifier specifier_words[] = {
    {"static", ElementFlag::static_},     {"extern", ElementFlag::declaration}, {"const", ElementFlag::readonly},
    {"constexpr", ElementFlag::readonly}, {"constinit", ElementFlag::readonly}, {"inline", ElementFlag::inline_},
    {"__inline", ElementFlag::inline_},   {"__inline__", ElementFlag::inline_}, {"virtual", ElementFlag::virtual_},
};

/// What a declarator declares: the name in its middle, and whether that name is of a function.
struct Declared {
    TSNode name{};
    TSNode function{};  ///< the function_declarator right around the name
};

struct Hidden {};

/// A declaration or typedef around the walk.
struct Declaration {
    TSNode node{};
    int declarators = 0;  ///< how many of its declarators were met
    TSNode given_name{};  ///< what a typedef calls an unnamed struct
};

class CFamilyRules : public Rules<Role> {
  public:
    using Rules::Rules;

    bool enter(Role role, TSNode node) {
        switch (role) {
            case Role::function_definition:
                return function_definition(node);
            case Role::declaration:
            case Role::field_declaration:
                return declaration(node);
            case Role::type_definition:
                return type_definition(node);
            case Role::init_declarator:
            case Role::pointer_declarator:
            case Role::reference_declarator:
            case Role::array_declarator:
            case Role::attributed_declarator:
            case Role::parenthesized_declarator:
            case Role::function_declarator:
            case Role::operator_cast:
            case Role::field_identifier:
                return declarator(node);
            case Role::identifier:
            case Role::primitive_type:
                return declarator(node) && false;
            case Role::class_specifier:
                return type_specifier(node, ElementKind::class_);
            case Role::struct_specifier:
                return type_specifier(node, ElementKind::struct_);
            case Role::union_specifier:
                return type_specifier(node, ElementKind::union_);
            case Role::enum_specifier:
                return type_specifier(node, ElementKind::enum_);
            case Role::enumerator:
                return enumerator(node);
            case Role::access_specifier:
                return access_specifier(node);
            case Role::namespace_definition:
                return namespace_definition(node);
            case Role::namespace_alias:
                return alias(node, ElementKind::namespace_);
            case Role::alias_declaration:
                return alias(node, ElementKind::type_alias);
            case Role::concept_definition:
                return alias(node, ElementKind::concept_);
            case Role::template_declaration:
                return template_declaration(node);
            case Role::preproc_def:
                return macro(node, -1);
            case Role::preproc_function_def:
                return macro(node, count_children(child(node, Field::parameters)));
            case Role::compound_statement:
                return compound_statement(node);
            case Role::lambda_expression:
                b.open_scope(ElementKind::function);
                return true;
            default:
                return enter_mention(role, node);
        }
    }

  private:
    /// What is no definition: imports, and what is said of things defined elsewhere.
    bool enter_mention(Role role, TSNode node) {
        switch (role) {
            case Role::using_declaration:
                return using_declaration(node);
            case Role::preproc_include:
                return include(node);
            case Role::call_expression:
                return call(node);
            case Role::new_expression:
                return instantiate(node);
            case Role::field_expression:
                return field_expression(node);
            case Role::base_class_clause:
                return base_classes(node);
            case Role::type_identifier:
                return type_identifier(node);
            case Role::qualified_identifier:
                return qualified_identifier(node);
            case Role::attribute:
                return attribute(node);
            default:
                return true;
        }
    }

    // --- where the walk is ---

    bool in_class() const {
        const auto kind = b.current_kind();
        return kind == ElementKind::class_ || kind == ElementKind::struct_ || kind == ElementKind::union_;
    }
    bool in_function() const { return is_callable(b.current_kind()); }
    /// In an unnamed namespace: not seen by other files.
    bool is_hidden() { return hidden_.around(here()) != nullptr; }

    ElementFlags visibility(const ElementFlags& specifiers) {
        auto flags = specifiers;
        if (in_class()) {
            flags = ElementFlags::both(flags, access());
            flags.set(ElementFlag::exported, !flags.has(ElementFlag::private_) && !is_hidden());
        } else {
            flags.set(ElementFlag::exported, !flags.has(ElementFlag::static_) && !is_hidden() && !in_function());
        }
        return flags;
    }

    /// The access that the class around gives here.
    ElementFlags access() {
        const auto* around = access_.around(here());
        return around == nullptr ? ElementFlags{} : *around;
    }

    bool access_specifier(TSNode node) {
        auto* around = access_.around(here());
        if (around == nullptr) return false;
        *around = {};
        around->set(ElementFlag::private_, b.raw(node) == "private");
        around->set(ElementFlag::protected_, b.raw(node) == "protected");
        return false;
    }

    /// The words before a declarator, up to the first bracket.
    ElementFlags specifiers(std::uint32_t start, std::uint32_t end) const {
        const auto words = b.raw(start, std::max(start, end)).substr(0, 400);
        return read_modifiers(words.substr(0, words.find_first_of("{(")), specifier_words);
    }

    // --- declarators ---

    /// Goes inward from a declarator to the name it is about.
    Declared declared_by(TSNode node) const {
        Declared result;
        for (int i = 0; i < 64 && !ts_node_is_null(node); ++i) {
            switch (role_of(node)) {
                case Role::function_declarator:
                    result.function = node;
                    node = child(node, Field::declarator);
                    continue;
                case Role::init_declarator:
                case Role::pointer_declarator:
                case Role::array_declarator:
                    result.function = {};
                    node = child(node, Field::declarator);
                    continue;
                case Role::reference_declarator:
                case Role::attributed_declarator:
                    node = last_declarator(node, result);
                    continue;
                case Role::parenthesized_declarator:
                    node = named_child(node, 0);
                    continue;
                case Role::operator_cast:
                    result.name = node;
                    result.function = child(node, Field::declarator);
                    return result;
                case Role::identifier:
                case Role::field_identifier:
                case Role::type_identifier:
                case Role::primitive_type:  // typedef ... size_t;
                case Role::qualified_identifier:
                case Role::operator_name:
                case Role::destructor_name:
                case Role::template_function:
                case Role::template_type:
                    result.name = node;
                    return result;
                default:
                    return {};
            }
        }
        return {};
    }

    /// A reference_declarator names no field for what it wraps; an attributed one puts it first.
    TSNode last_declarator(TSNode node, Declared& result) const {
        if (role_of(node) == Role::reference_declarator) {
            result.function = {};
            return named_child(node, named_child_count(node) - 1);
        }
        return named_child(node, 0);
    }

    std::int32_t parameter_count(TSNode function) const {
        const auto parameters = child(function, Field::parameters);
        if (ts_node_is_null(parameters)) return -1;
        return b.raw(parameters) == "(void)" ? 0 : count_children(parameters);
    }

    /// The innermost name of `a::b::f`, and what stands before it.
    TSNode unqualified(TSNode name, std::string_view& owner) {
        const auto start = b.start(name);
        auto last = name;
        for (int i = 0; i < 64 && role_of(last) == Role::qualified_identifier; ++i) last = child(last, Field::name);
        if (ts_node_is_null(last)) return name;
        if (last.id != name.id) owner = dotted(b.raw(start, b.start(last)));
        if (role_of(last) == Role::template_function || role_of(last) == Role::template_type ||
            role_of(last) == Role::template_method)
            last = child(last, Field::name);
        return last;
    }

    /// `::a::B<T>::` becomes `a.B`.
    std::string_view dotted(std::string_view scope) {
        scope = scope.substr(0, Builder::name_bytes_max);
        char* const text = b.arena().allocate(scope.size());
        std::size_t size = 0;
        int brackets = 0;
        for (std::size_t i = 0; i < scope.size(); ++i) {
            const char c = scope[i];
            if (c == '<') ++brackets;
            if (brackets == 0 && c == ':' && size > 0 && text[size - 1] != '.') text[size++] = '.';
            if (brackets == 0 && c != ':' && c != ' ' && c != '\n' && c != '\t' && c != '\r') text[size++] = c;
            if (c == '>') --brackets;
        }
        while (size > 0 && text[size - 1] == '.') --size;
        return b.storable({text, size});
    }

    /// `operator ==` and `operator==` are one name.
    std::string_view special_name(TSNode name) {
        const auto role = role_of(name);
        if (role == Role::destructor_name) return dotted(b.raw(name));
        if (role == Role::operator_cast) {
            const auto parameters = b.raw(name).find('(');
            const auto start = b.start(name);
            const auto end =
                parameters == std::string_view::npos ? b.end(name) : start + static_cast<std::uint32_t>(parameters);
            return b.in_one_line(start, end, Builder::name_bytes_max);
        }
        if (role != Role::operator_name) return {};
        auto text = b.in_one_line(b.start(name), b.end(name), Builder::name_bytes_max);
        constexpr std::string_view keyword = "operator ";
        if (text.size() <= keyword.size() || !text.starts_with(keyword) || is_word_character(text[keyword.size()]))
            return text;
        return b.arena().join({"operator", text.substr(keyword.size())});
    }

    // --- functions ---

    bool function_definition(TSNode node) {
        const auto declarator = child(node, Field::declarator);
        const auto declared = declared_by(declarator);
        const auto body = child(node, Field::body);
        if (ts_node_is_null(declared.function)) return class_behind_macro(node, declared.name, body);
        auto flags = specifiers(b.start(node), b.start(declarator));
        flags.set(ElementFlag::declaration, false);  // extern "C" { ... } and `extern int f() {}`
        add_function(node, declared, body, flags, true);
        return true;
    }

    void add_function(TSNode node, const Declared& declared, TSNode body, ElementFlags specifiers, bool is_open) {
        std::string_view owner;
        const auto name = unqualified(declared.name, owner);
        const auto after =
            after_parameters(declared.function, ts_node_is_null(body) ? node : body, !ts_node_is_null(body));
        NewElement element{.kind = ElementKind::function,
                           .node = node,
                           .name = name,
                           .name_text = special_name(name),
                           .body = body,
                           .owner = owner};
        element.kind = function_kind(name, owner);
        element.flags = visibility(ElementFlags::both(specifiers, after));
        element.flags.set(ElementFlag::operator_,
                          role_of(name) == Role::operator_name || role_of(name) == Role::operator_cast);
        element.flags.set(ElementFlag::readonly, false);
        element.parameter_count = parameter_count(declared.function);
        if (is_open)
            b.open(element);
        else
            b.add(element);
    }

    ElementKind function_kind(TSNode name, std::string_view owner) {
        if (role_of(name) == Role::destructor_name) return ElementKind::destructor;
        if (owner.empty() && !in_class()) return ElementKind::function;
        const auto class_name =
            owner.empty() ? (b.current() == no_element ? std::string_view{} : b.element(b.current()).name)
                          : owner.substr(owner.rfind('.') == std::string_view::npos ? 0 : owner.rfind('.') + 1);
        if (class_name == b.raw(name)) return ElementKind::constructor;
        if (!owner.empty() && b.is_known(owner, ElementKind::namespace_)) return ElementKind::function;
        return ElementKind::method;
    }

    /// `override`, `final`, `= 0` behind the parameters.
    ElementFlags after_parameters(TSNode function, TSNode end, bool has_body) const {
        ElementFlags flags;
        const auto parameters = child(function, Field::parameters);
        if (ts_node_is_null(parameters)) return flags;
        const auto start = b.end(parameters);
        const auto stop = has_body ? b.start(end) : b.end(end);
        const auto text = b.raw(start, std::max(start, stop)).substr(0, 200);
        flags.set(ElementFlag::override_, text.find("override") != std::string_view::npos);
        flags.set(ElementFlag::final_, text.find("final") != std::string_view::npos);
        const auto assigned = text.find('=');
        if (!has_body && assigned != std::string_view::npos) {
            const auto zero = text.find_first_not_of(" \t", assigned + 1);
            flags.set(ElementFlag::abstract, zero != std::string_view::npos && text[zero] == '0');
        }
        return flags;
    }

    /// `class EXPORT_MACRO Name : public Base { ... }` looks like a function of type `class EXPORT_MACRO`.
    bool class_behind_macro(TSNode node, TSNode name, TSNode body) {
        const auto type = child(node, Field::type);
        const auto role = role_of(type);
        const bool is_class = role == Role::class_specifier || role == Role::struct_specifier;
        if (!is_class || ts_node_is_null(name) || has(type, Field::body)) return true;
        const auto kind = role == Role::class_specifier ? ElementKind::class_ : ElementKind::struct_;
        b.open({.kind = kind, .node = node, .name = name, .body = body, .flags = visibility({})});
        open_access(node, ElementKind::struct_);  // access specifiers are lost
        class_body_ = body.id;
        for_each_child(node, [&](TSNode part) {  // as the bases are, in a part that could not be read
            if (role_of(part) == Role::error) base_classes(part);
        });
        return true;
    }

    /// The body of a function that could not be read as one: what is in it is local.
    bool compound_statement(TSNode node) {
        if (!in_function() && node.id != class_body_) b.open_scope(ElementKind::function);
        return true;
    }

    // --- declarations ---

    bool declaration(TSNode node) {
        if (b.is_wrapped()) b.wrap(node);
        declarations_.set(b.end(node), {.node = node});
        return true;
    }

    /// A declarator right below a declaration defines or declares; deeper ones were seen from there.
    bool declarator(TSNode node) {
        const auto parent = above();
        if (parent == Role::type_definition) return type_definition_declarator(node);
        if (parent == Role::error && role_of(node) == Role::function_declarator) salvage_function(node);
        if ((parent != Role::declaration && parent != Role::field_declaration) || in_function() ||
            !is_field(Field::declarator))
            return true;
        auto* around = declarations_.around(here());
        if (above(2) == Role::friend_declaration || around == nullptr) return true;
        const auto declared = declared_by(node);
        if (ts_node_is_null(declared.name)) return true;
        const auto flags = specifiers(b.start(around->node), b.start(node));
        if (!ts_node_is_null(declared.function) && role_of(node) != Role::init_declarator) {
            auto declares = flags;
            declares.set(ElementFlag::declaration);
            add_function(span_of_declarator(node, *around), declared, {}, declares, false);
        } else {
            add_variable(node, span_of_declarator(node, *around), declared, flags);
        }
        return true;
    }

    void add_variable(TSNode node, TSNode whole, const Declared& declared, const ElementFlags& specifiers) {
        NewElement element{.kind = ElementKind::variable, .node = whole, .is_value = true};
        element.name = unqualified(declared.name, element.owner);
        if (role_of(element.name) == Role::operator_name) return;
        // `const char *p` is not constant itself.
        const auto role = role_of(node);
        const bool is_pointer =
            role == Role::pointer_declarator ||
            (role == Role::init_declarator && role_of(child(node, Field::declarator)) == Role::pointer_declarator);
        element.kind = in_class() || !element.owner.empty()                   ? ElementKind::field
                       : specifiers.has(ElementFlag::readonly) && !is_pointer ? ElementKind::constant
                                                                              : ElementKind::variable;
        element.flags = visibility(specifiers);
        if (role == Role::init_declarator) element.flags.set(ElementFlag::declaration, false);
        b.add(element);
    }

    /// One declarator takes the span of the declaration; several have each its own.
    TSNode span_of_declarator(TSNode declarator, Declaration& around) {
        const auto rest = b.source().substr(b.end(declarator), 64);
        const auto next = rest.find_first_not_of(" \t\r\n");
        const bool is_single = around.declarators++ == 0 && (next == std::string_view::npos || rest[next] != ',');
        return is_single ? around.node : declarator;
    }

    // --- types ---

    bool type_definition(TSNode node) {
        // `typedef struct { ... } A;` gives the struct its name.
        const auto type = child(node, Field::type);
        const auto first = child(node, Field::declarator);
        const bool is_unnamed = has(type, Field::body) && !has(type, Field::name);
        declarations_.set(
            b.end(node),
            {.node = node, .given_name = is_unnamed && role_of(first) == Role::type_identifier ? first : TSNode{}});
        return true;
    }

    bool type_definition_declarator(TSNode node) {
        auto* around = declarations_.around(here());
        if (!is_field(Field::declarator) || around == nullptr || same_node(node, around->given_name)) return true;
        const auto declared = declared_by(node);
        if (ts_node_is_null(declared.name)) return true;
        b.add({.kind = ElementKind::type_alias,
               .node = span_of_declarator(node, *around),
               .name = declared.name,
               .flags = visibility({}),
               .is_value = true});
        return true;
    }

    bool type_specifier(TSNode node, ElementKind kind) {
        const auto body = child(node, Field::body);
        if (ts_node_is_null(body)) return true;
        const auto name = child(node, Field::name);
        NewElement element{.kind = kind, .node = node, .name = name, .body = body, .flags = visibility({})};
        if (!ts_node_is_null(name)) {
            element.name = unqualified(name, element.owner);
            defined_name_ = element.name.id;
            element.flags.set(ElementFlag::final_,
                              b.raw(b.end(name), b.start(body)).substr(0, 20).find("final") != std::string_view::npos);
            b.open(element);
        } else if (const auto* around = declarations_.around(here());
                   above() == Role::type_definition && around != nullptr && !ts_node_is_null(around->given_name)) {
            element.node = around->node;
            element.name = around->given_name;
            b.open(element);
        } else {
            open_unnamed(kind);
        }
        open_access(node, kind);
        return true;
    }

    /// The members of `struct { ... } x;` are called x's; those of a struct or enum with no name at all belong to what
    /// is around.
    void open_unnamed(ElementKind kind) {
        std::string_view name;
        const auto* around = declarations_.around(here());
        const bool is_declared = above() == Role::declaration || above() == Role::field_declaration;
        if (kind != ElementKind::enum_ && is_declared && around != nullptr) {
            const auto declared = declared_by(child(around->node, Field::declarator));
            if (!ts_node_is_null(declared.name)) name = b.text(declared.name);
        }
        b.open_scope(kind, name);
    }

    void open_access(TSNode node, ElementKind kind) {
        ElementFlags flags;
        flags.set(ElementFlag::private_, kind == ElementKind::class_);
        access_.set(b.end(node), flags);
    }

    bool enumerator(TSNode node) {
        b.add({.kind = ElementKind::enum_member,
               .node = node,
               .name = child(node, Field::name),
               .flags = visibility({}),
               .is_value = true});
        return true;
    }

    bool alias(TSNode node, ElementKind kind) {
        b.add(
            {.kind = kind, .node = node, .name = child(node, Field::name), .flags = visibility({}), .is_value = true});
        return true;
    }

    bool template_declaration(TSNode node) {
        ElementFlags flags;
        flags.set(ElementFlag::generic);
        b.wrap(node, flags);
        return true;
    }

    bool namespace_definition(TSNode node) {
        const auto name = child(node, Field::name);
        if (ts_node_is_null(name)) {
            b.open_scope(ElementKind::namespace_);
            hidden_.set(b.end(node), {});
            return true;
        }
        ElementFlags flags;
        flags.set(ElementFlag::exported, !is_hidden());
        flags.set(ElementFlag::inline_, b.raw(node).starts_with("inline"));
        b.open({.kind = ElementKind::namespace_,
                .node = node,
                .name = name,
                .name_text = dotted(b.raw(name)),
                .body = child(node, Field::body),
                .flags = flags});
        return true;
    }

    // --- what is left where the parser gave up ---

    /// The header of a function whose body could not be read.
    void salvage_function(TSNode node) {
        const auto declared = declared_by(node);
        if (!in_function() && !ts_node_is_null(declared.function) && text_behind(node).starts_with('{'))
            add_function(node, declared, {}, {}, false);
    }

    /// `class Name {` or `struct Name :` with a body that could not be read.
    bool salvage_type(TSNode node) {
        const auto behind = text_behind(node);
        const bool is_defined = behind.starts_with('{') || behind.starts_with("final") ||
                                (behind.starts_with(':') && !behind.starts_with("::"));
        if (!is_defined || in_function()) return false;
        const auto before = text_before(node);
        const auto kind = before.ends_with("class")    ? ElementKind::class_
                          : before.ends_with("struct") ? ElementKind::struct_
                          : before.ends_with("union")  ? ElementKind::union_
                                                       : ElementKind::enum_;
        if (kind == ElementKind::enum_ && !before.ends_with("enum")) return false;
        b.add({.kind = kind, .node = node, .name = node, .flags = visibility({})});
        return true;
    }

    std::string_view text_behind(TSNode node) const {
        const auto rest = b.source().substr(b.end(node), 64);
        const auto start = rest.find_first_not_of(" \t\r\n");
        return start == std::string_view::npos ? std::string_view{} : rest.substr(start);
    }
    std::string_view text_before(TSNode node) const {
        auto text = b.source().substr(0, b.start(node));
        while (!text.empty() &&
               (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r'))
            text.remove_suffix(1);
        return text.substr(text.size() < 8 ? 0 : text.size() - 8);
    }

    // --- the preprocessor ---

    bool macro(TSNode node, std::int32_t parameter_count) {
        ElementFlags flags;
        flags.set(ElementFlag::exported);
        b.add({.kind = ElementKind::macro,
               .node = node,
               .name = child(node, Field::name),
               .flags = flags,
               .parameter_count = parameter_count,
               .is_value = true});
        return true;
    }

    bool include(TSNode node) {
        const auto path = child(node, Field::path);
        if (ts_node_is_null(path)) return false;
        auto text = b.raw(path);
        Import import{.kind = ImportKind::include,
                      .is_relative = role_of(path) == Role::string_literal,
                      .is_system = role_of(path) == Role::system_lib_string};
        if ((import.is_relative || import.is_system) && text.size() >= 2) text = text.substr(1, text.size() - 2);
        import.module = b.storable(text);
        b.import(path, import);
        return false;
    }

    /// `using std::vector;`, `using namespace std;`
    bool using_declaration(TSNode node) {
        const auto used = named_child(node, 0);
        if (ts_node_is_null(used)) return false;
        if (b.raw(b.start(node), b.start(used)).find("namespace") != std::string_view::npos) {
            b.import(used, {.kind = ImportKind::wildcard, .module = b.text(used)});
            return false;
        }
        std::string_view owner;
        const auto name = unqualified(used, owner);
        b.import(used, {.kind = ImportKind::use, .module = scope_text(used, name), .name = b.text(name)});
        return false;
    }

    // --- references ---

    /// `a::b` of `a::b::f`
    std::string_view scope_text(TSNode whole, TSNode name) {
        auto end = b.start(name);
        const auto start = b.start(whole);
        while (end > start && (b.source()[end - 1] == ':' || b.source()[end - 1] == ' ')) --end;
        return b.in_one_line(start, end, 96);
    }

    void name_reference(ReferenceKind kind, TSNode named, std::int32_t count) {
        switch (role_of(named)) {
            case Role::identifier:
            case Role::type_identifier:
                b.reference(kind, named, {}, count);
                return;
            case Role::template_function:
            case Role::template_type:
                b.reference(kind, child(named, Field::name), {}, count);
                return;
            case Role::qualified_identifier: {
                std::string_view owner;
                const auto name = unqualified(named, owner);
                b.reference(kind, name, scope_text(named, name), count);
                return;
            }
            case Role::field_expression: {
                auto field = child(named, Field::field);
                if (role_of(field) == Role::template_method) field = child(field, Field::name);
                b.reference(kind, field, b.receiver(child(named, Field::argument)), count);
                return;
            }
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

    bool instantiate(TSNode node) {
        const auto type = child(node, Field::type);
        const auto arguments = child(node, Field::arguments);
        if (role_of(type) == Role::type_identifier || role_of(type) == Role::qualified_identifier ||
            role_of(type) == Role::template_type)
            name_reference(ReferenceKind::instantiate, type,
                           ts_node_is_null(arguments) ? 0 : count_children(arguments));
        return true;
    }

    bool field_expression(TSNode node) {
        if (above() == Role::call_expression && is_field(Field::function)) return true;
        const bool is_target = above() == Role::assignment_expression && is_field(Field::left);
        name_reference(is_target ? ReferenceKind::write : ReferenceKind::read, node, -1);
        return true;
    }

    bool base_classes(TSNode node) {
        for_each_child(node, [&](TSNode base) {
            const auto role = role_of(base);
            if (role == Role::type_identifier || role == Role::qualified_identifier || role == Role::template_type ||
                role == Role::identifier)
                name_reference(ReferenceKind::inherit, base, -1);
        });
        return true;
    }

    bool type_identifier(TSNode node) {
        const auto parent = above();
        if (parent == Role::type_definition) return type_definition_declarator(node) && type_of_definition(node);
        if (is_declarator(parent)) return false;
        if (parent == Role::error && salvage_type(node)) return false;
        const bool is_specifier = parent == Role::struct_specifier || parent == Role::class_specifier ||
                                  parent == Role::union_specifier || parent == Role::enum_specifier;
        if (is_specifier && node.id == defined_name_) return false;
        if (parent == Role::alias_declaration && is_field(Field::name)) return false;
        if (parent == Role::type_parameter || parent == Role::base_class_clause) return false;
        if (parent == Role::new_expression) return false;
        if ((parent == Role::qualified_identifier || parent == Role::template_type) && is_field(Field::name) &&
            is_part_of_named(parent))
            return false;
        if (parent == Role::declaration && is_field(Field::declarator)) return false;
        b.reference(ReferenceKind::type_use, node);
        return false;
    }

    static bool is_declarator(Role role) {
        return role == Role::pointer_declarator || role == Role::function_declarator ||
               role == Role::array_declarator || role == Role::parenthesized_declarator;
    }

    bool type_of_definition(TSNode node) {
        if (is_field(Field::type)) b.reference(ReferenceKind::type_use, node);
        return false;
    }

    /// Whether the name inside a qualified or template type was reported with the whole.
    bool is_part_of_named(Role parent) const {
        if (parent == Role::qualified_identifier) return true;
        const auto outer = above(2);
        return outer == Role::qualified_identifier || outer == Role::base_class_clause || outer == Role::new_expression;
    }

    /// A qualified type; qualified functions and declared names are seen where they are called and declared.
    bool qualified_identifier(TSNode node) {
        const auto parent = above();
        if (parent == Role::declaration && is_field(Field::declarator)) return declarator(node);
        if (parent == Role::qualified_identifier || parent == Role::call_expression ||
            parent == Role::base_class_clause || parent == Role::new_expression)
            return true;
        std::string_view owner;
        const auto name = unqualified(node, owner);
        if (role_of(name) == Role::type_identifier && !is_field(Field::declarator) && !is_field(Field::name))
            b.reference(ReferenceKind::type_use, name, scope_text(node, name));
        return true;
    }

    bool attribute(TSNode node) {
        if (const auto name = child(node, Field::name); !ts_node_is_null(name))
            b.reference(ReferenceKind::decorate, name);
        return true;
    }

    Enclosing<ElementFlags> access_;  ///< what the classes around allow
    Enclosing<Hidden> hidden_;        ///< unnamed namespaces around
    Enclosing<Declaration> declarations_;
    const void* class_body_ = nullptr;    ///< the block that is a class behind a macro
    const void* defined_name_ = nullptr;  ///< of the type that was opened last
};

}  // namespace

void extract_c(Builder& builder, TSNode root) {
    walk_with<CFamilyRules, Language::c>(builder, root, names);
}

void extract_cpp(Builder& builder, TSNode root) {
    walk_with<CFamilyRules, Language::cpp>(builder, root, names);
}

}  // namespace gsdb::codebase::extract
