-- From analytics_db references between any two modules are followed: in the split layout through foreign tables, whose rows are planted
-- by sessions in the databases where they belong, because a transaction does not reach them.
\ir ../../../migrate/sql/tests/as_role.psql
select plan(9);
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
select public.dblink_disconnect('tasks');
\if :makes_dblink
drop extension dblink;
\endif
select * from finish();
