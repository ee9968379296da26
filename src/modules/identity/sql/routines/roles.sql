-- Who may change what. The program authenticates the caller and says in the transaction who it is: app.actor (user:<id>,
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
