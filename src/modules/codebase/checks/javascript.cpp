// The rules of JavaScript and TypeScript.

#include <array>

#include "modules/codebase/checks/context.hpp"

namespace gsdb::codebase::checks {

namespace {

bool is_name(const Context& c, TSNode node) {
    return !ts_node_is_null(node) && c.kind(node) == Kind::name;
}

/// What JSX is turned into calls of.
bool is_of_markup(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"React", "h", "jsx", "Fragment", "preact"};
    return std::ranges::find(names, name) != names.end();
}

void bind_import(Context& c, TSNode shown, TSNode name) {
    c.skip_name(name);
    if (!is_of_markup(c.text(name)))
        c.names.bind_in_file(
            {RuleKey::unused_import, c.text(name), ts_node_start_byte(shown), ts_node_end_byte(shown)});
}

void import(Context& c, TSNode node) {
    const auto alias = c.child(node, Field::alias), name = c.child(node, Field::name);
    if (!ts_node_is_null(name)) {  // {a}, {a as b}
        c.skip_name(name);
        const auto bound = ts_node_is_null(alias) ? name : alias;
        if (is_name(c, bound)) bind_import(c, node, bound);
        return;
    }
    for (const auto part : children_of(c, node))  // a default import, * as a
        if (is_name(c, part)) bind_import(c, part, part);
}

/// Whether a declaration at the top of the file is for others: of a script, or exported.
void declarator(Context& c, TSNode node, const Place& place) {
    const auto name = c.child(node, Field::name);
    if (!is_name(c, name)) return;
    const bool is_seen_outside = place.is_in(Kind::export_, 3) || place.is_in(Kind::ambient, 3);
    // The head of a loop gives its variable a value by itself.
    if (!c.names.is_in_function() || is_seen_outside || place.is_in(Kind::loop, 2)) return c.skip_name(name);
    if (c.text(name).starts_with('_')) return c.skip_name(name);
    c.bind(RuleKey::unused_variable, name);
}

void function(Context& c, TSNode node) {
    c.skip_name(c.child(node, Field::name));
    const auto body = c.child(node, Field::body);
    if (children_of(c, body).empty()) return;  // others decide what the parameters are for
    for (const auto parameter : children_of(c, c.child(node, Field::parameters))) {
        const auto pattern = c.child(parameter, Field::pattern);
        const auto left = c.child(parameter, Field::left);
        const auto name = !ts_node_is_null(pattern) ? pattern : !ts_node_is_null(left) ? left : parameter;
        if (is_name(c, name) && !c.text(name).starts_with('_')) c.bind(RuleKey::unused_parameter, name, true);
    }
}

void call(Context& c, TSNode node) {
    const auto function = c.child(node, Field::function);
    const auto name = c.text(function);
    if (name == "eval") {
        c.names.mention_all();
        c.report(RuleKey::dynamic_code, function, "runs a text as code: eval");
    }
    if (name == "console.log" || name == "console.debug")
        c.report(RuleKey::console, function, std::string(name) + " writes to the console");
}

bool compares_on_purpose(const Context& c, TSNode operand) {
    return c.kind(operand) == Kind::none_ || c.text(operand).starts_with("typeof");
}

void binary(Context& c, TSNode node) {
    const auto sign = c.text(c.child(node, Field::operator_));
    if (sign != "==" && sign != "!=") return;
    const auto left = c.child(node, Field::left), right = c.child(node, Field::right);
    if (compares_on_purpose(c, left) || compares_on_purpose(c, right)) return;
    if (c.kind(left) == Kind::literal && c.kind(right) == Kind::literal) return;
    c.report(RuleKey::loose_equality, c.child(node, Field::operator_),
             std::string(sign) + " converts its operands: " + std::string(sign) + "= does not");
}

}  // namespace

void check_javascript(Context& c, Kind kind, TSNode node, const Place& place) {
    switch (kind) {
        case Kind::import_name:
            return import(c, node);
        case Kind::declarator:
            return declarator(c, node, place);
        case Kind::function:
            return function(c, node);
        case Kind::lambda:
            return c.skip_name(c.child(node, Field::name));
        case Kind::name:
            if (c.text(node) == "arguments") c.names.mention_all_of_function();
            return;
        case Kind::call:
            return call(c, node);
        case Kind::construct:
            if (c.text(c.child(node, Field::constructor)) == "Function")
                c.report(RuleKey::dynamic_code, node, "runs a text as code: new Function");
            return;
        case Kind::binary:
            return binary(c, node);
        case Kind::assignment:
            return check_self_assignment(c, node);
        case Kind::mapping:
            return check_duplicate_keys(c, node);
        case Kind::debugger:
            return c.report(RuleKey::debugger, node, "a breakpoint stops the program");
        case Kind::handler:
            if (is_empty_without_a_word(c, c.child(node, Field::body)))
                c.report(RuleKey::swallowed_exception, ts_node_start_byte(node), ts_node_start_byte(node) + 5,
                         "an exception ends here, and nobody hears of it");
            return;
        case Kind::markup:
            c.has_markup = true;
            return;
        default:
            return;
    }
}

}  // namespace gsdb::codebase::checks
