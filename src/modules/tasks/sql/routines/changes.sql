-- What people and programs do with tasks of their organization: many added at once with what they wait for, called off, tried again, woken.

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
