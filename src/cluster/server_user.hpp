#pragma once
// The user that the PostgreSQL server runs as. PostgreSQL refuses to run as root, so root's server becomes `postgres`,
// or `nobody` where there is none.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace gsdb::cluster {

struct ServerUser {
    uid_t uid;
    gid_t gid;
    bool drops;  ///< this process is root and its server is not

    /// Who runs the server of the home folder `home`. For root: the owner of an existing data directory, or else of the
    /// home folder, unless that is root; then `postgres`.
    static ServerUser choose(const std::filesystem::path& home);

    /// Whether this user can pass into `folder`, asked of the kernel in a child process.
    bool can_enter(const std::filesystem::path& folder) const;

    bool has_passwd_entry() const;

    /// For messages: "postgres (uid 103)", "uid 12345".
    std::string name() const;
};

/// For use between fork and exec: calls nothing that allocates or locks. False with errno set when the kernel refuses.
bool become(const ServerUser& user);

}  // namespace gsdb::cluster
