// What a plug-in's process says is believed only where it could have come from the file.

#include "modules/codebase/plugins/fact_messages.hpp"

#include <gmock/gmock.h>

#include <random>
#include <string>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/tests/facts_text.hpp"
#include "modules/codebase/measure/measure.hpp"
#include "modules/codebase/plugins/message.hpp"

namespace gsdb::codebase::plugins {
namespace {

using extract::Language;

constexpr std::string_view source =
    "# A comment.\nimport os as o\nclass A(B):\n  \"\"\"Doc.\"\"\"\n  def f(self, x=1): return self.g(x) if x else "
    "o.\xC3\xA4\n";

std::string message_of(std::string_view text) {
    extract::Extractor extractor;
    measure::Measurer measurer;
    measure::FileMetrics metrics;
    const auto facts = extractor.extract(text, Language::python,
                                         [&](TSNode root, std::string_view parsed, const extract::FileFacts& found) {
                                             metrics = measurer.measure(root, parsed, text, found);
                                         });
    return write_facts(facts, metrics);
}

TEST(FactMessages, bring_facts_and_figures_as_they_were) {
    extract::Extractor extractor;
    const auto facts = extractor.extract(source, Language::python);
    const auto read = read_facts(message_of(source), source);
    ASSERT_TRUE(read);
    EXPECT_EQ(to_text(read->facts), to_text(facts));
    EXPECT_EQ(read->facts.comments.size(), facts.comments.size());
    EXPECT_EQ(read->metrics.elements.size(), facts.elements.size());
    EXPECT_EQ(read->metrics.elements[1].metrics.cyclomatic_complexity, 2U);
    EXPECT_EQ(write_facts(read->facts, read->metrics), message_of(source));
}

TEST(FactMessages, of_another_file_are_void) {
    EXPECT_FALSE(read_facts(message_of(source), source.substr(0, 40))) << "places beyond its end";
}

TEST(FactMessages, that_are_cut_or_longer_are_void) {
    const auto whole = message_of(source);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_facts(whole.substr(0, size), source));
    EXPECT_FALSE(read_facts(whole + '\0', source));
}

/// Everything that was read may be stored and points to what is there.
void expect_sound(const extract::FileFacts& facts) {
    for (std::size_t i = 0; i < facts.elements.size(); ++i) {
        const auto& e = facts.elements[i];
        EXPECT_TRUE(e.parent == extract::no_element || e.parent < i);
        EXPECT_LE(e.span.end.byte, source.size());
        EXPECT_LE(e.kind, extract::ElementKind::macro);
    }
    for (const auto& r : facts.references)
        EXPECT_TRUE(r.element == extract::no_element || r.element < facts.elements.size());
}

TEST(FactMessages, with_changed_bytes_are_void_or_sound) {
    std::mt19937 random(7);
    const auto whole = message_of(source);
    for (int round = 0; round < 20'000; ++round) {
        auto changed = whole;
        for (auto n = 1 + random() % 3; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
        if (const auto read = read_facts(changed, source)) expect_sound(read->facts);
    }
}

Plugin check_plugin() {
    Plugin plugin;
    plugin.kind = PluginKind::check;
    plugin.rules.resize(1);
    plugin.rules[0].id = "a/b";
    return plugin;
}

std::optional<std::vector<PluginFinding>> read_back(std::vector<PluginFinding> findings, std::string_view text) {
    return read_findings(write_findings(findings), text, check_plugin());
}

TEST(Findings, come_in_the_order_of_the_text_and_once) {
    const auto read = read_back(
        {{"a/b", "second", 2, 1, 2, 2}, {"a/b", "first", 1, 1, 1, 3}, {"a/b", "second", 2, 1, 2, 2}}, "ab\nc");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ((*read)[0].message, "first");
}

TEST(Findings, that_make_no_sense_make_all_void) {
    const std::string_view text = "ab\nc\n";
    EXPECT_TRUE(read_back({{"a/b", "m", 1, 1, 1, 3}}, text));
    for (const PluginFinding& finding :
         {PluginFinding{"a/c", "no such rule", 1, 1, 1, 1}, PluginFinding{"a/b", "", 1, 1, 1, 1},
          PluginFinding{"a/b", " \n", 1, 1, 1, 1}, PluginFinding{"a/b", "\xFF", 1, 1, 1, 1},
          PluginFinding{"a/b", "line", 9, 1, 9, 1}, PluginFinding{"a/b", "column", 1, 9, 1, 9},
          PluginFinding{"a/b", "zero", 0, 1, 1, 1}, PluginFinding{"a/b", "zero", 1, 0, 1, 1},
          PluginFinding{"a/b", "backwards", 2, 1, 1, 1}, PluginFinding{"a/b", "far", 1, 1, 0xFFFFFFFF, 0xFFFFFFFF}})
        EXPECT_FALSE(read_back({{"a/b", "fine", 1, 1, 1, 1}, finding}, text)) << finding.message;
    EXPECT_FALSE(read_back(std::vector<PluginFinding>(findings_max + 1, {"a/b", "m", 1, 1, 1, 1}), text));
}

}  // namespace
}  // namespace gsdb::codebase::plugins
