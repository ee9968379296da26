-- Hours in which a source sent far more or fewer events than it usually does at that time of the week. The modified z-score of Iglewicz and Hoaglin
-- ("How to detect and handle outliers", 1993): 0.6745 (x - median) / MAD, here of the same hour of the week in the weeks before, of the same hour
-- of the day where there are too few weeks. Counts scatter by at least the root of their mean, so the deviation is taken to be no smaller.

create or replace function events.find_anomalies() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_hour constant timestamptz := date_bin('1 hour', now() - interval '5 minutes', '2001-01-01 00:00:00+00');
    hours_looked_at constant integer := 3;
    source record;
    hour timestamptz;
    found bigint := 0;
begin
    for source in select s.organization_id, s.id, s.created_at from events.event_sources s where s.deleted_at is null and s.paused_at is null order by s.organization_id, s.id loop
        for hour in select this_hour - n * interval '1 hour' from generate_series(1, hours_looked_at) n loop
            found := found + events.judge_hour(source.organization_id, source.id, hour);
        end loop;
    end loop;
    return found;
end
$$;
comment on function events.find_anomalies() is 'Judges the last three full hours of each source of all organizations by the hours before. Returns how many anomalies are new or have other figures.';
revoke execute on function events.find_anomalies() from public;
grant execute on function events.find_anomalies() to events_user;
select base.declare_maintenance('events.find_anomalies', 'frequent', interval '5 minutes', 'Looks for hours in which sources sent far more or fewer events than usual.');

-- Hours without events have no row and count as nothing, from the first hour on in which the source sent something.
create or replace function events.judge_hour(organization uuid, source uuid, hour timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    score_min constant numeric := 3.5;
    mad_to_deviation constant numeric := 1.4826;
    weeks_min constant integer := 4;
    days_min constant integer := 7;
    first_hour timestamptz;
    observed bigint;
    basis record;
    usual record;
    score numeric;
begin
    select min(a.period_start) into first_hour
    from events.event_aggregations a where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour';
    if first_hour is null or hour <= first_hour then
        return 0;
    end if;
    select coalesce(sum(a.event_count), 0) into observed
    from events.event_aggregations a
    where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour' and a.period_start = hour;
    for basis in
        select b.method, b.samples_min,
               array(select coalesce((select sum(a.event_count) from events.event_aggregations a
                                      where a.organization_id = organization and a.source_id = source and a.period = interval '1 hour'
                                        and a.period_start = hour - n * b.step), 0)
                     from generate_series(1, b.samples_max) n where hour - n * b.step >= first_hour) as counts
        from (values ('seasonal_week', interval '7 days', 12, weeks_min), ('seasonal_day', interval '1 day', 28, days_min)) as b (method, step, samples_max, samples_min)
    loop
        continue when cardinality(basis.counts) < basis.samples_min;
        select m.median::numeric as median, greatest(mad_to_deviation * d.mad::numeric, sqrt(greatest(m.median, 1))::numeric) as deviation into usual
        from (select percentile_cont(0.5) within group (order by c) as median from unnest(basis.counts) c) m
        cross join lateral (select percentile_cont(0.5) within group (order by abs(c - m.median)) as mad from unnest(basis.counts) c) d;
        score := greatest(least(round((observed - usual.median) / usual.deviation, 2), 999999), -999999);
        if abs(score) < score_min then
            return 0;
        end if;
        insert into events.event_anomalies as known (organization_id, source_id, period, period_start, observed_count, expected_count, score, method)
        values (organization, source, interval '1 hour', hour, observed, round(usual.median, 2), score, basis.method)
        on conflict on constraint an_anomaly_is_found_once do update
        set observed_count = excluded.observed_count, expected_count = excluded.expected_count, score = excluded.score
        where known.observed_count <> excluded.observed_count and known.resolved_at is null;
        return case when found then 1 else 0 end;
    end loop;
    return 0;
end
$$;
comment on function events.judge_hour(uuid, uuid, timestamptz) is 'Part of find_anomalies: whether a source sent an unusual number of events in an hour.';

create or replace function events.resolve_anomaly(anomaly uuid, resolution events.anomaly_resolution, note text default '') returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.event_anomalies a
    set resolution = resolve_anomaly.resolution, resolved_at = now(), note = resolve_anomaly.note, updated_at = now()
    where a.organization_id = organization and a.id = anomaly;
    if not found then
        raise exception using errcode = 'GS705',
            message = format('there is no anomaly %s', anomaly),
            hint = 'Take an id from events.event_anomalies.';
    end if;
end
$$;
comment on function events.resolve_anomaly(uuid, events.anomaly_resolution, text) is 'Says what became of an anomaly of the transaction''s organization: it was expected, a false alarm, or is repaired. Error GS705 when there is none.';
