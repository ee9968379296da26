-- How attempts end. Each routine takes what a worker reports of many tasks, of any organizations, and changes only what the worker still holds:
-- what comes too late, because the lease was taken away or the task was ended by another, changes nothing. Rows are locked in the order of
-- their ids. Ends are not earlier than beginnings, whatever the server's clock did in between. The state is compared as a text, which no partial
-- index can be used for: the key finds each task at once, where the index over what a worker runs is full of what has ended.

-- Settles what waited for tasks that have ended; returns how many it let go on or cancelled.
create or replace function tasks.settle_ended(organization uuid, ended uuid[]) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    former constant text := coalesce(current_setting('app.organization_id', true), '');
    settled integer;
begin
    if not exists (select from tasks.task_dependencies d where d.organization_id = organization and d.predecessor_id = any (ended)) then
        return 0;
    end if;
    -- Text, because Citus does not carry set_config() to the shards.
    execute format('set local app.organization_id = %L', organization);
    select count(*) into settled from tasks.settle_dependencies(ended);
    execute format('set local app.organization_id = %L', former);
    return settled;
end
$$;
comment on function tasks.settle_ended(uuid, uuid[]) is 'Part of what ends tasks: tasks.settle_dependencies for an organization, where anything waits for them.';

create or replace function tasks.complete_tasks(worker uuid, epoch bigint, organizations uuid[], ids uuid[], attempts integer[], outputs text[])
    returns table (ended integer, settled integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization uuid;
    done uuid[];
begin
    ended := 0;
    settled := 0;
    for organization in select distinct o from unnest(organizations) as o order by o loop
        with given as materialized (
            select g.id, g.attempt, g.output
            from unnest(organizations, ids, complete_tasks.attempts, outputs) as g (organization_id, id, attempt, output)
            where g.organization_id = organization
            order by g.id
        ), changed as (
            update tasks.tasks t
            set status = 'succeeded', finished_at = greatest(now(), t.started_at), progress_percentage = 100, output = given.output::jsonb,
                worker_id = null, worker_epoch = null, error_class = null, error_message = null, updated_at = now()
            from given
            where t.organization_id = organization and t.id = given.id and t.status::text = 'running'
              and t.worker_id = worker and t.worker_epoch = epoch and t.attempts = given.attempt
            returning t.id
        )
        select array_agg(c.id order by c.id) into done from changed c;
        ended := ended + coalesce(cardinality(done), 0);
        settled := settled + tasks.settle_ended(organization, coalesce(done, '{}'));
    end loop;
    return next;
end
$$;
comment on function tasks.complete_tasks(uuid, bigint, uuid[], uuid[], integer[], text[]) is
    'Notes that a worker has done tasks; returns how many of them it still held, and how many others go on or are cancelled for it.';

-- What an error means for a task is said by the rule of its definition, else by who reports it, else it is repeated and counts. The pause
-- is what the error says, else the rule, else it grows by the definition from attempt to attempt, lengthened by a part that `dice` (from 0
-- to 1) chooses. A task that somebody wants to be called off is not tried again.
create or replace function tasks.fail_tasks(
    worker uuid, epoch bigint, organizations uuid[], ids uuid[], attempts integer[], error_classes text[], error_messages text[],
    retried boolean[], spending boolean[], pauses interval[], dice double precision[])
    returns table (organization_id uuid, task_id uuid, status tasks.task_status, run_at timestamptz)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    organization uuid;
    over uuid[];
    changed_ids uuid[];
    statuses tasks.task_status[];
    moments timestamptz[];
begin
    for organization in select distinct o from unnest(organizations) as o order by o loop
        with given as materialized (
            select g.*
            from unnest(organizations, ids, fail_tasks.attempts, error_classes, error_messages, retried, spending, pauses, dice)
                as g (organization_id, id, attempt, error_class, error_message, is_retried, spends_attempt, pause, die)
            where g.organization_id = organization
            order by g.id
        ), held as materialized (
            select t.id, t.attempts - t.attempts_forgiven as counted, t.attempts_max, t.cancel_requested_at is not null as is_cancelled,
                   coalesce(r.is_retried, g.is_retried, true) as is_retried, coalesce(r.spends_attempt, g.spends_attempt, true) as spends_attempt,
                   g.error_class, g.error_message, g.die, coalesce(g.pause, make_interval(secs => r.delay_seconds)) as pause,
                   coalesce(d.retry_delay_seconds, 10) as delay, coalesce(d.retry_delay_seconds_max, 3600) as delay_max,
                   coalesce(d.retry_backoff_factor, 2)::double precision as factor, coalesce(d.retry_jitter_percentage, 20)::double precision as jitter
            from given g
            join tasks.tasks t on t.organization_id = organization and t.id = g.id
            left join tasks.task_definitions d on d.organization_id = organization and d.id = t.definition_id
            left join tasks.retry_rules r on r.organization_id = organization and r.definition_id = t.definition_id and r.error_class = g.error_class
            where t.status::text = 'running' and t.worker_id = worker and t.worker_epoch = epoch and t.attempts = g.attempt
            order by t.id
            for update of t
        ), judged as (
            select h.*,
                   case when h.is_cancelled then 'cancelled'
                        when not h.is_retried then 'failed'
                        when h.spends_attempt and h.counted >= h.attempts_max then 'dead'
                        else 'scheduled' end::tasks.task_status as next_status,
                   now() + coalesce(h.pause, make_interval(secs => least(h.delay_max, h.delay * power(h.factor, greatest(h.counted - 1, 0)))
                                                               * (1 + h.jitter / 100 * h.die))) as next_run_at
            from held h
        ), changed as (
            update tasks.tasks t
            set status = case when j.next_status = 'scheduled' and j.next_run_at <= now() then 'queued' else j.next_status end,
                run_at = case when j.next_status = 'scheduled' then j.next_run_at else t.run_at end,
                attempts_forgiven = t.attempts_forgiven + case when j.next_status = 'scheduled' and not j.spends_attempt then 1 else 0 end,
                finished_at = case when j.next_status <> 'scheduled' then greatest(now(), t.started_at) end,
                worker_id = null, worker_epoch = null, error_class = j.error_class, error_message = j.error_message, updated_at = now()
            from judged j
            where t.organization_id = organization and t.id = j.id
            returning t.id, t.status, t.run_at
        )
        select array_agg(c.id order by c.id) filter (where c.status in ('cancelled', 'dead', 'failed')),
               array_agg(c.id order by c.id), array_agg(c.status order by c.id), array_agg(c.run_at order by c.id)
        into over, changed_ids, statuses, moments
        from changed c;
        perform tasks.settle_ended(organization, coalesce(over, '{}'));
        return query
        select organization, u.id, u.status, u.moment from unnest(changed_ids, statuses, moments) as u (id, status, moment);
    end loop;
end
$$;
comment on function tasks.fail_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], text[], boolean[], boolean[], interval[], double precision[]) is
    'Notes that attempts of a worker have failed, and what comes of each task: another attempt at its time, a dead letter, the end. Returns those that the worker still held.';

-- The attempt that ends in a wait does not count.
create or replace function tasks.suspend_tasks(worker uuid, epoch bigint, organizations uuid[], ids uuid[], attempts integer[], events text[], expiries timestamptz[])
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization uuid;
    over uuid[];
    held integer := 0;
begin
    for organization in select distinct o from unnest(organizations) as o order by o loop
        with given as materialized (
            select g.id, g.attempt, g.event, g.expires_at
            from unnest(organizations, ids, suspend_tasks.attempts, events, expiries) as g (organization_id, id, attempt, event, expires_at)
            where g.organization_id = organization
            order by g.id
        ), changed as (
            update tasks.tasks t
            set status = case when t.cancel_requested_at is null then 'waiting' else 'cancelled' end::tasks.task_status,
                awaited_event = case when t.cancel_requested_at is null then given.event end,
                wait_expires_at = case when t.cancel_requested_at is null then given.expires_at end,
                finished_at = case when t.cancel_requested_at is not null then greatest(now(), t.started_at) end,
                attempts_forgiven = t.attempts_forgiven + 1, worker_id = null, worker_epoch = null, updated_at = now()
            from given
            where t.organization_id = organization and t.id = given.id and t.status::text = 'running'
              and t.worker_id = worker and t.worker_epoch = epoch and t.attempts = given.attempt
            returning t.id, t.status
        )
        select array_agg(c.id order by c.id) filter (where c.status = 'cancelled'), held + count(*) into over, held from changed c;
        perform tasks.settle_ended(organization, coalesce(over, '{}'));
    end loop;
    return held;
end
$$;
comment on function tasks.suspend_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], timestamptz[]) is
    'Lets tasks of a worker wait for events; their attempts do not count. Returns how many of them it still held.';

-- What a worker took and gives back as it was: its attempt does not count.
create or replace function tasks.hand_back_tasks(worker uuid, epoch bigint, organizations uuid[], ids uuid[], attempts integer[])
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization uuid;
    over uuid[];
    held integer := 0;
begin
    for organization in select distinct o from unnest(organizations) as o order by o loop
        with given as materialized (
            select g.id, g.attempt
            from unnest(organizations, ids, hand_back_tasks.attempts) as g (organization_id, id, attempt)
            where g.organization_id = organization
            order by g.id
        ), changed as (
            update tasks.tasks t
            set status = case when t.cancel_requested_at is null then 'queued' else 'cancelled' end::tasks.task_status,
                finished_at = case when t.cancel_requested_at is not null then greatest(now(), t.started_at) end,
                attempts_forgiven = t.attempts_forgiven + 1, worker_id = null, worker_epoch = null, updated_at = now()
            from given
            where t.organization_id = organization and t.id = given.id and t.status::text = 'running'
              and t.worker_id = worker and t.worker_epoch = epoch and t.attempts = given.attempt
            returning t.id, t.status
        )
        select array_agg(c.id order by c.id) filter (where c.status = 'cancelled'), held + count(*) into over, held from changed c;
        perform tasks.settle_ended(organization, coalesce(over, '{}'));
    end loop;
    return held;
end
$$;
comment on function tasks.hand_back_tasks(uuid, bigint, uuid[], uuid[], integer[]) is
    'Puts tasks that a worker took back into the queue, the attempt not counted. Returns how many of them it still held.';

revoke execute on function
    tasks.complete_tasks(uuid, bigint, uuid[], uuid[], integer[], text[]),
    tasks.fail_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], text[], boolean[], boolean[], interval[], double precision[]),
    tasks.suspend_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], timestamptz[]),
    tasks.hand_back_tasks(uuid, bigint, uuid[], uuid[], integer[])
from public;
grant execute on function
    tasks.complete_tasks(uuid, bigint, uuid[], uuid[], integer[], text[]),
    tasks.fail_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], text[], boolean[], boolean[], interval[], double precision[]),
    tasks.suspend_tasks(uuid, bigint, uuid[], uuid[], integer[], text[], timestamptz[]),
    tasks.hand_back_tasks(uuid, bigint, uuid[], uuid[], integer[])
to task_user;
