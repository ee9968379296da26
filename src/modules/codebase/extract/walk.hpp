#pragma once
// One walk over a syntax tree, without recursion: hostile files nest a hundred thousand levels deep.

#include <tree_sitter/api.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::extract {

/// What the nodes around the walk said, the innermost last. A node counts until its end: the walk never goes back.
template <class T>
class Enclosing {
  public:
    void set(std::uint32_t end_byte, T value) { entries_.push_back({end_byte, std::move(value)}); }
    /// What the innermost node around `byte` said, or null.
    T* around(std::uint32_t byte) {
        while (!entries_.empty() && entries_.back().first <= byte) entries_.pop_back();
        return entries_.empty() ? nullptr : &entries_.back().second;
    }

  private:
    std::vector<std::pair<std::uint32_t, T>> entries_;
};

/// What rules may ask about where the walk is. The rules of a language derive from it and have
/// `bool enter(Role, TSNode)`: called for every node with a role, in order; false leaves out what is inside.
template <class RoleOfLanguage>
class Rules {
  public:
    using Role = RoleOfLanguage;

    Rules(Builder& builder, const RoleTable<Role>& roles) : b(builder), roles_(roles) {}

    /// Walks the whole tree with the rules of the derived class.
    template <class Self>
    void walk(this Self& self, TSNode root) {
        self.run(self, root);
    }

  protected:
    Builder& b;

    Role role_of(TSNode node) const { return ts_node_is_null(node) ? Role::none : roles_[ts_node_symbol(node)]; }
    /// Where the node being entered begins.
    std::uint32_t here() const { return here_; }
    /// The role of the node `levels` above the one being entered; none above the root.
    Role above(std::uint32_t levels = 1) const {
        return levels <= b.depth() ? static_cast<Role>(path_[b.depth() - levels]) : Role::none;
    }
    /// Whether the node being entered is its parent's `field`.
    bool is_field(Field field) const {
        const auto id = b.field_id(field);
        return id != 0 && tree_walk_field(walk_.get()) == id;
    }
    TSNode child(TSNode node, Field field) const { return b.child(node, field); }
    bool has(TSNode node, Field field) const { return b.has(node, field); }
    // Broken code leaves out what a grammar promises: a null node has no children.
    static std::uint32_t named_child_count(TSNode node) {
        return ts_node_is_null(node) ? 0 : ts_node_named_child_count(node);
    }
    static std::uint32_t child_count(TSNode node) { return ts_node_is_null(node) ? 0 : ts_node_child_count(node); }
    static TSNode named_child(TSNode node, std::uint32_t index) {
        return index < named_child_count(node) ? ts_node_named_child(node, index) : TSNode{};
    }
    static TSNode any_child(TSNode node, std::uint32_t index) {
        return index < child_count(node) ? ts_node_child(node, index) : TSNode{};
    }
    /// The first named child of that role.
    TSNode child_of_role(TSNode node, Role role) const {
        for (std::uint32_t i = 0; i < few; ++i) {
            const auto found = named_child(node, i);
            if (ts_node_is_null(found) || role_of(found) == role) return found;
        }
        return {};
    }
    /// Calls visit(child) for every named child that is not a comment.
    template <class Visit>
    void for_each_child(TSNode node, Visit visit) const {
        if (ts_node_is_null(node)) return;
        TSTreeCursor cursor = ts_tree_cursor_new(node);
        for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
             more = ts_tree_cursor_goto_next_sibling(&cursor)) {
            const auto current = ts_tree_cursor_current_node(&cursor);
            if (ts_node_is_named(current) && role_of(current) != Role::comment) visit(current);
        }
        ts_tree_cursor_delete(&cursor);
    }
    std::int32_t count_children(TSNode node) const {
        return ts_node_is_null(node) ? 0 : static_cast<std::int32_t>(tree_count_children(node, roles_.as_c()));
    }

    /// How many of the children that are not comments are counted by `is_counted(child)`.
    template <class IsCounted>
    std::int32_t count_children(TSNode node, IsCounted is_counted) const {
        std::int32_t count = 0;
        for_each_child(node, [&](TSNode found) { count += is_counted(found) ? 1 : 0; });
        return count;
    }

  private:
    /// Headers have few children; where more come, what is looked for is not among them.
    static constexpr std::uint32_t few = 64;

    template <class Self>
    void run(Self& self, TSNode root) {
        tree_walk_start(walk_.get(), root, roles_.as_c());
        TreeStep step{};
        bool descend = true;
        while (tree_walk_next(walk_.get(), descend, &step)) {
            b.leave(step.left);
            b.enter(step.depth);
            path_ = tree_walk_path(walk_.get());
            here_ = ts_node_start_byte(step.node);
            descend = step_on(self, static_cast<Role>(step.role), step.node);
        }
        b.missing(tree_walk_missing(walk_.get()));
    }

    template <class Self>
    bool step_on(Self& self, Role role, TSNode node) {
        if (role == Role::comment) {
            b.comment(node);
            return false;
        }
        if (role == Role::error) {
            b.error(node);
            return true;
        }
        return self.enter(role, node);
    }

    const RoleTable<Role>& roles_;
    WalkMemory walk_ = make_walk();
    const std::uint8_t* path_ = nullptr;
    std::uint32_t here_ = 0;
};

/// Walks the tree with the rules of a language. The names of its grammar are looked up at the first call.
template <class RulesOfLanguage, Language language, class Names>
void walk_with(Builder& builder, TSNode root, const Names& names) {
    static const RoleTable<typename RulesOfLanguage::Role> roles(grammar_of(language), names);
    RulesOfLanguage rules(builder, roles);
    rules.walk(root);
    if constexpr (requires { rules.finish(); }) rules.finish();
}

}  // namespace gsdb::codebase::extract
