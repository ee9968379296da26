-- What must hold of every schema of the product in this database, whichever modules it has.
begin;
select plan(7);
set local client_min_messages = warning;

select is_empty('select * from base.schema_lint()', 'the schemas are clean');

-- updated_at is true of every table that has it, and nothing that is to be secret comes from a source that can be guessed.
select is_empty($$select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'updated_at' and not a.attisdropped
                  join base.managed_tables m on m.relation = c.oid and m.kind in ('tenant', 'reference')
                  where not base.has_extension('citus')
                    and not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = 'set_updated_at' and g.tgenabled = 'O')$$,
                'every updated_at follows the changes of its row');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = any (base.product_schemas(null)) and p.prosrc ~ '\mrandom\s*\('$$,
                'no routine draws from random()');

-- Error codes: what routines raise is what error_codes() lists.
create function pg_temp.listed_error_codes() returns setof text language plpgsql as $$
declare
    lister regprocedure;
begin
    for lister in select p.oid from pg_proc p where p.proname = 'error_codes' and p.pronamespace = any (base.product_schemas(null)) loop
        return query execute format('select code from %s', lister);
    end loop;
end $$;
select set_eq($$select distinct raised[1] from pg_proc p, regexp_matches(p.prosrc, '(GS[0-9]{3})', 'g') as raised
                where p.pronamespace = any (base.product_schemas(null)) and p.proname <> 'error_codes'$$,
              'select pg_temp.listed_error_codes()', 'the errors raised are the errors listed');
select is((select count(*) - count(distinct code) from pg_temp.listed_error_codes() as code), 0::bigint, 'no two errors share a code');

select is_empty($$select m.relation from base.managed_tables m where not exists (select from pg_class c where c.oid = m.relation)$$, 'every managed table is there');

-- A static check of every PL/pgSQL routine. Text that becomes SQL matters where a routine has more rights than its caller. Staging
-- tables are there only when the routine runs.
select exists (select from pg_available_extensions where name = 'plpgsql_check') as has_plpgsql_check \gset
\if :has_plpgsql_check
create extension if not exists plpgsql_check;
select is_empty($$
    select p.oid::regprocedure, found.lineno, found.level, found.message
    from pg_proc p
    join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql',
    lateral plpgsql_check_function_tb(p.oid, extra_warnings => true, security_warnings => p.prosecdef,
                                      relid => case when p.prorettype = 'trigger'::regtype then 'base.managed_tables'::regclass else 0::regclass end) found
    where p.pronamespace = any (base.product_schemas(null))
      and p.oid <> 'base.set_updated_at()'::regprocedure
      and found.message !~ '^OUT variable ".*" is maybe unmodified$' and found.message !~ '^relation "pg_temp\.'$$, 'plpgsql_check finds nothing');
\else
select skip('plpgsql_check is not installed', 1);
\endif

select * from finish();
rollback;
