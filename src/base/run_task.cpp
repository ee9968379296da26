#include "base/run_task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace gsdb::detail {

void run_to_end(asio::io_context& context, Task<> task) {
    context.restart();
    std::exception_ptr failure;
    asio::co_spawn(context.get_executor(), std::move(task),
                   [&](std::exception_ptr thrown) { failure = std::move(thrown); });
    context.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace gsdb::detail
