#pragma once
// The database that questions about code are asked of, and whom they are asked for.

#include <memory>
#include <string>

#include "app/database_server.hpp"
#include "app/interruption.hpp"
#include "app/program.hpp"
#include "base/run_task.hpp"
#include "modules/codebase/api.hpp"

namespace gsdb::app {

class CodeDatabase {
  public:
    /// `codebase`: id or name of the one that is asked about; empty: all. Throws a Failure codebase.not_found.
    CodeDatabase(const Program& program, const std::string& codebase)
        : server_(DatabaseServer::open(program, {.cancel = interruption_.token()})),
          database_(server_->pool("codebase", 1)),
          scope_{.organization = default_organization()} {
        if (!codebase.empty())
            scope_.codebase = run_task(codebase::find_codebase(database_, scope_.organization, codebase));
    }

    pg::Database<codebase::Database>& database() { return database_; }
    const codebase::Scope& scope() const { return scope_; }

  private:
    Interruption interruption_;
    std::unique_ptr<DatabaseServer> server_;
    pg::Database<codebase::Database> database_;
    codebase::Scope scope_;
};

}  // namespace gsdb::app
