-- Which events are past their retention and are to be in files before they are deleted. The program writes the files; it deletes what it has
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
