-- Views that are an API. Each counts in a sub-select of its own, so that no count multiplies another: for each row where the rows are
-- few (lateral), grouped before it is joined where all are counted.

create or replace view workflows.template_summary as
select t.organization_id, t.id as template_id, t.slug, t.name, t.is_default, t.archived_at,
       v.id as newest_version_id, v.version_number as newest_version_number,
       coalesce(s.stages, 0) as stages,
       coalesce(e.executions, 0) as executions,
       e.last_started_at
from workflows.workflow_templates t
left join lateral (
    select n.id, n.version_number from workflows.template_versions n
    where n.organization_id = t.organization_id and n.template_id = t.id
    order by n.version_number desc limit 1
) v on true
left join lateral (
    select count(*) as stages from workflows.template_stages n
    where n.organization_id = t.organization_id and n.template_version_id = v.id
) s on true
left join (
    select n.organization_id, n.template_id, count(*) as executions, max(x.started_at) as last_started_at
    from workflows.workflow_executions x
    join workflows.template_versions n on n.organization_id = x.organization_id and n.id = x.template_version_id
    group by n.organization_id, n.template_id
) e on e.organization_id = t.organization_id and e.template_id = t.id;
comment on view workflows.template_summary is 'Every template with its newest version and how often it was used.';
select base.tenant_view('workflows.template_summary');

-- All calls to the outside. What a call is about is called its subject here: an agent's run, an issue, a pull request or a branch.
create or replace view workflows.operations as
select o.organization_id, o.id, 'agent'::workflows.integration as integration, o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, o.agent_run_id as subject, o.agent_run_url as subject_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.codegen_operations o
union all
select o.organization_id, o.id, 'issues', o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, coalesce(o.issue_key, o.issue_id), o.issue_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.linear_operations o
union all
select o.organization_id, o.id, 'code_host', o.execution_id, o.stage_execution_id, o.provider,
       o.operation_type, o.status, o.outcome, o.response_code, o.error_message, o.attempts, o.attempts_max, o.next_attempt_at, o.latency_ms,
       o.cost_usd, coalesce('#' || o.pull_request_number, o.branch), o.pull_request_url, o.created_at, o.started_at, o.finished_at, o.updated_at
from workflows.github_operations o;
comment on view workflows.operations is 'All calls to the outside, whatever the service.';
select base.tenant_view('workflows.operations');

create or replace view workflows.execution_costs as
select e.organization_id, e.id as execution_id, e.cost_usd_max,
       o.cost_usd, o.operations, o.operations_open, o.operations_failed, a.input_tokens, a.output_tokens
from workflows.workflow_executions e
cross join lateral (
    select coalesce(sum(c.cost_usd), 0) as cost_usd, count(*) as operations,
           count(*) filter (where c.status in ('pending', 'running')) as operations_open,
           count(*) filter (where c.status = 'failed') as operations_failed
    from workflows.operations c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) o
cross join lateral (
    select coalesce(sum(c.input_tokens), 0)::bigint as input_tokens, coalesce(sum(c.output_tokens), 0)::bigint as output_tokens
    from workflows.codegen_operations c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) a;
comment on view workflows.execution_costs is 'What each run has cost so far: the sum over its calls to the outside.';
select base.tenant_view('workflows.execution_costs');

create or replace function workflows.last_progress_at(organization uuid, execution uuid, stage_execution uuid) returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return greatest(
        (select x.updated_at from workflows.workflow_stage_executions x where x.organization_id = organization and x.id = stage_execution),
        (select max(x.committed_at) from workflows.workflow_steps x where x.organization_id = organization and x.execution_id = execution),
        (select max(x.updated_at) from workflows.operations x
         where x.organization_id = organization and x.execution_id = execution and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.workflow_validations x where x.organization_id = organization and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.workflow_events_awaited x
         where x.organization_id = organization and x.execution_id = execution and x.stage_execution_id = stage_execution),
        (select max(x.updated_at) from workflows.merge_queue_entries x where x.organization_id = organization and x.execution_id = execution));
end
$$;
comment on function workflows.last_progress_at(uuid, uuid, uuid) is 'When a run that is in a stage was last seen to go on.';

-- A run that waits for something has not stalled before the wait is overdue.
create or replace view workflows.stalled_executions as
select e.organization_id, e.id as execution_id, e.name, e.project_id, s.id as stage_execution_id, t.stage_key, s.attempt, s.deadline_at,
       workflows.last_progress_at(e.organization_id, e.id, s.id) as last_progress_at, w.waits_open, w.next_wait_deadline_at,
       case when s.deadline_at <= now() then 'deadline_passed'
            when w.next_wait_deadline_at <= now() then 'wait_overdue'
            else 'no_progress' end as reason
from workflows.workflow_executions e
join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
cross join lateral (
    select count(*) as waits_open, min(x.deadline_at) as next_wait_deadline_at
    from workflows.workflow_events_awaited x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.status = 'waiting'
) w
where e.status = 'running' and e.finished_at is null
  and (s.deadline_at <= now() or w.next_wait_deadline_at <= now()
       or (w.waits_open = 0 and workflows.last_progress_at(e.organization_id, e.id, s.id) <= now() - t.stall_after));
comment on view workflows.stalled_executions is
    'Running runs that do not go on: past their stage''s deadline, waiting for what is overdue, or without any progress for as long as their stage allows.';
select base.tenant_view('workflows.stalled_executions');

-- A single value is a sub-select, because that is planned by itself; each table more to join multiplies the orders that are planned. Stalled
-- is what is in stalled_executions, said again for the same reason.
create or replace view workflows.active_workflows_dashboard as
select e.organization_id, e.id as execution_id, e.name, e.project_id, e.repository_id, e.status, e.status_reason, e.priority, e.dev_branch,
       e.started_at, e.paused_at,
       (select t.slug from workflows.workflow_templates t
        join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
        where t.organization_id = e.organization_id and v.id = e.template_version_id) as template_slug,
       (select v.version_number from workflows.template_versions v
        where v.organization_id = e.organization_id and v.id = e.template_version_id) as template_version_number,
       t.stage_key, t.name as stage_name, s.status as stage_status, s.attempt as stage_attempt, s.started_at as stage_started_at,
       s.deadline_at as stage_deadline_at,
       n.stages, n.stages_completed,
       round(100.0 * n.stages_completed / n.stages, 2) as progress_percentage,
       (select count(*) from workflows.workflow_steps x where x.organization_id = e.organization_id and x.execution_id = e.id) as steps_committed,
       w.waits_open,
       (select count(*) from workflows.workflow_validations x
        where x.organization_id = e.organization_id and x.stage_execution_id = s.id and x.status = 'failed'
          and not exists (select from workflows.workflow_validations later
                          where later.organization_id = x.organization_id and later.stage_execution_id = x.stage_execution_id
                            and later.checkpoint = x.checkpoint and later.validation_key = x.validation_key and later.attempt > x.attempt)) as validations_failed,
       m.merges_open, m.merges_needing_person,
       k.operations, k.operations_open, k.operations_failed, k.cost_usd, e.cost_usd_max, k.input_tokens, k.output_tokens,
       coalesce(e.status = 'running' and (s.deadline_at <= now() or w.next_wait_deadline_at <= now()
                or (w.waits_open = 0 and workflows.last_progress_at(e.organization_id, e.id, s.id) <= now() - t.stall_after)), false) as is_stalled
from workflows.workflow_executions e
left join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null
left join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
cross join lateral (
    select count(*) as stages, count(x.id) as stages_completed
    from workflows.template_stages y
    left join workflows.workflow_stage_executions x
        on x.organization_id = y.organization_id and x.execution_id = e.id and x.template_version_id = y.template_version_id
       and x.position = y.position and x.status = 'completed'
    where y.organization_id = e.organization_id and y.template_version_id = e.template_version_id
) n
cross join lateral (
    select count(*) as merges_open, count(*) filter (where x.status = 'needs_person') as merges_needing_person
    from workflows.merge_queue_entries x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.finished_at is null
) m
cross join lateral (
    select coalesce(sum(c.cost_usd), 0) as cost_usd, count(*) as operations,
           count(*) filter (where c.status in ('pending', 'running')) as operations_open,
           count(*) filter (where c.status = 'failed') as operations_failed,
           coalesce(sum(c.input_tokens), 0)::bigint as input_tokens, coalesce(sum(c.output_tokens), 0)::bigint as output_tokens
    from (select o.organization_id, o.execution_id, o.status, o.cost_usd, o.input_tokens, o.output_tokens from workflows.codegen_operations o
          union all
          select o.organization_id, o.execution_id, o.status, o.cost_usd, null, null from workflows.linear_operations o
          union all
          select o.organization_id, o.execution_id, o.status, o.cost_usd, null, null from workflows.github_operations o) c
    where c.organization_id = e.organization_id and c.execution_id = e.id
) k
cross join lateral (
    select count(*) as waits_open, min(x.deadline_at) as next_wait_deadline_at
    from workflows.workflow_events_awaited x
    where x.organization_id = e.organization_id and x.execution_id = e.id and x.status = 'waiting'
) w
where e.finished_at is null;
comment on view workflows.active_workflows_dashboard is
    'Runs that are running or paused: the stage they are in, how far they are, what waits, what failed in the stage, what they have cost, whether they have stalled.';
select base.tenant_view('workflows.active_workflows_dashboard');

create or replace view workflows.project_workflow_status as
select distinct on (e.organization_id, e.project_id)
       e.organization_id, e.project_id, e.id as execution_id, e.name, e.status, e.status_reason, t.stage_key, s.status as stage_status,
       e.started_at, e.finished_at
from workflows.workflow_executions e
join workflows.workflow_stage_executions s on s.organization_id = e.organization_id and s.execution_id = e.id
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
order by e.organization_id, e.project_id, e.id desc, s.position desc, s.attempt desc;
comment on view workflows.project_workflow_status is 'The latest run of every project, and the stage that it came to.';
select base.tenant_view('workflows.project_workflow_status');

create or replace view workflows.workflow_performance_summary as
select t.organization_id, t.id as template_id, t.slug, t.name,
       count(e.execution_id) as executions,
       count(*) filter (where e.status in ('running', 'paused')) as executions_open,
       count(*) filter (where e.status = 'completed') as executions_completed,
       count(*) filter (where e.status = 'failed') as executions_failed,
       count(*) filter (where e.status = 'cancelled') as executions_cancelled,
       round(100.0 * count(*) filter (where e.status = 'completed')
             / nullif(count(*) filter (where e.status in ('completed', 'failed')), 0), 2) as success_percentage,
       avg(e.took) filter (where e.status = 'completed') as completion_mean,
       percentile_cont(0.5) within group (order by e.took) filter (where e.status = 'completed') as completion_p50,
       percentile_cont(0.95) within group (order by e.took) filter (where e.status = 'completed') as completion_p95,
       coalesce(sum(e.cost_usd), 0) as cost_usd,
       round(avg(e.cost_usd) filter (where e.status = 'completed'), 6) as cost_usd_mean
from workflows.workflow_templates t
left join (
    select v.organization_id, v.template_id, x.id as execution_id, x.status, x.finished_at - x.started_at as took, coalesce(o.cost_usd, 0) as cost_usd
    from workflows.workflow_executions x
    join workflows.template_versions v on v.organization_id = x.organization_id and v.id = x.template_version_id
    left join (
        select organization_id, execution_id, sum(cost_usd) as cost_usd
        from workflows.operations
        group by organization_id, execution_id
    ) o on o.organization_id = x.organization_id and o.execution_id = x.id
) e on e.organization_id = t.organization_id and e.template_id = t.id
group by t.organization_id, t.id, t.slug, t.name;
comment on view workflows.workflow_performance_summary is
    'Every template with how its runs ended, how long the completed ones took and what they cost. Success is of those that completed or failed.';
select base.tenant_view('workflows.workflow_performance_summary');

create or replace view workflows.stage_success_rates as
select s.organization_id, v.template_id, t.stage_key,
       count(*) as attempts,
       count(distinct s.execution_id) as executions,
       count(*) filter (where s.finished_at is null) as attempts_open,
       count(*) filter (where s.status = 'completed') as attempts_completed,
       count(*) filter (where s.status = 'failed') as attempts_failed,
       count(*) filter (where s.status = 'timed_out') as attempts_timed_out,
       count(*) filter (where s.status = 'cancelled') as attempts_cancelled,
       count(*) filter (where s.status = 'completed' and s.attempt = 1) as completed_at_first_attempt,
       round(100.0 * count(*) filter (where s.status = 'completed')
             / nullif(count(*) filter (where s.status in ('completed', 'failed', 'timed_out')), 0), 2) as success_percentage,
       avg(s.finished_at - s.started_at) filter (where s.status = 'completed') as completion_mean,
       percentile_cont(0.95) within group (order by s.finished_at - s.started_at) filter (where s.status = 'completed') as completion_p95
from workflows.workflow_stage_executions s
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
join workflows.template_versions v on v.organization_id = s.organization_id and v.id = s.template_version_id
group by s.organization_id, v.template_id, t.stage_key;
comment on view workflows.stage_success_rates is
    'How attempts at each stage of each template ended and how long the completed ones took. Success is of those that completed, failed or timed out.';
select base.tenant_view('workflows.stage_success_rates');

create or replace view workflows.integration_operation_outcomes as
select o.organization_id, o.integration, o.provider, o.operation_type,
       count(*) as operations,
       count(*) filter (where o.status in ('pending', 'running')) as operations_open,
       count(*) filter (where o.outcome = 'done') as operations_done,
       count(*) filter (where o.outcome = 'already_done') as operations_already_done,
       count(*) filter (where o.status = 'failed') as operations_failed,
       count(*) filter (where o.status = 'cancelled') as operations_cancelled,
       count(*) filter (where o.outcome = 'rate_limited') as last_rate_limited,
       round(100.0 * count(*) filter (where o.status = 'succeeded')
             / nullif(count(*) filter (where o.status in ('succeeded', 'failed')), 0), 2) as success_percentage,
       sum(o.attempts) as attempts,
       percentile_cont(0.5) within group (order by o.latency_ms) as latency_ms_p50,
       percentile_cont(0.95) within group (order by o.latency_ms) as latency_ms_p95,
       sum(o.cost_usd) as cost_usd,
       max(o.finished_at) as last_finished_at
from workflows.operations o
where o.created_at >= now() - interval '30 days'
group by o.organization_id, o.integration, o.provider, o.operation_type;
comment on view workflows.integration_operation_outcomes is
    'What came of the calls of the last 30 days, by service, provider and type; how often they were tried, how long they took, what they cost. last_rate_limited counts those whose last attempt was.';
select base.tenant_view('workflows.integration_operation_outcomes');

-- A validation judges one operation, so an operation with several counts once and its score is their mean.
create or replace view workflows.agent_response_quality as
select o.organization_id, o.provider, o.model, o.operation_type,
       count(*) as operations,
       count(v.codegen_operation_id) as operations_judged,
       round(avg(v.score), 2) as score_mean,
       round(100.0 * count(*) filter (where v.failed = 0) / nullif(count(v.codegen_operation_id), 0), 2) as passed_percentage,
       sum(o.cost_usd) as cost_usd,
       sum(o.input_tokens)::bigint as input_tokens,
       sum(o.output_tokens)::bigint as output_tokens
from workflows.codegen_operations o
left join (
    select organization_id, codegen_operation_id, avg(score) as score, count(*) filter (where status = 'failed') as failed
    from workflows.workflow_validations
    where codegen_operation_id is not null and status in ('passed', 'failed')
    group by organization_id, codegen_operation_id
) v on v.organization_id = o.organization_id and v.codegen_operation_id = o.id
where o.created_at >= now() - interval '30 days' and o.status = 'succeeded'
group by o.organization_id, o.provider, o.model, o.operation_type;
comment on view workflows.agent_response_quality is
    'How good the answers of agents in the last 30 days were, as the validations that judge them say, and what they cost.';
select base.tenant_view('workflows.agent_response_quality');
