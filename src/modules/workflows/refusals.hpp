#pragma once
// What the routines of the module refuse, as errors.

#include <array>

#include "modules/identity/api.hpp"

namespace gsdb::workflows {

// Those of workflows.error_codes().
inline constexpr std::array<identity::RoutineError, 18> routine_errors{{
    {"GS901", "execution_unknown", ExitCode::not_found},
    {"GS902", "template_unknown", ExitCode::not_found},
    {"GS903", "execution_not_running", ExitCode::conflict},
    {"GS904", "execution_not_paused", ExitCode::conflict},
    {"GS905", "execution_not_failed", ExitCode::conflict},
    {"GS906", "execution_is_over", ExitCode::conflict},
    {"GS907", "stage_not_current", ExitCode::conflict},
    {"GS908", "stage_not_pending", ExitCode::conflict},
    {"GS909", "stage_not_begun", ExitCode::conflict},
    {"GS910", "validations_not_passed", ExitCode::conflict},
    {"GS911", "no_stage_left", ExitCode::conflict},
    {"GS912", "stages_left", ExitCode::conflict},
    {"GS913", "attempts_exhausted", ExitCode::conflict},
    {"GS914", "step_input_differs", ExitCode::conflict},
    {"GS915", "merge_unknown", ExitCode::not_found},
    {"GS916", "merge_move_refused", ExitCode::conflict},
    {"GS917", "organization_mismatch", ExitCode::conflict},
    {"GS918", "deadline_not_reached", ExitCode::conflict},
}};
inline constexpr identity::RefusalTable refusals{.module = "workflows", .routine_errors = routine_errors};

}  // namespace gsdb::workflows
