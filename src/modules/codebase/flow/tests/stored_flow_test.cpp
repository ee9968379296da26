// A flow that was stored is the flow that it was, and knows the elements of its file.

#include "modules/codebase/flow/stored_flow.hpp"

#include <gmock/gmock.h>

#include <random>

#include "base/error.hpp"
#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/tests/cases.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/tests/flow_text.hpp"

namespace gsdb::codebase::flow {
namespace {

using testing::ElementsAre;

StoredFlow stored(const std::string& source, extract::Language language) {
    FileFlow flow;
    extract::Extractor extractor;
    const auto facts = extractor.extract(
        source, language, [&](TSNode root, std::string_view parsed) { flow = make_flow(root, parsed, language); });
    return with_places(std::move(flow), facts);
}

class StoredCases : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(StoredCases, come_back_as_they_were) {
    const auto source = extract::read_case(GetParam());
    const auto before = stored(source, extract::detect_language(GetParam().string(), source));
    const auto bytes = encode(before);
    const auto after = decode(bytes);
    EXPECT_EQ(to_text(after.flow), to_text(before.flow));
    EXPECT_EQ(after.places, before.places);
    EXPECT_EQ(encode(after), bytes);
}

TEST_P(StoredCases, know_the_element_of_every_class_and_named_function) {
    const auto source = extract::read_case(GetParam());
    const auto flow = stored(source, extract::detect_language(GetParam().string(), source));
    for (Index i = 1; i < flow.flow.functions.size(); ++i) {
        const auto& f = flow.flow.functions[i];
        if (f.has(FunctionFlag::unnamed) || f.has(FunctionFlag::abstract)) continue;
        EXPECT_NE(flow.places.function_elements[i], none)
            << flow.flow.names[f.name] << " at " << f.site.line << ":" << f.site.column;
    }
    for (Index i = 0; i < flow.flow.classes.size(); ++i)
        EXPECT_NE(flow.places.class_elements[i], none) << "class at line " << flow.flow.classes[i].site.line;
}

INSTANTIATE_TEST_SUITE_P(all, StoredCases,
                         testing::ValuesIn(extract::cases_in("src/modules/codebase/flow/tests/cases", ".flow")),
                         extract::case_name);

constexpr auto program =
    "class A:\n    def f(self):\n        return self.g(1)\n\n\ndef f(): pass\ndef f(): return A().f()\n";

TEST(StoredFlow, TellsElementsOfOneNameApart) {
    const auto flow = stored(program, extract::Language::python);
    std::vector<std::string> elements;
    for (const auto& e : flow.places.elements)
        elements.push_back(fmt::format("{} {} #{} line {}", extract::to_label(e.kind),
                                       flow.flow.names[e.qualified_name], e.overload, e.start_line));
    EXPECT_THAT(elements, ElementsAre("class A #0 line 1", "method A.f #0 line 2", "function f #0 line 6",
                                      "function f #1 line 7"));
}

TEST(StoredFlow, KnowsWhichMentionACallIs) {
    const auto flow = stored(program, extract::Language::python);
    EXPECT_EQ(flow.flow.calls.size(), 3U);
    EXPECT_THAT(flow.places.call_references, testing::UnorderedElementsAre(0, 1, 2));
}

TEST(StoredFlow, KnowsWhereThingsAreImported) {
    const auto flow =
        stored("import os\nfrom a.b import (\n    c,\n    d)\nfrom e import *\n", extract::Language::python);
    std::vector<std::string> sites;
    for (const auto* all : {&flow.places.import_sites, &flow.places.wildcard_sites})
        for (const auto& site : *all) sites.push_back(fmt::format("{}:{}", site.line, site.column));
    EXPECT_THAT(sites, testing::UnorderedElementsAre("1:8", "3:5", "4:5", "5:15"));
}

TEST(StoredFlow, RefusesDamagedBytes) {
    const auto bytes = encode(stored(program, extract::Language::python));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_THROW(decode(ByteView(bytes).first(size)), Failure) << size;
    EXPECT_THROW(decode(as_bytes("{\"a\": 1}")), Failure);
    // A changed byte may go unseen; what counts is that it does no harm.
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        auto changed = bytes;
        changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
        try {
            decode(changed);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.error().code, "codebase.flow_damaged");
        }
    }
}

}  // namespace
}  // namespace gsdb::codebase::flow
