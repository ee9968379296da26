#include "modules/codebase/measure/coverage.hpp"

#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Element;
using extract::ElementFlag;
using extract::ElementKind;
using extract::FileFacts;
using extract::Language;

/// In Python a comment is no documentation.
bool is_documented(const Element& element, const ElementMetrics& metrics, Language language) {
    return language == Language::python ? metrics.has_docstring : !element.doc.empty();
}

}  // namespace

bool is_documentable(const Element& element, Language language) {
    if (element.kind == ElementKind::implementation || (!is_function(element.kind) && !is_type(element.kind)))
        return false;
    const auto& flags = element.flags;
    if (!flags.has(ElementFlag::exported) || flags.has(ElementFlag::anonymous)) return false;
    // What overrides is documented where it overrides, the second accessor of a property by the first, a Python
    // overload by the function.
    if (flags.has(ElementFlag::override_) || flags.has(ElementFlag::test)) return false;
    if (element.kind == ElementKind::property && element.overload > 0) return false;
    return language != Language::python || !flags.has(ElementFlag::declaration);
}

void cover_documentation(const FileFacts& facts, FileMetrics& out) {
    if (facts.language == Language::python) {  // a module is documented by its docstring
        out.whole.documentable = 1;
        out.whole.documented = facts.doc.empty() ? 0 : 1;
    }
    for (auto i = facts.elements.size(); i-- > 0;) {  // what is in an element comes after it
        const auto& element = facts.elements[i];
        auto& own = out.elements[i].metrics;
        if (is_documentable(element, facts.language)) {
            ++own.documentable;
            if (is_documented(element, out.elements[i], facts.language)) ++own.documented;
        }
        auto& around = element.parent == extract::no_element ? out.whole : out.elements[element.parent].metrics;
        around.documentable += own.documentable;
        around.documented += own.documented;
    }
}

}  // namespace gsdb::codebase::measure
