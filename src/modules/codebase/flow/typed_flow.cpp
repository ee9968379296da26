#include "modules/codebase/flow/typed_flow.hpp"

#include <algorithm>

namespace gsdb::codebase::flow {

namespace {

/// Longer texts are no keys.
constexpr std::size_t literal_bytes_max = 40;

}  // namespace

const TypedFlow::Local* TypedFlow::find_local(std::string_view name) const {
    for (auto i = blocks_.size(); i-- > 0;)
        if (const auto found = blocks_[i].find(name); found != blocks_[i].end()) return &found->second;
    return nullptr;
}

void TypedFlow::declare(std::string_view name, const Type& type, Index value) {
    if (name.empty() || blocks_.empty()) return;
    const Local local{.variable = b.declare(!shared_names_.contains(name)), .type = type};
    blocks_.back()[name] = local;
    assign(local, value);
}

void TypedFlow::declare_constant(std::string_view name, Index node) {
    if (!name.empty() && !blocks_.empty()) blocks_.back()[name] = {.constant = node};
}

Value TypedFlow::read(const Local& local) {
    if (local.constant != none) return {.node = local.constant};
    return {.node = b.read(local.variable), .type = local.type};
}

void TypedFlow::assign(const Local& local, Index value) {
    if (local.constant == none) b.assign(local.variable, typed(value, local.type));
}

Index TypedFlow::typed(Index value, const Type& type) {
    if (type.class_ == none || type.is_plain || value == none) return value;
    return b.made(OpCode::typed, type.class_, type.element, value);
}

void TypedFlow::count_function(Index function, std::string_view kind, TSNode at) {
    unnamed_.push_back({.start = ts_node_start_byte(at), .kind = kind, .function = function});
}

void TypedFlow::count_class(Index class_, std::string_view kind, TSNode at) {
    unnamed_.push_back({.start = ts_node_start_byte(at), .kind = kind, .class_ = class_});
}

void TypedFlow::name_unnamed() {
    std::ranges::sort(unnamed_, {}, &Unnamed::start);
    std::unordered_map<std::string_view, std::uint32_t> counts;
    for (const auto& [start, kind, function, class_] : unnamed_) {
        const auto name = b.name({"<", kind, std::to_string(++counts[kind]), ">"});
        if (function != none)
            b.function(function).name = name;
        else
            b.class_(class_).name = name;
    }
}

Index TypedFlow::call(CallKind kind, const Callee& callee, std::string_view name, TSNode at,
                      const std::vector<Argument>& arguments) {
    return b.call({.kind = kind,
                   .form = callee.form,
                   .callee = callee.value,
                   .receiver = callee.receiver,
                   .name = name.empty() ? none : b.name(name),
                   .site = Builder::site(at)},
                  arguments);
}

Index TypedFlow::key_literal(std::string_view content, bool is_text) {
    if (content.size() > literal_bytes_max) return none;
    return b.literal(b.name({is_text ? "['" : "[", content}));
}

}  // namespace gsdb::codebase::flow
