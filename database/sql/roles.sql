-- Made of the modules' SQL by ./dev gen; not to be edited.
-- The roles of the product. Those that log in have no password yet.
\ir engine.sql
select pg_temp.gsdb_check_server();
select pg_temp.gsdb_take_lock();
begin;
select pg_temp.gsdb_wish_role('graph_sitter_admin', false);
select pg_temp.gsdb_wish_role('task_owner', false);
select pg_temp.gsdb_wish_role('projects_owner', false);
select pg_temp.gsdb_wish_role('prompts_owner', false);
select pg_temp.gsdb_wish_role('codebase_owner', false);
select pg_temp.gsdb_wish_role('analytics_owner', false);
select pg_temp.gsdb_wish_role('events_owner', false);
select pg_temp.gsdb_wish_role('learning_owner', false);
select pg_temp.gsdb_wish_role('workflows_owner', false);
select pg_temp.gsdb_wish_role('task_user', true);
select pg_temp.gsdb_wish_role('projects_user', true);
select pg_temp.gsdb_wish_role('prompts_user', true);
select pg_temp.gsdb_wish_role('codebase_user', true);
select pg_temp.gsdb_wish_role('analytics_user', true);
select pg_temp.gsdb_wish_role('events_user', true);
select pg_temp.gsdb_wish_role('learning_user', true);
select pg_temp.gsdb_wish_role('workflows_user', true);
select pg_temp.gsdb_wish_role('analytics_readonly', true);
select pg_temp.gsdb_wish('granted task_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'task_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "task_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted projects_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'projects_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "projects_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted prompts_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'prompts_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "prompts_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted codebase_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'codebase_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "codebase_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted analytics_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'analytics_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "analytics_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted events_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'events_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "events_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted learning_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'learning_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "learning_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted workflows_owner to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'workflows_owner') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "workflows_owner" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted analytics_readonly to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'analytics_readonly') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin'))$gsdb_file$, $gsdb_file$grant "analytics_readonly" to "graph_sitter_admin"$gsdb_file$);
select pg_temp.gsdb_wish('granted pg_monitor to graph_sitter_admin', $gsdb_file$exists (select from pg_auth_members m where m.roleid = (select oid from pg_roles where rolname = 'pg_monitor') and m.member = (select oid from pg_roles where rolname = 'graph_sitter_admin')) or not (select rolsuper or pg_has_role('pg_monitor', 'member with admin option') or (rolcreaterole and current_setting('server_version_num')::integer < 160000) from pg_roles where rolname = current_user)$gsdb_file$, $gsdb_file$grant "pg_monitor" to "graph_sitter_admin"$gsdb_file$);
commit;
