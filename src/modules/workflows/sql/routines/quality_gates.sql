-- Which gates a change of a project has to pass.

create or replace function workflows.quality_gates_of(project uuid)
    returns table (quality_gate_id uuid, metric text, comparison workflows.comparison, threshold numeric, unit text, is_blocking boolean, is_of_project boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select distinct on (g.metric) g.id, g.metric, g.comparison, g.threshold, g.unit, g.is_blocking, g.project_id is not null
    from workflows.quality_gates g
    where g.organization_id = organization and (g.project_id is null or g.project_id = project)
    order by g.metric, g.project_id nulls last;
end
$$;
comment on function workflows.quality_gates_of(uuid) is 'The gates that hold for a project: its own ones, and those of the organization for other metrics.';

-- What says how often runs on a repository fail: history, not the change.
create or replace function workflows.recent_failures(execution uuid)
    returns table (execution_id uuid, stage_key text, finished_at timestamptz, error_message text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select o.id, t.stage_key, s.finished_at, s.error_message
    from workflows.workflow_executions e
    join workflows.workflow_executions o on o.organization_id = e.organization_id and o.project_id = e.project_id and o.repository_id = e.repository_id and o.id <> e.id
    join workflows.workflow_stage_executions s on s.organization_id = o.organization_id and s.execution_id = o.id
    join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
    where e.organization_id = organization and e.id = execution
      and s.status in ('failed', 'timed_out') and s.finished_at > now() - interval '7 days'
    order by s.finished_at desc, o.id;
end
$$;
comment on function workflows.recent_failures(uuid) is
    'Attempts at stages that failed or timed out in the last seven days, in other runs of the project on the repository of a run; the newest first.';
