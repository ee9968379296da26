#pragma once
// Applies the routine files of a module whose text changed.

#include <string>
#include <vector>

#include "base/task.hpp"
#include "migrate/records.hpp"
#include "migrate/session.hpp"

namespace gsdb::migrate {

/// The module's files whose text is not the recorded one.
std::vector<const Routine*> changed_routines(const ModuleFiles& module, const Records& records);

/// Whether a routine changed, or the shape that is recorded is not of what is in force. Migrations are plan_module()'s.
bool lags_behind(const ModuleFiles& module, const Records& records);

enum class Missing {
    refuse,   ///< every file has to apply
    postpone  ///< files that need what is not there yet are left for later
};

/// Applies them in one transaction, in whatever order their dependencies ask for, and records them. Updates `records`
/// and returns the files that were applied.
Task<std::vector<const Routine*>> apply_routines(Session* session, const ModuleFiles* module,
                                                 std::vector<const Routine*> routines, Missing missing,
                                                 std::string program_version, Records* records);

/// The script of the above, for --dry-run as well. `routines` is not empty.
std::string routines_script(const ModuleFiles& module, const std::vector<const Routine*>& routines, Missing missing,
                            std::string_view program_version);

}  // namespace gsdb::migrate
