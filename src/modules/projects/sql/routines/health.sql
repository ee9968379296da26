-- What the health functions say of projects and repositories, with the rights of the caller.

create or replace function projects.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('projects.repositories') = 'none' then
        return next base.unread_signal('projects', 'projects.repositories');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'repositories_out_of_date', count(*), min(s.name), 1, 1000, 'Let the server run, which reads them from their host; look whether their credential still works.'
        from (select r.name from projects.repositories r where r.deleted_at is null and r.status = 'active' and r.synchronized_at < now() - interval '7 days' limit 100000) s
        union all
        select 'projects_past_their_end', count(*), min(s.name), 10, null, 'Complete them, or give them another end_date.'
        from (select p.name from projects.projects p where p.deleted_at is null and p.status = 'active' and p.end_date < current_date limit 100000) s
    )
    select 'projects', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function projects.health_signals() is 'Signals of repositories that were not read from their hosts for a week and of projects that are late.';

create or replace function projects.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('projects.repositories') = 'none' then
        return next base.unread_signal('projects.repositories', 'projects.repositories');
        return;
    end if;
    return query
    select 'projects.repositories', m.signal, round(coalesce(100.0 * m.missing / nullif(s.repositories, 0), 0), 2), '%', case when s.repositories >= 20 then m.warning_at end, null::numeric, m.remedy,
           jsonb_build_object('rows', m.missing, 'of', s.repositories, 'window', 'up to 100000')
    from (select count(*) as repositories, count(*) filter (where r.synchronized_at is null) as never_read, count(*) filter (where r.primary_language is null) as without_language
          from (select x.synchronized_at, x.primary_language from projects.repositories x where x.deleted_at is null and x.status = 'active' limit 100000) r) s
    cross join lateral (values
        ('never_read_from_the_host', s.never_read, 20::numeric, 'Give them a credential, so that the server can read them.'),
        ('without_language', s.without_language, 50, 'Read them from their host, or index them.')
    ) as m (signal, missing, warning_at, remedy);
end
$$;
comment on function projects.quality_signals() is 'How much is known of the repositories in use.';
