-- What the health functions say of tasks. Each signal reads an index of one state and stops counting at 100,000 rows; finished tasks
-- are counted over an hour or a day, an organization at a time. Everything is seen with the rights of the caller.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function tasks.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('tasks.tasks') = 'none' then
        return next base.unread_signal('tasks', 'tasks.tasks');
        return;
    end if;
    return query select * from tasks.queue_signals();
    return query select * from tasks.stuck_signals();
    return query select * from tasks.outcome_signals(interval '1 hour');
end
$$;
comment on function tasks.health_signals() is 'Signals of the queue, of tasks that do not go on, and of how tasks end.';

create or replace function tasks.queue_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with queued as materialized (
        select t.id, t.run_at from tasks.tasks t where t.status = 'queued' and t.executor <> 'manual' limit 100000
    )
    select 'tasks', m.signal, m.value, m.unit, m.warning_at, m.critical_at, m.remedy, jsonb_build_object('queued', m.queued, 'oldest_task', m.oldest)
    from (select count(*) filter (where q.run_at <= now()) as due, count(*) as queued, min(q.run_at) filter (where q.run_at <= now()) as since,
                 (array_agg(q.id order by q.run_at) filter (where q.run_at <= now()))[1] as oldest
          from queued q) s
    cross join lateral (values
        ('queue_age', round(coalesce(extract(epoch from now() - s.since), 0), 1), 's', 300::numeric, 3600::numeric, 'Start more workers, or look why they do not claim: gsdb task list --status queued.', s.queued, s.oldest),
        ('queue_length', s.due::numeric, 'tasks', 10000, 100000, 'Start more workers: tasks come faster than they are done.', s.queued, s.oldest)
    ) as m (signal, value, unit, warning_at, critical_at, remedy, queued, oldest);
end
$$;
comment on function tasks.queue_signals() is 'Signals of the tasks that are due and wait for a worker.';

create or replace function tasks.stuck_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with running as materialized (
        select t.id, t.started_at + make_interval(secs => t.timeout_seconds + 60) < now() as overruns, w.lease_expires_at < now() or w.id is null as is_lost
        from (select r.id, r.started_at, r.timeout_seconds, r.worker_id from tasks.tasks r where r.status = 'running' and r.executor <> 'manual' limit 100000) t
        left join tasks.workers w on w.id = t.worker_id
    ), counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'lost_by_workers', count(*), min(r.id::text), 1, 10, 'Let the server run, which gives them back; a worker that lives must extend its lease.' from running r where r.is_lost
        union all
        select 'past_their_timeout', count(*), min(r.id::text), 1, 10, 'Cancel them; the executor did not end them when their time was over.' from running r where r.overruns
        union all
        select 'scheduled_overdue', count(*), min(s.id::text), 1, 100, 'Let the server run, whose scheduler queues tasks when their time has come.'
        from (select t.id from tasks.tasks t where t.status = 'scheduled' and t.run_at < now() - interval '1 minute' limit 100000) s
        union all
        select 'waits_overdue', count(*), min(s.id::text), 1, 100, 'Let the server run, which ends waits that have expired.'
        from (select t.id from tasks.tasks t where t.status = 'waiting' and t.wait_expires_at < now() - interval '1 minute' limit 100000) s
        union all
        select 'schedules_overdue', count(*), min(s.id::text), 1, 10, 'Let the server run; a schedule whose cron cannot be computed is named in its log.'
        from (select h.id from tasks.schedules h where h.paused_at is null and h.next_run_at < now() - interval '5 minutes' limit 100000) s
        union all
        select 'dead_letters', count(*), min(s.id::text), 10, 1000, 'Look at error_message, then replay them or cancel them.'
        from (select t.id from tasks.tasks t where t.status = 'dead' limit 100000) s
    )
    select 'tasks', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function tasks.stuck_signals() is 'Signals of tasks and schedules that should have gone on and have not.';

-- Few tasks say nothing of a rate: it is judged from 20 on.
create or replace function tasks.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'tasks', 'failure_rate', round(coalesce(100.0 * s.failed / nullif(s.ended, 0), 0), 2), '%',
           case when s.ended >= 20 then 10::numeric end, case when s.ended >= 20 then 50::numeric end,
           'Look at error_class of the tasks that failed; select * from tasks_performance_analysis() shows which types.',
           jsonb_build_object('ended', s.ended, 'failed', s.failed, 'seconds', extract(epoch from span))
    from (select count(*) filter (where t.status in ('failed', 'dead')) as failed, count(*) filter (where t.status <> 'cancelled') as ended
          from base.organizations_in('tasks.tasks') o
          cross join lateral (
              select f.status from tasks.tasks f where f.organization_id = o and f.finished_at >= now() - span order by f.finished_at desc limit 100000
          ) t) s;
end
$$;
comment on function tasks.outcome_signals(interval) is 'The share of the tasks that ended within a span of time and failed.';

create or replace function tasks.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('tasks.tasks') = 'none' then
        return next base.unread_signal('tasks.tasks', 'tasks.tasks');
        return;
    end if;
    return query
    with ended as materialized (
        select t.*
        from base.organizations_in('tasks.tasks') o
        cross join lateral (
            select f.organization_id, f.id, f.status, f.executor, f.output, f.error_message from tasks.tasks f
            where f.organization_id = o and f.finished_at >= now() - interval '7 days' order by f.finished_at desc limit 1000
        ) t
    ), counted (signal, missing, among, warning_at, critical_at, remedy) as (
        select 'succeeded_without_output', count(*) filter (where e.output = '{}'), count(*), 50, null::integer, 'Let the executor of these tasks record what it made.'
        from ended e where e.status = 'succeeded' and e.executor <> 'manual'
        union all
        select 'failed_without_message', count(*) filter (where btrim(coalesce(e.error_message, '')) = ''), count(*), 5, 50, 'Let the executor say what went wrong, not only its class.'
        from ended e where e.status in ('failed', 'dead')
        union all
        select 'attempts_without_measurement',
               count(*) filter (where not exists (select from tasks.task_resource_usage u where u.organization_id = e.organization_id and u.task_id = e.id)), count(*), 50, null,
               'Workers record CPU, memory and I/O when an attempt ends; a program that completes tasks by SQL has to do so itself.'
        from (select x.* from ended x where x.status <> 'cancelled' and x.executor <> 'manual' limit 1000) e
    )
    select 'tasks.tasks', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%',
           case when c.among >= 20 then c.warning_at::numeric end, case when c.among >= 20 then c.critical_at::numeric end, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', '7 days, newest 1000 of each organization')
    from counted c;
end
$$;
comment on function tasks.quality_signals() is 'How complete what tasks leave behind is, of those that ended in the last seven days.';

create or replace function tasks.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('tasks.tasks') = 'none' then
        return next base.unread_signal('tasks', 'tasks.tasks');
        return;
    end if;
    return query
    with links as materialized (
        select d.organization_id, d.successor_id, d.satisfied_at, s.status,
               d.satisfied_at is null and d.is_hard and d.kind in ('blocks', 'depends_on') and s.status in ('queued', 'running', 'succeeded') as is_early
        from base.organizations_in('tasks.task_dependencies') o
        cross join lateral (
            select x.* from tasks.task_dependencies x where x.organization_id = o and x.successor_id is not null order by x.id desc limit 500
        ) d
        join tasks.tasks s on s.organization_id = d.organization_id and s.id = d.successor_id
    ), judged as (
        select l.successor_id, bool_or(l.is_early) as is_early,
               bool_and(l.status = 'blocked' and l.satisfied_at is not null) and not exists (
                   select from tasks.task_dependencies x where x.organization_id = l.organization_id and x.successor_id = l.successor_id and x.satisfied_at is null) as is_forgotten
        from links l
        group by l.organization_id, l.successor_id
    )
    select 'tasks', m.signal, m.found::numeric, 'tasks', 1::numeric, 10::numeric, m.remedy,
           jsonb_strip_nulls(jsonb_build_object('checked', s.checked, 'is_complete', false, 'example', m.example, 'window', 'newest 500 dependencies of each organization'))
    from (select count(*) as checked, count(*) filter (where j.is_early) as early, min(j.successor_id::text) filter (where j.is_early) as early_example,
                 count(*) filter (where j.is_forgotten) as forgotten, min(j.successor_id::text) filter (where j.is_forgotten) as forgotten_example
          from judged j) s
    cross join lateral (values
        ('begun_before_what_they_wait_for', s.early, s.early_example, 'Somebody changed status by hand: set the task back to blocked, or remove the dependency.'),
        ('blocked_by_nothing', s.forgotten, s.forgotten_example, 'select tasks.settle_dependencies(array[...]) with the ids of their predecessors.')
    ) as m (signal, found, example, remedy);
end
$$;
comment on function tasks.integrity_signals() is 'Tasks whose state contradicts the dependencies they have.';
