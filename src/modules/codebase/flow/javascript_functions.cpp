// Functions, their parameters and bodies.

#include <algorithm>
#include <string>

#include "modules/codebase/flow/javascript_flow.hpp"

namespace gsdb::codebase::flow::javascript {
namespace {

void set(Function& function, FunctionFlag flag) {
    function.flags |= static_cast<std::uint16_t>(flag);
}

}  // namespace

/// What the words before its name say of a function.
Function JavascriptFlow::described(TSNode node) const {
    Function function{.parent = b.current(), .site = Builder::site(node)};
    for_each_word(node, [&](std::string_view word) {
        if (word == "async") set(function, FunctionFlag::async);
        if (word == "*") set(function, FunctionFlag::generator);
        if (word == "static") set(function, FunctionFlag::static_);
        if (word == "get") set(function, FunctionFlag::getter);
        if (word == "set") set(function, FunctionFlag::setter);
    });
    if (kind(node) == Kind::arrow_function) set(function, FunctionFlag::lexical_this);
    return function;
}

/// The value of a function; it has been followed, too.
Index JavascriptFlow::function_value(TSNode node, const Naming& naming) {
    auto function = described(node);
    function.owner = naming.owner;
    const auto own_name = field(node, g.name);
    const bool is_method = kind(node) == Kind::method_definition;
    const bool is_arrow = kind(node) == Kind::arrow_function;
    bool is_nameless = false;
    if (!ts_node_is_null(own_name)) {
        function.name = b.name(is_method ? naming.name : text(own_name));
        // `const f = function own() {}`: others know it as f.
        const bool is_renamed = kind(node) == Kind::function_expression && !ts_node_is_null(naming.site);
        function.site = Builder::site(is_renamed ? naming.site : own_name);
    } else {
        if (!ts_node_is_null(naming.site)) function.site = Builder::site(naming.site);
        is_nameless = !is_arrow && naming.name.empty();
        function.name =
            is_arrow ? b.name("<arrow" + std::to_string(scopes_.arrow_number(node)) + ">") : b.name(naming.name);
        if (is_arrow || is_nameless || naming.is_argument) set(function, FunctionFlag::unnamed);
        if (naming.is_argument) set(function, FunctionFlag::inline_argument);
    }
    if (is_method && function.owner != none && naming.name == "constructor" && !function.has(FunctionFlag::static_))
        set(function, FunctionFlag::constructor);
    const auto index = b.add_function(function);
    if (is_nameless) unnamed_.push_back({.start = ts_node_start_byte(node), .function = index});
    const auto value = b.made(OpCode::function, index);
    if (kind(node) == Kind::function_expression && !ts_node_is_null(own_name)) {
        const auto inside = enter_scope(own_name);
        assign_name(text(own_name), value);
        follow_body(index, node);
    } else {
        follow_body(index, node);
    }
    return value;
}

/// Those that nothing gives a name are counted from 1 in the order of the file.
void JavascriptFlow::name_unnamed() {
    std::ranges::sort(unnamed_, {}, &Unnamed::start);
    for (std::size_t i = 0; i < unnamed_.size(); ++i) {
        const auto name = b.name("<anonymous" + std::to_string(i + 1) + ">");
        if (unnamed_[i].function != none)
            b.function(unnamed_[i].function).name = name;
        else
            b.class_(unnamed_[i].class_).name = name;
    }
}

JavascriptFlow::Body JavascriptFlow::begin_body(Index function, Index this_node, bool is_of_file) {
    b.enter(function);
    return std::exchange(body_, Body{.this_ = this_node, .is_of_file = is_of_file});
}

void JavascriptFlow::end_body(Body outer) {
    const auto& overwritten = body_.slots.overwritten();
    overwritten_.insert(overwritten_.end(), overwritten.begin(), overwritten.end());
    b.leave();
    body_ = std::move(outer);
}

Index JavascriptFlow::current_this() {
    const bool is_exports = body_.this_ == none && body_.is_of_file && !is_typescript();
    return is_exports ? exports_object() : body_.this_;
}

/// Variables that are assigned in a loop are read before: they begin with nothing.
void JavascriptFlow::begin_versions() {
    std::vector<std::string_view> names;
    for (const auto& [name, known] : scopes_[scope_].names)
        if (has_versions(known) && !known.variable) names.push_back(name);
    std::ranges::sort(names);
    for (const auto name : names) b.assign(variable(scope_, name), none);
}

void JavascriptFlow::follow_body(Index index, TSNode node) {
    const Deeper deeper(*this);
    if (deeper.is_too_deep()) return;
    const bool is_arrow = kind(node) == Kind::arrow_function;
    const auto receiver = is_arrow ? body_.this_ : b.node_of(index);
    if (!is_arrow) b.function(index).receiver = receiver;
    auto outer = begin_body(index, receiver, is_arrow && body_.is_of_file);
    const auto class_body = std::exchange(class_body_, none);
    const auto around = arguments_;
    if (!is_arrow) arguments_ = {};
    std::vector<Parameter> parameters;
    {
        const auto inside = enter_scope(node);
        if (const auto only = field(node, g.parameter); !ts_node_is_null(only)) add_parameter(only, parameters);
        for_each_part(g, field(node, g.parameters), [&](TSNode each) { add_parameter(each, parameters); });
        if (!is_arrow) arguments_ = {.function = index, .parameters = &parameters};
        begin_versions();
        if (const auto type = field(node, g.return_type); !ts_node_is_null(type))
            b.copy(b.function(index).result, value_of_type(type));
        const auto body = field(node, g.body);
        if (kind(body) == Kind::block)
            statements(body);
        else
            b.copy(b.function(index).result, expression(body));
    }
    b.set_parameters(index, parameters);
    arguments_ = around;
    class_body_ = class_body;
    end_body(std::move(outer));
}

void JavascriptFlow::add_parameter(TSNode node, std::vector<Parameter>& parameters) {
    auto pattern = kind(node) == Kind::parameter ? field(node, g.pattern) : node;
    auto default_value = kind(node) == Kind::parameter ? field(node, g.value) : TSNode{};
    if (kind(pattern) == Kind::assignment_pattern) {
        default_value = field(pattern, g.right);
        pattern = field(pattern, g.left);
    }
    const auto type = kind(node) == Kind::parameter ? field(node, g.type) : TSNode{};
    bool is_property = has_word(node, "readonly");
    for_each_named_child(node, [&](TSNode each) {
        if (kind(each) == Kind::decorator) expression(part(each));
        const std::string_view name = ts_node_type(each);
        is_property |= name == "accessibility_modifier" || name == "override_modifier";
    });
    if (kind(pattern) == Kind::this_) return b.copy(body_.this_, value_of_type(type));
    const auto held = b.node();
    const bool is_rest = kind(pattern) == Kind::rest_pattern;
    if (!ts_node_is_null(default_value)) b.copy(held, with_default(none, default_value, pattern));
    if (!is_rest && !ts_node_is_null(type)) b.copy(held, value_of_type(type));
    const auto named = is_rest ? part(pattern) : pattern;
    const auto name = kind(named) == Kind::identifier ? b.name(text(named)) : none;
    assign(pattern, held);
    parameters.push_back({is_rest ? ParameterKind::rest : ParameterKind::positional, name, held});
    if (is_property && name != none && body_.this_ != none) b.op(OpCode::store, none, body_.this_, name, held);
}

/// A function without a body: what its types say.
Index JavascriptFlow::declared_function(TSNode node, Function function) {
    function.parent = b.current();
    set(function, FunctionFlag::abstract);
    const auto index = b.add_function(function);
    const auto value = b.made(OpCode::function, index);
    b.function(index).receiver = b.node_of(index);
    b.enter(index);
    std::vector<Parameter> parameters;
    for_each_part(g, field(node, g.parameters), [&](TSNode each) {
        const auto pattern = field(each, g.pattern);
        if (kind(pattern) == Kind::this_) return;
        const auto held = b.node();
        const bool is_rest = kind(pattern) == Kind::rest_pattern;
        if (!is_rest) b.copy(held, value_of_type(field(each, g.type)));
        parameters.push_back({is_rest ? ParameterKind::rest : ParameterKind::positional,
                              kind(pattern) == Kind::identifier ? b.name(text(pattern)) : none, held});
    });
    b.set_parameters(index, parameters);
    b.copy(b.function(index).result, value_of_type(field(node, g.return_type)));
    b.leave();
    return value;
}

}  // namespace gsdb::codebase::flow::javascript
