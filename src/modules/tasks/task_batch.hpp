#pragma once
// Adds tasks with what they wait for, as one transaction.

#include <vector>

#include "base/error.hpp"
#include "modules/tasks/queue.hpp"
#include "pg/transaction.hpp"

namespace gsdb::tasks {

/// What can be said without the database: the number, places, titles; an order in which each task comes after those of
/// the batch that it waits for.
Result<std::vector<std::size_t>> order_of_new(const std::vector<NewTask>& tasks);

/// `ids` has one for each task, `order` is theirs. May be run again with the same.
Task<std::vector<AddedTask>> add_new_tasks(pg::Transaction tx, identity::Actor actor, const std::vector<NewTask>* tasks,
                                           const std::vector<TaskId>* ids, const std::vector<std::size_t>* order);

}  // namespace gsdb::tasks
