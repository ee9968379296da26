-- What somebody should look at now, and what to do about it. No row means that there is nothing. Nothing is changed.
--   psql -d task_db -f database/monitoring/critical_alerts.sql      (or any other database of the product)
-- For a script, which gets a line for each alert and nothing else:
--   psql -qAt -d task_db -c "select alert_type from critical_alerts() where severity = 'critical'"
\set ON_ERROR_STOP on
select to_regclass('analytics.open_alerts') is not null as has_alert_rules \gset gsdb_

\echo '== Measurements past their limits: critical_alerts()'
select severity, alert_type, message, details from base.critical_alerts() order by severity desc, alert_type;

\if :gsdb_has_alert_rules
\echo '== Alerts of the rules that users made, of all organizations: analytics.open_alerts'
select * from analytics.open_alerts;
\endif
\unset gsdb_has_alert_rules
