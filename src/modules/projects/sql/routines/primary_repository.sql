-- The unique index allows one primary repository at any moment, so the old one steps back first.

create or replace function projects.set_primary_repository(project uuid, repository uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update projects.project_repositories l
    set role = 'secondary', updated_at = now()
    where l.organization_id = organization and l.project_id = project and l.role = 'primary' and l.repository_id <> repository;
    update projects.project_repositories l
    set role = 'primary', updated_at = now()
    where l.organization_id = organization and l.project_id = project and l.repository_id = repository;
    if not found then
        raise exception using errcode = 'GS201',
            message = format('project %s does not work in repository %s', project, repository),
            hint = 'Link the repository to the project first.';
    end if;
end
$$;
comment on function projects.set_primary_repository(uuid, uuid) is 'Makes a linked repository the project''s primary one.';
