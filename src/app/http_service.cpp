#include "app/http_service.hpp"

#include <boost/json.hpp>

#include "app/version.hpp"
#include "engine/gate_routes.hpp"
#include "engine/routes.hpp"
#include "http/error.hpp"
#include "integrations/git/contents.hpp"
#include "modules/codebase/api.hpp"
#include "modules/events/api.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::app {

namespace json = boost::json;

namespace {

constexpr char openapi_text[] = {
#embed "../../api/openapi.yaml"
};
constexpr std::string_view openapi_document(openapi_text, sizeof openapi_text);

constexpr http::RouteOptions open(std::string_view operation) {
    return {.operation = operation, .access = http::Access::open};
}

Task<http::Response> answer_ready(std::vector<ReadinessCheck> checks) {
    json::array list;
    bool ready = true;
    for (const auto& check : checks) {
        auto reason = co_await check.run();
        json::object entry{{"name", check.name}, {"ok", reason.empty()}};
        if (!reason.empty()) entry["reason"] = reason;
        ready &= reason.empty();
        list.push_back(std::move(entry));
    }
    auto body = json::serialize(json::object{{"ready", ready}, {"checks", std::move(list)}});
    co_return http::Response::json(std::move(body), ready ? http::Status::ok : http::Status::service_unavailable);
}

void add_server_routes(http::Router& router, const HttpService& service) {
    router.get("/live", open("getLive"), [](http::Request) -> Task<http::Response> {
        co_return http::Response::json(json::serialize(json::object{{"status", "live"}, {"version", program_version}}));
    });
    router.get("/ready", open("getReady"), [checks = service.checks](http::Request) { return answer_ready(checks); });
    router.get("/metrics", open("getMetrics"), [metrics = service.metrics](http::Request) -> Task<http::Response> {
        http::Response response;
        response.content_type = observe::Metrics::content_type;
        response.body = metrics.render();
        co_return response;
    });
    router.get("/api/openapi.yaml", open("getOpenApi"), [](http::Request) -> Task<http::Response> {
        http::Response response;
        response.content_type = "application/yaml";
        response.body = http::SharedBody{.owner = nullptr, .bytes = openapi_document};
        response.etag = '"' + std::string(program_version) + '"';
        co_return response;
    });
}

}  // namespace

http::Router make_router(const HttpService& service, asio::io_context& io) {
    static const SystemClock clock;
    http::Router router;
    add_server_routes(router, service);
    router.set_authentication(identity::authentication(pg::Database<identity::Database>(service.identity)));
    codebase::add_routes(router, pg::Database<codebase::Database>(service.codebase), git::open_contents);
    codebase::add_adapter_routes(router, pg::Database<codebase::Database>(service.codebase));
    const pg::Database<events::Database> log(service.events);
    events::add_routes(router, io.get_executor(), log);
    events::add_receiver(router, io.get_executor(),
                         {.database = pg::Database<events::Database>(service.deliveries),
                          .credentials = service.credentials,
                          .on_stored = [stored = service.event_stored] { stored.notify(); },
                          .memory = service.sources,
                          .spool = service.spool},
                         clock);
    engine::add_routes(router, io.get_executor(),
                       {.workflows = pg::Database<workflows::Database>(service.workflows),
                        .tasks = pg::Database<tasks::Database>(service.tasks),
                        .projects = pg::Database<projects::Database>(service.projects)});
    engine::add_gate_routes(router, {.workflows = pg::Database<workflows::Database>(service.workflows),
                                     .projects = pg::Database<projects::Database>(service.projects)});
    return router;
}

ReadinessCheck database_check(std::string name, pg::Pool pool) {
    return {std::move(name), [pool]() -> Task<std::string> {
                try {
                    auto connection = co_await pool.acquire(pg::Milliseconds{1000});
                    co_await connection->execute("select 1", {}, pg::Format::binary, pg::Milliseconds{1000});
                    co_return "";
                } catch (const std::exception& problem) {
                    co_return problem.what();
                }
            }};
}

}  // namespace gsdb::app
