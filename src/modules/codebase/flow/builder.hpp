#pragma once
// Writes the FileFlow of one file while its tree is walked: names, nodes and ops, and the versions of local variables.

#include <tree_sitter/api.h>

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow {

/// A variable of some function, for the walk alone.
using Variable = std::uint32_t;

class Builder {
  public:
    Builder(FileFlow& flow, std::string_view source);

    // --- the source ---
    std::string_view text(TSNode node) const;
    static Site site(TSNode node);

    // --- names, nodes, ops ---
    Index name(std::string_view text);
    /// A name that is in no file, made of parts.
    Index name(std::initializer_list<std::string_view> parts);
    Index node() { return node_of(current_); }
    Index node_of(Index function);
    void op(OpCode code, Index target, Index a = none, Index b = none, Index c = none) {
        op_in(current_, code, target, a, b, c);
    }
    void op_in(Index function, OpCode code, Index target, Index a = none, Index b = none, Index c = none) {
        flow_.ops.push_back({code, function, target, a, b, c});
    }
    /// The node of a literal or of a name that the file does not define: one for the whole file.
    Index literal(Index name) { return once(OpCode::literal, name); }
    Index global(Index name) { return once(OpCode::global, name); }
    /// A new node that an op is the only one to fill.
    Index made(OpCode code, Index a = none, Index b = none, Index c = none);
    /// Nothing where either is none.
    void copy(Index target, Index source);
    /// One node that holds what all of them hold; none when none of them is a node.
    Index joined(const std::vector<Index>& nodes);
    /// Adds the call; the arguments are copied. The result's node.
    Index call(Call call, const std::vector<Argument>& arguments);
    Index import(Import import);

    // --- functions and classes ---
    /// The function that ops are written to.
    Index current() const { return current_; }
    Function& function(Index index) { return flow_.functions[index]; }
    Class& class_(Index index) { return flow_.classes[index]; }
    FileFlow& flow() { return flow_; }
    Index add_function(Function function);
    Index add_class(Class class_);
    /// Ops go to `function` until leave(). Local variables of the function around keep their versions.
    void enter(Index function);
    void leave();
    void set_parameters(Index function, const std::vector<Parameter>& parameters);
    void set_bases(Index class_, const std::vector<Index>& nodes);
    void set_members(Index class_, const std::vector<Member>& members);

    // --- variables ---
    /// A variable of the current function. One that is assigned at one place, or out of order (by a closure), has one
    /// node; others have a version after each assignment.
    Variable declare(bool has_versions) { return declare_in(current_, has_versions); }
    Variable declare_in(Index function, bool has_versions);
    /// What the variable holds here; none before its first assignment.
    Index read(Variable variable);
    /// The node of all that it ever holds: what closures and other files see.
    Index all_of(Variable variable);
    void assign(Variable variable, Index value);

    // --- the order of execution, for versions ---
    // A branch is what may be left out: begin_branches, then end_branch after each alternative, then end_branches.
    using Versions = std::vector<std::pair<Variable, Index>>;  ///< of what changed, by variable
    struct Branches {
        std::size_t mark = 0;
        std::vector<Versions> ends;
    };
    Branches begin_branches() { return {.mark = log_.size()}; }
    /// `goes_on`: what follows the branches may run after this one (it does not end in return or raise).
    Versions end_branch(Branches& branches, bool goes_on = true);
    /// `is_exhaustive`: one of the alternatives runs for sure.
    void end_branches(Branches branches, bool is_exhaustive);
    /// What follows may run after all, some or none of the changes: an exception handler.
    void may_have_run(const Versions& changes);
    /// What changed since a mark, as far as it is among the latest changes: what a jump out of a branch takes with it.
    Versions changes_since(std::size_t mark) const;
    void begin_loop();
    void end_loop();

    /// Sorts the ops by function. To be called at the end.
    void finish();

  private:
    struct State {
        Index function = 0;
        Index all = none;        ///< made when somebody asks for it
        Index version = none;    ///< node after the latest assignment
        std::uint32_t loop = 0;  ///< depth of the loop that the version was made in
        bool has_versions = false;
    };
    struct Change {
        Variable variable;
        Index version;
        std::uint32_t loop;
    };
    struct Loop {
        std::size_t mark = 0;
        Versions heads;  ///< nodes that hold what a variable is when an iteration begins
    };

    void set_version(Variable variable, Index version, std::uint32_t loop);
    /// Takes back what was changed since `mark`; the last version of each changed variable.
    Versions take_back(std::size_t mark);
    Index once(OpCode code, Index name);

    FileFlow& flow_;
    std::string_view source_;
    std::unordered_map<std::string_view, Index> index_of_name_;
    std::unordered_map<std::uint64_t, Index> nodes_made_once_;
    std::vector<Index> function_stack_;
    Index current_ = 0;
    std::vector<State> variables_;
    std::vector<Change> log_;  ///< versions before each change
    std::vector<Loop> loops_;
    std::vector<std::size_t> loop_floor_;          ///< loops around the functions on the stack
    std::vector<std::pair<Index, Index>> to_all_;  ///< version, variable: copied when somebody asked for all
};

}  // namespace gsdb::codebase::flow
