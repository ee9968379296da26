-- Synthetic metrics, runs, dashboards, alerts: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- Rollups by the hour and day are what roll_up_metrics() would have made.
-- guards: analytics.metrics, analytics.metric_definitions, analytics.analysis_runs
select pg_temp.make_partitions('analytics');

-- slices: 2
insert into analytics.analysis_runs (organization_id, id, analysis_type, subject_kind, subject_id, project_id, status, queued_at, started_at, finished_at)
select r.organization_id, pg_temp.id('analysis_run', r.organization, r.n, r.amount), 'steps', 'workflow_execution', pg_temp.id('workflow_execution', r.organization, 1 + r.n / 5 % w.amount, w.amount)::text,
       case when r.n % 3 = 0 then pg_temp.id('project', r.organization, 1 + pg_temp.roll(r.dice, 1, p.amount), p.amount) end, case when r.is_queued then 'queued' else 'completed' end::analytics.run_status, r.moment,
       case when not r.is_queued then r.moment end, case when not r.is_queued then r.moment + interval '1 minute' end
from (select *, n > amount * 0.998 as is_queued from pg_temp.rows_of(100000)) r, lateral (select pg_temp.amount(20000, r.weight) as amount) w, lateral (select pg_temp.amount(2000, r.weight) as amount) p;

-- slices: 4
insert into analytics.analysis_steps (organization_id, id, analysis_run_id, position, name, outcome, started_at, duration_ms)
select r.organization_id, pg_temp.id('analysis_step', r.organization, (r.n - 1) * 3 + k, r.amount * 3), pg_temp.id('analysis_run', r.organization, r.n, r.amount), k, 'step', 'succeeded', r.moment, 10 + pg_temp.roll(r.dice, k, 5000)
from pg_temp.rows_of(100000) r, generate_series(1, 3) as k
where r.n <= r.amount * 0.998;

insert into analytics.metric_definitions (organization_id, id, name, unit, kind, description, created_at)
select o.organization_id, pg_temp.id('metric', o.organization, n, 22), name, unit, 'histogram', 'Synthetic', pg_temp.moment(1, 22)
from generated_organizations o,
     (select n, 'service.number_' || n as name, 'ms' as unit from generate_series(1, 20) as n union all values (21, 'delivery.deployments', 's'), (22, 'delivery.lead_time', 's')) as d;

insert into analytics.metric_series (organization_id, id, metric_id, subject_kind, subject_id, created_at)
select r.organization_id, pg_temp.id('series', r.organization, r.n, r.amount), pg_temp.id('metric', r.organization, 1 + r.n % 22, 22), 'service', 'service-' || r.n, r.moment
from pg_temp.rows_of(2200) r;

-- slices: 40
insert into analytics.metrics (organization_id, series_id, measured_at, value, analysis_run_id)
select r.organization_id, pg_temp.id('series', r.organization, 1 + r.n % s.amount, s.amount), r.moment, 1 + pg_temp.roll(r.dice, 1, 1000),
       case when r.n % 20 = 0 then pg_temp.id('analysis_run', r.organization, 1 + r.n / 20 % a.amount, a.amount) end
from pg_temp.rows_of(2000000) r, lateral (select pg_temp.amount(2200, r.weight) as amount) s, lateral (select pg_temp.amount(100000, r.weight) as amount) a;

insert into analytics.metric_aggregations (organization_id, series_id, resolution, bucket_start, value_count, value_sum, value_min, value_max, sketch_keys, sketch_counts)
select organization_id, series_id, resolution, bucket, sum(values_of)::bigint, sum(total), min(least_value), max(most_value), array_agg(key order by key), array_agg(values_of order by key)
from (select m.organization_id, m.series_id, p.resolution, date_bin(p.step, m.measured_at, '2001-01-01 00:00:00+00') as bucket, 40000 + ceil(round((ln(m.value) / ln(1.01 / 0.99))::numeric, 9))::integer as key,
             count(*) as values_of, sum(m.value) as total, min(m.value) as least_value, max(m.value) as most_value
      from analytics.metrics m
      join generated_organizations o using (organization_id)
      join (values ('hour'::analytics.resolution, interval '1 hour'), ('day', '1 day')) as p (resolution, step) on true
      group by 1, 2, 3, 4, 5) as counted
group by 1, 2, 3, 4;

insert into analytics.trends (organization_id, id, series_id, method, resolution, window_start, window_end, bucket_count, slope_per_day, slope_low_per_day, slope_high_per_day, p_value, direction, computed_at)
select r.organization_id, pg_temp.id('trend', r.organization, (r.n - 1) * 5 + k, r.amount * 5), pg_temp.id('series', r.organization, r.n, r.amount), 'mann_kendall', 'day', pg_temp.until() - (30 + k) * interval '1 day', pg_temp.until() - k * interval '1 day',
       30, 1, 0, 2, 0.01, 'rising', pg_temp.until() - k * interval '1 day'
from pg_temp.rows_of(2200) r, generate_series(1, 5) as k;

-- slices: 20
insert into analytics.performance_data (organization_id, measured_at, id, operation, duration_ms, succeeded, item_count, program_version)
select r.organization_id, r.moment, pg_temp.id('performance', r.organization, r.n, r.amount), 'operation.number_' || pg_temp.roll(r.dice, 1, 40), 1 + pg_temp.roll(r.dice, 2, 2000), pg_temp.roll(r.dice, 3, 50) > 0,
       pg_temp.roll(r.dice, 4, 100), '0.' || r.n * 10 / r.amount
from pg_temp.rows_of(1000000) r;

-- slices: 10
insert into analytics.query_performance_log (organization_id, measured_at, id, statement, calls, total_ms, max_ms, row_count)
select r.organization_id, r.moment, pg_temp.id('query', r.organization, r.n, r.amount), 'statement.number_' || pg_temp.roll(r.dice, 1, 200), 1 + pg_temp.roll(r.dice, 2, 100), 1000, 20, 5
from pg_temp.rows_of(500000) r;

insert into analytics.dashboards (organization_id, id, name, slug, created_at)
select r.organization_id, pg_temp.id('dashboard', r.organization, r.n, r.amount), 'Dashboard ' || r.n, 'dashboard-' || r.n, r.moment from pg_temp.rows_of(2000) r;

insert into analytics.dashboard_versions (organization_id, dashboard_id, version, layout, created_at)
select r.organization_id, pg_temp.id('dashboard', r.organization, r.n, r.amount), v, '{"panels": []}', r.moment from pg_temp.rows_of(2000) r, generate_series(1, 3) as v;

insert into analytics.alert_rules (organization_id, id, name, metric_id, aggregate, comparison, threshold, created_at)
select o.organization_id, pg_temp.id('alert_rule', o.organization, n, 20), 'Rule ' || n, pg_temp.id('metric', o.organization, n, 22), 'average', 'above', 900, pg_temp.moment(1, 20)
from generated_organizations o, generate_series(1, 20) as n;

-- An instance is of a series of its rule's metric; the newest one of each rule fires yet.
insert into analytics.alert_instances (organization_id, id, alert_rule_id, series_id, status, severity, threshold, value, opened_at, fired_at, resolved_at, evaluated_at)
select r.organization_id, pg_temp.id('alert', r.organization, r.n, r.amount), pg_temp.id('alert_rule', r.organization, 1 + r.n % 20, 20), pg_temp.id('series', r.organization, s.number, s.amount),
       case when r.n > r.amount - 20 then 'firing' else 'resolved' end::analytics.alert_status, 'warning', 900, 950, r.moment, r.moment, case when r.n <= r.amount - 20 then r.moment + interval '5 minutes' end, r.moment + interval '5 minutes'
from pg_temp.rows_of(50000) r,
     lateral (select coalesce(nullif(r.n % 20, 0), 22) as number, pg_temp.amount(2200, r.weight) as amount) s
where s.number <= s.amount;

insert into analytics.alert_notifications (organization_id, id, alert_instance_id, occasion, target, status, attempts, next_attempt_at, sent_at, created_at)
select i.organization_id, overlay(replace(i.id::text, '-', '') placing '9' from 17 for 1)::uuid, i.id, 'fired', 'log:alerts', case i.status when 'firing' then 'pending' else 'sent' end::analytics.notification_status, 1,
       case i.status when 'firing' then pg_temp.until() end, case when i.status <> 'firing' then i.fired_at end, i.fired_at
from analytics.alert_instances i join generated_organizations o using (organization_id);
