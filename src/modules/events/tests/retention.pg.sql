-- Retention per type: the organization's rule before the common one, the type before its family; a partition lives as long as the longest kept type.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(55);

-- Which rule holds.
update events.event_types set retention_days = 400 where source_kind = 'github' and name = 'push';
insert into events.event_type_retentions (organization_id, source_kind, name, retention_days)
values (:acme, 'github', 'push', 10), (:acme, 'github', 'check_run.completed', 3), (:acme, 'github', 'release', null), (:acme, 'slack', '*', 20), (:acme, 'slack', 'message', 50);
select is(events.retention_days(organization, kind, name), days, format('%s of %s in %s: %s days', name, kind, left(organization::text, 1), coalesce(days::text, 'endless')))
from (values (:acme::uuid, 'github', 'push', 10), (:umbrella, 'github', 'push', 400), (:acme, 'github', 'check_run.completed', 3), (:acme, 'github', 'check_run.created', 14), (:acme, 'github', 'release.published', null),
             (:umbrella, 'github', 'deployment_status.created', 800), (:acme, 'slack', 'message.bot_message', 50), (:acme, 'slack', 'reaction_added', 20), (:umbrella, 'slack', 'reaction_added', 90),
             (:umbrella, 'slack', 'telepathy', 400), (:acme, 'generic', 'whatever', 400), (:acme, 'deployment', 'whatever.happened', 800)) as v (organization, kind, name, days);

-- Nothing is old.
create function pg_temp.cleanup(n integer default 1000000) returns bigint language plpgsql as $$
begin
    return pg_temp.answer('events_user', null, format('select events.cleanup_old_events(%s)', n));
end $$;
select is(pg_temp.cleanup(), 0::bigint, 'nothing is deleted while nothing is old');

-- One of each for each tenant, some of them old.
create or replace function events.log_horizon() returns bigint language plpgsql stable set search_path = pg_catalog, pg_temp as $$ begin return 9223372036854775807; end $$;
insert into events.events (organization_id, source_id, event_type, delivery_key, received_at, payload)
select t.organization, t.source, name, format('%s %s %s', name, age, n), now() - make_interval(days => age), case name when 'check_run.completed' then '{"check_run": {"id": "bad"}}' else '{}' end::jsonb
from tenants t, (values ('push', 9), ('push', 11), ('push', 399), ('push', 401), ('check_run.completed', 4), ('check_run.completed', 2), ('release.published', 790), ('telepathy', 399), ('telepathy', 401)) as v (name, age), generate_series(1, 3) n;
select is(pg_temp.cleanup(), 0::bigint, 'what is not processed stays, however old');
select is(pg_temp.answer('events_user', null, 'select events.process_pending_events(1000)'), '56', 'then it is processed');
select is((select count(*) from events.dead_letters where consumer_name = 'processing'), 12::bigint, 'some of it badly');
select is(pg_temp.cleanup(4), 4::bigint, 'it deletes as many as it may');
select is(pg_temp.cleanup() , 3::bigint * (3 + 1 + 1 + 1 + 1) - 4, 'and then the rest of what is past its time');
select set_eq($$select left(organization_id::text, 1), event_type::text, (now()::date - received_at::date)::integer from events.events where delivery_key <> 'first'$$,
    $$values ('a', 'push', 9), ('b', 'push', 9), ('b', 'push', 11), ('b', 'push', 399), ('a', 'check_run.completed', 2), ('b', 'check_run.completed', 2), ('b', 'check_run.completed', 4),
             ('a', 'release.published', 790), ('b', 'release.published', 790), ('a', 'telepathy', 399), ('b', 'telepathy', 399)$$, 'what is left is within its time');
select is_empty($$select from events.github_events g where not exists (select from events.events e where e.organization_id = g.organization_id and e.id = g.event_id)$$, 'projections go with their events');
select set_eq('select organization_id, event_id from events.events_by_type', 'select organization_id, id from events.events', 'lists by type as well');
select is((select count(*) from events.dead_letters where consumer_name = 'processing'), 9::bigint, 'so do dead letters');
select is(pg_temp.cleanup(), 0::bigint, 'a second time there is nothing to delete');
delete from events.event_type_retentions where organization_id = :acme and name = 'push';
select is(pg_temp.cleanup(), 0::bigint, 'a rule that is gone deletes nothing');
insert into events.event_type_retentions (organization_id, source_kind, name, retention_days) values (:umbrella, 'github', '*', 1);
select is(pg_temp.cleanup(), 15::bigint, 'the organization''s rule for all types wins over the common ones, not over its own for a family');
select is((select count(*) from events.events where organization_id = :acme and delivery_key like 'release%'), 3::bigint, 'and does not reach another tenant');

-- In files before it is gone: in whole months, and only what the organization wants to be there.
select is(pg_temp.outcome('events_user', :acme, format('insert into events.event_type_retentions (organization_id, source_kind, name, is_archived) values (%L, ''ci'', ''*'', true)', :acme)), '23514', 'what is kept for ever is not archived');
insert into events.event_type_retentions (organization_id, source_kind, name, retention_days, is_archived)
values (:acme, 'github', 'push', 100, true), (:acme, 'github', 'push.quiet', 1, false), (:acme, 'github', 'telepathy', 30, true);
select is(events.is_archived(organization, kind, name), answer, format('%s of %s in %s is archived: %s', name, kind, left(organization::text, 1), answer))
from (values (:acme::uuid, 'github', 'push', true), (:acme, 'github', 'push.loud', true), (:acme, 'github', 'push.quiet', false), (:umbrella, 'github', 'push', false), (:acme, 'slack', 'push', false)) as v (organization, kind, name, answer);
insert into events.events (organization_id, source_id, event_type, delivery_key, received_at)
select t.organization, t.source, 'push', 'archived ' || age, now() - make_interval(days => age) from tenants t, unnest(array[95, 140, 141, 200, 399]) age;
insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at) select organization_id, source_id, event_type, id, received_at from events.events where delivery_key like 'archived %';
select is(pg_temp.cleanup(), 5::bigint, 'what is to be archived stays, the other organization''s goes');
select set_eq('select organization_id, event_type, received_from, received_until from events.due_archives()',
    $$select distinct organization_id, event_type::text, date_trunc('month', received_at, 'UTC'), (date_trunc('month', received_at at time zone 'UTC') + interval '1 month') at time zone 'UTC'
      from events.events
      where organization_id = 'a0000000-0000-7000-8000-000000000001'
        and (event_type = 'push' and received_at < date_trunc('month', now() - interval '100 days', 'UTC') or event_type = 'telepathy' and received_at < date_trunc('month', now() - interval '30 days', 'UTC'))$$,
    'whole months that are past their time are due');
select d.received_from, d.received_until from events.due_archives() d where d.event_type = 'push' order by 1 limit 1 \gset
select array_agg(id) as ids from events.events where organization_id = :acme and event_type = 'push' \gset
create function pg_temp.delete_archived(organization uuid, type_name text, received_from timestamptz, received_until timestamptz, ids uuid[]) returns text language plpgsql as $$
begin
    return pg_temp.answer('events_user', organization, format('select events.delete_archived(%L, %L, %L, %L, %L)', 'a1000000-0000-7000-8000-000000000001', type_name, ids, received_from, received_until));
end $$;
select is(pg_temp.delete_archived(:umbrella, 'push', :'received_from', :'received_until', :'ids'), 'GS706', 'nobody deletes another tenant''s');
select is(pg_temp.delete_archived(:acme, 'release.published', :'received_from', :'received_until', :'ids'), 'GS706', 'nor what is not archived');
select is(pg_temp.delete_archived(:acme, 'push', :'received_from', now(), :'ids'), 'GS706', 'nor what is not past its time');
select is(pg_temp.delete_archived(:acme, 'push', :'received_from', :'received_until', '{}'), '0', 'nor what is not in the file');
select is(pg_temp.delete_archived(:acme, 'push', :'received_from', :'received_until', :'ids'), '1', 'but what is there of the month');
select is((select count(*) from events.events where delivery_key = 'archived 399') + (select count(*) from events.events_by_type where organization_id = :acme and event_type = 'push' and received_at < :'received_until'), 0::bigint, 'is gone, with what was made of it');
select is((select count(*) from events.events where delivery_key like 'archived %'), 4::bigint, 'the others are there');

-- Partitions.
select is(events.longest_retention(), null, 'a type that one organization keeps for ever keeps the partitions');
create function pg_temp.maintain() returns bigint language plpgsql as $$
begin
    return pg_temp.answer('events_user', null, 'select count(*) filter (where action in (''dropped'', ''emptied'')) from events.maintain_partitions()');
end $$;
select is(pg_temp.maintain(), 0::bigint, 'so none is dropped');
select is((select retention from base.time_partitions where relation = 'events.events'::regclass), null, 'nor will be');
delete from events.event_type_retentions where retention_days is null;
update events.event_types set retention_days = 30;
insert into events.event_types (source_kind, name, category, retention_days) values ('ci', 'smoke', 'build', 500);
select is(events.longest_retention(), interval '500 days', 'otherwise as long as the longest kept type');
select is((select count(*) from base.time_partitions_of('events.events') where not is_default and lower_bound < now() - interval '20 months'), 1::bigint, 'there is a partition of old events');
insert into events.events (organization_id, source_id, event_type, delivery_key, received_at) values (:acme, :acme_source, 'push', 'archived late', now() - interval '790 days');
select is(pg_temp.maintain(), 0::bigint, 'which is not dropped while an event in it is to be archived, though it is not even processed');
delete from events.events where delivery_key = 'archived late';
select cmp_ok(pg_temp.maintain(), '>', 0::bigint, 'and it is dropped with what was made of it');
select is((select count(*) from events.events where received_at < now() - interval '20 months') + (select count(*) from events.github_events where received_at < now() - interval '20 months'), 0::bigint, 'so the events are gone');
select is((select count(distinct retention) from base.time_partitions where relation in ('events.events'::regclass, 'events.events_by_type'::regclass, 'events.github_events'::regclass, 'events.deployment_events'::regclass) and retention = interval '500 days'), 1::bigint, 'projections are kept as long as events');

-- Bookkeeping.
update events.event_keys set received_at = now() - interval '9 days' where organization_id = :acme;
insert into events.event_keys (organization_id, source_id, delivery_key, event_id, received_at) select :acme, :acme_source, 'young', gen_random_uuid(), now() - interval '7 days';
update events.event_rejects set resolved_at = now() - interval '91 days' where organization_id = :acme;
update events.dead_letters set status = 'discarded', next_attempt_at = null, settled_at = now() - interval '91 days' where organization_id = :umbrella;
insert into events.event_aggregations (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
select :acme, :acme_source, period::interval, date_bin(period::interval, now() - make_interval(days => age), '2001-01-01 00:00+00'), 'x', 1, now() from (values ('1 minute', 8), ('1 minute', 6), ('1 hour', 91), ('1 hour', 8), ('1 day', 1000)) as v (period, age);
insert into events.event_participations (organization_id, source_id, role, period, period_start, name, event_type, event_count, last_received_at)
select :acme, :acme_source, role, period::interval, date_bin(period::interval, now() - make_interval(days => age), '2001-01-01 00:00+00'), 'old', 'x', 1, now()
from (values ('actor', '1 hour', 91), ('actor', '1 hour', 8), ('actor', '1 day', 100), ('actor', '1 day', 401), ('target', '1 day', 399), ('target', '1 day', 401)) as v (role, period, age);
create temporary table cleaned on commit drop as select * from events.cleanup_old_bookkeeping();
select results_eq('select relation, sum(rows_deleted)::bigint > 0 from cleaned group by 1 order by 1',
    $$values ('events.dead_letters', true), ('events.event_aggregations', true), ('events.event_keys', true), ('events.event_participations', true), ('events.event_rejects', true)$$, 'bookkeeping is cleaned');
select set_eq($$select period, (now()::date - period_start::date)::integer from events.event_aggregations where event_type = 'x'$$, $$values (interval '1 minute', 6), ('1 hour', 8), ('1 day', 1000)$$, 'minutes go first, then hours, days stay');
select set_eq($$select role, period, (now()::date - period_start::date)::integer from events.event_participations where name = 'old'$$, $$values ('actor', interval '1 hour', 8), ('actor', '1 day', 100), ('target', '1 day', 399)$$, 'by actor and target days go, too');
select set_eq('select delivery_key from events.event_keys where organization_id in (''a0000000-0000-7000-8000-000000000001'', ''b0000000-0000-7000-8000-000000000002'')', array['young', 'first'], 'keys outlive any redelivery');
select is((select sum(rows_deleted)::bigint from events.cleanup_old_bookkeeping()), 0::bigint, 'a second time there is nothing to delete');

select * from finish();
rollback;
