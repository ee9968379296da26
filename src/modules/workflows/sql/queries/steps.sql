-- name: find_step :optional
-- What a step of the journal has committed.
select result from workflows.workflow_steps
where organization_id = :organization_id and execution_id = :execution_id and step_key = :step_key and occurrence = 1;

-- name: commit_step :one
-- column result: not null
-- Returns the result that counts, which is the first one.
select workflows.commit_step(:execution_id, :step_key, :input_hash, :result, :started_at) as result;

-- name: await_event :one
-- column id: not null
select workflows.await_event(:execution_id, :stage_execution_id, :step_key, :kind, :deadline_at, :correlation_key) as id;

-- name: find_wait :optional
select status, answer, deadline_at from workflows.workflow_events_awaited where organization_id = :organization_id and id = :wait_id;

-- name: answer_waits :many
-- column execution_id: not null
-- Gives a signal or an approval to the runs that wait for it.
select execution_id from workflows.answer_waits(:correlation_key, answer => :answer);

-- name: end_due_waits :many
-- column execution_id: not null
-- column status: not null
select execution_id, status from workflows.end_due_waits(:page_size);

-- name: list_waits :many
select step_key, kind, correlation_key, status, deadline_at, created_at, finished_at
from workflows.workflow_events_awaited
where organization_id = :organization_id and execution_id = :execution_id
order by created_at, id;
