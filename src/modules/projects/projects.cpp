#include "modules/projects/projects.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <memory>

#include "modules/projects/queries.hpp"

namespace gsdb::projects {

namespace json = boost::json;

namespace {

constexpr identity::Permission reading{.area = "projects", .access = identity::Access::read};
constexpr identity::Permission writing{.area = "projects", .access = identity::Access::write};

constexpr std::string_view default_project_slug = "default";

// Those of projects.error_codes().
constexpr std::array<identity::RoutineError, 1> routine_errors{
    {{"GS201", "repository_not_linked", ExitCode::conflict}}};
constexpr identity::RefusalTable refusals{.module = "projects", .routine_errors = routine_errors};

std::unexpected<Error> unknown(std::string_view kind, std::string name) {
    return std::unexpected(Error{.code = fmt::format("projects.{}_unknown", kind),
                                 .message = fmt::format("there is no {} {}", kind, name),
                                 .hint = "the list shows which there are",
                                 .exit_code = ExitCode::not_found});
}

template <class Row>
Project project_of(ProjectId id, Row row) {
    return {.id = id,
            .name = std::move(row.name),
            .slug = std::move(row.slug),
            .description = std::move(row.description),
            .status = std::move(row.status),
            .created_at = row.created_at};
}

template <class Row>
Repository repository_of(RepositoryId id, Row row) {
    return {.id = id,
            .name = {.provider = std::move(row.provider),
                     .name_space = std::move(row.namespace_),
                     .name = std::move(row.name),
                     .clone_url = std::move(row.clone_url),
                     .web_url = std::move(row.web_url)},
            .default_branch = std::move(row.default_branch),
            .status = std::move(row.status),
            .created_at = row.created_at};
}

Task<> note(pg::Transaction tx, std::string action, std::string kind, std::string id, json::object details) {
    co_await tx.query<sql::NoteChange>({.action = std::move(action),
                                        .subject_kind = "projects." + std::move(kind),
                                        .subject_id = std::move(id),
                                        .details = {json::serialize(details)}});
}

// Each of the following is the work of one transaction that is signed by its caller.

Task<ProjectId> insert_project(pg::Transaction tx, Actor actor, NewProject project) {
    auto organization_id = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    auto created = co_await tx.query<sql::CreateProject>({.organization_id = organization_id,
                                                          .project_id = ProjectId::make(SystemClock()),
                                                          .name = project.name,
                                                          .slug = project.slug,
                                                          .description = project.description});
    co_await note(tx, "created", "projects", to_string(created.id), {{"name", project.name}, {"slug", project.slug}});
    co_return created.id;
}

struct AddedRepository {
    RepositoryId id;
    bool is_new;
};

Task<AddedRepository> upsert_repository(pg::Transaction tx, OrganizationId organization_id, NewRepository repository) {
    const auto& name = repository.name;
    auto new_id = RepositoryId::make(SystemClock());
    auto created = co_await tx.query<sql::CreateRepositoryUnlessThere>({.organization_id = organization_id,
                                                                        .repository_id = new_id,
                                                                        .provider = name.provider,
                                                                        .namespace_ = name.name_space,
                                                                        .name = name.name,
                                                                        .clone_url = name.clone_url,
                                                                        .web_url = name.web_url,
                                                                        .default_branch = repository.default_branch});
    if (created == 1) {
        co_await note(tx, "created", "repositories", to_string(new_id),
                      {{"provider", name.provider}, {"namespace", name.name_space}, {"name", name.name}});
        co_return AddedRepository{new_id, true};
    }
    auto known = co_await tx.query<sql::FindRepository>({.organization_id = organization_id,
                                                         .provider = name.provider,
                                                         .namespace_ = name.name_space,
                                                         .name = name.name});
    // Deleted between the two statements: the transaction's next attempt makes it.
    if (!known)
        throw Failure({.code = "projects.repository_vanished",
                       .message = "the repository was deleted meanwhile",
                       .hint = "try again"});
    co_await tx.query<sql::UpdateRepositoryLocation>({.clone_url = name.clone_url,
                                                      .web_url = name.web_url,
                                                      .default_branch = repository.default_branch,
                                                      .organization_id = organization_id,
                                                      .repository_id = known->id});
    co_return AddedRepository{known->id, false};
}

Task<RepositoryId> add_repository_in(pg::Transaction tx, Actor actor, NewRepository repository) {
    auto organization_id = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    auto added = co_await upsert_repository(tx, organization_id, std::move(repository));
    co_return added.id;
}

Task<> link_in(pg::Transaction tx, OrganizationId organization_id, ProjectId project_id, RepositoryId repository_id) {
    auto linked = co_await tx.query<sql::LinkRepository>({.organization_id = organization_id,
                                                          .project_id = project_id,
                                                          .repository_id = repository_id,
                                                          .role = "secondary"});
    if (linked == 1)
        co_await note(tx, "linked", "project_repositories", to_string(project_id),
                      {{"repository_id", to_string(repository_id)}});
}

Task<> link_signed(pg::Transaction tx, Actor actor, ProjectId project_id, RepositoryId repository_id) {
    auto organization_id = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    co_await link_in(tx, organization_id, project_id, repository_id);
}

Task<> set_primary_in(pg::Transaction tx, Actor actor, ProjectId project_id, RepositoryId repository_id) {
    co_await identity::sign(tx, std::move(actor));
    co_await tx.query<sql::SetPrimaryRepository>({.project_id = project_id, .repository_id = repository_id});
    co_await note(tx, "made_primary", "project_repositories", to_string(project_id),
                  {{"repository_id", to_string(repository_id)}});
}

Task<ProjectId> default_project(pg::Transaction tx, OrganizationId organization_id) {
    auto new_id = ProjectId::make(SystemClock());
    std::string slug(default_project_slug);
    auto created = co_await tx.query<sql::CreateProjectUnlessThere>(
        {.organization_id = organization_id,
         .project_id = new_id,
         .name = "Default project",
         .slug = slug,
         .description = "Repositories that were indexed and belong to no other project."});
    if (created == 1) {
        co_await note(tx, "created", "projects", to_string(new_id), {{"slug", slug}});
        co_return new_id;
    }
    auto known = co_await tx.query<sql::FindProject>({.organization_id = organization_id, .slug = slug});
    if (!known)
        throw Failure({.code = "projects.project_vanished",
                       .message = "the default project was deleted meanwhile",
                       .hint = "try again"});
    co_return known->id;
}

Task<Registration> register_in(pg::Transaction tx, Actor actor, NewRepository repository) {
    auto organization_id = actor.organization_id();
    co_await identity::sign(tx, std::move(actor));
    auto added = co_await upsert_repository(tx, organization_id, std::move(repository));
    auto linked = co_await tx.query<sql::FindProjectOfRepository>(
        {.organization_id = organization_id, .repository_id = added.id});
    if (linked) co_return Registration{linked->project_id, added.id, added.is_new};
    auto project_id = co_await default_project(tx, organization_id);
    co_await link_in(tx, organization_id, project_id, added.id);
    co_return Registration{project_id, added.id, added.is_new};
}

pg::TransactionOptions read_only(const Actor& actor) {
    return {.organization = actor.organization_id(), .access = pg::Access::read_only};
}

}  // namespace

Task<Result<ProjectId>> Projects::create(Actor actor, NewProject project) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    if (project.slug.empty()) project.slug = to_slug(project.name);
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return insert_project(tx, actor, project); }),
        refusals);
}

Task<Result<Project>> Projects::get(Actor actor, ProjectId id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto row = co_await database_.query<sql::GetProject>(
        read_only(actor), {.organization_id = actor.organization_id(), .project_id = id});
    if (!row) co_return unknown("project", to_string(id));
    co_return project_of(id, std::move(*row));
}

Task<Result<Project>> Projects::find(Actor actor, std::string slug) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto row = co_await database_.query<sql::FindProject>(read_only(actor),
                                                          {.organization_id = actor.organization_id(), .slug = slug});
    if (!row) co_return unknown("project", slug);
    auto id = row->id;
    co_return project_of(id, std::move(*row));
}

Task<Result<std::vector<Project>>> Projects::list(Actor actor, std::string after_slug, std::int64_t page_size) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto rows = co_await database_.query<sql::ListProjects>(
        read_only(actor),
        {.organization_id = actor.organization_id(), .after_slug = std::move(after_slug), .page_size = page_size});
    std::vector<Project> projects;
    projects.reserve(rows.size());
    for (auto& row : rows) {
        auto id = row.id;
        projects.push_back(project_of(id, std::move(row)));
    }
    co_return projects;
}

Task<Result<Repository>> Projects::get_repository(Actor actor, RepositoryId id) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto row = co_await database_.query<sql::GetRepository>(
        read_only(actor), {.organization_id = actor.organization_id(), .repository_id = id});
    if (!row) co_return unknown("repository", to_string(id));
    co_return repository_of(id, std::move(*row));
}

Task<Result<std::vector<Repository>>> Projects::list_repositories(Actor actor, std::optional<ProjectId> project_id,
                                                                  std::optional<RepositoryId> after,
                                                                  std::int64_t page_size) const {
    if (auto allowed = actor.authorize(reading); !allowed) co_return std::unexpected(allowed.error());
    auto rows =
        co_await database_.query<sql::ListRepositories>(read_only(actor), {.organization_id = actor.organization_id(),
                                                                           .after_id = after,
                                                                           .project_id = project_id,
                                                                           .page_size = page_size});
    std::vector<Repository> repositories;
    repositories.reserve(rows.size());
    for (auto& row : rows) {
        auto id = row.id;
        repositories.push_back(repository_of(id, std::move(row)));
    }
    co_return repositories;
}

Task<Result<RepositoryId>> Projects::add_repository(Actor actor, NewRepository repository) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return add_repository_in(tx, actor, repository); }),
        refusals);
}

Task<Result<void>> Projects::link(Actor actor, ProjectId project_id, RepositoryId repository_id) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(),
                              [&](auto& tx) { return link_signed(tx, actor, project_id, repository_id); }),
        refusals);
}

Task<Result<void>> Projects::set_primary(Actor actor, ProjectId project_id, RepositoryId repository_id) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(),
                              [&](auto& tx) { return set_primary_in(tx, actor, project_id, repository_id); }),
        refusals);
}

Task<Result<Registration>> Projects::register_repository(Actor actor, NewRepository repository) const {
    if (auto allowed = actor.authorize(writing); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await identity::with_refusals(
        database_.transaction(actor.transaction(), [&](auto& tx) { return register_in(tx, actor, repository); }),
        refusals);
}

}  // namespace gsdb::projects
