-- What modules add to the functions that administrators call: signals made from their own tables, as far as the caller may read them.
--
-- These functions have the rights of their caller, so the policies decide whose rows are counted. What nobody may see must not look
-- well: a module asks base.reading_scope() first and answers with base.unread_signal() when there is nothing to be seen.

-- all: the rows of every organization; organization: those of the transaction's; none: no row, or no right to read.
create or replace function base.reading_scope(relation regclass) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    space oid;
    owner name;
    kind "char";
begin
    select c.relnamespace, pg_get_userbyid(c.relowner), c.relkind into space, owner, kind from pg_class c where c.oid = relation;
    return case
        when not has_schema_privilege(space, 'usage') or not has_table_privilege(relation, 'select') then 'none'
        when kind = 'f' or not row_security_active(relation) then 'all'
        when current_user in (owner, 'analytics_readonly') then 'all'
        when base.current_organization_id() is not null then 'organization'
        else 'none'
    end;
end
$$;
comment on function base.reading_scope(regclass) is 'Whose rows of a table the current role sees: all, organization (that of the transaction) or none.';

create or replace function base.unread_signal(component text, relation regclass) returns base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return row(component, 'not_measured', null, 'signals', 1, null,
               'Set app.organization_id in the transaction for one organization; set role analytics_readonly, or ask as a superuser, for all.',
               jsonb_build_object('reason', format('role %s sees no row of %s', current_user, relation)))::base.health_signal;
end
$$;
comment on function base.unread_signal(text, regclass) is 'The signal of a module whose tables the caller cannot see: unknown, with the remedy.';

-- The organizations with rows in a table whose primary key begins with organization_id, found by one look at the index for each. What is
-- then asked of an organization finds the indexes that begin with it, which no condition over all organizations does.
create or replace function base.organizations_in(relation regclass) returns setof uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
declare
    organization uuid := '00000000-0000-0000-0000-000000000000'::uuid;
begin
    if base.reading_scope(relation) = 'organization' then
        return next base.current_organization_id();
        return;
    end if;
    loop
        execute format('select t.organization_id from %s t where t.organization_id >= $1 order by t.organization_id limit 1', relation)
        into organization using organization;
        exit when organization is null;
        return next organization;
        organization := base.uuid_after(organization);
        exit when organization is null;
    end loop;
end
$$;
comment on function base.organizations_in(regclass) is 'The organizations of which the caller sees rows in a tenant table.';

create or replace function base.uuid_after(value uuid) returns uuid
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    bytes bytea := uuid_send(value);
begin
    for place in reverse 15 .. 0 loop
        if get_byte(bytes, place) < 255 then
            return encode(set_byte(bytes, place, get_byte(bytes, place) + 1), 'hex')::uuid;
        end if;
        bytes := set_byte(bytes, place, 0);
    end loop;
    return null;
end
$$;
comment on function base.uuid_after(uuid) is 'Part of base.organizations_in: the next greater UUID; null after the last.';

-- What the function of that name, of no parameters, answers in each module that has one and that the caller may use.
create or replace function base.module_signals(function_name name) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    own oid;
begin
    for own in select p.oid from pg_proc p
               where p.proname = function_name and p.pronargs = 0 and p.prorettype = 'base.health_signal'::regtype
                 and p.pronamespace = any (base.product_schemas(null)) and p.pronamespace <> 'base'::regnamespace
                 and has_schema_privilege(p.pronamespace, 'usage') and has_function_privilege(p.oid, 'execute')
               order by p.pronamespace::regnamespace::text loop
        return query execute format('select * from %s()', own::regproc);
    end loop;
end
$$;
comment on function base.module_signals(name) is 'The signals of all modules in this database that the caller may use, from their functions of the given name.';
