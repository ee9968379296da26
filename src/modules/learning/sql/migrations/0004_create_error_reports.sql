-- Errors as they were reported, grouped by fingerprint. A report says its fingerprint and the fingerprint says its group: groups are
-- merged, and reports grouped anew, without touching a report.

create type learning.error_class as enum (
    'unknown', 'syntax_error', 'logic_error', 'runtime_error', 'performance_issue', 'security_vulnerability', 'dependency_issue',
    'configuration_error', 'integration_failure', 'data_inconsistency', 'resource_exhaustion');
comment on type learning.error_class is 'What kind of error it is; unknown until something says.';
create type learning.error_status as enum ('open', 'resolved', 'ignored');
comment on type learning.error_status is 'Whether somebody has to look at an error.';

create table learning.error_groups (
    organization_id uuid                  not null,
    id              uuid                  not null default base.uuid_v7(),
    title           text                  not null,
    error_class     learning.error_class  not null default 'unknown',
    priority        base.priority         not null default 'normal',
    status          learning.error_status not null default 'open',
    first_seen_at   timestamptz           not null,
    last_seen_at    timestamptz           not null,
    resolved_at     timestamptz,
    resolution      text                  not null default '',
    updated_at      timestamptz           not null default now(),
    constraint error_groups_pkey primary key (organization_id, id),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint last_seen_after_first check (last_seen_at >= first_seen_at),
    constraint resolved_has_a_moment check ((status = 'resolved') = (resolved_at is not null))
);
create index error_groups_open_idx on learning.error_groups (organization_id, last_seen_at, id) where status = 'open';

comment on table learning.error_groups is 'Errors that are one and the same as far as anybody knows. Counts are in learning.error_summary.';
comment on column learning.error_groups.organization_id is 'The organization it happens in.';
comment on column learning.error_groups.id is 'Its id.';
comment on column learning.error_groups.title is 'What it is, in a line: at first the beginning of its first message.';
comment on column learning.error_groups.error_class is 'What kind of error it is.';
comment on column learning.error_groups.priority is 'How much it matters.';
comment on column learning.error_groups.status is 'Whether somebody has to look at it. A report of a resolved error opens it again.';
comment on column learning.error_groups.first_seen_at is 'When it first happened; kept when its first report is not.';
comment on column learning.error_groups.last_seen_at is 'When it last happened, to the minute: a storm of reports does not write it each time.';
comment on column learning.error_groups.resolved_at is 'When it was resolved; null while it is not.';
comment on column learning.error_groups.resolution is 'What resolved it; Markdown.';
comment on column learning.error_groups.updated_at is 'When it was last changed.';

select base.tenant_table('learning.error_groups');

create table learning.error_fingerprints (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    error_group_id  uuid        not null,
    algorithm       text        not null,
    digest          bytea       not null,
    explanation     text        not null,
    created_at      timestamptz not null default now(),
    constraint error_fingerprints_pkey primary key (organization_id, id),
    constraint error_fingerprints_digest_key unique (organization_id, algorithm, digest),
    constraint algorithm_has_a_version check (algorithm ~ '^[a-z][a-z0-9_]*:[a-z0-9.-]+$'),
    constraint digest_is_a_hash check (length(digest) between 8 and 32),
    constraint explanation_is_not_blank check (btrim(explanation) <> '')
);
create index error_fingerprints_group_idx on learning.error_fingerprints (organization_id, error_group_id);

comment on table learning.error_fingerprints is 'What tells that a report is of a group. A group has many: one for each way to look at an error, and for each version of it.';
comment on column learning.error_fingerprints.organization_id is 'The organization of the group.';
comment on column learning.error_fingerprints.id is 'Its id.';
comment on column learning.error_fingerprints.error_group_id is 'The group that reports with it belong to.';
comment on column learning.error_fingerprints.algorithm is 'How it was made, with the version: stack:1, template:2026-11 and so on.';
comment on column learning.error_fingerprints.digest is 'The hash.';
comment on column learning.error_fingerprints.explanation is 'What was hashed, in words: the frames, the template.';
comment on column learning.error_fingerprints.created_at is 'When it was first seen.';

select base.tenant_table('learning.error_fingerprints');
alter table learning.error_fingerprints add constraint error_fingerprints_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

create table learning.error_reports (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    occurred_at     timestamptz not null default now(),
    fingerprint_id  uuid        not null,
    error_type      text        not null,
    message         text        not null,
    source          text        not null,
    stack_trace     text        not null default '',
    context         jsonb       not null default '{}',
    project_id      uuid,
    task_id         uuid,
    commit_id       text,
    constraint error_reports_pkey primary key (organization_id, id, occurred_at),
    constraint type_and_source_are_not_blank check (btrim(error_type) <> '' and btrim(source) <> ''),
    constraint context_is_object check (jsonb_typeof(context) = 'object'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);
create index error_reports_fingerprint_idx on learning.error_reports (organization_id, fingerprint_id, occurred_at, id);

comment on table learning.error_reports is 'Errors, each time one happened. Written by learning.report_error.';
comment on column learning.error_reports.organization_id is 'The organization it happened in.';
comment on column learning.error_reports.id is 'Its id.';
comment on column learning.error_reports.occurred_at is 'When it happened.';
comment on column learning.error_reports.fingerprint_id is 'The first of its fingerprints, which says its group.';
comment on column learning.error_reports.error_type is 'Its type where it happened: ValueError, exit status 2, HTTP 503 and so on.';
comment on column learning.error_reports.message is 'Its message.';
comment on column learning.error_reports.source is 'What reported it: a service, a command, an agent.';
comment on column learning.error_reports.stack_trace is 'Where it happened, as printed; empty when unknown.';
comment on column learning.error_reports.context is 'What else is known: version, environment, how to reproduce it.';
comment on column learning.error_reports.project_id is 'The project it happened in; null for none. Id of projects.projects.';
comment on column learning.error_reports.task_id is 'The task it happened in; null for none. Id of tasks.tasks.';
comment on column learning.error_reports.commit_id is 'The Git commit that was running; null when unknown.';

select base.make_time_partitioned('learning.error_reports', 'occurred_at', interval '1 month');
select base.tenant_table('learning.error_reports', privileges => 'select, insert');
alter table learning.error_reports add constraint error_reports_fingerprint_fkey
    foreign key (organization_id, fingerprint_id) references learning.error_fingerprints (organization_id, id) on delete cascade;

create table learning.root_causes (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    error_group_id  uuid          not null,
    cause           text          not null,
    method          text          not null,
    confidence      numeric(5, 4) not null,
    evidence        jsonb         not null default '{}',
    repository_id   uuid,
    commit_id       text,
    confirmed_at    timestamptz,
    rejected_at     timestamptz,
    decided_by      uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint root_causes_pkey primary key (organization_id, id),
    constraint cause_is_not_blank check (btrim(cause) <> ''),
    constraint method_is_a_word check (method ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint confidence_lies_between_0_and_1 check (confidence between 0 and 1),
    constraint evidence_is_object check (jsonb_typeof(evidence) = 'object'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    constraint confirmed_or_rejected check (confirmed_at is null or rejected_at is null),
    constraint decided_is_confirmed_or_rejected check (decided_by is null or num_nonnulls(confirmed_at, rejected_at) = 1)
);
create index root_causes_group_idx on learning.root_causes (organization_id, error_group_id);

comment on table learning.root_causes is 'What may be behind an error: candidates, and what became of them.';
comment on column learning.root_causes.organization_id is 'The organization of the error.';
comment on column learning.root_causes.id is 'Its id.';
comment on column learning.root_causes.error_group_id is 'The error.';
comment on column learning.root_causes.cause is 'What may be behind it; Markdown.';
comment on column learning.root_causes.method is 'How it was found: blame, spectrum, recent_deployment, changed_configuration, model and so on.';
comment on column learning.root_causes.confidence is 'How sure the method is, from 0 to 1.';
comment on column learning.root_causes.evidence is 'What speaks for it, by the method.';
comment on column learning.root_causes.repository_id is 'The repository of the suspected change; null for none. Id of projects.repositories.';
comment on column learning.root_causes.commit_id is 'The Git commit that is suspected; null for none.';
comment on column learning.root_causes.confirmed_at is 'When it proved right; null while it has not.';
comment on column learning.root_causes.rejected_at is 'When it proved wrong; null while it has not.';
comment on column learning.root_causes.decided_by is 'Who said so; null when the program did, or nobody yet. Id of identity.users.';
comment on column learning.root_causes.created_at is 'When it was found.';
comment on column learning.root_causes.updated_at is 'When it was last changed.';

select base.tenant_table('learning.root_causes');
alter table learning.root_causes add constraint root_causes_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.error_summary;
drop table learning.root_causes, learning.error_reports, learning.error_fingerprints, learning.error_groups;
drop type learning.error_status, learning.error_class;
