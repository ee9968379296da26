#pragma once
// pg_dump and pg_restore: finding one that fits, and telling it where to connect without telling anybody else.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "cluster/child_process.hpp"
#include "cluster/home.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::backup {

struct ClientProgram {
    std::filesystem::path path;
    int major = 0;
};

/// "pg_dump" or "pg_restore" of at least that major version, the closest to it: in `configured` (postgres.bindir), in
/// the packages' folders, on PATH. Error: backup.no_client.
Result<ClientProgram> find_client_program(std::string_view name, int major_min, std::string_view configured,
                                          const cluster::Environment& environment);

/// A command that connects to the database of `options`. The password is in a file in memory that the program inherits,
/// so neither its arguments nor its environment hold it.
class ClientCommand {
  public:
    ClientCommand(const ClientProgram& program, std::vector<std::string> arguments, const pg::ConnectOptions& options);
    ~ClientCommand();
    ClientCommand(const ClientCommand&) = delete;
    ClientCommand& operator=(const ClientCommand&) = delete;

    const cluster::Command& command() const { return command_; }

  private:
    cluster::Command command_;
    int password_file_ = -1;
};

}  // namespace gsdb::backup
