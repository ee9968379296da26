-- At scale each statement of the workload uses the index it was made for: 8 organizations of skewed size, the first with half of everything.
begin;
select plan(21);
set local client_min_messages = warning;
set local session_replication_role = replica;  -- the rows are right; checking their references would take longer than the rest

create temporary table organizations on commit drop as
select n, ('c0000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id from generate_series(1, 8) n;
-- The organization of the n-th row: 1 for every second one, 2 for every fourth, and so on.
create function pg_temp.organization(n bigint) returns uuid language sql immutable
    return ('c0000000-0000-7000-8000-' || lpad((1 + least(7, case when n % 2 = 1 then 0 when n % 4 = 2 then 1 when n % 8 = 4 then 2 else 3 + n / 8 % 5 end))::text, 12, '0'))::uuid;

insert into analytics.analysis_runs (organization_id, analysis_type, subject_kind, subject_id, project_id, status, started_at, finished_at)
select pg_temp.organization(n), 'steps', 'workflow_execution', (n / 10)::text,
       case when n % 3 = 0 then ('d0000000-0000-7000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid end,
       case when n % 500 = 0 then 'queued' else 'completed' end::analytics.run_status, case when n % 500 > 0 then now() end, case when n % 500 > 0 then now() end
from generate_series(1, 20000) n;
insert into analytics.analysis_steps (organization_id, id, analysis_run_id, position, name, outcome, started_at, duration_ms)
select organization_id, gen_random_uuid(), id, p, 'step', 'succeeded', now(), p from analytics.analysis_runs, generate_series(1, 2) p;
insert into analytics.metric_definitions (organization_id, name, unit, kind, description)
select o.id, 'metric.number_' || m, 'ms', 'histogram'::analytics.metric_kind, 'x' from organizations o, generate_series(1, 40) m
union all select o.id, name, 's', 'histogram', 'x' from organizations o, unnest(array['delivery.deployments', 'delivery.lead_time']) as name;
insert into analytics.metric_series (organization_id, metric_id, subject_kind, subject_id)
select d.organization_id, d.id, 'service', m::text from analytics.metric_definitions d join organizations o on o.id = d.organization_id, generate_series(1, 60 / (o.n * o.n)) m;
insert into analytics.metrics (organization_id, series_id, measured_at, value, analysis_run_id)
select s.organization_id, s.id, now() - n * interval '7 minutes', n, null from analytics.metric_series s, generate_series(1, 20) n;
insert into analytics.metrics (organization_id, series_id, measured_at, value, analysis_run_id)
select r.organization_id, s.id, now() - interval '5 days' - n * interval '1 second', n, r.id
from (select organization_id, id, row_number() over () as n from analytics.analysis_runs limit 5000) r
cross join lateral (select id from analytics.metric_series s where s.organization_id = r.organization_id limit 1) s;
insert into analytics.metric_aggregations (organization_id, series_id, resolution, bucket_start, value_count, value_sum, value_min, value_max, sketch_keys, sketch_counts)
select s.organization_id, s.id, 'hour'::analytics.resolution, date_bin('1 hour', now(), '2001-01-01') - n * interval '1 hour', 3, 6, 1, 3, '{40000,40035,40055}'::integer[], '{1,1,1}'::bigint[] from analytics.metric_series s, generate_series(0, 30) n
union all select s.organization_id, s.id, 'minute', date_bin('1 minute', now(), '2001-01-01') - n * interval '1 minute', 1, 1, 1, 1, '{40000}', '{1}' from analytics.metric_series s, generate_series(0, 10) n;
insert into analytics.trends (organization_id, series_id, method, resolution, window_start, window_end, bucket_count, slope_per_day, slope_low_per_day, slope_high_per_day, p_value, direction)
select s.organization_id, s.id, 'mann_kendall', 'day', now() - (30 + n) * interval '1 day', now() - n * interval '1 day', 30, 1, 0, 2, 0.01, 'rising' from analytics.metric_series s, generate_series(1, 3) n;
insert into analytics.performance_data (organization_id, id, measured_at, operation, duration_ms, item_count)
select pg_temp.organization(n), gen_random_uuid(), now() - n * interval '50 seconds', 'operation.number_' || n % 37, n % 1000, 5 from generate_series(1, 20000) n;
insert into analytics.query_performance_log (organization_id, id, measured_at, statement, calls, total_ms, max_ms, row_count)
select pg_temp.organization(n), gen_random_uuid(), now() - n * interval '50 seconds', 'statement.number_' || n % 37, 10, 100, 20, 5 from generate_series(1, 20000) n;
insert into analytics.dashboards (organization_id, name, slug) select pg_temp.organization(n), 'x', 'board-' || n from generate_series(1, 4000) n;
insert into analytics.dashboard_versions (organization_id, dashboard_id, version, layout) select organization_id, id, v, '{"panels": []}' from analytics.dashboards, generate_series(1, 3) v;
insert into analytics.alert_rules (organization_id, name, metric_id, aggregate, comparison, threshold)
select d.organization_id, d.name || n, d.id, 'average', 'above', 1 from analytics.metric_definitions d, generate_series(1, 3) n;
insert into analytics.alert_instances (organization_id, id, alert_rule_id, series_id, status, severity, threshold, value, opened_at, fired_at, resolved_at, evaluated_at)
select r.organization_id, gen_random_uuid(), r.id, s.id, case n when 0 then 'firing' else 'resolved' end::analytics.alert_status, 'warning', 1, 2,
       now() - n * interval '1 hour', now() - n * interval '1 hour', case when n > 0 then now() - n * interval '50 minutes' end, now()
from analytics.alert_rules r cross join lateral (select id from analytics.metric_series s where s.organization_id = r.organization_id and s.metric_id = r.metric_id limit 1) s, generate_series(0, 15) n;
insert into analytics.alert_notifications (organization_id, id, alert_instance_id, occasion, target, status, attempts, next_attempt_at, sent_at)
select i.organization_id, gen_random_uuid(), i.id, 'fired', 'log:alerts', case i.status when 'firing' then 'pending' else 'sent' end::analytics.notification_status, 1,
       case i.status when 'firing' then now() end, case when i.status <> 'firing' then now() end
from analytics.alert_instances i;
analyze analytics.analysis_runs, analytics.analysis_steps, analytics.metric_definitions, analytics.metric_series, analytics.metrics, analytics.metric_aggregations,
        analytics.trends, analytics.performance_data, analytics.query_performance_log, analytics.dashboards, analytics.dashboard_versions,
        analytics.alert_rules, analytics.alert_instances, analytics.alert_notifications;

-- Which indexes a plan uses; of a partition's index the one of the table.
create function pg_temp.indexes_used(statement text) returns text[] language plpgsql as $$
declare
    plan json;
begin
    execute 'explain (format json) execute ' || statement into plan;
    return array(select distinct coalesce(parent.relname, c.relname)::text
                 from regexp_matches(plan::text, '"Index Name": "([^"]+)"', 'g') as used
                 join pg_class c on c.relname = used[1] and c.relnamespace = 'analytics'::regnamespace
                 left join pg_inherits i on i.inhrelid = c.oid
                 left join pg_class parent on parent.oid = i.inhparent);
end $$;
-- A call with one row of those that the statement's `values` query gives: of the third organization where there is one for each.
create function pg_temp.call(name text, vals text) returns text language plpgsql as $$
declare
    given record;
    arguments text;
begin
    execute format('select * from (%s) v order by 1 limit 1 offset 2', vals) into strict given;
    select string_agg(quote_nullable(value), ', ' order by ordinality) into arguments from json_each_text(row_to_json(given)) with ordinality;
    return format('%s(%s)', name, arguments);
end $$;
\ir ../sql/workload.sql
create temporary table workload (name text, indexes text[], vals text) on commit drop;
insert into workload values
    ('list_analysis_runs', '{analysis_runs_pkey}',
     'select organization_id, id from analytics.analysis_runs'),
    ('list_subject_analysis_runs', '{analysis_runs_subject_idx}',
     'select organization_id, subject_kind, subject_id, id from analytics.analysis_runs'),
    ('list_project_analysis_runs', '{analysis_runs_project_idx}',
     'select organization_id, project_id, id from analytics.analysis_runs where project_id is not null'),
    ('next_queued_analysis_run', '{analysis_runs_queue_idx}',
     'select distinct organization_id from analytics.analysis_runs'),
    ('get_analysis_run', '{analysis_runs_pkey,analysis_steps_position_key,metrics_analysis_run_idx}',
     'select organization_id, id from analytics.analysis_runs'),
    ('list_latest_values', '{metric_definitions_name_key,metric_series_identity_key,metrics_pkey}',
     'select organization_id, name from analytics.metric_definitions'),
    ('list_subject_series', '{metric_series_subject_idx}',
     'select organization_id, subject_kind, subject_id from analytics.metric_series'),
    ('list_metric_values', '{metrics_pkey}',
     'select organization_id, id, now() - interval ''6 hours'', now() from analytics.metric_series'),
    ('chart_metric_by_hour', '{metric_series_identity_key,metric_aggregations_pkey}',
     'select organization_id, id, now() - interval ''10 days'', now() from analytics.metric_definitions'),
    ('chart_percentiles_by_hour', '{metric_aggregations_pkey}',
     'select organization_id, id, now() - interval ''10 days'', now() from analytics.metric_series'),
    ('get_newest_trend', '{trends_window_key}',
     'select organization_id, series_id from analytics.trends'),
    ('list_dora_metrics', '{metric_definitions_name_key,metric_series_identity_key,metrics_pkey}',
     'select distinct organization_id from analytics.metric_definitions'),
    ('list_slow_operations', '{performance_data_pkey}',
     'select distinct organization_id, now() - interval ''1 hour'' from analytics.performance_data'),
    ('compare_releases', '{performance_data_operation_idx}',
     'select distinct organization_id, operation, now() - interval ''7 days'' from analytics.performance_data'),
    ('list_costly_statements', '{query_performance_log_pkey}',
     'select distinct organization_id, now() - interval ''1 hour'' from analytics.query_performance_log'),
    ('chart_statement', '{query_performance_log_statement_idx}',
     'select distinct organization_id, statement, now() - interval ''3 days'' from analytics.query_performance_log'),
    ('get_dashboard', '{dashboards_slug_key,dashboard_versions_pkey}',
     'select organization_id, slug from analytics.dashboards'),
    ('list_open_alerts', '{a_rule_has_one_open_instance_for_a_series}',
     'select distinct organization_id from analytics.alert_instances'),
    ('list_rule_alerts', '{alert_instances_rule_idx}',
     'select organization_id, alert_rule_id, now() from analytics.alert_instances'),
    ('claim_notifications', '{alert_notifications_pending_idx}',
     'select distinct organization_id, now() from analytics.alert_notifications');
select set_eq('select name from pg_prepared_statements', 'select name from workload', 'every statement of the workload is tried');
select ok(pg_temp.indexes_used(pg_temp.call(name, vals)) @> indexes, format('%s uses %s, it used %s', name, array_to_string(indexes, ', '), array_to_string(pg_temp.indexes_used(pg_temp.call(name, vals)), ', ')))
from workload;

select * from finish();
rollback;
