-- The way in for SQL. The receiver does the same in larger batches.

-- Two deliveries of one key at the same moment: the second waits for the first one's transaction and then is the repetition.
create or replace function events.record_event(
    source uuid, delivery_key text, event_type text, payload jsonb default '{}', occurred_at timestamptz default now(),
    actor text default null, target text default null, repository text default null, thread text default null, reference text default null,
    raw_body bytea default null, out event_id uuid, out is_new boolean)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    origin record;
begin
    select s.paused_at, coalesce(s.deduplicates_with, s.id) as scope into origin
    from events.event_sources s
    where s.organization_id = organization and s.id = record_event.source and s.deleted_at is null;
    if not found then
        raise exception using errcode = 'GS701',
            message = format('there is no event source %s', source),
            hint = 'Take an id from events.event_sources.';
    end if;
    if origin.paused_at is not null then
        raise exception using errcode = 'GS702',
            message = format('event source %s is paused since %s', source, origin.paused_at),
            hint = 'Set its paused_at to null.';
    end if;
    event_id := base.uuid_v7();
    insert into events.event_keys (organization_id, source_id, delivery_key, event_id)
    values (organization, origin.scope, record_event.delivery_key, record_event.event_id)
    on conflict on constraint event_keys_pkey do nothing;
    is_new := found;
    if not is_new then
        select k.event_id into strict event_id
        from events.event_keys k
        where k.organization_id = organization and k.source_id = origin.scope and k.delivery_key = record_event.delivery_key;
        return;
    end if;
    insert into events.events (organization_id, id, source_id, occurred_at, event_type, delivery_key,
                               actor, target, repository, thread, reference, payload, raw_body)
    values (organization, record_event.event_id, record_event.source, record_event.occurred_at, record_event.event_type, record_event.delivery_key,
            record_event.actor, record_event.target, record_event.repository, record_event.thread, record_event.reference,
            record_event.payload, record_event.raw_body);
end
$$;
comment on function events.record_event(uuid, text, text, jsonb, timestamptz, text, text, text, text, text, bytea) is
    'Stores an event of the transaction''s organization unless its delivery is known. Returns the event''s id and whether it is new. Errors GS701 and GS702 for sources that take none.';
