-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('projects', array['projects']::name[], 'projects_owner', 7, '0.1.0');
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of projects raise. The code is the API; the words may improve.

create or replace function projects.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS201', 'repository_not_linked', 'The project does not work in the repository.', 'Link the repository to the project first.');
end
$$;
comment on function projects.error_codes() is 'The errors of schema projects: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of projects and repositories, with the rights of the caller.

create or replace function projects.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('projects.repositories') = 'none' then
        return next base.unread_signal('projects', 'projects.repositories');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'repositories_out_of_date', count(*), min(s.name), 1, 1000, 'Let the server run, which reads them from their host; look whether their credential still works.'
        from (select r.name from projects.repositories r where r.deleted_at is null and r.status = 'active' and r.synchronized_at < now() - interval '7 days' limit 100000) s
        union all
        select 'projects_past_their_end', count(*), min(s.name), 10, null, 'Complete them, or give them another end_date.'
        from (select p.name from projects.projects p where p.deleted_at is null and p.status = 'active' and p.end_date < current_date limit 100000) s
    )
    select 'projects', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function projects.health_signals() is 'Signals of repositories that were not read from their hosts for a week and of projects that are late.';

create or replace function projects.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('projects.repositories') = 'none' then
        return next base.unread_signal('projects.repositories', 'projects.repositories');
        return;
    end if;
    return query
    select 'projects.repositories', m.signal, round(coalesce(100.0 * m.missing / nullif(s.repositories, 0), 0), 2), '%', case when s.repositories >= 20 then m.warning_at end, null::numeric, m.remedy,
           jsonb_build_object('rows', m.missing, 'of', s.repositories, 'window', 'up to 100000')
    from (select count(*) as repositories, count(*) filter (where r.synchronized_at is null) as never_read, count(*) filter (where r.primary_language is null) as without_language
          from (select x.synchronized_at, x.primary_language from projects.repositories x where x.deleted_at is null and x.status = 'active' limit 100000) r) s
    cross join lateral (values
        ('never_read_from_the_host', s.never_read, 20::numeric, 'Give them a credential, so that the server can read them.'),
        ('without_language', s.without_language, 50, 'Read them from their host, or index them.')
    ) as m (signal, missing, warning_at, remedy);
end
$$;
comment on function projects.quality_signals() is 'How much is known of the repositories in use.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function projects.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'projects');
end
$$;
comment on function projects.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function projects.maintain_partitions() from public;
grant execute on function projects.maintain_partitions() to projects_user;
select base.declare_maintenance('projects.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of the activities.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('primary_repository', $gsdb_file$-- The unique index allows one primary repository at any moment, so the old one steps back first.

create or replace function projects.set_primary_repository(project uuid, repository uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update projects.project_repositories l
    set role = 'secondary', updated_at = now()
    where l.organization_id = organization and l.project_id = project and l.role = 'primary' and l.repository_id <> repository;
    update projects.project_repositories l
    set role = 'primary', updated_at = now()
    where l.organization_id = organization and l.project_id = project and l.repository_id = repository;
    if not found then
        raise exception using errcode = 'GS201',
            message = format('project %s does not work in repository %s', project, repository),
            hint = 'Link the repository to the project first.';
    end if;
end
$$;
comment on function projects.set_primary_repository(uuid, uuid) is 'Makes a linked repository the project''s primary one.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.

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
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_projects', 'plain', '5000ms', 1, 7094, 7116, 173, $gsdb_file$-- Projects: what an organization works on. Progress and team size are not columns: they follow from milestones and teams.

create type projects.project_status as enum ('planning', 'active', 'on_hold', 'completed', 'cancelled', 'archived');
comment on type projects.project_status is 'Where a project is in its life.';

create table projects.projects (
    organization_id        uuid                    not null,
    id                     uuid                    not null default base.uuid_v7(),
    name                   text                    not null,
    slug                   text                    not null,
    description            text                    not null default '',
    status                 projects.project_status not null default 'planning',
    visibility             base.visibility         not null default 'private',
    priority               base.priority           not null default 'normal',
    objectives             text                    not null default '',
    requirements           text                    not null default '',
    completion_criteria    text                    not null default '',
    owner_id               uuid,
    lead_id                uuid,
    start_date             date,
    end_date               date,
    estimated_hours        numeric(10, 2),
    actual_hours           numeric(10, 2)          not null default 0,
    budget_currency        text,
    budget_allocated       numeric(14, 2),
    budget_spent           numeric(14, 2)          not null default 0,
    budget_may_be_exceeded boolean                 not null default false,
    resource_requirements  jsonb                   not null default '{}',
    external_url           text,
    documentation_url      text,
    tags                   text[]                  not null default '{}',
    created_at             timestamptz             not null default now(),
    updated_at             timestamptz             not null default now(),
    deleted_at             timestamptz,
    constraint projects_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint ends_after_start check (end_date >= start_date),
    constraint end_needs_start check (end_date is null or start_date is not null),
    constraint hours_are_not_negative check (coalesce(estimated_hours, 0) >= 0 and actual_hours >= 0),
    constraint budget_is_not_negative check (coalesce(budget_allocated, 0) >= 0 and budget_spent >= 0),
    constraint budget_is_not_exceeded check (budget_allocated is null or budget_may_be_exceeded or budget_spent <= budget_allocated),
    constraint money_has_a_currency check (budget_currency is not null or (budget_allocated is null and budget_spent = 0)),
    constraint currency_is_iso_4217 check (budget_currency ~ '^[A-Z]{3}$'),
    constraint resource_requirements_is_object check (jsonb_typeof(resource_requirements) = 'object'),
    constraint urls_are_http check (coalesce(external_url, 'http://') ~ '^https?://' and coalesce(documentation_url, 'http://') ~ '^https?://'),
    constraint tags_are_given check (array_position(tags, null) is null and not '' = any (tags))
);
-- A deleted project gives its slug back.
create unique index projects_slug_key on projects.projects (organization_id, slug) where deleted_at is null;
create index projects_status_idx on projects.projects (organization_id, status, id) where deleted_at is null;
create index projects_owner_idx on projects.projects (organization_id, owner_id) where owner_id is not null;
create index projects_lead_idx on projects.projects (organization_id, lead_id) where lead_id is not null;

comment on table projects.projects is 'What an organization works on: goals, people in charge, dates and budget.';
comment on column projects.projects.organization_id is 'The organization it belongs to.';
comment on column projects.projects.id is 'Its id.';
comment on column projects.projects.name is 'What people call it; need not be unique.';
comment on column projects.projects.slug is 'Its name in URLs, unique among the organization''s projects that are not deleted.';
comment on column projects.projects.description is 'What it is, in a few sentences; Markdown.';
comment on column projects.projects.status is 'Where it is in its life.';
comment on column projects.projects.visibility is 'Who may see it.';
comment on column projects.projects.priority is 'How much it matters.';
comment on column projects.projects.objectives is 'What it is to achieve; Markdown.';
comment on column projects.projects.requirements is 'What it has to fulfil; Markdown.';
comment on column projects.projects.completion_criteria is 'How one sees that it is done; Markdown.';
comment on column projects.projects.owner_id is 'The member who answers for it; null while nobody does.';
comment on column projects.projects.lead_id is 'The member who leads the work; null while nobody does.';
comment on column projects.projects.start_date is 'The first day; null while not planned.';
comment on column projects.projects.end_date is 'The last day; null while open.';
comment on column projects.projects.estimated_hours is 'Hours of work expected; null while not estimated.';
comment on column projects.projects.actual_hours is 'Hours of work done.';
comment on column projects.projects.budget_currency is 'The ISO 4217 code of the money columns.';
comment on column projects.projects.budget_allocated is 'Money it may cost, in budget_currency; null without a budget.';
comment on column projects.projects.budget_spent is 'Money it has cost, in budget_currency.';
comment on column projects.projects.budget_may_be_exceeded is 'Whether somebody has allowed it to cost more than allocated.';
comment on column projects.projects.resource_requirements is 'What the work needs besides people; free form.';
comment on column projects.projects.external_url is 'The project in another system; null for none.';
comment on column projects.projects.documentation_url is 'Where its documentation is; null for none.';
comment on column projects.projects.tags is 'Words to find it by.';
comment on column projects.projects.created_at is 'When it was created.';
comment on column projects.projects.updated_at is 'When it was last changed.';
comment on column projects.projects.deleted_at is 'When it was deleted; null while it is not. Deleted projects are kept for what refers to them.';

select base.tenant_table('projects.projects');
alter table projects.projects add constraint projects_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table projects.projects add constraint owner_is_a_member
    foreign key (organization_id, owner_id) references identity.memberships (organization_id, user_id);
alter table projects.projects add constraint lead_is_a_member
    foreign key (organization_id, lead_id) references identity.memberships (organization_id, user_id);

-- migrate: rollback
drop view if exists projects.active_projects, projects.project_repository_summary, projects.team_analytics;
drop table projects.projects;
drop type projects.project_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_repositories', 'plain', '5000ms', 1, 9522, 9544, 221, $gsdb_file$-- Repositories as their hosts describe them, and their branches.

create type projects.version_control as enum ('git', 'mercurial', 'subversion', 'perforce', 'other');
comment on type projects.version_control is 'The version control system of a repository.';
create type projects.repository_status as enum ('active', 'archived', 'deprecated', 'migrated', 'gone');
comment on type projects.repository_status is 'Whether a repository is in use; gone when its host no longer has it.';

create table projects.repositories (
    organization_id          uuid                       not null,
    id                       uuid                       not null default base.uuid_v7(),
    provider                 text                       not null,
    namespace                text                       not null,
    name                     text                       not null,
    description              text                       not null default '',
    version_control          projects.version_control   not null default 'git',
    status                   projects.repository_status not null default 'active',
    visibility               base.visibility            not null default 'private',
    clone_url                text                       not null,
    web_url                  text,
    default_branch           text                       not null default 'main',
    primary_language         text,
    language_bytes           jsonb                      not null default '{}',
    size_bytes               bigint                     not null default 0,
    stars_count              integer                    not null default 0,
    forks_count              integer                    not null default 0,
    open_issues_count        integer                    not null default 0,
    open_pull_requests_count integer                    not null default 0,
    is_fork                  boolean                    not null default false,
    is_template              boolean                    not null default false,
    external_id              text,
    provider_data            jsonb                      not null default '{}',
    credential_id            uuid,
    topics                   text[]                     not null default '{}',
    last_activity_at         timestamptz,
    synchronized_at          timestamptz,
    created_at               timestamptz                not null default now(),
    updated_at               timestamptz                not null default now(),
    deleted_at               timestamptz,
    constraint repositories_pkey primary key (organization_id, id),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200 and length(namespace) <= 500),
    constraint clone_url_is_not_blank check (btrim(clone_url) <> ''),
    constraint clone_url_has_no_password check (clone_url !~ '^[a-z+]+://[^/@]*:[^/@]*@'),
    constraint web_url_is_http check (web_url ~ '^https?://'),
    constraint default_branch_is_not_blank check (btrim(default_branch) <> ''),
    constraint counts_are_not_negative check (size_bytes >= 0 and stars_count >= 0 and forks_count >= 0
                                              and open_issues_count >= 0 and open_pull_requests_count >= 0),
    constraint documents_are_objects check (jsonb_typeof(language_bytes) = 'object' and jsonb_typeof(provider_data) = 'object')
);
-- Two owners may each have a repository of one name; hosts do not tell names apart by case.
create unique index repositories_name_key on projects.repositories (organization_id, provider, lower(namespace), lower(name)) where deleted_at is null;
create unique index repositories_external_id_key on projects.repositories (organization_id, provider, external_id) where deleted_at is null;
create index repositories_activity_idx on projects.repositories (organization_id, last_activity_at, id) where deleted_at is null;
create index repositories_credential_idx on projects.repositories (organization_id, credential_id) where credential_id is not null;

comment on table projects.repositories is 'Repositories of source code, as their hosts describe them.';
comment on column projects.repositories.organization_id is 'The organization that works with it.';
comment on column projects.repositories.id is 'Its id.';
comment on column projects.repositories.provider is 'The host it is on: github, gitlab, local and so on.';
comment on column projects.repositories.namespace is 'Whose it is at the host: a person, an organization, a path of groups; empty where hosts have none.';
comment on column projects.repositories.name is 'Its name, unique within provider and namespace whatever its case.';
comment on column projects.repositories.description is 'What it is, in the words of the host.';
comment on column projects.repositories.version_control is 'The system that keeps its versions.';
comment on column projects.repositories.status is 'Whether it is in use.';
comment on column projects.repositories.visibility is 'Who may see it at the host.';
comment on column projects.repositories.clone_url is 'Where it is cloned from, without a password: that is a credential.';
comment on column projects.repositories.web_url is 'Its page for people; null for none.';
comment on column projects.repositories.default_branch is 'The name of the branch that counts.';
comment on column projects.repositories.primary_language is 'The language most of it is written in; null while unknown.';
comment on column projects.repositories.language_bytes is 'Language to bytes of source, as the host counts.';
comment on column projects.repositories.size_bytes is 'Its size at the host, in bytes.';
comment on column projects.repositories.stars_count is 'Stars at the host.';
comment on column projects.repositories.forks_count is 'Forks at the host.';
comment on column projects.repositories.open_issues_count is 'Open issues at the host, without pull requests.';
comment on column projects.repositories.open_pull_requests_count is 'Open pull requests at the host.';
comment on column projects.repositories.is_fork is 'Whether it is a fork of another one.';
comment on column projects.repositories.is_template is 'Whether it is there to be copied.';
comment on column projects.repositories.external_id is 'Its id at the host; null while unknown.';
comment on column projects.repositories.provider_data is 'What else the host says.';
comment on column projects.repositories.credential_id is 'The credential to reach it with; null when none is needed.';
comment on column projects.repositories.topics is 'Words to find it by, from the host.';
comment on column projects.repositories.last_activity_at is 'When something last happened in it; null while unknown.';
comment on column projects.repositories.synchronized_at is 'When the host was last asked; null for never.';
comment on column projects.repositories.created_at is 'When it was added here.';
comment on column projects.repositories.updated_at is 'When the row was last changed.';
comment on column projects.repositories.deleted_at is 'When it was deleted here; null while it is not.';

select base.tenant_table('projects.repositories');
alter table projects.repositories add constraint repositories_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table projects.repositories add constraint repositories_credential_fkey
    foreign key (organization_id, credential_id) references identity.credentials (organization_id, id);

create table projects.branches (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    repository_id   uuid        not null,
    name            text        not null,
    head_commit     text,
    is_protected    boolean     not null default false,
    last_commit_at  timestamptz,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint branches_pkey primary key (organization_id, id),
    constraint branches_name_key unique (organization_id, repository_id, name),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 500),
    constraint head_commit_is_a_git_id check (head_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);

comment on table projects.branches is 'Branches of repositories. Which one is the default is said by the repository.';
comment on column projects.branches.organization_id is 'The organization of the repository.';
comment on column projects.branches.id is 'Its id.';
comment on column projects.branches.repository_id is 'The repository it is in.';
comment on column projects.branches.name is 'Its name without refs/heads/; case matters.';
comment on column projects.branches.head_commit is 'The commit it points to, in hexadecimal; null while unknown.';
comment on column projects.branches.is_protected is 'Whether the host protects it from being pushed to.';
comment on column projects.branches.last_commit_at is 'When that commit was made; null while unknown.';
comment on column projects.branches.created_at is 'When it was first seen.';
comment on column projects.branches.updated_at is 'When the row was last changed.';

select base.tenant_table('projects.branches');
alter table projects.branches add constraint branches_repository_fkey
    foreign key (organization_id, repository_id) references projects.repositories (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects, projects.project_repository_summary;
drop table projects.branches;
drop table projects.repositories;
drop type projects.repository_status;
drop type projects.version_control;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'link_projects_to_repositories', 'plain', '5000ms', 1, 2873, 2895, 161, $gsdb_file$-- Which repositories a project works in. One of them may be the primary one.

create type projects.repository_role as enum ('primary', 'secondary', 'dependency', 'documentation', 'infrastructure');
comment on type projects.repository_role is 'What a repository is to a project.';

create table projects.project_repositories (
    organization_id    uuid                     not null,
    project_id         uuid                     not null,
    repository_id      uuid                     not null,
    role               projects.repository_role not null default 'secondary',
    is_synchronized    boolean                  not null default true,
    receives_webhooks  boolean                  not null default false,
    runs_ci            boolean                  not null default false,
    created_at         timestamptz              not null default now(),
    updated_at         timestamptz              not null default now(),
    constraint project_repositories_pkey primary key (organization_id, project_id, repository_id)
);
create index project_repositories_repository_idx on projects.project_repositories (organization_id, repository_id);
create unique index a_project_has_one_primary_repository on projects.project_repositories (organization_id, project_id) where role = 'primary';

comment on table projects.project_repositories is 'The repositories that a project works in.';
comment on column projects.project_repositories.organization_id is 'The organization of both.';
comment on column projects.project_repositories.project_id is 'The project.';
comment on column projects.project_repositories.repository_id is 'The repository; it may be in several projects.';
comment on column projects.project_repositories.role is 'What the repository is to the project; one is the primary one at most.';
comment on column projects.project_repositories.is_synchronized is 'Whether what happens at the host is followed for this project.';
comment on column projects.project_repositories.receives_webhooks is 'Whether the host was asked to send events for this project.';
comment on column projects.project_repositories.runs_ci is 'Whether this project''s work is checked by the repository''s CI.';
comment on column projects.project_repositories.created_at is 'When it was linked.';
comment on column projects.project_repositories.updated_at is 'When the link was last changed.';

select base.tenant_table('projects.project_repositories');
alter table projects.project_repositories add constraint project_repositories_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;
alter table projects.project_repositories add constraint project_repositories_repository_fkey
    foreign key (organization_id, repository_id) references projects.repositories (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects, projects.project_repository_summary;
drop table projects.project_repositories;
drop type projects.repository_role;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_teams', 'plain', '5000ms', 1, 4854, 4876, 197, $gsdb_file$-- Teams, who is in them, and what they work on. What members did is not counted here: it is in project_activities.

create type projects.team_role as enum ('viewer', 'reviewer', 'developer', 'maintainer', 'lead');
comment on type projects.team_role is 'What somebody does in a team, from least to most responsibility.';

create table projects.teams (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    slug            text        not null,
    description     text        not null default '',
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint teams_pkey primary key (organization_id, id),
    constraint teams_slug_key unique (organization_id, slug),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100)
);

comment on table projects.teams is 'People who work together on projects.';
comment on column projects.teams.organization_id is 'The organization it belongs to.';
comment on column projects.teams.id is 'Its id.';
comment on column projects.teams.name is 'What people call it; need not be unique.';
comment on column projects.teams.slug is 'Its name in URLs, unique in the organization.';
comment on column projects.teams.description is 'What it does; Markdown.';
comment on column projects.teams.created_at is 'When it was created.';
comment on column projects.teams.updated_at is 'When it was last changed.';

select base.tenant_table('projects.teams');
alter table projects.teams add constraint teams_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;

create table projects.team_members (
    organization_id uuid               not null,
    team_id         uuid               not null,
    user_id         uuid               not null,
    role            projects.team_role not null default 'developer',
    joined_at       timestamptz        not null default now(),
    left_at         timestamptz,
    updated_at      timestamptz        not null default now(),
    constraint team_members_pkey primary key (organization_id, team_id, user_id),
    constraint left_after_joining check (left_at >= joined_at)
);
create index team_members_user_idx on projects.team_members (organization_id, user_id);

comment on table projects.team_members is 'Who is, or was, in a team. Members of the organization only: who leaves it leaves its teams.';
comment on column projects.team_members.organization_id is 'The organization of the team.';
comment on column projects.team_members.team_id is 'The team.';
comment on column projects.team_members.user_id is 'The member.';
comment on column projects.team_members.role is 'What the member does in the team.';
comment on column projects.team_members.joined_at is 'When the member last joined.';
comment on column projects.team_members.left_at is 'When the member left; null while in the team.';
comment on column projects.team_members.updated_at is 'When the row was last changed.';

select base.tenant_table('projects.team_members');
alter table projects.team_members add constraint team_members_team_fkey
    foreign key (organization_id, team_id) references projects.teams (organization_id, id) on delete cascade;
alter table projects.team_members add constraint team_member_is_a_member
    foreign key (organization_id, user_id) references identity.memberships (organization_id, user_id) on delete cascade;

create table projects.project_teams (
    organization_id uuid        not null,
    project_id      uuid        not null,
    team_id         uuid        not null,
    created_at      timestamptz not null default now(),
    constraint project_teams_pkey primary key (organization_id, project_id, team_id)
);
create index project_teams_team_idx on projects.project_teams (organization_id, team_id);

comment on table projects.project_teams is 'Which teams work on which projects.';
comment on column projects.project_teams.organization_id is 'The organization of both.';
comment on column projects.project_teams.project_id is 'The project.';
comment on column projects.project_teams.team_id is 'The team.';
comment on column projects.project_teams.created_at is 'Since when.';

select base.tenant_table('projects.project_teams');
alter table projects.project_teams add constraint project_teams_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;
alter table projects.project_teams add constraint project_teams_team_fkey
    foreign key (organization_id, team_id) references projects.teams (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects, projects.team_analytics;
drop table projects.project_teams;
drop table projects.team_members;
drop table projects.teams;
drop type projects.team_role;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_milestones', 'plain', '5000ms', 1, 3111, 3133, 78, $gsdb_file$-- Milestones of projects. A milestone is complete when it has a time of completion; no second column says so.

create table projects.milestones (
    organization_id     uuid          not null,
    id                  uuid          not null default base.uuid_v7(),
    project_id          uuid          not null,
    name                text          not null,
    description         text          not null default '',
    start_date          date,
    due_date            date,
    completed_at        timestamptz,
    progress_percentage numeric(5, 2) not null default 0,
    deliverables        text[]        not null default '{}',
    acceptance_criteria text[]        not null default '{}',
    created_at          timestamptz   not null default now(),
    updated_at          timestamptz   not null default now(),
    constraint milestones_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint due_after_start check (due_date >= start_date),
    constraint progress_is_a_percentage check (progress_percentage between 0 and 100),
    constraint completed_is_all_done check (completed_at is null or progress_percentage = 100),
    constraint lists_have_no_nulls check (array_position(deliverables, null) is null and array_position(acceptance_criteria, null) is null)
);
create unique index milestones_name_key on projects.milestones (organization_id, project_id, lower(name));
create index milestones_due_idx on projects.milestones (organization_id, due_date, id) where completed_at is null;

comment on table projects.milestones is 'What a project has to reach, and by when.';
comment on column projects.milestones.organization_id is 'The organization of the project.';
comment on column projects.milestones.id is 'Its id.';
comment on column projects.milestones.project_id is 'The project it belongs to.';
comment on column projects.milestones.name is 'Its name, unique in the project whatever its case.';
comment on column projects.milestones.description is 'What it is; Markdown.';
comment on column projects.milestones.start_date is 'The first day of work on it; null while not planned.';
comment on column projects.milestones.due_date is 'The day by which it is to be reached; null while not planned.';
comment on column projects.milestones.completed_at is 'When it was reached; null while it is not.';
comment on column projects.milestones.progress_percentage is 'How much of it is done, 0 to 100.';
comment on column projects.milestones.deliverables is 'What is handed over with it, one item each.';
comment on column projects.milestones.acceptance_criteria is 'How one sees that it is reached, one criterion each.';
comment on column projects.milestones.created_at is 'When it was created.';
comment on column projects.milestones.updated_at is 'When it was last changed.';

select base.tenant_table('projects.milestones');
alter table projects.milestones add constraint milestones_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists projects.active_projects;
drop table projects.milestones;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_project_activities', 'plain', '5000ms', 1, 3245, 3267, 111, $gsdb_file$-- What happened in projects, partitioned by time. Activities are added and never changed.

create table projects.project_activities (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    project_id      uuid        not null,
    repository_id   uuid,
    user_id         uuid,
    occurred_at     timestamptz not null default now(),
    activity_type   text        not null,
    reference_type  text,
    reference_id    text,
    data            jsonb       not null default '{}',
    constraint project_activities_pkey primary key (organization_id, id, occurred_at),
    constraint activity_type_is_dotted_words check (activity_type ~ '^[a-z][a-z_]*(\.[a-z][a-z_]*)*$'),
    constraint reference_is_whole check ((reference_type is null) = (reference_id is null)),
    constraint data_is_object check (jsonb_typeof(data) = 'object')
);
create index project_activities_project_idx on projects.project_activities (organization_id, project_id, occurred_at, id);
create index project_activities_repository_idx on projects.project_activities (organization_id, repository_id) where repository_id is not null;
create index project_activities_user_idx on projects.project_activities (user_id, organization_id, occurred_at) where user_id is not null;

comment on table projects.project_activities is 'What happened in projects and who did it.';
comment on column projects.project_activities.organization_id is 'The organization of the project.';
comment on column projects.project_activities.id is 'Its id.';
comment on column projects.project_activities.project_id is 'The project it happened in.';
comment on column projects.project_activities.repository_id is 'The repository it happened in; null when in none.';
comment on column projects.project_activities.user_id is 'Who did it, member or not any more; null when it was nobody known.';
comment on column projects.project_activities.occurred_at is 'When it happened.';
comment on column projects.project_activities.activity_type is 'What happened, subject first: commit.pushed, issue.created, pull_request.opened, review.submitted, milestone.completed and so on.';
comment on column projects.project_activities.reference_type is 'What kind of thing it is about; null for none.';
comment on column projects.project_activities.reference_id is 'Which one, in the words of whoever has it; null for none.';
comment on column projects.project_activities.data is 'What else is known about it.';

select base.make_time_partitioned('projects.project_activities', 'occurred_at', interval '1 month');
select base.tenant_table('projects.project_activities', privileges => 'select, insert');
alter table projects.project_activities add constraint project_activities_project_fkey
    foreign key (organization_id, project_id) references projects.projects (organization_id, id) on delete cascade;
alter table projects.project_activities add constraint project_activities_repository_fkey
    foreign key (organization_id, repository_id) references projects.repositories (organization_id, id) on delete cascade;
alter table projects.project_activities add constraint project_activities_user_fkey
    foreign key (user_id) references identity.users (id);

-- migrate: rollback
drop view if exists projects.active_projects, projects.team_analytics;
drop table projects.project_activities;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_repository_collaborators', 'plain', '5000ms', 1, 2672, 2694, 88, $gsdb_file$-- Who may do what in a repository at its host.

create type projects.repository_permission as enum ('read', 'triage', 'write', 'maintain', 'admin');
comment on type projects.repository_permission is 'What somebody may do in a repository, from least to most.';

create table projects.repository_collaborators (
    organization_id uuid                           not null,
    repository_id   uuid                           not null,
    user_id         uuid                           not null,
    permission      projects.repository_permission not null,
    granted_at      timestamptz                    not null default now(),
    revoked_at      timestamptz,
    last_commit_at  timestamptz,
    last_access_at  timestamptz,
    updated_at      timestamptz                    not null default now(),
    constraint repository_collaborators_pkey primary key (organization_id, repository_id, user_id),
    constraint revoked_after_granted check (revoked_at >= granted_at)
);
create index repository_collaborators_user_idx on projects.repository_collaborators (organization_id, user_id);

comment on table projects.repository_collaborators is 'Who may, or could, do what in a repository. Members of the organization only.';
comment on column projects.repository_collaborators.organization_id is 'The organization of the repository.';
comment on column projects.repository_collaborators.repository_id is 'The repository.';
comment on column projects.repository_collaborators.user_id is 'The member.';
comment on column projects.repository_collaborators.permission is 'What the member may do, or could when it was revoked.';
comment on column projects.repository_collaborators.granted_at is 'Since when.';
comment on column projects.repository_collaborators.revoked_at is 'Until when; null while it holds.';
comment on column projects.repository_collaborators.last_commit_at is 'When the member last committed to it; null for never or unknown.';
comment on column projects.repository_collaborators.last_access_at is 'When the member last used it; null for never or unknown.';
comment on column projects.repository_collaborators.updated_at is 'When the row was last changed.';

select base.tenant_table('projects.repository_collaborators');
alter table projects.repository_collaborators add constraint repository_collaborators_repository_fkey
    foreign key (organization_id, repository_id) references projects.repositories (organization_id, id) on delete cascade;
alter table projects.repository_collaborators add constraint collaborator_is_a_member
    foreign key (organization_id, user_id) references identity.memberships (organization_id, user_id) on delete cascade;

-- migrate: rollback
drop table projects.repository_collaborators;
drop type projects.repository_permission;
$gsdb_file$);
select pg_temp.gsdb_end_module();
