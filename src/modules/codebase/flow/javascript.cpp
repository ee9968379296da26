// JavaScript, JSX, TypeScript and TSX: how values move, as their syntax trees say. Here are the statements.

#include <algorithm>

#include "modules/codebase/flow/javascript_flow.hpp"
#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {
namespace javascript {

JavascriptFlow::JavascriptFlow(FileFlow& flow, TSNode root, std::string_view source)
    : b(flow, source), flow_(flow), g(grammar(flow.language)), root_(root), scopes_(g, root, source) {}

bool JavascriptFlow::Deeper::is_too_deep() const {
    if (flow_.depth_ > depth_max) flow_.flow_.is_complete = false;
    return flow_.depth_ > depth_max;
}

void JavascriptFlow::follow() {
    begin_versions();
    statements(root_);
    name_unnamed();
    const auto& last = body_.slots.overwritten();
    overwritten_.insert(overwritten_.end(), last.begin(), last.end());
    remove_overwritten();
    b.finish();
}

/// Takes out stores that nothing can see.
void JavascriptFlow::remove_overwritten() {
    std::ranges::sort(overwritten_);
    std::size_t kept = 0;
    auto next = overwritten_.begin();
    for (std::size_t i = 0; i < flow_.ops.size(); ++i) {
        if (next != overwritten_.end() && *next == i)
            ++next;
        else
            flow_.ops[kept++] = flow_.ops[i];
    }
    flow_.ops.resize(kept);
}

// --- the order of execution ---

Builder::Branches JavascriptFlow::begin_branches() {
    body_.slots.forget();
    return b.begin_branches();
}

bool JavascriptFlow::end_branch(Builder::Branches& branches, bool goes_on) {
    body_.slots.forget();
    b.end_branch(branches, goes_on);
    return goes_on;
}

void JavascriptFlow::end_branches(Builder::Branches branches, bool is_exhaustive) {
    b.end_branches(std::move(branches), is_exhaustive);
}

/// What is assigned before `break` or `continue` holds after it.
bool JavascriptFlow::jump(TSNode node, bool leaves) {
    const auto label = text(field(node, g.label));
    for (auto i = body_.jumps.size(); i-- > 0;) {
        auto& target = body_.jumps[i];
        const bool is_meant =
            label.empty() ? !target.is_labeled_only && (leaves || target.is_loop) : target.label == label;
        if (!is_meant) continue;
        (leaves ? target.breaks : target.continues).push_back(b.changes_since(target.mark));
        break;
    }
    return false;
}

void JavascriptFlow::may_have_run(const std::vector<Builder::Versions>& jumps) {
    Builder::Versions all;
    for (const auto& changes : jumps) all.insert(all.end(), changes.begin(), changes.end());
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    b.may_have_run(all);
}

template <class Run>
void JavascriptFlow::loop(Run run) {
    body_.slots.forget();
    body_.jumps.push_back({.label = std::exchange(body_.label, {}), .is_loop = true, .mark = b.begin_branches().mark});
    b.begin_loop();
    run();
    b.end_loop();
    may_have_run(body_.jumps.back().breaks);
    body_.jumps.pop_back();
    body_.slots.forget();
}

// --- statements ---

bool JavascriptFlow::statements(TSNode body) {
    hoist(body);
    bool goes_on = true;
    for_each_part(g, body, [&](TSNode each) { goes_on &= statement(each); });
    return goes_on;
}

/// Declared functions are there before the statements of their block run.
void JavascriptFlow::hoist(TSNode body) {
    for_each_part(g, body, [&](TSNode each) {
        if (kind(each) == Kind::export_statement || kind(each) == Kind::ambient)
            hoist_one(kind(each) == Kind::ambient ? part(each) : field(each, g.declaration));
        else
            hoist_one(each);
    });
}

void JavascriptFlow::hoist_one(TSNode node) {
    const auto name = field(node, g.name);
    if (kind(node) == Kind::function_declaration) {
        if (!hoisted_.insert(node.id).second) return;
        assign_name(text(name), function_value(node, {}));
    } else if (kind(node) == Kind::function_signature) {
        const auto* known = declared(text(name));
        if (known == nullptr || known->has_body || !hoisted_.insert(node.id).second) return;
        assign_name(text(name), declared_function(node, {.name = b.name(text(name)), .site = Builder::site(name)}));
    }
}

bool JavascriptFlow::statement(TSNode node) {
    const Deeper deeper(*this);
    if (ts_node_is_null(node) || deeper.is_too_deep()) return true;
    switch (kind(node)) {
        case Kind::expression_statement: {
            const auto written = part(node);
            const auto value = expression(written);
            if (kind(written) == Kind::assignment) track(field(written, g.left), value);
            return true;
        }
        case Kind::lexical_declaration:
        case Kind::variable_declaration:
            for_each_part(g, node, [&](TSNode each) {
                if (kind(each) == Kind::variable_declarator) declarator(each, kind(node) == Kind::variable_declaration);
            });
            return true;
        case Kind::return_statement:
            b.copy(b.function(b.current()).result, expression(part(node)));
            return false;
        case Kind::throw_statement:
            expression(part(node));
            return false;
        case Kind::if_statement:
            return if_statement(node);
        case Kind::block:
            return block(node);
        case Kind::for_statement:
            for_statement(node);
            return true;
        case Kind::for_in_statement:
            for_in_statement(node);
            return true;
        case Kind::while_statement:
            while_statement(node, true);
            return true;
        case Kind::do_statement:
            while_statement(node, false);
            return true;
        case Kind::switch_statement:
            return switch_statement(node);
        case Kind::try_statement:
            return try_statement(node);
        case Kind::labeled_statement:
            return labeled_statement(node);
        case Kind::break_statement:
            return jump(node, true);
        case Kind::continue_statement:
            return jump(node, false);
        default:
            return other_statement(node);
    }
}

bool JavascriptFlow::other_statement(TSNode node) {
    switch (kind(node)) {
        case Kind::function_declaration:
        case Kind::function_signature:
            hoist_one(node);
            return true;
        case Kind::class_declaration:
            class_declaration(node);
            return true;
        case Kind::import_statement:
            import_statement(node);
            return true;
        case Kind::import_alias:
            import_alias(node);
            return true;
        case Kind::export_statement:
            export_statement(node);
            return true;
        case Kind::enum_declaration:
            enum_declaration(node);
            return true;
        case Kind::namespace_:
            namespace_declaration(node);
            return true;
        case Kind::ambient: {
            const bool was_ambient = std::exchange(is_ambient_, true);
            statement(part(node));
            is_ambient_ = was_ambient;
            return true;
        }
        case Kind::type_alias:
        case Kind::type_syntax:
            return true;
        case Kind::identifier:
            expression(node);
            return true;
        default:
            for_each_part(g, node, [&](TSNode child) { expression(child); });
            return true;
    }
}

bool JavascriptFlow::block(TSNode node) {
    const auto inside = enter_scope(node);
    return statements(node);
}

void JavascriptFlow::declarator(TSNode node, bool is_var) {
    const auto name = field(node, g.name);
    const auto value_node = field(node, g.value);
    const auto type = field(node, g.type);
    if (ts_node_is_null(value_node) && ts_node_is_null(type)) {
        // `var x;` changes nothing.
        const auto* known = is_var ? nullptr : declared(text(name));
        if (known != nullptr && has_versions(*known)) assign(name, none);
        return;
    }
    const auto value = ts_node_is_null(value_node) ? none : expression(value_node, naming_of(name));
    if (ts_node_is_null(type)) {
        assign(name, value);
        track(name, value);
        return;
    }
    const auto typed = value_of_type(type);
    assign(name, b.joined({value, typed}));
    if (typed == none) track(name, value);
}

bool JavascriptFlow::if_statement(TSNode node) {
    auto branches = begin_branches();
    bool goes_on = false;
    for (;;) {
        goes_on |= branch(branches, field(node, g.condition), field(node, g.consequence));
        const auto alternative = part(field(node, g.alternative));
        if (kind(alternative) == Kind::if_statement) {
            node = alternative;
            continue;
        }
        const bool is_exhaustive = !ts_node_is_null(alternative);
        if (is_exhaustive) goes_on |= end_branch(branches, statement(alternative));
        end_branches(std::move(branches), is_exhaustive);
        return goes_on || !is_exhaustive;
    }
}

bool JavascriptFlow::branch(Builder::Branches& branches, TSNode condition, TSNode body) {
    expression(condition);
    body_.slots.forget();
    const auto narrowed = body_.narrowed.size();
    narrow(condition);
    const bool goes_on = statement(body);
    if (body_.narrowed.size() > narrowed) body_.narrowed.resize(narrowed);
    return end_branch(branches, goes_on);
}

/// `x instanceof C`: x is an instance of C where it is true.
void JavascriptFlow::narrow(TSNode condition) {
    constexpr int operands_max = 64;
    for (int i = 0; i < operands_max; ++i) {
        narrow_by_last(condition);
        condition = unwrapped(condition);
        if (kind(condition) != Kind::binary || text(field(condition, g.operator_)) != "&&") return;
        condition = field(condition, g.left);
    }
}

/// Of `a && b` b alone is looked at.
void JavascriptFlow::narrow_by_last(TSNode condition) {
    constexpr std::size_t narrowed_max = 64;
    condition = unwrapped(condition);
    if (kind(condition) == Kind::binary && text(field(condition, g.operator_)) == "&&")
        condition = unwrapped(field(condition, g.right));
    if (kind(condition) != Kind::binary || text(field(condition, g.operator_)) != "instanceof") return;
    const auto name = unwrapped(field(condition, g.left));
    if (kind(name) != Kind::identifier || body_.narrowed.size() >= narrowed_max) return;
    const auto type = expression(field(condition, g.right));
    if (type == none) return;
    const auto instance = b.made(OpCode::instance, type);
    body_.narrowed.emplace_back(text(name), b.joined({instance, read_name(text(name))}));
}

bool JavascriptFlow::switch_statement(TSNode node) {
    expression(field(node, g.value));
    const auto cases = field(node, g.body);
    const auto inside = enter_scope(cases);
    for_each_part(g, cases, [&](TSNode each) { hoist(each); });
    auto branches = begin_branches();
    body_.jumps.push_back({.label = std::exchange(body_.label, {}), .mark = branches.mark});
    bool has_default = false;
    bool falls_through = false;
    Builder::Versions before;
    for_each_part(g, cases, [&](TSNode each) {
        const auto value = field(each, g.value);
        has_default |= ts_node_is_null(value);
        expression(value);
        if (falls_through) b.may_have_run(before);
        falls_through = true;
        for_each_part(g, each, [&](TSNode part) {
            if (part.id != value.id) falls_through &= statement(part);
        });
        body_.slots.forget();
        before = b.end_branch(branches, false);
    });
    auto& breaks = body_.jumps.back().breaks;
    const bool goes_on = falls_through || !has_default || !breaks.empty();
    if (falls_through) branches.ends.push_back(std::move(before));
    for (auto& changes : breaks) branches.ends.push_back(std::move(changes));
    body_.jumps.pop_back();
    end_branches(std::move(branches), has_default);
    return goes_on;
}

void JavascriptFlow::for_statement(TSNode node) {
    const auto inside = enter_scope(node);
    const auto initializer = field(node, g.initializer);
    if (kind(initializer) == Kind::lexical_declaration || kind(initializer) == Kind::variable_declaration)
        statement(initializer);
    else
        expression(initializer);
    loop([&] {
        expression(field(node, g.condition));
        statement(field(node, g.body));
        may_have_run(body_.jumps.back().continues);
        expression(field(node, g.increment));
    });
}

void JavascriptFlow::for_in_statement(TSNode node) {
    const auto iterated_node = field(node, g.right);
    const auto iterated = expression(iterated_node);
    const auto inside = enter_scope(node);
    const bool gives_keys = text(field(node, g.operator_)) == "in";
    bool is_async = false;
    for_each_word(node, [&](std::string_view word) { is_async |= word == "await"; });
    const auto target = field(node, g.left);
    loop([&] {
        if (gives_keys) {
            assign(target, none);
            if (kind(target) == Kind::identifier)
                if (const auto key = read_name(text(target)); key != none) unknown_keys_.insert(key);
        } else {
            assign(target, elements(iterated, iterated_node, is_async));
        }
        statement(field(node, g.body));
        may_have_run(body_.jumps.back().continues);
    });
}

void JavascriptFlow::while_statement(TSNode node, bool is_tested_first) {
    loop([&] {
        if (is_tested_first) expression(field(node, g.condition));
        statement(field(node, g.body));
        may_have_run(body_.jumps.back().continues);
        if (!is_tested_first) expression(field(node, g.condition));
    });
}

bool JavascriptFlow::try_statement(TSNode node) {
    auto branches = begin_branches();
    bool goes_on = statement(field(node, g.body));
    body_.slots.forget();
    const auto tried = b.end_branch(branches, goes_on);
    if (const auto handler = field(node, g.handler); !ts_node_is_null(handler)) {
        b.may_have_run(tried);
        const auto inside = enter_scope(handler);
        if (const auto caught = field(handler, g.parameter); !ts_node_is_null(caught))
            assign(caught, value_of_type(field(handler, g.type)));
        goes_on |= end_branch(branches, statement(field(handler, g.body)));
    }
    end_branches(std::move(branches), true);
    if (const auto finalizer = field(node, g.finalizer); !ts_node_is_null(finalizer))
        goes_on &= statement(field(finalizer, g.body));
    return goes_on;
}

bool JavascriptFlow::labeled_statement(TSNode node) {
    const auto label = text(field(node, g.label));
    const auto body = field(node, g.body);
    if (kind(body) != Kind::block) {
        body_.label = label;
        const bool goes_on = statement(body);
        body_.label = {};
        return goes_on;
    }
    auto branches = begin_branches();
    body_.jumps.push_back({.label = label, .is_labeled_only = true, .mark = branches.mark});
    const bool ends = end_branch(branches, statement(body));
    auto& breaks = body_.jumps.back().breaks;
    const bool goes_on = ends || !breaks.empty();
    for (auto& changes : breaks) branches.ends.push_back(std::move(changes));
    body_.jumps.pop_back();
    end_branches(std::move(branches), true);
    return goes_on;
}

}  // namespace javascript

void follow_javascript(FileFlow& flow, TSNode root, std::string_view source) {
    javascript::JavascriptFlow(flow, root, source).follow();
}

}  // namespace gsdb::codebase::flow
