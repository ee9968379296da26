#pragma once
// Everything behind `gsdb db backup`.

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/client_program.hpp"
#include "backup/manifest.hpp"
#include "crypto/key_ring.hpp"
#include "migrate/connector.hpp"
#include "migrate/layout.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::backup {

/// Bytes done and an estimate of all; called under a lock by whichever thread did them.
using Progress = std::function<void(std::int64_t, std::int64_t, std::string_view)>;

/// How the databases of a layout are reached by programs and by connections.
struct Source {
    migrate::Layout layout;
    pg::ConnectOptions administrator;  ///< its database is not used

    pg::ConnectOptions options(std::string database) const;
    migrate::Connector connector() const { return migrate::connector_to(administrator); }
};

struct BackupOptions {
    std::filesystem::path place;  ///< the folder to be made
    std::string program_version;
    const crypto::KeyRing* keys = nullptr;  ///< to encrypt with; outlives the run
    ClientProgram dump;
    migrate::Findings findings{};                ///< of the verification, to compare with after a restore
    std::chrono::milliseconds patience{10'000};  ///< how long to try for one instant of all databases
    std::stop_token cancel{};
    Progress progress{};
};

struct BackupDone {
    Manifest manifest;
    std::vector<std::string> notes;  ///< what an operator should know of what is not in it
};

/// Throws Failure; then nothing is left of it.
BackupDone make_backup(const Source& source, BackupOptions options);

/// Whether the administrator may read every row. Throws backup.no_rights otherwise.
Task<> require_all_rows(migrate::Connector connect, std::string database);

}  // namespace gsdb::backup
