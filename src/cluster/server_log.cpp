#include "cluster/server_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "cluster/child_process.hpp"
#include "cluster/data_directory.hpp"

namespace gsdb::cluster {

namespace fs = std::filesystem;

namespace {

/// The log files, oldest first: their names are their times.
std::vector<fs::path> log_files(const Home& home) {
    std::vector<fs::path> files;
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(home.server_log(), problem))
        if (entry.path().extension() == ".log") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<std::string> last_lines(const fs::path& path, std::size_t lines) {
    constexpr std::streamoff bytes_max = 64 << 10;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
    file.seekg(std::max<std::streamoff>(0, size - bytes_max));
    std::vector<std::string> found;
    for (std::string line; std::getline(file, line);) found.push_back(line);
    if (found.size() > lines) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(lines));
    return found;
}

std::vector<std::string> recent_lines(const Home& home, std::size_t lines) {
    auto found = last_lines(home.server_start_log(), lines);
    const auto files = log_files(home);
    std::error_code problem;
    // A server that could not even begin leaves the log of the one before it as the newest file.
    if (!files.empty() &&
        fs::last_write_time(files.back(), problem) >= fs::last_write_time(home.server_start_log(), problem))
        for (auto& line : last_lines(files.back(), lines)) found.push_back(std::move(line));
    if (found.size() > lines) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(lines));
    return found;
}

bool tells_a_cause(const std::string& line) {
    for (auto mark : {"FATAL:", "PANIC:", "ERROR:", "HINT:", "DETAIL:", "error while loading"})
        if (line.find(mark) != std::string::npos) return true;
    return false;
}

}  // namespace

std::string recent_log(const Home& home, int lines) {
    return fmt::format("{}", fmt::join(recent_lines(home, static_cast<std::size_t>(std::max(0, lines))), "\n"));
}

void prune_logs(const Home& home, std::size_t files_max) {
    const auto files = log_files(home);
    std::error_code problem;
    for (std::size_t i = 0; i + files_max < files.size(); ++i) fs::remove(files[i], problem);
}

Error explain_exit(const Home& home, std::string_view version, int status) {
    const auto lines = recent_lines(home, 40);
    const auto all = fmt::format("{}", fmt::join(lines, "\n"));
    if (auto full = disk_full(all, home.cluster())) return *full;

    // A server that does not even begin says little, and all of it matters: a wrong setting is no more than a LOG line.
    constexpr std::size_t few = 6;
    std::vector<std::string> causes;
    if (lines.size() > few) std::ranges::copy_if(lines, std::back_inserter(causes), tells_a_cause);
    Error error{
        .code = "cluster.start_failed",
        .message = fmt::format("PostgreSQL {} ended with {}", version, describe_status(status)),
        .detail = fmt::format("{}", fmt::join(causes.empty() ? lines : causes, "\n")),
        .hint = fmt::format("its log is in {} and {}", home.server_log().string(), home.server_start_log().string()),
        .exit_code = ExitCode::unavailable};
    if (all.find("Address already in use") != std::string::npos ||
        all.find("could not create any TCP") != std::string::npos) {
        error.code = "cluster.port_in_use";
        error.exit_code = ExitCode::conflict;
    }
    return error;
}

}  // namespace gsdb::cluster
