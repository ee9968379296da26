#pragma once
// A backup brought back to life: in databases of passing names, which take the names of the real ones only when all of
// them are filled, compared and checked. That last step is one transaction of the server.
//
//     Restoration restoration(destination, folder, options);
//     auto trial = restoration.fill();
//     restoration.take_place();          // or not, for a trial; the destructor removes what has no place

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/backup_folder.hpp"
#include "backup/backup_run.hpp"
#include "backup/client_program.hpp"
#include "migrate/finding.hpp"
#include "migrate/module_schema.hpp"
#include "migrate/secret_store.hpp"

namespace gsdb::backup {

struct Destination {
    Source server;                     ///< the layout with the names that the databases are to have
    std::string maintenance_database;  ///< a database that is there
    migrate::SecretStore* secrets;     ///< of the roles; passwords of those to be made are put there
    std::span<const migrate::ModuleSchema> modules;
};

struct RestoreOptions {
    ClientProgram restore;
    bool replace = false;  ///< databases of those names, with what is in them
    std::stop_token cancel{};
    Progress progress{};
};

struct Trial {
    std::vector<std::string> differences;  ///< between what was saved and what is there now; empty when all is well
    migrate::Findings findings;            ///< of the verification that were not there when it was saved
    std::vector<std::string> notes;
};

class Restoration {
  public:
    /// Refuses: backup.other_layout, backup.server_older, backup.holds_data, backup.restore_running.
    Restoration(const Destination& destination, const BackupFolder& folder, RestoreOptions options);
    ~Restoration();
    Restoration(const Restoration&) = delete;
    Restoration& operator=(const Restoration&) = delete;

    /// Makes the databases under passing names and compares them with the backup's manifest.
    Trial fill();

    /// Gives them their names, all at once; those that had them before are dropped. Returns what was done.
    std::vector<std::string> take_place();

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace gsdb::backup
