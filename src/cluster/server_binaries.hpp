#pragma once
// Finds the programs of a PostgreSQL server on this machine.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cluster/home.hpp"

namespace gsdb::cluster {

struct ServerBinaries {
    std::filesystem::path folder;
    int major = 0;        ///< 15
    std::string version;  ///< "15.20"

    std::filesystem::path postgres() const { return folder / "postgres"; }
    std::filesystem::path initdb() const { return folder / "initdb"; }

    /// Whether the server can preload the library, for instance "pg_stat_statements".
    bool has_library(std::string_view name) const;
    /// Whether the server was built with LZ4 (wal_compression, default_toast_compression).
    bool has_lz4() const;
};

/// The oldest and newest major versions that gsdb brings up.
inline constexpr int server_major_min = 14;
inline constexpr int server_major_max = 18;

/// `configured` is the setting `postgres.bindir`, and nothing else is tried when it is given. Otherwise the newest of
/// the packages' folders (Debian, PGDG), then `pg_config` and `postgres` on PATH. `wanted_major` asks for the version
/// that an existing data directory was made by.
Result<ServerBinaries> find_server_binaries(std::string_view configured, std::optional<int> wanted_major,
                                            const Environment& environment);

/// The programs in `folder`, or why they will not do.
Result<ServerBinaries> server_binaries_in(const std::filesystem::path& folder);

}  // namespace gsdb::cluster
