#include "modules/tasks/claims.hpp"

#include <random>

#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

/// The columns that every statement over attempts begins with.
template <class Params, class Attempt>
void add_key(Params& params, const Attempt& attempt) {
    params.organization_ids.push_back(attempt.organization_id);
    params.ids.push_back(attempt.task_id.uuid);
    params.attempts.push_back(attempt.attempt);
}

std::string said(std::optional<bool> value) {
    return value ? (*value ? "true" : "false") : "";
}

double throw_die() {
    thread_local std::mt19937_64 random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

Task<std::vector<ClaimedTask>> Claims::claim(LeaseHolder holder, std::vector<std::string> executors,
                                             std::int32_t wanted, std::int64_t turn) const {
    std::vector<ClaimedTask> claimed;
    for (auto& row : co_await database_.query<sql::ClaimTasks>({}, {.worker_id = holder.worker_id.uuid,
                                                                    .epoch = holder.epoch,
                                                                    .executors = std::move(executors),
                                                                    .wanted = wanted,
                                                                    .turn = turn}))
        claimed.push_back({.key = {row.organization_id, {row.task_id}, row.attempt},
                           .executor = std::move(row.executor),
                           .task_type = std::move(row.task_type),
                           .title = std::move(row.title),
                           .configuration = std::move(row.configuration.text),
                           .input = std::move(row.input.text),
                           .timeout = std::chrono::seconds(row.timeout_seconds)});
    co_return claimed;
}

Task<CompletionCounts> Claims::complete(LeaseHolder holder, std::vector<CompletedAttempt> attempts) const {
    sql::CompleteTasks::Params params{.worker_id = holder.worker_id.uuid, .epoch = holder.epoch};
    for (auto& attempt : attempts) {
        add_key(params, attempt.key);
        params.outputs.push_back(std::move(attempt.output));
    }
    const auto answer = co_await database_.query<sql::CompleteTasks>({}, std::move(params));
    co_return CompletionCounts{.ended = answer.ended, .settled = answer.settled};
}

Task<std::vector<FailureOutcome>> Claims::fail(LeaseHolder holder, std::vector<FailedAttempt> attempts) const {
    constexpr std::chrono::microseconds not_said{-1};
    sql::FailTasks::Params params{.worker_id = holder.worker_id.uuid, .epoch = holder.epoch};
    for (auto& attempt : attempts) {
        add_key(params, attempt.key);
        params.error_classes.push_back(std::move(attempt.error_class));
        params.error_messages.push_back(std::move(attempt.error_message));
        params.retried.push_back(said(attempt.is_retried));
        params.spending.push_back(said(attempt.spends_attempt));
        params.pauses.push_back(attempt.pause.value_or(not_said));
        params.dice.push_back(throw_die());
    }
    std::vector<FailureOutcome> outcomes;
    for (auto& row : co_await database_.query<sql::FailTasks>({}, std::move(params))) {
        const auto same = [&](const FailedAttempt& attempt) {
            return attempt.key.organization_id == row.organization_id && attempt.key.task_id.uuid == row.task_id;
        };
        const auto attempt = std::ranges::find_if(attempts, same);
        outcomes.push_back({.key = attempt->key, .status = std::move(row.status), .run_at = row.run_at});
    }
    co_return outcomes;
}

Task<std::int64_t> Claims::suspend(LeaseHolder holder, std::vector<SuspendedAttempt> attempts) const {
    sql::SuspendTasks::Params params{.worker_id = holder.worker_id.uuid, .epoch = holder.epoch};
    for (auto& attempt : attempts) {
        add_key(params, attempt.key);
        params.events.push_back(std::move(attempt.event));
        params.expiries.push_back(attempt.expires_at.value_or(Timestamp::max()));
    }
    const auto answer = co_await database_.query<sql::SuspendTasks>({}, std::move(params));
    co_return answer.held;
}

Task<std::int64_t> Claims::hand_back(LeaseHolder holder, std::vector<AttemptKey> attempts) const {
    sql::HandBackTasks::Params params{.worker_id = holder.worker_id.uuid, .epoch = holder.epoch};
    for (const auto& attempt : attempts) add_key(params, attempt);
    const auto answer = co_await database_.query<sql::HandBackTasks>({}, std::move(params));
    co_return answer.held;
}

Task<std::vector<AttemptKey>> Claims::tasks_of(LeaseHolder holder, bool only_cancelled) const {
    std::vector<AttemptKey> keys;
    for (const auto& row : co_await database_.query<sql::TasksOfWorker>(
             {}, {.worker_id = holder.worker_id.uuid, .epoch = holder.epoch, .only_cancelled = only_cancelled}))
        keys.push_back({row.organization_id, {row.task_id}, row.attempt});
    co_return keys;
}

Task<std::vector<AttemptKey>> Claims::held(LeaseHolder holder) const {
    return tasks_of(std::move(holder), false);
}

Task<std::vector<AttemptKey>> Claims::to_be_cancelled(LeaseHolder holder) const {
    return tasks_of(std::move(holder), true);
}

Task<Claims::Due> Claims::queue_due(std::int32_t page) const {
    const auto answer = co_await database_.query<sql::QueueDueTasks>({}, {.page = page});
    co_return Due{.queued = answer.queued, .next_run_at = answer.next_run_at};
}

Task<std::int64_t> Claims::expire_waits(std::int32_t page) const {
    const auto answer = co_await database_.query<sql::ExpireWaits>({}, {.page = page});
    co_return answer.expired;
}

}  // namespace gsdb::tasks
