// Gives a process whose uid has no passwd entry one, when preloaded. initdb asks for the name of its user and fails
// without; containers are often run under a uid that nobody told /etc/passwd of. Only initdb gets this library.

#include <pwd.h>
#include <stddef.h>

static struct passwd account = {
    .pw_name = "gsdb", .pw_passwd = "x", .pw_gecos = "", .pw_dir = "/", .pw_shell = "/bin/sh"};

struct passwd* getpwuid(uid_t uid) {
    account.pw_uid = uid;
    return &account;
}

int getpwuid_r(uid_t uid, struct passwd* found, char* buffer, size_t size, struct passwd** result) {
    (void)buffer;
    (void)size;
    *found = *getpwuid(uid);
    *result = found;
    return 0;
}
