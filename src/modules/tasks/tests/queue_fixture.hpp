#pragma once
// A database with a queue, for tests that need one.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "base/run_task.hpp"
#include "modules/tasks/process_identity.hpp"
#include "modules/tasks/worker_lease.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "queryc/testing/rows.hpp"

namespace gsdb::tasks {

class QueueFixture : public testing::Test {
  protected:
    /// The first column of what the superuser is told.
    std::vector<std::string> ask(std::string sql) {
        return run_task(queryc::first_column(module_.superuser(), std::move(sql)));
    }
    /// Waits, without a limit of its own, until the superuser's query says so.
    void wait_until(const std::string& condition) {
        while (ask(fmt::format("select ({})::text", condition)).front() != "true") std::this_thread::yield();
    }

    /// Tasks in the queue, named by `prefix` and a number from 1.
    void add_queued(const std::string& prefix, int count, const std::string& more_columns = "",
                    const std::string& more_values = "") {
        ask(
            fmt::format("insert into tasks.tasks (organization_id, title, status, executor{2}) select '{3}', '{0}' || "
                        "n, 'queued', 'builtin'{4} from generate_series(1, {1}) n",
                        prefix, count, more_columns.empty() ? "" : ", " + more_columns,
                        to_string(default_organization()), more_values.empty() ? "" : ", " + more_values));
    }
    /// "status attempts forgiven error_class" of each, by title.
    std::vector<std::string> states(const std::string& where = "true") {
        return ask(
            fmt::format("select concat_ws(' ', title, status, attempts, attempts_forgiven, error_class) from "
                        "tasks.tasks where {} order by title",
                        where));
    }

    queryc::ModuleDatabase module_{"tasks"};
    pg::Database<Database> database_{pg::Pool({.connect = module_.login(), .size_max = 4})};
};

}  // namespace gsdb::tasks
