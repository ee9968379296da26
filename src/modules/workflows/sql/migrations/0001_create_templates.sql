-- What a workflow is: a template with versions, a version with ordered stages. Versions and stages are written once, because
-- executions go on by the version they began with.

create type workflows.integration as enum ('agent', 'issues', 'code_host');
comment on type workflows.integration is 'A kind of outside service behind one interface: coding agents, issue trackers, hosts of code. Which provider serves it is the project''s choice.';

create table workflows.workflow_templates (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    slug            text        not null,
    name            text        not null,
    description     text        not null default '',
    is_default      boolean     not null default false,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    archived_at     timestamptz,
    constraint workflow_templates_pkey primary key (organization_id, id),
    constraint slug_is_unique unique (organization_id, slug),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint default_is_in_use check (not is_default or archived_at is null)
);
create unique index an_organization_has_one_default_template on workflows.workflow_templates (organization_id) where is_default;

comment on table workflows.workflow_templates is 'Kinds of workflows. What one does is said by its versions; how often and how well, by views.';
comment on column workflows.workflow_templates.organization_id is 'The organization it belongs to.';
comment on column workflows.workflow_templates.id is 'Its id.';
comment on column workflows.workflow_templates.slug is 'Its name in commands and URLs, unique in the organization.';
comment on column workflows.workflow_templates.name is 'What people call it.';
comment on column workflows.workflow_templates.description is 'What it is for; Markdown.';
comment on column workflows.workflow_templates.is_default is 'Whether it is taken when nobody names one; one of an organization is at most.';
comment on column workflows.workflow_templates.created_by is 'Who made it; null for the product. Id of identity.users.';
comment on column workflows.workflow_templates.created_at is 'When it was created.';
comment on column workflows.workflow_templates.updated_at is 'When it was last changed; a new version counts.';
comment on column workflows.workflow_templates.archived_at is 'Since when nothing is started from it; null while in use.';

select base.tenant_table('workflows.workflow_templates', privileges => 'select');

create table workflows.template_versions (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    template_id     uuid        not null,
    version_number  integer     not null,
    changes_summary text        not null default '',
    source          text,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    constraint template_versions_pkey primary key (organization_id, id),
    constraint version_number_is_unique unique (organization_id, template_id, version_number),
    constraint version_number_is_positive check (version_number > 0)
);

comment on table workflows.template_versions is 'Versions of templates, the highest number being the present one. Only ever added to.';
comment on column workflows.template_versions.organization_id is 'The organization of the template.';
comment on column workflows.template_versions.id is 'Its id.';
comment on column workflows.template_versions.template_id is 'The template.';
comment on column workflows.template_versions.version_number is 'Counts 1, 2, 3 within the template.';
comment on column workflows.template_versions.changes_summary is 'What is different from the version before.';
comment on column workflows.template_versions.source is 'The document it was read from, YAML, as it was written; null when it was made without one.';
comment on column workflows.template_versions.created_by is 'Who made it; null for the product. Id of identity.users.';
comment on column workflows.template_versions.created_at is 'When it was made.';

select base.tenant_table('workflows.template_versions', privileges => 'select');
select base.make_append_only('workflows.template_versions');
-- To check a foreign key PostgreSQL locks the row referred to, as the owner of its table, and a lock needs UPDATE on some column.
grant update (organization_id) on workflows.template_versions to workflows_owner;
alter table workflows.template_versions add constraint template_versions_template_fkey
    foreign key (organization_id, template_id) references workflows.workflow_templates (organization_id, id);

create table workflows.template_stages (
    organization_id       uuid                    not null,
    template_version_id   uuid                    not null,
    position              integer                 not null,
    stage_key             text                    not null,
    name                  text                    not null,
    description           text                    not null default '',
    timeout               interval                not null,
    stall_after           interval                not null default interval '30 minutes',
    attempts_max          integer                 not null default 3,
    required_integrations workflows.integration[] not null default '{}',
    entry_validations     text[]                  not null default '{}',
    exit_validations      text[]                  not null default '{}',
    constraint template_stages_pkey primary key (organization_id, template_version_id, position),
    constraint stage_key_is_unique unique (organization_id, template_version_id, stage_key),
    constraint position_is_positive check (position > 0),
    constraint stage_key_is_a_word check (stage_key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint times_are_positive check (timeout > interval '0' and stall_after > interval '0'),
    constraint attempts_are_few check (attempts_max between 1 and 100),
    constraint integrations_are_given check (array_position(required_integrations, null) is null),
    constraint validations_are_words check (
        array_position(entry_validations || exit_validations, null) is null
        and array_to_string(entry_validations || exit_validations, ' ') ~ '^([a-z][a-z0-9_]{0,62}( [a-z][a-z0-9_]{0,62})*)?$')
);

comment on table workflows.template_stages is 'The stages of a version of a template, in the order in which they run. Only ever added to.';
comment on column workflows.template_stages.organization_id is 'The organization of the template.';
comment on column workflows.template_stages.template_version_id is 'The version.';
comment on column workflows.template_stages.position is 'Its place in the order, from 1.';
comment on column workflows.template_stages.stage_key is 'What the program calls it, unique in the version.';
comment on column workflows.template_stages.name is 'What people call it.';
comment on column workflows.template_stages.description is 'What happens in it; Markdown.';
comment on column workflows.template_stages.timeout is 'How long one attempt may take, pauses not counted.';
comment on column workflows.template_stages.stall_after is 'How long nothing may happen in it, and nothing be awaited, before it counts as stalled.';
comment on column workflows.template_stages.attempts_max is 'How often it is tried before only a person may try it again.';
comment on column workflows.template_stages.required_integrations is 'The outside services that it cannot do without.';
comment on column workflows.template_stages.entry_validations is 'Keys of the validations that must have passed before it begins.';
comment on column workflows.template_stages.exit_validations is 'Keys of the validations that must have passed before it is complete.';

select base.tenant_table('workflows.template_stages', privileges => 'select');
select base.make_append_only('workflows.template_stages');
grant update (organization_id) on workflows.template_stages to workflows_owner;  -- as above
alter table workflows.template_stages add constraint template_stages_version_fkey
    foreign key (organization_id, template_version_id) references workflows.template_versions (organization_id, id);

-- migrate: rollback
drop view if exists workflows.template_summary;
drop table workflows.template_stages;
drop table workflows.template_versions;
drop table workflows.workflow_templates;
drop type workflows.integration cascade;
