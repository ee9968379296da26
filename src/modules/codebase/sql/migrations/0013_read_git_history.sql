-- What reading the history needs to remember: how a run read it, so that the next one goes on from there or, when that
-- changed (another period, a clone that is no longer shallow, another .mailmap), compares all of it; and of which
-- commits it is known what they changed.
--
-- file_changes has no foreign key to commits any more: both are written by codebase.merge_commits() alone, and before
-- the first statistics of a database the check of each row read all commits of its codebase, four fifths of the time of
-- a first run. It goes with its codebase as before.

alter table codebase.analysis_runs add column history_version text;
alter table codebase.commits add column files_changed integer;
alter table codebase.commits add constraint files_are_not_negative check (files_changed >= 0);
alter table codebase.file_changes drop constraint change_belongs_to_commit;
alter table codebase.file_changes
    add constraint change_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on column codebase.analysis_runs.history_version is 'How the history of Git was read, and from where on; null when it was not';
comment on column codebase.commits.files_changed is 'Paths that differ from its first parent; null of a merge, and where the parent is not there (a shallow clone)';
comment on column codebase.commits.number is 'Counts within the codebase in the order in which they were stored, parents before their children';
comment on column codebase.file_changes.lines_added is 'Lines added; null of what is no text: a binary file, a submodule, one of more than 16 MiB or not in the repository';
comment on column codebase.file_changes.lines_removed is 'Lines removed; null where lines_added is';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row; of merges and of commits of more than 20,000 paths nothing';

-- migrate: rollback
comment on column codebase.commits.number is 'Counts within the codebase, parents before their children';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row';
comment on column codebase.file_changes.lines_added is 'Lines added, null for a binary file';
comment on column codebase.file_changes.lines_removed is 'Lines removed, null for a binary file';
alter table codebase.file_changes drop constraint change_belongs_to_codebase;
alter table codebase.file_changes
    add constraint change_belongs_to_commit foreign key (organization_id, codebase_id, commit_number)
    references codebase.commits (organization_id, codebase_id, number) on delete cascade;
alter table codebase.commits drop column files_changed;
alter table codebase.analysis_runs drop column history_version;
