-- Projects: what an organization works on. Progress and team size are not columns: they follow from milestones and teams.

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
