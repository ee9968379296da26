-- What the health functions say of events. Everything is seen with the rights of the caller, except how far processing has come, which
-- is a row of the whole installation.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function events.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('events.events') = 'none' then
        return next base.unread_signal('events', 'events.events');
        return;
    end if;
    return query select * from events.backlog_signals();
    return query select * from events.unsettled_signals();
    return query select * from events.outcome_signals(interval '24 hours');
end
$$;
comment on function events.health_signals() is 'Signals of the backlog, of what waits for somebody, and of how processing goes.';

-- Of one organization when the caller sees one only; of all otherwise. Counts up to 100,000.
create or replace function events.backlog_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
declare
    backlog record;
begin
    if base.reading_scope('events.events') = 'organization' then
        select * into backlog from events.backlog_of_organization();
    else
        select count(*) as pending, min(e.received_at) as oldest_at into backlog
        from events.event_consumers c
        cross join lateral (
            select x.received_at from events.events x where (x.log_position, x.id) > (c.log_position, c.event_id)
            order by x.log_position, x.id limit 100000
        ) e
        where c.name = 'processing';
    end if;
    return query values
        ('events', 'processing_lag', round(coalesce(extract(epoch from now() - backlog.oldest_at), 0), 1), 's', 60::numeric, 600::numeric,
         'Let the server run, or select process_pending_events(10000) until it returns 0.', jsonb_build_object('oldest_received_at', backlog.oldest_at)),
        ('events', 'pending_events', backlog.pending::numeric, 'events', 10000, 100000,
         'Let the server run, or select process_pending_events(10000) until it returns 0.', jsonb_build_object('counted_up_to', 100000));
end
$$;
comment on function events.backlog_signals() is 'Signals of the events that were received and not yet processed.';

-- The cursor belongs to no organization, so a login role may not read it.
create or replace function events.backlog_of_organization(out pending bigint, out oldest_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    select count(*), min(e.received_at) into pending, oldest_at
    from events.event_consumers c
    cross join lateral (
        select x.received_at from events.events x where (x.log_position, x.id) > (c.log_position, c.event_id) and x.organization_id = organization
        order by x.log_position, x.id limit 100000
    ) e
    where c.name = 'processing';
end
$$;
comment on function events.backlog_of_organization() is 'Part of events.backlog_signals: the events of the transaction''s organization that were not yet processed.';
revoke execute on function events.backlog_of_organization() from public;
grant execute on function events.backlog_of_organization() to events_user;

create or replace function events.unsettled_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'dead_letters_open', count(*), min(s.id::text), 1, 100, 'Look at error_message; then events.retry_dead_letter(id) or events.discard_dead_letter(id).'
        from (select d.id from events.dead_letters d where d.settled_at is null limit 100000) s
        union all
        select 'rejects_open', count(*), min(s.id::text), 1, 100, 'Look at error_message and body; store them anew or set resolved_at.'
        from (select r.id from events.event_rejects r where r.resolved_at is null limit 100000) s
        union all
        select 'deliveries_overdue', count(*), min(s.event_id::text), 1, 1000, 'Let the server run, which delivers; select * from subscription_performance shows whose target fails.'
        from (select d.event_id from events.deliveries d where d.next_attempt_at < now() - interval '5 minutes' limit 100000) s
        union all
        select 'subscriptions_stopped', count(*), min(s.name), 1, 100, 'Mend the target, then resume the subscription.'
        from events.subscriptions s where s.pause_cause = 'target_dead'
        union all
        select 'sources_silent', count(*), min(s.name), 1, 1000, 'Look at the webhook''s deliveries at the sender; pause or delete the source when nothing is to come.'
        from events.event_sources s
        cross join lateral (
            select a.last_received_at from events.event_aggregations a
            where a.organization_id = s.organization_id and a.source_id = s.id and a.period = interval '1 day' order by a.period_start desc limit 1
        ) newest
        where s.deleted_at is null and s.paused_at is null and newest.last_received_at < now() - interval '7 days'
    )
    select 'events', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function events.unsettled_signals() is 'Signals of what failed and waits for somebody, and of sources and targets that fell silent.';

-- Few events say nothing of a rate: it is judged from 20 on.
create or replace function events.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'events', 'failure_rate', round(coalesce(100.0 * s.failed / nullif(s.processed, 0), 0), 2), '%',
           case when s.processed >= 20 then 5::numeric end, case when s.processed >= 20 then 25::numeric end,
           'Look at error_message of the dead letters; select * from event_source_health shows which sources.',
           jsonb_build_object('processed', s.processed, 'failed', s.failed, 'seconds', extract(epoch from span))
    from (select coalesce(sum(l.events_failed), 0)::numeric as failed, coalesce(sum(l.events_processed), 0)::numeric as processed
          from events.event_sources e
          cross join lateral (
              select p.events_failed, p.events_processed from events.event_processing_log p
              where p.organization_id = e.organization_id and p.source_id = e.id and p.processed_at >= now() - span limit 100000
          ) l) s;
end
$$;
comment on function events.outcome_signals(interval) is 'The share of the events processed within a span of time that became dead letters.';

create or replace function events.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('events.events') = 'none' then
        return next base.unread_signal('events.events', 'events.events');
        return;
    end if;
    return query
    with processed as materialized (
        select coalesce(sum(l.events_processed), 0)::numeric as events, coalesce(sum(l.events_failed), 0)::numeric as failed,
               coalesce(sum(l.events_unclassified), 0)::numeric as unclassified
        from events.event_sources e
        cross join lateral (
            select p.* from events.event_processing_log p
            where p.organization_id = e.organization_id and p.source_id = e.id and p.processed_at >= now() - interval '24 hours' limit 100000
        ) l
    ), rejected as materialized (
        select count(*)::numeric as rejects
        from events.event_sources e
        join events.event_rejects r on r.organization_id = e.organization_id and r.source_id = e.id and r.received_at >= now() - interval '24 hours'
    ), newest as materialized (
        select max(a.last_received_at) as received_at
        from events.event_sources s
        cross join lateral (
            select x.last_received_at from events.event_aggregations x
            where x.organization_id = s.organization_id and x.source_id = s.id and x.period = interval '1 day' order by x.period_start desc limit 1
        ) a
        where s.deleted_at is null and s.paused_at is null
    )
    select 'events.events', m.signal, m.value, m.unit, m.warning_at, m.critical_at, m.remedy, m.details
    from processed p cross join rejected r cross join newest n
    cross join lateral (values
        ('dead_lettered_share', round(coalesce(100 * p.failed / nullif(p.events, 0), 0), 2), '%', 1::numeric, 10::numeric,
         'Look at events.dead_letters.', jsonb_build_object('rows', p.failed, 'of', p.events, 'window', '24 hours')),
        ('unclassified_share', round(coalesce(100 * p.unclassified / nullif(p.events, 0), 0), 2), '%', 20, null,
         'Describe the types in events.event_types.', jsonb_build_object('rows', p.unclassified, 'of', p.events, 'window', '24 hours')),
        ('rejected_share', round(coalesce(100 * r.rejects / nullif(p.events + r.rejects, 0), 0), 2), '%', 0.1, 5,
         'Look at events.event_rejects.', jsonb_build_object('rows', r.rejects, 'of', p.events + r.rejects, 'window', '24 hours')),
        ('newest_row_age', round(extract(epoch from now() - n.received_at)), 's', 86400, 604800,
         'Look whether senders still reach the server.', jsonb_build_object('newest_received_at', n.received_at))
    ) as m (signal, value, unit, warning_at, critical_at, remedy, details)
    where m.value is not null;
end
$$;
comment on function events.quality_signals() is 'How much of what was received in a day could be stored, processed and classified, and how old the newest event is.';

-- Rollups say each event three times. Hours that ended are compared with their minutes; the last one may still be counted.
create or replace function events.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('events.event_aggregations') = 'none' then
        return next base.unread_signal('events', 'events.event_aggregations');
        return;
    end if;
    return query
    with hours as materialized (
        select h.*
        from events.event_sources s
        cross join lateral (
            select a.organization_id, a.source_id, a.event_type, a.period_start, a.event_count from events.event_aggregations a
            where a.organization_id = s.organization_id and a.source_id = s.id and a.period = interval '1 hour' and a.period_start >= now() - interval '25 hours'
              and a.period_start < now() - interval '1 hour'
            order by a.period_start desc limit 200
        ) h
        limit 500
    ), compared as (
        select h.source_id, h.event_count <> coalesce((
            select sum(m.event_count) from events.event_aggregations m
            where m.organization_id = h.organization_id and m.source_id = h.source_id and m.period = interval '1 minute'
              and m.period_start >= h.period_start and m.period_start < h.period_start + interval '1 hour' and m.event_type = h.event_type), 0) as differs
        from hours h
    )
    select 'events', 'hours_that_differ_from_their_minutes', count(*) filter (where c.differs)::numeric, 'rollups', 1::numeric, 10::numeric,
           'Somebody changed events.event_aggregations by hand: delete the hour and its day and count them from the minutes.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', false, 'example', min(c.source_id::text) filter (where c.differs), 'window', 'hours of the last day'))
    from compared c;
end
$$;
comment on function events.integrity_signals() is 'Rollups of events that contradict each other.';
