-- Each signal of analytics is well in a database that is well, and not when its fault is planted; each organization sees its own.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/signals.psql
select plan(41);
set local client_min_messages = warning;

insert into analytics.metric_definitions (organization_id, id, name, unit, kind, description) values ('a0000000-0000-7000-8000-000000000001', 'e0000000-0000-7000-8000-000000000001', 'm.x', 's', 'gauge', 'x');
insert into analytics.metric_series (organization_id, id, metric_id) values ('a0000000-0000-7000-8000-000000000001', 'e0000000-0000-7000-8000-000000000002', 'e0000000-0000-7000-8000-000000000001');
create function pg_temp.runs(status text, columns text default '', amounts text default '', runs integer default 25) returns text language plpgsql as $$
begin
    return format('insert into analytics.analysis_runs (organization_id, analysis_type, subject_kind, subject_id, status%s) select ''a0000000-0000-7000-8000-000000000001'', ''quality'', ''codebase'', ''x'', %L%s from generate_series(1, %s) n', columns, status, amounts, runs);
end $$;
create function pg_temp.alert(severity text) returns text language plpgsql as $$
begin
    return format('insert into analytics.alert_instances (organization_id, alert_rule_id, series_id, status, severity, threshold, value, opened_at, fired_at, evaluated_at)
                   values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), base.uuid_v7(), ''firing'', %L, 1, 2, now(), now(), now())', severity);
end $$;
create function pg_temp.rolled_up(resolution text, since timestamptz, amount integer) returns text language plpgsql as $$
begin
    return format('insert into analytics.metric_aggregations values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000002'', %L, %L, %s, 1, 1, 1, ''{1}'', ''{1}'')', resolution, since, amount);
end $$;
create function pg_temp.measured(age interval) returns text language plpgsql as $$
begin
    return format('insert into analytics.metrics (organization_id, series_id, measured_at, value) values (''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000002'', now() - interval %L, 1)', age);
end $$;
create temporary table faults (source text, signal text, fault text, outcome text);
insert into faults
select * from (values
    ('health', 'stale_rollups', 'insert into analytics.stale_buckets (organization_id, series_id, resolution, bucket_start) select ''a0000000-0000-7000-8000-000000000001'', ''e0000000-0000-7000-8000-000000000002'', ''minute'', date_trunc(''minute'', now()) from generate_series(1, 20000)', 'warning'),
    ('health', 'runs_waiting', pg_temp.runs('queued', ', queued_at', ', now() - interval ''2 hours'''), 'warning'),
    ('health', 'runs_waiting', pg_temp.runs('queued'), 'healthy'),
    ('health', 'alerts_firing', pg_temp.alert('error'), 'warning'),
    ('health', 'alerts_firing', pg_temp.alert('critical'), 'healthy'),
    ('health', 'critical_alerts_firing', pg_temp.alert('critical'), 'critical'),
    ('health', 'notifications_overdue', 'insert into analytics.alert_notifications (organization_id, alert_instance_id, occasion, target, status, next_attempt_at) values (''a0000000-0000-7000-8000-000000000001'', base.uuid_v7(), ''fired'', ''log:x'', ''pending'', now() - interval ''1 hour'')', 'warning'),
    ('health', 'run_failure_rate', pg_temp.runs('failed', ', started_at, finished_at, error_code, error_message', ', now(), now(), ''x'', ''y'''), 'critical'),
    ('health', 'run_failure_rate', pg_temp.runs('completed', ', started_at, finished_at', ', now(), now()'), 'healthy'),
    ('quality', 'newest_row_age', pg_temp.measured('2 days'), 'warning'),
    ('quality', 'newest_row_age', pg_temp.measured('2 minutes'), 'healthy'),
    ('quality', 'silent_series_share', pg_temp.measured('9 days'), 'warning'),
    ('quality', 'series_from_the_future', pg_temp.measured('-2 hours'), 'warning'),
    ('integrity', 'days_that_differ_from_their_hours', pg_temp.rolled_up('day', date_bin('1 day', now() - interval '3 days', '2001-01-01 00:00:00+00'), 5), 'warning'),
    ('integrity', 'days_that_differ_from_their_hours', pg_temp.rolled_up('day', date_bin('1 day', now() - interval '3 days', '2001-01-01 00:00:00+00'), 5) || ';'
        || pg_temp.rolled_up('hour', date_bin('1 day', now() - interval '3 days', '2001-01-01 00:00:00+00') + interval '4 hours', 5), 'healthy'),
    ('operation_performance', 'failure_rate', 'insert into analytics.performance_data (organization_id, operation, duration_ms, succeeded) select ''a0000000-0000-7000-8000-000000000001'', ''x'', 5, n > 10 from generate_series(1, 100) n', 'warning'),
    ('operation_performance', 'failure_rate', 'insert into analytics.performance_data (organization_id, operation, duration_ms) select ''a0000000-0000-7000-8000-000000000001'', ''x'', 5 from generate_series(1, 100) n', 'healthy'),
    ('statement_performance', 'mean', 'insert into analytics.query_performance_log (organization_id, statement, calls, total_ms, max_ms, row_count) values (''a0000000-0000-7000-8000-000000000001'', ''x'', 20, 4000, 300, 1)', 'warning'),
    ('statement_performance', 'mean', 'insert into analytics.query_performance_log (organization_id, statement, calls, total_ms, max_ms, row_count) values (''a0000000-0000-7000-8000-000000000001'', ''x'', 20, 40, 30, 1)', 'healthy'),
    ('statement_performance', 'error_rate', 'insert into analytics.query_performance_log (organization_id, statement, calls, errors, total_ms, max_ms, row_count) values (''a0000000-0000-7000-8000-000000000001'', ''x'', 20, 10, 40, 30, 1)', 'critical'),
    ('run_performance', 'queue_wait_p95', pg_temp.runs('completed', ', queued_at, started_at, finished_at', ', now() - interval ''10 minutes'', now(), now()'), 'warning'),
    ('run_performance', 'duration_p95', pg_temp.runs('completed', ', queued_at, started_at, finished_at', ', now() - interval ''2 hours'', now() - interval ''2 hours'', now()'), 'critical')
) as f;
select ok(pg_temp.judged(format('analytics.%s_signals', source), signal) in ('healthy', 'absent'), format('%s is well', signal)) from (select distinct source, signal from faults) f;
select is(pg_temp.with_fault(format('analytics.%s_signals', source), signal, fault), outcome, format('%s: %s', signal, regexp_replace(left(fault, 160), '\s+', ' ', 'g'))) from faults;

do $$ begin execute pg_temp.runs('failed', ', started_at, finished_at, error_code, error_message', ', now(), now(), ''x'', ''y'''); end $$;
select is(pg_temp.answer(role, organization, $$select concat_ws(' ', (select status from base.system_health() where component = 'analytics'),
                                                      (select max(status) from analytics.analytics_performance_analysis() where metric in ('run_failure_rate', 'not_measured')))$$), outcome, format('%s for %s: %s', role, organization, outcome))
from (values ('analytics_user'::name, 'a0000000-0000-7000-8000-000000000001'::uuid, 'critical critical'), ('analytics_user', 'b0000000-0000-7000-8000-000000000002', 'healthy healthy'),
             ('analytics_user', null, 'unknown unknown'), ('analytics_readonly', null, 'critical critical')) as v (role, organization, outcome);

select * from finish();
rollback;
