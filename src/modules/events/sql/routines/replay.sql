-- Projecting once more what has been processed: after a mapping was improved, or a projection was damaged.

-- In the order of the log, so that the caller goes on behind the last one. The cursor's row is held, so that processing does not do the same
-- events at the same time. Counts, lists and the processing log stay: they count each event once.
create or replace function events.replay_events(
    received_from timestamptz, received_until timestamptz, after_position bigint, after_id uuid, after_organization uuid, events_max integer,
    out replayed bigint, out log_position bigint, out event_id uuid, out event_organization_id uuid)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
    received_to constant timestamptz := replay_events.received_until - interval '1 microsecond';
    consumer record;
    batch record;
    ours uuid[];
    projection regclass;
begin
    select c.log_position, c.event_id, c.event_organization_id into consumer
    from events.event_consumers c where c.name = 'processing' for update;
    select count(*)::integer as events, array_agg(o.log_position) as positions, array_agg(o.id) as ids, array_agg(o.organization_id) as organizations into batch
    from (select e.log_position, e.id, e.organization_id
          from events.events e
          where (e.log_position, e.id, e.organization_id) > (after_position, after_id, after_organization)
            and (e.log_position, e.id, e.organization_id) <= (consumer.log_position, consumer.event_id, consumer.event_organization_id)
            and e.received_at between replay_events.received_from and received_to
          order by e.log_position, e.id, e.organization_id
          limit greatest(events_max, 1)) o;
    replayed := 0;
    if batch.events = 0 then
        return;
    end if;
    ours := array(select b.id from unnest(batch.ids, batch.organizations) as b (id, organization_id) where b.organization_id = organization);
    replayed := cardinality(ours);
    if replayed > 0 then
        foreach projection in array array['events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[] loop
            execute format('delete from %s p where p.organization_id = $1 and p.event_id = any ($2) and p.received_at between $3 and $4', projection)
            using organization, ours, replay_events.received_from, received_to;
        end loop;
        perform events.project_events_or_bury(batch.positions[1], batch.ids[1], batch.organizations[1], batch.events, replay_events.received_from, received_to);
        update events.dead_letters d
        set status = 'waiting', next_attempt_at = now(), settled_at = null, updated_at = now()
        where d.organization_id = organization and d.event_id = any (ours) and d.consumer_name = 'processing' and d.status in ('waiting', 'dead');
    end if;
    log_position := batch.positions[batch.events];
    event_id := batch.ids[batch.events];
    event_organization_id := batch.organizations[batch.events];
end
$$;
comment on function events.replay_events(timestamptz, timestamptz, bigint, uuid, uuid, integer) is
    'Projects processed events of the transaction''s organization once more that were received in a time, and has failed ones tried again: one batch behind a place in the log. Returns how many, and the place to go on from; null at the end.';
revoke execute on function events.replay_events(timestamptz, timestamptz, bigint, uuid, uuid, integer) from public;
grant execute on function events.replay_events(timestamptz, timestamptz, bigint, uuid, uuid, integer) to events_user;
