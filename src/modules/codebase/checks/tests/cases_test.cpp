// Every file under cases/<language>/ has beside it, in a file of the same name and `.findings`, what the checks find in
// it and which lines its comments leave alone. GSDB_WRITE_FINDINGS=1 writes them anew; read the difference before
// believing it.

#include "modules/codebase/extract/tests/cases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "modules/codebase/checks/tests/checked.hpp"

namespace gsdb::codebase::checks {
namespace {

namespace fs = std::filesystem;

std::string to_text(const Checked& checked) {
    std::string text;
    for (const auto& f : checked.found.findings)
        text += fmt::format("{}:{}-{}:{} {} {} {}\n    {}\n", f.span.start.line, f.span.start.column, f.span.end.line,
                            f.span.end.column,
                            f.element == extract::no_element ? "-" : checked.facts.elements[f.element].qualified_name,
                            rule(f.rule).id, f.message, f.text);
    for (const auto& d : checked.found.directives)
        text += fmt::format("lines {} to {} ignore {}: {}\n", d.first_line, d.last_line, fmt::join(d.rules, ", "),
                            d.justification.empty() ? "-" : d.justification);
    return text;
}

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_findings_beside_them) {
    const auto source = extract::read_case(GetParam());
    const auto text = to_text(checked(source, extract::detect_language(GetParam().string(), source)));
    const fs::path findings = GetParam().string() + ".findings";
    if (std::getenv("GSDB_WRITE_FINDINGS") != nullptr) std::ofstream(findings, std::ios::binary) << text;
    EXPECT_EQ(text, extract::read_case(findings));
}

INSTANTIATE_TEST_SUITE_P(all, Cases,
                         testing::ValuesIn(extract::cases_in("src/modules/codebase/checks/tests/cases", ".findings")),
                         extract::case_name);

}  // namespace
}  // namespace gsdb::codebase::checks
