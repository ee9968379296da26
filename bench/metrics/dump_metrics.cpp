// The figures of the files named on standard input, one a line: a line of tab separated values for each file as a whole
// and each function and type in it, after a line that names the columns.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/measure/measure.hpp"

using namespace gsdb::codebase;

namespace {

constexpr std::string_view decision_names[] = {"branch",        "loop",          "case_label", "handler",
                                               "conditional",   "short_circuit", "coalescing", "guard",
                                               "comprehension", "default_value", "optional"};
static_assert(std::size(decision_names) == static_cast<std::size_t>(measure::Decision::count_));

/// Names may be any text: `{"a\tb"() {}}`.
std::string in_one_cell(std::string_view name) {
    std::string text(name);
    std::ranges::replace_if(text, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return text;
}

void print_header() {
    fmt::print(
        "path\tlanguage\tstatus\tordinal\tkind\tname\tstart_byte\tend_byte\tname_byte\tstart_line\tend_line\tname_"
        "line\t"
        "exported\tlines\tcode_lines\tlogical_lines\tcomment_"
        "lines\tcyclomatic\tcognitive\tnesting\tparameters\tn1\tn2\t"
        "N1\tN2\tdocumentable\tdocumented\tannotatable\tannotated\tgroups\t{}\tcognitive_of_own\tsequences_with_or\t"
        "recursive\n",
        fmt::join(decision_names, "\t"));
}

void print_metrics(const measure::Metrics& m) {
    fmt::print("\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", m.lines, m.code_lines,
               m.logical_lines, m.comment_lines, m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max,
               m.parameters, m.operators_distinct, m.operands_distinct, m.operators_total, m.operands_total,
               m.documentable, m.documented, m.annotatable, m.annotated,
               m.cohesion_groups ? std::to_string(*m.cohesion_groups) : "");
}

void print_parts(const measure::ComplexityParts& parts) {
    fmt::print("\t{}\t{}\t{}\t{}\n", fmt::join(parts.decisions, "\t"), parts.cognitive_of_own, parts.sequences_with_or,
               parts.is_recursive ? 1 : 0);
}

void print_file(const std::string& path, const extract::FileFacts& facts, const measure::FileMetrics& metrics) {
    const auto file = fmt::format("{}\t{}\t{}", path, to_label(facts.language), to_label(facts.status));
    fmt::print("{}\t-1\tfile\t\t0\t0\t0\t1\t{}\t1\t1", file, facts.lines.total);
    print_metrics(metrics.whole);
    print_parts({});
    for (std::size_t i = 0; i < facts.elements.size(); ++i) {
        const auto& e = facts.elements[i];
        if (!metrics.elements[i].is_measured) continue;
        fmt::print("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", file, i, to_label(e.kind),
                   in_one_cell(e.qualified_name), e.span.start.byte, e.span.end.byte, e.name_span.start.byte,
                   e.span.start.line, e.span.end.line, e.name_span.start.line,
                   e.flags.has(extract::ElementFlag::exported) ? 1 : 0);
        print_metrics(metrics.elements[i].metrics);
        print_parts(metrics.elements[i].parts);
    }
}

}  // namespace

int main() {
    extract::Extractor extractor;
    measure::Measurer measurer;
    print_header();
    for (std::string path; std::getline(std::cin, path);) {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        const auto source = std::move(text).str();
        measure::FileMetrics metrics;
        const auto facts =
            extractor.extract(source, extract::detect_language(path, source),
                              [&](TSNode root, std::string_view parsed, const extract::FileFacts& found) {
                                  metrics = measurer.measure(root, parsed, source, found);
                              });
        if (metrics.is_measured) print_file(path, facts, metrics);
    }
    return 0;
}
