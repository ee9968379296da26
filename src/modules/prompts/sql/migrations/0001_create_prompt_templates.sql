-- Templates, their versions, and which template stands in for which. A version is written once. Which one is current is said by its
-- template and nowhere else. Usage, success and quality are not columns: they follow from executions and feedback.

create type prompts.template_status as enum ('draft', 'active', 'deprecated', 'archived');
comment on type prompts.template_status is 'Where a template is in its life. What is deprecated still works; what is archived does not.';
create type prompts.message_role as enum ('system', 'user', 'assistant');
comment on type prompts.message_role is 'As whose message of a conversation a text is sent.';
create type prompts.template_language as enum ('plain', 'mustache', 'liquid');
comment on type prompts.template_language is 'The language a text is a template in; plain is sent as it stands.';

create table prompts.prompt_templates (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    slug            text                    not null,
    name            text                    not null,
    description     text                    not null default '',
    role            prompts.message_role    not null default 'user',
    status          prompts.template_status not null default 'draft',
    current_version integer,
    published_at    timestamptz,
    workflow_stage  text,
    is_default      boolean                 not null default false,
    tags            text[]                  not null default '{}',
    created_by      uuid,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint prompt_templates_pkey primary key (organization_id, id),
    constraint prompt_templates_slug_key unique (organization_id, slug),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint draft_has_no_current_version check (status <> 'draft' or current_version is null),
    constraint template_in_use_has_a_current_version check (status not in ('active', 'deprecated') or current_version is not null),
    constraint current_version_has_been_published check ((current_version is null) = (published_at is null)),
    constraint workflow_stage_is_a_word check (workflow_stage ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint default_is_for_a_stage check (not is_default or workflow_stage is not null),
    constraint default_is_in_use check (not is_default or status in ('active', 'deprecated')),
    constraint tags_are_given check (array_position(tags, null) is null and not '' = any (tags))
);
create unique index a_stage_has_one_default_template on prompts.prompt_templates (organization_id, workflow_stage) where is_default;
-- No trigram or GIN index on names and tags: an organization has thousands of templates at most, and reads them through the slug.
create index prompt_templates_current_version_idx on prompts.prompt_templates (organization_id, id, current_version) where current_version is not null;

comment on table prompts.prompt_templates is 'Prompts by name. What a prompt says is in its versions.';
comment on column prompts.prompt_templates.organization_id is 'The organization it belongs to.';
comment on column prompts.prompt_templates.id is 'Its id.';
comment on column prompts.prompt_templates.slug is 'The name that programs ask for it by, unique in the organization.';
comment on column prompts.prompt_templates.name is 'What people call it; need not be unique.';
comment on column prompts.prompt_templates.description is 'What it is for; Markdown.';
comment on column prompts.prompt_templates.role is 'As whose message it is sent.';
comment on column prompts.prompt_templates.status is 'Where it is in its life.';
comment on column prompts.prompt_templates.current_version is 'The version that whoever asks for the template gets; null while none was published. Set by prompts.publish_version.';
comment on column prompts.prompt_templates.published_at is 'When that version became the current one; the audit log has those before it.';
comment on column prompts.prompt_templates.workflow_stage is 'The stage of a workflow it is written for: requirements_decomposition, pr_validation and so on; null for any.';
comment on column prompts.prompt_templates.is_default is 'Whether its stage uses it when no template is named.';
comment on column prompts.prompt_templates.tags is 'Words to find it by.';
comment on column prompts.prompt_templates.created_by is 'Who made it; null for the program. Id of identity.users.';
comment on column prompts.prompt_templates.created_at is 'When it was made.';
comment on column prompts.prompt_templates.updated_at is 'When it was last changed.';

-- Archived, not deleted: executions refer to it.
select base.tenant_table('prompts.prompt_templates', privileges => 'select, insert, update');

-- Variables are one document because a version is one thing that never changes: a row of a variable could be added later.
create table prompts.template_versions (
    organization_id   uuid                      not null,
    template_id       uuid                      not null,
    version           integer                   not null,
    content           text                      not null,
    language          prompts.template_language not null default 'mustache',
    variables         jsonb                     not null default '[]',
    conditions        jsonb                     not null default '{}',
    model             text,
    temperature       numeric(3, 2),
    output_tokens_max integer,
    model_parameters  jsonb                     not null default '{}',
    change_summary    text                      not null default '',
    created_by        uuid,
    created_at        timestamptz               not null default now(),
    constraint template_versions_pkey primary key (organization_id, template_id, version),
    constraint version_counts_from_one check (version >= 1),
    constraint content_is_not_blank check (btrim(content) <> ''),
    constraint variables_are_declared_in_full check (prompts.are_template_variables(variables)),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object'),
    constraint model_is_not_blank check (btrim(model) <> ''),
    constraint temperature_is_from_0_to_2 check (temperature between 0 and 2),
    constraint output_has_room check (output_tokens_max >= 1),
    constraint model_parameters_is_object check (jsonb_typeof(model_parameters) = 'object'),
    constraint every_parameter_has_one_place check (not model_parameters ?| array['model', 'temperature', 'max_tokens', 'max_output_tokens', 'messages', 'input'])
);

comment on table prompts.template_versions is 'What a template said at each time. Rows are added and never changed.';
comment on column prompts.template_versions.organization_id is 'The organization of the template.';
comment on column prompts.template_versions.template_id is 'The template it is a version of.';
comment on column prompts.template_versions.version is 'Counts the versions of the template from 1.';
comment on column prompts.template_versions.content is 'The text.';
comment on column prompts.template_versions.language is 'What language the text is a template in.';
comment on column prompts.template_versions.variables is 'What the text is rendered with, in order: objects with name, type (text, integer, number, boolean, list, object), and as wanted required, default, description.';
comment on column prompts.template_versions.conditions is 'When the version applies, in GrowthBook''s condition language over the attributes of who asks; otherwise the template''s fallback is asked. Empty for always.';
comment on column prompts.template_versions.model is 'The model it was written for; null when whoever asks decides.';
comment on column prompts.template_versions.temperature is 'The temperature to sample with, 0 to 2; null for the model''s own.';
comment on column prompts.template_versions.output_tokens_max is 'How many tokens the answer may have; null for the model''s own limit.';
comment on column prompts.template_versions.model_parameters is 'Further parameters of the request, by the provider''s names: top_p, stop, response_format and so on.';
comment on column prompts.template_versions.change_summary is 'What is different from the version before, and why.';
comment on column prompts.template_versions.created_by is 'Who wrote it; null for the program. Id of identity.users.';
comment on column prompts.template_versions.created_at is 'When it was written.';

select base.tenant_table('prompts.template_versions', privileges => 'select, insert');
alter table prompts.template_versions add constraint template_versions_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.prompt_templates add constraint current_version_is_one_of_its_own
    foreign key (organization_id, id, current_version) references prompts.template_versions (organization_id, template_id, version);

-- A table of its own, so that only prompts.set_fallback_template writes it: no constraint can see a cycle.
create table prompts.template_fallbacks (
    organization_id      uuid        not null,
    template_id          uuid        not null,
    fallback_template_id uuid        not null,
    created_at           timestamptz not null default now(),
    constraint template_fallbacks_pkey primary key (organization_id, template_id),
    constraint fallback_is_another_template check (fallback_template_id <> template_id)
);
create index template_fallbacks_fallback_idx on prompts.template_fallbacks (organization_id, fallback_template_id);

comment on table prompts.template_fallbacks is 'Which template is asked when another does not apply, is archived or fails; chains end, whatever their length.';
comment on column prompts.template_fallbacks.organization_id is 'The organization of both templates.';
comment on column prompts.template_fallbacks.template_id is 'The template that may not apply.';
comment on column prompts.template_fallbacks.fallback_template_id is 'The template asked instead.';
comment on column prompts.template_fallbacks.created_at is 'When the first fallback of the template was set.';

select base.tenant_table('prompts.template_fallbacks', privileges => 'select');
alter table prompts.template_fallbacks add constraint template_fallbacks_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.template_fallbacks add constraint template_fallbacks_fallback_fkey
    foreign key (organization_id, fallback_template_id) references prompts.prompt_templates (organization_id, id);

-- migrate: rollback
drop view if exists prompts.template_performance;
drop table prompts.template_fallbacks;
alter table prompts.prompt_templates drop constraint current_version_is_one_of_its_own;
drop table prompts.template_versions;
drop table prompts.prompt_templates;
drop type prompts.template_language;
drop type prompts.message_role;
drop type prompts.template_status;
