-- Dashboards as stored documents. What a dashboard shows is its newest version; older ones stay.

create table analytics.dashboards (
    organization_id uuid            not null,
    id              uuid            not null default base.uuid_v7(),
    name            text            not null,
    slug            text            not null,
    description     text            not null default '',
    visibility      base.visibility not null default 'internal',
    project_id      uuid,
    owner_id        uuid,
    refresh_seconds integer,
    created_at      timestamptz     not null default now(),
    updated_at      timestamptz     not null default now(),
    deleted_at      timestamptz,
    constraint dashboards_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint refreshes_within_reason check (refresh_seconds between 1 and 86400)
);
-- A deleted dashboard gives its slug back.
create unique index dashboards_slug_key on analytics.dashboards (organization_id, slug) where deleted_at is null;

comment on table analytics.dashboards is 'Dashboards; what they show is in analytics.dashboard_versions.';
comment on column analytics.dashboards.organization_id is 'The organization it belongs to.';
comment on column analytics.dashboards.id is 'Its id.';
comment on column analytics.dashboards.name is 'What people call it; need not be unique.';
comment on column analytics.dashboards.slug is 'Its name in URLs, unique among the organization''s dashboards that are not deleted.';
comment on column analytics.dashboards.description is 'What it is for, in a few sentences; Markdown.';
comment on column analytics.dashboards.visibility is 'Who may see it.';
comment on column analytics.dashboards.project_id is 'The project it is about; null for none. Id of projects.projects.';
comment on column analytics.dashboards.owner_id is 'Who looks after it; null when nobody does. Id of identity.users.';
comment on column analytics.dashboards.refresh_seconds is 'How often it is read anew while somebody looks; null when only on demand.';
comment on column analytics.dashboards.created_at is 'When it was created.';
comment on column analytics.dashboards.updated_at is 'When its row was last changed; a new version does not change it.';
comment on column analytics.dashboards.deleted_at is 'When it was deleted; null while it is not. Deleted dashboards are kept with their versions.';

select base.tenant_table('analytics.dashboards', privileges => 'select, insert, update');

create table analytics.dashboard_versions (
    organization_id uuid        not null,
    dashboard_id    uuid        not null,
    version         integer     not null,
    layout          jsonb       not null,
    change_note     text        not null default '',
    created_by      uuid,
    created_at      timestamptz not null default now(),
    constraint dashboard_versions_pkey primary key (organization_id, dashboard_id, version),
    constraint version_is_positive check (version > 0),
    constraint layout_lists_panels check (jsonb_typeof(layout) = 'object' and coalesce(jsonb_typeof(layout -> 'panels'), '') = 'array')
);

comment on table analytics.dashboard_versions is 'Every layout that a dashboard ever had. Added by analytics.save_dashboard(); never changed or deleted, so a dashboard has one history.';
comment on column analytics.dashboard_versions.organization_id is 'The organization of the dashboard.';
comment on column analytics.dashboard_versions.dashboard_id is 'The dashboard.';
comment on column analytics.dashboard_versions.version is 'Counts 1, 2, 3 within the dashboard; the greatest is shown.';
comment on column analytics.dashboard_versions.layout is 'What is shown, and where: an object whose "panels" is a list.';
comment on column analytics.dashboard_versions.change_note is 'What was changed, in the words of who did; may be empty.';
comment on column analytics.dashboard_versions.created_by is 'Who saved it; null when nobody known did. Id of identity.users.';
comment on column analytics.dashboard_versions.created_at is 'When it was saved.';

select base.tenant_table('analytics.dashboard_versions', privileges => 'select, insert');
select base.make_append_only('analytics.dashboard_versions');
alter table analytics.dashboard_versions add constraint dashboard_versions_dashboard_fkey
    foreign key (organization_id, dashboard_id) references analytics.dashboards (organization_id, id);

-- migrate: rollback
drop view if exists analytics.current_dashboards;
drop table analytics.dashboard_versions, analytics.dashboards;
