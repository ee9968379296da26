-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.

create or replace view analytics.metric_values as
select m.organization_id, d.name as metric_name, d.unit, d.kind, s.subject_kind, s.subject_id, s.labels, m.measured_at, m.value,
       m.analysis_run_id, m.series_id, s.metric_id
from analytics.metrics m
join analytics.metric_series s on s.organization_id = m.organization_id and s.id = m.series_id
join analytics.metric_definitions d on d.organization_id = s.organization_id and d.id = s.metric_id;
comment on view analytics.metric_values is 'The values of analytics.metrics with what they are values of.';
select base.tenant_view('analytics.metric_values');

-- Percentiles mean something for histograms only, and merging sketches is what costs, so others have none.
create or replace view analytics.metric_overview as
select d.organization_id, d.id as metric_id, d.name, d.unit, d.kind, d.direction,
       coalesce(s.series, 0) as series,
       coalesce(a.value_count, 0)::bigint as values_24_hours,
       a.value_sum as sum_24_hours,
       a.value_sum / a.value_count as average_24_hours,
       a.value_min as minimum_24_hours,
       a.value_max as maximum_24_hours,
       k.p50 as p50_24_hours,
       k.p95 as p95_24_hours,
       k.p99 as p99_24_hours,
       a.latest_hour
from analytics.metric_definitions d
left join (
    select organization_id, metric_id, count(*) as series
    from analytics.metric_series
    group by organization_id, metric_id
) s on s.organization_id = d.organization_id and s.metric_id = d.id
left join (
    select s.organization_id, s.metric_id,
           sum(g.value_count) as value_count, sum(g.value_sum) as value_sum, min(g.value_min) as value_min, max(g.value_max) as value_max,
           max(g.bucket_start) as latest_hour
    from analytics.metric_series s
    join analytics.metric_aggregations g on g.organization_id = s.organization_id and g.series_id = s.id
    where g.resolution = 'hour' and g.bucket_start > now() - interval '24 hours'
    group by s.organization_id, s.metric_id
) a on a.organization_id = d.organization_id and a.metric_id = d.id
left join (
    select h.organization_id, h.metric_id,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.5) as p50,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.95) as p95,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.99) as p99
    from (
        select c.organization_id, c.metric_id, array_agg(c.key order by c.key) as sketch_keys, array_agg(c.value_count order by c.key) as sketch_counts
        from (
            select s.organization_id, s.metric_id, u.key, sum(u.value_count)::bigint as value_count
            from analytics.metric_definitions d
            join analytics.metric_series s on s.organization_id = d.organization_id and s.metric_id = d.id
            join analytics.metric_aggregations g on g.organization_id = s.organization_id and g.series_id = s.id
            cross join unnest(g.sketch_keys, g.sketch_counts) as u (key, value_count)
            where d.kind = 'histogram' and g.resolution = 'hour' and g.bucket_start > now() - interval '24 hours'
            group by s.organization_id, s.metric_id, u.key
        ) c
        group by c.organization_id, c.metric_id
    ) h
) k on k.organization_id = d.organization_id and k.metric_id = d.id;
comment on view analytics.metric_overview is
    'Every metric with its series and what the values of the last 24 hours come to over all of them, by whole hours; percentiles within 1 %, of histograms only. As fresh as the rollups.';
select base.tenant_view('analytics.metric_overview');

create or replace view analytics.analysis_run_summary as
select r.organization_id, r.id as analysis_run_id, r.analysis_type, r.subject_kind, r.subject_id, r.project_id, r.status,
       r.queued_at, r.started_at, r.finished_at,
       extract(epoch from r.finished_at - r.started_at)::double precision * 1000 as duration_ms,
       coalesce(s.steps, 0) as steps,
       coalesce(s.steps_failed, 0) as steps_failed,
       coalesce(s.steps_duration_ms, 0) as steps_duration_ms,
       s.slowest_step,
       s.slowest_step_ms,
       coalesce(m.metrics, 0) as metrics,
       coalesce(m.series, 0) as series
from analytics.analysis_runs r
left join (
    select organization_id, analysis_run_id, count(*) as steps,
           count(*) filter (where outcome = 'failed') as steps_failed,
           sum(duration_ms) as steps_duration_ms,
           (array_agg(name order by duration_ms desc, position))[1] as slowest_step,
           max(duration_ms) as slowest_step_ms
    from analytics.analysis_steps
    group by organization_id, analysis_run_id
) s on s.organization_id = r.organization_id and s.analysis_run_id = r.id
left join (
    select organization_id, analysis_run_id, count(*) as metrics, count(distinct series_id) as series
    from analytics.metrics
    where analysis_run_id is not null
    group by organization_id, analysis_run_id
) m on m.organization_id = r.organization_id and m.analysis_run_id = r.id;
comment on view analytics.analysis_run_summary is 'Every analysis run with its steps, the slowest of them, and the metrics it found. Steps may overlap, so their durations may exceed the run''s.';
select base.tenant_view('analytics.analysis_run_summary');

create or replace view analytics.performance_dashboard as
select 'query_performance'::text as metric_type,
       sum(total_ms) / sum(calls)::double precision as avg_duration,
       max(max_ms) as max_duration,
       coalesce(sum(calls), 0)::bigint as query_count
from analytics.query_performance_log
where measured_at >= now() - interval '1 hour';
comment on view analytics.performance_dashboard is 'How long statements took in the last hour, in milliseconds by call, and how many there were.';
select base.tenant_view('analytics.performance_dashboard');

create or replace view analytics.open_alerts as
select i.organization_id, i.id as alert_instance_id, i.alert_rule_id, r.name as rule_name, i.status, i.severity,
       d.name as metric_name, d.unit, s.subject_kind, s.subject_id, s.labels,
       r.aggregate, r.comparison, i.threshold, i.value, i.opened_at, i.fired_at, i.evaluated_at, i.series_id
from analytics.alert_instances i
join analytics.alert_rules r on r.organization_id = i.organization_id and r.id = i.alert_rule_id
join analytics.metric_series s on s.organization_id = i.organization_id and s.id = i.series_id
join analytics.metric_definitions d on d.organization_id = s.organization_id and d.id = s.metric_id
where i.status <> 'resolved';
comment on view analytics.open_alerts is 'Alerts that are pending or firing, with rule, metric, subject and labels.';
select base.tenant_view('analytics.open_alerts');

create or replace view analytics.current_dashboards as
select d.organization_id, d.id as dashboard_id, d.name, d.slug, d.description, d.visibility, d.project_id, d.owner_id, d.refresh_seconds,
       v.version, v.layout, v.created_by as saved_by, v.created_at as saved_at
from analytics.dashboards d
left join lateral (
    select n.version, n.layout, n.created_by, n.created_at
    from analytics.dashboard_versions n
    where n.organization_id = d.organization_id and n.dashboard_id = d.id
    order by n.version desc limit 1
) v on true
where d.deleted_at is null;
comment on view analytics.current_dashboards is 'Dashboards with their newest layout; null for one that was never saved.';
select base.tenant_view('analytics.current_dashboards');

-- Deployments are few, so this reads single values: medians are exact, and nothing has to be rolled up first.
create or replace view analytics.dora_metrics as
select v.organization_id, v.subject_kind, v.subject_id,
       v.deployments,
       v.deployments / 30 as deployments_per_day,
       v.lead_time_p50_seconds,
       v.lead_time_p90_seconds,
       round((100 * v.failed_deployments / nullif(v.deployments, 0))::numeric, 2) as change_failure_percentage,
       v.restore_time_p50_seconds,
       round((100 * v.unplanned_deployments / nullif(v.deployments, 0))::numeric, 2) as rework_percentage
from (
    select s.organization_id, s.subject_kind, s.subject_id,
           coalesce(sum(m.value) filter (where d.name = 'delivery.deployments'), 0) as deployments,
           coalesce(sum(m.value) filter (where d.name = 'delivery.failed_deployments'), 0) as failed_deployments,
           coalesce(sum(m.value) filter (where d.name = 'delivery.unplanned_deployments'), 0) as unplanned_deployments,
           percentile_cont(0.5) within group (order by m.value) filter (where d.name = 'delivery.lead_time') as lead_time_p50_seconds,
           percentile_cont(0.9) within group (order by m.value) filter (where d.name = 'delivery.lead_time') as lead_time_p90_seconds,
           percentile_cont(0.5) within group (order by m.value) filter (where d.name = 'delivery.restore_time') as restore_time_p50_seconds
    from analytics.metric_definitions d
    join analytics.metric_series s on s.organization_id = d.organization_id and s.metric_id = d.id
    join analytics.metrics m on m.organization_id = s.organization_id and m.series_id = s.id
    where d.name in ('delivery.deployments', 'delivery.failed_deployments', 'delivery.unplanned_deployments', 'delivery.lead_time', 'delivery.restore_time')
      and m.measured_at > now() - interval '30 days' and m.measured_at <= now()
    group by s.organization_id, s.subject_kind, s.subject_id
) v;
comment on view analytics.dora_metrics is
    'The five delivery metrics of the last 30 days for each subject that was deployed: frequency, lead time, change failure rate, time to restore, rework rate. From the metrics of analytics.define_delivery_metrics().';
select base.tenant_view('analytics.dora_metrics');
