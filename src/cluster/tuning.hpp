#pragma once
// The server's settings for this machine.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "cluster/server_binaries.hpp"

namespace gsdb::cluster {

/// What the server may use of the machine; a container's limits count.
struct Machine {
    std::int64_t memory_bytes;
    int cores;
    std::int64_t disk_free_bytes;      ///< of the file system that holds the data directory
    std::int64_t shared_memory_bytes;  ///< size of /dev/shm; containers often have 64 MiB

    static Machine of(const std::filesystem::path& data);
};

using ServerSettings = std::map<std::string, std::string>;

/// PostgreSQL's settings by name, for a server that shares the machine with gsdb itself. `durable` is false for tests
/// only: such a server loses its data when the machine stops.
ServerSettings tuned_settings(const Machine& machine, const ServerBinaries& binaries, bool durable);

/// The text of a configuration file that makes these settings.
std::string configuration_text(const ServerSettings& settings);

}  // namespace gsdb::cluster
