-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.

create or replace view projects.active_projects as
select p.organization_id, p.id, p.name, p.slug, p.status, p.visibility, p.priority, p.owner_id, p.lead_id, p.start_date, p.end_date,
       p.estimated_hours, p.actual_hours, p.budget_currency, p.budget_allocated, p.budget_spent,
       coalesce(r.repositories, 0) as repositories,
       r.primary_repository_id,
       coalesce(t.teams, 0) as teams,
       coalesce(m.members, 0) as members,
       coalesce(s.milestones, 0) as milestones,
       coalesce(s.milestones_completed, 0) as milestones_completed,
       s.progress_percentage,
       s.next_due_date,
       a.last_activity_at
from projects.projects p
left join (
    select l.organization_id, l.project_id, count(*) as repositories,
           (array_agg(l.repository_id) filter (where l.role = 'primary'))[1] as primary_repository_id
    from projects.project_repositories l
    join projects.repositories r on r.organization_id = l.organization_id and r.id = l.repository_id and r.deleted_at is null
    group by l.organization_id, l.project_id
) r on r.organization_id = p.organization_id and r.project_id = p.id
left join (
    select organization_id, project_id, count(*) as teams
    from projects.project_teams
    group by organization_id, project_id
) t on t.organization_id = p.organization_id and t.project_id = p.id
left join (
    select pt.organization_id, pt.project_id, count(distinct tm.user_id) as members
    from projects.project_teams pt
    join projects.team_members tm on tm.organization_id = pt.organization_id and tm.team_id = pt.team_id and tm.left_at is null
    group by pt.organization_id, pt.project_id
) m on m.organization_id = p.organization_id and m.project_id = p.id
left join (
    select organization_id, project_id, count(*) as milestones,
           count(completed_at) as milestones_completed,
           round(avg(progress_percentage), 2) as progress_percentage,
           min(due_date) filter (where completed_at is null) as next_due_date
    from projects.milestones
    group by organization_id, project_id
) s on s.organization_id = p.organization_id and s.project_id = p.id
left join (
    select organization_id, project_id, max(occurred_at) as last_activity_at
    from projects.project_activities
    group by organization_id, project_id
) a on a.organization_id = p.organization_id and a.project_id = p.id
where p.status = 'active' and p.deleted_at is null;
comment on view projects.active_projects is 'Projects that are being worked on, with the number of their repositories, teams, people and milestones. Progress is the mean of the milestones; null without any.';
select base.tenant_view('projects.active_projects');

create or replace view projects.project_repository_summary as
select p.organization_id, p.id as project_id, p.name as project_name,
       count(r.id) as repositories,
       count(r.id) filter (where r.status = 'active') as active_repositories,
       count(distinct r.primary_language) as languages,
       coalesce(sum(b.branches), 0)::bigint as branches,
       coalesce(sum(r.size_bytes), 0)::bigint as size_bytes,
       coalesce(sum(r.stars_count), 0)::bigint as stars,
       coalesce(sum(r.forks_count), 0)::bigint as forks,
       coalesce(sum(r.open_issues_count), 0)::bigint as open_issues,
       coalesce(sum(r.open_pull_requests_count), 0)::bigint as open_pull_requests,
       max(r.last_activity_at) as last_activity_at
from projects.projects p
left join projects.project_repositories l on l.organization_id = p.organization_id and l.project_id = p.id
left join projects.repositories r on r.organization_id = l.organization_id and r.id = l.repository_id and r.deleted_at is null
left join (
    select organization_id, repository_id, count(*) as branches
    from projects.branches
    group by organization_id, repository_id
) b on b.organization_id = r.organization_id and b.repository_id = r.id
where p.deleted_at is null
group by p.organization_id, p.id, p.name;
comment on view projects.project_repository_summary is 'Every project with what its repositories add up to.';
select base.tenant_view('projects.project_repository_summary');

-- A team's activities are those of its present members in its projects. A member is in a team once and a project has a team once, so
-- each activity counts once for a team.
create or replace view projects.team_analytics as
select t.organization_id, t.id as team_id, t.name as team_name,
       coalesce(m.members, 0) as members,
       coalesce(m.former_members, 0) as former_members,
       coalesce(p.projects, 0) as projects,
       coalesce(a.activities, 0) as activities_30_days,
       coalesce(a.contributors, 0) as contributors_30_days,
       coalesce(a.commits, 0) as commits_30_days,
       coalesce(a.issues, 0) as issues_created_30_days,
       coalesce(a.pull_requests, 0) as pull_requests_opened_30_days,
       coalesce(a.reviews, 0) as reviews_submitted_30_days,
       a.last_activity_at
from projects.teams t
left join (
    select organization_id, team_id,
           count(*) filter (where left_at is null) as members,
           count(*) filter (where left_at is not null) as former_members
    from projects.team_members
    group by organization_id, team_id
) m on m.organization_id = t.organization_id and m.team_id = t.id
left join (
    select pt.organization_id, pt.team_id, count(*) as projects
    from projects.project_teams pt
    join projects.projects p on p.organization_id = pt.organization_id and p.id = pt.project_id and p.deleted_at is null
    group by pt.organization_id, pt.team_id
) p on p.organization_id = t.organization_id and p.team_id = t.id
left join (
    select pt.organization_id, pt.team_id,
           count(*) as activities,
           count(distinct a.user_id) as contributors,
           count(*) filter (where a.activity_type = 'commit.pushed') as commits,
           count(*) filter (where a.activity_type = 'issue.created') as issues,
           count(*) filter (where a.activity_type = 'pull_request.opened') as pull_requests,
           count(*) filter (where a.activity_type = 'review.submitted') as reviews,
           max(a.occurred_at) as last_activity_at
    from projects.project_teams pt
    join projects.team_members tm on tm.organization_id = pt.organization_id and tm.team_id = pt.team_id and tm.left_at is null
    join projects.project_activities a on a.organization_id = pt.organization_id and a.project_id = pt.project_id and a.user_id = tm.user_id
    where a.occurred_at >= now() - interval '30 days'
    group by pt.organization_id, pt.team_id
) a on a.organization_id = t.organization_id and a.team_id = t.id;
comment on view projects.team_analytics is 'Every team with its size and what its present members did in its projects in the last 30 days.';
select base.tenant_view('projects.team_analytics');
