-- name: record_program_event :one
-- column is_new: not null
select events.record_program_event(:delivery_key, :event_type, :payload::text::jsonb, :occurred_at, :target) as is_new
where :organization_id = base.require_organization_id();
