-- name: receiving_source :optional
-- scope: cross
-- column organization_id: not null
-- column kind: not null
-- column scope_id: not null
-- type credential_id: CredentialId
-- type previous_credential_id: CredentialId
-- A sender says which source it sends to and not of which organization: the one look-up across all of them.
select organization_id, kind::text as kind, scope_id, credential_id, previous_credential_id, previous_credential_until, verified_at, paused_at,
       signature_header, delivery_header, event_type_header, allowed_networks
from events.receiving_endpoint(:source_id);

-- name: add_source :one
-- param credential_id: nullable
-- param signature_header: nullable
-- param delivery_header: nullable
-- param event_type_header: nullable
-- type credential_id: CredentialId
insert into events.event_sources (organization_id, id, name, kind, description, credential_id, signature_header, delivery_header, event_type_header, allowed_networks)
values (:organization_id, :source_id, :name, :kind::events.source_kind, :description, :credential_id, :signature_header, :delivery_header, :event_type_header,
        nullif(:allowed_networks::text[], '{}')::cidr[])
returning created_at;

-- name: allow_networks :exec
-- Takes deliveries from these networks only; from any where there are none.
update events.event_sources set allowed_networks = nullif(:allowed_networks::text[], '{}')::cidr[], updated_at = now()
where organization_id = :organization_id and id = :source_id and deleted_at is null;

-- name: list_sources :many
-- column source_id: not null
-- column name: not null
-- column kind: not null
-- column status: not null
-- column events_24_hours: not null
-- column rejects_24_hours: not null
-- column has_secret: not null
-- type credential_id: CredentialId
-- The sources by name, with what came of them. Never with a secret.
select s.id as source_id, s.name, s.kind::text as kind, h.status, s.credential_id is not null as has_secret, s.verified_at, s.paused_at,
       s.previous_credential_until, h.last_received_at, h.events_24_hours, h.rejects_24_hours, s.credential_id, s.signature_header, s.allowed_networks::text[] as allowed_networks, s.created_at
from events.event_sources s
join events.event_source_health h on h.organization_id = s.organization_id and h.source_id = s.id
where s.organization_id = :organization_id and (:name::text = '' or lower(s.name) = lower(:name) or s.id::text = :name)
order by lower(s.name);

-- name: pause_source :exec
update events.event_sources set paused_at = :now, updated_at = now()
where organization_id = :organization_id and id = :source_id and paused_at is null and deleted_at is null;

-- name: resume_source :exec
update events.event_sources set paused_at = null, updated_at = now()
where organization_id = :organization_id and id = :source_id and deleted_at is null;

-- name: remove_source :exec
-- Its events stay, and its name is free again.
update events.event_sources
set deleted_at = :now, updated_at = now(), credential_id = null, previous_credential_id = null, previous_credential_until = null
where organization_id = :organization_id and id = :source_id and deleted_at is null;

-- name: replace_source_secret :exec
-- param previous_until: nullable
-- type credential_id: CredentialId
-- Another secret from now on; the one before is accepted until the moment given, or not at all.
update events.event_sources
set previous_credential_id = case when :previous_until::timestamptz is not null then credential_id end,
    previous_credential_until = case when credential_id is not null then :previous_until end,
    credential_id = :credential_id, updated_at = now()
where organization_id = :organization_id and id = :source_id and deleted_at is null;

-- name: verify_source :exec
-- The first delivery that was rightly signed.
update events.event_sources set verified_at = :now, updated_at = now()
where organization_id = :organization_id and id = :source_id and verified_at is null and deleted_at is null;
