#include "base/together.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "base/steady_timer.hpp"

namespace gsdb {

namespace {

/// What the tasks share. They may outlive who waits for them, when all of it is dropped.
struct Ends {
    Ends(Executor executor, std::size_t count)
        : errors(count), left(count), all_ended(executor, SteadyTimer::time_point::max()) {}

    void end(std::size_t index, std::exception_ptr error) {
        errors[index] = std::move(error);
        if (--left == 0) all_ended.cancel();
    }

    std::vector<std::exception_ptr> errors;
    std::size_t left;
    SteadyTimer all_ended;
};

}  // namespace

Task<> together(std::vector<Task<>> tasks) {
    const auto executor = co_await asio::this_coro::executor;
    auto ends = std::make_shared<Ends>(executor, tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        asio::co_spawn(executor, std::move(tasks[i]),
                       [ends, i](std::exception_ptr error) { ends->end(i, std::move(error)); });
    while (ends->left > 0) {
        boost::system::error_code ignored;  // the timer ends by being cancelled
        co_await ends->all_ended.async_wait(asio::redirect_error(use_task, ignored));
    }
    for (const auto& error : ends->errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace gsdb
