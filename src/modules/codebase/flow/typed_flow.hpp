#pragma once
// What the walks over files of languages with declared types have in common: blocks of local variables, values with
// what is known of their types, branches, calls.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "modules/codebase/flow/builder.hpp"
#include "modules/codebase/flow/kinds.hpp"

namespace gsdb::codebase::flow {

/// A type as a declaration writes it.
struct Type {
    Index class_ = none;    ///< node that holds the class
    Index element = none;   ///< node that holds an element, of collections
    bool is_open = false;   ///< nothing is known of it: a type parameter, `var`
    bool is_plain = false;  ///< numbers and texts: nothing that is followed
};

/// What an expression gives.
struct Value {
    Index node = none;  ///< none where nothing is known
    Type type;
};

class TypedFlow {
  public:
    TypedFlow(FileFlow& flow, TSNode root, std::string_view source) : b(flow, source), flow_(flow), root_(root) {}

  protected:
    /// Statements and expressions nested deeper are not followed. A level takes a few hundred bytes of the stack.
    static constexpr std::uint32_t depth_max = 400;

    class Deeper {
      public:
        explicit Deeper(TypedFlow& flow) : flow_(flow) { ++flow_.depth_; }
        ~Deeper() { --flow_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        bool is_too_deep() const {
            if (flow_.depth_ > depth_max) flow_.flow_.is_complete = false;
            return flow_.depth_ > depth_max;
        }

      private:
        TypedFlow& flow_;
    };

    // --- local variables ---
    struct Local {
        Variable variable = 0;
        Type type;
        Index constant = none;  ///< node, where the name is no variable but a function or class
    };
    using Block = std::unordered_map<std::string_view, Local>;
    /// Names that are declared are those of the block, until it dies.
    class EnteredBlock {
      public:
        explicit EnteredBlock(TypedFlow& flow) : flow_(flow) { flow_.blocks_.emplace_back(); }
        ~EnteredBlock() { flow_.blocks_.pop_back(); }
        EnteredBlock(const EnteredBlock&) = delete;
        EnteredBlock& operator=(const EnteredBlock&) = delete;

      private:
        TypedFlow& flow_;
    };
    const Local* find_local(std::string_view name) const;
    /// A variable that holds `value`, as far as it fits the type.
    void declare(std::string_view name, const Type& type, Index value);
    void declare_constant(std::string_view name, Index node);
    Value read(const Local& local);
    void assign(const Local& local, Index value);
    /// A node that takes of `value` what fits the type; itself where the type says nothing.
    Index typed(Index value, const Type& type);

    // --- the order of execution ---
    template <class Then>
    bool branch(Builder::Branches& branches, Then then) {
        const bool goes_on = then();
        b.end_branch(branches, goes_on);
        return goes_on;
    }
    template <class Run>
    void loop(Run run) {
        b.begin_loop();
        run();
        b.end_loop();
    }
    /// Something that may run or not.
    template <class Run>
    void maybe(Run run) {
        auto branches = b.begin_branches();
        run();
        b.end_branch(branches);
        b.end_branches(std::move(branches), false);
    }

    // --- functions, calls, names ---
    std::string_view text(TSNode node) const { return b.text(node); }
    /// Functions and classes without a name are counted in the order of the file: `<lambda3>`. `kind` outlives the
    /// walk.
    void count_function(Index function, std::string_view kind, TSNode at);
    void count_class(Index class_, std::string_view kind, TSNode at);
    void name_unnamed();
    struct Callee {
        Index value = none;
        Index receiver = none;
        CalleeForm form = CalleeForm::expression;
    };
    Index call(CallKind kind, const Callee& callee, std::string_view name, TSNode at,
               const std::vector<Argument>& arguments);
    static std::uint16_t flag(FunctionFlag flag) { return static_cast<std::uint16_t>(flag); }
    static std::uint8_t flag(ClassFlag flag) { return static_cast<std::uint8_t>(flag); }
    Index new_container(ContainerKind kind) { return b.made(OpCode::container, static_cast<Index>(kind)); }
    Index global(std::string_view name) { return b.global(b.name(name)); }
    Index load(Index object, std::string_view name) {
        return object == none ? none : b.made(OpCode::load, object, b.name(name));
    }
    /// The text or number as an item's key holds it; none where it is too long for a key.
    Index key_literal(std::string_view content, bool is_text);
    /// Names that functions inside a body assign: their order of assignment is not that of the text.
    template <class IsFunction, class Assigned>
    std::unordered_set<std::string_view> assigned_inside(TSNode body, IsFunction is_function, Assigned assigned) const {
        std::unordered_set<std::string_view> names;
        std::vector<std::pair<TSNode, bool>> open{{body, false}};
        while (!open.empty()) {
            const auto [node, is_inside] = open.back();
            open.pop_back();
            if (is_inside) assigned(node, names);
            const bool inside = is_inside || is_function(node);
            for_each_named_child(node, [&](TSNode child) { open.emplace_back(child, inside); });
        }
        return names;
    }

    Builder b;
    FileFlow& flow_;
    TSNode root_;
    std::uint32_t depth_ = 0;
    std::vector<Block> blocks_;
    std::unordered_set<std::string_view> shared_names_;  ///< variables that functions inside assign
    struct Unnamed {
        std::uint32_t start;
        std::string_view kind;
        Index function = none;
        Index class_ = none;
    };
    std::vector<Unnamed> unnamed_;
};

}  // namespace gsdb::codebase::flow
