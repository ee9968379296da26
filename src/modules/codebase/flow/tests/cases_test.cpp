// Every file under cases/<language>/ has its flow beside it in a file of the same name and `.flow`, as flow_text.hpp
// writes it. GSDB_WRITE_FLOWS=1 writes them anew; read the difference before believing it.

#include "modules/codebase/extract/tests/cases.hpp"

#include <gmock/gmock.h>
#include <tree_sitter/api.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/tests/flow_text.hpp"
#include "modules/codebase/flow/tests/parsed.hpp"

namespace gsdb::codebase::flow {
namespace {

namespace fs = std::filesystem;

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_flow_beside_them) {
    const auto source = extract::read_case(GetParam());
    const auto language = extract::detect_language(GetParam().string(), source);
    ASSERT_TRUE(is_followed(language));
    const auto text = to_text(flow_of(source, language));
    const fs::path flow = GetParam().string() + ".flow";
    if (std::getenv("GSDB_WRITE_FLOWS") != nullptr) std::ofstream(flow, std::ios::binary) << text;
    EXPECT_EQ(text, extract::read_case(flow));
}

INSTANTIATE_TEST_SUITE_P(all, Cases,
                         testing::ValuesIn(extract::cases_in("src/modules/codebase/flow/tests/cases", ".flow")),
                         extract::case_name);

}  // namespace
}  // namespace gsdb::codebase::flow
