-- data_quality_metrics() computes from the server's statistics: old ones, empty columns and columns without variety show. What the
-- server counts it tells when a session ends, so the rows are written by sessions of their own.
-- It is the same in every database, and takes seconds: one stands for all.
select to_regclass('tasks.tasks') is null as is_elsewhere \gset
\if :is_elsewhere
select plan(1);
select skip('runs where the tasks are', 1);
select * from finish();
\q
\endif
\ir ../../tests/as_role.psql
select plan(12);
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
-- The metric, when it has become `wanted`, or what it is after five seconds.
create function pg_temp.metric(wanted_metric text, wanted_status text) returns text language plpgsql as $$
declare
    found text;
begin
    for attempt in 1 .. 500 loop
        perform pg_stat_clear_snapshot();
        found := coalesce((select m.status::text from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = wanted_metric), 'absent');
        exit when found = wanted_status;
        perform pg_sleep(0.01);
    end loop;
    return found;
end $$;

select pg_temp.in_session(:'connection', $$
    create table base.quality_probe (id integer primary key, a text, b text, c text, d text, e text, f text, g text, h text, i text, j text) with (autovacuum_enabled = false);
    insert into base.managed_tables values ('base.quality_probe', 'local', 'A test.')$$);
select is(pg_temp.metric('changed_since_analysis', 'absent'), 'absent', 'of an empty table nothing is said');
select pg_temp.in_session(:'connection', 'insert into base.quality_probe (id) select generate_series(1, 2000)');
select is(pg_temp.metric('changed_since_analysis', 'warning'), 'warning', 'a table never analysed shows');
select is((select array[m.value::text, m.unit, m.remedy] from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = 'changed_since_analysis'),
          array['100.0', '%', 'analyze base.quality_probe'], 'with what was computed and what to do');
select pg_temp.in_session(:'connection', 'analyze base.quality_probe');
select is(pg_temp.metric('changed_since_analysis', 'healthy'), 'healthy', 'analysed, it is well');
select is(pg_temp.metric('filled_values', 'warning'), 'warning', 'columns that are always empty show');
select is((select jsonb_array_length(m.details -> 'empty_columns') from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = 'filled_values'), 10, 'and are named');
select ok((select (m.details ->> 'statistics_age_seconds')::numeric between 0 and 60 from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = 'filled_values'), 'with the age of the statistics');
select pg_temp.in_session(:'connection', $$update base.quality_probe set a = id, b = id, c = id, d = id, e = id, f = id, g = id, h = id, i = id, j = id$$);
select is(pg_temp.metric('changed_since_analysis', 'warning'), 'warning', 'changed since, the statistics are old');
select pg_temp.in_session(:'connection', 'analyze base.quality_probe');
select is(pg_temp.metric('filled_values', 'healthy'), 'healthy', 'filled, it is well');
select is((select m.value from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = 'columns_without_variety'), 0.0, 'and its columns have variety');
select pg_temp.in_session(:'connection', $$update base.quality_probe set a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1, i = 1, j = 1; analyze base.quality_probe$$);
select ok((select m.value > 90 from base.data_quality_metrics() m where m.table_name = 'base.quality_probe' and m.metric = 'columns_without_variety'), 'columns that say the same in every row show');
select is(pg_temp.answer('analytics_readonly', null, $$select m.status || ' ' || m.metric from base.data_quality_metrics() m where m.table_name = 'statistics'$$), 'unknown not_measured', 'statistics mix organizations, so policies keep them from a role');

delete from base.managed_tables where relation = 'base.quality_probe'::regclass;
drop table base.quality_probe;
\if :makes_dblink
drop extension dblink;
\endif
select * from finish();
