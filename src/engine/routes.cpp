#include "engine/routes.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <stop_token>

#include "engine/off_thread.hpp"
#include "engine/route_refusal.hpp"
#include "engine/run_document.hpp"
#include "engine/run_feed.hpp"
#include "engine/run_order.hpp"
#include "engine/run_plan.hpp"
#include "http/event_stream.hpp"
#include "http/json_body.hpp"
#include "http/paging.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

using workflows::Executions;

std::optional<std::int32_t> step_of(std::string_view text) {
    std::int32_t step = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (problem != std::errc{} || end != text.data() + text.size() || step < 1) return std::nullopt;
    return step;
}

Task<workflows::Execution> find(RouteDatabases databases, http::Request request) {
    co_return or_refuse(co_await Executions(databases.workflows)
                            .find(identity::actor_for(*request.caller), std::string(request.parameter("workflow"))));
}

Task<http::Response> answer(RouteDatabases databases, http::Request request, Uuid id,
                            http::Status status = http::Status::ok) {
    const auto run = or_refuse(
        co_await read_run(Executions(databases.workflows), databases.tasks, identity::actor_for(*request.caller), id));
    co_return http::Response::json(json::serialize(run.to_json()), status);
}

Task<http::Response> list(RouteDatabases databases, http::Request request) {
    const auto page = http::read_page(request, 1);
    std::optional<Uuid> before;
    if (!page.after.empty()) {
        before = Uuid::parse(page.after[0]);
        if (!before) http::refuse_cursor();
    }
    const auto lines = or_refuse(
        co_await Executions(databases.workflows).list(identity::actor_for(*request.caller), before, page.size));
    co_return http::page_response(
        page, lines, [](const auto& line) { return to_json(line); },
        [](const auto& line) { return std::vector{to_string(line.id)}; });
}

// ---- starting ---------------------------------------------------------------------------------------------------

/// The agent, the checks and what requirements have behind `$` are commands, which run with the server's rights: that
/// is for those who run the server.
void refuse_other_organizations(const http::Caller& caller) {
    if (caller.organization != default_organization())
        refuse(http::Status::forbidden,
               {.code = "workflows.start_refused",
                .message = "runs are started, and plans edited, over HTTP by the server's own organization only",
                .detail = "agents, checks and criteria have commands, run on the server's machine with its rights",
                .hint = "ask whoever runs the server to do it"});
}

RunOrder order_of(const http::Request& request) {
    auto order = or_refuse(read_order(http::read_json_object(request)));
    if (const auto key = request.header("idempotency-key")) {
        constexpr std::size_t key_bytes_max = 255;
        if (key->empty() || key->size() > key_bytes_max)
            refuse(http::Status::bad_request, {.code = "request.bad_idempotency_key",
                                               .message = "Idempotency-Key is not of 1 to 255 characters",
                                               .hint = "a UUID is one"});
        order.idempotency_key = std::string(*key);
    }
    return order;
}

/// What is wrong with the order is the request's fault, also where something that it names is not there.
RunOrder checked_for_client(RunOrder order, std::stop_token stop) {
    try {
        return checked(std::move(order), "", std::move(stop));
    } catch (const Failure& failure) {
        const auto fault = failure.error().exit_code;
        if (fault != ExitCode::usage && fault != ExitCode::not_found) throw;
        refuse(http::Status::bad_request, failure.error());
    }
}

/// A thread that asks git about what is to be started. It ends with the router, before the thread that waits for it.
struct Checking {
    std::stop_source stop;
    asio::thread_pool thread{1};
    ~Checking() { stop.request_stop(); }
};

Task<http::Response> start(std::shared_ptr<Checking> checking, RouteDatabases databases, http::Request request) {
    refuse_other_organizations(*request.caller);
    auto checked_order =
        off_thread(checking->thread, [order = order_of(request), stop = checking->stop.get_token()]() mutable {
            return checked_for_client(std::move(order), stop);
        });
    checking.reset();  // held here it would outlive the router
    auto order = co_await std::move(checked_order);
    const auto wanted = order.parameters;
    const auto me = identity::actor_for(*request.caller);
    const Executions executions(databases.workflows);
    const auto id =
        or_refuse(co_await start_run(executions, projects::Projects(databases.projects), me, std::move(order)));
    const auto started = or_refuse(co_await executions.find(me, id));
    if (const auto had = Parameters::parse(started.parameters); !had || *had != wanted)
        refuse(http::Status::conflict, {.code = "workflows.key_taken",
                                        .message = "the Idempotency-Key has started a run of something else",
                                        .detail = "run " + to_string(id),
                                        .hint = "take another key for another run"});
    auto response = co_await answer(databases, request, id, http::Status::accepted);
    co_return std::move(response).with("Location", "/api/v1/workflows/" + to_string(id));
}

// ---- looking ----------------------------------------------------------------------------------------------------

Task<http::Response> show(RouteDatabases databases, http::Request request) {
    const auto run = co_await find(databases, request);
    co_return co_await answer(databases, request, run.id);
}

tasks::SaidPlace place_behind(const http::Page& page) {
    if (page.after.empty()) return {};
    return {.step = http::key_number<std::int32_t>(page.after[0]),
            .line = {.attempt = http::key_number<std::int32_t>(page.after[1]),
                     .line_number = http::key_number<std::int64_t>(page.after[2])}};
}

Task<http::Response> logs(RouteDatabases databases, http::Request request) {
    constexpr std::size_t key_parts = 3;
    const auto page = http::read_page(request, key_parts);
    std::optional<std::int32_t> step;
    if (const auto text = request.query("step")) {
        step = step_of(*text);
        if (!step)
            refuse(http::Status::bad_request, {.code = "request.bad_step",
                                               .message = "step is not the number of a step",
                                               .detail = fmt::format("it is '{}'", *text),
                                               .hint = "steps count from 1"});
    }
    const auto run = co_await find(databases, request);
    const tasks::StepTasks steps(databases.tasks, request.caller->organization, run.id);
    const auto lines = co_await steps.said(place_behind(page), step, page.size);
    co_return http::page_response(
        page, lines, [](const auto& line) { return to_json(line); },
        [](const auto& line) {
            const auto& place = line.line.position;
            return std::vector{std::to_string(line.step), std::to_string(place.attempt),
                               std::to_string(place.line_number)};
        });
}

Task<http::Response> follow(std::shared_ptr<RunFeed> feed, RouteDatabases databases, http::Request request) {
    std::optional<Uuid> after;
    if (const auto last = http::last_event_id(request).value_or(request.query("after").value_or("")); !last.empty()) {
        after = Uuid::parse(last);
        if (!after)
            refuse(http::Status::bad_request, {.code = "request.bad_cursor",
                                               .message = "what to begin behind is no id of this stream",
                                               .hint = "pass the last id that came, or none for all"});
    }
    auto run = co_await find(databases, request);
    co_return co_await feed->open(identity::actor_for(*request.caller), std::move(run), after);
}

// ---- the plan ---------------------------------------------------------------------------------------------------

Task<http::Response> show_plan(RouteDatabases databases, http::Request request) {
    const auto run = co_await find(databases, request);
    const auto plan = or_refuse(
        co_await read_run_plan({databases.workflows, databases.tasks}, identity::actor_for(*request.caller), run.id));
    co_return http::Response::json(json::serialize(plan.to_json()));
}

/// What its criteria have behind `$` are commands, as those of a requirement are.
Task<http::Response> edit_plan(RouteDatabases databases, http::Request request) {
    refuse_other_organizations(*request.caller);
    auto plan = or_refuse(read_plan_text(json::serialize(http::read_json_object(request))));
    const auto run = co_await find(databases, request);
    const auto edited = or_refuse(co_await edit_run_plan(
        {databases.workflows, databases.tasks}, identity::actor_for(*request.caller), run.id, std::move(plan)));
    co_return http::Response::json(json::serialize(edited.to_json()));
}

// ---- changing ---------------------------------------------------------------------------------------------------

/// Why, as the body says; `otherwise` where it does not.
std::string reason_of(const http::Request& request, std::string otherwise) {
    constexpr std::size_t reason_bytes_max = 2000;
    const auto body = http::read_json_object(request);
    for (const auto& [name, value] : body) {
        const bool is_reason = name == "reason" && value.is_string() && !value.get_string().empty() &&
                               value.get_string().size() <= reason_bytes_max &&
                               value.get_string().find('\0') == std::string_view::npos;
        if (!is_reason)
            refuse(http::Status::bad_request,
                   {.code = "request.bad_body",
                    .message = fmt::format("{} is not known here, or not what it may be", std::string_view(name)),
                    .hint = "reason is a text of 1 to 2000 bytes"});
    }
    return body.contains("reason") ? std::string(body.at("reason").get_string()) : std::move(otherwise);
}

/// Does one of the things that a person may do to a run, and answers how it is then.
template <class Action>
Task<http::Response> change(RouteDatabases databases, http::Request request, Action action, std::string otherwise) {
    const auto reason = reason_of(request, std::move(otherwise));
    const auto run = co_await find(databases, request);
    const Executions executions(databases.workflows);
    or_refuse(co_await (executions.*action)(identity::actor_for(*request.caller), run.id, reason));
    co_return co_await answer(databases, request, run.id);
}

}  // namespace

void add_routes(http::Router& router, Executor executor, RouteDatabases databases) {
    const std::string all = "/api/v1/workflows", one = all + "/{workflow}";
    const auto feed = std::make_shared<RunFeed>(executor, databases.workflows, databases.tasks);
    const auto reading = [](std::string_view operation) {
        return http::RouteOptions{.operation = operation, .scope = "workflows:read"};
    };
    const auto bound = [&](auto handler) {
        return [handler, databases](http::Request request) { return handler(databases, request); };
    };
    router.get(all, reading("listWorkflows"), bound(list));
    router.get(one, reading("getWorkflow"), bound(show));
    router.get(one + "/logs", reading("listWorkflowLogs"), bound(logs));
    router.get(one + "/plan", reading("getWorkflowPlan"), bound(show_plan));
    router.put(one + "/plan", {.operation = "editWorkflowPlan", .scope = "workflows:admin"}, bound(edit_plan));
    router.get(one + "/events", reading("streamWorkflow"),
               [feed, databases](http::Request request) { return follow(feed, databases, request); });
    // What is started names commands, which run with the server's rights, so naming them is the administrator's.
    router.post(all, {.operation = "startWorkflow", .scope = "workflows:admin"},
                [checking = std::make_shared<Checking>(), databases](http::Request request) {
                    return start(checking, databases, request);
                });
    const auto add_change = [&](std::string_view verb, std::string_view operation, auto action, std::string otherwise) {
        router.post(fmt::format("{}/{}", one, verb), {.operation = operation, .scope = "workflows:write"},
                    [databases, action, otherwise](http::Request request) {
                        return change(databases, request, action, otherwise);
                    });
    };
    add_change("pause", "pauseWorkflow", &Executions::pause, "paused by hand");
    add_change("resume", "resumeWorkflow", &Executions::resume, "resumed by hand");
    add_change("cancel", "cancelWorkflow", &Executions::cancel, "cancelled by hand");
    add_change("retry", "retryWorkflow", &Executions::retry, "tried again by hand");
    add_change("approve", "approveWorkflow", &Executions::approve, "");
}

}  // namespace gsdb::engine
