-- What performance_optimization_recommendations() recommends goes away when its SQL has been run, as it stands.
-- It is the same in every database, and takes seconds: one stands for all.
select to_regclass('tasks.tasks') is null as is_elsewhere \gset
\if :is_elsewhere
select plan(1);
select skip('runs where the tasks are', 1);
select * from finish();
\q
\endif
\ir ../../tests/as_role.psql
select plan(31);
set client_min_messages = warning;
select not exists (select from pg_extension where extname = 'dblink') as makes_dblink \gset
create extension if not exists dblink with schema public;
select format('dbname=%s host=%s port=%s user=postgres', current_database(), :'HOST', :'PORT') as connection \gset
create function pg_temp.in_session(connection text, statement text) returns void language plpgsql as $$
begin
    perform public.dblink_connect('session', connection);
    perform public.dblink_exec('session', statement);
    perform public.dblink_disconnect('session');
end $$;
-- How many times a thing is recommended for an object, when that has become `wanted`, or after five seconds.
create function pg_temp.recommended(kind text, about text, wanted bigint) returns bigint language plpgsql as $$
declare
    found bigint;
begin
    for attempt in 1 .. 250 loop
        perform pg_stat_clear_snapshot();
        select count(*) into found from base.performance_optimization_recommendations() r where r.recommendation = kind and r.object like about;
        exit when found = wanted;
        perform pg_sleep(0.02);
    end loop;
    return found;
end $$;
-- What is recommended is run by \gexec, outside of any transaction.
prepare follow (text, text) as select r.sql from base.performance_optimization_recommendations() r where r.recommendation = $1 and r.object like $2;

-- The second table's name and a column's need quotes.
select pg_temp.in_session(:'connection', $$
    create table base.perf_parent (id integer primary key) with (autovacuum_enabled = false);
    create table base."perf Child" (id integer primary key, "Parent id" integer references base.perf_parent, b integer, c text default repeat('x', 100)) with (autovacuum_enabled = false);
    insert into base.managed_tables values ('base.perf_parent', 'local', 'A test.'), ('base."perf Child"', 'local', 'A test.')$$);
select is(pg_temp.recommended('index_foreign_key', 'base."perf Child"', 1), 1::bigint, 'a foreign key without an index shows');
select is((select count(*) from base.performance_optimization_recommendations() r where r.object like 'base.%perf%' and (r.sql || r.reason || r.expected_effect || r.risk) is null), 0::bigint, 'with all that is to be known');
select pg_temp.in_session(:'connection', $$insert into base.perf_parent select generate_series(1, 2000);
    insert into base."perf Child" select n, 1 + n % 2000, n from generate_series(1, 40000) n$$);
select is(pg_temp.recommended('analyze', 'base."perf Child"', 1), 1::bigint, 'a table never analysed shows');
execute follow ('analyze', 'base.%perf%') \gexec
select is(pg_temp.recommended('analyze', 'base.%perf%', 0), 0::bigint, 'and no more when it was analysed');

select exists (select from pg_available_extensions where name = 'hypopg') as has_hypopg \gset
select is((select r.is_measured from base.performance_optimization_recommendations() r where r.recommendation = 'index_foreign_key' and r.object like 'base.%perf%'), false, 'nothing is measured without hypopg');
select ok((select r.expected_effect ~ '^not measured: hypopg is not installed; a delete reads a few blocks instead of [1-9]' from base.performance_optimization_recommendations() r where r.recommendation = 'index_foreign_key' and r.object like 'base.%perf%'), 'and it says so');
\if :has_hypopg
create extension hypopg;
select ok((select r.is_measured and cost[2]::numeric < cost[1]::numeric / 2
           from base.performance_optimization_recommendations() r, regexp_match(r.expected_effect, 'planned cost ([0-9.]+) before, ([0-9.]+) with it') as cost
           where r.recommendation = 'index_foreign_key' and r.object like 'base.%perf%'), 'with hypopg the plan is measured, and becomes cheaper');
select is((select count(*) from hypopg()), 0::bigint, 'and nothing hypothetical is left behind');
drop extension hypopg;
select is(pg_temp.recommended('create_extension', 'hypopg', 1), 1::bigint, 'hypopg is recommended where the server has it');
\else
select is(pg_temp.recommended('create_extension', 'hypopg', 0), 0::bigint, 'hypopg is not recommended where the server does not have it') from generate_series(1, 3);
\endif
execute follow ('index_foreign_key', 'base.%perf%') \gexec
select is(pg_temp.recommended('index_foreign_key', 'base.%perf%', 0), 0::bigint, 'and no more when the index is there');

-- Indexes that only cost.
select pg_temp.in_session(:'connection', $$create index "perf one" on base."perf Child" (c, b); create index "perf two" on base."perf Child" (c, b)$$);
select is(pg_temp.recommended('drop_duplicate_index', 'base."perf two"', 1), 1::bigint, 'of two equal indexes one shows');
execute follow ('drop_duplicate_index', 'base.%perf%') \gexec
select is(pg_temp.recommended('drop_duplicate_index', 'base.%perf%', 0), 0::bigint, 'and no more when it was dropped');
select isnt(to_regclass('base."perf one"'), null, 'the other one stays');
select is(pg_temp.recommended('drop_unused_index', 'base.%perf%', 0), 0::bigint, 'an index of a table that is not read yet is not judged');
select pg_temp.in_session(:'connection', $$do $do$ declare found record; begin
    for n in 1 .. 1100 loop select id into found from base."perf Child" where id = n; end loop;
    set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off;
    for n in 1 .. 110 loop select count(*) into found from base."perf Child"; end loop; end $do$ $$);
select is(pg_temp.recommended('drop_unused_index', 'base."perf one"', 1), 1::bigint, 'read a thousand times without it, the index shows');
execute follow ('drop_unused_index', 'base.%perf%') \gexec
select is(pg_temp.recommended('drop_unused_index', 'base.%perf%', 0), 0::bigint, 'and no more when it was dropped');
select is((select count(*) from pg_index where indrelid = 'base."perf Child"'::regclass), 2::bigint, 'the key and the index of the foreign key stay');

-- Tables.
select is(pg_temp.recommended('look_at_sequential_scans', 'base."perf Child"', 1), 1::bigint, 'a table read from end to end shows');
select lives_ok((select r.sql from base.performance_optimization_recommendations() r where r.recommendation = 'look_at_sequential_scans' and r.object like 'base.%perf%'), 'what is recommended to look with can be run');
select is(pg_temp.recommended('look_at_sequential_scans', 'base.perf_parent', 0), 0::bigint, 'another one does not');
select pg_temp.in_session(:'connection', 'delete from base."perf Child" where id > 20000');
select is(pg_temp.recommended('vacuum', 'base."perf Child"', 1), 1::bigint, 'dead rows show');
execute follow ('vacuum', 'base.%perf%') \gexec
select is(pg_temp.recommended('vacuum', 'base.%perf%', 0), 0::bigint, 'and no more when they were removed');

-- Settings, sessions, extensions.
select is(pg_temp.recommended('setting', 'effective_cache_size', 0), 0::bigint, 'a setting that fits is not touched');
set effective_cache_size = '8kB';
select is(pg_temp.recommended('setting', 'effective_cache_size', 1), 1::bigint, 'one that does not fit shows');
execute follow ('setting', 'effective_cache_size') \gexec
select ok((select setting like '%MB' from pg_file_settings where name = 'effective_cache_size' and sourcefile like '%auto.conf'), 'and is set by what is recommended');
select pg_temp.in_session(:'connection', 'alter system reset effective_cache_size');
reset effective_cache_size;
select is((select count(*) from base.session_recommendations() r where r.recommendation = 'end_session'), 0::bigint, 'no session is to be ended');
select public.dblink_connect('idle', :'connection');
select public.dblink_exec('idle', 'begin');
select pg_stat_clear_snapshot();
select set_eq($$select r.sql from base.session_recommendations(0) r where r.recommendation = 'end_session' and r.reason like 'longest idle%'$$,
              $$select format('select pg_terminate_backend(%s)', pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()$$, 'one that is idle in its transaction for too long is');
select is((select count(*) from base.session_recommendations(3600) r where r.recommendation = 'end_session'), 0::bigint, 'for how long is a limit');
select public.dblink_disconnect('idle');
select is(pg_temp.recommended('create_extension', 'pg_stat_statements', 1), (select count(*) from pg_available_extensions where name = 'pg_stat_statements' and installed_version is null), 'pg_stat_statements is recommended where the server has it');
execute follow ('create_extension', 'pg_stat_statements') \gexec
select is(pg_temp.recommended('create_extension', 'pg_stat_statements', 0), 0::bigint, 'and no more when it was created');
drop extension if exists pg_stat_statements;
select isnt(pg_temp.answer('analytics_readonly', null, 'select count(*)::text from base.performance_optimization_recommendations()'), '42501', 'whoever may connect may ask');

delete from base.managed_tables where relation in ('base.perf_parent'::regclass, 'base."perf Child"'::regclass);
drop table base."perf Child", base.perf_parent;
\if :makes_dblink
drop extension dblink;
\endif
select * from finish();
