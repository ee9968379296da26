#include "modules/codebase/measure/recursion.hpp"

#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {
namespace {

using extract::Element;
using extract::ElementKind;
using extract::FileFacts;
using extract::Language;
using extract::Reference;

/// `r` of `func (r *T) f()`.
std::string_view receiver_variable(const Element& method) {
    constexpr std::string_view opening = "func (";
    if (!method.signature.starts_with(opening)) return {};
    const auto rest = method.signature.substr(opening.size());
    return rest.substr(0, rest.find_first_of(" )"));
}

std::string_view class_of(const Element& method, const FileFacts& facts) {
    if (!method.owner.empty()) return method.owner;
    return method.parent == extract::no_element ? std::string_view{} : facts.elements[method.parent].name;
}

bool is_overloadable(Language language) {
    return language == Language::java || language == Language::cpp;
}

bool is_call_of(const Reference& reference, const Element& element, const FileFacts& facts) {
    if (element.name != reference.name || !is_function(element.kind)) return false;
    if (is_overloadable(facts.language) && reference.argument_count != element.parameter_count) return false;
    return element.kind == ElementKind::function ? reference.receiver.empty()
                                                 : is_own_object(reference.receiver, element, facts);
}

}  // namespace

bool is_own_object(std::string_view receiver, const Element& method, const FileFacts& facts) {
    switch (facts.language) {
        case Language::python:
            if (receiver == "self" || receiver == "cls") return true;
            break;
        case Language::javascript:
        case Language::typescript:
        case Language::tsx:
            if (receiver == "this") return true;
            break;
        case Language::go:
            return !receiver.empty() && receiver == receiver_variable(method);
        case Language::rust:
            if (receiver == "self" || receiver == "Self") return true;
            break;
        default:
            if (receiver.empty() || receiver == "this") return true;
    }
    return !receiver.empty() && receiver == class_of(method, facts);
}

void Recursion::find(const FileFacts& facts) {
    is_recursive_.assign(facts.elements.size(), false);
    for (const auto& reference : facts.references) {
        if (reference.kind != extract::ReferenceKind::call || reference.name.empty()) continue;
        for (auto around = reference.element; around != extract::no_element; around = facts.elements[around].parent)
            if (is_call_of(reference, facts.elements[around], facts)) is_recursive_[around] = true;
    }
}

}  // namespace gsdb::codebase::measure
