-- Keys with which programs and agents call the API.

create table identity.api_keys (
    organization_id uuid                 not null,
    id              uuid                 not null default base.uuid_v7(),
    user_id         uuid,
    name            text                 not null,
    prefix          text                 not null,
    secret_hash     bytea                not null,
    role            identity.member_role not null,
    scopes          text[]               not null,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    last_used_at    timestamptz,
    created_at      timestamptz          not null default now(),
    updated_at      timestamptz          not null default now(),
    constraint api_keys_pkey primary key (organization_id, id),
    constraint api_keys_prefix_key unique (organization_id, prefix),
    constraint api_keys_secret_hash_key unique (organization_id, secret_hash),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint prefix_cannot_be_the_secret check (prefix ~ '^[A-Za-z0-9_]{4,20}$'),
    constraint secret_hash_is_sha256 check (octet_length(secret_hash) = 32),
    constraint has_a_scope check (cardinality(scopes) > 0 and array_position(scopes, null) is null),
    constraint scopes_are_well_formed check (
        array_to_string(scopes, ',') ~ '^(\*|[a-z][a-z_]*:(read|write|admin))(,(\*|[a-z][a-z_]*:(read|write|admin)))*$'),
    constraint expires_after_creation check (expires_at > created_at)
);
-- A caller presents a key, not an organization: this is the one look-up by hash across tenants. It is not unique because a unique
-- index of a distributed table begins with organization_id; 256 bits of hash make it so.
create index api_keys_secret_hash_idx on identity.api_keys (secret_hash);
create index api_keys_user_idx on identity.api_keys (user_id);

comment on table identity.api_keys is 'Keys for the API. The secret itself is shown once, when the key is made, and not kept.';
comment on column identity.api_keys.organization_id is 'The organization the key works in.';
comment on column identity.api_keys.id is 'The key''s id, also in the audit log.';
comment on column identity.api_keys.user_id is 'The person it acts for; null for a key of the organization itself.';
comment on column identity.api_keys.name is 'What it is for, as its maker wrote it.';
comment on column identity.api_keys.prefix is 'The beginning of the key, enough to recognise it in a list and no more.';
comment on column identity.api_keys.secret_hash is 'SHA-256 of the whole key. A plain hash is enough because the secret is 256 random bits, not a password.';
comment on column identity.api_keys.role is 'The most the key may do; a person''s own role limits it further.';
comment on column identity.api_keys.scopes is 'What it may touch: area:read, area:write, area:admin, or * for all.';
comment on column identity.api_keys.expires_at is 'When it stops working; null for never.';
comment on column identity.api_keys.revoked_at is 'When it was revoked; null while it is not.';
comment on column identity.api_keys.last_used_at is 'When it was last used, to within a quarter of an hour; null for never.';
comment on column identity.api_keys.created_at is 'When it was made.';
comment on column identity.api_keys.updated_at is 'When it was last changed.';

select base.tenant_table('identity.api_keys', privileges => 'select');
alter table identity.api_keys add constraint api_keys_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table identity.api_keys add constraint api_keys_user_fkey
    foreign key (user_id) references identity.users (id);

-- migrate: rollback
drop table identity.api_keys;
