-- API keys: made, checked on every request, revoked.

-- The program makes the secret, shows it once and hands over its hash.
create or replace function identity.create_api_key(
    name text, prefix text, secret_hash bytea, role identity.member_role, scopes text[],
    for_user uuid default null, expires_at timestamptz default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    key_id constant uuid := base.uuid_v7();
begin
    perform identity.require_role(case when identity.acts_as(for_user) then role else greatest('admin', role) end);
    if for_user is not null then
        perform identity.role_of(organization, for_user);
    end if;
    insert into identity.api_keys (organization_id, id, user_id, name, prefix, secret_hash, role, scopes, expires_at)
    values (organization, key_id, for_user, name, prefix, secret_hash, role, scopes, expires_at);
    perform base.audit('created', 'identity.api_keys', key_id::text, jsonb_build_object(
        'name', name, 'prefix', prefix, 'role', role, 'scopes', scopes, 'for_user', for_user, 'expires_at', expires_at));
    return key_id;
end
$$;
comment on function identity.create_api_key(text, text, bytea, identity.member_role, text[], uuid, timestamptz) is
    'Makes a key for the transaction''s organization, for a member or for the organization itself; returns its id.';

create or replace function identity.revoke_api_key(key_id uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    key record;
begin
    select k.user_id, k.role, k.revoked_at into key
    from identity.api_keys k where k.organization_id = organization and k.id = key_id for update;
    if not found then
        raise exception using errcode = 'GS104',
            message = format('organization %s has no API key %s', organization, key_id),
            hint = 'List the keys of the organization.';
    end if;
    if not identity.acts_as(key.user_id) then
        perform identity.require_role('admin');
    end if;
    if key.revoked_at is null then
        update identity.api_keys k set revoked_at = now(), updated_at = now() where k.organization_id = organization and k.id = key_id;
        perform base.audit('revoked', 'identity.api_keys', key_id::text);
    end if;
end
$$;
comment on function identity.revoke_api_key(uuid) is 'Stops a key of the transaction''s organization for ever; a key that is revoked already stays so.';

-- Always one row. `refusal` is null for a good key, otherwise why it is refused; then role and scopes are null. The organization is
-- not known before, so this spans tenants. It only reads, so that it works on a replica: where is_touch_due, call touch_api_key.
create or replace function identity.authenticate_api_key(secret_hash bytea)
    returns table (organization_id uuid, api_key_id uuid, user_id uuid, role identity.member_role, scopes text[],
                   expires_at timestamptz, refusal text, is_touch_due boolean)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    key record;
begin
    select k.*, o.archived_at, u.deactivated_at, m.role as member_role into key
    from identity.api_keys k
    join identity.organizations o on o.id = k.organization_id
    left join identity.users u on u.id = k.user_id
    left join identity.memberships m on m.organization_id = k.organization_id and m.user_id = k.user_id
    where k.secret_hash = authenticate_api_key.secret_hash;

    refusal := case
        when not found then 'unknown'
        when key.revoked_at is not null then 'revoked'
        when key.expires_at <= now() then 'expired'
        when key.archived_at is not null then 'organization_archived'
        when key.deactivated_at is not null then 'user_deactivated'
        when key.user_id is not null and key.member_role is null then 'not_a_member'
    end;
    organization_id := key.organization_id;
    api_key_id := key.id;
    user_id := key.user_id;
    expires_at := key.expires_at;
    if refusal is null then
        role := least(key.role, key.member_role);
        scopes := key.scopes;
    end if;
    is_touch_due := refusal is null and coalesce(key.last_used_at < now() - interval '15 minutes', true);
    return next;
end
$$;
comment on function identity.authenticate_api_key(bytea) is 'Whose key it is and what it may do, by the SHA-256 of the whole key; or why it is refused.';

-- Written at most every quarter of an hour, so that reading an API does not write a row for each request.
create or replace function identity.touch_api_key(organization uuid, key_id uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update identity.api_keys k
    set last_used_at = now()
    where k.organization_id = organization and k.id = key_id
      and (k.last_used_at is null or k.last_used_at < now() - interval '15 minutes');
end
$$;
comment on function identity.touch_api_key(uuid, uuid) is 'Notes that a key was used.';

revoke execute on function
    identity.create_api_key(text, text, bytea, identity.member_role, text[], uuid, timestamptz), identity.revoke_api_key(uuid),
    identity.authenticate_api_key(bytea), identity.touch_api_key(uuid, uuid)
from public;
grant execute on function
    identity.create_api_key(text, text, bytea, identity.member_role, text[], uuid, timestamptz), identity.revoke_api_key(uuid),
    identity.authenticate_api_key(bytea), identity.touch_api_key(uuid, uuid)
to projects_user;
