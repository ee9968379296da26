-- What the health functions say of access, with the rights of the caller.

create or replace function identity.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('identity.credentials') = 'none' then
        return next base.unread_signal('identity', 'identity.credentials');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'credentials_expired', count(*), min(s.name), 1, 10, 'Store a new secret under the same name.'
        from (select c.name from identity.credentials c where c.expires_at <= now() limit 100000) s
        union all
        select 'credentials_expiring', count(*), min(s.name), 1, null, 'Store a new secret before the other system stops accepting this one, within 14 days.'
        from (select c.name from identity.credentials c where c.expires_at > now() and c.expires_at <= now() + interval '14 days' limit 100000) s
        union all
        select 'api_keys_expiring', count(*), min(s.prefix), 1, null, 'Make a new key before this one, used within the last 30 days, expires within 14.'
        from (select k.prefix from identity.api_keys k
              where k.revoked_at is null and k.expires_at > now() and k.expires_at <= now() + interval '14 days' and k.last_used_at > now() - interval '30 days' limit 100000) s
    )
    select 'identity', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function identity.health_signals() is 'Signals of credentials and API keys that do not work any more or soon will not.';
