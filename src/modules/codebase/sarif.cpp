#include "modules/codebase/sarif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "modules/codebase/queries.hpp"

namespace gsdb::codebase {

namespace {

namespace json = boost::json;

constexpr std::string_view fingerprint_name = "gsdb/v1";
constexpr std::string_view moved_name = "gsdbWithoutPath/v1";
constexpr std::string_view root = "SRCROOT";

/// A path as a URI reference (RFC 3986): what is not unreserved is percent-encoded.
std::string uri_of(std::string_view path) {
    std::string uri;
    for (const char c : path) {
        const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                   std::string_view("-._~/").contains(c);
        if (is_unreserved)
            uri += c;
        else
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return uri;
}

std::string path_of(std::string_view uri) {
    std::string path;
    for (std::size_t i = 0; i < uri.size(); ++i) {
        unsigned value = 0;
        const bool is_encoded =
            uri[i] == '%' && i + 2 < uri.size() &&
            std::from_chars(uri.data() + i + 1, uri.data() + i + 3, value, 16).ptr == uri.data() + i + 3;
        path += is_encoded ? static_cast<char>(value) : uri[i];
        if (is_encoded) i += 2;
    }
    return path;
}

json::object text_of(std::string_view text) {
    return {{"text", text}};
}

json::object location_of(std::string_view path, json::object region) {
    return {{"physicalLocation",
             {{"artifactLocation", {{"uri", uri_of(path)}, {"uriBaseId", root}}}, {"region", std::move(region)}}}};
}

/// Columns where they are known in code points.
json::object region_of(const KnownIssue& issue) {
    json::object region{{"startLine", issue.start_line}};
    if (issue.start_character && issue.end_character) {
        region["startColumn"] = *issue.start_character;
        region["endLine"] = issue.end_line;
        region["endColumn"] = *issue.end_character;
    } else if (issue.end_line > issue.start_line) {
        region["endLine"] = issue.end_line;
    }
    return region;
}

json::array related_of(const KnownIssue& issue) {
    json::array related;
    for (const auto& place : issue.related) {
        auto location = location_of(place.path, {{"startLine", place.line}});
        location["id"] = related.size() + 1;
        location["message"] = text_of(place.message);
        related.push_back(std::move(location));
    }
    return related;
}

json::array suppressions_of(const KnownIssue& issue) {
    if (issue.suppression_kind.empty()) return {};
    json::object suppression{{"kind", issue.suppression_kind == "in_source" ? "inSource" : "external"},
                             {"status", "accepted"},
                             {"justification", issue.justification.value_or("")},
                             {"properties", {{"reason", issue.suppression_reason}}}};
    json::array suppressions;
    suppressions.push_back(std::move(suppression));
    return suppressions;
}

json::object descriptor_of(const StoredRule& rule) {
    json::object descriptor{
        {"id", rule.id},
        {"shortDescription", text_of(rule.name)},
        {"fullDescription", text_of(rule.description)},
        {"help", text_of(rule.description)},
        {"defaultConfiguration", {{"level", to_label(rule.severity)}, {"enabled", rule.is_enabled()}}},
        {"properties", {{"tags", json::array({json::value(rule.category)})}, {"effort_minutes", rule.effort_minutes}}}};
    if (rule.help_uri.contains("://")) descriptor["helpUri"] = rule.help_uri;
    return descriptor;
}

json::object result_of(const KnownIssue& issue, std::int64_t rule_index) {
    json::array locations;
    locations.push_back(location_of(issue.path, region_of(issue)));
    json::object result{
        {"ruleId", issue.rule},
        {"level", to_label(issue.severity)},
        {"message", text_of(issue.message)},
        {"locations", std::move(locations)},
        {"partialFingerprints",
         {{fingerprint_name, to_string(issue.fingerprint)}, {moved_name, to_string(issue.moved_fingerprint)}}},
        {"suppressions", suppressions_of(issue)}};
    if (rule_index >= 0) result["ruleIndex"] = rule_index;
    if (!issue.related.empty()) result["relatedLocations"] = related_of(issue);
    return result;
}

Error bad_baseline(std::string cause) {
    return {.code = "codebase.bad_baseline",
            .message = "the baseline is no SARIF file of gsdb",
            .detail = std::move(cause),
            .hint = "gsdb code check --write-baseline FILE makes one",
            .exit_code = ExitCode::usage};
}

void add_result(Baseline& baseline, const json::value& result) {
    const auto& prints = result.at("partialFingerprints").as_object();
    const auto fingerprint = Uuid::parse(std::string_view(prints.at(fingerprint_name).as_string()));
    const auto moved = Uuid::parse(std::string_view(prints.at(moved_name).as_string()));
    if (!fingerprint || !moved) throw std::invalid_argument("a fingerprint is no UUID");
    const auto& uri = result.at("locations").as_array().at(0).at("physicalLocation").at("artifactLocation").at("uri");
    baseline.add(*fingerprint, *moved, path_of(uri.as_string()));
}

}  // namespace

void Baseline::add(Uuid fingerprint, Uuid moved_fingerprint, std::string path) {
    fingerprints.insert(fingerprint);
    moved_paths[moved_fingerprint].insert(std::move(path));
}

bool Baseline::has(const KnownIssue& issue, const std::set<std::string>& current_paths) const {
    if (fingerprints.contains(issue.fingerprint)) return true;
    const auto alike = moved_paths.find(issue.moved_fingerprint);
    return alike != moved_paths.end() &&
           std::ranges::any_of(alike->second, [&](const auto& path) { return !current_paths.contains(path); });
}

std::vector<std::string> Baseline::paths() const {
    std::set<std::string> all;
    for (const auto& [fingerprint, paths] : moved_paths) all.insert(paths.begin(), paths.end());
    return {all.begin(), all.end()};
}

Result<Baseline> parse_baseline(std::string_view sarif) {
    try {
        Baseline baseline;
        for (const auto& run : json::parse(sarif).at("runs").as_array())
            for (const auto& result : run.at("results").as_array()) add_result(baseline, result);
        return baseline;
    } catch (const std::exception& problem) {
        return std::unexpected(bad_baseline(problem.what()));
    }
}

Task<Baseline> baseline_of_run(pg::Database<Database> database, Scope scope, std::int32_t run) {
    const auto known = co_await database.query<sql::CompletedRunNumber>(
        {.organization = scope.organization, .access = pg::Access::read_only},
        {.organization_id = scope.organization, .codebase_id = scope.codebase.value(), .run_number = run});
    if (!known)
        throw Failure({.code = "codebase.run_not_found",
                       .message = fmt::format("the codebase has no complete run {}", run),
                       .hint = "gsdb sql 'select number, started_at from analysis_runs' lists them",
                       .exit_code = ExitCode::not_found});
    Baseline baseline;
    for (auto& issue : co_await list_issues(database, scope, {.state = "", .run = run}))
        baseline.add(issue.fingerprint, issue.moved_fingerprint, std::move(issue.path));
    co_return baseline;
}

Task<std::vector<bool>> new_issues(pg::Database<Database> database, Scope scope, Baseline baseline,
                                   std::vector<KnownIssue> issues) {
    std::set<std::string> current;
    for (auto& row : co_await database.query<sql::CurrentPathsOf>(
             {.organization = scope.organization, .access = pg::Access::read_only},
             {.organization_id = scope.organization, .codebase_id = scope.codebase.value(), .paths = baseline.paths()}))
        current.insert(std::move(row.path));
    std::vector<bool> is_new;
    for (const auto& issue : issues) is_new.push_back(!baseline.has(issue, current));
    co_return is_new;
}

json::object to_sarif(std::span<const KnownIssue> issues, const RuleSet& rules, const SarifOptions& options) {
    json::array descriptors, results;
    std::map<std::string, std::int64_t, std::less<>> indexes;
    for (const auto& rule : rules.rules()) {
        indexes.emplace(rule.id, static_cast<std::int64_t>(descriptors.size()));
        descriptors.push_back(descriptor_of(rule));
    }
    for (std::size_t i = 0; i < issues.size(); ++i) {
        const auto index = indexes.find(issues[i].rule);
        auto result = result_of(issues[i], index == indexes.end() ? -1 : index->second);
        if (!options.is_new.empty()) result["baselineState"] = options.is_new[i] ? "new" : "unchanged";
        results.push_back(std::move(result));
    }
    json::array invocations, runs;
    invocations.push_back(json::object{{"executionSuccessful", true}});
    json::object run{
        {"tool",
         {{"driver", {{"name", "gsdb"}, {"version", options.program_version}, {"rules", std::move(descriptors)}}}}},
        {"columnKind", "unicodeCodePoints"},
        {"originalUriBaseIds", {{root, {{"description", text_of("the root of the codebase")}}}}},
        {"invocations", std::move(invocations)},
        {"results", std::move(results)}};
    runs.push_back(std::move(run));
    return {{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", std::move(runs)}};
}

}  // namespace gsdb::codebase
