-- The repositories on the dashboard, and what is asked of them. How far the work is follows from steps and tasks.

create table tasks.github_projects (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    repository_id   uuid        not null,
    project_id      uuid,
    pinned_at       timestamptz,
    pinned_by       uuid,
    pin_order       integer,
    grid_column     integer,
    grid_row        integer,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint github_projects_pkey primary key (organization_id, id),
    constraint github_projects_repository_key unique (organization_id, repository_id),
    -- Deferrable, so that one statement can move several pins.
    constraint github_projects_pin_order_key unique (organization_id, pin_order) deferrable initially immediate,
    constraint pinned_has_an_order check ((pinned_at is null) = (pin_order is null)),
    constraint pin_order_is_not_negative check (pin_order >= 0),
    constraint only_a_pin_has_somebody_who_pinned check (pinned_by is null or pinned_at is not null),
    constraint position_is_whole check ((grid_column is null) = (grid_row is null)),
    constraint position_is_not_negative check (grid_column >= 0 and grid_row >= 0)
);

comment on table tasks.github_projects is 'Repositories that were chosen on the dashboard; pinned ones have a place there.';
comment on column tasks.github_projects.organization_id is 'The organization it belongs to.';
comment on column tasks.github_projects.id is 'Its id.';
comment on column tasks.github_projects.repository_id is 'The repository. Id of projects.repositories.';
comment on column tasks.github_projects.project_id is 'The project that its tasks belong to; null for none. Id of projects.projects.';
comment on column tasks.github_projects.pinned_at is 'When it was pinned; null while it is not.';
comment on column tasks.github_projects.pinned_by is 'Who pinned it; null for nobody known. Id of identity.users.';
comment on column tasks.github_projects.pin_order is 'Its place among the pins, the lowest first; null while it is not pinned.';
comment on column tasks.github_projects.grid_column is 'Where its card is, counted from the left from 0; null where the order decides.';
comment on column tasks.github_projects.grid_row is 'Where its card is, counted from the top from 0; null where the order decides.';
comment on column tasks.github_projects.created_at is 'When it was chosen.';
comment on column tasks.github_projects.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.github_projects');

create table tasks.requirements (
    organization_id   uuid        not null,
    id                uuid        not null default base.uuid_v7(),
    github_project_id uuid        not null,
    version           integer     not null,
    content           text        not null,
    created_by        uuid,
    created_at        timestamptz not null default now(),
    constraint requirements_pkey primary key (organization_id, id),
    constraint requirements_version_key unique (organization_id, github_project_id, version),
    constraint version_is_positive check (version > 0),
    constraint content_is_not_blank check (btrim(content) <> '')
);

comment on table tasks.requirements is 'What is asked of a project, in every version that was saved. Versions are added and never changed.';
comment on column tasks.requirements.organization_id is 'The organization of the project.';
comment on column tasks.requirements.id is 'The id of this version.';
comment on column tasks.requirements.github_project_id is 'The project it is asked of.';
comment on column tasks.requirements.version is 'Number of the version, from 1; the highest one holds.';
comment on column tasks.requirements.content is 'The text; Markdown.';
comment on column tasks.requirements.created_by is 'Who saved it; null for the system. Id of identity.users.';
comment on column tasks.requirements.created_at is 'When it was saved.';

-- Not base.make_append_only: foreign keys refer to the table, and they are checked with its owner's right to update.
select base.tenant_table('tasks.requirements', privileges => 'select, insert');
alter table tasks.requirements add constraint requirements_github_project_fkey
    foreign key (organization_id, github_project_id) references tasks.github_projects (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.dashboard_projects;
drop table tasks.requirements;
drop table tasks.github_projects;
