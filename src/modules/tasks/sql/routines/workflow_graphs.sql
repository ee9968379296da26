-- Edges of workflows, and runs: a run is a task, its nodes become subtasks, its edges dependencies.

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
