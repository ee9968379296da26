-- Time partitions: created ahead, filled late, dropped by retention, after any pause; no row is ever refused for its time.
begin;
\ir ../../tests/as_role.psql
select plan(35);

create role scratch_owner nologin;
create role scratch_user nologin;
create schema scratch authorization scratch_owner;
set local role scratch_owner;
create table scratch.events (
    organization_id uuid not null, id uuid not null, occurred_at timestamptz not null, amount integer, created_at timestamptz not null default now(),
    constraint events_pkey primary key (organization_id, id, occurred_at),
    constraint amount_is_positive check (amount > 0));
create index events_amount_idx on scratch.events (organization_id, amount) where amount > 10;
comment on table scratch.events is 'What happened.';
comment on column scratch.events.amount is 'How much.';
create temporary table made on commit drop as
    select base.make_time_partitioned('scratch.events', 'occurred_at', interval '1 month', retention => interval '6 months') as relation;
select base.tenant_table('scratch.events');
reset role;

-- What a table keeps when it is partitioned.
select is((select relation from made), 'scratch.events'::regclass, 'the new table has the old name');
select is((select relkind from pg_class where oid = 'scratch.events'::regclass), 'p', 'and is partitioned');
select is((select string_agg(conname || ' ' || pg_get_constraintdef(oid), '; ' order by conname) from pg_constraint where conrelid = 'scratch.events'::regclass and contype in ('p', 'c')),
          'amount_is_positive CHECK ((amount > 0)); events_pkey PRIMARY KEY (organization_id, id, occurred_at)', 'constraints keep their names');
select is((select pg_get_indexdef('scratch.events_amount_idx'::regclass)), 'CREATE INDEX events_amount_idx ON ONLY scratch.events USING btree (organization_id, amount) WHERE (amount > 10)', 'so do indexes');
select is(obj_description('scratch.events'::regclass, 'pg_class') || ' ' || col_description('scratch.events'::regclass, 4), 'What happened. How much.', 'comments stay');
select col_default_is('scratch', 'events', 'created_at', 'now()', 'defaults stay');
select is((select pg_get_userbyid(relowner) from pg_class where oid = 'scratch.events'::regclass), 'scratch_owner', 'the owner stays');
select is((select count(*) from base.time_partitions_of('scratch.events')), 5::bigint, 'the present month, three ahead and the default are there at once');

-- Maintenance is asked for a moment; November 2030 is as good as any.
select set_eq($$select partition from base.maintain_time_partitions('scratch.events', moment => '2030-11-21') where action = 'created'$$,
              array['scratch.events_2030_11', 'scratch.events_2030_12', 'scratch.events_2031_01', 'scratch.events_2031_02'], 'maintenance creates the present month and three ahead');
select is_empty($$select * from base.maintain_time_partitions('scratch.events', moment => '2030-11-21') where action = 'created'$$, 'and nothing when called again');
select set_eq($$select lower_bound, upper_bound from base.time_partitions_of('scratch.events') where partition = 'scratch.events_2030_11'::regclass$$,
              $$values ('2030-11-01 00:00:00+00'::timestamptz, '2030-12-01 00:00:00+00'::timestamptz)$$, 'a period is a month of UTC');
set local timezone = 'Pacific/Auckland';
select is_empty($$select * from base.maintain_time_partitions('scratch.events', moment => '2030-11-21') where action = 'created'$$, 'whatever the time zone of the session');
reset timezone;

-- Months without maintenance: rows waited in the default partition.
set local app.organization_id = 'a0000000-0000-7000-8000-000000000001';
insert into scratch.events (organization_id, id, occurred_at)
select 'a0000000-0000-7000-8000-000000000001', base.uuid_v7(), moment::timestamptz
from unnest(array['2031-04-10', '2031-04-30 23:59:59.999999+00', '2031-05-01 00:00+00', '2031-08-15', '2029-01-01', '2099-01-01']) as moment;
select is((select count(*) from only scratch.events_default), 6::bigint, 'a row of a month without partition is kept in the default one');
create temporary table done on commit drop as select * from base.maintain_time_partitions('scratch.events', moment => '2031-08-20');
select results_eq($$select partition, rows_affected from done where action = 'filled' order by 1$$,
                  $$values ('scratch.events_2031_04', 2::bigint), ('scratch.events_2031_05', 1), ('scratch.events_2031_08', 1)$$, 'after months off each month gets its rows');
select is_empty($$select * from done where partition in ('scratch.events_2031_06', 'scratch.events_2031_07')$$, 'months without rows get no partition');
select is((select count(*) from scratch.events_2031_04), 2::bigint, 'the rows are in their partition');
select results_eq('select occurred_at::date from only scratch.events_default', array['2099-01-01'::date], 'a row of a far future waits; one past the retention is deleted');
select is((select rows_affected from done where action = 'emptied'), 1::bigint, 'which is reported');

-- Retention.
select ok((select count(*) = 1 from done where action = 'dropped' and partition = 'scratch.events_2030_11'), 'a partition past the retention is dropped');
select hasnt_table('scratch', 'events_2030_11', 'and gone');
select has_table('scratch', 'events_2031_02', 'one that ends within it is kept');
select lives_ok($$select base.set_retention('scratch.events', null)$$, 'retention can be lifted');
select is_empty($$select * from base.maintain_time_partitions('scratch.events', moment => '2040-01-01') where action = 'dropped'$$, 'and then nothing is dropped');
select throws_ok($$select base.set_retention('scratch.made_up', interval '1 day')$$, '42P01', null, 'the retention of an unknown table cannot be set');
select is(pg_temp.answer('scratch_user', null, 'select base.set_retention(''scratch.events'', interval ''1 month'')'), 'GS004', 'nor that of somebody else''s');

-- Steps.
select is(base.period_start(interval '1 month', '2026-11-21 10:00+00'), '2026-11-01 00:00+00'::timestamptz, 'months begin on the first');
select is(base.period_start(interval '3 months', '2026-11-21 10:00+00'), '2026-10-01 00:00+00'::timestamptz, 'quarters in January, April, July and October');
select is(base.period_start(interval '7 days', '2026-11-21 10:00+00'), '2026-11-16 00:00+00'::timestamptz, 'weeks on Monday');
select is(base.period_start(interval '1 hour', '2026-11-21 10:59+00'), '2026-11-21 10:00+00'::timestamptz, 'hours on the hour');

-- Statistics.
create statistics scratch.together (dependencies) on organization_id, occurred_at from scratch.events;
select base.maintain_time_partitions('scratch.events', moment => '2041-05-05');
select is((select pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxrelid = 'scratch.events_2041_05'::regclass),
          'CREATE STATISTICS scratch.events_2041_05_together (dependencies) ON organization_id, occurred_at FROM scratch.events_2041_05', 'a new partition is given the statistics of its table');

-- Refusals.
create table scratch.plain (organization_id uuid not null, id uuid, at timestamptz not null, primary key (organization_id, id, at));
select throws_ok($$select base.make_time_partitioned('scratch.plain', 'nothing', interval '1 month')$$, 'GS004', null, 'a column that is not there');
select throws_ok($$select base.make_time_partitioned('scratch.plain', 'at', interval '1 month 2 days')$$, 'GS004', null, 'a period of months and days');
insert into scratch.plain values ('a0000000-0000-7000-8000-000000000001', 'a0000000-0000-7000-8000-000000000001', now());
select throws_ok($$select base.make_time_partitioned('scratch.plain', 'at', interval '1 month')$$, 'GS004', null, 'a table with rows');
create table scratch.keyed (organization_id uuid not null, id uuid, at timestamptz not null, primary key (organization_id, id));
select throws_ok($$select base.make_time_partitioned('scratch.keyed', 'at', interval '1 month')$$, '0A000', null, 'a key without the time');

-- TimescaleDB is not here; a stand-in notes that it is asked, and for what.
create table scratch.calls (call text);
create function scratch.create_hypertable(relation regclass, time_column name, chunk_time_interval interval, create_default_indexes boolean) returns void language sql
    as $$ insert into scratch.calls values (format('hypertable %s on %s, chunks of %s', relation, time_column, chunk_time_interval)) $$;
create function scratch.show_chunks(relation regclass, older_than timestamptz) returns setof regclass language sql as $$ select null::regclass where false $$;
create function scratch.drop_chunks(relation regclass, older_than timestamptz) returns setof text language sql as $$ select 'chunk of ' || relation $$;
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) values (1, 'timescaledb', 10, 'scratch'::regnamespace, false, 'stand-in');
delete from scratch.plain;
select base.make_time_partitioned('scratch.plain', 'at', interval '1 month', retention => interval '1 year');
select is((select string_agg(call, '; ') from scratch.calls) || '; ' || (select string_agg(partition, '; ') from base.maintain_time_partitions('scratch.plain')),
          'hypertable scratch.plain on at, chunks of 1 mon; chunk of scratch.plain', 'under TimescaleDB the table becomes a hypertable and chunks are dropped');

select * from finish();
rollback;
