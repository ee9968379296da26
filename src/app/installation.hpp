#pragma once
// From a server to databases that are there, current and usable.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "migrate/doctor.hpp"
#include "migrate/finding.hpp"

namespace gsdb::app {

struct Installed {
    std::vector<std::string> changes;  ///< "created database codebase_db"; empty when everything was there
    std::vector<std::string> applied;  ///< "codebase_db: codebase 0003_create_files"
};

enum class Thoroughness : std::uint8_t {
    whole,    ///< looks at everything
    in_hand,  ///< takes what the reader sees for current when nothing else changed: for commands that are in a hurry
};

/// Roles, databases, schemas, migrations, what the reader sees. Safe to run again at any time, also after having been
/// killed.
Installed install(const Program& program, const DatabaseServer& server,
                  Thoroughness thoroughness = Thoroughness::whole);

/// Whether the database of the module is there, and base and the module in it are as this program knows them. Asks that
/// one database alone: what needs no other may then spare itself install().
bool is_current(const DatabaseServer& server, std::string_view module);

/// For commands that are in a hurry: install() of an embedded server where the module is not current.
void install_unless_current(const Program& program, const DatabaseServer& server, std::string_view module);

/// After a migration: analytics_db shows analytics_readonly every module as it is now. Returns what changed.
std::vector<std::string> let_reader_see_all(const Program& program, const DatabaseServer& server);

migrate::DoctorOptions doctor_options(const Program& program, const DatabaseServer& server);

/// What `gsdb db doctor` finds.
migrate::Findings examine(const Program& program, const DatabaseServer& server);

}  // namespace gsdb::app
