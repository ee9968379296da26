#pragma once
// The library of passwd_entry.c, carried in the program.

namespace gsdb::cluster {

/// A descriptor of the library, a file in memory; -1 when the kernel gives none. A child that inherits it preloads it
/// with LD_PRELOAD=/proc/self/fd/N. The caller closes it.
int open_passwd_entry_library();

}  // namespace gsdb::cluster
