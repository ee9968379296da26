// Every file under cases/<language>/ has its figures beside it in a file of the same name and `.metrics`, as
// metrics_text.hpp writes them. GSDB_WRITE_METRICS=1 writes them anew; read the difference before believing it.

#include "modules/codebase/extract/tests/cases.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "modules/codebase/measure/tests/measured.hpp"
#include "modules/codebase/measure/tests/metrics_text.hpp"

namespace gsdb::codebase::measure {
namespace {

namespace fs = std::filesystem;

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_figures_beside_them) {
    const auto source = extract::read_case(GetParam());
    const auto found = measured(source, extract::detect_language(GetParam().string(), source));
    const auto text = to_text(found.facts, found.metrics);
    const fs::path metrics = GetParam().string() + ".metrics";
    if (std::getenv("GSDB_WRITE_METRICS") != nullptr) std::ofstream(metrics, std::ios::binary) << text;
    EXPECT_EQ(text, extract::read_case(metrics));
}

INSTANTIATE_TEST_SUITE_P(all, Cases,
                         testing::ValuesIn(extract::cases_in("src/modules/codebase/measure/tests/cases", ".metrics")),
                         extract::case_name);

}  // namespace
}  // namespace gsdb::codebase::measure
