-- How analytics_db sees the modules of the other databases: each of their schemas stands there again, with the same names and types,
-- as foreign tables. The text is made where the tables are, and run where they are read.

-- The SQL that makes schema `schema` of this database readable through the foreign server `server`, for role analytics_readonly: the
-- schema, its enums and domains (without their checks: what is read was checked when written), and a foreign table for each table and view that the role may read. The same text means the same shape.
create or replace function base.foreign_schema_script(schema name, server name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    space constant oid := (select oid from pg_namespace where nspname = schema);
    script text;
begin
    select string_agg(statement, E'\n' order by place, name) into script from (
        select 1 as place, '' as name,
               format(E'create schema %I;\ncomment on schema %I is %L;\ngrant usage on schema %I to analytics_readonly;', schema, schema,
                      format('Schema %s of database %s, through postgres_fdw; made by gsdb db init.', schema, current_database()), schema) as statement
        union all
        select 2, t.typname, format('create type %s as enum (%s);', t.oid::regtype,
                                    (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
        from pg_type t where t.typnamespace = space and t.typtype = 'e'
        union all
        select 3, t.typname, format('create domain %s as %s;', t.oid::regtype, format_type(t.typbasetype, t.typtypmod))
        from pg_type t where t.typnamespace = space and t.typtype = 'd'
        union all
        select 4, c.relname, base.foreign_table_statement(c.oid, server)
        from pg_class c
        where c.relnamespace = space and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and has_table_privilege('analytics_readonly', c.oid, 'select')
    ) as statements (place, name, statement);
    return script;
end
$$;
comment on function base.foreign_schema_script(name, name) is
    'The SQL with which another database sees a schema of this one through a foreign server, for analytics_readonly.';

-- Comments travel along: those of columns say which table an id is of.
create or replace function base.foreign_table_statement(relation oid, server name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    columns text;
    comments text;
begin
    select string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             case when a.attcollation <> t.typcollation then format(' collate %s', a.attcollation::regcollation) else '' end), ', ' order by a.attnum),
           string_agg(format(E'\ncomment on column %s.%I is %L;', relation::regclass, a.attname, d.description), '' order by a.attnum)
               filter (where d.description is not null)
    into columns, comments
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = a.attrelid and d.objsubid = a.attnum
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
    return format(E'create foreign table %s (%s) server %I;\ngrant select on %s to analytics_readonly;\ncomment on foreign table %s is %L;%s',
                  relation::regclass, columns, server, relation::regclass, relation::regclass,
                  coalesce(obj_description(relation, 'pg_class'), ''), comments);
end
$$;
comment on function base.foreign_table_statement(oid, name) is 'Part of base.foreign_schema_script: one table or view.';

-- How this server can be reached from itself: through its socket where it has one. A socket folder may be relative to the data
-- directory, in which every session works: so is the embedded server's, whose user may not be able to enter the folders above.
create or replace function base.own_address(host out text, port out integer)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with socket as (
        select btrim(split_part(setting, ',', 1)) as folder from pg_settings where name = 'unix_socket_directories'
    )
    select coalesce(host(inet_server_addr()),
                    (select case when folder like '/%' then folder else '/proc/self/cwd/' || folder end from socket where folder <> '')),
           coalesce(inet_server_port(), current_setting('port')::integer);
$$;
comment on function base.own_address() is 'Host, or folder of the socket, and port by which this server can be reached from itself.';

-- Why this session cannot make foreign tables; null when it can. The extension is not trusted: where it is missing, a superuser has to
-- create it, and is given it here.
create or replace function base.why_no_foreign_tables() returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
as $$
declare
    is_superuser constant boolean := current_setting('is_superuser')::boolean;
    there constant boolean := exists (select from pg_extension where extname = 'postgres_fdw');
begin
    if there and (is_superuser or has_foreign_data_wrapper_privilege('postgres_fdw', 'usage')) then
        return null;
    elsif not there and not exists (select from pg_available_extensions where name = 'postgres_fdw') then
        return 'the server has no extension postgres_fdw; install its contrib package';
    elsif not there and is_superuser then
        create extension postgres_fdw with schema public;
        return null;
    end if;
    return format('role %s may not use postgres_fdw; as a superuser in %s: create extension if not exists postgres_fdw; '
                  'grant usage on foreign data wrapper postgres_fdw to %I;', session_user, current_database(), session_user);
end
$$;
comment on function base.why_no_foreign_tables() is 'Why this session cannot make foreign tables, with the remedy; null when it can.';

-- Shows the schemas of another database of this server here, for analytics_readonly. `script` is what base.foreign_schema_script() said
-- there. What was made is remembered as a fingerprint in the server's comment, so that nothing happens when nothing changed.
-- `state`: current, made, blocked (by objects in schema `detail`), or unreadable (for the reason `detail`).
create or replace function base.mirror_database(database name, schemas name[], script text, host text, port integer, password text,
                                                state out text, detail out text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = error
as $$
declare
    server constant name := 'gsdb_' || database;
    is_superuser constant boolean := current_setting('is_superuser')::boolean;
    mapping text := 'user ''analytics_readonly''';
    fingerprint constant text := 'gsdb ' || encode(sha256(convert_to(concat_ws(E'\n', 2, schemas, script, host, port, password, session_user, is_superuser), 'UTF8')), 'hex');
    -- As many as the script makes: one may be gone since.
    tables constant integer := cardinality(string_to_array(script, E'\ncreate foreign table ')) - 1;
    space name;
    reader name;
begin
    perform pg_advisory_xact_lock(hashtext('gsdb.foreign_schemas'), hashtext(database));
    state := 'current';
    if (select obj_description(s.oid, 'pg_foreign_server') = fingerprint and (select count(*) from pg_foreign_table t where t.ftserver = s.oid) = tables
        from pg_foreign_server s where s.srvname = server) then
        return;
    end if;
    select min(n.nspname) into detail
    from pg_namespace n
    join pg_class c on c.relnamespace = n.oid
    left join pg_foreign_table f on f.ftrelid = c.oid
    left join pg_foreign_server s on s.oid = f.ftserver
    where n.nspname = any (schemas) and c.relkind <> 'c' and s.srvname is distinct from server;
    if detail is not null then
        state := 'blocked';
        return;
    end if;

    execute format('drop server if exists %I cascade', server);
    foreach space in array schemas loop
        execute format('drop schema if exists %I cascade', space);
    end loop;
    -- A union over several servers asks them all at once.
    execute format('create server %I foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L, fetch_size ''10000'', async_capable ''true'')',
                   server, host, port, database);
    -- Only a superuser may say that no password is needed. Through the socket of a server that trusts its own machine, as the embedded
    -- one does, none is, and so none is stored.
    if is_superuser then
        mapping := mapping || ', password_required ''false''';
    end if;
    if coalesce(password, '') <> '' and not (is_superuser and host like '/%') then
        mapping := mapping || format(', password %L', password);
    end if;
    for reader in select distinct name from unnest(array['analytics_readonly', 'graph_sitter_admin', session_user]) as name loop
        execute format('create user mapping for %I server %I options (%s)', reader, server, mapping);
    end loop;
    execute script;
    foreach space in array schemas loop
        execute format('grant usage on schema %I to graph_sitter_admin', space);
        execute format('grant select on all tables in schema %I to graph_sitter_admin', space);
    end loop;
    execute format('comment on server %I is %L', server, fingerprint);
    detail := base.why_not_readable(server);
    state := case when detail is null then 'made' else 'unreadable' end;
end
$$;
comment on function base.mirror_database(name, name[], text, text, integer, text) is
    'Shows the schemas of another database of this server here as foreign tables, for analytics_readonly; says what came of it.';

-- Caught here, because an error of class 08 would be taken for the end of the caller's own connection.
create or replace function base.why_not_readable(server name) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    sample regclass;
begin
    select f.ftrelid::regclass into sample
    from pg_foreign_table f
    join pg_foreign_server s on s.oid = f.ftserver
    where s.srvname = server
    limit 1;
    begin
        set local role analytics_readonly;
        execute format('select from %s limit 1', sample);
        -- Undoes the change of the role, too.
        raise exception using errcode = 'UNDO0';
    exception
        when sqlstate 'UNDO0' then return null;
        when others then return sqlerrm;
    end;
end
$$;
comment on function base.why_not_readable(name) is 'Why analytics_readonly cannot read through the foreign server; null when it can.';
