-- Which file had which content in which runs: a row holds from run first_run to run last_run, and last_run is null
-- while it still does. A run so costs what changed, and any run can be shown whole.

create type codebase.skip_reason as enum (
    'symlink', 'submodule', 'too_large', 'vendored', 'generated', 'minified', 'data', 'binary', 'encoding', 'long_lines',
    'unknown_language', 'path_too_long', 'unreadable', 'vanished', 'changing', 'missing_object', 'special_file',
    'nested_repository', 'unreadable_folder');
create type codebase.file_mode as enum ('regular', 'executable', 'symlink', 'submodule');

create table codebase.files (
    organization_id uuid not null,
    codebase_id     uuid not null,
    path            text collate "C" not null,
    first_run       integer not null,
    last_run        integer,
    mode            codebase.file_mode not null,
    git_id          text collate "C",
    blob_id         uuid,
    size_bytes      bigint not null,
    language        text,
    skip_reason     codebase.skip_reason,
    skip_evidence   text,
    constraint files_pkey primary key (organization_id, codebase_id, path, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint analysed_or_skipped_with_a_reason check ((blob_id is null) = (skip_reason is not null)),
    constraint only_skips_have_evidence check (skip_evidence is null or skip_reason is not null),
    constraint size_is_not_negative check (size_bytes >= 0)
);
select base.tenant_table('codebase.files');
alter table codebase.files
    add constraint file_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index file_is_current_once on codebase.files (organization_id, codebase_id, path) where last_run is null;
create index files_by_blob on codebase.files (organization_id, blob_id) where last_run is null;

comment on table codebase.files is 'Which file had which content from which run to which run';
comment on column codebase.files.organization_id is 'Tenant that owns the row';
comment on column codebase.files.codebase_id is 'The codebase the file is in';
comment on column codebase.files.path is 'Path below the root with slashes; bytes that are no UTF-8 are written \xHH and a backslash as \\';
comment on column codebase.files.first_run is 'Number of the first run in which this held';
comment on column codebase.files.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.files.mode is 'What the path is';
comment on column codebase.files.git_id is 'Git blob id of the content in hexadecimal, null where it was not read';
comment on column codebase.files.blob_id is 'The facts of the content (codebase.blobs), null for a skipped file';
comment on column codebase.files.size_bytes is 'Size of the content, in bytes';
comment on column codebase.files.language is 'Detected language, null where it is not known';
comment on column codebase.files.skip_reason is 'Why the file was not analysed, null where it was';
comment on column codebase.files.skip_evidence is 'What that was decided on: a folder, a line, an error';

-- migrate: rollback
drop table codebase.files;
drop type codebase.file_mode, codebase.skip_reason;
