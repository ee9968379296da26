#pragma once
// Figures as lines of text, to be compared with what a case expects.
//
//   whole: 9 lines, 6 code, 1 comment, 5 logical; cyclomatic 3 ... (a line each for the whole and what is measured)

#include <fmt/format.h>

#include <string>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"

namespace gsdb::codebase::measure {

inline std::string to_text(const Metrics& m) {
    auto text = fmt::format(
        "{} lines, {} code, {} comment, {} logical; cyclomatic {}, cognitive {}, nesting {}, parameters {}; n1 {} n2 "
        "{} "
        "N1 {} N2 {}",
        m.lines, m.code_lines, m.comment_lines, m.logical_lines, m.cyclomatic_complexity, m.cognitive_complexity,
        m.nesting_max, m.parameters, m.operators_distinct, m.operands_distinct, m.operators_total, m.operands_total);
    if (m.documentable > 0) text += fmt::format("; documented {}/{}", m.documented, m.documentable);
    if (m.annotatable > 0) text += fmt::format("; annotated {}/{}", m.annotated, m.annotatable);
    if (m.cohesion_groups) text += fmt::format("; groups {}", *m.cohesion_groups);
    return text;
}

inline std::string to_text(const extract::FileFacts& facts, const FileMetrics& metrics) {
    auto text = fmt::format("whole: {}\n", to_text(metrics.whole));
    for (std::size_t i = 0; i < metrics.elements.size(); ++i) {
        const auto& element = facts.elements[i];
        if (metrics.elements[i].is_measured)
            text += fmt::format("{} {} {}: {}\n", to_label(element.kind), element.qualified_name,
                                element.span.start.line, to_text(metrics.elements[i].metrics));
    }
    return text;
}

}  // namespace gsdb::codebase::measure
