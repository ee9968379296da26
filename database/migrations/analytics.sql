-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('analytics', array['analytics']::name[], 'analytics_owner', 7, '0.1.0');
insert into pg_temp.gsdb_routine values ('alerts', $gsdb_file$-- Alerts are opened, fired and resolved here and nowhere else. Each series that a rule matches is an alert of its own.

-- What has to be looked at: every series for which a condition holds, and every open instance, whether its condition holds or not.
create or replace function analytics.alert_conditions(moment timestamptz)
    returns table (organization_id uuid, alert_rule_id uuid, series_id uuid, value double precision, is_met boolean,
                   severity analytics.alert_severity, threshold double precision, for_seconds integer, notification_targets text[],
                   alert_instance_id uuid, status analytics.alert_status, opened_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with pairs as (
        select r.organization_id, r.id as alert_rule_id, s.id as series_id
        from analytics.alert_rules r
        join analytics.metric_series s on s.organization_id = r.organization_id and s.metric_id = r.metric_id
        union
        select i.organization_id, i.alert_rule_id, i.series_id
        from analytics.alert_instances i
        where i.status <> 'resolved'
    ), watched as (
        select p.organization_id, p.alert_rule_id, p.series_id, r.aggregate, r.comparison, r.window_seconds,
               r.threshold, r.for_seconds, r.severity, r.notification_targets,
               i.id as alert_instance_id, i.status, i.opened_at,
               r.disabled_at is null and s.metric_id = r.metric_id and s.labels @> r.labels
                   and r.subject_kind in ('', s.subject_kind) and r.subject_id in ('', s.subject_id) as is_watched
        from pairs p
        join analytics.alert_rules r on r.organization_id = p.organization_id and r.id = p.alert_rule_id
        join analytics.metric_series s on s.organization_id = p.organization_id and s.id = p.series_id
        left join analytics.alert_instances i on i.organization_id = p.organization_id and i.alert_rule_id = p.alert_rule_id and i.series_id = p.series_id and i.status <> 'resolved'
        where i.evaluated_at is null or i.evaluated_at <= moment
    ), measured as (
        select w.*,
               case w.aggregate when 'average' then a.average when 'minimum' then a.minimum when 'maximum' then a.maximum
                                when 'sum' then a.total when 'count' then a.value_count else a.percentile end as value
        from watched w
        left join lateral (
            select avg(m.value) as average, min(m.value) as minimum, max(m.value) as maximum, sum(m.value) as total, count(*)::double precision as value_count,
                   percentile_disc(case w.aggregate when 'p95' then 0.95 when 'p99' then 0.99 else 0.5 end)
                       within group (order by m.value) filter (where w.aggregate in ('p50', 'p95', 'p99')) as percentile
            from analytics.metrics m
            where m.organization_id = w.organization_id and m.series_id = w.series_id
              and m.measured_at > moment - make_interval(secs => w.window_seconds) and m.measured_at <= moment
        ) a on w.is_watched
        where w.is_watched or w.alert_instance_id is not null
    ), judged as (
        select m.*,
               coalesce(m.is_watched and case m.comparison when 'below' then m.value < m.threshold when 'at_most' then m.value <= m.threshold
                                                           when 'at_least' then m.value >= m.threshold else m.value > m.threshold end, false) as is_met
        from measured m
    )
    select j.organization_id, j.alert_rule_id, j.series_id, j.value, j.is_met,
           j.severity, j.threshold, j.for_seconds, j.notification_targets, j.alert_instance_id, j.status, j.opened_at
    from judged j
    where j.is_met or j.alert_instance_id is not null;
end
$$;
comment on function analytics.alert_conditions(timestamptz) is 'Part of analytics.evaluate_alert_rules: rules and series whose condition holds or that have an open instance.';

create or replace function analytics.evaluate_alert_rules(moment timestamptz default now())
    returns table (organization_id uuid, alert_rule_id uuid, alert_instance_id uuid, status analytics.alert_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    condition record;
    next_status analytics.alert_status;
begin
    perform pg_advisory_xact_lock('analytics.alert_instances'::regclass::oid::integer, 1);
    for condition in select * from analytics.alert_conditions(moment) loop
        next_status := case
            when condition.is_met and (condition.status = 'firing'
                                       or moment >= coalesce(condition.opened_at, moment) + make_interval(secs => condition.for_seconds)) then 'firing'::analytics.alert_status
            when condition.is_met then 'pending'
            when condition.status = 'firing' then 'resolved' end;
        organization_id := condition.organization_id;
        alert_rule_id := condition.alert_rule_id;
        alert_instance_id := condition.alert_instance_id;
        status := next_status;
        if next_status is null then
            delete from analytics.alert_instances i
            where i.organization_id = condition.organization_id and i.id = condition.alert_instance_id;
            continue;
        end if;
        if condition.alert_instance_id is null then
            insert into analytics.alert_instances (organization_id, alert_rule_id, series_id, status, severity, threshold, value, opened_at, fired_at, evaluated_at)
            values (condition.organization_id, condition.alert_rule_id, condition.series_id, next_status, condition.severity, condition.threshold, condition.value,
                    moment, case next_status when 'firing' then moment end, moment)
            returning id into alert_instance_id;
        else
            update analytics.alert_instances i
            set status = next_status, severity = condition.severity, threshold = condition.threshold,
                value = case when condition.is_met then condition.value else i.value end,
                fired_at = case when next_status = 'firing' then coalesce(i.fired_at, moment) else i.fired_at end,
                resolved_at = case next_status when 'resolved' then moment end,
                evaluated_at = moment
            where i.organization_id = condition.organization_id and i.id = condition.alert_instance_id;
        end if;
        if next_status is distinct from condition.status then
            perform analytics.notify_of_alert(condition.organization_id, alert_instance_id, next_status, condition.notification_targets, moment);
            return next;
        end if;
    end loop;
end
$$;
comment on function analytics.evaluate_alert_rules(timestamptz) is
    'Evaluates the alert rules of every organization as of a moment; returns the instances that opened, fired or resolved. Where a window has no values, a condition holds only for a count.';
revoke execute on function analytics.evaluate_alert_rules(timestamptz) from public;
grant execute on function analytics.evaluate_alert_rules(timestamptz) to analytics_user;
select base.declare_maintenance('analytics.evaluate_alert_rules', 'frequent', interval '10 minutes', 'Evaluates the alert rules of every organization.');

create or replace function analytics.notify_of_alert(organization uuid, instance uuid, status analytics.alert_status, targets text[], moment timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into analytics.alert_notifications (organization_id, alert_instance_id, occasion, target, next_attempt_at)
    select organization, instance, case status when 'firing' then 'fired' else 'resolved' end::analytics.alert_occasion, t.target, moment
    from (select distinct unnest(targets) as target) t
    where status <> 'pending';
end
$$;
comment on function analytics.notify_of_alert(uuid, uuid, analytics.alert_status, text[], timestamptz) is 'Part of analytics.evaluate_alert_rules: adds what has to be told to whom.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('analysis_runs', $gsdb_file$-- The life of an analysis run. Who has an analysis to do at once adds a run that is running.

create or replace function analytics.claim_analysis_run(types text[] default null) returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    claimed uuid;
begin
    select r.id into claimed
    from analytics.analysis_runs r
    where r.organization_id = organization and r.status = 'queued' and (types is null or r.analysis_type = any (types))
    order by r.id limit 1
    for update skip locked;
    update analytics.analysis_runs r
    set status = 'running', started_at = greatest(now(), r.queued_at)
    where r.organization_id = organization and r.id = claimed;
    return claimed;
end
$$;
comment on function analytics.claim_analysis_run(text[]) is
    'Starts the oldest queued run, of one of the given types when any are given, and returns its id; null when there is none. Callers pass each other.';
revoke execute on function analytics.claim_analysis_run(text[]) from public;
grant execute on function analytics.claim_analysis_run(text[]) to analytics_user;

create or replace function analytics.finish_analysis_run(
    run uuid, ending analytics.run_status, result jsonb default '{}', error_code text default null, error_message text default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    -- A run that has not begun can only be cancelled.
    update analytics.analysis_runs r
    set status = ending, finished_at = greatest(now(), r.started_at, r.queued_at), result = finish_analysis_run.result,
        error_code = finish_analysis_run.error_code, error_message = finish_analysis_run.error_message
    where r.organization_id = organization and r.id = run and ending not in ('queued', 'running')
      and (r.status = 'running' or (r.status = 'queued' and ending = 'cancelled'));
    if not found then
        raise exception using errcode = 'GS601',
            message = format('analysis run %s cannot be finished as %s', run, ending),
            hint = 'Finish a queued or running run as completed, cancelled, timed_out or failed, once.';
    end if;
end
$$;
comment on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) is 'Ends a running run, or cancels a queued one; error GS601 when it is neither.';
revoke execute on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) from public;
grant execute on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) to analytics_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('dashboards', $gsdb_file$-- Two people who edit one dashboard do not overwrite each other.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of analytics raise. The code is the API; the words may improve.

create or replace function analytics.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS601', 'analysis_run_not_open', 'The analysis run does not exist or has ended, or the status asked for is no end.',
         'Finish a queued or running run as completed, cancelled, timed_out or failed, once.'),
        ('GS602', 'measurement_too_old', 'A value was measured before the time for which values are kept.',
         'Leave it out, or keep values longer: select base.set_retention(''analytics.metrics'', ...).'),
        ('GS603', 'metric_unknown', 'The organization has not defined a metric of that name.',
         'Add it to analytics.metric_definitions first.'),
        ('GS604', 'dashboard_changed', 'The dashboard was saved by somebody else meanwhile, or does not exist.',
         'Read the newest version, apply the change to it and save again.'),
        ('GS605', 'measurements_incomplete', 'Series, moments and values are not equally many, or one of them is null.',
         'Give one series and one moment for each value.');
end
$$;
comment on function analytics.error_codes() is 'The errors of schema analytics: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of analytics, with the rights of the caller. Counting stops at 100,000 rows.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function analytics.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('analytics.metrics') = 'none' then
        return next base.unread_signal('analytics', 'analytics.metrics');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'stale_rollups', count(*), min(s.series_id::text), 20000, 100000, 'Let the server run, or select analytics.roll_up_metrics().'
        from (select b.series_id from analytics.stale_buckets b limit 100000) s
        union all
        select 'runs_waiting', count(*), min(s.id::text), 1, 100, 'Nobody takes them: let the server run, or cancel them with analytics.finish_analysis_run.'
        from (select r.id from analytics.analysis_runs r where r.status = 'queued' and r.queued_at < now() - interval '1 hour' limit 100000) s
        union all
        select 'alerts_firing', count(*), min(s.id::text), 1, null, 'select * from open_alerts.'
        from (select i.id from analytics.alert_instances i where i.status <> 'resolved' and i.status = 'firing' and i.severity < 'critical' limit 100000) s
        union all
        select 'critical_alerts_firing', count(*), min(s.id::text), 1, 1, 'select * from open_alerts where severity = ''critical''.'
        from (select i.id from analytics.alert_instances i where i.status <> 'resolved' and i.status = 'firing' and i.severity = 'critical' limit 100000) s
        union all
        select 'notifications_overdue', count(*), min(s.id::text), 1, 100, 'Let the server run; look at error_message of the notifications.'
        from (select n.id from analytics.alert_notifications n where n.status = 'pending' and n.next_attempt_at < now() - interval '10 minutes' limit 100000) s
    )
    select 'analytics', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from analytics.outcome_signals(interval '24 hours');
end
$$;
comment on function analytics.health_signals() is 'Signals of rollups, runs and alerts that wait, and of how analysis runs end.';

-- Few runs say nothing of a rate: it is judged from 20 on. Ids sort by time, so the newest runs of an organization are at the end of its key.
create or replace function analytics.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'analytics', 'run_failure_rate', round(coalesce(100.0 * s.failed / nullif(s.ended, 0), 0), 2), '%',
           case when s.ended >= 20 then 10::numeric end, case when s.ended >= 20 then 50::numeric end, 'Look at error_code of the runs that failed.',
           jsonb_build_object('ended', s.ended, 'failed', s.failed, 'seconds', extract(epoch from span), 'window', 'newest 1000 of each organization')
    from (select count(*) filter (where r.status in ('failed', 'timed_out')) as failed, count(*) filter (where r.status in ('completed', 'failed', 'timed_out')) as ended
          from base.organizations_in('analytics.analysis_runs') o
          cross join lateral (
              select x.status, x.queued_at from analytics.analysis_runs x where x.organization_id = o order by x.id desc limit 1000
          ) r
          where r.queued_at >= now() - span) s;
end
$$;
comment on function analytics.outcome_signals(interval) is 'The share of the analysis runs asked for within a span of time that failed.';

create or replace function analytics.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('analytics.metrics') = 'none' then
        return next base.unread_signal('analytics.metrics', 'analytics.metrics');
        return;
    end if;
    return query
    with series as materialized (
        select newest.measured_at
        from base.organizations_in('analytics.metric_series') o
        cross join lateral (select x.organization_id, x.id from analytics.metric_series x where x.organization_id = o order by x.id desc limit 100) s
        cross join lateral (
            select m.measured_at from analytics.metrics m where m.organization_id = s.organization_id and m.series_id = s.id order by m.measured_at desc limit 1
        ) newest
    ), figures as (
        select count(*) as series, count(*) filter (where s.measured_at < now() - interval '7 days') as silent, max(s.measured_at) as newest_at,
               count(*) filter (where s.measured_at > now() + interval '1 hour') as ahead
        from series s
    )
    select 'analytics.metrics', m.signal, m.value, m.unit, m.warning_at, m.critical_at, m.remedy,
           m.details || jsonb_build_object('series', f.series, 'window', 'newest 100 series of each organization')
    from figures f
    cross join lateral (values
        ('newest_row_age', case when f.newest_at is not null then round(greatest(extract(epoch from now() - f.newest_at), 0)) end, 's', 86400::numeric, 604800::numeric, 'Look whether whatever records metrics still runs.', jsonb_build_object('newest_measured_at', f.newest_at)),
        ('silent_series_share', round(100.0 * f.silent / nullif(f.series, 0), 2), '%', 50, null, 'Series without a value for 7 days: their subject is gone, or its measuring stopped.', jsonb_build_object('rows', f.silent)),
        ('series_from_the_future', f.ahead::numeric, 'series', 1, null, 'A sender''s clock is ahead by more than an hour.', '{}')
    ) as m (signal, value, unit, warning_at, critical_at, remedy, details)
    where m.value is not null;
end
$$;
comment on function analytics.quality_signals() is 'How fresh the values of metrics are.';

-- Rollups say the values again. Days that ended are compared with their hours, for as long as something has marked them stale excepted.
create or replace function analytics.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('analytics.metric_aggregations') = 'none' then
        return next base.unread_signal('analytics', 'analytics.metric_aggregations');
        return;
    end if;
    return query
    with days as materialized (
        select d.*
        from base.organizations_in('analytics.metric_series') o
        cross join lateral (select x.organization_id, x.id from analytics.metric_series x where x.organization_id = o order by x.id desc limit 50) s
        cross join lateral (
            select a.organization_id, a.series_id, a.bucket_start, a.value_count from analytics.metric_aggregations a
            where a.organization_id = s.organization_id and a.series_id = s.id and a.resolution = 'day' and a.bucket_start >= now() - interval '8 days' and a.bucket_start < now() - interval '1 day'
        ) d
        where not exists (select from analytics.stale_buckets b where b.organization_id = d.organization_id and b.series_id = d.series_id)
        limit 1000
    ), compared as (
        select d.series_id, d.value_count <> coalesce((
            select sum(h.value_count) from analytics.metric_aggregations h
            where h.organization_id = d.organization_id and h.series_id = d.series_id and h.resolution = 'hour'
              and h.bucket_start >= d.bucket_start and h.bucket_start < d.bucket_start + interval '1 day'), 0) as differs
        from days d
    )
    select 'analytics', 'days_that_differ_from_their_hours', count(*) filter (where c.differs)::numeric, 'rollups', 1::numeric, 10::numeric,
           'Somebody changed analytics.metric_aggregations by hand: record the values again, which computes the rollups anew.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', false, 'example', min(c.series_id::text) filter (where c.differs),
                                                'window', 'last week of the newest 50 series of each organization'))
    from compared c;
end
$$;
comment on function analytics.integrity_signals() is 'Rollups of metrics that contradict each other.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('metrics', $gsdb_file$-- The only way into metrics: every value leaves a note of the minute whose rollup it changes.

-- Finds the series of a metric, or begins it. Programs keep the ids that they use.
create or replace function analytics.series_of(
    metric text, subject_kind text default '', subject_id text default '', labels jsonb default '{}')
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    metric_of_name uuid;
    series uuid;
begin
    select d.id into metric_of_name from analytics.metric_definitions d where d.organization_id = organization and d.name = metric;
    if metric_of_name is null then
        raise exception using errcode = 'GS603',
            message = format('organization %s has no metric %s', organization, metric),
            hint = 'Add it to analytics.metric_definitions first.';
    end if;
    -- Twice, because another transaction may have begun the series between the look and the insert.
    for attempt in 1 .. 2 loop
        select s.id into series
        from analytics.metric_series s
        where s.organization_id = organization and s.metric_id = metric_of_name
          and s.subject_kind = series_of.subject_kind and s.subject_id = series_of.subject_id and s.labels = series_of.labels;
        exit when series is not null;
        insert into analytics.metric_series (organization_id, metric_id, subject_kind, subject_id, labels)
        values (organization, metric_of_name, series_of.subject_kind, series_of.subject_id, series_of.labels)
        on conflict do nothing
        returning id into series;
        exit when series is not null;
    end loop;
    return series;
end
$$;
comment on function analytics.series_of(text, text, text, jsonb) is
    'The id of the series of a metric with this subject and these labels, which it begins when there is none; error GS603 when there is no such metric.';
revoke execute on function analytics.series_of(text, text, text, jsonb) from public;
grant execute on function analytics.series_of(text, text, text, jsonb) to analytics_user;

-- Of values for one moment of one series the last one counts, also within a batch.
create or replace function analytics.record_metrics(
    series uuid[], moments timestamptz[], amounts double precision[], analysis_run uuid default null)
    returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    oldest constant timestamptz := analytics.oldest_kept_moment();
    recorded bigint;
begin
    if cardinality(series) is distinct from cardinality(amounts) or cardinality(moments) is distinct from cardinality(amounts)
       or array_position(series, null) is not null or array_position(moments, null) is not null or array_position(amounts, null) is not null
    then
        raise exception using errcode = 'GS605',
            message = format('%s series, %s moments and %s values', cardinality(series), cardinality(moments), cardinality(amounts)),
            hint = 'Give one series and one moment for each value, and no null.';
    end if;
    if oldest > any (moments) then
        raise exception using errcode = 'GS602',
            message = format('a value was measured before %s, the oldest moment for which values are kept', oldest),
            hint = 'Leave it out, or keep values longer: select base.set_retention(''analytics.metrics'', ...).';
    end if;
    insert into analytics.metrics as m (organization_id, series_id, measured_at, value, analysis_run_id)
    select distinct on (p.series_id, p.measured_at) organization, p.series_id, p.measured_at, p.value, analysis_run
    from unnest(series, moments, amounts) with ordinality as p (series_id, measured_at, value, place)
    order by p.series_id, p.measured_at, p.place desc
    on conflict on constraint metrics_pkey do update set value = excluded.value, analysis_run_id = excluded.analysis_run_id;
    get diagnostics recorded = row_count;
    insert into analytics.stale_buckets (organization_id, series_id, resolution, bucket_start)
    select distinct organization, p.series_id, 'minute'::analytics.resolution, date_bin('1 minute', p.measured_at, '2001-01-01 00:00:00+00')
    from unnest(series, moments) as p (series_id, measured_at);
    return recorded;
end
$$;
comment on function analytics.record_metrics(uuid[], timestamptz[], double precision[], uuid) is
    'Adds values to series, or puts them in the place of those of the same moment; returns how many. Errors GS602 and GS605.';
revoke execute on function analytics.record_metrics(uuid[], timestamptz[], double precision[], uuid) from public;
grant execute on function analytics.record_metrics(uuid[], timestamptz[], double precision[], uuid) to analytics_user;

create or replace function analytics.record_metric(
    metric text, amount double precision, moment timestamptz default now(),
    subject_kind text default '', subject_id text default '', labels jsonb default '{}')
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform analytics.record_metrics(array[analytics.series_of(metric, subject_kind, subject_id, labels)], array[moment], array[amount]);
end
$$;
comment on function analytics.record_metric(text, double precision, timestamptz, text, text, jsonb) is 'Adds one value by the name of its metric, for psql and scripts.';

create or replace function analytics.oldest_kept_moment() returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select date_bin('1 minute', now() - p.retention, '2001-01-01 00:00:00+00') + interval '1 minute'
                     from base.time_partitions p where p.relation = 'analytics.metrics'::regclass), '-infinity');
end
$$;
comment on function analytics.oldest_kept_moment() is 'The first whole minute for which all values are still kept.';

-- What the product itself can measure for every organization. A deployment that turns out later to have failed is counted at the
-- time of the deployment, so that the failures of a window are those of its deployments.
create or replace function analytics.define_delivery_metrics() returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    insert into analytics.metric_definitions (organization_id, name, unit, kind, direction, description)
    select organization, d.name, d.unit, d.kind::analytics.metric_kind, d.direction::analytics.metric_direction, d.description
    from (values
        ('delivery.deployments', '1', 'counter', 'higher_is_better', 'Deployments to production, at the time each had finished.'),
        ('delivery.failed_deployments', '1', 'counter', 'lower_is_better', 'Deployments to production that needed intervention at once, at the time of the deployment.'),
        ('delivery.unplanned_deployments', '1', 'counter', 'lower_is_better', 'Deployments to production made because of an incident there, at the time of the deployment.'),
        ('delivery.lead_time', 's', 'histogram', 'lower_is_better', 'Time from commit to production of each change, at the time of its deployment.'),
        ('delivery.restore_time', 's', 'histogram', 'lower_is_better', 'Time from a failed deployment until service was restored, at the time of restoring.')
    ) as d (name, unit, kind, direction, description)
    on conflict (organization_id, name) do nothing;
end
$$;
comment on function analytics.define_delivery_metrics() is 'Defines the metrics that analytics.dora_metrics is computed from, where the organization has not yet.';

-- A run over a codebase: its figures as metrics of the codebase, and how long it took. Whoever records one run twice, has it once.
create or replace function analytics.record_codebase_run(
    codebase uuid, finished_at timestamptz, seconds double precision, files_parsed bigint, program_version text,
    metrics text[], amounts double precision[])
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    recorded bigint;
begin
    insert into analytics.metric_definitions (organization_id, name, unit, kind, direction, description)
    select organization, d.name, d.unit, 'gauge', d.direction::analytics.metric_direction, d.description
    from (values
        ('codebase.files', '1', 'neither', 'Analysed files of a codebase, after each run.'),
        ('codebase.lines', '1', 'neither', 'Lines of the analysed files of a codebase, after each run.'),
        ('codebase.symbols', '1', 'neither', 'Functions, types, variables that a codebase defines, after each run.'),
        ('codebase.calls', '1', 'neither', 'Calls within a codebase whose meaning is known, after each run that linked.'),
        ('codebase.open_issues', '1', 'lower_is_better', 'Issues of a codebase that nobody has suppressed, after each run that checked.'),
        ('codebase.quality_score', '1', 'higher_is_better', 'Quality score of a codebase from 0 to 100, after each run that measured it.'),
        ('codebase.debt_minutes', '1', 'lower_is_better', 'Minutes that mending the open issues of a codebase would take, after each run that measured them.')
    ) as d (name, unit, direction, description)
    on conflict (organization_id, name) do nothing;
    recorded := analytics.record_metrics(
        array(select analytics.series_of(m.metric, 'codebase', codebase::text) from unnest(metrics) with ordinality as m (metric, place) order by m.place),
        array_fill(finished_at, array[cardinality(metrics)]), amounts);
    insert into analytics.performance_data (organization_id, measured_at, id, operation, duration_ms, item_count, program_version)
    values (organization, finished_at, md5(codebase::text || finished_at::text)::uuid, 'codebase.index', 1000 * seconds, files_parsed, program_version)
    on conflict on constraint performance_data_pkey do nothing;
    return recorded;
end
$$;
comment on function analytics.record_codebase_run(uuid, timestamptz, double precision, bigint, text, text[], double precision[]) is
    'Records what a run over a codebase found, as metrics with the codebase as subject, and how long it took; returns the number of values. Defines the metrics where the organization has not yet.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

-- Rollups by minute are in the same partitions as those that stay, so they are deleted, by whole days: a day is computed from its
-- hours and an hour from its minutes, and what can no longer be computed again must not be tried.
create or replace function analytics.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    oldest constant timestamptz := date_bin('1 day', analytics.oldest_kept_moment(), '2001-01-01 00:00:00+00');
begin
    return query select * from base.maintain_time_partitions(only_schema => 'analytics');
    delete from analytics.metric_aggregations a
    where a.resolution = 'minute' and date_bin('1 day', a.bucket_start, '2001-01-01 00:00:00+00') < oldest;
    get diagnostics rows_affected = row_count;
    if rows_affected > 0 then
        action := 'emptied';
        partition := 'analytics.metric_aggregations';
        return next;
    end if;
end
$$;
comment on function analytics.maintain_partitions() is
    'Keeps the partitions of this schema ready, drops those past their retention, and deletes rollups by minute whose values are past theirs.';
revoke execute on function analytics.maintain_partitions() from public;
grant execute on function analytics.maintain_partitions() to analytics_user;
select base.declare_maintenance('analytics.maintain_partitions', 'daily', interval '30 minutes', 'Makes the coming partitions of metrics and logs, drops the old ones, and deletes rollups by minute past their retention.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('performance_analysis', $gsdb_file$-- How fast the product's own operations, statements and analyses are: of the last 24 hours, at most the newest 1,000 rows of each
-- organization, with the caller's rights.

create or replace function analytics.operation_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with measured as materialized (
        select p.*
        from base.organizations_in('analytics.performance_data') o
        cross join lateral (
            select x.operation, x.duration_ms, x.succeeded, x.measured_at from analytics.performance_data x
            where x.organization_id = o and x.measured_at >= now() - interval '24 hours' order by x.measured_at desc limit 1000
        ) p
    ), grouped as (
        select coalesce(m.operation, 'all operations') as subject, count(*) as runs, count(*) filter (where not m.succeeded) as failed,
               greatest(extract(epoch from now() - min(m.measured_at)) / 3600, 1) as hours,
               percentile_cont(array[0.5, 0.95, 0.99]) within group (order by m.duration_ms) as durations
        from measured m
        group by rollup (m.operation)
        having count(*) > 0
        order by grouping(m.operation) desc, count(*) desc limit 11
    )
    select g.subject, m.metric, round(m.value::numeric, 3), m.unit, case when g.runs >= 20 then m.warning_at end, case when g.runs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('runs', g.runs, 'window', '24 hours, newest 1000 of each organization')
    from grouped g
    cross join lateral (values
        ('throughput', g.runs / g.hours, 'runs/h', null::numeric, null::numeric, null),
        ('duration_p50', g.durations[1], 'ms', null, null, null),
        ('duration_p95', g.durations[2], 'ms', null, null, null),
        ('duration_p99', g.durations[3], 'ms', null, null, null),
        ('failure_rate', 100.0 * g.failed / g.runs, '%', 5, 25, 'Look into the log of the program for errors of the operation.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy);
end
$$;
comment on function analytics.operation_performance_signals() is 'Part of analytics_performance_analysis: the operations that were timed, all together and the ten commonest.';

create or replace function analytics.statement_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with logged as materialized (
        select q.*
        from base.organizations_in('analytics.query_performance_log') o
        cross join lateral (
            select x.statement, x.calls, x.errors, x.total_ms, x.max_ms from analytics.query_performance_log x
            where x.organization_id = o and x.measured_at >= now() - interval '24 hours' order by x.measured_at desc limit 1000
        ) q
    ), grouped as (
        select l.statement, sum(l.calls) as calls, sum(l.errors) as errors, sum(l.total_ms) as total_ms, max(l.max_ms) as max_ms
        from logged l
        group by l.statement
        order by 4 desc limit 10
    )
    select 'statement ' || g.statement, m.metric, round(m.value::numeric, 3), m.unit, case when g.calls >= 20 then m.warning_at end, case when g.calls >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('calls', g.calls, 'window', '24 hours, newest 1000 entries of each organization')
    from grouped g
    cross join lateral (values
        ('mean', g.total_ms / g.calls::double precision, 'ms', 100::numeric, 1000::numeric, 'EXPLAIN (ANALYZE, BUFFERS) it; performance_optimization_recommendations() may know the index.'),
        ('max', g.max_ms, 'ms', 5000, 30000, 'Look for locks: a statement that is slow at times mostly waits.'),
        ('error_rate', 100.0 * g.errors / g.calls, '%', 1, 10, 'Look into the log of the program for its errors.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy);
end
$$;
comment on function analytics.statement_performance_signals() is 'Part of analytics_performance_analysis: the ten statements that took most time.';

-- Ids sort by time, so the newest runs of an organization are at the end of its key.
create or replace function analytics.run_performance_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    with runs as materialized (
        select r.*
        from base.organizations_in('analytics.analysis_runs') o
        cross join lateral (
            select x.status, x.queued_at, extract(epoch from x.started_at - x.queued_at) as waited, extract(epoch from x.finished_at - x.started_at) as seconds
            from analytics.analysis_runs x where x.organization_id = o order by x.id desc limit 1000
        ) r
        where r.queued_at >= now() - interval '24 hours'
    ), figures as (
        select count(*) as runs, percentile_cont(0.95) within group (order by r.waited) as waited, percentile_cont(array[0.5, 0.95]) within group (order by r.seconds) as seconds
        from runs r
    )
    select 'analysis runs', m.metric, round(m.value::numeric, 3), m.unit, case when f.runs >= 20 then m.warning_at end, case when f.runs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('runs', f.runs, 'window', '24 hours, newest 1000 of each organization')
    from figures f
    cross join lateral (values
        ('queue_wait_p95', f.waited, 's', 60::numeric, 3600::numeric, 'Let the server run all the time, with more workers.'),
        ('duration_p50', f.seconds[1], 's', null, null, null),
        ('duration_p95', f.seconds[2], 's', 600, 3600, 'select * from analysis_run_summary names the slowest step.')
    ) as m (metric, value, unit, warning_at, critical_at, remedy)
    where m.value is not null;
end
$$;
comment on function analytics.run_performance_signals() is 'Part of analytics_performance_analysis: how long analysis runs waited and took.';

create or replace function analytics.analytics_performance_analysis()
    returns table (subject text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('analytics.performance_data') = 'none' then
        return query select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), s.remedy, s.details, now()
                     from base.unread_signal('analytics', 'analytics.performance_data') s;
        return;
    end if;
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from analytics.operation_performance_signals()
        union all
        select * from analytics.statement_performance_signals()
        union all
        select * from analytics.run_performance_signals()
        union all
        select * from analytics.outcome_signals(interval '24 hours')
    ) s;
end
$$;
comment on function analytics.analytics_performance_analysis() is
    'How fast operations, statements and analysis runs of the last 24 hours were. status follows from the limits shown.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('analytics');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('roll_up', $gsdb_file$-- Rollups are computed anew from what is stored, never added to: running twice, late values and corrected values all come out right.
-- Deleting an entry of stale_buckets and reading the values is one statement, so it reads every value whose entry it deletes; a value
-- that is committed later comes with an entry of its own. Each join says the period twice: as a range, for the index when few periods
-- are stale, and as an equation, so that a plan without the index is not the square of them when many are.

create or replace function analytics.roll_up_metrics(until timestamptz default now()) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock('analytics.metric_aggregations'::regclass::oid::integer, 1);
    return analytics.roll_up_values(until) + analytics.roll_up_from('minute', 'hour') + analytics.roll_up_from('hour', 'day');
end
$$;
comment on function analytics.roll_up_metrics(timestamptz) is
    'Brings the rollups of every organization up to date with all values of minutes that began before the given moment; returns how many rollups it computed.';
revoke execute on function analytics.roll_up_metrics(timestamptz) from public;
grant execute on function analytics.roll_up_metrics(timestamptz) to analytics_user;
select base.declare_maintenance('analytics.roll_up_metrics', 'frequent', interval '10 minutes', 'Brings the rollups of metrics up to date.');

create or replace function analytics.roll_up_values(until timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    oldest constant timestamptz := analytics.oldest_kept_moment();
    computed bigint;
begin
    with taken as (
        delete from analytics.stale_buckets s
        where s.resolution = 'minute' and s.bucket_start < until
        returning s.organization_id, s.series_id, s.bucket_start
    ), buckets as (
        -- What is past its retention may be half gone already.
        select distinct t.organization_id, t.series_id, t.bucket_start from taken t where t.bucket_start >= oldest
    ), hours as (
        insert into analytics.stale_buckets (organization_id, series_id, resolution, bucket_start)
        select distinct b.organization_id, b.series_id, 'hour'::analytics.resolution, date_bin('1 hour', b.bucket_start, '2001-01-01 00:00:00+00')
        from buckets b
    ), classes as (
        select k.organization_id, k.series_id, k.bucket_start, k.key,
               count(*) as value_count, sum(k.value) as value_sum, min(k.value) as value_min, max(k.value) as value_max
        from (
            select b.organization_id, b.series_id, b.bucket_start, m.value,
                   case when abs(m.value) < 1e-300 then 0
                        else (sign(m.value) * (40000 + ceil(ln(abs(m.value)) / 0.020000666706669435::double precision)))::integer end as key
            from buckets b
            join analytics.metrics m on m.organization_id = b.organization_id and m.series_id = b.series_id
                                    and m.measured_at >= b.bucket_start and m.measured_at < b.bucket_start + interval '1 minute'
                                    and date_bin('1 minute', m.measured_at, '2001-01-01 00:00:00+00') = b.bucket_start
        ) k
        group by k.organization_id, k.series_id, k.bucket_start, k.key
    )
    insert into analytics.metric_aggregations
    select c.organization_id, c.series_id, 'minute'::analytics.resolution, c.bucket_start,
           sum(c.value_count), sum(c.value_sum), min(c.value_min), max(c.value_max),
           array_agg(c.key order by c.key), array_agg(c.value_count order by c.key)
    from classes c
    group by c.organization_id, c.series_id, c.bucket_start
    on conflict on constraint metric_aggregations_pkey do update
    set value_count = excluded.value_count, value_sum = excluded.value_sum, value_min = excluded.value_min, value_max = excluded.value_max,
        sketch_keys = excluded.sketch_keys, sketch_counts = excluded.sketch_counts;
    get diagnostics computed = row_count;
    return computed;
end
$$;
comment on function analytics.roll_up_values(timestamptz) is 'Part of analytics.roll_up_metrics: computes minutes from values.';

create or replace function analytics.roll_up_from(finer analytics.resolution, coarser analytics.resolution) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    step constant interval := case coarser when 'hour' then interval '1 hour' else interval '1 day' end;
    computed bigint;
begin
    with taken as (
        delete from analytics.stale_buckets s
        where s.resolution = coarser
        returning s.organization_id, s.series_id, s.bucket_start
    ), buckets as (
        select distinct t.organization_id, t.series_id, t.bucket_start from taken t
    ), days as (
        insert into analytics.stale_buckets (organization_id, series_id, resolution, bucket_start)
        select distinct b.organization_id, b.series_id, 'day'::analytics.resolution, date_bin('1 day', b.bucket_start, '2001-01-01 00:00:00+00')
        from buckets b
        where coarser = 'hour'
    ), classes as (
        -- A part has at least one class of values; its first one stands for the part, so that its sum counts once.
        select b.organization_id, b.series_id, b.bucket_start, u.key, sum(u.value_count)::bigint as value_count,
               sum(a.value_sum) filter (where u.place = 1) as value_sum, min(a.value_min) as value_min, max(a.value_max) as value_max
        from buckets b
        join analytics.metric_aggregations a on a.organization_id = b.organization_id and a.series_id = b.series_id
                                            and a.resolution = finer and a.bucket_start >= b.bucket_start and a.bucket_start < b.bucket_start + step
                                            and date_bin(step, a.bucket_start, '2001-01-01 00:00:00+00') = b.bucket_start
        cross join unnest(a.sketch_keys, a.sketch_counts) with ordinality as u (key, value_count, place)
        group by b.organization_id, b.series_id, b.bucket_start, u.key
    )
    insert into analytics.metric_aggregations
    select c.organization_id, c.series_id, coarser, c.bucket_start,
           sum(c.value_count), sum(c.value_sum), min(c.value_min), max(c.value_max),
           array_agg(c.key order by c.key), array_agg(c.value_count order by c.key)
    from classes c
    group by c.organization_id, c.series_id, c.bucket_start
    on conflict on constraint metric_aggregations_pkey do update
    set value_count = excluded.value_count, value_sum = excluded.value_sum, value_min = excluded.value_min, value_max = excluded.value_max,
        sketch_keys = excluded.sketch_keys, sketch_counts = excluded.sketch_counts;
    get diagnostics computed = row_count;
    return computed;
end
$$;
comment on function analytics.roll_up_from(analytics.resolution, analytics.resolution) is 'Part of analytics.roll_up_metrics: computes hours from minutes or days from hours.';

-- For values that were loaded without analytics.record_metrics(): by COPY, or by a restore of analytics.metrics alone.
create or replace function analytics.mark_stale(window_start timestamptz, window_end timestamptz) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    marked bigint;
begin
    insert into analytics.stale_buckets (organization_id, series_id, resolution, bucket_start)
    select distinct m.organization_id, m.series_id, 'minute'::analytics.resolution, date_bin('1 minute', m.measured_at, '2001-01-01 00:00:00+00')
    from analytics.metrics m
    where m.measured_at >= window_start and m.measured_at < window_end;
    get diagnostics marked = row_count;
    return marked;
end
$$;
comment on function analytics.mark_stale(timestamptz, timestamptz) is
    'Has the rollups of all values measured in a window computed again by the next analytics.roll_up_metrics(); returns how many minutes.';
revoke execute on function analytics.mark_stale(timestamptz, timestamptz) from public;
grant execute on function analytics.mark_stale(timestamptz, timestamptz) to analytics_user;

-- Views over single values are always fresh; those over rollups are as fresh as the rollups. Materialized views would know no tenants,
-- would be local to one node under Citus, and would be computed as a whole each time.
create or replace function analytics.refresh_analytics_views() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return analytics.roll_up_metrics('infinity');
end
$$;
comment on function analytics.refresh_analytics_views() is 'Brings the rollups behind the views up to date, whatever the time of the values; returns how many it computed.';
revoke execute on function analytics.refresh_analytics_views() from public;
grant execute on function analytics.refresh_analytics_views() to analytics_user;
select base.declare_maintenance('analytics.refresh_analytics_views', 'daily', interval '30 minutes', 'Brings every rollup behind the views up to date, those of values with a time to come as well.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('sketches', $gsdb_file$-- Reading the sketch of a rollup; 0003_create_metric_aggregations.sql says what it is, roll_up.sql makes it.

create or replace function analytics.sketch_percentile(keys integer[], counts bigint[], fraction double precision) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- Of n values in order, the one in this place; the first one for 0.
    place constant double precision := greatest(1, ceil(fraction * (select sum(n) from unnest(counts) as n)));
    reached bigint := 0;
begin
    for i in 1 .. coalesce(cardinality(keys), 0) loop
        reached := reached + counts[i];
        if reached >= place then
            -- ln(1.01/0.99), and the point of the class that no value of it is more than 1 % away from.
            return case when keys[i] = 0 then 0 else sign(keys[i]) * 0.99 * exp((abs(keys[i]) - 40000) * 0.020000666706669435::double precision) end;
        end if;
    end loop;
    return null;
end
$$;
comment on function analytics.sketch_percentile(integer[], bigint[], double precision) is
    'The value below or at which the fraction (0 to 1) of the values lies, within 1 % of the exact one; null without values.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.

create or replace view analytics.metric_values as
select m.organization_id, d.name as metric_name, d.unit, d.kind, s.subject_kind, s.subject_id, s.labels, m.measured_at, m.value,
       m.analysis_run_id, m.series_id, s.metric_id
from analytics.metrics m
join analytics.metric_series s on s.organization_id = m.organization_id and s.id = m.series_id
join analytics.metric_definitions d on d.organization_id = s.organization_id and d.id = s.metric_id;
comment on view analytics.metric_values is 'The values of analytics.metrics with what they are values of.';
select base.tenant_view('analytics.metric_values');

-- Percentiles mean something for histograms only, and merging sketches is what costs, so others have none.
create or replace view analytics.metric_overview as
select d.organization_id, d.id as metric_id, d.name, d.unit, d.kind, d.direction,
       coalesce(s.series, 0) as series,
       coalesce(a.value_count, 0)::bigint as values_24_hours,
       a.value_sum as sum_24_hours,
       a.value_sum / a.value_count as average_24_hours,
       a.value_min as minimum_24_hours,
       a.value_max as maximum_24_hours,
       k.p50 as p50_24_hours,
       k.p95 as p95_24_hours,
       k.p99 as p99_24_hours,
       a.latest_hour
from analytics.metric_definitions d
left join (
    select organization_id, metric_id, count(*) as series
    from analytics.metric_series
    group by organization_id, metric_id
) s on s.organization_id = d.organization_id and s.metric_id = d.id
left join (
    select s.organization_id, s.metric_id,
           sum(g.value_count) as value_count, sum(g.value_sum) as value_sum, min(g.value_min) as value_min, max(g.value_max) as value_max,
           max(g.bucket_start) as latest_hour
    from analytics.metric_series s
    join analytics.metric_aggregations g on g.organization_id = s.organization_id and g.series_id = s.id
    where g.resolution = 'hour' and g.bucket_start > now() - interval '24 hours'
    group by s.organization_id, s.metric_id
) a on a.organization_id = d.organization_id and a.metric_id = d.id
left join (
    select h.organization_id, h.metric_id,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.5) as p50,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.95) as p95,
           analytics.sketch_percentile(h.sketch_keys, h.sketch_counts, 0.99) as p99
    from (
        select c.organization_id, c.metric_id, array_agg(c.key order by c.key) as sketch_keys, array_agg(c.value_count order by c.key) as sketch_counts
        from (
            select s.organization_id, s.metric_id, u.key, sum(u.value_count)::bigint as value_count
            from analytics.metric_definitions d
            join analytics.metric_series s on s.organization_id = d.organization_id and s.metric_id = d.id
            join analytics.metric_aggregations g on g.organization_id = s.organization_id and g.series_id = s.id
            cross join unnest(g.sketch_keys, g.sketch_counts) as u (key, value_count)
            where d.kind = 'histogram' and g.resolution = 'hour' and g.bucket_start > now() - interval '24 hours'
            group by s.organization_id, s.metric_id, u.key
        ) c
        group by c.organization_id, c.metric_id
    ) h
) k on k.organization_id = d.organization_id and k.metric_id = d.id;
comment on view analytics.metric_overview is
    'Every metric with its series and what the values of the last 24 hours come to over all of them, by whole hours; percentiles within 1 %, of histograms only. As fresh as the rollups.';
select base.tenant_view('analytics.metric_overview');

create or replace view analytics.analysis_run_summary as
select r.organization_id, r.id as analysis_run_id, r.analysis_type, r.subject_kind, r.subject_id, r.project_id, r.status,
       r.queued_at, r.started_at, r.finished_at,
       extract(epoch from r.finished_at - r.started_at)::double precision * 1000 as duration_ms,
       coalesce(s.steps, 0) as steps,
       coalesce(s.steps_failed, 0) as steps_failed,
       coalesce(s.steps_duration_ms, 0) as steps_duration_ms,
       s.slowest_step,
       s.slowest_step_ms,
       coalesce(m.metrics, 0) as metrics,
       coalesce(m.series, 0) as series
from analytics.analysis_runs r
left join (
    select organization_id, analysis_run_id, count(*) as steps,
           count(*) filter (where outcome = 'failed') as steps_failed,
           sum(duration_ms) as steps_duration_ms,
           (array_agg(name order by duration_ms desc, position))[1] as slowest_step,
           max(duration_ms) as slowest_step_ms
    from analytics.analysis_steps
    group by organization_id, analysis_run_id
) s on s.organization_id = r.organization_id and s.analysis_run_id = r.id
left join (
    select organization_id, analysis_run_id, count(*) as metrics, count(distinct series_id) as series
    from analytics.metrics
    where analysis_run_id is not null
    group by organization_id, analysis_run_id
) m on m.organization_id = r.organization_id and m.analysis_run_id = r.id;
comment on view analytics.analysis_run_summary is 'Every analysis run with its steps, the slowest of them, and the metrics it found. Steps may overlap, so their durations may exceed the run''s.';
select base.tenant_view('analytics.analysis_run_summary');

create or replace view analytics.performance_dashboard as
select 'query_performance'::text as metric_type,
       sum(total_ms) / sum(calls)::double precision as avg_duration,
       max(max_ms) as max_duration,
       coalesce(sum(calls), 0)::bigint as query_count
from analytics.query_performance_log
where measured_at >= now() - interval '1 hour';
comment on view analytics.performance_dashboard is 'How long statements took in the last hour, in milliseconds by call, and how many there were.';
select base.tenant_view('analytics.performance_dashboard');

create or replace view analytics.open_alerts as
select i.organization_id, i.id as alert_instance_id, i.alert_rule_id, r.name as rule_name, i.status, i.severity,
       d.name as metric_name, d.unit, s.subject_kind, s.subject_id, s.labels,
       r.aggregate, r.comparison, i.threshold, i.value, i.opened_at, i.fired_at, i.evaluated_at, i.series_id
from analytics.alert_instances i
join analytics.alert_rules r on r.organization_id = i.organization_id and r.id = i.alert_rule_id
join analytics.metric_series s on s.organization_id = i.organization_id and s.id = i.series_id
join analytics.metric_definitions d on d.organization_id = s.organization_id and d.id = s.metric_id
where i.status <> 'resolved';
comment on view analytics.open_alerts is 'Alerts that are pending or firing, with rule, metric, subject and labels.';
select base.tenant_view('analytics.open_alerts');

create or replace view analytics.current_dashboards as
select d.organization_id, d.id as dashboard_id, d.name, d.slug, d.description, d.visibility, d.project_id, d.owner_id, d.refresh_seconds,
       v.version, v.layout, v.created_by as saved_by, v.created_at as saved_at
from analytics.dashboards d
left join lateral (
    select n.version, n.layout, n.created_by, n.created_at
    from analytics.dashboard_versions n
    where n.organization_id = d.organization_id and n.dashboard_id = d.id
    order by n.version desc limit 1
) v on true
where d.deleted_at is null;
comment on view analytics.current_dashboards is 'Dashboards with their newest layout; null for one that was never saved.';
select base.tenant_view('analytics.current_dashboards');

-- Deployments are few, so this reads single values: medians are exact, and nothing has to be rolled up first.
create or replace view analytics.dora_metrics as
select v.organization_id, v.subject_kind, v.subject_id,
       v.deployments,
       v.deployments / 30 as deployments_per_day,
       v.lead_time_p50_seconds,
       v.lead_time_p90_seconds,
       round((100 * v.failed_deployments / nullif(v.deployments, 0))::numeric, 2) as change_failure_percentage,
       v.restore_time_p50_seconds,
       round((100 * v.unplanned_deployments / nullif(v.deployments, 0))::numeric, 2) as rework_percentage
from (
    select s.organization_id, s.subject_kind, s.subject_id,
           coalesce(sum(m.value) filter (where d.name = 'delivery.deployments'), 0) as deployments,
           coalesce(sum(m.value) filter (where d.name = 'delivery.failed_deployments'), 0) as failed_deployments,
           coalesce(sum(m.value) filter (where d.name = 'delivery.unplanned_deployments'), 0) as unplanned_deployments,
           percentile_cont(0.5) within group (order by m.value) filter (where d.name = 'delivery.lead_time') as lead_time_p50_seconds,
           percentile_cont(0.9) within group (order by m.value) filter (where d.name = 'delivery.lead_time') as lead_time_p90_seconds,
           percentile_cont(0.5) within group (order by m.value) filter (where d.name = 'delivery.restore_time') as restore_time_p50_seconds
    from analytics.metric_definitions d
    join analytics.metric_series s on s.organization_id = d.organization_id and s.metric_id = d.id
    join analytics.metrics m on m.organization_id = s.organization_id and m.series_id = s.id
    where d.name in ('delivery.deployments', 'delivery.failed_deployments', 'delivery.unplanned_deployments', 'delivery.lead_time', 'delivery.restore_time')
      and m.measured_at > now() - interval '30 days' and m.measured_at <= now()
    group by s.organization_id, s.subject_kind, s.subject_id
) v;
comment on view analytics.dora_metrics is
    'The five delivery metrics of the last 30 days for each subject that was deployed: frequency, lead time, change failure rate, time to restore, rework rate. From the metrics of analytics.define_delivery_metrics().';
select base.tenant_view('analytics.dora_metrics');
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_analysis_runs', 'plain', '5000ms', 1, 7858, 7880, 272, $gsdb_file$-- Analyses of what is already stored: a workflow's steps, an evolution, a metric, the history of a codebase. The pass that reads a
-- codebase's files is a run of codebase.analysis_runs and never stands here.

create type analytics.run_status as enum ('queued', 'running', 'completed', 'cancelled', 'timed_out', 'failed');
comment on type analytics.run_status is 'Where an analysis run is in its life.';
create type analytics.step_outcome as enum ('skipped', 'succeeded', 'failed');
comment on type analytics.step_outcome is 'How a step of an analysis run ended.';

create table analytics.analysis_runs (
    organization_id uuid                 not null,
    id              uuid                 not null default base.uuid_v7(),
    analysis_type   text                 not null,
    subject_kind    text                 not null,
    subject_id      text                 not null,
    project_id      uuid,
    requested_by    uuid,
    status          analytics.run_status not null default 'queued',
    configuration   jsonb                not null default '{}',
    result          jsonb                not null default '{}',
    error_code      text,
    error_message   text,
    queued_at       timestamptz          not null default now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    constraint analysis_runs_pkey primary key (organization_id, id),
    constraint analysis_type_is_a_word check (analysis_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint subject_is_named check (subject_kind ~ '^[a-z][a-z0-9_]{0,62}$' and btrim(subject_id) <> '' and length(subject_id) <= 200),
    constraint queued_has_not_begun check (status <> 'queued' or started_at is null),
    constraint running_has_begun check (status not in ('running', 'completed', 'timed_out', 'failed') or started_at is not null),
    constraint ended_says_when check ((status in ('queued', 'running')) = (finished_at is null)),
    constraint starts_after_queueing check (started_at >= queued_at),
    constraint ends_after_start check (finished_at >= coalesce(started_at, queued_at)),
    constraint failed_says_why check (status <> 'failed' or (error_code is not null and error_message is not null)),
    constraint only_a_bad_end_has_an_error check (status in ('cancelled', 'timed_out', 'failed') or (error_code is null and error_message is null)),
    constraint error_code_is_a_word check (error_code ~ '^[A-Za-z][A-Za-z0-9_.]{0,99}$'),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(result) = 'object')
);
create index analysis_runs_subject_idx on analytics.analysis_runs (organization_id, subject_kind, subject_id, id);
create index analysis_runs_project_idx on analytics.analysis_runs (organization_id, project_id, id) where project_id is not null;
create index analysis_runs_queue_idx on analytics.analysis_runs (organization_id, id) where status = 'queued';

comment on table analytics.analysis_runs is
    'Runs of analyses over anything stored: steps of workflows, evolution, metrics, code over time. Reading a codebase''s files is a run of codebase.analysis_runs instead.';
comment on column analytics.analysis_runs.organization_id is 'The organization whose data is analysed.';
comment on column analytics.analysis_runs.id is 'Its id.';
comment on column analytics.analysis_runs.analysis_type is 'What is done: steps, performance, quality, evolution, trend, anomaly and so on.';
comment on column analytics.analysis_runs.subject_kind is 'What kind of thing is analysed: workflow_execution, evolution_session, codebase, metric and so on.';
comment on column analytics.analysis_runs.subject_id is 'Which one, in the words of whoever has it.';
comment on column analytics.analysis_runs.project_id is 'The project it is done for; null for none. Id of projects.projects.';
comment on column analytics.analysis_runs.requested_by is 'Who asked for it; null when nobody did. Id of identity.users.';
comment on column analytics.analysis_runs.status is 'Where it is in its life.';
comment on column analytics.analysis_runs.configuration is 'What it was told; free form, as the analysis understands it.';
comment on column analytics.analysis_runs.result is 'What it found; free form. Numbers to compare over time are metrics.';
comment on column analytics.analysis_runs.error_code is 'Stable code of the error that ended it; null when none did.';
comment on column analytics.analysis_runs.error_message is 'That error in words.';
comment on column analytics.analysis_runs.queued_at is 'When it was asked for.';
comment on column analytics.analysis_runs.started_at is 'When it began; null before, and when it never did.';
comment on column analytics.analysis_runs.finished_at is 'When it ended, however; null before.';

select base.tenant_table('analytics.analysis_runs', privileges => 'select, insert');

create table analytics.analysis_steps (
    organization_id   uuid                   not null,
    id                uuid                   not null default base.uuid_v7(),
    analysis_run_id   uuid                   not null,
    position          integer                not null,
    name              text                   not null,
    outcome           analytics.step_outcome not null,
    started_at        timestamptz            not null,
    duration_ms       double precision       not null,
    cpu_ms            double precision,
    memory_peak_bytes bigint,
    output            jsonb                  not null default '{}',
    error_message     text,
    constraint analysis_steps_pkey primary key (organization_id, id),
    constraint position_is_positive check (position > 0),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint duration_is_not_negative check (duration_ms >= 0 and duration_ms < 'infinity'),
    constraint cost_is_not_negative check (coalesce(cpu_ms, 0) >= 0 and coalesce(cpu_ms, 0) < 'infinity' and coalesce(memory_peak_bytes, 0) >= 0),
    constraint failed_says_why check ((outcome = 'failed') = (error_message is not null)),
    constraint output_is_object check (jsonb_typeof(output) = 'object')
);
create unique index analysis_steps_position_key on analytics.analysis_steps (organization_id, analysis_run_id, position);

comment on table analytics.analysis_steps is 'The steps of analysis runs, each added when it has ended and never changed. A step that is tried again stands here once for each try.';
comment on column analytics.analysis_steps.organization_id is 'The organization of the run.';
comment on column analytics.analysis_steps.id is 'Its id.';
comment on column analytics.analysis_steps.analysis_run_id is 'The run it is a step of.';
comment on column analytics.analysis_steps.position is 'Counts 1, 2, 3 within the run, in the order in which steps end.';
comment on column analytics.analysis_steps.name is 'What was done.';
comment on column analytics.analysis_steps.outcome is 'How it ended.';
comment on column analytics.analysis_steps.started_at is 'When it began.';
comment on column analytics.analysis_steps.duration_ms is 'How long it took, in milliseconds.';
comment on column analytics.analysis_steps.cpu_ms is 'Processor time it used, in milliseconds; null when not measured.';
comment on column analytics.analysis_steps.memory_peak_bytes is 'The most memory it held at once, in bytes; null when not measured.';
comment on column analytics.analysis_steps.output is 'What it found; free form.';
comment on column analytics.analysis_steps.error_message is 'Why it failed; null when it did not.';

select base.tenant_table('analytics.analysis_steps', privileges => 'select, insert');
alter table analytics.analysis_steps add constraint analysis_steps_run_fkey
    foreign key (organization_id, analysis_run_id) references analytics.analysis_runs (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists analytics.analysis_run_summary;
drop function if exists analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text);
drop table analytics.analysis_steps, analytics.analysis_runs;
drop type analytics.step_outcome, analytics.run_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_metrics', 'plain', '5000ms', 1, 7597, 7619, 247, $gsdb_file$-- Metrics: what is measured (definitions), of what it is measured (series), and the values (metrics). A series is one metric of one
-- subject under one set of labels; naming it by an id keeps a value at a few dozen bytes instead of repeating its labels.

create type analytics.metric_kind as enum ('gauge', 'counter', 'histogram');
comment on type analytics.metric_kind is 'What a value means: gauge, a level at a moment; counter, how much was added since the value before; histogram, one observation of many.';
create type analytics.metric_direction as enum ('lower_is_better', 'neither', 'higher_is_better');
comment on type analytics.metric_direction is 'Which way a metric should go.';

create table analytics.metric_definitions (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    name            text                       not null,
    unit            text                       not null,
    kind            analytics.metric_kind      not null,
    direction       analytics.metric_direction not null default 'neither',
    description     text                       not null,
    created_at      timestamptz                not null default now(),
    updated_at      timestamptz                not null default now(),
    constraint metric_definitions_pkey primary key (organization_id, id),
    constraint name_is_dotted_words check (name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(name) <= 120),
    constraint unit_is_a_word check (unit ~ '^[A-Za-z0-9%][A-Za-z0-9_/%]{0,30}$'),
    constraint description_is_not_blank check (btrim(description) <> '')
);
create unique index metric_definitions_name_key on analytics.metric_definitions (organization_id, name);

comment on table analytics.metric_definitions is 'The metrics that an organization measures. Name, unit and kind stay as they are, because stored values mean what these say.';
comment on column analytics.metric_definitions.organization_id is 'The organization that measures it.';
comment on column analytics.metric_definitions.id is 'Its id.';
comment on column analytics.metric_definitions.name is 'Its name, general to special: delivery.lead_time, codebase.quality_score.';
comment on column analytics.metric_definitions.unit is 'The unit of its values: s, ms, bytes, %, tokens, USD; 1 for a plain number.';
comment on column analytics.metric_definitions.kind is 'What a value means.';
comment on column analytics.metric_definitions.direction is 'Which way it should go.';
comment on column analytics.metric_definitions.description is 'What is measured and when.';
comment on column analytics.metric_definitions.created_at is 'When it was defined.';
comment on column analytics.metric_definitions.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.metric_definitions', privileges => 'select, insert');
grant update (direction, description, updated_at) on analytics.metric_definitions to analytics_user;

create table analytics.metric_series (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    metric_id       uuid        not null,
    subject_kind    text        not null default '',
    subject_id      text        not null default '',
    labels          jsonb       not null default '{}',
    created_at      timestamptz not null default now(),
    constraint metric_series_pkey primary key (organization_id, id),
    constraint subject_is_whole check ((subject_kind = '') = (subject_id = '')),
    constraint subject_is_named check (subject_kind ~ '^([a-z][a-z0-9_]{0,62})?$' and length(subject_id) <= 200),
    constraint labels_are_a_small_object check (jsonb_typeof(labels) = 'object' and octet_length(labels::text) <= 1000)
);
-- Labels are compared as a whole here and by @> within one metric's series only, so they have no GIN index.
create unique index metric_series_identity_key on analytics.metric_series (organization_id, metric_id, subject_kind, subject_id, labels);
create index metric_series_subject_idx on analytics.metric_series (organization_id, subject_kind, subject_id) where subject_kind <> '';

comment on table analytics.metric_series is 'The series of each metric: what is measured, under which labels. Written by analytics.series_of() alone.';
comment on column analytics.metric_series.organization_id is 'The organization of the metric.';
comment on column analytics.metric_series.id is 'Its id.';
comment on column analytics.metric_series.metric_id is 'The metric that is measured.';
comment on column analytics.metric_series.subject_kind is 'What kind of thing is measured: repository, project, codebase, workflow and so on; empty for the organization as a whole.';
comment on column analytics.metric_series.subject_id is 'Which one, in the words of whoever has it; empty for the organization as a whole.';
comment on column analytics.metric_series.labels is 'What tells series of one subject apart: {"environment": "production"}. Few values for each label: every combination is a series.';
comment on column analytics.metric_series.created_at is 'When its first value came.';

select base.tenant_table('analytics.metric_series', privileges => 'select');
alter table analytics.metric_series add constraint metric_series_metric_fkey
    foreign key (organization_id, metric_id) references analytics.metric_definitions (organization_id, id);

create table analytics.metrics (
    organization_id uuid             not null,
    series_id       uuid             not null,
    measured_at     timestamptz      not null,
    value           double precision not null,
    analysis_run_id uuid,
    constraint metrics_pkey primary key (organization_id, series_id, measured_at),
    constraint measured_at_is_a_moment check (isfinite(measured_at)),
    -- The bound is far from where adding up values would overflow; NaN is greater than any number.
    constraint value_is_finite check (value >= -1e300 and value <= 1e300)
);
-- By measured_at alone nobody asks: every reader knows the series or finds them by metric, so there is no index on time, BRIN or not.
create index metrics_analysis_run_idx on analytics.metrics (organization_id, analysis_run_id) where analysis_run_id is not null;

comment on table analytics.metrics is
    'The values of each series. A series has one value at a moment, and a value that comes again takes the place of the first, so delivery may repeat. Written by analytics.record_metrics() alone; analytics.metric_values shows it with names, subjects and labels.';
comment on column analytics.metrics.organization_id is 'The organization of the series.';
comment on column analytics.metrics.series_id is 'The series it is a value of.';
comment on column analytics.metrics.measured_at is 'When it was measured.';
comment on column analytics.metrics.value is 'The value, in the unit of the metric; finite.';
comment on column analytics.metrics.analysis_run_id is 'The analysis run that found it; null when none did.';

select base.make_time_partitioned('analytics.metrics', 'measured_at', interval '1 month', retention => interval '13 months');
select base.tenant_table('analytics.metrics', privileges => 'select');
alter table analytics.metrics add constraint metrics_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;
alter table analytics.metrics add constraint metrics_analysis_run_fkey
    foreign key (organization_id, analysis_run_id) references analytics.analysis_runs (organization_id, id);

-- migrate: rollback
drop view if exists analytics.analysis_run_summary, analytics.dora_metrics, analytics.metric_values;
drop table analytics.metrics, analytics.metric_series, analytics.metric_definitions;
drop type analytics.metric_direction, analytics.metric_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_metric_aggregations', 'plain', '5000ms', 1, 5726, 5748, 238, $gsdb_file$-- Rollups of metrics by minute, hour and day, and the list of those that have to be computed again.
--
-- A rollup keeps a sketch of its values from which percentiles are read and which merges without loss: counts of values by key, where
-- the keys of positive values are steps of a geometric scale (base 1.01/0.99). A percentile read from it is within 1 % of the exact
-- one, over any number of merged rollups; a t-digest is smaller for wide distributions but has no such bound.

create type analytics.resolution as enum ('minute', 'hour', 'day');
comment on type analytics.resolution is 'The length of a period that values are rolled up over; periods begin in UTC.';

create table analytics.metric_aggregations (
    organization_id uuid                 not null,
    series_id       uuid                 not null,
    resolution      analytics.resolution not null,
    bucket_start    timestamptz          not null,
    value_count     bigint               not null,
    value_sum       double precision     not null,
    value_min       double precision     not null,
    value_max       double precision     not null,
    sketch_keys     integer[]            not null,
    sketch_counts   bigint[]             not null,
    constraint metric_aggregations_pkey primary key (organization_id, series_id, resolution, bucket_start),
    constraint rollup_is_of_some_value check (value_count > 0),
    constraint least_is_not_above_most check (value_min <= value_max),
    constraint bucket_starts_on_time check (bucket_start = date_bin(case resolution when 'minute' then interval '1 minute' when 'hour' then interval '1 hour' else interval '1 day' end,
                                                                    bucket_start, timestamptz '2001-01-01 00:00:00+00')),
    constraint sketch_is_whole check (cardinality(sketch_keys) > 0 and cardinality(sketch_keys) = cardinality(sketch_counts)
                                      and array_position(sketch_keys, null) is null and array_position(sketch_counts, null) is null)
);
-- For maintain_partitions(), which lets the rollups by minute go and keeps the others. Of the day and not of bucket_start, so that no
-- plan for the hours of a series takes it and reads the minutes of all series.
create index metric_aggregations_minutes_idx on analytics.metric_aggregations (date_bin('1 day', bucket_start, '2001-01-01 00:00:00+00')) where resolution = 'minute';

comment on table analytics.metric_aggregations is
    'Values of each series rolled up by minute, hour and day. Written by analytics.roll_up_metrics() alone. Minutes go when the values of their time go; hours and days stay.';
comment on column analytics.metric_aggregations.organization_id is 'The organization of the series.';
comment on column analytics.metric_aggregations.series_id is 'The series whose values are rolled up.';
comment on column analytics.metric_aggregations.resolution is 'The length of the period.';
comment on column analytics.metric_aggregations.bucket_start is 'The beginning of the period, in UTC.';
comment on column analytics.metric_aggregations.value_count is 'How many values there are.';
comment on column analytics.metric_aggregations.value_sum is 'What they add up to.';
comment on column analytics.metric_aggregations.value_min is 'The least of them.';
comment on column analytics.metric_aggregations.value_max is 'The greatest of them.';
comment on column analytics.metric_aggregations.sketch_keys is
    'Classes of values, ascending: 0 for 0; 40000 + i for values above (1.01/0.99)^(i-1) up to (1.01/0.99)^i; the same negated for negative values. analytics.sketch_percentile() reads them.';
comment on column analytics.metric_aggregations.sketch_counts is 'How many values are in each of those classes, in the same order.';

select base.make_time_partitioned('analytics.metric_aggregations', 'bucket_start', interval '1 month');
select base.tenant_table('analytics.metric_aggregations', privileges => 'select');
alter table analytics.metric_aggregations add constraint metric_aggregations_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;

-- Each writer adds rows of its own, so that none waits for another and none takes a row for granted that is just being deleted. Their ids need no order, and random ones are much faster to make.
create table analytics.stale_buckets (
    organization_id uuid                 not null,
    id              uuid                 not null default gen_random_uuid(),
    series_id       uuid                 not null,
    resolution      analytics.resolution not null,
    bucket_start    timestamptz          not null,
    constraint stale_buckets_pkey primary key (organization_id, series_id, id)
);
comment on table analytics.stale_buckets is
    'Periods whose rollup has to be computed again, because values came. Whoever sees the entry sees the values, for they were committed together; whoever computes deletes it.';
comment on column analytics.stale_buckets.organization_id is 'The organization of the series.';
comment on column analytics.stale_buckets.id is 'Its id. A period may stand here more than once.';
comment on column analytics.stale_buckets.series_id is 'The series.';
comment on column analytics.stale_buckets.resolution is 'The length of the period.';
comment on column analytics.stale_buckets.bucket_start is 'The beginning of the period, in UTC.';

select base.tenant_table('analytics.stale_buckets', privileges => 'select');
alter table analytics.stale_buckets add constraint stale_buckets_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists analytics.metric_overview;
drop function if exists analytics.roll_up_from(analytics.resolution, analytics.resolution);
drop table analytics.stale_buckets, analytics.metric_aggregations;
drop type analytics.resolution;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_trends', 'plain', '5000ms', 1, 4248, 4270, 66, $gsdb_file$-- Trends of series: computed elsewhere, kept here so that they can be shown, compared and alerted on.

create type analytics.trend_direction as enum ('falling', 'steady', 'rising');
comment on type analytics.trend_direction is 'Where a series goes; steady when no movement is significant.';

create table analytics.trends (
    organization_id    uuid                      not null,
    id                 uuid                      not null default base.uuid_v7(),
    series_id          uuid                      not null,
    method             text                      not null,
    resolution         analytics.resolution      not null,
    window_start       timestamptz               not null,
    window_end         timestamptz               not null,
    bucket_count       integer                   not null,
    slope_per_day      double precision          not null,
    slope_low_per_day  double precision          not null,
    slope_high_per_day double precision          not null,
    p_value            double precision          not null,
    significance_level double precision          not null default 0.05,
    direction          analytics.trend_direction not null,
    computed_at        timestamptz               not null default now(),
    constraint trends_pkey primary key (organization_id, id),
    constraint method_is_a_word check (method ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint window_ends_after_start check (window_end > window_start),
    constraint trend_has_three_buckets check (bucket_count >= 3),
    constraint p_value_is_a_probability check (p_value between 0 and 1),
    constraint significance_level_is_a_probability check (significance_level > 0 and significance_level < 1),
    constraint slope_is_in_its_interval check (slope_per_day between slope_low_per_day and slope_high_per_day
                                               and slope_low_per_day > '-infinity' and slope_high_per_day < 'infinity'),
    constraint direction_follows_slope check (case direction when 'rising' then slope_per_day > 0 when 'falling' then slope_per_day < 0 else true end),
    constraint steady_is_what_is_not_significant check ((direction = 'steady') = (p_value >= significance_level or slope_per_day = 0))
);
create unique index trends_window_key on analytics.trends (organization_id, series_id, method, window_end, window_start);

comment on table analytics.trends is 'Which way each series went over a window, and how sure that is.';
comment on column analytics.trends.organization_id is 'The organization of the series.';
comment on column analytics.trends.id is 'Its id.';
comment on column analytics.trends.series_id is 'The series.';
comment on column analytics.trends.method is 'How it was computed: mann_kendall for the test by ranks with the Theil-Sen slope, and so on.';
comment on column analytics.trends.resolution is 'The rollups it was computed from.';
comment on column analytics.trends.window_start is 'The beginning of the window.';
comment on column analytics.trends.window_end is 'The end of the window, which is not part of it.';
comment on column analytics.trends.bucket_count is 'How many rollups there were in the window.';
comment on column analytics.trends.slope_per_day is 'By how much the value changes in a day, in the unit of the metric.';
comment on column analytics.trends.slope_low_per_day is 'Lower end of the confidence interval of the slope at the significance level.';
comment on column analytics.trends.slope_high_per_day is 'Upper end of the confidence interval of the slope at the significance level.';
comment on column analytics.trends.p_value is 'How probable so clear a movement is in a series without one, 0 to 1.';
comment on column analytics.trends.significance_level is 'The probability below which the movement counts as one.';
comment on column analytics.trends.direction is 'Where the series goes. Whether that is good follows from the metric''s direction.';
comment on column analytics.trends.computed_at is 'When it was computed.';

select base.tenant_table('analytics.trends');
alter table analytics.trends add constraint trends_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;

-- migrate: rollback
drop table analytics.trends;
drop type analytics.trend_direction;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_performance_logs', 'plain', '5000ms', 1, 5570, 5592, 125, $gsdb_file$-- How long things take: operations of the product one by one, and its statements summed up. Both only grow. Their primary keys begin
-- with the time, because they are read by window and never by id.

create table analytics.performance_data (
    organization_id   uuid             not null,
    measured_at       timestamptz      not null default now(),
    id                uuid             not null default base.uuid_v7(),
    operation         text             not null,
    duration_ms       double precision not null,
    succeeded         boolean          not null default true,
    item_count        bigint,
    cpu_ms            double precision,
    memory_peak_bytes bigint,
    program_version   text             not null default '',
    constraint performance_data_pkey primary key (organization_id, measured_at, id),
    constraint operation_is_dotted_words check (operation ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(operation) <= 120),
    constraint duration_is_not_negative check (duration_ms >= 0 and duration_ms < 'infinity'),
    constraint cost_is_not_negative check (coalesce(cpu_ms, 0) >= 0 and coalesce(cpu_ms, 0) < 'infinity' and coalesce(memory_peak_bytes, 0) >= 0),
    constraint item_count_is_not_negative check (item_count >= 0)
);
create index performance_data_operation_idx on analytics.performance_data (organization_id, operation, measured_at);

comment on table analytics.performance_data is 'Every run of an operation worth timing: how long it took, what it used, whether it succeeded.';
comment on column analytics.performance_data.organization_id is 'The organization it ran for; the nil UUID for what concerns the installation as a whole.';
comment on column analytics.performance_data.measured_at is 'When it ended.';
comment on column analytics.performance_data.id is 'Its id.';
comment on column analytics.performance_data.operation is 'What ran, module first: codebase.index, prompts.render.';
comment on column analytics.performance_data.duration_ms is 'How long it took, in milliseconds.';
comment on column analytics.performance_data.succeeded is 'Whether it did what it should.';
comment on column analytics.performance_data.item_count is 'How many things it worked on, for the throughput; null when that means nothing.';
comment on column analytics.performance_data.cpu_ms is 'Processor time it used, in milliseconds; null when not measured.';
comment on column analytics.performance_data.memory_peak_bytes is 'The most memory it held at once, in bytes; null when not measured.';
comment on column analytics.performance_data.program_version is 'The version of the program that ran it, to compare releases; empty when unknown.';

select base.make_time_partitioned('analytics.performance_data', 'measured_at', interval '1 month', retention => interval '6 months');
select base.tenant_table('analytics.performance_data', privileges => 'select, insert');

create table analytics.query_performance_log (
    organization_id uuid             not null,
    measured_at     timestamptz      not null default now(),
    id              uuid             not null default base.uuid_v7(),
    statement       text             not null,
    calls           bigint           not null,
    errors          bigint           not null default 0,
    total_ms        double precision not null,
    max_ms          double precision not null,
    row_count       bigint           not null,
    constraint query_performance_log_pkey primary key (organization_id, measured_at, id),
    constraint statement_is_dotted_words check (statement ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(statement) <= 120),
    constraint calls_are_counted check (calls > 0 and errors between 0 and calls and row_count >= 0),
    -- A sum of rounded numbers may miss the greatest of them by a hair.
    constraint longest_is_part_of_the_total check (max_ms >= 0 and total_ms < 'infinity' and max_ms <= total_ms * 1.000001)
);
create index query_performance_log_statement_idx on analytics.query_performance_log (organization_id, statement, measured_at);

comment on table analytics.query_performance_log is
    'What the program''s named statements cost, summed up by statement every minute or so by the program itself; there also without pg_stat_statements. A mean is total_ms / calls.';
comment on column analytics.query_performance_log.organization_id is 'The organization they ran for; the nil UUID for what concerns the installation as a whole.';
comment on column analytics.query_performance_log.measured_at is 'When they were summed up; the calls lie between the entry before and this one.';
comment on column analytics.query_performance_log.id is 'Its id.';
comment on column analytics.query_performance_log.statement is 'The name of the statement, module first: tasks.claim_next_task.';
comment on column analytics.query_performance_log.calls is 'How often it ran.';
comment on column analytics.query_performance_log.errors is 'How many of these calls failed.';
comment on column analytics.query_performance_log.total_ms is 'How long all calls took together, in milliseconds.';
comment on column analytics.query_performance_log.max_ms is 'How long the longest call took, in milliseconds.';
comment on column analytics.query_performance_log.row_count is 'How many rows all calls returned or changed.';

select base.make_time_partitioned('analytics.query_performance_log', 'measured_at', interval '1 month', retention => interval '3 months');
select base.tenant_table('analytics.query_performance_log', privileges => 'select, insert');

-- migrate: rollback
drop view if exists analytics.performance_dashboard;
drop table analytics.query_performance_log, analytics.performance_data;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_dashboards', 'plain', '5000ms', 1, 4612, 4634, 113, $gsdb_file$-- Dashboards as stored documents. What a dashboard shows is its newest version; older ones stay.

create table analytics.dashboards (
    organization_id uuid            not null,
    id              uuid            not null default base.uuid_v7(),
    name            text            not null,
    slug            text            not null,
    description     text            not null default '',
    visibility      base.visibility not null default 'internal',
    project_id      uuid,
    owner_id        uuid,
    refresh_seconds integer,
    created_at      timestamptz     not null default now(),
    updated_at      timestamptz     not null default now(),
    deleted_at      timestamptz,
    constraint dashboards_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint refreshes_within_reason check (refresh_seconds between 1 and 86400)
);
-- A deleted dashboard gives its slug back.
create unique index dashboards_slug_key on analytics.dashboards (organization_id, slug) where deleted_at is null;

comment on table analytics.dashboards is 'Dashboards; what they show is in analytics.dashboard_versions.';
comment on column analytics.dashboards.organization_id is 'The organization it belongs to.';
comment on column analytics.dashboards.id is 'Its id.';
comment on column analytics.dashboards.name is 'What people call it; need not be unique.';
comment on column analytics.dashboards.slug is 'Its name in URLs, unique among the organization''s dashboards that are not deleted.';
comment on column analytics.dashboards.description is 'What it is for, in a few sentences; Markdown.';
comment on column analytics.dashboards.visibility is 'Who may see it.';
comment on column analytics.dashboards.project_id is 'The project it is about; null for none. Id of projects.projects.';
comment on column analytics.dashboards.owner_id is 'Who looks after it; null when nobody does. Id of identity.users.';
comment on column analytics.dashboards.refresh_seconds is 'How often it is read anew while somebody looks; null when only on demand.';
comment on column analytics.dashboards.created_at is 'When it was created.';
comment on column analytics.dashboards.updated_at is 'When its row was last changed; a new version does not change it.';
comment on column analytics.dashboards.deleted_at is 'When it was deleted; null while it is not. Deleted dashboards are kept with their versions.';

select base.tenant_table('analytics.dashboards', privileges => 'select, insert, update');

create table analytics.dashboard_versions (
    organization_id uuid        not null,
    dashboard_id    uuid        not null,
    version         integer     not null,
    layout          jsonb       not null,
    change_note     text        not null default '',
    created_by      uuid,
    created_at      timestamptz not null default now(),
    constraint dashboard_versions_pkey primary key (organization_id, dashboard_id, version),
    constraint version_is_positive check (version > 0),
    constraint layout_lists_panels check (jsonb_typeof(layout) = 'object' and coalesce(jsonb_typeof(layout -> 'panels'), '') = 'array')
);

comment on table analytics.dashboard_versions is 'Every layout that a dashboard ever had. Added by analytics.save_dashboard(); never changed or deleted, so a dashboard has one history.';
comment on column analytics.dashboard_versions.organization_id is 'The organization of the dashboard.';
comment on column analytics.dashboard_versions.dashboard_id is 'The dashboard.';
comment on column analytics.dashboard_versions.version is 'Counts 1, 2, 3 within the dashboard; the greatest is shown.';
comment on column analytics.dashboard_versions.layout is 'What is shown, and where: an object whose "panels" is a list.';
comment on column analytics.dashboard_versions.change_note is 'What was changed, in the words of who did; may be empty.';
comment on column analytics.dashboard_versions.created_by is 'Who saved it; null when nobody known did. Id of identity.users.';
comment on column analytics.dashboard_versions.created_at is 'When it was saved.';

select base.tenant_table('analytics.dashboard_versions', privileges => 'select, insert');
select base.make_append_only('analytics.dashboard_versions');
alter table analytics.dashboard_versions add constraint dashboard_versions_dashboard_fkey
    foreign key (organization_id, dashboard_id) references analytics.dashboards (organization_id, id);

-- migrate: rollback
drop view if exists analytics.current_dashboards;
drop table analytics.dashboard_versions, analytics.dashboards;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_alerts', 'plain', '5000ms', 1, 12707, 12729, 544, $gsdb_file$-- Alerts: rules over a metric, what became of them for each series (instances), and whom it is told (notifications).

create type analytics.window_aggregate as enum ('average', 'minimum', 'maximum', 'sum', 'count', 'p50', 'p95', 'p99');
comment on type analytics.window_aggregate is 'The one number that an alert rule makes of the values in its window. Without values it is 0 for a count and unknown for the others.';
create type analytics.comparison as enum ('below', 'at_most', 'at_least', 'above');
comment on type analytics.comparison is 'How that number has to stand to the threshold.';
create type analytics.alert_severity as enum ('info', 'warning', 'error', 'critical');
comment on type analytics.alert_severity is 'How bad it is when an alert fires.';
create type analytics.alert_status as enum ('pending', 'firing', 'resolved');
comment on type analytics.alert_status is 'Where an alert is: seen but not for long enough; told; over.';
create type analytics.alert_occasion as enum ('fired', 'resolved');
comment on type analytics.alert_occasion is 'What a notification tells.';
create type analytics.notification_status as enum ('pending', 'sent', 'failed');
comment on type analytics.notification_status is 'Whether a notification reached its target; failed when it will not be tried again.';

create table analytics.alert_rules (
    organization_id      uuid                       not null,
    id                   uuid                       not null default base.uuid_v7(),
    name                 text                       not null,
    description          text                       not null default '',
    metric_id            uuid                       not null,
    subject_kind         text                       not null default '',
    subject_id           text                       not null default '',
    labels               jsonb                      not null default '{}',
    aggregate            analytics.window_aggregate not null,
    comparison           analytics.comparison       not null,
    threshold            double precision           not null,
    window_seconds       integer                    not null default 300,
    for_seconds          integer                    not null default 0,
    severity             analytics.alert_severity   not null default 'warning',
    notification_targets text[]                     not null default '{}',
    disabled_at          timestamptz,
    created_at           timestamptz                not null default now(),
    updated_at           timestamptz                not null default now(),
    constraint alert_rules_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint subject_needs_a_kind check (subject_id = '' or subject_kind <> ''),
    constraint labels_are_a_small_object check (jsonb_typeof(labels) = 'object' and octet_length(labels::text) <= 1000),
    constraint threshold_is_finite check (threshold >= -1e300 and threshold <= 1e300),
    constraint window_is_a_minute_to_a_month check (window_seconds between 60 and 2678400),
    constraint for_is_at_most_a_week check (for_seconds between 0 and 604800),
    constraint targets_name_channel_and_address check (array_position(notification_targets, null) is null and not '' = any (notification_targets)
        and array_to_string(notification_targets, e'\n') ~ '^([a-z][a-z0-9_]*:[^\n]+(\n|$))*$' and cardinality(notification_targets) <= 20)
);
create unique index alert_rules_name_key on analytics.alert_rules (organization_id, lower(name));
create index alert_rules_metric_idx on analytics.alert_rules (organization_id, metric_id);

comment on table analytics.alert_rules is 'When to alert: a number made of a metric''s values over a window, compared with a threshold, for each series that matches.';
comment on column analytics.alert_rules.organization_id is 'The organization it belongs to.';
comment on column analytics.alert_rules.id is 'Its id.';
comment on column analytics.alert_rules.name is 'What people call it, unique within the organization whatever its case.';
comment on column analytics.alert_rules.description is 'What it means and what to do when it fires; Markdown.';
comment on column analytics.alert_rules.metric_id is 'The metric it watches.';
comment on column analytics.alert_rules.subject_kind is 'Only series of this kind of subject; empty for all.';
comment on column analytics.alert_rules.subject_id is 'Only series of this subject; empty for all.';
comment on column analytics.alert_rules.labels is 'Only series that have these labels; {} for all.';
comment on column analytics.alert_rules.aggregate is 'What is made of the values in the window.';
comment on column analytics.alert_rules.comparison is 'How that has to stand to the threshold for the alert.';
comment on column analytics.alert_rules.threshold is 'What it is compared with, in the unit of the metric.';
comment on column analytics.alert_rules.window_seconds is 'How far back values count, in seconds.';
comment on column analytics.alert_rules.for_seconds is 'For how long it must have been so before the alert fires, in seconds; 0 for at once.';
comment on column analytics.alert_rules.severity is 'How bad it is.';
comment on column analytics.alert_rules.notification_targets is 'Whom to tell, as channel and address: slack:#builds, log:alerts.';
comment on column analytics.alert_rules.disabled_at is 'When it was switched off; null while it is on.';
comment on column analytics.alert_rules.created_at is 'When it was created.';
comment on column analytics.alert_rules.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.alert_rules');
alter table analytics.alert_rules add constraint alert_rules_metric_fkey
    foreign key (organization_id, metric_id) references analytics.metric_definitions (organization_id, id);

create table analytics.alert_instances (
    organization_id uuid                     not null,
    id              uuid                     not null default base.uuid_v7(),
    alert_rule_id   uuid                     not null,
    series_id       uuid                     not null,
    status          analytics.alert_status   not null,
    severity        analytics.alert_severity not null,
    threshold       double precision         not null,
    value           double precision         not null,
    opened_at       timestamptz              not null,
    fired_at        timestamptz,
    resolved_at     timestamptz,
    evaluated_at    timestamptz              not null,
    constraint alert_instances_pkey primary key (organization_id, id),
    constraint fired_says_when check ((status in ('firing', 'resolved')) = (fired_at is not null)),
    constraint resolved_says_when check ((status = 'resolved') = (resolved_at is not null)),
    constraint fires_after_opening check (fired_at >= opened_at),
    constraint resolves_after_firing check (resolved_at >= fired_at),
    constraint evaluated_since_opening check (evaluated_at >= opened_at)
);
create unique index a_rule_has_one_open_instance_for_a_series on analytics.alert_instances (organization_id, alert_rule_id, series_id) where status <> 'resolved';
create index alert_instances_rule_idx on analytics.alert_instances (organization_id, alert_rule_id, opened_at, id);
create index alert_instances_series_idx on analytics.alert_instances (organization_id, series_id);

comment on table analytics.alert_instances is 'Each time a rule''s condition held for a series. Written by analytics.evaluate_alert_rules() alone; one that ends before it fires is forgotten.';
comment on column analytics.alert_instances.organization_id is 'The organization of the rule.';
comment on column analytics.alert_instances.id is 'Its id.';
comment on column analytics.alert_instances.alert_rule_id is 'The rule.';
comment on column analytics.alert_instances.series_id is 'The series for which it holds: metric, subject and labels.';
comment on column analytics.alert_instances.status is 'Where it is.';
comment on column analytics.alert_instances.severity is 'How bad it is, as the rule said when it was last evaluated.';
comment on column analytics.alert_instances.threshold is 'The threshold, as the rule said when it was last evaluated.';
comment on column analytics.alert_instances.value is 'What the window''s values came to when it last held, in the unit of the metric.';
comment on column analytics.alert_instances.opened_at is 'When the condition was first seen to hold.';
comment on column analytics.alert_instances.fired_at is 'When it had held for long enough; null before.';
comment on column analytics.alert_instances.resolved_at is 'When it was first seen to hold no longer, or the rule was switched off; null before.';
comment on column analytics.alert_instances.evaluated_at is 'When it was last evaluated.';

select base.tenant_table('analytics.alert_instances', privileges => 'select');
alter table analytics.alert_instances add constraint alert_instances_rule_fkey
    foreign key (organization_id, alert_rule_id) references analytics.alert_rules (organization_id, id) on delete cascade;
alter table analytics.alert_instances add constraint alert_instances_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;

create table analytics.alert_notifications (
    organization_id   uuid                          not null,
    id                uuid                          not null default base.uuid_v7(),
    alert_instance_id uuid                          not null,
    occasion          analytics.alert_occasion      not null,
    target            text                          not null,
    status            analytics.notification_status not null default 'pending',
    attempts          integer                       not null default 0,
    next_attempt_at   timestamptz,
    sent_at           timestamptz,
    error_message     text,
    created_at        timestamptz                   not null default now(),
    updated_at        timestamptz                   not null default now(),
    constraint alert_notifications_pkey primary key (organization_id, id),
    constraint target_names_channel_and_address check (target ~ '^[a-z][a-z0-9_]*:.+$'),
    constraint attempts_are_not_negative check (attempts >= 0),
    constraint pending_says_when_next check ((status = 'pending') = (next_attempt_at is not null)),
    constraint sent_says_when check ((status = 'sent') = (sent_at is not null)),
    constraint failed_says_why check (status <> 'failed' or error_message is not null),
    constraint ended_was_attempted check (status = 'pending' or attempts > 0)
);
create unique index a_target_is_told_once on analytics.alert_notifications (organization_id, alert_instance_id, occasion, target);
create index alert_notifications_pending_idx on analytics.alert_notifications (organization_id, next_attempt_at, id) where status = 'pending';

comment on table analytics.alert_notifications is 'Who has to be told that an alert fired or resolved, and whether that was done. Added in the transaction that made it fire or resolve.';
comment on column analytics.alert_notifications.organization_id is 'The organization of the alert.';
comment on column analytics.alert_notifications.id is 'Its id; what a channel is given to tell a repetition by.';
comment on column analytics.alert_notifications.alert_instance_id is 'The alert.';
comment on column analytics.alert_notifications.occasion is 'What is told.';
comment on column analytics.alert_notifications.target is 'Channel and address, as the rule said: slack:#builds.';
comment on column analytics.alert_notifications.status is 'Whether it was done.';
comment on column analytics.alert_notifications.attempts is 'How often it was tried; counted before trying.';
comment on column analytics.alert_notifications.next_attempt_at is 'Not to be tried before; null when it will not be tried again.';
comment on column analytics.alert_notifications.sent_at is 'When the channel took it; null while it has not.';
comment on column analytics.alert_notifications.error_message is 'Why the last attempt did not succeed; null when none has failed.';
comment on column analytics.alert_notifications.created_at is 'When it was added.';
comment on column analytics.alert_notifications.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.alert_notifications', privileges => 'select, update');
alter table analytics.alert_notifications add constraint alert_notifications_instance_fkey
    foreign key (organization_id, alert_instance_id) references analytics.alert_instances (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists analytics.open_alerts;
drop function if exists analytics.evaluate_alert_rules(timestamptz);
drop function if exists analytics.alert_conditions(timestamptz);
drop function if exists analytics.notify_of_alert(uuid, uuid, analytics.alert_status, text[], timestamptz);
drop table analytics.alert_notifications, analytics.alert_instances, analytics.alert_rules;
drop type analytics.notification_status, analytics.alert_occasion, analytics.alert_status, analytics.alert_severity, analytics.comparison, analytics.window_aggregate;
$gsdb_file$);
select pg_temp.gsdb_end_module();
