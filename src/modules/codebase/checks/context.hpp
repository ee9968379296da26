#pragma once
// What the rules of a language see of a file, and where they say what they found.

#include <tree_sitter/api.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "modules/codebase/checks/kinds.hpp"
#include "modules/codebase/checks/names.hpp"
#include "modules/codebase/checks/rules.hpp"
#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::checks {

/// A finding whose place is still two bytes of the text.
struct Found {
    RuleKey rule{};
    std::uint32_t start = 0, end = 0;
    std::string message;
};

/// Named children are looked at up to this number, so that a hostile list does not cost its square.
constexpr std::uint32_t children_max = 2000;

class Context {
  public:
    void start(std::string_view text, const extract::FileFacts& of) {
        text_ = text;
        facts = &of;
        meanings = &grammar(of.language);
        names.start();
        skipped_.clear();
        found.clear();
        has_markup = false;
    }

    std::string_view text(TSNode node) const {
        if (ts_node_is_null(node)) return {};
        const auto end = std::min<std::size_t>(ts_node_end_byte(node), text_.size());
        const auto begin = std::min<std::size_t>(ts_node_start_byte(node), end);
        return text_.substr(begin, end - begin);
    }
    std::string_view text(std::size_t start, std::size_t end) const {
        end = std::min(end, text_.size());
        return text_.substr(std::min(start, end), end - std::min(start, end));
    }
    Kind kind(TSNode node) const { return meanings->kind(node); }
    TSNode child(TSNode node, Field field) const { return meanings->child(node, field); }

    void report(RuleKey rule, TSNode node, std::string message) {
        report(rule, ts_node_start_byte(node), ts_node_end_byte(node), std::move(message));
    }
    void report(RuleKey rule, std::uint32_t start, std::uint32_t end, std::string message) {
        found.push_back({rule, start, end, std::move(message)});
    }

    /// The name at this node is no mention of a variable.
    void skip_name(TSNode node) {
        if (!ts_node_is_null(node)) skipped_.insert(ts_node_start_byte(node));
    }
    bool is_skipped(std::uint32_t byte) { return !skipped_.empty() && skipped_.erase(byte) > 0; }
    void bind(RuleKey rule, TSNode name, bool is_trailing = false) {
        skip_name(name);
        names.bind({rule, text(name), ts_node_start_byte(name), ts_node_end_byte(name), is_trailing});
    }

    const extract::FileFacts* facts = nullptr;
    const Grammar* meanings = nullptr;
    Names names;
    std::vector<Found> found;
    bool has_markup = false;  ///< JSX, which mentions React without saying so

  private:
    std::string_view text_;
    std::unordered_set<std::uint32_t> skipped_;
};

/// The named children that are no comments, at most children_max.
inline std::vector<TSNode> children_of(const Context& context, TSNode node) {
    std::vector<TSNode> children;
    if (ts_node_is_null(node)) return children;
    auto cursor = ts_tree_cursor_new(node);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && children.size() < children_max;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        const auto child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_named(child) && context.kind(child) != Kind::comment) children.push_back(child);
    }
    ts_tree_cursor_delete(&cursor);
    return children;
}

/// The words of a text that could be names, each handed to `take`.
template <class Take>
void for_each_word(std::string_view text, const Take& take) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto begin = i;
        while (i < text.size() && is_part(text[i])) ++i;
        if (i > begin) take(text.substr(begin, i - begin));
        if (i == begin) ++i;
    }
}

/// Where a node stands: the kinds around it, the innermost first.
struct Place {
    const std::uint8_t* path = nullptr;
    std::uint32_t depth = 0;

    Kind above(std::uint32_t levels = 1) const { return levels <= depth ? kind_of(path[depth - levels]) : Kind::none; }
    bool is_in(Kind kind, std::uint32_t levels_max) const {
        for (std::uint32_t i = 1; i <= levels_max; ++i)
            if (above(i) == kind) return true;
        return false;
    }
    /// Function or class around it; none at the top of the file.
    Kind innermost_definition() const {
        constexpr std::uint32_t levels_max = 64;
        for (std::uint32_t i = 1; i <= std::min(depth, levels_max); ++i)
            if (const auto kind = above(i); kind == Kind::function || kind == Kind::class_ || kind == Kind::lambda)
                return kind;
        return Kind::none;
    }
};

// The rules of languages, called with every node that means something.
void check_python(Context&, Kind, TSNode, const Place&);
void check_javascript(Context&, Kind, TSNode, const Place&);
void check_c(Context&, Kind, TSNode, const Place&);
void check_java(Context&, Kind, TSNode, const Place&);
void check_go(Context&, Kind, TSNode, const Place&);
void check_rust(Context&, Kind, TSNode, const Place&);

/// `x = x` of names and members.
void check_self_assignment(Context&, TSNode assignment);
/// Keys that stand twice in a literal, of the pairs that are given.
void check_duplicate_keys(Context&, TSNode mapping);
/// Whether a comment stands in it or behind it on its last line.
bool has_comment(const Context&, TSNode node);
/// A handler of exceptions whose `body` does nothing and says nothing.
bool is_empty_without_a_word(const Context&, TSNode body);

}  // namespace gsdb::codebase::checks
