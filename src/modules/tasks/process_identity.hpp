#pragma once
// How workers of one machine tell whether each other's process is still there.

#include <cstdint>
#include <string>

namespace gsdb::tasks {

struct ProcessIdentity {
    std::string host;
    std::int32_t process_id = 0;
    /// Within what process_id is unique: the boot and the process namespace. Empty when it cannot be found out.
    std::string machine;
};

ProcessIdentity this_process();

/// Whether a process of this machine has ended, one that nobody has waited for included. In doubt it has not.
bool has_ended(std::int32_t process_id);

}  // namespace gsdb::tasks
