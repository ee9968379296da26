-- name: add_main_task :exec
-- The task of a whole requirement: it is done when its parts are, by the program.
insert into tasks.tasks (organization_id, id, title, description, task_type, status, executor, project_id, workflow_execution_id, idempotency_key)
values (:organization_id, :task_id, :title, :description, 'requirement', 'draft', 'manual', :project_id, :execution_id, :idempotency_key)
on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing;

-- name: add_step_task :exec
insert into tasks.tasks (organization_id, id, title, description, task_type, status, executor, project_id, workflow_execution_id, decomposed_step_id, parent_id, depth, idempotency_key,
                         attempts_max, timeout_seconds)
values (:organization_id, :task_id, :title, :description, 'step', 'draft', 'agent', :project_id, :execution_id, :decomposed_step_id, :parent_id, 1, :idempotency_key, :attempts_max,
        :timeout_seconds)
on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing;

-- name: find_task_by_key :optional
select id, status from tasks.tasks where organization_id = :organization_id and idempotency_key = :idempotency_key;

-- name: step_task_depends_on :one
-- column id: not null
select tasks.add_dependency(source => :source_task_id, kind => 'depends_on', target => :target_task_id) as id;

-- name: has_dependency :optional
-- column there: not null
select true as there from tasks.task_dependencies
where organization_id = :organization_id and source_task_id = :source_task_id and target_task_id = :target_task_id and kind = 'depends_on';

-- name: submit_drafts :many
-- column task_id: not null
-- column status: not null
select task_id, status from tasks.submit_tasks(:task_ids::uuid[]);

-- name: claim_step_task :optional
-- The next task of a run that an agent can begin; the attempt counts from here on. Why the one before failed stays until the task has succeeded.
with picked as materialized (
    select c.id
    from tasks.tasks c
    where c.organization_id = :organization_id and c.workflow_execution_id = :execution_id and c.executor = 'agent' and c.status in ('queued', 'scheduled') and c.run_at <= now()
    order by c.priority desc, c.id
    limit 1
    for update skip locked
)
update tasks.tasks t
set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = :worker_id, worker_epoch = :worker_epoch, updated_at = now()
from picked
where t.organization_id = :organization_id and t.id = picked.id
returning t.id, t.decomposed_step_id, t.attempts, t.attempts_max, t.timeout_seconds;

-- name: complete_step_task :exec
-- Nothing when it is not the worker's any more.
update tasks.tasks
set status = 'succeeded', finished_at = now(), progress_percentage = 100, output = :output, worker_id = null, worker_epoch = null, error_class = null, error_message = null,
    updated_at = now()
where organization_id = :organization_id and id = :task_id and status = 'running' and worker_id = :worker_id and worker_epoch = :worker_epoch;

-- name: fail_step_task :optional
-- Another attempt after a pause, or a dead letter when there is none left. Nothing when it is not the worker's any more.
update tasks.tasks t
set status = case when t.attempts - t.attempts_forgiven < t.attempts_max then 'scheduled' else 'dead' end::tasks.task_status,
    finished_at = case when t.attempts - t.attempts_forgiven < t.attempts_max then null else now() end,
    run_at = now() + :pause::interval, worker_id = null, worker_epoch = null, error_class = :error_class, error_message = :error_message, updated_at = now()
where t.organization_id = :organization_id and t.id = :task_id and t.status = 'running' and t.worker_id = :worker_id and t.worker_epoch = :worker_epoch
returning t.status;

-- name: take_back_step_tasks :exec
-- Those that a process began that carries the run on no more: not counted, since it was not their fault. Only who carries the run on may ask for it.
update tasks.tasks
set status = 'queued', attempts_forgiven = attempts_forgiven + 1, worker_id = null, worker_epoch = null, updated_at = now()
where organization_id = :organization_id and workflow_execution_id = :execution_id and executor = 'agent' and status = 'running';

-- name: replay_step_tasks :exec
-- Dead letters of a run get as many attempts as they had.
update tasks.tasks
set status = 'queued', attempts_forgiven = attempts, finished_at = null, run_at = now(), updated_at = now()
where organization_id = :organization_id and workflow_execution_id = :execution_id and executor = 'agent' and status = 'dead';

-- name: settle_dependencies :many
-- column task_id: not null
-- column status: not null
select task_id, status from tasks.settle_dependencies(:task_ids::uuid[]);

-- name: finish_main_task :exec
update tasks.tasks
set status = 'succeeded', started_at = coalesce(started_at, now()), attempts = greatest(attempts, 1), finished_at = now(), progress_percentage = 100, updated_at = now()
where organization_id = :organization_id and id = :task_id and finished_at is null;

-- name: cancel_tasks_of_execution :exec
update tasks.tasks
set status = 'cancelled', cancel_requested_at = now(), cancel_reason = :reason, finished_at = now(), worker_id = null, worker_epoch = null, awaited_event = null, wait_expires_at = null,
    updated_at = now()
where organization_id = :organization_id and workflow_execution_id = :execution_id and finished_at is null;

-- name: list_step_tasks :many
-- column decomposed_step_id: not null
select t.id, t.decomposed_step_id, t.title, t.status, t.attempts, t.attempts_max, t.error_class, t.error_message, t.output, t.run_at, t.started_at, t.finished_at
from tasks.tasks t
where t.organization_id = :organization_id and t.workflow_execution_id = :execution_id and t.decomposed_step_id is not null
order by t.id;

-- name: add_task_usage :exec
-- param error_class: nullable
insert into tasks.task_resource_usage (organization_id, task_id, attempt, worker_id, started_at, finished_at, cpu_seconds, memory_peak_bytes, read_bytes, written_bytes, exit_code,
                                       error_class)
values (:organization_id, :task_id, :attempt, :worker_id, :started_at, :finished_at, :cpu_seconds::float8::numeric, :memory_peak_bytes, :read_bytes, :written_bytes, :exit_code, :error_class)
on conflict (organization_id, task_id, attempt) do nothing;

-- name: add_log_lines :exec
insert into tasks.task_execution_logs (organization_id, task_id, attempt, line_number, level, stream, message)
select :organization_id, :task_id, :attempt, l.number, l.level::tasks.log_level, l.stream, l.message
from unnest(:numbers::bigint[], :levels::text[], :streams::text[], :messages::text[]) as l (number, level, stream, message);

-- name: last_log_line :one
-- column line_number: not null
select coalesce(max(line_number), 0) as line_number from tasks.task_execution_logs
where organization_id = :organization_id and task_id = :task_id and attempt = :attempt;

-- name: read_log_lines :many
select attempt, line_number, logged_at, level, stream, message
from tasks.task_execution_logs
where organization_id = :organization_id and task_id = :task_id and (attempt, line_number) > (:after_attempt::integer, :after_line::bigint)
order by attempt, line_number
limit :rows_max;
