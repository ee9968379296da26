-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('events', array['events']::name[], 'events_owner', 22, '0.1.0');
insert into pg_temp.gsdb_routine values ('anomalies', $gsdb_file$-- Hours in which a source sent far more or fewer events than it usually does at that time of the week. The modified z-score of Iglewicz and Hoaglin
-- ("How to detect and handle outliers", 1993): 0.6745 (x - median) / MAD, here of the same hour of the week in the weeks before, of the same hour
-- of the day where there are too few weeks. Counts scatter by at least the root of their mean, so the deviation is taken to be no smaller.

create or replace function events.find_anomalies() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_hour constant timestamptz := date_bin('1 hour', now() - interval '5 minutes', '2001-01-01 00:00:00+00');
    hours_looked_at constant integer := 3;
    source record;
    hour timestamptz;
    found bigint := 0;
begin
    for source in select s.organization_id, s.id, s.created_at from events.event_sources s where s.deleted_at is null and s.paused_at is null order by s.organization_id, s.id loop
        for hour in select this_hour - n * interval '1 hour' from generate_series(1, hours_looked_at) n loop
            found := found + events.judge_hour(source.organization_id, source.id, hour);
        end loop;
    end loop;
    return found;
end
$$;
comment on function events.find_anomalies() is 'Judges the last three full hours of each source of all organizations by the hours before. Returns how many anomalies are new or have other figures.';
revoke execute on function events.find_anomalies() from public;
grant execute on function events.find_anomalies() to events_user;
select base.declare_maintenance('events.find_anomalies', 'frequent', interval '5 minutes', 'Looks for hours in which sources sent far more or fewer events than usual.');

-- Hours without events have no row and count as nothing, from the first hour on in which the source sent something.
create or replace function events.judge_hour(organization uuid, source uuid, hour timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    score_min constant numeric := 3.5;
    mad_to_deviation constant numeric := 1.4826;
    weeks_min constant integer := 4;
    days_min constant integer := 7;
    first_hour timestamptz;
    observed bigint;
    basis record;
    usual record;
    score numeric;
begin
    select min(a.period_start) into first_hour
    from events.event_aggregations a where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour';
    if first_hour is null or hour <= first_hour then
        return 0;
    end if;
    select coalesce(sum(a.event_count), 0) into observed
    from events.event_aggregations a
    where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour' and a.period_start = hour;
    for basis in
        select b.method, b.samples_min,
               array(select coalesce((select sum(a.event_count) from events.event_aggregations a
                                      where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour'
                                        and a.period_start = hour - n * b.step), 0)
                     from generate_series(1, b.samples_max) n where hour - n * b.step >= first_hour) as counts
        from (values ('seasonal_week', interval '7 days', 12, weeks_min), ('seasonal_day', interval '1 day', 28, days_min)) as b (method, step, samples_max, samples_min)
    loop
        continue when cardinality(basis.counts) < basis.samples_min;
        select m.median::numeric as median, greatest(mad_to_deviation * d.mad::numeric, sqrt(greatest(m.median, 1))::numeric) as deviation into usual
        from (select percentile_cont(0.5) within group (order by c) as median from unnest(basis.counts) c) m
        cross join lateral (select percentile_cont(0.5) within group (order by abs(c - m.median)) as mad from unnest(basis.counts) c) d;
        score := greatest(least(round((observed - usual.median) / usual.deviation, 2), 999999), -999999);
        if abs(score) < score_min then
            return 0;
        end if;
        insert into events.event_anomalies as known (organization_id, source_id, period, period_start, observed_count, expected_count, score, method)
        values (organization, source, interval '1 hour', hour, observed, round(usual.median, 2), score, basis.method)
        on conflict on constraint an_anomaly_is_found_once do update
        set observed_count = excluded.observed_count, expected_count = excluded.expected_count, score = excluded.score
        where known.observed_count <> excluded.observed_count and known.resolved_at is null;
        return case when found then 1 else 0 end;
    end loop;
    return 0;
end
$$;
comment on function events.judge_hour(uuid, uuid, timestamptz) is 'Part of find_anomalies: whether a source sent an unusual number of events in an hour.';

create or replace function events.resolve_anomaly(anomaly uuid, resolution events.anomaly_resolution, note text default '') returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.event_anomalies a
    set resolution = resolve_anomaly.resolution, resolved_at = now(), note = resolve_anomaly.note, updated_at = now()
    where a.organization_id = organization and a.id = anomaly;
    if not found then
        raise exception using errcode = 'GS705',
            message = format('there is no anomaly %s', anomaly),
            hint = 'Take an id from events.event_anomalies.';
    end if;
end
$$;
comment on function events.resolve_anomaly(uuid, events.anomaly_resolution, text) is 'Says what became of an anomaly of the transaction''s organization: it was expected, a false alarm, or is repaired. Error GS705 when there is none.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('archiving', $gsdb_file$-- Which events are past their retention and are to be in files before they are deleted. The program writes the files; it deletes what it has
-- read back from them.

-- In whole months, so that there are few files. Lists by type have what is processed.
create or replace function events.due_archives()
    returns table (organization_id uuid, source_id uuid, source_name text, event_type text, received_from timestamptz, received_until timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
    kept record;
    past timestamptz;
    oldest timestamptz;
begin
    for kept in
        select s.organization_id, s.id, s.name, s.kind::text as kind, a.event_type::text as event_type
        from events.event_sources s
        cross join lateral (
            select distinct c.event_type from events.event_aggregations c
            where c.organization_id = s.organization_id and c.source_id = s.id and c.period = interval '1 day'
        ) a
        where exists (select from events.event_type_retentions r where r.organization_id = s.organization_id and r.source_kind = s.kind and r.is_archived)
        order by s.organization_id, s.id, a.event_type
    loop
        continue when not events.is_archived(kept.organization_id, kept.kind, kept.event_type);
        past := date_trunc('month', now() - make_interval(days => events.retention_days(kept.organization_id, kept.kind, kept.event_type)));
        received_until := '-infinity';
        loop
            select min(o.received_at) into oldest
            from events.events_by_type o
            where o.organization_id = kept.organization_id and o.source_id = kept.id and o.event_type = kept.event_type
              and o.received_at >= received_until and o.received_at < past;
            exit when oldest is null;
            organization_id := kept.organization_id;
            source_id := kept.id;
            source_name := kept.name;
            event_type := kept.event_type;
            received_from := date_trunc('month', oldest);
            received_until := received_from + interval '1 month';
            return next;
        end loop;
    end loop;
end
$$;
comment on function events.due_archives() is
    'The months of events of a type from a source, in all organizations, that are past their retention and are to be written to files before they are deleted.';
revoke execute on function events.due_archives() from public;
grant execute on function events.due_archives() to events_user;

create or replace function events.delete_archived(source uuid, type_name text, ids uuid[], received_from timestamptz, received_until timestamptz) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    kind text;
begin
    select s.kind::text into kind from events.event_sources s where s.organization_id = organization and s.id = source;
    if kind is null or not events.is_archived(organization, kind, type_name)
       or received_until > now() - make_interval(days => events.retention_days(organization, kind, type_name)) then
        raise exception using errcode = 'GS706', message = format('%s of source %s is not to be archived until %s', type_name, source, received_until),
            hint = 'Take what events.due_archives() tells.';
    end if;
    return events.delete_listed_events(organization, source, type_name, ids, received_from, received_until);
end
$$;
comment on function events.delete_archived(uuid, text, uuid[], timestamptz, timestamptz) is
    'Deletes events of a type from a source of the transaction''s organization that are in a file now, with what was made of them. Returns how many. Error GS706 where they are not to be archived, or not yet.';
revoke execute on function events.delete_archived(uuid, text, uuid[], timestamptz, timestamptz) from public;
grant execute on function events.delete_archived(uuid, text, uuid[], timestamptz, timestamptz) to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('dead_letters', $gsdb_file$-- What becomes of events that could not be processed.

-- The caller holds the consumer's cursor. Each wait is twice the one before, from a minute; after five attempts only a person helps. They
-- were counted in the rollups when they failed, so only the projection is made up for.
create or replace function events.retry_waiting_dead_letters(letters_max integer) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    attempts_max constant integer := 5;
    letter record;
    tried integer := 0;
begin
    for letter in
        select d.organization_id, d.id, d.attempts, e.id as event_id, e.log_position, e.received_at
        from events.dead_letters d
        left join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.event_received_at
        where d.next_attempt_at <= now() and d.consumer_name = 'processing'
        order by d.next_attempt_at
        limit letters_max
    loop
        tried := tried + 1;
        begin
            perform events.project_events(letter.log_position, letter.event_id, letter.organization_id, 1, letter.received_at, letter.received_at);
            update events.dead_letters d
            set status = case when letter.event_id is null then 'discarded' else 'resolved' end::events.dead_letter_status,
                next_attempt_at = null, settled_at = now(), attempts = letter.attempts + 1, updated_at = now()
            where d.organization_id = letter.organization_id and d.id = letter.id;
        exception when others then
            if not events.is_fault_of_the_event(sqlstate) then
                raise;
            end if;
            update events.dead_letters d
            set status = case when letter.attempts + 1 < attempts_max then 'waiting' else 'dead' end::events.dead_letter_status,
                next_attempt_at = case when letter.attempts + 1 < attempts_max then now() + interval '1 minute' * (2 ^ letter.attempts) end,
                attempts = letter.attempts + 1, error_sqlstate = sqlstate, error_message = sqlerrm, failed_at = now(), updated_at = now()
            where d.organization_id = letter.organization_id and d.id = letter.id;
        end;
    end loop;
    return tried;
end
$$;
comment on function events.retry_waiting_dead_letters(integer) is 'Part of process_pending_events: tries dead letters again that are due, and returns how many.';

create or replace function events.retry_dead_letter(dead_letter uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.dead_letters d
    set status = 'waiting', next_attempt_at = now(), settled_at = null, updated_at = now()
    where d.organization_id = organization and d.id = dead_letter and d.status <> 'resolved';
    if not found then
        raise exception using errcode = 'GS704',
            message = format('there is no dead letter %s that could be tried again', dead_letter),
            hint = 'Take an id from events.dead_letters.';
    end if;
end
$$;
comment on function events.retry_dead_letter(uuid) is 'Has a dead letter of the transaction''s organization tried again by the next process_pending_events. Error GS704 when there is none.';
revoke execute on function events.retry_dead_letter(uuid) from public;
grant execute on function events.retry_dead_letter(uuid) to events_user;

create or replace function events.discard_dead_letter(dead_letter uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.dead_letters d
    set status = 'discarded', next_attempt_at = null, settled_at = now(), updated_at = now()
    where d.organization_id = organization and d.id = dead_letter and d.settled_at is null;
    if not found then
        raise exception using errcode = 'GS704',
            message = format('there is no open dead letter %s', dead_letter),
            hint = 'Take an id from events.dead_letters.';
    end if;
end
$$;
comment on function events.discard_dead_letter(uuid) is 'Gives up a dead letter of the transaction''s organization. Error GS704 when there is none open.';
revoke execute on function events.discard_dead_letter(uuid) from public;
grant execute on function events.discard_dead_letter(uuid) to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of events raise. The code is the API; the words may improve.

create or replace function events.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS701', 'source_unknown', 'The organization has no such source of events, or has deleted it.', 'Take an id from events.event_sources.'),
        ('GS702', 'source_paused', 'The source takes no events at present.', 'Set its paused_at to null.'),
        ('GS703', 'log_of_another_server', 'The log has positions that this server has not reached: it was restored from a dump of another one.',
         'As the owner, call events.adopt_restored_log() before anything is stored.'),
        ('GS704', 'dead_letter_unknown', 'The organization has no such dead letter, or it is settled.', 'Take an id from events.dead_letters.'),
        ('GS705', 'anomaly_unknown', 'The organization has no such anomaly.', 'Take an id from events.event_anomalies.'),
        ('GS706', 'not_to_be_archived', 'The events are not archived by the organization''s rules, or are not past their retention yet.', 'Take what events.due_archives() tells.');
end
$$;
comment on function events.error_codes() is 'The errors of schema events: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of events. Everything is seen with the rights of the caller, except how far processing has come, which
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('log', $gsdb_file$-- The log: events in the order of the transactions that stored them. Two routines here span tenants and are for consumers and operators.

-- A transaction below the oldest one still running is over, so nothing can be added below it any more. Any transaction that has written
-- and stays open holds consumers up, in whatever database of the server.
create or replace function events.log_horizon() returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
end
$$;
comment on function events.log_horizon() is 'The log position up to which, itself not included, the log is complete.';

-- A transaction sees what it has stored itself, and its own id may lie beyond those that have ended.
create or replace function events.log_end() returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint + 1);
end
$$;
comment on function events.log_end() is 'The first log position that no event of this server can have yet.';

-- For consumers that have no use for what there is. Only when there is something to skip: a database in which nothing happens is not written to.
create or replace function events.skip_log(consumer text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    horizon constant bigint := events.log_horizon();
    last_id constant uuid := uuid 'ffffffff-ffff-ffff-ffff-ffffffffffff';
begin
    update events.event_consumers c
    set log_position = horizon - 1, event_id = last_id, event_organization_id = last_id, moved_at = now()
    where c.name = consumer
      and exists (select from events.events e
                  where (e.log_position, e.id, e.organization_id) > (c.log_position, c.event_id, c.event_organization_id) and e.log_position < horizon);
end
$$;
comment on function events.skip_log(text) is 'Part of following the log: moves a consumer behind all that is complete.';

-- A dump carries positions to a server that counts its transactions from elsewhere. Reading on would skip or repeat events silently.
create or replace function events.refuse_log_of_another_server() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from events.events e where e.log_position >= events.log_end())
       or exists (select from events.event_consumers c where c.log_position >= events.log_end()) then
        raise exception using errcode = 'GS703',
            message = 'the log of events has positions that this server has not reached',
            detail = 'It was restored from a dump of another server.',
            hint = 'As the owner, call events.adopt_restored_log() before anything is stored.';
    end if;
end
$$;
comment on function events.refuse_log_of_another_server() is 'Part of reading the log: error GS703 when it was restored and not adopted.';

-- Shifts the restored positions and cursors below those of this server and keeps their order; positions may become negative. Events that were
-- stored here before this was called are those received after the last that was received or read there. Rewrites the restored events.
create or replace function events.adopt_restored_log() returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    here constant bigint := pg_current_xact_id()::text::bigint;
    newest bigint;
    restored_until timestamptz;
    first_of_ours bigint;
    shifted bigint;
begin
    lock table events.events in exclusive mode;
    lock table events.event_consumers in exclusive mode;
    select max(r.log_position), max(r.moment) into newest, restored_until
    from (select e.log_position, e.received_at as moment from events.events e
          union all
          select c.log_position, c.moved_at from events.event_consumers c) r
    where r.log_position > here;
    if newest is null then
        return 0;
    end if;
    select coalesce(min(e.log_position), here) into first_of_ours
    from events.events e where e.log_position <= here and e.received_at > restored_until;
    update events.events e
    set log_position = e.log_position - (newest - first_of_ours + 1)
    where e.log_position > here or e.received_at <= restored_until;
    get diagnostics shifted = row_count;
    update events.event_consumers c set log_position = c.log_position - (newest - first_of_ours + 1);
    return shifted;
end
$$;
comment on function events.adopt_restored_log() is
    'After a restore from a dump: makes the log readable on this server and returns how many events it changed; 0 when there was no need. For the owner.';
revoke execute on function events.adopt_restored_log() from public;

-- Counting stops at a million, which says enough.
create or replace function events.consumer_progress()
    returns table (name text, log_position bigint, moved_at timestamptz, paused_at timestamptz, events_pending bigint, oldest_pending_received_at timestamptz)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set max_parallel_workers_per_gather = 0
as $$
begin
    return query
    select c.name, c.log_position, c.moved_at, c.paused_at, waiting.events, waiting.oldest
    from events.event_consumers c
    cross join lateral (
        select count(*) as events, min(e.received_at) as oldest
        from (select w.received_at
              from events.events w
              where (w.log_position, w.id, w.organization_id) > (c.log_position, c.event_id, c.event_organization_id)
              order by w.log_position, w.id
              limit 1000000) e
    ) as waiting
    where c.name <> 'indexing' and (c.name <> 'subscriptions' or events.somebody_subscribes())
    order by c.name;
end
$$;
comment on function events.consumer_progress() is 'How far each consumer of the log has come and how many events of all organizations it has before it, a million at most; without that of subscriptions where nobody subscribes, and of indexing, which skips what it has no use for.';
revoke execute on function events.consumer_progress() from public;
grant execute on function events.consumer_progress() to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function events.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    longest constant interval := greatest(events.longest_retention(), events.age_of_what_is_to_be_archived(events.longest_retention()));
    relation regclass;
begin
    foreach relation in array array['events.events', 'events.events_by_type', 'events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[] loop
        perform base.set_retention(relation, longest);
    end loop;
    return query select * from base.maintain_time_partitions(only_schema => 'events');
end
$$;
comment on function events.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention: of events and projections that of the type that is kept longest, or longer while events wait to be archived.';
revoke execute on function events.maintain_partitions() from public;
grant execute on function events.maintain_partitions() to events_user;
select base.declare_maintenance('events.maintain_partitions', 'daily', interval '30 minutes', 'Makes the coming partitions of events and deliveries and drops those of which every type is past its retention.');

create or replace function events.longest_retention() returns interval
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    longest record;
begin
    select bool_or(r.retention_days is null) as has_no_end, max(r.retention_days) as days into longest
    from (select t.retention_days from events.event_types t
          union all
          select o.retention_days from events.event_type_retentions o
          union all
          select events.retention_days_of_unknown_types()) r;
    return case when not longest.has_no_end then make_interval(days => longest.days) end;
end
$$;
comment on function events.longest_retention() is 'How long the type that is kept longest in any organization is kept; null for ever.';

-- An event that is not processed is not archived yet either, so events themselves are asked.
create or replace function events.age_of_what_is_to_be_archived(longest interval) returns interval
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    oldest timestamptz;
begin
    if longest is null or not exists (select from events.event_type_retentions r where r.is_archived) then
        return null;
    end if;
    select min(g.received_at) into oldest
    from (select e.organization_id, e.source_id, e.event_type, min(e.received_at) as received_at
          from events.events e
          where e.received_at < now() - longest
          group by e.organization_id, e.source_id, e.event_type) g
    join events.event_sources s on s.organization_id = g.organization_id and s.id = g.source_id
    where events.is_archived(g.organization_id, s.kind::text, g.event_type);
    return now() - oldest + interval '1 day';
end
$$;
comment on function events.age_of_what_is_to_be_archived(interval) is 'Part of maintain_partitions: how long partitions must be kept for what is past the longest retention and not in a file yet; null where there is no such event.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('patterns', $gsdb_file$-- Looking for patterns. Time is when events occurred; each look reaches back over the window of the pattern, so that what came late is seen, and
-- what overlaps with a known occurrence is that one.

create or replace function events.find_patterns() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    pattern events.event_patterns;
    looked_at constant timestamptz := now();
    found bigint := 0;
begin
    for pattern in select p.* from events.event_patterns p where p.paused_at is null order by p.organization_id, p.id for update skip locked loop
        found := found + events.find_pattern(pattern, looked_at);
        update events.event_patterns p set looked_until = looked_at where p.organization_id = pattern.organization_id and p.id = pattern.id;
    end loop;
    return found;
end
$$;
comment on function events.find_patterns() is 'Looks for the patterns of all organizations in what came since it last looked. Returns how many new occurrences there are.';
revoke execute on function events.find_patterns() from public;
grant execute on function events.find_patterns() to events_user;
select base.declare_maintenance('events.find_patterns', 'frequent', interval '5 minutes', 'Looks for patterns in the events that came since.');

create or replace function events.find_pattern(pattern events.event_patterns, looked_at timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    event record;
    current_value text;
    state jsonb := jsonb '{}';
    found bigint := 0;
begin
    for event in select * from events.events_of_pattern(pattern) loop
        if event.same_value is distinct from current_value then
            found := found + events.end_of_value(pattern, current_value, state, looked_at);
            current_value := event.same_value;
            state := '{}';
        end if;
        state := case pattern.kind
            when 'burst' then events.step_burst(pattern, state, event.id, event.occurred_at)
            when 'sequence' then events.step_sequence(pattern, state, event.event_type, event.id, event.occurred_at)
            when 'co_occurrence' then events.step_co_occurrence(pattern, state, event.event_type, event.id, event.occurred_at)
            else jsonb_build_object('last', event.occurred_at) end;
        if state ? 'found' then
            found := found + events.note_occurrence(pattern, state -> 'found', current_value);
            state := state - 'found';
        end if;
    end loop;
    if current_value is null and pattern.kind = 'absence' and pattern.same is null then
        current_value := '';
    end if;
    return found + events.end_of_value(pattern, current_value, state, looked_at);
end
$$;
comment on function events.find_pattern(events.event_patterns, timestamptz) is 'Part of find_patterns: looks for one pattern and returns how many new occurrences there are.';

-- Ids of events begin with the millisecond of receipt, so their key finds what was received lately. Transactions that stored an event may have
-- ended a while after they began: a minute is looked at twice.
create or replace function events.events_of_pattern(pattern events.event_patterns)
    returns table (id uuid, event_type text, occurred_at timestamptz, same_value text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    since constant timestamptz := pattern.looked_until - interval '1 minute' - 2 * pattern.time_window;
    first_id constant uuid := (lpad(to_hex((extract(epoch from since) * 1000)::bigint), 12, '0') || rpad('', 20, '0'))::uuid;
begin
    return query
    select s.id, s.event_type, s.moment, s.same_value
    from (select e.id, e.event_type::text as event_type, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end as moment,
                 case pattern.same when 'source' then e.source_id::text when 'actor' then e.actor when 'target' then e.target when 'repository' then e.repository
                                   when 'thread' then e.thread when 'reference' then e.reference else '' end as same_value
          from events.events e
          where e.organization_id = pattern.organization_id and e.id >= first_id and e.received_at >= since
            and (pattern.source_id is null or e.source_id = pattern.source_id) and events.type_is_among(e.event_type, pattern.event_types)) s
    where s.same_value is not null
    order by s.same_value, s.moment, s.id;
end
$$;
comment on function events.events_of_pattern(events.event_patterns) is 'Part of find_patterns: the events that a pattern looks at, one story after the other.';

-- So many events within the window. What follows within it belongs to the same burst.
create or replace function events.step_burst(pattern events.event_patterns, state jsonb, event uuid, moment timestamptz) returns jsonb
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    seen jsonb := coalesce(state -> 'seen', '[]') || jsonb_build_array(jsonb_build_array(moment, event));
begin
    while (seen -> 0 ->> 0)::timestamptz < moment - pattern.time_window loop
        seen := seen - 0;
    end loop;
    if jsonb_array_length(seen) < pattern.events_min then
        return jsonb_build_object('seen', seen);
    end if;
    return jsonb_build_object('found', jsonb_build_object('from', seen -> 0 -> 0, 'to', moment, 'events', jsonb_path_query_array(seen, '$[*][1]')));
end
$$;
comment on function events.step_burst(events.event_patterns, jsonb, uuid, timestamptz) is 'Part of find_patterns: one more event of a burst.';

-- One type after the other; the first type begins anew as long as the second has not come.
create or replace function events.step_sequence(pattern events.event_patterns, state jsonb, event_type text, event uuid, moment timestamptz) returns jsonb
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    seen jsonb := coalesce(state -> 'seen', '[]');
    wanted integer;
begin
    if (seen -> 0 ->> 0)::timestamptz < moment - pattern.time_window then
        seen := '[]';
    end if;
    wanted := jsonb_array_length(seen) + 1;
    if events.type_is_among(event_type, pattern.event_types[wanted:wanted]) then
        seen := seen || jsonb_build_array(jsonb_build_array(moment, event));
    elsif wanted = 2 and events.type_is_among(event_type, pattern.event_types[1:1]) then
        seen := jsonb_build_array(jsonb_build_array(moment, event));
    end if;
    if jsonb_array_length(seen) < cardinality(pattern.event_types) then
        return jsonb_build_object('seen', seen);
    end if;
    return jsonb_build_object('found', jsonb_build_object('from', seen -> 0 -> 0, 'to', moment, 'events', jsonb_path_query_array(seen, '$[*][1]')));
end
$$;
comment on function events.step_sequence(events.event_patterns, jsonb, text, uuid, timestamptz) is 'Part of find_patterns: one more event of a sequence.';

-- The newest of each type, all within the window, in any order.
create or replace function events.step_co_occurrence(pattern events.event_patterns, state jsonb, event_type text, event uuid, moment timestamptz) returns jsonb
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    seen jsonb := coalesce(state -> 'seen', '{}');
    place integer;
    story record;
begin
    for place in select i from generate_subscripts(pattern.event_types, 1) i where events.type_is_among(event_type, pattern.event_types[i:i]) loop
        seen := seen || jsonb_build_object(place::text, jsonb_build_array(moment, event));
    end loop;
    select count(*) as types, min((s.value ->> 0)::timestamptz) as first_at, jsonb_agg(s.value -> 1 order by s.value ->> 0, s.value ->> 1) as ids into story
    from jsonb_each(seen) as s where (s.value ->> 0)::timestamptz >= moment - pattern.time_window;
    if story.types < cardinality(pattern.event_types) then
        return jsonb_build_object('seen', seen);
    end if;
    return jsonb_build_object('found', jsonb_build_object('from', story.first_at, 'to', moment, 'events', story.ids));
end
$$;
comment on function events.step_co_occurrence(events.event_patterns, jsonb, text, uuid, timestamptz) is 'Part of find_patterns: one more event of types that are to come together.';

-- Nothing for as long as the window, after an event or since the pattern has been looked for.
create or replace function events.end_of_value(pattern events.event_patterns, same_value text, state jsonb, looked_at timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    last_at constant timestamptz := coalesce((state ->> 'last')::timestamptz, case when pattern.same is null then pattern.created_at end);
begin
    if pattern.kind <> 'absence' or same_value is null or last_at is null or last_at > looked_at - pattern.time_window then
        return 0;
    end if;
    return events.note_occurrence(pattern, jsonb_build_object('from', last_at, 'to', last_at + pattern.time_window, 'events', '[]'::jsonb), same_value);
end
$$;
comment on function events.end_of_value(events.event_patterns, text, jsonb, timestamptz) is 'Part of find_patterns: whether nothing has come for too long.';

create or replace function events.note_occurrence(pattern events.event_patterns, occurrence jsonb, same_value text) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    begins constant timestamptz := (occurrence ->> 'from')::timestamptz;
    ends constant timestamptz := (occurrence ->> 'to')::timestamptz;
begin
    insert into events.event_pattern_occurrences (organization_id, pattern_id, started_at, ended_at, same_value, event_ids)
    select pattern.organization_id, pattern.id, begins, ends, note_occurrence.same_value,
           array(select v.value::uuid from jsonb_array_elements_text(occurrence -> 'events') with ordinality as v (value, place) order by v.place limit 100)
    where not exists (
        select from events.event_pattern_occurrences o
        where o.organization_id = pattern.organization_id and o.pattern_id = pattern.id and o.same_value = note_occurrence.same_value
          and o.started_at <= ends and (case when pattern.kind = 'absence' then o.started_at else o.ended_at end) >= begins)
    on conflict on constraint an_occurrence_is_found_once do nothing;
    return case when found then 1 else 0 end;
end
$$;
comment on function events.note_occurrence(events.event_patterns, jsonb, text) is 'Part of find_patterns: keeps an occurrence that does not overlap with one that is known.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('performance_analysis', $gsdb_file$-- How fast events are taken and handed on: of the last 24 hours, from rollups, the processing log and delivery attempts, with the
-- caller's rights.

create or replace function events.processing_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with logged as materialized (
        select s.kind::text as kind, l.*
        from events.event_sources s
        cross join lateral (
            select p.events_processed, p.events_failed, p.events_unclassified, p.lag_ms_max, p.batch_duration_ms, p.processed_at from events.event_processing_log p
            where p.organization_id = s.organization_id and p.source_id = s.id and p.processed_at >= now() - interval '24 hours' and p.consumer_name = 'processing'
            order by p.processed_at desc limit 1000
        ) l
    ), grouped as (
        select coalesce(l.kind, 'all kinds') as subject, sum(l.events_processed) as events, sum(l.events_failed) as failed, sum(l.events_unclassified) as unclassified,
               greatest(extract(epoch from now() - min(l.processed_at)) / 60, 1) as minutes,
               percentile_cont(array[0.5, 0.95, 0.99]) within group (order by l.lag_ms_max) as lags, percentile_cont(0.95) within group (order by l.batch_duration_ms) as batch
        from logged l
        group by rollup (l.kind)
        having count(*) > 0
    )
    select g.subject, m.metric, round(m.value::numeric, 3), m.unit, case when g.events >= 20 then m.warning_at end, case when g.events >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('events', g.events, 'window', '24 hours')
    from grouped g
    cross join lateral (values
        ('throughput', g.events / g.minutes, 'events/min', null::numeric, null::numeric, null),
        ('lag_p50', g.lags[1], 'ms', null, null, null),
        ('lag_p95', g.lags[2], 'ms', 10000, 60000, 'Let the server run all the time; when it does, raise the batch size.'),
        ('lag_p99', g.lags[3], 'ms', 60000, 600000, 'Look for events that come in bursts, or for a server that stood still.'),
        ('batch_duration_p95', g.batch, 'ms', 1000, 10000, 'Look for a missing index or a lock: a batch should take milliseconds for each event.'),
        ('failure_rate', 100.0 * g.failed / nullif(g.events, 0), '%', 5, 25, 'Look at error_message of the dead letters.'),
        ('unclassified_rate', 100.0 * g.unclassified / nullif(g.events, 0), '%', 20, null, 'Describe the types in events.event_types.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function events.processing_performance_signals() is 'Part of events_performance_analysis: how events were processed, all together and by kind of source.';

create or replace function events.delivery_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with tried as materialized (
        select s.name, a.*
        from (select x.organization_id, x.id, x.name from events.subscriptions x where x.paused_at is null limit 1000) s
        cross join lateral (
            select d.outcome, d.duration_ms from events.delivery_attempts d
            where d.organization_id = s.organization_id and d.subscription_id = s.id and d.started_at >= now() - interval '24 hours'
            order by d.event_id desc limit 500
        ) a
    ), figures as (
        select count(*) as attempts, count(*) filter (where t.outcome <> 'delivered') as failed, percentile_cont(array[0.5, 0.95]) within group (order by t.duration_ms) as durations
        from tried t
    )
    select 'deliveries', m.metric, round(m.value::numeric, 3), m.unit, case when f.attempts >= 20 then m.warning_at end, case when f.attempts >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('attempts', f.attempts, 'window', '24 hours, newest 500 of each subscription')
    from figures f
    cross join lateral (values
        ('duration_p50', f.durations[1], 'ms', null::numeric, null::numeric, null),
        ('duration_p95', f.durations[2], 'ms', 5000, 20000, 'select * from subscription_performance shows which target is slow.'),
        ('failed_attempts', 100.0 * f.failed / nullif(f.attempts, 0), '%', 10, 50, 'select * from subscription_performance shows which target fails.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function events.delivery_performance_signals() is 'Part of events_performance_analysis: how subscribers took what was sent to them.';

create or replace function events.events_performance_analysis()
    returns table (subject text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('events.events') = 'none' then
        return query select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), s.remedy, s.details, now()
                     from base.unread_signal('events', 'events.events') s;
        return;
    end if;
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from events.processing_performance_signals()
        union all
        select * from events.backlog_signals()
        union all
        select * from events.delivery_performance_signals()
    ) s;
end
$$;
comment on function events.events_performance_analysis() is
    'How fast events of the last 24 hours were processed and delivered, all together and by kind of source, and the backlog now. status follows from the limits shown.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('process_pending_events', $gsdb_file$-- Processing in SQL: classification, projections, rollups, the log of it. A transaction takes a stretch of the log and moves the cursor past it,
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('program_events', $gsdb_file$-- What the program did itself, under a source of its own.

create or replace function events.record_program_event(delivery_key text, event_type text, payload jsonb, occurred_at timestamptz, target text) returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    source_name constant text := 'gsdb';
    source uuid;
begin
    loop
        select s.id into source
        from events.event_sources s
        where s.organization_id = organization and lower(s.name) = source_name and s.deleted_at is null;
        exit when found;
        insert into events.event_sources (organization_id, name, kind, description)
        values (organization, source_name, 'generic', 'What the program did itself.')
        on conflict (organization_id, lower(name)) where deleted_at is null do nothing;
    end loop;
    return (events.record_event(source, record_program_event.delivery_key, record_program_event.event_type, record_program_event.payload,
                                record_program_event.occurred_at, target => record_program_event.target)).is_new;
end
$$;
comment on function events.record_program_event(text, text, jsonb, timestamptz, text) is
    'Stores an event of the program under the source gsdb, which it makes when there is none. Returns whether it is new; error GS702 when the source is paused.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('project_events', $gsdb_file$-- From payloads to typed columns. Each routine takes a stretch of the log: its first event, how many there are, and the times between which
-- they were received, so that one partition is looked at instead of all. The limit tells the planner that the stretch is
-- short, and offset 0 makes it look each source up: it cannot know how much of a table row-level security lets the owner see. Doing it again changes nothing.
-- jsonb_to_record takes a payload apart once; an operator for each column would unpack it as often. A value that does not fit its column
-- is an error, and process_pending_events then makes a dead letter of that event alone.

create or replace function events.project_github_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.github_events (
        organization_id, event_id, received_at, event_name, action, repository, number, title, state, author, is_draft, is_merged, merge_commit_sha,
        ref, base_ref, commit_sha, commit_message, commit_count, review_state, workflow, run_id, job_id, run_status, run_conclusion, release_tag, url)
    select e.organization_id, e.id, e.received_at, split_part(e.event_type, '.', 1), p.action, repository.full_name,
           coalesce(pull.number, issue.number), coalesce(pull.title, issue.title, release.name), coalesce(pull.state, issue.state),
           coalesce(pull."user" ->> 'login', issue."user" ->> 'login', release.author ->> 'login', p.head_commit #>> '{author,name}'),
           coalesce(pull.draft, release.draft), pull.merged, pull.merge_commit_sha,
           coalesce(pull.head ->> 'ref', run.head_branch, p.ref, p.deployment ->> 'ref'), pull.base ->> 'ref',
           coalesce(pull.head ->> 'sha', run.head_sha, p.head_commit ->> 'id', p.deployment ->> 'sha', p.sha),
           p.head_commit ->> 'message', jsonb_array_length(p.commits), p.review ->> 'state',
           coalesce(run.name, p.context),
           case when p.workflow_run is not null or coalesce(p.workflow_job, p.check_run) is null then run.id
                else coalesce(run.run_id, (run.check_suite ->> 'id')::bigint) end,
           case when p.workflow_run is null and coalesce(p.workflow_job, p.check_run) is not null then run.id end,
           run.status, coalesce(run.conclusion, case when p.context is not null then p.state end), release.tag_name,
           coalesce(p.comment ->> 'html_url', p.review ->> 'html_url', pull.html_url, issue.html_url, release.html_url, run.html_url, p.compare, p.target_url)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'github' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (
        action text, ref text, sha text, state text, context text, compare text, target_url text, repository jsonb, pull_request jsonb, issue jsonb, comment jsonb,
        review jsonb, release jsonb, head_commit jsonb, commits jsonb, workflow_run jsonb, workflow_job jsonb, check_run jsonb, check_suite jsonb, deployment jsonb)
    cross join lateral jsonb_to_record(p.repository) as repository (full_name text)
    cross join lateral jsonb_to_record(p.pull_request) as pull (
        number integer, title text, state text, "user" jsonb, draft boolean, merged boolean, merge_commit_sha text, head jsonb, base jsonb, html_url text)
    cross join lateral jsonb_to_record(p.issue) as issue (number integer, title text, state text, "user" jsonb, html_url text)
    cross join lateral jsonb_to_record(p.release) as release (name text, tag_name text, draft boolean, author jsonb, html_url text)
    cross join lateral jsonb_to_record(coalesce(p.workflow_run, p.workflow_job, p.check_run, p.check_suite)) as run (
        id bigint, run_id bigint, name text, status text, conclusion text, head_sha text, head_branch text, check_suite jsonb, html_url text)
    on conflict on constraint github_events_pkey do nothing;
end
$$;
comment on function events.project_github_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills github_events from a stretch of the log.';

create or replace function events.project_linear_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.linear_events (
        organization_id, event_id, received_at, entity_type, action, entity_id, issue_identifier, team_key, title, body, state, priority, assignee_id, project_id, parent_id,
        labels, previous_values, entity_updated_at, url)
    select e.organization_id, e.id, e.received_at, p.type, p.action, d.id,
           coalesce(d.identifier, d.issue ->> 'identifier', case when p.type = 'Issue' then d.team ->> 'key' || '-' || d.number end), d.team ->> 'key',
           coalesce(d.title, d.name), d.body, d.state ->> 'name', d.priority, d."assigneeId", d."projectId", coalesce(d."parentId", d."issueId"),
           array(select label ->> 'name' from jsonb_array_elements(d.labels) as label), coalesce(p."updatedFrom", '{}'), d."updatedAt", p.url
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'linear' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (action text, type text, data jsonb, "updatedFrom" jsonb, url text)
    cross join lateral jsonb_to_record(p.data) as d (
        id text, identifier text, number integer, title text, name text, body text, state jsonb, priority smallint, team jsonb, "assigneeId" text, "projectId" text, "parentId" text,
        issue jsonb, "issueId" text, labels jsonb, "updatedAt" timestamptz)
    where p.type is not null and p.action is not null
    on conflict on constraint linear_events_pkey do nothing;
end
$$;
comment on function events.project_linear_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills linear_events from a stretch of the log.';

-- A user, channel or message is an id in some events and an object in others.
create or replace function events.project_slack_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.slack_events (
        organization_id, event_id, received_at, slack_type, subtype, workspace_id, channel_id, channel_type, user_id, bot_id, message_ts, thread_ts, message, reaction, file_count)
    select e.organization_id, e.id, e.received_at, coalesce(d.type, p.type), d.subtype, p.team_id,
           coalesce(case jsonb_typeof(d.channel) when 'string' then d.channel #>> '{}' else d.channel ->> 'id' end, d.item ->> 'channel'), d.channel_type,
           coalesce(case jsonb_typeof(d."user") when 'string' then d."user" #>> '{}' else d."user" ->> 'id' end, m."user"), coalesce(d.bot_id, m.bot_id),
           coalesce(m.ts, d.deleted_ts, d.item ->> 'ts', d.ts), coalesce(m.thread_ts, d.thread_ts, m.ts, d.deleted_ts, d.item ->> 'ts', d.ts),
           coalesce(m.text, d.text), d.reaction, coalesce(jsonb_array_length(coalesce(m.files, d.files)), 0)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'slack' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (type text, team_id text, event jsonb)
    cross join lateral jsonb_to_record(p.event) as d (
        type text, subtype text, "user" jsonb, bot_id text, channel jsonb, channel_type text, ts text, thread_ts text, deleted_ts text, text text, reaction text, item jsonb, files jsonb, message jsonb)
    cross join lateral jsonb_to_record(case when jsonb_typeof(d.message) = 'object' then d.message end) as m ("user" text, bot_id text, ts text, thread_ts text, text text, files jsonb)
    where coalesce(d.type, p.type) is not null
    on conflict on constraint slack_events_pkey do nothing;
end
$$;
comment on function events.project_slack_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills slack_events from a stretch of the log.';

create or replace function events.project_notion_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.notion_events (
        organization_id, event_id, received_at, notion_type, workspace_id, entity_type, entity_id, parent_type, parent_id, author_ids, updated_properties, attempt_number)
    select e.organization_id, e.id, e.received_at, p.type, p.workspace_id, p.entity ->> 'type', p.entity ->> 'id', p.data #>> '{parent,type}', p.data #>> '{parent,id}',
           array(select author ->> 'id' from jsonb_array_elements(p.authors) as author),
           array(select jsonb_array_elements_text(p.data -> 'updated_properties')), p.attempt_number
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'notion' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (type text, workspace_id text, entity jsonb, data jsonb, authors jsonb, attempt_number integer)
    where p.type is not null and p.entity is not null
    on conflict on constraint notion_events_pkey do nothing;
end
$$;
comment on function events.project_notion_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills notion_events from a stretch of the log.';

-- Two dialects: GitHub's deployment_status, and ours for deployment tools and build servers, which the README describes. A status that is
-- none of these words is an error of its event. The end of a GitHub deployment is the time of the status that ended it.
create or replace function events.project_deployment_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.deployment_events (
        organization_id, event_id, received_at, status, environment, deployment_key, repository, version, commit_sha, is_rollback, started_at, finished_at, logs_url)
    select d.organization_id, d.id, d.received_at, d.status, coalesce(d.environment, 'production'), d.deployment_key, d.repository, d.version, d.commit_sha, coalesce(d.is_rollback, false),
           case when d.status in ('succeeded', 'failed', 'cancelled') and d.started_at > d.ended_at then null else d.started_at end,
           case when d.status in ('succeeded', 'failed', 'cancelled') then d.ended_at end, d.logs_url
    from (
        select e.organization_id, e.id, e.received_at,
               (case lower(coalesce(github.state, p.status, case when p.deployment is not null then 'queued' end))
                    when 'pending' then 'queued' when 'waiting' then 'queued' when 'running' then 'in_progress'
                    when 'success' then 'succeeded' when 'failure' then 'failed' when 'error' then 'failed' when 'canceled' then 'cancelled'
                    else lower(coalesce(github.state, p.status, case when p.deployment is not null then 'queued' end)) end)::events.deployment_status as status,
               coalesce(github.environment, p.deployment ->> 'environment', p.environment) as environment,
               coalesce(p.deployment ->> 'id', p.id) as deployment_key,
               case jsonb_typeof(p.repository) when 'string' then p.repository #>> '{}' else p.repository ->> 'full_name' end as repository,
               coalesce(p.deployment ->> 'ref', p.version) as version, coalesce(p.deployment ->> 'sha', p.commit) as commit_sha, p.rollback as is_rollback,
               coalesce((p.deployment ->> 'created_at')::timestamptz, p.started_at) as started_at,
               coalesce(github.created_at, p.finished_at, e.occurred_at) as ended_at,
               coalesce(github.log_url, p.logs_url) as logs_url
        from (select o.*
              from events.events o
              where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
              order by o.log_position, o.id, o.organization_id
              limit event_count) e
        cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id offset 0) s
        cross join lateral jsonb_to_record(e.payload) as p (
            id text, status text, environment text, repository jsonb, version text, commit text, rollback boolean, started_at timestamptz, finished_at timestamptz, logs_url text,
            deployment jsonb, deployment_status jsonb)
        cross join lateral jsonb_to_record(p.deployment_status) as github (state text, environment text, created_at timestamptz, log_url text)
        where (s.kind = 'deployment' or (s.kind in ('github', 'ci') and split_part(e.event_type, '.', 1) in ('deployment', 'deployment_status')))
    ) as d
    where d.status is not null
    on conflict on constraint deployment_events_pkey do nothing;
end
$$;
comment on function events.project_deployment_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills deployment_events from a stretch of the log.';

-- Only what the stretch has: each projection reads it once more.
create or replace function events.project_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    kinds events.source_kind[];
    has_deployments boolean;
begin
    select array_agg(distinct k.kind), coalesce(bool_or(k.kind = 'deployment' or (k.kind in ('github', 'ci') and d.is_deployment)), false)
    into kinds, has_deployments
    from (select distinct e.organization_id, e.source_id, split_part(e.event_type, '.', 1) in ('deployment', 'deployment_status') as is_deployment
          from (select o.organization_id, o.id, o.source_id, o.event_type
                from events.events o
                where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
                order by o.log_position, o.id, o.organization_id
                limit event_count) e) d
    cross join lateral (select s.kind from events.event_sources s where s.organization_id = d.organization_id and s.id = d.source_id offset 0) k;
    if 'github' = any (kinds) then
        perform events.project_github_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'linear' = any (kinds) then
        perform events.project_linear_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'slack' = any (kinds) then
        perform events.project_slack_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'notion' = any (kinds) then
        perform events.project_notion_events(first_position, first_id, first_organization, event_count, received_from, received_to);
        perform events.want_notion_entities(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if has_deployments then
        perform events.project_deployment_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
end
$$;
comment on function events.project_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills the projections of the kinds of sources that a stretch of the log has.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('pushes', $gsdb_file$-- Pushes of all organizations in the order of the log, for whoever indexes them. Reading does not move the cursor: that is done when what follows
-- from them is noted, so that a push is seen again rather than never.

create or replace function events.read_pushes(batch_size integer)
    returns table (organization_id uuid, event_id uuid, log_position bigint, clone_url text, ref text, default_branch text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
begin
    return query
    select s.organization_id, s.id, s.log_position, s.clone_url, s.ref, s.default_branch
    from (select w.organization_id, w.id, w.log_position, row_number() over (order by w.log_position, w.id, w.organization_id) = count(*) over () as is_last,
                 case when w.event_type = 'push' then w.payload #>> '{repository,clone_url}' end as clone_url, w.payload ->> 'ref' as ref,
                 w.payload #>> '{repository,default_branch}' as default_branch
          from (select e.*
                from events.event_consumers c
                join events.events e on (e.log_position, e.id, e.organization_id) > (c.log_position, c.event_id, c.event_organization_id)
                where c.name = 'indexing' and c.paused_at is null and e.log_position < events.log_horizon()
                order by e.log_position, e.id, e.organization_id
                limit greatest(batch_size, 1)) w) s
    where s.clone_url is not null or s.is_last
    order by s.log_position, s.id, s.organization_id;
end
$$;
comment on function events.read_pushes(integer) is
    'The pushes among the next so many events of all organizations, and the last of those events, whose clone_url is null when it is none. Nothing at the end of the log.';
revoke execute on function events.read_pushes(integer) from public;
grant execute on function events.read_pushes(integer) to events_user;

create or replace function events.pass_pushes(log_position bigint, event_id uuid, event_organization_id uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update events.event_consumers c
    set log_position = pass_pushes.log_position, event_id = pass_pushes.event_id, event_organization_id = pass_pushes.event_organization_id, moved_at = now()
    where c.name = 'indexing'
      and (c.log_position, c.event_id, c.event_organization_id) < (pass_pushes.log_position, pass_pushes.event_id, pass_pushes.event_organization_id);
end
$$;
comment on function events.pass_pushes(bigint, uuid, uuid) is 'Says that what follows from pushes up to an event is noted.';
revoke execute on function events.pass_pushes(bigint, uuid, uuid) from public;
grant execute on function events.pass_pushes(bigint, uuid, uuid) to events_user;

create or replace function events.pass_all_pushes() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform events.skip_log('indexing');
end
$$;
comment on function events.pass_all_pushes() is 'Skips the log for who indexes pushes, where nothing is indexed from a URL.';
revoke execute on function events.pass_all_pushes() from public;
grant execute on function events.pass_all_pushes() to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('receiving', $gsdb_file$-- What the receiver of deliveries needs to know of a source before it knows of which organization it is.

create or replace function events.receiving_endpoint(
    source uuid, out organization_id uuid, out kind events.source_kind, out scope_id uuid, out credential_id uuid, out previous_credential_id uuid,
    out previous_credential_until timestamptz, out verified_at timestamptz, out paused_at timestamptz, out signature_header text, out delivery_header text,
    out event_type_header text, out allowed_networks text[])
    returns setof record
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select s.organization_id, s.kind, coalesce(s.deduplicates_with, s.id), s.credential_id, s.previous_credential_id, s.previous_credential_until, s.verified_at,
           s.paused_at, s.signature_header, s.delivery_header, s.event_type_header, s.allowed_networks::text[]
    from events.event_sources s
    where s.id = source and s.deleted_at is null;
end
$$;
comment on function events.receiving_endpoint(uuid) is 'A source of any organization by its id, as the receiver of deliveries needs it; nothing where there is none.';
revoke execute on function events.receiving_endpoint(uuid) from public;
grant execute on function events.receiving_endpoint(uuid) to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('reconciling', $gsdb_file$-- Which sources are to be compared with what their provider says it delivered.

-- Taking one is noting it as done, so that another server does not do the same.
create or replace function events.take_reconciliation(every interval)
    returns table (organization_id uuid, source_id uuid, scope_id uuid, reconcile_url text, reconcile_credential_id uuid, reconciled_at timestamptz)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with due as (
        select s.organization_id, s.id, s.reconciled_at
        from events.event_sources s
        where s.reconcile_url is not null and s.deleted_at is null and s.paused_at is null and (s.reconciled_at is null or s.reconciled_at < now() - every)
        order by s.reconciled_at nulls first
        limit 1
        for update skip locked)
    update events.event_sources s set reconciled_at = now()
    from due
    where s.organization_id = due.organization_id and s.id = due.id
    returning s.organization_id, s.id, coalesce(s.deduplicates_with, s.id), s.reconcile_url, s.reconcile_credential_id, due.reconciled_at;
end
$$;
comment on function events.take_reconciliation(interval) is 'The source of any organization that has waited longest to be compared with its provider''s list of deliveries, if that is long enough; with when it was done before.';
revoke execute on function events.take_reconciliation(interval) from public;
grant execute on function events.take_reconciliation(interval) to events_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('record_event', $gsdb_file$-- The way in for SQL. The receiver does the same in larger batches.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('events');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('refetching', $gsdb_file$-- What Notion's events are about: which things are wanted, and which may be asked for now.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('replay', $gsdb_file$-- Projecting once more what has been processed: after a mapping was improved, or a projection was damaged.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('retention', $gsdb_file$-- Retention per type. Events of all types share partitions, so a partition lives as long as the longest kept type, and what is to go earlier
-- is deleted in batches.

-- The organization's own rule wins over the common one, and within each the type over its family over all of the kind.
create or replace function events.retention_days(organization uuid, source_kind text, event_type text) returns integer
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    names constant text[] := array[event_type, split_part(event_type, '.', 1), '*'];
    days integer;
begin
    select r.retention_days into days
    from events.event_type_retentions r
    where r.organization_id = organization and r.source_kind::text = retention_days.source_kind and r.name = any (names)
    order by array_position(names, r.name)
    limit 1;
    if found then
        return days;
    end if;
    select t.retention_days into days
    from events.event_types t
    where t.source_kind::text = retention_days.source_kind and t.name = any (names)
    order by array_position(names, t.name)
    limit 1;
    if found then
        return days;
    end if;
    return events.retention_days_of_unknown_types();
end
$$;
comment on function events.retention_days(uuid, text, text) is 'How many days an organization keeps events of a type from sources of a kind; null for ever.';

-- By the same rule that says for how long.
create or replace function events.is_archived(organization uuid, source_kind text, event_type text) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    names constant text[] := array[event_type, split_part(event_type, '.', 1), '*'];
    answer boolean;
begin
    select r.is_archived into answer
    from events.event_type_retentions r
    where r.organization_id = organization and r.source_kind::text = is_archived.source_kind and r.name = any (names)
    order by array_position(names, r.name)
    limit 1;
    return coalesce(answer, false);
end
$$;
comment on function events.is_archived(uuid, text, text) is 'Whether an organization wants events of a type from sources of a kind in files before they are deleted.';

create or replace function events.retention_days_of_unknown_types() returns integer
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return 400;
end
$$;
comment on function events.retention_days_of_unknown_types() is 'How many days events are kept whose type nobody has described.';

-- Most types are kept for longer than there have been events: no need to look for what is older than all of them.
create or replace function events.nothing_is_older_than() returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    part record;
    oldest timestamptz;
    has_rows boolean;
begin
    for part in select p.partition, p.lower_bound, p.is_default from base.time_partitions_of('events.events') p loop
        if part.is_default then
            execute format('select exists (select from %s)', part.partition) into has_rows;
            if has_rows then
                return timestamptz '-infinity';
            end if;
        end if;
        oldest := least(oldest, part.lower_bound);
    end loop;
    return coalesce(oldest, '-infinity');
end
$$;
comment on function events.nothing_is_older_than() is 'Part of cleanup_old_events: the beginning of the oldest partition of events.';

-- Rollups of a day are kept, so they know each type that a source has had.
create or replace function events.cleanup_old_events(events_max integer default 1000000) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    oldest constant timestamptz := events.nothing_is_older_than();
    kept record;
    days integer;
    deleted bigint := 0;
begin
    for kept in
        select s.organization_id, s.id as source_id, s.kind::text as kind, a.event_type
        from events.event_sources s
        cross join lateral (
            select distinct c.event_type from events.event_aggregations c
            where c.organization_id = s.organization_id and c.source_id = s.id and c.period = interval '1 day'
        ) a
        order by s.organization_id, s.id, a.event_type
    loop
        days := events.retention_days(kept.organization_id, kept.kind, kept.event_type);
        continue when days is null or now() - make_interval(days => days) <= oldest or events.is_archived(kept.organization_id, kept.kind, kept.event_type);
        deleted := deleted + events.delete_events_of_type(kept.organization_id, kept.source_id, kept.event_type, now() - make_interval(days => days), events_max - deleted);
        exit when deleted >= events_max;
    end loop;
    return deleted;
end
$$;
comment on function events.cleanup_old_events(integer) is
    'Deletes events past the retention of their type, and their projections, in all organizations. Returns how many events; call it again when that is as many as allowed. Events not yet processed stay, and those that are archived first.';
revoke execute on function events.cleanup_old_events(integer) from public;
grant execute on function events.cleanup_old_events(integer) to events_user;
select base.declare_maintenance('events.cleanup_old_events', 'daily', interval '1 hour', 'Deletes events past the retention of their type.', rows_max => 1000000);

create or replace function events.delete_events_of_type(organization uuid, source uuid, type_name text, received_before timestamptz, events_max bigint) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    batch_size constant integer := 5000;
    batch record;
    deleted bigint := 0;
begin
    while deleted < events_max loop
        select array_agg(t.event_id) as ids, count(*) as events, min(t.received_at) as received_from, max(t.received_at) as received_to into batch
        from (select o.event_id, o.received_at
              from events.events_by_type o
              where o.organization_id = organization and o.source_id = source and o.event_type = type_name and o.received_at < received_before
              order by o.event_id
              limit least(batch_size, events_max - deleted)) t;
        exit when batch.events = 0;
        perform events.delete_listed_events(organization, source, type_name, batch.ids, batch.received_from, batch.received_to);
        deleted := deleted + batch.events;
    end loop;
    return deleted;
end
$$;
comment on function events.delete_events_of_type(uuid, uuid, text, timestamptz, bigint) is 'Part of cleanup_old_events: deletes processed events of one type and source in batches, with what was made of them.';

create or replace function events.delete_listed_events(organization uuid, source uuid, type_name text, ids uuid[], received_from timestamptz, received_to timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    projection regclass;
    listed uuid[];
begin
    with gone as (
        delete from events.events_by_type o
        where o.organization_id = organization and o.source_id = source and o.event_type = type_name and o.event_id = any (ids)
          and o.received_at between received_from and received_to
        returning o.event_id)
    select array_agg(g.event_id) into listed from gone g;
    foreach projection in array array['events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[] loop
        execute format('delete from %s p where p.organization_id = $1 and p.event_id = any ($2) and p.received_at between $3 and $4', projection)
        using organization, listed, received_from, received_to;
    end loop;
    delete from events.dead_letters d where d.organization_id = organization and d.event_id = any (listed);
    delete from events.events e where e.organization_id = organization and e.id = any (listed) and e.received_at between received_from and received_to;
    return coalesce(cardinality(listed), 0);
end
$$;
comment on function events.delete_listed_events(uuid, uuid, text, uuid[], timestamptz, timestamptz) is
    'Part of retention: deletes those of the events that are listed under this source and type in this time, with what was made of them. Returns how many.';

-- Keys outlive every redelivery: GitHub Enterprise repeats for seven days, the others for less. Rollups are looked for source by source, as
-- their key has them (`offset 0`): reading all to find those of a minute that are too old would take seconds.
create or replace function events.cleanup_old_bookkeeping(rows_max integer default 1000000) returns table (relation text, rows_deleted bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    relation := 'events.event_keys';
    delete from events.event_keys r
    where r.ctid = any (array(select k.ctid from events.event_keys k where k.received_at < now() - interval '8 days' limit rows_max))
      and r.received_at < now() - interval '8 days';
    get diagnostics rows_deleted = row_count;
    return next;
    relation := 'events.event_aggregations';
    delete from events.event_aggregations r
    where r.ctid = any (array(
              select k.ctid
              from events.event_sources s
              cross join lateral (
                  select a.ctid from events.event_aggregations a
                  where a.organization_id = s.organization_id and a.source_id = s.id and a.period = interval '1 minute' and a.period_start < now() - interval '7 days' offset 0
              ) k
              limit rows_max))
      and r.period_start < now() - interval '7 days' and r.period = interval '1 minute';
    get diagnostics rows_deleted = row_count;
    return next;
    relation := 'events.event_aggregations';
    delete from events.event_aggregations r
    where r.ctid = any (array(
              select k.ctid
              from events.event_sources s
              cross join lateral (
                  select a.ctid from events.event_aggregations a
                  where a.organization_id = s.organization_id and a.source_id = s.id and a.period = interval '1 hour' and a.period_start < now() - interval '90 days' offset 0
              ) k
              limit rows_max))
      and r.period_start < now() - interval '90 days' and r.period = interval '1 hour';
    get diagnostics rows_deleted = row_count;
    return next;
    relation := 'events.event_participations';
    delete from events.event_participations r
    where r.ctid = any (array(
              select k.ctid
              from events.event_sources s
              cross join (values ('actor'), ('target')) as w (role)
              cross join (values (interval '1 hour', interval '90 days'), (interval '1 day', interval '400 days')) as p (period, kept_for)
              cross join lateral (
                  select a.ctid from events.event_participations a
                  where a.organization_id = s.organization_id and a.source_id = s.id and a.role = w.role and a.period = p.period and a.period_start < now() - p.kept_for offset 0
              ) k
              limit rows_max))
      and r.period_start < now() - interval '90 days';
    get diagnostics rows_deleted = row_count;
    return next;
    relation := 'events.event_rejects';
    delete from events.event_rejects r
    where r.ctid = any (array(select k.ctid from events.event_rejects k where k.resolved_at < now() - interval '90 days' limit rows_max))
      and r.resolved_at < now() - interval '90 days';
    get diagnostics rows_deleted = row_count;
    return next;
    relation := 'events.dead_letters';
    delete from events.dead_letters r
    where r.ctid = any (array(select k.ctid from events.dead_letters k where k.settled_at < now() - interval '90 days' limit rows_max))
      and r.settled_at < now() - interval '90 days';
    get diagnostics rows_deleted = row_count;
    return next;
end
$$;
comment on function events.cleanup_old_bookkeeping(integer) is
    'Deletes what outlived its use in all organizations: delivery keys after 8 days, rollups of minutes after 7, of hours after 90 and of days by actor or target after 400, rejects and dead letters 90 days after they were settled.';
revoke execute on function events.cleanup_old_bookkeeping(integer) from public;
grant execute on function events.cleanup_old_bookkeeping(integer) to events_user;
select base.declare_maintenance('events.cleanup_old_bookkeeping', 'daily', interval '1 hour', 'Deletes delivery keys, rollups, rejects and dead letters that outlived their use.', rows_max => 1000000);
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('subscriptions', $gsdb_file$-- Which subscriptions want an event.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another. What
-- is counted from rollups and the processing log is as new as the processing.

create or replace view events.recent_events as
select e.organization_id, e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind as source_kind, e.event_type,
       coalesce(exact.category, family.category, every.category) as category,
       e.actor, e.target, e.repository, e.thread, e.reference, d.status as dead_letter_status, d.error_message, e.source_id, e.payload
from events.events e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
left join events.event_types exact on exact.source_kind = s.kind and exact.name = e.event_type
left join events.event_types family on family.source_kind = s.kind and family.name = split_part(e.event_type, '.', 1)
left join events.event_types every on every.source_kind = s.kind and every.name = '*'
left join events.dead_letters d on d.organization_id = e.organization_id and d.event_id = e.id and d.consumer_name = 'processing'
where e.received_at >= now() - interval '7 days';
comment on view events.recent_events is 'The events received in the last seven days. The category is null for a type that nobody has described, dead_letter_status for an event that did not fail.';
select base.tenant_view('events.recent_events');

create or replace view events.event_source_health as
select h.organization_id, h.source_id, h.name, h.kind, h.last_received_at, h.events_24_hours, h.failed_24_hours, h.failure_rate_percentage,
       h.unclassified_24_hours, h.lag_ms_max_24_hours, h.rejects_24_hours, h.open_dead_letters,
       case when h.paused_at is not null then 'paused'
            when h.failure_rate_percentage >= 5 or h.rejects_24_hours > 0 then 'failing'
            when h.last_received_at is null then 'waiting'
            when h.last_received_at < now() - interval '7 days' then 'silent'
            else 'healthy' end as status
from (
    select s.organization_id, s.id as source_id, s.name, s.kind, s.paused_at, a.last_received_at,
           coalesce(l.processed, 0)::bigint as events_24_hours,
           coalesce(l.failed, 0)::bigint as failed_24_hours,
           round(100.0 * l.failed / l.processed, 2) as failure_rate_percentage,
           coalesce(l.unclassified, 0)::bigint as unclassified_24_hours,
           l.lag_ms_max as lag_ms_max_24_hours,
           coalesce(r.rejects, 0) as rejects_24_hours,
           coalesce(d.letters, 0) as open_dead_letters
    from events.event_sources s
    left join (
        select organization_id, source_id, max(last_received_at) as last_received_at
        from events.event_aggregations
        where period = interval '1 day'
        group by organization_id, source_id
    ) a on a.organization_id = s.organization_id and a.source_id = s.id
    left join (
        select organization_id, source_id, sum(events_processed) as processed, sum(events_failed) as failed,
               sum(events_unclassified) as unclassified, max(lag_ms_max) as lag_ms_max
        from events.event_processing_log
        where processed_at >= now() - interval '24 hours' and consumer_name = 'processing'
        group by organization_id, source_id
    ) l on l.organization_id = s.organization_id and l.source_id = s.id
    left join (
        select organization_id, source_id, count(*) as rejects
        from events.event_rejects
        where received_at >= now() - interval '24 hours'
        group by organization_id, source_id
    ) r on r.organization_id = s.organization_id and r.source_id = s.id
    left join (
        select w.organization_id, e.source_id, count(*) as letters
        from events.dead_letters w
        join events.events e on e.organization_id = w.organization_id and e.id = w.event_id and e.received_at = w.event_received_at
        where w.settled_at is null
        group by w.organization_id, e.source_id
    ) d on d.organization_id = s.organization_id and d.source_id = s.id
    where s.deleted_at is null
) as h;
comment on view events.event_source_health is
    'Every source with what came from it. Its status: paused on request; failing when 5 % of the events of 24 hours could not be processed or any could not be stored; waiting for its first event; silent for 7 days; healthy.';
select base.tenant_view('events.event_source_health');

create or replace view events.event_summary as
select a.organization_id, a.source_id, s.name as source_name, s.kind as source_kind, a.event_type,
       coalesce(exact.category, family.category, every.category) as category,
       a.events_24_hours, a.events_30_days, a.events, a.first_day, a.last_received_at
from (
    select organization_id, source_id, event_type,
           coalesce(sum(event_count) filter (where period = interval '1 hour' and period_start > now() - interval '24 hours'), 0)::bigint as events_24_hours,
           coalesce(sum(event_count) filter (where period = interval '1 day' and period_start > now() - interval '30 days'), 0)::bigint as events_30_days,
           coalesce(sum(event_count) filter (where period = interval '1 day'), 0)::bigint as events,
           min(period_start) filter (where period = interval '1 day') as first_day,
           max(last_received_at) as last_received_at
    from events.event_aggregations
    where period = interval '1 day' or (period = interval '1 hour' and period_start > now() - interval '24 hours')
    group by organization_id, source_id, event_type
) a
join events.event_sources s on s.organization_id = a.organization_id and s.id = a.source_id
left join events.event_types exact on exact.source_kind = s.kind and exact.name = a.event_type
left join events.event_types family on family.source_kind = s.kind and family.name = split_part(a.event_type, '.', 1)
left join events.event_types every on every.source_kind = s.kind and every.name = '*';
comment on view events.event_summary is
    'How many events of each type each source has had, by the hours and days in which they occurred. The category is null for a type that nobody has described.';
select base.tenant_view('events.event_summary');

create or replace view events.subscription_performance as
select s.organization_id, s.id as subscription_id, s.name, s.channel, s.paused_at, s.pause_cause,
       coalesce(d.pending, 0) as pending, coalesce(d.delivered, 0) as delivered, coalesce(d.failed, 0) as failed, coalesce(d.cancelled, 0) as cancelled,
       round(100.0 * d.delivered / nullif(d.delivered + d.failed, 0), 2) as success_percentage,
       d.oldest_pending_at,
       coalesce(a.attempts, 0) as attempts_7_days,
       round(100.0 * a.delivered / a.attempts, 2) as attempt_success_percentage_7_days,
       a.duration_ms_median as duration_ms_median_7_days,
       a.duration_ms_p95 as duration_ms_p95_7_days
from events.subscriptions s
left join (
    select organization_id, subscription_id,
           count(*) filter (where status = 'pending') as pending,
           count(*) filter (where status = 'delivered') as delivered,
           count(*) filter (where status = 'failed') as failed,
           count(*) filter (where status = 'cancelled') as cancelled,
           min(created_at) filter (where status = 'pending') as oldest_pending_at
    from events.deliveries
    group by organization_id, subscription_id
) d on d.organization_id = s.organization_id and d.subscription_id = s.id
left join (
    select organization_id, subscription_id, count(*) as attempts,
           count(*) filter (where outcome = 'delivered') as delivered,
           percentile_disc(0.5) within group (order by duration_ms) as duration_ms_median,
           percentile_disc(0.95) within group (order by duration_ms) as duration_ms_p95
    from events.delivery_attempts
    where started_at >= now() - interval '7 days'
    group by organization_id, subscription_id
) a on a.organization_id = s.organization_id and a.subscription_id = s.id;
comment on view events.subscription_performance is 'Every subscription with what became of its deliveries, as long as those are kept, and with its attempts of the last seven days.';
select base.tenant_view('events.subscription_performance');

-- Weeks begin on Monday, months on the first, both in UTC; they add up the days, which are kept.
create or replace view events.event_counts as
select a.organization_id, a.source_id, a.event_type, case a.period when interval '1 minute' then 'minute' when interval '1 hour' then 'hour' else 'day' end as period,
       a.period_start, a.event_count, a.last_received_at
from events.event_aggregations a
union all
select a.organization_id, a.source_id, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_aggregations a
cross join (values ('week'), ('month')) as longer (period)
where a.period = interval '1 day'
group by a.organization_id, a.source_id, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts is 'How many events of each type a source had in each minute, hour, day, week and month, as long as those are kept: minutes for 7 days, hours for 90.';
select base.tenant_view('events.event_counts');

create or replace view events.event_counts_by_actor as
select a.organization_id, a.source_id, a.name as actor, a.event_type, case a.period when interval '1 hour' then 'hour' else 'day' end as period, a.period_start, a.event_count, a.last_received_at
from events.event_participations a
where a.role = 'actor'
union all
select a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_participations a
cross join (values ('week'), ('month')) as longer (period)
where a.role = 'actor' and a.period = interval '1 day'
group by a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts_by_actor is 'How many events of each type an actor caused in each hour, day, week and month, as long as those are kept: hours for 90 days, days for 400.';
select base.tenant_view('events.event_counts_by_actor');

create or replace view events.event_counts_by_target as
select a.organization_id, a.source_id, a.name as target, a.event_type, 'day' as period, a.period_start, a.event_count, a.last_received_at
from events.event_participations a
where a.role = 'target'
union all
select a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC'), sum(a.event_count)::bigint, max(a.last_received_at)
from events.event_participations a
cross join (values ('week'), ('month')) as longer (period)
where a.role = 'target' and a.period = interval '1 day'
group by a.organization_id, a.source_id, a.name, a.event_type, longer.period, date_trunc(longer.period, a.period_start, 'UTC');
comment on view events.event_counts_by_target is 'How many events of each type were about a target in each day, week and month, as long as those are kept: days for 400 days.';
select base.tenant_view('events.event_counts_by_target');

-- One view for each projection: its columns with those that every event has.
create or replace view events.github_activity as
select g.organization_id, g.event_id, e.source_id, g.received_at, e.occurred_at, e.event_type, e.actor, g.event_name, g.action, g.repository, g.number, g.title, g.state,
       g.author, g.is_draft, g.is_merged, g.merge_commit_sha, g.ref, g.base_ref, g.commit_sha, g.commit_message, g.commit_count, g.review_state, g.workflow, g.run_id, g.job_id,
       g.run_status, g.run_conclusion, g.release_tag, g.url
from events.github_events g
join events.events e on e.organization_id = g.organization_id and e.id = g.event_id and e.received_at = g.received_at;
comment on view events.github_activity is 'What happened at GitHub: pull requests, reviews, issues, pushes, checks, workflow runs, releases.';
select base.tenant_view('events.github_activity');

create or replace view events.linear_activity as
select l.organization_id, l.event_id, e.source_id, l.received_at, e.occurred_at, e.event_type, e.actor, l.entity_type, l.action, l.entity_id, l.issue_identifier, l.team_key, l.title, l.body,
       l.state, l.priority, l.assignee_id, l.project_id, l.parent_id, l.labels, l.previous_values, l.entity_updated_at, l.url
from events.linear_events l
join events.events e on e.organization_id = l.organization_id and e.id = l.event_id and e.received_at = l.received_at;
comment on view events.linear_activity is 'What happened in Linear: issues, comments, projects, cycles.';
select base.tenant_view('events.linear_activity');

create or replace view events.slack_activity as
select l.organization_id, l.event_id, e.source_id, l.received_at, e.occurred_at, e.event_type, e.actor, l.slack_type, l.subtype, l.workspace_id, l.channel_id, l.channel_type, l.user_id, l.bot_id,
       l.message_ts, l.thread_ts, l.message, l.reaction, l.file_count
from events.slack_events l
join events.events e on e.organization_id = l.organization_id and e.id = l.event_id and e.received_at = l.received_at;
comment on view events.slack_activity is 'What happened in Slack: messages, mentions, reactions, channels.';
select base.tenant_view('events.slack_activity');

create or replace view events.notion_activity as
select n.organization_id, n.event_id, e.source_id, n.received_at, e.occurred_at, e.event_type, e.actor, n.notion_type, n.workspace_id, n.entity_type, n.entity_id, n.parent_type, n.parent_id,
       n.author_ids, n.updated_properties, n.attempt_number
from events.notion_events n
join events.events e on e.organization_id = n.organization_id and e.id = n.event_id and e.received_at = n.received_at;
comment on view events.notion_activity is 'What happened in Notion: pages, databases, comments.';
select base.tenant_view('events.notion_activity');

create or replace view events.deployment_activity as
select d.organization_id, d.event_id, e.source_id, d.received_at, e.occurred_at, e.event_type, e.actor, d.status, d.environment, d.deployment_key, d.repository, d.version, d.commit_sha,
       d.is_rollback, d.started_at, d.finished_at, extract(epoch from d.finished_at - d.started_at)::numeric(14, 3) as duration_seconds, d.logs_url
from events.deployment_events d
join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.received_at;
comment on view events.deployment_activity is 'How deployments got on, whoever told.';
select base.tenant_view('events.deployment_activity');
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_event_sources', 'plain', '5000ms', 1, 5253, 5275, 282, $gsdb_file$-- Where events come from. A row is an endpoint that a provider sends to, or a name under which files and programs add events.

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
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_event_types', 'plain', '5000ms', 1, 9717, 9739, 321, $gsdb_file$-- What can happen: the types we know, what each is about, and how long its events are kept. Types that nobody described are stored
-- all the same. Names are those of the senders, in lower-case words: pull_request.opened, issue.create, page.content_updated.

-- A domain costs an insert less than a check constraint, which is parsed anew for every statement.
create domain events.event_type_name as text
    constraint event_type_is_dotted_words check (value ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(value) <= 200);
comment on domain events.event_type_name is 'What happened: words with dots between them. The first word names the family, as pull_request does for pull_request.opened.';

create type events.event_category as enum ('code', 'review', 'issue', 'message', 'document', 'build', 'release', 'deployment', 'security', 'administration', 'other');
comment on type events.event_category is 'What an event is about.';

create table events.event_types (
    source_kind    events.source_kind    not null,
    name           text                  not null,
    category       events.event_category not null,
    description    text                  not null default '',
    retention_days integer,
    constraint event_types_pkey primary key (source_kind, name),
    constraint name_is_a_type_or_all check (name = '*' or (name ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(name) <= 200)),
    constraint retention_is_a_day_or_more check (retention_days between 1 and 36500)
);

comment on table events.event_types is 'The types that are known, for every organization. A type is classified by its own row, or its family''s, or that of * where senders make up the types.';
comment on column events.event_types.source_kind is 'The kind of the sources that send it.';
comment on column events.event_types.name is 'The type, the family of types, or * for every type of the kind.';
comment on column events.event_types.category is 'What such events are about.';
comment on column events.event_types.description is 'When it is sent.';
comment on column events.event_types.retention_days is 'How many days such events are kept; null for ever.';

create table events.event_type_retentions (
    organization_id uuid               not null,
    source_kind     events.source_kind not null,
    name            text               not null,
    retention_days  integer,
    created_at      timestamptz        not null default now(),
    updated_at      timestamptz        not null default now(),
    constraint event_type_retentions_pkey primary key (organization_id, source_kind, name),
    constraint name_is_a_type_or_all check (name = '*' or (name ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(name) <= 200)),
    constraint retention_is_a_day_or_more check (retention_days between 1 and 36500)
);

comment on table events.event_type_retentions is 'How long an organization keeps events where event_types does not suit it.';
comment on column events.event_type_retentions.organization_id is 'The organization whose events it is about.';
comment on column events.event_type_retentions.source_kind is 'The kind of the sources that send them.';
comment on column events.event_type_retentions.name is 'The type, known or not, the family of types, or * for every type of the kind.';
comment on column events.event_type_retentions.retention_days is 'How many days such events are kept; null for ever.';
comment on column events.event_type_retentions.created_at is 'When it was created.';
comment on column events.event_type_retentions.updated_at is 'When it was last changed.';

select base.tenant_table('events.event_types', reference => true);
select base.tenant_table('events.event_type_retentions');

insert into events.event_types (source_kind, name, category, retention_days, description)
values ('github', 'push', 'code', 400, 'Commits or a tag were pushed.'),
       ('github', 'create', 'code', 400, 'A branch or tag was created.'),
       ('github', 'delete', 'code', 400, 'A branch or tag was deleted.'),
       ('github', 'commit_comment', 'review', 400, 'A commit was commented on.'),
       ('github', 'pull_request', 'review', 400, 'A pull request was opened, changed, merged or closed.'),
       ('github', 'pull_request_review', 'review', 400, 'A review was submitted, edited or dismissed.'),
       ('github', 'pull_request_review_comment', 'review', 400, 'A line of a pull request was commented on.'),
       ('github', 'pull_request_review_thread', 'review', 400, 'A thread of review comments was resolved or not.'),
       ('github', 'issues', 'issue', 400, 'An issue was opened, changed or closed.'),
       ('github', 'issue_comment', 'issue', 400, 'An issue or pull request was commented on.'),
       ('github', 'label', 'issue', 90, 'A label was created, edited or deleted.'),
       ('github', 'milestone', 'issue', 400, 'A milestone was created, changed or closed.'),
       ('github', 'discussion', 'message', 400, 'A discussion was created or changed.'),
       ('github', 'discussion_comment', 'message', 400, 'A discussion was commented on.'),
       ('github', 'check_run', 'build', 90, 'A check was created or completed.'),
       ('github', 'check_suite', 'build', 90, 'The checks of a commit were requested or completed.'),
       ('github', 'status', 'build', 90, 'The status of a commit changed.'),
       ('github', 'workflow_run', 'build', 400, 'A workflow run was requested, began or completed.'),
       ('github', 'workflow_job', 'build', 90, 'A job of a workflow was queued, began or completed.'),
       ('github', 'release', 'release', 800, 'A release was published, changed or deleted.'),
       ('github', 'deployment', 'deployment', 800, 'A deployment was created.'),
       ('github', 'deployment_status', 'deployment', 800, 'A deployment got on.'),
       ('github', 'code_scanning_alert', 'security', 800, 'Code scanning found something, or it was settled.'),
       ('github', 'dependabot_alert', 'security', 800, 'A vulnerable dependency was found or settled.'),
       ('github', 'secret_scanning_alert', 'security', 800, 'A secret was found in the code, or it was settled.'),
       ('github', 'repository', 'administration', 800, 'A repository was created, renamed, archived or deleted.'),
       ('github', 'installation', 'administration', 800, 'An app was installed or removed.'),
       ('github', 'installation_repositories', 'administration', 800, 'Repositories were added to an installation or removed.'),
       ('github', 'member', 'administration', 800, 'A collaborator was added, changed or removed.'),
       ('github', 'organization', 'administration', 800, 'Somebody joined or left the organization.'),
       ('github', 'team', 'administration', 800, 'A team was created, changed or deleted.'),
       ('github', 'fork', 'other', 400, 'A repository was forked.'),
       ('github', 'star', 'other', 400, 'A repository was starred or not any more.'),
       ('github', 'watch', 'other', 400, 'A repository was starred, in the older form.'),
       ('github', 'ping', 'administration', 30, 'A webhook was created.'),
       ('linear', 'issue', 'issue', 400, 'An issue was created, updated or removed.'),
       ('linear', 'comment', 'issue', 400, 'A comment was created, updated or removed.'),
       ('linear', 'issue_label', 'issue', 90, 'A label was created, updated or removed.'),
       ('linear', 'attachment', 'issue', 400, 'An attachment was created, updated or removed.'),
       ('linear', 'reaction', 'message', 90, 'Somebody reacted to a comment.'),
       ('linear', 'cycle', 'issue', 400, 'A cycle was created, updated or removed.'),
       ('linear', 'project', 'issue', 400, 'A project was created, updated or removed.'),
       ('linear', 'project_update', 'message', 400, 'A status of a project was posted.'),
       ('linear', 'initiative', 'issue', 400, 'An initiative was created, updated or removed.'),
       ('linear', 'document', 'document', 400, 'A document was created, updated or removed.'),
       ('linear', 'issue_sla', 'issue', 400, 'A promised time of an issue was set, is near or was missed.'),
       ('slack', 'message', 'message', 180, 'A message was posted, changed or deleted.'),
       ('slack', 'app_mention', 'message', 180, 'The app was mentioned.'),
       ('slack', 'reaction_added', 'message', 90, 'Somebody reacted to a message.'),
       ('slack', 'reaction_removed', 'message', 90, 'A reaction was taken back.'),
       ('slack', 'member_joined_channel', 'administration', 180, 'Somebody joined a channel.'),
       ('slack', 'member_left_channel', 'administration', 180, 'Somebody left a channel.'),
       ('slack', 'channel_created', 'administration', 400, 'A channel was created.'),
       ('slack', 'channel_archive', 'administration', 400, 'A channel was archived.'),
       ('slack', 'team_join', 'administration', 400, 'Somebody joined the workspace.'),
       ('slack', 'app_rate_limited', 'administration', 90, 'Slack held events back because there were too many.'),
       ('notion', 'page', 'document', 400, 'A page was created, changed, moved, deleted or restored.'),
       ('notion', 'comment', 'message', 400, 'A comment was created, updated or deleted.'),
       ('notion', 'database', 'document', 400, 'A database was created, changed, moved, deleted or restored.'),
       ('notion', 'data_source', 'document', 400, 'A data source was created, changed, moved, deleted or restored.'),
       ('notion', 'view', 'document', 180, 'A view was created, changed or deleted.'),
       ('ci', '*', 'build', 400, 'Whatever a build server says.'),
       ('deployment', '*', 'deployment', 800, 'Whatever a deployment tool says.'),
       ('generic', '*', 'other', 400, 'Whatever else is sent.');

-- migrate: rollback
drop view if exists events.recent_events, events.event_summary, events.github_activity, events.linear_activity,
    events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.event_type_retentions, events.event_types;
drop type events.event_category;
drop domain events.event_type_name;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_events', 'plain', '5000ms', 1, 7100, 7122, 242, $gsdb_file$-- The log of everything that happened outside, and the table that tells a redelivery from something new.
--
-- Whoever sends waits for these inserts, so the tables hold what the work needs and nothing else:
-- * Two indexes besides the key: one for consumers in the order of the log, one for lists by source and type and for retention. Reading
--   one source, or one type over all sources, joins the few types or sources to it. Lookups by repository, issue, thread and so on are
--   indexed where they are projected to, which nobody waits for.
-- * No GIN index on the payload: it takes a third to a half of the rows per second, and row-level security keeps the login role from using it,
--   because the operators of jsonb, LIKE and enums are not leakproof. For the same reason no lookup in a large table of this module relies on an enum in an index.
-- * No foreign key to event_sources: each row would look the source up and lock it against change, and writers at once would queue to note
--   their locks in that one row. Sources are never deleted from their table; record_event and the receiver look them up before.
-- * No check constraints: each is parsed anew for every statement, 2 to 8 microseconds beside 25 for the row. The type is a domain, the delivery key is
--   checked where it is unique; the other columns may hold whatever senders say, and processing makes a dead letter of what it cannot read.
-- * Text in an index is in the order of its bytes. No two entries of the two indexes are equal, so none looks for such before it splits a page.
-- * Processing changes no row here. How far a consumer has come is one row of event_consumers, what failed is a dead letter.

create table events.event_keys (
    organization_id uuid        not null,
    source_id       uuid        not null,
    delivery_key    text        not null collate "C",
    event_id        uuid        not null,
    received_at     timestamptz not null default now(),
    constraint event_keys_pkey primary key (organization_id, source_id, delivery_key),
    constraint delivery_key_is_given check (delivery_key <> '' and length(delivery_key) <= 200)
);
-- Old keys are looked for in the order in which they were written, so a few pages of index are enough.
create index event_keys_received_idx on events.event_keys using brin (received_at) with (pages_per_range = 32);

comment on table events.event_keys is 'Which deliveries have been taken, for longer than any provider repeats one: a delivery makes one event, in whatever month it is repeated.';
comment on column events.event_keys.organization_id is 'The organization of the source.';
comment on column events.event_keys.source_id is 'The source among whose deliveries the key is unique: the one that received it, or the one with which that one deduplicates. Id of events.event_sources.';
comment on column events.event_keys.delivery_key is 'The provider''s id of the delivery, or a fingerprint of it.';
comment on column events.event_keys.event_id is 'The event that it became, or the reject.';
comment on column events.event_keys.received_at is 'When it was first received.';

create table events.events (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    source_id       uuid                   not null,
    received_at     timestamptz            not null default now(),
    occurred_at     timestamptz            not null default now(),
    log_position    bigint                 not null default pg_current_xact_id()::text::bigint,
    event_type      events.event_type_name not null collate "C",
    delivery_key    text                   not null,
    actor           text,
    target          text,
    repository      text,
    thread          text,
    reference       text,
    payload         jsonb                  not null default '{}',
    raw_body        bytea,
    constraint events_pkey primary key (organization_id, id, received_at)
);
create index events_log_idx on events.events (log_position, id) with (deduplicate_items = off);
create index events_source_type_idx on events.events (organization_id, source_id, event_type, id) with (deduplicate_items = off);

comment on table events.events is 'What happened, as its source told it. Added to, read in the order of the log, and deleted when its time is over; never changed.';
comment on column events.events.organization_id is 'The organization of the source.';
comment on column events.events.id is 'Its id; ids sort as the events were received, to the millisecond.';
comment on column events.events.source_id is 'Where it came from. Id of events.event_sources.';
comment on column events.events.received_at is 'When we received it, by our own clock; decides the partition.';
comment on column events.events.occurred_at is 'When it happened, by the clock of its source; the time of receipt when the source does not say.';
comment on column events.events.log_position is 'The transaction that stored it. Consumers read in this order and stop before the oldest transaction still running, so that no event is ever added behind them. A bigint, because positions must be shifted after a restore and xid8 has no arithmetic.';
comment on column events.events.event_type is 'What happened, in the words of its source.';
comment on column events.events.delivery_key is 'The provider''s id of the delivery, or a fingerprint of it.';
comment on column events.events.actor is 'Who did it, as the source knows them: the login at GitHub, the id at Slack; null for nobody known.';
comment on column events.events.target is 'What it was done to: its kind, a colon and what the source calls it, as in pull_request:42; null for nothing known.';
comment on column events.events.repository is 'The repository as owner/name; null for none.';
comment on column events.events.thread is 'The conversation it belongs to, as the source knows it: octo/hello#42, ENG-123, C01/1700000000.000100; null for none.';
comment on column events.events.reference is 'The thing of another source that it names, as a commit, an issue or a URL; null for none.';
comment on column events.events.payload is 'What was sent, as JSON.';
comment on column events.events.raw_body is 'The very bytes that were sent where the payload cannot say them: a form, or JSON that jsonb does not hold. Null when payload says it all.';

-- lz4 stores real payloads 1.7 times faster than the default; some servers are built without it.
do $do$
begin
    alter table events.events alter column payload set compression lz4, alter column raw_body set compression lz4;
exception when feature_not_supported then
    raise notice 'this server has no lz4: payloads are compressed with pglz';
end
$do$;

select base.tenant_table('events.event_keys', privileges => 'select, insert');
-- As long as the longest kept of the types; events.maintain_partitions() keeps it so.
select base.make_time_partitioned('events.events', 'received_at', interval '1 month', retention => interval '800 days');
select base.tenant_table('events.events', privileges => 'select, insert');

-- migrate: rollback
drop view if exists events.event_source_health, events.recent_events, events.github_activity, events.linear_activity,
    events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.events, events.event_keys;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_event_rejects', 'plain', '5000ms', 1, 2740, 2762, 81, $gsdb_file$-- Deliveries that were rightly signed and that PostgreSQL refused nevertheless: JSON it cannot hold, a type that is no type. They are
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
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_projections', 'plain', '5000ms', 1, 15255, 15277, 303, $gsdb_file$-- What the payloads of each kind of source say, in typed columns. One row for an event, written by process_pending_events, so that the lookups that
-- need an index cost those who send nothing. Columns that every event has are in events alone; the views join them.

create type events.deployment_status as enum ('queued', 'in_progress', 'succeeded', 'failed', 'cancelled', 'inactive');
comment on type events.deployment_status is 'How far a deployment is; inactive when another one took its place.';

create table events.github_events (
    organization_id  uuid        not null,
    event_id         uuid        not null,
    received_at      timestamptz not null,
    event_name       text        not null,
    action           text,
    repository       text,
    number           integer,
    title            text,
    state            text,
    author           text,
    is_draft         boolean,
    is_merged        boolean,
    merge_commit_sha text,
    ref              text,
    base_ref         text,
    commit_sha       text,
    commit_message   text,
    commit_count     integer,
    review_state     text,
    workflow         text,
    run_id           bigint,
    job_id           bigint,
    run_status       text,
    run_conclusion   text,
    release_tag      text,
    url              text,
    constraint github_events_pkey primary key (organization_id, event_id, received_at)
);
create index github_events_number_idx on events.github_events (organization_id, repository, number, event_id) where number is not null;
create index github_events_commit_idx on events.github_events (organization_id, commit_sha, event_id) where commit_sha is not null;

comment on table events.github_events is 'What GitHub''s events say.';
comment on column events.github_events.organization_id is 'The organization of the event.';
comment on column events.github_events.event_id is 'The event. Id of events.events.';
comment on column events.github_events.received_at is 'When the event was received.';
comment on column events.github_events.event_name is 'GitHub''s name of the event: push, pull_request, issues, check_run and so on.';
comment on column events.github_events.action is 'What was done: opened, synchronize, completed and so on; null for events without.';
comment on column events.github_events.repository is 'The repository as owner/name; null for events of an organization.';
comment on column events.github_events.number is 'The number of the pull request or issue; null for other events.';
comment on column events.github_events.title is 'The title of the pull request, issue or release.';
comment on column events.github_events.state is 'The state of the pull request or issue: open or closed.';
comment on column events.github_events.author is 'Who wrote the pull request, issue, release or newest commit.';
comment on column events.github_events.is_draft is 'Whether the pull request or release is a draft.';
comment on column events.github_events.is_merged is 'Whether the pull request is merged.';
comment on column events.github_events.merge_commit_sha is 'The commit that merges the pull request, or would.';
comment on column events.github_events.ref is 'The branch or tag: that was pushed, that is to be merged, that was built.';
comment on column events.github_events.base_ref is 'The branch to be merged into.';
comment on column events.github_events.commit_sha is 'The commit it is about: the newest that was pushed, the head of the pull request, what was built or deployed.';
comment on column events.github_events.commit_message is 'The message of the newest commit that was pushed.';
comment on column events.github_events.commit_count is 'How many commits were pushed, at most 2048 of them.';
comment on column events.github_events.review_state is 'What the review says: approved, changes_requested, commented or dismissed.';
comment on column events.github_events.workflow is 'The name of the workflow, job or check.';
comment on column events.github_events.run_id is 'GitHub''s id of the workflow run or check suite.';
comment on column events.github_events.job_id is 'GitHub''s id of the job or check.';
comment on column events.github_events.run_status is 'How far the run, job or check is: queued, in_progress, completed and so on.';
comment on column events.github_events.run_conclusion is 'How it ended: success, failure, cancelled and so on; null while it has not.';
comment on column events.github_events.release_tag is 'The tag of the release.';
comment on column events.github_events.url is 'Where to look at what it is about.';

create table events.linear_events (
    organization_id   uuid        not null,
    event_id          uuid        not null,
    received_at       timestamptz not null,
    entity_type       text        not null,
    action            text        not null,
    entity_id         text,
    issue_identifier  text,
    team_key          text,
    title             text,
    body              text,
    state             text,
    priority          smallint,
    assignee_id       text,
    project_id        text,
    parent_id         text,
    labels            text[]      not null default '{}',
    previous_values   jsonb       not null default '{}',
    entity_updated_at timestamptz,
    url               text,
    constraint linear_events_pkey primary key (organization_id, event_id, received_at),
    constraint previous_values_is_object check (jsonb_typeof(previous_values) = 'object')
);
create index linear_events_issue_idx on events.linear_events (organization_id, issue_identifier, event_id) where issue_identifier is not null;

comment on table events.linear_events is 'What Linear''s events say.';
comment on column events.linear_events.organization_id is 'The organization of the event.';
comment on column events.linear_events.event_id is 'The event. Id of events.events.';
comment on column events.linear_events.received_at is 'When the event was received.';
comment on column events.linear_events.entity_type is 'What it is about, in Linear''s words: Issue, Comment, Project and so on.';
comment on column events.linear_events.action is 'What was done: create, update or remove.';
comment on column events.linear_events.entity_id is 'Linear''s id of it.';
comment on column events.linear_events.issue_identifier is 'The issue it is or belongs to, as people call it: ENG-123; null for none.';
comment on column events.linear_events.team_key is 'The key of the team: ENG; null for none.';
comment on column events.linear_events.title is 'The title of the issue, or the name of the project, cycle or label.';
comment on column events.linear_events.body is 'What the comment or update says.';
comment on column events.linear_events.state is 'The name of the issue''s state.';
comment on column events.linear_events.priority is 'The issue''s priority as Linear counts it: 0 none, 1 urgent to 4 low.';
comment on column events.linear_events.assignee_id is 'Linear''s id of who is to do it; null for nobody.';
comment on column events.linear_events.project_id is 'Linear''s id of the project; null for none.';
comment on column events.linear_events.parent_id is 'Linear''s id of the issue or comment above it; null for none.';
comment on column events.linear_events.labels is 'The names of the issue''s labels.';
comment on column events.linear_events.previous_values is 'What an update replaced, by Linear''s names of the fields.';
comment on column events.linear_events.entity_updated_at is 'When Linear last changed it; orders events that overtook each other.';
comment on column events.linear_events.url is 'Where to look at it.';

create table events.slack_events (
    organization_id uuid        not null,
    event_id        uuid        not null,
    received_at     timestamptz not null,
    slack_type      text        not null,
    subtype         text,
    workspace_id    text,
    channel_id      text,
    channel_type    text,
    user_id         text,
    bot_id          text,
    message_ts      text,
    thread_ts       text,
    message         text,
    reaction        text,
    file_count      integer     not null default 0,
    constraint slack_events_pkey primary key (organization_id, event_id, received_at)
);
create index slack_events_thread_idx on events.slack_events (organization_id, channel_id, thread_ts, event_id) where thread_ts is not null;

comment on table events.slack_events is 'What Slack''s events say.';
comment on column events.slack_events.organization_id is 'The organization of the event.';
comment on column events.slack_events.event_id is 'The event. Id of events.events.';
comment on column events.slack_events.received_at is 'When the event was received.';
comment on column events.slack_events.slack_type is 'Slack''s type of the event: message, reaction_added and so on.';
comment on column events.slack_events.subtype is 'What is special about a message: message_changed, bot_message and so on; null for nothing.';
comment on column events.slack_events.workspace_id is 'The workspace.';
comment on column events.slack_events.channel_id is 'The channel; null for events without.';
comment on column events.slack_events.channel_type is 'The kind of the channel: channel, group, im and so on.';
comment on column events.slack_events.user_id is 'Who did it; null for a bot without a user.';
comment on column events.slack_events.bot_id is 'The bot that did it; null for a person.';
comment on column events.slack_events.message_ts is 'The message it is about, by which Slack tells messages of a channel apart.';
comment on column events.slack_events.thread_ts is 'The message that began the thread: the message itself when it is in none.';
comment on column events.slack_events.message is 'What the message says.';
comment on column events.slack_events.reaction is 'The name of the emoji.';
comment on column events.slack_events.file_count is 'How many files the message has.';

create table events.notion_events (
    organization_id    uuid        not null,
    event_id           uuid        not null,
    received_at        timestamptz not null,
    notion_type        text        not null,
    workspace_id       text,
    entity_type        text        not null,
    entity_id          text        not null,
    parent_type        text,
    parent_id          text,
    author_ids         text[]      not null default '{}',
    updated_properties text[]      not null default '{}',
    attempt_number     integer,
    constraint notion_events_pkey primary key (organization_id, event_id, received_at)
);
create index notion_events_entity_idx on events.notion_events (organization_id, entity_id, event_id);

comment on table events.notion_events is 'What Notion''s events say, which is ids: the content is fetched by whoever needs it.';
comment on column events.notion_events.organization_id is 'The organization of the event.';
comment on column events.notion_events.event_id is 'The event. Id of events.events.';
comment on column events.notion_events.received_at is 'When the event was received.';
comment on column events.notion_events.notion_type is 'Notion''s type of the event: page.content_updated and so on.';
comment on column events.notion_events.workspace_id is 'The workspace.';
comment on column events.notion_events.entity_type is 'What it is about: page, database, data_source, comment, view.';
comment on column events.notion_events.entity_id is 'Notion''s id of it.';
comment on column events.notion_events.parent_type is 'What holds it.';
comment on column events.notion_events.parent_id is 'Notion''s id of what holds it.';
comment on column events.notion_events.author_ids is 'Notion''s ids of the people and bots who did it.';
comment on column events.notion_events.updated_properties is 'Notion''s ids of the properties that changed.';
comment on column events.notion_events.attempt_number is 'Which attempt of Notion''s this delivery was, 1 to 8.';

create table events.deployment_events (
    organization_id uuid                     not null,
    event_id        uuid                     not null,
    received_at     timestamptz              not null,
    status          events.deployment_status not null,
    environment     text                     not null,
    deployment_key  text,
    repository      text,
    version         text,
    commit_sha      text,
    is_rollback     boolean                  not null default false,
    started_at      timestamptz,
    finished_at     timestamptz,
    logs_url        text,
    constraint deployment_events_pkey primary key (organization_id, event_id, received_at),
    constraint finished_has_an_end check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint finished_after_started check (finished_at >= started_at)
);
create index deployment_events_finished_idx on events.deployment_events (organization_id, environment, finished_at) where finished_at is not null;

comment on table events.deployment_events is 'How deployments got on, whoever told: deployment tools, build servers, GitHub.';
comment on column events.deployment_events.organization_id is 'The organization of the event.';
comment on column events.deployment_events.event_id is 'The event. Id of events.events.';
comment on column events.deployment_events.received_at is 'When the event was received.';
comment on column events.deployment_events.status is 'How far it is.';
comment on column events.deployment_events.environment is 'Where to: production, staging and so on.';
comment on column events.deployment_events.deployment_key is 'The source''s id of the deployment, the same in all its events; null where it has none.';
comment on column events.deployment_events.repository is 'The repository as owner/name; null when not said.';
comment on column events.deployment_events.version is 'What was deployed, as people call it: a version, tag or branch; null when not said.';
comment on column events.deployment_events.commit_sha is 'The commit that was deployed; null when not said.';
comment on column events.deployment_events.is_rollback is 'Whether it puts an earlier version back.';
comment on column events.deployment_events.started_at is 'When it began; null when not said, or when it would be after the end.';
comment on column events.deployment_events.finished_at is 'When it succeeded, failed or was cancelled; null before. Never the time of a later change.';
comment on column events.deployment_events.logs_url is 'Where its log is; null when not said.';

select base.make_time_partitioned(relation, 'received_at', interval '1 month', retention => interval '800 days')
from unnest(array['events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[]) as relation;
-- Written by process_pending_events alone, so that a row says what its event says.
select base.tenant_table('events.github_events', privileges => 'select');
select base.tenant_table('events.linear_events', privileges => 'select');
select base.tenant_table('events.slack_events', privileges => 'select');
select base.tenant_table('events.notion_events', privileges => 'select');
select base.tenant_table('events.deployment_events', privileges => 'select');

-- migrate: rollback
drop view if exists events.github_activity, events.linear_activity, events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.github_events, events.linear_events, events.slack_events, events.notion_events, events.deployment_events;
drop type events.deployment_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_event_processing', 'plain', '5000ms', 1, 7716, 7738, 192, $gsdb_file$-- Who reads the log, how far they have come, what they did, and what they could not do.

create table events.event_consumers (
    name                  text        not null,
    description           text        not null,
    log_position          bigint      not null default 0,
    event_id              uuid        not null default '00000000-0000-0000-0000-000000000000',
    event_organization_id uuid        not null default '00000000-0000-0000-0000-000000000000',
    paused_at             timestamptz,
    moved_at              timestamptz not null default now(),
    constraint event_consumers_pkey primary key (name),
    constraint name_is_a_word check (name ~ '^[a-z][a-z_]{0,62}$')
);

comment on table events.event_consumers is 'What reads the log of all organizations, each in its own time. Whoever has a row locked works for that consumer.';
comment on column events.event_consumers.name is 'What it is called.';
comment on column events.event_consumers.description is 'What it does.';
comment on column events.event_consumers.log_position is 'The log position of the last event it has read.';
comment on column events.event_consumers.event_id is 'The last event it has read, among those of that position.';
comment on column events.event_consumers.event_organization_id is 'The organization of that event; two organizations may use one id.';
comment on column events.event_consumers.paused_at is 'Since when it stands still on request; null while it does not.';
comment on column events.event_consumers.moved_at is 'When it last read something.';

insert into events.event_consumers (name, description)
values ('processing', 'Classifies events, projects them and counts them in rollups: process_pending_events.');

create table events.event_processing_log (
    organization_id     uuid        not null,
    source_id           uuid        not null,
    processed_at        timestamptz not null default now(),
    id                  uuid        not null default base.uuid_v7(),
    consumer_name       text        not null,
    events_processed    integer     not null,
    events_failed       integer     not null,
    events_unclassified integer     not null,
    lag_ms_max          bigint      not null,
    batch_duration_ms   bigint      not null,
    constraint event_processing_log_pkey primary key (organization_id, source_id, processed_at, id),
    constraint no_more_than_processed check (events_processed > 0 and events_failed between 0 and events_processed and events_unclassified between 0 and events_processed)
);

comment on table events.event_processing_log is 'What processing did: one row for each source in each batch, as a row for each event would cost as much as the event. Whether an event was processed follows from the cursor, what failed is in dead_letters.';
comment on column events.event_processing_log.organization_id is 'The organization of the source.';
comment on column events.event_processing_log.source_id is 'The source of the events. Id of events.event_sources.';
comment on column events.event_processing_log.processed_at is 'When the batch began.';
comment on column events.event_processing_log.id is 'Its id.';
comment on column events.event_processing_log.consumer_name is 'The consumer that read them; a name in event_consumers, to which no foreign key may lead.';
comment on column events.event_processing_log.events_processed is 'How many events of the source were in the batch.';
comment on column events.event_processing_log.events_failed is 'How many of them became dead letters.';
comment on column events.event_processing_log.events_unclassified is 'How many of them had a type that event_types does not know.';
comment on column events.event_processing_log.lag_ms_max is 'How long the one that waited longest had waited, in milliseconds.';
comment on column events.event_processing_log.batch_duration_ms is 'How long the whole batch took, all sources together, in milliseconds.';

create type events.dead_letter_status as enum ('waiting', 'dead', 'resolved', 'discarded');
comment on type events.dead_letter_status is 'Whether a failed event is to be tried again, was tried often enough, was processed after all, or was given up by somebody.';

create table events.dead_letters (
    organization_id   uuid                      not null,
    id                uuid                      not null default base.uuid_v7(),
    event_id          uuid                      not null,
    event_received_at timestamptz               not null,
    consumer_name     text                      not null,
    status            events.dead_letter_status not null,
    attempts          integer                   not null default 1,
    error_sqlstate    text                      not null,
    error_message     text                      not null,
    next_attempt_at   timestamptz,
    settled_at        timestamptz,
    failed_at         timestamptz               not null default now(),
    created_at        timestamptz               not null default now(),
    updated_at        timestamptz               not null default now(),
    constraint dead_letters_pkey primary key (organization_id, id),
    constraint an_event_is_one_dead_letter unique (organization_id, event_id, consumer_name),
    constraint attempts_count_from_one check (attempts >= 1),
    constraint error_has_a_sqlstate check (error_sqlstate ~ '^[0-9A-Z]{5}$'),
    constraint waiting_has_a_next_attempt check ((status = 'waiting') = (next_attempt_at is not null)),
    constraint settled_has_a_time check ((status in ('resolved', 'discarded')) = (settled_at is not null))
);
create index dead_letters_open_idx on events.dead_letters (organization_id, id) where settled_at is null;
-- Asked across organizations by process_pending_events.
create index dead_letters_due_idx on events.dead_letters (next_attempt_at) where next_attempt_at is not null;

comment on table events.dead_letters is 'Events that a consumer could not process, with the reason. The others went on.';
comment on column events.dead_letters.organization_id is 'The organization of the event.';
comment on column events.dead_letters.id is 'Its id.';
comment on column events.dead_letters.event_id is 'The event. Id of events.events.';
comment on column events.dead_letters.event_received_at is 'When the event was received.';
comment on column events.dead_letters.consumer_name is 'The consumer that failed; a name in event_consumers, to which no foreign key may lead.';
comment on column events.dead_letters.status is 'What is to come of it.';
comment on column events.dead_letters.attempts is 'How often it was tried.';
comment on column events.dead_letters.error_sqlstate is 'The SQLSTATE of the last failure.';
comment on column events.dead_letters.error_message is 'What the last failure said.';
comment on column events.dead_letters.next_attempt_at is 'When it is tried again; null when it is not.';
comment on column events.dead_letters.settled_at is 'When it was resolved or discarded; null before.';
comment on column events.dead_letters.failed_at is 'When it last failed.';
comment on column events.dead_letters.created_at is 'When it first failed.';
comment on column events.dead_letters.updated_at is 'When the row was last changed.';

select base.local_table('events.event_consumers', 'A cursor over the log of all organizations.');
select base.make_time_partitioned('events.event_processing_log', 'processed_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.event_processing_log', privileges => 'select');
-- Changed by process_pending_events, retry_dead_letter and discard_dead_letter.
select base.tenant_table('events.dead_letters', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_source_health, events.recent_events;
drop table events.dead_letters, events.event_processing_log, events.event_consumers;
drop type events.dead_letter_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_event_aggregations', 'plain', '5000ms', 1, 2107, 2129, 108, $gsdb_file$-- How many events there were, by source and type, per minute, hour and day. Counted by process_pending_events.

create table events.event_aggregations (
    organization_id  uuid                   not null,
    source_id        uuid                   not null,
    period           interval               not null,
    period_start     timestamptz            not null,
    event_type       events.event_type_name not null,
    event_count      bigint                 not null,
    last_received_at timestamptz            not null,
    constraint event_aggregations_pkey primary key (organization_id, source_id, period, period_start, event_type),
    constraint period_is_a_minute_hour_or_day check (period in ('1 minute', '1 hour', '1 day')),
    constraint period_starts_on_time check (period_start = date_bin(period, period_start, '2001-01-01 00:00:00+00')),
    constraint counts_something check (event_count > 0)
) with (fillfactor = 80);

comment on table events.event_aggregations is 'Rollups: how many events of a type a source had in a period, by the time they occurred, so that a late one is counted where it belongs. Every event is counted once in each length of period. Nothing of the key can be null, so no two rows say the same.';
comment on column events.event_aggregations.organization_id is 'The organization of the source.';
comment on column events.event_aggregations.source_id is 'The source. Id of events.event_sources.';
comment on column events.event_aggregations.period is 'The length of the period: a minute, hour or day. An interval and no enum, because row-level security keeps an enum from being looked up in an index.';
comment on column events.event_aggregations.period_start is 'When the period begins; days begin in UTC.';
comment on column events.event_aggregations.event_type is 'The type of the events.';
comment on column events.event_aggregations.event_count is 'How many there were.';
comment on column events.event_aggregations.last_received_at is 'When the last of them was received.';

select base.tenant_table('events.event_aggregations', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_source_health, events.event_summary;
drop table events.event_aggregations;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_subscriptions', 'plain', '5000ms', 1, 10666, 10688, 235, $gsdb_file$-- Who wants to hear of which events, what is to be delivered to them, and how that went.

create type events.delivery_channel as enum ('webhook', 'slack', 'notify', 'stream');
comment on type events.delivery_channel is 'How events reach a subscriber: signed HTTP requests, messages in Slack, NOTIFY, or a stream that the subscriber keeps open.';
create type events.pause_cause as enum ('by_request', 'target_dead');
comment on type events.pause_cause is 'Why a subscription stands still: somebody wanted it, or its target did not answer for too long.';
create type events.delivery_status as enum ('pending', 'delivered', 'failed', 'cancelled');
comment on type events.delivery_status is 'What became of a delivery; failed when it was tried often enough.';
create type events.delivery_outcome as enum ('delivered', 'refused', 'timed_out', 'unreachable', 'forbidden');
comment on type events.delivery_outcome is 'How an attempt ended: taken, answered otherwise, not answered in time, no connection, or an address that we may not call.';

create table events.subscriptions (
    organization_id           uuid                    not null,
    id                        uuid                    not null default base.uuid_v7(),
    name                      text                    not null,
    source_id                 uuid,
    event_types               text[]                  not null default '{*}',
    filter                    text,
    channel                   events.delivery_channel not null,
    target                    text,
    credential_id             uuid,
    attempts_max              integer                 not null default 8,
    timeout_ms                integer                 not null default 30000,
    deliveries_per_minute_max integer,
    concurrent_max            integer                 not null default 4,
    paused_at                 timestamptz,
    pause_cause               events.pause_cause,
    created_at                timestamptz             not null default now(),
    updated_at                timestamptz             not null default now(),
    constraint subscriptions_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 100),
    constraint event_types_are_given check (cardinality(event_types) > 0 and array_position(event_types, null) is null and not '' = any (event_types)),
    constraint filter_is_a_json_path check (filter::jsonpath is not null or filter is null),
    constraint target_fits_channel check (case channel
        when 'webhook' then target is not null and target ~ '^https?://[^@/]+(/|$)'
        when 'slack' then target is not null and target ~ '^[A-Z0-9]{1,40}$'
        when 'notify' then target is not null and target ~ '^[a-z][a-z0-9_]{0,62}$'
        else target is null end),
    constraint webhooks_are_signed check (channel <> 'webhook' or credential_id is not null),
    constraint limits_are_positive check (attempts_max between 1 and 100 and timeout_ms between 100 and 300000 and concurrent_max between 1 and 1000
                                          and coalesce(deliveries_per_minute_max, 1) > 0),
    constraint pause_has_a_cause check ((paused_at is null) = (pause_cause is null))
);
create unique index subscriptions_name_key on events.subscriptions (organization_id, lower(name));
create index subscriptions_source_idx on events.subscriptions (organization_id, source_id) where source_id is not null;

comment on table events.subscriptions is 'Who wants to hear of which events.';
comment on column events.subscriptions.organization_id is 'The organization it belongs to.';
comment on column events.subscriptions.id is 'Its id.';
comment on column events.subscriptions.name is 'What people call it; unique, whatever the case.';
comment on column events.subscriptions.source_id is 'The source whose events are wanted; null for every source.';
comment on column events.subscriptions.event_types is 'The types that are wanted: whole ones, families as pull_request.*, or * for all.';
comment on column events.subscriptions.filter is 'A JSON path that is true of the event, as an object of its columns: $.repository == "octo/hello" && $.payload.pull_request.draft == false; null for none. Text, because jsonpath cannot be compared.';
comment on column events.subscriptions.channel is 'How they are delivered.';
comment on column events.subscriptions.target is 'Where to: the URL, the id of the Slack channel, or the channel of NOTIFY; null for a stream.';
comment on column events.subscriptions.credential_id is 'The secret that webhooks are signed with, or the token for Slack; null where none is needed. Id of identity.credentials.';
comment on column events.subscriptions.attempts_max is 'How often a delivery is tried.';
comment on column events.subscriptions.timeout_ms is 'How long an attempt may take, in milliseconds.';
comment on column events.subscriptions.deliveries_per_minute_max is 'How many attempts are made in a minute at most; null for no limit.';
comment on column events.subscriptions.concurrent_max is 'How many attempts are made at once at most.';
comment on column events.subscriptions.paused_at is 'Since when nothing is delivered; null while it is.';
comment on column events.subscriptions.pause_cause is 'Why nothing is delivered; null while it is.';
comment on column events.subscriptions.created_at is 'When it was created.';
comment on column events.subscriptions.updated_at is 'When it was last changed.';

create table events.deliveries (
    organization_id   uuid                   not null,
    subscription_id   uuid                   not null,
    event_id          uuid                   not null,
    event_received_at timestamptz            not null,
    status            events.delivery_status not null default 'pending',
    next_attempt_at   timestamptz            default now(),
    finished_at       timestamptz,
    created_at        timestamptz            not null default now(),
    updated_at        timestamptz            not null default now(),
    constraint deliveries_pkey primary key (organization_id, subscription_id, event_id, event_received_at),
    constraint pending_has_a_next_attempt check ((status = 'pending') = (next_attempt_at is not null)),
    constraint finished_has_an_end check ((status <> 'pending') = (finished_at is not null))
);
create index deliveries_due_idx on events.deliveries (organization_id, next_attempt_at) where next_attempt_at is not null;

comment on table events.deliveries is 'Events that are to be delivered to subscribers: an event to a subscription once.';
comment on column events.deliveries.organization_id is 'The organization of the subscription and the event.';
comment on column events.deliveries.subscription_id is 'The subscription.';
comment on column events.deliveries.event_id is 'The event; also the id of the message that the subscriber gets. Id of events.events.';
comment on column events.deliveries.event_received_at is 'When the event was received; decides the partition.';
comment on column events.deliveries.status is 'What became of it.';
comment on column events.deliveries.next_attempt_at is 'When it may be tried; who takes it to deliver moves this ahead, so that another takes over when that one dies. Null when it is finished.';
comment on column events.deliveries.finished_at is 'When it was delivered, failed or cancelled; null before.';
comment on column events.deliveries.created_at is 'When the event was found to be wanted.';
comment on column events.deliveries.updated_at is 'When it was last changed.';

create table events.delivery_attempts (
    organization_id uuid                    not null,
    subscription_id uuid                    not null,
    event_id        uuid                    not null,
    attempt_number  integer                 not null,
    started_at      timestamptz             not null default now(),
    outcome         events.delivery_outcome not null,
    response_status integer,
    duration_ms     integer                 not null,
    detail          text                    not null default '',
    constraint delivery_attempts_pkey primary key (organization_id, subscription_id, event_id, attempt_number, started_at),
    constraint attempts_count_from_one check (attempt_number >= 1),
    constraint response_status_is_http check (response_status between 100 and 599),
    constraint silence_has_no_response check (outcome in ('delivered', 'refused') or response_status is null),
    constraint duration_is_not_negative check (duration_ms >= 0),
    constraint detail_is_an_excerpt check (length(detail) <= 2000)
);

comment on table events.delivery_attempts is 'How each attempt to deliver went.';
comment on column events.delivery_attempts.organization_id is 'The organization of the subscription.';
comment on column events.delivery_attempts.subscription_id is 'The subscription.';
comment on column events.delivery_attempts.event_id is 'The event. Id of events.events.';
comment on column events.delivery_attempts.attempt_number is 'Which attempt of the delivery it was, from 1.';
comment on column events.delivery_attempts.started_at is 'When it began.';
comment on column events.delivery_attempts.outcome is 'How it ended.';
comment on column events.delivery_attempts.response_status is 'The HTTP status of the answer; null when there was none, and for other channels.';
comment on column events.delivery_attempts.duration_ms is 'How long it took, in milliseconds.';
comment on column events.delivery_attempts.detail is 'The error, or the beginning of what was answered.';

select base.tenant_table('events.subscriptions');
select base.make_time_partitioned('events.deliveries', 'event_received_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.deliveries', privileges => 'select, insert, update');
select base.make_time_partitioned('events.delivery_attempts', 'started_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.delivery_attempts', privileges => 'select, insert');
alter table events.subscriptions add constraint subscriptions_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);
alter table events.deliveries add constraint deliveries_subscription_fkey
    foreign key (organization_id, subscription_id) references events.subscriptions (organization_id, id) on delete cascade;
alter table events.delivery_attempts add constraint delivery_attempts_subscription_fkey
    foreign key (organization_id, subscription_id) references events.subscriptions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists events.subscription_performance;
drop table events.delivery_attempts, events.deliveries, events.subscriptions;
drop type events.delivery_channel, events.pause_cause, events.delivery_status, events.delivery_outcome;
$gsdb_file$);
select pg_temp.gsdb_migrate(9, 'create_event_patterns', 'plain', '5000ms', 1, 5721, 5743, 123, $gsdb_file$-- What to look for in the stream of events, and where it was found.

create type events.pattern_kind as enum ('sequence', 'burst', 'absence', 'co_occurrence');
comment on type events.pattern_kind is 'What is looked for: types one after the other, many events, none, or types together in any order.';
create type events.event_dimension as enum ('source', 'actor', 'target', 'repository', 'thread', 'reference');
comment on type events.event_dimension is 'The columns of events that tell one story from another.';

create table events.event_patterns (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    name            text                   not null,
    description     text                   not null default '',
    kind            events.pattern_kind    not null,
    event_types     text[]                 not null,
    source_id       uuid,
    same            events.event_dimension,
    time_window     interval               not null,
    events_min      integer,
    paused_at       timestamptz,
    created_at      timestamptz            not null default now(),
    updated_at      timestamptz            not null default now(),
    constraint event_patterns_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 100),
    constraint event_types_are_given check (cardinality(event_types) > 0 and array_position(event_types, null) is null and not '' = any (event_types)),
    constraint several_types_are_compared check (kind in ('burst', 'absence') or cardinality(event_types) >= 2),
    constraint only_a_burst_is_counted check ((kind = 'burst') = (events_min is not null)),
    constraint a_burst_is_more_than_one check (events_min >= 2),
    constraint time_window_is_bounded check (time_window > '0' and time_window <= '31 days')
);
create unique index event_patterns_name_key on events.event_patterns (organization_id, lower(name));
create index event_patterns_source_idx on events.event_patterns (organization_id, source_id) where source_id is not null;

comment on table events.event_patterns is 'What to look for in the stream of events.';
comment on column events.event_patterns.organization_id is 'The organization it belongs to.';
comment on column events.event_patterns.id is 'Its id.';
comment on column events.event_patterns.name is 'What people call it; unique, whatever the case.';
comment on column events.event_patterns.description is 'What it means when it is found; Markdown.';
comment on column events.event_patterns.kind is 'What kind of pattern it is.';
comment on column events.event_patterns.event_types is 'The types, whole or as pull_request.*; of a sequence in their order.';
comment on column events.event_patterns.source_id is 'The source to look at; null for every source.';
comment on column events.event_patterns.same is 'What the events must have in common; null for nothing.';
comment on column events.event_patterns.time_window is 'Within which time: between first and last, or without an event.';
comment on column events.event_patterns.events_min is 'How many events make a burst; null for the other kinds.';
comment on column events.event_patterns.paused_at is 'Since when it is not looked for; null while it is.';
comment on column events.event_patterns.created_at is 'When it was created.';
comment on column events.event_patterns.updated_at is 'When it was last changed.';

create table events.event_pattern_occurrences (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    pattern_id      uuid        not null,
    started_at      timestamptz not null,
    ended_at        timestamptz not null,
    same_value      text        not null default '',
    event_ids       uuid[]      not null,
    found_at        timestamptz not null default now(),
    constraint event_pattern_occurrences_pkey primary key (organization_id, id),
    constraint an_occurrence_is_found_once unique (organization_id, pattern_id, started_at, same_value),
    constraint ended_after_started check (ended_at >= started_at),
    constraint evidence_is_bounded check (cardinality(event_ids) <= 100 and array_position(event_ids, null) is null)
);

comment on table events.event_pattern_occurrences is 'Where patterns were found.';
comment on column events.event_pattern_occurrences.organization_id is 'The organization of the pattern.';
comment on column events.event_pattern_occurrences.id is 'Its id.';
comment on column events.event_pattern_occurrences.pattern_id is 'The pattern.';
comment on column events.event_pattern_occurrences.started_at is 'When its first event occurred, or when none did since.';
comment on column events.event_pattern_occurrences.ended_at is 'When its last event occurred, or when it was clear that none had.';
comment on column events.event_pattern_occurrences.same_value is 'What its events have in common; empty when that was not asked.';
comment on column events.event_pattern_occurrences.event_ids is 'The events, at most the first 100; none for an absence.';
comment on column events.event_pattern_occurrences.found_at is 'When it was found.';

select base.tenant_table('events.event_patterns');
select base.tenant_table('events.event_pattern_occurrences');
alter table events.event_patterns add constraint event_patterns_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);
alter table events.event_pattern_occurrences add constraint event_pattern_occurrences_pattern_fkey
    foreign key (organization_id, pattern_id) references events.event_patterns (organization_id, id) on delete cascade;

-- migrate: rollback
drop table events.event_pattern_occurrences, events.event_patterns;
drop type events.pattern_kind, events.event_dimension;
$gsdb_file$);
select pg_temp.gsdb_migrate(10, 'create_event_anomalies', 'plain', '5000ms', 1, 4057, 4079, 72, $gsdb_file$-- Periods in which a source sent far more or fewer events than usual.

create type events.anomaly_resolution as enum ('expected', 'false_alarm', 'repaired');
comment on type events.anomaly_resolution is 'What became of an anomaly: it had a good reason, there was none, or something was broken and is not any more.';

create table events.event_anomalies (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    source_id       uuid           not null,
    event_type      text           not null default '*',
    period          interval       not null,
    period_start    timestamptz    not null,
    observed_count  bigint         not null,
    expected_count  numeric(14, 2) not null,
    score           numeric(8, 2)  not null,
    method          text           not null,
    detected_at     timestamptz    not null default now(),
    resolution      events.anomaly_resolution,
    resolved_at     timestamptz,
    resolved_by     uuid,
    note            text           not null default '',
    updated_at      timestamptz    not null default now(),
    constraint event_anomalies_pkey primary key (organization_id, id),
    constraint an_anomaly_is_found_once unique (organization_id, source_id, event_type, period, period_start),
    constraint event_type_is_not_blank check (event_type <> ''),
    constraint period_is_a_minute_hour_or_day check (period in ('1 minute', '1 hour', '1 day')),
    constraint counts_are_not_negative check (observed_count >= 0 and expected_count >= 0),
    constraint score_has_the_sign_of_the_difference check (sign(score) = sign(observed_count - expected_count) and score <> 0),
    constraint method_is_a_word check (method ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint resolved_has_a_resolution check ((resolved_at is null) = (resolution is null)),
    constraint resolved_after_detected check (resolved_at >= detected_at),
    constraint resolver_resolved_it check (resolved_by is null or resolved_at is not null)
);
create index event_anomalies_open_idx on events.event_anomalies (organization_id, id) where resolved_at is null;

comment on table events.event_anomalies is 'Periods in which a source sent far more or fewer events than usual, with the figures that show it.';
comment on column events.event_anomalies.organization_id is 'The organization of the source.';
comment on column events.event_anomalies.id is 'Its id.';
comment on column events.event_anomalies.source_id is 'The source.';
comment on column events.event_anomalies.event_type is 'The type of the events; * for all of the source together.';
comment on column events.event_anomalies.period is 'The length of the period, as in event_aggregations.';
comment on column events.event_anomalies.period_start is 'When the period begins.';
comment on column events.event_anomalies.observed_count is 'How many events there were.';
comment on column events.event_anomalies.expected_count is 'How many were to be expected.';
comment on column events.event_anomalies.score is 'How unusual that is: robust standard deviations from the expectation, negative for too few.';
comment on column events.event_anomalies.method is 'How it was found: seasonal_residual, ewma, cusum and so on.';
comment on column events.event_anomalies.detected_at is 'When it was found.';
comment on column events.event_anomalies.resolution is 'What became of it; null while nobody has said.';
comment on column events.event_anomalies.resolved_at is 'When somebody said so; null before.';
comment on column events.event_anomalies.resolved_by is 'Who said so; null for the system. Id of identity.users.';
comment on column events.event_anomalies.note is 'What else is to be said about it; Markdown.';
comment on column events.event_anomalies.updated_at is 'When it was last changed.';

select base.tenant_table('events.event_anomalies');
alter table events.event_anomalies add constraint event_anomalies_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);

-- migrate: rollback
drop table events.event_anomalies;
drop type events.anomaly_resolution;
$gsdb_file$);
select pg_temp.gsdb_migrate(11, 'declare_what_goes_with_a_source', 'plain', '5000ms', 1, 504, 526, 343, $gsdb_file$-- A source belongs to one organization and has types of its own. Not knowing it, the planner expected a hundredth of the events of a type
-- that there were, and sorted all of them where reading the last fifty from the index would have done. Partitions to come copy it.
create statistics events.source_and_type (dependencies, mcv) on organization_id, source_id, event_type from events.events;
select base.copy_statistics('events.events', p.partition) from base.time_partitions_of('events.events') as p;
-- migrate: rollback
do $do$
declare
    declared text;
begin
    for declared in
        select format('%I.%I', n.nspname, s.stxname)
        from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
        where n.nspname = 'events' and s.stxname ~ 'source_and_type$'
    loop
        execute 'drop statistics ' || declared;
    end loop;
end
$do$;
$gsdb_file$);
select pg_temp.gsdb_migrate(12, 'create_events_by_type', 'plain', '5000ms', 1, 1972, 1994, 34, $gsdb_file$-- Lists by source and type, and retention by type, look here. An index of events itself did that, and was the dearest of its three: seventy bytes
-- beside the id, half of what all indexes cost whoever sends and waits. Processing fills this table, for which nobody waits.
create table events.events_by_type (
    organization_id uuid        not null,
    source_id       uuid        not null,
    event_type      text        not null collate "C",
    event_id        uuid        not null,
    received_at     timestamptz not null,
    constraint events_by_type_pkey primary key (organization_id, source_id, event_type, event_id, received_at)
);
create index events_by_type_source_idx on events.events_by_type (organization_id, source_id, event_id);

comment on table events.events_by_type is 'The events of each type from each source, as far as they are processed.';
comment on column events.events_by_type.organization_id is 'The organization of the event.';
comment on column events.events_by_type.source_id is 'Where it came from. Id of events.event_sources.';
comment on column events.events_by_type.event_type is 'What happened, in the words of its source.';
comment on column events.events_by_type.event_id is 'The event. Id of events.events.';
comment on column events.events_by_type.received_at is 'When the event was received.';

select base.make_time_partitioned('events.events_by_type', 'received_at', interval '1 month', retention => interval '800 days');
-- Written by process_pending_events alone, so that a row says what its event says.
select base.tenant_table('events.events_by_type', privileges => 'select');

-- As 0011 says of events: without it the planner would sort all events of a type.
create statistics events.types_of_a_source (dependencies, mcv) on organization_id, source_id, event_type from events.events_by_type;
select base.copy_statistics('events.events_by_type', p.partition) from base.time_partitions_of('events.events_by_type') as p;

-- migrate: rollback
drop table events.events_by_type;
$gsdb_file$);
select pg_temp.gsdb_migrate(13, 'list_processed_events', 'plain', '5000ms', 1, 622, 644, 35, $gsdb_file$-- Events that were processed before there was a list of them by type. What an older program still processes until the new routines are here is
-- not listed.
lock table events.event_consumers in exclusive mode;
insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at)
select e.organization_id, e.source_id, e.event_type, e.id, e.received_at
from events.event_consumers c
join events.events e on (e.log_position, e.id, e.organization_id) <= (c.log_position, c.event_id, c.event_organization_id)
where c.name = 'processing'
on conflict on constraint events_by_type_pkey do nothing;
-- migrate: rollback
delete from events.events_by_type;
$gsdb_file$);
select pg_temp.gsdb_migrate(14, 'drop_index_by_type', 'plain', '5000ms', 1, 495, 517, 363, $gsdb_file$-- Nothing asks events for a source and type any more: see 0012. The statistics were for choosing this index.
drop index events.events_source_type_idx;
do $do$
declare
    declared text;
begin
    for declared in
        select format('%I.%I', n.nspname, s.stxname)
        from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
        where n.nspname = 'events' and s.stxname ~ 'source_and_type$'
    loop
        execute 'drop statistics ' || declared;
    end loop;
end
$do$;
-- migrate: rollback
create index events_source_type_idx on events.events (organization_id, source_id, event_type, id) with (deduplicate_items = off);
create statistics events.source_and_type (dependencies, mcv) on organization_id, source_id, event_type from events.events;
select base.copy_statistics('events.events', p.partition) from base.time_partitions_of('events.events') as p;
$gsdb_file$);
select pg_temp.gsdb_migrate(15, 'deliver_events', 'plain', '5000ms', 1, 1192, 1214, 446, $gsdb_file$-- What delivering needs to know: who reads the log for it, how often a delivery was tried, and since when a target fails.

alter table events.deliveries add column attempts integer not null default 0,
    add constraint attempts_are_not_negative check (attempts >= 0);
comment on column events.deliveries.attempts is 'How often it was begun to be tried; counted before, so that an attempt that killed its process counts.';
create index deliveries_due_of_subscription_idx on events.deliveries (organization_id, subscription_id, next_attempt_at) where next_attempt_at is not null;
drop index events.deliveries_due_idx;

-- For the limit of attempts in a minute.
create index delivery_attempts_started_idx on events.delivery_attempts (organization_id, subscription_id, started_at);

alter table events.subscriptions add column failing_since timestamptz;
comment on column events.subscriptions.failing_since is 'When its target failed first after it last took a delivery; null when it took the last one.';

insert into events.event_consumers (name, description)
values ('subscriptions', 'Finds the subscriptions that want an event and notes what is to be delivered to them: queue_deliveries.');
-- migrate: rollback
delete from events.event_consumers where name = 'subscriptions';
alter table events.subscriptions drop column failing_since;
drop index events.delivery_attempts_started_idx;
create index deliveries_due_idx on events.deliveries (organization_id, next_attempt_at) where next_attempt_at is not null;
drop index events.deliveries_due_of_subscription_idx;
alter table events.deliveries drop constraint attempts_are_not_negative, drop column attempts;
$gsdb_file$);
select pg_temp.gsdb_migrate(16, 'watch_events', 'plain', '5000ms', 1, 745, 767, 224, $gsdb_file$-- From where a source may be sent to, and how far patterns have been looked for.

alter table events.event_sources add column allowed_networks cidr[],
    add constraint allowed_networks_are_given check (cardinality(allowed_networks) > 0 and array_position(allowed_networks, null) is null);
comment on column events.event_sources.allowed_networks is 'The networks from which deliveries are taken; null for any.';

alter table events.event_patterns add column looked_until timestamptz not null default now();
comment on column events.event_patterns.looked_until is 'Events that were received before then have been looked at.';

-- receiving_endpoint() takes its place, which answers more.
drop function if exists events.receiving_source(uuid);

-- migrate: rollback
drop function if exists events.receiving_endpoint(uuid);
alter table events.event_patterns drop column looked_until;
alter table events.event_sources drop constraint allowed_networks_are_given, drop column allowed_networks;
$gsdb_file$);
select pg_temp.gsdb_migrate(17, 'follow_pushes', 'plain', '5000ms', 1, 186, 208, 60, $gsdb_file$-- Who indexes what is pushed.

insert into events.event_consumers (name, description)
values ('indexing', 'Finds pushes to repositories that are indexed from their URL: read_pushes.');
-- migrate: rollback
delete from events.event_consumers where name = 'indexing';
$gsdb_file$);
select pg_temp.gsdb_migrate(18, 'reconcile_sources', 'plain', '5000ms', 1, 1117, 1139, 282, $gsdb_file$-- Where a provider tells which deliveries it made, for those that do not make them again by themselves.

alter table events.event_sources
    add column reconcile_url text,
    add column reconcile_credential_id uuid,
    add column reconciled_at timestamptz,
    add column reconcile_error text,
    add constraint reconcile_url_is_http check (reconcile_url ~ '^https?://[^@/]+/'),
    add constraint reconciling_needs_a_token check ((reconcile_url is null) = (reconcile_credential_id is null)),
    add constraint only_github_is_reconciled check (reconcile_url is null or kind = 'github');
comment on column events.event_sources.reconcile_url is 'The webhook in the provider''s API, whose list of deliveries is compared with what was stored; null where that is not done.';
comment on column events.event_sources.reconcile_credential_id is 'The token for that API. Id of identity.credentials.';
comment on column events.event_sources.reconciled_at is 'When that was last done; null before.';
comment on column events.event_sources.reconcile_error is 'Why it could not be done the last time; null where it could.';

-- migrate: rollback
alter table events.event_sources drop constraint only_github_is_reconciled, drop constraint reconciling_needs_a_token, drop constraint reconcile_url_is_http,
    drop column reconcile_error, drop column reconciled_at, drop column reconcile_credential_id, drop column reconcile_url;
$gsdb_file$);
select pg_temp.gsdb_migrate(19, 'archive_events', 'plain', '5000ms', 1, 452, 474, 102, $gsdb_file$-- What an organization wants kept in files before retention deletes it.

alter table events.event_type_retentions
    add column is_archived boolean not null default false,
    add constraint archived_at_an_end check (not is_archived or retention_days is not null);
comment on column events.event_type_retentions.is_archived is 'Whether such events are written to files before they are deleted: then they stay until that was done, in whole months.';

-- migrate: rollback
alter table events.event_type_retentions drop constraint archived_at_an_end, drop column is_archived;
$gsdb_file$);
select pg_temp.gsdb_migrate(20, 'count_by_actor_and_target', 'plain', '5000ms', 1, 2595, 2617, 121, $gsdb_file$-- How many events there were of whom per hour and day, and about what per day. Counted by process_pending_events. In shorter periods there would be a
-- row for nearly every event.

create table events.event_participations (
    organization_id  uuid                   not null,
    source_id        uuid                   not null,
    role             text                   not null collate "C",
    period           interval               not null,
    period_start     timestamptz            not null,
    name             text                   not null collate "C",
    event_type       events.event_type_name not null,
    event_count      bigint                 not null,
    last_received_at timestamptz            not null,
    constraint event_participations_pkey primary key (organization_id, source_id, role, period, period_start, name, event_type),
    constraint role_is_actor_or_target check (role in ('actor', 'target')),
    constraint period_is_a_day_or_an_actors_hour check (period = '1 day' or (period = '1 hour' and role = 'actor')),
    constraint period_starts_on_time check (period_start = date_bin(period, period_start, '2001-01-01 00:00:00+00')),
    constraint counts_something check (event_count > 0)
) with (fillfactor = 80);

comment on table events.event_participations is 'Rollups: how many events of a type from a source were of an actor, or about a target, in a period, by the time they occurred. Every event that names one is counted once in each role and length of period.';
comment on column events.event_participations.organization_id is 'The organization of the source.';
comment on column events.event_participations.source_id is 'The source. Id of events.event_sources.';
comment on column events.event_participations.role is 'actor or target. A text and no enum, because row-level security keeps an enum from being looked up in an index.';
comment on column events.event_participations.period is 'The length of the period: a day, or an hour of an actor.';
comment on column events.event_participations.period_start is 'When the period begins; days begin in UTC.';
comment on column events.event_participations.name is 'The actor or target as the events have it, its first 500 characters.';
comment on column events.event_participations.event_type is 'The type of the events.';
comment on column events.event_participations.event_count is 'How many there were.';
comment on column events.event_participations.last_received_at is 'When the last of them was received.';

select base.tenant_table('events.event_participations', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_counts_by_actor, events.event_counts_by_target;
drop table events.event_participations;
$gsdb_file$);
select pg_temp.gsdb_migrate(21, 'count_past_participations', 'plain', '5000ms', 1, 1010, 1032, 38, $gsdb_file$-- What was processed before anybody counted by actor and target. Whoever processes waits meanwhile, so that nothing is counted twice.

select from events.event_consumers where name = 'processing' for update;
insert into events.event_participations (organization_id, source_id, role, period, period_start, name, event_type, event_count, last_received_at)
select e.organization_id, e.source_id, r.role, r.period,
       date_bin(r.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'),
       left(r.name, 500), e.event_type, count(*), max(e.received_at)
from events.events e
join events.event_consumers c on c.name = 'processing' and (e.log_position, e.id, e.organization_id) <= (c.log_position, c.event_id, c.event_organization_id)
cross join lateral (values ('actor', interval '1 hour', e.actor), ('actor', interval '1 day', e.actor), ('target', interval '1 day', e.target)) as r (role, period, name)
where r.name <> ''
group by 1, 2, 3, 4, 5, 6, 7;

-- migrate: rollback
truncate events.event_participations;
$gsdb_file$);
select pg_temp.gsdb_migrate(22, 'refetch_notion', 'plain', '5000ms', 1, 4205, 4227, 247, $gsdb_file$-- Notion's events carry ids only: what they are about is asked for, at the rate that Notion allows an integration, with a token of the operator's.

alter table events.event_sources
    add column refetch_credential_id uuid,
    add column refetch_not_before timestamptz,
    add column refetch_error text,
    add constraint only_notion_is_refetched check (refetch_credential_id is null or kind = 'notion'),
    add constraint refetching_has_a_time check ((refetch_credential_id is null) = (refetch_not_before is null));
comment on column events.event_sources.refetch_credential_id is 'The token with which the provider is asked for what its events are about; null where that is not done. Id of identity.credentials.';
comment on column events.event_sources.refetch_not_before is 'When the provider may be asked again, by its rate limit or its own word; null where it is not asked.';
comment on column events.event_sources.refetch_error is 'Why the provider could not be asked the last time; null where it could.';

create table events.notion_entities (
    organization_id uuid        not null,
    source_id       uuid        not null,
    entity_type     text        not null collate "C",
    entity_id       text        not null collate "C",
    last_event_id   uuid        not null,
    wanted_at       timestamptz,
    attempts        integer     not null default 0,
    error           text,
    fetched_at      timestamptz,
    is_gone         boolean     not null default false,
    is_in_trash     boolean,
    title           text,
    url             text,
    parent_id       text,
    last_edited_at  timestamptz,
    content         jsonb,
    constraint notion_entities_pkey primary key (organization_id, source_id, entity_type, entity_id),
    constraint entity_can_be_asked_for check (entity_type in ('page', 'database', 'data_source', 'comment')),
    constraint attempts_are_counted check (attempts >= 0),
    constraint content_was_fetched check (content is null or fetched_at is not null)
);
create index notion_entities_wanted_idx on events.notion_entities (organization_id, source_id, wanted_at) where wanted_at is not null;

comment on table events.notion_entities is 'What Notion''s events are about, as Notion had it after the last of them. Fetched by the server where the source has a token.';
comment on column events.notion_entities.organization_id is 'The organization of the source.';
comment on column events.notion_entities.source_id is 'The source whose events name it. Id of events.event_sources.';
comment on column events.notion_entities.entity_type is 'What it is: page, database, data_source, comment.';
comment on column events.notion_entities.entity_id is 'Notion''s id of it.';
comment on column events.notion_entities.last_event_id is 'The last event about it. Id of events.events, as long as that is kept.';
comment on column events.notion_entities.wanted_at is 'When it is to be asked for, again after an attempt in vain; null where nothing is to be asked.';
comment on column events.notion_entities.attempts is 'How often it was asked for in vain since the last time that it was told.';
comment on column events.notion_entities.error is 'Why the last attempt was in vain; null where it was not.';
comment on column events.notion_entities.fetched_at is 'When Notion last told it, or that there is no such thing; null before.';
comment on column events.notion_entities.is_gone is 'Whether Notion said that there is no such thing, or none that the integration may see.';
comment on column events.notion_entities.is_in_trash is 'Whether it is in the trash; null where Notion does not say.';
comment on column events.notion_entities.title is 'Its title, or the text of a comment, without its marks.';
comment on column events.notion_entities.url is 'Where people see it.';
comment on column events.notion_entities.parent_id is 'Notion''s id of what holds it.';
comment on column events.notion_entities.last_edited_at is 'When it was last edited, as Notion says.';
comment on column events.notion_entities.content is 'What Notion answered.';

-- Made by process_pending_events.
select base.tenant_table('events.notion_entities', privileges => 'select, update');

-- migrate: rollback
drop table events.notion_entities;
alter table events.event_sources drop constraint refetching_has_a_time, drop constraint only_notion_is_refetched,
    drop column refetch_error, drop column refetch_not_before, drop column refetch_credential_id;
$gsdb_file$);
select pg_temp.gsdb_end_module();
