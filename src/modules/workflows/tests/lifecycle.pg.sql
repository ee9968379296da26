-- A run from its start to its end, and everything that its state refuses. Each call is made by the login role for acme.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(143);

create function pg_temp.acme(statement text) returns text language plpgsql as $$
begin
    return pg_temp.answer('workflows_user', 'a0000000-0000-7000-8000-000000000001', statement);
end $$;
create function pg_temp.run() returns uuid language plpgsql as $$
begin
    return (select id from workflows.workflow_executions where idempotency_key = 'first');
end $$;
create function pg_temp.stage_id() returns uuid language plpgsql as $$
begin
    return (select id from workflows.workflow_stage_executions where execution_id = pg_temp.run() and finished_at is null);
end $$;
create function pg_temp.state() returns text language plpgsql as $$
begin
    return (select concat_ws(' ', e.status, t.stage_key, s.status, s.attempt) from workflows.workflow_executions e
            left join workflows.workflow_stage_executions s on s.execution_id = e.id and s.finished_at is null
            left join workflows.template_stages t on t.template_version_id = s.template_version_id and t.position = s.position
            where e.id = pg_temp.run());
end $$;
create function pg_temp.validate(key text, status text, attempt integer default 1, checkpoint text default 'exit', blocking boolean default true) returns text language plpgsql as $$
begin
    return pg_temp.acme(format($i$insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, status, attempt, checkpoint, is_blocking, finished_at, findings, skip_reason)
        values ('a0000000-0000-7000-8000-000000000001', %L, %L, %L, %s, %L, %L, case when %3$L not in ('pending', 'running') then now() end, '[{"message": "x"}]', case %3$L when 'skipped' then 'Olga says so' end) returning 'made'$i$,
        pg_temp.stage_id(), key, status, attempt, checkpoint, blocking));
end $$;

-- Templates.
select is(pg_temp.acme('select workflows.publish_template(''bug-fix'', ''Bug fix'', ''[]'')'), '23514', 'a template has stages');
select is(pg_temp.acme('select workflows.publish_template(''bug-fix'', ''Bug fix'', ''[{"stage_key": "fix", "name": "Fix"}]'')'), '23502', 'a stage has a timeout');
select ok(pg_temp.acme($$select workflows.publish_template('bug-fix', 'Bug fix', '[{"stage_key": "fix", "name": "Fix", "timeout": "2 hours", "required_integrations": ["agent"]}, {"stage_key": "merge", "name": "Merge", "timeout": "1 hour", "attempts_max": 1, "exit_validations": ["is_merged"]}]')$$) ~ '^[0-9a-f-]{36}$', 'a template is published');
select ok(pg_temp.acme($$select workflows.publish_template('bug-fix', 'Bug fix', '[{"stage_key": "fix", "name": "Fix", "timeout": "3 hours"}]', changes_summary => 'Shorter.', source => 'stages: [...]')$$) ~ '^[0-9a-f-]{36}$', 'and changed');
select results_eq($$select v.version_number, s.position, s.stage_key, s.timeout, s.attempts_max, s.required_integrations::text, s.exit_validations from workflows.workflow_templates t join workflows.template_versions v on v.template_id = t.id
                    join workflows.template_stages s on s.template_version_id = v.id where t.slug = 'bug-fix' order by 1, 2$$,
                  $$values (1, 1, 'fix', interval '2 hours', 3, '{agent}', '{}'::text[]), (1, 2, 'merge', interval '1 hour', 1, '{}', '{is_merged}'), (2, 1, 'fix', interval '3 hours', 3, '{}', '{}')$$, 'which is a version of its own, the first one as it was');
select is(pg_temp.acme('select workflows.make_template_default((select id from workflows.workflow_templates where slug = ''bug-fix''))'), '', 'it becomes the default one');
select is(pg_temp.acme('select string_agg(slug, '','') from workflows.workflow_templates where is_default'), 'bug-fix', 'and is the only one');
select is(pg_temp.acme('select workflows.archive_template((select id from workflows.workflow_templates where slug = ''bug-fix''))'), '', 'it is archived');
select is(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''x'')', :acme_project, :acme_repository)), 'GS902', 'then there is no default one to start');
select is(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''x'', (select id from workflows.workflow_templates where slug = ''bug-fix''))', :acme_project, :acme_repository)), 'GS902', 'and it cannot be started');
select is(pg_temp.acme(format('select workflows.make_template_default(%L)', :acme_template)), '', 'another one becomes the default one');

-- The default template, for any organization, any number of times.
select results_eq(format('select t.slug, t.is_default, string_agg(s.stage_key, '' '' order by s.position), sum(s.timeout) from workflows.workflow_templates t join workflows.template_versions v on v.template_id = t.id
                          join workflows.template_stages s on s.template_version_id = v.id where t.organization_id = %L group by 1, 2', base.default_organization_id()),
                  $$values ('github-project', true, 'project_selection requirements_input requirements_decomposition issue_creation task_execution pull_request_validation dev_branch_management completion', interval '855 minutes')$$,
                  'the default organization has the eight stages as its default template');
select is(pg_temp.acme(format('select workflows.install_default_template(%L)', :acme)), '', 'another organization gets it, too');
select is(pg_temp.acme(format('select workflows.install_default_template(%L)', :acme)), '', 'once');
select is(pg_temp.acme('select string_agg(slug || '' '' || is_default || '' '' || stages, '','' order by slug) from workflows.template_summary'), 'bug-fix false 1,github-project false 8,short true 3', 'and keeps its own default one');
select is(pg_temp.answer('workflows_user', null, 'select workflows.install_default_template(''c0000000-0000-7000-8000-000000000003'')'), '', 'whoever creates an organization is in none yet');
select is((select is_default from workflows.workflow_templates where organization_id = 'c0000000-0000-7000-8000-000000000003'), true, 'then it is the default one');
select is((select count(*) from workflows.quality_gates where organization_id = base.default_organization_id() and not is_blocking), 7::bigint, 'the default organization has seven gates, which do not block');
select is(pg_temp.acme(format('select workflows.install_default_quality_gates(%L)', :acme)), '', 'another one gets those it has none for');
insert into workflows.quality_gates (organization_id, project_id, metric, comparison, threshold, unit, is_blocking) values (:acme, :acme_project, 'tested_functions', 'at_least', 60, 'percent', true);
select is(pg_temp.acme(format('select string_agg(concat_ws('' '', metric, comparison, threshold::float, is_of_project), '','' order by metric) from workflows.quality_gates_of(%L)', :acme_project)),
          'complexity at_most 7 f,documentation at_least 70 f,duplication at_most 5 f,new_issues at_most 0 f,new_risks at_most 0 f,recent_failures at_most 3 f,tested_functions at_least 60 t', 'a project''s own gate stands in for the organization''s');
select is(pg_temp.acme(format('select threshold::float from workflows.quality_gates_of(%L) where metric = ''tested_functions''', :umbrella_project)), '80', 'for itself only');

-- Starting.
select is(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''Lift-off'', base_branch => ''trunk'', idempotency_key => ''first'')', :acme_project, :acme_repository)), pg_temp.run()::text, 'a run starts');
select is(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''Other'', idempotency_key => ''first'')', :acme_project, :acme_repository)), pg_temp.run()::text, 'once for a key');
select is((select count(*) from workflows.workflow_executions where organization_id = :acme), 2::bigint, 'and there is no other row of it');
select isnt(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''Other'')', :acme_project, :acme_repository)), pg_temp.run()::text, 'without a key always another one');
select is(pg_temp.state(), 'running plan running 1', 'it is in its first stage, which has begun');
select is((select deadline_at - started_at from workflows.workflow_stage_executions where id = pg_temp.stage_id()), interval '30 minutes', 'and has a deadline');

-- A version that is published meanwhile is for later runs.
select ok(pg_temp.acme($$select workflows.publish_template('short', 'Short', '[{"stage_key": "only", "name": "Only", "timeout": "1 minute"}]')$$) is not null, 'a version is published while it runs');

-- In order, and only when validations passed.
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''merge'')', pg_temp.run())), 'GS907', 'no stage is left that it is not in');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''plan'')', pg_temp.run())), 'GS910', 'nor one whose validation was not made');
select is(pg_temp.acme(format('select workflows.complete_execution(%L)', pg_temp.run())), 'GS912', 'nor is it completed from its first stage');
select is(pg_temp.validate('plan_is_complete', 'failed'), 'made', 'the validation fails');
select is(pg_temp.acme(format('select string_agg(validation_key || '' '' || coalesce(status::text, ''-''), '','') from workflows.unmet_validations(%L, ''exit'')', pg_temp.stage_id())), 'plan_is_complete failed', 'which one can ask');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''plan'')', pg_temp.run())), 'GS910', 'it stays');
select is(pg_temp.validate('plan_is_complete', 'passed', 2), 'made', 'the next attempt passes');
select is(pg_temp.validate('plan_is_short', 'running'), 'made', 'another validation, which the template does not name, is under way');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''plan'')', pg_temp.run())), 'GS910', 'it stays');
select is(pg_temp.validate('plan_is_short', 'skipped', 2), 'made', 'it is skipped with a reason');
select is(pg_temp.validate('plan_is_pretty', 'failed', blocking => false), 'made', 'one that does not block fails');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''plan'', ''{"steps": 3}'')', pg_temp.run())), 'build', 'and the run goes on to the next stage of its own version');
select is(pg_temp.state(), 'running build pending 1', 'which waits for its entry validations');
select is((select output ->> 'steps' from workflows.workflow_stage_executions where execution_id = pg_temp.run() and status = 'completed'), '3', 'what it left is kept');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''plan'')', pg_temp.run())), 'GS907', 'a stage is left once');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''build'')', pg_temp.run())), 'GS909', 'and not before it began');
select is(pg_temp.acme(format('select workflows.fail_stage(%L, ''build'', ''x'')', pg_temp.run())), 'GS909', 'nor does it fail before');
select is(pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), 'GS910', 'it begins when they have passed');
select is(pg_temp.validate('plan_is_agreed', 'passed', checkpoint => 'exit'), 'made', 'one on the way out');
select is(pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), 'GS910', 'is none on the way in');
select is(pg_temp.validate('plan_is_agreed', 'passed', checkpoint => 'entry'), 'made', 'the right one passes');
select is(pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), '', 'then it begins');
select is(pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), 'GS908', 'once');
select is(pg_temp.state(), 'running build running 1', 'it has begun');

-- Steps are done once, in whatever attempt at the stage.
select is(pg_temp.acme(format('select workflows.commit_step(%L, ''build/1'', sha256(''in''), ''{"commit": "a"}'')', pg_temp.run())), '{"commit": "a"}', 'a step commits');
select is(pg_temp.acme(format('select workflows.commit_step(%L, ''build/1'', sha256(''in''), ''{"commit": "b"}'')', pg_temp.run())), '{"commit": "a"}', 'and again it is what it was');
select is(pg_temp.acme(format('select workflows.commit_step(%L, ''build/1'', sha256(''out''), ''{"commit": "b"}'')', pg_temp.run())), 'GS914', 'with another input it is refused');
select is(pg_temp.acme(format('select workflows.commit_step(%L, ''build/1'', sha256(''out''), ''{"commit": "c"}'', occurrence => 2)', pg_temp.run())), '{"commit": "c"}', 'unless it is the next of its kind');

-- Waiting.
select isnt(pg_temp.acme(format('select workflows.await_event(%L, %L, ''build/ci'', ''event'', now() + interval ''1 hour'', ''github:octo/hello#1'', ''check_suite.completed'')', pg_temp.run(), pg_temp.stage_id())), null, 'a step waits for an event');
select is(pg_temp.acme(format('select workflows.await_event(%L, %L, ''build/ci'', ''event'', now() + interval ''1 hour'', ''github:octo/hello#1'', ''check_suite.completed'')', pg_temp.run(), pg_temp.stage_id())),
          (select id::text from workflows.workflow_events_awaited where step_key = 'build/ci'), 'and after a crash it finds that it does');
select is(pg_temp.acme('select count(*) from workflows.answer_waits(''github:octo/hello#1'', ''check_suite.requested'')'), '0', 'another event is not what it waits for');
select is(pg_temp.acme('select count(*) from workflows.answer_waits(''github:octo/hello#1'', ''check_suite.completed'', base.uuid_v7(), ''{"conclusion": "success"}'')'), '1', 'the event comes');
select is(pg_temp.acme('select count(*) from workflows.answer_waits(''github:octo/hello#1'', ''check_suite.completed'')'), '0', 'and is taken once');
select is((select concat_ws(' ', status, answer ->> 'conclusion', event_id is not null) from workflows.workflow_events_awaited where step_key = 'build/ci'), 'fulfilled success t', 'with its answer');
select isnt(pg_temp.acme(format('select workflows.await_event(%L, %L, ''build/%s'', %L, now() - interval ''1 second'', %L)', pg_temp.run(), pg_temp.stage_id(), kind, kind, correlation)), null, 'it waits for a ' || kind)
from (values ('time', ''), ('approval', 'merge')) as v (kind, correlation);
select is(pg_temp.acme('select string_agg(status::text, '' '' order by status) from workflows.end_due_waits()'), 'fulfilled expired', 'the time has come, the approval has not');
select is(pg_temp.acme('select count(*) from workflows.end_due_waits()'), '0', 'both once');

-- Failing and trying again.
select is(pg_temp.acme(format('select workflows.retry_stage(%L, ''x'')', pg_temp.run())), 'GS905', 'what has not failed is not tried again');
select is(pg_temp.acme(format('select workflows.fail_stage(%L, ''build'', ''too late'', ''timed_out'')', pg_temp.run())), 'GS918', 'a stage does not time out before its deadline');
select is(pg_temp.acme(format('select workflows.fail_stage(%L, ''plan'', ''x'')', pg_temp.run())), 'GS907', 'nor fails another one than it is in');
select is(pg_temp.acme(format('select workflows.fail_stage(%L, ''build'', ''tests fail'')', pg_temp.run())), '', 'it fails');
select is(pg_temp.state(), 'failed', 'and the run with it');
select is(pg_temp.acme(format('select %s', call)), 'GS903', 'a failed run refuses ' || call)
from unnest(array[format('workflows.advance_stage(%L, ''build'')', pg_temp.run()), format('workflows.begin_stage(%L, ''build'')', pg_temp.run()), format('workflows.fail_stage(%L, ''build'', ''x'')', pg_temp.run()),
                  format('workflows.complete_execution(%L)', pg_temp.run()), format('workflows.pause_execution(%L, ''x'')', pg_temp.run())]) as call;
select is(pg_temp.acme(format('select workflows.resume_execution(%L)', pg_temp.run())), 'GS904', 'and is not resumed');
select is(pg_temp.acme(format('select workflows.retry_stage(%L, ''mended'')', pg_temp.run())), '2', 'its stage is tried again');
select is(pg_temp.state(), 'running build pending 2', 'from its beginning');
select is(pg_temp.validate('plan_is_agreed', 'skipped', checkpoint => 'entry'), 'made', 'with validations of its own');
select is(pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), '', 'it begins');
select is(pg_temp.acme(format('select workflows.commit_step(%L, ''build/1'', sha256(''in''), ''{"commit": "z"}'')', pg_temp.run())), '{"commit": "a"}', 'steps that had committed are not run again');
update workflows.workflow_stage_executions set started_at = started_at - interval '3 hours', created_at = created_at - interval '3 hours', deadline_at = deadline_at - interval '3 hours' where id = pg_temp.stage_id();
select is(pg_temp.acme(format('select workflows.fail_stage(%L, ''build'', ''too late'', ''timed_out'')', pg_temp.run())), '', 'at its deadline a stage times out');
select is(pg_temp.acme(format('select workflows.retry_stage(%L, ''again'')', pg_temp.run())), '3', 'it is tried for the last time');
select is(pg_temp.validate('plan_is_agreed', 'passed', checkpoint => 'entry') || pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())) || pg_temp.acme(format('select workflows.fail_stage(%L, ''build'', ''again'')', pg_temp.run())), 'made', 'and fails');
select is(pg_temp.acme(format('select workflows.retry_stage(%L, ''again'')', pg_temp.run())), 'GS913', 'then no program tries it again');
select is(pg_temp.acme(format('select workflows.retry_stage(%L, ''Olga wants it'', beyond_limit => true)', pg_temp.run())), '4', 'but a person may');
select is(pg_temp.validate('plan_is_agreed', 'passed', checkpoint => 'entry') || pg_temp.acme(format('select workflows.begin_stage(%L, ''build'')', pg_temp.run())), 'made', 'it begins');

-- Pausing: time stands still.
select isnt(pg_temp.acme(format('select workflows.await_event(%L, %L, ''build/ok'', ''approval'', now() + interval ''5 hours'', ''ok'')', pg_temp.run(), pg_temp.stage_id())), null, 'it waits for an approval');
select is(pg_temp.acme(format('select workflows.resume_execution(%L)', pg_temp.run())), 'GS904', 'what is not paused is not resumed');
select is(pg_temp.acme(format('select workflows.pause_execution(%L, '''')', pg_temp.run())), '23514', 'a pause has a reason');
select is(pg_temp.acme(format('select workflows.pause_execution(%L, ''token revoked'')', pg_temp.run())), '', 'it is paused');
select is(pg_temp.acme(format('select workflows.pause_execution(%L, ''x'')', pg_temp.run())), 'GS903', 'once');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''build'')', pg_temp.run())), 'GS903', 'and does not go on');
update workflows.workflow_executions set started_at = started_at - interval '1 day', paused_at = paused_at - interval '4 hours' where id = pg_temp.run();
select is(pg_temp.acme(format('select workflows.resume_execution(%L, ''token replaced'')', pg_temp.run())), '', 'it is resumed four hours later');
select is((select deadline_at - now() from workflows.workflow_stage_executions where id = pg_temp.stage_id()), interval '6 hours', 'with as much time left as it had');
select is((select deadline_at - now() from workflows.workflow_events_awaited where step_key = 'build/ok'), interval '9 hours', 'also for the approval');

-- To the end.
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''build'')', pg_temp.run())), 'merge', 'it goes on');
select is((select status::text from workflows.workflow_events_awaited where step_key = 'build/ok'), 'cancelled', 'what nobody waits for any more is not waited for');
select is(pg_temp.acme(format('select workflows.advance_stage(%L, ''merge'')', pg_temp.run())), 'GS911', 'there is no stage behind the last one');
select is(pg_temp.acme(format('select workflows.change_execution(%L, dev_branch => ''dev'', requirement => ''a9000000-0000-7000-8000-000000000001'', priority => ''urgent'')', pg_temp.run())), '', 'what becomes known is noted');
select is((select concat_ws(' ', name, dev_branch, base_branch, priority, requirement_id is not null) from workflows.workflow_executions where id = pg_temp.run()), 'Lift-off dev trunk urgent t', 'and the rest stays');
select is(pg_temp.acme(format('select workflows.complete_execution(%L)', pg_temp.run())), '', 'it is completed');
select is(pg_temp.state(), 'completed', 'and is in no stage');
select is(pg_temp.acme(format('select %s', call)), code, 'a completed run refuses ' || call)
from (values (format('workflows.cancel_execution(%L, ''x'')', pg_temp.run()), 'GS906'), (format('workflows.change_execution(%L, name => ''x'')', pg_temp.run()), 'GS906'),
             (format('workflows.retry_stage(%L, ''x'')', pg_temp.run()), 'GS905'), (format('workflows.pause_execution(%L, ''x'')', pg_temp.run()), 'GS903'), (format('workflows.complete_execution(%L)', pg_temp.run()), 'GS903')) as v (call, code);
select is((select string_agg(concat_ws(':', kind, stage_key, nullif(reason, '')), ', ' order by id) from workflows.workflow_transitions where execution_id = pg_temp.run()),
          'started:plan, stage_completed:plan:It goes on with build., stage_begun:build, stage_failed:build:tests fail, stage_retried:build:mended, stage_begun:build, stage_failed:build:too late, stage_retried:build:again, '
          || 'stage_begun:build, stage_failed:build:again, stage_retried:build:Olga wants it, stage_begun:build, paused:token revoked, resumed:token replaced, stage_completed:build:It goes on with merge., completed:merge', 'and everything is noted');

-- Cancelling: everything that waits ends, what is under way outside does not.
update workflows.github_operations set status = 'running', attempts = 1, started_at = now() where organization_id = :acme;
set local app.actor = 'user:a0000000-0000-7000-8000-0000000000ff';
select is(pg_temp.acme(format('select workflows.cancel_execution(%L, ''not wanted'')', :acme_execution)), '', 'a run is cancelled');
select is((select concat_ws(' ', e.status, s.status, w.status, c.status, l.status, g.status, m.status, t.actor) from workflows.workflow_executions e join workflows.workflow_stage_executions s on s.execution_id = e.id
           join workflows.workflow_events_awaited w on w.execution_id = e.id join workflows.codegen_operations c on c.execution_id = e.id join workflows.linear_operations l on l.execution_id = e.id
           join workflows.github_operations g on g.execution_id = e.id join workflows.merge_queue_entries m on m.execution_id = e.id join workflows.workflow_transitions t on t.execution_id = e.id and t.kind = 'cancelled'
           where e.id = :acme_execution), 'cancelled cancelled cancelled cancelled cancelled running cancelled user:a0000000-0000-7000-8000-0000000000ff', 'with everything of it');
select is(pg_temp.acme(format('select workflows.cancel_execution(%L, ''x'')', :acme_execution)), 'GS906', 'once');
select is(pg_temp.acme(format('select workflows.enqueue_merge(%L, %L, ''a'', ''dev'', %L)', :acme_execution, :acme_repository, repeat('c', 40))), 'GS903', 'and merges nothing more');
select is((select status::text from workflows.workflow_executions where id = :umbrella_execution), 'running', 'another tenant''s runs on');

-- The merge queue.
select is(pg_temp.acme(format('select workflows.start_execution(%L, %L, ''Merges'', idempotency_key => ''second'', template => (select id from workflows.workflow_templates where slug = ''github-project''))', :acme_project, :acme_repository)) ~ '^[0-9a-f-]{36}$', true, 'a run');
create function pg_temp.enqueue(source text, priority text default 'normal') returns text language plpgsql as $$
begin
    return pg_temp.acme(format('select workflows.enqueue_merge((select id from workflows.workflow_executions where idempotency_key = ''second''), ''a2000000-0000-7000-8000-000000000001'', %L, ''dev'', repeat(''c'', 40), %L)', source, priority));
end $$;
create function pg_temp.claim() returns text language plpgsql as $$
declare
    claimed constant uuid := pg_temp.acme('select workflows.claim_next_merge(''a2000000-0000-7000-8000-000000000001'', ''dev'')');
begin
    return (select m.source_branch from workflows.merge_queue_entries m where m.id = claimed);
end $$;
create function pg_temp.move(source text, to_status text, commit text default null, reason text default null) returns text language plpgsql as $$
begin
    return pg_temp.acme(format('select workflows.move_merge((select id from workflows.merge_queue_entries where source_branch = %L and status <> ''cancelled''), %L, %L, %L)', source, to_status, commit, reason));
end $$;
select is(pg_temp.enqueue('one') <> pg_temp.enqueue('two'), true, 'changes are queued');
select is(pg_temp.enqueue('one'), pg_temp.enqueue('one'), 'each once');
select is(pg_temp.enqueue('three', 'critical') is not null, true, 'one is critical');
select is(pg_temp.claim(), 'three', 'the most urgent one is first');
select is(pg_temp.claim(), null, 'one at a time');
select is(pg_temp.move('one', 'merging'), 'GS916', 'what is queued is not merged at once');
select is(pg_temp.move('none', 'merging'), 'GS915', 'nor what is not there');
select is(pg_temp.move('three', 'validating', repeat('d', 40)), 'validating', 'it is rebased');
select is(pg_temp.move('three', 'merging'), 'merging', 'it passes');
select is(pg_temp.move('three', 'merged'), '23514', 'what is merged has a commit');
select is(pg_temp.move('three', 'merged', repeat('e', 40)), 'merged', 'it is merged');
select is((select concat_ws(' ', left(head_commit, 1), left(merged_commit, 1), finished_at is not null) from workflows.merge_queue_entries where source_branch = 'three'), 'd e t', 'and says as what');
select is(pg_temp.move('three', to_status, reason => 'x'), 'GS916', 'a merged change does not become ' || to_status) from unnest(array['queued', 'cancelled', 'merged']) as to_status;
select is(pg_temp.claim(), 'one', 'then comes the oldest');
select is(pg_temp.move('one', 'conflicted'), '23514', 'a conflict is said');
select is(pg_temp.move('one', 'conflicted', reason => 'main.c'), 'conflicted', 'a conflict goes back to the agent');
select is(pg_temp.move('one', 'queued', repeat('f', 40)) || ' ' || pg_temp.claim() || ' ' || pg_temp.move('one', 'conflicted', reason => 'main.c'), 'queued one conflicted', 'a second time');
select is(pg_temp.move('one', 'queued') || ' ' || pg_temp.claim() || ' ' || pg_temp.move('one', 'validating') || ' ' || pg_temp.move('one', 'merging') || ' ' || pg_temp.move('one', 'conflicted', reason => 'main.c'), 'queued one validating merging conflicted', 'a third time');
select is(pg_temp.move('one', 'queued') || ' ' || pg_temp.claim() || ' ' || pg_temp.move('one', 'conflicted', reason => 'main.c'), 'queued one needs_person', 'a fourth time it needs a person');
select is((select conflicts_returned from workflows.merge_queue_entries where source_branch = 'one'), 3, 'it went back three times');
select is(pg_temp.claim(), 'two', 'others go on meanwhile');
select is(pg_temp.move('two', 'validating') || ' ' || pg_temp.move('two', 'rejected', reason => 'tests fail'), 'validating rejected', 'what does not pass is rejected');
select is(pg_temp.enqueue('two') is not null, true, 'and may come again');
select is(pg_temp.move('one', 'queued') || ' ' || pg_temp.claim(), 'queued one', 'a person lets it go on');

-- Partitions by the login role.
insert into workflows.workflow_metrics (organization_id, execution_id, metric_name, value, unit, measured_at) values (:acme, :acme_execution, 'x', 1, 'count', now() - interval '40 days');
select is(pg_temp.answer('workflows_user', null, 'select string_agg(action, '' '') from workflows.maintain_partitions()'), 'created filled', 'the login role has a partition made and filled');

select * from finish();
rollback;
