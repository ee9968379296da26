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
           string_agg(format(E'\ncomment on column %s.%I is %L;', relation::regclass, a.attname, col_description(relation, a.attnum)), '' order by a.attnum)
               filter (where col_description(relation, a.attnum) is not null)
    into columns, comments
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
    return format(E'create foreign table %s (%s) server %I;\ngrant select on %s to analytics_readonly;\ncomment on foreign table %s is %L;%s',
                  relation::regclass, columns, server, relation::regclass, relation::regclass,
                  coalesce(obj_description(relation, 'pg_class'), ''), comments);
end
$$;
comment on function base.foreign_table_statement(oid, name) is 'Part of base.foreign_schema_script: one table or view.';
