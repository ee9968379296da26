// Every file under cases/<language>/ has its facts beside it in a file of the same name and `.facts`, as facts_text.hpp
// writes them. GSDB_WRITE_FACTS=1 writes them anew; read the difference before believing it.

#include "modules/codebase/extract/tests/cases.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/tests/facts_text.hpp"

namespace gsdb::codebase::extract {
namespace {

namespace fs = std::filesystem;

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_facts_beside_them) {
    const auto source = read_case(GetParam());
    const auto language = detect_language(GetParam().string(), source);
    EXPECT_EQ(to_label(language), GetParam().parent_path().filename()) << "the folder names the language";
    Extractor extractor;
    const auto text = to_text(extractor.extract(source, language));
    const fs::path facts = GetParam().string() + ".facts";
    if (std::getenv("GSDB_WRITE_FACTS") != nullptr) std::ofstream(facts, std::ios::binary) << text;
    EXPECT_EQ(text, read_case(facts));
}

INSTANTIATE_TEST_SUITE_P(all, Cases, testing::ValuesIn(cases_in("src/modules/codebase/extract/tests/cases", ".facts")),
                         case_name);

}  // namespace
}  // namespace gsdb::codebase::extract
