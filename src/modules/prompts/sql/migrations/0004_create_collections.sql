-- Collections: templates that are asked one after another, some only under conditions.

create table prompts.collections (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    description     text        not null default '',
    workflow_type   text,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    archived_at     timestamptz,
    constraint collections_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint workflow_type_is_a_word check (workflow_type ~ '^[a-z][a-z0-9_]{0,62}$')
);
create unique index collections_name_key on prompts.collections (organization_id, lower(name));

comment on table prompts.collections is 'Sequences of prompts.';
comment on column prompts.collections.organization_id is 'The organization it belongs to.';
comment on column prompts.collections.id is 'Its id.';
comment on column prompts.collections.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.collections.description is 'What it is for; Markdown.';
comment on column prompts.collections.workflow_type is 'The kind of workflow it is for; null for any.';
comment on column prompts.collections.created_by is 'Who made it; null for the program. Id of identity.users.';
comment on column prompts.collections.created_at is 'When it was made.';
comment on column prompts.collections.updated_at is 'When it was last changed.';
comment on column prompts.collections.archived_at is 'When it was taken out of use; null while it is in use.';

select base.tenant_table('prompts.collections');

-- The position is checked at commit, so that a transaction can move items past each other.
create table prompts.collection_items (
    organization_id  uuid        not null,
    id               uuid        not null default base.uuid_v7(),
    collection_id    uuid        not null,
    position         integer     not null,
    template_id      uuid        not null,
    template_version integer,
    conditions       jsonb       not null default '{}',
    model_parameters jsonb       not null default '{}',
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    constraint collection_items_pkey primary key (organization_id, id),
    constraint collection_items_position_key unique (organization_id, collection_id, position) deferrable initially deferred,
    constraint position_counts_from_one check (position >= 1),
    constraint documents_are_objects check (jsonb_typeof(conditions) = 'object' and jsonb_typeof(model_parameters) = 'object')
);
create index collection_items_template_idx on prompts.collection_items (organization_id, template_id, template_version);

comment on table prompts.collection_items is 'The prompts of a collection, in order.';
comment on column prompts.collection_items.organization_id is 'The organization of the collection.';
comment on column prompts.collection_items.id is 'Its id.';
comment on column prompts.collection_items.collection_id is 'The collection it is in.';
comment on column prompts.collection_items.position is 'Its place: lower ones first.';
comment on column prompts.collection_items.template_id is 'The template that is asked; the same one may be asked again later.';
comment on column prompts.collection_items.template_version is 'The version it is held to; null for the current one.';
comment on column prompts.collection_items.conditions is 'When it is asked, in GrowthBook''s condition language over what was answered so far. Empty for always.';
comment on column prompts.collection_items.model_parameters is 'Parameters of the request that replace the version''s, by the same names.';
comment on column prompts.collection_items.created_at is 'When it was added.';
comment on column prompts.collection_items.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.collection_items');
alter table prompts.collection_items add constraint collection_items_collection_fkey
    foreign key (organization_id, collection_id) references prompts.collections (organization_id, id) on delete cascade;
alter table prompts.collection_items add constraint collection_items_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id);
alter table prompts.collection_items add constraint collection_items_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);

-- migrate: rollback
drop table prompts.collection_items;
drop table prompts.collections;
