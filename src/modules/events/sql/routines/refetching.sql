-- What Notion's events are about: which things are wanted, and which may be asked for now.

-- An older event, as when the past is replayed, wants nothing that was fetched since.
create or replace function events.want_notion_entities(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from events.event_sources s where s.refetch_credential_id is not null) then
        return;
    end if;
    insert into events.notion_entities as known (organization_id, source_id, entity_type, entity_id, last_event_id, wanted_at)
    select distinct on (e.organization_id, e.source_id, p.entity_type, p.entity_id)
           e.organization_id, e.source_id, p.entity_type, p.entity_id, e.id, now()
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select e.payload #>> '{entity,type}' as entity_type, e.payload #>> '{entity,id}' as entity_id) p
    where exists (select from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.refetch_credential_id is not null)
      and p.entity_type in ('page', 'database', 'data_source', 'comment') and p.entity_id ~ '^[0-9a-fA-F-]{32,36}$'
    order by e.organization_id, e.source_id, p.entity_type, p.entity_id, e.id desc
    on conflict on constraint notion_entities_pkey do update
    set last_event_id = excluded.last_event_id, wanted_at = least(known.wanted_at, excluded.wanted_at), attempts = 0
    where known.last_event_id < excluded.last_event_id;
end
$$;
comment on function events.want_notion_entities(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: notes what the events of a stretch of the log are about, to be asked for.';

-- Three a second of a source, however many servers ask: taking moves the time at which more may be taken. What is taken is wanted again after the
-- lease, so that nothing is lost with a server.
create or replace function events.take_notion_entities(lease interval)
    returns table (organization_id uuid, source_id uuid, refetch_credential_id uuid, entity_type text, entity_id text, last_event_id uuid, attempts integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    per_second constant integer := 3;
    source record;
begin
    select s.organization_id, s.id, s.refetch_credential_id into source
    from events.event_sources s
    where s.refetch_not_before <= now() and s.deleted_at is null and s.paused_at is null
      and exists (select from events.notion_entities n where n.organization_id = s.organization_id and n.source_id = s.id and n.wanted_at <= now())
    order by s.refetch_not_before
    limit 1
    for update skip locked;
    if not found then
        return;
    end if;
    update events.event_sources s set refetch_not_before = now() + interval '1 second' where s.organization_id = source.organization_id and s.id = source.id;
    return query
    update events.notion_entities n
    set wanted_at = now() + lease, attempts = n.attempts + 1
    from (select w.entity_type, w.entity_id
          from events.notion_entities w
          where w.organization_id = source.organization_id and w.source_id = source.id and w.wanted_at <= now()
          order by w.wanted_at
          limit per_second) due
    where n.organization_id = source.organization_id and n.source_id = source.id and n.entity_type = due.entity_type and n.entity_id = due.entity_id
    returning n.organization_id, n.source_id, source.refetch_credential_id, n.entity_type, n.entity_id, n.last_event_id, n.attempts;
end
$$;
comment on function events.take_notion_entities(interval) is
    'Up to three things that a source of any organization wants from Notion, for a second: the caller asks for them now. They are wanted again after the lease unless the answer is noted.';
revoke execute on function events.take_notion_entities(interval) from public;
grant execute on function events.take_notion_entities(interval) to events_user;
