#include "engine/workflow_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "engine/issue_tracker.hpp"
#include "engine/json_text.hpp"
#include "engine/stages.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

workflows::Execution find_run(Surroundings& surroundings, workflows::ExecutionKey key) {
    return value_or_throw(run_task(
        workflows::Executions(surroundings.workflows).find(identity::Actor::system(key.organization), key.execution)));
}

/// Into the stage that the run is in by now.
void enter_open_stage(RunContext& run) {
    auto stages =
        value_or_throw(run_task(workflows::Executions(run.surroundings().workflows)
                                    .stages(identity::Actor::system(run.organization()), run.execution().id)));
    const auto open = std::ranges::find_if(stages, &workflows::Stage::is_open);
    if (open == stages.end()) throw Stopped{"the run is in no stage"};
    run.enter(*open, static_cast<int>(stages.size()));
}

std::string text_of(const Error& error) {
    return error.detail.empty() ? error.message : fmt::format("{}\n{}", error.message, error.detail);
}

/// One stage; whether there is another one.
bool carry_out_stage(RunContext& run) {
    enter_open_stage(run);
    const auto key = run.stage().key;
    const auto work = stage_work(key);
    if (work == nullptr)
        throw Failure({.code = "workflows.unknown_stage",
                       .message = fmt::format("this program does not know how to carry out stage {}", key),
                       .detail = "",
                       .hint = "use a template of stages that it knows"});
    if (run.stage().status == "pending") {
        validate_entry(run);
        run_task(run.progress().begin_stage(key));
        enter_open_stage(run);
    }
    run.look();
    run.tell({.kind = News::Kind::stage_began});
    const auto output = work(run);
    if (run.is_in_last_stage())
        run_task(run.progress().complete(output));
    else
        run_task(run.progress().advance_stage(key, output));
    run.tell({.kind = News::Kind::stage_completed, .text = text_in(json::parse(output).as_object(), "summary")});
    return !run.is_in_last_stage();
}

void fail_stage(RunContext& run, const Error& error) {
    run.tell({.kind = News::Kind::remark, .text = error.message});
    try {
        if (run.stage().status == "pending")
            run_task(run.progress().pause(text_of(error)));
        else
            run_task(run.progress().fail_stage(run.stage().key, text_of(error), error.code == "workflows.timed_out"));
    } catch (const Failure& refusal) {
        // Somebody has paused or cancelled it meanwhile: then that is what it is.
        if (!refusal.error().code.starts_with("workflows.")) throw;
    }
}

void end_badly(Surroundings& surroundings, workflows::ExecutionKey key, std::optional<RunContext>& run,
               const Error& error) {
    if (run)
        fail_stage(*run, error);
    else
        run_task(workflows::Progress(surroundings.workflows, key).pause(text_of(error)));
}

}  // namespace

std::optional<RunLock> RunLock::take(const pg::ConnectOptions& database, Uuid execution) {
    RunLock lock(std::make_unique<asio::io_context>(1));
    lock.connection_ = run_task_on(*lock.context_, pg::Connection::open(database));
    const auto rows = run_task_on(
        *lock.context_, lock.connection_->execute("select pg_try_advisory_lock(hashtextextended($1, 0))",
                                                  pg::Parameters::of("gsdb.workflow/" + to_string(execution))));
    if (!rows.get<bool>(0, 0)) return std::nullopt;
    return lock;
}

bool RunLock::is_held() {
    try {
        run_task_on(*context_, connection_->execute("select 1"));
        return true;
    } catch (const pg::SqlError&) {
        return false;
    }
}

workflows::Execution carry_on(Surroundings& surroundings, workflows::ExecutionKey key) {
    auto execution = find_run(surroundings, key);
    if (execution.status != "running") return execution;
    std::optional<RunContext> run;
    try {
        run.emplace(surroundings, execution, key.organization);
        while (carry_out_stage(*run)) {
        }
    } catch (const Stopped&) {
        // It is as it is.
    } catch (const NeedsPerson& need) {
        run->tell({.kind = News::Kind::remark, .text = need.reason});
        run_task(run->progress().pause(need.reason));
    } catch (const Failure& failure) {
        const auto& error = failure.error();
        // The database is away. The journal tells what is done when it is back, also of a commit that nobody answered.
        if (error.code.starts_with("pg.")) throw;
        // Where git or the indexer heard of the program's end first, the run is as it is, too.
        if (error.exit_code != ExitCode::interrupted) end_badly(surroundings, key, run, error);
    } catch (const std::exception& problem) {
        end_badly(surroundings, key, run,
                  {.code = "program.failed",
                   .message = fmt::format("an error of the program itself: {}", problem.what()),
                   .detail = "",
                   .hint = "report it with the log"});
    }
    return find_run(surroundings, key);
}

void clean_up_cancelled(Surroundings& surroundings, workflows::ExecutionKey key) {
    const auto execution = find_run(surroundings, key);
    if (execution.status != "cancelled") return;
    run_task(tasks::StepTasks(surroundings.tasks, key.organization, key.execution)
                 .cancel(execution.status_reason.value_or("the run was cancelled")));
    try {
        RunContext run(surroundings, execution, key.organization);
        run.begin_clean_up();
        if (run.known("plan/saved")) follow_issues(run);
        remove_traces(run);
    } catch (const NeedsPerson&) {
        // Nobody is asked about a run that is over: what others show of it stays as it is.
    } catch (const Failure& failure) {
        // Without its repository or a credential there is nothing to remove it from, and trying again would not change
        // that.
        constexpr std::array hopeless{"workflows.no_repository", "workflows.bad_parameters", "workflows.no_remote",
                                      "services.not_connected"};
        if (std::ranges::find(hopeless, failure.error().code) == hopeless.end()) throw;
    }
    run_task(workflows::Progress(surroundings.workflows, key).note_clean_up());
}

}  // namespace gsdb::engine
