#include "cluster/server_user.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gsdb::cluster {

ServerUser ServerUser::choose(const std::filesystem::path& home) {
    if (geteuid() != 0) return {geteuid(), getegid(), false};
    struct stat owner{};
    for (const auto& folder : {home / "cluster" / "data", home})
        if (stat(folder.c_str(), &owner) == 0 && owner.st_uid != 0) return {owner.st_uid, owner.st_gid, true};
    for (auto name : {"postgres", "nobody"})
        if (const auto* account = getpwnam(name)) return {account->pw_uid, account->pw_gid, true};
    return {65534, 65534, true};
}

bool ServerUser::can_enter(const std::filesystem::path& folder) const {
    auto child = fork();
    if (child == 0) _exit(become(*this) && chdir(folder.c_str()) == 0 ? 0 : 1);
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool ServerUser::has_passwd_entry() const {
    return getpwuid(uid) != nullptr;
}

std::string ServerUser::name() const {
    if (const auto* account = getpwuid(uid)) return fmt::format("{} (uid {})", account->pw_name, uid);
    return fmt::format("uid {}", uid);
}

bool become(const ServerUser& user) {
    if (!user.drops) return true;
    // The bare system calls: glibc's wrappers would look for the other threads, which a forked child does not have.
    return syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
           syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

}  // namespace gsdb::cluster
