// Every file under cases/<language>/ has its facts beside it in a file of the same name and `.facts`, as facts_text.hpp
// writes them. GSDB_WRITE_FACTS=1 writes them anew; read the difference before believing it.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/tests/facts_text.hpp"

namespace gsdb::codebase::extract {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<fs::path> cases() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator("src/modules/codebase/extract/tests/cases"))
        if (entry.is_regular_file() && entry.path().extension() != ".facts") found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

class Cases : public testing::TestWithParam<fs::path> {};

TEST_P(Cases, have_the_facts_beside_them) {
    const auto source = read(GetParam());
    const auto language = detect_language(GetParam().string(), source);
    EXPECT_EQ(to_label(language), GetParam().parent_path().filename()) << "the folder names the language";
    Extractor extractor;
    const auto text = to_text(extractor.extract(source, language));
    const fs::path facts = GetParam().string() + ".facts";
    if (std::getenv("GSDB_WRITE_FACTS") != nullptr) std::ofstream(facts, std::ios::binary) << text;
    EXPECT_EQ(text, read(facts));
}

INSTANTIATE_TEST_SUITE_P(all, Cases, testing::ValuesIn(cases()), [](const auto& instance) {
    auto name = instance.param.parent_path().filename().string() + "_" + instance.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace gsdb::codebase::extract
