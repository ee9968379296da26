-- People. They belong to no single tenant: what changes them is noted in the log of the transaction's organization, or of the
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
