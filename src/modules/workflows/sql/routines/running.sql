-- What a server carries on when it starts: of every organization, which the login role alone does not see at once.
create or replace function workflows.running_executions() returns table (organization_id uuid, execution_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id from workflows.workflow_executions e
    where e.finished_at is null and e.status = 'running'
    order by e.priority desc, e.id limit 100;
end
$$;
comment on function workflows.running_executions() is 'Runs that are under way and not paused, of every organization: the most urgent first, at most 100.';

revoke execute on function workflows.running_executions() from public;
grant execute on function workflows.running_executions() to workflows_user;

create or replace function workflows.executions_to_clean_up() returns table (organization_id uuid, execution_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id from workflows.workflow_executions e
    where e.status = 'cancelled' and e.cleaned_up_at is null
    order by e.id limit 100;
end
$$;
comment on function workflows.executions_to_clean_up() is 'Cancelled runs whose folders, branches and tasks may be left, of every organization, at most 100.';

create or replace function workflows.note_clean_up(execution uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update workflows.workflow_executions e set cleaned_up_at = now(), updated_at = now()
    where e.organization_id = organization and e.id = execution and e.status = 'cancelled' and e.cleaned_up_at is null;
end
$$;
comment on function workflows.note_clean_up(uuid) is 'Notes that nothing of a cancelled run is left; once.';

revoke execute on function workflows.executions_to_clean_up(), workflows.note_clean_up(uuid) from public;
grant execute on function workflows.executions_to_clean_up(), workflows.note_clean_up(uuid) to workflows_user;

create or replace function workflows.untold_transitions()
    returns table (organization_id uuid, execution_id uuid, execution_name text, transition_id uuid, occurred_at timestamptz, kind workflows.transition_kind,
                   status workflows.execution_status, stage_key text, reason text, actor text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select e.organization_id, e.id, e.name, t.id, t.occurred_at, t.kind, t.status, t.stage_key, t.reason, t.actor
    from (
        select x.organization_id, x.id, x.name, x.told_transition_id from workflows.workflow_executions x
        where x.has_untold_transitions
        order by x.organization_id, x.id limit 100
    ) e
    join workflows.workflow_transitions t on t.organization_id = e.organization_id and t.execution_id = e.id
    where e.told_transition_id is null or t.id > e.told_transition_id
    order by e.organization_id, e.id, t.id limit 1000;
end
$$;
comment on function workflows.untold_transitions() is 'What was done to runs that events were not told of, of every organization: at most 1,000, those of one run in their order.';

create or replace function workflows.note_told(execution uuid, transition uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    -- The lock is had before the next statement begins, so that it sees what was done until then.
    perform from workflows.workflow_executions e where e.organization_id = organization and e.id = execution for update;
    update workflows.workflow_executions e
    set told_transition_id = transition,
        has_untold_transitions = exists (
            select from workflows.workflow_transitions t where t.organization_id = organization and t.execution_id = execution and t.id > transition)
    where e.organization_id = organization and e.id = execution and (e.told_transition_id is null or e.told_transition_id < transition);
end
$$;
comment on function workflows.note_told(uuid, uuid) is 'Notes that events were told of all that was done to a run up to a transition.';

revoke execute on function workflows.untold_transitions(), workflows.note_told(uuid, uuid) from public;
grant execute on function workflows.untold_transitions(), workflows.note_told(uuid, uuid) to workflows_user;
