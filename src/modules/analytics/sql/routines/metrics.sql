-- The only way into metrics: every value leaves a note of the minute whose rollup it changes.

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
