-- Pushes of all organizations in the order of the log, for whoever indexes them. Reading does not move the cursor: that is done when what follows
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
