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

-- A filter that makes no sense for an event, as one that compares a number with a word, does not want it.
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
    where e.organization_id = organization and e.id = event
      and s.paused_at is null
      and (s.source_id is null or s.source_id = e.source_id)
      and events.type_is_among(e.event_type, s.event_types)
      and (s.filter is null
           or coalesce(jsonb_path_match(to_jsonb(e) - '{organization_id,log_position,raw_body}'::text[], s.filter::jsonpath, silent => true), false));
end
$$;
comment on function events.matching_subscriptions(uuid) is 'The subscriptions of the transaction''s organization that want the event: not paused, right source and type, and the whole of the filter fulfilled.';
