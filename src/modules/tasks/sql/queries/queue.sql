-- name: find_definitions :many
-- The versions that new tasks are made from, by name.
select distinct on (d.name) d.name, d.id, d.executor
from tasks.task_definitions d
where d.organization_id = :organization_id and d.name = any (:names::text[]) and d.retired_at is null
order by d.name, d.version desc;

-- name: add_tasks :many
-- param created_by: nullable
-- column id: not null
-- column status: not null
-- What is not said (empty, nil, 0, -infinity) is as the definition has it. Returns those that are new: of a key that is there already, none is made.
with input as materialized (
    select n.*
    from unnest(:ids::uuid[], :titles::text[], :descriptions::text[], :task_types::text[], :are_drafts::boolean[], :executors::text[], :priorities::text[],
                array_replace(:definition_ids::uuid[], '00000000-0000-0000-0000-000000000000', null), :configurations::text[], :inputs::text[],
                array_replace(:project_ids::uuid[], '00000000-0000-0000-0000-000000000000', null), array_replace(:parent_ids::uuid[], '00000000-0000-0000-0000-000000000000', null),
                :idempotency_keys::text[], :concurrency_keys::text[], array_replace(:run_at::timestamptz[], '-infinity', null), array_replace(:due_at::timestamptz[], '-infinity', null),
                array_replace(:timeouts_seconds::integer[], 0, null), array_replace(:attempts_max::integer[], 0, null))
        with ordinality as n (id, title, description, task_type, is_draft, executor, priority, definition_id, configuration, input, project_id, parent_id, idempotency_key, concurrency_key,
                              run_at, due_at, timeout_seconds, attempts_max, place)
)
insert into tasks.tasks (organization_id, id, title, description, task_type, status, executor, priority, definition_id, configuration, input, project_id, parent_id, depth, created_by,
                         idempotency_key, concurrency_key, run_at, due_at, timeout_seconds, attempts_max)
select :organization_id, n.id, n.title, n.description, coalesce(nullif(n.task_type, ''), d.task_type, 'custom'),
       case when n.is_draft then 'draft' when n.run_at > now() then 'scheduled' else 'queued' end::tasks.task_status,
       coalesce(nullif(n.executor, '')::tasks.executor, d.executor), n.priority::base.priority, n.definition_id, n.configuration::jsonb, n.input::jsonb, n.project_id, n.parent_id,
       coalesce(p.depth + 1, 0), :created_by, nullif(n.idempotency_key, ''), nullif(n.concurrency_key, ''), coalesce(n.run_at, now()), n.due_at,
       coalesce(n.timeout_seconds, d.timeout_seconds, 3600), coalesce(n.attempts_max, d.attempts_max, 3)
from input n
left join tasks.task_definitions d on d.organization_id = :organization_id and d.id = n.definition_id
left join tasks.tasks p on p.organization_id = :organization_id and p.id = n.parent_id
order by n.place
on conflict (organization_id, idempotency_key) where idempotency_key is not null do nothing
returning id, status;

-- name: find_tasks_of_keys :many
-- column idempotency_key: not null
select t.idempotency_key, t.id, t.status
from tasks.tasks t
where t.organization_id = :organization_id and t.idempotency_key = any (:idempotency_keys::text[]);

-- name: add_new_dependencies :one
-- column added: not null
select tasks.add_dependencies_of_new(:ordered::uuid[], :successors::uuid[], :predecessors::uuid[], :kinds::text[]::tasks.dependency_kind[],
                                     :conditions::text[]::tasks.dependency_condition[], :hard::boolean[], :delays_seconds::integer[]) as added;

-- name: submit_new_tasks :many
-- column task_id: not null
-- column status: not null
select s.task_id, s.status from tasks.submit_tasks(:ids::uuid[]) s;

-- name: get_task :optional
select t.id, t.title, t.description, t.task_type, t.status, t.executor, t.priority, d.name as definition, d.version as definition_version, t.configuration, t.input, t.output, t.project_id,
       t.parent_id, t.idempotency_key, t.concurrency_key, t.run_at, t.due_at, t.timeout_seconds, t.attempts_max, t.attempts, t.attempts_forgiven, t.worker_id, t.awaited_event,
       t.wait_expires_at, t.progress_percentage::float8 as progress_percentage, t.cancel_requested_at, t.cancel_reason, t.error_class, t.error_message, t.created_at, t.started_at, t.finished_at
from tasks.tasks t
left join tasks.task_definitions d on d.organization_id = t.organization_id and d.id = t.definition_id
where t.organization_id = :organization_id and t.id = :id;

-- name: list_tasks :many
-- param before: nullable
-- param project_id: nullable
-- The newest first; before is the last one of the page before. Empty texts are any.
select t.id, t.title, t.task_type, t.status, t.executor, t.priority, t.attempts, t.attempts_forgiven, t.attempts_max, t.error_class, t.run_at, t.created_at, t.started_at, t.finished_at
from tasks.tasks t
where t.organization_id = :organization_id and (:before::uuid is null or t.id < :before) and (:project_id::uuid is null or t.project_id = :project_id)
  and (:status::text = '' or t.status = :status::text::tasks.task_status) and (:executor::text = '' or t.executor = :executor::text::tasks.executor)
order by t.id desc
limit :page_size;

-- name: list_task_dependencies :many
-- column other_id: not null
-- column title: not null
-- column status: not null
-- column waits: not null
-- column kind: not null
-- column condition: not null
-- column is_hard: not null
-- What a task waits for, and what waits for it.
select p.id as other_id, p.title, p.status, true as waits, d.kind, d.condition, d.is_hard, d.delay_seconds, d.satisfied_at
from tasks.task_dependencies d
join tasks.tasks p on p.organization_id = d.organization_id and p.id = d.predecessor_id
where d.organization_id = :organization_id and d.successor_id = :id
union all
select s.id, s.title, s.status, false, d.kind, d.condition, d.is_hard, d.delay_seconds, d.satisfied_at
from tasks.task_dependencies d
join tasks.tasks s on s.organization_id = d.organization_id and s.id = d.successor_id
where d.organization_id = :organization_id and d.predecessor_id = :id
limit :rows_max;

-- name: list_attempts :many
select u.attempt, u.worker_id, u.started_at, u.finished_at, u.cpu_seconds::float8 as cpu_seconds, u.memory_peak_bytes, u.read_bytes, u.written_bytes, u.exit_code, u.error_class
from tasks.task_resource_usage u
where u.organization_id = :organization_id and u.task_id = :id
order by u.attempt;

-- name: read_task_log :many
select l.attempt, l.line_number, l.logged_at, l.level, l.stream, l.message
from tasks.task_execution_logs l
where l.organization_id = :organization_id and l.task_id = :id and (l.attempt, l.line_number) > (:after_attempt::integer, :after_line::bigint)
order by l.attempt, l.line_number
limit :rows_max;

-- name: cancel_tasks :many
-- column task_id: not null
-- column status: not null
select c.task_id, c.status from tasks.cancel_tasks(:ids::uuid[], nullif(:reason::text, '')) c;

-- name: replay_tasks :many
-- column task_id: not null
-- column status: not null
select r.task_id, r.status from tasks.replay_tasks(:ids::uuid[]) r;

-- name: list_dead_letters :many
-- param before: nullable
select t.id
from tasks.tasks t
where t.organization_id = :organization_id and t.status = 'dead' and (:before::uuid is null or t.id < :before)
order by t.id desc
limit :page_size;

-- name: set_task_limit :exec
-- param running_max: nullable
-- param starts_max: nullable
-- param starts_window_seconds: nullable
insert into tasks.task_limits (organization_id, concurrency_key, running_max, starts_max, starts_window_seconds)
values (:organization_id, :concurrency_key, :running_max, :starts_max, :starts_window_seconds)
on conflict (organization_id, concurrency_key)
do update set running_max = excluded.running_max, starts_max = excluded.starts_max, starts_window_seconds = excluded.starts_window_seconds, updated_at = excluded.updated_at;

-- name: remove_task_limit :exec
delete from tasks.task_limits where organization_id = :organization_id and concurrency_key = :concurrency_key;

-- name: list_task_limits :many
-- column running: not null
-- column starts: not null
select l.concurrency_key, l.running_max, l.starts_max, l.starts_window_seconds,
       (select count(*) from tasks.tasks t where t.organization_id = l.organization_id and t.concurrency_key = l.concurrency_key and t.status = 'running') as running,
       (select count(*) from tasks.tasks t
        where t.organization_id = l.organization_id and t.concurrency_key = l.concurrency_key
          and t.started_at > now() - make_interval(secs => coalesce(l.starts_window_seconds, 0))) as starts
from tasks.task_limits l
where l.organization_id = :organization_id
order by l.concurrency_key
limit 1000;

-- name: tell_of_tasks :exec
-- scope: local
-- Wakes the workers of other processes that wait for tasks of an executor.
select pg_notify('gsdb_tasks', :executor);

-- name: note_task_change :one
-- column sequence: not null
-- The last statement of a transaction that a person asked for: the entry of the audit log.
select base.audit(action => :action, subject_kind => :subject_kind, subject_id => :subject_id, details => :details) as sequence;
