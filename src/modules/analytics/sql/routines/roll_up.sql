-- Rollups are computed anew from what is stored, never added to: running twice, late values and corrected values all come out right.
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
