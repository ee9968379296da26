#pragma once
// Numbers for the node kinds of a grammar that the rules of a language tell apart.

#include <tree_sitter/api.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace gsdb::codebase::flow {

/// Every Kind starts with `other`: all that has no rule of its own.
template <class Kind>
class KindTable {
  public:
    template <class Names>
    KindTable(const TSLanguage* language, const Names& names) : kinds_(ts_language_symbol_count(language)) {
        for (TSSymbol symbol = 0; symbol < kinds_.size(); ++symbol) {
            if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
            const std::string_view name = ts_language_symbol_name(language, symbol);
            for (const auto& [wanted, kind] : names)
                if (wanted == name) kinds_[symbol] = kind;
        }
    }

    Kind operator[](TSNode node) const {
        if (ts_node_is_null(node)) return Kind::other;
        const auto symbol = ts_node_symbol(node);
        return symbol < kinds_.size() ? kinds_[symbol] : Kind::other;
    }

  private:
    std::vector<Kind> kinds_;
};

/// The number of a grammar's field.
inline TSFieldId field_id(const TSLanguage* language, std::string_view name) {
    return ts_language_field_id_for_name(language, name.data(), static_cast<std::uint32_t>(name.size()));
}

inline TSNode field(TSNode node, TSFieldId id) {
    return ts_node_is_null(node) ? TSNode{} : ts_node_child_by_field_id(node, id);
}

inline TSNode named_child(TSNode node, std::uint32_t index) {
    return ts_node_is_null(node) || index >= ts_node_named_child_count(node) ? TSNode{}
                                                                             : ts_node_named_child(node, index);
}

/// Calls visit(child) for every named child.
template <class Visit>
void for_each_named_child(TSNode node, Visit visit) {
    if (ts_node_is_null(node)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        const auto child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_named(child)) visit(child);
    }
    ts_tree_cursor_delete(&cursor);
}

}  // namespace gsdb::codebase::flow
