-- What kinds of task there are: what goes in and comes out, who runs them, what they need, and what happens when they fail. A
-- version of a definition never changes, so that a task can be explained by the one it was made from.

create type tasks.executor as enum ('manual', 'builtin', 'command', 'http', 'sql', 'agent');
comment on type tasks.executor is 'Who does the work: a person; a routine of this program; a process; a call of a URL; a statement; a coding agent.';

create table tasks.task_definitions (
    organization_id         uuid           not null,
    id                      uuid           not null default base.uuid_v7(),
    name                    text           not null,
    version                 integer        not null default 1,
    description             text           not null default '',
    task_type               text           not null default 'custom',
    executor                tasks.executor not null,
    configuration           jsonb          not null default '{}',
    input_schema            jsonb          not null default '{}',
    output_schema           jsonb          not null default '{}',
    cpu_cores               numeric(5, 2),
    memory_bytes            bigint,
    storage_bytes           bigint,
    timeout_seconds         integer        not null default 3600,
    attempts_max            integer        not null default 3,
    retry_delay_seconds     integer        not null default 10,
    retry_delay_seconds_max integer        not null default 3600,
    retry_backoff_factor    numeric(4, 2)  not null default 2,
    retry_jitter_percentage numeric(5, 2)  not null default 20,
    created_by              uuid,
    created_at              timestamptz    not null default now(),
    retired_at              timestamptz,
    constraint task_definitions_pkey primary key (organization_id, id),
    constraint task_definitions_version_key unique (organization_id, name, version),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint version_is_positive check (version > 0),
    constraint task_type_is_a_word check (task_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(input_schema) = 'object'
                                            and jsonb_typeof(output_schema) = 'object'),
    constraint resources_are_positive check (coalesce(cpu_cores, 1) > 0 and coalesce(memory_bytes, 1) > 0 and coalesce(storage_bytes, 1) > 0),
    constraint timeout_is_positive check (timeout_seconds > 0),
    constraint attempts_max_is_sane check (attempts_max between 1 and 100),
    constraint retry_delay_grows_to_its_limit check (retry_delay_seconds between 0 and retry_delay_seconds_max and retry_backoff_factor >= 1),
    constraint jitter_is_a_percentage check (retry_jitter_percentage between 0 and 100),
    constraint retired_after_creation check (retired_at >= created_at)
);

comment on table tasks.task_definitions is 'Versions of reusable descriptions of tasks. A version is written once; it can only be retired.';
comment on column tasks.task_definitions.organization_id is 'The organization it belongs to.';
comment on column tasks.task_definitions.id is 'The id of this version.';
comment on column tasks.task_definitions.name is 'What it is called; the same for all its versions.';
comment on column tasks.task_definitions.version is 'Number of the version, from 1.';
comment on column tasks.task_definitions.description is 'What such a task does; Markdown.';
comment on column tasks.task_definitions.task_type is 'The kind of work, in a word: code_generation, testing, deployment and so on.';
comment on column tasks.task_definitions.executor is 'Who does the work.';
comment on column tasks.task_definitions.configuration is 'What the executor is told: an argument list, a URL, a statement, the id of a prompt template.';
comment on column tasks.task_definitions.input_schema is 'JSON Schema (2020-12) that the input of a task must fulfil; an empty object allows everything.';
comment on column tasks.task_definitions.output_schema is 'JSON Schema (2020-12) that the output of a task must fulfil; an empty object allows everything.';
comment on column tasks.task_definitions.cpu_cores is 'Processor cores that it wants; null for whatever there is.';
comment on column tasks.task_definitions.memory_bytes is 'Memory that it may use; null for no limit of its own.';
comment on column tasks.task_definitions.storage_bytes is 'Disk space that it may use; null for no limit of its own.';
comment on column tasks.task_definitions.timeout_seconds is 'How long one attempt may take.';
comment on column tasks.task_definitions.attempts_max is 'How often it is tried before it is given up.';
comment on column tasks.task_definitions.retry_delay_seconds is 'The pause before the second attempt.';
comment on column tasks.task_definitions.retry_delay_seconds_max is 'The longest pause between attempts.';
comment on column tasks.task_definitions.retry_backoff_factor is 'By how much the pause grows with each attempt.';
comment on column tasks.task_definitions.retry_jitter_percentage is 'By how much of itself a pause is lengthened at random at most, 0 to 100.';
comment on column tasks.task_definitions.created_by is 'Who wrote it; null for the system. Id of identity.users.';
comment on column tasks.task_definitions.created_at is 'When it was written.';
comment on column tasks.task_definitions.retired_at is 'Since when no new task is made from it; null while it is in use.';

select base.tenant_table('tasks.task_definitions', privileges => 'select, insert');
grant update (retired_at) on tasks.task_definitions to task_user;

create table tasks.retry_rules (
    organization_id     uuid    not null,
    id                  uuid    not null default base.uuid_v7(),
    definition_id       uuid    not null,
    error_class         text    not null,
    is_retried          boolean not null,
    spends_attempt      boolean not null default true,
    delay_seconds       integer,
    constraint retry_rules_pkey primary key (organization_id, id),
    constraint retry_rules_class_key unique (organization_id, definition_id, error_class),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint delay_is_not_negative check (delay_seconds >= 0),
    constraint delay_needs_a_retry check (is_retried or delay_seconds is null),
    constraint free_attempt_needs_a_retry check (is_retried or spends_attempt)
);

comment on table tasks.retry_rules is 'What a definition does differently when an attempt fails with a certain class of error.';
comment on column tasks.retry_rules.organization_id is 'The organization of the definition.';
comment on column tasks.retry_rules.id is 'Its id.';
comment on column tasks.retry_rules.definition_id is 'The definition it belongs to.';
comment on column tasks.retry_rules.error_class is 'The class of error, in a word: rate_limited, timeout, invalid_input and so on.';
comment on column tasks.retry_rules.is_retried is 'Whether such an attempt is repeated at all.';
comment on column tasks.retry_rules.spends_attempt is 'Whether it counts; false for a rate limit, which says nothing about the task.';
comment on column tasks.retry_rules.delay_seconds is 'The pause before the next attempt, where the error does not say; null for the definition''s own.';

select base.tenant_table('tasks.retry_rules', privileges => 'select, insert');
alter table tasks.retry_rules add constraint retry_rules_definition_fkey
    foreign key (organization_id, definition_id) references tasks.task_definitions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists tasks.task_definition_statistics;
drop table tasks.retry_rules;
drop table tasks.task_definitions;
drop type tasks.executor;
