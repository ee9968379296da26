// Checks that several languages have.

#include <algorithm>
#include <unordered_map>

#include "modules/codebase/checks/context.hpp"

namespace gsdb::codebase::checks {

namespace {

/// A name or a chain of members: to look at it changes nothing.
bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '$' || c == '-' || c == '>';
    });
}

}  // namespace

void check_self_assignment(Context& c, TSNode assignment) {
    const auto left = c.child(assignment, Field::left), right = c.child(assignment, Field::right);
    if (c.text(left) != c.text(right) || !is_plain(c.text(left))) return;
    const auto between = c.text(ts_node_end_byte(left), ts_node_start_byte(right));
    if (std::ranges::count_if(between, [](char ch) { return ch != ' ' && ch != '='; }) > 0 ||
        std::ranges::count(between, '=') != 1)
        return;  // +=, ==
    c.report(RuleKey::self_assignment, assignment, std::string(c.text(left)) + " is assigned to itself");
}

void check_duplicate_keys(Context& c, TSNode mapping) {
    std::unordered_map<std::string_view, std::string_view> values;
    for (const auto pair : children_of(c, mapping)) {
        if (c.kind(pair) != Kind::pair) continue;
        const auto key = c.child(pair, Field::key);
        const auto text = c.text(key);
        // In JavaScript a name is a key, in Python a variable.
        const bool is_python = c.facts->language == extract::Language::python;
        const bool is_constant =
            c.kind(key) == Kind::literal || (is_python ? c.kind(key) == Kind::string : !text.starts_with('['));
        if (!is_constant || (is_python && text.contains('{'))) continue;
        const auto value = c.text(c.child(pair, Field::value));
        const auto [known, is_new] = values.try_emplace(text, value);
        if (!is_new && known->second != value)
            c.report(RuleKey::duplicate_key, key,
                     "the value of " + std::string(text.substr(0, 80)) + " before this one is lost");
    }
}

bool has_comment(const Context& c, TSNode node) {
    const auto start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    const auto& comments = c.facts->comments;
    const auto first = std::ranges::lower_bound(comments, start, {}, &extract::CommentSpan::start);
    if (first == comments.end()) return false;
    return first->start < end || !c.text(end, first->start).contains('\n');
}

bool is_empty_without_a_word(const Context& c, TSNode body) {
    return !ts_node_is_null(body) && ts_node_named_child_count(body) == 0 && !has_comment(c, body);
}

}  // namespace gsdb::codebase::checks
