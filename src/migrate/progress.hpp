#pragma once
// What long work tells its caller while it runs.

#include <cstdint>
#include <functional>
#include <string>

namespace gsdb::migrate {

struct Progress {
    enum Stage {
        waiting,   ///< for another program that migrates the same database; `message` says which
        started,   ///< `step` begins
        retrying,  ///< `step` was taken back and will be tried again; `message` says why
        batch,     ///< a batch of the backfill `step` is committed
        finished,  ///< `step` is done and recorded
        routines,  ///< `rows_done` routine files were applied
        installed  ///< `message` says what db init created or changed
    };
    Stage stage;
    std::string database;
    std::string step{};     ///< "identity 0003_add_teams"; empty when it is about the database
    std::string message{};  ///< for people
    std::int64_t rows_done = 0;
    std::int64_t rows_total = -1;  ///< an estimate; -1 when unknown
    std::int64_t milliseconds = 0;
};

/// The caller's answer; only a backfill heeds `pause`, after the batch: it ends there and the next run goes on.
enum class Signal { proceed, pause };

/// Called on the thread that runs the work; must return soon.
using ProgressCallback = std::function<Signal(const Progress&)>;

}  // namespace gsdb::migrate
