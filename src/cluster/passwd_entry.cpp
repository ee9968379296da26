#include "cluster/passwd_entry.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

// .incbin rather than #embed: ccache sees it and does not hand out an object with an old library inside.
asm(".section .rodata\n"
    ".global gsdb_passwd_entry_begin\n"
    "gsdb_passwd_entry_begin:\n"
    ".incbin \"" GSDB_PASSWD_ENTRY_LIBRARY
    "\"\n"
    ".global gsdb_passwd_entry_end\n"
    "gsdb_passwd_entry_end:\n"
    ".previous\n");
extern "C" const char gsdb_passwd_entry_begin[];
extern "C" const char gsdb_passwd_entry_end[];

namespace gsdb::cluster {

int open_passwd_entry_library() {
    const int file = memfd_create("gsdb-passwd-entry", MFD_CLOEXEC);
    const auto size = gsdb_passwd_entry_end - gsdb_passwd_entry_begin;
    if (file >= 0 && write(file, gsdb_passwd_entry_begin, static_cast<std::size_t>(size)) != size) {
        close(file);
        return -1;
    }
    return file;
}

}  // namespace gsdb::cluster
