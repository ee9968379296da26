-- How workers take tasks of all organizations. In the queue of an organization each executor has a lane, and one more for tasks with a
-- concurrency key; there, each key is a stream of its own. Within a claim organizations come in an order that `turn` chooses and get equal
-- shares, what one leaves goes to the others; within an organization the tasks come first that stand first, whatever stream they are in.
-- Policies make the planner expect few rows (docs/decisions/0013), so these routines are told to follow the indexes.

-- How many tasks of a key may begin now: null for any number. Holds the limit until the end of the transaction, so that two claims do not
-- both take the last place; the one that comes second gets none and asks again later.
create or replace function tasks.free_places(organization uuid, key text) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
as $$
declare
    bound tasks.task_limits;
begin
    if not exists (select from tasks.task_limits l where l.organization_id = organization and l.concurrency_key = key) then
        return null;
    end if;
    select * into bound from tasks.task_limits l where l.organization_id = organization and l.concurrency_key = key for no key update skip locked;
    if not found then
        return 0;
    end if;
    return greatest(0, least(
        bound.running_max - (select count(*) from tasks.tasks t
                             where t.organization_id = organization and t.concurrency_key = key and t.status = 'running'),
        bound.starts_max - (select count(*) from tasks.tasks t
                            where t.organization_id = organization and t.concurrency_key = key
                              and t.started_at > now() - make_interval(secs => bound.starts_window_seconds))))::integer;
end
$$;
comment on function tasks.free_places(uuid, text) is 'Part of tasks.claim_tasks: how many tasks with the key may begin now, null for any number.';

-- The lanes that have tasks, found by stepping from one to the next.
create or replace function tasks.busy_lanes(lanes integer[]) returns table (organization_id uuid, lane integer)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
    return query
    with recursive step (organization_id, lane) as (
        (select t.organization_id, t.lane
         from tasks.tasks t
         where t.status = 'queued' and t.executor <> 'manual'
         order by t.organization_id, t.lane
         limit 1)
        union all
        select n.organization_id, n.lane
        from step s
        cross join lateral (
            select t.organization_id, t.lane
            from tasks.tasks t
            where t.status = 'queued' and t.executor <> 'manual' and (t.organization_id, t.lane) > (s.organization_id, s.lane)
            order by t.organization_id, t.lane
            limit 1) n
    )
    select s.organization_id, s.lane from step s where s.lane = any (lanes);
end
$$;
comment on function tasks.busy_lanes(integer[]) is 'Part of tasks.claim_tasks: which of the lanes have tasks, in which organizations.';

-- A thousand keys at most: with more of them at once, those behind wait until one of these has no tasks.
create or replace function tasks.claim_streams(organization uuid, lanes integer[]) returns table (lane integer, key text, places integer)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
    return query
    select l.lane, null::text, null::integer from unnest(lanes) as l (lane) where l.lane < 10;
    if not exists (select from unnest(lanes) as l (lane) where l.lane >= 10) then
        return;
    end if;
    return query
    with recursive step (lane, key) as (
        select l.lane, (select t.concurrency_key
                        from tasks.tasks t
                        where t.organization_id = organization and t.lane = l.lane and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                        order by t.concurrency_key limit 1)
        from unnest(lanes) as l (lane)
        where l.lane >= 10
        union all
        select s.lane, (select t.concurrency_key
                        from tasks.tasks t
                        where t.organization_id = organization and t.lane = s.lane and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                          and t.concurrency_key > s.key
                        order by t.concurrency_key limit 1)
        from step s
        where s.key is not null
    ), found as materialized (
        select s.lane, s.key from step s where s.key is not null limit 1000
    ), bounded as materialized (
        select k.key, tasks.free_places(organization, k.key) as places from (select distinct f.key from found f order by f.key) k
    )
    select f.lane, f.key, b.places from found f join bounded b on b.key = f.key where b.places is null or b.places > 0;
end
$$;
comment on function tasks.claim_streams(uuid, integer[]) is 'Part of tasks.claim_tasks: the streams of an organization''s lanes, and how many of each may begin; null for any number.';

-- Up to so many of one stream, from the first to the given position.
create or replace function tasks.claim_stream(organization uuid, in_lane integer, key text, last_position bigint, most integer, worker uuid, epoch bigint)
    returns setof tasks.tasks
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
begin
    if key is null then
        return query
        with picked as materialized (
            select c.id
            from tasks.tasks c
            where c.organization_id = organization and c.lane = in_lane and c.status = 'queued' and c.executor <> 'manual'
              and c.claim_position <= last_position and c.run_at <= now()
            order by c.claim_position
            limit most
            for update skip locked
        )
        update tasks.tasks t
        set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = worker, worker_epoch = epoch, updated_at = now()
        from picked
        where t.organization_id = organization and t.id = picked.id
        returning t.*;
        return;
    end if;
    return query
    with picked as materialized (
        select c.id
        from tasks.tasks c
        where c.organization_id = organization and c.lane = in_lane and c.concurrency_key = key and c.status = 'queued' and c.executor <> 'manual'
          and c.claim_position <= last_position and c.run_at <= now()
        order by c.claim_position
        limit most
        for update skip locked
    )
    update tasks.tasks t
    set status = 'running', attempts = t.attempts + 1, started_at = now(), worker_id = worker, worker_epoch = epoch, updated_at = now()
    from picked
    where t.organization_id = organization and t.id = picked.id
    returning t.*;
end
$$;
comment on function tasks.claim_stream(uuid, integer, text, bigint, integer, uuid, bigint) is 'Part of tasks.claim_tasks: takes the first tasks of one stream.';

-- The position of the last of the first so many tasks, over several streams.
create or replace function tasks.last_position_of(organization uuid, in_lanes integer[], keys text[], places integer[], most integer) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
begin
    return (
        select max(first.claim_position)
        from (select p.claim_position
              from unnest(in_lanes, keys, places) as s (lane, key, places)
              cross join lateral (
                  (select t.claim_position
                   from tasks.tasks t
                   where s.key is null and t.organization_id = organization and t.lane = s.lane and t.status = 'queued' and t.executor <> 'manual'
                   order by t.claim_position
                   limit most)
                  union all
                  (select t.claim_position
                   from tasks.tasks t
                   where s.key is not null and t.organization_id = organization and t.lane = s.lane and t.concurrency_key = s.key
                     and t.status = 'queued' and t.executor <> 'manual' and t.concurrency_key is not null
                   order by t.claim_position
                   limit least(most, s.places))) p
              order by p.claim_position
              limit most) first);
end
$$;
comment on function tasks.last_position_of(uuid, integer[], text[], integer[], integer) is 'Part of tasks.claim_tasks: up to which position the first so many tasks of several streams stand.';

-- The share of one organization.
create or replace function tasks.claim_of_organization(organization uuid, in_lanes integer[], most integer, worker uuid, epoch bigint) returns setof tasks.tasks
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    no_position constant bigint := 9223372036854775807;
    stream_lanes integer[];
    keys text[];
    places integer[];
    last_position bigint := no_position;
    taken integer := 0;
    got integer;
begin
    if cardinality(in_lanes) = 1 and in_lanes[1] < 10 then
        return query select * from tasks.claim_stream(organization, in_lanes[1], null, no_position, most, worker, epoch);
        return;
    end if;
    select array_agg(s.lane), array_agg(s.key), array_agg(s.places) into stream_lanes, keys, places
    from tasks.claim_streams(organization, in_lanes) s;
    if cardinality(stream_lanes) > 1 then
        last_position := tasks.last_position_of(organization, stream_lanes, keys, places, most);
    end if;
    -- The second time for what others had locked meanwhile: then whatever there is.
    for time in 1..2 loop
        for i in 1..coalesce(cardinality(stream_lanes), 0) loop
            continue when least(most - taken, places[i]) <= 0;
            return query
            select * from tasks.claim_stream(organization, stream_lanes[i], keys[i], last_position, least(most - taken, places[i]), worker, epoch);
            get diagnostics got = row_count;
            taken := taken + got;
            for same in 1..cardinality(stream_lanes) loop
                if keys[same] = keys[i] then
                    places[same] := places[same] - got;
                end if;
            end loop;
        end loop;
        exit when taken >= most or last_position = no_position;
        last_position := no_position;
    end loop;
end
$$;
comment on function tasks.claim_of_organization(uuid, integer[], integer, uuid, bigint) is 'Part of tasks.claim_tasks: takes the first tasks of one organization.';

create or replace function tasks.claim_tasks(worker uuid, epoch bigint, executors tasks.executor[], wanted integer, turn bigint)
    returns table (organization_id uuid, task_id uuid, attempt integer, executor tasks.executor, task_type text, title text, definition_id uuid,
                   configuration jsonb, input jsonb, timeout_seconds integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    lanes constant integer[] := (select array_agg(array_position(enum_range(null::tasks.executor), e) - 1 + more)
                                 from unnest(executors) as e, unnest('{0,10}'::integer[]) as more where e <> 'manual');
    chosen record;
    share integer;
    taken integer := 0;
    got integer;
begin
    if not exists (select from tasks.workers w where w.id = worker and w.epoch = claim_tasks.epoch and w.lease_expires_at > now()) then
        raise exception using errcode = 'GS306',
            message = format('worker %s does not hold its lease under epoch %s any more', worker, epoch),
            hint = 'Take a new lease; what it was running is run by others.';
    end if;
    for time in 1..2 loop
        for chosen in
            with busy as materialized (
                select b.organization_id, array_agg(b.lane) as lanes from tasks.busy_lanes(lanes) b group by b.organization_id
            )
            select b.organization_id, b.lanes, (select count(*) from busy) as organizations from busy b order by uuid_hash_extended(b.organization_id, turn)
        loop
            exit when taken >= wanted;
            share := case when time = 1 then greatest(1, wanted / chosen.organizations) else wanted end;
            return query
            select t.organization_id, t.id, t.attempts, t.executor, t.task_type, t.title, t.definition_id,
                   case when d.id is null then t.configuration else d.configuration || t.configuration end, t.input, t.timeout_seconds
            from tasks.claim_of_organization(chosen.organization_id, chosen.lanes, least(share, wanted - taken), worker, epoch) t
            left join tasks.task_definitions d on d.organization_id = t.organization_id and d.id = t.definition_id;
            get diagnostics got = row_count;
            taken := taken + got;
            exit when chosen.organizations = 1;
        end loop;
        exit when taken >= wanted or chosen is null or chosen.organizations = 1;
    end loop;
end
$$;
comment on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) is
    'Takes up to so many tasks of all organizations for a worker; their attempts count from here on. Another `turn` is another order of the organizations. Error GS306 when the worker has lost its lease.';
revoke execute on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) from public;
grant execute on function tasks.claim_tasks(uuid, bigint, tasks.executor[], integer, bigint) to task_user;
