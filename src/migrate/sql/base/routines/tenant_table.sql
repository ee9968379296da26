-- How a table relates to tenants, said in one place. Nothing else in the product knows Citus.

-- Makes `relation` a table whose rows belong to one organization: only that organization's transactions see them, whoever forgets
-- the filter. Call it after CREATE TABLE and the comments, before adding foreign keys. With `reference`, makes it a table with the
-- same rows for every organization instead. `privileges` is what the login role of the owner may do.
create or replace function base.tenant_table(relation regclass, reference boolean default false, privileges text default null)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform base.refuse_citus_with_timescaledb();
    perform base.register_table(relation, case when reference then 'reference' else 'tenant' end, null);
    perform base.refuse_table_faults(relation);
    perform base.distribute(relation, reference);
    if not reference then
        perform base.isolate_tenants(relation);
    end if;
    perform base.add_updated_at_trigger(relation);
    perform base.grant_to_login_role(relation,
        coalesce(privileges, case when reference then 'select' else 'select, insert, update, delete' end));
end
$$;
comment on function base.tenant_table(regclass, boolean, text) is
    'Makes a table a tenant table (or a reference table): registered, checked, distributed under Citus, isolated by row-level security, granted.';

-- Makes `relation` a table of this database alone: not distributed, not isolated, granted to nobody.
create or replace function base.local_table(relation regclass, reason text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform base.register_table(relation, 'local', reason);
    perform base.refuse_table_faults(relation);
end
$$;
comment on function base.local_table(regclass, text) is 'Registers a table that is neither tenant nor reference table, and why.';

create or replace function base.register_table(relation regclass, kind text, reason text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into base.managed_tables as known (relation, kind, reason)
    values (register_table.relation, register_table.kind, register_table.reason)
    on conflict on constraint managed_tables_pkey do update set kind = excluded.kind, reason = excluded.reason;
end
$$;
comment on function base.register_table(regclass, text, text) is 'Part of base.tenant_table: notes the kind of a table.';

create or replace function base.refuse_table_faults(relation regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    fault record;
begin
    for fault in select * from base.table_structure_lint(array[relation::oid]) limit 1 loop
        raise exception using errcode = 'GS002',
            message = format('%s: %s', fault.object, fault.detail),
            detail = format('Schema rule %s.', fault.rule),
            hint = fault.remedy;
    end loop;
end
$$;
comment on function base.refuse_table_faults(regclass) is 'Part of base.tenant_table: error GS002 when the table breaks a rule of structure.';

create or replace function base.has_extension(extension name) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from pg_extension where extname = extension);
end
$$;
comment on function base.has_extension(name) is 'Whether this database has the extension.';

create or replace function base.refuse_citus_with_timescaledb() returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if base.has_extension('citus') and base.has_extension('timescaledb') then
        raise exception using errcode = 'GS003',
            message = format('database %I has both citus and timescaledb', current_database()),
            detail = 'A join of a hypertable with a distributed table returns wrong rows without an error.',
            hint = 'Drop one of the two extensions, or put them on different servers.';
    end if;
end
$$;
comment on function base.refuse_citus_with_timescaledb() is 'Error GS003 when both extensions are in this database.';

-- The calls are text because the functions do not exist without Citus.
create or replace function base.distribute(relation regclass, reference boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not base.has_extension('citus') then
        return;
    end if;
    if reference then
        execute format('select create_reference_table(%L)', relation);
    else
        execute format('select create_distributed_table(%L, %L)', relation, 'organization_id');
    end if;
end
$$;
comment on function base.distribute(regclass, boolean) is 'Part of base.tenant_table: under Citus makes a distributed or reference table; otherwise nothing.';

-- `visible` is the SQL condition on a row. It is text, and the setting is spelled out, because Citus ships policies to its workers.
-- What is written is held against a sub-select, which is evaluated once for a statement instead of for each row; Citus takes none in a policy.
create or replace function base.isolate_tenants(
    relation regclass,
    visible text default 'organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid')
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
    tenant constant text := 'nullif(current_setting(''app.organization_id'', true), '''')::uuid';
    writable constant text := case when base.has_extension('citus') then visible else replace(visible, tenant, format('(select %s)', tenant)) end;
    former name;
begin
    for former in
        select polname from pg_policy
        where polrelid = relation and polname in ('tenant_isolation', 'owner_sees_all', 'superuser_sees_all', 'reader_sees_all')
    loop
        execute format('drop policy %I on %s', former, relation);
    end loop;
    execute format('alter table %s enable row level security, force row level security', relation);
    execute format('create policy tenant_isolation on %s using (%s) with check (%s)', relation, visible, writable);
    -- current_user is the owner in its SECURITY DEFINER functions and in migrations, but not in its views: a view must not see more
    -- than the role that reads it, and PostgreSQL 14 has no security_invoker.
    execute format('create policy owner_sees_all on %s to %I using (current_user = %L) with check (current_user = %L)',
                   relation, owner, owner, owner);
    -- PostgreSQL 14 holds a view's tables against the policies as the view's owner, whoever reads it, superusers included.
    if current_setting('server_version_num')::integer < 150000 then
        execute format('create policy superuser_sees_all on %s to %I using ((select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user))',
                       relation, owner);
    end if;
    -- The operator's reader sees every organization, also through views that run as the owner. For nobody else does it add to a query.
    if exists (select from pg_roles where rolname = 'analytics_readonly') then
        execute format('create policy reader_sees_all on %s for select to analytics_readonly, %I using (current_user = ''analytics_readonly'')',
                       relation, owner);
    end if;
end
$$;
comment on function base.isolate_tenants(regclass, text) is
    'Row-level security that the owner is subject to, and its policies. base.tenant_table calls it; call it for a reference table that is not for everybody.';

create or replace function base.add_updated_at_trigger(relation regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not base.has_extension('citus') and exists (
        select from pg_attribute where attrelid = relation and attname = 'updated_at' and not attisdropped)
    then
        execute format('create or replace trigger set_updated_at before update on %s for each row execute function base.set_updated_at()', relation);
    end if;
end
$$;
comment on function base.add_updated_at_trigger(regclass) is 'Part of base.tenant_table: keeps updated_at honest on plain PostgreSQL.';

-- The login role of projects_owner is projects_user. Tables of base are for everybody who may connect, and CONNECT is revoked
-- from PUBLIC.
create or replace function base.login_role(owner name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    login constant name := regexp_replace(owner, '_owner$', '_user');
begin
    if login <> owner and exists (select from pg_roles where rolname = login) then
        return quote_ident(login);
    end if;
    return 'public';
end
$$;
comment on function base.login_role(name) is 'The role, quoted for SQL, that the server logs in with to use what the given role owns.';

create or replace function base.grant_to_login_role(relation regclass, privileges text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    space regnamespace;
    login text;
begin
    select relnamespace, base.login_role(pg_get_userbyid(relowner)) into space, login from pg_class where oid = relation;
    -- Every change of pg_namespace, even to what it was, throws away all plans of the session.
    if not exists (select from pg_namespace n, aclexplode(n.nspacl) a
                   where n.oid = space and a.privilege_type = 'USAGE' and a.grantee = coalesce(to_regrole(login), 0)) then
        execute format('grant usage on schema %s to %s', space, login);
    end if;
    execute format('grant %s on %s to %s', privileges, relation, login);
end
$$;
comment on function base.grant_to_login_role(regclass, text) is 'Part of base.tenant_table: lets the login role of the owner use the table.';
