#pragma once
// Runs tasks side by side on the present thread.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace gsdb {

/// Returns once all have ended. Then, if any threw, the first one's exception is thrown: the others have had their
/// chance to finish what they were doing.
Task<> together(std::vector<Task<>> tasks);

namespace detail {

/// The result may outlive who waits for it, when all of it is dropped.
template <class T>
Task<> keep_shared_result(Task<T> task, std::shared_ptr<std::optional<T>> result) {
    result->emplace(co_await std::move(task));
}

}  // namespace detail

/// The same for tasks with results, which come in the order of the tasks.
template <class T>
Task<std::vector<T>> together(std::vector<Task<T>> tasks) {
    std::vector<std::shared_ptr<std::optional<T>>> results;
    std::vector<Task<>> keepers;
    for (auto& task : tasks) {
        results.push_back(std::make_shared<std::optional<T>>());
        keepers.push_back(detail::keep_shared_result(std::move(task), results.back()));
    }
    co_await together(std::move(keepers));
    std::vector<T> all;
    all.reserve(results.size());
    for (auto& result : results) all.push_back(std::move(**result));
    co_return all;
}

}  // namespace gsdb
