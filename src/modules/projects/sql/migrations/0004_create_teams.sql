-- Teams, who is in them, and what they work on. What members did is not counted here: it is in project_activities.

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
