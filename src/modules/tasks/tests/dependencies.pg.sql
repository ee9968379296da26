-- Dependencies: no cycle whatever its length and mixture, and tasks that go on when those before them have ended.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(83);
set local app.organization_id = :acme;

create function pg_temp.task(number integer) returns uuid language plpgsql immutable as $$
begin
    return ('ac000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;
end $$;
-- What the login role gets: GS301 and the like, or nothing for an id.
create function pg_temp.add(source integer, kind text, target integer, further text default '') returns text language plpgsql as $$
begin
    return regexp_replace(pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001',
        format('select tasks.add_dependency(%L, %L, %L%s)', pg_temp.task(source), kind, pg_temp.task(target), further)), '^[0-9a-f-]{36}$', '');
end $$;
create function pg_temp.new_tasks(first integer, last integer, status tasks.task_status default 'queued') returns void language plpgsql as $$
begin
    insert into tasks.tasks (organization_id, id, title, status, executor)
    select 'a0000000-0000-7000-8000-000000000001', pg_temp.task(n), 'Task ' || n, status, 'builtin' from generate_series(first, last) n;
end $$;
create function pg_temp.ends(number integer, outcome tasks.task_status) returns text language plpgsql as $$
begin
    update tasks.tasks t
    set status = outcome, attempts = 1, attempts_max = 1, started_at = now(), finished_at = now(),
        progress_percentage = case outcome when 'succeeded' then 100 else 0 end, cancel_requested_at = now(),
        error_class = case when outcome in ('dead', 'failed') then 'x' end
    where t.organization_id = 'a0000000-0000-7000-8000-000000000001' and t.id = pg_temp.task(number);
    return pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001',
        format('select string_agg(right(task_id::text, 3)::integer || '' '' || status, '', '' order by task_id) from tasks.settle_dependencies(%L)', array[pg_temp.task(number)]));
end $$;
create function pg_temp.state(number integer) returns text language plpgsql as $$
begin
    return (select t.status from tasks.tasks t where t.organization_id = 'a0000000-0000-7000-8000-000000000001' and t.id = pg_temp.task(number));
end $$;

-- A row of 50 tasks, tied by all four kinds in turn, is not closed to a ring.
select pg_temp.new_tasks(1, 100);
select is(string_agg(case n % 4 when 0 then pg_temp.add(n, 'blocks', n + 1) when 1 then pg_temp.add(n + 1, 'depends_on', n)
                                when 2 then pg_temp.add(n, 'triggers', n + 1) else pg_temp.add(n, 'subtask_of', n + 1) end, ''), '', 'a row of 50 tasks')
from generate_series(1, 49) n;
select is(pg_temp.add(50, kind, 1), 'GS301', format('is not closed by %s', kind)) from unnest(array['blocks', 'triggers', 'subtask_of']) as kind;
select is(pg_temp.add(1, 'depends_on', 50), 'GS301', 'nor by depends_on, said from the other end');
select is(pg_temp.add(26, 'blocks', 25), 'GS301', 'nor in the middle');
select is(pg_temp.add(50, 'related_to', 1), '', 'a relation closes no ring');
select is(pg_temp.add(50, 'conflicts_with', 1), '', 'nor does a conflict');
select is(pg_temp.add(1, 'related_to', 50), '23505', 'what is mutual is said once');
select is(pg_temp.add(1, 'conflicts_with', 50), '23505', 'conflicts, too');
select is(pg_temp.add(1, 'blocks', 50), '', 'a shortcut is no ring');
select is(pg_temp.add(1, 'blocks', 50), '23505', 'it is said once');
select is(pg_temp.add(7, 'blocks', 7), '23514', 'no task waits for itself');
select is(pg_temp.add(7, 'related_to', 7), '23514', 'nor is related to itself');
select is(pg_temp.add(7, 'blocks', 101), 'GS302', 'a task that is not there');
-- Length does not matter: a row of 3,000, of which only the ends are looked at here.
insert into tasks.tasks (organization_id, id, title) select :acme, pg_temp.task(n), 'x' from generate_series(10001, 13000) n;
insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind)
select :acme, pg_temp.task(n), pg_temp.task(n + 1), 'blocks' from generate_series(10001, 12999) n;
select is(pg_temp.add(13000, 'blocks', 10001), 'GS301', 'a ring of 3,000 is refused as well');
select is(pg_temp.add(10001, 'blocks', 13000), '', 'the other direction is not');

-- Two transactions that add one half of a ring each come one after the other: the first holds the lock of the organization's graph
-- until it ends (dependencies_concurrently.pg.sql shows the second one waiting).
create function pg_temp.holds_lock(relation regclass, graph uuid) returns boolean language plpgsql as $$
begin
    return exists (select from pg_locks l where l.locktype = 'advisory' and pid = pg_backend_pid() and granted and mode = 'ExclusiveLock' and objsubid = 2
                      and l.classid = holds_lock.relation::oid and l.objid = (hashtext(graph::text)::bigint & 4294967295)::oid);
end $$;
select ok(pg_temp.holds_lock('tasks.task_dependencies', :acme), 'the graph of the organization is locked until the transaction ends');
select ok(not pg_temp.holds_lock('tasks.task_dependencies', :umbrella), 'that of another one is not');

-- Constraints, for those who are past the routine.
create function pg_temp.refused_by(columns text, list text) returns text language plpgsql as $$
declare
    name text;
begin
    begin
        execute format('insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, %s) values (%L, %L, %L, %s)', columns,
                       'a0000000-0000-7000-8000-000000000001', pg_temp.task(90), pg_temp.task(91), list);
        raise exception using errcode = 'TAP00';
    exception when sqlstate 'TAP00' then name := 'nothing';
              when others then get stacked diagnostics name = constraint_name;
    end;
    return name;
end $$;
select is(pg_temp.refused_by(columns, list), refusal, format('%s: %s', list, refusal))
from (values
    ('kind, delay_seconds', '''blocks'', -1', 'delay_is_not_negative'),
    ('kind, delay_seconds', '''blocks'', 1', 'nothing'),
    ('kind, delay_seconds', '''conflicts_with'', 1', 'only_an_order_has_a_delay'),
    ('kind, satisfied_at', '''conflicts_with'', now()', 'only_an_order_is_satisfied'),
    ('kind, is_hard', '''related_to'', true', 'related_is_never_hard'),
    ('kind, is_hard', '''related_to'', false', 'nothing')
) as rows (columns, list, refusal);
select is(pg_temp.outcome('task_user', :acme, 'insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind) select organization_id, target_task_id, source_task_id, kind from tasks.task_dependencies'),
          '42501', 'the routine is the only way in');
select is(pg_temp.outcome('task_user', :acme, statement), '42501', format('and the only way round: %s', statement))
from unnest(array['update tasks.task_dependencies set target_task_id = source_task_id', 'delete from tasks.task_dependencies']) as statement;

-- Going on. 201 and 202 block 203; 203 blocks 204; 205 waits for 201 to fail.
select pg_temp.new_tasks(201, 205);
select pg_temp.add(201, 'blocks', 203), pg_temp.add(203, 'depends_on', 202), pg_temp.add(203, 'blocks', 204), pg_temp.add(201, 'triggers', 205, ', ''failed''');
select is(pg_temp.state(203), 'blocked', 'a task in the queue is blocked by what it is to wait for');
select is(pg_temp.ends(201, 'succeeded'), '205 cancelled', 'what waits for a failure is cancelled by a success');
select is(pg_temp.state(203), 'blocked', 'one of two is not enough');
select is(pg_temp.ends(202, 'succeeded'), '203 queued', 'both are');
select is(pg_temp.ends(202, 'succeeded'), null, 'settled once is settled');
select is(pg_temp.state(204), 'blocked', 'the next one waits on');
select is(pg_temp.ends(203, 'failed'), '204 cancelled', 'until what it waits for fails');
-- A failure goes down the whole row, except where a dependency is soft.
select pg_temp.new_tasks(211, 216);
select pg_temp.add(211, 'blocks', 212), pg_temp.add(212, 'blocks', 213), pg_temp.add(212, 'blocks', 214, ', is_hard => false'),
       pg_temp.add(213, 'blocks', 215, ', ''ended'''), pg_temp.add(211, 'related_to', 216);
select is(pg_temp.ends(211, 'failed'), '212 cancelled, 213 cancelled, 214 queued, 215 queued', 'a failure cancels what waits for success, to any depth, and not what waits for any end');
select is((select cancel_reason from tasks.tasks where organization_id = :acme and id = pg_temp.task(213)), 'a task that it waited for ended otherwise', 'and says why');
select is(pg_temp.state(216), 'queued', 'what is only related is not concerned');
-- A dead letter may be replayed, so what waits for its success waits on.
select pg_temp.new_tasks(221, 223);
select pg_temp.add(221, 'blocks', 222), pg_temp.add(221, 'blocks', 223, ', ''failed''');
select is(pg_temp.ends(221, 'dead'), '223 queued', 'a dead letter is a failure');
select is(pg_temp.state(222), 'blocked', 'but what waits for its success waits on');
update tasks.tasks set status = 'queued', finished_at = null, attempts_forgiven = attempts where organization_id = :acme and id = pg_temp.task(221);
update tasks.tasks set attempts_forgiven = 0, error_class = null where organization_id = :acme and id = pg_temp.task(221);
select is(pg_temp.ends(221, 'succeeded'), '222 queued', 'and goes on after a replay');
-- One trigger of several suffices; when none is left, the task is cancelled.
select pg_temp.new_tasks(231, 236);
select pg_temp.add(231, 'triggers', 233), pg_temp.add(232, 'triggers', 233), pg_temp.add(234, 'triggers', 236), pg_temp.add(235, 'triggers', 236);
select is(pg_temp.ends(231, 'succeeded'), '233 queued', 'one trigger of two suffices');
select is(pg_temp.ends(232, 'failed'), null, 'the other one comes too late');
select is(pg_temp.ends(234, 'failed'), null, 'while another trigger is left, nothing is lost');
select is(pg_temp.ends(235, 'cancelled'), '236 cancelled', 'without any, the task is cancelled');
-- Delays.
select pg_temp.new_tasks(241, 243);
select pg_temp.add(241, 'blocks', 242, ', delay_seconds => 90');
select is(pg_temp.ends(241, 'succeeded'), '242 scheduled', 'a delay turns into a time');
select is((select run_at from tasks.tasks where organization_id = :acme and id = pg_temp.task(242)), now() + interval '90 seconds', 'the right one');
select is(pg_temp.add(241, 'blocks', 243, ', delay_seconds => 60'), '', 'also where the task before has already ended');
select is(pg_temp.state(243), 'scheduled', 'which is satisfied at once');
-- What comes too late.
select pg_temp.new_tasks(251, 256);
select pg_temp.ends(251, 'failed'), pg_temp.ends(252, 'succeeded');
update tasks.tasks set status = 'waiting', awaited_event = 'x' where organization_id = :acme and id = pg_temp.task(255);
select is(pg_temp.add(source, kind, target, further), outcome, what)
from (values
    (1, 253, 'blocks', 252, '', 'GS303', 'a task that has ended waits for nothing'),
    (2, 253, 'blocks', 255, '', 'GS303', 'nor does one that has begun'),
    (3, 253, 'subtask_of', 255, '', '', 'except for parts of it'),
    (4, 251, 'blocks', 254, '', 'GS304', 'nothing waits for what has become impossible'),
    (5, 251, 'blocks', 254, ', ''failed''', '', 'a failure that was waited for has happened'),
    (6, 251, 'blocks', 256, ', is_hard => false', '', 'a soft dependency is satisfied by any end')
) as late (number, source, kind, target, further, outcome, what) order by number;
select is(pg_temp.state(254) || ' ' || pg_temp.state(256), 'queued queued', 'and what is satisfied at once holds nothing back');
-- Removing one.
select pg_temp.new_tasks(261, 263);
select pg_temp.add(261, 'blocks', 263), pg_temp.add(262, 'blocks', 263);
create function pg_temp.remove(source integer) returns text language plpgsql as $$
begin
    return pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001', format('select tasks.remove_dependency(%L)',
        (select id from tasks.task_dependencies where organization_id = 'a0000000-0000-7000-8000-000000000001' and source_task_id = pg_temp.task(source))));
end $$;
select is(pg_temp.remove(261) || pg_temp.state(263), 'blocked', 'without one of two, a task waits on');
select is(pg_temp.remove(262) || pg_temp.state(263), 'queued', 'without both it goes on');
select is(pg_temp.outcome('task_user', :acme, format('select tasks.remove_dependency(id) from tasks.task_dependencies where organization_id = %L', :acme)), (select count(*)::text from tasks.task_dependencies where organization_id = :acme), 'its own are removed by a tenant');
select is(pg_temp.answer('task_user', :acme, format('select tasks.remove_dependency(%L)', (select id from tasks.task_dependencies where organization_id = :umbrella))), 'GS302', 'another tenant''s are not');
-- Drafts are handed over.
select pg_temp.new_tasks(271, 275, 'draft');
update tasks.tasks set run_at = now() + interval '1 hour' where organization_id = :acme and id = pg_temp.task(272);
select pg_temp.add(271, 'blocks', 273), pg_temp.add(275, 'blocks', 274);
select is(pg_temp.state(273), 'draft', 'a draft stays a draft whatever it is to wait for');
select is(pg_temp.ends(275, 'cancelled'), '274 cancelled', 'and is cancelled when it would wait in vain');
select is(pg_temp.answer('task_user', :acme, format('select string_agg(right(task_id::text, 3) || '' '' || status, '', '' order by task_id) from tasks.submit_tasks(%L)',
          array[pg_temp.task(271), pg_temp.task(272), pg_temp.task(273), pg_temp.task(274)])), '271 queued, 272 scheduled, 273 blocked', 'handed over, each waits for what it has to');

-- Edges of workflows.
create function pg_temp.edge(source uuid, target uuid) returns text language plpgsql as $$
begin
    return regexp_replace(pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001',
        format('select tasks.add_workflow_edge(%L, %L, %L)', 'a2000000-0000-7000-8000-000000000001', source, target)), '^[0-9a-f-]{36}$', '');
end $$;
select is(pg_temp.edge(:acme_last_node, :acme_node), 'GS301', 'a workflow has no ring of two');
insert into tasks.workflow_nodes (organization_id, id, workflow_id, key, title, definition_id)
select :acme, pg_temp.task(n), :acme_workflow, 'n' || n, 'x', :acme_definition from generate_series(1, 50) n;
select is(string_agg(pg_temp.edge(pg_temp.task(n), pg_temp.task(n + 1)), ''), '', 'a row of 50 nodes') from generate_series(1, 49) n;
select is(pg_temp.edge(pg_temp.task(50), pg_temp.task(1)), 'GS301', 'is not closed to a ring');
select is(pg_temp.edge(pg_temp.task(1), pg_temp.task(50)), '23505', 'nor said twice')
from (select pg_temp.edge(pg_temp.task(1), pg_temp.task(50))) as before;
select is(pg_temp.edge(:acme_node, :acme_node), '23514', 'no node follows itself');
select is(pg_temp.edge(:acme_node, :umbrella_node), '23503', 'a node of another workflow is none');
select ok(pg_temp.holds_lock('tasks.workflow_edges', :acme_workflow), 'the workflow is locked meanwhile');
delete from tasks.workflow_nodes where organization_id = :acme and key like 'n%';

-- A run of a workflow.
select pg_temp.answer('task_user', :acme, format('select tasks.start_workflow(%L, ''{"branch": "dev"}'')', :acme_workflow)) as run \gset
select results_eq(format('select title, status::text, executor::text, depth, parent_id is not null from tasks.tasks where organization_id = %L and workflow_id = %L order by depth, title', :acme, :acme_workflow),
                  $$values ('Release', 'blocked', 'builtin', 0, false), ('Build', 'queued', 'command', 1, true), ('Deploy', 'blocked', 'command', 1, true)$$, 'a run is a task with a subtask for each node');
select is((select input ->> 'branch' from tasks.tasks where organization_id = :acme and id = :'run'), 'dev', 'with its input');
select is((select string_agg(kind::text, ' ' order by kind, successor_id) from tasks.task_dependencies d
           where organization_id = :acme and exists (select from tasks.tasks t where t.organization_id = :acme and t.workflow_id = :acme_workflow and t.id = d.source_task_id)),
          'subtask_of subtask_of blocks', 'tied as the nodes are, and to the run');
update tasks.tasks set status = 'failed', finished_at = now(), error_class = 'x' where organization_id = :acme and workflow_node_id = :acme_node;
select is(pg_temp.answer('task_user', :acme, format('select string_agg(t.title || '' '' || s.status, '', '' order by t.title) from tasks.settle_dependencies(array(select id from tasks.tasks where workflow_node_id = %L)) s join tasks.tasks t on t.id = s.task_id', :acme_node)),
          'Deploy cancelled, Release queued', 'when a node fails, those after it are cancelled and the run is there to be judged');
update tasks.workflows set retired_at = now() where organization_id = :acme;
select is(pg_temp.answer('task_user', :acme, format('select tasks.start_workflow(%L)', :acme_workflow)), 'GS302', 'a retired workflow is not started');

-- Steps of a decomposition.
create function pg_temp.step(step uuid, depends_on uuid) returns text language plpgsql as $$
begin
    return regexp_replace(pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001', format('select tasks.add_step_dependency(%L, %L)', step, depends_on)), '^[0-9a-f-]{36}$', '');
end $$;
select is(pg_temp.step(:acme_step, :acme_last_step), 'GS301', 'steps have no ring of two');
insert into tasks.decomposed_steps (organization_id, id, decomposition_id, step_number, name)
select :acme, pg_temp.task(n), :acme_decomposition, n + 10, 'x' from generate_series(1, 50) n;
select is(string_agg(pg_temp.step(pg_temp.task(n + 1), pg_temp.task(n)), ''), '', 'a row of 50 steps') from generate_series(1, 49) n;
select is(pg_temp.step(pg_temp.task(1), pg_temp.task(50)), 'GS301', 'is not closed to a ring');
select is(pg_temp.step(:acme_step, :acme_step), '23514', 'no step depends on itself');
select is(pg_temp.step(:acme_step, :umbrella_step), '23503', 'nor on one of another decomposition');
select is(pg_temp.step(:umbrella_step, :acme_step), 'GS302', 'a step of another tenant is none');
select ok(pg_temp.holds_lock('tasks.step_dependencies', :acme_decomposition), 'the decomposition is locked meanwhile');
select is(pg_temp.outcome('task_user', :acme, 'delete from tasks.step_dependencies'), '50', 'dependencies of steps are removed like other rows');

select * from finish();
rollback;
