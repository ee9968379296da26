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
