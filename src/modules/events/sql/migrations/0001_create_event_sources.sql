-- Where events come from. A row is an endpoint that a provider sends to, or a name under which files and programs add events.

create type events.source_kind as enum ('github', 'linear', 'slack', 'notion', 'ci', 'deployment', 'generic');
comment on type events.source_kind is 'Whose signature scheme and payload a source has; generic is anybody''s, without a projection of its own.';

create table events.event_sources (
    organization_id           uuid               not null,
    id                        uuid               not null default base.uuid_v7(),
    name                      text               not null,
    kind                      events.source_kind not null,
    description               text               not null default '',
    credential_id             uuid,
    previous_credential_id    uuid,
    previous_credential_until timestamptz,
    verified_at               timestamptz,
    signature_header          text,
    delivery_header           text,
    event_type_header         text,
    deduplicates_with         uuid,
    paused_at                 timestamptz,
    created_at                timestamptz        not null default now(),
    updated_at                timestamptz        not null default now(),
    deleted_at                timestamptz,
    constraint event_sources_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 100),
    constraint previous_credential_has_an_end check ((previous_credential_id is null) = (previous_credential_until is null)),
    constraint previous_credential_has_a_successor check (previous_credential_id is null or (credential_id is not null and credential_id <> previous_credential_id)),
    constraint headers_are_of_senders_without_a_scheme check (
        kind in ('ci', 'deployment', 'generic') or num_nonnulls(signature_header, delivery_header, event_type_header) = 0),
    constraint headers_are_names check (
        coalesce(signature_header, 'x') ~ '^[a-z0-9-]{1,100}$' and coalesce(delivery_header, 'x') ~ '^[a-z0-9-]{1,100}$'
        and coalesce(event_type_header, 'x') ~ '^[a-z0-9-]{1,100}$'),
    constraint deduplicates_with_another check (deduplicates_with <> id)
);
-- A deleted source gives its name back.
create unique index event_sources_name_key on events.event_sources (organization_id, lower(name)) where deleted_at is null;
create index event_sources_deduplicates_with_idx on events.event_sources (organization_id, deduplicates_with) where deduplicates_with is not null;

comment on table events.event_sources is 'Where events come from, and how to tell that they really do. Never deleted from the table, because events name their source without a foreign key.';
comment on column events.event_sources.organization_id is 'The organization it belongs to.';
comment on column events.event_sources.id is 'Its id, also in the URL that the provider sends to.';
comment on column events.event_sources.name is 'What people and commands call it; unique among those that are not deleted, whatever the case.';
comment on column events.event_sources.kind is 'Whose deliveries it takes.';
comment on column events.event_sources.description is 'What it is for; Markdown.';
comment on column events.event_sources.credential_id is 'The secret that deliveries are signed with; null takes none over HTTP, only files and programs. Id of identity.credentials.';
comment on column events.event_sources.previous_credential_id is 'The secret before the last rotation; null for none. Id of identity.credentials.';
comment on column events.event_sources.previous_credential_until is 'Until when the previous secret is accepted as well.';
comment on column events.event_sources.verified_at is 'When the provider and we first agreed on the secret, by handshake or by a delivery rightly signed; null while that is awaited. A handshake replaces the secret only then.';
comment on column events.event_sources.signature_header is 'The header, in lower case, with the signature; null for the usual one of the kind.';
comment on column events.event_sources.delivery_header is 'The header, in lower case, with the delivery''s id; null to tell deliveries by what they contain.';
comment on column events.event_sources.event_type_header is 'The header, in lower case, that says what happened; null where the payload does.';
comment on column events.event_sources.deduplicates_with is 'The source that gets the same deliveries under the same ids, as a second hook of one GitHub organization does; null for none. Named directly: the other one names none itself.';
comment on column events.event_sources.paused_at is 'Since when deliveries are refused; null while they are taken.';
comment on column events.event_sources.created_at is 'When it was created.';
comment on column events.event_sources.updated_at is 'When it was last changed.';
comment on column events.event_sources.deleted_at is 'When it was deleted; null while it is not.';

select base.tenant_table('events.event_sources', privileges => 'select, insert, update');
alter table events.event_sources add constraint event_sources_deduplicates_with_fkey
    foreign key (organization_id, deduplicates_with) references events.event_sources (organization_id, id);

-- migrate: rollback
drop view if exists events.event_source_health, events.recent_events, events.event_summary, events.github_activity, events.linear_activity,
    events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.event_sources;
drop type events.source_kind;
