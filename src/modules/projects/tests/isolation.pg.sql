-- What each login role can do to each tenant table of projects_db, in a transaction of one of two organizations: exactly this.
begin;
set local search_path = public;  -- names of tables are printed whole, because other roles read them
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(27);

-- What base.tenant_table was told to allow.
create temporary table allowed (relation regclass primary key, privileges text[]) on commit drop;
insert into allowed
values ('identity.memberships', '{select}'), ('identity.api_keys', '{select}'), ('identity.credentials', '{select}'),
       ('projects.projects', '{select,insert,update,delete}'), ('projects.repositories', '{select,insert,update,delete}'),
       ('projects.branches', '{select,insert,update,delete}'), ('projects.project_repositories', '{select,insert,update,delete}'),
       ('projects.teams', '{select,insert,update,delete}'), ('projects.team_members', '{select,insert,update,delete}'),
       ('projects.project_teams', '{select,insert,update,delete}'), ('projects.milestones', '{select,insert,update,delete}'),
       ('projects.repository_collaborators', '{select,insert,update,delete}'),
       ('projects.project_activities', '{select,insert}'),
       ('base.audit_log', '{select}'), ('base.audit_chains', '{select}');
select set_eq($$select m.relation from base.managed_tables m join pg_class c on c.oid = m.relation
                where m.kind = 'tenant' and c.relnamespace in ('base'::regnamespace, 'identity'::regnamespace, 'projects'::regnamespace)$$,
              'select relation from allowed', 'every tenant table is tried');

\ir ../../../migrate/sql/tests/isolation.psql

create temporary table login_roles on commit drop as
select rolname from pg_roles where rolname in ('task_user', 'projects_user', 'prompts_user', 'codebase_user', 'analytics_user', 'events_user', 'learning_user', 'workflows_user');
grant select on login_roles to public;
select is((select count(*) from login_roles), 8::bigint, 'there are eight login roles');
select is_empty(format('select * from pg_temp.surprises(%L)', rolname), format('%s can do what it may and nothing else', rolname)) from login_roles order by rolname;
select is((select count(*) from login_roles r join pg_roles p using (rolname) where p.rolsuper or p.rolbypassrls or p.rolcreaterole or p.rolcreatedb), 0::bigint, 'no login role has more than login');
select is((select count(*) from login_roles r, pg_roles o where base.is_owner_role(o.oid) and pg_has_role(r.rolname, o.oid, 'member')), 0::bigint, 'none is a member of an owner role');
select is_empty($$select p.oid::regprocedure, r.rolname from login_roles r, pg_proc p
                  where p.prosecdef and p.pronamespace in ('identity'::regnamespace, 'projects'::regnamespace) and r.rolname <> 'projects_user'
                    and has_function_privilege(r.rolname, p.oid, 'execute')$$, 'only projects_user may call what spans tenants');
select is(pg_temp.outcome('codebase_user', :acme, 'select * from identity.authenticate_api_key(sha256(''acme''))'), '42501', 'another module''s login role is refused');
select is(pg_temp.outcome('projects_user', null, format('select from %s', relation)), '0', format('without an organization %s is empty', relation))
from unnest(array['projects.projects', 'projects.project_activities', 'identity.api_keys', 'projects.active_projects', 'base.audit_log']) as relation;

-- References into the other tenant: the key of the row is known, and of no use.
select is(pg_temp.outcome('projects_user', :acme, format(statement, :acme, :acme_project, :umbrella_project, :umbrella_repository, :acme_team, :udo, :umbrella_credential)), '23503', what)
from (values
    ('a milestone of another tenant''s project',  'insert into projects.milestones (organization_id, project_id, name) values (%1$L, %3$L, ''x'')'),
    ('another tenant''s repository in a project', 'insert into projects.project_repositories (organization_id, project_id, repository_id) values (%1$L, %2$L, %4$L)'),
    ('a project of somebody who is no member',    'update projects.projects set owner_id = %6$L'),
    ('a team with somebody who is no member',     'insert into projects.team_members (organization_id, team_id, user_id) values (%1$L, %5$L, %6$L)'),
    ('a repository with another tenant''s secret', 'update projects.repositories set credential_id = %7$L'),
    ('an activity in another tenant''s project',  'insert into projects.project_activities (organization_id, project_id, activity_type) values (%1$L, %3$L, ''x'')')
) as attempts (what, statement);

-- COPY, which is no statement that a function could run.
set local role projects_user;
set local app.organization_id = :acme;
\copy projects.projects to '/dev/null'
\set copied :ROW_COUNT
savepoint before_copy;
\set ON_ERROR_STOP off
\copy projects.teams (organization_id, name, slug) from '/dev/null'
\set ON_ERROR_STOP on
\set refused :LAST_ERROR_SQLSTATE
rollback to before_copy;
reset role;
select is(:copied, 1, 'copy to gives a tenant its own rows');
select is(:'refused'::text, '0A000', 'copy from, which knows no policy, is refused');

select * from finish();
rollback;
