-- What the health functions say of analytics, with the rights of the caller. Counting stops at 100,000 rows.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function analytics.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('analytics.metrics') = 'none' then
        return next base.unread_signal('analytics', 'analytics.metrics');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'stale_rollups', count(*), min(s.series_id::text), 20000, 100000, 'Let the server run, or select analytics.roll_up_metrics().'
        from (select b.series_id from analytics.stale_buckets b limit 100000) s
        union all
        select 'runs_waiting', count(*), min(s.id::text), 1, 100, 'Nobody takes them: let the server run, or cancel them with analytics.finish_analysis_run.'
        from (select r.id from analytics.analysis_runs r where r.status = 'queued' and r.queued_at < now() - interval '1 hour' limit 100000) s
        union all
        select 'alerts_firing', count(*), min(s.id::text), 1, null, 'select * from open_alerts.'
        from (select i.id from analytics.alert_instances i where i.status <> 'resolved' and i.status = 'firing' and i.severity < 'critical' limit 100000) s
        union all
        select 'critical_alerts_firing', count(*), min(s.id::text), 1, 1, 'select * from open_alerts where severity = ''critical''.'
        from (select i.id from analytics.alert_instances i where i.status <> 'resolved' and i.status = 'firing' and i.severity = 'critical' limit 100000) s
        union all
        select 'notifications_overdue', count(*), min(s.id::text), 1, 100, 'Let the server run; look at error_message of the notifications.'
        from (select n.id from analytics.alert_notifications n where n.status = 'pending' and n.next_attempt_at < now() - interval '10 minutes' limit 100000) s
    )
    select 'analytics', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from analytics.outcome_signals(interval '24 hours');
end
$$;
comment on function analytics.health_signals() is 'Signals of rollups, runs and alerts that wait, and of how analysis runs end.';

-- Few runs say nothing of a rate: it is judged from 20 on. Ids sort by time, so the newest runs of an organization are at the end of its key.
create or replace function analytics.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'analytics', 'run_failure_rate', round(coalesce(100.0 * s.failed / nullif(s.ended, 0), 0), 2), '%',
           case when s.ended >= 20 then 10::numeric end, case when s.ended >= 20 then 50::numeric end, 'Look at error_code of the runs that failed.',
           jsonb_build_object('ended', s.ended, 'failed', s.failed, 'seconds', extract(epoch from span), 'window', 'newest 1000 of each organization')
    from (select count(*) filter (where r.status in ('failed', 'timed_out')) as failed, count(*) filter (where r.status in ('completed', 'failed', 'timed_out')) as ended
          from base.organizations_in('analytics.analysis_runs') o
          cross join lateral (
              select x.status, x.queued_at from analytics.analysis_runs x where x.organization_id = o order by x.id desc limit 1000
          ) r
          where r.queued_at >= now() - span) s;
end
$$;
comment on function analytics.outcome_signals(interval) is 'The share of the analysis runs asked for within a span of time that failed.';

create or replace function analytics.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('analytics.metrics') = 'none' then
        return next base.unread_signal('analytics.metrics', 'analytics.metrics');
        return;
    end if;
    return query
    with series as materialized (
        select newest.measured_at
        from base.organizations_in('analytics.metric_series') o
        cross join lateral (select x.organization_id, x.id from analytics.metric_series x where x.organization_id = o order by x.id desc limit 100) s
        cross join lateral (
            select m.measured_at from analytics.metrics m where m.organization_id = s.organization_id and m.series_id = s.id order by m.measured_at desc limit 1
        ) newest
    ), figures as (
        select count(*) as series, count(*) filter (where s.measured_at < now() - interval '7 days') as silent, max(s.measured_at) as newest_at,
               count(*) filter (where s.measured_at > now() + interval '1 hour') as ahead
        from series s
    )
    select 'analytics.metrics', m.signal, m.value, m.unit, m.warning_at, m.critical_at, m.remedy,
           m.details || jsonb_build_object('series', f.series, 'window', 'newest 100 series of each organization')
    from figures f
    cross join lateral (values
        ('newest_row_age', case when f.newest_at is not null then round(greatest(extract(epoch from now() - f.newest_at), 0)) end, 's', 86400::numeric, 604800::numeric, 'Look whether whatever records metrics still runs.', jsonb_build_object('newest_measured_at', f.newest_at)),
        ('silent_series_share', round(100.0 * f.silent / nullif(f.series, 0), 2), '%', 50, null, 'Series without a value for 7 days: their subject is gone, or its measuring stopped.', jsonb_build_object('rows', f.silent)),
        ('series_from_the_future', f.ahead::numeric, 'series', 1, null, 'A sender''s clock is ahead by more than an hour.', '{}')
    ) as m (signal, value, unit, warning_at, critical_at, remedy, details)
    where m.value is not null;
end
$$;
comment on function analytics.quality_signals() is 'How fresh the values of metrics are.';

-- Rollups say the values again. Days that ended are compared with their hours, for as long as something has marked them stale excepted.
create or replace function analytics.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('analytics.metric_aggregations') = 'none' then
        return next base.unread_signal('analytics', 'analytics.metric_aggregations');
        return;
    end if;
    return query
    with days as materialized (
        select d.*
        from base.organizations_in('analytics.metric_series') o
        cross join lateral (select x.organization_id, x.id from analytics.metric_series x where x.organization_id = o order by x.id desc limit 50) s
        cross join lateral (
            select a.organization_id, a.series_id, a.bucket_start, a.value_count from analytics.metric_aggregations a
            where a.organization_id = s.organization_id and a.series_id = s.id and a.resolution = 'day' and a.bucket_start >= now() - interval '8 days' and a.bucket_start < now() - interval '1 day'
        ) d
        where not exists (select from analytics.stale_buckets b where b.organization_id = d.organization_id and b.series_id = d.series_id)
        limit 1000
    ), compared as (
        select d.series_id, d.value_count <> coalesce((
            select sum(h.value_count) from analytics.metric_aggregations h
            where h.organization_id = d.organization_id and h.series_id = d.series_id and h.resolution = 'hour'
              and h.bucket_start >= d.bucket_start and h.bucket_start < d.bucket_start + interval '1 day'), 0) as differs
        from days d
    )
    select 'analytics', 'days_that_differ_from_their_hours', count(*) filter (where c.differs)::numeric, 'rollups', 1::numeric, 10::numeric,
           'Somebody changed analytics.metric_aggregations by hand: record the values again, which computes the rollups anew.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', false, 'example', min(c.series_id::text) filter (where c.differs),
                                                'window', 'last week of the newest 50 series of each organization'))
    from compared c;
end
$$;
comment on function analytics.integrity_signals() is 'Rollups of metrics that contradict each other.';
