#pragma once
// The walk over a C or C++ file that writes its flow. Each group of members has a file of its own.

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/flow/c_kinds.hpp"
#include "modules/codebase/flow/typed_flow.hpp"

namespace gsdb::codebase::flow::c {

/// Names of types are kept apart from those of functions: `struct stat` and `stat()`.
constexpr char type_mark = '#';

class CFlow : TypedFlow {
  public:
    CFlow(FileFlow& flow, TSNode root, std::string_view source);

    void follow();

  private:
    struct Field {
        TSNode type{};
        TSNode declarator{};
    };
    struct ClassScope {
        Index index = none;
        Index value = none;
        TSNode node{};
        std::string_view name;
        ClassScope* outer = nullptr;
        std::unordered_map<std::string_view, Index> nested;  ///< nodes of the classes in it
        std::vector<Member> members;
        std::vector<Index> bases;
        std::unordered_map<std::string_view, Field> fields;
        std::vector<std::string_view> field_order;
        std::unordered_set<std::string_view> methods;
        std::vector<TSNode> defaults;  ///< fields with a value
    };
    /// A name of the file, by its namespaces and itself: `a::b::f`.
    struct FileName {
        Index node = none;
        bool is_static = false;
        Type type;
    };
    /// A function's declarator, taken apart.
    struct Declared {
        TSNode name{};       ///< last part
        TSNode qualifier{};  ///< `A::B` of `A::B::f`
        TSNode parameters{};
        bool is_function = false;
        bool is_pointer = false;  ///< the variable holds a pointer or reference
        bool is_array = false;
    };
    /// Where code stands.
    struct Place {
        std::string space;  ///< namespaces: `a::b`
        ClassScope* class_ = nullptr;
        Index class_node = none;
        Index this_ = none;
        Index result = none;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }
    bool is_cpp() const { return flow_.language == extract::Language::cpp; }

    // --- declarations (c.cpp) ---
    void collect(TSNode list);
    void collect_one(TSNode node);
    void collect_declaration(TSNode node);
    void collect_function(TSNode node);
    void collect_class(TSNode node, std::string_view typedef_name);
    void declarations(TSNode list);
    void declaration_at_file(TSNode node);
    void namespace_definition(TSNode node, bool collects);
    void using_directive(TSNode node);
    void type_definition(TSNode node);
    void function_definition(TSNode node);
    void function_body(Index function, TSNode node, const Declared& declared);
    std::vector<Parameter> parameters_of(TSNode list);
    void file_variables(TSNode node);
    Declared declared_by(TSNode declarator) const;
    bool has_storage(TSNode node, std::string_view word) const;
    FileName& file_name(std::string_view name, bool is_type);
    std::string scoped(std::string_view name) const {
        return place_.space.empty() ? std::string(name) : place_.space + "::" + std::string(name);
    }
    std::string_view dotted(std::string_view name);
    void template_parameters(TSNode node);

    // --- classes (c_classes.cpp) ---
    ClassScope* declare_class(TSNode node, std::string_view name);
    void collect_members(ClassScope& scope, TSNode list);
    void collect_field(ClassScope& scope, TSNode node);
    void follow_class(ClassScope& scope);
    void class_members(ClassScope& scope, TSNode list);
    void abstract_method(ClassScope& scope, TSNode node);
    void method(ClassScope& scope, TSNode node);
    void method_outside(TSNode node, const Declared& declared);
    std::string_view member_name(std::string_view name, std::string_view class_name) const;
    void constructor_initializers(TSNode node);
    void default_fields(ClassScope& scope);
    void base_constructor(Index base, TSNode at, const std::vector<Argument>& arguments);

    // --- types and names ---
    Type type_of(TSNode node);
    Type template_type(TSNode node);
    Index type_named(TSNode name);
    Index lookup(std::string_view path, bool is_type);
    Index import_of(std::string_view path);
    bool is_type_parameter(std::string_view name) const;
    Type declared_type(TSNode type, const Declared& declared);

    // --- statements (c_statements.cpp) ---
    bool block(TSNode node);
    bool statements(TSNode node);
    bool statement(TSNode node);
    bool other_statement(TSNode node);
    bool if_statement(TSNode node);
    void for_statement(TSNode node);
    void for_range(TSNode node);
    bool switch_statement(TSNode node);
    bool try_statement(TSNode node);
    void local_declaration(TSNode node);
    void condition(TSNode node);
    Value initial_value(TSNode value, const Type& type, TSNode type_node, const Declared& declared, TSNode at);

    // --- expressions (c_expressions.cpp) ---
    Value expression(TSNode node);
    Value other_expression(TSNode node);
    Value identifier(TSNode node);
    Value qualified(TSNode node);
    Value qualified_path(const std::string& path);
    Value chain(TSNode node);
    Value link(TSNode node, const Value& below);
    Value call_expression(TSNode node, const Value& callee);
    Value template_call(TSNode node, TSNode function);
    Value new_expression(TSNode node);
    Value instantiate(const Type& type, TSNode at, const std::vector<Argument>& arguments);
    Value lambda(TSNode node);
    Value binary(TSNode node);
    Value initializer_list(TSNode node, const Type& type);
    void assign_to(TSNode target, const Value& value);
    std::vector<Argument> arguments_of(TSNode list);
    Type field_type(const Type& of, std::string_view name);
    Index subscript_key(TSNode subscript);
    Index own_package();

    const Grammar& g;
    std::deque<ClassScope> classes_;
    std::unordered_map<Index, ClassScope*> class_of_node_;
    std::unordered_map<const void*, ClassScope*> class_of_tree_;
    std::map<std::string, FileName, std::less<>> names_;
    std::unordered_map<std::string, Index> paths_;
    std::vector<std::unordered_set<std::string_view>> type_parameters_;
    Index own_package_ = none;
    Place place_;
};

}  // namespace gsdb::codebase::flow::c
