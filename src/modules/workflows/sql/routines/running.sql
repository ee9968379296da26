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
