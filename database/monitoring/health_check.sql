-- How this database and its server are: parts, measurements and everything in one object. Nothing is changed.
--   psql -d task_db -f database/monitoring/health_check.sql         (or any other database of the product)
-- The functions belong to everybody; sessions of others are seen by superusers and members of pg_read_all_stats.
\set ON_ERROR_STOP on

\echo '== Parts, worst first: system_health()'
select h.component, h.status, p.problems
from base.system_health() h
cross join lateral (
    select string_agg(s.key || ' (' || (s.value ->> 'status') || ')', ', ' order by s.key) as problems
    from jsonb_each(h.details) s
    where s.value ->> 'status' <> 'healthy'
) p
order by h.status desc, h.component;

\echo '== Every measurement with its limits, worst first: database_health_summary()'
select check_type as measurement, status, metrics ->> 'value' as value, metrics ->> 'unit' as unit, metrics ->> 'warning_at' as warning_at, metrics ->> 'critical_at' as critical_at
from base.database_health_summary()
order by status desc, check_type;

\echo '== All in one object, for scripts: database_health_check()'
select jsonb_pretty(base.database_health_check()) as database_health_check;
