// Every file under cases/<language>/ has its flow beside it in a file of the same name and `.flow`, as flow_text.hpp
// writes it. GSDB_WRITE_FLOWS=1 writes them anew; read the difference before believing it.

#include <gmock/gmock.h>
#include <tree_sitter/api.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/tests/flow_text.hpp"
#include "modules/codebase/flow/tests/parsed.hpp"

namespace gsdb::codebase::flow {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<fs::path> cases() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator("src/modules/codebase/flow/tests/cases"))
        if (entry.is_regular_file() && entry.path().extension() != ".flow") found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_flow_beside_them) {
    const auto source = read(GetParam());
    const auto language = extract::detect_language(GetParam().string(), source);
    ASSERT_TRUE(is_followed(language));
    const auto text = to_text(flow_of(source, language));
    const fs::path flow = GetParam().string() + ".flow";
    if (std::getenv("GSDB_WRITE_FLOWS") != nullptr) std::ofstream(flow, std::ios::binary) << text;
    EXPECT_EQ(text, read(flow));
}

INSTANTIATE_TEST_SUITE_P(all, Cases, testing::ValuesIn(cases()), [](const auto& instance) {
    auto name = instance.param.parent_path().filename().string() + "_" + instance.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace gsdb::codebase::flow
