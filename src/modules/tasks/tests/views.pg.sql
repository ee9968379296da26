-- Views that count do not multiply one count by another, and a state that they show follows from rows.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(27);
set local app.organization_id = :acme;

-- Another 3 tasks for the first step, 2 parts of the first task, 2 dependencies of it, 3 lines, 2 versions of the requirements.
create function pg_temp.task(number integer) returns uuid language plpgsql immutable as $$
begin
    return ('ac000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;
end $$;
insert into tasks.tasks (organization_id, id, title, task_type, status, executor, decomposed_step_id)
select :acme, pg_temp.task(n), 'Step ' || n, 'testing', 'queued', 'command', :acme_step from generate_series(1, 3) n;
insert into tasks.tasks (organization_id, id, title, parent_id, depth, status)
select :acme, pg_temp.task(n), 'Part', :acme_task, 1, 'queued' from generate_series(11, 12) n;
select pg_temp.answer('task_user', :acme, format('select tasks.add_dependency(%L, ''blocks'', %L)', pg_temp.task(n), :acme_task)) from generate_series(1, 2) n;
insert into tasks.requirements (organization_id, github_project_id, version, content) select :acme, :acme_github_project, n, 'x' from generate_series(2, 3) n;
insert into tasks.requirement_decompositions (organization_id, requirement_id, method, status, finished_at) select :acme, :acme_requirement, 'model', 'superseded', now() from generate_series(1, 2);

select results_eq(format('select dependencies, open_dependencies, subtasks, open_subtasks, definition_name, is_overdue, status::text from tasks.active_tasks where organization_id = %L and id = %L', :acme, :acme_task),
                  $$values (2::bigint, 2::bigint, 2::bigint, 2::bigint, 'Build', false, 'blocked')$$, 'active_tasks counts each thing once');
select is((select count(*) from tasks.active_tasks where organization_id = :acme), 7::bigint, 'each task is there once');
create function pg_temp.ends(task uuid, outcome tasks.task_status) returns void language plpgsql as $$
begin
    update tasks.tasks t
    set status = outcome, attempts = 1, started_at = now() - interval '10 seconds', finished_at = now(), cancel_requested_at = now(),
        progress_percentage = case outcome when 'succeeded' then 100 else 20 end, error_class = case outcome when 'failed' then 'x' end
    where t.organization_id = 'a0000000-0000-7000-8000-000000000001' and t.id = task;
    perform pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001', format('select count(*) from tasks.settle_dependencies(%L)', array[task]));
end $$;
select pg_temp.ends(pg_temp.task(1), 'succeeded'), pg_temp.ends(pg_temp.task(11), 'cancelled');
update tasks.tasks set due_at = now() - interval '1 s' where organization_id = :acme and id = :acme_task;
select results_eq(format('select dependencies, open_dependencies, subtasks, open_subtasks, is_overdue from tasks.active_tasks where organization_id = %L and id = %L', :acme, :acme_task),
                  $$values (2::bigint, 1::bigint, 2::bigint, 1::bigint, true)$$, 'and less, where something has ended');
select is((select count(*) from tasks.active_tasks where organization_id = :acme and id in (pg_temp.task(1), pg_temp.task(11))), 0::bigint, 'what has ended is not active');

select results_eq(format('select source_title, kind::text, target_title, target_status::text, holds_back from tasks.task_dependency_graph where organization_id = %L order by 1', :acme),
                  $$values ('Build the wings', 'blocks', 'Build the engine', 'blocked', true), ('Step 1', 'blocks', 'Build the wings', 'blocked', false), ('Step 2', 'blocks', 'Build the wings', 'blocked', true)$$,
                  'task_dependency_graph says what holds what back');

-- A step is what its tasks are.
create function pg_temp.step() returns text language plpgsql as $$
begin
    return (select format('%s %s %s/%s/%s/%s', p.state, p.progress_percentage, p.tasks, p.succeeded_tasks, p.failed_tasks, p.running_tasks) from tasks.step_execution_progress p
            where p.organization_id = 'a0000000-0000-7000-8000-000000000001' and p.step_number = 1);
end $$;
select is(pg_temp.step(), 'running 25.00 4/1/0/0', 'a step of which something is done is under way');
select results_eq(format('select step_number, state, dependencies, tasks from tasks.step_execution_progress where organization_id = %L order by 1', :acme),
                  $$values (1, 'running', 0::bigint, 4::bigint), (2, 'pending', 1, 1)$$, 'each step is there once, with its own counts');
select pg_temp.ends(pg_temp.task(2), 'failed');
select is(pg_temp.step(), 'failed 40.00 3/1/1/0', 'a failure shows; what was cancelled because of it does not count');
select is((select completed_at from tasks.step_execution_progress where organization_id = :acme and step_number = 1), null, 'and it has no end');
select is((select status::text from tasks.tasks where organization_id = :acme and id = :acme_task), 'cancelled', 'what waited for it is cancelled');
update tasks.tasks set status = 'succeeded', error_class = null, progress_percentage = 100 where organization_id = :acme and id = pg_temp.task(2);
select pg_temp.ends(pg_temp.task(3), 'succeeded');
select is(pg_temp.step(), 'completed 100.00 3/3/0/0', 'without what was cancelled, all done is completed');
select is((select completed_at from tasks.step_execution_progress where organization_id = :acme and step_number = 1), now(), 'when the last one ended');
update tasks.tasks set decomposed_step_id = null where organization_id = :acme and decomposed_step_id = :acme_step;
select is(pg_temp.step(), 'planned 0 0/0/0/0', 'without tasks it is planned');
update tasks.tasks set decomposed_step_id = :acme_step where organization_id = :acme and id in (select pg_temp.task(n) from generate_series(1, 3) n);

select results_eq(format('select requirement_versions, requirements_version, decomposition_id, steps, completed_steps, failed_steps, running_steps, tasks, progress_percentage, pin_order from tasks.dashboard_projects where organization_id = %L', :acme),
                  format($$values (3::bigint, 3, %L::uuid, 2::bigint, 1::bigint, 0::bigint, 0::bigint, 3::bigint, 50.00, 0)$$, :acme_decomposition), 'dashboard_projects counts each thing once');
insert into tasks.github_projects (organization_id, repository_id) values (:acme, base.uuid_v7());
select results_eq(format('select steps, tasks, progress_percentage, requirements_version from tasks.dashboard_projects where organization_id = %L and pin_order is null', :acme),
                  $$values (0::bigint, 0::bigint, null::numeric, null::integer)$$, 'a project that was only chosen has nothing');

-- Statistics: 3 successes of 10 seconds among the types' tasks, one cancelled without a start.
select results_eq(format('select task_type, finished, finished_24_hours, succeeded, failed, cancelled, retried, average_seconds, median_seconds, p95_seconds from tasks.task_statistics where organization_id = %L order by 1', :acme),
                  $$values ('custom', 1::bigint, 1::bigint, 0::bigint, 0::bigint, 1::bigint, 0::bigint, 10.000, 10.000, 10.000), ('testing', 5, 5, 3, 0, 2, 0, 10.000, 10.000, 10.000)$$, 'task_statistics counts ends and times');
update tasks.tasks set finished_at = now() - interval '25 hours', started_at = now() - interval '25 hours 10 seconds' where organization_id = :acme and id = pg_temp.task(1);
update tasks.tasks set status = 'failed', error_class = 'x', started_at = now() - interval '30 seconds', attempts = 2 where organization_id = :acme and id = pg_temp.task(2);
select results_eq(format('select finished, finished_24_hours, succeeded, failed, retried, average_seconds, median_seconds from tasks.task_statistics where organization_id = %L and task_type = ''testing''', :acme),
                  $$values (5::bigint, 4::bigint, 2::bigint, 1::bigint, 1::bigint, 16.667, 10.000)$$, 'and answers otherwise when they are others');
update tasks.tasks set finished_at = now() - interval '8 days', started_at = now() - interval '8 days' where organization_id = :acme and finished_at is not null and started_at is not null;
update tasks.tasks set finished_at = now() - interval '8 days' where organization_id = :acme and finished_at is not null;
select is((select count(*) from tasks.task_statistics where organization_id = :acme), 0::bigint, 'what ended long ago is not counted');

-- What used to be counters.
select results_eq(format('select tasks, finished, succeeded, failed, success_percentage from tasks.task_definition_statistics where organization_id = %L', :acme),
                  $$values (1::bigint, 1::bigint, 0::bigint, 0::bigint, null::numeric)$$, 'a definition that was only cancelled has no percentage');
select pg_temp.answer('task_user', :acme, format('select tasks.start_workflow(%L)', :acme_workflow)) as first_run, pg_temp.answer('task_user', :acme, format('select tasks.start_workflow(%L)', :acme_workflow)) as second_run \gset
select pg_temp.ends(:'first_run'::uuid, 'succeeded');
select results_eq(format('select nodes, edges, runs, active, succeeded, failed, success_percentage from tasks.workflow_statistics where organization_id = %L', :acme),
                  $$values (2::bigint, 1::bigint, 2::bigint, 1::bigint, 1::bigint, 0::bigint, 100.00)$$, 'workflow_statistics counts runs, nodes and edges, each once');
select results_eq(format('select tasks, success_percentage from tasks.task_definition_statistics where organization_id = %L', :acme), $$values (5::bigint, null::numeric)$$, 'and the tasks of the runs are the definition''s');
select is(pg_temp.answer('task_user', :umbrella, format('select count(*) from tasks.%I', relation)), rows, format('%s shows its reader''s tenant', relation))
from (values ('active_tasks', '2'), ('task_dependency_graph', '1'), ('step_execution_progress', '2'), ('dashboard_projects', '1'), ('workflow_statistics', '1'), ('task_definition_statistics', '1')) as views (relation, rows);

select * from finish();
rollback;
