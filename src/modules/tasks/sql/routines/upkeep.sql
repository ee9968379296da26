-- What goes on by itself: tasks of workers that are gone, tasks whose time has come, waits that have lasted too long. Any number of servers
-- may do it at the same time; each call does a bounded amount.

-- Who of the workers is holding tasks, found by stepping from one to the next.
create or replace function tasks.holding_workers() returns table (organization_id uuid, worker_id uuid)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
    return query
    with recursive step (organization_id, worker_id) as (
        (select t.organization_id, t.worker_id
         from tasks.tasks t
         where t.status = 'running' and t.worker_id is not null
         order by t.organization_id, t.worker_id
         limit 1)
        union all
        select n.organization_id, n.worker_id
        from step s
        cross join lateral (
            select t.organization_id, t.worker_id
            from tasks.tasks t
            where t.status = 'running' and t.worker_id is not null and (t.organization_id, t.worker_id) > (s.organization_id, s.worker_id)
            order by t.organization_id, t.worker_id
            limit 1) n
    )
    select s.organization_id, s.worker_id from step s;
end
$$;
comment on function tasks.holding_workers() is 'Part of tasks.take_back_tasks: which workers hold tasks, in which organizations.';

-- Whose lease has ended loses it for good: the number of its epoch grows, so that it cannot be extended any more. A worker without a row holds
-- nothing either. Tasks with attempts left go back to their old place in the queue; the others become dead letters.
create or replace function tasks.take_back_tasks(page integer)
    returns table (organization_id uuid, task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    holder record;
    over uuid[];
    changed_ids uuid[];
    statuses tasks.task_status[];
    taken integer := 0;
begin
    update tasks.workers w
    set epoch = w.epoch + 1
    where w.id in (select e.id from tasks.workers e where e.lease_expires_at <= now() order by e.id for update skip locked);
    for holder in
        select h.organization_id, h.worker_id, case when w.lease_expires_at > now() then w.epoch end as live_epoch
        from tasks.holding_workers() h
        left join tasks.workers w on w.id = h.worker_id
        where w.id is null or w.lease_expires_at <= now() or w.epoch > 1
    loop
        exit when taken >= page;
        with lost as materialized (
            select c.id
            from tasks.tasks c
            where c.organization_id = holder.organization_id and c.status = 'running' and c.worker_id = holder.worker_id
              and c.worker_epoch is distinct from holder.live_epoch
            order by c.id
            limit page - taken
            for update skip locked
        ), changed as (
            update tasks.tasks t
            set status = case when t.cancel_requested_at is not null then 'cancelled'
                              when t.attempts - t.attempts_forgiven < t.attempts_max then 'queued'
                              else 'dead' end::tasks.task_status,
                finished_at = case when t.cancel_requested_at is null and t.attempts - t.attempts_forgiven < t.attempts_max then null
                                   else greatest(now(), t.started_at) end,
                worker_id = null, worker_epoch = null, error_class = 'worker_lost', error_message = null, updated_at = now()
            from lost
            where t.organization_id = holder.organization_id and t.id = lost.id
            returning t.id, t.status
        )
        select array_agg(c.id order by c.id) filter (where c.status in ('cancelled', 'dead')), array_agg(c.id order by c.id), array_agg(c.status order by c.id)
        into over, changed_ids, statuses
        from changed c;
        taken := taken + coalesce(cardinality(changed_ids), 0);
        perform tasks.settle_ended(holder.organization_id, coalesce(over, '{}'));
        return query select holder.organization_id, u.id, u.status from unnest(changed_ids, statuses) as u (id, status);
    end loop;
    if taken < page then
        delete from tasks.workers w
        where w.lease_expires_at <= now() and not exists (select from tasks.holding_workers() h where h.worker_id = w.id);
    end if;
end
$$;
comment on function tasks.take_back_tasks(integer) is
    'Takes up to so many tasks back from workers whose lease has ended; returns what became of each. When less than that come, nothing is left and the workers'' rows are gone.';

-- What a worker holds, as the database sees it.
create or replace function tasks.tasks_of_worker(worker uuid, epoch bigint, only_cancelled boolean)
    returns table (organization_id uuid, task_id uuid, attempt integer)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
    return query
    with holders as materialized (select h.organization_id from tasks.holding_workers() h where h.worker_id = worker)
    select t.organization_id, t.id, t.attempts
    from holders h
    join tasks.tasks t on t.organization_id = h.organization_id
    where t.status = 'running' and t.worker_id = worker and t.worker_epoch = epoch and (not only_cancelled or t.cancel_requested_at is not null);
end
$$;
comment on function tasks.tasks_of_worker(uuid, bigint, boolean) is 'The tasks that a worker holds; or those of them that are to be called off.';

create or replace function tasks.queue_due_tasks(page integer) returns table (queued integer, next_run_at timestamptz)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    first record;
    got integer;
begin
    queued := 0;
    for first in
        with recursive step (organization_id, run_at) as (
            (select t.organization_id, t.run_at from tasks.tasks t where t.status = 'scheduled' order by t.organization_id, t.run_at limit 1)
            union all
            select n.organization_id, n.run_at
            from step s
            cross join lateral (
                select t.organization_id, t.run_at from tasks.tasks t
                where t.status = 'scheduled' and t.organization_id > s.organization_id
                order by t.organization_id, t.run_at
                limit 1) n
        )
        select s.organization_id, s.run_at from step s
    loop
        if first.run_at > now() then
            next_run_at := least(next_run_at, first.run_at);
            continue;
        end if;
        with due as materialized (
            select c.id
            from tasks.tasks c
            where c.organization_id = first.organization_id and c.status = 'scheduled' and c.run_at <= now()
            order by c.run_at
            limit page
            for update skip locked
        )
        update tasks.tasks t
        set status = 'queued', updated_at = now()
        from due
        where t.organization_id = first.organization_id and t.id = due.id;
        get diagnostics got = row_count;
        queued := queued + got;
        next_run_at := least(next_run_at, case when got = page then now() else
            (select t.run_at from tasks.tasks t where t.organization_id = first.organization_id and t.status = 'scheduled' order by t.run_at limit 1) end);
    end loop;
    return next;
end
$$;
comment on function tasks.queue_due_tasks(integer) is
    'Sends tasks whose time has come to the queue, up to so many of each organization; returns how many, and when the next ones are due (null for never).';

-- A rule of the definition for the class wait_expired may send such a task back to the queue instead.
create or replace function tasks.expire_waits(page integer) returns table (organization_id uuid, task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    first record;
    over uuid[];
    changed_ids uuid[];
    statuses tasks.task_status[];
begin
    for first in
        with recursive step (organization_id, wait_expires_at) as (
            (select t.organization_id, t.wait_expires_at from tasks.tasks t where t.status = 'waiting' order by t.organization_id, t.wait_expires_at limit 1)
            union all
            select n.organization_id, n.wait_expires_at
            from step s
            cross join lateral (
                select t.organization_id, t.wait_expires_at from tasks.tasks t
                where t.status = 'waiting' and t.organization_id > s.organization_id
                order by t.organization_id, t.wait_expires_at
                limit 1) n
        )
        select s.organization_id from step s where s.wait_expires_at <= now()
    loop
        with expired as materialized (
            select c.id, c.definition_id
            from tasks.tasks c
            where c.organization_id = first.organization_id and c.status = 'waiting' and c.wait_expires_at <= now()
            order by c.wait_expires_at
            limit page
            for update skip locked
        ), changed as (
            update tasks.tasks t
            set status = case when coalesce(r.is_retried, false) then 'queued' else 'failed' end::tasks.task_status,
                run_at = case when coalesce(r.is_retried, false) then now() else t.run_at end,
                finished_at = case when coalesce(r.is_retried, false) then null else greatest(now(), t.started_at) end,
                error_class = 'wait_expired', error_message = left('no ' || t.awaited_event || ' came in time', 2000),
                awaited_event = null, wait_expires_at = null, updated_at = now()
            from expired e
            left join tasks.retry_rules r on r.organization_id = first.organization_id and r.definition_id = e.definition_id and r.error_class = 'wait_expired'
            where t.organization_id = first.organization_id and t.id = e.id
            returning t.id, t.status
        )
        select array_agg(c.id order by c.id) filter (where c.status = 'failed'), array_agg(c.id order by c.id), array_agg(c.status order by c.id)
        into over, changed_ids, statuses
        from changed c;
        perform tasks.settle_ended(first.organization_id, coalesce(over, '{}'));
        return query select first.organization_id, u.id, u.status from unnest(changed_ids, statuses) as u (id, status);
    end loop;
end
$$;
comment on function tasks.expire_waits(integer) is 'Ends waits that have lasted too long, up to so many of each organization; returns what became of each task.';

create or replace function tasks.due_schedules(page integer) returns table (organization_id uuid, schedule_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select s.organization_id, s.id
    from tasks.schedules s
    where s.paused_at is null and s.next_run_at <= now() and s.definition_id is not null
    order by s.next_run_at
    limit page;
end
$$;
comment on function tasks.due_schedules(integer) is 'Schedules whose time has come, of all organizations.';

revoke execute on function
    tasks.take_back_tasks(integer), tasks.tasks_of_worker(uuid, bigint, boolean), tasks.queue_due_tasks(integer), tasks.expire_waits(integer), tasks.due_schedules(integer)
from public;
grant execute on function
    tasks.take_back_tasks(integer), tasks.tasks_of_worker(uuid, bigint, boolean), tasks.queue_due_tasks(integer), tasks.expire_waits(integer), tasks.due_schedules(integer)
to task_user;
