-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('identity', array['identity']::name[], 'projects_owner', 4, '0.1.0');
insert into pg_temp.gsdb_routine values ('api_keys', $gsdb_file$-- API keys: made, checked on every request, revoked.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('credentials', $gsdb_file$-- Encrypted secrets of other systems. The program seals them for organization and id, so it chooses the id.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of identity raise. The code is the API; the words may improve.

create or replace function identity.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS101', 'last_owner', 'The change would leave an organization without an active owner.',
         'Make somebody else an owner first.'),
        ('GS102', 'not_a_member', 'The person is not a member of the organization.', 'Add the person to the organization first.'),
        ('GS103', 'role_too_low', 'The caller''s role does not allow the change.', 'Ask an owner or an admin of the organization.'),
        ('GS104', 'api_key_unknown', 'The organization has no such API key.', 'List the keys of the organization.'),
        ('GS105', 'credential_unknown', 'The organization has no such credential.', 'List the credentials of the organization.'),
        ('GS106', 'user_unknown', 'There is no such user, or the user is deactivated.', 'Create or reactivate the user first.'),
        ('GS107', 'organization_unknown', 'There is no such organization.', 'Create the organization first.');
end
$$;
comment on function identity.error_codes() is 'The errors of schema identity: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of access, with the rights of the caller.

create or replace function identity.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('identity.credentials') = 'none' then
        return next base.unread_signal('identity', 'identity.credentials');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'credentials_expired', count(*), min(s.name), 1, 10, 'Store a new secret under the same name.'
        from (select c.name from identity.credentials c where c.expires_at <= now() limit 100000) s
        union all
        select 'credentials_expiring', count(*), min(s.name), 1, null, 'Store a new secret before the other system stops accepting this one, within 14 days.'
        from (select c.name from identity.credentials c where c.expires_at > now() and c.expires_at <= now() + interval '14 days' limit 100000) s
        union all
        select 'api_keys_expiring', count(*), min(s.prefix), 1, null, 'Make a new key before this one, used within the last 30 days, expires within 14.'
        from (select k.prefix from identity.api_keys k
              where k.revoked_at is null and k.expires_at > now() and k.expires_at <= now() + interval '14 days' and k.last_used_at > now() - interval '30 days' limit 100000) s
    )
    select 'identity', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function identity.health_signals() is 'Signals of credentials and API keys that do not work any more or soon will not.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('memberships', $gsdb_file$-- Who is in the organization, and the rule that somebody active always owns it.

-- Locks the owners of the organization, so that two owners who remove each other at once come here one after the other, and the
-- second one finds itself the last.
create or replace function identity.refuse_last_owner(organization uuid, leaving uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    owners uuid[];
begin
    select array_agg(locked.user_id) into owners
    from (select m.user_id from identity.memberships m
          where m.organization_id = organization and m.role = 'owner' order by m.user_id for update) as locked;
    if leaving = any (owners) and not exists (
        select from identity.users u where u.id = any (owners) and u.id <> leaving and u.deactivated_at is null)
    then
        raise exception using errcode = 'GS101',
            message = format('user %s is the last active owner of organization %s', leaving, organization),
            hint = 'Make somebody else an owner first.';
    end if;
end
$$;
comment on function identity.refuse_last_owner(uuid, uuid) is 'Error GS101 when the person is the only active owner; locks the owners until the transaction ends.';

create or replace function identity.role_of(organization uuid, person uuid) returns identity.member_role
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    role identity.member_role;
begin
    select m.role into role from identity.memberships m where m.organization_id = organization and m.user_id = person;
    if role is null then
        raise exception using errcode = 'GS102',
            message = format('user %s is not a member of organization %s', person, organization),
            hint = 'Add the person to the organization first.';
    end if;
    return role;
end
$$;
comment on function identity.role_of(uuid, uuid) is 'The role of a member; error GS102 when the person is none.';

create or replace function identity.add_member(person uuid, role identity.member_role, invited_by uuid default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role(greatest('admin', role));
    perform identity.require_active_user(person);
    insert into identity.memberships (organization_id, user_id, role, invited_by) values (organization, person, role, invited_by);
    perform base.audit('added', 'identity.memberships', person::text, jsonb_build_object('role', role, 'invited_by', invited_by));
end
$$;
comment on function identity.add_member(uuid, identity.member_role, uuid) is 'Adds a person to the transaction''s organization.';

create or replace function identity.change_member_role(person uuid, role identity.member_role) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    old_role constant identity.member_role := identity.role_of(organization, person);
begin
    perform identity.require_role(greatest('admin', role, old_role));
    if role <> 'owner' then
        perform identity.refuse_last_owner(organization, person);
    end if;
    update identity.memberships m
    set role = change_member_role.role, updated_at = now()
    where m.organization_id = organization and m.user_id = person;
    perform base.audit('role_changed', 'identity.memberships', person::text, jsonb_build_object('from', old_role, 'to', role));
end
$$;
comment on function identity.change_member_role(uuid, identity.member_role) is 'Gives a member another role. Error GS101 for the last owner.';

-- A member may leave by themselves. Their API keys stop working with the membership and are revoked, so that they do not come back
-- to life with it.
create or replace function identity.remove_member(person uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    old_role constant identity.member_role := identity.role_of(organization, person);
begin
    if not identity.acts_as(person) then
        perform identity.require_role(greatest('admin', old_role));
    end if;
    perform identity.refuse_last_owner(organization, person);
    update identity.api_keys k
    set revoked_at = now(), updated_at = now()
    where k.organization_id = organization and k.user_id = person and k.revoked_at is null;
    delete from identity.memberships m where m.organization_id = organization and m.user_id = person;
    perform base.audit('removed', 'identity.memberships', person::text, jsonb_build_object('role', old_role));
end
$$;
comment on function identity.remove_member(uuid) is 'Takes a person out of the transaction''s organization. Error GS101 for the last owner.';

revoke execute on function
    identity.add_member(uuid, identity.member_role, uuid), identity.change_member_role(uuid, identity.member_role), identity.remove_member(uuid)
from public;
grant execute on function
    identity.add_member(uuid, identity.member_role, uuid), identity.change_member_role(uuid, identity.member_role), identity.remove_member(uuid)
to projects_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('organizations', $gsdb_file$-- Tenants come, change and go.

-- In a transaction without an organization: the new one is nobody's yet.
create or replace function identity.create_organization(
    name text, slug text, first_owner uuid default null, description text default '')
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.uuid_v7();
begin
    insert into identity.organizations (id, name, slug, description) values (organization, name, slug, description);
    if first_owner is not null then
        perform identity.require_active_user(first_owner);
        insert into identity.memberships (organization_id, user_id, role) values (organization, first_owner, 'owner');
    end if;
    perform base.audit('created', 'identity.organizations', organization::text,
                       jsonb_build_object('name', name, 'slug', slug, 'owner', first_owner), organization);
    return organization;
end
$$;
comment on function identity.create_organization(text, text, uuid, text) is 'Makes an organization and its first owner; returns its id.';

create or replace function identity.change_organization(
    name text default null, slug text default null, description text default null, settings jsonb default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('admin');
    update identity.organizations o
    set name = coalesce(change_organization.name, o.name),
        slug = coalesce(change_organization.slug, o.slug),
        description = coalesce(change_organization.description, o.description),
        settings = coalesce(change_organization.settings, o.settings),
        updated_at = now()
    where o.id = organization;
    perform identity.refuse_unknown_organization(found, organization);
    perform base.audit('changed', 'identity.organizations', organization::text,
                       jsonb_strip_nulls(jsonb_build_object('name', name, 'slug', slug, 'description', description, 'settings', settings)));
end
$$;
comment on function identity.change_organization(text, text, text, jsonb) is 'Changes what is given of the transaction''s organization.';

-- Archiving keeps every row; nobody can authenticate for the organization any more.
create or replace function identity.archive_organization(archived boolean default true) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('owner');
    update identity.organizations o
    set archived_at = case when archived then coalesce(o.archived_at, now()) end, updated_at = now()
    where o.id = organization;
    perform identity.refuse_unknown_organization(found, organization);
    perform base.audit(case when archived then 'archived' else 'restored' end, 'identity.organizations', organization::text);
end
$$;
comment on function identity.archive_organization(boolean) is 'Archives the transaction''s organization, or with false takes it back into use.';

create or replace function identity.refuse_unknown_organization(is_known boolean, organization uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not is_known then
        raise exception using errcode = 'GS107',
            message = format('there is no organization %s', organization),
            hint = 'Create the organization first.';
    end if;
end
$$;
comment on function identity.refuse_unknown_organization(boolean, uuid) is 'Error GS107 unless the organization is known.';

-- Which organizations there are is asked before one is chosen, so it spans tenants.
create or replace function identity.list_organizations(after_slug text default '', page_size integer default 100)
    returns table (id uuid, slug text, name text, archived_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select o.id, o.slug, o.name, o.archived_at from identity.organizations o where o.slug > after_slug order by o.slug limit page_size;
end
$$;
comment on function identity.list_organizations(text, integer) is 'The organizations in the order of their slugs, a page after the given slug.';

create or replace function identity.find_organization(slug text)
    returns table (id uuid, name text, archived_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select o.id, o.name, o.archived_at from identity.organizations o where o.slug = find_organization.slug;
end
$$;
comment on function identity.find_organization(text) is 'The organization with the slug, if there is one.';

revoke execute on function
    identity.create_organization(text, text, uuid, text), identity.change_organization(text, text, text, jsonb),
    identity.archive_organization(boolean), identity.list_organizations(text, integer), identity.find_organization(text)
from public;
grant execute on function
    identity.create_organization(text, text, uuid, text), identity.change_organization(text, text, text, jsonb),
    identity.archive_organization(boolean), identity.list_organizations(text, integer), identity.find_organization(text)
to projects_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('roles', $gsdb_file$-- Who may change what. The program authenticates the caller and says in the transaction who it is: app.actor (user:<id>,
-- api_key:<id>) and app.member_role. Without a role the caller is the system itself: a command on the server, a migration.

create or replace function identity.require_role(least_role identity.member_role) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    role constant identity.member_role := nullif(current_setting('app.member_role', true), '')::identity.member_role;
begin
    if role < least_role then
        raise exception using errcode = 'GS103',
            message = format('this needs the role %s, and the caller has the role %s', least_role, role),
            hint = 'Ask an owner or an admin of the organization.';
    end if;
end
$$;
comment on function identity.require_role(identity.member_role) is 'Error GS103 when the caller''s role is lower.';

create or replace function identity.acts_as(person uuid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(current_setting('app.actor', true) = 'user:' || person, false);
end
$$;
comment on function identity.acts_as(uuid) is 'Whether the caller is this person.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('users', $gsdb_file$-- People. They belong to no single tenant: what changes them is noted in the log of the transaction's organization, or of the
-- installation (the nil UUID) when there is none.

create or replace function identity.audit_user(action text, person uuid, details jsonb default '{}') returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform base.audit(action, 'identity.users', person::text, details,
                       coalesce(base.current_organization_id(), '00000000-0000-0000-0000-000000000000'));
end
$$;
comment on function identity.audit_user(text, uuid, jsonb) is 'Notes a change to a person in the right log.';

create or replace function identity.require_active_user(person uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from identity.users u where u.id = person and u.deactivated_at is null) then
        raise exception using errcode = 'GS106',
            message = format('there is no active user %s', person),
            hint = 'Create or reactivate the user first.';
    end if;
end
$$;
comment on function identity.require_active_user(uuid) is 'Error GS106 unless the person exists and is active.';

create or replace function identity.create_user(
    email text, display_name text, username text default null, avatar_url text default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    person constant uuid := base.uuid_v7();
begin
    perform identity.require_role('admin');
    insert into identity.users (id, email, display_name, username, avatar_url)
    values (person, email, display_name, username, avatar_url);
    perform identity.audit_user('created', person, jsonb_build_object('email', email));
    return person;
end
$$;
comment on function identity.create_user(text, text, text, text) is 'Makes a person known; returns the id.';

create or replace function identity.change_user(
    person uuid, email text default null, display_name text default null, username text default null,
    avatar_url text default null, settings jsonb default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.require_to_manage(person);
    update identity.users u
    set email = coalesce(change_user.email, u.email),
        display_name = coalesce(change_user.display_name, u.display_name),
        username = coalesce(change_user.username, u.username),
        avatar_url = coalesce(change_user.avatar_url, u.avatar_url),
        settings = coalesce(change_user.settings, u.settings),
        updated_at = now()
    where u.id = person;
    perform identity.audit_user('changed', person, jsonb_strip_nulls(jsonb_build_object(
        'email', email, 'display_name', display_name, 'username', username, 'avatar_url', avatar_url)));
end
$$;
comment on function identity.change_user(uuid, text, text, text, text, jsonb) is 'Changes what is given of a person.';

-- A person changes themselves; whoever acts with a role may change no one else, because a person belongs to other organizations, too.
create or replace function identity.require_to_manage(person uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.require_active_user(person);
    if nullif(current_setting('app.member_role', true), '') is not null and not identity.acts_as(person) then
        raise exception using errcode = 'GS103',
            message = 'only the person and the system may change a person',
            hint = 'Ask the person, or whoever runs the installation.';
    end if;
end
$$;
comment on function identity.require_to_manage(uuid) is 'Error GS103 unless the caller may change the person.';

-- Refused while the person is the last active owner of an organization. The owners are locked one organization at a time, because
-- a lock that spans tenants cannot be taken under Citus.
create or replace function identity.deactivate_user(person uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization uuid;
begin
    perform identity.require_to_manage(person);
    for organization in
        select m.organization_id from identity.memberships m where m.user_id = person and m.role = 'owner' order by 1
    loop
        perform identity.refuse_last_owner(organization, person);
    end loop;
    update identity.users u set deactivated_at = now(), updated_at = now() where u.id = person;
    perform identity.audit_user('deactivated', person);
end
$$;
comment on function identity.deactivate_user(uuid) is 'Stops a person from doing anything; history keeps the name. Error GS101 for the last owner of an organization.';

create or replace function identity.reactivate_user(person uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.require_role('owner');
    update identity.users u set deactivated_at = null, updated_at = now() where u.id = person and u.deactivated_at is not null;
    if found then
        perform identity.audit_user('reactivated', person);
    end if;
end
$$;
comment on function identity.reactivate_user(uuid) is 'Lets a deactivated person work again.';

-- Whoever invites somebody knows the address and not the organizations, so it spans tenants.
create or replace function identity.find_user_by_email(email text)
    returns table (id uuid, display_name text, deactivated_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select u.id, u.display_name, u.deactivated_at from identity.users u where lower(u.email) = lower(find_user_by_email.email);
end
$$;
comment on function identity.find_user_by_email(text) is 'The person with the address, whatever its case, if there is one.';

create or replace function identity.memberships_of(person uuid)
    returns table (organization_id uuid, slug text, name text, role identity.member_role)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select m.organization_id, o.slug, o.name, m.role
    from identity.memberships m
    join identity.organizations o on o.id = m.organization_id
    where m.user_id = person and o.archived_at is null
    order by o.slug;
end
$$;
comment on function identity.memberships_of(uuid) is 'The organizations in use that a person may choose from.';

revoke execute on function
    identity.create_user(text, text, text, text), identity.change_user(uuid, text, text, text, text, jsonb),
    identity.deactivate_user(uuid), identity.reactivate_user(uuid), identity.find_user_by_email(text), identity.memberships_of(uuid)
from public;
grant execute on function
    identity.create_user(text, text, text, text), identity.change_user(uuid, text, text, text, text, jsonb),
    identity.deactivate_user(uuid), identity.reactivate_user(uuid), identity.find_user_by_email(text), identity.memberships_of(uuid)
to projects_user;
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_organizations_and_users', 'plain', '5000ms', 1, 4316, 4338, 62, $gsdb_file$-- Who uses the product. Organizations are the tenants; a user may belong to several of them, so both are reference tables.

create table identity.organizations (
    id          uuid        not null default base.uuid_v7(),
    name        text        not null,
    slug        text        not null,
    description text        not null default '',
    settings    jsonb       not null default '{}',
    archived_at timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint organizations_pkey primary key (id),
    constraint slug_is_unique unique (slug),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
    constraint settings_is_object check (jsonb_typeof(settings) = 'object')
);

comment on table identity.organizations is 'The tenants. Every other row of the product belongs to one of them.';
comment on column identity.organizations.id is 'The id that app.organization_id is set to.';
comment on column identity.organizations.name is 'What people call it; need not be unique.';
comment on column identity.organizations.slug is 'Its name in URLs: lower-case letters and digits, words separated by single hyphens.';
comment on column identity.organizations.description is 'Free text; empty when there is none.';
comment on column identity.organizations.settings is 'Preferences that no constraint depends on.';
comment on column identity.organizations.archived_at is 'Since when nobody may work in it; null while in use.';
comment on column identity.organizations.created_at is 'When it was created.';
comment on column identity.organizations.updated_at is 'When it was last changed.';

select base.tenant_table('identity.organizations', reference => true);
select base.isolate_tenants('identity.organizations',
    visible => 'id = nullif(current_setting(''app.organization_id'', true), '''')::uuid');

insert into identity.organizations (id, name, slug)
values (base.default_organization_id(), 'Default organization', 'default');

create table identity.users (
    id             uuid        not null default base.uuid_v7(),
    email          text        not null,
    display_name   text        not null,
    username       text,
    avatar_url     text,
    settings       jsonb       not null default '{}',
    deactivated_at timestamptz,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint email_is_an_address check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(email) <= 254),
    constraint display_name_is_not_blank check (btrim(display_name) <> '' and length(display_name) <= 200),
    constraint username_is_a_handle check (username ~ '^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$'),
    constraint avatar_url_is_http check (avatar_url ~ '^https?://'),
    constraint settings_is_object check (jsonb_typeof(settings) = 'object')
);
create unique index users_email_key on identity.users (lower(email));
create unique index users_username_key on identity.users (lower(username));

comment on table identity.users is 'People. A person has one row however many organizations they belong to.';
comment on column identity.users.id is 'The id by which every other table names the person.';
comment on column identity.users.email is 'As the person writes it; unique whatever its case.';
comment on column identity.users.display_name is 'What the person is called; need not be unique.';
comment on column identity.users.username is 'A short handle, unique whatever its case; null for none.';
comment on column identity.users.avatar_url is 'A picture; null for none.';
comment on column identity.users.settings is 'Preferences that no constraint depends on.';
comment on column identity.users.deactivated_at is 'Since when the person may not do anything; null while active. People are deactivated, not deleted: history names them.';
comment on column identity.users.created_at is 'When the row was created.';
comment on column identity.users.updated_at is 'When the row was last changed.';

select base.tenant_table('identity.users', reference => true);

-- migrate: rollback
drop table identity.users;
drop table identity.organizations;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_memberships', 'plain', '5000ms', 1, 2376, 2398, 121, $gsdb_file$-- Who may do what in which organization. There is no trigger to keep the last owner (Citus has none), so the login role may read
-- memberships but changes them through the routines of this module, which do.

create type identity.member_role as enum ('viewer', 'member', 'admin', 'owner');
comment on type identity.member_role is 'What a member may do, from least to most: read; work; manage people, keys and credentials; everything.';

create table identity.memberships (
    organization_id uuid                 not null,
    user_id         uuid                 not null,
    role            identity.member_role not null,
    invited_by      uuid,
    created_at      timestamptz          not null default now(),
    updated_at      timestamptz          not null default now(),
    constraint memberships_pkey primary key (organization_id, user_id)
);
create index memberships_user_idx on identity.memberships (user_id, organization_id);

comment on table identity.memberships is 'A person''s place in an organization. Every organization with members keeps at least one owner.';
comment on column identity.memberships.organization_id is 'The organization.';
comment on column identity.memberships.user_id is 'The person.';
comment on column identity.memberships.role is 'What the person may do there.';
comment on column identity.memberships.invited_by is 'The user who added the person; null for the first owner and for people added by the system.';
comment on column identity.memberships.created_at is 'Since when the person is a member.';
comment on column identity.memberships.updated_at is 'When the role was last changed.';

select base.tenant_table('identity.memberships', privileges => 'select');
alter table identity.memberships add constraint memberships_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table identity.memberships add constraint memberships_user_fkey
    foreign key (user_id) references identity.users (id);

-- A person is visible where they are a member. Users is a reference table, so the condition asks memberships.
select base.isolate_tenants('identity.users', visible =>
    'exists (select from identity.memberships m
             where m.user_id = users.id
               and m.organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)');

-- migrate: rollback
drop policy tenant_isolation on identity.users;
drop table identity.memberships;
drop type identity.member_role cascade;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_api_keys', 'plain', '5000ms', 1, 3718, 3740, 30, $gsdb_file$-- Keys with which programs and agents call the API.

create table identity.api_keys (
    organization_id uuid                 not null,
    id              uuid                 not null default base.uuid_v7(),
    user_id         uuid,
    name            text                 not null,
    prefix          text                 not null,
    secret_hash     bytea                not null,
    role            identity.member_role not null,
    scopes          text[]               not null,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz,
    created_at      timestamptz          not null default now(),
    updated_at      timestamptz          not null default now(),
    constraint api_keys_pkey primary key (organization_id, id),
    constraint api_keys_prefix_key unique (organization_id, prefix),
    constraint api_keys_secret_hash_key unique (organization_id, secret_hash),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint prefix_cannot_be_the_secret check (prefix ~ '^[A-Za-z0-9_]{4,20}$'),
    constraint secret_hash_is_sha256 check (octet_length(secret_hash) = 32),
    constraint has_a_scope check (cardinality(scopes) > 0 and array_position(scopes, null) is null),
    constraint scopes_are_well_formed check (
        array_to_string(scopes, ',') ~ '^(\*|[a-z][a-z_]*:(read|write|admin))(,(\*|[a-z][a-z_]*:(read|write|admin)))*$'),
    constraint expires_after_creation check (expires_at > created_at)
);
-- A caller presents a key, not an organization: this is the one look-up by hash across tenants. It is not unique because a unique
-- index of a distributed table begins with organization_id; 256 bits of hash make it so.
create index api_keys_secret_hash_idx on identity.api_keys (secret_hash);
create index api_keys_user_idx on identity.api_keys (user_id);

comment on table identity.api_keys is 'Keys for the API. The secret itself is shown once, when the key is made, and not kept.';
comment on column identity.api_keys.organization_id is 'The organization the key works in.';
comment on column identity.api_keys.id is 'The key''s id, also in the audit log.';
comment on column identity.api_keys.user_id is 'The person it acts for; null for a key of the organization itself.';
comment on column identity.api_keys.name is 'What it is for, as its maker wrote it.';
comment on column identity.api_keys.prefix is 'The beginning of the key, enough to recognise it in a list and no more.';
comment on column identity.api_keys.secret_hash is 'SHA-256 of the whole key. A plain hash is enough because the secret is 256 random bits, not a password.';
comment on column identity.api_keys.role is 'The most the key may do; a person''s own role limits it further.';
comment on column identity.api_keys.scopes is 'What it may touch: area:read, area:write, area:admin, or * for all.';
comment on column identity.api_keys.expires_at is 'When it stops working; null for never.';
comment on column identity.api_keys.revoked_at is 'When it was revoked; null while it is not.';
comment on column identity.api_keys.last_used_at is 'When it was last used, to within a quarter of an hour; null for never.';
comment on column identity.api_keys.created_at is 'When it was made.';
comment on column identity.api_keys.updated_at is 'When it was last changed.';

select base.tenant_table('identity.api_keys', privileges => 'select');
alter table identity.api_keys add constraint api_keys_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table identity.api_keys add constraint api_keys_user_fkey
    foreign key (user_id) references identity.users (id);

-- migrate: rollback
drop table identity.api_keys;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_credentials', 'plain', '5000ms', 1, 3802, 3824, 33, $gsdb_file$-- Secrets of other systems (tokens of code hosts, webhook secrets), encrypted by the program before they get here.

create table identity.credentials (
    organization_id   uuid        not null,
    id                uuid        not null default base.uuid_v7(),
    provider          text        not null,
    name              text        not null,
    ciphertext        bytea       not null,
    nonce             bytea       not null,
    algorithm         text        not null,
    key_id            text        not null,
    expires_at        timestamptz,
    secret_changed_at timestamptz not null default now(),
    encrypted_at      timestamptz not null default now(),
    created_by        uuid,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    constraint credentials_pkey primary key (organization_id, id),
    constraint credentials_name_key unique (organization_id, provider, name),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint algorithm_is_known check (algorithm in ('xchacha20poly1305')),
    constraint nonce_fits_algorithm check (octet_length(nonce) = 24),
    constraint ciphertext_holds_tag_and_secret check (octet_length(ciphertext) between 17 and 65552),
    constraint key_id_is_16_hex_digits check (key_id ~ '^[0-9a-f]{16}$'),
    constraint encrypted_after_secret_changed check (encrypted_at >= secret_changed_at)
);
-- Key rotation asks, across tenants, which rows still need the old key.
create index credentials_key_idx on identity.credentials (key_id, organization_id, id);

comment on table identity.credentials is 'Secrets of other systems. Only the program can decrypt them; the database never sees a key or a plain secret.';
comment on column identity.credentials.organization_id is 'The organization the secret belongs to; also part of what the tag authenticates.';
comment on column identity.credentials.id is 'The credential''s id; also part of what the tag authenticates, so that a row cannot be swapped for another.';
comment on column identity.credentials.provider is 'The system it is for: github, linear, slack, notion, openai, webhook and so on.';
comment on column identity.credentials.name is 'What it is for, unique within the provider.';
comment on column identity.credentials.ciphertext is 'The encrypted secret and its authentication tag of 16 bytes; at most 64 KiB of secret.';
comment on column identity.credentials.nonce is 'Random, new for every encryption.';
comment on column identity.credentials.algorithm is 'The authenticated encryption used. One for now; a second one gets its own nonce size here.';
comment on column identity.credentials.key_id is 'Which key encrypted it. The key itself is in a file or the environment of the program.';
comment on column identity.credentials.expires_at is 'When the other system will stop accepting the secret; null when it does not say.';
comment on column identity.credentials.secret_changed_at is 'When the secret was last replaced by another.';
comment on column identity.credentials.encrypted_at is 'When it was last encrypted: later than secret_changed_at after a rotation of the key.';
comment on column identity.credentials.created_by is 'The user who stored it; null for the system.';
comment on column identity.credentials.created_at is 'When it was first stored.';
comment on column identity.credentials.updated_at is 'When it was last changed.';

select base.tenant_table('identity.credentials', privileges => 'select');
alter table identity.credentials add constraint credentials_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;

-- migrate: rollback
drop table identity.credentials;
$gsdb_file$);
select pg_temp.gsdb_end_module();
