-- Tasks: units of work, from the one that a person means to do some day to the job that is claimed a thousand times a second. The
-- row is the queue entry, the lease and the outcome; a dead letter is a state. Which changes of state are allowed is said by the
-- constraints over the row and by the README.

create type tasks.task_status as enum ('draft', 'blocked', 'scheduled', 'queued', 'running', 'waiting', 'cancelled', 'dead', 'failed', 'succeeded');
comment on type tasks.task_status is 'Where a task is: being written; waiting for other tasks; for a time; for somebody to take it; being done; waiting for an event; called off; given up after the last attempt, to be replayed or cancelled; ended by an error that no repetition mends; done.';

create table tasks.tasks (
    organization_id       uuid              not null,
    id                    uuid              not null default base.uuid_v7(),
    title                 text              not null,
    description           text              not null default '',
    task_type             text              not null default 'custom',
    status                tasks.task_status not null default 'draft',
    executor              tasks.executor    not null default 'manual',
    priority              base.priority     not null default 'normal',
    definition_id         uuid,
    configuration         jsonb             not null default '{}',
    input                 jsonb             not null default '{}',
    output                jsonb             not null default '{}',
    project_id            uuid,
    decomposed_step_id    uuid,
    workflow_id           uuid,
    workflow_node_id      uuid,
    workflow_execution_id uuid,
    schedule_id           uuid,
    scheduled_for         timestamptz,
    parent_id             uuid,
    depth                 integer           not null default 0,
    parent_depth          integer           generated always as (depth - 1) stored,
    assignee_id           uuid,
    created_by            uuid,
    idempotency_key       text,
    concurrency_key       text,
    run_at                timestamptz       not null default now(),
    due_at                timestamptz,
    timeout_seconds       integer           not null default 3600,
    attempts_max          integer           not null default 3,
    attempts              integer           not null default 0,
    attempts_forgiven     integer           not null default 0,
    worker_id             uuid,
    worker_epoch          bigint,
    awaited_event         text,
    wait_expires_at       timestamptz,
    progress_percentage   numeric(5, 2)     not null default 0,
    cancel_requested_at   timestamptz,
    cancel_reason         text,
    error_class           text,
    error_message         text,
    created_at            timestamptz       not null default now(),
    updated_at            timestamptz       not null default now(),
    started_at            timestamptz,
    finished_at           timestamptz,
    constraint tasks_pkey primary key (organization_id, id),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint task_type_is_a_word check (task_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(input) = 'object' and jsonb_typeof(output) = 'object'),
    constraint depth_counts_from_the_root check (depth >= 0 and (parent_id is null) = (depth = 0)),
    constraint node_needs_its_workflow_and_a_run check (workflow_node_id is null or (workflow_id is not null and parent_id is not null)),
    constraint schedule_has_a_time check ((schedule_id is null) = (scheduled_for is null)),
    constraint keys_are_not_blank check (btrim(coalesce(idempotency_key, 'x')) <> '' and btrim(coalesce(concurrency_key, 'x')) <> ''),
    constraint keys_are_short check (length(coalesce(idempotency_key, '')) <= 255 and length(coalesce(concurrency_key, '')) <= 255
                                     and length(coalesce(awaited_event, '')) <= 500),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint attempts_max_is_sane check (attempts_max between 1 and 100),
    constraint attempts_stay_within_their_limit check (attempts_forgiven between 0 and attempts and attempts - attempts_forgiven <= attempts_max),
    constraint started_is_an_attempt check ((attempts > 0) = (started_at is not null)),
    constraint running_was_started check (status not in ('running', 'dead', 'succeeded') or started_at is not null),
    constraint running_has_a_lease check (case when status = 'running' and executor <> 'manual' then worker_id is not null and worker_epoch is not null
                                               else worker_id is null and worker_epoch is null end),
    constraint waiting_names_its_event check ((status = 'waiting') = (awaited_event is not null)),
    constraint only_a_wait_expires check (wait_expires_at is null or status = 'waiting'),
    constraint finished_has_an_end check ((status in ('cancelled', 'dead', 'failed', 'succeeded')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint progress_is_a_percentage check (progress_percentage between 0 and 100),
    constraint succeeded_is_all_done check (status <> 'succeeded' or progress_percentage = 100),
    constraint cancelled_was_requested check (status <> 'cancelled' or cancel_requested_at is not null),
    constraint cancel_reason_needs_a_request check (cancel_reason is null or cancel_requested_at is not null),
    constraint dead_has_spent_its_attempts check (status <> 'dead' or attempts - attempts_forgiven = attempts_max),
    constraint failure_has_an_error check (status not in ('dead', 'failed') or error_class is not null),
    constraint success_has_no_error check (status <> 'succeeded' or error_class is null),
    constraint error_message_has_a_class check (error_message is null or error_class is not null),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$')
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- Almost all are partial: a plain job that is added, claimed and completed touches the key, the hierarchy's key and the one index of
-- its present state. There is none of GIN over title, input and output: each would cost the queue more than a search gains.
create unique index tasks_depth_key on tasks.tasks (organization_id, depth, id);
create unique index tasks_idempotency_key on tasks.tasks (organization_id, idempotency_key) where idempotency_key is not null;
create unique index a_schedule_uses_a_time_once on tasks.tasks (organization_id, schedule_id, scheduled_for) where schedule_id is not null;
create unique index a_run_has_a_node_once on tasks.tasks (organization_id, workflow_id, workflow_node_id, parent_id) where workflow_node_id is not null;
create index tasks_claim_idx on tasks.tasks (organization_id, priority desc, run_at, id) where status = 'queued' and executor <> 'manual';
create index tasks_scheduled_idx on tasks.tasks (organization_id, run_at) where status = 'scheduled';
create index tasks_running_idx on tasks.tasks (organization_id, worker_id) where status = 'running';
create index tasks_awaited_event_idx on tasks.tasks (organization_id, awaited_event) where status = 'waiting';
create index tasks_wait_expiry_idx on tasks.tasks (organization_id, wait_expires_at) where status = 'waiting';
create index tasks_concurrency_idx on tasks.tasks (organization_id, concurrency_key, started_at) where concurrency_key is not null;
create index tasks_finished_idx on tasks.tasks (organization_id, finished_at) where finished_at is not null;
create index tasks_dead_letters_idx on tasks.tasks (organization_id, id) where status = 'dead';
create index tasks_project_idx on tasks.tasks (organization_id, project_id, id) where project_id is not null;
create index tasks_assignee_idx on tasks.tasks (organization_id, assignee_id, id) where assignee_id is not null;
create index tasks_parent_idx on tasks.tasks (organization_id, parent_id, parent_depth) where parent_id is not null;
create index tasks_step_idx on tasks.tasks (organization_id, decomposed_step_id) where decomposed_step_id is not null;
create index tasks_definition_idx on tasks.tasks (organization_id, definition_id) where definition_id is not null;
create index tasks_workflow_idx on tasks.tasks (organization_id, workflow_id, id) where workflow_id is not null;
create index tasks_workflow_execution_idx on tasks.tasks (organization_id, workflow_execution_id, id) where workflow_execution_id is not null;

comment on table tasks.tasks is 'Units of work with their place in the queue, their lease and their outcome.';
comment on column tasks.tasks.organization_id is 'The organization it belongs to.';
comment on column tasks.tasks.id is 'Its id.';
comment on column tasks.tasks.title is 'What it is called.';
comment on column tasks.tasks.description is 'What is to be done; Markdown.';
comment on column tasks.tasks.task_type is 'The kind of work, in a word: code_generation, testing, deployment and so on.';
comment on column tasks.tasks.status is 'Where it is.';
comment on column tasks.tasks.executor is 'Who does the work; a manual one is started by a person and never claimed by a worker.';
comment on column tasks.tasks.priority is 'How much it matters; more is claimed first.';
comment on column tasks.tasks.definition_id is 'The version of a definition that it was made from; null for a task of its own kind.';
comment on column tasks.tasks.configuration is 'What the executor is told beyond the definition.';
comment on column tasks.tasks.input is 'What it works on, as the definition''s input_schema wants it.';
comment on column tasks.tasks.output is 'What came of it, as the definition''s output_schema wants it.';
comment on column tasks.tasks.project_id is 'The project it belongs to; null for none. Id of projects.projects.';
comment on column tasks.tasks.decomposed_step_id is 'The step that it carries out; null for none.';
comment on column tasks.tasks.workflow_id is 'The workflow that it is a run of, or whose node it is; null for neither.';
comment on column tasks.tasks.workflow_node_id is 'The node of the workflow that it carries out; its parent is the run. Null for the run itself.';
comment on column tasks.tasks.workflow_execution_id is 'The execution of a project''s workflow that made it; null for none. Id of workflows.workflow_executions.';
comment on column tasks.tasks.schedule_id is 'The schedule that it came of; null for none.';
comment on column tasks.tasks.scheduled_for is 'The time of the schedule that it stands for; null without a schedule.';
comment on column tasks.tasks.parent_id is 'The task that it is a part of and is deleted with; null for none. Says nothing about order: that is a dependency.';
comment on column tasks.tasks.depth is 'How many tasks it is a part of, one in another; 0 at the top. Part of the key that parents are referred to by, which is why no task can be its own ancestor.';
comment on column tasks.tasks.parent_depth is 'The depth that its parent has.';
comment on column tasks.tasks.assignee_id is 'The person who is to do it; null for nobody in particular. Id of identity.users.';
comment on column tasks.tasks.created_by is 'Who asked for it; null for the system. Id of identity.users.';
comment on column tasks.tasks.idempotency_key is 'What the caller calls it: asked for again under this key, it is not made again. Null for none.';
comment on column tasks.tasks.concurrency_key is 'Tasks with one key share the limits that tasks.task_limits sets for it; null for none.';
comment on column tasks.tasks.run_at is 'The earliest time for the next attempt, and its place in the queue.';
comment on column tasks.tasks.due_at is 'When it should be done; null for no such time.';
comment on column tasks.tasks.timeout_seconds is 'How long one attempt may take.';
comment on column tasks.tasks.attempts_max is 'How many attempts may count before it is given up.';
comment on column tasks.tasks.attempts is 'How often it was started. Counted before running, so that an attempt that kills its worker counts, too.';
comment on column tasks.tasks.attempts_forgiven is 'How many of them do not count: they met a rate limit, or the task was replayed.';
comment on column tasks.tasks.worker_id is 'The worker that has it; null unless a worker is running it. A worker of tasks.workers.';
comment on column tasks.tasks.worker_epoch is 'The epoch of the worker when it took the task; a completion under another one is refused.';
comment on column tasks.tasks.awaited_event is 'The event that it waits for, holding no worker: source and subject, such as github:octo/hello#12:merged. Null unless waiting.';
comment on column tasks.tasks.wait_expires_at is 'When it waits no longer; null for no such time.';
comment on column tasks.tasks.progress_percentage is 'How much of it is done, 0 to 100.';
comment on column tasks.tasks.cancel_requested_at is 'When somebody asked to call it off, which a running task heeds as soon as it can; null while nobody did.';
comment on column tasks.tasks.cancel_reason is 'Why it is to be called off; null for no reason given.';
comment on column tasks.tasks.error_class is 'The class of the last attempt''s error, in a word; null when there was none.';
comment on column tasks.tasks.error_message is 'What the last attempt''s error said; null when there was none.';
comment on column tasks.tasks.created_at is 'When it was made.';
comment on column tasks.tasks.updated_at is 'When it was last changed.';
comment on column tasks.tasks.started_at is 'When the last attempt began; null before the first.';
comment on column tasks.tasks.finished_at is 'When it came to its end; null before.';

select base.tenant_table('tasks.tasks');
alter table tasks.tasks add constraint parent_is_one_level_up
    foreign key (organization_id, parent_id, parent_depth) references tasks.tasks (organization_id, id, depth) on delete cascade;
alter table tasks.tasks add constraint tasks_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);
alter table tasks.tasks add constraint tasks_decomposed_step_fkey
    foreign key (organization_id, decomposed_step_id) references tasks.decomposed_steps (organization_id, id);
alter table tasks.tasks add constraint tasks_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id);
alter table tasks.tasks add constraint node_is_of_the_workflow
    foreign key (organization_id, workflow_id, workflow_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id);
alter table tasks.tasks add constraint tasks_schedule_fkey
    foreign key (organization_id, schedule_id) references tasks.schedules (organization_id, id);

-- migrate: rollback
drop view if exists tasks.active_tasks;
drop view if exists tasks.task_dependency_graph;
drop view if exists tasks.task_statistics;
drop view if exists tasks.task_definition_statistics;
drop view if exists tasks.workflow_statistics;
drop view if exists tasks.dashboard_projects;
drop view if exists tasks.step_execution_progress;
drop function if exists tasks.settle_dependencies(uuid[]);
drop function if exists tasks.release_blocked(uuid, uuid[]);
drop function if exists tasks.cancel_unreachable(uuid, uuid[]);
drop function if exists tasks.submit_tasks(uuid[]);
drop function if exists tasks.lock_task(uuid, uuid);
drop table tasks.tasks;
drop type tasks.task_status;
