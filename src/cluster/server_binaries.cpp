#include "cluster/server_binaries.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "cluster/child_process.hpp"

namespace gsdb::cluster {

namespace fs = std::filesystem;

namespace {

bool is_program(const fs::path& path) {
    std::error_code problem;
    return fs::is_regular_file(path, problem) && access(path.c_str(), X_OK) == 0;
}

/// Where packages put the programs, newest version first.
std::vector<fs::path> package_folders() {
    std::vector<fs::path> folders;
    for (int major = server_major_max; major >= server_major_min; --major) {
        folders.emplace_back(fmt::format("/usr/lib/postgresql/{}/bin", major));  // Debian, Ubuntu
        folders.emplace_back(fmt::format("/usr/pgsql-{}/bin", major));           // Red Hat, SUSE by PGDG
        folders.emplace_back(fmt::format("/usr/libexec/postgresql{}", major));   // Alpine
    }
    folders.emplace_back("/usr/local/pgsql/bin");
    return folders;
}

std::vector<fs::path> search_path(const Environment& environment) {
    std::vector<fs::path> folders;
    const auto* list = environment("PATH");
    std::string_view rest = list != nullptr ? list : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        if (end > 0) folders.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return folders;
}

/// `pg_config --bindir` of the one on PATH; it may name a folder without a server, where only libpq is installed.
std::optional<fs::path> folder_by_pg_config(const std::vector<fs::path>& path) {
    for (const auto& folder : path) {
        if (!is_program(folder / "pg_config")) continue;
        auto asked = run({.program = folder / "pg_config", .arguments = {"--bindir"}, .environment = {}});
        if (!asked || !asked->ok()) return std::nullopt;
        return fs::path(asked->output.substr(0, asked->output.find('\n')));
    }
    return std::nullopt;
}

/// A file's bytes in memory, none when it cannot be read.
class MappedFile {
  public:
    explicit MappedFile(const fs::path& path) {
        const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat info{};
        if (file < 0) return;
        if (fstat(file, &info) == 0) {
            const auto size = static_cast<std::size_t>(info.st_size);
            if (auto* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0); memory != MAP_FAILED)
                text_ = {static_cast<const char*>(memory), size};
        }
        close(file);
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() {
        if (!text_.empty()) munmap(const_cast<char*>(text_.data()), text_.size());
    }

    /// At most the 40 bytes that follow `text`. memmem, because string_view::find takes ten times as long.
    std::optional<std::string> find(std::string_view text) const {
        if (text_.empty()) return std::nullopt;
        const auto* at = static_cast<const char*>(memmem(text_.data(), text_.size(), text.data(), text.size()));
        if (at == nullptr) return std::nullopt;
        const auto after = text_.substr(static_cast<std::size_t>(at - text_.data()) + text.size(), 40);
        return std::string(after);
    }

  private:
    std::string_view text_;
};

/// What `postgres --version` would say after "postgres (PostgreSQL) ": "15.20 (Debian 15.20-0+deb12u1)", "19devel". It
/// is written in the program, and reading it there takes a tenth of the time of running it.
std::optional<std::string> version_text(const fs::path& postgres) {
    constexpr std::string_view before = "postgres (PostgreSQL) ";
    if (auto written = MappedFile(postgres).find(before)) return written;
    auto asked = run({.program = postgres, .arguments = {"--version"}, .environment = {}});
    if (!asked || !asked->ok() || !asked->output.starts_with(before)) return std::nullopt;
    return asked->output.substr(before.size());
}

Error not_found(const std::vector<std::string>& tried, std::optional<int> wanted_major) {
    if (wanted_major)
        return {
            .code = "cluster.server_version",
            .message = fmt::format("the data directory needs PostgreSQL {}, which is not installed", *wanted_major),
            .detail = fmt::format("looked in {}", fmt::join(tried, ", ")),
            .hint = fmt::format("install it (Debian: apt-get install postgresql-{}), or name its folder with "
                                "GSDB_POSTGRES_BINDIR; to move to a newer version, upgrade the data directory with its "
                                "pg_upgrade",
                                *wanted_major),
            .exit_code = ExitCode::unavailable};
    return {.code = "cluster.no_server",
            .message = "no PostgreSQL server is installed here",
            .detail = fmt::format("looked in {}", fmt::join(tried, ", ")),
            .hint =
                "install one (Debian: apt-get install postgresql), name its folder with GSDB_POSTGRES_BINDIR, or use a "
                "running server with GSDB_DATABASE_URL",
            .exit_code = ExitCode::unavailable};
}

}  // namespace

Result<ServerBinaries> server_binaries_in(const fs::path& folder) {
    auto refused = [&](std::string detail) {
        return std::unexpected(
            Error{.code = "cluster.no_server",
                  .message = fmt::format("no usable PostgreSQL server in {}", folder.string()),
                  .detail = std::move(detail),
                  .hint = "GSDB_POSTGRES_BINDIR names the folder of `postgres` and `initdb`, for instance "
                          "/usr/lib/postgresql/15/bin",
                  .exit_code = ExitCode::unavailable});
    };
    for (auto program : {"postgres", "initdb"})
        if (!is_program(folder / program)) return refused(fmt::format("there is no program `{}`", program));
    auto version = version_text(folder / "postgres");
    if (!version) return refused("`postgres --version` does not tell its version");
    ServerBinaries binaries{.folder = folder, .version = version->substr(0, version->find_first_not_of("0123456789."))};
    std::from_chars(version->data(), version->data() + version->size(), binaries.major);
    if (binaries.major < server_major_min)
        return refused(fmt::format("it is PostgreSQL {}, and gsdb needs {} to {}", binaries.version, server_major_min,
                                   server_major_max));
    return binaries;
}

Result<ServerBinaries> find_server_binaries(std::string_view configured, std::optional<int> wanted_major,
                                            const Environment& environment) {
    std::vector<std::string> tried;
    auto fits = [&](const ServerBinaries& binaries) { return !wanted_major || binaries.major == *wanted_major; };
    auto look = [&](const fs::path& folder) -> std::optional<ServerBinaries> {
        tried.push_back(folder.string());
        if (!is_program(folder / "postgres")) return std::nullopt;
        auto found = server_binaries_in(folder);
        if (found && fits(*found)) return *found;
        if (found) tried.back() += fmt::format(" (PostgreSQL {})", found->version);
        return std::nullopt;
    };
    if (!configured.empty()) {
        auto found = server_binaries_in(configured);
        if (!found || fits(*found)) return found;
        return std::unexpected(
            not_found({fmt::format("{} (PostgreSQL {})", configured, found->version)}, wanted_major));
    }
    for (const auto& folder : package_folders())
        if (auto found = look(folder)) return *found;
    const auto path = search_path(environment);
    if (auto folder = folder_by_pg_config(path))
        if (auto found = look(*folder)) return *found;
    for (const auto& folder : path)
        if (is_program(folder / "postgres"))
            if (auto found = look(folder)) return *found;
    tried.emplace_back("PATH");
    return std::unexpected(not_found(tried, wanted_major));
}

bool ServerBinaries::has_library(std::string_view name) const {
    const auto file = fmt::format("{}.so", name);
    const auto installed = folder.parent_path();
    return std::ranges::any_of(std::array{"lib", "lib/postgresql", "lib64", "lib64/pgsql", "pgsql/lib"},
                               [&](const char* libraries) { return fs::exists(installed / libraries / file); });
}

bool ServerBinaries::has_lz4() const {
    // The name of the library it is linked to. Asking the program itself would need a data directory.
    return MappedFile(postgres()).find("liblz4.so").has_value();
}

}  // namespace gsdb::cluster
