-- Executions: prompts that were sent to a model and what came back; which enhancements and which context went into each.
--
-- Not partitioned by time, although it grows with time: an execution is looked up by its id alone, which says nothing about started_at
-- that a query could prune by, and feedback, contexts, enhancements and outcomes refer to it by foreign keys, which a partitioned table
-- could only offer with the time in every one of them. Ids of version 7 keep new rows together at the end of the primary key.

create type prompts.execution_status as enum ('pending', 'running', 'completed', 'failed', 'cancelled', 'timed_out');
comment on type prompts.execution_status is 'Where an execution is: the last four are ends.';

create table prompts.executions (
    organization_id       uuid                     not null,
    id                    uuid                     not null default base.uuid_v7(),
    template_id           uuid,
    template_version      integer,
    variant_id            uuid,
    status                prompts.execution_status not null default 'pending',
    prompt                text                     not null,
    enhanced_prompt       text,
    variables             jsonb                    not null default '{}',
    provider              text,
    model                 text,
    model_parameters      jsonb                    not null default '{}',
    external_id           text,
    response              text,
    finish_reason         text,
    error_code            text,
    error_message         text,
    retries               integer                  not null default 0,
    input_tokens          integer,
    cached_input_tokens   integer,
    output_tokens         integer,
    cost_usd              numeric(14, 6),
    workflow_stage        text,
    workflow_execution_id uuid,
    task_id               uuid,
    project_id            uuid,
    session_id            uuid,
    user_id               uuid,
    created_at            timestamptz              not null default now(),
    updated_at            timestamptz              not null default now(),
    started_at            timestamptz,
    finished_at           timestamptz,
    duration_ms           bigint generated always as (round(extract(epoch from finished_at - started_at) * 1000)) stored,
    constraint executions_pkey primary key (organization_id, id),
    constraint version_is_of_a_template check ((template_id is null) = (template_version is null)),
    constraint variant_is_of_a_template check (variant_id is null or template_id is not null),
    constraint prompt_is_not_blank check (btrim(prompt) <> ''),
    constraint documents_are_objects check (jsonb_typeof(variables) = 'object' and jsonb_typeof(model_parameters) = 'object'),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint started_when_it_ran check (case when status = 'pending' then started_at is null
                                               when status in ('running', 'completed', 'timed_out') then started_at is not null else true end),
    constraint what_started_names_its_model check (started_at is null or (provider is not null and btrim(model) <> '' and model is not null)),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled', 'timed_out')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint completed_has_a_response check (status <> 'completed' or response is not null),
    constraint failure_says_why check ((status in ('failed', 'timed_out')) = (error_code is not null)
                                       and (error_code is null) = (error_message is null)),
    constraint retries_are_not_negative check (retries >= 0),
    constraint tokens_are_not_negative check (coalesce(input_tokens, 0) >= 0 and coalesce(output_tokens, 0) >= 0),
    constraint cached_tokens_are_part_of_the_input check (cached_input_tokens is null or (input_tokens is not null and cached_input_tokens between 0 and input_tokens)),
    constraint cost_is_not_negative check (cost_usd >= 0 and cost_usd <> 'NaN'),
    constraint workflow_stage_is_a_word check (workflow_stage ~ '^[a-z][a-z0-9_]{0,62}$')
);
-- No trigram index on prompts and responses: it would cost more to write than all the others together, and nothing searches them yet.
create unique index executions_external_id_key on prompts.executions (organization_id, provider, external_id) where external_id is not null;
create index executions_version_idx on prompts.executions (organization_id, template_id, template_version, id) where template_id is not null;
create index executions_variant_idx on prompts.executions (organization_id, variant_id, template_id, template_version) where variant_id is not null;
create index executions_created_idx on prompts.executions (organization_id, created_at);
create index executions_open_idx on prompts.executions (organization_id, status, created_at) where finished_at is null;
create index executions_task_idx on prompts.executions (organization_id, task_id, id) where task_id is not null;
create index executions_workflow_idx on prompts.executions (organization_id, workflow_execution_id, id) where workflow_execution_id is not null;
create index executions_session_idx on prompts.executions (organization_id, session_id, id) where session_id is not null;

comment on table prompts.executions is 'Prompts that were sent to a model, and what came back. What people and judges thought of it is in feedback.';
comment on column prompts.executions.organization_id is 'The organization it was run for.';
comment on column prompts.executions.id is 'Its id, made by whoever asks: asking again with the same id does not run it twice.';
comment on column prompts.executions.template_id is 'The template it was made from; null for a prompt of no template.';
comment on column prompts.executions.template_version is 'The version of the template.';
comment on column prompts.executions.variant_id is 'The variant of an experiment that chose the version; null outside experiments.';
comment on column prompts.executions.status is 'Where it is. Changed by prompts.start_execution and prompts.finish_execution.';
comment on column prompts.executions.prompt is 'The text as rendered from the template, or as given.';
comment on column prompts.executions.enhanced_prompt is 'The text as sent, when enhancements or context made it differ from prompt; null when they did not.';
comment on column prompts.executions.variables is 'The values it was rendered with.';
comment on column prompts.executions.provider is 'Who was asked: anthropic, openai, codegen, command and so on; null while nobody was.';
comment on column prompts.executions.model is 'The model that was asked, as its provider calls it; null while none was.';
comment on column prompts.executions.model_parameters is 'The parameters of the request.';
comment on column prompts.executions.external_id is 'The provider''s id of the answer or run; null when it has none.';
comment on column prompts.executions.response is 'What came back; null while nothing has.';
comment on column prompts.executions.finish_reason is 'Why the model stopped, in the provider''s word: stop, length, tool_use; null when not said.';
comment on column prompts.executions.error_code is 'What went wrong, as a code; null when nothing did.';
comment on column prompts.executions.error_message is 'What went wrong, in words without secrets; null when nothing did.';
comment on column prompts.executions.retries is 'How often the request was sent again.';
comment on column prompts.executions.input_tokens is 'Tokens sent, cached ones included; null while not told.';
comment on column prompts.executions.cached_input_tokens is 'Those of them that the provider had in its cache; null while not told.';
comment on column prompts.executions.output_tokens is 'Tokens that came back, those of reasoning included; null while not told.';
comment on column prompts.executions.cost_usd is 'What it cost, in US dollars; null while not known.';
comment on column prompts.executions.workflow_stage is 'The stage of a workflow it was run for; null for none.';
comment on column prompts.executions.workflow_execution_id is 'The run of a workflow it is part of; null for none. Id of workflows.workflow_executions.';
comment on column prompts.executions.task_id is 'The task it was run for; null for none. Id of tasks.tasks.';
comment on column prompts.executions.project_id is 'The project it was run for; null for none. Id of projects.projects.';
comment on column prompts.executions.session_id is 'What executions of one conversation have in common; null outside conversations.';
comment on column prompts.executions.user_id is 'Who asked; null for the program. Id of identity.users.';
comment on column prompts.executions.created_at is 'When it was asked for.';
comment on column prompts.executions.updated_at is 'When the row was last changed.';
comment on column prompts.executions.started_at is 'When the request was first sent; null before.';
comment on column prompts.executions.finished_at is 'When it ended, one way or another; null before.';
comment on column prompts.executions.duration_ms is 'From started_at to finished_at, in milliseconds.';

select base.tenant_table('prompts.executions', privileges => 'select, insert');
alter table prompts.executions add constraint executions_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);
alter table prompts.executions add constraint executions_run_the_version_of_their_variant
    foreign key (organization_id, variant_id, template_id, template_version) references prompts.variants (organization_id, id, template_id, template_version);

create table prompts.execution_enhancements (
    organization_id uuid    not null,
    execution_id    uuid    not null,
    position        integer not null,
    enhancement_id  uuid    not null,
    constraint execution_enhancements_pkey primary key (organization_id, execution_id, position),
    constraint an_enhancement_is_applied_once unique (organization_id, enhancement_id, execution_id),
    constraint position_counts_from_one check (position >= 1)
);

comment on table prompts.execution_enhancements is 'Which enhancements were applied to a prompt, in the order in which they were.';
comment on column prompts.execution_enhancements.organization_id is 'The organization of the execution.';
comment on column prompts.execution_enhancements.execution_id is 'The execution.';
comment on column prompts.execution_enhancements.position is 'The place in the order, from 1.';
comment on column prompts.execution_enhancements.enhancement_id is 'The version of the rule that was applied.';

select base.tenant_table('prompts.execution_enhancements', privileges => 'select, insert');
alter table prompts.execution_enhancements add constraint execution_enhancements_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;
alter table prompts.execution_enhancements add constraint execution_enhancements_enhancement_fkey
    foreign key (organization_id, enhancement_id) references prompts.prompt_enhancements (organization_id, id);

create table prompts.execution_contexts (
    organization_id   uuid          not null,
    execution_id      uuid          not null,
    position          integer       not null,
    context_source_id uuid          not null,
    content_sha256    bytea         not null,
    tokens            integer       not null,
    tokens_left_out   integer       not null default 0,
    relevance_score   numeric(5, 4),
    fetch_ms          integer,
    constraint execution_contexts_pkey primary key (organization_id, execution_id, position),
    constraint position_counts_from_one check (position >= 1),
    constraint hash_is_sha256 check (octet_length(content_sha256) = 32),
    constraint tokens_are_not_negative check (tokens >= 0 and tokens_left_out >= 0),
    constraint relevance_is_from_0_to_1 check (relevance_score between 0 and 1),
    constraint fetch_time_is_not_negative check (fetch_ms >= 0)
);
create index execution_contexts_source_idx on prompts.execution_contexts (organization_id, context_source_id, execution_id);

comment on table prompts.execution_contexts is 'What a prompt was given from context sources, and how much of it.';
comment on column prompts.execution_contexts.organization_id is 'The organization of the execution.';
comment on column prompts.execution_contexts.execution_id is 'The execution.';
comment on column prompts.execution_contexts.position is 'The place in the prompt, from 1.';
comment on column prompts.execution_contexts.context_source_id is 'The source it came from.';
comment on column prompts.execution_contexts.content_sha256 is 'The SHA-256 of what the source answered, before anything was left out.';
comment on column prompts.execution_contexts.tokens is 'Tokens of it that went into the prompt.';
comment on column prompts.execution_contexts.tokens_left_out is 'Tokens of it for which there was no room.';
comment on column prompts.execution_contexts.relevance_score is 'How much it has to do with the prompt, 0 to 1; null when not judged.';
comment on column prompts.execution_contexts.fetch_ms is 'How long reading it took, in milliseconds; null when it came from the cache.';

select base.tenant_table('prompts.execution_contexts', privileges => 'select, insert');
alter table prompts.execution_contexts add constraint execution_contexts_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;
alter table prompts.execution_contexts add constraint execution_contexts_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id);

-- migrate: rollback
drop view if exists prompts.template_performance, prompts.enhancement_performance, prompts.context_source_usage, prompts.execution_analytics;
drop function if exists prompts.finish_execution(uuid, prompts.execution_status, text, text, text, text, integer, integer, integer, numeric, text, integer, timestamptz);
drop table prompts.execution_contexts;
drop table prompts.execution_enhancements;
drop table prompts.executions;
drop type prompts.execution_status;
