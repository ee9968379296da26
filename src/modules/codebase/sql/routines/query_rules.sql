-- What the query of a rule may be. It stands as the temporary view query_rule when these are asked: so it is one SELECT that changes nothing, and
-- the catalog has it parsed. It may read tables and views of this schema, which show the rows of the organization, and call what computes and
-- nothing else: a volatile function could name another organization (set_config) or run a text (query_to_xml).

create or replace function codebase.query_rule_problem() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    view_id constant oid := to_regclass('pg_temp.query_rule');
    tree text;
    name text;
begin
    select w.ev_action::text into tree from pg_catalog.pg_rewrite w where w.ev_class = view_id;
    if tree is null then
        return 'it is no view';
    end if;
    select c.oid::regclass::text into name
    from regexp_matches(tree, ':relid (\d+)', 'g') m
    join pg_catalog.pg_class c on c.oid = m[1]::oid
    where c.oid <> view_id and c.relnamespace <> 'codebase'::regnamespace
    limit 1;
    if found then
        return format('it reads %s, which is not of the schema codebase', name);
    end if;
    select p.oid::regprocedure::text into name
    from (select m[1]::oid as id from regexp_matches(tree, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') m
          union select o.oprcode from regexp_matches(tree, ':opno (\d+)', 'g') m join pg_catalog.pg_operator o on o.oid = m[1]::oid) called
    join pg_catalog.pg_proc p on p.oid = called.id
    where p.provolatile = 'v' or p.prosecdef or p.pronamespace not in ('pg_catalog'::regnamespace, 'codebase'::regnamespace)
       or (p.pronamespace = 'pg_catalog'::regnamespace and (p.proname like 'pg\_%' or p.proname like '%\_to\_xml%'))
    limit 1;
    if found then
        return format('it calls %s, which does more than compute', name);
    end if;
    return null;
end $$;
comment on function codebase.query_rule_problem() is 'Why the query of a rule, the temporary view query_rule, may not be run; null when it may';

create or replace function codebase.query_rule_columns() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = to_regclass('pg_temp.query_rule') and a.attnum > 0 order by a.attnum);
end $$;
comment on function codebase.query_rule_columns() is 'The columns of the query of a rule, the temporary view query_rule';
