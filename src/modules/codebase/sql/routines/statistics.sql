-- What the planner should know of the tables that index runs fill. In the transaction of the run, whose rows are not
-- seen from elsewhere.

create or replace procedure codebase.analyze_grown_tables()
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    few_pages constant integer := 8;
    grown regclass;
begin
    for grown in
        select c.oid
        from pg_class c
        where c.relnamespace = 'codebase'::regnamespace and c.relkind = 'r'
          and pg_relation_size(c.oid) / current_setting('block_size')::integer > few_pages + 1.5 * c.relpages
        order by c.oid
    loop
        execute format('analyze (skip_locked) %s', grown);
    end loop;
end $$;
comment on procedure codebase.analyze_grown_tables() is
    'Analyzes the tables of the code graph that are half as large again as when they were vacuumed or analyzed the last time, unless somebody else does';
revoke execute on procedure codebase.analyze_grown_tables() from public;
grant execute on procedure codebase.analyze_grown_tables() to codebase_user;
