-- Who may do what in a repository at its host.

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
