-- The tenant of this transaction. Policies spell the expression out instead of calling these: Citus ships policies to its workers.

create or replace function base.current_organization_id() returns uuid
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return nullif(current_setting('app.organization_id', true), '')::uuid;
end
$$;
comment on function base.current_organization_id() is 'The organization this transaction works for, or null when none was set.';

create or replace function base.require_organization_id() returns uuid
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.current_organization_id();
begin
    if organization is null then
        raise exception using errcode = 'GS001',
            message = 'no organization is set in this transaction',
            hint = 'Begin with: set local app.organization_id = ''<uuid>''.';
    end if;
    return organization;
end
$$;
comment on function base.require_organization_id() is 'The organization this transaction works for; error GS001 when none was set.';
