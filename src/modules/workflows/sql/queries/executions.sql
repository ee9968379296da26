-- name: find_template :optional
-- A template that is in use.
select id, name from workflows.workflow_templates where organization_id = :organization_id and slug = :slug and archived_at is null;

-- name: start_execution :one
-- param template_id: nullable
-- param idempotency_key: nullable
-- param created_by: nullable
-- type created_by: UserId
-- column id: not null
-- Also of a run that the key has started before.
select workflows.start_execution(project => :project_id, repository => :repository_id, name => :name, template => :template_id, base_branch => :base_branch,
                                 parameters => :parameters, priority => :priority, idempotency_key => :idempotency_key, created_by => :created_by) as id;

-- name: find_execution :optional
select e.id, e.name, e.status, e.status_reason, e.priority, e.project_id, e.repository_id, e.requirement_id, e.base_branch, e.dev_branch, e.parameters, t.slug as template,
       v.version_number as template_version, e.started_at, e.paused_at, e.finished_at
from workflows.workflow_executions e
join workflows.template_versions v on v.organization_id = e.organization_id and v.id = e.template_version_id
join workflows.workflow_templates t on t.organization_id = v.organization_id and t.id = v.template_id
where e.organization_id = :organization_id and e.id = :execution_id;

-- name: list_executions :many
-- param before_id: nullable
-- column stage_key: nullable
-- The newest first, a page before an id, with the stage that each came to.
select e.id, e.name, e.status, e.status_reason, e.parameters ->> 'repository' as repository, s.stage_key, s.place, s.stages, e.started_at, e.finished_at
from workflows.workflow_executions e
cross join lateral (
    select (array_agg(t.stage_key order by x.position desc, x.attempt desc))[1] as stage_key, coalesce(max(x.position), 0) as place,
           (select count(*) from workflows.template_stages o
            where o.organization_id = e.organization_id and o.template_version_id = e.template_version_id) as stages
    from workflows.workflow_stage_executions x
    join workflows.template_stages t on t.organization_id = x.organization_id and t.template_version_id = x.template_version_id and t.position = x.position
    where x.organization_id = e.organization_id and x.execution_id = e.id
) s
where e.organization_id = :organization_id and (:before_id::uuid is null or e.id < :before_id)
order by e.id desc
limit :page_size;

-- name: executions_by_ending :many
-- Two at most: whether it is one.
select e.id from workflows.workflow_executions e
where e.organization_id = :organization_id and right(e.id::text, length(:ending)) = :ending
order by e.id desc
limit 2;

-- name: execution_cost :one
-- column cost_usd: not null
-- In US dollars.
select coalesce(sum(c.cost_usd), 0)::float8 as cost_usd
from workflows.execution_costs c
where c.organization_id = :organization_id and c.execution_id = :execution_id;

-- name: running_executions :many
-- scope: cross
-- column organization_id: not null
-- column execution_id: not null
-- Runs that somebody has to carry on, the most urgent first.
select organization_id, execution_id from workflows.running_executions();

-- name: executions_to_clean_up :many
-- scope: cross
-- column organization_id: not null
-- column execution_id: not null
select organization_id, execution_id from workflows.executions_to_clean_up();

-- name: note_clean_up :exec
select workflows.note_clean_up(:execution_id);

-- name: untold_transitions :many
-- scope: cross
-- column organization_id: not null
-- column execution_id: not null
-- column execution_name: not null
-- column transition_id: not null
-- column occurred_at: not null
-- column kind: not null
-- column status: not null
-- column reason: not null
-- column actor: not null
select organization_id, execution_id, execution_name, transition_id, occurred_at, kind, status, stage_key, reason, actor from workflows.untold_transitions();

-- name: note_told :exec
select workflows.note_told(:execution_id, :transition_id);

-- name: list_stages :many
-- column stage_execution_id: nullable
-- column attempt: nullable
-- column status: nullable
-- column output: nullable
-- The stages of a run in their order, each with its last attempt.
select t.position, t.stage_key, t.name, t.attempts_max, s.id as stage_execution_id, s.attempt, s.status, s.error_message, s.output, s.started_at, s.deadline_at, s.finished_at
from workflows.workflow_executions e
join workflows.template_stages t on t.organization_id = e.organization_id and t.template_version_id = e.template_version_id
left join workflows.workflow_stage_executions s
    on s.organization_id = e.organization_id and s.execution_id = e.id and s.template_version_id = t.template_version_id and s.position = t.position
   and not exists (select from workflows.workflow_stage_executions l
                   where l.organization_id = s.organization_id and l.execution_id = s.execution_id and l.position = s.position and l.attempt > s.attempt)
where e.organization_id = :organization_id and e.id = :execution_id
order by t.position;

-- name: list_transitions :many
-- param after_id: nullable
-- In the order in which they were made. The routines lock the run, and the id is drawn behind the lock; occurred_at is when the transaction began.
select id, occurred_at, kind, status, stage_key, reason, actor
from workflows.workflow_transitions
where organization_id = :organization_id and execution_id = :execution_id and (:after_id::uuid is null or id > :after_id)
order by id
limit :page_size;

-- name: change_execution :exec
-- param requirement_id: nullable
-- param dev_branch: nullable
select workflows.change_execution(execution => :execution_id, requirement => :requirement_id, dev_branch => :dev_branch);

-- name: begin_stage :exec
select workflows.begin_stage(:execution_id, :stage_key);

-- name: advance_stage :one
-- column stage_key: not null
select workflows.advance_stage(:execution_id, :stage_key, :output) as stage_key;

-- name: complete_execution :exec
select workflows.complete_execution(:execution_id, :output);

-- name: fail_stage :exec
select workflows.fail_stage(:execution_id, :stage_key, :error_message, :status);

-- name: retry_stage :one
-- column attempt: not null
select workflows.retry_stage(:execution_id, :reason, :beyond_limit) as attempt;

-- name: pause_execution :exec
select workflows.pause_execution(:execution_id, :reason);

-- name: resume_execution :exec
select workflows.resume_execution(:execution_id, :reason);

-- name: cancel_execution :exec
select workflows.cancel_execution(:execution_id, :reason);

-- name: note_change :one
-- column sequence: not null
-- The last statement of a transaction that changes something: the entry of the audit log.
select base.audit(action => :action, subject_kind => :subject_kind, subject_id => :subject_id, details => :details) as sequence;
