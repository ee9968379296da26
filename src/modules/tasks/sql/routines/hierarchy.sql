-- Which task is a part of which. The foreign key parent_is_one_level_up refers to the parent with its depth, so a circle is
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
