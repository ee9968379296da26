-- How fast tasks are done: of the last 24 hours, at most the newest 1,000 that ended in each organization, with the caller's rights.

-- A rate or percentile of fewer than 20 tasks is shown and not judged.
create or replace function tasks.performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with ended as materialized (
        select t.*
        from base.organizations_in('tasks.tasks') o
        cross join lateral (
            select x.task_type, x.status, x.attempts, x.timeout_seconds, x.finished_at,
                   extract(epoch from x.finished_at - x.started_at) as seconds, greatest(extract(epoch from x.started_at - greatest(x.run_at, x.created_at)), 0) as waited
            from tasks.tasks x
            where x.organization_id = o and x.finished_at >= now() - interval '24 hours' order by x.finished_at desc limit 1000
        ) t
    ), grouped as (
        select coalesce(e.task_type, 'all types') as subject, count(*) as ended, greatest(extract(epoch from now() - min(e.finished_at)) / 3600, 1) as hours,
               count(*) filter (where e.status in ('failed', 'dead')) as failed, count(*) filter (where e.status <> 'cancelled') as done,
               count(*) filter (where e.attempts > 1) as repeated,
               percentile_cont(array[0.5, 0.95, 0.99]) within group (order by e.seconds) as seconds,
               percentile_cont(0.95) within group (order by e.seconds / e.timeout_seconds) as timeout_used,
               percentile_cont(0.95) within group (order by e.waited) filter (where e.attempts = 1) as waited
        from ended e
        group by rollup (e.task_type)
        having count(*) > 0
        order by grouping(e.task_type) desc, count(*) desc limit 11
    )
    select g.subject, m.metric, round(m.value::numeric, 3), m.unit, case when g.done >= 20 then m.warning_at end, case when g.done >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('tasks', g.ended, 'window', '24 hours, newest 1000 of each organization')
    from grouped g
    cross join lateral (values
        ('throughput', g.ended / g.hours, 'tasks/h', null::numeric, null::numeric, null),
        ('duration_p50', g.seconds[1], 's', null, null, null),
        ('duration_p95', g.seconds[2], 's', null, null, null),
        ('duration_p99', g.seconds[3], 's', null, null, null),
        ('timeout_used_p95', 100 * g.timeout_used, '%', 80, 100, 'Raise timeout_seconds, or split such tasks.'),
        ('queue_wait_p95', g.waited, 's', 60, 600, 'Start more workers.'),
        ('failure_rate', 100.0 * g.failed / nullif(g.done, 0), '%', 10, 50, 'Look at error_class and error_message of those that failed.'),
        ('repeated_share', 100.0 * g.repeated / g.ended, '%', 20, 50, 'Look why first attempts fail: each costs a whole run.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function tasks.performance_signals() is 'Part of tasks_performance_analysis: the figures of the tasks that ended, all together and by type.';

create or replace function tasks.tasks_performance_analysis()
    returns table (subject text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('tasks.tasks') = 'none' then
        return query select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), s.remedy, s.details, now()
                     from base.unread_signal('tasks', 'tasks.tasks') s;
        return;
    end if;
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from tasks.performance_signals()
        union all
        select * from tasks.queue_signals()
    ) s;
end
$$;
comment on function tasks.tasks_performance_analysis() is
    'How fast tasks were done in the last 24 hours, all together and for the ten commonest types, and the queue now. status follows from the limits shown.';
