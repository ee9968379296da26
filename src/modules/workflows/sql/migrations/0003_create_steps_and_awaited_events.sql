-- What makes a run go on where it was: the journal of steps that have committed, and the events that it waits for.

-- Written for every step of every run, so it has one index and no id of its own.
create table workflows.workflow_steps (
    organization_id uuid        not null,
    execution_id    uuid        not null,
    step_key        text        not null,
    occurrence      integer     not null default 1,
    input_hash      bytea       not null,
    result          jsonb       not null default '{}',
    started_at      timestamptz not null,
    committed_at    timestamptz not null default now(),
    constraint a_step_commits_once primary key (organization_id, execution_id, step_key, occurrence),
    constraint step_key_is_a_path check (step_key ~ '^[a-z0-9_.-]+(/[a-z0-9_.-]+)*$' and length(step_key) <= 200),
    constraint occurrence_is_positive check (occurrence > 0),
    constraint input_hash_is_sha256 check (length(input_hash) = 32),
    constraint committed_after_start check (committed_at >= started_at)
);

comment on table workflows.workflow_steps is 'The journal of runs: a step is here when it has committed, and is then never run again, in whatever attempt at its stage. Rows are never changed.';
comment on column workflows.workflow_steps.organization_id is 'The organization of the run.';
comment on column workflows.workflow_steps.execution_id is 'The run.';
comment on column workflows.workflow_steps.step_key is 'What the program calls the step within the run: words separated by slashes, the first one being the stage.';
comment on column workflows.workflow_steps.occurrence is 'Which of the steps of this key it is, from 1; more than one in loops.';
comment on column workflows.workflow_steps.input_hash is 'SHA-256 of what the step was given. Another hash on replay means that the program has changed under the run.';
comment on column workflows.workflow_steps.result is 'What came of it; any JSON. On replay it is used instead of running the step.';
comment on column workflows.workflow_steps.started_at is 'When the step began.';
comment on column workflows.workflow_steps.committed_at is 'When its result was recorded.';

select base.tenant_table('workflows.workflow_steps', privileges => 'select, insert');
alter table workflows.workflow_steps add constraint workflow_steps_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

create type workflows.wait_kind as enum ('time', 'signal', 'approval', 'event');
comment on type workflows.wait_kind is 'What is waited for: a time, a word of the program or a command, a person''s consent, an event from outside.';
create type workflows.wait_status as enum ('waiting', 'fulfilled', 'expired', 'cancelled');
comment on type workflows.wait_status is 'Whether what is waited for has come; expired when it had not at its deadline.';

create table workflows.workflow_events_awaited (
    organization_id    uuid                  not null,
    id                 uuid                  not null default base.uuid_v7(),
    execution_id       uuid                  not null,
    stage_execution_id uuid                  not null,
    step_key           text                  not null,
    occurrence         integer               not null default 1,
    kind               workflows.wait_kind   not null,
    event_type         text                  not null default '',
    correlation_key    text                  not null default '',
    status             workflows.wait_status not null default 'waiting',
    deadline_at        timestamptz           not null,
    event_id           uuid,
    answer             jsonb                 not null default '{}',
    created_at         timestamptz           not null default now(),
    finished_at        timestamptz,
    updated_at         timestamptz           not null default now(),
    constraint workflow_events_awaited_pkey primary key (organization_id, id),
    constraint a_step_waits_once unique (organization_id, execution_id, step_key, occurrence),
    constraint step_key_is_a_path check (step_key ~ '^[a-z0-9_.-]+(/[a-z0-9_.-]+)*$' and length(step_key) <= 200),
    constraint occurrence_is_positive check (occurrence > 0),
    constraint only_time_is_not_correlated check ((kind = 'time') = (correlation_key = '')),
    constraint only_an_event_has_a_type check ((kind = 'event') = (event_type <> '')),
    constraint event_type_is_dotted_words check (event_type ~ '^([a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*)?$'),
    constraint time_does_not_expire check (kind <> 'time' or status <> 'expired'),
    constraint finished_has_an_end check ((status <> 'waiting') = (finished_at is not null)),
    constraint expired_after_its_deadline check (status <> 'expired' or finished_at >= deadline_at),
    constraint time_comes_at_its_deadline check (kind <> 'time' or status <> 'fulfilled' or finished_at >= deadline_at),
    constraint only_fulfilled_is_answered check (status = 'fulfilled' or (event_id is null and answer = '{}')),
    constraint answer_is_object check (jsonb_typeof(answer) = 'object')
);
create index workflow_events_awaited_stage_idx on workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id);
create index workflow_events_awaited_correlation_idx on workflows.workflow_events_awaited (organization_id, correlation_key) where status = 'waiting';
create index workflow_events_awaited_deadline_idx on workflows.workflow_events_awaited (organization_id, deadline_at) where status = 'waiting';

comment on table workflows.workflow_events_awaited is 'What runs wait for. Waiting costs a row, not a job that asks again and again; it always has an end.';
comment on column workflows.workflow_events_awaited.organization_id is 'The organization of the run.';
comment on column workflows.workflow_events_awaited.id is 'Its id.';
comment on column workflows.workflow_events_awaited.execution_id is 'The run that waits.';
comment on column workflows.workflow_events_awaited.stage_execution_id is 'The attempt at a stage that waits.';
comment on column workflows.workflow_events_awaited.step_key is 'The step that waits, as in workflow_steps; on replay it finds its row by it.';
comment on column workflows.workflow_events_awaited.occurrence is 'Which of the steps of this key it is, from 1.';
comment on column workflows.workflow_events_awaited.kind is 'What is waited for.';
comment on column workflows.workflow_events_awaited.event_type is 'The type of event, subject first: check_suite.completed and so on; empty for other kinds.';
comment on column workflows.workflow_events_awaited.correlation_key is 'What an answer has to carry: github:octo/hello#12, the name of a signal; empty for a time.';
comment on column workflows.workflow_events_awaited.status is 'Whether it has come.';
comment on column workflows.workflow_events_awaited.deadline_at is 'When waiting ends: the time waited for, or the time at which it expires.';
comment on column workflows.workflow_events_awaited.event_id is 'The event that came; null for none. Id of events.events.';
comment on column workflows.workflow_events_awaited.answer is 'What came: what the step needs of the event, the words of the signal, who consented.';
comment on column workflows.workflow_events_awaited.created_at is 'Since when it waits.';
comment on column workflows.workflow_events_awaited.finished_at is 'When waiting ended; null while it waits.';
comment on column workflows.workflow_events_awaited.updated_at is 'When the row was last changed.';

select base.tenant_table('workflows.workflow_events_awaited', privileges => 'select, insert, update');
alter table workflows.workflow_events_awaited add constraint wait_is_in_a_stage_of_its_execution
    foreign key (organization_id, execution_id, stage_execution_id)
    references workflows.workflow_stage_executions (organization_id, execution_id, id) on delete cascade;

-- migrate: rollback
drop view if exists workflows.active_workflows_dashboard, workflows.stalled_executions;
drop table workflows.workflow_events_awaited;
drop table workflows.workflow_steps;
drop type workflows.wait_status cascade;
drop type workflows.wait_kind cascade;
