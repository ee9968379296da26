#pragma once
// Facts as lines of text, to be compared with what a case expects.
//
//   lines 9 = 6 code + 1 comment + 2 blank
//   class Outer 3-9 +exported : class Outer(Base) // What it is for.
//     method Outer.inner 5-6 (2) +exported : def inner(self, x)
//   import os.path as p @1
//   call self.inner (1) in Outer.run @7

#include <fmt/format.h>

#include <string>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {

inline std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n')
            result += "\\n";
        else
            result += c;
    }
    return result;
}

inline std::string flags_text(ElementFlags flags) {
    std::string result;
    for (std::size_t bit = 0; bit < element_flag_labels().size(); ++bit)
        if ((flags.bits() >> bit & 1U) != 0) result += fmt::format(" +{}", element_flag_labels()[bit]);
    return result;
}

inline std::string to_text(const FileFacts& facts, const Element& element) {
    std::string text;
    for (auto parent = element.parent; parent != no_element; parent = facts.elements[parent].parent) text += "  ";
    text += fmt::format("{} {}", to_label(element.kind), element.qualified_name);
    if (element.overload > 0) text += fmt::format("#{}", element.overload);
    text += fmt::format(" {}-{}", element.span.start.line, element.span.end.line);
    if (element.parameter_count >= 0) text += fmt::format(" ({})", element.parameter_count);
    text += flags_text(element.flags);
    if (!element.owner.empty()) text += fmt::format(" of {}", element.owner);
    text += fmt::format(" : {}", element.signature);
    if (!element.doc.empty()) text += fmt::format(" // {}", escaped(element.doc));
    return text;
}

inline std::string place(const FileFacts& facts, std::uint32_t element, std::uint32_t line) {
    const auto in = element == no_element ? "" : fmt::format(" in {}", facts.elements[element].qualified_name);
    return fmt::format("{} @{}", in, line);
}

inline std::string to_text(const FileFacts& facts, const Import& import) {
    auto text = fmt::format("{} {}", to_label(import.kind), import.module);
    if (!import.name.empty()) text += fmt::format(" : {}", import.name);
    if (!import.alias.empty()) text += fmt::format(" as {}", import.alias);
    if (import.is_relative) text += " +relative";
    if (import.is_system) text += " +system";
    if (import.is_type_only) text += " +type_only";
    if (import.is_reexported) text += " +reexported";
    return text + place(facts, import.element, import.position.line);
}

inline std::string to_text(const FileFacts& facts, const Reference& reference) {
    auto text = fmt::format("{} ", to_label(reference.kind));
    if (!reference.receiver.empty()) text += fmt::format("{} . ", reference.receiver);
    text += reference.name;
    if (reference.argument_count >= 0) text += fmt::format(" ({})", reference.argument_count);
    return text + place(facts, reference.element, reference.position.line);
}

inline std::string to_text(const FileFacts& facts) {
    const auto& lines = facts.lines;
    auto text = fmt::format("{} : lines {} = {} code + {} comment + {} blank\n", to_label(facts.status), lines.total,
                            lines.code, lines.comment, lines.blank);
    if (!facts.doc.empty()) text += fmt::format("doc {}\n", escaped(facts.doc));
    for (const auto& element : facts.elements) text += to_text(facts, element) + "\n";
    for (const auto& import : facts.imports) text += to_text(facts, import) + "\n";
    for (const auto& reference : facts.references) text += to_text(facts, reference) + "\n";
    return text;
}

}  // namespace gsdb::codebase::extract
