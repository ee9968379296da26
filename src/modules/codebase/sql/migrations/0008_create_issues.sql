-- What checks found. An issue is known by its fingerprint, which stays when lines move; a row says from which run to
-- which run it was found, so a fixed one stays, and one that comes back is a row more. A suppression belongs to the
-- fingerprint and survives both. Whether an issue is open, fixed or suppressed follows: codebase.code_issues shows it.

create type codebase.issue_severity as enum ('note', 'warning', 'error');
create type codebase.rule_source as enum ('built_in', 'query', 'plugin');
create type codebase.suppression_kind as enum ('in_source', 'external');
create type codebase.suppression_reason as enum ('false_positive', 'accepted', 'not_our_code', 'planned');

create table codebase.rules (
    organization_id uuid not null,
    id              text collate "C" not null,
    name            text not null,
    description     text not null,
    category        text not null,
    severity        codebase.issue_severity not null,
    effort_minutes  integer not null,
    source          codebase.rule_source not null,
    version         text not null,
    query           text,
    parameters      jsonb not null default '{}',
    help_uri        text,
    disabled_at     timestamptz,
    disabled_reason text,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint rules_pkey primary key (organization_id, id),
    constraint id_is_words_and_slashes check (id ~ '^[a-z][a-z0-9_-]*(/[a-z0-9_-]+)*$' and length(id) <= 100),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint category_is_a_word check (category ~ '^[a-z][a-z0-9_]*$'),
    constraint effort_is_not_negative check (effort_minutes >= 0),
    constraint query_rules_have_their_query check ((source = 'query') = (query is not null)),
    constraint parameters_are_an_object check (jsonb_typeof(parameters) = 'object'),
    constraint disabled_says_why check ((disabled_at is null) = (disabled_reason is null))
);
select base.tenant_table('codebase.rules');

create table codebase.issues (
    organization_id uuid not null,
    codebase_id     uuid not null,
    fingerprint     uuid not null,
    first_run       integer not null,
    last_run        integer,
    rule_id         text collate "C" not null,
    severity        codebase.issue_severity not null,
    message         text not null,
    path            text collate "C" not null,
    symbol_id       bigint,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    effort_minutes  integer not null,
    related         jsonb not null default '[]',
    constraint issues_pkey primary key (organization_id, codebase_id, fingerprint, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint message_is_not_blank check (btrim(message) <> ''),
    constraint span_does_not_run_backwards check (start_line > 0 and start_column > 0 and (start_line, start_column) <= (end_line, end_column)),
    constraint effort_is_not_negative check (effort_minutes >= 0),
    constraint related_is_a_list check (jsonb_typeof(related) = 'array')
);
create unique index issue_is_found_once on codebase.issues (organization_id, codebase_id, fingerprint) where last_run is null;
create index issues_by_file on codebase.issues (organization_id, codebase_id, path, start_line) where last_run is null;
create index issues_by_rule on codebase.issues (organization_id, rule_id, codebase_id);
create index issues_fixed on codebase.issues (organization_id, codebase_id, last_run) where last_run is not null;
select base.tenant_table('codebase.issues');
alter table codebase.issues
    add constraint issue_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
alter table codebase.issues
    add constraint issue_breaks_a_rule foreign key (organization_id, rule_id)
    references codebase.rules (organization_id, id);

create table codebase.issue_suppressions (
    organization_id uuid not null,
    id              uuid not null default base.uuid_v7(),
    codebase_id     uuid not null,
    fingerprint     uuid not null,
    kind            codebase.suppression_kind not null,
    reason          codebase.suppression_reason not null,
    justification   text not null,
    suppressed_by   uuid,
    suppressed_at   timestamptz not null default now(),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    revoked_by      uuid,
    constraint issue_suppressions_pkey primary key (organization_id, id),
    constraint says_why check (btrim(justification) <> ''),
    constraint somebody_suppressed_what_the_source_does_not check ((kind = 'external') = (suppressed_by is not null)),
    constraint expires_after_it_begins check (expires_at > suppressed_at),
    constraint somebody_revoked_it check (revoked_by is null or revoked_at is not null),
    constraint is_not_revoked_before_it_begins check (revoked_at >= suppressed_at)
);
create index issue_suppressions_by_issue on codebase.issue_suppressions (organization_id, codebase_id, fingerprint);
create unique index issue_is_suppressed_once on codebase.issue_suppressions (organization_id, codebase_id, fingerprint) where revoked_at is null;
select base.tenant_table('codebase.issue_suppressions', privileges => 'select, insert, update');
alter table codebase.issue_suppressions
    add constraint suppression_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.rules is 'Checks of an organization: those of the product, and its own';
comment on column codebase.rules.organization_id is 'Tenant that owns the row';
comment on column codebase.rules.id is 'Stable id, as in reports: complexity/cognitive';
comment on column codebase.rules.name is 'A few words for people';
comment on column codebase.rules.description is 'What it looks for, why that matters and what to do';
comment on column codebase.rules.category is 'What it is about: dead_code, cycle, complexity, duplication, risk';
comment on column codebase.rules.severity is 'Severity of its issues where the check does not say otherwise, as in SARIF';
comment on column codebase.rules.effort_minutes is 'Time that a repair takes where the check does not say otherwise';
comment on column codebase.rules.source is 'built_in: part of the product; query: a SQL query; plugin: a shared library';
comment on column codebase.rules.version is 'Version of the check; findings of another version are looked for again';
comment on column codebase.rules.query is 'The query, null for other sources';
comment on column codebase.rules.parameters is 'Limits and other settings of the organization';
comment on column codebase.rules.help_uri is 'Page about it';
comment on column codebase.rules.disabled_at is 'Since when it is not checked; null while it is';
comment on column codebase.rules.disabled_reason is 'Why: in words of the person who disabled it, or the fault of a plug-in';
comment on column codebase.rules.created_at is 'When the row was made';
comment on column codebase.rules.updated_at is 'When the row last changed';
comment on table codebase.issues is 'What checks found, from which run to which run';
comment on column codebase.issues.organization_id is 'Tenant that owns the row';
comment on column codebase.issues.codebase_id is 'The codebase it is in';
comment on column codebase.issues.fingerprint is 'Version 8 UUID of the rule and of what was found, without line numbers: the same from commit to commit, and what a baseline lists';
comment on column codebase.issues.first_run is 'Number of the first run that found it';
comment on column codebase.issues.last_run is 'Number of the last run that found it; null while it is found';
comment on column codebase.issues.rule_id is 'The rule it breaks';
comment on column codebase.issues.severity is 'How bad it is';
comment on column codebase.issues.message is 'What was found, in one sentence';
comment on column codebase.issues.path is 'The file it is in';
comment on column codebase.issues.symbol_id is 'The symbol it is about (codebase.symbols), null for none';
comment on column codebase.issues.start_line is 'Line of its first byte in the last run that found it';
comment on column codebase.issues.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.issues.end_line is 'Line after its last byte';
comment on column codebase.issues.end_column is 'Column after its last byte';
comment on column codebase.issues.effort_minutes is 'Time that a repair takes';
comment on column codebase.issues.related is 'Other places that explain it (a cycle, a copy), as a list of {path, line, message}';
comment on table codebase.issue_suppressions is 'Issues that are left as they are: by whom, why, until when';
comment on column codebase.issue_suppressions.organization_id is 'Tenant that owns the row';
comment on column codebase.issue_suppressions.id is 'Version 7 UUID';
comment on column codebase.issue_suppressions.codebase_id is 'The codebase the issue is in';
comment on column codebase.issue_suppressions.fingerprint is 'The issue';
comment on column codebase.issue_suppressions.kind is 'in_source: by a comment in the code; external: by a person or a rule outside it, as in SARIF';
comment on column codebase.issue_suppressions.reason is 'What kind of reason there is';
comment on column codebase.issue_suppressions.justification is 'The reason in words';
comment on column codebase.issue_suppressions.suppressed_by is 'The user who decided it, null for a comment in the code. Id of identity.users.';
comment on column codebase.issue_suppressions.suppressed_at is 'Since when';
comment on column codebase.issue_suppressions.expires_at is 'Until when, null for good';
comment on column codebase.issue_suppressions.revoked_at is 'When it was taken back, null while it stands';
comment on column codebase.issue_suppressions.revoked_by is 'The user who took it back. Id of identity.users.';

-- migrate: rollback
drop view if exists codebase.code_issues;
drop table codebase.issue_suppressions, codebase.issues, codebase.rules;
drop type codebase.suppression_reason, codebase.suppression_kind, codebase.rule_source, codebase.issue_severity;
