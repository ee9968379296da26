#include "engine/run_feed.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/steady_timer.hpp"
#include "engine/observations.hpp"
#include "http/error.hpp"
#include "http/event_stream.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

bool has_ended(std::string_view status) {
    return status == "completed" || status == "failed" || status == "cancelled";
}

/// A stage or step as one event says it.
struct State {
    std::string key;   ///< what it is about
    std::string mark;  ///< differs when it is worth telling again
    std::string name, data;
};

/// All that has begun; what has not is no news.
std::vector<State> states_of(const std::vector<workflows::Stage>& stages, const std::vector<tasks::StepTask>& steps) {
    std::vector<State> states;
    for (const auto& stage : stages) {
        if (!stage.status) continue;
        auto data = to_json(stage);
        data["place"] = stage.position;
        data["stages"] = stages.size();
        states.push_back({.key = "stage " + stage.key,
                          .mark = *stage.status + " " + std::to_string(stage.attempt.value_or(0)),
                          .name = "stage",
                          .data = json::serialize(data)});
    }
    int number = 0;
    for (const auto& step : steps) {
        auto data = to_json(++number, step);
        data["steps"] = steps.size();
        states.push_back({.key = "step " + std::to_string(number),
                          .mark = step.status + " " + std::to_string(step.attempts),
                          .name = "step",
                          .data = json::serialize(data)});
    }
    return states;
}

http::Event event_of(const workflows::Transition& transition) {
    auto data = to_json(transition);
    data["status"] = transition.status;
    return {.id = to_string(transition.id), .name = "transition", .data = json::serialize(data)};
}

}  // namespace

/// One open connection. What it has been told is what decides about the next event, not when it came.
struct RunFeed::Follower {
    std::shared_ptr<http::EventQueue> queue;
    std::optional<Uuid> after;                ///< the last transition told
    std::map<std::string, std::string> told;  ///< marks of states

    /// States before transitions: who has an id has been told of the states up to it.
    void tell(const std::vector<State>& states, const std::vector<workflows::Transition>& transitions) {
        for (const auto& state : states)
            if (auto& mark = told[state.key]; mark != state.mark) {
                mark = state.mark;
                queue->push({.name = state.name, .data = state.data});
            }
        auto next =
            after ? std::ranges::upper_bound(transitions, *after, {}, &workflows::Transition::id) : transitions.begin();
        for (; next != transitions.end(); ++next) {
            after = next->id;
            queue->push(event_of(*next));
        }
    }
};

struct RunFeed::Run {
    Run(OrganizationId owner, Executor executor) : organization(owner), timer(executor) {}

    OrganizationId organization;
    std::vector<workflows::Transition> transitions;  ///< from the start of the run on
    std::vector<Follower> followers;
    SteadyTimer timer;  ///< until the next look; who joins cancels it

    std::optional<Uuid> last() const {
        return transitions.empty() ? std::nullopt : std::optional(transitions.back().id);
    }
    void tell_end() {
        const auto& status = transitions.back().status;
        const auto data = json::serialize(json::object{{"status", status}, {"reason", transitions.back().reason}});
        for (auto& follower : followers) {
            follower.queue->push({.name = "end", .data = data});
            follower.queue->close();
        }
    }
};

RunFeed::RunFeed(Executor executor, pg::Database<workflows::Database> workflows, pg::Database<tasks::Database> tasks,
                 RunFeedLimits limits)
    : executor_(executor), executions_(std::move(workflows)), tasks_(std::move(tasks)), limits_(limits) {}

RunFeed::~RunFeed() = default;

Task<http::Response> RunFeed::open(identity::Actor actor, workflows::Execution execution, std::optional<Uuid> after) {
    constexpr std::size_t events_waiting_max = 4096;
    if (streams_ >= limits_.streams_max)
        throw http::Refusal(http::Status::service_unavailable,
                            {.code = "workflows.too_many_streams",
                             .message = "too many streams of runs are open",
                             .hint = "come again later, or ask GET /api/v1/workflows/{workflow}"});
    if (after && has_ended(execution.status)) {
        const auto rest = value_or_throw(co_await executions_.transitions(actor, execution.id, after));
        if (rest.empty()) co_return http::Response::no_content();
    }
    Follower follower{.queue = std::make_shared<http::EventQueue>(events_waiting_max), .after = after, .told = {}};
    auto response = http::event_stream(follower.queue);
    ++streams_;
    auto& run = runs_[execution.id];
    const bool is_new = !run;
    if (is_new) run = std::make_shared<Run>(actor.organization_id(), executor_);
    run->followers.push_back(std::move(follower));
    run->timer.cancel();
    if (is_new) asio::co_spawn(executor_, follow(shared_from_this(), execution.id, run), asio::detached);
    co_return response;
}

void RunFeed::forget_closed(Run& run) {
    // A response that was dropped before it was sent has closed nothing: then nobody else has the queue.
    const auto gone = std::erase_if(run.followers,
                                    [](const Follower& f) { return f.queue->is_closed() || f.queue.use_count() == 1; });
    streams_ -= static_cast<int>(gone);
}

Task<> RunFeed::look(Uuid id, std::shared_ptr<Run> run) {
    const auto me = identity::Actor::system(run->organization);
    for (;;) {
        auto more = value_or_throw(co_await executions_.transitions(me, id, run->last()));
        if (more.empty()) break;
        std::ranges::move(more, std::back_inserter(run->transitions));
    }
    // Behind the transitions: the states of an ended run are the last ones.
    const auto stages = value_or_throw(co_await executions_.stages(me, id));
    const auto states = states_of(stages, co_await tasks::StepTasks(tasks_, run->organization, id).list());
    for (auto& follower : run->followers) follower.tell(states, run->transitions);
    if (!run->transitions.empty() && has_ended(run->transitions.back().status)) run->tell_end();
}

/// Until nobody follows the run any more.
Task<> RunFeed::follow(std::shared_ptr<RunFeed> self, Uuid id, std::shared_ptr<Run> run) {
    for (;;) {
        auto wait = self->limits_.look_every;
        try {
            co_await self->look(id, run);
        } catch (const std::exception& problem) {
            observe::emit(RunFeedInterrupted{.message = problem.what()});
            wait *= 10;
        }
        self->forget_closed(*run);
        if (run->followers.empty()) break;
        boost::system::error_code ignored;  // who joins cancels the wait
        run->timer.expires_after(wait);
        co_await run->timer.async_wait(asio::redirect_error(use_task, ignored));
        self->forget_closed(*run);
        if (run->followers.empty()) break;
    }
    self->runs_.erase(id);
}

}  // namespace gsdb::engine
