-- Two transactions each add one half of a ring at the same moment: the second one waits, sees the first half, and is refused. The
-- same where one ends a task that another is about to wait for: what waits is released. This needs transactions of other sessions, so
-- what they need is committed, and deleted at the end.
begin;
set local client_min_messages = warning;
select plan(13);
create extension if not exists dblink;

select base.uuid_v7() as organization, base.uuid_v7() as one_task, base.uuid_v7() as other_task, base.uuid_v7() as third_task \gset
select format('dbname=%s host=%s port=%s user=%s', :'DBNAME', :'HOST', :'PORT', :'USER') as connection \gset
select dblink_connect(name, :'connection') from unnest(array['setup', 'one', 'two']) as name;
select dblink_exec('setup', format('insert into tasks.tasks (organization_id, id, title, status, executor) select %L, id, ''x'', ''queued'', ''builtin'' from unnest(%L::uuid[]) as id',
                                   :'organization', array[:'one_task', :'other_task', :'third_task']));

create function pg_temp.is_waiting(backend integer) returns boolean language plpgsql as $$
begin
    for attempt in 1 .. 1000 loop
        if cardinality(pg_blocking_pids(backend)) > 0 then
            return true;
        end if;
        perform pg_sleep(0.01);
    end loop;
    return false;
end $$;
create function pg_temp.start(organization uuid) returns void language plpgsql as $$
begin
    perform dblink_exec(name, format('begin; set local role task_user; set local app.organization_id = %L', organization)) from unnest(array['one', 'two']) as name;
end $$;
-- What came of the second one's statement, as text or SQLSTATE; what else it says is read away.
create function pg_temp.answer_of_two() returns text language plpgsql as $$
declare
    outcome text;
begin
    begin
        select a.value into outcome from dblink_get_result('two') as a (value text);
    exception when others then
        outcome := sqlstate;
    end;
    perform from dblink_get_result('two', false) as a (value text);
    return outcome;
end $$;
select pid as second_backend from dblink('two', 'select pg_backend_pid()') as answer (pid integer) \gset

-- Dependencies.
select pg_temp.start(:'organization');
select lives_ok(format('select * from dblink(''one'', %L) as answer (id uuid)', format('select tasks.add_dependency(%L, ''blocks'', %L)', :'one_task', :'other_task')), 'one half of a ring is added');
select is(dblink_send_query('two', format('select tasks.add_dependency(%L, ''blocks'', %L)', :'other_task', :'one_task')), 1, 'and the other half at that moment');
select ok(pg_temp.is_waiting(:second_backend), 'which has to wait');
select dblink_exec('one', 'commit');
select is(pg_temp.answer_of_two(), 'GS301', 'to see that it would close the ring');
select dblink_exec('two', 'rollback');

-- A task ends while another one begins to wait for it.
select pg_temp.start(:'organization');
select lives_ok(format('select * from dblink(''one'', %L) as answer (id uuid)', format('select tasks.add_dependency(%L, ''blocks'', %L)', :'one_task', :'third_task')), 'a task is to wait for another one');
select is(dblink_send_query('two', format('update tasks.tasks set status = ''failed'', finished_at = now(), error_class = ''x'' where id = %L returning id', :'one_task')), 1, 'which ends at that moment');
select ok(pg_temp.is_waiting(:second_backend), 'but has to wait');
select dblink_exec('one', 'commit');
select is(pg_temp.answer_of_two(), :'one_task', 'until it is known who waits');
select results_eq(format('select * from dblink(''two'', %L) as answer (task uuid, status text) order by 1', format('select task_id, status::text from tasks.settle_dependencies(%L)', array[:'one_task'])),
                  format('values (%L::uuid, ''cancelled''::text), (%L, ''cancelled'') order by 1', :'other_task', :'third_task'), 'so that nobody waits for ever');
select dblink_exec('two', 'commit');

-- The hierarchy, which needs no lock: the foreign key alone keeps two tasks from containing each other.
select pg_temp.start(:'organization');
select lives_ok(format('select * from dblink(''one'', %L) as answer (done text)', format('select tasks.set_parent(%L, %L)::text', :'one_task', :'other_task')), 'a task becomes a part of another one');
select is(dblink_send_query('two', format('select tasks.set_parent(%L, %L)::text', :'other_task', :'one_task')), 1, 'and that one a part of the first');
select ok(pg_temp.is_waiting(:second_backend), 'which waits to see where it comes');
select dblink_exec('one', 'commit');
select is(pg_temp.answer_of_two(), '23503', 'and is refused');

select dblink_disconnect(name) from unnest(array['one', 'two']) as name;
select dblink_exec('setup', format('delete from tasks.tasks where organization_id = %L', :'organization'));
select * from finish();
rollback;
