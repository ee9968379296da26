// The stable names under which kinds and flags are stored and shown.

#include <algorithm>
#include <array>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {
namespace {

constexpr std::array<std::string_view, 24> element_kinds{
    "module", "package",     "namespace",  "class",      "struct",     "union",    "interface",      "trait",
    "enum",   "enum_member", "record",     "annotation", "type_alias", "concept",  "implementation", "function",
    "method", "constructor", "destructor", "property",   "field",      "variable", "constant",       "macro"};
static_assert(element_kinds.size() == static_cast<std::size_t>(ElementKind::macro) + 1);

constexpr std::array<std::string_view, 10> import_kinds{"import",    "from_import",    "wildcard", "include",
                                                        "require",   "dynamic_import", "use",      "submodule",
                                                        "re_export", "re_export_all"};
static_assert(import_kinds.size() == static_cast<std::size_t>(ImportKind::re_export_all) + 1);

constexpr std::array<std::string_view, 9> reference_kinds{"call",     "instantiate", "type_use", "inherit", "implement",
                                                          "decorate", "read",        "write",    "expand"};
static_assert(reference_kinds.size() == static_cast<std::size_t>(ReferenceKind::expand) + 1);

constexpr std::array<std::string_view, 7> statuses{"ok",       "has_errors", "timed_out", "too_large",
                                                   "too_deep", "not_utf8",   "unparsed"};
static_assert(statuses.size() == static_cast<std::size_t>(Status::unparsed) + 1);

}  // namespace

std::string_view to_label(ElementKind kind) {
    return element_kinds[static_cast<std::size_t>(kind)];
}
ElementKind element_kind_from_label(std::string_view label) {
    return static_cast<ElementKind>(std::ranges::find(element_kinds, label) - std::begin(element_kinds));
}
std::string_view to_label(ImportKind kind) {
    return import_kinds[static_cast<std::size_t>(kind)];
}
std::string_view to_label(ReferenceKind kind) {
    return reference_kinds[static_cast<std::size_t>(kind)];
}
std::string_view to_label(Status status) {
    return statuses[static_cast<std::size_t>(status)];
}

const std::vector<std::string_view>& element_flag_labels() {
    static const std::vector<std::string_view> labels{
        "exported",  "private",        "protected",   "static",   "abstract", "final",    "async",
        "generator", "deprecated",     "declaration", "readonly", "virtual",  "override", "inline",
        "generic",   "default_export", "anonymous",   "unsafe",   "operator", "test"};
    return labels;
}

}  // namespace gsdb::codebase::extract
