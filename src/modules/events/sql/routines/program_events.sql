-- What the program did itself, under a source of its own.

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
