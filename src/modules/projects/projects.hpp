#pragma once
// Projects and the repositories they work in.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/identity/api.hpp"
#include "modules/projects/database.hpp"
#include "modules/projects/repository_name.hpp"
#include "pg/database.hpp"

namespace gsdb::projects {

using identity::Actor;

struct NewProject {
    std::string name;
    std::string slug;  ///< its name in URLs; empty: made of the name
    std::string description;
};

struct Project {
    ProjectId id;
    std::string name;
    std::string slug;
    std::string description;
    std::string status;  ///< a label of projects.project_status
    Timestamp created_at;
};

struct NewRepository {
    RepositoryName name;
    std::optional<std::string> default_branch;  ///< empty when not known
};

struct Repository {
    RepositoryId id;
    RepositoryName name;
    std::string default_branch;
    std::string status;  ///< a label of projects.repository_status
    Timestamp created_at;
};

struct Registration {
    ProjectId project_id;
    RepositoryId repository_id;
    bool is_new = false;  ///< the repository was not known before

    bool operator==(const Registration&) const = default;
};

/// Reading needs projects:read, changing projects:write ("identity.forbidden" names what is missing). Everything stays
/// within the actor's organization; changes are noted in the audit log. What the database refuses is
/// "projects.taken", "projects.unknown_reference", "projects.bad_value" or one of projects.error_codes().
class Projects {
  public:
    explicit Projects(pg::Database<Database> database) : database_(std::move(database)) {}

    Task<Result<ProjectId>> create(Actor actor, NewProject project) const;
    /// "projects.project_unknown" when the organization has none of that id.
    Task<Result<Project>> get(Actor actor, ProjectId id) const;
    Task<Result<Project>> find(Actor actor, std::string slug) const;
    /// By slug; `after_slug` is the last one of the page before, empty for the first page.
    Task<Result<std::vector<Project>>> list(Actor actor, std::string after_slug, std::int64_t page_size) const;

    /// "projects.repository_unknown" when the organization has none of that id.
    Task<Result<Repository>> get_repository(Actor actor, RepositoryId id) const;
    /// In the order they were added, of one project or of all.
    Task<Result<std::vector<Repository>>> list_repositories(Actor actor, std::optional<ProjectId> project_id,
                                                            std::optional<RepositoryId> after,
                                                            std::int64_t page_size) const;

    /// Finds the repository by provider, namespace and name, or makes it. Its location and default branch follow what
    /// is given.
    Task<Result<RepositoryId>> add_repository(Actor actor, NewRepository repository) const;
    /// Linking twice is the same as once.
    Task<Result<void>> link(Actor actor, ProjectId project_id, RepositoryId repository_id) const;
    /// A linked repository becomes the project's primary one; the one that was becomes secondary.
    Task<Result<void>> set_primary(Actor actor, ProjectId project_id, RepositoryId repository_id) const;

    /// What an index run does first: the repository is known and in a project afterwards, in the organization's default
    /// project (slug "default") when it was in none. The same however often and by however many it is called.
    Task<Result<Registration>> register_repository(Actor actor, NewRepository repository) const;

  private:
    pg::Database<Database> database_;
};

}  // namespace gsdb::projects
