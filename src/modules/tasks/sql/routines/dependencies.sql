-- What tasks wait for: adding and removing dependencies, and letting tasks go on when others have ended. Always in this order of
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
