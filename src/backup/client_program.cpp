#include "backup/client_program.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>

#include "cluster/data_directory.hpp"
#include "cluster/server_binaries.hpp"

namespace gsdb::backup {

namespace fs = std::filesystem;

namespace {

/// Of "pg_dump (PostgreSQL) 15.20 (Debian ...)"; 0 when the program says something else.
int major_of(const fs::path& program) {
    auto asked = cluster::run({.program = program, .arguments = {"--version"}, .environment = {}});
    constexpr std::string_view before = "(PostgreSQL) ";
    if (!asked || !asked->ok()) return 0;
    const auto at = asked->output.find(before);
    if (at == std::string::npos) return 0;
    int major = 0;
    const auto* first = asked->output.data() + at + before.size();
    std::from_chars(first, asked->output.data() + asked->output.size(), major);
    return major;
}

std::vector<fs::path> folders(std::string_view configured, int major_min, const cluster::Environment& environment) {
    std::vector<fs::path> all;
    if (!configured.empty()) all.emplace_back(configured);
    for (int major = major_min; major <= cluster::server_major_max; ++major)
        for (auto pattern : {"/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/usr/libexec/postgresql{}"})
            all.emplace_back(fmt::format(fmt::runtime(pattern), major));
    const auto* list = environment("PATH");
    std::string_view rest = list != nullptr ? list : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        if (end > 0) all.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return all;
}

/// A value of libpq's password file.
std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

int make_password_file(std::string_view password) {
    const int file = memfd_create("gsdb-password", MFD_CLOEXEC);
    const auto line = fmt::format("*:*:*:*:{}\n", escaped(password));
    if (file < 0 || fchmod(file, 0600) != 0 || write(file, line.data(), line.size()) != std::ssize(line))
        throw Failure({.code = "backup.no_password_file", .message = "cannot hand the password to a program"});
    return file;
}

std::string connection_string(const pg::ConnectOptions& options) {
    std::string text;
    auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text += fmt::format("{}{}='", text.empty() ? "" : " ", name);
        for (char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += "'";
    };
    add("host", options.host);
    add("port", std::to_string(options.port));
    add("dbname", options.database);
    add("user", options.user);
    add("application_name", options.application_name);
    for (const auto& [name, value] : options.extra) add(name, value);
    return text;
}

}  // namespace

Result<ClientProgram> find_client_program(std::string_view name, int major_min, std::string_view configured,
                                          const cluster::Environment& environment) {
    std::string found;
    for (const auto& folder : folders(configured, major_min, environment)) {
        const auto path = folder / name;
        if (access(path.c_str(), X_OK) != 0) continue;
        const int major = major_of(path);
        if (major >= major_min) return ClientProgram{path, major};
        found += fmt::format("{}{} is of PostgreSQL {}", found.empty() ? "" : ", ", path.string(), major);
    }
    return std::unexpected(
        Error{.code = "backup.no_client",
              .message = fmt::format("no {} of PostgreSQL {} or newer is installed here", name, major_min),
              .detail = found,
              .hint = fmt::format("install it (Debian: apt-get install postgresql-client-{}), or name its folder with "
                                  "GSDB_POSTGRES_BINDIR",
                                  major_min),
              .exit_code = ExitCode::unavailable});
}

ClientCommand::ClientCommand(const ClientProgram& program, std::vector<std::string> arguments,
                             const pg::ConnectOptions& options) {
    arguments.emplace_back("--no-password");
    arguments.push_back("--dbname=" + connection_string(options));
    command_ = {.program = program.path,
                .arguments = std::move(arguments),
                .environment = cluster::server_environment(),
                .parent_death_signal = SIGKILL};
    if (options.password.empty()) return;
    password_file_ = make_password_file(options.password);
    command_.environment.push_back(fmt::format("PGPASSFILE=/proc/self/fd/{}", password_file_));
    command_.inherited.push_back(password_file_);
}

ClientCommand::~ClientCommand() {
    if (password_file_ >= 0) close(password_file_);
}

}  // namespace gsdb::backup
