-- A short life in projects_db: people and a project, its repositories, a team, milestones, what happened, an API key; and what is refused.
--   psql -d projects_db -f database/examples/projects.sql           (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back.
\set ON_ERROR_STOP on
\ir begin.psql
set local role projects_user;

\echo '== Two people join the organization. Each change of identity goes through a routine, which checks it and notes it in the audit log'
select identity.create_user('olga@example.test', 'Olga Example') as olga \gset
select identity.create_user('mary@example.test', 'Mary Example') as mary \gset
select identity.add_member(:'olga', 'owner') \g /dev/null
select identity.add_member(:'mary', 'member') \g /dev/null
select u.display_name, m.role from identity.memberships m join identity.users u on u.id = m.user_id where u.id in (:'olga', :'mary') order by u.display_name;

\echo '== A project with an owner and a budget. Money has a currency, and no more is spent than allocated unless somebody allows it'
insert into projects.projects (organization_id, name, slug, status, owner_id, lead_id, start_date, budget_currency, budget_allocated)
values (:'organization', 'Example: rocket', 'example-rocket', 'active', :'olga', :'mary', current_date, 'EUR', 1000)
returning id as project \gset
select pg_temp.refused('23514', format('update projects.projects set budget_spent = 1000.01 where id = %L', :'project')) as "spending more";
select pg_temp.refused('23503', format('update projects.projects set owner_id = %L where id = %L', '00000000-0000-7000-8000-0000000000ff', :'project')) as "an owner who is no member";

\echo '== Repositories, as their hosts describe them; one of a project''s is the primary one'
insert into projects.repositories (organization_id, provider, namespace, name, clone_url, primary_language, language_bytes, size_bytes, open_issues_count)
values (:'organization', 'github', 'example', 'rocket', 'https://github.test/example/rocket', 'C++', '{"C++": 9000, "SQL": 4000}', 13000, 3)
returning id as rocket \gset
insert into projects.repositories (organization_id, provider, namespace, name, clone_url, primary_language, language_bytes, size_bytes, open_issues_count)
values (:'organization', 'github', 'example', 'launchpad', 'https://github.test/example/launchpad', 'SQL', '{"SQL": 500}', 500, 1)
returning id as launchpad \gset
insert into projects.project_repositories (organization_id, project_id, repository_id) values (:'organization', :'project', :'rocket'), (:'organization', :'project', :'launchpad');
select projects.set_primary_repository(:'project', :'launchpad') \g /dev/null
select projects.set_primary_repository(:'project', :'rocket') \g /dev/null
select r.name, l.role from projects.project_repositories l join projects.repositories r on r.id = l.repository_id where l.project_id = :'project' order by r.name;
select pg_temp.expect('one is the primary one', count(*) = 1 and min(repository_id::text) = :'rocket') as checked from projects.project_repositories where project_id = :'project' and role = 'primary';
select pg_temp.refused('23505', format('insert into projects.repositories (organization_id, provider, namespace, name, clone_url) values (%L, %L, %L, %L, %L)',
                                       :'organization', 'github', 'Example', 'ROCKET', 'https://github.test/other')) as "the same name in capitals";
select pg_temp.refused('23514', format('update projects.repositories set clone_url = %L where id = %L', 'https://olga:secret@github.test/example/rocket', :'rocket')) as "a password in a URL";

\echo '== A team works on it'
insert into projects.teams (organization_id, name, slug) values (:'organization', 'Example: pilots', 'example-pilots') returning id as team \gset
insert into projects.team_members (organization_id, team_id, user_id) values (:'organization', :'team', :'mary');
insert into projects.project_teams (organization_id, project_id, team_id) values (:'organization', :'project', :'team');

\echo '== What is to be reached, and what happened'
insert into projects.milestones (organization_id, project_id, name, due_date, progress_percentage, completed_at)
values (:'organization', :'project', 'Engine', current_date + 10, 100, now()), (:'organization', :'project', 'Lift-off', current_date + 30, 20, null);
select pg_temp.refused('23514', format('update projects.milestones set completed_at = now() where project_id = %L and name = %L', :'project', 'Lift-off')) as "complete at 20 %";
insert into projects.project_activities (organization_id, project_id, repository_id, user_id, activity_type)
values (:'organization', :'project', :'rocket', :'mary', 'commit.pushed'), (:'organization', :'project', :'rocket', :'mary', 'commit.pushed'), (:'organization', :'project', null, :'olga', 'milestone.completed');
select pg_temp.refused('42501', format('delete from projects.project_activities where project_id = %L', :'project')) as "what happened has happened";

\echo '== How the project is: progress is the mean of its milestones, and no count multiplies another'
select name, status, repositories, teams, members, milestones, milestones_completed, progress_percentage, next_due_date from projects.active_projects where id = :'project';
select pg_temp.expect('two repositories, one team of one, two milestones, 60 %', repositories = 2 and teams = 1 and milestones = 2 and progress_percentage = 60) as checked
from projects.active_projects where id = :'project';
select repositories, languages, size_bytes, open_issues from projects.project_repository_summary where project_id = :'project';
select team_name, members, projects, activities_30_days, contributors_30_days, commits_30_days from projects.team_analytics where team_id = :'team';
select pg_temp.expect('Mary''s two commits count once each', commits_30_days = 2 and contributors_30_days = 1) as checked from projects.team_analytics where team_id = :'team';

\echo '== A key for the API. Of its secret there is only a hash, and it may do no more than the person it acts for'
select identity.create_api_key('Example', 'gsdb_example', sha256('a secret that only Mary has'), 'member', '{*}', :'mary') as key \gset
select role, scopes, refusal from identity.authenticate_api_key(sha256('a secret that only Mary has'));
select identity.revoke_api_key(:'key') \g /dev/null
select pg_temp.expect('a revoked key is refused', refusal is not null) as checked from identity.authenticate_api_key(sha256('a secret that only Mary has'));

\echo '== Whoever leads a project is replaced before leaving the organization; its teams are left with it'
select pg_temp.refused('23503', format('select identity.remove_member(%L)', :'mary')) as "leaving a project without its lead";
update projects.projects set lead_id = :'olga' where id = :'project';
select identity.remove_member(:'mary') \g /dev/null
select pg_temp.expect('Mary is in no team any more', count(*) = 0) as checked from projects.team_members where user_id = :'mary';
\ir end.psql
