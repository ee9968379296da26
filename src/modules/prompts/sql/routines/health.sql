-- What the health functions say of prompts, with the rights of the caller. Counting stops at 100,000 rows.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function prompts.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('prompts.executions') = 'none' then
        return next base.unread_signal('prompts', 'prompts.executions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'executions_without_outcome', count(*), min(s.id::text), 1, 100, 'Their program ended without a word: finish them with prompts.finish_execution as failed.'
        from (select e.id from prompts.executions e where e.finished_at is null and e.created_at < now() - interval '1 hour' limit 100000) s
        union all
        select 'expired_context_data', count(*), min(s.cache_key), 10000, 100000, 'Let the server run, or select cleanup_expired_context_data().'
        from (select d.cache_key from prompts.context_data d where d.expires_at < now() - interval '1 hour' limit 100000) s
    )
    select 'prompts', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from prompts.outcome_signals(interval '1 hour');
end
$$;
comment on function prompts.health_signals() is 'Signals of executions that never ended, of the cache of contexts, and of how executions end.';

-- Few executions say nothing of a rate: it is judged from 20 on.
create or replace function prompts.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'prompts', 'failure_rate', round(coalesce(100.0 * s.failed / nullif(s.ended, 0), 0), 2), '%',
           case when s.ended >= 20 then 10::numeric end, case when s.ended >= 20 then 50::numeric end,
           'Look at error_code of the executions that failed: a model that is overloaded, a key that expired.',
           jsonb_build_object('ended', s.ended, 'failed', s.failed, 'seconds', extract(epoch from span))
    from (select count(*) filter (where e.status in ('failed', 'timed_out')) as failed, count(*) filter (where e.status in ('completed', 'failed', 'timed_out')) as ended
          from base.organizations_in('prompts.executions') o
          cross join lateral (
              select x.status from prompts.executions x where x.organization_id = o and x.created_at >= now() - span order by x.created_at desc limit 100000
          ) e) s;
end
$$;
comment on function prompts.outcome_signals(interval) is 'The share of the executions asked for within a span of time that failed.';

create or replace function prompts.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('prompts.executions') = 'none' then
        return next base.unread_signal('prompts.executions', 'prompts.executions');
        return;
    end if;
    return query
    with recent as materialized (
        select e.*
        from base.organizations_in('prompts.executions') o
        cross join lateral (
            select x.status, x.input_tokens, x.output_tokens, x.cost_usd, x.created_at, x.finished_at from prompts.executions x
            where x.organization_id = o and x.created_at >= now() - interval '7 days' order by x.created_at desc limit 1000
        ) e
    ), counted (signal, missing, among, warning_at, critical_at, remedy) as (
        select 'executions_without_outcome', count(*) filter (where r.finished_at is null), count(*), 1, 10, 'Finish them with prompts.finish_execution.'
        from recent r where r.created_at < now() - interval '1 hour'
        union all
        select 'completed_without_tokens', count(*) filter (where r.input_tokens is null or r.output_tokens is null), count(*), 5, 50, 'Let the provider report usage.'
        from recent r where r.status = 'completed'
        union all
        select 'completed_without_cost', count(*) filter (where r.cost_usd is null), count(*), 20, null, 'Give the model a price in the settings.'
        from recent r where r.status = 'completed'
    )
    select 'prompts.executions', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%',
           case when c.among >= 20 then c.warning_at::numeric end, case when c.among >= 20 then c.critical_at::numeric end, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', '7 days, newest 1000 of each organization')
    from counted c;
end
$$;
comment on function prompts.quality_signals() is 'How complete the records of executions are, of those of the last seven days.';
