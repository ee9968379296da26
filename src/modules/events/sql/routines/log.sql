-- The log: events in the order of the transactions that stored them. Two routines here span tenants and are for consumers and operators.

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
