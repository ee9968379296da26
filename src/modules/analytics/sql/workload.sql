-- The queries of the module's API, dashboard and workers, and the indexes that they are made for. The first parameter is always the
-- organization. Cursors of pages are the last row's id or moment.

-- Analysis runs, newest first: the dashboard's list.
-- index: analysis_runs_pkey
-- values: select organization_id, id from analytics.analysis_runs
prepare list_analysis_runs (uuid, uuid) as
select id, analysis_type, subject_kind, subject_id, project_id, status, queued_at, started_at, finished_at, error_code
from analytics.analysis_runs
where organization_id = $1 and id < $2
order by id desc limit 50;

-- What has been found out about one thing, newest first.
-- index: analysis_runs_subject_idx
-- values: select organization_id, subject_kind, subject_id, id from analytics.analysis_runs
prepare list_subject_analysis_runs (uuid, text, text, uuid) as
select id, analysis_type, status, started_at, finished_at, result
from analytics.analysis_runs
where organization_id = $1 and subject_kind = $2 and subject_id = $3 and id <= $4
order by id desc limit 50;

-- The analyses of a project, newest first.
-- index: analysis_runs_project_idx
-- values: select organization_id, project_id, id from analytics.analysis_runs where project_id is not null
prepare list_project_analysis_runs (uuid, uuid, uuid) as
select id, analysis_type, subject_kind, subject_id, status, started_at, finished_at
from analytics.analysis_runs
where organization_id = $1 and project_id = $2 and id <= $3
order by id desc limit 50;

-- The oldest run that waits: what analytics.claim_analysis_run() looks for.
-- index: analysis_runs_queue_idx
-- values: select distinct organization_id from analytics.analysis_runs
prepare next_queued_analysis_run (uuid) as
select id from analytics.analysis_runs
where organization_id = $1 and status = 'queued'
order by id limit 1;

-- One run with its steps and metrics counted.
-- index: analysis_runs_pkey, analysis_steps_position_key, metrics_analysis_run_idx
-- values: select organization_id, id from analytics.analysis_runs
prepare get_analysis_run (uuid, uuid) as
select status, duration_ms, steps, steps_failed, slowest_step, slowest_step_ms, metrics, series
from analytics.analysis_run_summary
where organization_id = $1 and analysis_run_id = $2;

-- The series of a metric by its name, and for each the newest value: the metric's page.
-- index: metric_definitions_name_key, metric_series_identity_key, metrics_pkey
-- values: select organization_id, name from analytics.metric_definitions
prepare list_latest_values (uuid, text) as
select s.id, s.subject_kind, s.subject_id, s.labels, newest.measured_at, newest.value
from analytics.metric_definitions d
join analytics.metric_series s on s.organization_id = d.organization_id and s.metric_id = d.id
cross join lateral (
    select m.measured_at, m.value
    from analytics.metrics m
    where m.organization_id = s.organization_id and m.series_id = s.id and m.measured_at > now() - interval '7 days'
    order by m.measured_at desc limit 1
) newest
where d.organization_id = $1 and d.name = $2;

-- Everything that is measured of one thing.
-- index: metric_series_subject_idx
-- values: select organization_id, subject_kind, subject_id from analytics.metric_series
prepare list_subject_series (uuid, text, text) as
select s.id, d.name, d.unit, d.kind, d.direction, s.labels
from analytics.metric_series s
join analytics.metric_definitions d on d.organization_id = s.organization_id and d.id = s.metric_id
where s.organization_id = $1 and s.subject_kind = $2 and s.subject_id = $3;

-- The values of a series in a window: a chart of the last hours.
-- index: metrics_pkey
-- values: select organization_id, id, now() - interval '6 hours', now() from analytics.metric_series
prepare list_metric_values (uuid, uuid, timestamptz, timestamptz) as
select measured_at, value
from analytics.metrics
where organization_id = $1 and series_id = $2 and measured_at >= $3 and measured_at < $4
order by measured_at;

-- A metric by the hour over all its series: a panel over days.
-- index: metric_series_identity_key, metric_aggregations_pkey
-- values: select organization_id, id, now() - interval '10 days', now() from analytics.metric_definitions
-- goal: 200 ms
prepare chart_metric_by_hour (uuid, uuid, timestamptz, timestamptz) as
select a.bucket_start, sum(a.value_count) as value_count, sum(a.value_sum) as value_sum, min(a.value_min) as value_min, max(a.value_max) as value_max
from analytics.metric_series s
join analytics.metric_aggregations a on a.organization_id = s.organization_id and a.series_id = s.id
where s.organization_id = $1 and s.metric_id = $2 and a.resolution = 'hour' and a.bucket_start >= $3 and a.bucket_start < $4
group by a.bucket_start
order by a.bucket_start;

-- Percentiles of a series by the hour.
-- index: metric_aggregations_pkey
-- values: select organization_id, id, now() - interval '10 days', now() from analytics.metric_series
-- goal: 200 ms
prepare chart_percentiles_by_hour (uuid, uuid, timestamptz, timestamptz) as
select bucket_start,
       analytics.sketch_percentile(sketch_keys, sketch_counts, 0.5) as p50,
       analytics.sketch_percentile(sketch_keys, sketch_counts, 0.95) as p95,
       analytics.sketch_percentile(sketch_keys, sketch_counts, 0.99) as p99
from analytics.metric_aggregations
where organization_id = $1 and series_id = $2 and resolution = 'hour' and bucket_start >= $3 and bucket_start < $4
order by bucket_start;

-- The newest trend of a series.
-- index: trends_window_key
-- values: select organization_id, series_id from analytics.trends
prepare get_newest_trend (uuid, uuid) as
select slope_per_day, slope_low_per_day, slope_high_per_day, p_value, direction, window_start, window_end
from analytics.trends
where organization_id = $1 and series_id = $2 and method = 'mann_kendall'
order by window_end desc limit 1;

-- The five delivery metrics of the last 30 days.
-- index: metric_definitions_name_key, metric_series_identity_key, metrics_pkey
-- values: select distinct organization_id from analytics.metric_definitions
-- goal: 200 ms
prepare list_dora_metrics (uuid) as
select subject_kind, subject_id, deployments, deployments_per_day, lead_time_p50_seconds, change_failure_percentage, restore_time_p50_seconds, rework_percentage
from analytics.dora_metrics
where organization_id = $1;

-- Operations of the last hour, slowest first.
-- index: performance_data_pkey
-- values: select distinct organization_id, now() - interval '1 hour' from analytics.performance_data
-- goal: 200 ms
prepare list_slow_operations (uuid, timestamptz) as
select operation, count(*) as runs, count(*) filter (where not succeeded) as failures,
       avg(duration_ms) as average_ms, percentile_disc(0.95) within group (order by duration_ms) as p95_ms
from analytics.performance_data
where organization_id = $1 and measured_at >= $2
group by operation
order by p95_ms desc limit 20;

-- How an operation has fared from release to release.
-- index: performance_data_operation_idx
-- values: select distinct organization_id, operation, now() - interval '7 days' from analytics.performance_data
-- goal: 200 ms
prepare compare_releases (uuid, text, timestamptz) as
select program_version, count(*) as runs, percentile_disc(0.5) within group (order by duration_ms) as p50_ms,
       sum(item_count) / nullif(sum(duration_ms), 0) * 1000 as items_per_second
from analytics.performance_data
where organization_id = $1 and operation = $2 and measured_at >= $3
group by program_version;

-- Statements of the last hour, costliest first.
-- index: query_performance_log_pkey
-- values: select distinct organization_id, now() - interval '1 hour' from analytics.query_performance_log
-- goal: 200 ms
prepare list_costly_statements (uuid, timestamptz) as
select statement, sum(calls) as calls, sum(errors) as errors, sum(total_ms) as total_ms, sum(total_ms) / sum(calls)::double precision as mean_ms, max(max_ms) as max_ms
from analytics.query_performance_log
where organization_id = $1 and measured_at >= $2
group by statement
order by total_ms desc limit 20;

-- How a statement has fared over days.
-- index: query_performance_log_statement_idx
-- values: select distinct organization_id, statement, now() - interval '3 days' from analytics.query_performance_log
-- goal: 200 ms
prepare chart_statement (uuid, text, timestamptz) as
select date_bin('1 hour', measured_at, '2001-01-01 00:00:00+00') as hour, sum(calls) as calls, sum(total_ms) / sum(calls)::double precision as mean_ms, max(max_ms) as max_ms
from analytics.query_performance_log
where organization_id = $1 and statement = $2 and measured_at >= $3
group by 1
order by 1;

-- A dashboard as its URL names it, with its newest layout.
-- index: dashboards_slug_key, dashboard_versions_pkey
-- values: select organization_id, slug from analytics.dashboards
prepare get_dashboard (uuid, text) as
select dashboard_id, name, version, layout, saved_at
from analytics.current_dashboards
where organization_id = $1 and slug = $2;

-- What is pending or firing, worst first.
-- index: a_rule_has_one_open_instance_for_a_series
-- values: select distinct organization_id from analytics.alert_instances
prepare list_open_alerts (uuid) as
select alert_instance_id, rule_name, status, severity, metric_name, subject_kind, subject_id, labels, value, threshold, opened_at
from analytics.open_alerts
where organization_id = $1
order by severity desc, opened_at;

-- When a rule has fired, newest first.
-- index: alert_instances_rule_idx
-- values: select organization_id, alert_rule_id, now() from analytics.alert_instances
prepare list_rule_alerts (uuid, uuid, timestamptz) as
select id, series_id, status, severity, value, threshold, opened_at, fired_at, resolved_at
from analytics.alert_instances
where organization_id = $1 and alert_rule_id = $2 and opened_at < $3
order by opened_at desc, id desc limit 50;

-- Takes the notifications that are due; each attempt is counted before it is made, and tried again in a minute unless it reports back.
-- index: alert_notifications_pending_idx
-- values: select distinct organization_id, now() from analytics.alert_notifications
prepare claim_notifications (uuid, timestamptz) as
update analytics.alert_notifications n
set attempts = n.attempts + 1, next_attempt_at = $2 + interval '1 minute', updated_at = now()
where n.organization_id = $1 and n.id in (
    select d.id
    from analytics.alert_notifications d
    where d.organization_id = $1 and d.status = 'pending' and d.next_attempt_at <= $2
    order by d.next_attempt_at, d.id limit 20
    for update skip locked)
returning n.id, n.alert_instance_id, n.occasion, n.target, n.attempts;
