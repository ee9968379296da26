#pragma once
// The walk over a Go file that writes its flow. Each group of members has a file of its own.

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modules/codebase/flow/go_kinds.hpp"
#include "modules/codebase/flow/typed_flow.hpp"

namespace gsdb::codebase::flow::go {

class GoFlow : TypedFlow {
  public:
    GoFlow(FileFlow& flow, TSNode root, std::string_view source);

    void follow();

  private:
    /// A named type.
    struct TypeScope {
        Index index = none;
        Index value = none;
        TSNode definition{};
        std::vector<Member> members;
        std::vector<std::string_view> field_order;
        std::unordered_map<std::string_view, TSNode> fields;
    };
    /// The function that is followed.
    struct Body {
        Index result = none;
        std::vector<std::string_view> result_names;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }

    // --- declarations (go.cpp) ---
    void imports(TSNode node);
    void import_spec(TSNode node);
    void declare_types(TSNode node);
    void declare_type(TSNode spec);
    void define_type(TypeScope& type);
    void struct_members(TypeScope& type, TSNode definition, std::vector<Index>& bases);
    void interface_members(TypeScope& type, TSNode definition, std::vector<Index>& bases);
    void declare_package_names();
    void declare_variables(TSNode declaration);
    void function_declaration(TSNode node);
    void method_declaration(TSNode node);
    void function_body(Index function, TSNode node, TSNode receiver);
    std::vector<Parameter> parameters_of(TSNode list);
    void named_results(TSNode result);
    void variable_specs(TSNode declaration);
    void variable_spec(TSNode spec);
    Type type_of(TSNode node);
    Index class_named(std::string_view name);
    TSNode named_type(TSNode type) const;
    Index zero_value(TSNode type_node, const Type& type);
    /// What `x.name` is declared to be, where x is of a type of this file.
    Type field_type(const Type& of, std::string_view name);

    // --- statements (go_statements.cpp) ---
    bool statement(TSNode node);
    bool other_statement(TSNode node);
    bool block(TSNode node);
    bool statements(TSNode node);
    bool if_statement(TSNode node);
    void for_statement(TSNode node);
    void range_clause(TSNode node);
    bool cases(TSNode node, TSNode alias, const Value& subject);
    void type_switch(TSNode node);
    void select_case(TSNode node);
    void short_var(TSNode node);
    void assignment(TSNode node);
    void return_statement(TSNode node);
    std::vector<TSNode> list_of(TSNode node) const;
    std::vector<Value> values_of(const std::vector<TSNode>& rights, std::size_t wanted,
                                 const std::vector<TSNode>& names);
    void assign_to(TSNode target, const Value& value);
    /// The package that the file is of: variables of its other files are assigned through it.
    Index own_package();

    // --- expressions (go_expressions.cpp) ---
    Value expression(TSNode node);
    Value other_expression(TSNode node);
    Value identifier(TSNode node);
    Value chain(TSNode node);
    Value link(TSNode node, const Value& below);
    Value selector(TSNode node, const Value& operand);
    Value call_expression(TSNode node, const Value& callee);
    Value composite(TSNode node);
    Value literal_value(TSNode body, TSNode type_node);
    Value literal_part(TSNode part, TSNode element_type);
    Value function_literal(TSNode node, std::string_view name);
    bool is_import(TSNode node);
    bool is_type(TSNode node);
    std::vector<Argument> arguments_of(TSNode list);
    CalleeForm form_of(TSNode function);

    const Grammar& g;
    std::deque<TypeScope> types_;
    std::unordered_map<std::string_view, TypeScope*> type_named_;
    std::unordered_map<std::string_view, Index> aliases_;   ///< nodes of types that have another name
    std::unordered_map<std::string_view, Index> imported_;  ///< nodes, by the name of the package
    std::unordered_map<std::string_view, TSNode> results_;  ///< of the functions of this file
    std::vector<std::unordered_map<std::string_view, bool>> type_parameters_;
    Index own_package_ = none;
    Body body_;
};

}  // namespace gsdb::codebase::flow::go
