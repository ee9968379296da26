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
