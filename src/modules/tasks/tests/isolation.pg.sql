-- What each login role can do to each tenant table of tasks, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(44);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('tasks.task_definitions', '{select,insert}'), ('tasks.retry_rules', '{select,insert}'),
       ('tasks.workflows', '{select,insert,update,delete}'), ('tasks.workflow_nodes', '{select,insert,update,delete}'),
       ('tasks.workflow_edges', '{select,delete}'), ('tasks.schedules', '{select,insert,update,delete}'),
       ('tasks.github_projects', '{select,insert,update,delete}'), ('tasks.requirements', '{select,insert}'),
       ('tasks.requirement_decompositions', '{select,insert,update,delete}'), ('tasks.decomposed_steps', '{select,insert,update,delete}'),
       ('tasks.step_dependencies', '{select,delete}'), ('tasks.tasks', '{select,insert,update,delete}'),
       ('tasks.task_dependencies', '{select}'), ('tasks.task_resource_usage', '{select,insert}'),
       ('tasks.task_execution_logs', '{select,insert}'), ('tasks.task_limits', '{select,insert,update,delete}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace = 'tasks'::regnamespace$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace = 'tasks'::regnamespace and r.rolname <> 'task_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only task_user may call what spans tenants');
select is(pg_temp.outcome('task_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['tasks.tasks', 'tasks.task_dependencies', 'tasks.task_execution_logs', 'tasks.active_tasks', 'tasks.dashboard_projects']) as relation;

-- Workers are of no organization: the login role of this module has them, nobody else.
select is(pg_temp.outcome(rolname, :acme, 'insert into tasks.workers (host, process_id, lease_expires_at) values (''x'', 1, now() + interval ''5 s'')'),
          case rolname when 'task_user' then '1' else '42501' end, format('%s and workers', rolname)) from login_roles order by rolname;

-- A definition may be retired, and nothing else of it changes.
select is(pg_temp.outcome('task_user', :acme, 'update tasks.task_definitions set retired_at = now()'), '1', 'a definition is retired');
select is(pg_temp.outcome('task_user', :acme, 'update tasks.task_definitions set timeout_seconds = 1'), '42501', 'it is not changed');

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('task_user', :acme, format(statement, :acme, :umbrella_definition, :umbrella_workflow, :umbrella_node, :umbrella_schedule, :umbrella_github_project,
                                                     :umbrella_requirement, :umbrella_decomposition, :umbrella_step, :umbrella_task, :acme_workflow)), '23503', what)
from (values
    ('a rule of another tenant''s definition',    'insert into tasks.retry_rules (organization_id, definition_id, error_class, is_retried) values (%1$L, %2$L, ''x'', true)'),
    ('a node of another tenant''s workflow',      'insert into tasks.workflow_nodes (organization_id, workflow_id, key, title, definition_id) select organization_id, %3$L, ''x'', ''x'', id from tasks.task_definitions'),
    ('a node with another tenant''s definition',  'insert into tasks.workflow_nodes (organization_id, workflow_id, key, title, definition_id) values (%1$L, %11$L, ''x'', ''x'', %2$L)'),
    ('a schedule of another tenant''s workflow',  'update tasks.schedules set workflow_id = %3$L'),
    ('requirements of another tenant''s project', 'insert into tasks.requirements (organization_id, github_project_id, version, content) values (%1$L, %6$L, 9, ''x'')'),
    ('a decomposition of another tenant''s requirements', 'update tasks.requirement_decompositions set requirement_id = %7$L'),
    ('a step of another tenant''s decomposition', 'insert into tasks.decomposed_steps (organization_id, decomposition_id, step_number, name) values (%1$L, %8$L, 9, ''x'')'),
    ('a task of another tenant''s step',          'update tasks.tasks set decomposed_step_id = %9$L'),
    ('a task of another tenant''s definition',    'update tasks.tasks set definition_id = %2$L'),
    ('a task of another tenant''s schedule',      'insert into tasks.tasks (organization_id, title, schedule_id, scheduled_for) values (%1$L, ''x'', %5$L, now())'),
    ('a part of another tenant''s task',          'insert into tasks.tasks (organization_id, title, parent_id, depth) values (%1$L, ''x'', %10$L, 1)'),
    ('the use of another tenant''s task',         'insert into tasks.task_resource_usage (organization_id, task_id, attempt, started_at, finished_at) values (%1$L, %10$L, 1, now(), now())')
) as attempts (what, statement);
-- Functions with more rights than their caller look for the organization themselves.
select is(pg_temp.outcome('task_user', :acme, format('select tasks.add_dependency(%L, ''blocks'', %L)', :acme_task, :umbrella_task)), 'GS302', 'no dependency on another tenant''s task');
select is(pg_temp.outcome('task_user', :acme, format('select tasks.add_dependency(%L, ''related_to'', %L)', :acme_task, :umbrella_task)), '23503', 'nor a relation to it');
select is(pg_temp.outcome('task_user', :acme, format('select tasks.start_workflow(%L)', :umbrella_workflow)), 'GS302', 'nor a run of another tenant''s workflow');
select is(pg_temp.outcome('task_user', null, format('select tasks.start_workflow(%L)', :acme_workflow)), 'GS001', 'nor one of nobody''s');

-- COPY, which is no statement that a function could run.
set local role task_user;
set local app.organization_id = :acme;
\copy tasks.tasks to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy tasks.task_limits (organization_id, concurrency_key, running_max) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 2, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
