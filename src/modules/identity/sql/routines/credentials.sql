-- Encrypted secrets of other systems. The program seals them for organization and id, so it chooses the id.

create or replace function identity.create_credential(
    credential uuid, provider text, name text, ciphertext bytea, nonce bytea, algorithm text, key_id text,
    expires_at timestamptz default null, created_by uuid default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('admin');
    insert into identity.credentials (organization_id, id, provider, name, ciphertext, nonce, algorithm, key_id, expires_at, created_by)
    values (organization, credential, provider, name, ciphertext, nonce, algorithm, key_id, expires_at, created_by);
    perform base.audit('created', 'identity.credentials', credential::text,
                       jsonb_build_object('provider', provider, 'name', name, 'key_id', key_id, 'expires_at', expires_at));
end
$$;
comment on function identity.create_credential(uuid, text, text, bytea, bytea, text, text, timestamptz, uuid) is
    'Stores a sealed secret in the transaction''s organization.';

create or replace function identity.replace_credential(
    credential uuid, ciphertext bytea, nonce bytea, algorithm text, key_id text, expires_at timestamptz default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('admin');
    update identity.credentials c
    set ciphertext = replace_credential.ciphertext, nonce = replace_credential.nonce, algorithm = replace_credential.algorithm,
        key_id = replace_credential.key_id, expires_at = replace_credential.expires_at,
        secret_changed_at = now(), encrypted_at = now(), updated_at = now()
    where c.organization_id = organization and c.id = credential;
    perform identity.refuse_unknown_credential(found, organization, credential);
    perform base.audit('replaced', 'identity.credentials', credential::text, jsonb_build_object('key_id', key_id, 'expires_at', expires_at));
end
$$;
comment on function identity.replace_credential(uuid, bytea, bytea, text, text, timestamptz) is 'Puts another secret in the place of a stored one.';

create or replace function identity.delete_credential(credential uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('admin');
    delete from identity.credentials c where c.organization_id = organization and c.id = credential;
    perform identity.refuse_unknown_credential(found, organization, credential);
    perform base.audit('deleted', 'identity.credentials', credential::text);
end
$$;
comment on function identity.delete_credential(uuid) is 'Deletes a stored secret.';

create or replace function identity.refuse_unknown_credential(is_known boolean, organization uuid, credential uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not is_known then
        raise exception using errcode = 'GS105',
            message = format('organization %s has no credential %s', organization, credential),
            hint = 'List the credentials of the organization.';
    end if;
end
$$;
comment on function identity.refuse_unknown_credential(boolean, uuid, uuid) is 'Error GS105 unless the credential is known.';

-- Rotation of the encryption key goes over all tenants, a page at a time: what still needs another key than the active one, and then,
-- row by row, the same secret under the active key. Whatever was replaced or deleted meanwhile is left alone.
create or replace function identity.credentials_to_reencrypt(
    active_key_id text, page_size integer default 100, after_organization_id uuid default '00000000-0000-0000-0000-000000000000',
    after_id uuid default '00000000-0000-0000-0000-000000000000')
    returns table (organization_id uuid, id uuid, provider text, name text, ciphertext bytea, nonce bytea, key_id text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select c.organization_id, c.id, c.provider, c.name, c.ciphertext, c.nonce, c.key_id
    from identity.credentials c
    where c.key_id <> active_key_id and (c.organization_id, c.id) > (after_organization_id, after_id)
    order by c.organization_id, c.id limit page_size;
end
$$;
comment on function identity.credentials_to_reencrypt(text, integer, uuid, uuid) is 'A page, after the given row, of the sealed secrets of all tenants that another key than the given one sealed.';

create or replace function identity.reencrypt_credential(
    organization uuid, credential uuid, old_nonce bytea, ciphertext bytea, nonce bytea, algorithm text, key_id text)
    returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_done boolean;
begin
    update identity.credentials c
    set ciphertext = reencrypt_credential.ciphertext, nonce = reencrypt_credential.nonce, algorithm = reencrypt_credential.algorithm,
        key_id = reencrypt_credential.key_id, encrypted_at = now(), updated_at = now()
    where c.organization_id = organization and c.id = credential and c.nonce = old_nonce;
    is_done := found;
    if is_done then
        perform base.audit('reencrypted', 'identity.credentials', credential::text, jsonb_build_object('key_id', key_id), organization);
    end if;
    return is_done;
end
$$;
comment on function identity.reencrypt_credential(uuid, uuid, bytea, bytea, bytea, text, text) is
    'Stores the same secret sealed with another key; false when the stored one is not the one that was read.';

create or replace function identity.credential_key_ids() returns table (key_id text, credentials bigint)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select c.key_id, count(*) from identity.credentials c group by c.key_id order by c.key_id;
end
$$;
comment on function identity.credential_key_ids() is 'The encryption keys that stored secrets of any tenant still need, and how many do.';

revoke execute on function
    identity.create_credential(uuid, text, text, bytea, bytea, text, text, timestamptz, uuid),
    identity.replace_credential(uuid, bytea, bytea, text, text, timestamptz), identity.delete_credential(uuid),
    identity.credentials_to_reencrypt(text, integer, uuid, uuid), identity.reencrypt_credential(uuid, uuid, bytea, bytea, bytea, text, text),
    identity.credential_key_ids()
from public;
grant execute on function
    identity.create_credential(uuid, text, text, bytea, bytea, text, text, timestamptz, uuid),
    identity.replace_credential(uuid, bytea, bytea, text, text, timestamptz), identity.delete_credential(uuid),
    identity.credentials_to_reencrypt(text, integer, uuid, uuid), identity.reencrypt_credential(uuid, uuid, bytea, bytea, bytea, text, text),
    identity.credential_key_ids()
to projects_user;
