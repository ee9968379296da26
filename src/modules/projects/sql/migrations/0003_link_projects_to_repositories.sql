-- Which repositories a project works in. One of them may be the primary one.

create type projects.repository_role as enum ('primary', 'secondary', 'dependency', 'documentation', 'infrastructure');
comment on type projects.repository_role is 'What a repository is to a project.';

create table projects.project_repositories (
    organization_id    uuid                     not null,
    project_id         uuid                     not null,
    repository_id      uuid                     not null,
    role               projects.repository_role not null default 'secondary',
    is_synchronized    boolean                  not null default true,
    receives_webhooks  boolean                  not null default false,
    runs_ci            boolean                  not null default false,
    created_at         timestamptz              not null default now(),
    updated_at         timestamptz              not null default now(),
    constraint project_repositories_pkey primary key (organization_id, project_id, repository_id)
);
create index project_repositories_repository_idx on projects.project_repositories (organization_id, repository_id);
create unique index a_project_has_one_primary_repository on projects.project_repositories (organization_id, project_id) where role = 'primary';

comment on table projects.project_repositories is 'The repositories that a project works in.';
comment on column projects.project_repositories.organization_id is 'The organization of both.';
comment on column projects.project_repositories.project_id is 'The project.';
comment on column projects.project_repositories.repository_id is 'The repository; it may be in several projects.';
comment on column projects.project_repositories.role is 'What the repository is to the project; one is the primary one at most.';
comment on column projects.project_repositories.is_synchronized is 'Whether what happens at the host is followed for this project.';
comment on column projects.project_repositories.receives_webhooks is 'Whether the host was asked to send events for this project.';
comment on column projects.project_repositories.runs_ci is 'Whether this project''s work is checked by the repository''s CI.';
comment on column projects.project_repositories.created_at is 'When it was linked.';
comment on column projects.project_repositories.updated_at is 'When the link was last changed.';

select base.tenant_table('projects.project_repositories');
alter table projects.project_repositories add constraint project_repositories_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;
alter table projects.project_repositories add constraint project_repositories_repository_fkey
    foreign key (organization_id, repository_id) references projects.repositories (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects, projects.project_repository_summary;
drop table projects.project_repositories;
drop type projects.repository_role;
