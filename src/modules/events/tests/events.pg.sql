-- The log: a delivery makes one event, whatever month it is repeated in; nothing is refused for its time; positions survive a restore.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(46);
set local app.organization_id = :acme;

-- Once.
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-1'', ''push'', ''{"ref": "main"}'')', :acme_source)), 'true', 'a delivery is new');
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-1'', ''push'', ''{"ref": "main"}'')', :acme_source)), 'false', 'redelivered it is not');
select is(pg_temp.answer('events_user', :acme, format('select event_id = (select id from events.events where delivery_key = ''d-1'') from events.record_event(%L, ''d-1'', ''push'')', :acme_source)), 'true', 'and leads to the event it made');
select is((select count(*) from events.events where organization_id = :acme and delivery_key = 'd-1'), 1::bigint, 'there is one event');
update events.events set received_at = received_at - interval '3 months' where organization_id = :acme and delivery_key = 'd-1';
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-1'', ''push'')', :acme_source)), 'false', 'also in another month');
select is(pg_temp.answer('events_user', :umbrella, format('select is_new from events.record_event(%L, ''d-1'', ''push'')', :umbrella_source)), 'true', 'another tenant has ids of its own');
select is(pg_temp.refused_by(format('insert into events.event_keys (organization_id, source_id, delivery_key, event_id) values (%L, %L, %L, gen_random_uuid())', :acme, :acme_source, key)), refusal, format('a key of %s: %s', what, refusal))
from (values ('first', 'a known delivery', 'event_keys_pkey'), ('', 'nothing', 'delivery_key_is_given'), (repeat('x', 200), '200 letters', 'nothing'), (repeat('x', 201), '201 letters', 'delivery_key_is_given')) as keys (key, what, refusal);

-- A second hook of the same GitHub organization delivers the same events under the same ids.
insert into events.event_sources (organization_id, id, name, kind, deduplicates_with) values (:acme, 'a1000000-0000-7000-8000-00000000000b', 'second hook', 'github', :acme_source);
select is(pg_temp.answer('events_user', :acme, 'select is_new from events.record_event(''a1000000-0000-7000-8000-00000000000b'', ''d-1'', ''push'')'), 'false', 'sources that share deliveries share their ids');

-- Sources that take none.
select is(pg_temp.answer('events_user', :acme, 'select is_new from events.record_event(gen_random_uuid(), ''d-2'', ''push'')'), 'GS701', 'there is no event without a source');
update events.event_sources set paused_at = now() where organization_id = :acme;
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-2'', ''push'')', :acme_source)), 'GS702', 'none from a paused one');
update events.event_sources set paused_at = null, deleted_at = now() where organization_id = :acme;
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-2'', ''push'')', :acme_source)), 'GS701', 'none from a deleted one');
select is(pg_temp.answer('events_user', :acme, 'delete from events.event_sources'), '42501', 'which stays in its table, because events name it');
update events.event_sources set deleted_at = null where organization_id = :acme;
select is(pg_temp.answer('events_user', null, format('select is_new from events.record_event(%L, ''d-2'', ''push'')', :acme_source)), 'GS001', 'and none without a tenant');
select is((select count(*) from events.event_keys where delivery_key = 'd-2'), 0::bigint, 'what was refused left no key behind');

-- Types are words; everything else is what the sender says.
select is(pg_temp.refused_by(format('insert into events.events (organization_id, source_id, delivery_key, event_type) values (%L, %L, ''x'', %L)', :acme, :acme_source, name)), refusal, format('type %s: %s', left(name, 30), refusal))
from (values ('push', 'nothing'), ('pull_request.opened', 'nothing'), ('a-b.c_d.9', 'nothing'), ('', 'event_type_is_dotted_words'), ('Push', 'event_type_is_dotted_words'), ('push.', 'event_type_is_dotted_words'),
             ('push now', 'event_type_is_dotted_words'), ('*', 'event_type_is_dotted_words'), (repeat('x', 200), 'nothing'), (repeat('x', 201), 'event_type_is_dotted_words')) as types (name, refusal);
select is(pg_temp.refused_by(format('insert into events.events (organization_id, source_id, delivery_key, event_type, payload) values (%L, %L, ''x'', ''push'', %L)', :acme, :acme_source, payload)), refusal, format('payload %s: %s', payload, refusal))
from (values ('[1]', 'nothing'), ('{"a": 1', '22P02'), ('{"a": "\u0000"}', '22P05'), ('{"a": "\ud800"}', '22P02')) as payloads (payload, refusal);

-- Times: ours decides where it is kept.
select is(pg_temp.answer('events_user', :acme, format('select is_new from events.record_event(%L, ''d-3'', ''push'', occurred_at => ''1970-01-01'')', :acme_source)), 'true', 'a sender''s clock may be wrong');
select is((select received_at = now() from events.events where organization_id = :acme and delivery_key = 'd-3'), true, 'ours is not, and decides the partition');
insert into events.events (organization_id, source_id, delivery_key, event_type, received_at) values (:acme, :acme_source, 'd-4', 'push', '2035-06-15'), (:acme, :acme_source, 'd-5', 'push', '2020-06-15');
select is((select count(*) from events.events where organization_id = :acme and delivery_key in ('d-4', 'd-5')), 2::bigint, 'a month without partition refuses nothing');

-- What makes inserts cheap.
select is((select count(*) from pg_constraint where conrelid = 'events.events'::regclass and contype in ('c', 'f')), 0::bigint, 'no check and no foreign key');
select is((select count(*) from pg_index where indrelid = 'events.events'::regclass), 2::bigint, 'one index besides the key');
select is((select count(*) from pg_constraint where confrelid = 'events.events'::regclass), 0::bigint, 'and nothing refers to a partitioned table by foreign key');
select is((select string_agg(distinct a.attcompression::text, '') from pg_attribute a
           where a.attname = 'payload' and (a.attrelid = 'events.events'::regclass or a.attrelid in (select partition from base.time_partitions_of('events.events')))),
          (select case when 'lz4' = any (enumvals) then 'l' else '' end from pg_settings where name = 'default_toast_compression'), 'payloads of all partitions are compressed with lz4 where the server has it');

-- The log of a dump from a server that had run longer.
select is(pg_temp.answer('events_user', :acme, 'select events.process_pending_events(0)'), '0', 'the log is this server''s');
update events.events set log_position = log_position + 5000000000 where delivery_key in ('first', 'd-3');
select is(pg_temp.answer('events_user', :acme, 'select events.process_pending_events(0)'), 'GS703', 'a log of another one is not read on silently');
update events.events set received_at = received_at + interval '1 second' where organization_id = :acme and delivery_key = 'd-1';
update events.event_consumers set log_position = 5000000000, event_id = :acme_event where name = 'processing';
create temporary table before on commit drop as
select id, rank() over (order by log_position) as place, (log_position, id) > (5000000000, :acme_event) as is_pending from events.events where log_position >= 5000000000;
insert into events.events (organization_id, source_id, delivery_key, event_type, received_at) values (:acme, :acme_source, 'new', 'push', now() + interval '1 second');
set local role events_owner;
select cmp_ok((select events.adopt_restored_log()), '>=', 3::bigint, 'until it is adopted');
reset role;
select is(pg_temp.answer('events_user', :acme, 'select events.process_pending_events(0)'), '0', 'then it is read');
select set_eq($$select e.id, rank() over (order by e.log_position), (e.log_position, e.id) > (c.log_position, c.event_id)
                from events.events e join before b using (id), events.event_consumers c where c.name = 'processing'$$,
              'select id, place, is_pending from before', 'the order is the same, and what was processed still is');
select is((select log_position from events.events where delivery_key = 'new'), pg_current_xact_id()::text::bigint, 'what came since is where it was');
select is((select max(log_position) < pg_current_xact_id()::text::bigint from events.events where delivery_key <> 'new' and log_position <> pg_current_xact_id()::text::bigint), true, 'and after everything restored');
set local role events_owner;
select is((select events.adopt_restored_log()), 0::bigint, 'adopting again changes nothing');
reset role;

select * from finish();
rollback;
