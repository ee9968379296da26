// Stage 5: agents carry out the steps, as many at a time as is allowed, each once what it depends on is there.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <thread>

#include "base/run_task.hpp"
#include "engine/issue_tracker.hpp"
#include "engine/stages.hpp"
#include "engine/step_attempt.hpp"
#include "engine/validations.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds pause_before_retry{1};
constexpr std::chrono::seconds between_tellings{1};  // to the code host and the issue tracker

/// Attempts under way, each on a thread of its own.
class Attempts {
  public:
    explicit Attempts(RunContext& run) : run_(run) {}
    // NOLINTNEXTLINE(bugprone-exception-escape): threads that cannot be joined leave nothing to go on with
    ~Attempts() { stop_all(); }
    Attempts(const Attempts&) = delete;
    Attempts& operator=(const Attempts&) = delete;

    std::size_t under_way() const { return threads_.size() - ended_.load(); }

    void begin(const tasks::ClaimedStep& claimed) {
        threads_.emplace_back([this, claimed] {
            carry_out(claimed);
            {
                const std::lock_guard lock(mutex_);
                ++ended_;
            }
            changed_.notify_all();
        });
    }

    /// Until one has ended, or so long. Throws what an attempt threw that was no outcome of an attempt.
    void wait(std::chrono::milliseconds time_max) {
        {
            std::unique_lock lock(mutex_);
            const auto before = seen_;
            changed_.wait_for(lock, time_max, [&] { return ended_.load() != before; });
            seen_ = ended_.load();
        }
        const std::lock_guard lock(mutex_);
        if (problem_) std::rethrow_exception(std::exchange(problem_, nullptr));
    }

    void stop_all() {
        stop_.request_stop();
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }

  private:
    void carry_out(const tasks::ClaimedStep& claimed) {
        const auto number = run_.step_of(claimed.step).number;
        run_.tell({.kind = News::Kind::step_began, .step = number, .attempt = claimed.attempt()});
        try {
            const auto result = attempt_step(run_, claimed, stop_.get_token());
            run_task(run_.step_tasks().complete(claimed, result.to_json()));
            run_.tell({.kind = News::Kind::step_ended,
                       .step = number,
                       .attempt = claimed.attempt(),
                       .text = result.has_change()
                                   ? fmt::format("{} ({} files)", result.commit.substr(0, 12), result.files.size())
                                   : "there was nothing to do"});
        } catch (const AttemptFailure& failure) {
            fail(claimed, number, failure);
        } catch (const Stopped&) {
            // Whoever goes on with the run takes it back.
        } catch (...) {
            const std::lock_guard lock(mutex_);
            problem_ = std::current_exception();
        }
    }

    void fail(const tasks::ClaimedStep& claimed, int number, const AttemptFailure& failure) {
        const auto then =
            run_task(run_.step_tasks().fail(claimed, failure.error_class, failure.message, pause_before_retry));
        run_.tell({.kind = News::Kind::step_ended,
                   .step = number,
                   .attempt = claimed.attempt(),
                   .text = fmt::format("failed ({}){}", failure.error_class,
                                       then == "scheduled" ? "; it is tried again" : "")});
    }

    RunContext& run_;
    std::stop_source stop_;
    std::vector<std::jthread> threads_;
    std::atomic<std::size_t> ended_ = 0;
    std::size_t seen_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::exception_ptr problem_;
};

struct Tally {
    std::size_t succeeded = 0, waiting = 0;
    std::vector<tasks::StepTask> dead;
};

Tally tally_of(RunContext& run) {
    Tally tally;
    for (auto& task : run_task(run.step_tasks().list())) {
        if (task.status == "succeeded")
            ++tally.succeeded;
        else if (task.status == "dead" || task.status == "failed" || task.status == "cancelled")
            tally.dead.push_back(std::move(task));
        else
            ++tally.waiting;
    }
    return tally;
}

Failure step_failed(const tasks::StepTask& task) {
    return Failure({.code = "workflows.step_failed",
                    .message = fmt::format("step \"{}\" failed {} times: {}", task.title, task.attempts,
                                           task.error_class.value_or(task.status)),
                    .detail = task.error_message.value_or(""),
                    .hint = "gsdb workflow logs tells what the agent said; gsdb workflow retry tries it again"});
}

/// True while there is something to do or to wait for.
bool go_on(RunContext& run, Attempts& attempts) {
    while (attempts.under_way() < static_cast<std::size_t>(run.parameters().parallel)) {
        const auto claimed = run_task(run.step_tasks().claim(run.surroundings().worker()));
        if (!claimed) break;
        attempts.begin(*claimed);
    }
    if (attempts.under_way() > 0) return true;
    const auto tally = tally_of(run);
    if (!tally.dead.empty()) throw step_failed(tally.dead.front());
    return tally.waiting > 0;
}

}  // namespace

std::string execute_steps(RunContext& run) {
    const auto& steps = run.steps();
    run.base_commit();
    run.checks();
    auto& tasks = run.step_tasks();
    run_task(tasks.take_back());
    if (run.stage().attempt.value_or(1) > 1) run_task(tasks.replay());
    run_task(tasks.submit());
    if (run.parameters().is_confined && !process::can_confine_writes())
        run.tell({.kind = News::Kind::remark,
                  .text = "agents and checks may write wherever you may: this kernel has no Landlock (Linux 5.19)"});
    Attempts attempts(run);
    auto next_telling = std::chrono::steady_clock::now();
    for (run.look(); go_on(run, attempts); run.look()) {
        if (const auto now = std::chrono::steady_clock::now(); now >= next_telling) {
            follow_work(run);
            next_telling = now + between_tellings;
        }
        attempts.wait(std::chrono::milliseconds(200));
    }
    follow_work(run);
    const auto results = results_of(run);
    std::size_t changed = 0;
    json::array findings;
    for (const auto& [number, result] : results) {
        if (result.has_change()) ++changed;
        findings.push_back(json::object{{"step", number}, {"commit", result.commit}, {"files", result.files.size()}});
    }
    if (results.size() == steps.size())
        pass(run, "every_step_has_a_change", std::move(findings));
    else
        fail(run, "every_step_has_a_change", std::move(findings));
    return json::serialize(json::object{{"steps", results.size()},
                                        {"changes", changed},
                                        {"summary", fmt::format("{} of {} steps done", results.size(), steps.size())}});
}

}  // namespace gsdb::engine
