-- How fast events are taken and handed on: of the last 24 hours, from rollups, the processing log and delivery attempts, with the
-- caller's rights.

create or replace function events.processing_performance_signals() returns setof base.health_signal
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
        select s.kind::text as kind, l.*
        from events.event_sources s
        cross join lateral (
            select p.events_processed, p.events_failed, p.events_unclassified, p.lag_ms_max, p.batch_duration_ms, p.processed_at from events.event_processing_log p
            where p.organization_id = s.organization_id and p.source_id = s.id and p.processed_at >= now() - interval '24 hours' and p.consumer_name = 'processing'
            order by p.processed_at desc limit 1000
        ) l
    ), grouped as (
        select coalesce(l.kind, 'all kinds') as subject, sum(l.events_processed) as events, sum(l.events_failed) as failed, sum(l.events_unclassified) as unclassified,
               greatest(extract(epoch from now() - min(l.processed_at)) / 60, 1) as minutes,
               percentile_cont(array[0.5, 0.95, 0.99]) within group (order by l.lag_ms_max) as lags, percentile_cont(0.95) within group (order by l.batch_duration_ms) as batch
        from logged l
        group by rollup (l.kind)
        having count(*) > 0
    )
    select g.subject, m.metric, round(m.value::numeric, 3), m.unit, case when g.events >= 20 then m.warning_at end, case when g.events >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('events', g.events, 'window', '24 hours')
    from grouped g
    cross join lateral (values
        ('throughput', g.events / g.minutes, 'events/min', null::numeric, null::numeric, null),
        ('lag_p50', g.lags[1], 'ms', null, null, null),
        ('lag_p95', g.lags[2], 'ms', 10000, 60000, 'Let the server run all the time; when it does, raise the batch size.'),
        ('lag_p99', g.lags[3], 'ms', 60000, 600000, 'Look for events that come in bursts, or for a server that stood still.'),
        ('batch_duration_p95', g.batch, 'ms', 1000, 10000, 'Look for a missing index or a lock: a batch should take milliseconds for each event.'),
        ('failure_rate', 100.0 * g.failed / nullif(g.events, 0), '%', 5, 25, 'Look at error_message of the dead letters.'),
        ('unclassified_rate', 100.0 * g.unclassified / nullif(g.events, 0), '%', 20, null, 'Describe the types in events.event_types.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function events.processing_performance_signals() is 'Part of events_performance_analysis: how events were processed, all together and by kind of source.';

create or replace function events.delivery_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with tried as materialized (
        select s.name, a.*
        from (select x.organization_id, x.id, x.name from events.subscriptions x where x.paused_at is null limit 1000) s
        cross join lateral (
            select d.outcome, d.duration_ms from events.delivery_attempts d
            where d.organization_id = s.organization_id and d.subscription_id = s.id and d.started_at >= now() - interval '24 hours'
            order by d.event_id desc limit 500
        ) a
    ), figures as (
        select count(*) as attempts, count(*) filter (where t.outcome <> 'delivered') as failed, percentile_cont(array[0.5, 0.95]) within group (order by t.duration_ms) as durations
        from tried t
    )
    select 'deliveries', m.metric, round(m.value::numeric, 3), m.unit, case when f.attempts >= 20 then m.warning_at end, case when f.attempts >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('attempts', f.attempts, 'window', '24 hours, newest 500 of each subscription')
    from figures f
    cross join lateral (values
        ('duration_p50', f.durations[1], 'ms', null::numeric, null::numeric, null),
        ('duration_p95', f.durations[2], 'ms', 5000, 20000, 'select * from subscription_performance shows which target is slow.'),
        ('failed_attempts', 100.0 * f.failed / nullif(f.attempts, 0), '%', 10, 50, 'select * from subscription_performance shows which target fails.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function events.delivery_performance_signals() is 'Part of events_performance_analysis: how subscribers took what was sent to them.';

create or replace function events.events_performance_analysis()
    returns table (subject text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('events.events') = 'none' then
        return query select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), s.remedy, s.details, now()
                     from base.unread_signal('events', 'events.events') s;
        return;
    end if;
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from events.processing_performance_signals()
        union all
        select * from events.backlog_signals()
        union all
        select * from events.delivery_performance_signals()
    ) s;
end
$$;
comment on function events.events_performance_analysis() is
    'How fast events of the last 24 hours were processed and delivered, all together and by kind of source, and the backlog now. status follows from the limits shown.';
