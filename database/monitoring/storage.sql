-- What takes the space: databases, tables, indexes, how fast they grow, and the partitions by time. Nothing is changed.
--   psql -d events_db -f database/monitoring/storage.sql            (or any other database of the product)
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema

\echo '== Databases of this server'
select datname as database, pg_size_pretty(pg_database_size(oid)) as size, datname = current_database() as is_this_one
from pg_database
where datallowconn and has_database_privilege(oid, 'connect')
order by pg_database_size(oid) desc;

-- A table partitioned by time counts with all its partitions. Rows are the planner's estimate.
\echo '== The 20 largest tables'
with recursive parts (relation, part) as (
    select m.relation::oid, m.relation::oid from base.managed_tables m
    union all
    select p.relation, i.inhrelid from parts p join pg_inherits i on i.inhparent = p.part
)
select p.relation::regclass as "table", count(*) - 1 as partitions, sum(greatest(c.reltuples, 0)) filter (where c.relkind = 'r')::bigint as rows_estimated,
       pg_size_pretty(sum(pg_total_relation_size(c.oid))) as total, pg_size_pretty(sum(pg_relation_size(c.oid))) as rows_themselves,
       pg_size_pretty(sum(pg_indexes_size(c.oid))) as indexes, pg_size_pretty(sum(pg_total_relation_size(c.oid) - pg_relation_size(c.oid) - pg_indexes_size(c.oid))) as large_values
from parts p
join pg_class c on c.oid = p.part
group by p.relation
order by sum(pg_total_relation_size(c.oid)) desc, p.relation::regclass::text
limit 20;

\echo '== The 20 largest indexes'
select i.indexrelid::regclass as index, i.indrelid::regclass as "table", pg_size_pretty(pg_relation_size(i.indexrelid)) as size,
       round(100.0 * pg_relation_size(i.indexrelid) / nullif(pg_relation_size(i.indrelid), 0)) as percentage_of_table
from pg_index i
join pg_class c on c.oid = i.indrelid and c.relkind in ('r', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
order by pg_relation_size(i.indexrelid) desc, i.indexrelid::regclass::text
limit 20;

-- Counted since the statistics were last reset, and not before the tables were there.
\echo '== Growth: the 20 tables that rows were added to most'
with since as (
    select greatest(d.stats_reset, (select min(applied_at) from base.schema_migrations)) as moment from pg_stat_database d where d.datname = current_database()
)
select s.relid::regclass as "table", s.n_tup_ins as added, s.n_tup_del as deleted, round((s.n_tup_ins - s.n_tup_del) / greatest(extract(epoch from now() - since.moment) / 86400, 1), 1) as net_rows_a_day,
       pg_size_pretty(round(pg_total_relation_size(s.relid) * (s.n_tup_ins - s.n_tup_del) / nullif(s.n_live_tup, 0)
                            / greatest(extract(epoch from now() - since.moment) / 86400, 1))) as about_a_day,
       date_trunc('second', since.moment) as counted_since
from pg_stat_all_tables s
cross join since
join pg_class c on c.oid = s.relid and c.relkind = 'r' and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where s.n_tup_ins > 0
order by s.n_tup_ins - s.n_tup_del desc, s.relid::regclass::text
limit 20;

-- covered_until should lie ahead by the number of periods kept ready; rows in the default partition came with a time that nobody expected.
\echo '== Partitions by time and how far they reach'
select t.relation as "table", t.time_column, t.step, t.retention, count(p.partition) filter (where not p.is_default) as periods, min(p.lower_bound) as covered_from, max(p.upper_bound) as covered_until,
       case when t.strategy = 'hypertable' then 'made by TimescaleDB as rows come'
            when max(p.upper_bound) is null or max(p.upper_bound) <= now() then 'NOT COVERED: run performance/maintenance.sql'
            when max(p.upper_bound) < now() + t.step * t.periods_ahead then 'behind: run performance/maintenance.sql'
            else 'ready' end as state,
       coalesce(sum(s.n_live_tup) filter (where p.is_default), 0) as rows_in_default
from base.time_partitions t
left join lateral base.time_partitions_of(t.relation) p on t.strategy = 'range'
left join pg_stat_all_tables s on s.relid = p.partition
group by t.relation, t.time_column, t.step, t.retention, t.strategy, t.periods_ahead
order by t.relation::text;

\echo '== Growth: what each period holds, the newest six of each table'
select "table", partition, rows_estimated, pg_size_pretty(bytes) as size
from (select t.relation as "table", p.partition, greatest(c.reltuples, 0)::bigint as rows_estimated, pg_total_relation_size(p.partition) as bytes, p.lower_bound,
             row_number() over (partition by t.relation order by p.lower_bound desc) as newest
      from base.time_partitions t
      cross join lateral base.time_partitions_of(t.relation) p
      join pg_class c on c.oid = p.partition
      where t.strategy = 'range' and p.lower_bound <= now()) periods
where newest <= 6
order by "table"::text, lower_bound desc;
commit;
