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

/// Whoever runs the server may have it run programs and read its databases: the person at its command line, and who
/// administers tasks of its own organization. "tasks.executor_forbidden", "identity.forbidden".
Result<void> may_have_done_by(const identity::Actor& actor, std::string_view executor);

/// `ids` has one for each task, `order` is theirs. May be run again with the same.
Task<std::vector<AddedTask>> add_new_tasks(pg::Transaction tx, identity::Actor actor, const std::vector<NewTask>* tasks,
                                           const std::vector<TaskId>* ids, const std::vector<std::size_t>* order);

}  // namespace gsdb::tasks
