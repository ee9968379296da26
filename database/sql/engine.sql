-- What the other files of this folder are run with: functions of this session alone. They do what gsdb db init and gsdb db migrate do, in the same
-- order and with the same records, so that both can go on from what the other did.
\set ON_ERROR_STOP on
\set QUIET on
\set VERBOSITY default
\set SHOW_CONTEXT never
\encoding UTF8
\pset pager off
\pset tuples_only on
\pset format unaligned
set client_min_messages = warning;
set standard_conforming_strings = on;
set statement_timeout = 0;
set idle_in_transaction_session_timeout = 0;
set check_function_bodies = on;
\ir shape.sql

-- psql prints a row that is returned, so what has nothing to say returns none.

-- Refuses a server that gsdb does not work with.
create or replace function pg_temp.gsdb_check_server() returns setof text language plpgsql as $$
declare
    major constant integer := current_setting('server_version_num')::integer / 10000;
    preloaded constant text := (select setting from pg_settings where name = 'shared_preload_libraries');
begin
    if major not between 14 and 18 then
        raise exception 'PostgreSQL % is not supported', current_setting('server_version') using hint = 'use PostgreSQL 14 to 18';
    elsif pg_is_in_recovery() then
        raise exception 'the server is a standby' using hint = 'give the address of the primary';
    elsif preloaded like '%citus%' and preloaded like '%timescaledb%' then
        raise exception 'the server preloads both citus and timescaledb'
            using detail = 'a join of a hypertable with a distributed table returns wrong rows without an error',
                  hint = 'remove one of them from shared_preload_libraries and restart';
    end if;
end
$$;

-- One programme at a time changes a database: gsdb takes the same lock. It goes with the session.
create or replace function pg_temp.gsdb_take_lock() returns setof text language plpgsql as $$
begin
    for attempt in 1 .. 1200 loop
        if pg_try_advisory_lock(7454412180297875457) then
            return;
        end if;
        perform pg_sleep(0.5);
    end loop;
    raise exception 'another program has been changing database % for ten minutes', current_database() using hint = 'let it finish, or end it';
end
$$;

-- A role of the product. One that logs in has no password at first, so it cannot yet where passwords are asked for; its comment says so.
create or replace function pg_temp.gsdb_wish_role(role name, logs_in boolean) returns setof text language plpgsql as $$
declare
    found record;
begin
    select * into found from pg_roles where rolname = role;
    if found is null then
        execute format('create role %I %s nosuperuser nocreatedb nocreaterole noreplication nobypassrls', role, case when logs_in then 'login' else 'nologin' end);
        if logs_in then
            execute format('comment on role %I is %L', role, 'gsdb: no password yet');
        end if;
        return next format('created role %s', role);
    elsif found.rolsuper or found.rolbypassrls then
        raise exception 'role % exists and is above row-level security', role
            using hint = format('alter role %I nosuperuser nobypassrls; or rename that role', role);
    end if;
    if not logs_in then
        return query select pg_temp.gsdb_wish_to_act_as(role);
    end if;
end
$$;

-- The user who installs may act as the owners. A superuser may anyway; from PostgreSQL 16 on whoever created a role may not by itself.
create or replace function pg_temp.gsdb_wish_to_act_as(role name) returns setof text language plpgsql as $$
declare
    has_options constant boolean := current_setting('server_version_num')::integer >= 160000;
begin
    if current_setting('is_superuser')::boolean or role = current_user
       or (pg_has_role(role, 'usage') and (not has_options or pg_has_role(role, 'set'))) then
        return;
    end if;
    execute format('grant %I to current_user%s', role, case when has_options then ' with inherit true, set true' else '' end);
    return next format('granted %s to %s', role, current_user);
end
$$;

-- The statement that creates a database of the product, where it is missing: for \gexec. The provider is named because the server's default may be
-- ICU, for which the locale means something else.
create or replace function pg_temp.gsdb_create_database(database name) returns setof text language plpgsql as $$
declare
    locale constant text := coalesce((select collname from pg_collation where collname in ('C.UTF-8', 'C.utf8') and collprovider = 'c' order by collname limit 1), 'C');
begin
    if not exists (select from pg_database where datname = database) then
        return next format('create database %I owner graph_sitter_admin template template0 encoding ''UTF8'' %slc_collate %L lc_ctype %L', database,
                           case when current_setting('server_version_num')::integer >= 150000 then 'locale_provider libc ' else '' end, locale, locale);
        return next format('select %L', 'created database ' || database);
    end if;
end
$$;

-- A state of affairs: `is_so` tells whether it is there, `make_so` brings it about, where "{database}" stands for this one.
create or replace function pg_temp.gsdb_wish(change text, is_so text, make_so text) returns setof text language plpgsql as $$
declare
    there boolean;
begin
    execute format('select (%s)', is_so) into there;
    if not coalesce(there, false) then
        execute replace(make_so, '"{database}"', quote_ident(current_database()));
        return next format('%s: %s', current_database(), change);
    end if;
end
$$;

-- Whatever the server might log of a statement with a password in it. Only a superuser may say so.
create or replace function pg_temp.gsdb_hide_secrets() returns setof text language plpgsql as $$
begin
    if current_setting('is_superuser')::boolean then
        perform set_config('log_statement', 'none', false), set_config('log_min_error_statement', 'panic', false),
                set_config('log_min_duration_statement', '-1', false);
    end if;
end
$$;

-- A new password for a role, never part of a statement that the server might log. Two version 4 UUIDs hold 244 random bits.
create or replace function pg_temp.gsdb_new_secret(role name) returns text language plpgsql as $$
declare
    secret constant text := translate(rtrim(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'), '='), '+/', '-_');
begin
    perform pg_temp.gsdb_use_secret(role, secret);
    return secret;
end
$$;

create or replace function pg_temp.gsdb_use_secret(role name, secret text) returns void language plpgsql set password_encryption = 'scram-sha-256' as $$
begin
    execute format('alter role %I login password %L', role, secret);
    execute format('comment on role %I is null', role);
end
$$;

-- Refuses a database that is not fit, or where somebody else's objects stand in schemas of these names.
create or replace function pg_temp.gsdb_check_database(schemas name[]) returns setof text language plpgsql as $$
declare
    foreign_schema name;
begin
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception 'database % has encoding %', current_database(), current_setting('server_encoding')
            using hint = 'rename it; a new one is made with encoding UTF8';
    end if;
    if to_regclass('base.schema_migrations') is not null then
        return;
    end if;
    select n.nspname into foreign_schema
    from pg_namespace n
    where n.nspname = any (schemas) and exists (select from pg_class where relnamespace = n.oid)
    limit 1;
    if found then
        raise exception 'database % has a schema % that gsdb did not make', current_database(), foreign_schema
            using detail = 'there are objects in it, and no record of migrations', hint = 'rename that schema, or use another database';
    end if;
end
$$;

create or replace function pg_temp.gsdb_refuse_database(others name[]) returns setof text language plpgsql as $$
begin
    if current_database() = any (others) then
        raise exception 'database % is one of the eight, and this file is for the one that holds all modules', current_database()
            using hint = 'run the file of schemas/ with that database''s name, or connect to another database';
    end if;
end
$$;

create or replace function pg_temp.gsdb_mirror(database name, schemas name[], script text, host text, password text) returns setof text
    language plpgsql as $$
declare
    problem constant text := base.why_no_foreign_tables();
    address record;
    made record;
begin
    if problem is not null then
        return next format('note: analytics_readonly reads one database at a time, each by itself: %s', problem);
        return;
    end if;
    select coalesce(a.host, gsdb_mirror.host) as host, a.port into address from base.own_address() a;
    select * into made from base.mirror_database(database, schemas, script, address.host, address.port, password);
    if made.state in ('made', 'unreadable') then
        return next format('%s: let analytics_readonly read %s', current_database(), array_to_string(schemas, ', '));
    end if;
    if made.state = 'blocked' then
        return next format('note: analytics_db does not show what is in %s: its schema %s holds objects that gsdb did not make', database, made.detail);
    elsif made.state = 'unreadable' then
        return next format('note: analytics_readonly cannot read %s: %s', database, made.detail);
    end if;
end
$$;

-- The module whose files follow: what it is, and which of its routines are in force.
create temporary table if not exists gsdb_module (module text, schemas name[], owner name, program_version text);
create temporary table if not exists gsdb_routine (name text primary key, sql text);
grant select, insert, update, delete on gsdb_module, gsdb_routine to public;

create or replace function pg_temp.gsdb_begin_module(module text, schemas name[], owner name, latest integer, program_version text) returns setof text
    language plpgsql as $$
declare
    newest record;
begin
    truncate gsdb_module, gsdb_routine;
    insert into gsdb_module values (module, schemas, owner, program_version);
    if to_regclass('base.schema_migrations') is null then
        if module <> 'base' then
            raise exception 'database % lacks the module base', current_database() using hint = 'run migrations/base.sql first';
        end if;
        return;
    end if;
    select m.version, m.name, m.program_version into newest
    from base.schema_migrations m where m.module = gsdb_begin_module.module order by m.version desc limit 1;
    if newest.version > latest then
        raise exception 'database % is newer than these files', current_database()
            using detail = format('it has %s %s_%s, applied by version %s; these files know up to %s', module, to_char(newest.version, 'FM0000'), newest.name,
                                  newest.program_version, to_char(latest, 'FM0000')),
                  hint = 'use the newer files, or restore a backup from before its migrations';
    end if;
end
$$;

create or replace function pg_temp.gsdb_checksum(sql text) returns bytea language sql immutable as $$ select sha256(convert_to(sql, 'UTF8')) $$;

-- Within a transaction: what follows runs as the module's owner.
create or replace function pg_temp.gsdb_become_owner() returns void language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
begin
    perform set_config('search_path', array_to_string(m.schemas, ', ') || case when m.module = 'base' then ', public' else ', base, public' end, true);
    execute format('set local role %I', m.owner);
end
$$;

create or replace function pg_temp.gsdb_has_applied(version integer, name text, sql text) returns boolean language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
    label constant text := format('%s %s_%s', m.module, to_char(version, 'FM0000'), name);
    record record;
begin
    if to_regclass('base.schema_migrations') is null then
        return false;
    end if;
    select r.name, r.checksum into record from base.schema_migrations r where r.module = m.module and r.version = gsdb_has_applied.version;
    if not found then
        return false;
    elsif record.name <> gsdb_has_applied.name then
        raise exception 'migration % was renamed after it was applied', label using detail = format('%s recorded it as %s', current_database(), record.name);
    elsif record.checksum <> pg_temp.gsdb_checksum(sql) then
        raise exception 'migration % was edited after it was applied', label
            using detail = format('what %s ran is in base.schema_migrations.sql_text', current_database()), hint = 'restore the text; a correction is a new migration';
    end if;
    return true;
end
$$;

create or replace function pg_temp.gsdb_record(version integer, name text, kind text, sql text, rollback_sql text) returns void language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
begin
    set local role graph_sitter_admin;
    insert into base.schema_migrations (module, version, name, kind, checksum, sql_text, rollback_text, duration_ms, program_version)
    values (m.module, version, name, kind, pg_temp.gsdb_checksum(sql), sql, rollback_sql,
            (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::bigint, m.program_version);
    reset role;
end
$$;

-- Applies a migration and records it, in the transaction of the statement that calls. `sql` is the whole file, of which the part from
-- `sql_start` on, `sql_length` characters, is run, and the part from `rollback_start` on undoes it. A migration may use routines of its module:
-- when it fails for want of one, those that can be created already are.
create or replace function pg_temp.gsdb_migrate(version integer, name text, kind text, lock_timeout text, sql_start integer, sql_length integer,
                                                rollback_start integer, rollback_length integer, sql text) returns setof text
    language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
begin
    if pg_temp.gsdb_has_applied(version, name, sql) then
        return;
    end if;
    perform set_config('lock_timeout', lock_timeout, true);
    begin
        perform pg_temp.gsdb_become_owner();
        execute substr(sql, sql_start, sql_length);
    exception when undefined_function then
        if not pg_temp.gsdb_create_routines(false) then
            raise;
        end if;
        perform pg_temp.gsdb_become_owner();
        execute substr(sql, sql_start, sql_length);
    end;
    perform pg_temp.gsdb_record(version, name, kind, sql, case when rollback_length > 0 then substr(sql, rollback_start, rollback_length) end);
    -- Base's later migrations are written with base's own routines.
    if m.module = 'base' then
        perform pg_temp.gsdb_create_routines(false);
    end if;
    return next format('%s: applied %s %s_%s', current_database(), m.module, to_char(version, 'FM0000'), name);
end
$$;

-- Creates the routines that changed, in an order that is found by trying, and records them. Tells whether any was created. With `all_of_them`
-- one that cannot be created is an error. Codes of class 42 say that a thing is missing or, for a changed result type, still in the way.
create or replace function pg_temp.gsdb_create_routines(all_of_them boolean) returns boolean language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
    pending text[] := array(select r.name from gsdb_routine r left join base.schema_routines s on s.module = m.module and s.name = r.name
                            where s.checksum is distinct from pg_temp.gsdb_checksum(r.sql) order by r.name);
    created text[] := '{}';
    created_before integer;
    routine text;
    problem text;
    state text;
begin
    loop
        created_before := cardinality(created);
        foreach routine in array pending loop
            continue when routine = any (created);
            begin
                perform pg_temp.gsdb_become_owner();
                execute (select r.sql from gsdb_routine r where r.name = routine);
                created := created || routine;
            exception when undefined_function or undefined_table or undefined_object or undefined_column
                        or invalid_function_definition or invalid_table_definition or invalid_schema_name or datatype_mismatch then
                problem := format('routine %s/%s: %s', m.module, routine, sqlerrm);
                state := sqlstate;
            end;
        end loop;
        exit when cardinality(created) in (cardinality(pending), created_before);
    end loop;
    if all_of_them and cardinality(created) < cardinality(pending) then
        raise exception using errcode = state, message = problem;
    end if;
    set local role graph_sitter_admin;
    insert into base.schema_routines (module, name, checksum, program_version)
    select m.module, r.name, pg_temp.gsdb_checksum(r.sql), m.program_version
    from unnest(created) with ordinality as c (name, place) join gsdb_routine r using (name) order by place
    on conflict (module, name) do update set checksum = excluded.checksum, applied_at = now(), applied_by = session_user, program_version = excluded.program_version;
    reset role;
    return cardinality(created) > 0;
end
$$;

-- Brings the routines up to date, and records the shape that `gsdb db verify` compares with.
create or replace function pg_temp.gsdb_end_module() returns setof text language plpgsql as $$
declare
    m constant gsdb_module := (select g from gsdb_module g);
    basis_now constant text := encode(pg_temp.gsdb_checksum(
        (select string_agg(encode(checksum, 'hex') || E'\n', '' order by version) from base.schema_migrations where module = m.module) || E'\n'
        || coalesce((select string_agg(name || ' ' || encode(checksum, 'hex') || E'\n', '' order by name collate "C")
                     from (select r.name, pg_temp.gsdb_checksum(r.sql) as checksum from gsdb_routine r
                           union all
                           select s.name, s.checksum from base.schema_routines s
                           where s.module = m.module and not exists (select from gsdb_routine r where r.name = s.name)) as routine), '')), 'hex');
begin
    if pg_temp.gsdb_create_routines(true) then
        return next format('%s: brought the routines of %s up to date', current_database(), m.module);
    end if;
    if exists (select from base.schema_shapes where module = m.module and basis = basis_now) then
        return;
    end if;
    perform set_config('search_path', '', true);
    insert into base.schema_shapes (module, basis, server_major, shape)
    values (m.module, basis_now, current_setting('server_version_num')::integer / 10000, pg_temp.gsdb_shape(m.schemas))
    on conflict (module) do update set basis = excluded.basis, server_major = excluded.server_major, shape = excluded.shape, recorded_at = now();
end
$$;
