-- What Git knows about files: commits, and what each changed. Churn, ownership and which files change together are
-- read from these two (codebase.file_churn, codebase.file_ownership, codebase.co_changes()); no figure is stored twice.

create type codebase.change_kind as enum ('added', 'modified', 'deleted', 'renamed', 'copied', 'mode_changed');

create table codebase.commits (
    organization_id uuid not null,
    codebase_id     uuid not null,
    number          integer not null,
    commit_id       text not null,
    parent_ids      text[] not null,
    author_name     text not null,
    author_email    text collate "C" not null,
    authored_at     timestamptz not null,
    committed_at    timestamptz not null,
    subject         text not null,
    lost_at         timestamptz,
    constraint commits_pkey primary key (organization_id, codebase_id, number),
    constraint commit_is_there_once unique (organization_id, codebase_id, commit_id),
    constraint number_is_positive check (number > 0),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);
create index commits_by_time on codebase.commits (organization_id, codebase_id, committed_at);
select base.tenant_table('codebase.commits');
alter table codebase.commits
    add constraint commit_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

create table codebase.file_changes (
    organization_id uuid not null,
    codebase_id     uuid not null,
    commit_number   integer not null,
    path            text collate "C" not null,
    kind            codebase.change_kind not null,
    lines_added     integer,
    lines_removed   integer,
    old_path        text collate "C",
    constraint file_changes_pkey primary key (organization_id, codebase_id, commit_number, path),
    constraint lines_are_not_negative check (lines_added >= 0 and lines_removed >= 0),
    constraint binary_files_have_no_lines check ((lines_added is null) = (lines_removed is null)),
    constraint only_what_moved_has_an_old_path check ((kind in ('renamed', 'copied')) = (old_path is not null))
);
create index file_changes_by_path on codebase.file_changes (organization_id, codebase_id, path);
select base.tenant_table('codebase.file_changes');
alter table codebase.file_changes
    add constraint change_belongs_to_commit foreign key (organization_id, codebase_id, commit_number)
    references codebase.commits (organization_id, codebase_id, number) on delete cascade;

comment on table codebase.commits is 'Commits in the history of a codebase';
comment on column codebase.commits.organization_id is 'Tenant that owns the row';
comment on column codebase.commits.codebase_id is 'The codebase';
comment on column codebase.commits.number is 'Counts within the codebase, parents before their children';
comment on column codebase.commits.commit_id is 'Git id in hexadecimal (SHA-1 or SHA-256)';
comment on column codebase.commits.parent_ids is 'Git ids of its parents, the first one first; more than one make a merge';
comment on column codebase.commits.author_name is 'Name of its author, as .mailmap has it';
comment on column codebase.commits.author_email is 'Address of its author, as .mailmap has it, in lower case: what tells authors apart';
comment on column codebase.commits.authored_at is 'When it was written';
comment on column codebase.commits.committed_at is 'When it was committed';
comment on column codebase.commits.subject is 'First line of its message, at most 512 bytes';
comment on column codebase.commits.lost_at is 'When it was found that no branch or tag leads to it any more; null while one does';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row';
comment on column codebase.file_changes.organization_id is 'Tenant that owns the row';
comment on column codebase.file_changes.codebase_id is 'The codebase';
comment on column codebase.file_changes.commit_number is 'The commit';
comment on column codebase.file_changes.path is 'Path after the change, of a deleted file before it';
comment on column codebase.file_changes.kind is 'What was done';
comment on column codebase.file_changes.lines_added is 'Lines added, null for a binary file';
comment on column codebase.file_changes.lines_removed is 'Lines removed, null for a binary file';
comment on column codebase.file_changes.old_path is 'Path before a rename or of the original of a copy';

-- migrate: rollback
drop view if exists codebase.hotspots, codebase.file_churn, codebase.file_ownership;
drop table codebase.file_changes, codebase.commits;
drop type codebase.change_kind;
