-- Copies of this server and what stands between them and it: standbys, slots, WAL archiving; and how near transaction ids are to wrapping
-- around. Nothing is changed. The answers are of the whole server, but the oldest tables are those of this database.
--   psql -d task_db -f database/monitoring/replication.sql          (or any other database of the product; on a standby, too)
-- Run it as a superuser or a member of pg_monitor.
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema
select pg_is_in_recovery() as is_standby, case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as here \gset gsdb_

\echo '== This server'
select case when :'gsdb_is_standby' then 'standby' else 'primary' end as role, :'gsdb_here'::pg_lsn as wal_position, current_setting('wal_level') as wal_level,
       current_setting('synchronous_standby_names') as synchronous_standby_names, date_trunc('second', clock_timestamp() - pg_postmaster_start_time()) as up;

\if :gsdb_is_standby
\echo '== How far behind the primary this standby is'
select pg_last_wal_receive_lsn() as received, pg_last_wal_replay_lsn() as replayed,
       pg_size_pretty(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())) as received_and_not_replayed,
       date_trunc('milliseconds', clock_timestamp() - pg_last_xact_replay_timestamp()) as age_of_last_transaction, pg_is_wal_replay_paused() as is_paused;
\endif

\echo '== Standbys and subscribers that are connected'
select application_name, client_addr, state, sync_state, pg_size_pretty(pg_wal_lsn_diff(:'gsdb_here', sent_lsn)) as not_sent,
       pg_size_pretty(pg_wal_lsn_diff(:'gsdb_here', replay_lsn)) as not_replayed, write_lag, flush_lag, replay_lag
from pg_stat_replication
order by application_name;

-- A slot that nobody reads keeps WAL until the disk is full: select pg_drop_replication_slot('NAME').
\echo '== Replication slots and the WAL that they keep'
select slot_name, slot_type, database, active, wal_status, pg_size_pretty(pg_wal_lsn_diff(:'gsdb_here', restart_lsn)) as keeps, pg_size_pretty(safe_wal_size) as until_it_is_lost,
       age(xmin) as holds_back_transactions, age(catalog_xmin) as holds_back_catalog
from pg_replication_slots
order by pg_wal_lsn_diff(:'gsdb_here', restart_lsn) desc nulls last;

\echo '== WAL archiving'
select current_setting('archive_mode') as archive_mode, archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal, last_failed_time,
       case when current_setting('archive_mode') = 'off' then 'off: no point-in-time recovery from an archive'
            when last_failed_time > coalesce(last_archived_time, '-infinity') then 'FAILING: see the server''s log'
            when last_archived_time is null then 'nothing archived yet'
            else 'working' end as state
from pg_stat_archiver \gx

\echo '== WAL on disk'
select count(*) as files, pg_size_pretty(sum(size)) as size, min(modification) as oldest, current_setting('max_wal_size') as max_wal_size, current_setting('wal_keep_size') as wal_keep_size
from pg_ls_waldir();

\echo '== Age of transaction ids: vacuum becomes urgent at 100 % of the limit, and writing stops at about 2,000,000,000'
select datname as database, age(datfrozenxid) as xid_age, mxid_age(datminmxid) as multixact_age,
       round(100.0 * age(datfrozenxid) / current_setting('autovacuum_freeze_max_age')::bigint, 1) as percentage_of_limit,
       round(100.0 * greatest(age(datfrozenxid), mxid_age(datminmxid)) / 2000000000, 2) as percentage_of_wraparound
from pg_database
order by xid_age desc;

\echo '== The 10 tables of this database that were frozen longest ago'
select c.oid::regclass as "table", age(c.relfrozenxid) as xid_age, mxid_age(c.relminmxid) as multixact_age, pg_size_pretty(pg_table_size(c.oid)) as size,
       greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at
from pg_class c
left join pg_stat_all_tables s on s.relid = c.oid
where c.relkind in ('r', 'm', 't') and c.relfrozenxid <> 0
order by age(c.relfrozenxid) desc, pg_table_size(c.oid) desc
limit 10;
commit;
\unset gsdb_is_standby
\unset gsdb_here
