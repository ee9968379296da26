-- A short life in analytics_db: a metric and its values, rollups, an alert that fires and resolves, the delivery metrics, a run of an analysis, a dashboard.
--   psql -d analytics_db -f database/examples/analytics.sql         (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
set local role analytics_user;

\echo '== A metric says its unit, its kind, and which way is good'
insert into analytics.metric_definitions (organization_id, name, unit, kind, direction, description)
values (:'organization', 'example.latency', 'ms', 'histogram', 'lower_is_better', 'How long the example takes.')
returning id as metric \gset
select name, unit, kind, direction from analytics.metric_definitions where id = :'metric';

\echo '== Values come in one by one, or in batches for a series: a metric of one subject under one set of labels'
select analytics.record_metric('example.latency', 120, now(), 'service', 'api', '{"region": "eu"}') \g /dev/null
select analytics.series_of('example.latency', 'service', 'api', '{"region": "eu"}') as series \gset
select analytics.record_metrics(array_agg(:'series'::uuid), array_agg(now() - make_interval(mins => n)), array_agg(100 + n)) as recorded from generate_series(1, 100) n;

\echo '== The same moment once more takes the place of the first, so that a delivery may repeat'
select analytics.record_metric('example.latency', 100, now(), 'service', 'api', '{"region": "eu"}') \g /dev/null
select count(*) as values, min(value), max(value) from analytics.metric_values where series_id = :'series';
select pg_temp.expect('there are 101 values and the repeated one counts once', count(*) = 101 and sum(value) = 15150) as checked from analytics.metric_values where series_id = :'series';

\echo '== Rollups by minute, hour and day are computed from what is stored; percentiles of them are within 1 %'
select analytics.refresh_analytics_views() > 0 as computed;
select resolution, count(*) as buckets, sum(value_count) as values, sum(value_sum) as sum from analytics.metric_aggregations where series_id = :'series' group by resolution order by resolution;
select pg_temp.expect('every resolution adds up to the values', bool_and(n = 101 and total = 15150)) as checked
from (select sum(value_count) as n, sum(value_sum) as total from analytics.metric_aggregations where series_id = :'series' group by resolution) sums;
select name, values_24_hours, round(average_24_hours::numeric, 1) as average, round(p50_24_hours::numeric, 1) as p50, round(p95_24_hours::numeric, 1) as p95 from analytics.metric_overview where metric_id = :'metric';
select pg_temp.expect('the median is 150 within 1 %', p50_24_hours between 148.5 and 151.5) as checked from analytics.metric_overview where metric_id = :'metric';

\echo '== A rule: warn when the average of two hours is above 140'
insert into analytics.alert_rules (organization_id, name, metric_id, aggregate, comparison, threshold, window_seconds, notification_targets)
values (:'organization', 'Example: slow', :'metric', 'average', 'above', 140, 7200, '{log:alerts}')
returning id as rule \gset
select e.status from analytics.evaluate_alert_rules() e where e.alert_rule_id = :'rule';
select rule_name, status, severity, comparison, threshold, round(value::numeric, 1) as value from analytics.open_alerts where alert_rule_id = :'rule';
select pg_temp.expect('the alert fires', count(*) = 1 and min(status::text) = 'firing') as checked from analytics.open_alerts where alert_rule_id = :'rule';

\echo '== Three hours later there are no such values any more: it resolves, and both were to be told once'
select e.status from analytics.evaluate_alert_rules(now() + interval '3 hours') e where e.alert_rule_id = :'rule';
select n.occasion, n.target, n.status from analytics.alert_notifications n join analytics.alert_instances i on i.id = n.alert_instance_id where i.alert_rule_id = :'rule' order by n.occasion;
select pg_temp.expect('nothing is open, two notifications wait', not exists (select from analytics.open_alerts where alert_rule_id = :'rule') and count(*) = 2) as checked
from analytics.alert_notifications n join analytics.alert_instances i on i.id = n.alert_instance_id where i.alert_rule_id = :'rule';

\echo '== Delivery metrics: two deployments, one of which failed'
select analytics.define_delivery_metrics() \g /dev/null
select analytics.record_metric('delivery.deployments', 1, now() - make_interval(hours => n), 'project', 'example') from generate_series(1, 2) n \g /dev/null
select analytics.record_metric('delivery.failed_deployments', 1, now() - interval '1 hour', 'project', 'example') \g /dev/null
select analytics.record_metric('delivery.lead_time', 3600, now() - interval '1 hour', 'project', 'example') \g /dev/null
select subject_id, deployments, round(deployments_per_day::numeric, 3) as deployments_per_day, lead_time_p50_seconds, change_failure_percentage from analytics.dora_metrics where subject_id = 'example';
select pg_temp.expect('half of the deployments failed', change_failure_percentage = 50) as checked from analytics.dora_metrics where subject_kind = 'project' and subject_id = 'example';

\echo '== A run of an analysis: queued, taken by a worker, its steps, its end'
insert into analytics.analysis_runs (organization_id, analysis_type, subject_kind, subject_id) values (:'organization', 'example_trend', 'metric', 'example.latency') returning id as run \gset
select pg_temp.expect('the worker gets this run', analytics.claim_analysis_run('{example_trend}') = :'run') as checked;
insert into analytics.analysis_steps (organization_id, analysis_run_id, position, name, outcome, started_at, duration_ms)
values (:'organization', :'run', 1, 'read', 'succeeded', now(), 12), (:'organization', :'run', 2, 'fit', 'succeeded', now(), 30);
select analytics.finish_analysis_run(:'run', 'completed', '{"direction": "falling"}') \g /dev/null
select analysis_type, status, steps, steps_failed, slowest_step, slowest_step_ms from analytics.analysis_run_summary where analysis_run_id = :'run';

\echo '== A dashboard keeps every layout; who saves an older one is told, and overwrites nothing'
insert into analytics.dashboards (organization_id, name, slug) values (:'organization', 'Example', 'example') returning id as dashboard \gset
select analytics.save_dashboard(:'dashboard', '{"panels": [{"metric": "example.latency"}]}', 0, 'first') as version;
select pg_temp.refused('GS604', format('select analytics.save_dashboard(%L, %L, 0, %L)', :'dashboard', '{"panels": []}', 'made from nothing')) as "saving what is outdated";
select name, version, layout from analytics.current_dashboards where dashboard_id = :'dashboard';
\ir end.psql
