#include "integrations/git/libgit.hpp"

#include <array>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// libgit2 1.5 leaks the match data of each regular expression it tries: a few for each repository with extensions that
// is opened. Nothing else here uses pcre2.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libpcre2-8.so\n";
}  // NOLINT
#endif
#endif

namespace gsdb::git {

void use_libgit() {
    static const bool started = [] {
        git_libgit2_init();
        // Git refuses repositories of other users because their configuration can make it run programs. We only read:
        // no hook, filter, textconv, credential helper or file system monitor is ever run by libgit2, and command.cpp
        // turns them off for the git program. A container's or a colleague's repository may therefore be indexed.
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        // Extensions that change nothing for a reader: settings of one work tree; objects left at the remote, which are
        // then reported as missing; objects that must not be deleted.
        std::array extensions{"worktreeconfig", "partialclone", "preciousobjects"};
        git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
        // Hashing each object again costs a third of the reading time; zlib and the pack checksums notice damage.
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
        // A history reads the same trees and contents again from commit to commit. The default is to keep up to 256 MB,
        // small trees alone.
        git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(48U << 20U));
        git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, static_cast<std::size_t>(64U << 10U));
        git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_BLOB, static_cast<std::size_t>(64U << 10U));
        // Of a pack no more than this is mapped at once; the default maps all of it, which counts as our memory.
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, static_cast<std::size_t>(8U << 20U));
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, static_cast<std::size_t>(64U << 20U));
        return true;
    }();
    (void)started;
}

std::string libgit_message() {
    const auto* error = git_error_last();
    return error == nullptr || error->message == nullptr ? "no reason given" : error->message;
}

}  // namespace gsdb::git
