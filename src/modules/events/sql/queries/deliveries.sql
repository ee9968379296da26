-- name: store_deliveries :many
-- column id: not null
-- What record_event does, for a batch: a key each, and an event where the key was new. Returns the ids of those. Keys are written in
-- their order, so that two batches wait for each other in one direction only. Empty texts are none.
with input as (
    select d.*
    from unnest(:ids::uuid[], :source_ids::uuid[], :scope_ids::uuid[], :delivery_keys::text[], :event_types::text[], :occurred_at::timestamptz[],
                :actors::text[], :targets::text[], :repositories::text[], :threads::text[], :subjects::text[], :payloads::text[], :raw_bodies::bytea[])
        as d (id, source_id, scope_id, delivery_key, event_type, occurred_at, actor, target, repository, thread, reference, payload, raw_body)
), taken as (
    insert into events.event_keys (organization_id, source_id, delivery_key, event_id)
    select :organization_id, i.scope_id, i.delivery_key, i.id from input i order by i.scope_id, i.delivery_key collate "C"
    on conflict on constraint event_keys_pkey do nothing
    returning event_id
)
insert into events.events (organization_id, id, source_id, occurred_at, event_type, delivery_key, actor, target, repository, thread, reference, payload, raw_body)
select :organization_id, i.id, i.source_id, i.occurred_at, i.event_type, i.delivery_key, nullif(i.actor, ''), nullif(i.target, ''), nullif(i.repository, ''),
       nullif(i.thread, ''), nullif(i.reference, ''), i.payload::jsonb, nullif(i.raw_body, ''::bytea)
from input i
join taken t on t.event_id = i.id
returning id;

-- name: reject_delivery :exec
-- Keeps a delivery as it came that PostgreSQL refuses as an event; its key leads to it, so that it is taken once.
with taken as (
    insert into events.event_keys (organization_id, source_id, delivery_key, event_id)
    values (:organization_id, :scope_id, :delivery_key, :id)
    on conflict on constraint event_keys_pkey do nothing
    returning event_id
)
insert into events.event_rejects (organization_id, id, source_id, delivery_key, headers, body, error_sqlstate, error_message)
select :organization_id, t.event_id, :source_id, :delivery_key, :headers::text::jsonb, :body, :sqlstate, :message
from taken t;

-- name: process_pending :one
-- scope: cross
-- column processed: not null
select events.process_pending_events(:batch_size) as processed;
