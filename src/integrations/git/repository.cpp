#include "integrations/git/repository.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <utility>

#include "integrations/git/command_repository.hpp"
#include "integrations/git/libgit_repository.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::git {

using codebase::source::display_path;

Error corrupted_repository(const std::string& path, std::string cause) {
    return {.code = "source.corrupted",
            .message = fmt::format("the Git repository {} is damaged", display_path(path)),
            .detail = std::move(cause),
            .hint = "run `git fsck` in it; a fresh clone is the surest repair"};
}

std::string default_config_file(const std::string& name) {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && *config != '\0') return config + name;
    const char* home = std::getenv("HOME");
    return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.config" + name;
}

bool Repository::is_shallow() const {
    struct stat status{};
    return ::stat((layout().common_dir + "/shallow").c_str(), &status) == 0 && status.st_size > 0;
}

Result<std::unique_ptr<Repository>> find_repository(const std::string& path) {
    auto opened = open_with_libgit(path);
    if (opened.outcome == LibgitOpened::Outcome::opened) return std::move(opened.repository);
    if (opened.outcome == LibgitOpened::Outcome::not_found) return nullptr;
    auto by_git = open_with_git(path);
    if (by_git && *by_git != nullptr) return by_git;
    if (!by_git && by_git.error().code == "git.missing") {
        return std::unexpected(
            Error{.code = "source.unsupported",
                  .message = fmt::format("the repository {} needs the git program", display_path(path)),
                  .detail = opened.cause,
                  .hint = by_git.error().hint,
                  .exit_code = ExitCode::unavailable});
    }
    return std::unexpected(corrupted_repository(path, opened.cause));
}

}  // namespace gsdb::git
