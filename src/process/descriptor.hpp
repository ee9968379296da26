#pragma once
// Descriptors that are no standard streams.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"

namespace gsdb::process {

/// What a call that opens has answered, moved above the three standard streams, which are replaced in a child.
/// Throws std::system_error if there is none.
inline Descriptor opened(int number, const char* what) {
    if (number >= 0 && number <= STDERR_FILENO) {
        const Descriptor low(number);
        number = ::fcntl(low.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    if (number < 0) throw std::system_error(errno, std::generic_category(), what);
    return Descriptor(number);
}

}  // namespace gsdb::process
