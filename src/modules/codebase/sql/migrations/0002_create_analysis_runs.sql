-- A run is one pass over a codebase. Runs are numbered per codebase and never overwrite each other: facts hang on
-- content (0003), and files say from which run to which run they held (0004).

create type codebase.run_state as enum ('running', 'completed', 'failed', 'cancelled', 'abandoned');

create table codebase.analysis_runs (
    organization_id  uuid not null,
    id               uuid not null,
    codebase_id      uuid not null,
    number           integer not null,
    state            codebase.run_state not null default 'running',
    analyser_version text not null,
    commit_id        text,
    branch           text,
    is_dirty         boolean not null default false,
    files_seen       integer,
    files_parsed     integer,
    files_reused     integer,
    files_skipped    integer,
    files_removed    integer,
    bytes_seen       bigint,
    bytes_parsed     bigint,
    lines_seen       bigint,
    elements_seen    bigint,
    started_at       timestamptz not null default now(),
    finished_at      timestamptz,
    error_code       text,
    error_message    text,
    constraint analysis_runs_pkey primary key (organization_id, id),
    constraint run_number_is_unique unique (organization_id, codebase_id, number),
    constraint run_number_is_positive check (number > 0),
    constraint ended_run_says_when check ((state = 'running') = (finished_at is null)),
    constraint failed_run_says_why check (state <> 'failed' or (error_code is not null and error_message is not null)),
    constraint completed_run_has_its_counts check (state <> 'completed' or
        (files_seen is not null and files_parsed is not null and files_reused is not null and files_skipped is not null and
         files_removed is not null and bytes_seen is not null and bytes_parsed is not null and lines_seen is not null and
         elements_seen is not null)),
    constraint every_file_seen_is_accounted_for check (files_seen = files_parsed + files_reused + files_skipped)
);
select base.tenant_table('codebase.analysis_runs');
alter table codebase.analysis_runs
    add constraint run_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.analysis_runs is 'One pass over a codebase each: what was seen, when, and how it ended';
comment on column codebase.analysis_runs.organization_id is 'Tenant that owns the row';
comment on column codebase.analysis_runs.id is 'Version 7 UUID';
comment on column codebase.analysis_runs.codebase_id is 'The codebase that was passed over';
comment on column codebase.analysis_runs.number is 'Counts 1, 2, 3 within the codebase';
comment on column codebase.analysis_runs.state is 'abandoned: its process ended without a word (found by the next run)';
comment on column codebase.analysis_runs.analyser_version is 'Version of the extraction; other versions parse the same content again';
comment on column codebase.analysis_runs.commit_id is 'Git commit that was checked out or asked for, in hexadecimal; null without Git or before the first commit';
comment on column codebase.analysis_runs.branch is 'Git branch, null when detached or without Git';
comment on column codebase.analysis_runs.is_dirty is 'The files differed from the commit';
comment on column codebase.analysis_runs.files_seen is 'Files listed, skipped ones included';
comment on column codebase.analysis_runs.files_parsed is 'Files whose content was not known and was read in this run';
comment on column codebase.analysis_runs.files_reused is 'Files whose content was known from an earlier run';
comment on column codebase.analysis_runs.files_skipped is 'Files listed but not analysed; codebase.skipped_files says why';
comment on column codebase.analysis_runs.files_removed is 'Paths of the run before that are no longer there';
comment on column codebase.analysis_runs.bytes_seen is 'Size of the files parsed and reused, in bytes';
comment on column codebase.analysis_runs.bytes_parsed is 'Size of the files parsed, in bytes';
comment on column codebase.analysis_runs.lines_seen is 'Lines of the files parsed and reused';
comment on column codebase.analysis_runs.elements_seen is 'Elements of the files parsed and reused';
comment on column codebase.analysis_runs.started_at is 'When it began';
comment on column codebase.analysis_runs.finished_at is 'When it ended; for an abandoned run, when that was found';
comment on column codebase.analysis_runs.error_code is 'Stable code of the error that ended it';
comment on column codebase.analysis_runs.error_message is 'That error in words';

-- migrate: rollback
drop table codebase.analysis_runs;
drop type codebase.run_state;
