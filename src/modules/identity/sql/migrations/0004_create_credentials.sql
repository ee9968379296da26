-- Secrets of other systems (tokens of code hosts, webhook secrets), encrypted by the program before they get here.

create table identity.credentials (
    organization_id   uuid        not null,
    id                uuid        not null default base.uuid_v7(),
    provider          text        not null,
    name              text        not null,
    ciphertext        bytea       not null,
    nonce             bytea       not null,
    algorithm         text        not null,
    key_id            text        not null,
    expires_at        timestamptz,
    secret_changed_at timestamptz not null default now(),
    encrypted_at      timestamptz not null default now(),
    created_by        uuid,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    constraint credentials_pkey primary key (organization_id, id),
    constraint credentials_name_key unique (organization_id, provider, name),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint algorithm_is_known check (algorithm in ('xchacha20poly1305')),
    constraint nonce_fits_algorithm check (octet_length(nonce) = 24),
    constraint ciphertext_holds_tag_and_secret check (octet_length(ciphertext) between 17 and 65552),
    constraint key_id_is_16_hex_digits check (key_id ~ '^[0-9a-f]{16}$'),
    constraint encrypted_after_secret_changed check (encrypted_at >= secret_changed_at)
);
-- Key rotation asks, across tenants, which rows still need the old key.
create index credentials_key_idx on identity.credentials (key_id, organization_id, id);

comment on table identity.credentials is 'Secrets of other systems. Only the program can decrypt them; the database never sees a key or a plain secret.';
comment on column identity.credentials.organization_id is 'The organization the secret belongs to; also part of what the tag authenticates.';
comment on column identity.credentials.id is 'The credential''s id; also part of what the tag authenticates, so that a row cannot be swapped for another.';
comment on column identity.credentials.provider is 'The system it is for: github, linear, slack, notion, openai, webhook and so on.';
comment on column identity.credentials.name is 'What it is for, unique within the provider.';
comment on column identity.credentials.ciphertext is 'The encrypted secret and its authentication tag of 16 bytes; at most 64 KiB of secret.';
comment on column identity.credentials.nonce is 'Random, new for every encryption.';
comment on column identity.credentials.algorithm is 'The authenticated encryption used. One for now; a second one gets its own nonce size here.';
comment on column identity.credentials.key_id is 'Which key encrypted it. The key itself is in a file or the environment of the program.';
comment on column identity.credentials.expires_at is 'When the other system will stop accepting the secret; null when it does not say.';
comment on column identity.credentials.secret_changed_at is 'When the secret was last replaced by another.';
comment on column identity.credentials.encrypted_at is 'When it was last encrypted: later than secret_changed_at after a rotation of the key.';
comment on column identity.credentials.created_by is 'The user who stored it; null for the system.';
comment on column identity.credentials.created_at is 'When it was first stored.';
comment on column identity.credentials.updated_at is 'When it was last changed.';

select base.tenant_table('identity.credentials', privileges => 'select');
alter table identity.credentials add constraint credentials_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;

-- migrate: rollback
drop table identity.credentials;
