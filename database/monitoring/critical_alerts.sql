-- What somebody should look at now, and what to do about it. No row means that there is nothing. Nothing is changed.
--   psql -d task_db -f database/monitoring/critical_alerts.sql      (or any other database of the product)
-- For a script, which gets a line for each alert and nothing else:
--   psql -qAt -d task_db -c "select alert_type from critical_alerts() where severity = 'critical'"
\set ON_ERROR_STOP on
select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'analytics' and c.relname = 'open_alerts'
                                                                               and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) as has_alert_rules \gset gsdb_

\echo '== Measurements past their limits: critical_alerts()'
select severity, alert_type, message, details from base.critical_alerts() order by severity desc, alert_type;

\if :gsdb_has_alert_rules
\echo '== Alerts of the rules that users made, of all organizations: analytics.open_alerts'
select severity, status, rule_name, metric_name, subject_kind, subject_id, aggregate, comparison, threshold, value, unit, opened_at, fired_at, organization_id
from analytics.open_alerts
order by severity desc, opened_at;
\endif
\unset gsdb_has_alert_rules
