#include "engine/gate_routes.hpp"

#include "engine/quality_gates.hpp"
#include "engine/route_refusal.hpp"
#include "http/json_body.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// Nothing where the organization is meant. That there is one is the projects module's to say.
Task<std::optional<ProjectId>> project_of(projects::Projects projects, http::Request request) {
    const auto text = request.query("project");
    if (!text) co_return std::nullopt;
    const auto id = ProjectId::parse(std::string(*text));
    if (!id)
        refuse(http::Status::bad_request, {.code = "request.bad_project",
                                           .message = "project is no id of a project",
                                           .detail = "",
                                           .hint = "leave it out for the organization's gates"});
    co_return or_refuse(co_await projects.get(identity::Actor::system(request.caller->organization), *id)).id;
}

[[noreturn]] void refuse_body() {
    refuse(http::Status::bad_request,
           {.code = "request.bad_body",
            .message = "the body is no gate",
            .detail = "",
            .hint = R"(send {"comparison": "at_most", "threshold": 7, "is_blocking": false})"});
}

workflows::QualityGate gate_of(const http::Request& request) {
    workflows::QualityGate gate{.metric = std::string(request.parameter("metric"))};
    bool has_threshold = false;
    for (const auto& [name, value] : http::read_json_object(request)) {
        if (name == "comparison" && (value == "at_least" || value == "at_most"))
            gate.comparison = value.get_string();
        else if (name == "threshold" && value.is_number()) {
            gate.threshold = value.to_number<double>();
            has_threshold = true;
        } else if (name == "is_blocking" && value.is_bool())
            gate.is_blocking = value.get_bool();
        else
            refuse_body();
    }
    if (gate.comparison.empty() || !has_threshold) refuse_body();
    return or_refuse(checked_gate(std::move(gate)));
}

Task<http::Response> list(GateDatabases databases, http::Request request) {
    const auto project = co_await project_of(projects::Projects(databases.projects), request);
    json::array items;
    for (const auto& gate : or_refuse(
             co_await workflows::QualityGates(databases.workflows).list(identity::actor_for(*request.caller), project)))
        items.push_back(to_json(gate));
    co_return http::Response::json(json::serialize(json::object{{"items", std::move(items)}}));
}

Task<http::Response> set(GateDatabases databases, http::Request request) {
    auto gate = gate_of(request);
    gate.project = co_await project_of(projects::Projects(databases.projects), request);
    or_refuse(co_await workflows::QualityGates(databases.workflows).set(identity::actor_for(*request.caller), gate));
    co_return http::Response::json(json::serialize(to_json(gate)));
}

Task<http::Response> remove(GateDatabases databases, http::Request request) {
    const auto project = co_await project_of(projects::Projects(databases.projects), request);
    const std::string metric(request.parameter("metric"));
    const auto was_there = or_refuse(co_await workflows::QualityGates(databases.workflows)
                                         .remove(identity::actor_for(*request.caller), project, metric));
    co_return http::Response::json(json::serialize(json::object{{"metric", metric}, {"removed", was_there}}));
}

}  // namespace

void add_gate_routes(http::Router& router, GateDatabases databases) {
    const std::string all = "/api/v1/workflow-gates", one = all + "/{metric}";
    const auto bound = [&](auto handler) {
        return [handler, databases](http::Request request) { return handler(databases, request); };
    };
    router.get(all, {.operation = "listWorkflowGates", .scope = "workflows:read"}, bound(list));
    router.put(one, {.operation = "setWorkflowGate", .scope = "workflows:admin"}, bound(set));
    router.delete_(one, {.operation = "removeWorkflowGate", .scope = "workflows:admin"}, bound(remove));
}

}  // namespace gsdb::engine
