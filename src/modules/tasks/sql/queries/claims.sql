-- name: claim_tasks :many
-- scope: cross
-- column organization_id: not null
-- column task_id: not null
-- column attempt: not null
-- column executor: not null
-- column task_type: not null
-- column title: not null
-- column configuration: not null
-- column input: not null
-- column timeout_seconds: not null
select c.organization_id, c.task_id, c.attempt, c.executor, c.task_type, c.title, c.configuration, c.input, c.timeout_seconds
from tasks.claim_tasks(:worker_id, :epoch, :executors::text[]::tasks.executor[], :wanted, :turn) c;

-- name: complete_tasks :one
-- scope: cross
-- column ended: not null
-- column settled: not null
select c.ended, c.settled
from tasks.complete_tasks(:worker_id, :epoch, :organization_ids::uuid[], :ids::uuid[], :attempts::integer[], :outputs::text[]) c;

-- name: fail_tasks :many
-- scope: cross
-- column organization_id: not null
-- column task_id: not null
-- column status: not null
-- column run_at: not null
-- What is not said: an empty text, a negative pause.
select f.organization_id, f.task_id, f.status, f.run_at
from tasks.fail_tasks(:worker_id, :epoch, :organization_ids::uuid[], :ids::uuid[], :attempts::integer[], :error_classes::text[], :error_messages::text[],
                      array_replace(:retried::text[], '', null)::boolean[], array_replace(:spending::text[], '', null)::boolean[],
                      array_replace(:pauses::interval[], interval '-1 microsecond', null), :dice::float8[]) f;

-- name: suspend_tasks :one
-- scope: cross
-- column held: not null
select tasks.suspend_tasks(:worker_id, :epoch, :organization_ids::uuid[], :ids::uuid[], :attempts::integer[], :events::text[], array_replace(:expiries::timestamptz[], 'infinity', null)) as held;

-- name: hand_back_tasks :one
-- scope: cross
-- column held: not null
select tasks.hand_back_tasks(:worker_id, :epoch, :organization_ids::uuid[], :ids::uuid[], :attempts::integer[]) as held;

-- name: queue_due_tasks :one
-- scope: cross
-- column queued: not null
select q.queued, q.next_run_at from tasks.queue_due_tasks(:page) q;

-- name: expire_waits :one
-- scope: cross
-- column expired: not null
select count(*) as expired from tasks.expire_waits(:page);

-- name: tasks_of_worker :many
-- scope: cross
-- column organization_id: not null
-- column task_id: not null
-- column attempt: not null
select w.organization_id, w.task_id, w.attempt from tasks.tasks_of_worker(:worker_id, :epoch, :only_cancelled) w;

-- name: note_usage :exec
-- What attempts took; exit codes of 2147483647 and empty classes are none.
insert into tasks.task_resource_usage (organization_id, task_id, attempt, worker_id, started_at, finished_at, cpu_seconds, memory_peak_bytes, read_bytes, written_bytes, exit_code,
                                       error_class)
select :organization_id, u.task_id, u.attempt, :worker_id, u.started_at, greatest(u.finished_at, u.started_at), u.cpu_seconds::numeric, u.memory_peak_bytes, u.read_bytes, u.written_bytes,
       nullif(u.exit_code, 2147483647), nullif(u.error_class, '')
from unnest(:task_ids::uuid[], :attempts::integer[], :started_at::timestamptz[], :finished_at::timestamptz[], :cpu_seconds::float8[], :memory_peak_bytes::bigint[], :read_bytes::bigint[],
            :written_bytes::bigint[], :exit_codes::integer[], :error_classes::text[])
    as u (task_id, attempt, started_at, finished_at, cpu_seconds, memory_peak_bytes, read_bytes, written_bytes, exit_code, error_class)
where exists (select from tasks.tasks t where t.organization_id = :organization_id and t.id = u.task_id)
on conflict (organization_id, task_id, attempt) do nothing;

-- name: note_log_lines :exec
insert into tasks.task_execution_logs (organization_id, task_id, attempt, line_number, logged_at, level, stream, message)
select :organization_id, l.task_id, l.attempt, l.line_number, l.logged_at, l.level::tasks.log_level, l.stream, l.message
from unnest(:task_ids::uuid[], :attempts::integer[], :line_numbers::bigint[], :logged_at::timestamptz[], :levels::text[], :streams::text[], :messages::text[])
    as l (task_id, attempt, line_number, logged_at, level, stream, message);
