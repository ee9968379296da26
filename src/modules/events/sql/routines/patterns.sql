-- Looking for patterns. Time is when events occurred; each look reaches back over the window of the pattern, so that what came late is seen, and
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
