-- Improvement cycles: what is to get better, from where to where, and where it got.

create type learning.cycle_status as enum ('planned', 'running', 'completed', 'cancelled');
comment on type learning.cycle_status is 'Where an improvement cycle is.';

create table learning.improvement_cycles (
    organization_id uuid                  not null,
    id              uuid                  not null default base.uuid_v7(),
    name            text                  not null,
    description     text                  not null default '',
    project_id      uuid,
    status          learning.cycle_status not null default 'planned',
    started_at      timestamptz,
    finished_at     timestamptz,
    created_at      timestamptz           not null default now(),
    updated_at      timestamptz           not null default now(),
    constraint improvement_cycles_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint planned_has_no_start check (status <> 'planned' or started_at is null),
    constraint running_has_a_start check (status in ('planned', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at)
);

comment on table learning.improvement_cycles is 'Times in which something is made better on purpose.';
comment on column learning.improvement_cycles.organization_id is 'The organization it belongs to.';
comment on column learning.improvement_cycles.id is 'Its id.';
comment on column learning.improvement_cycles.name is 'What people call it; need not be unique.';
comment on column learning.improvement_cycles.description is 'What is tried, and why; Markdown.';
comment on column learning.improvement_cycles.project_id is 'The project it is about; null for the whole organization. Id of projects.projects.';
comment on column learning.improvement_cycles.status is 'Where it is.';
comment on column learning.improvement_cycles.started_at is 'When it began; null while it has not.';
comment on column learning.improvement_cycles.finished_at is 'When it ended; null while it has not.';
comment on column learning.improvement_cycles.created_at is 'When it was planned.';
comment on column learning.improvement_cycles.updated_at is 'When it was last changed.';

select base.tenant_table('learning.improvement_cycles');

create table learning.improvement_goals (
    organization_id      uuid             not null,
    improvement_cycle_id uuid             not null,
    metric               text             not null,
    higher_is_better     boolean          not null,
    baseline             double precision not null,
    target               double precision not null,
    final                double precision,
    updated_at           timestamptz      not null default now(),
    constraint improvement_goals_pkey primary key (organization_id, improvement_cycle_id, metric),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint values_are_numbers check (greatest(abs(baseline), abs(target), abs(final)) < 'Infinity'),
    constraint target_is_better_than_baseline check (case when higher_is_better then target > baseline else target < baseline end)
);

comment on table learning.improvement_goals is 'What a cycle is to reach.';
comment on column learning.improvement_goals.organization_id is 'The organization of the cycle.';
comment on column learning.improvement_goals.improvement_cycle_id is 'The cycle.';
comment on column learning.improvement_goals.metric is 'What is measured: lead_time_hours, success_rate and so on.';
comment on column learning.improvement_goals.higher_is_better is 'Whether more of it is better.';
comment on column learning.improvement_goals.baseline is 'Its value before.';
comment on column learning.improvement_goals.target is 'The value that is to be reached.';
comment on column learning.improvement_goals.final is 'Its value at the end; null while not measured.';
comment on column learning.improvement_goals.updated_at is 'When the row was last changed.';

select base.tenant_table('learning.improvement_goals');
alter table learning.improvement_goals add constraint improvement_goals_cycle_fkey
    foreign key (organization_id, improvement_cycle_id) references learning.improvement_cycles (organization_id, id) on delete cascade;

-- migrate: rollback
drop table learning.improvement_goals, learning.improvement_cycles;
drop type learning.cycle_status;
