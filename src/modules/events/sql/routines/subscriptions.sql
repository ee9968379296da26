-- Which subscriptions want an event.

create or replace function events.type_is_among(event_type text, wanted text[]) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from unnest(wanted) as w (name)
        where w.name in (event_type, '*')
           or (right(w.name, 2) = '.*' and (event_type = left(w.name, -2) or starts_with(event_type, left(w.name, -1)))));
end
$$;
comment on function events.type_is_among(text, text[]) is 'Whether a type is one of those, which are whole types, families as pull_request.*, or * for all.';

-- A filter that makes no sense for an event, as one that compares a number with a word, does not want it. A subscription knows only what came after it.
create or replace function events.subscription_wants(subscription events.subscriptions, event events.events) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return subscription.paused_at is null
       and event.received_at >= subscription.created_at
       and (subscription.source_id is null or subscription.source_id = event.source_id)
       and events.type_is_among(event.event_type, subscription.event_types)
       and (subscription.filter is null
            or coalesce(jsonb_path_match(to_jsonb(event) - '{organization_id,log_position,raw_body}'::text[], subscription.filter::jsonpath, silent => true), false));
end
$$;
comment on function events.subscription_wants(events.subscriptions, events.events) is 'Whether a subscription of the same organization wants an event: not paused, there before it, right source and type, and the whole of the filter fulfilled.';

create or replace function events.matching_subscriptions(event uuid) returns setof uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select s.id
    from events.events e
    join events.subscriptions s on s.organization_id = e.organization_id
    where e.organization_id = organization and e.id = event and events.subscription_wants(s, e);
end
$$;
comment on function events.matching_subscriptions(uuid) is 'The subscriptions of the transaction''s organization that want the event.';

create or replace function events.somebody_subscribes() returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from events.subscriptions s where s.paused_at is null and s.channel <> 'stream');
end
$$;
comment on function events.somebody_subscribes() is 'Part of queue_deliveries: whether there is anything to look for in the log, in any organization.';

-- Where nobody subscribes, the log is skipped instead of read.
create or replace function events.queue_deliveries(batch_size integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set max_parallel_workers_per_gather = 0
as $$
declare
    consumer record;
    horizon bigint;
    batch record;
begin
    select c.log_position, c.event_id, c.event_organization_id into consumer
    from events.event_consumers c
    where c.name = 'subscriptions' and c.paused_at is null
    for update skip locked;
    if not found then
        return 0;
    end if;
    perform events.refuse_log_of_another_server();
    horizon := events.log_horizon();
    if not events.somebody_subscribes() then
        perform events.skip_log('subscriptions');
        return null;
    end if;
    select count(*)::integer as events, array_agg(e.log_position) as positions, array_agg(e.id) as ids, array_agg(e.organization_id) as organizations,
           min(e.received_at) as received_from, max(e.received_at) as received_to
    into batch
    from (select w.log_position, w.id, w.organization_id, w.received_at
          from events.events w
          where (w.log_position, w.id, w.organization_id) > (consumer.log_position, consumer.event_id, consumer.event_organization_id) and w.log_position < horizon
          order by w.log_position, w.id, w.organization_id
          limit greatest(batch_size, 1)) e;
    if batch.events = 0 then
        return 0;
    end if;
    insert into events.deliveries (organization_id, subscription_id, event_id, event_received_at)
    select e.organization_id, s.id, e.id, e.received_at
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (batch.positions[1], batch.ids[1], batch.organizations[1])
            and o.received_at between batch.received_from and batch.received_to
          order by o.log_position, o.id, o.organization_id
          limit batch.events) e
    join events.subscriptions s on s.organization_id = e.organization_id and s.channel <> 'stream' and events.subscription_wants(s, e)
    on conflict on constraint deliveries_pkey do nothing;
    update events.event_consumers c
    set log_position = batch.positions[batch.events], event_id = batch.ids[batch.events], event_organization_id = batch.organizations[batch.events], moved_at = now()
    where c.name = 'subscriptions';
    return batch.events;
end
$$;
comment on function events.queue_deliveries(integer) is
    'Looks at up to so many events of all organizations in the order of the log and notes deliveries for the subscriptions that want them. Returns how many events; 0 also while somebody else is at it, and null where nobody subscribes.';
revoke execute on function events.queue_deliveries(integer) from public;
grant execute on function events.queue_deliveries(integer) to events_user;

-- What the deliverer works from: which subscriptions there are, of any organization, and which of them have something due.
create or replace function events.due_subscriptions()
    returns table (
        organization_id uuid, subscription_id uuid, channel events.delivery_channel, target text, credential_id uuid, attempts_max integer, timeout_ms integer,
        concurrent_max integer, attempts_left_in_minute bigint)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select s.organization_id, s.id, s.channel, s.target, s.credential_id, s.attempts_max, s.timeout_ms, s.concurrent_max,
           case when s.deliveries_per_minute_max is not null then s.deliveries_per_minute_max - (
               select count(*) from events.delivery_attempts a
               where a.organization_id = s.organization_id and a.subscription_id = s.id and a.started_at > now() - interval '1 minute') end
    from events.subscriptions s
    where s.paused_at is null and s.channel <> 'stream'
      and exists (select from events.deliveries d
                  where d.organization_id = s.organization_id and d.subscription_id = s.id and d.next_attempt_at <= now());
end
$$;
comment on function events.due_subscriptions() is
    'The subscriptions of all organizations that have deliveries due, as the deliverer needs them; attempts_left_in_minute is null where there is no limit.';
revoke execute on function events.due_subscriptions() from public;
grant execute on function events.due_subscriptions() to events_user;
