// /api/v1/graph: the questions of questions.hpp over HTTP.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "http/error.hpp"
#include "modules/codebase/issues.hpp"
#include "modules/codebase/question_json.hpp"
#include "modules/codebase/route_parts.hpp"
#include "modules/codebase/routes.hpp"

namespace gsdb::codebase {

namespace json = boost::json;

namespace {

std::string required(const http::Request& request, std::string_view name) {
    const auto text = request.query(name);
    if (!text || text->empty())
        refuse("request.missing_parameter", fmt::format("the query has no {}", name),
               "a symbol is NAME, Class.name, PATH:NAME, PATH:LINE, PATH or package.name");
    return std::string(*text);
}

/// A number of the query within its bounds.
template <class T>
T number(const http::Request& request, std::string_view name, T otherwise, T least, T most) {
    const auto text = request.query(name);
    if (!text || text->empty()) return otherwise;
    T value{};
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (problem != std::errc{} || end != text->data() + text->size() || !(value >= least && value <= most))
        refuse("request.bad_parameter", fmt::format("{} is not a number from {} to {}", name, least, most),
               fmt::format("leave it out for {}", otherwise));
    return value;
}

WalkOptions walk_options(const http::Request& request, int depth) {
    return {.depth_max = number(request, "depth", depth, 1, 100),
            .confidence_min = number(request, "confidence", 0.0F, 0.0F, 1.0F),
            .rows_max = number(request, "limit", 1000, 1, 10'000)};
}

Task<Scope> scope_of(pg::Database<Database> database, const http::Request& request) {
    Scope scope{.organization = request.caller->organization};
    if (const auto text = request.query("codebase"); text && !text->empty())
        scope.codebase = co_await find_codebase(database, scope.organization, std::string(*text));
    co_return scope;
}

http::Response answer(json::object document) {
    return http::Response::json(json::serialize(document));
}

using Database_ = pg::Database<Database>;

Task<http::Response> definitions(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    co_return answer({{"items", to_json(co_await find_symbols(database, scope, required(request, "symbol")))}});
}

Task<http::Response> find_symbols_by_text(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    const auto limit = walk_options(request, 1).rows_max;
    const auto in = request.query("in").value_or("names");
    if (in != "names" && in != "docs")
        refuse("request.bad_parameter", "in is neither names nor docs", "leave it out for names");
    const auto text = required(request, "symbol");
    co_return answer({{"items", to_json(co_await (in == "docs" ? search_documentation(database, scope, text, limit)
                                                               : search_names(database, scope, text, limit)))}});
}

Task<http::Response> source_lines(Database_ database, http::Request request, source::ContentsOpener contents) {
    const auto scope = co_await scope_of(database, request);
    const auto text = request.query("text").value_or("");
    if (text.empty()) refuse("request.missing_parameter", "the query has no text", "text is what the lines contain");
    co_return answer(to_json(co_await search_source(database, scope, contents, std::string(text),
                                                    number(request, "limit", 50, 1, 10'000), 1)));
}

Task<http::Response> references(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    const auto symbol = co_await find_symbol(database, scope, required(request, "symbol"));
    const auto limit = walk_options(request, 1).rows_max;
    co_return answer(
        {{"symbol", to_json(symbol)}, {"items", to_json(co_await mentions_of(database, scope, symbol.id, limit))}});
}

Task<http::Response> path(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    const auto from = co_await find_symbol(database, scope, required(request, "from"));
    const auto to = co_await find_symbol(database, scope, required(request, "to"));
    const auto steps = co_await call_path(database, scope, from.id, to.id, walk_options(request, 20));
    co_return answer({{"from", to_json(from)}, {"to", to_json(to)}, {"items", to_json(steps)}});
}

Task<http::Response> cycles(Database_ database, http::Request request) {
    const auto organization = request.caller->organization;
    const auto codebase = co_await find_codebase(database, organization, required(request, "codebase"));
    json::array groups;
    for (const auto& cycle : co_await import_cycles(database, organization, codebase))
        groups.push_back(json::array(cycle.begin(), cycle.end()));
    co_return answer({{"cycles", std::move(groups)}});
}

Task<http::Response> dead(Database_ database, http::Request request) {
    const auto organization = request.caller->organization;
    const auto codebase = co_await find_codebase(database, organization, required(request, "codebase"));
    co_return answer({{"items", to_json(co_await dead_code(database, organization, codebase))}});
}

Task<http::Response> context(Database_ database, http::Request request, source::ContentsOpener contents) {
    const auto scope = co_await scope_of(database, request);
    const auto tokens = number<std::int64_t>(request, "tokens", context_tokens, 1, context_tokens_max);
    co_return answer(to_json(co_await context_of(database, scope, contents, required(request, "symbol"), tokens)));
}

Task<http::Response> explanation(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    co_return answer(to_json(co_await explain(database, scope, required(request, "symbol"))));
}

Task<http::Response> hot_files(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    co_return answer({{"items", to_json(co_await hotspots(database, scope, number(request, "limit", 20, 1, 10'000)))}});
}

/// The file or folder that is asked about.
Task<CodePath> code_path(Database_ database, const http::Request& request) {
    const auto scope = co_await scope_of(database, request);
    co_return co_await find_path(database, scope, std::string(request.query("path").value_or("")));
}

json::object path_json(const CodePath& path) {
    return {{"codebase", path.codebase_name}, {"path", path.path}, {"has_history", path.has_history}};
}

Task<http::Response> owners(Database_ database, http::Request request) {
    const auto path = co_await code_path(database, request);
    const auto ownership = co_await owners_of(database, request.caller->organization, path);
    auto document = path_json(path);
    document["bus_factor"] = ownership.bus_factor;
    document["items"] = to_json(ownership.owners);
    co_return answer(std::move(document));
}

Task<http::Response> co_changes(Database_ database, http::Request request) {
    const auto path = co_await code_path(database, request);
    auto document = path_json(path);
    document["items"] = to_json(co_await co_changes_of(database, request.caller->organization, path,
                                                       {.files_max = number(request, "files_max", 50, 2, 1'000'000),
                                                        .rows_max = number(request, "limit", 20, 1, 10'000)}));
    co_return answer(std::move(document));
}

Task<http::Response> difference(Database_ database, http::Request request) {
    const auto organization = request.caller->organization;
    const auto codebase = co_await find_codebase(database, organization, required(request, "codebase"));
    co_return answer(
        to_json(co_await compare(database, organization, codebase, std::string(request.query("before").value_or("")),
                                 std::string(request.query("after").value_or("")))));
}

bool flag(const http::Request& request, std::string_view name) {
    const auto text = request.query(name);
    if (!text || text->empty() || *text == "false") return false;
    if (*text != "true")
        refuse("request.bad_parameter", fmt::format("{} is neither true nor false", name), "leave it out for false");
    return true;
}

Task<http::Response> needed_packages(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    const PackageFilter filter{.direct = flag(request, "direct"),
                               .unused = flag(request, "unused"),
                               .missing = flag(request, "missing"),
                               .outdated = flag(request, "outdated")};
    const auto found = co_await packages_of(database, scope, filter);
    co_return answer({{"items", to_json(found.packages)}, {"missing", to_json(found.missing)}});
}

/// One of these words.
std::string word(const http::Request& request, std::string_view name, std::string_view otherwise,
                 std::initializer_list<std::string_view> words) {
    const auto text = request.query(name);
    if (!text || text->empty()) return std::string(otherwise);
    if (std::ranges::find(words, *text) == words.end())
        refuse("request.bad_parameter", fmt::format("{} is not one of {}", name, fmt::join(words, ", ")),
               fmt::format("leave it out for {}", otherwise));
    return std::string(*text);
}

Task<http::Response> issues(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    IssueFilter filter{.rule = std::string(request.query("rule").value_or("")),
                       .severity = severity_from_label(word(request, "severity", "note", {"note", "warning", "error"})),
                       .path = std::string(request.query("path").value_or("")),
                       .state = word(request, "state", "open", {"open", "suppressed", "fixed", "all"}),
                       .rows_max = number(request, "limit", 1000, 1, 10'000)};
    if (filter.state == "all") filter.state = "";
    json::array items;
    for (const auto& issue : co_await list_issues(database, scope, std::move(filter))) items.push_back(to_json(issue));
    co_return answer({{"items", std::move(items)}});
}

Task<http::Response> copies(Database_ database, http::Request request) {
    const auto scope = co_await scope_of(database, request);
    const DuplicateFilter filter{.tokens_min = number(request, "min_tokens", 0, 0, 1'000'000),
                                 .path = std::string(request.query("path").value_or("")),
                                 .rows_max = number(request, "limit", 100, 1, 10'000)};
    co_return answer({{"items", to_json(co_await list_duplicates(database, scope, filter))}});
}

Task<http::Response> report(Database_ database, http::Request request) {
    const auto organization = request.caller->organization;
    const auto codebase = co_await find_codebase(database, organization, required(request, "codebase"));
    co_return answer(to_json(co_await quality_report(database, organization, codebase,
                                                     std::string(request.query("against").value_or("")),
                                                     number(request, "limit", 10, 1, 1000))));
}

Task<http::Response> one_way(Database_ database, http::Request request, Walk direction, int depth) {
    const auto scope = co_await scope_of(database, request);
    const auto symbol = co_await find_symbol(database, scope, required(request, "symbol"));
    const auto steps = co_await walk(database, scope, symbol.id, direction, walk_options(request, depth));
    co_return answer({{"symbol", to_json(symbol)}, {"items", to_json(steps)}});
}

struct Way {
    std::string_view name;
    Walk walk;
};

Task<http::Response> both_ways(Database_ database, http::Request request, Way up, Way down, int depth) {
    const auto scope = co_await scope_of(database, request);
    const auto symbol = co_await find_symbol(database, scope, required(request, "symbol"));
    const auto options = walk_options(request, depth);
    json::object document{{"symbol", to_json(symbol)}};
    document[up.name] = to_json(co_await walk(database, scope, symbol.id, up.walk, options));
    document[down.name] = to_json(co_await walk(database, scope, symbol.id, down.walk, options));
    co_return answer(std::move(document));
}

}  // namespace

void add_question_routes(http::Router& router, pg::Database<Database> database, source::ContentsOpener contents) {
    const auto add = [&](std::string_view name, std::string_view operation, auto handler) {
        router.get(fmt::format("/api/v1/graph/{}", name), {.operation = operation, .scope = "codebase:read"},
                   [handler, database](http::Request request) { return handler(database, request); });
    };
    const auto add_walk = [&](std::string_view name, std::string_view operation, Walk direction, int depth) {
        add(name, operation,
            [direction, depth](Database_ d, http::Request r) { return one_way(d, r, direction, depth); });
    };
    add("definitions", "findDefinitions", definitions);
    add("search", "searchSymbols", find_symbols_by_text);
    add("references", "findReferences", references);
    add("path", "findCallPath", path);
    add("cycles", "findImportCycles", cycles);
    add("dead", "findDeadCode", dead);
    add("diff", "compareRuns", difference);
    add("hotspots", "findHotspots", hot_files);
    add("owners", "findOwners", owners);
    add("co-changes", "findCoChanges", co_changes);
    add("explanation", "explainSymbol", explanation);
    add("context", "findContext", [contents](Database_ d, http::Request r) { return context(d, r, contents); });
    add("source-lines", "findSourceLines",
        [contents](Database_ d, http::Request r) { return source_lines(d, r, contents); });
    add("packages", "findPackages", needed_packages);
    add("issues", "findIssues", issues);
    add("duplicates", "findDuplicates", copies);
    add("report", "reportQuality", report);
    add_walk("callers", "findCallers", Walk::callers, 1);
    add_walk("callees", "findCallees", Walk::callees, 1);
    add_walk("impact", "findImpact", Walk::impact, 5);
    add("hierarchy", "findHierarchy", [](Database_ d, http::Request r) {
        return both_ways(d, r, {"supertypes", Walk::supertypes}, {"subtypes", Walk::subtypes}, 10);
    });
    add("dependencies", "findDependencies", [](Database_ d, http::Request r) {
        return both_ways(d, r, {"dependencies", Walk::dependencies}, {"dependents", Walk::dependents}, 1);
    });
}

}  // namespace gsdb::codebase
