-- Which statements take the time: of anybody as pg_stat_statements counts them, and of the program as it counts its own. Nothing is changed.
--   psql -d analytics_db -f database/performance/slow_statements.sql    (or any other database of the product)
-- Run it as a superuser or a member of pg_monitor; others see their own statements only.
\set ON_ERROR_STOP on
select e.extname is not null and current_setting('pg_stat_statements.max', true) is not null and has_schema_privilege(n.oid, 'usage') as has_statements, e.extname is not null as is_created,
       coalesce(quote_ident(n.nspname), '') as place,
       exists (select from pg_class l join pg_namespace s on s.oid = l.relnamespace where s.nspname = 'analytics' and l.relname = 'query_performance_log' and l.relkind in ('r', 'p')
                                                                                 and has_schema_privilege(s.oid, 'usage') and has_table_privilege(l.oid, 'select')) as has_log
from (values ('pg_stat_statements')) as wanted (name)
left join pg_extension e on e.extname = wanted.name
left join pg_namespace n on n.oid = e.extnamespace \gset gsdb_

\if :gsdb_has_statements
\echo '== The 20 statements of this database that took most time together'
select s.calls, round(s.total_exec_time::numeric / 1000, 1) as total_seconds, round((100 * s.total_exec_time / nullif(sum(s.total_exec_time) over (), 0))::numeric, 1) as percentage,
       round(s.mean_exec_time::numeric, 2) as mean_ms, round(s.max_exec_time::numeric, 1) as max_ms, s.rows / greatest(s.calls, 1) as rows_a_call,
       round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1) as cache_hit_percentage, left(regexp_replace(s.query, '\s+', ' ', 'g'), 100) as statement
from :gsdb_place.pg_stat_statements s
join pg_database d on d.oid = s.dbid and d.datname = current_database()
order by s.total_exec_time desc
limit 20;

\echo '== The 20 slowest of those that ran five times or more'
select s.calls, round(s.mean_exec_time::numeric, 2) as mean_ms, round(s.stddev_exec_time::numeric, 2) as deviation_ms, round(s.max_exec_time::numeric, 1) as max_ms, s.queryid as query_id,
       left(regexp_replace(s.query, '\s+', ' ', 'g'), 100) as statement
from :gsdb_place.pg_stat_statements s
join pg_database d on d.oid = s.dbid and d.datname = current_database()
where s.calls >= 5
order by s.mean_exec_time desc
limit 20;
\elif :gsdb_is_created
\echo 'pg_stat_statements is created here, but not loaded (shared_preload_libraries = pg_stat_statements in postgresql.conf, and a restart), or in a schema that you may not use.'
\else
\echo 'pg_stat_statements is not here: create extension pg_stat_statements schema public; with shared_preload_libraries = pg_stat_statements and a restart.'
\endif

\if :gsdb_has_log
\echo '== The 20 named statements of the program that took most time in the last 24 hours: analytics.query_performance_log'
select statement, sum(calls) as calls, sum(errors) as errors, round((sum(total_ms) / 1000)::numeric, 1) as total_seconds, round((sum(total_ms) / sum(calls))::numeric, 2) as mean_ms,
       round(max(max_ms)::numeric, 1) as max_ms, sum(row_count) / sum(calls) as rows_a_call, max(measured_at) as last_measured_at
from analytics.query_performance_log
where measured_at >= now() - interval '24 hours'
group by statement
order by sum(total_ms) desc
limit 20;

\echo '== Those that have become slower: the last 24 hours against the week before, from 100 calls on'
select statement, before.mean_ms as mean_ms_before, recent.mean_ms, round(recent.mean_ms / nullif(before.mean_ms, 0), 1) as times_as_long
from (select statement, round((sum(total_ms) / sum(calls))::numeric, 2) as mean_ms from analytics.query_performance_log
      where measured_at >= now() - interval '24 hours' group by statement having sum(calls) >= 100) recent
join (select statement, round((sum(total_ms) / sum(calls))::numeric, 2) as mean_ms from analytics.query_performance_log
      where measured_at >= now() - interval '8 days' and measured_at < now() - interval '24 hours' group by statement having sum(calls) >= 100) before using (statement)
where recent.mean_ms > 1.5 * before.mean_ms
order by 4 desc
limit 20;
\else
\echo 'What the program''s own statements took is in analytics.query_performance_log, which is in the database of the analytics module, for those who may read it.'
\endif
\unset gsdb_has_statements
\unset gsdb_is_created
\unset gsdb_place
\unset gsdb_has_log
