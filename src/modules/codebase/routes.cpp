#include "modules/codebase/routes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "base/clock.hpp"
#include "http/error.hpp"
#include "http/paging.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/route_parts.hpp"

namespace gsdb::codebase {

namespace json = boost::json;

namespace {

constexpr http::RouteOptions reading(std::string_view operation) {
    return {.operation = operation, .scope = "codebase:read"};
}

/// Null until the first run is complete.
template <class Row>
json::value run_json(const Row& row) {
    if (!row.run_number) return nullptr;
    return {{"number", *row.run_number},
            {"commit_id", or_null(row.commit_id)},
            {"branch", or_null(row.branch)},
            {"is_dirty", or_null(row.is_dirty)},
            {"files", or_null(row.files_seen)},
            {"files_skipped", or_null(row.files_skipped)},
            {"lines", or_null(row.lines_seen)},
            {"elements", or_null(row.elements_seen)},
            {"finished_at", or_null(row.finished_at)}};
}

template <class Row>
json::value codebase_json(const Row& row) {
    return {{"id", to_string(row.codebase_id)},
            {"name", row.name},
            {"kind", row.kind},
            {"location", row.location},
            {"remote_url", or_null(row.remote_url)},
            {"current_run", run_json(row)}};
}

json::value file_json(const sql::ListFiles::Row& row) {
    return {{"codebase_id", to_string(row.codebase_id)},
            {"path", row.path},
            {"mode", row.mode},
            {"language", or_null(row.language)},
            {"size_bytes", row.size_bytes},
            {"git_id", or_null(row.git_id)},
            {"skip_reason", or_null(row.skip_reason)},
            {"parse_status", or_null(row.parse_status)},
            {"lines", or_null(row.lines)},
            {"code_lines", or_null(row.code_lines)},
            {"comment_lines", or_null(row.comment_lines)},
            {"blank_lines", or_null(row.blank_lines)},
            {"elements", or_null(row.element_count)}};
}

template <class Row>
json::value symbol_json(const Row& row) {
    return {{"codebase_id", to_string(row.codebase_id)},
            {"path", row.path},
            {"ordinal", row.ordinal},
            {"kind", row.kind},
            {"name", row.name},
            {"qualified_name", row.qualified_name},
            {"start", {{"line", row.start_line}, {"column", row.start_column}}},
            {"end", {{"line", row.end_line}, {"column", row.end_column}}},
            {"signature", row.signature},
            {"documentation", or_null(row.documentation)},
            {"language", or_null(row.language)}};
}

std::optional<std::string> filter(const http::Request& request, std::string_view name) {
    auto text = request.query(name);
    if (!text || text->empty()) return std::nullopt;
    return std::string(*text);
}

pg::TransactionOptions as_caller(const http::Request& request) {
    return {.organization = request.caller->organization, .access = pg::Access::read_only};
}

/// `codebase` of the query, an id or a name, as an id. An unknown one is 404.
Task<std::optional<CodebaseId>> codebase_filter(pg::Database<Database> database, http::Request request) {
    auto text = filter(request, "codebase");
    if (!text) co_return std::nullopt;
    auto found = co_await database.query<sql::FindCodebase>(
        as_caller(request), {.organization_id = request.caller->organization, .id_or_name = *text});
    if (!found) throw_no_such_codebase(*text);
    co_return found->codebase_id;
}

/// Where a page of rows ordered by codebase, path and ordinal begins.
struct PlaceInFiles {
    CodebaseId codebase;
    std::string path;
    std::int32_t ordinal = -1;
};

PlaceInFiles place_after(const http::Page& page) {
    PlaceInFiles place;
    if (page.after.empty()) return place;
    auto codebase = CodebaseId::parse(page.after[0]);
    if (!codebase) http::refuse_cursor();
    place.codebase = *codebase;
    place.path = page.after[1];
    if (page.after.size() > 2) place.ordinal = http::key_number<std::int32_t>(page.after[2]);
    return place;
}

Task<http::Response> list_codebases(pg::Database<Database> database, http::Request request) {
    auto page = http::read_page(request, 1);
    auto rows = co_await database.query<sql::ListCodebases>(as_caller(request),
                                                            {.organization_id = request.caller->organization,
                                                             .after_name = page.after.empty() ? "" : page.after[0],
                                                             .page_size = page.size});
    co_return http::page_response(page, rows, codebase_json<sql::ListCodebases::Row>,
                                  [](const auto& row) { return std::vector<std::string>{row.name}; });
}

Task<http::Response> get_codebase(pg::Database<Database> database, http::Request request) {
    auto wanted = request.parameter("codebase");
    auto row = co_await database.query<sql::FindCodebase>(
        as_caller(request), {.organization_id = request.caller->organization, .id_or_name = std::string(wanted)});
    if (!row) throw_no_such_codebase(wanted);
    co_return http::Response::json(json::serialize(codebase_json(*row)));
}

Task<http::Response> list_files(pg::Database<Database> database, http::Request request) {
    auto page = http::read_page(request, 2);
    auto after = place_after(page);
    auto rows = co_await database.query<sql::ListFiles>(as_caller(request),
                                                        {.organization_id = request.caller->organization,
                                                         .codebase_id = co_await codebase_filter(database, request),
                                                         .language = filter(request, "language"),
                                                         .path_prefix = filter(request, "path"),
                                                         .after_codebase_id = after.codebase,
                                                         .after_path = after.path,
                                                         .page_size = page.size});
    co_return http::page_response(page, rows, file_json, [](const auto& row) {
        return std::vector<std::string>{to_string(row.codebase_id), row.path};
    });
}

template <class Query>
Task<http::Response> answer_symbols(pg::Database<Database> database, http::Request request, http::Page page,
                                    typename Query::Params params) {
    auto rows = co_await database.query<Query>(as_caller(request), std::move(params));
    co_return http::page_response(page, rows, symbol_json<typename Query::Row>, [](const auto& row) {
        return std::vector<std::string>{to_string(row.codebase_id), row.path, std::to_string(row.ordinal)};
    });
}

Task<http::Response> list_symbols(pg::Database<Database> database, http::Request request) {
    auto page = http::read_page(request, 3);
    auto after = place_after(page);
    auto codebase = co_await codebase_filter(database, request);
    auto organization = request.caller->organization;
    if (auto name = filter(request, "name"))
        co_return co_await answer_symbols<sql::ListSymbolsNamed>(database, request, page,
                                                                 {.organization_id = organization,
                                                                  .name = *name,
                                                                  .codebase_id = codebase,
                                                                  .kind = filter(request, "kind"),
                                                                  .path_prefix = filter(request, "path"),
                                                                  .after_codebase_id = after.codebase,
                                                                  .after_path = after.path,
                                                                  .after_ordinal = after.ordinal,
                                                                  .page_size = page.size});
    co_return co_await answer_symbols<sql::ListSymbols>(database, request, page,
                                                        {.organization_id = organization,
                                                         .codebase_id = codebase,
                                                         .kind = filter(request, "kind"),
                                                         .path_prefix = filter(request, "path"),
                                                         .after_codebase_id = after.codebase,
                                                         .after_path = after.path,
                                                         .after_ordinal = after.ordinal,
                                                         .page_size = page.size});
}

}  // namespace

void add_routes(http::Router& router, pg::Database<Database> database, source::ContentsOpener contents) {
    auto bound = [&](auto handler) {
        return [handler, database](http::Request request) { return handler(database, request); };
    };
    router.get("/api/v1/codebases", reading("listCodebases"), bound(list_codebases));
    router.get("/api/v1/codebases/{codebase}", reading("getCodebase"), bound(get_codebase));
    router.get("/api/v1/files", reading("listFiles"), bound(list_files));
    router.get("/api/v1/symbols", reading("listSymbols"), bound(list_symbols));
    add_question_routes(router, database, std::move(contents));
}

}  // namespace gsdb::codebase
