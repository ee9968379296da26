-- From analytics_db references between any two modules are followed: in the split layout through foreign tables, whose rows are planted
-- by sessions in the databases where they belong, because a transaction does not reach them.
\ir ../../../migrate/sql/tests/as_role.psql
select plan(15);
set client_min_messages = warning;
select not exists (select from pg_extension where extname = 'dblink') as makes_dblink \gset
create extension if not exists dblink with schema public;
select exists (select from base.mirrored_schemas()) as is_split, case when exists (select from base.mirrored_schemas()) then 'task_db' else current_database() end as task_database \gset
select format('dbname=%s host=%s port=%s user=postgres', :'task_database', :'HOST', :'PORT') as connection \gset

select is((select count(distinct split_part(c.check_name, '.', 2)) from base.data_integrity_checks() c where c.check_name like 'references.%' and c.status = 'ok'),
          8::bigint, 'eight schemas refer to others, and all of it is followed');
select is((select count(*) from base.data_integrity_checks() c where c.check_name like 'references.%' and c.status = 'not_checked'), 0::bigint, 'nothing is left out');
select set_eq('select distinct split_part(c.check_name, '' -> '', 2) from base.data_integrity_checks() c where c.check_name like ''references.%''',
              $$values ('codebase.codebases'), ('events.event_sources'), ('events.events'), ('identity.credentials'), ('identity.users'), ('projects.projects'), ('projects.repositories'), ('prompts.executions'),
                       ('tasks.decomposed_steps'), ('tasks.requirements'), ('tasks.tasks'), ('workflows.codegen_operations'), ('workflows.workflow_executions')$$, 'thirteen tables are referred to');

-- Orphans of two kinds of target: one with organizations, one without.
select public.dblink_connect('tasks', :'connection');
select public.dblink_exec('tasks', $$insert into tasks.github_projects (organization_id, id, repository_id, project_id, pinned_by, pinned_at, pin_order) values ('a0000000-0000-7000-8000-000000000001',
    'e0000000-0000-7000-8000-00000000000f', 'dead0000-0000-7000-8000-000000000003', 'dead0000-0000-7000-8000-000000000001', 'dead0000-0000-7000-8000-000000000002', now(), 1)$$);
select is((select array[c.status, c.severity::text, c.violations::text, c.example_id] from base.data_integrity_checks() c where c.check_name = 'references.tasks.github_projects.project_id -> projects.projects'),
          array['violated', 'warning', '1', 'dead0000-0000-7000-8000-000000000001'], 'a project that is nowhere is found');
select is((select c.example_id from base.data_integrity_checks() c where c.check_name = 'references.tasks.github_projects.pinned_by -> identity.users'), 'dead0000-0000-7000-8000-000000000002', 'so is a person who is nowhere');
select is(pg_temp.answer('analytics_readonly', null, $$select c.status from base.data_integrity_checks() c where c.check_name = 'references.tasks.github_projects.project_id -> projects.projects'$$), 'violated', 'the reader finds it, too');
select isnt(pg_temp.answer('analytics_user', 'a0000000-0000-7000-8000-000000000001', $$select c.status from base.data_integrity_checks() c where c.check_name = 'references.tasks.github_projects.project_id -> projects.projects'$$), 'violated', 'the login role of analytics does not reach it');
select is(pg_temp.answer('analytics_user', 'a0000000-0000-7000-8000-000000000001', $$select string_agg(distinct c.status, ' ') from base.data_integrity_checks() c where c.check_name like 'references.analytics.%'$$), 'not_checked',
          'and of its own references to others it says that they were not checked');
select public.dblink_exec('tasks', $$delete from tasks.github_projects where id = 'e0000000-0000-7000-8000-00000000000f'$$);
select is((select c.status from base.data_integrity_checks() c where c.check_name = 'references.tasks.github_projects.project_id -> projects.projects'), 'ok', 'mended, it is gone');

-- What stands in one database is looked up there; of what is elsewhere the ids are told.
select public.dblink_exec('tasks', $$insert into tasks.github_projects (organization_id, id, repository_id, project_id, pinned_by, pinned_at, pin_order) values ('a0000000-0000-7000-8000-000000000001',
    'e0000000-0000-7000-8000-00000000000f', 'dead0000-0000-7000-8000-000000000003', 'dead0000-0000-7000-8000-000000000001', 'dead0000-0000-7000-8000-000000000002', now(), 1)$$);
select results_eq($$select r.id, r.ids_there from base.all_references(500) r where r.relation = 'tasks.github_projects' and r.column_name = 'pinned_by' order by r.id nulls first$$,
                  format('values (null::uuid, %1$L::bigint), (''dead0000-0000-7000-8000-000000000002'', %1$L)', case when not :'is_split' then 0 end), 'a person is to be looked for in another database, if there is one');
select public.dblink_exec('tasks', $$delete from tasks.github_projects where id = 'e0000000-0000-7000-8000-00000000000f'$$);

-- Many ids: those of a large organization by the thousand, those of small ones together.
create function pg_temp.planted(n integer) returns uuid language sql as $$ select ('e0000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
create function pg_temp.organization(n integer) returns uuid language sql as $$ select ('a0000000-0000-7000-8000-' || lpad(case when n <= 1500 then '1' else (2 + n % 9)::text end, 12, '0'))::uuid $$;
select public.dblink_exec('tasks', format($$insert into tasks.github_projects (organization_id, id, repository_id, project_id, pinned_by, pinned_at, pin_order)
    select ids.organization_id, ids.id, ids.id, ids.id, ids.id, now(), row_number() over (order by ids.id) from (values %s) as ids (organization_id, id)$$,
    (select string_agg(format('(%L::uuid, %L::uuid)', pg_temp.organization(n), pg_temp.planted(n)), ', ') from unnest(array[1, 999, 1500, 1501, 2100]) as n)));
select set_eq($$select m.organization_id, m.id
                from (select array_agg(pg_temp.organization(n) order by pg_temp.organization(n), n) as organizations, array_agg(pg_temp.planted(n) order by pg_temp.organization(n), n) as ids from generate_series(1, 2100) n) a
                cross join lateral base.missing_foreign_targets('tasks.github_projects', a.organizations, a.ids, true) m$$,
              $$select pg_temp.organization(n), pg_temp.planted(n) from generate_series(1, 2100) n where n not in (1, 999, 1500, 1501, 2100)$$,
              'of two thousand ids those that are not there are missing');
select public.dblink_exec('tasks', $$delete from tasks.github_projects where id::text like 'e0000000-0000-7000-8000-%'$$);
select public.dblink_disconnect('tasks');

-- The databases are asked at once, and one that is away hides none of the others.
\if :is_split
create function pg_temp.scans_of(statement text) returns setof text language plpgsql as $$
begin
    return query execute 'explain (costs off) ' || statement;
end $$;
select is((select count(*) from pg_temp.scans_of('select * from prompts.module_references union all select * from tasks.module_references') as s (line) where s.line like '%Async Foreign Scan%'), 2::bigint,
          'scans of two servers run at the same time');
begin;
alter server gsdb_prompts_db options (set dbname 'a_database_that_is_away');
select is((select count(*) from base.data_integrity_checks() c where c.check_name like 'references.prompts.%' and c.status = 'not_checked' and c.remedy like 'prompts cannot be read from here: %gsdb_prompts_db%'),
          (select count(*) from base.declared_references('prompts')), 'of a database that is away it says that it could not be read');
select is((select count(distinct split_part(c.check_name, '.', 2)) from base.data_integrity_checks() c where c.check_name like 'references.%' and c.status = 'ok'), 7::bigint, 'the other seven schemas are followed');
select is((select count(*) from base.data_integrity_checks() c group by c.check_name order by 1 desc limit 1), 1::bigint, 'and each column stands once');
rollback;
\else
select skip('one database has nothing to ask of others', 4);
\endif
\if :makes_dblink
drop extension dblink;
\endif
select * from finish();
