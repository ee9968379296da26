#pragma once
// The walk over a Rust file that writes its flow. Each group of members has a file of its own.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modules/codebase/flow/rust_kinds.hpp"
#include "modules/codebase/flow/typed_flow.hpp"

namespace gsdb::codebase::flow::rust {

class RustFlow : TypedFlow {
  public:
    RustFlow(FileFlow& flow, TSNode root, std::string_view source);

    void follow();

  private:
    /// The names of a module of this file, or of a block with items.
    struct Module {
        std::string path;                                     ///< within the file: `tests::helpers`
        std::unordered_map<std::string_view, Index> names;    ///< nodes of what it defines and imports
        std::unordered_map<std::string_view, Index> classes;  ///< those that are defined here
        bool is_block = false;
        Module* outer = nullptr;
    };
    struct ClassScope {
        TSNode node{};
        std::vector<Member> members;
        std::unordered_map<std::string_view, TSNode> fields;
    };
    /// Where code stands.
    struct Place {
        Module* module = nullptr;
        Index self_type = none;   ///< node of the class
        Index self_class = none;  ///< the class, where it is of this file
        std::string_view self_name;
        Index self_value = none;
        Index result = none;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }

    // --- items (rust.cpp) ---
    void declare_items(TSNode list, Module& module);
    void declare_item(TSNode node, Module& module);
    void declare_class(TSNode node, Module& module);
    void use_tree(TSNode node, std::string path, Module& module);
    void import_name(std::string_view name, const std::string& path, Module& module);
    void items(TSNode list, Module& module);
    void item(TSNode node, Module& module);
    void struct_fields(Index class_, TSNode body);
    void impl_item(TSNode node);
    void trait_item(TSNode node);
    void methods(TSNode list, Index target, bool is_outside);
    Index function_item(TSNode node, std::string_view name, Index owner, std::string_view class_name);
    void function_body(Index function, TSNode node);
    std::vector<Parameter> parameters_of(TSNode list);
    std::string module_path(const Module& module, std::string_view path) const;
    std::string_view prefixed(const Module& module, std::string_view name);
    std::string_view method_name(std::string_view name) { return flow_.names[b.name({name, "()"})]; }
    Index import_of(const std::string& path);
    Index name_in_scope(std::string_view name);
    void add_type_parameters(TSNode node);

    // --- types ---
    Type type_of(TSNode node);
    Type generic_type(TSNode node);
    Index path_node(TSNode path);
    Type field_type(const Type& of, std::string_view name);

    // --- expressions (rust_expressions.cpp) ---
    Value block(TSNode node);
    void statement(TSNode node, Value& last);
    void let_declaration(TSNode node);
    Value expression(TSNode node);
    Value other_expression(TSNode node);
    Value control(TSNode node);
    Value path(TSNode node);
    Value chain(TSNode node);
    Value link(TSNode node, const Value& below);
    Value call_expression(TSNode node, const Value& callee);
    Value method_call(TSNode call, TSNode function, const Value& receiver);
    Value construct(TSNode node, TSNode type, std::string_view variant);
    Value struct_expression(TSNode node);
    Value closure(TSNode node);
    Value if_expression(TSNode node);
    Value match_expression(TSNode node);
    Value binary(TSNode node);
    void condition(TSNode node);
    void assign_to(TSNode target, const Value& value);
    void pattern(TSNode node, Index value, const Type& type);
    void tuple_struct_pattern(TSNode node, Index value);
    void struct_pattern(TSNode node, Index value);
    std::vector<Argument> arguments_of(TSNode list);
    struct Variant {
        Index class_ = none;
        std::string_view name;  ///< empty: a struct, not a variant
        bool is_transparent = false;
    };
    Variant variant_of(TSNode path);

    // --- macros (rust_macros.cpp): their arguments as far as they look like expressions ---
    Value macro(TSNode node);
    struct Tokens {
        std::vector<TSNode> all;
        std::size_t next = 0;
        bool is_at_end() const { return next >= all.size(); }
    };
    std::vector<Value> token_list(TSNode tree);
    Value token_expression(Tokens& tokens);
    Value token_primary(Tokens& tokens);
    Value token_postfix(Tokens& tokens, Value value);
    bool is_token(const Tokens& tokens, std::size_t ahead, std::string_view text) const;
    bool is_parenthesized(const Tokens& tokens, std::size_t ahead) const;
    Value called(const Value& callee, TSNode name, TSNode tree);
    Value called_method(const Value& receiver, TSNode name, TSNode tree);

    const Grammar& g;
    std::deque<Module> modules_;
    std::map<Index, ClassScope> classes_;             ///< by class
    std::unordered_map<Index, Index> class_of_node_;  ///< of this file
    std::unordered_map<std::string, Index> paths_;
    std::vector<std::unordered_map<std::string_view, Type>> type_parameters_;
    std::unordered_map<const void*, Module*> module_of_node_;
    std::unordered_map<const void*, Index> value_of_tree_;  ///< nodes of classes, by where they are written
    Place place_;
};

}  // namespace gsdb::codebase::flow::rust
