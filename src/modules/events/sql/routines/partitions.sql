-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function events.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    longest constant interval := events.longest_retention();
    relation regclass;
begin
    foreach relation in array array['events.events', 'events.events_by_type', 'events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[] loop
        perform base.set_retention(relation, longest);
    end loop;
    return query select * from base.maintain_time_partitions(only_schema => 'events');
end
$$;
comment on function events.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention: of events and projections that of the type that is kept longest.';
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
