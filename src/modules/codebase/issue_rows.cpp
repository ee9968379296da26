#include "modules/codebase/issue_rows.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <tuple>

#include "modules/codebase/digest.hpp"

namespace gsdb::codebase {

namespace {

Uuid fingerprint_of(const Issue& issue, std::string_view path, std::uint32_t ordinal) {
    Digest digest;
    for (const std::string_view part : {std::string_view(issue.rule), path, std::string_view(issue.subject)})
        digest.add_text(part);
    digest.add(ordinal);
    return digest.finish();
}

auto place_of(const Issue& issue) {
    return std::tie(issue.path, issue.start_line, issue.start_column, issue.rule, issue.subject, issue.message);
}

bool holds_for(const FileDirective& directive, const Issue& issue) {
    const auto first = issue.first_line == 0 ? issue.start_line : issue.first_line;
    if (directive.last_line < first || directive.first_line > issue.start_line) return false;
    return std::ranges::any_of(directive.rules, [&](const auto& rule) { return rule == issue.rule || rule == "*"; });
}

std::string related_json(const Issue& issue) {
    boost::json::array places;
    for (const auto& place : issue.related)
        places.push_back({{"path", place.path}, {"line", place.line}, {"message", place.message}});
    return boost::json::serialize(places);
}

}  // namespace

void identify(std::vector<Issue>& issues) {
    std::ranges::sort(issues, [](const Issue& a, const Issue& b) { return place_of(a) < place_of(b); });
    std::map<std::tuple<std::string_view, std::string_view>, std::uint32_t> alike;  // of one file
    std::string_view path;
    for (auto& issue : issues) {
        if (issue.path != path) alike.clear();
        path = issue.path;
        const auto ordinal = alike[{issue.rule, issue.subject}]++;
        issue.fingerprint = fingerprint_of(issue, issue.path, ordinal);
        issue.moved_fingerprint = fingerprint_of(issue, {}, ordinal);
    }
}

void suppress(std::vector<Issue>& issues, const std::vector<FileDirective>& directives) {
    for (auto& issue : issues) {
        const auto [begin, end] = std::ranges::equal_range(directives, issue.path, {}, &FileDirective::path);
        for (auto directive = begin; directive != end && !issue.justification; ++directive)
            if (holds_for(*directive, issue))
                issue.justification = directive->justification.empty() ? "a comment in the source, without a reason"
                                                                       : directive->justification;
    }
}

pg::BinaryRowEncoder encode(const std::vector<Issue>& issues) {
    pg::BinaryRowEncoder rows;
    for (const auto& i : issues)
        rows.row(i.fingerprint, i.moved_fingerprint, i.rule, to_label(i.severity), i.message, i.path, i.symbol,
                 i.start_line, i.start_column, i.end_line, i.end_column, i.start_character, i.end_character,
                 i.effort_minutes, related_json(i), i.justification);
    return rows;
}

}  // namespace gsdb::codebase
