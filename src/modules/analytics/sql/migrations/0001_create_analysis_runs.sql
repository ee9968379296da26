-- Analyses of what is already stored: a workflow's steps, an evolution, a metric, the history of a codebase. The pass that reads a
-- codebase's files is a run of codebase.analysis_runs and never stands here.

create type analytics.run_status as enum ('queued', 'running', 'completed', 'cancelled', 'timed_out', 'failed');
comment on type analytics.run_status is 'Where an analysis run is in its life.';
create type analytics.step_outcome as enum ('skipped', 'succeeded', 'failed');
comment on type analytics.step_outcome is 'How a step of an analysis run ended.';

create table analytics.analysis_runs (
    organization_id uuid                 not null,
    id              uuid                 not null default base.uuid_v7(),
    analysis_type   text                 not null,
    subject_kind    text                 not null,
    subject_id      text                 not null,
    project_id      uuid,
    requested_by    uuid,
    status          analytics.run_status not null default 'queued',
    configuration   jsonb                not null default '{}',
    result          jsonb                not null default '{}',
    error_code      text,
    error_message   text,
    queued_at       timestamptz          not null default now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    constraint analysis_runs_pkey primary key (organization_id, id),
    constraint analysis_type_is_a_word check (analysis_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint subject_is_named check (subject_kind ~ '^[a-z][a-z0-9_]{0,62}$' and btrim(subject_id) <> '' and length(subject_id) <= 200),
    constraint queued_has_not_begun check (status <> 'queued' or started_at is null),
    constraint running_has_begun check (status not in ('running', 'completed', 'timed_out', 'failed') or started_at is not null),
    constraint ended_says_when check ((status in ('queued', 'running')) = (finished_at is null)),
    constraint starts_after_queueing check (started_at >= queued_at),
    constraint ends_after_start check (finished_at >= coalesce(started_at, queued_at)),
    constraint failed_says_why check (status <> 'failed' or (error_code is not null and error_message is not null)),
    constraint only_a_bad_end_has_an_error check (status in ('cancelled', 'timed_out', 'failed') or (error_code is null and error_message is null)),
    constraint error_code_is_a_word check (error_code ~ '^[A-Za-z][A-Za-z0-9_.]{0,99}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(result) = 'object')
);
create index analysis_runs_subject_idx on analytics.analysis_runs (organization_id, subject_kind, subject_id, id);
create index analysis_runs_project_idx on analytics.analysis_runs (organization_id, project_id, id) where project_id is not null;
create index analysis_runs_queue_idx on analytics.analysis_runs (organization_id, id) where status = 'queued';

comment on table analytics.analysis_runs is
    'Runs of analyses over anything stored: steps of workflows, evolution, metrics, code over time. Reading a codebase''s files is a run of codebase.analysis_runs instead.';
comment on column analytics.analysis_runs.organization_id is 'The organization whose data is analysed.';
comment on column analytics.analysis_runs.id is 'Its id.';
comment on column analytics.analysis_runs.analysis_type is 'What is done: steps, performance, quality, evolution, trend, anomaly and so on.';
comment on column analytics.analysis_runs.subject_kind is 'What kind of thing is analysed: workflow_execution, evolution_session, codebase, metric and so on.';
comment on column analytics.analysis_runs.subject_id is 'Which one, in the words of whoever has it.';
comment on column analytics.analysis_runs.project_id is 'The project it is done for; null for none. Id of projects.projects.';
comment on column analytics.analysis_runs.requested_by is 'Who asked for it; null when nobody did. Id of identity.users.';
comment on column analytics.analysis_runs.status is 'Where it is in its life.';
comment on column analytics.analysis_runs.configuration is 'What it was told; free form, as the analysis understands it.';
comment on column analytics.analysis_runs.result is 'What it found; free form. Numbers to compare over time are metrics.';
comment on column analytics.analysis_runs.error_code is 'Stable code of the error that ended it; null when none did.';
comment on column analytics.analysis_runs.error_message is 'That error in words.';
comment on column analytics.analysis_runs.queued_at is 'When it was asked for.';
comment on column analytics.analysis_runs.started_at is 'When it began; null before, and when it never did.';
comment on column analytics.analysis_runs.finished_at is 'When it ended, however; null before.';

select base.tenant_table('analytics.analysis_runs', privileges => 'select, insert');

create table analytics.analysis_steps (
    organization_id   uuid                   not null,
    id                uuid                   not null default base.uuid_v7(),
    analysis_run_id   uuid                   not null,
    position          integer                not null,
    name              text                   not null,
    outcome           analytics.step_outcome not null,
    started_at        timestamptz            not null,
    duration_ms       double precision       not null,
    cpu_ms            double precision,
    memory_peak_bytes bigint,
    output            jsonb                  not null default '{}',
    error_message     text,
    constraint analysis_steps_pkey primary key (organization_id, id),
    constraint position_is_positive check (position > 0),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint duration_is_not_negative check (duration_ms >= 0 and duration_ms < 'infinity'),
    constraint cost_is_not_negative check (coalesce(cpu_ms, 0) >= 0 and coalesce(cpu_ms, 0) < 'infinity' and coalesce(memory_peak_bytes, 0) >= 0),
    constraint failed_says_why check ((outcome = 'failed') = (error_message is not null)),
    constraint output_is_object check (jsonb_typeof(output) = 'object')
);
create unique index analysis_steps_position_key on analytics.analysis_steps (organization_id, analysis_run_id, position);

comment on table analytics.analysis_steps is 'The steps of analysis runs, each added when it has ended and never changed. A step that is tried again stands here once for each try.';
comment on column analytics.analysis_steps.organization_id is 'The organization of the run.';
comment on column analytics.analysis_steps.id is 'Its id.';
comment on column analytics.analysis_steps.analysis_run_id is 'The run it is a step of.';
comment on column analytics.analysis_steps.position is 'Counts 1, 2, 3 within the run, in the order in which steps end.';
comment on column analytics.analysis_steps.name is 'What was done.';
comment on column analytics.analysis_steps.outcome is 'How it ended.';
comment on column analytics.analysis_steps.started_at is 'When it began.';
comment on column analytics.analysis_steps.duration_ms is 'How long it took, in milliseconds.';
comment on column analytics.analysis_steps.cpu_ms is 'Processor time it used, in milliseconds; null when not measured.';
comment on column analytics.analysis_steps.memory_peak_bytes is 'The most memory it held at once, in bytes; null when not measured.';
comment on column analytics.analysis_steps.output is 'What it found; free form.';
comment on column analytics.analysis_steps.error_message is 'Why it failed; null when it did not.';

select base.tenant_table('analytics.analysis_steps', privileges => 'select, insert');
alter table analytics.analysis_steps add constraint analysis_steps_run_fkey
    foreign key (organization_id, analysis_run_id) references analytics.analysis_runs (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists analytics.analysis_run_summary;
drop function if exists analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text);
drop table analytics.analysis_steps, analytics.analysis_runs;
drop type analytics.step_outcome, analytics.run_status;
