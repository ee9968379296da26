-- Two sessions make two templates the fallback of each other at the same moment: one of them is refused, at whatever isolation. This
-- needs two transactions of other sessions, so what they need is committed, and deleted at the end.
begin;
set local client_min_messages = warning;
select plan(8);
create extension if not exists dblink;

select base.uuid_v7() as organization, base.uuid_v7() as ann, base.uuid_v7() as bob \gset
select format('dbname=%s host=%s port=%s user=%s', :'DBNAME', :'HOST', :'PORT', :'USER') as connection \gset
select dblink_connect(name, :'connection') from unnest(array['setup', 'one', 'two']) as name;
select dblink_exec('setup', format('insert into prompts.prompt_templates (organization_id, id, slug, name) values (%1$L, %2$L, ''a'', ''A''), (%1$L, %3$L, ''b'', ''B'')',
                                   :'organization', :'ann', :'bob'));

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
select format('select prompts.set_fallback_template(%L, %L)::text', :'ann', :'bob') as ann_to_bob,
       format('select prompts.set_fallback_template(%L, %L)::text', :'bob', :'ann') as bob_to_ann \gset

select dblink_exec(name, format('begin isolation level read committed; set local role prompts_user; set local app.organization_id = %L', :'organization')) from unnest(array['one', 'two']) as name;
select lives_ok(format('select * from dblink(''one'', %L) as answer (done text)', :'ann_to_bob'), 'one template falls back to the other');
select is(dblink_send_query('two', :'bob_to_ann'), 1, 'who says the opposite at that moment');
select ok(pg_temp.is_waiting(:second_backend), 'has to wait');
select dblink_exec('one', 'commit');
select throws_ok('select * from dblink_get_result(''two'') as answer (done text)', 'GS404', null, 'and is refused');
select count(*) from dblink_get_result('two') as answer (done text);
select dblink_exec('two', 'rollback');

select dblink_exec('setup', format('delete from prompts.template_fallbacks where organization_id = %L', :'organization'));
select dblink_exec(name, format('begin isolation level repeatable read; set local role prompts_user; set local app.organization_id = %L', :'organization')) from unnest(array['one', 'two']) as name;
select count(*) from dblink('two', 'select count(*) from prompts.template_fallbacks') as answer (links bigint);
select lives_ok(format('select * from dblink(''one'', %L) as answer (done text)', :'ann_to_bob'), 'again one falls back to the other');
select dblink_exec('one', 'commit');
select throws_ok(format('select * from dblink(''two'', %L) as answer (done text)', :'bob_to_ann'), '40001', null, 'who still sees what was before has to try again');
select dblink_exec('two', 'rollback');
select dblink_exec('two', format('begin isolation level repeatable read; set local role prompts_user; set local app.organization_id = %L', :'organization'));
select throws_ok(format('select * from dblink(''two'', %L) as answer (done text)', :'bob_to_ann'), 'GS404', null, 'and is refused then');
select dblink_exec('two', 'rollback');
select results_eq(format('select * from dblink(''setup'', %L) as answer (links bigint)', format('select count(*) from prompts.template_fallbacks where organization_id = %L', :'organization')),
                  array[1::bigint], 'one link stays');

select dblink_exec('setup', format(statement, :'organization')) from unnest(array[
    'delete from prompts.template_fallbacks where organization_id = %1$L', 'delete from prompts.prompt_templates where organization_id = %1$L']) as statement;
select dblink_disconnect(name) from unnest(array['setup', 'one', 'two']) as name;
select * from finish();
rollback;
