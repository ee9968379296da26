-- Synthetic projects, repositories, teams: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- guards: projects.projects, projects.repositories
select pg_temp.make_partitions('projects');

insert into projects.projects (organization_id, id, name, slug, status, priority, owner_id, created_at)
select r.organization_id, pg_temp.id('project', r.organization, r.n, r.amount), 'Project ' || r.n, 'project-' || r.n,
       (array['active', 'active', 'active', 'planning', 'on_hold', 'completed'])[1 + pg_temp.roll(r.dice, 1, 6)]::projects.project_status, (enum_range(null::base.priority))[1 + pg_temp.roll(r.dice, 2, 5)],
       pg_temp.id('user', r.organization, 1 + pg_temp.roll(r.dice, 3, p.amount), p.amount), r.moment
from pg_temp.rows_of(2000) r, lateral (select pg_temp.amount(5000, r.weight) as amount) p;

insert into projects.repositories (organization_id, id, provider, namespace, name, clone_url, primary_language, size_bytes, last_activity_at, created_at)
select r.organization_id, pg_temp.id('repository', r.organization, r.n, r.amount), 'github', 'synthetic', 'repository-' || r.n, 'https://git.invalid/synthetic/repository-' || r.n || '.git',
       (array['Python', 'TypeScript', 'Go', 'C++'])[1 + pg_temp.roll(r.dice, 1, 4)], pg_temp.roll(r.dice, 2, 1000000000), r.moment, r.moment
from pg_temp.rows_of(4000) r;

insert into projects.branches (organization_id, id, repository_id, name, head_commit, is_protected, last_commit_at, created_at)
select r.organization_id, pg_temp.id('branch', r.organization, (r.n - 1) * 5 + b, r.amount * 5), pg_temp.id('repository', r.organization, r.n, r.amount), case b when 1 then 'main' else 'change-' || b end,
       md5(r.dice::text || b) || '00000000', b = 1, r.moment, r.moment
from pg_temp.rows_of(4000) r, generate_series(1, 5) as b;

insert into projects.project_repositories (organization_id, project_id, repository_id, role, created_at)
select r.organization_id, pg_temp.id('project', r.organization, r.n, r.amount), pg_temp.id('repository', r.organization, k, p.amount), case k when r.n then 'primary' else 'secondary' end::projects.repository_role, r.moment
from pg_temp.rows_of(2000) r, lateral (select pg_temp.amount(4000, r.weight) as amount) p, unnest(array[r.n, r.n + r.amount]) as k
where k <= p.amount;

insert into projects.teams (organization_id, id, name, slug, created_at)
select r.organization_id, pg_temp.id('team', r.organization, r.n, r.amount), 'Team ' || r.n, 'team-' || r.n, r.moment from pg_temp.rows_of(500) r;

insert into projects.team_members (organization_id, team_id, user_id, role, joined_at)
select r.organization_id, pg_temp.id('team', r.organization, 1 + r.n % t.amount, t.amount), pg_temp.id('user', r.organization, r.n, r.amount), 'developer', r.moment
from pg_temp.rows_of(5000) r, lateral (select pg_temp.amount(500, r.weight) as amount) t;

insert into projects.project_teams (organization_id, project_id, team_id, created_at)
select r.organization_id, pg_temp.id('project', r.organization, r.n, r.amount), pg_temp.id('team', r.organization, 1 + r.n % t.amount, t.amount), r.moment
from pg_temp.rows_of(2000) r, lateral (select pg_temp.amount(500, r.weight) as amount) t;

insert into projects.milestones (organization_id, id, project_id, name, due_date, progress_percentage, created_at)
select r.organization_id, pg_temp.id('milestone', r.organization, (r.n - 1) * 4 + m, r.amount * 4), pg_temp.id('project', r.organization, r.n, r.amount), 'Milestone ' || m, (r.moment + m * interval '30 days')::date,
       pg_temp.roll(r.dice, m, 101), r.moment
from pg_temp.rows_of(2000) r, generate_series(1, 4) as m;

-- slices: 2
insert into projects.project_activities (organization_id, id, project_id, user_id, occurred_at, activity_type, data)
select r.organization_id, pg_temp.id('activity', r.organization, r.n, r.amount), pg_temp.id('project', r.organization, 1 + pg_temp.roll(r.dice, 1, p.amount), p.amount),
       pg_temp.id('user', r.organization, 1 + pg_temp.roll(r.dice, 2, u.amount), u.amount), r.moment, (array['project.updated', 'milestone.completed', 'repository.added'])[1 + pg_temp.roll(r.dice, 3, 3)], '{}'
from pg_temp.rows_of(100000) r, lateral (select pg_temp.amount(2000, r.weight) as amount) p, lateral (select pg_temp.amount(5000, r.weight) as amount) u;
