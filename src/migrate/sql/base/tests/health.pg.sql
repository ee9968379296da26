-- The health functions answer truly: well of a database that is well, and badly of each fault that is planted.
begin;
\ir ../../tests/as_role.psql
select plan(34);

-- What one signal says now.
create function pg_temp.status_of(wanted text) returns text language plpgsql as $$
begin
    return (select base.judge(s)::text from base.health_signals() s where s.component || '.' || s.signal = wanted);
end $$;
-- What it says while a fault is there; the fault is taken back.
create function pg_temp.with_fault(fault text, wanted text) returns text language plpgsql as $$
declare
    said text;
begin
    begin
        execute fault;
        said := pg_temp.status_of(wanted) || case when exists (select from base.critical_alerts() a where a.alert_type = wanted) then ', alert' else '' end
                || case when exists (select from base.system_health() h where h.component = split_part(wanted, '.', 1) and h.status in ('warning', 'critical')) then ', component' else '' end
                || case when base.database_health_check() -> 'problems' ? wanted then ', check' else '' end
                || case when exists (select from base.database_health_summary() h where h.check_type = wanted and h.status in ('warning', 'critical')) then ', summary' else '' end;
        raise exception using errcode = 'TAP00';
    exception when sqlstate 'TAP00' then
        null;
    end;
    return said;
end $$;

-- A database that is well. The suite's own load may make statements slow or transactions long, so only what is ours is asked.
select is(pg_temp.status_of(signal), 'healthy', format('%s is well', signal))
from unnest(array['connections.connections_used', 'transactions.xid_age_used', 'vacuum.autovacuum_off', 'indexes.invalid_indexes', 'partitions.periods_ahead', 'partitions.rows_in_default']) as signal;
select is_empty($$select alert_type from base.critical_alerts() where alert_type in ('indexes.invalid_indexes', 'partitions.periods_ahead', 'vacuum.autovacuum_off')$$, 'and nothing alerts');
select is(base.database_health_check() ->> 'database_name', current_database()::text, 'the check names the database');
select is((base.database_health_check() ->> 'tables_count')::bigint, (select count(*) from base.managed_tables), 'and counts its tables');
select ok((base.database_health_check() ->> 'database_size_mb')::numeric > 1, 'and its size');
select is(base.database_health_check() -> 'modules' -> 'base' ->> 'version', (select max(version)::text from base.schema_migrations where module = 'base'), 'and how far modules are migrated');
select is((select count(*) from base.system_health()), (select count(distinct component) from base.health_signals()), 'system_health has a row for each component');
select is((select count(*) from base.database_health_summary()), (select count(*) from base.health_signals()), 'the summary has a row for each signal');

-- Faults, one at a time.
select is(pg_temp.with_fault(fault, signal), outcome, format('%s: %s', signal, fault))
from (values
    ('update pg_index set indisvalid = false where indexrelid = ''base.managed_tables_pkey''::regclass', 'indexes.invalid_indexes', 'warning, alert, component, check, summary'),
    ('alter table base.audit_chains set (autovacuum_enabled = false)', 'vacuum.autovacuum_off', 'warning, alert, component, check, summary'),
    ('do $do$ declare p record; begin for p in select * from base.time_partitions_of(''base.audit_log'') where lower_bound > now() loop execute format(''drop table %s'', p.partition); end loop; end $do$',
     'partitions.periods_ahead', 'critical, alert, component, check, summary')
) as faults (fault, signal, outcome);
select is(pg_temp.with_fault('select 1', 'indexes.invalid_indexes'), 'healthy', 'without a fault, none of them says so');
select is(pg_temp.with_fault($$do $do$ declare p record; begin for p in select * from base.time_partitions_of('base.audit_log') where lower_bound > now() loop execute format('drop table %s', p.partition); end loop;
                               perform base.maintain_time_partitions(); end $do$ $$, 'partitions.periods_ahead'), 'healthy', 'maintenance heals the partitions');

-- Limits.
select is(base.judge(row('c', 's', value, 'u', warning_at, critical_at, 'r', '{}')::base.health_signal)::text, status, format('%s of %s and %s is %s', value, warning_at, critical_at, status))
from (values (null::numeric, 1::numeric, 2::numeric, 'unknown'), (0.9, 1, 2, 'healthy'), (1, 1, 2, 'warning'), (2, 1, 2, 'critical'), (5, null, null, 'healthy'), (5, 1, null, 'warning'),
             (95, 95, 80, 'healthy'), (94.9, 95, 80, 'warning'), (80, 95, 80, 'critical')) as v (value, warning_at, critical_at, status);

-- What only another session shows: it is opened through dblink, in a transaction that it leaves idle. A transaction sees the others as
-- they were when it first looked, unless it clears that picture.
create extension if not exists dblink with schema public;
select public.dblink_connect('other', format('dbname=%s host=%s port=%s user=postgres', current_database(), :'HOST', :'PORT'));
select public.dblink_exec('other', 'begin');
select pg_stat_clear_snapshot();
select is((select details ->> 'sessions' from base.transaction_signals() where signal = 'longest_idle_in_transaction'), '1', 'a session idle in its transaction is seen');
select public.dblink_exec('other', 'lock table base.audit_chains in access exclusive mode');
select public.dblink_connect('waiting', format('dbname=%s host=%s port=%s user=postgres', current_database(), :'HOST', :'PORT'));
select public.dblink_send_query('waiting', 'select count(*) from base.audit_chains');
do $$ begin
    while not exists (select from pg_locks where not granted) loop perform pg_sleep(0.01); end loop;
end $$;
select pg_stat_clear_snapshot();
select is((select details ->> 'sessions' from base.transaction_signals() where signal = 'longest_lock_wait'), '1', 'so is one that waits for a lock');
select ok((select value >= 0 and value < 10 from base.transaction_signals() where signal = 'longest_lock_wait'), 'and for how long');
select public.dblink_exec('other', 'rollback');
select * from public.dblink_get_result('waiting') as (n bigint);
select public.dblink_disconnect('waiting');
select pg_stat_clear_snapshot();
select is((select value from base.transaction_signals() where signal = 'longest_idle_in_transaction'), 0.0, 'nobody is idle any more');
select public.dblink_disconnect('other');

select ok(not exists (select from base.replication_signals()), 'without slots and standbys there is nothing to say of replication');
select pg_create_physical_replication_slot('gsdb_health_test', true);
select is((select details -> 'slots' -> 0 ->> 'name' from base.replication_signals() where signal = 'wal_kept_by_slots'), 'gsdb_health_test', 'a slot is watched');
select pg_drop_replication_slot('gsdb_health_test');

select isnt(pg_temp.answer('analytics_readonly', null, 'select count(*) from base.system_health()'), '42501', 'whoever may connect may ask');

select * from finish();
rollback;
