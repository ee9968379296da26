-- A codebase is a Git repository or a plain folder whose code is indexed. What was found in it is kept per run.

create type codebase.codebase_kind as enum ('work_tree', 'bare', 'folder');

create table codebase.codebases (
    organization_id uuid not null,
    id              uuid not null,
    name            text not null,
    kind            codebase.codebase_kind not null,
    location        text not null,
    remote_url      text,
    repository_id   uuid,
    last_run_number integer not null default 0,
    current_run_id  uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint codebases_pkey primary key (organization_id, id),
    constraint codebases_name_is_unique unique (organization_id, name),
    constraint codebases_location_is_unique unique (organization_id, location),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint run_numbers_do_not_go_below_zero check (last_run_number >= 0)
);
select base.tenant_table('codebase.codebases');

comment on table codebase.codebases is 'Git repositories and plain folders whose code is indexed';
comment on column codebase.codebases.organization_id is 'Tenant that owns the row';
comment on column codebase.codebases.id is 'Version 7 UUID';
comment on column codebase.codebases.name is 'Short name for people, unique in the organization';
comment on column codebase.codebases.kind is 'work_tree: Git with files checked out; bare: Git without; folder: no Git';
comment on column codebase.codebases.location is 'Canonical absolute path, or the URL it was cloned from';
comment on column codebase.codebases.remote_url is 'URL of the Git remote named origin, without credentials';
comment on column codebase.codebases.repository_id is 'Id of the repository in projects.repositories (another database; checked by data_integrity_checks())';
comment on column codebase.codebases.last_run_number is 'Number given to the newest run, complete or not';
comment on column codebase.codebases.current_run_id is 'The newest complete run: what the views without "history" in their name show';
comment on column codebase.codebases.created_at is 'When the row was made';
comment on column codebase.codebases.updated_at is 'When the row last changed';

-- migrate: rollback
drop table codebase.codebases;
drop type codebase.codebase_kind;
