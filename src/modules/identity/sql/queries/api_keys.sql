-- name: authenticate_api_key :one
-- scope: cross
-- column is_touch_due: not null
-- Who presents a key does not say of which organization: the one look-up across all of them. Everything but the refusal
-- is null where it does not apply.
select organization_id, api_key_id, user_id, role, scopes, expires_at, refusal, is_touch_due
from identity.authenticate_api_key(:secret_hash);

-- name: touch_api_key :exec
-- Notes the use of a key, at most once in a quarter of an hour.
select identity.touch_api_key(:organization_id, :api_key_id);

-- name: create_api_key :one
-- param user_id: nullable
-- param expires_at: nullable
-- column api_key_id: not null
-- In the transaction's organization.
select identity.create_api_key(name => :name, prefix => :prefix, secret_hash => :secret_hash, role => :role, scopes => :scopes,
                               for_user => :user_id, expires_at => :expires_at) as api_key_id;

-- name: list_api_keys :many
-- param after_id: nullable
-- type id: ApiKeyId
-- type after_id: ApiKeyId
-- A page of the organization's keys in the order they were made. The secrets are not kept.
select id, user_id, name, prefix, role, scopes, expires_at, revoked_at, last_used_at, created_at
from identity.api_keys
where organization_id = :organization_id and (:after_id::uuid is null or id > :after_id)
order by id
limit :page_size;

-- name: get_api_key :optional
-- type id: ApiKeyId
select id, user_id, name, prefix, role, scopes, expires_at, revoked_at, last_used_at, created_at
from identity.api_keys
where organization_id = :organization_id and id = :api_key_id;

-- name: revoke_api_key :exec
-- In the transaction's organization. Error GS104 for an unknown key; a revoked one stays so.
select identity.revoke_api_key(:api_key_id);
