#include "modules/tasks/queue_news.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>

#include "base/steady_timer.hpp"
#include "modules/tasks/observations.hpp"
#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_news{50};

Task<> send(pg::Database<Database> database, std::string executor) {
    try {
        co_await database.query<sql::TellOfTasks>({.attempts_max = 1}, {.executor = std::move(executor)});
    } catch (const std::exception& problem) {
        observe::emit(TellingOfTasksFailed{.message = problem.what()});
    }
}

}  // namespace

struct QueueNews::State {
    struct Executor {
        steady_clock::time_point told_at{};
        bool is_to_be_told = false;
    };

    /// When to tell; nothing when somebody is about to.
    std::optional<steady_clock::time_point> time_to_tell(const std::string& executor) {
        const std::lock_guard lock(mutex);
        auto& known = executors[executor];
        if (known.is_to_be_told) return std::nullopt;
        known.is_to_be_told = true;
        return known.told_at + between_news;
    }
    /// What is queued from here on is told of again.
    void begin_telling(const std::string& executor) {
        const std::lock_guard lock(mutex);
        executors[executor] = {.told_at = steady_clock::now(), .is_to_be_told = false};
    }

    static Task<> tell_later(std::shared_ptr<State> state, pg::Database<Database> database, std::string executor,
                             steady_clock::time_point at) {
        SteadyTimer timer(co_await asio::this_coro::executor, at);
        co_await timer.async_wait(use_task);
        state->begin_telling(executor);
        co_await send(std::move(database), std::move(executor));
    }

    Wake wake;
    std::mutex mutex;
    std::map<std::string, Executor> executors;
};

QueueNews::QueueNews() : state_(std::make_shared<State>()) {}

const Wake& QueueNews::wake() const {
    return state_->wake;
}

Task<> QueueNews::tell(pg::Database<Database> database, std::string executor) const {
    const auto state = state_;
    state->wake.notify();
    const auto at = state->time_to_tell(executor);
    if (!at) co_return;
    if (*at > steady_clock::now()) {
        asio::co_spawn(co_await asio::this_coro::executor,
                       State::tell_later(state, std::move(database), std::move(executor), *at), asio::detached);
        co_return;
    }
    state->begin_telling(executor);
    co_await send(std::move(database), std::move(executor));
}

}  // namespace gsdb::tasks
