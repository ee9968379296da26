#pragma once
// A database of each layout, and index runs into it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "memory_tree.hpp"
#include "modules/codebase/index_run.hpp"
#include "queryc/testing/migrated_databases.hpp"
#include "rows.hpp"

namespace gsdb::codebase {

class IndexFixture : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    IndexSummary index(MemoryTree& tree) {
        IndexOptions options;
        options.analysis.threads = 2;
        return run_task(run_index(database_, default_organization(), tree, clock_, std::move(options)));
    }
    std::vector<std::string> ask(std::string sql) {
        return run_task(lines_of(module_database_.superuser(), std::move(sql)));
    }

    queryc::ModuleDatabase module_database_{"codebase", GetParam()};
    pg::Database<Database> database_{pg::Pool({.connect = module_database_.login()})};
    SystemClock clock_;
};

}  // namespace gsdb::codebase
