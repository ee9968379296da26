-- What the receiver of deliveries needs to know of a source before it knows of which organization it is.

create or replace function events.receiving_endpoint(
    source uuid, out organization_id uuid, out kind events.source_kind, out scope_id uuid, out credential_id uuid, out previous_credential_id uuid,
    out previous_credential_until timestamptz, out verified_at timestamptz, out paused_at timestamptz, out signature_header text, out delivery_header text,
    out event_type_header text, out allowed_networks text[])
    returns setof record
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select s.organization_id, s.kind, coalesce(s.deduplicates_with, s.id), s.credential_id, s.previous_credential_id, s.previous_credential_until, s.verified_at,
           s.paused_at, s.signature_header, s.delivery_header, s.event_type_header, s.allowed_networks::text[]
    from events.event_sources s
    where s.id = source and s.deleted_at is null;
end
$$;
comment on function events.receiving_endpoint(uuid) is 'A source of any organization by its id, as the receiver of deliveries needs it; nothing where there is none.';
revoke execute on function events.receiving_endpoint(uuid) from public;
grant execute on function events.receiving_endpoint(uuid) to events_user;
