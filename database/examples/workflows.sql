-- A short life in workflows_db: a run goes through the eight stages of the default template, with a validation that fails, an attempt that is made again, a call to an
-- agent, a pause, a merge; and what the views say.
--   psql -d workflows_db -f database/examples/workflows.sql         (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
-- For later: all validations pass that the stage asks for. Outside, checks, gates and people write these rows.
create function pg_temp.pass_stage(run uuid, checkpoint workflows.checkpoint) returns void language sql as $$
    insert into workflows.workflow_validations (organization_id, stage_execution_id, checkpoint, validation_key, status, finished_at)
    select s.organization_id, s.id, pass_stage.checkpoint, v.validation_key, 'passed', now()
    from workflows.workflow_stage_executions s cross join lateral workflows.unmet_validations(s.id, pass_stage.checkpoint) v
    where s.execution_id = run and s.finished_at is null
$$;
create view pg_temp.place as
select e.id as run, e.status as run_status, e.status_reason, t.position, t.stage_key, s.id as stage, s.status as stage_status, s.attempt, s.deadline_at - s.started_at as time_it_has
from workflows.workflow_executions e
left join workflows.workflow_stage_executions s on s.execution_id = e.id and s.finished_at is null
left join workflows.template_stages t on t.template_version_id = s.template_version_id and t.position = s.position;
grant select on pg_temp.place to workflows_user;
set local role workflows_user;

\echo '== A template with the eight stages of the default one: what each needs, and what must be so before it is left'
select workflows.publish_template('example-project', 'Example: project', workflows.default_stages()) \g /dev/null
select s.position, s.stage_key, s.timeout, s.required_integrations, s.exit_validations
from workflows.workflow_templates t
join workflows.template_versions v on v.template_id = t.id
join workflows.template_stages s on s.template_version_id = v.id
where t.slug = 'example-project' order by s.position;
select id as template from workflows.workflow_templates where slug = 'example-project' \gset

\echo '== A run starts; with the same key it is the same run. Projects and repositories are known by their ids alone'
select workflows.start_execution('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'Example: greet in French', :'template',
                                 cost_usd_max => 5, idempotency_key => 'example-1') as run \gset
select pg_temp.expect('the key starts one run', workflows.start_execution('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'Again', :'template',
                                                                          idempotency_key => 'example-1') = :'run') as checked;
select run_status, stage_key, stage_status, attempt, time_it_has from pg_temp.place where run = :'run';

\echo '== It does not leave its stage before that is validated'
select pg_temp.refused('GS910', format('select workflows.advance_stage(%L, %L)', :'run', 'project_selection')) as "leaving it unvalidated";
select stage from pg_temp.place where run = :'run' \gset
insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, status, finished_at, findings)
values (:'organization', :'stage', 'repository_is_indexed', 'failed', now(), '[{"message": "3 files could not be read"}]')
returning validation_key, attempt, status, findings;
select pg_temp.refused('GS910', format('select workflows.advance_stage(%L, %L)', :'run', 'project_selection')) as "leaving it when validation failed";
insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, attempt, status, finished_at)
values (:'organization', :'stage', 'repository_is_indexed', 2, 'passed', now())
returning validation_key, attempt, status;
select workflows.advance_stage(:'run', 'project_selection', '{"files": 120}') as it_goes_on_with;

\echo '== The next stage fails, is tried again, and its first attempt stays on record'
select workflows.fail_stage(:'run', 'requirements_input', 'The text was empty.') \g /dev/null
select run_status, status_reason from pg_temp.place where run = :'run';
select workflows.retry_stage(:'run', 'Olga has written it.') as attempt;
select run_status, stage_key, stage_status, attempt from pg_temp.place where run = :'run';

\echo '== A step that has committed is not run again, in whatever attempt: asked once more, it answers what it answered'
select workflows.commit_step(:'run', 'requirements/save', sha256('Bonjour'), '{"version": 1}') as first, workflows.commit_step(:'run', 'requirements/save', sha256('Bonjour'), '{"version": 2}') as once_more;
select pg_temp.expect('there is one result', workflows.commit_step(:'run', 'requirements/save', sha256('Bonjour'), '{"version": 3}') = '{"version": 1}') as checked;

\echo '== A pause moves deadlines by its length; a paused run does not go on'
select workflows.pause_execution(:'run', 'The agent''s token was revoked.') \g /dev/null
select pg_temp.refused('GS903', format('select workflows.advance_stage(%L, %L)', :'run', 'requirements_input')) as "going on while paused";
select workflows.resume_execution(:'run', 'It was replaced.') \g /dev/null
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'requirements_input') as it_goes_on_with;

\echo '== A call to the outside is a row before it is made, and a key has one row'
select stage from pg_temp.place where run = :'run' \gset
insert into workflows.codegen_operations (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, model)
values (:'organization', :'run', :'stage', 'anthropic', 'decompose', 'example-decompose-1', 'model-1') returning id as operation \gset
update workflows.codegen_operations
set status = 'succeeded', outcome = 'done', attempts = 1, started_at = now(), finished_at = now(), latency_ms = 1800, cost_usd = 0.02, input_tokens = 900, output_tokens = 300
where id = :'operation' returning provider, operation_type, status, outcome, latency_ms, cost_usd;
select pg_temp.refused('23505', format('insert into workflows.codegen_operations (organization_id, execution_id, provider, operation_type, idempotency_key) values (%L, %L, %L, %L, %L)',
                                       :'organization', :'run', 'anthropic', 'decompose', 'example-decompose-1')) as "calling it twice";

\echo '== The dashboard''s line, and what the run has cost'
select name, status, stage_key, stages_completed || ' of ' || stages as stages, progress_percentage, validations_failed, operations, cost_usd, cost_usd_max, is_stalled
from workflows.active_workflows_dashboard where execution_id = :'run';
select pg_temp.expect('two of eight stages are behind it and the call is counted', stages_completed = 2 and stages = 8 and cost_usd = 0.02) as checked
from workflows.active_workflows_dashboard where execution_id = :'run';

\echo '== On to the seventh stage'
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'requirements_decomposition') as it_goes_on_with;
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'issue_creation') as it_goes_on_with;
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'task_execution') as it_goes_on_with;
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'pull_request_validation') as it_goes_on_with;
select pg_temp.refused('GS910', format('select workflows.begin_stage(%L, %L)', :'run', 'dev_branch_management')) as "it has a validation before it begins, too";
select pg_temp.pass_stage(:'run', 'entry') \g /dev/null
select workflows.begin_stage(:'run', 'dev_branch_management') \g /dev/null

\echo '== A branch takes one change at a time: queued, rebased, validated, merged'
select workflows.enqueue_merge(:'run', '00000000-0000-7000-8000-000000000002', 'gsdb/greet', 'dev', repeat('a', 40)) as entry \gset
select workflows.claim_next_merge('00000000-0000-7000-8000-000000000002', 'dev') = :'entry' as is_next;
select workflows.move_merge(:'entry', 'validating') as first;
select workflows.move_merge(:'entry', 'merging') as then;
select workflows.move_merge(:'entry', 'merged', repeat('b', 40)) as last;
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.advance_stage(:'run', 'dev_branch_management') as it_goes_on_with;

\echo '== The end'
select pg_temp.pass_stage(:'run', 'exit') \g /dev/null
select workflows.complete_execution(:'run', '{"pull_requests": 1}') \g /dev/null
select status, status_reason from workflows.workflow_executions where id = :'run';
select pg_temp.refused('GS906', format('select workflows.cancel_execution(%L, %L)', :'run', 'too late')) as "cancelling what is over";

\echo '== What was done to the run, by whom and why'
select kind, stage_key, reason from workflows.workflow_transitions where execution_id = :'run' order by id;
select pg_temp.expect('it is completed and every stage was left once', count(*) filter (where kind = 'stage_completed') = 7 and count(*) filter (where kind = 'completed') = 1) as checked
from workflows.workflow_transitions where execution_id = :'run';

\echo '== How runs of the template and attempts at its stages end'
select slug, executions, executions_completed, executions_failed, success_percentage, cost_usd from workflows.workflow_performance_summary where template_id = :'template';
select stage_key, attempts, attempts_completed, attempts_failed, success_percentage from workflows.stage_success_rates where template_id = :'template' order by stage_key;
\ir end.psql
