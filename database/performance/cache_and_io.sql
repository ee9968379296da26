-- Whether memory suffices and what the disks do: cache, temporary files, checkpoints, WAL, and from PostgreSQL 16 on who reads and writes. Nothing is changed.
--   psql -d task_db -f database/performance/cache_and_io.sql        (or any other database of the product)
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema
select current_setting('server_version_num')::integer >= 160000 as has_io, current_setting('server_version_num')::integer >= 170000 as has_checkpointer \gset gsdb_

\echo '== Cache and temporary files of this server''s databases; temporary files mean that work_mem was too small for a sort or hash'
select datname as database, blks_hit as blocks_from_cache, blks_read as blocks_read, round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2) as cache_hit_percentage,
       temp_files, pg_size_pretty(temp_bytes) as temp_size, deadlocks, round(100.0 * xact_rollback / nullif(xact_commit + xact_rollback, 0), 2) as rollback_percentage, date_trunc('second', stats_reset) as counted_since
from pg_stat_database
where datname is not null
order by blks_read desc, datname;

\echo '== Settings that decide about it'
select name, setting, unit, source
from pg_settings
where name in ('shared_buffers', 'effective_cache_size', 'work_mem', 'maintenance_work_mem', 'effective_io_concurrency', 'random_page_cost', 'max_wal_size', 'checkpoint_timeout', 'track_io_timing')
order by name;

\echo '== The 20 tables that were read from disk most'
select s.relid::regclass as "table", s.heap_blks_read + coalesce(s.idx_blks_read, 0) + coalesce(s.toast_blks_read, 0) as blocks_read,
       round(100.0 * s.heap_blks_hit / nullif(s.heap_blks_hit + s.heap_blks_read, 0), 1) as rows_hit_percentage,
       round(100.0 * s.idx_blks_hit / nullif(s.idx_blks_hit + s.idx_blks_read, 0), 1) as indexes_hit_percentage, pg_size_pretty(pg_total_relation_size(s.relid)) as size
from pg_statio_all_tables s
join pg_class c on c.oid = s.relid and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where s.heap_blks_read + coalesce(s.idx_blks_read, 0) > 0
order by 2 desc, s.relid::regclass::text
limit 20;

\echo '== Checkpoints: those that were requested came because WAL reached max_wal_size'
\if :gsdb_has_checkpointer
select num_timed as timed, num_requested as requested, round(100.0 * num_requested / nullif(num_timed + num_requested, 0), 1) as requested_percentage, buffers_written,
       round((write_time / 1000)::numeric, 1) as write_seconds, round((sync_time / 1000)::numeric, 1) as sync_seconds, date_trunc('second', stats_reset) as counted_since
from pg_stat_checkpointer;
\else
select checkpoints_timed as timed, checkpoints_req as requested, round(100.0 * checkpoints_req / nullif(checkpoints_timed + checkpoints_req, 0), 1) as requested_percentage, buffers_checkpoint as buffers_written,
       round((checkpoint_write_time / 1000)::numeric, 1) as write_seconds, round((checkpoint_sync_time / 1000)::numeric, 1) as sync_seconds, date_trunc('second', stats_reset) as counted_since
from pg_stat_bgwriter;
\endif

\echo '== WAL written'
select wal_records as records, wal_fpi as full_page_images, pg_size_pretty(wal_bytes) as size,
       pg_size_pretty(wal_bytes / greatest(extract(epoch from now() - stats_reset)::numeric / 3600, 1)) as an_hour, wal_buffers_full as waits_for_buffers, date_trunc('second', stats_reset) as counted_since
from pg_stat_wal;

\if :gsdb_has_io
\echo '== Who reads and writes: operations on tables and indexes since the statistics began'
select backend_type, context, sum(reads) as reads, sum(hits) as hits, sum(writes) as writes, sum(extends) as extends, sum(fsyncs) as fsyncs, sum(evictions) as evictions
from pg_stat_io
where object = 'relation'
group by backend_type, context
having coalesce(sum(reads), 0) + coalesce(sum(writes), 0) + coalesce(sum(extends), 0) > 0
order by coalesce(sum(reads), 0) + coalesce(sum(writes), 0) desc, backend_type, context;
\endif
commit;
\unset gsdb_has_io
\unset gsdb_has_checkpointer
