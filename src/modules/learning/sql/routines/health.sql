-- What the health functions say of learning and evolution, with the rights of the caller. Counting stops at 100,000 rows.

create or replace function learning.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('learning.training_sessions') = 'none' then
        return next base.unread_signal('learning', 'learning.training_sessions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'training_without_progress', count(*), min(s.id::text), 1, 10, 'Its program ended without a word: learning.set_training_status as failed.'
        from (select t.id from learning.training_sessions t where t.finished_at is null and t.started_at is not null and t.updated_at < now() - interval '24 hours' limit 100000) s
        union all
        select 'urgent_errors_open', count(*), min(s.id::text), 1, 20, 'select * from error_summary; resolve them or set status to ignored.'
        from (select g.id from learning.error_groups g where g.status = 'open' and g.priority >= 'critical' limit 100000) s
    )
    select 'learning', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function learning.health_signals() is 'Signals of training runs that do not go on and of errors that somebody has to look at.';

create or replace function openevolve.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('openevolve.evaluations') = 'none' then
        return next base.unread_signal('evolution', 'openevolve.evaluations');
        return;
    end if;
    return query
    with counted (signal, found, example, unit, warning_at, critical_at, remedy) as (
        select 'evaluations_lost_by_workers', count(*)::numeric, min(s.id::text), 'rows', 1, 100, 'Let the server run: another worker takes what a dead one had.'
        from (select e.id from openevolve.evaluations e where e.status = 'in_progress' and e.lease_expires_at < now() - interval '5 minutes' limit 100000) s
        union all
        select 'evaluation_queue_age', coalesce(round(extract(epoch from now() - min(s.created_at))), 0), (array_agg(s.id::text order by s.created_at))[1], 's', 3600, 86400, 'Start more workers, or pause sessions.'
        from (select e.id, e.created_at from openevolve.evaluations e where e.status = 'pending' limit 100000) s
        union all
        select 'sessions_without_progress', count(*), min(s.id::text), 'rows', 1, 10, 'Look at the log of the session; resume or cancel it.'
        from (select x.id from openevolve.evolution_sessions x where x.finished_at is null and x.status = 'running' and x.updated_at < now() - interval '24 hours' limit 100000) s
    )
    select 'evolution', c.signal, c.found, c.unit, c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function openevolve.health_signals() is 'Signals of evaluations and evolutions that do not go on.';

create or replace function learning.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('learning.error_groups') = 'none' then
        return next base.unread_signal('learning.error_groups', 'learning.error_groups');
        return;
    end if;
    return query
    select 'learning.error_groups', 'unclassified_share', round(coalesce(100.0 * s.unclassified / nullif(s.groups, 0), 0), 2), '%',
           case when s.groups >= 20 then 50::numeric end, null::numeric, 'Let the analysis of errors run, or set error_class.',
           jsonb_build_object('rows', s.unclassified, 'of', s.groups, 'window', 'open groups, up to 100000')
    from (select count(*) as groups, count(*) filter (where g.error_class = 'unknown') as unclassified
          from (select x.error_class from learning.error_groups x where x.status = 'open' limit 100000) g) s;
end
$$;
comment on function learning.quality_signals() is 'How many of the errors that are open have a class.';

create or replace function openevolve.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('openevolve.programs') = 'none' then
        return next base.unread_signal('openevolve.programs', 'openevolve.programs');
        return;
    end if;
    return query
    with recent as materialized (
        select p.*
        from base.organizations_in('openevolve.programs') o
        cross join lateral (
            select x.embedding, x.metrics, x.session_id from openevolve.programs x where x.organization_id = o order by x.session_id desc, x.id desc limit 1000
        ) p
    ), counted (signal, missing, among, warning_at, remedy) as (
        select 'programs_without_metrics', count(*) filter (where r.metrics = '{}'), count(*), 20, 'Evaluate them, or cancel the session they are in.' from recent r
        union all
        -- Only sessions that compute embeddings at all can miss some.
        select 'programs_without_embedding', count(*) filter (where r.embedding is null), count(*), 20, 'The embedding model did not answer: let the session run on.'
        from recent r where exists (select from recent e where e.session_id = r.session_id and e.embedding is not null)
    )
    select 'openevolve.programs', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%', case when c.among >= 20 then c.warning_at::numeric end, null::numeric, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', 'newest 1000 of each organization')
    from counted c;
end
$$;
comment on function openevolve.quality_signals() is 'How complete the records of programs are: metrics, and embeddings where a session has them.';
