-- What happened in projects, partitioned by time. Activities are added and never changed.

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
