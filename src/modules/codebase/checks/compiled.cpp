// The rules of C, C++, Java, Go and Rust, whose compilers find what is unused.

#include <array>

#include "modules/codebase/checks/context.hpp"

namespace gsdb::codebase::checks {

namespace {

std::string_view last_part(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void call_in_c(Context& c, TSNode node) {
    constexpr std::array<std::string_view, 5> unbounded{"gets", "strcpy", "strcat", "sprintf", "vsprintf"};
    const auto function = c.child(node, Field::function);
    const auto written = c.text(function);
    if (written.contains('.') || written.contains('>')) return;  // a member of that name
    if (written.contains(':') && !written.starts_with("std::") && !written.starts_with("::")) return;
    const auto name = last_part(written);
    if (std::ranges::find(unbounded, name) != unbounded.end())
        c.report(RuleKey::unsafe_function, function, std::string(name) + " writes without knowing how much fits");
    if (name == "system") c.report(RuleKey::shell_command, function, "system has a shell read the command");
}

void handler(Context& c, TSNode node, std::string_view variable) {
    if (variable.starts_with("ignore") || variable.starts_with("expected")) return;
    if (is_empty_without_a_word(c, c.child(node, Field::body)))
        c.report(RuleKey::swallowed_exception, ts_node_start_byte(node), ts_node_start_byte(node) + 5,
                 "an exception ends here, and nobody hears of it");
}

std::string_view caught_variable(const Context& c, TSNode node) {
    for (const auto part : children_of(c, node))
        if (const auto name = c.child(part, Field::name); !ts_node_is_null(name)) return c.text(name);
    return {};
}

void call_in_rust(Context& c, TSNode node) {
    const auto field = c.child(c.child(node, Field::function), Field::field);
    if (c.text(field) == "unwrap" && c.text(c.child(node, Field::arguments)) == "()")
        c.report(RuleKey::unwrap, field, "ends the program where there is no value");
}

}  // namespace

void check_c(Context& c, Kind kind, TSNode node, const Place&) {
    if (kind == Kind::call) call_in_c(c, node);
    if (kind == Kind::assignment) check_self_assignment(c, node);
    if (kind == Kind::handler) handler(c, node, {});
}

void check_java(Context& c, Kind kind, TSNode node, const Place&) {
    if (kind == Kind::assignment) check_self_assignment(c, node);
    if (kind == Kind::handler) handler(c, node, caught_variable(c, node));
    if (kind != Kind::binary) return;
    const auto sign = c.text(c.child(node, Field::operator_));
    if (sign != "==" && sign != "!=") return;
    const auto left = c.kind(c.child(node, Field::left)), right = c.kind(c.child(node, Field::right));
    if ((left == Kind::literal) != (right == Kind::literal))
        c.report(RuleKey::string_identity, node, "compares references: equals() compares texts");
}

void check_go(Context& c, Kind kind, TSNode node, const Place&) {
    if (kind == Kind::assignment) check_self_assignment(c, node);
}

void check_rust(Context& c, Kind kind, TSNode node, const Place&) {
    if (kind == Kind::call) return call_in_rust(c, node);
    if (kind == Kind::assignment) return check_self_assignment(c, node);
    if (kind != Kind::macro) return;
    const auto name = c.text(c.child(node, Field::macro));
    if (name == "todo" || name == "unimplemented" || name == "dbg")
        c.report(RuleKey::unfinished, node, std::string(name) + "! is for code that is not finished");
}

}  // namespace gsdb::codebase::checks
