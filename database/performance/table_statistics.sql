-- How tables are read and how well vacuum keeps up with them: scans, dead rows, last vacuum and analyze, estimated bloat. Nothing is changed.
--   psql -d task_db -f database/performance/table_statistics.sql    (or any other database of the product)
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema

\echo '== Read from end to end most: many rows a scan mean an index that is missing or not used'
select s.relid::regclass as "table", s.seq_scan as scans, s.seq_tup_read as rows_read, s.seq_tup_read / greatest(s.seq_scan, 1) as rows_a_scan, coalesce(s.idx_scan, 0) as index_scans, s.n_live_tup as rows
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind in ('r', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where s.seq_scan > 0
order by s.seq_tup_read desc, s.relid::regclass::text
limit 20;

-- Autovacuum comes when the dead rows pass its threshold for the table.
\echo '== Dead rows, and whether autovacuum comes'
select s.relid::regclass as "table", s.n_live_tup as rows, s.n_dead_tup as dead_rows, round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1) as dead_percentage,
       round(current_setting('autovacuum_vacuum_threshold')::numeric + current_setting('autovacuum_vacuum_scale_factor')::numeric * greatest(c.reltuples, 0)::numeric) as vacuumed_from,
       round(100.0 * s.n_tup_hot_upd / nullif(s.n_tup_upd, 0), 1) as hot_update_percentage, date_trunc('second', greatest(s.last_vacuum, s.last_autovacuum)) as vacuumed_at, s.vacuum_count + s.autovacuum_count as vacuums
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind in ('r', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where s.n_dead_tup > 0
order by s.n_dead_tup desc, s.relid::regclass::text
limit 20;

-- A partitioned table has statistics of its own, and autovacuum never makes them: performance/maintenance.sql does.
\echo '== Statistics of the planner that are missing or old'
select s.relid::regclass as "table", case c.relkind when 'p' then 'all partitions' else 'table' end as kind, s.n_live_tup as rows, s.n_mod_since_analyze as changed_since,
       date_trunc('second', greatest(s.last_analyze, s.last_autoanalyze)) as analyzed_at, format('analyze %s;', s.relid::regclass) as remedy
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind in ('r', 'p', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where (s.n_mod_since_analyze > 1000 and s.n_mod_since_analyze > 0.2 * s.n_live_tup)
   or (c.relkind = 'p' and s.last_analyze is null
       and exists (select from pg_partition_tree(c.oid) p join pg_stat_all_tables l on l.relid = p.relid where p.isleaf and l.n_live_tup >= 1000))
order by s.n_mod_since_analyze desc, s.relid::regclass::text;

-- An estimate from the average width of columns: a row takes its header (23 bytes, filled up to 24), a bit for each column, its columns and a line pointer
-- of 4. Up to a fifth is alignment and not bloat; dead rows count as bloat. pgstattuple measures exactly, by reading the table.
\echo '== Estimated bloat of tables with 100 pages or more; without statistics there is no estimate'
with widths as (
    select c.oid, pg_relation_size(c.oid) / current_setting('block_size')::integer as pages, greatest(t.n_live_tup, 0) as live_rows,
           coalesce((select split_part(o, '=', 2)::numeric from unnest(c.reloptions) o where o like 'fillfactor=%'), 100) as fillfactor,
           28 + ceil(count(*) / 8.0) + sum((1 - s.null_frac) * s.avg_width) as row_bytes, count(s.attname) = count(*) as is_complete
    from pg_class c
    join pg_stat_all_tables t on t.relid = c.oid
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_stats s on s.schemaname = t.schemaname and s.tablename = c.relname and s.attname = a.attname and not s.inherited
    where c.relkind in ('r', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[]) and pg_relation_size(c.oid) >= 100 * current_setting('block_size')::integer
    group by c.oid, t.n_live_tup, c.reloptions
), estimates as (
    select w.*, greatest(w.pages - ceil(w.live_rows * ceil(w.row_bytes / 8) * 8 / ((current_setting('block_size')::integer - 24) * w.fillfactor / 100)), 0) as bloat_pages from widths w
)
select e.oid::regclass as "table", pg_size_pretty(e.pages * current_setting('block_size')::bigint) as size, e.live_rows as rows,
       case when e.is_complete then pg_size_pretty((e.bloat_pages * current_setting('block_size')::integer)::bigint) end as bloat,
       case when e.is_complete then round((100 * e.bloat_pages / e.pages)::numeric, 1) end as bloat_percentage,
       case when not e.is_complete then format('unknown: analyze %s;', e.oid::regclass)
            when e.bloat_pages > 0.5 * e.pages then format('vacuum %s; if rows never come back to fill it: vacuum full, which locks the table meanwhile', e.oid::regclass) else '' end as remedy
from estimates e
order by case when e.is_complete then e.bloat_pages end desc nulls last, e.oid::regclass::text
limit 20;
commit;
