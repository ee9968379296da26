-- What the health functions say of workflows, with the rights of the caller. Counting stops at 1,000 rows: more is as bad.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function workflows.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('workflows.workflow_executions') = 'none' then
        return next base.unread_signal('workflows', 'workflows.workflow_executions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'stalled_executions', count(*), min(s.execution_id::text), 1, 10, 'select * from stalled_executions says why; retry the stage, or cancel the execution.'
        from (select x.execution_id from workflows.stalled_executions x limit 1000) s
        union all
        select 'executions_without_a_stage', count(*), min(s.id::text), 1, 10, 'Let the server run, which takes them on to their next stage.'
        from (select e.id from workflows.workflow_executions e
              where e.finished_at is null and e.status = 'running' and e.updated_at < now() - interval '10 minutes'
                and not exists (select from workflows.workflow_stage_executions s where s.organization_id = e.organization_id and s.execution_id = e.id and s.finished_at is null)
              limit 1000) s
        union all
        select 'merges_needing_a_person', count(*), min(s.id::text), 1, 100, 'Resolve the conflict on the source branch, or reject the change.'
        from (select m.id from workflows.merge_queue_entries m where m.finished_at is null and m.status = 'needs_person' limit 1000) s
        union all
        select 'merges_waiting', count(*), min(s.id::text), 1, 100, 'Look what holds the branch: an entry that is rebasing, validating or merging for over an hour.'
        from (select m.id from workflows.merge_queue_entries m
              where m.finished_at is null and m.status in ('queued', 'rebasing', 'validating', 'merging') and m.updated_at < now() - interval '1 hour' limit 1000) s
    )
    select 'workflows', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from workflows.outcome_signals(interval '24 hours');
end
$$;
comment on function workflows.health_signals() is 'Signals of runs and merges that do not go on, and of how calls to the outside and runs end.';

-- Few say nothing of a rate: it is judged from 20 on.
create or replace function workflows.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with organizations as materialized (
        select o.id from base.organizations_in('workflows.workflow_executions') as o (id)
    ), ended (signal, has_failed) as (
        select 'operation_failure_rate', c.status = 'failed'
        from organizations o
        cross join lateral (
            (select x.status from workflows.codegen_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
            union all
            (select x.status from workflows.linear_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
            union all
            (select x.status from workflows.github_operations x where x.organization_id = o.id and x.created_at >= now() - span order by x.created_at desc limit 2000)
        ) c
        where c.status in ('succeeded', 'failed')
        union all
        select 'execution_failure_rate', e.status = 'failed'
        from organizations o
        cross join lateral (select x.status, x.finished_at from workflows.workflow_executions x where x.organization_id = o.id order by x.id desc limit 1000) e
        where e.status in ('completed', 'failed') and e.finished_at >= now() - span
    )
    select 'workflows', w.signal, round(coalesce(100.0 * count(*) filter (where e.has_failed) / nullif(count(e.signal), 0), 0), 2), '%',
           case when count(e.signal) >= 20 then 10::numeric end, case when count(e.signal) >= 20 then 50::numeric end,
           'Look at error_message of the calls, status_reason of the runs.',
           jsonb_build_object('ended', count(e.signal), 'failed', count(*) filter (where e.has_failed), 'seconds', extract(epoch from span))
    from (values ('operation_failure_rate'), ('execution_failure_rate')) as w (signal)
    left join ended e on e.signal = w.signal
    group by w.signal;
end
$$;
comment on function workflows.outcome_signals(interval) is 'The shares of the calls to the outside and of the runs within a span of time that failed.';

create or replace function workflows.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('workflows.codegen_operations') = 'none' then
        return next base.unread_signal('workflows.codegen_operations', 'workflows.codegen_operations');
        return;
    end if;
    return query
    with recent as materialized (
        select c.*
        from base.organizations_in('workflows.codegen_operations') o
        cross join lateral (
            select x.status, x.response, x.latency_ms, x.prompt_execution_id from workflows.codegen_operations x
            where x.organization_id = o and x.created_at >= now() - interval '7 days' order by x.created_at desc limit 1000
        ) c
        where c.status = 'succeeded'
    ), counted (signal, missing, among, warning_at, critical_at, remedy) as (
        select 'succeeded_without_response', count(*) filter (where r.response is null), count(*), 5, 50, 'Let the provider''s adapter record what was answered.' from recent r
        union all
        select 'succeeded_without_latency', count(*) filter (where r.latency_ms is null), count(*), 5, 50, 'Let the provider''s adapter record how long it took.' from recent r
    )
    select 'workflows.codegen_operations', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%',
           case when c.among >= 20 then c.warning_at::numeric end, case when c.among >= 20 then c.critical_at::numeric end, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', '7 days, newest 1000 of each organization')
    from counted c;
end
$$;
comment on function workflows.quality_signals() is 'How complete the records of calls to agents are, of those of the last seven days.';
