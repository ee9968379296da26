-- A snapshot is what the files of a codebase were: which contents stood at which paths. Like a blob it is named by what
-- it holds, so runs that saw the same files, on whatever branch or commit, share it. Branches and tags lead by their
-- commit to the runs that saw it, and from there to a snapshot.

create type codebase.ref_kind as enum ('branch', 'tag');

create table codebase.snapshots (
    organization_id uuid not null,
    id              uuid not null,
    codebase_id     uuid not null,
    files           integer not null,
    files_skipped   integer not null,
    size_bytes      bigint not null,
    first_run       integer not null,
    created_at      timestamptz not null default now(),
    constraint snapshots_pkey primary key (organization_id, id),
    constraint skipped_are_among_the_files check (files_skipped between 0 and files),
    constraint size_is_not_negative check (size_bytes >= 0),
    constraint run_number_is_positive check (first_run > 0)
);
create index snapshots_by_codebase on codebase.snapshots (organization_id, codebase_id, first_run);
select base.tenant_table('codebase.snapshots');
alter table codebase.snapshots
    add constraint snapshot_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

alter table codebase.analysis_runs add column snapshot_id uuid;
alter table codebase.analysis_runs add constraint only_completed_runs_have_a_snapshot check (snapshot_id is null or state = 'completed');
create index analysis_runs_by_snapshot on codebase.analysis_runs (organization_id, snapshot_id) where snapshot_id is not null;
create index analysis_runs_by_commit on codebase.analysis_runs (organization_id, codebase_id, commit_id, number) where state = 'completed';
alter table codebase.analysis_runs
    add constraint run_saw_a_snapshot foreign key (organization_id, snapshot_id)
    references codebase.snapshots (organization_id, id);

create table codebase.refs (
    organization_id uuid not null,
    codebase_id     uuid not null,
    kind            codebase.ref_kind not null,
    name            text collate "C" not null,
    commit_id       text not null,
    is_default      boolean not null default false,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint refs_pkey primary key (organization_id, codebase_id, name, kind),
    constraint name_is_not_empty check (name <> ''),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    constraint only_a_branch_is_default check (not is_default or kind = 'branch')
);
select base.tenant_table('codebase.refs');
alter table codebase.refs
    add constraint ref_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index a_codebase_has_one_default_branch on codebase.refs (organization_id, codebase_id) where is_default;
create index refs_by_commit on codebase.refs (organization_id, codebase_id, commit_id);

comment on table codebase.snapshots is 'What the files of a codebase were, each state once, whatever runs and commits had it';
comment on column codebase.snapshots.organization_id is 'Tenant that owns the row';
comment on column codebase.snapshots.id is 'Version 8 UUID of the codebase and of its paths, modes and contents; codebase.take_snapshot() makes it';
comment on column codebase.snapshots.codebase_id is 'The codebase whose files they are';
comment on column codebase.snapshots.files is 'Files in it, skipped ones included';
comment on column codebase.snapshots.files_skipped is 'Files in it that were not analysed';
comment on column codebase.snapshots.size_bytes is 'Size of its files, in bytes';
comment on column codebase.snapshots.first_run is 'Number of the run that saw it first';
comment on column codebase.snapshots.created_at is 'When the row was made';
comment on column codebase.analysis_runs.snapshot_id is 'What the files were; null until the run is completed';
comment on table codebase.refs is 'Branches and tags of codebases, and where they point';
comment on column codebase.refs.organization_id is 'Tenant that owns the row';
comment on column codebase.refs.codebase_id is 'The codebase they are in';
comment on column codebase.refs.kind is 'What it is';
comment on column codebase.refs.name is 'Short name: main, v1.0';
comment on column codebase.refs.commit_id is 'Git id of the commit that it points to, in hexadecimal; of an annotated tag the commit behind it';
comment on column codebase.refs.is_default is 'The branch that HEAD of the remote names';
comment on column codebase.refs.created_at is 'When it was first seen';
comment on column codebase.refs.updated_at is 'When it last moved';

-- migrate: rollback
drop view if exists codebase.snapshot_overview;
drop table codebase.refs;
alter table codebase.analysis_runs drop constraint run_saw_a_snapshot, drop constraint only_completed_runs_have_a_snapshot, drop column snapshot_id;
drop index codebase.analysis_runs_by_commit;
drop table codebase.snapshots;
drop type codebase.ref_kind;
