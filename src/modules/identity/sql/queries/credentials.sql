-- name: find_credential :optional
-- type id: CredentialId
select id, ciphertext, nonce, key_id, expires_at
from identity.credentials
where organization_id = :organization_id and provider = :provider and name = :name;

-- name: find_credential_by_id :optional
select provider, name, ciphertext, nonce, key_id
from identity.credentials
where organization_id = :organization_id and id = :credential_id;

-- name: list_credentials :many
-- param after_provider: nullable
-- param after_name: nullable
-- type id: CredentialId
-- type created_by: UserId
-- A page of the organization's credentials by provider and name, without what they hold.
select id, provider, name, expires_at, secret_changed_at, encrypted_at, created_by, created_at
from identity.credentials
where organization_id = :organization_id
  and (:after_provider::text is null or (provider, name) > (:after_provider, :after_name))
order by provider, name
limit :page_size;

-- name: create_credential :exec
-- param expires_at: nullable
-- param created_by: nullable
-- type created_by: UserId
-- In the transaction's organization. The id is the program's, because the secret is sealed for it.
select identity.create_credential(credential => :credential_id, provider => :provider, name => :name, ciphertext => :ciphertext,
                                  nonce => :nonce, algorithm => :algorithm, key_id => :key_id, expires_at => :expires_at,
                                  created_by => :created_by);

-- name: replace_credential :exec
-- param expires_at: nullable
-- Puts another secret in the place of a stored one.
select identity.replace_credential(credential => :credential_id, ciphertext => :ciphertext, nonce => :nonce, algorithm => :algorithm,
                                   key_id => :key_id, expires_at => :expires_at);

-- name: delete_credential :exec
select identity.delete_credential(:credential_id);

-- name: list_credentials_to_reencrypt :many
-- scope: cross
-- column organization_id: not null
-- column id: not null
-- column provider: not null
-- column name: not null
-- column ciphertext: not null
-- column nonce: not null
-- column key_id: not null
-- type id: CredentialId
-- type after_id: CredentialId
-- What another key than the active one has sealed, of all organizations: rotation is the installation's business.
select organization_id, id, provider, name, ciphertext, nonce, key_id
from identity.credentials_to_reencrypt(active_key_id => :active_key_id, after_organization_id => :after_organization_id,
                                       after_id => :after_id, page_size => :page_size);

-- name: reencrypt_credential :one
-- scope: cross
-- column is_replaced: not null
-- False when the secret was replaced or deleted meanwhile: the old nonce is no longer there.
select identity.reencrypt_credential(organization => :organization_id, credential => :credential_id, old_nonce => :old_nonce,
                                     ciphertext => :ciphertext, nonce => :nonce, algorithm => :algorithm, key_id => :key_id) as is_replaced;

-- name: count_credentials_by_key :many
-- scope: cross
-- column key_id: not null
-- column credentials: not null
select key_id, credentials from identity.credential_key_ids();
