// Stage 7: one change after the other goes through the merge queue of the dev branch: put on top of it, validated
// again, and merged. A conflict goes back to the agent three times, then to a person.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "base/run_task.hpp"
#include "engine/agent_call.hpp"
#include "engine/code_host.hpp"
#include "engine/issue_tracker.hpp"
#include "engine/stages.hpp"
#include "engine/step_attempt.hpp"
#include "engine/validations.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds between_tries{200};
constexpr std::chrono::days approval_time{7};

std::string shown_paths(const std::vector<std::string>& files) {
    std::vector<std::string> shown;
    for (const auto& file : files) shown.push_back(codebase::source::display_path(file));
    return fmt::format("{}", fmt::join(shown, ", "));
}

/// One change on its way.
class Merging {
  public:
    Merging(RunContext& run, const tasks::SavedStep& step, const StepResult& result)
        : run_(run), step_(step), result_(result), branch_(run.branch_of(step.number)) {}

    /// The commit that the dev branch is at with it. Throws NeedsPerson or a Failure when it cannot be merged.
    std::string merge() {
        for (const auto& merge : run_task(run_.progress().merges()))
            if (merge.source_branch == branch_ && merge.merged_commit) return *merge.merged_commit;
        const auto entry = run_task(run_.progress().enqueue_merge(run_.execution().repository, branch_,
                                                                  run_.parameters().dev_branch, result_.commit));
        for (;;) {
            const auto state = current(entry);
            if (state.status == "merged") return state.merged_commit.value();
            if (state.status == "rejected" || state.status == "cancelled")
                throw Failure({.code = "workflows.merge_rejected",
                               .message = fmt::format("the change of step {} was {}", step_.number, state.status),
                               .detail = state.status_reason.value_or(""),
                               .hint = "gsdb workflow show tells which checks did not pass"});
            if (state.status == "needs_person")
                throw NeedsPerson{fmt::format("the change of step {} conflicts with branch {}: {}", step_.number,
                                              run_.parameters().dev_branch, state.status_reason.value_or(""))};
            run_.look();
            if (state.status == "conflicted")
                mend(state);
            else if (state.status == "queued" && run_task(run_.progress().claim_merge(entry)))
                carry_through(current(entry));
            else if (state.status == "queued")
                std::this_thread::sleep_for(between_tries);
            else
                put_back(state);
        }
    }

  private:
    workflows::Merge current(Uuid entry) {
        for (auto& merge : run_task(run_.progress().merges()))
            if (merge.id == entry) return std::move(merge);
        throw Failure({.code = "workflows.merge_unknown",
                       .message = "a change has vanished from the merge queue",
                       .detail = branch_,
                       .hint = "gsdb workflow retry puts it in again"});
    }

    std::string move(const workflows::Merge& merge, std::string to, std::optional<std::string> commit = {},
                     std::optional<std::string> reason = {}) {
        return run_task(run_.progress().move_merge(merge.id, std::move(to), std::move(commit), std::move(reason)));
    }

    /// What a process began that is gone. It may have merged the change.
    void put_back(const workflows::Merge& merge) {
        const auto merged =
            merge.status == "merging" ? run_.host().find_merged(shown(), merge.head_commit) : std::nullopt;
        move(merge, merged ? "merged" : "queued", merged);
    }

    ShownChange shown() const { return {.step = step_, .result = result_}; }

    void carry_through(const workflows::Merge& merge) {
        const auto& workspace = run_.workspace();
        run_.host().prepare_dev_branch();
        const auto onto = workspace.tip(merge.target_branch).value();
        const auto folder = workspace.add_folder(branch_, merge.head_commit);
        const auto replayed = workspace.replay(folder, merge.head_commit, onto);
        if (!replayed.conflicts.empty()) {
            workspace.reset(folder, merge.head_commit);
            move(merge, "conflicted", {}, shown_paths(replayed.conflicts));
            return run_.tell({.kind = News::Kind::remark,
                              .step = step_.number,
                              .text = fmt::format("step {} conflicts with {}: {}", step_.number, merge.target_branch,
                                                  shown_paths(replayed.conflicts))});
        }
        move(merge, "validating", replayed.commit);
        const auto failures = failures_text(run_.verify(folder.folder, replayed.commit, commands_for(run_, step_)));
        if (!failures.empty()) {
            move(merge, "rejected", {}, failures);
            return;
        }
        move(merge, "merging");
        finish(merge, onto, replayed.commit);
    }

    /// Not when the branch has moved meanwhile: then it is put on top of it once more.
    void finish(const workflows::Merge& merge, const std::string& onto, const std::string& commit) {
        const auto merged = run_.host().merge(shown(), onto, commit);
        if (!merged) {
            move(merge, "queued");
            return;
        }
        move(merge, "merged", merged);
        run_.tell({.kind = News::Kind::remark,
                   .step = step_.number,
                   .text = fmt::format("step {} merged into {} as {}", step_.number, merge.target_branch,
                                       merged->substr(0, 12))});
    }

    /// Gives the conflict to the agent; the change as it is then goes into the queue again.
    void mend(const workflows::Merge& merge) {
        const auto& workspace = run_.workspace();
        const auto onto = workspace.tip(merge.target_branch).value();
        const auto folder = workspace.add_folder(branch_, merge.head_commit);
        const auto replayed = workspace.replay(folder, merge.head_commit, onto);
        if (replayed.conflicts.empty()) {
            move(merge, "queued", replayed.commit);
            return;
        }
        const auto task = task_of_step();
        const AgentCallAbout call{.step = step_,
                                  .task = task.id,
                                  .attempt = task.attempts,
                                  .key = fmt::format("conflict/{}/{}", step_.number, merge.conflicts_returned),
                                  .folder = folder,
                                  .feedback = {},
                                  .conflicts = replayed.conflicts};
        AgentRun agent;
        run_.look_while([&](std::stop_token stop) { agent = call_agent(run_, call, std::move(stop)); });
        const auto mended = agent.has_succeeded ? workspace.end_replay(folder, replayed.conflicts)
                                                : git::Replayed{.commit = {}, .conflicts = replayed.conflicts};
        if (mended.conflicts.empty()) {
            move(merge, "queued", mended.commit);
            return;
        }
        // It goes the same way again, so that the fourth time is a person's.
        workspace.reset(folder, merge.head_commit);
        move(merge, "queued");
    }

    tasks::StepTask task_of_step() {
        const auto all = run_task(run_.step_tasks().list());
        return *std::ranges::find(all, step_.id, &tasks::StepTask::step);
    }

    RunContext& run_;
    const tasks::SavedStep& step_;
    const StepResult& result_;
    std::string branch_;
};

std::vector<std::size_t> order_of(const std::vector<tasks::SavedStep>& steps) {
    tasks::Plan plan;
    for (const auto& step : steps) plan.steps.push_back(step.step);
    return tasks::order_of(plan);
}

/// Merged just now, or by a process that is gone.
void record_merge(RunContext& run, int step, const std::string& commit) {
    run_task(run.progress().record(
        run.stage().execution_id,
        workflows::CodeCall{.provider = std::string(run.host().provider()),
                            .type = "branch.merge",
                            .key = fmt::format("{}/merge/{}", to_string(run.execution().id), step),
                            .branch = run.parameters().dev_branch,
                            .commit = commit}));
}

}  // namespace

void validate_entry(RunContext& run) {
    if (run.stage().key != "dev_branch_management") return;
    if (!run.parameters().needs_approval)
        return skip(run, "changes_are_approved", "nobody asked for a person's consent; --approve does", "entry");
    auto& progress = run.progress();
    const auto wait = run_task(progress.await_approval(
        *run.stage().execution_id, fmt::format("merge/approved/{}", run.stage().attempt.value_or(1)),
        SystemClock().now() + approval_time));
    run.tell({.kind = News::Kind::remark,
              .text = fmt::format("waits for a person's consent: gsdb workflow approve {}", run.short_id())});
    for (;; std::this_thread::sleep_for(between_tries)) {
        run.look();
        run_task(progress.end_due_waits());
        const auto state = run_task(progress.wait_state(wait));
        if (state.status == "waiting") continue;
        if (state.status == "fulfilled")
            return pass(run, "changes_are_approved", json::array{json::parse(state.answer)}, "entry");
        throw NeedsPerson{"nobody consented to the merge in time"};
    }
}

std::string merge_changes(RunContext& run) {
    const auto& dev = run.parameters().dev_branch;
    const auto& steps = run.steps();
    if (const auto folder = run.workspace().checked_out_in(dev))
        throw NeedsPerson{fmt::format("branch {} is checked out in {}", dev, *folder)};
    run.host().prepare_dev_branch();
    run_task(run.progress().set_dev_branch(dev));
    const auto results = results_of(run);
    json::array merged;
    for (const auto place : order_of(steps)) {
        const auto& step = steps[place];
        const auto result = results.find(step.number);
        if (result == results.end() || !result->second.has_change()) continue;
        const auto done = json::parse(run.once(fmt::format("step/{}/merged", step.number), result->second.commit, [&] {
            return json::serialize(json::object{{"commit", Merging(run, step, result->second).merge()}});
        }));
        const std::string commit(done.at("commit").as_string());
        record_merge(run, step.number, commit);
        follow_work(run);
        merged.push_back(json::object{{"step", step.number}, {"commit", commit}});
    }
    const auto tip = run.workspace().tip(dev).value();
    const auto count = merged.size();
    pass(run, "every_change_is_merged", std::move(merged));
    return json::serialize(
        json::object{{"branch", dev},
                     {"commit", tip},
                     {"merged", count},
                     {"summary", fmt::format("{} {} merged into {}", count, count == 1 ? "change" : "changes", dev)}});
}

}  // namespace gsdb::engine
