-- How fast the product's own operations, statements and analyses are: of the last 24 hours, at most the newest 1,000 rows of each
-- organization, with the caller's rights.

create or replace function analytics.operation_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with measured as materialized (
        select p.*
        from base.organizations_in('analytics.performance_data') o
        cross join lateral (
            select x.operation, x.duration_ms, x.succeeded, x.measured_at from analytics.performance_data x
            where x.organization_id = o and x.measured_at >= now() - interval '24 hours' order by x.measured_at desc limit 1000
        ) p
    ), grouped as (
        select coalesce(m.operation, 'all operations') as subject, count(*) as runs, count(*) filter (where not m.succeeded) as failed,
               greatest(extract(epoch from now() - min(m.measured_at)) / 3600, 1) as hours,
               percentile_cont(array[0.5, 0.95, 0.99]) within group (order by m.duration_ms) as durations
        from measured m
        group by rollup (m.operation)
        having count(*) > 0
        order by grouping(m.operation) desc, count(*) desc limit 11
    )
    select g.subject, m.metric, round(m.value::numeric, 3), m.unit, case when g.runs >= 20 then m.warning_at end, case when g.runs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('runs', g.runs, 'window', '24 hours, newest 1000 of each organization')
    from grouped g
    cross join lateral (values
        ('throughput', g.runs / g.hours, 'runs/h', null::numeric, null::numeric, null),
        ('duration_p50', g.durations[1], 'ms', null, null, null),
        ('duration_p95', g.durations[2], 'ms', null, null, null),
        ('duration_p99', g.durations[3], 'ms', null, null, null),
        ('failure_rate', 100.0 * g.failed / g.runs, '%', 5, 25, 'Look into the log of the program for errors of the operation.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy);
end
$$;
comment on function analytics.operation_performance_signals() is 'Part of analytics_performance_analysis: the operations that were timed, all together and the ten commonest.';

create or replace function analytics.statement_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with logged as materialized (
        select q.*
        from base.organizations_in('analytics.query_performance_log') o
        cross join lateral (
            select x.statement, x.calls, x.errors, x.total_ms, x.max_ms from analytics.query_performance_log x
            where x.organization_id = o and x.measured_at >= now() - interval '24 hours' order by x.measured_at desc limit 1000
        ) q
    ), grouped as (
        select l.statement, sum(l.calls) as calls, sum(l.errors) as errors, sum(l.total_ms) as total_ms, max(l.max_ms) as max_ms
        from logged l
        group by l.statement
        order by 4 desc limit 10
    )
    select 'statement ' || g.statement, m.metric, round(m.value::numeric, 3), m.unit, case when g.calls >= 20 then m.warning_at end, case when g.calls >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('calls', g.calls, 'window', '24 hours, newest 1000 entries of each organization')
    from grouped g
    cross join lateral (values
        ('mean', g.total_ms / g.calls::double precision, 'ms', 100::numeric, 1000::numeric, 'EXPLAIN (ANALYZE, BUFFERS) it; performance_optimization_recommendations() may know the index.'),
        ('max', g.max_ms, 'ms', 5000, 30000, 'Look for locks: a statement that is slow at times mostly waits.'),
        ('error_rate', 100.0 * g.errors / g.calls, '%', 1, 10, 'Look into the log of the program for its errors.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy);
end
$$;
comment on function analytics.statement_performance_signals() is 'Part of analytics_performance_analysis: the ten statements that took most time.';

-- Ids sort by time, so the newest runs of an organization are at the end of its key.
create or replace function analytics.run_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with runs as materialized (
        select r.*
        from base.organizations_in('analytics.analysis_runs') o
        cross join lateral (
            select x.status, x.queued_at, extract(epoch from x.started_at - x.queued_at) as waited, extract(epoch from x.finished_at - x.started_at) as seconds
            from analytics.analysis_runs x where x.organization_id = o order by x.id desc limit 1000
        ) r
        where r.queued_at >= now() - interval '24 hours'
    ), figures as (
        select count(*) as runs, percentile_cont(0.95) within group (order by r.waited) as waited, percentile_cont(array[0.5, 0.95]) within group (order by r.seconds) as seconds
        from runs r
    )
    select 'analysis runs', m.metric, round(m.value::numeric, 3), m.unit, case when f.runs >= 20 then m.warning_at end, case when f.runs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('runs', f.runs, 'window', '24 hours, newest 1000 of each organization')
    from figures f
    cross join lateral (values
        ('queue_wait_p95', f.waited, 's', 60::numeric, 3600::numeric, 'Let the server run all the time, with more workers.'),
        ('duration_p50', f.seconds[1], 's', null, null, null),
        ('duration_p95', f.seconds[2], 's', 600, 3600, 'select * from analysis_run_summary names the slowest step.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function analytics.run_performance_signals() is 'Part of analytics_performance_analysis: how long analysis runs waited and took.';

create or replace function analytics.analytics_performance_analysis()
    returns table (subject text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('analytics.performance_data') = 'none' then
        return query select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), s.remedy, s.details, now()
                     from base.unread_signal('analytics', 'analytics.performance_data') s;
        return;
    end if;
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from analytics.operation_performance_signals()
        union all
        select * from analytics.statement_performance_signals()
        union all
        select * from analytics.run_performance_signals()
        union all
        select * from analytics.outcome_signals(interval '24 hours')
    ) s;
end
$$;
comment on function analytics.analytics_performance_analysis() is
    'How fast operations, statements and analysis runs of the last 24 hours were. status follows from the limits shown.';
