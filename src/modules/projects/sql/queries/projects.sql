-- name: create_project :one
-- type id: ProjectId
insert into projects.projects (organization_id, id, name, slug, description)
values (:organization_id, :project_id, :name, :slug, :description)
returning id;

-- name: create_project_unless_there :exec
-- One row when it was made, none when the organization has a project of that slug.
insert into projects.projects (organization_id, id, name, slug, description, status)
values (:organization_id, :project_id, :name, :slug, :description, 'active')
on conflict (organization_id, slug) where deleted_at is null do nothing;

-- name: find_project :optional
-- type id: ProjectId
select id, name, slug, description, status, created_at
from projects.projects
where organization_id = :organization_id and slug = :slug and deleted_at is null;

-- name: get_project :optional
select name, slug, description, status, created_at
from projects.projects
where organization_id = :organization_id and id = :project_id and deleted_at is null;

-- name: list_projects :many
-- type id: ProjectId
-- A page by slug; after_slug is empty for the first.
select id, name, slug, description, status, created_at
from projects.projects
where organization_id = :organization_id and slug > :after_slug and deleted_at is null
order by slug
limit :page_size;

-- name: note_change :one
-- column sequence: not null
-- The last statement of a transaction that changes something: the entry of the audit log.
select base.audit(action => :action, subject_kind => :subject_kind, subject_id => :subject_id, details => :details) as sequence;
