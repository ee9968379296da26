-- Synthetic runs of workflows: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- A run has eight stages and is over, but for the newest hundredth: these are in their fifth stage.
-- guards: workflows.workflow_executions
select pg_temp.make_partitions('workflows');

insert into workflows.workflow_templates (organization_id, id, slug, name, is_default, created_at)
select o.organization_id, pg_temp.id('workflow_template', o.organization, 1, 1), 'synthetic', 'Synthetic', true, pg_temp.moment(1, 1) from generated_organizations o;

insert into workflows.template_versions (organization_id, id, template_id, version_number, created_at)
select o.organization_id, pg_temp.id('workflow_template_version', o.organization, 1, 1), pg_temp.id('workflow_template', o.organization, 1, 1), 1, pg_temp.moment(1, 1) from generated_organizations o;

insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, timeout)
select o.organization_id, pg_temp.id('workflow_template_version', o.organization, 1, 1), p, 'stage_' || p, 'Stage ' || p, interval '1 hour' from generated_organizations o, generate_series(1, 8) as p;

insert into workflows.workflow_executions (organization_id, id, template_version_id, project_id, repository_id, name, status, dev_branch, idempotency_key, started_at, finished_at)
select r.organization_id, pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('workflow_template_version', r.organization, 1, 1), pg_temp.id('project', r.organization, 1 + pg_temp.roll(r.dice, 1, p.amount), p.amount),
       pg_temp.id('repository', r.organization, 1 + pg_temp.roll(r.dice, 2, s.amount), s.amount), 'Run ' || r.n, case when r.is_over then 'completed' else 'running' end::workflows.execution_status, 'dev-' || r.n, 'synthetic-' || r.n, r.moment,
       case when r.is_over then r.moment + interval '3 hours' end
from (select *, n <= amount * 0.99 as is_over from pg_temp.rows_of(20000)) r, lateral (select pg_temp.amount(2000, r.weight) as amount) p, lateral (select pg_temp.amount(4000, r.weight) as amount) s;

-- slices: 4
insert into workflows.workflow_stage_executions (organization_id, id, execution_id, template_version_id, position, status, created_at, started_at, deadline_at, finished_at)
select r.organization_id, pg_temp.id('stage', r.organization, (r.n - 1) * 8 + p, r.amount * 8), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('workflow_template_version', r.organization, 1, 1), p,
       case when s.is_over then 'completed' else 'running' end::workflows.stage_status, r.moment, r.moment, case when s.is_over then r.moment + interval '1 hour' else pg_temp.until() + (pg_temp.roll(r.dice, 3, 60) - 5) * interval '1 minute' end,
       case when s.is_over then r.moment + p * interval '20 minutes' end
from (select *, n <= amount * 0.99 as is_over from pg_temp.rows_of(20000)) r, generate_series(1, 8) as p, lateral (select r.is_over or p < 5 as is_over) s
where r.is_over or p <= 5;

-- Six steps in the journal of each run.
-- slices: 4
insert into workflows.workflow_steps (organization_id, execution_id, step_key, input_hash, result, started_at, committed_at)
select r.organization_id, pg_temp.id('workflow_execution', r.organization, r.n, r.amount), 'stage_' || k || '/step', sha256(convert_to(r.n || '/' || k, 'UTF8')), jsonb_build_object('result', md5(r.dice::text)), r.moment, r.moment + k * interval '10 minutes'
from pg_temp.rows_of(20000) r, generate_series(1, 6) as k;

insert into workflows.workflow_events_awaited (organization_id, id, execution_id, stage_execution_id, step_key, kind, event_type, correlation_key, status, deadline_at, created_at, finished_at)
select r.organization_id, pg_temp.id('wait', r.organization, r.n, r.amount), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('stage', r.organization, (r.n - 1) * 8 + 5, r.amount * 8), 'stage_5/wait', 'event', 'check_suite.completed',
       'github:synthetic#' || r.n, case when r.is_over then 'fulfilled' else 'waiting' end::workflows.wait_status, case when r.is_over then r.moment else pg_temp.until() + (pg_temp.roll(r.dice, 4, 60) - 5) * interval '1 minute' end, r.moment, case when r.is_over then r.moment end
from (select *, n <= amount * 0.99 as is_over from pg_temp.rows_of(20000)) r;

-- slices: 4
insert into workflows.codegen_operations (organization_id, id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, response, status, outcome, attempts, latency_ms, cost_usd, model, agent_run_id, input_tokens, output_tokens, created_at, started_at, finished_at)
select r.organization_id, pg_temp.id('codegen', r.organization, (r.n - 1) * 5 + k, r.amount * 5), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('stage', r.organization, (r.n - 1) * 8 + k, r.amount * 8), 'codegen', 'agent_run.create', r.n || '/' || k,
       '{"prompt": "synthetic"}', '{"state": "done"}', 'succeeded', 'done', 1, 100 + pg_temp.roll(r.dice, k, 5000), 0.01 * pg_temp.roll(r.dice, k, 100), 'model-1', r.n || '-' || k, 1000, 200, r.moment, r.moment, r.moment + interval '5 seconds'
from pg_temp.rows_of(20000) r, generate_series(1, 5) as k;

-- slices: 4
insert into workflows.linear_operations (organization_id, id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, status, outcome, attempts, latency_ms, issue_id, issue_key, created_at, started_at, finished_at)
select r.organization_id, pg_temp.id('linear', r.organization, (r.n - 1) * 5 + k, r.amount * 5), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('stage', r.organization, (r.n - 1) * 8 + 4, r.amount * 8), 'linear', 'issue.create', r.n || '/' || k,
       'succeeded', 'done', 1, 100 + pg_temp.roll(r.dice, k, 500), 'issue-' || r.n || '-' || k, 'ENG-' || (r.n - 1) * 5 + k, r.moment, r.moment, r.moment + interval '1 second'
from pg_temp.rows_of(20000) r, generate_series(1, 5) as k;

-- slices: 4
insert into workflows.github_operations (organization_id, id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, status, outcome, attempts, latency_ms, branch, pull_request_number, created_at, started_at, finished_at)
select r.organization_id, pg_temp.id('github', r.organization, (r.n - 1) * 5 + k, r.amount * 5), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('stage', r.organization, (r.n - 1) * 8 + 5, r.amount * 8), 'github', 'pull_request.create', r.n || '/' || k,
       'succeeded', 'done', 1, 100 + pg_temp.roll(r.dice, k, 500), 'step-' || k, (r.n - 1) * 5 + k, r.moment, r.moment, r.moment + interval '1 second'
from pg_temp.rows_of(20000) r, generate_series(1, 5) as k;

-- slices: 6
insert into workflows.workflow_validations (organization_id, id, stage_execution_id, codegen_operation_id, validation_key, status, score, created_at, finished_at)
select r.organization_id, pg_temp.id('validation', r.organization, (r.n - 1) * 10 + k, r.amount * 10), pg_temp.id('stage', r.organization, (r.n - 1) * 8 + 1 + (k - 1) / 2, r.amount * 8), pg_temp.id('codegen', r.organization, (r.n - 1) * 5 + 1 + (k - 1) / 2, r.amount * 5),
       case k % 2 when 0 then 'tests' else 'lint' end, 'passed', 70 + pg_temp.roll(r.dice, k, 30), r.moment, r.moment
from pg_temp.rows_of(20000) r, generate_series(1, 10) as k;

-- slices: 4
insert into workflows.workflow_transitions (organization_id, id, execution_id, occurred_at, kind, status, stage_key, actor)
select r.organization_id, pg_temp.id('transition', r.organization, (r.n - 1) * 8 + k, r.amount * 8), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), r.moment + k * interval '1 second', 'stage_completed', 'running', 'stage_' || k, 'system'
from pg_temp.rows_of(20000) r, generate_series(1, 8) as k;

-- slices: 6
insert into workflows.workflow_metrics (organization_id, id, execution_id, measured_at, metric_name, value, unit)
select r.organization_id, pg_temp.id('workflow_metric', r.organization, (r.n - 1) * 10 + k, r.amount * 10), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), r.moment, 'metric.number_' || k, pg_temp.roll(r.dice, k, 1000), 'count'
from pg_temp.rows_of(20000) r, generate_series(1, 10) as k;

insert into workflows.merge_queue_entries (organization_id, id, execution_id, repository_id, source_branch, target_branch, head_commit, status, merged_commit, created_at, finished_at)
select r.organization_id, pg_temp.id('merge', r.organization, r.n, r.amount), pg_temp.id('workflow_execution', r.organization, r.n, r.amount), pg_temp.id('repository', r.organization, 1 + pg_temp.roll(r.dice, 2, s.amount), s.amount), 'step-' || r.n, 'dev',
       md5(r.dice::text) || '00000000', case when r.is_over then 'merged' else 'queued' end::workflows.merge_status, case when r.is_over then md5(r.n::text) || '00000000' end, r.moment, case when r.is_over then r.moment end
from (select *, n <= amount * 0.99 as is_over from pg_temp.rows_of(20000)) r, lateral (select pg_temp.amount(4000, r.weight) as amount) s;
