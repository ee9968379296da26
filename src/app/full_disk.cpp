#include "app/full_disk.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "app/database_server.hpp"
#include "cluster/data_directory.hpp"

namespace gsdb::app {

namespace {

// The server needs this much to go on: two files of its log.
constexpr std::uintmax_t room_needed_bytes = 32 << 20;

bool has_no_room(const std::filesystem::path& folder) {
    std::error_code problem;
    const auto space = std::filesystem::space(folder, problem);
    return !problem && space.available < room_needed_bytes;
}

}  // namespace

Error explain_full_disk(const Program& program, Error error) {
    if (error.code == "cluster.disk_full" || error.code == "backup.disk_full" ||
        error.code == "pg.commit_outcome_unknown")
        return error;
    const bool of_server = error.code.starts_with("pg.") || error.code.starts_with("migrate.");
    if (of_server && !uses_embedded_server(program)) return error;
    // Not every file that cannot be written is reported with its errno: internal_error and io_error may be that.
    const auto text = error.message + error.detail;
    const auto told = cluster::disk_full(text, home_of(program).cluster());
    const bool failed = error.exit_code == ExitCode::unavailable || text.contains("(XX000") || text.contains("(58030");
    if (!told && !(of_server && failed && has_no_room(home_of(program).cluster()))) return error;
    auto full = told ? *told : *cluster::disk_full(std::strerror(ENOSPC), home_of(program).cluster());
    full.detail += fmt::format("; {}", error.message);
    if (!error.detail.empty()) full.detail += fmt::format(": {}", error.detail);
    return full;
}

}  // namespace gsdb::app
