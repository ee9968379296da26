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

-- name: step_task_depends_on :one
-- column id: not null
select tasks.add_dependency(source => :source_task_id, kind => 'depends_on', target => :target_task_id) as id;

-- name: has_dependency :optional
-- column there: not null
select true as there from tasks.task_dependencies
where organization_id = :organization_id and source_task_id = :source_task_id and target_task_id = :target_task_id and kind = 'depends_on';

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
returning t.id, t.decomposed_step_id, t.attempts;

-- name: take_back_step_tasks :exec
-- Those that a process began that carries the run on no more: not counted, since it was not their fault. Only who carries the run on may ask for it.
update tasks.tasks
set status = 'queued', attempts_forgiven = attempts_forgiven + 1, worker_id = null, worker_epoch = null, updated_at = now()
where organization_id = :organization_id and workflow_execution_id = :execution_id and executor = 'agent' and status = 'running';

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

-- name: last_log_line :one
-- column line_number: not null
select coalesce(max(line_number), 0) as line_number from tasks.task_execution_logs
where organization_id = :organization_id and task_id = :task_id and attempt = :attempt;
