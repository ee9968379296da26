-- Milestones of projects. A milestone is complete when it has a time of completion; no second column says so.

create table projects.milestones (
    organization_id     uuid          not null,
    id                  uuid          not null default base.uuid_v7(),
    project_id          uuid          not null,
    name                text          not null,
    description         text          not null default '',
    start_date          date,
    due_date            date,
    completed_at        timestamptz,
    progress_percentage numeric(5, 2) not null default 0,
    deliverables        text[]        not null default '{}',
    acceptance_criteria text[]        not null default '{}',
    created_at          timestamptz   not null default now(),
    updated_at          timestamptz   not null default now(),
    constraint milestones_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint due_after_start check (due_date >= start_date),
    constraint progress_is_a_percentage check (progress_percentage between 0 and 100),
    constraint completed_is_all_done check (completed_at is null or progress_percentage = 100),
    constraint lists_have_no_nulls check (array_position(deliverables, null) is null and array_position(acceptance_criteria, null) is null)
);
create unique index milestones_name_key on projects.milestones (organization_id, project_id, lower(name));
create index milestones_due_idx on projects.milestones (organization_id, due_date, id) where completed_at is null;

comment on table projects.milestones is 'What a project has to reach, and by when.';
comment on column projects.milestones.organization_id is 'The organization of the project.';
comment on column projects.milestones.id is 'Its id.';
comment on column projects.milestones.project_id is 'The project it belongs to.';
comment on column projects.milestones.name is 'Its name, unique in the project whatever its case.';
comment on column projects.milestones.description is 'What it is; Markdown.';
comment on column projects.milestones.start_date is 'The first day of work on it; null while not planned.';
comment on column projects.milestones.due_date is 'The day by which it is to be reached; null while not planned.';
comment on column projects.milestones.completed_at is 'When it was reached; null while it is not.';
comment on column projects.milestones.progress_percentage is 'How much of it is done, 0 to 100.';
comment on column projects.milestones.deliverables is 'What is handed over with it, one item each.';
comment on column projects.milestones.acceptance_criteria is 'How one sees that it is reached, one criterion each.';
comment on column projects.milestones.created_at is 'When it was created.';
comment on column projects.milestones.updated_at is 'When it was last changed.';

select base.tenant_table('projects.milestones');
alter table projects.milestones add constraint milestones_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects;
drop table projects.milestones;
