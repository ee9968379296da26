-- name: read_pushes :many
-- scope: cross
-- column organization_id: not null
-- column event_id: not null
-- column log_position: not null
select organization_id, event_id, log_position, clone_url, ref, default_branch from events.read_pushes(:batch_size);

-- name: pass_pushes :exec
-- scope: cross
-- type event_organization_id: OrganizationId
select events.pass_pushes(:log_position, :event_id, :event_organization_id);

-- name: pass_all_pushes :exec
-- scope: cross
select events.pass_all_pushes();
