-- Repositories as their hosts describe them, and their branches.

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
