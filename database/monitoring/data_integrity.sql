-- Whether what this database holds is whole, valid and fresh: references between modules, what constraints cannot carry, and each table's
-- figures. Nothing is changed.
--   psql -d analytics_db -f database/monitoring/data_integrity.sql         (or any other database of the product)
-- Only analytics_db and the unified database see all modules; elsewhere a reference to another database is not_checked. Ids and rows are
-- counted with the rights of who asks: a superuser and analytics_readonly count those of every organization.
\set ON_ERROR_STOP on

\echo '== What contradicts itself, or could not be looked at: data_integrity_checks()'
select check_name, status, severity, rows_checked, is_complete, violations, example_id, remedy
from base.data_integrity_checks()
where status <> 'ok';

\echo '== What was looked at'
select count(*) as checks, count(*) filter (where status = 'ok') as ok, count(*) filter (where status = 'violated') as violated,
       count(*) filter (where status = 'not_checked') as not_checked, sum(rows_checked) as rows_checked
from base.data_integrity_checks();

\echo '== Completeness, validity and freshness that want attention: data_quality_metrics()'
select table_name, metric, value, unit, warning_at, critical_at, status, remedy
from base.data_quality_metrics()
where status <> 'healthy'
order by status desc, table_name, metric;
