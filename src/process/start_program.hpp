#pragma once
// From the supervisor's fork to the program.

#include <sys/types.h>

#include "process/supervisor.hpp"

namespace gsdb::process {

/// What the child says before it has become the program.
struct StartFailure {
    Step step;
    int error;
    bool is_fatal;  ///< else it could not enter its control group, and goes on without
};

/// Forks a child that becomes the program; what goes wrong is written to `failures`, which a successful start closes.
/// -1 with errno if there is no child.
pid_t fork_program(const Plan& plan, int failures);

}  // namespace gsdb::process
