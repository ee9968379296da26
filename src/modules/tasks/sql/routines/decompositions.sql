-- The order of a decomposition's steps, and which decomposition is worked by.

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
