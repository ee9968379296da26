#include "modules/codebase/flow/builder.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>

namespace gsdb::codebase::flow {

Builder::Builder(FileFlow& flow, std::string_view source) : flow_(flow), source_(source) {
    function_stack_.push_back(add_function({}));
    loop_floor_.push_back(0);
}

std::string_view Builder::text(TSNode node) const {
    if (ts_node_is_null(node)) return {};
    const auto start = ts_node_start_byte(node);
    return source_.substr(start, ts_node_end_byte(node) - start);
}

Site Builder::site(TSNode node) {
    if (ts_node_is_null(node)) return {};
    const auto point = ts_node_start_point(node);
    return {point.row + 1, point.column + 1, ts_node_end_byte(node) - ts_node_start_byte(node)};
}

Index Builder::name(std::string_view text) {
    if (const auto found = index_of_name_.find(text); found != index_of_name_.end()) return found->second;
    const auto kept = flow_.arena.store(text);
    const auto index = static_cast<Index>(flow_.names.size());
    flow_.names.push_back(kept);
    index_of_name_.emplace(kept, index);
    return index;
}

Index Builder::name(std::initializer_list<std::string_view> parts) {
    return name(flow_.arena.join(parts));
}

Index Builder::node_of(Index function) {
    flow_.node_functions.push_back(function);
    return static_cast<Index>(flow_.node_functions.size() - 1);
}

Index Builder::once(OpCode code, Index name) {
    const auto [found, is_new] = nodes_made_once_.try_emplace((static_cast<std::uint64_t>(code) << 32U) | name, none);
    if (is_new) {
        found->second = node_of(0);
        op_in(0, code, found->second, name);
    }
    return found->second;
}

Index Builder::made(OpCode code, Index a, Index b, Index c) {
    const auto target = node();
    op(code, target, a, b, c);
    return target;
}

void Builder::copy(Index target, Index source) {
    if (target != none && source != none && target != source) op(OpCode::copy, target, source);
}

Index Builder::joined(const std::vector<Index>& nodes) {
    constexpr std::size_t searched_max = 32;
    std::vector<Index> distinct;
    std::unordered_set<Index> seen;
    for (const auto each : nodes) {
        if (each == none) continue;
        const bool is_seen =
            distinct.size() < searched_max ? std::ranges::find(distinct, each) != distinct.end() : seen.contains(each);
        if (is_seen) continue;
        distinct.push_back(each);
        if (distinct.size() == searched_max) seen.insert(distinct.begin(), distinct.end());
        if (distinct.size() > searched_max) seen.insert(each);
    }
    if (distinct.empty()) return none;
    if (distinct.size() == 1) return distinct.front();
    const auto all = node();
    for (const auto each : distinct) copy(all, each);
    return all;
}

Index Builder::call(Call call, const std::vector<Argument>& arguments) {
    call.first_argument = static_cast<Index>(flow_.arguments.size());
    call.argument_count = static_cast<Index>(arguments.size());
    flow_.arguments.insert(flow_.arguments.end(), arguments.begin(), arguments.end());
    flow_.calls.push_back(call);
    return made(OpCode::call, static_cast<Index>(flow_.calls.size() - 1));
}

Index Builder::import(Import import) {
    flow_.imports.push_back(import);
    return made(OpCode::import, static_cast<Index>(flow_.imports.size() - 1));
}

Index Builder::add_function(Function function) {
    const auto index = static_cast<Index>(flow_.functions.size());
    function.result = node_of(index);
    flow_.functions.push_back(function);
    return index;
}

Index Builder::add_class(Class class_) {
    flow_.classes.push_back(class_);
    return static_cast<Index>(flow_.classes.size() - 1);
}

void Builder::enter(Index function) {
    function_stack_.push_back(function);
    loop_floor_.push_back(loops_.size());
    current_ = function;
}

void Builder::leave() {
    function_stack_.pop_back();
    loop_floor_.pop_back();
    current_ = function_stack_.back();
}

void Builder::set_parameters(Index function, const std::vector<Parameter>& parameters) {
    auto& f = flow_.functions[function];
    f.first_parameter = static_cast<Index>(flow_.parameters.size());
    f.parameter_count = static_cast<Index>(parameters.size());
    flow_.parameters.insert(flow_.parameters.end(), parameters.begin(), parameters.end());
}

void Builder::set_bases(Index class_, const std::vector<Index>& nodes) {
    auto& c = flow_.classes[class_];
    c.first_base = static_cast<Index>(flow_.bases.size());
    c.base_count = static_cast<Index>(nodes.size());
    flow_.bases.insert(flow_.bases.end(), nodes.begin(), nodes.end());
}

void Builder::set_members(Index class_, const std::vector<Member>& members) {
    auto& c = flow_.classes[class_];
    c.first_member = static_cast<Index>(flow_.members.size());
    c.member_count = static_cast<Index>(members.size());
    flow_.members.insert(flow_.members.end(), members.begin(), members.end());
}

Variable Builder::declare_in(Index function, bool has_versions) {
    variables_.push_back({.function = function, .has_versions = has_versions});
    return static_cast<Variable>(variables_.size() - 1);
}

Index Builder::all_of(Variable variable) {
    auto& state = variables_[variable];
    if (state.all == none) state.all = node_of(state.function);
    return state.all;
}

void Builder::set_version(Variable variable, Index version, std::uint32_t loop) {
    auto& state = variables_[variable];
    log_.push_back({variable, state.version, state.loop});
    state.version = version;
    state.loop = loop;
}

Index Builder::read(Variable variable) {
    auto& state = variables_[variable];
    if (!state.has_versions || state.function != current_) return all_of(variable);
    if (state.version == none) return none;
    // An iteration may begin with what the one before assigned.
    const auto depth = static_cast<std::uint32_t>(loops_.size());
    for (auto loop = std::max<std::uint32_t>(state.loop, static_cast<std::uint32_t>(loop_floor_.back())); loop < depth;
         ++loop) {
        const auto head = node();
        copy(head, state.version);
        loops_[loop].heads.emplace_back(variable, head);
        set_version(variable, head, loop + 1);
    }
    return state.version;
}

void Builder::assign(Variable variable, Index value) {
    auto& state = variables_[variable];
    if (!state.has_versions || state.function != current_) {
        copy(all_of(variable), value);
        return;
    }
    if (value == none) value = node();
    set_version(variable, value, static_cast<std::uint32_t>(loops_.size()));
    to_all_.emplace_back(value, variable);
}

Builder::Versions Builder::take_back(std::size_t mark) {
    Versions last;
    for (auto i = mark; i < log_.size(); ++i) last.emplace_back(log_[i].variable, none);
    std::ranges::sort(last);
    const auto repeated = std::ranges::unique(last);
    last.erase(repeated.begin(), repeated.end());
    for (auto& [variable, version] : last) version = variables_[variable].version;
    for (; log_.size() > mark; log_.pop_back()) {
        auto& state = variables_[log_.back().variable];
        state.version = log_.back().version;
        state.loop = log_.back().loop;
    }
    return last;
}

Builder::Versions Builder::end_branch(Branches& branches, bool goes_on) {
    auto end = take_back(branches.mark);
    if (goes_on) branches.ends.push_back(end);
    return end;
}

void Builder::may_have_run(const Versions& changes) {
    for (const auto& [variable, version] : changes)
        set_version(variable, joined({variables_[variable].version, version}),
                    static_cast<std::uint32_t>(loops_.size()));
}

void Builder::end_branches(Branches branches, bool is_exhaustive) {
    Versions changes;
    for (const auto& end : branches.ends) changes.insert(changes.end(), end.begin(), end.end());
    std::ranges::sort(changes);
    for (std::size_t first = 0; first < changes.size();) {
        const auto variable = changes[first].first;
        std::vector<Index> versions;
        for (; first < changes.size() && changes[first].first == variable; ++first)
            versions.push_back(changes[first].second);
        const bool keeps_old = !is_exhaustive || versions.size() < branches.ends.size();
        if (keeps_old) versions.push_back(variables_[variable].version);
        set_version(variable, joined(versions), static_cast<std::uint32_t>(loops_.size()));
    }
}

Builder::Versions Builder::changes_since(std::size_t mark) const {
    constexpr std::size_t changes_max = 1000;
    Versions changes;
    for (auto i = log_.size(); i-- > mark && changes.size() < changes_max;)
        if (const auto& state = variables_[log_[i].variable]; state.function == current_)
            changes.emplace_back(log_[i].variable, state.version);
    std::ranges::sort(changes);
    const auto repeated = std::ranges::unique(changes);
    changes.erase(repeated.begin(), repeated.end());
    return changes;
}

void Builder::begin_loop() {
    loops_.push_back({.mark = log_.size()});
}

void Builder::end_loop() {
    auto loop = std::move(loops_.back());
    for (const auto& [variable, head] : loop.heads) copy(head, variables_[variable].version);
    loops_.pop_back();
    Branches branches{.mark = loop.mark};
    end_branch(branches);
    end_branches(std::move(branches), false);
}

void Builder::finish() {
    for (const auto& [version, variable] : to_all_) {
        const auto& state = variables_[variable];
        if (state.all == none || state.all == version) continue;
        flow_.ops.push_back({OpCode::copy, state.function, state.all, version, none, none});
    }
    // A counting sort: it keeps the order within a function.
    for (const auto& op : flow_.ops) ++flow_.functions[op.function].op_count;
    Index position = 0;
    for (auto& function : flow_.functions) {
        function.first_op = position;
        position += std::exchange(function.op_count, 0);
    }
    std::vector<Op> sorted(flow_.ops.size());
    for (const auto& op : flow_.ops) {
        auto& function = flow_.functions[op.function];
        sorted[function.first_op + function.op_count++] = op;
    }
    flow_.ops = std::move(sorted);
}

}  // namespace gsdb::codebase::flow
