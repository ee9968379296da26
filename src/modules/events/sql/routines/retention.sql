-- Retention per type. Events of all types share partitions, so a partition lives as long as the longest kept type, and what is to go earlier
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
