-- Patterns are found once, with the events that show them; anomalies with the figures; both can be put right.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(23);
delete from events.event_pattern_occurrences; delete from events.event_patterns; delete from events.event_anomalies; delete from events.event_aggregations; delete from events.events;
create function pg_temp.send(type_name text, ago interval, actor text default 'mona', tenant uuid default 'a0000000-0000-7000-8000-000000000001') returns void language plpgsql as $$
begin
    insert into events.events (organization_id, id, source_id, event_type, delivery_key, actor, occurred_at)
    select s.organization_id, base.uuid_v7(), s.id, type_name, gen_random_uuid()::text, send.actor, now() - ago
    from events.event_sources s where s.organization_id = tenant and s.name = 'octo';
end $$;
create function pg_temp.look() returns bigint language plpgsql as $$
begin
    return pg_temp.answer('events_user', null, 'select events.find_patterns()');
end $$;
create function pg_temp.found(pattern_name text) returns setof text language plpgsql as $$
begin
    return query select format('%s %s %s', o.same_value, (extract(epoch from now() - o.started_at) / 60)::integer, cardinality(o.event_ids))
    from events.event_pattern_occurrences o join events.event_patterns p on p.organization_id = o.organization_id and p.id = o.pattern_id
    where p.name = pattern_name order by o.same_value, o.started_at;
end $$;
insert into events.event_patterns (organization_id, name, kind, event_types, same, time_window, events_min, created_at, looked_until)
select :acme, name, kind::events.pattern_kind, types::text[], same::events.event_dimension, time_window::interval, events_min, now() - interval '2 hours', now() - interval '1 hour'
from (values ('storm', 'burst', '{check_run.*}', null, '10 minutes', 3), ('by one', 'burst', '{push}', 'actor', '5 minutes', 2),
             ('revert', 'sequence', '{deploy,alarm,rollback}', null, '30 minutes', null), ('together', 'co_occurrence', '{merge,release}', 'actor', '15 minutes', null),
             ('silence', 'absence', '{heartbeat}', null, '20 minutes', null)) as v (name, kind, types, same, time_window, events_min);

select is(pg_temp.look(), 1::bigint, 'nothing has happened, and that is one of them');
select results_eq($$select pg_temp.found('silence')$$, array[' 120 0'], 'nothing since it has been looked for');
-- A burst.
select pg_temp.send('check_run.completed', interval '50 minutes'), pg_temp.send('check_run.created', interval '45 minutes');
select is(pg_temp.look(), 0::bigint, 'two are too few');
select pg_temp.send('check_run.completed', interval '30 minutes'), pg_temp.send('check_run.completed', interval '24 minutes'), pg_temp.send('check_run.completed', interval '21 minutes');
select is(pg_temp.look(), 1::bigint, 'three within ten minutes are a burst');
select results_eq($$select pg_temp.found('storm')$$, array[' 30 3'], 'from its first event, with all of them');
select pg_temp.send('check_run.completed', interval '43 minutes');
select is(pg_temp.look(), 1::bigint, 'one that came late makes another');
select is(pg_temp.look(), 0::bigint, 'and is not found twice');
-- Of one actor.
select pg_temp.send('push', interval '9 minutes', 'mona'), pg_temp.send('push', interval '8 minutes', 'hubot'), pg_temp.send('push', interval '2 minutes', 'hubot');
select is(pg_temp.look(), 0::bigint, 'pushes of two people, or far from each other, are no burst of one');
select pg_temp.send('push', interval '7 minutes', 'mona');
select is(pg_temp.look(), 1::bigint, 'two of one person are');
select results_eq($$select pg_temp.found('by one')$$, array['mona 9 2'], 'and it says whose');
-- A sequence.
select pg_temp.send('alarm', interval '29 minutes'), pg_temp.send('deploy', interval '28 minutes'), pg_temp.send('deploy', interval '20 minutes'), pg_temp.send('rollback', interval '19 minutes');
select is(pg_temp.look(), 0::bigint, 'in another order they are no sequence');
select pg_temp.send('alarm', interval '18 minutes'), pg_temp.send('rollback', interval '10 minutes');
select is(pg_temp.look(), 1::bigint, 'in order they are');
select results_eq($$select pg_temp.found('revert')$$, array[' 20 3'], 'from the last that could begin it');
-- Together.
select pg_temp.send('release', interval '12 minutes', 'olga'), pg_temp.send('merge', interval '5 minutes', 'hubot');
select is(pg_temp.look(), 0::bigint, 'two people do not do it together');
select pg_temp.send('merge', interval '6 minutes', 'olga');
select is(pg_temp.look(), 1::bigint, 'one does, in any order');
-- Silence ends and begins again.
select pg_temp.send('heartbeat', interval '30 minutes'), pg_temp.send('heartbeat', interval '1 minute', tenant => :umbrella);
select is(pg_temp.look(), 1::bigint, 'another tenant''s heartbeat is not ours');
select results_eq($$select pg_temp.found('silence')$$, array[' 120 0', ' 30 0'], 'silence since the last one');
update events.event_patterns set paused_at = now();
select pg_temp.send('push', interval '1 minutes', 'hubot');
select is(pg_temp.look(), 0::bigint, 'a pattern that is paused is not looked for');

-- Anomalies: a source with a hundred events in each hour for five weeks, a thousand in the last full one, none in the one before.
create temporary view hours as select date_bin('1 hour', now() - interval '5 minutes', '2001-01-01 00:00:00+00') - n * interval '1 hour' as hour, n from generate_series(1, 24 * 35) n;
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select :acme, :acme_source, interval '1 hour', h.hour, 'push', case n when 1 then 1000 else 100 + n % 3 end, h.hour from hours h where n <> 2;
select is(pg_temp.answer('events_user', null, 'select events.find_anomalies()'), '2', 'too many and too few');
select results_eq('select observed_count, expected_count, sign(score), method from events.event_anomalies order by period_start desc', $$values (1000::bigint, 101.00, 1::numeric, 'seasonal_week'), (0, 102.00, -1, 'seasonal_week')$$, 'with what was to be expected');
select is(pg_temp.answer('events_user', null, 'select events.find_anomalies()'), '0', 'once');
select id as anomaly from events.event_anomalies order by period_start limit 1 \gset
select is(pg_temp.outcome('events_user', :acme, format('select events.resolve_anomaly(%L, ''expected'', ''holiday'')', :'anomaly')), '1', 'somebody says what it was');
select is(pg_temp.outcome('events_user', :umbrella, format('select events.resolve_anomaly(%L, ''expected'')', :'anomaly')), 'GS705', 'of their own anomalies only');

select * from finish();
rollback;
