// /api/v1/analyses, /runs and /trends of a codebase: adapter.hpp over HTTP.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "http/error.hpp"
#include "http/json_body.hpp"
#include "http/paging.hpp"
#include "modules/codebase/adapter.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/route_parts.hpp"
#include "modules/codebase/routes.hpp"

namespace gsdb::codebase {

namespace json = boost::json;

namespace {

using Database_ = pg::Database<Database>;

json::object to_json(const AnalysisRequest& r) {
    return {{"id", to_string(r.id)},
            {"location", r.location},
            {"revision", r.revision},
            {"cause", r.cause},
            {"state", r.state},
            {"requested_at", to_rfc3339(r.requested_at)},
            {"started_at", or_null(r.started_at)},
            {"finished_at", or_null(r.finished_at)},
            {"codebase_id", r.codebase ? json::value(to_string(*r.codebase)) : json::value(nullptr)},
            {"run", or_null(r.run)},
            {"error", r.error_code
                          ? json::value(json::object{{"code", *r.error_code}, {"message", or_null(r.error_message)}})
                          : json::value(nullptr)}};
}

json::object to_json(const RunRecord& r) {
    return {{"number", r.number},
            {"state", r.state},
            {"commit_id", or_null(r.commit)},
            {"branch", or_null(r.branch)},
            {"is_dirty", r.is_dirty},
            {"started_at", to_rfc3339(r.started_at)},
            {"finished_at", or_null(r.finished_at)},
            {"files", or_null(r.files_seen)},
            {"files_parsed", or_null(r.files_parsed)},
            {"lines", or_null(r.lines_seen)},
            {"elements", or_null(r.elements_seen)},
            {"quality_score", or_null(r.score)},
            {"error_code", or_null(r.error_code)}};
}

Task<CodebaseAt> codebase_at(Database_ database, http::Request request) {
    const auto wanted = std::string(request.parameter("codebase"));
    const auto organization = request.caller->organization;
    auto row =
        co_await database.query<sql::FindCodebase>({.organization = organization, .access = pg::Access::read_only},
                                                   {.organization_id = organization, .id_or_name = wanted});
    if (!row) throw_no_such_codebase(wanted);
    co_return CodebaseAt{.id = row->codebase_id, .location = std::move(row->location)};
}

/// What a body asks for. A body that is left out asks for the present state.
struct Wanted {
    std::string location;
    std::vector<std::string> revisions;
};

Wanted read_body(const http::Request& request) {
    constexpr std::size_t revisions_max = 100;
    Wanted wanted;
    for (const auto& [name, value] : http::read_json_object(request)) {
        if (name == "location" && value.is_string()) {
            wanted.location = value.get_string();
        } else if (name == "revisions" && value.is_array() && value.get_array().size() <= revisions_max) {
            for (const auto& revision : value.get_array()) {
                if (!revision.is_string() || revision.get_string().empty())
                    refuse("request.bad_body", "a revision is a text", "name commits, branches or tags");
                wanted.revisions.emplace_back(revision.get_string());
            }
        } else {
            refuse("request.bad_body", fmt::format("{} is not known here, or not of its type", std::string_view(name)),
                   "location is a text, revisions a list of up to 100 texts");
        }
    }
    return wanted;
}

Task<http::Response> accept(Database_ database, OrganizationId organization, std::string location,
                            std::vector<std::string> revisions) {
    json::array items;
    for (const auto& id :
         co_await request_analysis(database, organization, std::move(location), std::move(revisions), "api"))
        items.push_back(to_json(co_await find_analysis(database, organization, id)));
    co_return http::Response::json(json::serialize(json::object{{"items", std::move(items)}}), http::Status::accepted);
}

Task<http::Response> analyse_known(Database_ database, http::Request request) {
    auto wanted = read_body(request);
    if (!wanted.location.empty())
        refuse("request.bad_body", "the codebase has a location", "POST /api/v1/analyses indexes another one");
    const auto codebase = co_await codebase_at(database, request);
    co_return co_await accept(database, request.caller->organization, codebase.location, std::move(wanted.revisions));
}

Task<http::Response> analyse_new(Database_ database, http::Request request) {
    auto wanted = read_body(request);
    if (wanted.location.empty())
        refuse("request.bad_body", "the body has no location", "name a path on the server, or a URL");
    co_return co_await accept(database, request.caller->organization, std::move(wanted.location),
                              std::move(wanted.revisions));
}

int limit_of(const http::Request& request, int otherwise) {
    constexpr int most = 1000;
    const auto text = request.query("limit").value_or("");
    if (text.empty()) return otherwise;
    int value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < 1 || value > most)
        refuse("request.bad_limit", "limit is not a number from 1 to 1000",
               fmt::format("leave it out for {}", otherwise));
    return value;
}

Task<http::Response> all_analyses(Database_ database, http::Request request) {
    constexpr int rows = 100;
    json::array items;
    for (const auto& one :
         co_await list_analyses(database, request.caller->organization, std::nullopt, limit_of(request, rows)))
        items.push_back(to_json(one));
    co_return http::Response::json(json::serialize(json::object{{"items", std::move(items)}}));
}

Task<http::Response> one_analysis(Database_ database, http::Request request) {
    const auto id = Uuid::parse(request.parameter("analysis_id"));
    if (!id)
        throw http::Refusal(http::Status::not_found, {.code = "codebase.no_such_analysis",
                                                      .message = "an analysis's id is a UUID",
                                                      .hint = "GET /api/v1/analyses lists them",
                                                      .exit_code = ExitCode::not_found});
    co_return http::Response::json(
        json::serialize(to_json(co_await find_analysis(database, request.caller->organization, *id))));
}

Task<http::Response> runs(Database_ database, http::Request request) {
    const auto page = http::read_page(request, 1);
    std::optional<std::int32_t> before;
    if (!page.after.empty()) before = http::key_number<std::int32_t>(page.after[0]);
    const auto codebase = co_await codebase_at(database, request);
    const auto found =
        co_await run_history(database, request.caller->organization, codebase.id, before, static_cast<int>(page.size));
    co_return http::page_response(
        page, found, [](const auto& run) { return to_json(run); },
        [](const auto& run) { return std::vector{std::to_string(run.number)}; });
}

Task<http::Response> trend(Database_ database, http::Request request) {
    constexpr int runs_usually = 100;
    std::vector<std::string> metrics;
    for (const auto& [name, value] : request.query_parameters)
        if (name == "metric" && !value.empty()) metrics.emplace_back(value);
    const auto codebase = co_await codebase_at(database, request);
    json::array items;
    for (const auto& one : co_await trends(database, request.caller->organization, codebase.id, std::move(metrics),
                                           limit_of(request, runs_usually))) {
        json::array points;
        for (const auto& p : one.points)
            points.push_back({{"run", p.run},
                              {"finished_at", to_rfc3339(p.finished_at)},
                              {"commit_id", or_null(p.commit)},
                              {"value", p.value}});
        items.push_back({{"metric", one.metric}, {"points", std::move(points)}});
    }
    co_return http::Response::json(json::serialize(json::object{{"items", std::move(items)}}));
}

}  // namespace

void add_adapter_routes(http::Router& router, pg::Database<Database> database) {
    const auto reading = [](std::string_view operation) {
        return http::RouteOptions{.operation = operation, .scope = "codebase:read"};
    };
    const auto bound = [&](auto handler) {
        return [handler, database](http::Request request) { return handler(database, request); };
    };
    router.get("/api/v1/analyses", reading("listAnalyses"), bound(all_analyses));
    router.get("/api/v1/analyses/{analysis_id}", reading("getAnalysis"), bound(one_analysis));
    router.get("/api/v1/codebases/{codebase}/runs", reading("listRuns"), bound(runs));
    router.get("/api/v1/codebases/{codebase}/trends", reading("findTrends"), bound(trend));
    // A new location is read by the server with its own rights, so naming one is the administrator's.
    router.post("/api/v1/analyses", {.operation = "analyseLocation", .scope = "codebase:admin"}, bound(analyse_new));
    router.post("/api/v1/codebases/{codebase}/analyses", {.operation = "analyseCodebase", .scope = "codebase:write"},
                bound(analyse_known));
}

}  // namespace gsdb::codebase
