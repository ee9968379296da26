#pragma once
// The embedded server as it was at a moment: a base backup, and the log replayed up to there, on the side; then it
// changes places with the present data directory, in one step.

#include <optional>
#include <stop_token>
#include <string>

#include "backup/log_archive.hpp"
#include "cluster/home.hpp"

namespace gsdb::backup {

struct RecoveryTarget {
    std::optional<Timestamp> time;
    std::optional<LogPosition> position;  ///< neither: the end of the log

    std::string describe() const;
};

struct RecoveryOptions {
    std::string bindir;
    std::stop_token cancel{};
};

struct Recovered {
    BaseBackup base;
    std::filesystem::path replaced;  ///< what was there before; removed by the next recovery
};

/// The server must not run: cluster.in_use. Throws backup.no_base, backup.target_unreached.
Recovered recover(const cluster::Home& home, const RecoveryTarget& target, const RecoveryOptions& options);

}  // namespace gsdb::backup
