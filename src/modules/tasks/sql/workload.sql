-- The queries that the API, the dashboard and the workers run. Each says the index that it is to use when there are many rows.
-- Left out for their cost to the queue: trigram indexes over titles, GIN over input, output and configuration.

-- Tasks of a project, newest first: the dashboard's list.
-- index: tasks_project_idx
-- values: select organization_id, project_id, id from tasks.tasks where project_id is not null
prepare list_project_tasks (uuid, uuid, uuid) as
select id, title, task_type, status, priority, progress_percentage, assignee_id, due_at, started_at, finished_at
from tasks.tasks
where organization_id = $1 and project_id = $2 and id < $3
order by id desc
limit 50;

-- What a person has to do, newest first, with what holds each back.
-- index: tasks_assignee_idx
-- values: select organization_id, assignee_id, id from tasks.tasks where assignee_id is not null
prepare list_assigned_tasks (uuid, uuid, uuid) as
select id, title, status, priority, due_at, is_overdue, open_dependencies, open_subtasks
from tasks.active_tasks
where organization_id = $1 and assignee_id = $2 and id < $3
order by id desc
limit 50;

-- The parts of a task.
-- index: tasks_parent_idx
-- values: select organization_id, parent_id from tasks.tasks where parent_id is not null
prepare list_subtasks (uuid, uuid) as
select id, title, status, progress_percentage, started_at, finished_at
from tasks.tasks
where organization_id = $1 and parent_id = $2
order by id;

-- Tasks that an execution of a project's workflow made: `gsdb workflow show`.
-- index: tasks_workflow_execution_idx
-- values: select organization_id, workflow_execution_id from tasks.tasks where workflow_execution_id is not null
prepare list_tasks_of_execution (uuid, uuid) as
select id, title, status, attempts, progress_percentage, started_at, finished_at, error_class
from tasks.tasks
where organization_id = $1 and workflow_execution_id = $2
order by id;

-- Runs of a workflow, newest first.
-- index: tasks_workflow_idx
-- values: select organization_id, workflow_id, id from tasks.tasks where workflow_id is not null and workflow_node_id is null
prepare list_workflow_runs (uuid, uuid, uuid) as
select id, status, progress_percentage, created_at, started_at, finished_at
from tasks.tasks
where organization_id = $1 and workflow_id = $2 and workflow_node_id is null and id < $3
order by id desc
limit 20;

-- The task that was asked for under this key.
-- index: tasks_idempotency_key
-- values: select organization_id, idempotency_key from tasks.tasks where idempotency_key is not null
prepare find_task_by_idempotency_key (uuid, text) as
select id, status, output, error_class, error_message
from tasks.tasks
where organization_id = $1 and idempotency_key = $2;

-- A worker takes the next tasks of a lane; the attempts count from here on.
-- index: tasks_claim_idx
-- values: select distinct organization_id, 2, base.default_organization_id(), 1::bigint, 10 from tasks.tasks
prepare claim_tasks (uuid, integer, uuid, bigint, integer) as
with picked as materialized (
    select c.id
    from tasks.tasks c
    where c.organization_id = $1 and c.lane = $2 and c.status = 'queued' and c.executor <> 'manual' and c.run_at <= now()
    order by c.claim_position
    limit $5
    for update skip locked
)
update tasks.tasks t
set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = $3, worker_epoch = $4, updated_at = now()
from picked
where t.organization_id = $1 and t.id = picked.id
returning t.id, t.attempts, t.executor, t.definition_id, t.configuration, t.input, t.timeout_seconds;

-- The next tasks of a key that has limits.
-- index: tasks_claim_of_key_idx
-- values: select distinct organization_id, 12, concurrency_key, 10 from tasks.tasks where concurrency_key is not null
prepare next_tasks_of_key (uuid, integer, text, integer) as
select c.id, c.claim_position
from tasks.tasks c
where c.organization_id = $1 and c.lane = $2 and c.concurrency_key = $3 and c.status = 'queued' and c.executor <> 'manual' and c.run_at <= now()
order by c.claim_position
limit $4;

-- A task is done, unless the worker's lease was taken away meanwhile.
-- index: tasks_pkey
-- values: select organization_id, id, base.default_organization_id(), 1::bigint, attempts, '{}'::jsonb from tasks.tasks
prepare complete_task (uuid, uuid, uuid, bigint, integer, jsonb) as
update tasks.tasks
set status = 'succeeded', finished_at = now(), progress_percentage = 100, output = $6, worker_id = null, worker_epoch = null,
    error_class = null, error_message = null, updated_at = now()
where organization_id = $1 and id = $2 and status = 'running' and worker_id = $3 and worker_epoch = $4 and attempts = $5
returning id;

-- Tasks whose time has come.
-- index: tasks_scheduled_idx
-- values: select distinct organization_id from tasks.tasks
prepare queue_due_tasks (uuid) as
with due as materialized (
    select c.id
    from tasks.tasks c
    where c.organization_id = $1 and c.status = 'scheduled' and c.run_at <= now()
    order by c.run_at
    limit 500
    for update skip locked
)
update tasks.tasks t
set status = 'queued', updated_at = now()
from due
where t.organization_id = $1 and t.id = due.id
returning t.id;

-- Tasks of workers that are gone go back to the queue, or become dead letters when no attempt is left.
-- index: tasks_running_idx
-- values: select distinct organization_id, array[worker_id] from tasks.tasks where worker_id is not null
prepare take_back_tasks (uuid, uuid[]) as
with lost as materialized (
    select c.id
    from tasks.tasks c
    where c.organization_id = $1 and c.status = 'running' and c.worker_id = any ($2)
    order by c.id
    limit 500
    for update skip locked
)
update tasks.tasks t
set status = case when t.attempts - t.attempts_forgiven < t.attempts_max then 'queued' else 'dead' end::tasks.task_status,
    finished_at = case when t.attempts - t.attempts_forgiven < t.attempts_max then null else now() end,
    worker_id = null, worker_epoch = null, error_class = 'worker_lost', error_message = null, updated_at = now()
from lost
where t.organization_id = $1 and t.id = lost.id
returning t.id, t.status;

-- An event has come: those that wait for it go on.
-- index: tasks_awaited_event_idx
-- values: select organization_id, awaited_event from tasks.tasks where awaited_event is not null
prepare wake_waiting_tasks (uuid, text) as
update tasks.tasks
set status = 'queued', awaited_event = null, wait_expires_at = null, run_at = now(), updated_at = now()
where organization_id = $1 and status = 'waiting' and awaited_event = $2
returning id;

-- Waits that have lasted too long.
-- index: tasks_wait_expiry_idx
-- values: select distinct organization_id from tasks.tasks
prepare list_expired_waits (uuid) as
select id, awaited_event, wait_expires_at
from tasks.tasks
where organization_id = $1 and status = 'waiting' and wait_expires_at <= now()
order by wait_expires_at
limit 100;

-- What is used up of a key's limits.
-- index: tasks_running_of_key_idx, tasks_concurrency_idx
-- values: select distinct organization_id, concurrency_key from tasks.tasks where concurrency_key is not null
prepare limit_use (uuid, text) as
select l.running_max, l.starts_max,
       (select count(*) from tasks.tasks t where t.organization_id = l.organization_id and t.concurrency_key = l.concurrency_key and t.status = 'running') as running,
       (select count(*) from tasks.tasks t
        where t.organization_id = l.organization_id and t.concurrency_key = l.concurrency_key and t.started_at > now() - make_interval(secs => l.starts_window_seconds)) as starts
from tasks.task_limits l
where l.organization_id = $1 and l.concurrency_key = $2;

-- Dead letters, newest first.
-- index: tasks_dead_letters_idx
-- values: select organization_id, id from tasks.tasks where status = 'dead'
prepare list_dead_letters (uuid, uuid) as
select id, title, task_type, attempts, error_class, error_message, finished_at
from tasks.tasks
where organization_id = $1 and status = 'dead' and id < $2
order by id desc
limit 50;

-- What a task waits for, and what waits for it.
-- index: task_dependencies_predecessor_idx, task_dependencies_successor_idx
-- values: select organization_id, successor_id from tasks.task_dependencies where successor_id is not null
prepare list_neighbours (uuid, uuid) as
select source_title, kind, target_title, satisfied_at, holds_back
from tasks.task_dependency_graph
where organization_id = $1 and successor_id = $2
union all
select source_title, kind, target_title, satisfied_at, holds_back
from tasks.task_dependency_graph
where organization_id = $1 and predecessor_id = $2;

-- How tasks of each type fared lately: the dashboard's figures.
-- index: tasks_finished_idx
-- values: select distinct organization_id from tasks.tasks
-- goal: 200 ms
prepare task_figures (uuid) as
select task_type, finished, finished_24_hours, succeeded, failed, retried, median_seconds, p95_seconds
from tasks.task_statistics
where organization_id = $1
order by task_type;

-- What a task said, line by line.
-- index: task_execution_logs_task_idx
-- values: select organization_id, task_id, attempt, line_number from tasks.task_execution_logs
prepare read_log (uuid, uuid, integer, bigint) as
select attempt, line_number, logged_at, level, stream, message
from tasks.task_execution_logs
where organization_id = $1 and task_id = $2 and (attempt, line_number) > ($3, $4)
order by attempt, line_number
limit 500;

-- Schedules whose time has come.
-- index: schedules_due_idx
-- values: select distinct organization_id from tasks.schedules
prepare list_due_schedules (uuid) as
select id, definition_id, workflow_id, input, cron, time_zone, jitter_seconds, missed_runs_max, may_overlap, next_run_at
from tasks.schedules
where organization_id = $1 and paused_at is null and next_run_at <= now()
order by next_run_at
limit 100;

-- The pinned projects in their order, with how far each is.
-- index: github_projects_pin_order_key, tasks_step_idx
-- values: select distinct organization_id from tasks.github_projects
-- goal: 200 ms
prepare list_pinned_projects (uuid) as
select id, repository_id, pin_order, grid_column, grid_row, requirements_version, steps, completed_steps, failed_steps, running_steps, progress_percentage
from tasks.dashboard_projects
where organization_id = $1 and pin_order is not null
order by pin_order
limit 50;

-- How far the steps of a decomposition are.
-- index: decomposed_steps_number_key, tasks_step_idx
-- values: select organization_id, id from tasks.requirement_decompositions
prepare list_step_progress (uuid, uuid) as
select step_id, step_number, name, state, progress_percentage, tasks, failed_tasks, dependencies, issue_url, pull_request_url, started_at, completed_at
from tasks.step_execution_progress
where organization_id = $1 and decomposition_id = $2
order by step_number;
