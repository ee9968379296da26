-- name: record_codebase_run :one
-- column recorded: not null
select analytics.record_codebase_run(:codebase_id, :finished_at, :seconds, :files_parsed, :program_version, :metrics, :amounts) as recorded
where :organization_id = base.require_organization_id();
