-- Two people who edit one dashboard do not overwrite each other.

create or replace function analytics.save_dashboard(
    dashboard uuid, layout jsonb, based_on integer, change_note text default '', author uuid default null)
    returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    current_version integer;
    saved integer;
begin
    select coalesce(max(v.version), 0) into current_version
    from analytics.dashboards d
    left join analytics.dashboard_versions v on v.organization_id = d.organization_id and v.dashboard_id = d.id
    where d.organization_id = organization and d.id = dashboard and d.deleted_at is null
    group by d.id;
    if current_version = based_on then
        -- The key decides when two come here at once.
        insert into analytics.dashboard_versions (organization_id, dashboard_id, version, layout, change_note, created_by)
        values (organization, dashboard, based_on + 1, save_dashboard.layout, save_dashboard.change_note, author)
        on conflict do nothing
        returning version into saved;
    end if;
    if saved is null then
        raise exception using errcode = 'GS604',
            message = format('dashboard %s has version %s, not %s', dashboard, coalesce(current_version::text, 'none'), based_on),
            hint = 'Read the newest version, apply the change to it and save again.';
    end if;
    return saved;
end
$$;
comment on function analytics.save_dashboard(uuid, jsonb, integer, text, uuid) is
    'Saves a layout as the version after the one it was made from (0 for the first) and returns its number; error GS604 when there is a newer one or no such dashboard.';
