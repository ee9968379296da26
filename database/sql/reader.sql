-- Made of the modules' SQL by ./dev gen; not to be edited.
-- Shows the other databases in analytics_db, for analytics_readonly. They are migrated.
-- Variable reader_password: that role's password, where it needs one to connect.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?reader_password}
\else
\set reader_password ''
\endif
\connect task_db
select string_agg(base.foreign_schema_script(s, 'gsdb_task_db'), E'\n' order by place) as script_task_db from unnest(array['tasks']::name[]) with ordinality as schema (s, place) \gset
\connect projects_db
select string_agg(base.foreign_schema_script(s, 'gsdb_projects_db'), E'\n' order by place) as script_projects_db from unnest(array['projects', 'identity']::name[]) with ordinality as schema (s, place) \gset
\connect prompts_db
select string_agg(base.foreign_schema_script(s, 'gsdb_prompts_db'), E'\n' order by place) as script_prompts_db from unnest(array['prompts']::name[]) with ordinality as schema (s, place) \gset
\connect codebase_db
select string_agg(base.foreign_schema_script(s, 'gsdb_codebase_db'), E'\n' order by place) as script_codebase_db from unnest(array['codebase']::name[]) with ordinality as schema (s, place) \gset
\connect events_db
select string_agg(base.foreign_schema_script(s, 'gsdb_events_db'), E'\n' order by place) as script_events_db from unnest(array['events']::name[]) with ordinality as schema (s, place) \gset
\connect learning_db
select string_agg(base.foreign_schema_script(s, 'gsdb_learning_db'), E'\n' order by place) as script_learning_db from unnest(array['learning', 'openevolve']::name[]) with ordinality as schema (s, place) \gset
\connect workflows_db
select string_agg(base.foreign_schema_script(s, 'gsdb_workflows_db'), E'\n' order by place) as script_workflows_db from unnest(array['workflows']::name[]) with ordinality as schema (s, place) \gset
\connect analytics_db
\ir engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_hide_secrets();
select pg_temp.gsdb_mirror('task_db', array['tasks']::name[], :'script_task_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('projects_db', array['projects', 'identity']::name[], :'script_projects_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('prompts_db', array['prompts']::name[], :'script_prompts_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('codebase_db', array['codebase']::name[], :'script_codebase_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('events_db', array['events']::name[], :'script_events_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('learning_db', array['learning', 'openevolve']::name[], :'script_learning_db', :'HOST', :'reader_password');
select pg_temp.gsdb_mirror('workflows_db', array['workflows']::name[], :'script_workflows_db', :'HOST', :'reader_password');
