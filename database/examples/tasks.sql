-- A short life in task_db: a kind of task, three tasks that wait for each other, a cycle that is refused, a worker, and what the views say.
--   psql -d task_db -f database/examples/tasks.sql                  (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
set local role task_user;

\echo '== A definition says how tasks of a kind are done: by what, in which time, how often they are tried'
insert into tasks.task_definitions (organization_id, name, executor, task_type, timeout_seconds, attempts_max)
values (:'organization', 'Example: run a command', 'command', 'testing', 600, 3)
returning id as definition, name, version, executor, timeout_seconds, attempts_max;
select id as definition from tasks.task_definitions where name = 'Example: run a command' \gset

\echo '== Three tasks. A task is a draft until it is submitted'
insert into tasks.tasks (organization_id, title, executor, task_type, priority, definition_id)
values (:'organization', 'Example: build', 'command', 'testing', 'high', :'definition'),
       (:'organization', 'Example: test', 'command', 'testing', 'normal', :'definition'),
       (:'organization', 'Example: release', 'manual', 'custom', 'normal', null)
returning title, status, executor, priority;
select id as build from tasks.tasks where title = 'Example: build' \gset
select id as test from tasks.tasks where title = 'Example: test' \gset
select id as release from tasks.tasks where title = 'Example: release' \gset

\echo '== Tests wait for the build, the release for the tests. The sentence is source, kind, target'
select tasks.add_dependency(:'build', 'blocks', :'test') as "build blocks test", tasks.add_dependency(:'release', 'depends_on', :'test') as "release depends on test";
select source_title, kind, target_title, holds_back from tasks.task_dependency_graph where source_task_id in (:'build', :'release') order by id;

\echo '== Nothing comes before itself, however long the way round'
select pg_temp.refused('GS301', format('select tasks.add_dependency(%L, %L, %L)', :'release', 'blocks', :'build')) as "release blocks build";

\echo '== Submitted: the build may begin, the others wait'
select t.title, s.status from tasks.submit_tasks(array[:'build', :'test', :'release']::uuid[]) s join tasks.tasks t on t.id = s.task_id order by t.id;
select title, status, open_dependencies from tasks.active_tasks where id in (:'build', :'test', :'release') order by id;
select pg_temp.expect('only the build is in the queue', array_agg(status::text order by id) = '{queued,blocked,blocked}') as checked
from tasks.tasks where id in (:'build', :'test', :'release');

-- A worker is a process with a lease. It takes tasks with SKIP LOCKED (the statement claim_tasks in the module's sql/workload.sql); here it takes the build.
\echo '== A worker takes the build, does it, and what waited goes on'
insert into tasks.workers (host, process_id, lease_expires_at) values ('example', 1, now() + interval '1 minute') returning id as worker, epoch \gset
update tasks.tasks
set status = 'running', attempts = attempts + 1, started_at = now(), worker_id = :'worker', worker_epoch = :epoch
where id = :'build' and status = 'queued'
returning title, status, attempts;
update tasks.tasks
set status = 'succeeded', finished_at = now(), progress_percentage = 100, output = '{"warnings": 0}', worker_id = null, worker_epoch = null
where id = :'build' and status = 'running' and worker_id = :'worker' and worker_epoch = :epoch and attempts = 1
returning title, status, output;
select t.title as went_on, s.status from tasks.settle_dependencies(array[:'build']::uuid[]) s join tasks.tasks t on t.id = s.task_id;
select pg_temp.expect('the tests are in the queue, the release waits on', array_agg(status::text order by id) = '{queued,blocked}') as checked
from tasks.tasks where id in (:'test', :'release');

\echo '== No row can say that a task is done and not done'
select pg_temp.refused('23514', format('update tasks.tasks set status = %L, finished_at = now(), progress_percentage = 100 where id = %L', 'succeeded', :'test')) as "done without having begun";

\echo '== The tests fail for good: what waits for their success is cancelled, and says why'
update tasks.tasks
set status = 'failed', attempts = 1, started_at = now(), finished_at = now(), error_class = 'assertion_failed', error_message = '2 of 90 tests failed'
where id = :'test' and status = 'queued'
returning title, status, error_message;
select count(*) as cancelled from tasks.settle_dependencies(array[:'test']::uuid[]);
select title, status, cancel_reason from tasks.tasks where id = :'release';
select pg_temp.expect('the release is cancelled', status = 'cancelled' and cancel_reason is not null) as checked from tasks.tasks where id = :'release';

\echo '== How tasks of each type ended in the last seven days, and how often the definition was used'
select task_type, finished, succeeded, failed, cancelled from tasks.task_statistics order by task_type;
select name, version, tasks, succeeded, failed, success_percentage from tasks.task_definition_statistics where definition_id = :'definition';
select pg_temp.expect('one of two that were tried succeeded', success_percentage = 50) as checked from tasks.task_definition_statistics where definition_id = :'definition';

\echo '== Another organization sees nothing of this'
set local app.organization_id = '00000000-0000-7000-8000-0000000000ff';
select pg_temp.expect('no task is visible', count(*) = 0) as checked from tasks.tasks;
\ir end.psql
