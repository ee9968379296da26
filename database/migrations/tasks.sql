-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('tasks', array['tasks']::name[], 'task_owner', 15, '0.1.0');
insert into pg_temp.gsdb_routine values ('changes', $gsdb_file$-- What people and programs do with tasks of their organization: many added at once with what they wait for, called off, tried again, woken.

-- Arrays are taken for short ones by the planner, which then compares each with each.
create or replace function tasks.out_of_order(ordered uuid[], successors uuid[], predecessors uuid[], kinds tasks.dependency_kind[])
    returns table (successor uuid, predecessor uuid)
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
    set enable_nestloop = off
    set enable_mergejoin = off
as $$
begin
    return query
    with place as materialized (
        select o.id, o.number from unnest(ordered) with ordinality as o (id, number)
    )
    select e.successor, e.predecessor
    from unnest(successors, predecessors, kinds) as e (successor, predecessor, kind)
    left join place s on s.id = e.successor
    left join place p on p.id = e.predecessor
    where s.number is null or (p.number >= s.number and e.kind not in ('related_to', 'conflicts_with'))
    limit 1;
end
$$;
comment on function tasks.out_of_order(uuid[], uuid[], uuid[], tasks.dependency_kind[]) is
    'Part of tasks.add_dependencies_of_new: a dependency whose successor is not told after its predecessor; none when all are in order.';

-- For tasks that the transaction has just added as drafts. They are told in an order in which each comes after what it waits for; with nothing
-- waiting for them yet but what is added here, that there is such an order means that there is no cycle, and nobody has to search for one.
create or replace function tasks.add_dependencies_of_new(
    ordered uuid[], successors uuid[], predecessors uuid[], kinds tasks.dependency_kind[], conditions tasks.dependency_condition[], hard boolean[], delays integer[])
    returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    fault record;
    added integer;
begin
    perform tasks.lock_graph('tasks.task_dependencies', organization);
    select o.successor, o.predecessor into fault from tasks.out_of_order(ordered, successors, predecessors, kinds) o;
    if found or exists (select from tasks.task_dependencies d where d.organization_id = organization and d.predecessor_id = any (ordered)) then
        raise exception using errcode = 'GS301',
            message = format('task %s is not told after what it waits for', coalesce(fault.successor::text, 'of the list')),
            hint = 'Tell new tasks in an order in which each comes after what it waits for; where there is none, they wait in a circle.';
    end if;
    if (select count(*) <> count(*) filter (where t.status = 'draft') from tasks.tasks t where t.organization_id = organization and t.id = any (ordered)) then
        raise exception using errcode = 'GS303',
            message = 'a task of the list has been handed over already', hint = 'Add dependencies before the task is taken.';
    end if;
    -- So that none of them ends unseen in between.
    perform from tasks.tasks t
    where t.organization_id = organization and t.id in (select unnest(predecessors) except select unnest(ordered))
    order by t.id for share;
    insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition, is_hard, delay_seconds, satisfied_at)
    select organization,
           case when e.kind in ('depends_on', 'related_to', 'conflicts_with') then e.successor else e.predecessor end,
           case when e.kind in ('depends_on', 'related_to', 'conflicts_with') then e.predecessor else e.successor end,
           e.kind, e.condition, e.is_hard and e.kind <> 'related_to', e.delay,
           case when e.kind not in ('related_to', 'conflicts_with') and t.finished_at is not null and (not e.is_hard or tasks.meets(e.condition, t.status)) then t.finished_at end
    from unnest(successors, predecessors, kinds, conditions, hard, delays) as e (successor, predecessor, kind, condition, is_hard, delay)
    left join tasks.tasks t on t.organization_id = organization and t.id = e.predecessor;
    get diagnostics added = row_count;
    return added;
end
$$;
comment on function tasks.add_dependencies_of_new(uuid[], uuid[], uuid[], tasks.dependency_kind[], tasks.dependency_condition[], boolean[], integer[]) is
    'Adds what drafts of this transaction wait for, many at once, told in an order without a circle; hand them over with tasks.submit_tasks. Error GS301 without such an order.';

-- Tasks that a worker has are asked to end; all others end here.
create or replace function tasks.cancel_tasks(ids uuid[], reason text) returns table (task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
    over uuid[];
begin
    perform from tasks.tasks t where t.organization_id = organization and t.id = any (ids) order by t.id for update;
    with changed as (
        update tasks.tasks t
        set status = case when t.worker_id is null then 'cancelled' else t.status end,
            finished_at = case when t.worker_id is null then coalesce(t.finished_at, greatest(now(), t.started_at)) end,
            awaited_event = null, wait_expires_at = null,
            cancel_requested_at = coalesce(t.cancel_requested_at, now()), cancel_reason = coalesce(t.cancel_reason, reason), updated_at = now()
        where t.organization_id = organization and t.id = any (ids) and t.status not in ('cancelled', 'failed', 'succeeded')
        returning t.id, t.status
    )
    select array_agg(c.id order by c.id) filter (where c.status = 'cancelled') into over from changed c;
    perform tasks.settle_ended(organization, coalesce(over, '{}'));
    return query
    select t.id, t.status from tasks.tasks t where t.organization_id = organization and t.id = any (ids) order by t.id;
end
$$;
comment on function tasks.cancel_tasks(uuid[], text) is 'Calls tasks of the transaction''s organization off; returns how each stands: running ones end when their worker heeds it.';

create or replace function tasks.replay_tasks(ids uuid[]) returns table (task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
begin
    perform from tasks.tasks t where t.organization_id = organization and t.id = any (ids) order by t.id for update;
    return query
    update tasks.tasks t
    set status = 'queued', attempts_forgiven = t.attempts, run_at = now(), finished_at = null, cancel_requested_at = null, cancel_reason = null, updated_at = now()
    where t.organization_id = organization and t.id = any (ids) and t.status in ('dead', 'failed')
    returning t.id, t.status;
end
$$;
comment on function tasks.replay_tasks(uuid[]) is 'Puts dead letters and failed tasks back into the queue, with all their attempts; returns those that were.';

revoke execute on function
    tasks.add_dependencies_of_new(uuid[], uuid[], uuid[], tasks.dependency_kind[], tasks.dependency_condition[], boolean[], integer[]),
    tasks.cancel_tasks(uuid[], text), tasks.replay_tasks(uuid[])
from public;
grant execute on function
    tasks.add_dependencies_of_new(uuid[], uuid[], uuid[], tasks.dependency_kind[], tasks.dependency_condition[], boolean[], integer[]),
    tasks.cancel_tasks(uuid[], text), tasks.replay_tasks(uuid[])
to task_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('claiming', $gsdb_file$-- How workers take tasks of all organizations. In the queue of an organization each executor has a lane, and one more for tasks with a
-- concurrency key; there, each key is a stream of its own. Within a claim organizations come in an order that `turn` chooses and get equal
-- shares, what one leaves goes to the others; within an organization the tasks come first that stand first, whatever stream they are in.
-- Policies make the planner expect few rows (docs/decisions/0013), so these routines are told to follow the indexes.

-- How many tasks of a key may begin now: null for any number. Holds the limit until the end of the transaction, so that two claims do not
-- both take the last place; the one that comes second gets none and asks again later.
create or replace function tasks.free_places(organization uuid, key text) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
as $$
declare
    bound tasks.task_limits;
begin
    if not exists (select from tasks.task_limits l where l.organization_id = organization and l.concurrency_key = key) then
        return null;
    end if;
    select * into bound from tasks.task_limits l where l.organization_id = organization and l.concurrency_key = key for no key update skip locked;
    if not found then
        return 0;
    end if;
    return greatest(0, least(
        bound.running_max - (select count(*) from tasks.tasks t
                             where t.organization_id = organization and t.concurrency_key = key and t.status = 'running'),
        bound.starts_max - (select count(*) from tasks.tasks t
                            where t.organization_id = organization and t.concurrency_key = key
                              and t.started_at > now() - make_interval(secs => bound.starts_window_seconds))))::integer;
end
$$;
comment on function tasks.free_places(uuid, text) is 'Part of tasks.claim_tasks: how many tasks with the key may begin now, null for any number.';

-- The lanes that have tasks, found by stepping from one to the next.
create or replace function tasks.busy_lanes(lanes integer[]) returns table (organization_id uuid, lane integer)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
    return query
    with recursive step (organization_id, lane) as (
        (select t.organization_id, t.lane
         from tasks.tasks t
         where t.status = 'queued' and t.executor <> 'manual'
         order by t.organization_id, t.lane
         limit 1)
        union all
        select n.organization_id, n.lane
        from step s
        cross join lateral (
            select t.organization_id, t.lane
            from tasks.tasks t
            where t.status = 'queued' and t.executor <> 'manual' and (t.organization_id, t.lane) > (s.organization_id, s.lane)
            order by t.organization_id, t.lane
            limit 1) n
    )
    select s.organization_id, s.lane from step s where s.lane = any (lanes);
end
$$;
comment on function tasks.busy_lanes(integer[]) is 'Part of tasks.claim_tasks: which of the lanes have tasks, in which organizations.';

-- A thousand keys at most: with more of them at once, those behind wait until one of these has no tasks.
create or replace function tasks.claim_streams(organization uuid, lanes integer[]) returns table (lane integer, key text, places integer)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
    return query
    select l.lane, null::text, null::integer from unnest(lanes) as l (lane) where l.lane < 10;
    if not exists (select from unnest(lanes) as l (lane) where l.lane >= 10) then
        return;
    end if;
    return query
    with recursive step (lane, key) as (
        select l.lane, (select t.concurrency_key
                        from tasks.tasks t
                        where t.organization_id = organization and t.lane = l.lane and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                        order by t.concurrency_key limit 1)
        from unnest(lanes) as l (lane)
        where l.lane >= 10
        union all
        select s.lane, (select t.concurrency_key
                        from tasks.tasks t
                        where t.organization_id = organization and t.lane = s.lane and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                          and t.concurrency_key > s.key
                        order by t.concurrency_key limit 1)
        from step s
        where s.key is not null
    ), found as materialized (
        select s.lane, s.key from step s where s.key is not null limit 1000
    ), bounded as materialized (
        select k.key, tasks.free_places(organization, k.key) as places from (select distinct f.key from found f order by f.key) k
    )
    select f.lane, f.key, b.places from found f join bounded b on b.key = f.key where b.places is null or b.places > 0;
end
$$;
comment on function tasks.claim_streams(uuid, integer[]) is 'Part of tasks.claim_tasks: the streams of an organization''s lanes, and how many of each may begin; null for any number.';

-- Up to so many of one stream, from the first to the given position.
create or replace function tasks.claim_stream(organization uuid, in_lane integer, key text, last_position bigint, most integer, worker uuid, epoch bigint)
    returns setof tasks.tasks
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
begin
    if key is null then
        return query
        with picked as materialized (
            select c.id
            from tasks.tasks c
            where c.organization_id = organization and c.lane = in_lane and c.status = 'queued' and c.executor <> 'manual'
              and c.claim_position <= last_position and c.run_at <= now()
            order by c.claim_position
            limit most
            for update skip locked
        )
        update tasks.tasks t
        set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = worker, worker_epoch = epoch, updated_at = now()
        from picked
        where t.organization_id = organization and t.id = picked.id
        returning t.*;
        return;
    end if;
    return query
    with picked as materialized (
        select c.id
        from tasks.tasks c
        where c.organization_id = organization and c.lane = in_lane and c.concurrency_key = key and c.status = 'queued' and c.executor <> 'manual'
          and c.claim_position <= last_position and c.run_at <= now()
        order by c.claim_position
        limit most
        for update skip locked
    )
    update tasks.tasks t
    set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = worker, worker_epoch = epoch, updated_at = now()
    from picked
    where t.organization_id = organization and t.id = picked.id
    returning t.*;
end
$$;
comment on function tasks.claim_stream(uuid, integer, text, bigint, integer, uuid, bigint) is 'Part of tasks.claim_tasks: takes the first tasks of one stream.';

-- The position of the last of the first so many tasks, over several streams.
create or replace function tasks.last_position_of(organization uuid, in_lanes integer[], keys text[], places integer[], most integer) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
begin
    return (
        select max(first.claim_position)
        from (select p.claim_position
              from unnest(in_lanes, keys, places) as s (lane, key, places)
              cross join lateral (
                  (select t.claim_position
                   from tasks.tasks t
                   where s.key is null and t.organization_id = organization and t.lane = s.lane and t.status = 'queued' and t.executor <> 'manual'
                   order by t.claim_position
                   limit most)
                  union all
                  (select t.claim_position
                   from tasks.tasks t
                   where s.key is not null and t.organization_id = organization and t.lane = s.lane and t.concurrency_key = s.key
                     and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                   order by t.claim_position
                   limit least(most, s.places))) p
              order by p.claim_position
              limit most) first);
end
$$;
comment on function tasks.last_position_of(uuid, integer[], text[], integer[], integer) is 'Part of tasks.claim_tasks: up to which position the first so many tasks of several streams stand.';

-- The share of one organization.
create or replace function tasks.claim_of_organization(organization uuid, in_lanes integer[], most integer, worker uuid, epoch bigint) returns setof tasks.tasks
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    no_position constant bigint := 9223372036854775807;
    stream_lanes integer[];
    keys text[];
    places integer[];
    last_position bigint := no_position;
    taken integer := 0;
    got integer;
begin
    if cardinality(in_lanes) = 1 and in_lanes[1] < 10 then
        return query select * from tasks.claim_stream(organization, in_lanes[1], null, no_position, most, worker, epoch);
        return;
    end if;
    select array_agg(s.lane), array_agg(s.key), array_agg(s.places) into stream_lanes, keys, places
    from tasks.claim_streams(organization, in_lanes) s;
    if cardinality(stream_lanes) > 1 then
        last_position := tasks.last_position_of(organization, stream_lanes, keys, places, most);
    end if;
    -- The second time for what others had locked meanwhile: then whatever there is.
    for time in 1..2 loop
        for i in 1..coalesce(cardinality(stream_lanes), 0) loop
            continue when least(most - taken, places[i]) <= 0;
            return query
            select * from tasks.claim_stream(organization, stream_lanes[i], keys[i], last_position, least(most - taken, places[i]), worker, epoch);
            get diagnostics got = row_count;
            taken := taken + got;
            for same in 1..cardinality(stream_lanes) loop
                if keys[same] = keys[i] then
                    places[same] := places[same] - got;
                end if;
            end loop;
        end loop;
        exit when taken >= most or last_position = no_position;
        last_position := no_position;
    end loop;
end
$$;
comment on function tasks.claim_of_organization(uuid, integer[], integer, uuid, bigint) is 'Part of tasks.claim_tasks: takes the first tasks of one organization.';

create or replace function tasks.claim_tasks(worker uuid, epoch bigint, executors tasks.executor[], wanted integer, turn bigint)
    returns table (organization_id uuid, task_id uuid, attempt integer, executor tasks.executor, task_type text, title text, definition_id uuid,
                   configuration jsonb, input jsonb, timeout_seconds integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    lanes constant integer[] := (select array_agg(array_position(enum_range(null::tasks.executor), e) - 1 + more)
                                 from unnest(executors) as e, unnest('{0,10}'::integer[]) as more where e <> 'manual');
    chosen record;
    share integer;
    taken integer := 0;
    got integer;
begin
    if not exists (select from tasks.workers w where w.id = worker and w.epoch = claim_tasks.epoch and w.lease_expires_at > now()) then
        raise exception using errcode = 'GS306',
            message = format('worker %s does not hold its lease under epoch %s any more', worker, epoch),
            hint = 'Take a new lease; what it was running is run by others.';
    end if;
    for time in 1..2 loop
        for chosen in
            with busy as materialized (
                select b.organization_id, array_agg(b.lane) as lanes from tasks.busy_lanes(lanes) b group by b.organization_id
            )
            select b.organization_id, b.lanes, (select count(*) from busy) as organizations from busy b order by uuid_hash_extended(b.organization_id, turn)
        loop
            exit when taken >= wanted;
            share := case when time = 1 then greatest(1, wanted / chosen.organizations) else wanted end;
            return query
            select t.organization_id, t.id, t.attempts, t.executor, t.task_type, t.title, t.definition_id,
                   case when d.id is null then t.configuration else d.configuration || t.configuration end, t.input, t.timeout_seconds
            from tasks.claim_of_organization(chosen.organization_id, chosen.lanes, least(share, wanted - taken), worker, epoch) t
            left join tasks.task_definitions d on d.organization_id = t.organization_id and d.id = t.definition_id;
            get diagnostics got = row_count;
            taken := taken + got;
            exit when chosen.organizations = 1;
        end loop;
        exit when taken >= wanted or chosen is null or chosen.organizations = 1;
    end loop;
end
$$;
comment on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) is
    'Takes up to so many tasks of all organizations for a worker; their attempts count from here on. Another `turn` is another order of the organizations. Error GS306 when the worker has lost its lease.';
revoke execute on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) from public;
grant execute on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) to task_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('decompositions', $gsdb_file$-- The order of a decomposition's steps, and which decomposition is worked by.

create or replace function tasks.add_step_dependency(step uuid, depends_on_step uuid) returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization constant uuid := base.require_organization_id();
    decomposition uuid;
    added uuid;
begin
    select s.decomposition_id into decomposition from tasks.decomposed_steps s where s.organization_id = organization and s.id = step;
    if not found then
        raise exception using errcode = 'GS302',
            message = format('there is no step %s in organization %s', step, organization),
            hint = 'Check the id and the organization.';
    end if;
    perform tasks.lock_graph('tasks.step_dependencies', decomposition);
    if exists (
        with recursive earlier (step_id) as (
            select d.depends_on_step_id
            from tasks.step_dependencies d
            where d.organization_id = organization and d.decomposition_id = decomposition and d.step_id = depends_on_step
            union
            select d.depends_on_step_id
            from earlier e
            join tasks.step_dependencies d on d.step_id = e.step_id
            where d.organization_id = organization and d.decomposition_id = decomposition
        )
        select from earlier where earlier.step_id = step)
    then
        raise exception using errcode = 'GS301',
            message = format('step %s already depends on step %s', depends_on_step, step),
            hint = 'Remove a dependency on the way, or turn the new one round.';
    end if;
    insert into tasks.step_dependencies (organization_id, decomposition_id, step_id, depends_on_step_id)
    values (organization, decomposition, step, depends_on_step)
    returning id into added;
    return added;
end
$$;
comment on function tasks.add_step_dependency(uuid, uuid) is
    'Lets a step wait for another one of its decomposition; returns the dependency''s id. Error GS301 for a cycle, whatever its length.';

-- The unique index allows one accepted decomposition at any moment, so the old one steps back first.
create or replace function tasks.accept_decomposition(decomposition uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    requirement uuid;
begin
    select d.requirement_id into requirement
    from tasks.requirement_decompositions d
    where d.organization_id = organization and d.id = decomposition and d.status in ('proposed', 'superseded', 'accepted');
    if not found then
        raise exception using errcode = 'GS302',
            message = format('there is no finished decomposition %s in organization %s', decomposition, organization),
            hint = 'Check the id, and whether it could be made.';
    end if;
    update tasks.requirement_decompositions d
    set status = 'superseded', updated_at = now()
    where d.organization_id = organization and d.requirement_id = requirement and d.status = 'accepted' and d.id <> decomposition;
    update tasks.requirement_decompositions d
    set status = 'accepted', updated_at = now()
    where d.organization_id = organization and d.id = decomposition;
end
$$;
comment on function tasks.accept_decomposition(uuid) is 'Makes a decomposition the one that is worked by, in place of the one before.';

revoke execute on function tasks.add_step_dependency(uuid, uuid) from public;
grant execute on function tasks.add_step_dependency(uuid, uuid) to task_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('dependencies', $gsdb_file$-- What tasks wait for: adding and removing dependencies, and letting tasks go on when others have ended. Always in this order of
-- locks: the organization's graph, the task that comes first, the task that comes after, so that nobody waits in a circle.
-- All of these follow keys. Their plans are kept by the session, perhaps from when the tables were nearly empty and reading them
-- whole was cheap, so they are told to use the indexes.

-- Whether `last` comes after `first` by way of any number of dependencies. UNION visits a task once, and the search ends where it finds.
create or replace function tasks.comes_after(organization uuid, first uuid, last uuid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
begin
    return exists (
        with recursive later (task_id) as (
            select d.successor_id
            from tasks.task_dependencies d
            where d.organization_id = organization and d.predecessor_id = first
            union
            select d.successor_id
            from later l
            join tasks.task_dependencies d on d.predecessor_id = l.task_id
            where d.organization_id = organization
        )
        select from later where later.task_id = last);
end
$$;
comment on function tasks.comes_after(uuid, uuid, uuid) is 'Whether a task has to wait for another one, directly or by way of others.';

create or replace function tasks.meets(condition tasks.dependency_condition, status tasks.task_status) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case condition
        when 'succeeded' then status = 'succeeded'
        when 'failed' then status in ('dead', 'failed')
        else status in ('cancelled', 'dead', 'failed', 'succeeded') end;
end
$$;
comment on function tasks.meets(tasks.dependency_condition, tasks.task_status) is 'Whether a task in that state has ended as the condition wants it.';

-- The sentence is source, kind, target. Without `is_hard` a dependency is hard unless it is only a relation. A successor that stands
-- in the queue is blocked until it is satisfied, which it is at once when the predecessor has already ended as wanted.
create or replace function tasks.add_dependency(
    source uuid, kind tasks.dependency_kind, target uuid,
    condition tasks.dependency_condition default 'succeeded', is_hard boolean default null, delay_seconds integer default 0)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    hard constant boolean := coalesce(is_hard, kind <> 'related_to');
    predecessor tasks.tasks;
    successor tasks.tasks;
    satisfied timestamptz;
    added uuid;
begin
    perform tasks.lock_graph('tasks.task_dependencies', organization);
    if kind not in ('related_to', 'conflicts_with') then
        predecessor := tasks.lock_task(organization, case when kind = 'depends_on' then target else source end);
        successor := tasks.lock_task(organization, case when kind = 'depends_on' then source else target end);
        if predecessor.id <> successor.id and tasks.comes_after(organization, successor.id, predecessor.id) then
            raise exception using errcode = 'GS301',
                message = format('task %s already waits for task %s', predecessor.id, successor.id),
                hint = 'Remove a dependency on the way, or turn the new one round.';
        end if;
        if successor.finished_at is not null or (successor.status in ('running', 'waiting') and kind <> 'subtask_of') then
            raise exception using errcode = 'GS303',
                message = format('task %s is %s and cannot wait for task %s any more', successor.id, successor.status, predecessor.id),
                hint = 'Add dependencies before the task is taken.';
        end if;
        if predecessor.finished_at is not null and (not hard or tasks.meets(condition, predecessor.status)) then
            satisfied := predecessor.finished_at;
        elsif predecessor.finished_at is not null and predecessor.status <> 'dead' then
            raise exception using errcode = 'GS304',
                message = format('task %s is %s, so that what waits for it would wait for ever', predecessor.id, predecessor.status),
                hint = 'Replay that task, ask for another end, or make the dependency soft.';
        end if;
    end if;
    insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition, is_hard, delay_seconds, satisfied_at)
    values (organization, source, target, kind, condition, hard, delay_seconds, satisfied)
    returning id into added;
    if successor.status in ('scheduled', 'queued') then
        update tasks.tasks t
        set status = 'blocked', updated_at = now()
        where t.organization_id = organization and t.id = successor.id;
    end if;
    if satisfied is not null then
        perform tasks.release_blocked(organization, array[successor.id]);
    end if;
    return added;
end
$$;
comment on function tasks.add_dependency(uuid, tasks.dependency_kind, uuid, tasks.dependency_condition, boolean, integer) is
    'Adds a dependency between two tasks of the transaction''s organization; returns its id. Error GS301 for a cycle, whatever its length.';

create or replace function tasks.lock_task(organization uuid, task uuid) returns tasks.tasks
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    locked tasks.tasks;
begin
    select * into locked from tasks.tasks t where t.organization_id = organization and t.id = task for update;
    if not found then
        raise exception using errcode = 'GS302',
            message = format('there is no task %s in organization %s', task, organization),
            hint = 'Check the id and the organization.';
    end if;
    return locked;
end
$$;
comment on function tasks.lock_task(uuid, uuid) is 'Part of tasks.add_dependency: a task, locked; error GS302 when there is none.';

create or replace function tasks.remove_dependency(dependency uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    freed uuid;
begin
    perform tasks.lock_graph('tasks.task_dependencies', organization);
    delete from tasks.task_dependencies d where d.organization_id = organization and d.id = dependency returning d.successor_id into freed;
    if not found then
        raise exception using errcode = 'GS302',
            message = format('there is no dependency %s in organization %s', dependency, organization),
            hint = 'Check the id and the organization.';
    end if;
    perform tasks.release_blocked(organization, array[freed]);
end
$$;
comment on function tasks.remove_dependency(uuid) is 'Removes a dependency, and lets the task that waited go on when it waits for nothing else.';

-- Drafts are ready: each goes to the queue, or waits for its time or for other tasks.
create or replace function tasks.submit_tasks(drafts uuid[]) returns table (task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    submitted uuid[];
begin
    with changed as (
        update tasks.tasks t
        set status = 'blocked', updated_at = now()
        where t.organization_id = organization and t.id = any (drafts) and t.status = 'draft'
        returning t.id
    )
    select array_agg(changed.id) into submitted from changed;
    perform tasks.release_blocked(organization, submitted);
    -- What waits for one that waits in vain waits in vain as well.
    perform from tasks.settle_dependencies(tasks.cancel_unreachable(organization, submitted));
    return query
    select t.id, t.status from tasks.tasks t where t.organization_id = organization and t.id = any (submitted);
end
$$;
comment on function tasks.submit_tasks(uuid[]) is 'Hands drafts over to be done; returns what became of each.';

-- Call it in the transaction that ended the tasks, after the statement that did. Two of them that each end one of a task's
-- predecessors meet at the lock on that task, and the second one sees what the first one has satisfied. A dead letter keeps those
-- that wait for its success waiting: it may be replayed.
create or replace function tasks.settle_dependencies(ended uuid[]) returns table (task_id uuid, status tasks.task_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization constant uuid := base.require_organization_id();
    round uuid[] := ended;
    successors uuid[];
    released uuid[];
begin
    while cardinality(round) > 0 loop
        update tasks.task_dependencies d
        set satisfied_at = p.finished_at
        from tasks.tasks p
        where d.organization_id = organization and d.predecessor_id = any (round) and d.satisfied_at is null
          and p.organization_id = organization and p.id = d.predecessor_id
          and p.finished_at is not null and (tasks.meets(d.condition, p.status) or not d.is_hard);
        select array_agg(distinct d.successor_id) into successors
        from tasks.task_dependencies d
        where d.organization_id = organization and d.predecessor_id = any (round);
        released := tasks.release_blocked(organization, successors);
        round := tasks.cancel_unreachable(organization, successors);
        return query
        select t.id, t.status from tasks.tasks t where t.organization_id = organization and t.id = any (released || round);
    end loop;
end
$$;
comment on function tasks.settle_dependencies(uuid[]) is
    'Lets those go on that waited for the given tasks, which have ended, and cancels those that now wait in vain; returns the tasks that it changed.';

create or replace function tasks.release_blocked(organization uuid, candidates uuid[]) returns uuid[]
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    released uuid[];
begin
    perform from tasks.tasks t where t.organization_id = organization and t.id = any (candidates) order by t.id for update;
    with ready as (
        select t.id, greatest(t.run_at, max(d.satisfied_at + make_interval(secs => d.delay_seconds))) as run_at
        from tasks.tasks t
        left join tasks.task_dependencies d on d.organization_id = organization and d.successor_id = t.id
        where t.organization_id = organization and t.id = any (candidates) and t.status = 'blocked'
        group by t.id, t.run_at
        having count(d.id) filter (where d.kind <> 'triggers' and d.satisfied_at is null) = 0
           and (count(d.id) filter (where d.kind = 'triggers') = 0 or count(d.satisfied_at) filter (where d.kind = 'triggers') > 0)
    ), changed as (
        update tasks.tasks t
        set status = case when ready.run_at > now() then 'scheduled' else 'queued' end::tasks.task_status, run_at = ready.run_at, updated_at = now()
        from ready
        where t.organization_id = organization and t.id = ready.id
        returning t.id
    )
    select array_agg(changed.id) into released from changed;
    return released;
end
$$;
comment on function tasks.release_blocked(uuid, uuid[]) is 'Part of tasks.settle_dependencies: sends to the queue those of the blocked tasks that wait for nothing any more.';

create or replace function tasks.cancel_unreachable(organization uuid, candidates uuid[]) returns uuid[]
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    cancelled uuid[];
begin
    with in_vain as (
        select t.id
        from tasks.tasks t
        join tasks.task_dependencies d on d.organization_id = organization and d.successor_id = t.id
        join tasks.tasks p on p.organization_id = organization and p.id = d.predecessor_id
        where t.organization_id = organization and t.id = any (candidates) and t.status in ('draft', 'blocked')
        group by t.id
        having bool_or(d.kind <> 'triggers' and d.is_hard and d.satisfied_at is null and p.finished_at is not null and p.status <> 'dead')
            or bool_and(d.is_hard and d.satisfied_at is null and p.finished_at is not null and p.status <> 'dead') filter (where d.kind = 'triggers')
    ), changed as (
        update tasks.tasks t
        set status = 'cancelled', finished_at = now(), cancel_requested_at = coalesce(t.cancel_requested_at, now()),
            cancel_reason = coalesce(t.cancel_reason, 'a task that it waited for ended otherwise'), updated_at = now()
        from in_vain
        where t.organization_id = organization and t.id = in_vain.id
        returning t.id
    )
    select coalesce(array_agg(changed.id), '{}') into cancelled from changed;
    return cancelled;
end
$$;
comment on function tasks.cancel_unreachable(uuid, uuid[]) is 'Part of tasks.settle_dependencies: cancels those of the tasks that wait for an end that has become impossible.';

revoke execute on function
    tasks.add_dependency(uuid, tasks.dependency_kind, uuid, tasks.dependency_condition, boolean, integer), tasks.remove_dependency(uuid),
    tasks.submit_tasks(uuid[]), tasks.settle_dependencies(uuid[])
from public;
grant execute on function
    tasks.add_dependency(uuid, tasks.dependency_kind, uuid, tasks.dependency_condition, boolean, integer), tasks.remove_dependency(uuid),
    tasks.submit_tasks(uuid[]), tasks.settle_dependencies(uuid[])
to task_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('ending', $gsdb_file$-- How attempts end. Each routine takes what a worker reports of many tasks, of any organizations, and changes only what the worker still holds:
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of tasks raise. The code is the API; the words may improve.

create or replace function tasks.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS301', 'cycle_refused', 'What was to be added would make something come before itself, or be a part of itself.',
         'Remove what leads back, or turn the new one round.'),
        ('GS302', 'not_found', 'The organization has no task, node, step or decomposition of that id.', 'Check the id and the organization.'),
        ('GS303', 'successor_has_begun', 'A task cannot be made to wait for another one any more.', 'Add dependencies before the task is taken.'),
        ('GS304', 'dependency_cannot_be_satisfied', 'The task to wait for has already ended in another way.',
         'Replay that task, ask for another end, or make the dependency soft.'),
        ('GS305', 'snapshot_too_old', 'A graph was to be changed in a transaction that does not see what others have committed meanwhile.',
         'Do it at isolation level read committed.'),
        ('GS306', 'lease_lost', 'A worker wanted tasks after its lease was taken away.', 'Take a new lease; what it was running is run by others.');
end
$$;
comment on function tasks.error_codes() is 'The errors of schema tasks: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('graph_lock', $gsdb_file$-- Two transactions that each add one half of a cycle would not see each other. So whoever adds to a graph first takes its lock, an
-- advisory one that ends with the transaction; the second comes in after the first has committed, and its next statement sees what
-- the first one added. A graph is all dependencies of an organization, the edges of a workflow, or the steps of a decomposition.

create or replace function tasks.lock_graph(relation regclass, graph uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception using errcode = 'GS305',
            message = format('a graph of %s cannot be changed at isolation level %s', relation, current_setting('transaction_isolation')),
            detail = 'A snapshot taken before the lock does not show what others added.',
            hint = 'Do it at isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock(relation::oid::integer, hashtext(graph::text));
end
$$;
comment on function tasks.lock_graph(regclass, uuid) is 'Makes the transactions that add to one graph come one after the other. Error GS305 in a transaction that would not see the one before.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of tasks. Each signal reads an index of one state and stops counting at 100,000 rows; finished tasks
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('hierarchy', $gsdb_file$-- Which task is a part of which. The foreign key parent_is_one_level_up refers to the parent with its depth, so a circle is
-- impossible without any lock: going up, the depth falls. A task therefore moves together with everything below it.

create or replace function tasks.set_parent(task uuid, parent uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization constant uuid := base.require_organization_id();
    depth_above integer;
    moved uuid[];
begin
    with recursive below (task_id) as (
        select t.id from tasks.tasks t where t.organization_id = organization and t.id = task
        union
        select t.id from below b join tasks.tasks t on t.parent_id = b.task_id where t.organization_id = organization
    )
    select array_agg(below.task_id) into moved from below;
    select t.depth into depth_above from tasks.tasks t where t.organization_id = organization and t.id = parent for key share;
    if moved is null or (parent is not null and depth_above is null) then
        raise exception using errcode = 'GS302',
            message = format('there is no task %s in organization %s', case when moved is null then task else parent end, organization),
            hint = 'Check the id and the organization.';
    end if;
    if parent = any (moved) then
        raise exception using errcode = 'GS301',
            message = format('task %s is a part of task %s', parent, task),
            hint = 'Take it out of there first.';
    end if;
    update tasks.tasks t
    set parent_id = case when t.id = task then parent else t.parent_id end,
        depth = t.depth + coalesce(depth_above + 1, 0) - own.depth,
        updated_at = now()
    from (select o.depth from tasks.tasks o where o.organization_id = organization and o.id = task) own
    where t.organization_id = organization and t.id = any (moved);
end
$$;
comment on function tasks.set_parent(uuid, uuid) is 'Makes a task, with everything below it, a part of another one, or with null of none. Error GS301 when that one is a part of it.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function tasks.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'tasks');
end
$$;
comment on function tasks.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function tasks.maintain_partitions() from public;
grant execute on function tasks.maintain_partitions() to task_user;
select base.declare_maintenance('tasks.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of the execution logs and drops the old ones.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('performance_analysis', $gsdb_file$-- How fast tasks are done: of the last 24 hours, at most the newest 1,000 that ended in each organization, with the caller's rights.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('tasks');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('upkeep', $gsdb_file$-- What goes on by itself: tasks of workers that are gone, tasks whose time has come, waits that have lasted too long. Any number of servers
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. What belongs to a row is counted in a lateral sub-select of its own, so that no count multiplies another and
-- a page of rows costs a page of look-ups.

create or replace view tasks.active_tasks as
select t.organization_id, t.id, t.title, t.task_type, t.status, t.executor, t.priority, t.project_id, t.decomposed_step_id, t.workflow_id,
       t.workflow_execution_id, t.parent_id, t.depth, t.assignee_id, t.definition_id, f.name as definition_name, f.version as definition_version,
       t.attempts, t.attempts_max, t.progress_percentage, t.awaited_event, t.run_at, t.due_at, t.created_at, t.started_at,
       coalesce(t.due_at < now(), false) as is_overdue,
       t.cancel_requested_at is not null as is_being_cancelled,
       d.dependencies, d.open_dependencies, s.subtasks, s.open_subtasks
from tasks.tasks t
left join tasks.task_definitions f on f.organization_id = t.organization_id and f.id = t.definition_id
cross join lateral (
    select count(*) as dependencies, count(*) filter (where p.satisfied_at is null) as open_dependencies
    from tasks.task_dependencies p
    where p.organization_id = t.organization_id and p.successor_id = t.id
) d
cross join lateral (
    select count(*) as subtasks, count(*) filter (where c.finished_at is null) as open_subtasks
    from tasks.tasks c
    where c.organization_id = t.organization_id and c.parent_id = t.id
) s
where t.finished_at is null and t.status <> 'draft';
comment on view tasks.active_tasks is 'Tasks that are under way or waiting, with the number of tasks that each waits for and consists of.';
select base.tenant_view('tasks.active_tasks');

create or replace view tasks.task_dependency_graph as
select d.organization_id, d.id, d.kind, d.condition, d.is_hard, d.delay_seconds, d.satisfied_at,
       d.source_task_id, s.title as source_title, s.status as source_status,
       d.target_task_id, t.title as target_title, t.status as target_status,
       d.predecessor_id, d.successor_id,
       d.successor_id is not null and d.satisfied_at is null
           and case when d.successor_id = s.id then s.finished_at else t.finished_at end is null as holds_back
from tasks.task_dependencies d
join tasks.tasks s on s.organization_id = d.organization_id and s.id = d.source_task_id
join tasks.tasks t on t.organization_id = d.organization_id and t.id = d.target_task_id;
comment on view tasks.task_dependency_graph is 'Every dependency with both its tasks, and whether it holds one of them back.';
select base.tenant_view('tasks.task_dependency_graph');

-- What came to its end in the last seven days, which the index on finished_at finds.
create or replace view tasks.task_statistics as
select t.organization_id, t.task_type,
       count(*) as finished,
       count(*) filter (where t.finished_at >= now() - interval '24 hours') as finished_24_hours,
       count(*) filter (where t.status = 'succeeded') as succeeded,
       count(*) filter (where t.status in ('dead', 'failed')) as failed,
       count(*) filter (where t.status = 'cancelled') as cancelled,
       count(*) filter (where t.attempts > 1) as retried,
       round(avg(extract(epoch from t.finished_at - t.started_at)), 3) as average_seconds,
       round(percentile_cont(0.5) within group (order by extract(epoch from t.finished_at - t.started_at))::numeric, 3) as median_seconds,
       round(percentile_cont(0.95) within group (order by extract(epoch from t.finished_at - t.started_at))::numeric, 3) as p95_seconds
from tasks.tasks t
where t.finished_at >= now() - interval '7 days'
group by t.organization_id, t.task_type;
comment on view tasks.task_statistics is 'How many tasks of each type ended in the last seven days and how, and how long their last attempts took; null when none began.';
select base.tenant_view('tasks.task_statistics');

create or replace view tasks.task_definition_statistics as
select f.organization_id, f.id as definition_id, f.name, f.version, f.retired_at,
       u.tasks, u.finished, u.succeeded, u.failed, u.last_used_at,
       round(100.0 * u.succeeded / nullif(u.succeeded + u.failed, 0), 2) as success_percentage
from tasks.task_definitions f
cross join lateral (
    select count(*) as tasks,
           count(t.finished_at) as finished,
           count(*) filter (where t.status = 'succeeded') as succeeded,
           count(*) filter (where t.status in ('dead', 'failed')) as failed,
           max(t.created_at) as last_used_at
    from tasks.tasks t
    where t.organization_id = f.organization_id and t.definition_id = f.id
) u;
comment on view tasks.task_definition_statistics is 'Every version of a definition with how often it was used and how that ended; cancelled tasks count neither way in the percentage.';
select base.tenant_view('tasks.task_definition_statistics');

create or replace view tasks.workflow_statistics as
select w.organization_id, w.id as workflow_id, w.name, w.retired_at, n.nodes, e.edges,
       r.runs, r.active, r.succeeded, r.failed, r.last_started_at,
       round(100.0 * r.succeeded / nullif(r.succeeded + r.failed, 0), 2) as success_percentage
from tasks.workflows w
cross join lateral (
    select count(*) as nodes from tasks.workflow_nodes o where o.organization_id = w.organization_id and o.workflow_id = w.id
) n
cross join lateral (
    select count(*) as edges from tasks.workflow_edges o where o.organization_id = w.organization_id and o.workflow_id = w.id
) e
cross join lateral (
    select count(*) as runs,
           count(*) filter (where t.finished_at is null) as active,
           count(*) filter (where t.status = 'succeeded') as succeeded,
           count(*) filter (where t.status in ('dead', 'failed')) as failed,
           max(t.created_at) as last_started_at
    from tasks.tasks t
    where t.organization_id = w.organization_id and t.workflow_id = w.id and t.workflow_node_id is null
) r;
comment on view tasks.workflow_statistics is 'Every workflow with its size, its runs and how they ended.';
select base.tenant_view('tasks.workflow_statistics');

-- A step is as far as its tasks are; those that were cancelled do not count.
create or replace view tasks.step_execution_progress as
select s.organization_id, q.github_project_id, q.id as requirement_id, s.decomposition_id, c.status as decomposition_status,
       s.id as step_id, s.step_number, s.name, s.complexity_score, s.estimated_hours, s.issue_provider, s.issue_key, s.issue_url, s.pull_request_url,
       t.tasks, t.succeeded_tasks, t.failed_tasks, t.running_tasks,
       case when t.tasks = 0 then 'planned'
            when t.succeeded_tasks = t.tasks then 'completed'
            when t.failed_tasks > 0 then 'failed'
            when t.running_tasks > 0 or t.succeeded_tasks > 0 then 'running'
            else 'pending' end as state,
       coalesce(t.progress_percentage, 0) as progress_percentage,
       d.dependencies, t.started_at,
       case when t.succeeded_tasks = t.tasks then t.finished_at end as completed_at
from tasks.decomposed_steps s
join tasks.requirement_decompositions c on c.organization_id = s.organization_id and c.id = s.decomposition_id
join tasks.requirements q on q.organization_id = c.organization_id and q.id = c.requirement_id
cross join lateral (
    select count(*) as tasks,
           count(*) filter (where o.status = 'succeeded') as succeeded_tasks,
           count(*) filter (where o.status in ('dead', 'failed')) as failed_tasks,
           count(*) filter (where o.status in ('running', 'waiting')) as running_tasks,
           round(avg(o.progress_percentage), 2) as progress_percentage,
           min(o.started_at) as started_at,
           max(o.finished_at) as finished_at
    from tasks.tasks o
    where o.organization_id = s.organization_id and o.decomposed_step_id = s.id and o.status <> 'cancelled'
) t
cross join lateral (
    select count(*) as dependencies
    from tasks.step_dependencies o
    where o.organization_id = s.organization_id and o.decomposition_id = s.decomposition_id and o.step_id = s.id
) d;
comment on view tasks.step_execution_progress is
    'Every step with how far it is: planned (no task yet), pending, running, failed or completed. Progress is the mean of its tasks.';
select base.tenant_view('tasks.step_execution_progress');

-- The steps are those of the accepted decomposition of the last requirements that have one.
create or replace view tasks.dashboard_projects as
select g.organization_id, g.id, g.repository_id, g.project_id, g.pinned_at, g.pinned_by, g.pin_order, g.grid_column, g.grid_row,
       q.requirement_versions, q.requirements_version, q.requirements_saved_at,
       a.decomposition_id, a.quality_score, a.issue_key, a.issue_url,
       s.steps, s.completed_steps, s.failed_steps, s.running_steps, s.tasks, s.progress_percentage, s.estimated_hours
from tasks.github_projects g
cross join lateral (
    select count(*) as requirement_versions, max(o.version) as requirements_version, max(o.created_at) as requirements_saved_at
    from tasks.requirements o
    where o.organization_id = g.organization_id and o.github_project_id = g.id
) q
left join lateral (
    select c.id as decomposition_id, c.quality_score, c.issue_key, c.issue_url
    from tasks.requirements o
    join tasks.requirement_decompositions c on c.organization_id = o.organization_id and c.requirement_id = o.id and c.status = 'accepted'
    where o.organization_id = g.organization_id and o.github_project_id = g.id
    order by o.version desc
    limit 1
) a on true
cross join lateral (
    select count(*) as steps,
           count(*) filter (where p.state = 'completed') as completed_steps,
           count(*) filter (where p.state = 'failed') as failed_steps,
           count(*) filter (where p.state = 'running') as running_steps,
           coalesce(sum(p.tasks), 0)::bigint as tasks,
           round(avg(p.progress_percentage), 2) as progress_percentage,
           sum(p.estimated_hours) as estimated_hours
    from tasks.step_execution_progress p
    where p.organization_id = g.organization_id and p.decomposition_id = a.decomposition_id
) s;
comment on view tasks.dashboard_projects is
    'Every project of the dashboard with its place, its requirements and how far the steps of its accepted decomposition are. Progress is the mean of the steps; null without any.';
select base.tenant_view('tasks.dashboard_projects');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('workflow_graphs', $gsdb_file$-- Edges of workflows, and runs: a run is a task, its nodes become subtasks, its edges dependencies.

create or replace function tasks.add_workflow_edge(
    workflow uuid, source_node uuid, target_node uuid,
    condition tasks.dependency_condition default 'succeeded', is_hard boolean default true, delay_seconds integer default 0)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    organization constant uuid := base.require_organization_id();
    added uuid;
begin
    perform tasks.lock_graph('tasks.workflow_edges', workflow);
    if exists (
        with recursive later (node_id) as (
            select e.target_node_id
            from tasks.workflow_edges e
            where e.organization_id = organization and e.workflow_id = workflow and e.source_node_id = target_node
            union
            select e.target_node_id
            from later l
            join tasks.workflow_edges e on e.source_node_id = l.node_id
            where e.organization_id = organization and e.workflow_id = workflow
        )
        select from later where later.node_id = source_node)
    then
        raise exception using errcode = 'GS301',
            message = format('node %s already comes after node %s', source_node, target_node),
            hint = 'Remove an edge on the way, or turn the new one round.';
    end if;
    insert into tasks.workflow_edges (organization_id, workflow_id, source_node_id, target_node_id, condition, is_hard, delay_seconds)
    values (organization, workflow, source_node, target_node, condition, is_hard, delay_seconds)
    returning id into added;
    return added;
end
$$;
comment on function tasks.add_workflow_edge(uuid, uuid, uuid, tasks.dependency_condition, boolean, integer) is
    'Lets one node of a workflow come after another; returns the edge''s id. Error GS301 for a cycle, whatever its length.';

-- The run waits for all its subtasks, however they end; whoever then takes it judges by them. Nobody else can see the new tasks
-- before commit, and the workflow's edges have no cycle, so nothing needs to be searched.
create or replace function tasks.start_workflow(workflow uuid, input jsonb default '{}', project uuid default null, requested_by uuid default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    run uuid;
    nodes uuid[];
begin
    insert into tasks.tasks (organization_id, title, task_type, status, executor, workflow_id, input, project_id, created_by, timeout_seconds)
    select w.organization_id, w.name, 'workflow', 'blocked', 'builtin', w.id, start_workflow.input, project, requested_by, w.timeout_seconds
    from tasks.workflows w
    where w.organization_id = organization and w.id = workflow and w.retired_at is null
    returning id into run;
    if run is null then
        raise exception using errcode = 'GS302',
            message = format('there is no workflow %s in use in organization %s', workflow, organization),
            hint = 'Check the id and the organization.';
    end if;
    with made as (
        insert into tasks.tasks (organization_id, title, task_type, status, executor, priority, definition_id, input, project_id, created_by,
                                 workflow_id, workflow_node_id, parent_id, depth, timeout_seconds, attempts_max)
        select n.organization_id, n.title, d.task_type, 'blocked', d.executor, n.priority, d.id, n.input, project, requested_by,
               n.workflow_id, n.id, run, 1, d.timeout_seconds, d.attempts_max
        from tasks.workflow_nodes n
        join tasks.task_definitions d on d.organization_id = organization and d.id = n.definition_id
        where n.organization_id = organization and n.workflow_id = workflow
        returning id
    )
    select array_agg(made.id) into nodes from made;
    insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition, is_hard, delay_seconds)
    select e.organization_id, s.id, t.id, 'blocks', e.condition, e.is_hard, e.delay_seconds
    from tasks.workflow_edges e
    join tasks.tasks s on s.organization_id = organization and s.workflow_id = workflow and s.workflow_node_id = e.source_node_id and s.parent_id = run
    join tasks.tasks t on t.organization_id = organization and t.workflow_id = workflow and t.workflow_node_id = e.target_node_id and t.parent_id = run
    where e.organization_id = organization and e.workflow_id = workflow;
    insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition)
    select organization, made.id, run, 'subtask_of', 'ended'
    from unnest(nodes) as made (id);
    perform tasks.release_blocked(organization, nodes || run);
    return run;
end
$$;
comment on function tasks.start_workflow(uuid, jsonb, uuid, uuid) is 'Makes the tasks of a run of a workflow, and sends the first ones to the queue; returns the task that is the run.';

revoke execute on function
    tasks.add_workflow_edge(uuid, uuid, uuid, tasks.dependency_condition, boolean, integer), tasks.start_workflow(uuid, jsonb, uuid, uuid)
from public;
grant execute on function
    tasks.add_workflow_edge(uuid, uuid, uuid, tasks.dependency_condition, boolean, integer), tasks.start_workflow(uuid, jsonb, uuid, uuid)
to task_user;
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_task_definitions', 'plain', '5000ms', 1, 7704, 7726, 145, $gsdb_file$-- What kinds of task there are: what goes in and comes out, who runs them, what they need, and what happens when they fail. A
-- version of a definition never changes, so that a task can be explained by the one it was made from.

create type tasks.executor as enum ('manual', 'builtin', 'command', 'http', 'sql', 'agent');
comment on type tasks.executor is 'Who does the work: a person; a routine of this program; a process; a call of a URL; a statement; a coding agent.';

create table tasks.task_definitions (
    organization_id         uuid           not null,
    id                      uuid           not null default base.uuid_v7(),
    name                    text           not null,
    version                 integer        not null default 1,
    description             text           not null default '',
    task_type               text           not null default 'custom',
    executor                tasks.executor not null,
    configuration           jsonb          not null default '{}',
    input_schema            jsonb          not null default '{}',
    output_schema           jsonb          not null default '{}',
    cpu_cores               numeric(5, 2),
    memory_bytes            bigint,
    storage_bytes           bigint,
    timeout_seconds         integer        not null default 3600,
    attempts_max            integer        not null default 3,
    retry_delay_seconds     integer        not null default 10,
    retry_delay_seconds_max integer        not null default 3600,
    retry_backoff_factor    numeric(4, 2)  not null default 2,
    retry_jitter_percentage numeric(5, 2)  not null default 20,
    created_by              uuid,
    created_at              timestamptz    not null default now(),
    retired_at              timestamptz,
    constraint task_definitions_pkey primary key (organization_id, id),
    constraint task_definitions_version_key unique (organization_id, name, version),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint version_is_positive check (version > 0),
    constraint task_type_is_a_word check (task_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(input_schema) = 'object'
                                            and jsonb_typeof(output_schema) = 'object'),
    constraint resources_are_positive check (coalesce(cpu_cores, 1) > 0 and coalesce(memory_bytes, 1) > 0 and coalesce(storage_bytes, 1) > 0),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint attempts_max_is_sane check (attempts_max between 1 and 100),
    constraint retry_delay_grows_to_its_limit check (retry_delay_seconds between 0 and retry_delay_seconds_max and retry_backoff_factor >= 1),
    constraint jitter_is_a_percentage check (retry_jitter_percentage between 0 and 100),
    constraint retired_after_creation check (retired_at >= created_at)
);

comment on table tasks.task_definitions is 'Versions of reusable descriptions of tasks. A version is written once; it can only be retired.';
comment on column tasks.task_definitions.organization_id is 'The organization it belongs to.';
comment on column tasks.task_definitions.id is 'The id of this version.';
comment on column tasks.task_definitions.name is 'What it is called; the same for all its versions.';
comment on column tasks.task_definitions.version is 'Number of the version, from 1.';
comment on column tasks.task_definitions.description is 'What such a task does; Markdown.';
comment on column tasks.task_definitions.task_type is 'The kind of work, in a word: code_generation, testing, deployment and so on.';
comment on column tasks.task_definitions.executor is 'Who does the work.';
comment on column tasks.task_definitions.configuration is 'What the executor is told: an argument list, a URL, a statement, the id of a prompt template.';
comment on column tasks.task_definitions.input_schema is 'JSON Schema (2020-12) that the input of a task must fulfil; an empty object allows everything.';
comment on column tasks.task_definitions.output_schema is 'JSON Schema (2020-12) that the output of a task must fulfil; an empty object allows everything.';
comment on column tasks.task_definitions.cpu_cores is 'Processor cores that it wants; null for whatever there is.';
comment on column tasks.task_definitions.memory_bytes is 'Memory that it may use; null for no limit of its own.';
comment on column tasks.task_definitions.storage_bytes is 'Disk space that it may use; null for no limit of its own.';
comment on column tasks.task_definitions.timeout_seconds is 'How long one attempt may take.';
comment on column tasks.task_definitions.attempts_max is 'How often it is tried before it is given up.';
comment on column tasks.task_definitions.retry_delay_seconds is 'The pause before the second attempt.';
comment on column tasks.task_definitions.retry_delay_seconds_max is 'The longest pause between attempts.';
comment on column tasks.task_definitions.retry_backoff_factor is 'By how much the pause grows with each attempt.';
comment on column tasks.task_definitions.retry_jitter_percentage is 'By how much of itself a pause is lengthened at random at most, 0 to 100.';
comment on column tasks.task_definitions.created_by is 'Who wrote it; null for the system. Id of identity.users.';
comment on column tasks.task_definitions.created_at is 'When it was written.';
comment on column tasks.task_definitions.retired_at is 'Since when no new task is made from it; null while it is in use.';

select base.tenant_table('tasks.task_definitions', privileges => 'select, insert');
grant update (retired_at) on tasks.task_definitions to task_user;

create table tasks.retry_rules (
    organization_id     uuid    not null,
    id                  uuid    not null default base.uuid_v7(),
    definition_id       uuid    not null,
    error_class         text    not null,
    is_retried          boolean not null,
    spends_attempt      boolean not null default true,
    delay_seconds       integer,
    constraint retry_rules_pkey primary key (organization_id, id),
    constraint retry_rules_class_key unique (organization_id, definition_id, error_class),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint delay_is_not_negative check (delay_seconds >= 0),
    constraint delay_needs_a_retry check (is_retried or delay_seconds is null),
    constraint free_attempt_needs_a_retry check (is_retried or spends_attempt)
);

comment on table tasks.retry_rules is 'What a definition does differently when an attempt fails with a certain class of error.';
comment on column tasks.retry_rules.organization_id is 'The organization of the definition.';
comment on column tasks.retry_rules.id is 'Its id.';
comment on column tasks.retry_rules.definition_id is 'The definition it belongs to.';
comment on column tasks.retry_rules.error_class is 'The class of error, in a word: rate_limited, timeout, invalid_input and so on.';
comment on column tasks.retry_rules.is_retried is 'Whether such an attempt is repeated at all.';
comment on column tasks.retry_rules.spends_attempt is 'Whether it counts; false for a rate limit, which says nothing about the task.';
comment on column tasks.retry_rules.delay_seconds is 'The pause before the next attempt, where the error does not say; null for the definition''s own.';

select base.tenant_table('tasks.retry_rules', privileges => 'select, insert');
alter table tasks.retry_rules add constraint retry_rules_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.task_definition_statistics;
drop table tasks.retry_rules;
drop table tasks.task_definitions;
drop type tasks.executor;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_workflows', 'plain', '5000ms', 1, 7390, 7412, 292, $gsdb_file$-- Workflows: graphs of tasks that are started together. A run copies what it needs into its tasks, so a change of the graph
-- reaches later runs only. Edges are added by tasks.add_workflow_edge, which refuses cycles.

create type tasks.dependency_condition as enum ('succeeded', 'failed', 'ended');
comment on type tasks.dependency_condition is 'The end of the task before that lets the one after begin: success; failure, also as a dead letter; any.';

create table tasks.workflows (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    description     text        not null default '',
    timeout_seconds integer     not null default 14400,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    retired_at      timestamptz,
    constraint workflows_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint retired_after_creation check (retired_at >= created_at)
);
-- A retired workflow gives its name back.
create unique index workflows_name_key on tasks.workflows (organization_id, lower(name)) where retired_at is null;

comment on table tasks.workflows is 'Graphs of tasks to be run together. A run is a task with one subtask for each node.';
comment on column tasks.workflows.organization_id is 'The organization it belongs to.';
comment on column tasks.workflows.id is 'Its id.';
comment on column tasks.workflows.name is 'What it is called, unique whatever its case among those in use.';
comment on column tasks.workflows.description is 'What it is for; Markdown.';
comment on column tasks.workflows.timeout_seconds is 'How long a run may take.';
comment on column tasks.workflows.created_by is 'Who made it; null for the system. Id of identity.users.';
comment on column tasks.workflows.created_at is 'When it was made.';
comment on column tasks.workflows.updated_at is 'When it was last changed.';
comment on column tasks.workflows.retired_at is 'Since when it is not started any more; null while it is in use.';

select base.tenant_table('tasks.workflows');

create table tasks.workflow_nodes (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    workflow_id     uuid          not null,
    key             text          not null,
    title           text          not null,
    definition_id   uuid          not null,
    input           jsonb         not null default '{}',
    priority        base.priority not null default 'normal',
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint workflow_nodes_pkey primary key (organization_id, id),
    constraint workflow_nodes_workflow_key unique (organization_id, workflow_id, id),
    constraint workflow_nodes_key_key unique (organization_id, workflow_id, key),
    constraint key_is_a_word check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint input_is_object check (jsonb_typeof(input) = 'object')
);
create index workflow_nodes_definition_idx on tasks.workflow_nodes (organization_id, definition_id);

comment on table tasks.workflow_nodes is 'The tasks that a run of a workflow consists of.';
comment on column tasks.workflow_nodes.organization_id is 'The organization of the workflow.';
comment on column tasks.workflow_nodes.id is 'Its id.';
comment on column tasks.workflow_nodes.workflow_id is 'The workflow it belongs to.';
comment on column tasks.workflow_nodes.key is 'Its name in the workflow, in a word.';
comment on column tasks.workflow_nodes.title is 'The title of its tasks.';
comment on column tasks.workflow_nodes.definition_id is 'What its tasks are made from.';
comment on column tasks.workflow_nodes.input is 'The input of its tasks.';
comment on column tasks.workflow_nodes.priority is 'How much its tasks matter.';
comment on column tasks.workflow_nodes.created_at is 'When it was added.';
comment on column tasks.workflow_nodes.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.workflow_nodes');
alter table tasks.workflow_nodes add constraint workflow_nodes_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id) on delete cascade;
alter table tasks.workflow_nodes add constraint workflow_nodes_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);

create table tasks.workflow_edges (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    workflow_id     uuid                       not null,
    source_node_id  uuid                       not null,
    target_node_id  uuid                       not null,
    condition       tasks.dependency_condition not null default 'succeeded',
    is_hard         boolean                    not null default true,
    delay_seconds   integer                    not null default 0,
    created_at      timestamptz                not null default now(),
    constraint workflow_edges_pkey primary key (organization_id, id),
    constraint workflow_edges_nodes_key unique (organization_id, workflow_id, source_node_id, target_node_id),
    constraint no_node_follows_itself check (source_node_id <> target_node_id),
    constraint delay_is_not_negative check (delay_seconds >= 0)
);
create index workflow_edges_target_idx on tasks.workflow_edges (organization_id, workflow_id, target_node_id);

comment on table tasks.workflow_edges is 'Which node of a workflow comes after which. Added by tasks.add_workflow_edge alone, so that there is no cycle.';
comment on column tasks.workflow_edges.organization_id is 'The organization of the workflow.';
comment on column tasks.workflow_edges.id is 'Its id.';
comment on column tasks.workflow_edges.workflow_id is 'The workflow of both nodes.';
comment on column tasks.workflow_edges.source_node_id is 'The node that comes first.';
comment on column tasks.workflow_edges.target_node_id is 'The node that comes after it.';
comment on column tasks.workflow_edges.condition is 'How the first must end for the second to begin.';
comment on column tasks.workflow_edges.is_hard is 'Whether the second is cancelled when the first ends otherwise; if not, it begins all the same.';
comment on column tasks.workflow_edges.delay_seconds is 'The pause between the end of the first and the beginning of the second.';
comment on column tasks.workflow_edges.created_at is 'When it was added.';

select base.tenant_table('tasks.workflow_edges', privileges => 'select, delete');
alter table tasks.workflow_edges add constraint source_is_a_node_of_the_workflow
    foreign key (organization_id, workflow_id, source_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id) on delete cascade;
alter table tasks.workflow_edges add constraint target_is_a_node_of_the_workflow
    foreign key (organization_id, workflow_id, target_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.workflow_statistics;
drop function if exists tasks.add_workflow_edge(uuid, uuid, uuid, tasks.dependency_condition, boolean, integer);
drop table tasks.workflow_edges;
drop table tasks.workflow_nodes;
drop table tasks.workflows;
drop type tasks.dependency_condition;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_schedules', 'plain', '5000ms', 1, 4820, 4842, 28, $gsdb_file$-- What is run again and again by the clock. The tasks that came of it say the time that they stand for, so a time is used once.

create table tasks.schedules (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    name            text          not null,
    definition_id   uuid,
    workflow_id     uuid,
    project_id      uuid,
    input           jsonb         not null default '{}',
    priority        base.priority not null default 'normal',
    cron            text          not null,
    time_zone       text          not null default 'UTC',
    jitter_seconds  integer       not null default 0,
    missed_runs_max integer       not null default 1,
    may_overlap     boolean       not null default false,
    next_run_at     timestamptz,
    paused_at       timestamptz,
    created_by      uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint schedules_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint runs_a_definition_or_a_workflow check ((definition_id is null) <> (workflow_id is null)),
    constraint input_is_object check (jsonb_typeof(input) = 'object'),
    constraint cron_has_five_fields check (cron ~ '^[0-9A-Za-z*/,?L#-]+( [0-9A-Za-z*/,?L#-]+){4}$'),
    -- The server refuses a zone that it does not know, with an error of its own (22023).
    constraint time_zone_is_known check (time_zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$'
                                         and timezone(time_zone, timestamptz '2000-01-01 00:00:00+00') is not null),
    constraint jitter_is_not_negative check (jitter_seconds >= 0),
    constraint missed_runs_max_is_sane check (missed_runs_max between 0 and 1000),
    constraint running_schedule_has_a_next_run check ((paused_at is null) = (next_run_at is not null))
);
create unique index schedules_name_key on tasks.schedules (organization_id, lower(name));
create index schedules_due_idx on tasks.schedules (organization_id, next_run_at) where paused_at is null;
create index schedules_definition_idx on tasks.schedules (organization_id, definition_id) where definition_id is not null;
create index schedules_workflow_idx on tasks.schedules (organization_id, workflow_id) where workflow_id is not null;

comment on table tasks.schedules is 'Tasks and workflows that are started again and again at times given by a cron expression.';
comment on column tasks.schedules.organization_id is 'The organization it belongs to.';
comment on column tasks.schedules.id is 'Its id.';
comment on column tasks.schedules.name is 'What it is called, unique in the organization whatever its case.';
comment on column tasks.schedules.definition_id is 'What its tasks are made from; null when it starts a workflow.';
comment on column tasks.schedules.workflow_id is 'The workflow it starts; null when it makes single tasks.';
comment on column tasks.schedules.project_id is 'The project that its tasks belong to; null for none. Id of projects.projects.';
comment on column tasks.schedules.input is 'The input of its tasks.';
comment on column tasks.schedules.priority is 'How much its tasks matter.';
comment on column tasks.schedules.cron is 'When: minute, hour, day of month, month, day of week.';
comment on column tasks.schedules.time_zone is 'The time zone that cron is meant in, by its name in the IANA database.';
comment on column tasks.schedules.jitter_seconds is 'By how much a run is put off at random at most, so that not everything begins at the full hour.';
comment on column tasks.schedules.missed_runs_max is 'How many of the runs that were missed while no server was there are made up for, the latest: 0 none, 1 the last one.';
comment on column tasks.schedules.may_overlap is 'Whether a run may begin while the one before is still under way; otherwise it is left out.';
comment on column tasks.schedules.next_run_at is 'The time it stands at; null while it is paused.';
comment on column tasks.schedules.paused_at is 'Since when it is paused; null while it is not.';
comment on column tasks.schedules.created_by is 'Who made it; null for the system. Id of identity.users.';
comment on column tasks.schedules.created_at is 'When it was made.';
comment on column tasks.schedules.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.schedules');
alter table tasks.schedules add constraint schedules_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);
alter table tasks.schedules add constraint schedules_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id) on delete cascade;

-- migrate: rollback
drop table tasks.schedules;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_github_projects', 'plain', '5000ms', 1, 4496, 4518, 111, $gsdb_file$-- The repositories on the dashboard, and what is asked of them. How far the work is follows from steps and tasks.

create table tasks.github_projects (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    repository_id   uuid        not null,
    project_id      uuid,
    pinned_at       timestamptz,
    pinned_by       uuid,
    pin_order       integer,
    grid_column     integer,
    grid_row        integer,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint github_projects_pkey primary key (organization_id, id),
    constraint github_projects_repository_key unique (organization_id, repository_id),
    -- Deferrable, so that one statement can move several pins.
    constraint github_projects_pin_order_key unique (organization_id, pin_order) deferrable initially immediate,
    constraint pinned_has_an_order check ((pinned_at is null) = (pin_order is null)),
    constraint pin_order_is_not_negative check (pin_order >= 0),
    constraint only_a_pin_has_somebody_who_pinned check (pinned_by is null or pinned_at is not null),
    constraint position_is_whole check ((grid_column is null) = (grid_row is null)),
    constraint position_is_not_negative check (grid_column >= 0 and grid_row >= 0)
);

comment on table tasks.github_projects is 'Repositories that were chosen on the dashboard; pinned ones have a place there.';
comment on column tasks.github_projects.organization_id is 'The organization it belongs to.';
comment on column tasks.github_projects.id is 'Its id.';
comment on column tasks.github_projects.repository_id is 'The repository. Id of projects.repositories.';
comment on column tasks.github_projects.project_id is 'The project that its tasks belong to; null for none. Id of projects.projects.';
comment on column tasks.github_projects.pinned_at is 'When it was pinned; null while it is not.';
comment on column tasks.github_projects.pinned_by is 'Who pinned it; null for nobody known. Id of identity.users.';
comment on column tasks.github_projects.pin_order is 'Its place among the pins, the lowest first; null while it is not pinned.';
comment on column tasks.github_projects.grid_column is 'Where its card is, counted from the left from 0; null where the order decides.';
comment on column tasks.github_projects.grid_row is 'Where its card is, counted from the top from 0; null where the order decides.';
comment on column tasks.github_projects.created_at is 'When it was chosen.';
comment on column tasks.github_projects.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.github_projects');

create table tasks.requirements (
    organization_id   uuid        not null,
    id                uuid        not null default base.uuid_v7(),
    github_project_id uuid        not null,
    version           integer     not null,
    content           text        not null,
    created_by        uuid,
    created_at        timestamptz not null default now(),
    constraint requirements_pkey primary key (organization_id, id),
    constraint requirements_version_key unique (organization_id, github_project_id, version),
    constraint version_is_positive check (version > 0),
    constraint content_is_not_blank check (btrim(content) <> '')
);

comment on table tasks.requirements is 'What is asked of a project, in every version that was saved. Versions are added and never changed.';
comment on column tasks.requirements.organization_id is 'The organization of the project.';
comment on column tasks.requirements.id is 'The id of this version.';
comment on column tasks.requirements.github_project_id is 'The project it is asked of.';
comment on column tasks.requirements.version is 'Number of the version, from 1; the highest one holds.';
comment on column tasks.requirements.content is 'The text; Markdown.';
comment on column tasks.requirements.created_by is 'Who saved it; null for the system. Id of identity.users.';
comment on column tasks.requirements.created_at is 'When it was saved.';

-- Not base.make_append_only: foreign keys refer to the table, and they are checked with its owner's right to update.
select base.tenant_table('tasks.requirements', privileges => 'select, insert');
alter table tasks.requirements add constraint requirements_github_project_fkey
    foreign key (organization_id, github_project_id) references tasks.github_projects (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.dashboard_projects;
drop table tasks.requirements;
drop table tasks.github_projects;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_requirement_decompositions', 'plain', '5000ms', 1, 12125, 12147, 289, $gsdb_file$-- How a version of the requirements is cut into steps. Whoever edits a decomposition makes a new one that is based on it. How far
-- a step is follows from its tasks.

create type tasks.decomposition_method as enum ('markdown', 'model', 'agent', 'person');
comment on type tasks.decomposition_method is 'Who cut the requirements into steps: the structure of the text; a language model; a coding agent; a person.';
create type tasks.decomposition_status as enum ('running', 'failed', 'proposed', 'superseded', 'accepted');
comment on type tasks.decomposition_status is 'Where a decomposition is: being made; not made; waiting for a decision; replaced by another one; the one that is worked by.';

create table tasks.requirement_decompositions (
    organization_id       uuid                       not null,
    id                    uuid                       not null default base.uuid_v7(),
    requirement_id        uuid                       not null,
    based_on_id           uuid,
    method                tasks.decomposition_method not null,
    status                tasks.decomposition_status not null default 'running',
    codegen_operation_id  uuid,
    prompt_execution_id   uuid,
    quality_score         numeric(5, 2),
    quality_findings      jsonb                      not null default '[]',
    error_message         text,
    issue_provider        text,
    issue_key             text,
    issue_url             text,
    created_by            uuid,
    created_at            timestamptz                not null default now(),
    updated_at            timestamptz                not null default now(),
    finished_at           timestamptz,
    constraint requirement_decompositions_pkey primary key (organization_id, id),
    constraint not_based_on_itself check (based_on_id <> id),
    constraint finished_has_an_end check ((status <> 'running') = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= created_at),
    constraint failed_has_a_message check ((status = 'failed') = (error_message is not null)),
    constraint score_is_within_0_and_100 check (quality_score between 0 and 100),
    constraint only_a_result_has_a_score check (quality_score is null or status not in ('running', 'failed')),
    constraint findings_are_a_list check (jsonb_typeof(quality_findings) = 'array'),
    constraint issue_is_whole check ((issue_provider is null) = (issue_key is null) and (issue_url is null or issue_key is not null)),
    constraint issue_provider_is_a_word check (issue_provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint issue_url_is_http check (issue_url ~ '^https?://')
);
create index requirement_decompositions_requirement_idx on tasks.requirement_decompositions (organization_id, requirement_id, id);
create index requirement_decompositions_based_on_idx on tasks.requirement_decompositions (organization_id, based_on_id) where based_on_id is not null;
create unique index one_decomposition_is_accepted on tasks.requirement_decompositions (organization_id, requirement_id) where status = 'accepted';

comment on table tasks.requirement_decompositions is 'Ways to cut a version of the requirements into steps; one at most is worked by.';
comment on column tasks.requirement_decompositions.organization_id is 'The organization of the requirements.';
comment on column tasks.requirement_decompositions.id is 'Its id.';
comment on column tasks.requirement_decompositions.requirement_id is 'The version of the requirements.';
comment on column tasks.requirement_decompositions.based_on_id is 'The decomposition that it was edited from; null for none.';
comment on column tasks.requirement_decompositions.method is 'Who made it.';
comment on column tasks.requirement_decompositions.status is 'Where it is.';
comment on column tasks.requirement_decompositions.codegen_operation_id is 'The agent''s run that it came of; null for none. Id of workflows.codegen_operations.';
comment on column tasks.requirement_decompositions.prompt_execution_id is 'The prompt that it came of; null for none. Id of prompts.executions.';
comment on column tasks.requirement_decompositions.quality_score is 'How good it is by the stated rules, 0 to 100, higher is better; null before it was judged.';
comment on column tasks.requirement_decompositions.quality_findings is 'What took points away: a list of objects with rule, step number and explanation.';
comment on column tasks.requirement_decompositions.error_message is 'Why it could not be made; null unless it failed.';
comment on column tasks.requirement_decompositions.issue_provider is 'Where its main issue is: builtin, linear, github and so on; null before there is one.';
comment on column tasks.requirement_decompositions.issue_key is 'The main issue''s name there, such as ABC-12; null before there is one.';
comment on column tasks.requirement_decompositions.issue_url is 'The main issue''s page; null for none.';
comment on column tasks.requirement_decompositions.created_by is 'Who asked for it; null for the system. Id of identity.users.';
comment on column tasks.requirement_decompositions.created_at is 'When it was begun.';
comment on column tasks.requirement_decompositions.updated_at is 'When it was last changed.';
comment on column tasks.requirement_decompositions.finished_at is 'When it was there, or had failed; null while it is being made.';

select base.tenant_table('tasks.requirement_decompositions');
alter table tasks.requirement_decompositions add constraint requirement_decompositions_requirement_fkey
    foreign key (organization_id, requirement_id) references tasks.requirements (organization_id, id) on delete cascade;
alter table tasks.requirement_decompositions add constraint requirement_decompositions_based_on_fkey
    foreign key (organization_id, based_on_id) references tasks.requirement_decompositions (organization_id, id);

create table tasks.decomposed_steps (
    organization_id         uuid        not null,
    id                      uuid        not null default base.uuid_v7(),
    decomposition_id        uuid        not null,
    step_number             integer     not null,
    name                    text        not null,
    description             text        not null default '',
    acceptance_criteria     text[]      not null default '{}',
    implementation_approach text        not null default '',
    technical_requirements  text        not null default '',
    estimated_hours         numeric(7, 2),
    complexity_score        integer,
    issue_provider          text,
    issue_key               text,
    issue_url               text,
    pull_request_url        text,
    created_at              timestamptz not null default now(),
    updated_at              timestamptz not null default now(),
    constraint decomposed_steps_pkey primary key (organization_id, id),
    constraint decomposed_steps_decomposition_key unique (organization_id, decomposition_id, id),
    -- Deferrable, so that one statement can renumber several steps.
    constraint decomposed_steps_number_key unique (organization_id, decomposition_id, step_number) deferrable initially immediate,
    constraint step_number_is_positive check (step_number > 0),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 500),
    constraint criteria_are_given check (array_position(acceptance_criteria, null) is null and not '' = any (acceptance_criteria)),
    constraint estimate_is_not_negative check (estimated_hours >= 0),
    constraint complexity_is_within_1_and_10 check (complexity_score between 1 and 10),
    constraint issue_is_whole check ((issue_provider is null) = (issue_key is null) and (issue_url is null or issue_key is not null)),
    constraint issue_provider_is_a_word check (issue_provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint urls_are_http check (coalesce(issue_url, 'http://') ~ '^https?://' and coalesce(pull_request_url, 'http://') ~ '^https?://')
);

comment on table tasks.decomposed_steps is 'The steps of a decomposition, each small enough for one change.';
comment on column tasks.decomposed_steps.organization_id is 'The organization of the decomposition.';
comment on column tasks.decomposed_steps.id is 'Its id.';
comment on column tasks.decomposed_steps.decomposition_id is 'The decomposition it belongs to.';
comment on column tasks.decomposed_steps.step_number is 'Its number in the decomposition, from 1; for reading, the order of work is in step_dependencies.';
comment on column tasks.decomposed_steps.name is 'What it is called.';
comment on column tasks.decomposed_steps.description is 'What is to be done; Markdown.';
comment on column tasks.decomposed_steps.acceptance_criteria is 'How one sees that it is done, one criterion each.';
comment on column tasks.decomposed_steps.implementation_approach is 'How it may be done; Markdown.';
comment on column tasks.decomposed_steps.technical_requirements is 'What must be kept to while doing it; Markdown.';
comment on column tasks.decomposed_steps.estimated_hours is 'Hours of work expected; null while not estimated.';
comment on column tasks.decomposed_steps.complexity_score is 'How hard it is, from 1, easy, to 10; null while not judged.';
comment on column tasks.decomposed_steps.issue_provider is 'Where its issue is: builtin, linear, github and so on; null before there is one.';
comment on column tasks.decomposed_steps.issue_key is 'The issue''s name there, such as ABC-13; null before there is one.';
comment on column tasks.decomposed_steps.issue_url is 'The issue''s page; null for none.';
comment on column tasks.decomposed_steps.pull_request_url is 'The page of the pull request that does it; null before there is one.';
comment on column tasks.decomposed_steps.created_at is 'When it was added.';
comment on column tasks.decomposed_steps.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.decomposed_steps');
alter table tasks.decomposed_steps add constraint decomposed_steps_decomposition_fkey
    foreign key (organization_id, decomposition_id) references tasks.requirement_decompositions (organization_id, id) on delete cascade;

create table tasks.step_dependencies (
    organization_id    uuid        not null,
    id                 uuid        not null default base.uuid_v7(),
    decomposition_id   uuid        not null,
    step_id            uuid        not null,
    depends_on_step_id uuid        not null,
    created_at         timestamptz not null default now(),
    constraint step_dependencies_pkey primary key (organization_id, id),
    constraint step_dependencies_steps_key unique (organization_id, decomposition_id, step_id, depends_on_step_id),
    constraint no_step_depends_on_itself check (step_id <> depends_on_step_id)
);
create index step_dependencies_depends_on_idx on tasks.step_dependencies (organization_id, decomposition_id, depends_on_step_id);

comment on table tasks.step_dependencies is 'Which step needs which other one done first. Added by tasks.add_step_dependency alone, so that there is no cycle.';
comment on column tasks.step_dependencies.organization_id is 'The organization of the decomposition.';
comment on column tasks.step_dependencies.id is 'Its id.';
comment on column tasks.step_dependencies.decomposition_id is 'The decomposition of both steps.';
comment on column tasks.step_dependencies.step_id is 'The step that has to wait.';
comment on column tasks.step_dependencies.depends_on_step_id is 'The step it waits for.';
comment on column tasks.step_dependencies.created_at is 'When it was added.';

select base.tenant_table('tasks.step_dependencies', privileges => 'select, delete');
alter table tasks.step_dependencies add constraint step_is_of_the_decomposition
    foreign key (organization_id, decomposition_id, step_id) references tasks.decomposed_steps (organization_id, decomposition_id, id) on delete cascade;
alter table tasks.step_dependencies add constraint depends_on_a_step_of_the_decomposition
    foreign key (organization_id, decomposition_id, depends_on_step_id) references tasks.decomposed_steps (organization_id, decomposition_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.dashboard_projects;
drop view if exists tasks.step_execution_progress;
drop table tasks.step_dependencies;
drop table tasks.decomposed_steps;
drop table tasks.requirement_decompositions;
drop type tasks.decomposition_status;
drop type tasks.decomposition_method;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_workers', 'plain', '5000ms', 1, 1666, 1688, 26, $gsdb_file$-- The processes that run tasks. One lease for a process, not one for a task: keeping hold of a thousand tasks is one small update.

create table tasks.workers (
    id               uuid        not null default base.uuid_v7(),
    epoch            bigint      not null default 1,
    host             text        not null,
    process_id       integer     not null,
    started_at       timestamptz not null default now(),
    lease_expires_at timestamptz not null,
    constraint workers_pkey primary key (id),
    constraint epoch_is_positive check (epoch > 0),
    constraint host_is_not_blank check (btrim(host) <> ''),
    constraint process_id_is_positive check (process_id > 0),
    constraint lease_ends_after_start check (lease_expires_at > started_at)
) with (fillfactor = 50);

comment on table tasks.workers is 'Processes that run tasks, and until when each is believed to be alive.';
comment on column tasks.workers.id is 'Its id, made when the process begins.';
comment on column tasks.workers.epoch is 'Counts how often its lease was taken away. What it does under an older number is refused.';
comment on column tasks.workers.host is 'The machine it runs on.';
comment on column tasks.workers.process_id is 'The number of the process there.';
comment on column tasks.workers.started_at is 'When it began.';
comment on column tasks.workers.lease_expires_at is 'Until when its tasks are its own; extended while it lives.';

select base.local_table('tasks.workers', 'A worker runs the tasks of every organization, so it is nobody''s row.');
grant usage on schema tasks to task_user;
grant select, insert, update, delete on tasks.workers to task_user;

-- migrate: rollback
drop table tasks.workers;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_tasks', 'plain', '5000ms', 1, 14907, 14929, 672, $gsdb_file$-- Tasks: units of work, from the one that a person means to do some day to the job that is claimed a thousand times a second. The
-- row is the queue entry, the lease and the outcome; a dead letter is a state. Which changes of state are allowed is said by the
-- constraints over the row and by the README.

create type tasks.task_status as enum ('draft', 'blocked', 'scheduled', 'queued', 'running', 'waiting', 'cancelled', 'dead', 'failed', 'succeeded');
comment on type tasks.task_status is 'Where a task is: being written; waiting for other tasks; for a time; for somebody to take it; being done; waiting for an event; called off; given up after the last attempt, to be replayed or cancelled; ended by an error that no repetition mends; done.';

create table tasks.tasks (
    organization_id       uuid              not null,
    id                    uuid              not null default base.uuid_v7(),
    title                 text              not null,
    description           text              not null default '',
    task_type             text              not null default 'custom',
    status                tasks.task_status not null default 'draft',
    executor              tasks.executor    not null default 'manual',
    priority              base.priority     not null default 'normal',
    definition_id         uuid,
    configuration         jsonb             not null default '{}',
    input                 jsonb             not null default '{}',
    output                jsonb             not null default '{}',
    project_id            uuid,
    decomposed_step_id    uuid,
    workflow_id           uuid,
    workflow_node_id      uuid,
    workflow_execution_id uuid,
    schedule_id           uuid,
    scheduled_for         timestamptz,
    parent_id             uuid,
    depth                 integer           not null default 0,
    parent_depth          integer           generated always as (depth - 1) stored,
    assignee_id           uuid,
    created_by            uuid,
    idempotency_key       text,
    concurrency_key       text,
    run_at                timestamptz       not null default now(),
    due_at                timestamptz,
    timeout_seconds       integer           not null default 3600,
    attempts_max          integer           not null default 3,
    attempts              integer           not null default 0,
    attempts_forgiven     integer           not null default 0,
    worker_id             uuid,
    worker_epoch          bigint,
    awaited_event         text,
    wait_expires_at       timestamptz,
    progress_percentage   numeric(5, 2)     not null default 0,
    cancel_requested_at   timestamptz,
    cancel_reason         text,
    error_class           text,
    error_message         text,
    created_at            timestamptz       not null default now(),
    updated_at            timestamptz       not null default now(),
    started_at            timestamptz,
    finished_at           timestamptz,
    constraint tasks_pkey primary key (organization_id, id),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint task_type_is_a_word check (task_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(input) = 'object' and jsonb_typeof(output) = 'object'),
    constraint depth_counts_from_the_root check (depth >= 0 and (parent_id is null) = (depth = 0)),
    constraint node_needs_its_workflow_and_a_run check (workflow_node_id is null or (workflow_id is not null and parent_id is not null)),
    constraint schedule_has_a_time check ((schedule_id is null) = (scheduled_for is null)),
    constraint keys_are_not_blank check (btrim(coalesce(idempotency_key, 'x')) <> '' and btrim(coalesce(concurrency_key, 'x')) <> ''),
    constraint keys_are_short check (length(coalesce(idempotency_key, '')) <= 255 and length(coalesce(concurrency_key, '')) <= 255
                                     and length(coalesce(awaited_event, '')) <= 500),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint attempts_max_is_sane check (attempts_max between 1 and 100),
    constraint attempts_stay_within_their_limit check (attempts_forgiven between 0 and attempts and attempts - attempts_forgiven <= attempts_max),
    constraint started_is_an_attempt check ((attempts > 0) = (started_at is not null)),
    constraint running_was_started check (status not in ('running', 'dead', 'succeeded') or started_at is not null),
    constraint running_has_a_lease check (case when status = 'running' and executor <> 'manual' then worker_id is not null and worker_epoch is not null
                                               else worker_id is null and worker_epoch is null end),
    constraint waiting_names_its_event check ((status = 'waiting') = (awaited_event is not null)),
    constraint only_a_wait_expires check (wait_expires_at is null or status = 'waiting'),
    constraint finished_has_an_end check ((status in ('cancelled', 'dead', 'failed', 'succeeded')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint progress_is_a_percentage check (progress_percentage between 0 and 100),
    constraint succeeded_is_all_done check (status <> 'succeeded' or progress_percentage = 100),
    constraint cancelled_was_requested check (status <> 'cancelled' or cancel_requested_at is not null),
    constraint cancel_reason_needs_a_request check (cancel_reason is null or cancel_requested_at is not null),
    constraint dead_has_spent_its_attempts check (status <> 'dead' or attempts - attempts_forgiven = attempts_max),
    constraint failure_has_an_error check (status not in ('dead', 'failed') or error_class is not null),
    constraint success_has_no_error check (status <> 'succeeded' or error_class is null),
    constraint error_message_has_a_class check (error_message is null or error_class is not null),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$')
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- Almost all are partial: a plain job that is added, claimed and completed touches the key, the hierarchy's key and the one index of
-- its present state. There is none of GIN over title, input and output: each would cost the queue more than a search gains.
create unique index tasks_depth_key on tasks.tasks (organization_id, depth, id);
create unique index tasks_idempotency_key on tasks.tasks (organization_id, idempotency_key) where idempotency_key is not null;
create unique index a_schedule_uses_a_time_once on tasks.tasks (organization_id, schedule_id, scheduled_for) where schedule_id is not null;
create unique index a_run_has_a_node_once on tasks.tasks (organization_id, workflow_id, workflow_node_id, parent_id) where workflow_node_id is not null;
create index tasks_claim_idx on tasks.tasks (organization_id, priority desc, run_at, id) where status = 'queued' and executor <> 'manual';
create index tasks_scheduled_idx on tasks.tasks (organization_id, run_at) where status = 'scheduled';
create index tasks_running_idx on tasks.tasks (organization_id, worker_id) where status = 'running';
create index tasks_awaited_event_idx on tasks.tasks (organization_id, awaited_event) where status = 'waiting';
create index tasks_wait_expiry_idx on tasks.tasks (organization_id, wait_expires_at) where status = 'waiting';
create index tasks_concurrency_idx on tasks.tasks (organization_id, concurrency_key, started_at) where concurrency_key is not null;
create index tasks_finished_idx on tasks.tasks (organization_id, finished_at) where finished_at is not null;
create index tasks_dead_letters_idx on tasks.tasks (organization_id, id) where status = 'dead';
create index tasks_project_idx on tasks.tasks (organization_id, project_id, id) where project_id is not null;
create index tasks_assignee_idx on tasks.tasks (organization_id, assignee_id, id) where assignee_id is not null;
create index tasks_parent_idx on tasks.tasks (organization_id, parent_id, parent_depth) where parent_id is not null;
create index tasks_step_idx on tasks.tasks (organization_id, decomposed_step_id) where decomposed_step_id is not null;
create index tasks_definition_idx on tasks.tasks (organization_id, definition_id) where definition_id is not null;
create index tasks_workflow_idx on tasks.tasks (organization_id, workflow_id, id) where workflow_id is not null;
create index tasks_workflow_execution_idx on tasks.tasks (organization_id, workflow_execution_id, id) where workflow_execution_id is not null;

comment on table tasks.tasks is 'Units of work with their place in the queue, their lease and their outcome.';
comment on column tasks.tasks.organization_id is 'The organization it belongs to.';
comment on column tasks.tasks.id is 'Its id.';
comment on column tasks.tasks.title is 'What it is called.';
comment on column tasks.tasks.description is 'What is to be done; Markdown.';
comment on column tasks.tasks.task_type is 'The kind of work, in a word: code_generation, testing, deployment and so on.';
comment on column tasks.tasks.status is 'Where it is.';
comment on column tasks.tasks.executor is 'Who does the work; a manual one is started by a person and never claimed by a worker.';
comment on column tasks.tasks.priority is 'How much it matters; more is claimed first.';
comment on column tasks.tasks.definition_id is 'The version of a definition that it was made from; null for a task of its own kind.';
comment on column tasks.tasks.configuration is 'What the executor is told beyond the definition.';
comment on column tasks.tasks.input is 'What it works on, as the definition''s input_schema wants it.';
comment on column tasks.tasks.output is 'What came of it, as the definition''s output_schema wants it.';
comment on column tasks.tasks.project_id is 'The project it belongs to; null for none. Id of projects.projects.';
comment on column tasks.tasks.decomposed_step_id is 'The step that it carries out; null for none.';
comment on column tasks.tasks.workflow_id is 'The workflow that it is a run of, or whose node it is; null for neither.';
comment on column tasks.tasks.workflow_node_id is 'The node of the workflow that it carries out; its parent is the run. Null for the run itself.';
comment on column tasks.tasks.workflow_execution_id is 'The execution of a project''s workflow that made it; null for none. Id of workflows.workflow_executions.';
comment on column tasks.tasks.schedule_id is 'The schedule that it came of; null for none.';
comment on column tasks.tasks.scheduled_for is 'The time of the schedule that it stands for; null without a schedule.';
comment on column tasks.tasks.parent_id is 'The task that it is a part of and is deleted with; null for none. Says nothing about order: that is a dependency.';
comment on column tasks.tasks.depth is 'How many tasks it is a part of, one in another; 0 at the top. Part of the key that parents are referred to by, which is why no task can be its own ancestor.';
comment on column tasks.tasks.parent_depth is 'The depth that its parent has.';
comment on column tasks.tasks.assignee_id is 'The person who is to do it; null for nobody in particular. Id of identity.users.';
comment on column tasks.tasks.created_by is 'Who asked for it; null for the system. Id of identity.users.';
comment on column tasks.tasks.idempotency_key is 'What the caller calls it: asked for again under this key, it is not made again. Null for none.';
comment on column tasks.tasks.concurrency_key is 'Tasks with one key share the limits that tasks.task_limits sets for it; null for none.';
comment on column tasks.tasks.run_at is 'The earliest time for the next attempt, and its place in the queue.';
comment on column tasks.tasks.due_at is 'When it should be done; null for no such time.';
comment on column tasks.tasks.timeout_seconds is 'How long one attempt may take.';
comment on column tasks.tasks.attempts_max is 'How many attempts may count before it is given up.';
comment on column tasks.tasks.attempts is 'How often it was started. Counted before running, so that an attempt that kills its worker counts, too.';
comment on column tasks.tasks.attempts_forgiven is 'How many of them do not count: they met a rate limit, or the task was replayed.';
comment on column tasks.tasks.worker_id is 'The worker that has it; null unless a worker is running it. A worker of tasks.workers.';
comment on column tasks.tasks.worker_epoch is 'The epoch of the worker when it took the task; a completion under another one is refused.';
comment on column tasks.tasks.awaited_event is 'The event that it waits for, holding no worker: source and subject, such as github:octo/hello#12:merged. Null unless waiting.';
comment on column tasks.tasks.wait_expires_at is 'When it waits no longer; null for no such time.';
comment on column tasks.tasks.progress_percentage is 'How much of it is done, 0 to 100.';
comment on column tasks.tasks.cancel_requested_at is 'When somebody asked to call it off, which a running task heeds as soon as it can; null while nobody did.';
comment on column tasks.tasks.cancel_reason is 'Why it is to be called off; null for no reason given.';
comment on column tasks.tasks.error_class is 'The class of the last attempt''s error, in a word; null when there was none.';
comment on column tasks.tasks.error_message is 'What the last attempt''s error said; null when there was none.';
comment on column tasks.tasks.created_at is 'When it was made.';
comment on column tasks.tasks.updated_at is 'When it was last changed.';
comment on column tasks.tasks.started_at is 'When the last attempt began; null before the first.';
comment on column tasks.tasks.finished_at is 'When it came to its end; null before.';

select base.tenant_table('tasks.tasks');
alter table tasks.tasks add constraint parent_is_one_level_up
    foreign key (organization_id, parent_id, parent_depth) references tasks.tasks (organization_id, id, depth) on delete cascade;
alter table tasks.tasks add constraint tasks_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id);
alter table tasks.tasks add constraint tasks_decomposed_step_fkey
    foreign key (organization_id, decomposed_step_id) references tasks.decomposed_steps (organization_id, id);
alter table tasks.tasks add constraint tasks_workflow_fkey
    foreign key (organization_id, workflow_id) references tasks.workflows (organization_id, id);
alter table tasks.tasks add constraint node_is_of_the_workflow
    foreign key (organization_id, workflow_id, workflow_node_id) references tasks.workflow_nodes (organization_id, workflow_id, id);
alter table tasks.tasks add constraint tasks_schedule_fkey
    foreign key (organization_id, schedule_id) references tasks.schedules (organization_id, id);

-- migrate: rollback
drop view if exists tasks.active_tasks;
drop view if exists tasks.task_dependency_graph;
drop view if exists tasks.task_statistics;
drop view if exists tasks.task_definition_statistics;
drop view if exists tasks.workflow_statistics;
drop view if exists tasks.dashboard_projects;
drop view if exists tasks.step_execution_progress;
drop function if exists tasks.settle_dependencies(uuid[]);
drop function if exists tasks.release_blocked(uuid, uuid[]);
drop function if exists tasks.cancel_unreachable(uuid, uuid[]);
drop function if exists tasks.submit_tasks(uuid[]);
drop function if exists tasks.lock_task(uuid, uuid);
drop table tasks.tasks;
drop type tasks.task_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_task_dependencies', 'plain', '5000ms', 1, 5032, 5054, 369, $gsdb_file$-- What tasks are to each other. The sentence is source, kind, target: source blocks target, source depends on target. Four kinds say
-- who comes first and form no cycle, whatever their mixture; two say nothing of the kind.

create type tasks.dependency_kind as enum ('related_to', 'conflicts_with', 'triggers', 'subtask_of', 'depends_on', 'blocks');
comment on type tasks.dependency_kind is 'What one task is to another: related_to is a hint; conflicts_with means not both at once; triggers, blocks: the first lets the second begin (one trigger of several suffices, blockers must all be settled); depends_on: the other way round; subtask_of: a part, without which the whole does not go on.';

create table tasks.task_dependencies (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    source_task_id  uuid                       not null,
    target_task_id  uuid                       not null,
    kind            tasks.dependency_kind      not null,
    predecessor_id  uuid generated always as (case when kind in ('blocks', 'triggers', 'subtask_of') then source_task_id
                                                   when kind = 'depends_on' then target_task_id end) stored,
    successor_id    uuid generated always as (case when kind in ('blocks', 'triggers', 'subtask_of') then target_task_id
                                                   when kind = 'depends_on' then source_task_id end) stored,
    condition       tasks.dependency_condition not null default 'succeeded',
    is_hard         boolean                    not null default true,
    delay_seconds   integer                    not null default 0,
    satisfied_at    timestamptz,
    created_at      timestamptz                not null default now(),
    constraint task_dependencies_pkey primary key (organization_id, id),
    constraint task_dependencies_key unique (organization_id, source_task_id, target_task_id, kind),
    constraint no_task_depends_on_itself check (source_task_id <> target_task_id),
    constraint delay_is_not_negative check (delay_seconds >= 0),
    constraint only_an_order_has_a_delay check (delay_seconds = 0 or kind not in ('related_to', 'conflicts_with')),
    constraint only_an_order_is_satisfied check (satisfied_at is null or kind not in ('related_to', 'conflicts_with')),
    constraint related_is_never_hard check (kind <> 'related_to' or not is_hard)
);
create unique index what_is_mutual_is_said_once on tasks.task_dependencies
    (organization_id, least(source_task_id, target_task_id), greatest(source_task_id, target_task_id), kind) where kind in ('related_to', 'conflicts_with');
create index task_dependencies_target_idx on tasks.task_dependencies (organization_id, target_task_id);
create index task_dependencies_predecessor_idx on tasks.task_dependencies (organization_id, predecessor_id) where predecessor_id is not null;
create index task_dependencies_successor_idx on tasks.task_dependencies (organization_id, successor_id) where successor_id is not null;

comment on table tasks.task_dependencies is 'What tasks are to each other. Added by tasks.add_dependency alone, so that there is no cycle.';
comment on column tasks.task_dependencies.organization_id is 'The organization of both tasks.';
comment on column tasks.task_dependencies.id is 'Its id.';
comment on column tasks.task_dependencies.source_task_id is 'The task that the sentence begins with.';
comment on column tasks.task_dependencies.target_task_id is 'The task that it ends with.';
comment on column tasks.task_dependencies.kind is 'What the first is to the second.';
comment on column tasks.task_dependencies.predecessor_id is 'Which of them has to end first; null when the kind gives no order.';
comment on column tasks.task_dependencies.successor_id is 'Which of them has to wait; null when the kind gives no order.';
comment on column tasks.task_dependencies.condition is 'How the predecessor must end.';
comment on column tasks.task_dependencies.is_hard is 'Whether the successor is cancelled when the predecessor ends otherwise; if not, it begins all the same. Of conflicts_with: whether the conflict is strict.';
comment on column tasks.task_dependencies.delay_seconds is 'The pause between the end of the predecessor and the beginning of the successor.';
comment on column tasks.task_dependencies.satisfied_at is 'When the predecessor''s end let the successor go on; null while it has not.';
comment on column tasks.task_dependencies.created_at is 'When it was added.';

select base.tenant_table('tasks.task_dependencies', privileges => 'select');
alter table tasks.task_dependencies add constraint task_dependencies_source_fkey
    foreign key (organization_id, source_task_id) references tasks.tasks (organization_id, id) on delete cascade;
alter table tasks.task_dependencies add constraint task_dependencies_target_fkey
    foreign key (organization_id, target_task_id) references tasks.tasks (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.active_tasks;
drop view if exists tasks.task_dependency_graph;
drop function if exists tasks.add_dependency(uuid, tasks.dependency_kind, uuid, tasks.dependency_condition, boolean, integer);
drop function if exists tasks.meets(tasks.dependency_condition, tasks.task_status);
drop table tasks.task_dependencies;
drop type tasks.dependency_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(9, 'create_task_resource_usage', 'plain', '5000ms', 1, 2969, 2991, 38, $gsdb_file$-- What each attempt took, measured from the process that ran. Written once, when the attempt has ended.

create table tasks.task_resource_usage (
    organization_id   uuid           not null,
    id                uuid           not null default base.uuid_v7(),
    task_id           uuid           not null,
    attempt           integer        not null,
    worker_id         uuid,
    started_at        timestamptz    not null,
    finished_at       timestamptz    not null,
    cpu_seconds       numeric(14, 3) not null default 0,
    memory_peak_bytes bigint         not null default 0,
    read_bytes        bigint         not null default 0,
    written_bytes     bigint         not null default 0,
    exit_code         integer,
    error_class       text,
    constraint task_resource_usage_pkey primary key (organization_id, id),
    constraint task_resource_usage_attempt_key unique (organization_id, task_id, attempt),
    constraint attempt_is_positive check (attempt > 0),
    constraint ends_after_start check (finished_at >= started_at),
    constraint usage_is_not_negative check (cpu_seconds >= 0 and memory_peak_bytes >= 0 and read_bytes >= 0 and written_bytes >= 0),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$')
);

comment on table tasks.task_resource_usage is 'What each attempt at a task took, and how it ended.';
comment on column tasks.task_resource_usage.organization_id is 'The organization of the task.';
comment on column tasks.task_resource_usage.id is 'Its id.';
comment on column tasks.task_resource_usage.task_id is 'The task.';
comment on column tasks.task_resource_usage.attempt is 'Number of the attempt, from 1.';
comment on column tasks.task_resource_usage.worker_id is 'The worker that ran it, there any more or not; null for work done by hand.';
comment on column tasks.task_resource_usage.started_at is 'When the attempt began.';
comment on column tasks.task_resource_usage.finished_at is 'When it ended.';
comment on column tasks.task_resource_usage.cpu_seconds is 'Processor time of the process and its children, in seconds.';
comment on column tasks.task_resource_usage.memory_peak_bytes is 'The most memory that was resident at once.';
comment on column tasks.task_resource_usage.read_bytes is 'Bytes read from storage.';
comment on column tasks.task_resource_usage.written_bytes is 'Bytes written to storage.';
comment on column tasks.task_resource_usage.exit_code is 'What the process ended with, minus the number of the signal if one killed it; null where there was no process.';
comment on column tasks.task_resource_usage.error_class is 'The class of its error, in a word; null when it succeeded.';

select base.tenant_table('tasks.task_resource_usage', privileges => 'select, insert');
alter table tasks.task_resource_usage add constraint task_resource_usage_task_fkey
    foreign key (organization_id, task_id) references tasks.tasks (organization_id, id) on delete cascade;

-- migrate: rollback
drop table tasks.task_resource_usage;
$gsdb_file$);
select pg_temp.gsdb_migrate(10, 'create_task_execution_logs', 'plain', '5000ms', 1, 2630, 2652, 65, $gsdb_file$-- What tasks said while they ran, partitioned by time. No foreign key: a lock on the task's row for every line would slow down the
-- queue, and a line may outlive its task until it is too old.

create type tasks.log_level as enum ('debug', 'info', 'warning', 'error');
comment on type tasks.log_level is 'How much a line matters.';

create table tasks.task_execution_logs (
    organization_id uuid            not null,
    id              uuid            not null default base.uuid_v7(),
    task_id         uuid            not null,
    attempt         integer         not null,
    line_number     bigint          not null,
    logged_at       timestamptz     not null default now(),
    level           tasks.log_level not null default 'info',
    stream          text            not null default 'stdout',
    message         text            not null,
    constraint task_execution_logs_pkey primary key (organization_id, id, logged_at),
    constraint attempt_is_positive check (attempt > 0),
    constraint line_number_is_positive check (line_number > 0),
    constraint stream_is_a_word check (stream ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint message_is_bounded check (octet_length(message) <= 65536)
);
create index task_execution_logs_task_idx on tasks.task_execution_logs (organization_id, task_id, attempt, line_number);

comment on table tasks.task_execution_logs is 'What tasks said while they ran, kept for 90 days.';
comment on column tasks.task_execution_logs.organization_id is 'The organization of the task.';
comment on column tasks.task_execution_logs.id is 'Its id.';
comment on column tasks.task_execution_logs.task_id is 'The task, there any more or not.';
comment on column tasks.task_execution_logs.attempt is 'Number of the attempt, from 1.';
comment on column tasks.task_execution_logs.line_number is 'Number of the line within the attempt, from 1, over all streams.';
comment on column tasks.task_execution_logs.logged_at is 'When it was said.';
comment on column tasks.task_execution_logs.level is 'How much it matters.';
comment on column tasks.task_execution_logs.stream is 'Where it came from, in a word: stdout, stderr, engine, agent and so on.';
comment on column tasks.task_execution_logs.message is 'What was said, secrets removed; at most 64 KiB.';

select base.make_time_partitioned('tasks.task_execution_logs', 'logged_at', interval '7 days', retention => interval '90 days');
-- Not base.make_append_only: maintenance, which runs as the owner, has to move late lines out of the default partition.
select base.tenant_table('tasks.task_execution_logs', privileges => 'select, insert');

-- migrate: rollback
drop table tasks.task_execution_logs;
drop type tasks.log_level;
$gsdb_file$);
select pg_temp.gsdb_migrate(11, 'create_task_limits', 'plain', '5000ms', 1, 2122, 2144, 30, $gsdb_file$-- How many tasks with one concurrency key may run at once, and how many may begin within a time. What is used up is counted from
-- the tasks, not kept here.

create table tasks.task_limits (
    organization_id       uuid        not null,
    id                    uuid        not null default base.uuid_v7(),
    concurrency_key       text        not null,
    running_max           integer,
    starts_max            integer,
    starts_window_seconds integer,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    constraint task_limits_pkey primary key (organization_id, id),
    constraint task_limits_concurrency_key unique (organization_id, concurrency_key),
    constraint concurrency_key_is_not_blank check (btrim(concurrency_key) <> '' and length(concurrency_key) <= 255),
    constraint limits_something check (running_max is not null or starts_max is not null),
    constraint running_max_is_not_negative check (running_max >= 0),
    constraint rate_is_whole check ((starts_max is null) = (starts_window_seconds is null)),
    constraint rate_is_positive check (starts_max > 0 and starts_window_seconds > 0)
);

comment on table tasks.task_limits is 'Limits that tasks with the same concurrency key share.';
comment on column tasks.task_limits.organization_id is 'The organization of the tasks.';
comment on column tasks.task_limits.id is 'Its id.';
comment on column tasks.task_limits.concurrency_key is 'The key that the tasks carry.';
comment on column tasks.task_limits.running_max is 'How many of them may run at once, 0 to stop them; null for any number.';
comment on column tasks.task_limits.starts_max is 'How many attempts may begin within starts_window_seconds; null for any number.';
comment on column tasks.task_limits.starts_window_seconds is 'The length of time that starts_max is meant for; null without such a limit.';
comment on column tasks.task_limits.created_at is 'When it was set.';
comment on column tasks.task_limits.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.task_limits');

-- migrate: rollback
drop table tasks.task_limits;
$gsdb_file$);
select pg_temp.gsdb_migrate(12, 'index_running_tasks_by_limit', 'plain', '5000ms', 1, 245, 267, 43, $gsdb_file$-- What runs under a key is counted before each claim: without reading all that ever had the key.
create index tasks_running_of_key_idx on tasks.tasks (organization_id, concurrency_key) where status = 'running' and concurrency_key is not null;

-- migrate: rollback
drop index tasks.tasks_running_of_key_idx;
$gsdb_file$);
select pg_temp.gsdb_migrate(13, 'order_the_queue', 'plain', '30000ms', 1, 1816, 1838, 284, $gsdb_file$-- The order of the queue as numbers, which row-level security lets an index be searched by; executors and priorities are enums, and those
-- it does not. Ageing is part of the number: each step of priority is worth some time of waiting, so that what matters little comes as
-- well. Tasks that share limits have a lane of their own: however many of them may not begin, nobody searches past them.
-- migrate: lock_timeout=30s

alter table tasks.tasks
    add column lane integer not null generated always as (
        case executor when 'manual' then 0 when 'builtin' then 1 when 'command' then 2 when 'http' then 3 when 'sql' then 4 else 5 end
        + case when concurrency_key is null then 0 else 10 end) stored,
    add column claim_position bigint not null generated always as (
        case when isfinite(run_at) then (extract(epoch from run_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint else 4611686018427387904 end
        - case priority when 'low' then 0 when 'normal' then 600 when 'high' then 1800 when 'urgent' then 7200 else 28800 end * 1000000::bigint) stored;
comment on column tasks.tasks.lane is 'Where in the queue it stands: the executor''s number, and 10 more when it shares the limits of a concurrency key.';
comment on column tasks.tasks.claim_position is 'Its place there, less first: the microsecond of run_at since 2000, less 10 minutes for priority normal, 30 for high, 2 hours for urgent, 8 for critical.';

drop index tasks.tasks_claim_idx;
create index tasks_claim_idx on tasks.tasks (organization_id, lane, claim_position) where status = 'queued' and executor <> 'manual';
create index tasks_claim_of_key_idx on tasks.tasks (organization_id, lane, concurrency_key, claim_position)
    where status = 'queued' and executor <> 'manual' and concurrency_key is not null;

-- migrate: rollback
drop index tasks.tasks_claim_of_key_idx;
drop index tasks.tasks_claim_idx;
create index tasks_claim_idx on tasks.tasks (organization_id, priority desc, run_at, id) where status = 'queued' and executor <> 'manual';
alter table tasks.tasks drop column claim_position, drop column lane;
$gsdb_file$);
select pg_temp.gsdb_migrate(14, 'say_where_workers_run', 'plain', '5000ms', 1, 316, 338, 47, $gsdb_file$-- Who sees that a process of its own machine is gone need not wait for the lease to end.

alter table tasks.workers add column machine text not null default '';
comment on column tasks.workers.machine is 'Within what process_id is unique: the boot and the process namespace of the machine; empty when not known.';

-- migrate: rollback
alter table tasks.workers drop column machine;
$gsdb_file$);
select pg_temp.gsdb_migrate(15, 'keep_what_plans_say_of_the_whole', 'plain', '5000ms', 1, 670, 692, 97, $gsdb_file$-- Plans that are no longer the requirement's own text have a title and criteria of their own.

alter table tasks.requirement_decompositions
    add column title               text,
    add column acceptance_criteria text[] not null default '{}',
    add constraint criteria_are_given check (array_position(acceptance_criteria, null) is null and not '' = any (acceptance_criteria));
comment on column tasks.requirement_decompositions.title is 'What the whole is called; null in those of before, which have what the requirements say.';
comment on column tasks.requirement_decompositions.acceptance_criteria is 'How one sees that the whole is done, one criterion each.';

-- migrate: rollback
alter table tasks.requirement_decompositions drop column acceptance_criteria, drop column title;
$gsdb_file$);
select pg_temp.gsdb_end_module();
