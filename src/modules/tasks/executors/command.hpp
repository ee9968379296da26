#pragma once
// Tasks that run a program.
//
//     {"arguments": ["make", "check"], "folder": "/srv/app", "environment": {"CI": "1"}, "pass_environment":
//     ["HOME_URL"],
//      "cpu_seconds_max": 600, "memory_bytes_max": 1073741824, "processes_max": 64, "output_bytes_max": 16777216}
//
// The program reads the task's input on its standard input, as JSON, and finds GSDB_TASK_ID and GSDB_ATTEMPT in its
// environment. Status 0 is success; its output is the last line of standard output that is not empty, when that is a
// JSON object of less than 64 KiB, and else an empty object.

#include <string>

#include "modules/tasks/handler.hpp"
#include "process/run.hpp"

namespace gsdb::tasks {

/// The command as configured. Throws InvalidInput.
process::Command read_command(const std::string& configuration);

/// What running it took, as tasks record it.
AttemptUsage usage_of(const process::Outcome& outcome);

Handler command_handler();

}  // namespace gsdb::tasks
