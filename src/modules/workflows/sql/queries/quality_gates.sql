-- name: list_quality_gates :many
-- param project_id: nullable
-- type project_id: ProjectId
-- Those of the organization, and those of a project where one is given.
select g.project_id, g.metric, g.comparison, g.threshold, g.unit, g.is_blocking, g.description
from workflows.quality_gates g
where g.organization_id = :organization_id and (g.project_id is null or g.project_id = :project_id)
order by g.metric, g.project_id nulls last;

-- name: set_quality_gate :exec
-- Of the organization; the same again changes nothing but the time.
insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
values (:organization_id, :metric, :description, :comparison::text::workflows.comparison, :threshold, :unit, :is_blocking)
on conflict (organization_id, metric) where project_id is null
do update set description = excluded.description, comparison = excluded.comparison, threshold = excluded.threshold, unit = excluded.unit, is_blocking = excluded.is_blocking,
              updated_at = excluded.updated_at;

-- name: set_project_quality_gate :exec
-- Of one project, instead of the organization's.
insert into workflows.quality_gates (organization_id, project_id, metric, description, comparison, threshold, unit, is_blocking)
values (:organization_id, :project_id, :metric, :description, :comparison::text::workflows.comparison, :threshold, :unit, :is_blocking)
on conflict (organization_id, project_id, metric) where project_id is not null
do update set description = excluded.description, comparison = excluded.comparison, threshold = excluded.threshold, unit = excluded.unit, is_blocking = excluded.is_blocking,
              updated_at = excluded.updated_at;

-- name: remove_quality_gate :many
-- param project_id: nullable
-- type project_id: ProjectId
delete from workflows.quality_gates g
where g.organization_id = :organization_id and g.project_id is not distinct from :project_id::uuid and g.metric = :metric
returning g.metric;
