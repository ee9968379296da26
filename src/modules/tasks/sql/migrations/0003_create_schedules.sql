-- What is run again and again by the clock. The tasks that came of it say the time that they stand for, so a time is used once.

create table tasks.schedules (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    name            text          not null,
    definition_id   uuid,
    workflow_id     uuid,
    project_id      uuid,
    input           jsonb         not null default '{}',
    priority        base.priority not null default 'normal',
    cron            text          not null,
    time_zone       text          not null default 'UTC',
    jitter_seconds  integer       not null default 0,
    missed_runs_max integer       not null default 1,
    may_overlap     boolean       not null default false,
    next_run_at     timestamptz,
    paused_at       timestamptz,
    created_by      uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint schedules_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint runs_a_definition_or_a_workflow check ((definition_id is null) <> (workflow_id is null)),
    constraint input_is_object check (jsonb_typeof(input) = 'object'),
    constraint cron_has_five_fields check (cron ~ '^[0-9A-Za-z*/,?L#-]+( [0-9A-Za-z*/,?L#-]+){4}$'),
    -- The server refuses a zone that it does not know, with an error of its own (22023).
    constraint time_zone_is_known check (time_zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$'
                                         and timezone(time_zone, timestamptz '2000-01-01 00:00:00+00') is not null),
    constraint jitter_is_not_negative check (jitter_seconds >= 0),
    constraint missed_runs_max_is_sane check (missed_runs_max between 0 and 1000),
    constraint running_schedule_has_a_next_run check ((paused_at is null) = (next_run_at is not null))
);
create unique index schedules_name_key on tasks.schedules (organization_id, lower(name));
create index schedules_due_idx on tasks.schedules (organization_id, next_run_at) where paused_at is null;
create index schedules_definition_idx on tasks.schedules (organization_id, definition_id) where definition_id is not null;
create index schedules_workflow_idx on tasks.schedules (organization_id, workflow_id) where workflow_id is not null;

comment on table tasks.schedules is 'Tasks and workflows that are started again and again at times given by a cron expression.';
comment on column tasks.schedules.organization_id is 'The organization it belongs to.';
comment on column tasks.schedules.id is 'Its id.';
comment on column tasks.schedules.name is 'What it is called, unique in the organization whatever its case.';
comment on column tasks.schedules.definition_id is 'What its tasks are made from; null when it starts a workflow.';
comment on column tasks.schedules.workflow_id is 'The workflow it starts; null when it makes single tasks.';
comment on column tasks.schedules.project_id is 'The project that its tasks belong to; null for none. Id of projects.projects.';
comment on column tasks.schedules.input is 'The input of its tasks.';
comment on column tasks.schedules.priority is 'How much its tasks matter.';
comment on column tasks.schedules.cron is 'When: minute, hour, day of month, month, day of week.';
comment on column tasks.schedules.time_zone is 'The time zone that cron is meant in, by its name in the IANA database.';
comment on column tasks.schedules.jitter_seconds is 'By how much a run is put off at random at most, so that not everything begins at the full hour.';
comment on column tasks.schedules.missed_runs_max is 'How many of the runs that were missed while no server was there are made up for, the latest: 0 none, 1 the last one.';
comment on column tasks.schedules.may_overlap is 'Whether a run may begin while the one before is still under way; otherwise it is left out.';
comment on column tasks.schedules.next_run_at is 'The time it stands at; null while it is paused.';
comment on column tasks.schedules.paused_at is 'Since when it is paused; null while it is not.';
comment on column tasks.schedules.created_by is 'Who made it; null for the system. Id of identity.users.';
comment on column tasks.schedules.created_at is 'When it was made.';
comment on column tasks.schedules.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.schedules');
alter table tasks.schedules add constraint schedules_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);
alter table tasks.schedules add constraint schedules_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id) on delete cascade;

-- migrate: rollback
drop table tasks.schedules;
