// The rules of Python.

#include <array>
#include <utility>

#include "modules/codebase/checks/context.hpp"

namespace gsdb::codebase::checks {

namespace {

TSNode first_named(TSNode node) {
    return ts_node_is_null(node) || ts_node_named_child_count(node) == 0 ? TSNode{} : ts_node_named_child(node, 0);
}

bool is_name(const Context& c, TSNode node) {
    return !ts_node_is_null(node) && c.kind(node) == Kind::name;
}

// --- names ---

/// `import a.b` binds `a`.
std::string_view first_part(std::string_view name) {
    return name.substr(0, name.find('.'));
}

void bind_import(Context& c, TSNode node, bool is_from) {
    const auto alias = c.child(node, Field::alias);
    const auto name = ts_node_is_null(alias) ? node : c.child(node, Field::name);
    // `import x as x` is for others.
    if (!ts_node_is_null(alias) && c.text(alias) == c.text(name)) return c.names.mention(c.text(name));
    const auto bound = ts_node_is_null(alias) ? (is_from ? c.text(name) : first_part(c.text(name))) : c.text(alias);
    c.names.bind({RuleKey::unused_import, bound, ts_node_start_byte(node), ts_node_end_byte(node)});
}

/// The names of an import are no mentions.
void skip_names_in(Context& c, TSNode node) {
    for (const auto part : children_of(c, node))
        if (is_name(c, part)) c.skip_name(part);
}

void import(Context& c, TSNode node, const Place& place) {
    const auto module = c.child(node, Field::name);
    const bool is_from = c.text(node).starts_with("from");
    // What is tried, or only there for some versions, may be there to see whether it can be imported.
    // What a class imports is its attribute.
    const bool is_tried =
        place.is_in(Kind::try_, 3) || place.is_in(Kind::handler, 3) || place.innermost_definition() == Kind::class_;
    bool is_module_name = is_from;
    for (const auto child : children_of(c, node)) {
        const bool is_aliased = c.kind(child) == Kind::import_name;
        skip_names_in(c, is_aliased ? c.child(child, Field::name) : child);
        if (is_aliased) c.skip_name(c.child(child, Field::alias));
        if (std::exchange(is_module_name, false) || c.text(child).starts_with('\\')) continue;
        if (!is_tried && !ts_node_is_null(module)) bind_import(c, child, is_from);
    }
}

void assignment(Context& c, TSNode node, const Place& place) {
    const auto left = c.child(node, Field::left);
    if (!is_name(c, left) || ts_node_is_null(c.child(node, Field::right))) return;
    const auto name = c.text(left);
    const bool is_local = c.names.is_in_function() && place.above(1) == Kind::expression_statement &&
                          place.innermost_definition() != Kind::class_ && !name.starts_with('_');
    if (is_local) c.bind(RuleKey::unused_variable, left);
}

/// `raise NotImplementedError`, `pass`, `...`: others decide what the parameters are for.
bool is_stub(const Context& c, TSNode body) {
    for (const auto statement : children_of(c, body)) {
        const auto text = c.text(statement);
        if (c.kind(statement) == Kind::expression_statement && c.kind(first_named(statement)) == Kind::string) continue;
        return text == "pass" || text == "..." || c.kind(statement) == Kind::raise ||
               text.starts_with("return NotImplemented");
    }
    return true;
}

TSNode parameter_name(const Context& c, TSNode parameter) {
    if (is_name(c, parameter)) return parameter;
    const auto name = c.child(parameter, Field::name);
    return ts_node_is_null(name) && c.kind(parameter) == Kind::parameter ? first_named(parameter) : name;
}

void function(Context& c, TSNode node, const Place& place) {
    c.skip_name(c.child(node, Field::name));
    // A method's parameters are those of others of its name, a decorator asks for some, tests name fixtures.
    const auto name = c.text(c.child(node, Field::name));
    const bool is_free = place.above(1) == Kind::block && place.above(2) != Kind::class_ && !name.starts_with("test") &&
                         !name.starts_with('_');
    if (!is_free || is_stub(c, c.child(node, Field::body))) return;
    for (const auto parameter : children_of(c, c.child(node, Field::parameters))) {
        const auto bound = parameter_name(c, parameter);
        if (is_name(c, bound) && !c.text(bound).starts_with('_')) c.bind(RuleKey::unused_parameter, bound);
    }
}

/// Names of annotations are written as strings, and those of `__all__`.
void string(Context& c, TSNode node, const Place& place) {
    constexpr std::size_t annotation_bytes_max = 200;
    const auto text = c.text(node);
    if (text.size() > annotation_bytes_max) return;
    if (text.contains(' ') && !place.is_in(Kind::type, 4)) return;
    for_each_word(text, [&](std::string_view word) { c.names.mention(word); });
}

// --- risks ---

void call(Context& c, TSNode node) {
    const auto function = c.child(node, Field::function);
    const auto name = c.text(function);
    if (name == "locals" || name == "vars") c.names.mention_all_of_function();
    if (name == "eval" || name == "exec") c.names.mention_all();
    if (name == "eval" || name == "exec")
        c.report(RuleKey::dynamic_code, function, "runs a text as code: " + std::string(name));
    if (name == "breakpoint" || name == "pdb.set_trace" || name == "ipdb.set_trace")
        c.report(RuleKey::debugger, node, "a breakpoint stops the program");
    if (name == "os.system" || name == "os.popen")
        c.report(RuleKey::shell_command, function, std::string(name) + " has a shell read the command");
    if (!name.starts_with("subprocess.")) return;
    for (const auto argument : children_of(c, c.child(node, Field::arguments)))
        if (c.kind(argument) == Kind::named_argument && c.text(c.child(argument, Field::name)) == "shell" &&
            c.text(c.child(argument, Field::value)) == "True")
            c.report(RuleKey::shell_command, argument, std::string(name) + " has a shell read the command");
}

void comparison(Context& c, TSNode node) {
    constexpr std::uint32_t operands_max = 16;
    const auto count = std::min(ts_node_child_count(node), operands_max);
    for (std::uint32_t i = 1; i + 1 < count; ++i) {
        const auto sign = ts_node_child(node, i);
        const auto left = ts_node_child(node, i - 1), right = ts_node_child(node, i + 1);
        const auto text = c.text(sign);
        const bool has_none = c.kind(left) == Kind::none_ || c.kind(right) == Kind::none_;
        if ((text == "==" || text == "!=") && has_none)
            c.report(RuleKey::none_comparison, ts_node_start_byte(left), ts_node_end_byte(right),
                     text == "==" ? "compares with None by ==: `is None` asks for it"
                                  : "compares with None by !=: `is not None` asks for it");
        const auto is_literal = [&](TSNode operand) {
            return c.kind(operand) == Kind::literal || c.kind(operand) == Kind::string;
        };
        if (text.starts_with("is") && (is_literal(left) || is_literal(right)))
            c.report(RuleKey::is_literal, ts_node_start_byte(left), ts_node_end_byte(right),
                     "compares a literal by identity");
    }
}

bool is_made_anew_by(std::string_view name) {
    constexpr std::array<std::string_view, 7> makers{
        "list", "dict", "set", "defaultdict", "collections.defaultdict", "deque", "collections.deque"};
    return std::ranges::find(makers, name) != makers.end();
}

void parameter(Context& c, TSNode node) {
    const auto value = c.child(node, Field::value);
    if (ts_node_is_null(value)) return;
    const auto kind = c.kind(value);
    const bool is_shared = kind == Kind::collection || kind == Kind::mapping ||
                           (kind == Kind::call && is_made_anew_by(c.text(c.child(value, Field::function))));
    if (is_shared)
        c.report(RuleKey::mutable_default, value,
                 "the default of " + std::string(c.text(c.child(node, Field::name))) + " is one object for all calls");
}

void handler(Context& c, TSNode node) {
    const auto value = c.child(node, Field::value);
    const auto alias = c.child(node, Field::alias);
    if (is_name(c, alias)) c.bind(RuleKey::unused_variable, alias);
    const auto parts = children_of(c, node);
    if (parts.empty()) return;
    const auto block = parts.back();
    const auto statements = children_of(c, block);
    if (statements.empty()) return;
    const auto caught = c.text(value);
    const auto header_end = ts_node_start_byte(node) + std::uint32_t{6};
    if (ts_node_is_null(value) && parts.size() == 1 && c.kind(statements.back()) != Kind::raise)
        c.report(RuleKey::bare_except, ts_node_start_byte(node), header_end,
                 "catches everything, KeyboardInterrupt and SystemExit too");
    const bool is_of_all = parts.size() == 1 || caught == "Exception" || caught == "BaseException";
    if (is_of_all && !has_comment(c, node)) {
        const auto only = c.text(statements.front());
        if (statements.size() == 1 && (only == "pass" || only == "..."))
            c.report(RuleKey::swallowed_exception, ts_node_start_byte(node), header_end,
                     "an exception ends here, and nobody hears of it");
    }
}

}  // namespace

void check_python(Context& c, Kind kind, TSNode node, const Place& place) {
    switch (kind) {
        case Kind::import_:
            return import(c, node, place);
        case Kind::assignment:
            return assignment(c, node, place);
        case Kind::alias_target:
            if (const auto target = first_named(node);
                c.names.is_in_function() && is_name(c, target) && !c.text(target).starts_with('_'))
                c.bind(RuleKey::unused_variable, target);
            return;
        case Kind::function:
            return function(c, node, place);
        case Kind::class_:
            return c.skip_name(c.child(node, Field::name));
        case Kind::member:
            return c.skip_name(c.child(node, Field::attribute));
        case Kind::named_argument:
            return c.skip_name(c.child(node, Field::name));
        case Kind::string:
            return string(c, node, place);
        case Kind::call:
            return call(c, node);
        case Kind::comparison:
            return comparison(c, node);
        case Kind::parameter:
            return parameter(c, node);
        case Kind::handler:
            return handler(c, node);
        case Kind::mapping:
            return check_duplicate_keys(c, node);
        case Kind::assert_:
            if (const auto asserted = first_named(node);
                c.kind(asserted) == Kind::tuple && ts_node_named_child_count(asserted) > 0)
                c.report(RuleKey::assert_tuple, asserted, "asserts a tuple, which is always true");
            return;
        case Kind::raise:
            if (const auto text = c.text(first_named(node));
                text == "NotImplemented" || text.starts_with("NotImplemented("))
                c.report(RuleKey::raise_not_implemented, node,
                         "NotImplemented is no exception: NotImplementedError is meant");
            return;
        default:
            return;
    }
}

}  // namespace gsdb::codebase::checks
