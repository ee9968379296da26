-- Two owners remove each other at the same moment: one of them stays. This needs two transactions of other sessions, so what they need
-- is committed, and deleted at the end.
begin;
set local client_min_messages = warning;
select plan(5);
create extension if not exists dblink;

select base.uuid_v7() as organization, base.uuid_v7() as ann, base.uuid_v7() as bob \gset
select format('dbname=%s host=%s port=%s user=%s', :'DBNAME', :'HOST', :'PORT', :'USER') as connection \gset
select dblink_connect(name, :'connection') from unnest(array['setup', 'one', 'two']) as name;

select dblink_exec('setup', format('insert into identity.organizations (id, name, slug) values (%1$L, ''x'', left(replace(%1$L, ''-'', ''''), 32))', :'organization'));
select dblink_exec('setup', format('insert into identity.users (id, email, display_name) values (%1$L, %1$L || ''@x.test'', ''Ann''), (%2$L, %2$L || ''@x.test'', ''Bob'')', :'ann', :'bob'));
select dblink_exec('setup', format('insert into identity.memberships values (%1$L, %2$L, ''owner''), (%1$L, %3$L, ''owner'')', :'organization', :'ann', :'bob'));
select dblink_exec(name, format('begin; set local role projects_user; set local app.organization_id = %L', :'organization')) from unnest(array['one', 'two']) as name;

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

select pid as second_backend from dblink('two', 'select pg_backend_pid()') as answer (pid integer) \gset
select lives_ok(format('select * from dblink(''one'', %L) as answer (done text)', format('select identity.remove_member(%L)::text', :'ann')), 'one owner removes the other');
select is(dblink_send_query('two', format('select identity.remove_member(%L)::text', :'bob')), 1, 'who does the same at that moment');
select ok(pg_temp.is_waiting(:second_backend), 'and has to wait');
select dblink_exec('one', 'commit');
select throws_ok('select * from dblink_get_result(''two'') as answer (done text)', 'GS101', null, 'to learn that nobody else is left');
select dblink_disconnect('two');
select results_eq(format('select * from dblink(''setup'', %L) as answer (person uuid)', format('select user_id from identity.memberships where organization_id = %L', :'organization')),
                  array[:'bob'::uuid], 'one owner stays');

select dblink_exec('setup', format(statement, :'organization', :'ann', :'bob')) from unnest(array[
    'delete from identity.organizations where id = %1$L', 'delete from identity.users where id in (%2$L, %3$L)',
    'delete from base.audit_log where organization_id = %1$L', 'delete from base.audit_chains where organization_id = %1$L']) as statement;
select * from finish();
rollback;
