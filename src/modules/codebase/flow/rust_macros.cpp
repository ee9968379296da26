// Rust: what macros are given. Their arguments are tokens; most are expressions, and are followed as far as they look
// it.

#include <utility>

#include "modules/codebase/flow/rust_flow.hpp"

namespace gsdb::codebase::flow::rust {

Value RustFlow::macro(TSNode node) {
    const auto name = text(field(node, g.macro_));
    TSNode tree{};
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::token_tree) tree = each;
    });
    if (ts_node_is_null(tree) || name == "macro_rules") return {};
    const auto values = token_list(tree);
    if (name == "vec") {
        const auto list = new_container(ContainerKind::list);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i].node != none)
                b.op(OpCode::store_item, none, list, key_literal(std::to_string(i), false), values[i].node);
        return {.node = list};
    }
    return {};
}

bool RustFlow::is_token(const Tokens& tokens, std::size_t ahead, std::string_view wanted) const {
    return tokens.next + ahead < tokens.all.size() && text(tokens.all[tokens.next + ahead]) == wanted;
}

bool RustFlow::is_parenthesized(const Tokens& tokens, std::size_t ahead) const {
    return tokens.next + ahead < tokens.all.size() && kind(tokens.all[tokens.next + ahead]) == Kind::token_tree &&
           text(tokens.all[tokens.next + ahead]).starts_with('(');
}

/// The values of the parts between commas.
std::vector<Value> RustFlow::token_list(TSNode tree) {
    const Deeper deeper(*this);
    std::vector<Value> values;
    if (deeper.is_too_deep()) return values;
    Tokens tokens;
    const auto count = child_count(tree);
    BorrowedCursor cursor(tree);
    std::uint32_t i = 0;
    for (bool more = ts_tree_cursor_goto_first_child(cursor.get()); more;
         more = ts_tree_cursor_goto_next_sibling(cursor.get()), ++i)
        if (i > 0 && i + 1 < count && kind(ts_tree_cursor_current_node(cursor.get())) != Kind::comment)
            tokens.all.push_back(ts_tree_cursor_current_node(cursor.get()));
    while (!tokens.is_at_end()) {
        values.push_back(token_expression(tokens));
        while (!tokens.is_at_end() && !is_token(tokens, 0, ",")) {
            const auto before = tokens.next;
            token_expression(tokens);
            if (tokens.next == before) ++tokens.next;
        }
        ++tokens.next;
    }
    return values;
}

/// One operand with what follows it.
Value RustFlow::token_expression(Tokens& tokens) {
    while (is_token(tokens, 0, "&") || is_token(tokens, 0, "*") || is_token(tokens, 0, "mut") ||
           is_token(tokens, 0, "!"))
        ++tokens.next;
    if (tokens.is_at_end()) return {};
    return token_postfix(tokens, token_primary(tokens));
}

Value RustFlow::token_primary(Tokens& tokens) {
    const auto node = tokens.all[tokens.next];
    if (kind(node) == Kind::token_tree) {
        ++tokens.next;
        const auto values = token_list(node);
        return values.size() == 1 ? values.front() : Value{};
    }
    if (kind(node) == Kind::self_ && !is_token(tokens, 1, "::")) {
        ++tokens.next;
        return {.node = place_.self_value, .type = {.class_ = place_.self_type}};
    }
    const bool is_name = kind(node) == Kind::identifier || kind(node) == Kind::crate || kind(node) == Kind::super_ ||
                         kind(node) == Kind::self_ || kind(node) == Kind::type_identifier;
    if (!is_name) return {};
    std::string path(text(node));
    ++tokens.next;
    while (is_token(tokens, 0, "::") && tokens.next + 1 < tokens.all.size()) {
        path += "::" + std::string(text(tokens.all[tokens.next + 1]));
        tokens.next += 2;
    }
    // `name!(...)` is a macro within.
    if (is_token(tokens, 0, "!")) {
        ++tokens.next;
        return {};
    }
    const auto cut = path.rfind("::");
    if (cut == std::string::npos) {
        if (const auto* local = find_local(path)) return read(*local);
        return {.node = name_in_scope(flow_.names[b.name(path)])};
    }
    const auto name = path.substr(cut + 2);
    auto above = path.substr(0, cut);
    const auto last = above.substr(above.rfind(':') == std::string::npos ? 0 : above.rfind(':') + 1);
    if (last.empty() || last.front() < 'A' || last.front() > 'Z')
        return {.node = import_of(module_path(*place_.module, path))};
    const auto class_ =
        above == last ? name_in_scope(flow_.names[b.name(last)]) : import_of(module_path(*place_.module, above));
    if (class_ == none) return {};
    if (name.front() >= 'A' && name.front() <= 'Z')
        return {.node = b.made(OpCode::instance, class_), .type = {.class_ = class_}};
    return {.node = b.joined(
                {load(class_, method_name(name)), b.made(OpCode::reference, class_, b.name(method_name(name)))})};
}

Value RustFlow::token_postfix(Tokens& tokens, Value value) {
    for (;;) {
        if (is_parenthesized(tokens, 0)) {
            const auto at = tokens.all[tokens.next - (tokens.next > 0 ? 1 : 0)];
            value = called(value, at, tokens.all[tokens.next++]);
        } else if (is_token(tokens, 0, ".") && tokens.next + 1 < tokens.all.size()) {
            const auto name = tokens.all[tokens.next + 1];
            if (is_parenthesized(tokens, 2)) {
                value = called_method(value, name, tokens.all[tokens.next + 2]);
                tokens.next += 3;
            } else {
                value = {.node = load(value.node, text(name))};
                tokens.next += 2;
            }
        } else if (is_token(tokens, 0, "?")) {
            ++tokens.next;
        } else {
            return value;
        }
    }
}

Value RustFlow::called(const Value& callee, TSNode name, TSNode tree) {
    std::vector<Argument> arguments;
    for (const auto& value : token_list(tree)) arguments.push_back({.value = value.node});
    const auto written = kind(name) == Kind::identifier ? text(name) : std::string_view{};
    if (written == "Some" || written == "Ok" || written == "Err")
        return {.node = arguments.empty() ? none : arguments.front().value};
    if (callee.node == none) return {};
    return {.node = call(CallKind::call, {.value = callee.node, .form = CalleeForm::name}, written, name, arguments)};
}

Value RustFlow::called_method(const Value& receiver, TSNode name, TSNode tree) {
    std::vector<Argument> arguments;
    for (const auto& value : token_list(tree)) arguments.push_back({.value = value.node});
    if (receiver.node == none) return {};
    const Callee callee{load(receiver.node, method_name(text(name))), receiver.node, CalleeForm::member};
    const auto result = call(CallKind::call, callee, text(name), name, arguments);
    return {.node = b.joined({result, receiver.node})};
}

}  // namespace gsdb::codebase::flow::rust
