-- name: record_validation :exec
-- param comparison: nullable
-- param threshold: nullable
-- param measured_value: nullable
-- param skip_reason: nullable
-- The next attempt at a validation, with its result.
insert into workflows.workflow_validations (organization_id, stage_execution_id, checkpoint, validation_key, attempt, is_blocking, criteria, comparison, threshold,
                                            measured_value, status, findings, skip_reason, finished_at)
select :organization_id, :stage_execution_id, :checkpoint, :validation_key, coalesce(max(v.attempt), 0) + 1, :is_blocking, :criteria, :comparison::workflows.comparison, :threshold,
       :measured_value, :status::workflows.validation_status, :findings, :skip_reason, now()
from workflows.workflow_validations v
where v.organization_id = :organization_id and v.stage_execution_id = :stage_execution_id and v.checkpoint = :checkpoint and v.validation_key = :validation_key;

-- name: list_validations :many
-- The last attempt of each, in the order of the stages.
select t.stage_key, v.checkpoint, v.validation_key, v.attempt, v.is_blocking, v.comparison, v.threshold, v.measured_value, v.status, v.findings, v.skip_reason, v.finished_at
from workflows.workflow_stage_executions s
join workflows.template_stages t on t.organization_id = s.organization_id and t.template_version_id = s.template_version_id and t.position = s.position
join workflows.workflow_validations v on v.organization_id = s.organization_id and v.stage_execution_id = s.id
where s.organization_id = :organization_id and s.execution_id = :execution_id
  and not exists (select from workflows.workflow_validations l
                  where l.organization_id = v.organization_id and l.stage_execution_id = v.stage_execution_id and l.checkpoint = v.checkpoint
                    and l.validation_key = v.validation_key and l.attempt > v.attempt)
order by s.position, s.attempt, v.created_at, v.validation_key;

-- name: gates_of_project :many
-- column metric: not null
-- column comparison: not null
-- column threshold: not null
-- column unit: not null
-- column is_blocking: not null
select metric, comparison, threshold, unit, is_blocking from workflows.quality_gates_of(:project_id);

-- name: recent_failures :many
-- column execution_id: not null
-- column stage_key: not null
-- column error_message: not null
select execution_id, stage_key, error_message from workflows.recent_failures(:execution_id);
