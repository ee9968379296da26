-- Patterns found in events, errors, prompts and tasks: where each was seen, and what came of using it. How often and how well it
-- works is counted over those rows.

create type learning.outcome as enum ('failed', 'inconclusive', 'succeeded');
comment on type learning.outcome is 'What came of trying something, from bad to good.';

create table learning.patterns (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    pattern_type    text          not null,
    name            text          not null,
    signature       text          not null,
    definition      jsonb         not null default '{}',
    confidence      numeric(5, 4) not null,
    significance    numeric(5, 4),
    validated_at    timestamptz,
    validated_by    uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint patterns_pkey primary key (organization_id, id),
    constraint patterns_signature_key unique (organization_id, pattern_type, signature),
    constraint pattern_type_is_a_word check (pattern_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint signature_is_not_blank check (signature ~ '^[^\s]{1,200}$'),
    constraint definition_is_object check (jsonb_typeof(definition) = 'object'),
    constraint scores_lie_between_0_and_1 check (confidence between 0 and 1 and coalesce(significance, 0) between 0 and 1),
    constraint validated_by_needs_a_moment check (validated_by is null or validated_at is not null)
);

comment on table learning.patterns is 'What happened again and again, found by mining.';
comment on column learning.patterns.organization_id is 'The organization it was found in.';
comment on column learning.patterns.id is 'Its id.';
comment on column learning.patterns.pattern_type is 'What it is about: error_resolution, optimization_strategy, testing_approach, code_structure and so on.';
comment on column learning.patterns.name is 'What people call it; need not be unique.';
comment on column learning.patterns.signature is 'What makes it this one: mining that finds it again finds this row.';
comment on column learning.patterns.definition is 'What is recognised, in the terms of its type.';
comment on column learning.patterns.confidence is 'How sure mining is that it holds, from 0 to 1.';
comment on column learning.patterns.significance is 'The probability that chance made it (p-value), from 0 to 1; null when not computed.';
comment on column learning.patterns.validated_at is 'When it proved right; null while it has not.';
comment on column learning.patterns.validated_by is 'Who said so; null when the program did, or nobody yet. Id of identity.users.';
comment on column learning.patterns.created_at is 'When it was first found.';
comment on column learning.patterns.updated_at is 'When it was last changed.';

select base.tenant_table('learning.patterns');

create table learning.pattern_occurrences (
    organization_id uuid        not null,
    pattern_id      uuid        not null,
    source_kind     text        not null,
    source_id       uuid        not null,
    occurred_at     timestamptz not null,
    constraint pattern_occurrences_pkey primary key (organization_id, pattern_id, source_kind, source_id),
    constraint source_kind_is_a_word check (source_kind ~ '^[a-z][a-z0-9_]{0,62}$')
);
create index pattern_occurrences_source_idx on learning.pattern_occurrences (organization_id, source_kind, source_id);

comment on table learning.pattern_occurrences is 'Where a pattern was seen. Mining the same data again adds nothing.';
comment on column learning.pattern_occurrences.organization_id is 'The organization of the pattern.';
comment on column learning.pattern_occurrences.pattern_id is 'The pattern.';
comment on column learning.pattern_occurrences.source_kind is 'What it was seen in: event, error_report, prompt_execution, task and so on.';
comment on column learning.pattern_occurrences.source_id is 'The id of that; it may be gone by its retention.';
comment on column learning.pattern_occurrences.occurred_at is 'When that happened.';

select base.tenant_table('learning.pattern_occurrences');
alter table learning.pattern_occurrences add constraint pattern_occurrences_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id) on delete cascade;

create table learning.pattern_applications (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    pattern_id      uuid        not null,
    subject_kind    text        not null,
    subject_id      uuid        not null,
    applied_at      timestamptz not null default now(),
    finished_at     timestamptz,
    outcome         learning.outcome,
    constraint pattern_applications_pkey primary key (organization_id, id),
    constraint subject_kind_is_a_word check (subject_kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
    constraint ends_after_start check (finished_at >= applied_at)
);
create index pattern_applications_pattern_idx on learning.pattern_applications (organization_id, pattern_id, applied_at);

comment on table learning.pattern_applications is 'Each time a pattern was used, and what came of it.';
comment on column learning.pattern_applications.organization_id is 'The organization of the pattern.';
comment on column learning.pattern_applications.id is 'Its id.';
comment on column learning.pattern_applications.pattern_id is 'The pattern.';
comment on column learning.pattern_applications.subject_kind is 'What it was used on: task, prompt_template, workflow_execution and so on.';
comment on column learning.pattern_applications.subject_id is 'The id of that.';
comment on column learning.pattern_applications.applied_at is 'When it was used.';
comment on column learning.pattern_applications.finished_at is 'When its outcome was known; null while it is not.';
comment on column learning.pattern_applications.outcome is 'What came of it; null while it is not known.';

select base.tenant_table('learning.pattern_applications');
alter table learning.pattern_applications add constraint pattern_applications_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.learning_effectiveness;
drop table learning.pattern_applications, learning.pattern_occurrences, learning.patterns;
drop type learning.outcome;
