#include "modules/codebase/sarif.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace gsdb::codebase {
namespace {

namespace json = boost::json;

Uuid uuid(std::uint8_t last) {
    Uuid made;
    made.bytes[15] = last;
    return made;
}

std::vector<KnownIssue> some_issues() {
    KnownIssue open;
    open.rule = "unused/import";
    open.severity = checks::Severity::warning;
    open.message = "os is imported and not used";
    open.path = "a folder/ü.py";
    open.start_line = open.end_line = 3, open.start_column = 9, open.end_column = 11;
    open.start_character = 8, open.end_character = 10;
    open.fingerprint = uuid(1), open.moved_fingerprint = uuid(2);
    open.state = "open";
    auto suppressed = open;
    suppressed.rule = "cycle/imports";
    suppressed.start_character = suppressed.end_character = std::nullopt;
    suppressed.related = {{.path = "b.py", .line = 4, .message = "imports a.py"}};
    suppressed.fingerprint = uuid(3);
    suppressed.state = "suppressed", suppressed.suppression_kind = "in_source",
    suppressed.suppression_reason = "accepted";
    suppressed.justification = "it is known";
    return {open, suppressed};
}

RuleSet some_rules() {
    return RuleSet({{.id = "cycle/imports",
                     .name = "Circle",
                     .description = "A circle.",
                     .category = "cycle",
                     .severity = checks::Severity::warning,
                     .effort_minutes = 60},
                    {.id = "unused/import",
                     .name = "Unused",
                     .description = "Not used.",
                     .category = "unused",
                     .severity = checks::Severity::warning,
                     .effort_minutes = 2,
                     .help_uri = "https://example.org/rules#unused"}});
}

TEST(Sarif, SaysWhereWhatAndWhetherItIsNew) {
    const auto log = to_sarif(some_issues(), some_rules(), {.program_version = "1.2.3", .is_new = {true, false}});
    const json::value document(log);
    EXPECT_EQ(document.at("version"), "2.1.0");
    const auto& run = document.at("runs").at(0);
    EXPECT_EQ(run.at("columnKind"), "unicodeCodePoints");
    EXPECT_EQ(run.at("tool").at("driver").at("rules").at(1).at("id"), "unused/import");
    const auto& first = run.at("results").at(0);
    EXPECT_EQ(first.at("ruleIndex"), 1);
    EXPECT_EQ(first.at("level"), "warning");
    EXPECT_EQ(first.at("baselineState"), "new");
    EXPECT_TRUE(first.at("suppressions").as_array().empty());
    const auto& place = first.at("locations").at(0).at("physicalLocation");
    EXPECT_EQ(place.at("artifactLocation").at("uri"), "a%20folder/%C3%BC.py");
    EXPECT_EQ(json::serialize(place.at("region")), R"({"startLine":3,"startColumn":8,"endLine":3,"endColumn":10})");
    const auto& second = run.at("results").at(1);
    EXPECT_EQ(second.at("baselineState"), "unchanged");
    EXPECT_EQ(second.at("suppressions").at(0).at("kind"), "inSource");
    EXPECT_EQ(second.at("suppressions").at(0).at("justification"), "it is known");
    EXPECT_EQ(json::serialize(second.at("locations").at(0).at("physicalLocation").at("region")), R"({"startLine":3})")
        << "bytes are no columns of SARIF";
    EXPECT_EQ(second.at("relatedLocations").at(0).at("physicalLocation").at("region").at("startLine"), 4);
}

TEST(Sarif, IsReadAsABaseline) {
    const auto issues = some_issues();
    const auto baseline = parse_baseline(json::serialize(to_sarif(issues, some_rules(), {})));
    ASSERT_TRUE(baseline);
    EXPECT_EQ(baseline->paths(), std::vector<std::string>{"a folder/ü.py"});
    EXPECT_TRUE(baseline->has(issues[0], {"a folder/ü.py"}));
    auto moved = issues[0];
    moved.fingerprint = uuid(9), moved.path = "b/ü.py";
    EXPECT_TRUE(baseline->has(moved, {"b/ü.py"}));
    EXPECT_FALSE(baseline->has(moved, {"b/ü.py", "a folder/ü.py"})) << "a copy is not a renamed file";
    for (const auto* const text : {"", "{}", "{\"runs\": [{\"results\": [{}]}]}", "[1]"})
        EXPECT_FALSE(parse_baseline(text)) << text;
}

}  // namespace
}  // namespace gsdb::codebase
