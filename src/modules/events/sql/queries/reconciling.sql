-- name: take_reconciliation :optional
-- scope: cross
-- column organization_id: not null
-- column source_id: not null
-- column scope_id: not null
-- column reconcile_url: not null
-- column reconcile_credential_id: not null
-- type reconcile_credential_id: CredentialId
select organization_id, source_id, scope_id, reconcile_url, reconcile_credential_id, reconciled_at from events.take_reconciliation(:every);

-- name: known_delivery_keys :many
-- column delivery_key: not null
select k.delivery_key from events.event_keys k
where k.organization_id = :organization_id and k.source_id = :scope_id and k.delivery_key = any (:delivery_keys::text[]);

-- name: note_reconciliation :exec
-- param error: nullable
update events.event_sources set reconcile_error = :error, updated_at = now() where organization_id = :organization_id and id = :source_id;

-- name: set_reconciliation :optional
-- param reconcile_url: nullable
-- param credential_id: nullable
-- type credential_id: CredentialId
-- type previous_credential_id: CredentialId
-- Answers the token that was used before.
with previous as (
    select s.reconcile_credential_id from events.event_sources s where s.organization_id = :organization_id and s.id = :source_id)
update events.event_sources s
set reconcile_url = :reconcile_url, reconcile_credential_id = :credential_id, reconciled_at = null, reconcile_error = null, updated_at = now()
from previous p
where s.organization_id = :organization_id and s.id = :source_id
returning p.reconcile_credential_id as previous_credential_id;

-- name: reconciliations :many
-- column source_name: not null
-- column reconcile_url: not null
select s.name as source_name, s.reconcile_url, s.reconciled_at, s.reconcile_error
from events.event_sources s
where s.organization_id = :organization_id and s.reconcile_url is not null and s.deleted_at is null
order by lower(s.name);
