// Workers run what is in the queue, whatever goes wrong meanwhile.
#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <future>
#include <mutex>

#include "base/steady_timer.hpp"
#include "modules/tasks/queue.hpp"
#include "modules/tasks/worker.hpp"
#include "queue_fixture.hpp"

namespace gsdb::tasks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

HandlerResult success(std::string output = "{}") {
    return {.end = Succeeded{std::move(output)}};
}

std::int64_t number_of(const ClaimedTask& task) {
    return boost::json::parse(task.input).at("n").to_number<std::int64_t>();
}

/// Waits until it is told to stop; heeds it when `is_heeding`, else only its waits' being cancelled.
Task<HandlerResult> wait_for_stop(std::shared_ptr<Attempt> attempt, bool is_heeding) {
    SteadyTimer timer(co_await asio::this_coro::executor);
    while (!is_heeding || !attempt->stop().stop_requested()) {
        timer.expires_after(1ms);
        co_await timer.async_wait(use_task);
    }
    co_return HandlerResult{.end = Failed{.error_class = "stopped", .error_message = "told to"}};
}

/// A worker on a thread of its own.
class RunningWorker {
  public:
    RunningWorker(const pg::Database<Database>& database, const WorkerLease& lease, Handler handler,
                  WorkerOptions options = {}, QueueNews news = {})
        : worker_(database, lease, clock_, {{"builtin", std::move(handler)}}, std::move(news), options),
          background_({[this](Stop stop) { return worker_.run(std::move(stop)); }}) {}
    ~RunningWorker() { stop(); }
    void stop() { background_.stop(60s); }

  private:
    SystemClock clock_;
    Worker worker_;
    Background background_;
};

class Workers : public QueueFixture {
  protected:
    std::vector<AddedTask> add(int count, NewTask like = {}) {
        std::vector<NewTask> tasks;
        if (like.executor.empty()) like.executor = "builtin";
        for (int i = 0; i < count; ++i) {
            tasks.push_back(like);
            tasks.back().title = fmt::format("t{}", i);
            tasks.back().input = fmt::format(R"({{"n":{}}})", i);
        }
        return value_or_throw(run_task(queue_.add(me_, std::move(tasks))));
    }
    void wait_until_none(const std::string& status) {
        wait_until(fmt::format("not exists (select from tasks.tasks where status in ({}))", status));
    }
    std::string count(const std::string& where) {
        return ask("select count(*)::text from tasks.tasks where " + where).front();
    }

    QueueNews news_;
    Queue queue_{database_, news_};
    WorkerLease lease_{database_};
    identity::Actor me_ = identity::Actor::system(default_organization());
    const WorkerOptions quick_{
        .looks_every = 50ms, .looks_after_every = 20ms, .stop_grace = 50ms, .finish_within = 50ms};
};

TEST_F(Workers, TwoOnOneQueueNeverRunATaskAtOnceAndNoneTwice) {
    constexpr int tasks = 2000;
    std::vector<std::atomic<int>> runs(tasks), now(tasks);
    std::atomic<bool> at_once = false;
    const Handler handler = [&](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
        const auto n = static_cast<std::size_t>(number_of(attempt->task()));
        if (now[n].fetch_add(1) > 0) at_once = true;
        ++runs[n];
        SteadyTimer timer(co_await asio::this_coro::executor, 0ms);
        co_await timer.async_wait(use_task);
        --now[n];
        co_return success();
    };
    add(tasks);
    const WorkerLease another(database_);
    RunningWorker one(database_, lease_, handler, {.prefetch_max = 50});
    RunningWorker two(database_, another, handler, {.prefetch_max = 50});
    wait_until_none("'queued', 'running'");
    EXPECT_FALSE(at_once);
    EXPECT_TRUE(std::ranges::all_of(runs, [](const auto& count) { return count == 1; }));
    EXPECT_EQ(count("status = 'succeeded' and attempts = 1"), "2000");
}

TEST_F(Workers, TenThousandTasksWithDependenciesAreDrainedInOrder) {
    constexpr std::size_t tasks = 10'000, width = 250;
    std::vector<NewTask> wanted(tasks);
    for (std::size_t i = 0; i < tasks; ++i) {
        wanted[i] = {.title = fmt::format("t{}", i), .executor = "builtin", .input = fmt::format(R"({{"n":{}}})", i)};
        if (i >= width)
            wanted[i].dependencies = {{.on = i - width}, {.on = i - width + (i % width == width - 1 ? 0 : 1)}};
        if (i >= width && i % width == width - 1) wanted[i].dependencies.pop_back();
    }
    ASSERT_TRUE(run_task(queue_.add(me_, wanted)));
    std::atomic<std::int64_t> next = 0;
    std::vector<std::int64_t> order(tasks, -1);
    {
        RunningWorker worker(database_, lease_,
                             [&](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
                                 order[static_cast<std::size_t>(number_of(attempt->task()))] = next++;
                                 co_return success();
                             },
                             {.concurrent_max = 64, .prefetch_max = 1000});
        wait_until_none("'blocked', 'queued', 'running'");
    }
    EXPECT_EQ(count("status = 'succeeded' and attempts = 1"), "10000");
    for (std::size_t i = width; i < tasks; ++i)
        for (const auto& dependency : wanted[i].dependencies)
            ASSERT_LT(order[std::get<std::size_t>(dependency.on)], order[i]);
}

TEST_F(Workers, CancelRacingCompletionDoesNotDeadlock) {
    const auto added = add(500);
    RunningWorker worker(database_, lease_,
                         [](std::shared_ptr<Attempt>) -> Task<HandlerResult> { co_return success(); },
                         {.prefetch_max = 20});
    for (std::size_t i = added.size(); i > 0; i -= 5) {
        std::vector<TaskId> ids;
        for (std::size_t k = i - 5; k < i; ++k) ids.push_back(added[k].id);
        ASSERT_TRUE(run_task(queue_.cancel(me_, ids, "race")));
    }
    wait_until_none("'queued', 'running', 'scheduled'");
    EXPECT_EQ(count("status in ('succeeded', 'cancelled')"), "500");
}

TEST_F(Workers, AHandlerThatThrowsFailsItsAttemptAndNoOther) {
    add(3);
    RunningWorker worker(database_, lease_, [](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
        if (number_of(attempt->task()) == 0) throw std::runtime_error("no \xff luck");
        if (number_of(attempt->task()) == 1) throw 7;
        co_return success();
    });
    wait_until_none("'queued', 'running'");
    EXPECT_THAT(states(),
                ElementsAre("t0 scheduled 1 0 handler_failed", "t1 scheduled 1 0 handler_failed", "t2 succeeded 1 0"));
    EXPECT_THAT(ask("select error_message from tasks.tasks where title = 't0'"), ElementsAre("no ? luck"));
}

TEST_F(Workers, WhatTheDatabaseDoesNotTakeFailsAlone) {
    add(20);
    RunningWorker worker(database_, lease_, [](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
        co_return success(number_of(attempt->task()) == 7 ? "no JSON" : "{}");
    });
    wait_until_none("'queued', 'running'");
    EXPECT_EQ(count("status = 'succeeded'"), "19");
    EXPECT_THAT(states("title = 't7'"), ElementsAre("t7 scheduled 1 0 invalid_output"));
}

TEST_F(Workers, CallingOffAndTimeoutsReachTheHandler) {
    const auto heeding = add(1);
    const auto deaf = add(1, {.timeout = 1s});
    RunningWorker worker(
        database_, lease_,
        [&](std::shared_ptr<Attempt> attempt) { return wait_for_stop(attempt, attempt->task().timeout > 1s); }, quick_);
    wait_until("(select count(*) = 2 from tasks.tasks where status = 'running')");
    ASSERT_TRUE(run_task(queue_.cancel(me_, {heeding[0].id}, "enough")));
    wait_until_none("'running'");
    EXPECT_EQ(value_or_throw(run_task(queue_.get(me_, heeding[0].id))).status, "cancelled");
    const auto timed_out = value_or_throw(run_task(queue_.get(me_, deaf[0].id)));
    EXPECT_EQ(timed_out.status, "scheduled");
    EXPECT_EQ(timed_out.error_class, "timeout");
}

TEST_F(Workers, ACleanEndHandsBackWithoutSpendingTheAttempt) {
    add(6);
    {
        RunningWorker worker(database_, lease_,
                             [](std::shared_ptr<Attempt> attempt) { return wait_for_stop(attempt, false); },
                             {.concurrent_max = 2, .prefetch_max = 4, .stop_grace = 50ms, .finish_within = 50ms});
        wait_until("(select count(*) = 6 from tasks.tasks where status = 'running')");
    }
    EXPECT_EQ(count("status = 'queued' and attempts = 1 and attempts_forgiven = 1 and worker_id is null"), "6");
}

TEST_F(Workers, ALostConnectionLosesNothing) {
    constexpr int tasks = 1000;
    std::vector<std::atomic<int>> ended(tasks);
    add(tasks);
    RunningWorker worker(database_, lease_,
                         [&](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
                             ++ended[static_cast<std::size_t>(number_of(attempt->task()))];
                             co_return success();
                         },
                         {.prefetch_max = 30, .looks_every = 50ms});
    while (count("status in ('queued', 'running')") != "0")
        ask("select pg_terminate_backend(pid)::text from pg_stat_activity where usename = 'task_user' and datname = "
            "current_database()");
    EXPECT_EQ(count("status = 'succeeded'"), "1000");
    EXPECT_TRUE(std::ranges::all_of(ended, [](const auto& count) { return count >= 1; }));
    EXPECT_EQ(count("attempts - attempts_forgiven > 1"), "0");
}

TEST_F(Workers, UnderALostLeaseNothingIsDone) {
    add(1);
    std::promise<StopReason> told;
    std::atomic<int> runs = 0;
    const WorkerLease lease(database_, {.lasts = 60s, .renewed_every = 20ms, .looks_for_lost_every = 20ms});
    RunningWorker worker(
        database_, lease,
        [&](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
            if (++runs > 1) co_return success(R"({"by":"another"})");
            co_await wait_for_stop(attempt, true);
            told.set_value(attempt->stop_reason());
            co_return success(R"({"by":"the late one"})");
        },
        quick_);
    wait_until("exists (select from tasks.tasks where status = 'running')");
    ask(fmt::format(
        "update tasks.workers set epoch = epoch + 1, lease_expires_at = now() where id = '{}' returning 'taken'",
        to_string(lease.holder().worker_id)));
    EXPECT_EQ(told.get_future().get(), StopReason::lease_lost);
    wait_until_none("'queued', 'running'");
    EXPECT_THAT(ask("select output ->> 'by' from tasks.tasks"), ElementsAre("another"));
    EXPECT_THAT(states(), ElementsAre("t0 succeeded 2 0"));
}

TEST_F(Workers, WhatItSaysAndTakesIsKept) {
    const auto added = add(1);
    RunningWorker worker(database_, lease_, [](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
        attempt->log("info", "stdout", "hello");
        attempt->log("warning", "stderr", std::string_view("a\0\xc3\xa9\xff", 5));
        co_return HandlerResult{.end = Failed{.error_class = "exit_code", .error_message = "1", .is_retried = false},
                                .usage = AttemptUsage{.cpu_seconds = 1.5, .memory_peak_bytes = 1024, .exit_code = 1}};
    });
    wait_until_none("'queued', 'running'");
    EXPECT_THAT(states(), ElementsAre("t0 failed 1 0 exit_code"));
    const auto lines = *run_task(queue_.log(me_, added[0].id, {}, 10));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1].message, "a?\xc3\xa9?");
    EXPECT_EQ(lines[1].stream, "stderr");
    const auto attempts = *run_task(queue_.attempts(me_, added[0].id));
    ASSERT_EQ(attempts.size(), 1U);
    EXPECT_EQ(attempts[0].exit_code, 1);
    EXPECT_EQ(attempts[0].cpu_seconds, 1.5);
    EXPECT_EQ(attempts[0].error_class, "exit_code");
}

TEST_F(Workers, TakesWhatItCanDoWhenItIsDueAndLeavesTheRest) {
    auto agents = NewTask{.executor = "agent"};
    add(1, agents);
    add(2, {.run_at = SystemClock().now() + 100ms});
    RunningWorker worker(
        database_, lease_,
        [](std::shared_ptr<Attempt> attempt) -> Task<HandlerResult> {
            if (number_of(attempt->task()) == 0) co_return success();
            co_return HandlerResult{.end = WaitsForEvent{.event = "x:y:merged", .expires_at = SystemClock().now()}};
        },
        quick_, news_);
    wait_until("(select count(finished_at) = 2 from tasks.tasks)");
    EXPECT_THAT(states("executor = 'builtin'"), ElementsAre("t0 succeeded 1 0", "t1 failed 1 1 wait_expired"));
    EXPECT_THAT(states("executor = 'agent'"), ElementsAre("t0 queued 0 0"));
}

}  // namespace
}  // namespace gsdb::tasks
