-- name: begin_agent_operation :exec
-- Counted before it is tried. One that is over stays as it is.
insert into workflows.codegen_operations as o (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, status, attempts, attempts_max, started_at)
values (:organization_id, :execution_id, :stage_execution_id, :provider, :operation_type, :idempotency_key, :request, 'running', 1, 1000, now())
on conflict (organization_id, idempotency_key) do update
set status = 'running', attempts = o.attempts + 1, started_at = excluded.started_at, updated_at = excluded.started_at, outcome = null, error_message = null, finished_at = null
where o.finished_at is null or o.status = 'failed';

-- name: end_agent_operation :exec
-- param response: nullable
-- param error_message: nullable
-- param model: nullable
-- param agent_run_id: nullable
-- param agent_run_url: nullable
update workflows.codegen_operations
set status = :status, outcome = :outcome, response = :response, error_message = :error_message, latency_ms = :latency_ms, cost_usd = :cost_usd, model = :model,
    agent_run_id = :agent_run_id, agent_run_url = :agent_run_url, input_tokens = :input_tokens, output_tokens = :output_tokens, finished_at = now(), updated_at = now()
where organization_id = :organization_id and idempotency_key = :idempotency_key and status = 'running';

-- name: record_issue_operation :exec
-- param stage_execution_id: nullable
-- param issue_url: nullable
-- param parent_issue_id: nullable
-- param decomposed_step_id: nullable
-- A call that is over. The same key is recorded once.
insert into workflows.linear_operations (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, status, outcome, attempts, latency_ms,
                                         issue_id, issue_key, issue_url, parent_issue_id, decomposed_step_id, started_at, finished_at)
values (:organization_id, :execution_id, :stage_execution_id, :provider, :operation_type, :idempotency_key, :request, 'succeeded', :outcome, 1, :latency_ms,
        :issue_id, :issue_key, :issue_url, :parent_issue_id, :decomposed_step_id, now(), now())
on conflict (organization_id, idempotency_key) do nothing;

-- name: record_code_operation :exec
-- param stage_execution_id: nullable
-- param branch: nullable
-- param commit_id: nullable
-- param error_message: nullable
-- A call that is over. The same key is recorded once.
insert into workflows.github_operations (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, status, outcome, error_message, attempts,
                                         latency_ms, branch, commit_id, started_at, finished_at)
values (:organization_id, :execution_id, :stage_execution_id, :provider, :operation_type, :idempotency_key, :request, :status, :outcome, :error_message, 1,
        :latency_ms, :branch, :commit_id, now(), now())
on conflict (organization_id, idempotency_key) do nothing;

-- name: begin_issue_operation :exec
-- param stage_execution_id: nullable
-- param parent_issue_id: nullable
-- param decomposed_step_id: nullable
-- Counted before it is tried. One that has succeeded stays as it is.
insert into workflows.linear_operations as o (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, status, attempts, attempts_max,
                                              parent_issue_id, decomposed_step_id, started_at)
values (:organization_id, :execution_id, :stage_execution_id, :provider, :operation_type, :idempotency_key, :request, 'running', 1, 1000, :parent_issue_id, :decomposed_step_id, now())
on conflict (organization_id, idempotency_key) do update
set status = 'running', attempts = least(o.attempts + 1, o.attempts_max), started_at = excluded.started_at, updated_at = excluded.started_at, outcome = null, error_message = null, finished_at = null
where o.finished_at is null or o.status = 'failed';

-- name: end_issue_operation :exec
-- param response: nullable
-- param response_code: nullable
-- param error_message: nullable
-- param issue_id: nullable
-- param issue_key: nullable
-- param issue_url: nullable
update workflows.linear_operations
set status = :status, outcome = :outcome, response = :response, response_code = :response_code, error_message = :error_message, latency_ms = :latency_ms,
    attempts = least(attempts + :repeats, attempts_max), issue_id = :issue_id, issue_key = :issue_key, issue_url = :issue_url, finished_at = now(), updated_at = now()
where organization_id = :organization_id and idempotency_key = :idempotency_key and status = 'running';

-- name: begin_code_operation :exec
-- param stage_execution_id: nullable
-- param branch: nullable
-- param commit_id: nullable
-- Counted before it is tried. One that has succeeded stays as it is.
insert into workflows.github_operations as o (organization_id, execution_id, stage_execution_id, provider, operation_type, idempotency_key, request, status, attempts, attempts_max,
                                              branch, commit_id, started_at)
values (:organization_id, :execution_id, :stage_execution_id, :provider, :operation_type, :idempotency_key, :request, 'running', 1, 1000, :branch, :commit_id, now())
on conflict (organization_id, idempotency_key) do update
set status = 'running', attempts = least(o.attempts + 1, o.attempts_max), started_at = excluded.started_at, updated_at = excluded.started_at, outcome = null, error_message = null, finished_at = null
where o.finished_at is null or o.status = 'failed';

-- name: end_code_operation :exec
-- param response: nullable
-- param response_code: nullable
-- param error_message: nullable
-- param commit_id: nullable
-- param pull_request_number: nullable
-- param pull_request_url: nullable
update workflows.github_operations
set status = :status, outcome = :outcome, response = :response, response_code = :response_code, error_message = :error_message, latency_ms = :latency_ms,
    attempts = least(attempts + :repeats, attempts_max), commit_id = coalesce(:commit_id, commit_id), pull_request_number = :pull_request_number, pull_request_url = :pull_request_url,
    finished_at = now(), updated_at = now()
where organization_id = :organization_id and idempotency_key = :idempotency_key and status = 'running';

-- name: list_operations :many
-- column id: not null
-- column kind: not null
-- column provider: not null
-- column operation_type: not null
-- column status: not null
-- column attempts: not null
-- column cost_usd: not null
-- column created_at: not null
select o.id, o.integration as kind, o.provider, o.operation_type, o.status, o.outcome, o.error_message, o.attempts, o.latency_ms, o.cost_usd, o.created_at, o.finished_at
from workflows.operations o
where o.organization_id = :organization_id and o.execution_id = :execution_id
order by o.created_at, o.id
limit 1000;
