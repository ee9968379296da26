-- What the views make of rows: each thing counted once, and states told apart.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(31);
set local app.organization_id = :acme;

-- More of everything beside acme's run: 3 stage attempts, 3 steps, 2 waits, 2 + 2 + 1 operations, 3 validations, 2 changes to merge.
insert into workflows.workflow_stage_executions (organization_id, id, execution_id, template_version_id, position, attempt, status, started_at, deadline_at, finished_at, created_at, error_message)
values (:acme, 'a6000000-0000-7000-8000-00000000000a', :acme_execution, :acme_version, 1, 2, 'completed', now() - interval '20 minutes', now() + interval '10 minutes', now() - interval '10 minutes', now() - interval '20 minutes', null);
update workflows.workflow_stage_executions set status = 'failed', error_message = 'x', finished_at = now() - interval '20 minutes', started_at = now() - interval '25 minutes', created_at = now() - interval '25 minutes' where id = :acme_stage;
update workflows.workflow_executions set started_at = now() - interval '25 minutes' where id = :acme_execution;
insert into workflows.workflow_stage_executions (organization_id, id, execution_id, template_version_id, position, status, started_at, deadline_at)
values (:acme, 'a6000000-0000-7000-8000-00000000000b', :acme_execution, :acme_version, 2, 'running', now(), now() + interval '2 hours');
insert into workflows.workflow_steps (organization_id, execution_id, step_key, input_hash, started_at)
values (:acme, :acme_execution, 'build/1', sha256('1'), now()), (:acme, :acme_execution, 'build/2', sha256('2'), now());
insert into workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id, step_key, kind, correlation_key, deadline_at)
values (:acme, :acme_execution, 'a6000000-0000-7000-8000-00000000000b', 'build/ok', 'approval', 'ok', now() + interval '1 hour');
update workflows.codegen_operations set status = 'succeeded', outcome = 'done', attempts = 2, started_at = now(), finished_at = now(), latency_ms = 100, cost_usd = 0.5, input_tokens = 100, output_tokens = 10, model = 'm'
where organization_id = :acme;
insert into workflows.codegen_operations (organization_id, id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, status, outcome, attempts, started_at, finished_at, latency_ms, cost_usd, input_tokens, output_tokens, error_message, model)
values (:acme, 'a7000000-0000-7000-8000-00000000000a', :acme_execution, 'a6000000-0000-7000-8000-00000000000b', 'codegen', 'agent_run.create', 'build/1', 'failed', 'timed_out', 5, now(), now(), 300, 0.25, 50, 5, 'no answer', 'm');
insert into workflows.linear_operations (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, status, outcome, attempts, started_at, finished_at, latency_ms, issue_id, issue_key)
values (:acme, :acme_execution, 'a6000000-0000-7000-8000-00000000000b', 'linear', 'issue.create', 'build/2', 'succeeded', 'already_done', 1, now(), now(), 50, 'i1', 'ROCKET-1');
insert into workflows.codegen_operations (organization_id, execution_id, provider, operation_type, idempotency_key, created_at, attempts, cost_usd)
values (:acme, :acme_execution, 'codegen', 'agent_run.create', 'old', now() - interval '31 days', 1, 1);
update workflows.workflow_validations set status = 'failed', findings = '[{"message": "x"}]', finished_at = now(), score = 40, codegen_operation_id = :acme_operation where organization_id = :acme;
insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, attempt, status, finished_at, score, codegen_operation_id, findings)
values (:acme, 'a6000000-0000-7000-8000-00000000000b', 'tests', 1, 'failed', now(), 60, :acme_operation, '[{}]'), (:acme, 'a6000000-0000-7000-8000-00000000000b', 'tests', 2, 'passed', now(), 80, :acme_operation, '[]'),
       (:acme, 'a6000000-0000-7000-8000-00000000000b', 'lint', 1, 'failed', now(), null, null, '[{}]');
insert into workflows.merge_queue_entries (organization_id, execution_id, repository_id, source_branch, target_branch, head_commit, status, status_reason)
values (:acme, :acme_execution, :acme_repository, 'step-2', 'dev', repeat('a', 40), 'needs_person', 'x');

select results_eq($$select stage_key, stage_status::text, stage_attempt, stages, stages_completed, progress_percentage, template_slug, template_version_number from workflows.active_workflows_dashboard where execution_id = 'a5000000-0000-7000-8000-000000000001'$$,
                  $$values ('build', 'running', 1, 3::bigint, 1::bigint, 33.33, 'short', 1)$$, 'the dashboard says where a run is');
select results_eq($$select steps_committed, waits_open, validations_failed, merges_open, merges_needing_person, operations, operations_open, operations_failed, cost_usd, input_tokens, output_tokens, is_stalled
                    from workflows.active_workflows_dashboard where execution_id = 'a5000000-0000-7000-8000-000000000001'$$,
                  $$values (3::bigint, 2::bigint, 1::bigint, 2::bigint, 1::bigint, 6::bigint, 3::bigint, 1::bigint, 1.75, 150::bigint, 15::bigint, false)$$, 'and counts each thing once: of validations the last attempts in its stage');
select is(pg_temp.answer('workflows_user', :acme, 'select count(*) from workflows.active_workflows_dashboard'), '1', 'a tenant sees its own');
select is((select count(*) from workflows.active_workflows_dashboard), 2::bigint, 'of those that are there');
select results_eq($$select cost_usd, operations, operations_open, operations_failed, input_tokens, output_tokens, cost_usd_max from workflows.execution_costs where execution_id = 'a5000000-0000-7000-8000-000000000001'$$,
                  $$values (1.75, 6::bigint, 3::bigint, 1::bigint, 150::bigint, 15::bigint, null::numeric)$$, 'what a run costs is the sum over its operations');
select results_eq($$select integration::text, provider, operation_type, operations, operations_open, operations_done, operations_already_done, operations_failed, success_percentage, attempts, latency_ms_p50, cost_usd
                    from workflows.integration_operation_outcomes where organization_id = 'a0000000-0000-7000-8000-000000000001' order by integration$$,
                  $$values ('agent', 'codegen', 'agent_run.create', 2::bigint, 0::bigint, 1::bigint, 0::bigint, 1::bigint, 50.00, 7::bigint, 200::double precision, 0.75),
                           ('code_host', 'github', 'branch.create', 1, 1, 0, 0, 0, null, 0, null, 0), ('issues', 'linear', 'issue.create', 2, 1, 0, 1, 0, 100.00, 1, 50, 0)$$, 'what came of operations in 30 days');
select results_eq($$select subject from workflows.operations where organization_id = 'a0000000-0000-7000-8000-000000000001' and integration = 'issues' order by subject nulls first$$, $$values (null::text), ('ROCKET-1')$$, 'an operation says what it is about');
select results_eq($$select provider, model, operations, operations_judged, score_mean, passed_percentage, cost_usd, input_tokens from workflows.agent_response_quality where organization_id = 'a0000000-0000-7000-8000-000000000001'$$,
                  $$values ('codegen', 'm', 1::bigint, 1::bigint, 60.00, 0.00, 0.5, 100::bigint)$$, 'an answer judged three times is one answer');
select results_eq($$select stage_key, attempts, executions, attempts_open, attempts_completed, attempts_failed, completed_at_first_attempt, success_percentage, completion_mean
                    from workflows.stage_success_rates where organization_id = 'a0000000-0000-7000-8000-000000000001' order by stage_key desc$$,
                  $$values ('plan', 2::bigint, 1::bigint, 0::bigint, 1::bigint, 1::bigint, 0::bigint, 50.00, interval '10 minutes'), ('build', 1, 1, 1, 0, 0, 0, null, null)$$, 'stages succeed by attempts');
select results_eq($$select executions, executions_open, executions_completed, success_percentage, completion_mean, cost_usd from workflows.workflow_performance_summary where organization_id = 'a0000000-0000-7000-8000-000000000001'$$,
                  $$values (1::bigint, 1::bigint, 0::bigint, null::numeric, null::interval, 1.75)$$, 'a template with a run that is open');
insert into workflows.workflow_executions (organization_id, template_version_id, project_id, repository_id, name, status, status_reason, started_at, finished_at)
values (:acme, :acme_version, :acme_project, :acme_repository, 'a', 'completed', null, now() - interval '4 hours', now() - interval '1 hour'),
       (:acme, :acme_version, :acme_project, :acme_repository, 'b', 'completed', null, now() - interval '2 hours', now() - interval '1 hour'),
       (:acme, :acme_version, :acme_project, :acme_repository, 'c', 'failed', 'x', now(), now()), (:acme, :acme_version, :acme_project, :acme_repository, 'd', 'cancelled', 'x', now(), now());
select results_eq($$select executions, executions_open, executions_completed, executions_failed, executions_cancelled, success_percentage, completion_mean, completion_p50, cost_usd, cost_usd_mean
                    from workflows.workflow_performance_summary where organization_id = 'a0000000-0000-7000-8000-000000000001'$$,
                  $$values (5::bigint, 1::bigint, 2::bigint, 1::bigint, 1::bigint, 66.67, interval '2 hours', interval '2 hours', 1.75, 0.000000)$$, 'with runs that ended');
select results_eq($$select slug, newest_version_number, stages, executions from workflows.template_summary where organization_id = 'a0000000-0000-7000-8000-000000000001'$$, $$values ('short', 1, 3::bigint, 5::bigint)$$, 'how often a template was used is counted');
select is((select concat_ws(' ', execution_id, stage_key, stage_status) from workflows.project_workflow_status where project_id = :acme_project), :acme_execution || ' build running', 'the latest run of a project that came to a stage, and that stage');

-- A run without a template's use, and a template without a run.
insert into workflows.workflow_templates (organization_id, slug, name) values (:acme, 'empty', 'Empty');
select results_eq($$select executions, success_percentage, cost_usd from workflows.workflow_performance_summary where slug = 'empty'$$, $$values (0::bigint, null::numeric, 0::numeric)$$, 'a template that was never used has no rate');
select results_eq($$select newest_version_number, stages, executions from workflows.template_summary where slug = 'empty'$$, $$values (null::integer, 0::bigint, 0::bigint)$$, 'nor a version');

-- Stalling: both ways for each reason. updated_at is set by a trigger, which sets now(); so it is kept out while time is moved.
create function pg_temp.stalled() returns text language plpgsql as $$
begin
    return (select case when d.is_stalled = (s.execution_id is not null) then s.reason else 'the dashboard says otherwise' end
            from workflows.active_workflows_dashboard d
            left join workflows.stalled_executions s on s.execution_id = d.execution_id
            where d.execution_id = 'a5000000-0000-7000-8000-000000000001');
end $$;
select is(pg_temp.stalled(), null, 'a run that goes on has not stalled');
set local session_replication_role = replica;
update workflows.workflow_stage_executions set updated_at = now() - interval '1 hour', started_at = now() - interval '1 hour' where execution_id = :acme_execution;
update workflows.workflow_steps set started_at = now() - interval '1 hour', committed_at = now() - interval '1 hour';
update workflows.workflow_events_awaited set updated_at = now() - interval '1 hour';
update workflows.codegen_operations set updated_at = now() - interval '1 hour';
update workflows.linear_operations set updated_at = now() - interval '1 hour';
update workflows.workflow_validations set updated_at = now() - interval '1 hour';
update workflows.merge_queue_entries set updated_at = now() - interval '1 hour';
select is(pg_temp.stalled(), null, 'nor one that waits for what is not overdue');
update workflows.workflow_events_awaited set deadline_at = now() - interval '1 second' where step_key = 'build/ok';
select is(pg_temp.stalled(), 'wait_overdue', 'a wait is overdue');
update workflows.workflow_events_awaited set status = 'cancelled', finished_at = now() - interval '1 hour';
select is(pg_temp.stalled(), 'no_progress', 'nothing happens and nothing is awaited');
update workflows.template_stages set stall_after = interval '61 minutes' where organization_id = :acme;
select is(pg_temp.stalled(), null, 'a stage that may be silent for longer');
update workflows.template_stages set stall_after = interval '30 minutes' where organization_id = :acme;
create function pg_temp.progress(statement text) returns text language plpgsql as $$
declare
    came text;
begin
    execute statement;
    came := coalesce(pg_temp.stalled(), 'goes on');
    raise exception using errcode = 'TAP00', message = came;
exception when sqlstate 'TAP00' then return came;
end $$;
select is(pg_temp.progress(statement), 'goes on', statement)
from unnest(array['update workflows.workflow_steps set committed_at = now() where step_key = ''build/1''', 'update workflows.linear_operations set updated_at = now() where idempotency_key = ''build/2''',
                  'update workflows.workflow_validations set updated_at = now() where validation_key = ''lint''', 'update workflows.merge_queue_entries set updated_at = now()',
                  'update workflows.workflow_stage_executions set updated_at = now() where finished_at is null', 'update workflows.workflow_executions set status = ''paused'', paused_at = now(), status_reason = ''x'' where finished_at is null']) as statement;
update workflows.workflow_stage_executions set deadline_at = now() where finished_at is null and execution_id = :acme_execution;
select is(pg_temp.stalled(), 'deadline_passed', 'a deadline has passed');
select is((select is_stalled from workflows.active_workflows_dashboard where execution_id = :acme_execution), true, 'the dashboard says so');
select is((select is_stalled from workflows.active_workflows_dashboard where execution_id = :umbrella_execution), false, 'of that run');
select is((select last_progress_at from workflows.stalled_executions where execution_id = :acme_execution), now() - interval '1 hour', 'and since when nothing happened');
select is(pg_temp.answer('workflows_user', :umbrella, 'select count(*) from workflows.stalled_executions'), '0', 'another tenant has no part in it');

select * from finish();
rollback;
