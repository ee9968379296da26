#include "modules/codebase/measure/annotations.hpp"

#include <string_view>

namespace gsdb::codebase::measure {
namespace {

using extract::Element;
using extract::ElementFlag;
using extract::ElementKind;
using extract::Language;

bool has(TSNode node, TSFieldId field) {
    return field != 0 && !ts_node_is_null(ts_node_child_by_field_id(node, field));
}

/// Children of the parameters that name a type.
std::uint32_t count_typed(TSNode function, const Grammar& grammar) {
    const auto parameters = ts_node_child_by_field_id(function, grammar.parameters);
    if (ts_node_is_null(parameters)) return 0;
    std::uint32_t typed = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(parameters);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more; more = ts_tree_cursor_goto_next_sibling(&cursor))
        if (has(ts_tree_cursor_current_node(&cursor), grammar.type)) ++typed;
    ts_tree_cursor_delete(&cursor);
    return typed;
}

/// `self` and `cls` need no type.
bool has_implicit_parameter(const Element& element, const extract::FileFacts& facts) {
    return facts.language == Language::python && element.parameter_count > 0 && element.parent != extract::no_element &&
           facts.elements[element.parent].kind == ElementKind::class_ && !element.flags.has(ElementFlag::static_);
}

bool has_result(const Element& element, Language language) {
    const bool is_setter =
        language != Language::python && element.kind == ElementKind::property && element.parameter_count == 1;
    return element.kind != ElementKind::constructor && !is_setter;
}

}  // namespace

void count_annotations(TSNode function, const Grammar& grammar, const extract::FileFacts& facts, Region& region) {
    const bool is_optional =
        facts.language == Language::python || facts.language == Language::typescript || facts.language == Language::tsx;
    if (!is_optional || std::string_view(ts_node_type(function)) == "lambda") return;
    const auto& element = facts.elements[region.element];
    auto& own = region.own.metrics;
    own.annotatable = static_cast<std::uint32_t>(std::max(element.parameter_count, 0)) -
                      (has_implicit_parameter(element, facts) ? 1 : 0);
    own.annotated = std::min(own.annotatable, count_typed(function, grammar));
    if (has_result(element, facts.language)) {
        ++own.annotatable;
        if (has(function, grammar.return_type)) ++own.annotated;
    }
    region.annotatable += own.annotatable;
    region.annotated += own.annotated;
}

}  // namespace gsdb::codebase::measure
