-- Deliveries that were rightly signed and that PostgreSQL refused nevertheless: JSON it cannot hold, a type that is no type. They are
-- acknowledged, so that they are not sent for ever, and kept as they came.

create table events.event_rejects (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    source_id       uuid        not null,
    received_at     timestamptz not null default now(),
    delivery_key    text        not null,
    headers         jsonb       not null default '{}',
    body            bytea       not null,
    error_sqlstate  text        not null,
    error_message   text        not null,
    resolved_at     timestamptz,
    event_id        uuid,
    updated_at      timestamptz not null default now(),
    constraint event_rejects_pkey primary key (organization_id, id),
    constraint headers_is_object check (jsonb_typeof(headers) = 'object'),
    constraint error_has_a_sqlstate check (error_sqlstate ~ '^[0-9A-Z]{5}$'),
    constraint event_resolves_it check (event_id is null or resolved_at is not null)
);
create index event_rejects_open_idx on events.event_rejects (organization_id, id) where resolved_at is null;
create index event_rejects_source_idx on events.event_rejects (organization_id, source_id, received_at);

comment on table events.event_rejects is 'Deliveries that could not be stored as events, with the reason.';
comment on column events.event_rejects.organization_id is 'The organization of the source.';
comment on column events.event_rejects.id is 'Its id; the delivery''s key in event_keys leads to it.';
comment on column events.event_rejects.source_id is 'Where it came from; no foreign key, as a reject must never be refused. Id of events.event_sources.';
comment on column events.event_rejects.received_at is 'When we received it.';
comment on column events.event_rejects.delivery_key is 'The provider''s id of the delivery, or a fingerprint of it.';
comment on column events.event_rejects.headers is 'The headers that say what it is; no signature and no secret.';
comment on column events.event_rejects.body is 'The bytes that were sent.';
comment on column events.event_rejects.error_sqlstate is 'The SQLSTATE it was refused with.';
comment on column events.event_rejects.error_message is 'What PostgreSQL said.';
comment on column events.event_rejects.resolved_at is 'When it was stored after all, or given up; null while nobody has decided.';
comment on column events.event_rejects.event_id is 'The event that it became; null for none.';
comment on column events.event_rejects.updated_at is 'When the row was last changed.';

select base.tenant_table('events.event_rejects', privileges => 'select, insert, update');

-- migrate: rollback
drop view if exists events.event_source_health;
drop table events.event_rejects;
