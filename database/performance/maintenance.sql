-- What the program's scheduler does by itself, for a DBA who does it by hand: partitions, retention, statistics, vacuum.
--   psql -d events_db -f database/performance/maintenance.sql                  shows what is to be done (any database of the product)
--   psql -d events_db -v apply=yes -f database/performance/maintenance.sql     shows it and does it
-- Each statement is a transaction of its own and can be run again. Nothing here locks a table for longer than a moment; partitions whose lock is
-- not to be had within 5 seconds are an error, and another run's work. Run it as a superuser.
\set ON_ERROR_STOP on
\if :{?apply}
\else
\set apply no
\endif

\echo '== Partitions: made for the coming periods, dropped past their retention'
select format('select * from %s.%I();  -- %s', p.pronamespace::regnamespace, p.proname, obj_description(p.oid, 'pg_proc')) as "to be run"
from pg_proc p
where p.proname = 'maintain_partitions' and p.pronargs = 0 and p.pronamespace = any ((select base.product_schemas(null))::oid[])
union all
select format('select * from base.maintain_time_partitions(only_schema => %L);  -- No routine of the module''s own does it.', n.nspname)
from (select distinct c.relnamespace as schema from base.time_partitions t join pg_class c on c.oid = t.relation) t
join pg_namespace n on n.oid = t.schema
where not exists (select from pg_proc p where p.proname = 'maintain_partitions' and p.pronargs = 0 and p.pronamespace = t.schema)
order by 1;
\if :apply
\gexec
\endif

\echo '== Retention and upkeep of the modules here'
select format('select * from %s.%I();  -- %s', p.pronamespace::regnamespace, p.proname, obj_description(p.oid, 'pg_proc')) as "to be run"
from pg_proc p
where p.prokind = 'f' and (p.proname like 'cleanup\_%' or p.proname = 'refresh_analytics_views') and p.pronargs = p.pronargdefaults
  and p.pronamespace = any ((select base.product_schemas(null))::oid[])
order by 1;
\if :apply
\gexec
\endif

\echo '== Vacuum of tables with many dead rows'
select format('vacuum (analyze) %I.%I;  -- %s dead rows beside %s', s.schemaname, s.relname, s.n_dead_tup, s.n_live_tup) as "to be run"
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind in ('r', 'm') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where s.n_dead_tup >= 1000 and s.n_dead_tup > 0.1 * s.n_live_tup
order by s.n_dead_tup desc;
\if :apply
\gexec
\endif

\echo '== Statistics for the planner, where many rows have changed; those of partitioned tables as a whole are made by nobody else'
select format('analyze %I.%I;  -- %s', s.schemaname, s.relname,
              case c.relkind when 'p' then 'partitioned, last: ' || coalesce(date_trunc('second', s.last_analyze)::text, 'never') else s.n_mod_since_analyze || ' rows changed since' end) as "to be run"
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind in ('r', 'p', 'm') and not (c.relispartition and c.relkind = 'p') and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where (c.relkind <> 'p' and s.n_mod_since_analyze >= 100 and s.n_mod_since_analyze > 0.1 * s.n_live_tup)
   or (c.relkind = 'p' and exists (select from pg_partition_tree(c.oid) p join pg_stat_all_tables l on l.relid = p.relid
                                   where p.isleaf and l.n_live_tup > 0 and (s.last_analyze is null or s.last_analyze < greatest(l.last_analyze, l.last_autoanalyze))))
order by 1;
\if :apply
\gexec
\echo 'done'
\else
\echo 'nothing was done; with -v apply=yes it is'
\endif
