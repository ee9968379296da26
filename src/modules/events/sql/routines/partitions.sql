-- Creating and dropping partitions is the owner's right; the login role may have it done.

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
