#pragma once
// What the keeping of the log lets the operator see.

#include <cstdint>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::backup {

using observe::Definition;
using observe::Fields;
using observe::Level;
using observe::Measure;

struct BaseBackupMade {
    std::string name;
    std::int64_t bytes;
    static constexpr Definition definition{.name = "backup_base_made",
                                           .description = "A base backup of the embedded server is complete.",
                                           .level = Level::info,
                                           .measure = {.kind = Measure::counter}};
    Fields fields() const { return {{"name", name}, {"bytes", bytes}}; }
};

struct BaseBackupFailed {
    std::string reason;
    static constexpr Definition definition{
        .name = "backup_base_failed",
        .description = "A base backup failed; it is tried again in an hour, and the kept log grows meanwhile.",
        .level = Level::error,
        .measure = {.kind = Measure::counter}};
    Fields fields() const { return {{"reason", reason}}; }
};

struct ArchivePruned {
    std::int64_t bytes;
    static constexpr Definition definition{.name = "backup_archive_pruned",
                                           .description = "Base backups and log past their time were removed.",
                                           .level = Level::info};
    Fields fields() const { return {{"bytes", bytes}}; }
};

}  // namespace gsdb::backup
