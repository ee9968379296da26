-- Which sources are to be compared with what their provider says it delivered.

-- Taking one is noting it as done, so that another server does not do the same.
create or replace function events.take_reconciliation(every interval)
    returns table (organization_id uuid, source_id uuid, scope_id uuid, reconcile_url text, reconcile_credential_id uuid, reconciled_at timestamptz)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with due as (
        select s.organization_id, s.id, s.reconciled_at
        from events.event_sources s
        where s.reconcile_url is not null and s.deleted_at is null and s.paused_at is null and (s.reconciled_at is null or s.reconciled_at < now() - every)
        order by s.reconciled_at nulls first
        limit 1
        for update skip locked)
    update events.event_sources s set reconciled_at = now()
    from due
    where s.organization_id = due.organization_id and s.id = due.id
    returning s.organization_id, s.id, coalesce(s.deduplicates_with, s.id), s.reconcile_url, s.reconcile_credential_id, due.reconciled_at;
end
$$;
comment on function events.take_reconciliation(interval) is 'The source of any organization that has waited longest to be compared with its provider''s list of deliveries, if that is long enough; with when it was done before.';
revoke execute on function events.take_reconciliation(interval) from public;
grant execute on function events.take_reconciliation(interval) to events_user;
