-- What the API, the dashboard and the workers ask of this schema, as it is asked: prepared, for one organization. The comments before each
-- statement say which index it has to use at scale and how to find values for it. A condition on an enum is not leakproof, so under
-- row-level security it does not narrow an index scan of the login role; a partial index decides for it instead.

-- The runs of a project, newest first: `gsdb workflow list`.
-- index: workflow_executions_project_idx
-- values: select organization_id, project_id, id from workflows.workflow_executions order by id desc
prepare list_project_executions (uuid, uuid, uuid) as
select e.id, e.name, e.status, e.status_reason, e.priority, e.dev_branch, e.started_at, e.finished_at
from workflows.workflow_executions e
where e.organization_id = $1 and e.project_id = $2 and e.id < $3
order by e.id desc limit 50;

-- The runs that are under way, most urgent first: what a worker takes up after a start.
-- index: workflow_executions_open_idx
-- values: select distinct organization_id from workflows.workflow_executions
prepare list_open_executions (uuid) as
select e.id, e.template_version_id, e.status, e.priority
from workflows.workflow_executions e
where e.organization_id = $1 and e.finished_at is null
order by e.priority desc, e.id desc limit 100;

-- What cancelled runs have left behind: what the server removes.
-- index: workflow_executions_left_behind_idx
-- values: select distinct organization_id from workflows.workflow_executions
prepare list_executions_to_clean_up (uuid) as
select e.id from workflows.workflow_executions e
where e.organization_id = $1 and e.status = 'cancelled' and e.cleaned_up_at is null
order by e.id limit 100;

-- What events are to be told of next.
-- index: workflow_executions_untold_idx
-- values: select distinct organization_id from workflows.workflow_executions
prepare list_executions_to_tell_of (uuid) as
select e.id, e.told_transition_id from workflows.workflow_executions e
where e.organization_id = $1 and e.has_untold_transitions
order by e.id limit 100;

-- One run as the dashboard shows it.
-- index: an_execution_is_in_one_stage, codegen_operations_execution_idx, a_step_commits_once
-- values: select organization_id, id from workflows.workflow_executions where finished_at is null
prepare show_active_execution (uuid, uuid) as
select d.name, d.status, d.stage_key, d.stage_attempt, d.stage_deadline_at, d.progress_percentage, d.steps_committed, d.waits_open,
       d.validations_failed, d.merges_open, d.operations_open, d.cost_usd, d.is_stalled
from workflows.active_workflows_dashboard d
where d.organization_id = $1 and d.execution_id = $2;

-- The stages of a run, in the order in which they were tried: `gsdb workflow show`.
-- index: an_attempt_at_a_stage_is_made_once
-- values: select organization_id, id from workflows.workflow_executions
prepare list_stage_executions (uuid, uuid) as
select s.id, t.stage_key, t.name, s.attempt, s.status, s.error_message, s.started_at, s.deadline_at, s.finished_at
from workflows.workflow_stage_executions s
join workflows.template_stages t
    on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
where s.organization_id = $1 and s.execution_id = $2
order by s.position, s.attempt;

-- The stages whose deadline has passed: the sweep that times them out.
-- index: workflow_stage_executions_deadline_idx
-- values: select distinct organization_id from workflows.workflow_executions
prepare list_overdue_stages (uuid) as
select s.execution_id, s.id, s.deadline_at
from workflows.workflow_stage_executions s
where s.organization_id = $1 and s.finished_at is null and s.deadline_at <= now()
order by s.deadline_at limit 100;

-- Starting once: the run of an idempotency key.
-- index: an_idempotency_key_starts_one_execution
-- values: select organization_id, idempotency_key from workflows.workflow_executions where idempotency_key is not null
prepare find_execution_by_key (uuid, text) as
select e.id, e.status from workflows.workflow_executions e where e.organization_id = $1 and e.idempotency_key = $2;

-- Replay: the journal of a run.
-- index: a_step_commits_once
-- values: select organization_id, id from workflows.workflow_executions
prepare read_journal (uuid, uuid) as
select s.step_key, s.occurrence, s.input_hash, s.result from workflows.workflow_steps s where s.organization_id = $1 and s.execution_id = $2;

-- One step of it.
-- index: a_step_commits_once
-- values: select organization_id, execution_id, step_key, occurrence from workflows.workflow_steps
prepare find_step (uuid, uuid, text, integer) as
select s.input_hash, s.result from workflows.workflow_steps s
where s.organization_id = $1 and s.execution_id = $2 and s.step_key = $3 and s.occurrence = $4;

-- An event came: who waits for it.
-- index: workflow_events_awaited_correlation_idx
-- values: select organization_id, correlation_key, event_type from workflows.workflow_events_awaited where status = 'waiting' and kind = 'event'
prepare find_waits (uuid, text, text) as
select w.id, w.execution_id from workflows.workflow_events_awaited w
where w.organization_id = $1 and w.correlation_key = $2 and w.event_type = $3 and w.status = 'waiting';

-- The waits whose time has come.
-- index: workflow_events_awaited_deadline_idx
-- values: select distinct organization_id from workflows.workflow_executions
prepare list_due_waits (uuid) as
select w.id from workflows.workflow_events_awaited w
where w.organization_id = $1 and w.status = 'waiting' and w.deadline_at <= now()
order by w.deadline_at limit 100;

-- Doing once: the call of an idempotency key. The other two tables are asked in the same way.
-- index: a_code_host_is_called_once_for_a_key
-- values: select organization_id, idempotency_key from workflows.github_operations
prepare find_operation_by_key (uuid, text) as
select o.id, o.status, o.outcome, o.response, o.attempts, o.next_attempt_at from workflows.github_operations o
where o.organization_id = $1 and o.idempotency_key = $2;

-- All calls of a run: `gsdb workflow logs`.
-- index: codegen_operations_execution_idx, linear_operations_execution_idx, github_operations_execution_idx
-- values: select organization_id, id from workflows.workflow_executions
prepare list_operations (uuid, uuid) as
select o.integration, o.operation_type, o.subject, o.status, o.outcome, o.attempts, o.latency_ms, o.cost_usd, o.created_at
from workflows.operations o
where o.organization_id = $1 and o.execution_id = $2
order by o.created_at limit 500;

-- Whose agent's run it is.
-- index: codegen_operations_agent_run_idx
-- values: select organization_id, agent_run_id from workflows.codegen_operations where agent_run_id is not null
prepare find_agent_run (uuid, text) as
select o.id, o.execution_id, o.status from workflows.codegen_operations o where o.organization_id = $1 and o.agent_run_id = $2;

-- Whose issue it is.
-- index: linear_operations_issue_idx
-- values: select organization_id, issue_id from workflows.linear_operations where issue_id is not null
prepare find_issue (uuid, text) as
select o.id, o.execution_id, o.decomposed_step_id from workflows.linear_operations o where o.organization_id = $1 and o.issue_id = $2;

-- Whose pull request it is.
-- index: github_operations_pull_request_idx
-- values: select o.organization_id, e.repository_id, o.pull_request_number from workflows.github_operations o join workflows.workflow_executions e on e.organization_id = o.organization_id and e.id = o.execution_id where o.pull_request_number is not null
prepare find_pull_request (uuid, uuid, integer) as
select o.id, o.execution_id, o.branch from workflows.github_operations o
join workflows.workflow_executions e on e.organization_id = o.organization_id and e.id = o.execution_id
where o.organization_id = $1 and e.repository_id = $2 and o.pull_request_number = $3;

-- What came of calls: the dashboard of integrations. Only the last 30 days are read.
-- index: codegen_operations_created_idx, linear_operations_created_idx, github_operations_created_idx
-- values: select distinct organization_id from workflows.workflow_executions
-- goal: 200 ms
prepare integration_outcomes (uuid) as
select v.integration, v.provider, v.operation_type, v.operations, v.operations_failed, v.success_percentage, v.latency_ms_p95, v.cost_usd
from workflows.integration_operation_outcomes v where v.organization_id = $1;

-- What an attempt at a stage was checked for.
-- index: a_validation_is_made_once_in_an_attempt
-- values: select organization_id, id from workflows.workflow_stage_executions
prepare list_validations (uuid, uuid) as
select v.checkpoint, v.validation_key, v.attempt, v.status, v.score, v.findings from workflows.workflow_validations v
where v.organization_id = $1 and v.stage_execution_id = $2
order by v.checkpoint, v.validation_key, v.attempt;

-- How good an agent's answer was.
-- index: workflow_validations_operation_idx
-- values: select organization_id, codegen_operation_id from workflows.workflow_validations where codegen_operation_id is not null
prepare list_judgements (uuid, uuid) as
select v.validation_key, v.attempt, v.status, v.score from workflows.workflow_validations v
where v.organization_id = $1 and v.codegen_operation_id = $2;

-- Why a run is where it is.
-- index: workflow_transitions_execution_idx
-- values: select organization_id, id from workflows.workflow_executions
prepare list_transitions (uuid, uuid) as
select t.id, t.occurred_at, t.kind, t.stage_key, t.reason, t.actor from workflows.workflow_transitions t
where t.organization_id = $1 and t.execution_id = $2
order by t.id limit 200;

-- A metric over a window, by hour: a chart.
-- index: workflow_metrics_name_idx
-- values: select distinct organization_id, metric_name, now() - interval '1 day' from workflows.workflow_metrics
-- goal: 200 ms
prepare chart_metric (uuid, text, timestamptz) as
select date_bin(interval '1 hour', m.measured_at, timestamptz '2001-01-01 00:00:00+00') as hour, avg(m.value), max(m.value), count(*)
from workflows.workflow_metrics m
where m.organization_id = $1 and m.metric_name = $2 and m.measured_at >= $3
group by 1 order by 1;

-- The metrics of a run.
-- index: workflow_metrics_execution_idx
-- values: select distinct organization_id, execution_id from workflows.workflow_metrics
prepare list_metrics (uuid, uuid) as
select m.metric_name, m.value, m.unit, m.measured_at from workflows.workflow_metrics m
where m.organization_id = $1 and m.execution_id = $2
order by m.measured_at desc limit 200;

-- The next change to merge into a branch.
-- index: merge_queue_entries_queue_idx
-- values: select distinct organization_id, repository_id, target_branch from workflows.merge_queue_entries where status = 'queued'
prepare next_merge (uuid, uuid, text) as
select m.id, m.source_branch, m.head_commit from workflows.merge_queue_entries m
where m.organization_id = $1 and m.repository_id = $2 and m.target_branch = $3 and m.status = 'queued'
order by m.priority desc, m.id limit 1;

-- What a run still has to merge.
-- index: merge_queue_entries_execution_idx
-- values: select distinct organization_id, execution_id from workflows.merge_queue_entries
prepare list_merges (uuid, uuid) as
select m.id, m.source_branch, m.target_branch, m.status, m.conflicts_returned, m.merged_commit from workflows.merge_queue_entries m
where m.organization_id = $1 and m.execution_id = $2;
