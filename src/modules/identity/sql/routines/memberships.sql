-- Who is in the organization, and the rule that somebody active always owns it.

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
