-- What the checks of a content find by its bytes alone, kept with its other facts, so that a run checks only contents
-- that are new; and the comments in it that say to leave issues as they are, which hold for issues of the graph as well.
--
-- Neither has a foreign key to blobs, for the reason that 0003 gives.

create table codebase.blob_findings (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    rule_id         text collate "C" not null,
    element_ordinal integer,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    start_character integer not null,
    end_character   integer not null,
    message         text not null,
    source          text not null,
    constraint blob_findings_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint message_is_not_blank check (btrim(message) <> ''),
    constraint span_does_not_run_backwards check (least(start_line, start_column, start_character, end_character) > 0 and (start_line, start_column) <= (end_line, end_column))
);
select base.tenant_table('codebase.blob_findings');

create table codebase.blob_directives (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    first_line      integer not null,
    last_line       integer not null,
    rules           text[] not null,
    justification   text not null,
    constraint blob_directives_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint lines_are_in_order check (first_line > 0 and last_line >= first_line),
    constraint names_a_rule check (cardinality(rules) > 0)
);
select base.tenant_table('codebase.blob_directives');

alter table codebase.analysis_runs add column checks_version text;

alter table codebase.issues add column start_character integer;
alter table codebase.issues add column end_character integer;
alter table codebase.issues add column moved_fingerprint uuid;
alter table codebase.issues add constraint characters_come_in_pairs check ((start_character is null) = (end_character is null) and least(start_character, end_character) > 0);

-- The operator of a command line has no user.
alter table codebase.issue_suppressions drop constraint somebody_suppressed_what_the_source_does_not;
alter table codebase.issue_suppressions add constraint the_source_is_no_user check (kind = 'external' or suppressed_by is null);

comment on table codebase.blob_findings is 'What the checks of a content found that its bytes alone decide';
comment on column codebase.blob_findings.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_findings.blob_id is 'The content';
comment on column codebase.blob_findings.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_findings.rule_id is 'The rule it breaks, whether the organization has it enabled or not';
comment on column codebase.blob_findings.element_ordinal is 'The innermost element around it (codebase.blob_elements), null at the top of the file';
comment on column codebase.blob_findings.start_line is 'Line of its first byte';
comment on column codebase.blob_findings.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.blob_findings.end_line is 'Line after its last byte';
comment on column codebase.blob_findings.end_column is 'Column after its last byte, in bytes from 1';
comment on column codebase.blob_findings.start_character is 'Column of its first byte, in code points from 1';
comment on column codebase.blob_findings.end_character is 'Column after its last byte, in code points from 1';
comment on column codebase.blob_findings.message is 'What was found, in one sentence';
comment on column codebase.blob_findings.source is 'Its source with white space collapsed, at most 200 bytes: what its fingerprint is made of';
comment on table codebase.blob_directives is 'Comments and annotations in a content that say to leave issues as they are';
comment on column codebase.blob_directives.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_directives.blob_id is 'The content';
comment on column codebase.blob_directives.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_directives.first_line is 'The first line that it holds for';
comment on column codebase.blob_directives.last_line is 'The last line that it holds for';
comment on column codebase.blob_directives.rules is 'Ids of the rules';
comment on column codebase.blob_directives.justification is 'The reason in words, empty when none is given';
comment on column codebase.analysis_runs.checks_version is 'Digest of the rules and settings that the issues of the run were found with; null when it was not checked';
comment on column codebase.issues.start_character is 'Column of its first byte in code points, null where it is not known';
comment on column codebase.issues.end_character is 'Column after its last byte in code points, null where it is not known';
comment on column codebase.issues.moved_fingerprint is 'As the fingerprint, but of the rule and of what was found without the path: the same in a file that was renamed';

-- migrate: rollback
alter table codebase.issue_suppressions drop constraint the_source_is_no_user;
alter table codebase.issue_suppressions add constraint somebody_suppressed_what_the_source_does_not check ((kind = 'external') = (suppressed_by is not null)) not valid;
alter table codebase.issues drop column moved_fingerprint, drop column end_character, drop column start_character;
alter table codebase.analysis_runs drop column checks_version;
drop table codebase.blob_directives, codebase.blob_findings;
