#pragma once
// The walk over a JavaScript or TypeScript file that writes its flow. Each group of members has a file of its own.

#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "modules/codebase/flow/builder.hpp"
#include "modules/codebase/flow/javascript_kinds.hpp"
#include "modules/codebase/flow/javascript_scopes.hpp"
#include "modules/codebase/flow/javascript_slots.hpp"

namespace gsdb::codebase::flow::javascript {

/// What a function or class without a name gets from where it stands.
struct Naming {
    std::string_view name;
    TSNode site{};             ///< of that name
    Index owner = none;        ///< class whose field takes it
    bool is_argument = false;  ///< it is written as the argument of a call
};

class JavascriptFlow {
  public:
    JavascriptFlow(FileFlow& flow, TSNode root, std::string_view source);

    void follow();

  private:
    class Deeper {
      public:
        explicit Deeper(JavascriptFlow& flow) : flow_(flow) { ++flow_.depth_; }
        ~Deeper() { --flow_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        bool is_too_deep() const;

      private:
        JavascriptFlow& flow_;
    };

    Kind kind(TSNode node) const { return g.kind[node]; }
    std::string_view text(TSNode node) const { return b.text(node); }
    TSNode part(TSNode node) const { return first_part(g, node); }
    bool is_typescript() const { return flow_.language != extract::Language::javascript; }

    // --- names (javascript_names.cpp) ---
    struct EnteredScope {
        JavascriptFlow* flow;
        Index before;
        EnteredScope(EnteredScope&& other) noexcept : flow(std::exchange(other.flow, nullptr)), before(other.before) {}
        EnteredScope(JavascriptFlow* in, Index was) : flow(in), before(was) {}
        EnteredScope(const EnteredScope&) = delete;
        EnteredScope& operator=(const EnteredScope&) = delete;
        EnteredScope& operator=(EnteredScope&&) = delete;
        ~EnteredScope() {
            if (flow != nullptr) flow->scope_ = before;
        }
    };
    /// Names are those of the scope that the node opens, if it does, until the result dies.
    [[nodiscard]] EnteredScope enter_scope(TSNode node);
    Declared* declared(std::string_view name);
    static bool has_versions(const Declared& known);
    Variable variable(Index scope, std::string_view name);
    Index read_name(std::string_view name);
    /// All that the name ever holds: what other files see.
    Index all_of_name(std::string_view name);
    Index given_name(std::string_view name);
    void assign_name(std::string_view name, Index value);
    CalleeForm form_of_name(std::string_view name);
    bool is_undeclared(TSNode node, std::string_view name);
    Index arguments_object();

    void assign(TSNode target, Index value);
    void assign_member(TSNode target, Index value);
    void assign_array(TSNode pattern, Index value);
    void assign_object(TSNode pattern, Index value);
    Index with_default(Index value, TSNode default_value, TSNode target);
    void track(TSNode name, Index value);
    void share(Index node) { body_.slots.share(node); }

    // --- statements (javascript.cpp) ---
    void remove_overwritten();
    /// Whether what comes after may run.
    bool statements(TSNode body);
    bool statement(TSNode node);
    bool other_statement(TSNode node);
    bool block(TSNode node);
    void hoist(TSNode body);
    void hoist_one(TSNode node);
    bool if_statement(TSNode node);
    bool branch(Builder::Branches& branches, TSNode condition, TSNode body);
    bool switch_statement(TSNode node);
    void for_statement(TSNode node);
    void for_in_statement(TSNode node);
    void while_statement(TSNode node, bool is_tested_first);
    bool try_statement(TSNode node);
    bool labeled_statement(TSNode node);
    bool jump(TSNode node, bool leaves);
    void declarator(TSNode node, bool is_var);
    void narrow(TSNode condition);
    void narrow_by_last(TSNode condition);

    struct JumpTarget {
        std::string_view label;
        bool is_loop = false;
        bool is_labeled_only = false;
        std::size_t mark = 0;
        std::vector<Builder::Versions> breaks;
        std::vector<Builder::Versions> continues;
    };
    /// What follows is reached by these jumps, too.
    void may_have_run(const std::vector<Builder::Versions>& jumps);
    template <class Run>
    void loop(Run run);
    Builder::Branches begin_branches();
    bool end_branch(Builder::Branches& branches, bool goes_on);
    void end_branches(Builder::Branches branches, bool is_exhaustive);

    // --- expressions (javascript_expressions.cpp): the node that holds the value, or none where nothing is known ---
    Index expression(TSNode node) { return expression(node, {}); }
    /// `naming` is what an unnamed function or class takes its name from.
    Index expression(TSNode node, const Naming& naming);
    Index other_expression(TSNode node, const Naming& naming);
    Index assignment(TSNode node, const Naming& naming);
    Index augmented_assignment(TSNode node);
    Index binary(TSNode node, const Naming& naming);
    Index ternary(TSNode node, const Naming& naming);
    Index object(TSNode node);
    Index object_member(TSNode part, std::optional<Index> key);
    Index array(TSNode node);
    Index sequence(TSNode node, const Naming& naming);
    Index template_string(TSNode node);
    Index yield(TSNode node);
    Index elements(Index iterated, TSNode at, bool is_async);
    /// What the protocol of iteration gives, of objects that have it themselves.
    std::vector<Index> protocol_elements(Index iterated, TSNode at, bool is_async);
    Index implied_call(Index object, std::string_view method, TSNode at);
    Index jsx_element(TSNode opening, TSNode element);
    Index jsx_value(TSNode node);

    /// The text of a key that is written down; none for others.
    std::optional<Index> key_name(TSNode key);
    std::optional<Index> key_text(TSNode expression);
    std::string_view string_content(TSNode string) const;
    Index literal(std::string_view text);
    Index new_container(ContainerKind kind) { return b.made(OpCode::container, static_cast<Index>(kind)); }
    Naming naming_of(TSNode target) const;

    // --- chains of members and calls (javascript_calls.cpp) ---
    struct Reached {
        Index value = none;
        Index receiver = none;     ///< what a call passes as `this`
        bool is_super = false;     ///< `super` itself
        bool is_variable = false;  ///< the value is that of a name, which may be tracked
    };
    bool is_link(TSNode node) const;
    TSNode below(TSNode link) const;
    Index chain(TSNode node, const Naming& naming);
    Reached start_of_chain(TSNode base, std::vector<TSNode>& links);
    void follow_link(Reached& at, TSNode link, const Naming& naming);
    void follow_member(Reached& at, TSNode link);
    void follow_call(Reached& at, TSNode link, const Naming& naming);
    Index load(const Reached& from, Index key);
    Index load_item(const Reached& from, TSNode key);
    Index required(TSNode call);
    Index instantiate(TSNode node);
    Index call(CallKind kind, TSNode callee, Index value, Index receiver, const std::vector<Argument>& arguments);
    std::vector<Argument> arguments(TSNode list, const Naming& naming);
    CalleeForm form_of(TSNode callee);
    TSNode unwrapped(TSNode node) const;
    TSNode last_name(TSNode callee) const;

    // --- functions (javascript_functions.cpp) ---
    /// What is known at a place of a function that is being followed.
    struct Body {
        Index this_ = none;
        bool is_of_file = false;  ///< `this` is that of the file
        KnownSlots slots;
        std::vector<JumpTarget> jumps;
        std::vector<std::pair<std::string_view, Index>> narrowed;  ///< names that a condition says more of
        std::string_view label;                                    ///< of the statement that comes next
    };
    struct Arguments {
        Index function = none;
        Index object = none;
        std::vector<Parameter>* parameters = nullptr;
    };
    Index function_value(TSNode node, const Naming& naming);
    Function described(TSNode node) const;
    void follow_body(Index index, TSNode node);
    void begin_versions();
    void add_parameter(TSNode node, std::vector<Parameter>& parameters);
    Index declared_function(TSNode node, Function function);
    Body begin_body(Index function, Index this_node, bool is_of_file = false);
    void end_body(Body outer);
    void name_unnamed();
    Index current_this();

    // --- classes (javascript_classes.cpp) ---
    struct ClassWalk {
        Index index = none;
        Index value = none;
        std::vector<Member> members;
        std::unordered_set<std::string_view> with_body;
        std::vector<TSNode> decorators;  ///< that stand before the next member
    };
    void class_declaration(TSNode node);
    Index class_value(TSNode node, const Naming& naming);
    Index follow_class(TSNode node, std::string_view name, TSNode site);
    std::vector<Index> bases_of(TSNode node);
    void class_member(ClassWalk& walk, TSNode node);
    void method(ClassWalk& walk, TSNode node);
    void method_signature(ClassWalk& walk, TSNode node);
    void class_field(ClassWalk& walk, TSNode node);
    void static_block(ClassWalk& walk, TSNode node);
    Index initializer_of(ClassWalk& walk);
    Index decorate(const std::vector<TSNode>& decorators, Index value);
    Index decorate_member(const ClassWalk& walk, TSNode node, Index name, Index value);
    std::vector<TSNode> decorators_of(TSNode node) const;
    void enum_declaration(TSNode node);
    void namespace_declaration(TSNode node);

    // --- modules (javascript_modules.cpp) ---
    void import_statement(TSNode node);
    void import_clause(TSNode clause, Index module);
    void import_alias(TSNode node);
    Index import_named(Index module, TSNode name);
    void export_statement(TSNode node);
    void export_list(TSNode clause, TSNode source);
    void export_declared(TSNode declaration, bool is_default);
    void export_name(std::string_view name, Index node);
    Index module_exports();
    Index exports_object();
    bool is_module_exports(TSNode node);

    // --- types (javascript_types.cpp): the node that holds what a value of the type may be ---
    Index value_of_type(TSNode node);
    Index value_of_type_name(TSNode node);
    Index value_of_generic(TSNode node);
    Index value_of_object_type(TSNode node);
    Index type_itself(TSNode node);

    Builder b;
    FileFlow& flow_;
    const Grammar& g;
    TSNode root_;
    Scopes scopes_;
    std::uint32_t depth_ = 0;
    Index scope_ = 0;
    Body body_{.is_of_file = true};
    Arguments arguments_;
    Index class_ = none;       ///< whose member is being followed
    Index class_body_ = none;  ///< the same, where code stands directly in its body
    Index namespace_ = none;   ///< the object of the namespace that statements stand in
    bool is_ambient_ = false;
    Index module_exports_ = none;
    Index exports_ = none;
    std::vector<TSNode> exported_decorators_;  ///< that stand before `export class`
    std::unordered_map<std::string_view, Index> alias_values_;
    std::unordered_set<const void*> hoisted_;
    std::unordered_set<Index> unknown_keys_;
    std::vector<std::size_t> overwritten_;  ///< ops that nothing can see the effect of
    struct Unnamed {
        std::uint32_t start;
        Index function = none;
        Index class_ = none;
    };
    std::vector<Unnamed> unnamed_;
    /// The elements of the array or object that was evaluated last.
    struct Literal {
        Index node = none;
        bool is_plain = false;
        std::vector<std::tuple<Index, Index, std::size_t>> slots;  ///< key, value, op
    };
    Literal literal_;
};

/// Statements and expressions nested deeper are not followed. A level takes a few hundred bytes of the stack.
constexpr std::uint32_t depth_max = 500;
/// Longer texts are no keys.
constexpr std::size_t literal_bytes_max = 40;
constexpr std::size_t key_bytes_max = 200;

}  // namespace gsdb::codebase::flow::javascript
