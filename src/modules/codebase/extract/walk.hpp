#pragma once
// One walk over a syntax tree, without recursion: hostile files nest a hundred thousand levels deep.

#include <tree_sitter/api.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/grammar.hpp"

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
    Role above(std::uint32_t levels = 1) const { return levels <= b.depth() ? path_[b.depth() - levels] : Role::none; }
    /// Whether the node being entered is its parent's `field`.
    bool is_field(Field field) const {
        const auto id = b.field_id(field);
        return id != 0 && ts_tree_cursor_current_field_id(&cursor_) == id;
    }
    TSNode child(TSNode node, Field field) const { return b.child(node, field); }
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
        std::int32_t count = 0;
        for_each_child(node, [&](TSNode) { ++count; });
        return count;
    }

  private:
    /// Headers have few children; where more come, what is looked for is not among them.
    static constexpr std::uint32_t few = 64;

    template <class Self>
    void run(Self& self, TSNode root) {
        cursor_ = ts_tree_cursor_new(root);
        const bool has_errors = ts_node_has_error(root);
        path_.assign(256, Role::none);
        std::uint32_t depth = 0;
        for (;;) {
            if (visit(self, depth, has_errors) && ts_tree_cursor_goto_first_child(&cursor_)) {
                if (++depth == path_.size()) path_.resize(2 * path_.size());
                continue;
            }
            for (b.leave(depth); !ts_tree_cursor_goto_next_sibling(&cursor_); b.leave(depth)) {
                if (depth == 0 || !ts_tree_cursor_goto_parent(&cursor_)) return ts_tree_cursor_delete(&cursor_);
                --depth;
            }
        }
    }

    template <class Self>
    bool visit(Self& self, std::uint32_t depth, bool has_errors) {
        const auto node = ts_tree_cursor_current_node(&cursor_);
        const auto role = roles_[ts_node_symbol(node)];
        path_[depth] = role;
        if (has_errors && ts_node_is_missing(node)) b.missing();
        if (role == Role::none) return true;
        here_ = ts_node_start_byte(node);
        b.enter(depth);
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
    TSTreeCursor cursor_{};
    std::uint32_t here_ = 0;
    std::vector<Role> path_;
};

}  // namespace gsdb::codebase::extract
