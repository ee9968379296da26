#pragma once
// Runs the backfill step of a change without downtime: batch after batch, each its own transaction.

#include <optional>
#include <string>

#include "base/task.hpp"
#include "migrate/records.hpp"
#include "migrate/session.hpp"

namespace gsdb::migrate {

class Backfill {
  public:
    Backfill(Session* session, const ModuleFiles* module, const Migration* migration, std::string program_version)
        : session_(session), module_(module), migration_(migration), program_version_(std::move(program_version)) {}

    enum class Outcome { complete, paused };

    /// Goes on where base.migration_progress says the last run stopped, until no row is left and `verify` counts 0;
    /// then records the migration. Ends early, with its progress kept, when the progress callback asks to pause.
    Task<Outcome> run();

    /// How many rows are still missing or stale by the migration's own `verify`.
    Task<std::int64_t> count_stale();

  private:
    Task<> begin();
    Task<> run_batch();
    Task<> start_over(std::int64_t stale);
    Task<> finish();
    Task<> note_error(std::string message);
    Task<std::int64_t> count_as_owner(std::string query);
    std::string key() const;

    Session* session_;
    const ModuleFiles* module_;
    const Migration* migration_;
    std::string program_version_;

    std::optional<std::string> position_;  ///< as the batch statement returned it; nothing at the start of a pass
    std::int64_t rows_done_ = 0;
    std::int64_t rows_total_ = -1;
    std::int64_t visited_ = 0;  ///< by the last batch
};

/// The statement of one batch with $1 for the cursor and $2 for the batch size.
std::string batch_statement(const Migration& migration);

}  // namespace gsdb::migrate
