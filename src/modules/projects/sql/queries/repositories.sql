-- name: create_repository_unless_there :exec
-- param web_url: nullable
-- param default_branch: nullable
-- One row when it was made, none when the organization has a repository of that provider, namespace and name.
insert into projects.repositories (organization_id, id, provider, namespace, name, clone_url, web_url, default_branch)
values (:organization_id, :repository_id, :provider, :namespace, :name, :clone_url, :web_url, coalesce(:default_branch, 'main'))
on conflict (organization_id, provider, lower(namespace), lower(name)) where deleted_at is null do nothing;

-- name: find_repository :optional
-- type id: RepositoryId
select id, provider, namespace, name, clone_url, web_url, default_branch, status, created_at
from projects.repositories
where organization_id = :organization_id and provider = :provider and lower(namespace) = lower(:namespace)
  and lower(name) = lower(:name) and deleted_at is null;

-- name: get_repository :optional
select provider, namespace, name, clone_url, web_url, default_branch, status, created_at
from projects.repositories
where organization_id = :organization_id and id = :repository_id and deleted_at is null;

-- name: list_repositories :many
-- param project_id: nullable
-- param after_id: nullable
-- type id: RepositoryId
-- type after_id: RepositoryId
-- A page in the order they were added, of one project or of all.
select r.id, r.provider, r.namespace, r.name, r.clone_url, r.web_url, r.default_branch, r.status, r.created_at
from projects.repositories r
where r.organization_id = :organization_id and r.deleted_at is null
  and (:after_id::uuid is null or r.id > :after_id)
  and (:project_id::uuid is null or exists (
      select from projects.project_repositories l
      where l.organization_id = r.organization_id and l.repository_id = r.id and l.project_id = :project_id))
order by r.id
limit :page_size;

-- name: update_repository_location :exec
-- param web_url: nullable
-- param default_branch: nullable
-- What a new look at the repository has found; unchanged rows are not written.
update projects.repositories
set clone_url = :clone_url, web_url = coalesce(:web_url, web_url), default_branch = coalesce(:default_branch, default_branch), updated_at = now()
where organization_id = :organization_id and id = :repository_id
  and (clone_url, web_url, default_branch)
      is distinct from (:clone_url, coalesce(:web_url, web_url), coalesce(:default_branch, default_branch));

-- name: link_repository :exec
-- One row when it was linked, none when it was before.
insert into projects.project_repositories (organization_id, project_id, repository_id, role)
values (:organization_id, :project_id, :repository_id, :role)
on conflict (organization_id, project_id, repository_id) do nothing;

-- name: set_primary_repository :exec
-- Error GS201 when the project does not work in the repository.
select projects.set_primary_repository(project => :project_id, repository => :repository_id);

-- name: find_project_of_repository :optional
-- The project that has worked in the repository for longest.
select l.project_id
from projects.project_repositories l
join projects.projects p on p.organization_id = l.organization_id and p.id = l.project_id and p.deleted_at is null
where l.organization_id = :organization_id and l.repository_id = :repository_id
order by l.created_at, l.project_id
limit 1;
