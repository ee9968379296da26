-- What the health functions say of codebases, with the rights of the caller.

create or replace function codebase.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with newest as materialized (
        select c.name, r.state, r.started_at
        from (select x.organization_id, x.id, x.name from codebase.codebases x limit 10000) c
        join lateral (
            select a.state, a.started_at from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    ), counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'runs_without_end', count(*), min(n.name), 1, 10, 'Its process ended without a word: index the codebase again, which notes that.'
        from newest n where n.state = 'running' and n.started_at < now() - interval '1 hour'
        union all
        select 'newest_run_failed', count(*), min(n.name), 1, 100, 'Look at error_message of its newest run in analysis_runs, then index it again.'
        from newest n where n.state in ('failed', 'abandoned')
    )
    select 'codebase', c.signal, c.found::numeric, 'codebases', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function codebase.health_signals() is 'Signals of runs over codebases that did not end well.';

create or replace function codebase.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('codebase.blobs') = 'none' then
        return next base.unread_signal('codebase.blobs', 'codebase.blobs');
        return;
    end if;
    return query
    select 'codebase.blobs', m.signal, round(coalesce(100.0 * m.missing / nullif(s.blobs, 0), 0), 2), '%',
           case when s.blobs >= 20 then m.warning_at end, case when s.blobs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('rows', m.missing, 'of', s.blobs, 'window', 'newest 1000 of each organization')
    from (select count(*) as blobs, count(*) filter (where b.parse_status not in ('ok', 'has_errors')) as unparsed, count(*) filter (where b.parse_status = 'has_errors') as errors
          from base.organizations_in('codebase.blobs') o
          cross join lateral (select x.parse_status from codebase.blobs x where x.organization_id = o order by x.id desc limit 1000) b) s
    cross join lateral (values
        ('contents_not_parsed', s.unparsed, 10::numeric, 50::numeric, 'select path, parse_status from file_analysis says which; larger limits are in the settings of the index.'),
        ('contents_with_errors', s.errors, 20, null, 'The grammar met text it does not know: macros, templates, a newer language version.')
    ) as m (signal, missing, warning_at, critical_at, remedy);
    return query
    select 'codebase.codebases', 'oldest_current_run_age', round(extract(epoch from now() - min(r.finished_at))), 's', 2592000::numeric, null::numeric,
           'gsdb index reads the codebase again; what did not change costs nothing.', jsonb_build_object('codebases', count(*))
    from (select x.organization_id, x.current_run_id from codebase.codebases x where x.current_run_id is not null limit 10000) c
    join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
    having count(*) > 0;
end
$$;
comment on function codebase.quality_signals() is 'How much of what was read could be parsed, and how old what is shown is.';

-- Two columns of codebases say again what analysis_runs say.
create or replace function codebase.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with checked as materialized (
        select c.id, c.last_run_number is distinct from coalesce(r.number, 0) and c.last_run_number < coalesce(r.number, 0) as is_behind,
               c.current_run_id is not null and not exists (
                   select from codebase.analysis_runs a
                   where a.organization_id = c.organization_id and a.id = c.current_run_id and a.codebase_id = c.id and a.state = 'completed') as shows_nothing
        from (select x.* from codebase.codebases x limit 10000) c
        left join lateral (
            select a.number from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    )
    select 'codebase', m.signal, m.found::numeric, 'codebases', 1::numeric, 1::numeric, m.remedy,
           jsonb_strip_nulls(jsonb_build_object('checked', s.checked, 'is_complete', s.checked < 10000, 'example', m.example))
    from (select count(*) as checked, count(*) filter (where k.is_behind) as behind, min(k.id::text) filter (where k.is_behind) as behind_example,
                 count(*) filter (where k.shows_nothing) as nothing, min(k.id::text) filter (where k.shows_nothing) as nothing_example
          from checked k) s
    cross join lateral (values
        ('last_run_number_is_behind', s.behind, s.behind_example, 'Set last_run_number to the greatest number of its runs: the next run would take a number twice.'),
        ('current_run_is_not_complete', s.nothing, s.nothing_example, 'Index the codebase again, which sets current_run_id to a run that is complete.')
    ) as m (signal, found, example, remedy);
end
$$;
comment on function codebase.integrity_signals() is 'Codebases that say of their runs what the runs do not say.';
