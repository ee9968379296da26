#include "cluster/tuning.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

namespace gsdb::cluster {

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

std::int64_t installed_memory_bytes() {
    return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::int64_t>(sysconf(_SC_PAGE_SIZE));
}

/// The limit of our control group, version 2 or 1; as seen in a container, whose own group is the root of what it sees.
std::optional<std::int64_t> container_memory_bytes() {
    for (auto file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        std::int64_t bytes = 0;
        if (std::ifstream(file) >> bytes && bytes > 0) return bytes;  // "max" is no number
    }
    return std::nullopt;
}

std::optional<int> container_cores() {
    double quota_microseconds = 0;
    double period_microseconds = 0;
    if (std::ifstream("/sys/fs/cgroup/cpu.max") >> quota_microseconds >> period_microseconds &&
        quota_microseconds > 0 && period_microseconds > 0)
        return std::max(1, static_cast<int>(std::lround(quota_microseconds / period_microseconds)));
    return std::nullopt;
}

int usable_cores() {
    cpu_set_t set;
    const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return std::min(allowed, container_cores().value_or(allowed));
}

std::string megabytes(std::int64_t bytes) {
    return fmt::format("{}MB", std::max<std::int64_t>(1, bytes / mebibyte));
}

void set_memory(ServerSettings& settings, const Machine& machine) {
    const auto share = [&](std::int64_t divisor, std::int64_t least, std::int64_t most) {
        return megabytes(std::clamp(machine.memory_bytes / divisor, least * mebibyte, most * mebibyte));
    };
    // A start takes 10 ms more for each 256 MB, and what is not in here is in the kernel's cache.
    settings["shared_buffers"] = share(32, 32, 1024);
    settings["effective_cache_size"] = share(2, 64, 1 << 20);
    settings["work_mem"] = share(512, 4, 64);  // for each sort or hash of each running statement
    settings["maintenance_work_mem"] = share(32, 32, 1024);
    // Parallel queries exchange rows through /dev/shm, which is too small for that in many containers.
    if (machine.shared_memory_bytes < 256 * mebibyte) settings["dynamic_shared_memory_type"] = "mmap";
}

void set_parallelism(ServerSettings& settings, const Machine& machine) {
    settings["max_worker_processes"] = std::to_string(std::max(8, machine.cores * 2));
    settings["max_parallel_workers"] = std::to_string(machine.cores);
    settings["max_parallel_workers_per_gather"] = std::to_string(std::clamp(machine.cores / 2, 0, 4));
    settings["max_parallel_maintenance_workers"] = std::to_string(std::clamp(machine.cores / 2, 1, 4));
}

void set_durability(ServerSettings& settings, const Machine& machine, bool durable) {
    for (auto name : {"fsync", "full_page_writes", "synchronous_commit"}) settings[name] = durable ? "on" : "off";
    // Room between checkpoints makes bulk loads fast, but must never be what fills the disk.
    settings["max_wal_size"] = megabytes(std::clamp(machine.disk_free_bytes / 16, 128 * mebibyte, 4096 * mebibyte));
    settings["min_wal_size"] = "80MB";
    settings["checkpoint_timeout"] = "15min";
    settings["checkpoint_completion_target"] = "0.9";
}

void set_log(ServerSettings& settings) {
    settings["log_destination"] = "stderr";
    settings["logging_collector"] = "on";
    // Relative to data/, so that the home folder can be moved and the folders above it need not be open to the server.
    settings["log_directory"] = "../../log/postgres";
    settings["log_filename"] = "postgres-%Y-%m-%dT%H-%M-%S.log";
    settings["log_rotation_size"] = "16MB";
    settings["log_rotation_age"] = "1d";
    settings["log_line_prefix"] = "%m [%p] %q%a@%d ";
    settings["log_timezone"] = "UTC";
    settings["log_lock_waits"] = "on";
    settings["log_temp_files"] = "64MB";
    settings["log_min_duration_statement"] = "5s";
    // Values of parameters may be secrets or personal data.
    settings["log_parameter_max_length"] = "0";
    settings["log_parameter_max_length_on_error"] = "0";
}

}  // namespace

Machine Machine::of(const std::filesystem::path& data) {
    auto bytes_of = [](const char* folder, auto blocks) -> std::int64_t {
        struct statvfs info{};
        if (statvfs(folder, &info) != 0) return 0;
        return static_cast<std::int64_t>(info.*blocks) * static_cast<std::int64_t>(info.f_frsize);
    };
    const auto installed = installed_memory_bytes();
    return {.memory_bytes = std::min(installed, container_memory_bytes().value_or(installed)),
            .cores = usable_cores(),
            .disk_free_bytes = bytes_of(data.c_str(), &statvfs::f_bavail),
            .shared_memory_bytes = bytes_of("/dev/shm", &statvfs::f_blocks)};
}

ServerSettings tuned_settings(const Machine& machine, const ServerBinaries& binaries, bool durable) {
    ServerSettings settings{
        {"max_connections", "300"},  // 8 databases, several server threads, a few connections each
        {"timezone", "UTC"},
        {"jit", "off"},  // our statements are short; compiling them costs more than it gives
        {"random_page_cost", "1.1"},
        {"track_io_timing", "on"},
        {"track_functions", "pl"},
    };
    set_memory(settings, machine);
    set_parallelism(settings, machine);
    set_durability(settings, machine, durable);
    set_log(settings);
    const bool lz4 = binaries.has_lz4();
    settings["wal_compression"] = lz4 && binaries.major >= 15 ? "lz4" : "on";
    settings["default_toast_compression"] = lz4 ? "lz4" : "pglz";
    if (binaries.has_library("pg_stat_statements")) settings["shared_preload_libraries"] = "pg_stat_statements";
    return settings;
}

std::string configuration_text(const ServerSettings& settings) {
    std::string text =
        "# Written by gsdb at every start, for the memory, cores and disk that it finds; changes made here are lost.\n"
        "# Your own settings: ALTER SYSTEM, or postgresql.conf below the line that includes this file.\n";
    for (const auto& [name, value] : settings) {
        std::string quoted;
        for (char c : value) quoted.append(c == '\'' || c == '\\' ? 2 : 1, c);
        text += fmt::format("{} = '{}'\n", name, quoted);
    }
    return text;
}

}  // namespace gsdb::cluster
