-- What a project, its repositories, teams and milestones may look like, and what the views make of them.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(44);
set local app.organization_id = :acme;


-- Projects.
select is(pg_temp.refused_by(format('update projects.projects set %s where id = %L', change, :acme_project)), refusal, format('%s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('slug = ''Rocket Two''', 'slug_is_lowercase_words_with_hyphens'),
    ('start_date = ''2026-02-01'', end_date = ''2026-01-31''', 'ends_after_start'),
    ('start_date = ''2026-02-01'', end_date = ''2026-02-01''', 'nothing'),
    ('end_date = ''2026-02-01''', 'end_needs_start'),
    ('budget_currency = ''EUR'', budget_allocated = 100, budget_spent = 100.01', 'budget_is_not_exceeded'),
    ('budget_currency = ''EUR'', budget_allocated = 100, budget_spent = 100.01, budget_may_be_exceeded = true', 'nothing'),
    ('budget_currency = ''EUR'', budget_allocated = 100, budget_spent = 100', 'nothing'),
    ('budget_currency = ''EUR'', budget_spent = 5', 'nothing'),
    ('budget_allocated = 100', 'money_has_a_currency'),
    ('budget_currency = ''euro''', 'currency_is_iso_4217'),
    ('budget_currency = ''EUR'', budget_spent = -1', 'budget_is_not_negative'),
    ('estimated_hours = -1', 'hours_are_not_negative'),
    ('documentation_url = ''javascript:alert(1)''', 'urls_are_http'),
    ('tags = ''{a,NULL}''', 'tags_are_given')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into projects.projects (organization_id, name, slug) values (%L, ''Other'', ''rocket'')', :acme)), 'projects_slug_key', 'a slug belongs to one project of the organization');
update projects.projects set deleted_at = now() where organization_id = :acme;
select is(pg_temp.refused_by(format('insert into projects.projects (organization_id, name, slug) values (%L, ''Other'', ''rocket'')', :acme)), 'nothing', 'a deleted project gives it back');
update projects.projects set deleted_at = null where organization_id = :acme;
select is(pg_temp.answer('projects_user', :acme, format('select identity.add_member(%L, ''owner'')', :udo)) || pg_temp.answer('projects_user', :acme, format('select identity.remove_member(%L)', :olga)),
          '23503', 'a member who answers for a project cannot be removed');
delete from identity.memberships where organization_id = :acme and user_id = :mary;
select is((select count(*) from projects.team_members where organization_id = :acme and user_id = :mary), 0::bigint, 'who leaves the organization leaves its teams');
select is((select count(*) from projects.project_activities where organization_id = :acme and user_id = :mary), 1::bigint, 'and stays in its history');
insert into identity.memberships (organization_id, user_id, role) values (:acme, :mary, 'member');

-- Repositories.
insert into projects.repositories (organization_id, id, provider, namespace, name, clone_url, stars_count, size_bytes, primary_language)
values (:acme, 'a2000000-0000-7000-8000-00000000000a', 'github', 'partner', 'rocket', 'https://github.test/partner/rocket', 3, 1000, 'C'),
       (:acme, 'a2000000-0000-7000-8000-00000000000b', 'gitlab', 'acme', 'rocket', 'https://gitlab.test/acme/rocket', 4, 2000, 'C');
select is((select count(*) from projects.repositories where organization_id = :acme and name = 'rocket'), 3::bigint, 'repositories of one name under several owners and hosts');
select is(pg_temp.refused_by(format('insert into projects.repositories (organization_id, provider, namespace, name, clone_url) values (%L, ''github'', ''Acme'', ''Rocket'', ''x'')', :acme)),
          'repositories_name_key', 'but one under one owner, whatever its case');
select is(pg_temp.refused_by(format('update projects.repositories set clone_url = ''https://me:secret@github.test/x'' where id = %L', :acme_repository)), 'clone_url_has_no_password', 'no password in a URL');
select is(pg_temp.refused_by(format('update projects.repositories set clone_url = ''ssh://git@github.test/x'' where id = %L', :acme_repository)), 'nothing', 'a user name is none');
select is(pg_temp.refused_by(format('update projects.branches set head_commit = ''HEAD'' where repository_id = %L', :acme_repository)), 'head_commit_is_a_git_id', 'a commit is a commit id');
select is(pg_temp.refused_by(format('insert into projects.branches (organization_id, repository_id, name) values (%L, %L, ''main'')', :acme, :acme_repository)), 'branches_name_key', 'a branch is in a repository once');

-- One primary repository.
select is(pg_temp.refused_by(format('insert into projects.project_repositories (organization_id, project_id, repository_id, role) values (%L, %L, ''a2000000-0000-7000-8000-00000000000a'', ''primary'')', :acme, :acme_project)),
          'a_project_has_one_primary_repository', 'a project has one primary repository');
insert into projects.project_repositories (organization_id, project_id, repository_id)
values (:acme, :acme_project, 'a2000000-0000-7000-8000-00000000000a'), (:acme, :acme_project, 'a2000000-0000-7000-8000-00000000000b');
select is(pg_temp.answer('projects_user', :acme, format('select projects.set_primary_repository(%L, ''a2000000-0000-7000-8000-00000000000a'')', :acme_project)), '', 'which can be another one');
select results_eq(format('select repository_id from projects.project_repositories where project_id = %L and role = ''primary''', :acme_project), array['a2000000-0000-7000-8000-00000000000a'::uuid], 'and then is');
select is(pg_temp.answer('projects_user', :acme, format('select projects.set_primary_repository(%L, %L)', :acme_project, :umbrella_repository)), 'GS201', 'but none that is not linked');

-- Milestones and teams.
select is(pg_temp.refused_by(format('update projects.milestones set %s where project_id = %L', change, :acme_project)), refusal, format('milestone %s: %s', change, refusal))
from (values
    ('completed_at = now()', 'completed_is_all_done'),
    ('completed_at = now(), progress_percentage = 100', 'nothing'),
    ('progress_percentage = 100.01', 'progress_is_a_percentage'),
    ('start_date = ''2026-02-01'', due_date = ''2026-01-31''', 'due_after_start')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into projects.milestones (organization_id, project_id, name) values (%L, %L, ''LIFT-OFF'')', :acme, :acme_project)), 'milestones_name_key', 'a milestone''s name is unique in its project');
select is(pg_temp.refused_by(format('insert into projects.team_members (organization_id, team_id, user_id) values (%L, %L, %L)', :acme, :acme_team, :mary)), 'nothing', 'a member joins a team');
insert into projects.team_members (organization_id, team_id, user_id) values (:acme, :acme_team, :mary);
select is(pg_temp.refused_by(format('update projects.team_members set left_at = joined_at - interval ''1 second'' where organization_id = %L', :acme)), 'left_after_joining', 'nobody leaves before joining');

-- Views do not multiply: 3 repositories, 2 teams, 2 people of whom one is in both teams, 2 milestones, 3 activities.
insert into projects.teams (organization_id, id, name, slug) values (:acme, 'a3000000-0000-7000-8000-00000000000a', 'Crew', 'crew');
insert into projects.team_members (organization_id, team_id, user_id) values (:acme, 'a3000000-0000-7000-8000-00000000000a', :mary), (:acme, 'a3000000-0000-7000-8000-00000000000a', :olga);
insert into projects.project_teams (organization_id, project_id, team_id) values (:acme, :acme_project, 'a3000000-0000-7000-8000-00000000000a');
insert into projects.milestones (organization_id, project_id, name, due_date, progress_percentage) values (:acme, :acme_project, 'Landing', '2030-01-01', 50);
insert into projects.branches (organization_id, repository_id, name) values (:acme, :acme_repository, 'dev');
insert into projects.project_activities (organization_id, project_id, user_id, activity_type)
values (:acme, :acme_project, :olga, 'review.submitted'), (:acme, :acme_project, :mary, 'commit.pushed');
insert into projects.project_activities (organization_id, project_id, user_id, activity_type, occurred_at) values (:acme, :acme_project, :mary, 'commit.pushed', now() - interval '31 days');
select results_eq(format('select repositories, teams, members, milestones, milestones_completed, progress_percentage, next_due_date, primary_repository_id from projects.active_projects where organization_id = %L', :acme),
                  $$values (3::bigint, 2::bigint, 2::bigint, 2::bigint, 0::bigint, 25.00, '2030-01-01'::date, 'a2000000-0000-7000-8000-00000000000a'::uuid)$$, 'active_projects counts each thing once');
select results_eq(format('select repositories, languages, branches, size_bytes, stars from projects.project_repository_summary where organization_id = %L', :acme),
                  $$values (3::bigint, 1::bigint, 2::bigint, 3000::bigint, 7::bigint)$$, 'so does project_repository_summary');
select results_eq(format('select team_name, members, projects, activities_30_days, contributors_30_days, commits_30_days, reviews_submitted_30_days from projects.team_analytics where organization_id = %L order by 1', :acme),
                  $$values ('Crew', 2::bigint, 1::bigint, 3::bigint, 2::bigint, 2::bigint, 1::bigint), ('Pilots', 1, 1, 2, 1, 2, 0)$$, 'and team_analytics, for the last 30 days');
select is(pg_temp.answer('projects_user', :acme, 'select count(*) from projects.team_analytics'), '2', 'a view shows its reader''s tenant');

-- Listing by key uses the index made for it.
create function pg_temp.index_used(query text) returns text language plpgsql as $$
declare
    plan json;
begin
    set local enable_seqscan = off;
    execute 'explain (format json) ' || query into plan;
    return (regexp_match(plan::text, '"Index Name": "([^"]+)"'))[1];
end $$;
select is(pg_temp.index_used(format('select id from projects.projects where organization_id = %L and status = ''active'' and deleted_at is null and id > %L order by id limit 10', :acme, :acme)),
          'projects_status_idx', 'a page of projects by status is read from its index');
select matches(pg_temp.index_used(format('select id from projects.project_activities where organization_id = %L and project_id = %L and occurred_at < now() and occurred_at >= now() - interval ''1 minute'' order by occurred_at desc, id desc limit 10', :acme, :acme_project)),
          'organization_id_project_id_occur', 'so is a page of a project''s activities');

-- Maintenance by the login role.
select is(pg_temp.answer('projects_user', null, 'select count(*) from projects.maintain_partitions()'), '2', 'the login role has a partition made and filled for the row of last month');

select * from finish();
rollback;
