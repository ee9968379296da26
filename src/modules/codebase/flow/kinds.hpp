#pragma once
// Numbers for the node kinds of a grammar that the rules of a language tell apart.

#include <tree_sitter/api.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/grammar.hpp"

namespace gsdb::codebase::flow {

/// Every Kind starts with `other`: all that has no rule of its own.
template <class Kind>
class KindTable {
  public:
    template <class Names>
    KindTable(const TSLanguage* language, const Names& names) : kinds_(extract::meanings_of_symbols(language, names)) {}

    Kind operator[](TSNode node) const {
        if (ts_node_is_null(node)) return Kind::other;
        const auto symbol = ts_node_symbol(node);
        return symbol < kinds_.size() ? static_cast<Kind>(kinds_[symbol]) : Kind::other;
    }

  private:
    std::vector<std::uint8_t> kinds_;
};

/// The number of a grammar's field.
inline TSFieldId field_id(const TSLanguage* language, std::string_view name) {
    return ts_language_field_id_for_name(language, name.data(), static_cast<std::uint32_t>(name.size()));
}

inline TSNode field(TSNode node, TSFieldId id) {
    return ts_node_is_null(node) ? TSNode{} : ts_node_child_by_field_id(node, id);
}

/// 0 for no node.
inline std::uint32_t child_count(TSNode node) {
    return ts_node_is_null(node) ? 0 : ts_node_child_count(node);
}
inline std::uint32_t named_child_count(TSNode node) {
    return ts_node_is_null(node) ? 0 : ts_node_named_child_count(node);
}

inline TSNode named_child(TSNode node, std::uint32_t index) {
    return ts_node_is_null(node) || index >= ts_node_named_child_count(node) ? TSNode{}
                                                                             : ts_node_named_child(node, index);
}

/// A cursor on loan: making one takes memory, and a walk needs one for each level at every node.
class BorrowedCursor {
  public:
    explicit BorrowedCursor(TSNode node) : depth_(loans().used++) {
        auto& all = loans().cursors;
        if (depth_ == all.size())
            all.push_back(ts_tree_cursor_new(node));
        else
            ts_tree_cursor_reset(&all[depth_], node);
    }
    ~BorrowedCursor() { --loans().used; }
    BorrowedCursor(const BorrowedCursor&) = delete;
    BorrowedCursor& operator=(const BorrowedCursor&) = delete;

    TSTreeCursor* get() { return &loans().cursors[depth_]; }

  private:
    struct Loans {
        std::vector<TSTreeCursor> cursors;
        std::size_t used = 0;
        ~Loans() {
            for (auto& cursor : cursors) ts_tree_cursor_delete(&cursor);
        }
    };
    static Loans& loans() {
        static thread_local Loans all;
        return all;
    }

    std::size_t depth_;
};

/// Calls visit(child) for every named child.
template <class Visit>
void for_each_named_child(TSNode node, Visit visit) {
    if (ts_node_is_null(node)) return;
    BorrowedCursor cursor(node);
    for (bool more = ts_tree_cursor_goto_first_child(cursor.get()); more;
         more = ts_tree_cursor_goto_next_sibling(cursor.get())) {
        const auto child = ts_tree_cursor_current_node(cursor.get());
        if (ts_node_is_named(child)) visit(child);
    }
}

}  // namespace gsdb::codebase::flow
