-- Rules that add to a prompt before it is sent: context, demands of accuracy, the form of the answer. A rule that has been applied must
-- say for ever what it added, so a rule is not changed: it is retired and a later version of it takes its place.

create type prompts.enhancement_type as enum ('context_injection', 'accuracy', 'format', 'error_reduction', 'response_quality');
comment on type prompts.enhancement_type is 'What an enhancement is meant to improve.';
create type prompts.enhancement_placement as enum ('before', 'after');
comment on type prompts.enhancement_placement is 'On which side of the prompt an enhancement''s text stands.';

create table prompts.prompt_enhancements (
    organization_id  uuid                          not null,
    id               uuid                          not null default base.uuid_v7(),
    name             text                          not null,
    version          integer                       not null default 1,
    enhancement_type prompts.enhancement_type      not null,
    position         integer                       not null,
    placement        prompts.enhancement_placement not null default 'after',
    content          text                          not null,
    language         prompts.template_language     not null default 'mustache',
    conditions       jsonb                         not null default '{}',
    template_id      uuid,
    created_by       uuid,
    created_at       timestamptz                   not null default now(),
    retired_at       timestamptz,
    constraint prompt_enhancements_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint version_counts_from_one check (version >= 1),
    constraint position_counts_from_one check (position >= 1),
    constraint content_is_not_blank check (btrim(content) <> ''),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object'),
    constraint retired_after_it_was_made check (retired_at >= created_at)
);
create unique index prompt_enhancements_version_key on prompts.prompt_enhancements (organization_id, lower(name), version);
create unique index a_rule_has_one_version_in_use on prompts.prompt_enhancements (organization_id, lower(name)) where retired_at is null;
create index prompt_enhancements_in_use_idx on prompts.prompt_enhancements (organization_id, position, id) where retired_at is null;
create index prompt_enhancements_template_idx on prompts.prompt_enhancements (organization_id, template_id) where template_id is not null;

comment on table prompts.prompt_enhancements is 'Rules that add to prompts before they are sent, in order. Rows are added and retired, never changed.';
comment on column prompts.prompt_enhancements.organization_id is 'The organization it belongs to.';
comment on column prompts.prompt_enhancements.id is 'Its id.';
comment on column prompts.prompt_enhancements.name is 'What the rule is called, whatever its case; one version of a name is in use at a time.';
comment on column prompts.prompt_enhancements.version is 'Counts the versions of the rule from 1.';
comment on column prompts.prompt_enhancements.enhancement_type is 'What it is meant to improve.';
comment on column prompts.prompt_enhancements.position is 'When it is applied: lower ones first, the older one of two alike.';
comment on column prompts.prompt_enhancements.placement is 'Where its text goes: before or after what the prompt is by then.';
comment on column prompts.prompt_enhancements.content is 'The text that is added.';
comment on column prompts.prompt_enhancements.language is 'What language the text is a template in; it is rendered with the prompt''s variables and context.';
comment on column prompts.prompt_enhancements.conditions is 'When it applies, in GrowthBook''s condition language over workflow stage, role, model and variables. Empty for always.';
comment on column prompts.prompt_enhancements.template_id is 'The one template it applies to; null for all.';
comment on column prompts.prompt_enhancements.created_by is 'Who wrote it; null for the program. Id of identity.users.';
comment on column prompts.prompt_enhancements.created_at is 'When it was written and came into use.';
comment on column prompts.prompt_enhancements.retired_at is 'When it went out of use; null while it is in use. Set by prompts.retire_enhancement.';

select base.tenant_table('prompts.prompt_enhancements', privileges => 'select, insert');
alter table prompts.prompt_enhancements add constraint prompt_enhancements_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.enhancement_performance;
drop table prompts.prompt_enhancements;
drop type prompts.enhancement_placement;
drop type prompts.enhancement_type;
