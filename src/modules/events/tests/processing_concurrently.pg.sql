-- Several sessions at once: nothing that is committed late is skipped, two workers do nothing twice, a delivery that comes twice at the same moment is
-- one event. An open transaction that has written would hold the horizon, so this file runs without one and deletes what it made.
\set QUIET on
set client_min_messages = warning;
select plan(23);
select not exists (select from pg_extension where extname = 'dblink') as makes_dblink \gset
create extension if not exists dblink;
select base.uuid_v7() as organization, base.uuid_v7() as source \gset
select format('dbname=%s host=%s port=%s user=%s', :'DBNAME', :'HOST', :'PORT', :'USER') as connection \gset
select dblink_connect(name, :'connection') from unnest(array['one', 'two']) as name \g /dev/null
select log_position as old_position, event_id as old_event from events.event_consumers where name = 'processing' \gset
insert into events.event_sources (organization_id, id, name, kind) values (:'organization', :'source', 'octo', 'github');
create function pg_temp.in_session(name text, statement text) returns text language plpgsql as $$
declare
    answer text;
begin
    select a.answer into answer from dblink(name, statement, false) as a (answer text);
    return answer;
end $$;
-- Begins a transaction of the login role for the organization.
create function pg_temp.begins(name text, organization uuid) returns void language plpgsql as $$
begin
    perform dblink_exec(name, format('begin; set local role events_user; set local app.organization_id = %L', organization));
end $$;
-- Whatever else the server does, an analysis for instance, holds the horizon for a moment.
create function pg_temp.process(n integer, expected integer) returns integer language plpgsql as $$
declare
    processed integer := 0;
begin
    for attempt in 1 .. 1000 loop
        processed := processed + pg_temp.in_session('one', format('select events.process_pending_events(%s)::text', n))::integer;
        exit when processed >= expected;
        perform pg_sleep(0.01);
    end loop;
    return processed;
end $$;
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
select pg_temp.process(1000000, 0) \g /dev/null

-- The first to write commits last.
select pg_temp.begins(name, :'organization') from unnest(array['one', 'two']) as name \g /dev/null
select format('select events.record_event(%L, %%L, ''push'')::text', :'source') as record_event \gset
select matches(pg_temp.in_session('one', format(:'record_event', 'a')), ',t', 'one session stores an event and goes on');
select matches(pg_temp.in_session('two', format(:'record_event', 'b')), ',t', 'another stores a later one');
select dblink_exec('two', 'commit') \g /dev/null
select is(events.process_pending_events(100), 0, 'and is done first: nothing is processed yet, as something older may still come');
select is((select events_pending from events.consumer_progress()), 1::bigint, 'the one that is there waits');
select dblink_exec('one', 'commit') \g /dev/null
select is(pg_temp.process(100, 2), 2, 'then both are processed');
select results_eq(format('select e.delivery_key from events.events e join events.github_events g on g.organization_id = e.organization_id and g.event_id = e.id where e.organization_id = %L order by e.log_position', :'organization'),
                  array['a', 'b'], 'none was skipped');

-- Two workers.
insert into events.events (organization_id, source_id, event_type, delivery_key) select :'organization', :'source', 'push', n::text from generate_series(1, 10) n;
select dblink_exec('one', 'begin') \g /dev/null
select is(pg_temp.process(4, 4), 4, 'a worker processes a batch and is not yet done');
select dblink_exec('two', 'set statement_timeout = ''5s''') \g /dev/null
select is(pg_temp.in_session('two', 'select events.process_pending_events(100)::text'), '0', 'another one finds nothing to do, at once');
select dblink_exec('one', 'commit') \g /dev/null
select is(pg_temp.process(100, 6), 6, 'whoever comes next goes on behind it');
select is(pg_temp.process(100, 0), 0, 'until nothing is left');

-- A worker that dies.
insert into events.events (organization_id, source_id, event_type, delivery_key) select :'organization', :'source', 'push', n::text from generate_series(11, 15) n;
select dblink_exec('one', 'begin') \g /dev/null
select is(pg_temp.process(100, 5), 5, 'a worker processes a batch');
select dblink_disconnect('one') \g /dev/null
select dblink_connect('one', :'connection') \g /dev/null
select is(pg_temp.process(100, 5), 5, 'when it dies before it is done, the next one does it');
select is((select count(*) from events.github_events where organization_id = :'organization'), 17::bigint, 'every event is projected once');
select is((select count(*) from events.events_by_type where organization_id = :'organization'), 17::bigint, 'and listed once');
select is((select sum(event_count)::bigint from events.event_aggregations where organization_id = :'organization' and period = interval '1 day'), 17::bigint, 'and counted once');
select is((select sum(events_processed)::bigint from events.event_processing_log where organization_id = :'organization'), 17::bigint, 'and logged once');

-- The same delivery twice at the same moment.
select pg_temp.begins('one', :'organization'), dblink_exec('two', 'reset statement_timeout'), pg_temp.begins('two', :'organization') \g /dev/null
select pid as second_backend from dblink('two', 'select pg_backend_pid()') as answer (pid integer) \gset
select matches(pg_temp.in_session('one', format(:'record_event', 'twin')), ',t', 'a delivery is stored');
select dblink_send_query('two', format(:'record_event', 'twin')) \g /dev/null
select ok(pg_temp.is_waiting(:second_backend), 'the same one at that moment has to wait');
select dblink_exec('one', 'commit') \g /dev/null
select results_eq($$select answer ~ ',f' from dblink_get_result('two') as a (answer text)$$, array[true], 'to learn that it is known');
select count(*) from dblink_get_result('two') as a (answer text) \g /dev/null
select dblink_exec('two', 'commit') \g /dev/null
select pg_temp.begins(name, :'organization') from unnest(array['one', 'two']) as name \g /dev/null
select matches(pg_temp.in_session('one', format(:'record_event', 'triplet')), ',t', 'another one is stored');
select dblink_send_query('two', format(:'record_event', 'triplet')) \g /dev/null
select ok(pg_temp.is_waiting(:second_backend), 'and comes again');
select dblink_exec('one', 'rollback') \g /dev/null
select results_eq($$select answer ~ ',t' from dblink_get_result('two') as a (answer text)$$, array[true], 'when the first one fails the second is stored');
select count(*) from dblink_get_result('two') as a (answer text) \g /dev/null
select dblink_exec('two', 'commit') \g /dev/null
select is((select string_agg(delivery_key, ' ' order by delivery_key) from events.events where organization_id = :'organization' and delivery_key ~ '^t'), 'triplet twin', 'each is there once');

select dblink_disconnect(name) from unnest(array['one', 'two']) as name \g /dev/null
delete from events.events_by_type where organization_id = :'organization';
delete from events.github_events where organization_id = :'organization';
delete from events.event_processing_log where organization_id = :'organization';
delete from events.event_aggregations where organization_id = :'organization';
delete from events.event_keys where organization_id = :'organization';
delete from events.events where organization_id = :'organization';
delete from events.event_sources where organization_id = :'organization';
update events.event_consumers set log_position = :old_position, event_id = :'old_event' where name = 'processing';
\if :makes_dblink
drop extension dblink;
\endif
select * from finish();
