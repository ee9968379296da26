#pragma once
// The walk over a Java file that writes its flow. Each group of members has a file of its own.

#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/flow/java_kinds.hpp"
#include "modules/codebase/flow/typed_flow.hpp"

namespace gsdb::codebase::flow::java {

class JavaFlow : TypedFlow {
  public:
    JavaFlow(FileFlow& flow, TSNode root, std::string_view source);

    void follow();

  private:
    struct Field {
        TSNode type{};
        bool is_static = false;
        bool has_dimensions = false;
    };
    /// What the declaration of a class says, before its members are followed.
    struct ClassScope {
        Index index = none;
        Index value = none;  ///< node of the class
        TSNode node{};
        TSNode body{};
        ClassScope* outer = nullptr;
        Index outer_this = none;  ///< node of the instance around it; none where there is none
        bool has_bases = false;
        bool is_interface = false;
        std::unordered_map<std::string_view, ClassScope*> nested;
        std::unordered_map<std::string_view, TSNode> methods;  ///< type that they return; null where several do
        std::unordered_map<std::string_view, Field> fields;
        std::unordered_map<std::string_view, TSNode> type_parameters;  ///< with their bounds
        std::vector<TSNode> instance_parts, static_parts;              ///< initialisers, in their order
        std::vector<TSNode> constants;                                 ///< of an enum
        std::vector<Member> members;
        std::vector<Parameter> components;  ///< of a record
        bool has_constructor = false;
        bool has_static_code = false;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }
    bool has_word(TSNode declaration, std::string_view word) const;
    static bool is_class(Kind kind);

    // --- declarations (java_classes.cpp) ---
    void import_declaration(TSNode node);
    ClassScope* declare_class(TSNode node, ClassScope* outer, std::string_view name, TSNode body);
    void collect_members(ClassScope& scope, TSNode body);
    void collect_member(ClassScope& scope, TSNode node);
    void collect_field(ClassScope& scope, TSNode node);
    void collect_type_parameters(TSNode node, std::unordered_map<std::string_view, TSNode>& into);
    void collect_components(ClassScope& scope);
    void follow_class(ClassScope& scope, const std::vector<Index>& bases);
    void follow_members(ClassScope& scope, TSNode body);
    std::vector<Index> bases_of(TSNode node);
    void method(ClassScope& scope, TSNode node);
    void constructor(ClassScope& scope, TSNode node);
    void implicit_constructor(ClassScope& scope, TSNode arguments);
    void super_call(ClassScope& scope, TSNode at, const std::vector<Argument>& arguments);
    void instance_initializer(ClassScope& scope);
    void static_initializer(ClassScope& scope);
    void enum_constant(ClassScope& scope, TSNode node);
    void enum_methods(ClassScope& scope);
    void record_members(ClassScope& scope);
    void fields(ClassScope& scope);
    void field_initializers(TSNode declaration, Index object);
    Index add_method(ClassScope& scope, Function function);
    std::vector<Parameter> parameters_of(TSNode list);
    /// What a method is called among the members: a field may have the same name.
    std::string_view method_name(std::string_view name) { return flow_.names[b.name({name, "()"})]; }
    void add_member(ClassScope& scope, Index function, std::string_view name, MemberKind kind);
    static bool is_constant(TSNode value, const Grammar& grammar);

    /// Where code stands.
    struct Place {
        ClassScope* class_ = nullptr;
        Index this_ = none;         ///< none where there is no instance
        Index result = none;        ///< node of what the function returns
        std::vector<Index> yields;  ///< of the switch expressions around
    };
    class EnteredFunction {
      public:
        EnteredFunction(JavaFlow& flow, Index function, Place place);
        ~EnteredFunction();
        EnteredFunction(const EnteredFunction&) = delete;
        EnteredFunction& operator=(const EnteredFunction&) = delete;

      private:
        JavaFlow& flow_;
        Place around_;
    };

    // --- types (java_types.cpp) ---
    Type type_of(TSNode node);
    Type named_type(std::string_view name);
    Index class_named(std::string_view name);
    std::optional<Type> type_parameter(std::string_view name);
    Type scoped_type(TSNode node);
    Type array_of(const Type& element);
    Type with_dimensions(Type type, TSNode declarator);
    Type primitive(std::string_view name) { return {.class_ = global(name), .is_plain = true}; }
    Index import_of(std::string_view path);

    // --- statements (java_statements.cpp): whether what comes after may run ---
    bool statement(TSNode node);
    bool other_statement(TSNode node);
    bool block(TSNode node);
    bool statements(TSNode node);
    bool if_statement(TSNode node);
    bool try_statement(TSNode node);
    void for_statement(TSNode node);
    void enhanced_for(TSNode node);
    void while_statement(TSNode node);
    void local_variable(TSNode node);
    void resource(TSNode node);
    void catch_clause(TSNode node);
    void local_class(TSNode node);
    void explicit_constructor(TSNode node);
    Value switch_expression(TSNode node);
    bool switch_part(TSNode part, const Value& subject, std::vector<Index>& results);
    void switch_label(TSNode label, const Value& subject);
    void pattern(TSNode node, const Value& subject);

    // --- expressions (java_expressions.cpp) ---
    Value expression(TSNode node);
    Value other_expression(TSNode node);
    Value identifier(TSNode node);
    std::optional<Value> field_named(std::string_view name);
    Value assignment(TSNode node);
    void assign_to(TSNode target, const Value& value);
    void assign_name(std::string_view name, const Value& value);
    Value binary(TSNode node);
    Value ternary(TSNode node);
    Value field_access(TSNode node);
    Value array_access(TSNode node);
    Value array_creation(TSNode node);
    Value array_initializer(TSNode node, const Type& type);
    Value lambda(TSNode node);
    Value method_reference(TSNode node);
    Value new_object(TSNode node);
    Value instanceof_expression(TSNode node);
    Value this_of(TSNode node);
    bool is_path(TSNode node);
    bool is_type_name(TSNode node);
    Index initialised(Index class_node, TSNode at);

    // calls
    Value chain(TSNode node);
    Value method_call(TSNode node, const Value* object);
    Callee unqualified(std::string_view name, Type& returns);
    std::vector<Argument> arguments_of(TSNode list);
    Type return_type(std::string_view method, const Value& object);

    const Grammar& g;
    std::deque<ClassScope> scopes_;
    std::unordered_map<std::string_view, ClassScope*> top_level_;
    std::unordered_map<std::string_view, Index> imported_;
    std::unordered_map<std::string_view, Index> imported_paths_;  ///< names
    std::unordered_map<std::string_view, Index> paths_;
    std::vector<std::unordered_map<std::string_view, TSNode>> method_types_;  ///< type parameters of methods around
    Place place_;
    std::unordered_set<std::uint64_t> initialised_;             ///< function and class
    std::unordered_map<std::uint64_t, Index> inherited_types_;  ///< by class and name
    std::vector<ClassScope*> ordered_;  ///< classes to follow, those of a body behind each other
};

}  // namespace gsdb::codebase::flow::java
