#pragma once
// What point-in-time recovery of the embedded server is made of: its log (WAL), kept as it is written, and base backups
// to start from.
//
//     <home>/archive/  wal/              of the server's user: 000000010000000000000007.gz
//                      base/NAME/        base.tar.gz, base.json

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/backup_run.hpp"
#include "cluster/home.hpp"
#include "cluster/tuning.hpp"

namespace gsdb::backup {

/// Settings of a server that keeps its log, or of one that does not.
cluster::ServerSettings archive_settings(bool is_on);

/// A position in the log: "0/1A2B3C4".
struct LogPosition {
    std::uint64_t value = 0;

    static std::optional<LogPosition> parse(std::string_view text);
    auto operator<=>(const LogPosition&) const = default;
};

struct BaseBackup {
    std::string name;
    Timestamp finished_at{};
    LogPosition finished{};     ///< recovery reaches this position or a later one
    std::string first_segment;  ///< the oldest file of the log that it needs
    std::int64_t bytes = 0;
};

class LogArchive {
  public:
    explicit LogArchive(cluster::Home home) : home_(std::move(home)) {}

    std::filesystem::path base_folder() const { return home_.root() / "archive" / "base"; }
    std::filesystem::path log_folder() const { return home_.root() / "archive" / "wal"; }

    /// Oldest first; unfinished ones do not count.
    std::vector<BaseBackup> base_backups() const;

    /// Whether there is none since then, or the server's history has branched off after the last one.
    bool is_base_due(const Source& server, Timestamp since) const;

    /// With pg_basebackup, from the running embedded server. Throws Failure; then nothing is left of it.
    BaseBackup make_base_backup(const Source& server, const ClientProgram& pg_basebackup,
                                const std::stop_token& cancel) const;

    /// Removes base backups that are not needed to go back `keep`, and the log before the oldest one left. Returns the
    /// bytes that became free.
    std::int64_t prune(std::chrono::seconds keep, Timestamp now) const;

    /// The newest base backup that can be taken to the target; throws backup.no_base.
    BaseBackup base_before(std::optional<Timestamp> time, std::optional<LogPosition> position) const;

    std::int64_t log_bytes() const;

  private:
    cluster::Home home_;
};

}  // namespace gsdb::backup
