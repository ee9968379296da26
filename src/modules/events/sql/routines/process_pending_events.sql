-- Processing in SQL: classification, projections, rollups, the log of it. A transaction takes a stretch of the log and moves the cursor past it,
-- so each event is processed exactly once whatever is killed when. The cursor's row is the lock: a second caller, psql or a server, finds
-- it taken and returns 0 at once.
--
-- On Citus: the cursor is a local table of the coordinator and may be locked; the rest is INSERT ... SELECT over the shards, called on the coordinator.
-- Positions are transaction ids of the coordinator. A commit there reaches the workers a moment later, so a stretch could be read before
-- its newest rows can be seen; until a server that reads each shard by itself does this work, call it only while nobody writes.

-- Row-level security makes the planner think that the owner sees a hundredth of the rows, so that it would rather read and sort a whole
-- partition than follow the log: hence the settings, which hold for everything called from here and leave it the index in the order of the log.
create or replace function events.process_pending_events(batch_size integer default 100) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set max_parallel_workers_per_gather = 0
as $$
declare
    consumer record;
    began constant timestamptz := clock_timestamp();
    horizon bigint;
    batch record;
    processed integer;
begin
    select c.log_position, c.event_id, c.event_organization_id into consumer
    from events.event_consumers c
    where c.name = 'processing' and c.paused_at is null
    for update skip locked;
    if not found then
        return 0;
    end if;
    perform events.refuse_log_of_another_server();
    processed := events.retry_waiting_dead_letters(greatest(batch_size, 0));
    horizon := events.log_horizon();
    select count(*)::integer as events, min(e.received_at) as received_from, max(e.received_at) as received_to,
           array_agg(e.log_position) as positions, array_agg(e.id) as ids, array_agg(e.organization_id) as organizations
    into batch
    from (select w.log_position, w.id, w.organization_id, w.received_at
          from events.events w
          where (w.log_position, w.id, w.organization_id) > (consumer.log_position, consumer.event_id, consumer.event_organization_id) and w.log_position < horizon
          order by w.log_position, w.id, w.organization_id
          limit greatest(batch_size - processed, 0)) e;
    if batch.events = 0 then
        return processed;
    end if;
    perform events.project_events_or_bury(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, batch.received_from, batch.received_to);
    perform events.list_by_type(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, batch.received_from, batch.received_to);
    perform events.count_events(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, batch.received_from, batch.received_to);
    perform events.count_participations(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, batch.received_from, batch.received_to);
    perform events.log_processing(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, batch.received_from, batch.received_to, began);
    update events.event_consumers c
    set log_position = batch.positions[batch.events], event_id = batch.ids[batch.events], event_organization_id = batch.organizations[batch.events], moved_at = now()
    where c.name = 'processing';
    return processed + batch.events;
end
$$;
comment on function events.process_pending_events(integer) is
    'Processes up to so many events of all organizations in the order of the log: projections, lists by type, rollups, processing log; retries dead letters that are due. Returns how many; 0 also while somebody else is at it. An event that cannot be processed becomes a dead letter and counts.';
revoke execute on function events.process_pending_events(integer) from public;
grant execute on function events.process_pending_events(integer) to events_user;

-- What an event is to blame for, in contrast to the server: then the batch is taken back and tried again as it is.
create or replace function events.is_fault_of_the_event(error_sqlstate text) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return left(error_sqlstate, 2) in ('21', '22', '23', '54');
end
$$;
comment on function events.is_fault_of_the_event(text) is 'Part of process_pending_events: whether an error comes from what an event says.';

-- All at once; only when that fails one by one, so that one event does not hold up the others.
create or replace function events.project_events_or_bury(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    event record;
begin
    begin
        perform events.project_events(first_position, first_id, first_organization, event_count, received_from, received_to);
        return;
    exception when others then
        if not events.is_fault_of_the_event(sqlstate) then
            raise;
        end if;
    end;
    for event in
        select e.organization_id, e.id, e.log_position, e.received_at
        from (select o.*
              from events.events o
              where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
              order by o.log_position, o.id, o.organization_id
              limit event_count) e
    loop
        begin
            perform events.project_events(event.log_position, event.id, event.organization_id, 1, event.received_at, event.received_at);
        exception when others then
            if not events.is_fault_of_the_event(sqlstate) then
                raise;
            end if;
            insert into events.dead_letters (organization_id, event_id, event_received_at, consumer_name, status, error_sqlstate, error_message, next_attempt_at)
            values (event.organization_id, event.id, event.received_at, 'processing', 'waiting', sqlstate, sqlerrm, now() + interval '1 minute')
            on conflict on constraint an_event_is_one_dead_letter do nothing;
        end;
    end loop;
end
$$;
comment on function events.project_events_or_bury(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: projects a stretch of the log; what cannot be projected becomes dead letters.';

create or replace function events.list_by_type(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at)
    select e.organization_id, e.source_id, e.event_type, e.id, e.received_at
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    on conflict on constraint events_by_type_pkey do nothing;
end
$$;
comment on function events.list_by_type(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: adds a stretch of the log to events_by_type. Doing it again changes nothing.';

-- Counted by the time of the event, so that a late one is put right where it belongs; one whose source names no moment counts where it was received.
create or replace function events.count_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.event_aggregations as known (organization_id, source_id, period, period_start, event_type, event_count, last_received_at)
    select e.organization_id, e.source_id, length.period,
           date_bin(length.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'),
           e.event_type, count(*), max(e.received_at)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join (values (interval '1 minute'), (interval '1 hour'), (interval '1 day')) as length (period)
    group by 1, 2, 3, 4, 5
    on conflict on constraint event_aggregations_pkey do update
    set event_count = known.event_count + excluded.event_count, last_received_at = greatest(known.last_received_at, excluded.last_received_at);
end
$$;
comment on function events.count_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: adds a stretch of the log to the rollups.';

-- The same by who did it and to what: targets in days only, as an hour has few events of the same one. Names are cut to what an index takes.
create or replace function events.count_participations(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.event_participations as known (organization_id, source_id, role, period, period_start, name, event_type, event_count, last_received_at)
    select e.organization_id, e.source_id, part.role, part.period,
           date_bin(part.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'),
           left(part.name, 500), e.event_type, count(*), max(e.received_at)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (values ('actor', interval '1 hour', e.actor), ('actor', interval '1 day', e.actor), ('target', interval '1 day', e.target)) as part (role, period, name)
    where part.name <> ''
    group by 1, 2, 3, 4, 5, 6, 7
    on conflict on constraint event_participations_pkey do update
    set event_count = known.event_count + excluded.event_count, last_received_at = greatest(known.last_received_at, excluded.last_received_at);
end
$$;
comment on function events.count_participations(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: adds a stretch of the log to the rollups by actor and target.';

-- Types are looked up once for each that a source sent, not for each event.
create or replace function events.log_processing(
    first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz, began timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.event_processing_log (organization_id, source_id, consumer_name, events_processed, events_failed, events_unclassified, lag_ms_max, batch_duration_ms)
    select g.organization_id, g.source_id, 'processing', sum(g.events), sum(g.failed),
           coalesce(sum(g.events) filter (where coalesce(exact.name, family.name, every.name) is null), 0),
           greatest(0, extract(epoch from began - min(g.received_at)) * 1000)::bigint, (extract(epoch from clock_timestamp() - began) * 1000)::bigint
    from (select e.organization_id, e.source_id, e.event_type, count(*) as events, count(d.id) as failed, min(e.received_at) as received_at
          from (select o.organization_id, o.id, o.source_id, o.event_type, o.received_at
                from events.events o
                where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
                order by o.log_position, o.id, o.organization_id
                limit event_count) e
          left join lateral (select l.id from events.dead_letters l where l.organization_id = e.organization_id and l.event_id = e.id and l.consumer_name = 'processing' offset 0) d on true
          group by e.organization_id, e.source_id, e.event_type) g
    left join lateral (select k.kind from events.event_sources k where k.organization_id = g.organization_id and k.id = g.source_id offset 0) s on true
    left join events.event_types exact on exact.source_kind = s.kind and exact.name = g.event_type
    left join events.event_types family on family.source_kind = s.kind and family.name = split_part(g.event_type, '.', 1)
    left join events.event_types every on every.source_kind = s.kind and every.name = '*'
    group by g.organization_id, g.source_id;
end
$$;
comment on function events.log_processing(bigint, uuid, uuid, integer, timestamptz, timestamptz, timestamptz) is 'Part of process_pending_events: classifies a stretch of the log and writes down what was done.';
