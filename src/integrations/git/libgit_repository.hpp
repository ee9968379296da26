#pragma once
// A repository through libgit2.

#include <memory>
#include <string>

#include "integrations/git/repository.hpp"

namespace gsdb::git {

struct LibgitOpened {
    enum class Outcome { opened, not_found, refused };
    Outcome outcome = Outcome::not_found;
    std::unique_ptr<Repository> repository;
    std::string cause;  ///< of the refusal
};

/// Looks in `path` and upwards, as git does.
LibgitOpened open_with_libgit(const std::string& path);

Error corrupted_repository(const std::string& path, std::string cause);

/// `name` below XDG_CONFIG_HOME, which is ~/.config by default; empty when there is no home.
std::string default_config_file(const std::string& name);

}  // namespace gsdb::git
