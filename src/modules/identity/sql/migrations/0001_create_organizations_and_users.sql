-- Who uses the product. Organizations are the tenants; a user may belong to several of them, so both are reference tables.

create table identity.organizations (
    id          uuid        not null default base.uuid_v7(),
    name        text        not null,
    slug        text        not null,
    description text        not null default '',
    settings    jsonb       not null default '{}',
    archived_at timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint organizations_pkey primary key (id),
    constraint slug_is_unique unique (slug),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
    constraint settings_is_object check (jsonb_typeof(settings) = 'object')
);

comment on table identity.organizations is 'The tenants. Every other row of the product belongs to one of them.';
comment on column identity.organizations.id is 'The id that app.organization_id is set to.';
comment on column identity.organizations.name is 'What people call it; need not be unique.';
comment on column identity.organizations.slug is 'Its name in URLs: lower-case letters and digits, words separated by single hyphens.';
comment on column identity.organizations.description is 'Free text; empty when there is none.';
comment on column identity.organizations.settings is 'Preferences that no constraint depends on.';
comment on column identity.organizations.archived_at is 'Since when nobody may work in it; null while in use.';
comment on column identity.organizations.created_at is 'When it was created.';
comment on column identity.organizations.updated_at is 'When it was last changed.';

select base.tenant_table('identity.organizations', reference => true);
select base.isolate_tenants('identity.organizations',
    visible => 'id = nullif(current_setting(''app.organization_id'', true), '''')::uuid');

insert into identity.organizations (id, name, slug)
values (base.default_organization_id(), 'Default organization', 'default');

create table identity.users (
    id             uuid        not null default base.uuid_v7(),
    email          text        not null,
    display_name   text        not null,
    username       text,
    avatar_url     text,
    settings       jsonb       not null default '{}',
    deactivated_at timestamptz,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint email_is_an_address check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(email) <= 254),
    constraint display_name_is_not_blank check (btrim(display_name) <> '' and length(display_name) <= 200),
    constraint username_is_a_handle check (username ~ '^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$'),
    constraint avatar_url_is_http check (avatar_url ~ '^https?://'),
    constraint settings_is_object check (jsonb_typeof(settings) = 'object')
);
create unique index users_email_key on identity.users (lower(email));
create unique index users_username_key on identity.users (lower(username));

comment on table identity.users is 'People. A person has one row however many organizations they belong to.';
comment on column identity.users.id is 'The id by which every other table names the person.';
comment on column identity.users.email is 'As the person writes it; unique whatever its case.';
comment on column identity.users.display_name is 'What the person is called; need not be unique.';
comment on column identity.users.username is 'A short handle, unique whatever its case; null for none.';
comment on column identity.users.avatar_url is 'A picture; null for none.';
comment on column identity.users.settings is 'Preferences that no constraint depends on.';
comment on column identity.users.deactivated_at is 'Since when the person may not do anything; null while active. People are deactivated, not deleted: history names them.';
comment on column identity.users.created_at is 'When the row was created.';
comment on column identity.users.updated_at is 'When the row was last changed.';

select base.tenant_table('identity.users', reference => true);

-- migrate: rollback
drop table identity.users;
drop table identity.organizations;
