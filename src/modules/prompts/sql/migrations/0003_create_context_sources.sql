-- Where prompts get facts from, which templates use which source, and what was read, kept until it expires.

create type prompts.context_source_type as enum ('file', 'git', 'code_graph', 'sql', 'http', 'event');
comment on type prompts.context_source_type is 'How a context source is read.';

create table prompts.context_sources (
    organization_id uuid                        not null,
    id              uuid                        not null default base.uuid_v7(),
    name            text                        not null,
    description     text                        not null default '',
    source_type     prompts.context_source_type not null,
    repository_id   uuid,
    query           text                        not null,
    parameters      jsonb                       not null default '{}',
    credential_id   uuid,
    cache_seconds   integer                     not null default 300,
    disabled_at     timestamptz,
    created_at      timestamptz                 not null default now(),
    updated_at      timestamptz                 not null default now(),
    constraint context_sources_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint query_is_not_blank check (btrim(query) <> ''),
    constraint code_is_in_a_repository check (source_type not in ('git', 'code_graph') or repository_id is not null),
    constraint url_is_http_without_password check (source_type <> 'http' or query ~ '^https?://' and query !~ '^[a-z]+://[^/@]*@'),
    constraint parameters_is_object check (jsonb_typeof(parameters) = 'object'),
    constraint cache_seconds_is_not_negative check (cache_seconds >= 0)
);
create unique index context_sources_name_key on prompts.context_sources (organization_id, lower(name));

comment on table prompts.context_sources is 'Where prompts get facts from.';
comment on column prompts.context_sources.organization_id is 'The organization it belongs to.';
comment on column prompts.context_sources.id is 'Its id.';
comment on column prompts.context_sources.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.context_sources.description is 'What it gives, in a few sentences; Markdown.';
comment on column prompts.context_sources.source_type is 'How it is read.';
comment on column prompts.context_sources.repository_id is 'The repository it reads; needed for git and code_graph. Id of projects.repositories.';
comment on column prompts.context_sources.query is 'What is read: a path pattern (file), revision and path (git), a query of the graph or of SQL, a URL (http), an event type (event). A template in the prompt''s variables.';
comment on column prompts.context_sources.parameters is 'What else the reader needs to know: headers without secrets, database, number of rows.';
comment on column prompts.context_sources.credential_id is 'What it is reached with; null when nothing is needed. Id of identity.credentials.';
comment on column prompts.context_sources.cache_seconds is 'How long what was read is used again; 0 for reading every time.';
comment on column prompts.context_sources.disabled_at is 'When it was taken out of use; null while it is in use.';
comment on column prompts.context_sources.created_at is 'When it was made.';
comment on column prompts.context_sources.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.context_sources');

create table prompts.template_context_sources (
    organization_id   uuid        not null,
    template_id       uuid        not null,
    context_source_id uuid        not null,
    position          integer     not null,
    variable          text        not null,
    tokens_max        integer     not null,
    conditions        jsonb       not null default '{}',
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    constraint template_context_sources_pkey primary key (organization_id, template_id, context_source_id),
    constraint template_context_sources_variable_key unique (organization_id, template_id, variable),
    constraint position_counts_from_one check (position >= 1),
    constraint variable_is_a_name check (variable ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
    constraint tokens_max_is_positive check (tokens_max >= 1),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object')
);
create index template_context_sources_source_idx on prompts.template_context_sources (organization_id, context_source_id);

comment on table prompts.template_context_sources is 'Which sources a template is given, and how much of each.';
comment on column prompts.template_context_sources.organization_id is 'The organization of both.';
comment on column prompts.template_context_sources.template_id is 'The template.';
comment on column prompts.template_context_sources.context_source_id is 'The source.';
comment on column prompts.template_context_sources.position is 'Which source comes first when the tokens do not suffice for all: the lower one.';
comment on column prompts.template_context_sources.variable is 'The variable that the template finds it in.';
comment on column prompts.template_context_sources.tokens_max is 'How many tokens of it go into a prompt at most.';
comment on column prompts.template_context_sources.conditions is 'When it is wanted, in GrowthBook''s condition language. Empty for always.';
comment on column prompts.template_context_sources.created_at is 'When it was given to the template.';
comment on column prompts.template_context_sources.updated_at is 'When that was last changed.';

select base.tenant_table('prompts.template_context_sources');
alter table prompts.template_context_sources add constraint template_context_sources_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.template_context_sources add constraint template_context_sources_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id) on delete cascade;

create table prompts.context_data (
    organization_id   uuid        not null,
    context_source_id uuid        not null,
    cache_key         text        not null,
    content           text        not null,
    content_sha256    bytea       not null,
    size_bytes        bigint      not null generated always as (octet_length(content)) stored,
    fetched_at        timestamptz not null default now(),
    expires_at        timestamptz,
    constraint context_data_pkey primary key (organization_id, context_source_id, cache_key),
    constraint cache_key_is_short check (cache_key <> '' and length(cache_key) <= 500),
    constraint hash_is_of_the_content check (content_sha256 = sha256(convert_to(content, 'UTF8'))),
    constraint expires_after_it_was_fetched check (expires_at > fetched_at)
);
-- For prompts.cleanup_expired_context_data(), which works for all organizations at once.
create index context_data_expiry_idx on prompts.context_data (expires_at) where expires_at is not null;

comment on table prompts.context_data is 'What was read from context sources and may be used again. A cache: what a prompt was given is in execution_contexts.';
comment on column prompts.context_data.organization_id is 'The organization of the source.';
comment on column prompts.context_data.context_source_id is 'The source it was read from.';
comment on column prompts.context_data.cache_key is 'What was asked of the source: its query with the variables filled in, or a hash of it.';
comment on column prompts.context_data.content is 'What it answered.';
comment on column prompts.context_data.content_sha256 is 'The SHA-256 of the answer in UTF-8.';
comment on column prompts.context_data.size_bytes is 'The size of the answer in UTF-8, in bytes.';
comment on column prompts.context_data.fetched_at is 'When it was read.';
comment on column prompts.context_data.expires_at is 'From when on it is not used any more; null for what cannot change, such as a file of a commit.';

select base.tenant_table('prompts.context_data');
alter table prompts.context_data add constraint context_data_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.context_source_usage;
drop table prompts.context_data;
drop table prompts.template_context_sources;
drop table prompts.context_sources;
drop type prompts.context_source_type;
