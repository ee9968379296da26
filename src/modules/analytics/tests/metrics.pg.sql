-- What metrics, series and values may look like; that rollups always equal a recount, however late values come; what percentiles are worth.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(93);
set local app.organization_id = :acme;

-- Definitions and series.
select is(pg_temp.refused_by(format('update analytics.metric_definitions set %s where id = %L', change, :acme_metric)), refusal, format('definition %s: %s', change, refusal))
from (values
    ('name = ''Latency''', 'name_is_dotted_words'),
    ('name = ''prompts.''', 'name_is_dotted_words'),
    ('name = ''latency''', 'nothing'),
    ('unit = ''''', 'unit_is_a_word'),
    ('unit = ''%''', 'nothing'),
    ('description = '' ''', 'description_is_not_blank')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.metric_definitions (organization_id, name, unit, kind, description) values (%L, ''prompts.latency'', ''s'', ''gauge'', ''x'')', :acme)),
          'metric_definitions_name_key', 'a name belongs to one metric of the organization; another one may have it, too');
select is(pg_temp.refused_by(format('update analytics.metric_series set %s where id = %L', change, :acme_series)), refusal, format('series %s: %s', change, refusal))
from (values
    ('subject_id = ''''', 'subject_is_whole'),
    ('subject_kind = '''', subject_id = ''''', 'nothing'),
    ('subject_kind = ''A template''', 'subject_is_named'),
    ('labels = ''[]''', 'labels_are_a_small_object'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 991))', 'nothing'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 992))', 'labels_are_a_small_object')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.metric_series (organization_id, metric_id, subject_kind, subject_id, labels) values (%L, %L, ''template'', ''t1'', ''{"model": "a"}'')', :acme, :acme_metric)),
          'metric_series_identity_key', 'a subject has one series of a metric under the same labels');
select is(pg_temp.refused_by(format('delete from analytics.metric_definitions where id = %L', :acme_metric)), 'metric_series_metric_fkey', 'a metric with series stays');

-- Values.
select is(pg_temp.refused_by(format('insert into analytics.metrics (organization_id, series_id, measured_at, value) values (%L, %L, %L, %L)', :acme, :acme_series, measured_at, value)), refusal, format('value %s at %s: %s', value, measured_at, refusal))
from (values
    ('2026-01-01', 'NaN', 'value_is_finite'), ('2026-01-01', 'Infinity', 'value_is_finite'), ('2026-01-01', '-Infinity', 'value_is_finite'),
    ('2026-01-01', '1.1e300', 'value_is_finite'), ('2026-01-01', '-1e300', 'nothing'), ('2026-01-01', '0', 'nothing'),
    ('infinity', '1', 'measured_at_is_a_moment')
) as attempts (measured_at, value, refusal);

create function pg_temp.acme(statement text) returns text language plpgsql as $$
begin
    return pg_temp.answer('analytics_user', 'a0000000-0000-7000-8000-000000000001', statement);
end $$;
select is(pg_temp.acme('select analytics.series_of(''prompts.latency'', ''template'', ''t1'', ''{"model": "a"}'')'), :acme_series, 'a series is found');
select isnt(pg_temp.acme('select analytics.series_of(''prompts.latency'', ''template'', ''t1'', ''{"model": "b"}'')'), :acme_series, 'other labels are another series');
select is(pg_temp.acme('select analytics.series_of(''prompts.latency'', ''template'', ''t1'', ''{"model": "b"}'')'), (select id::text from analytics.metric_series where organization_id = :acme and labels = '{"model": "b"}'), 'which is there from then on');
select is(pg_temp.acme('select analytics.series_of(''prompts.quality'')'), 'GS603', 'a metric must be defined');
select is(pg_temp.acme(format('select analytics.record_metrics(%s)', arguments)), refusal, format('record_metrics(%s): %s', arguments, refusal))
from (values
    ('''{}'', ''{}'', ''{}''', '0'),
    ('array[null]::uuid[], array[now()], array[1]', 'GS605'),
    (format('array[%L]::uuid[], array[now(), now()], array[1]', :acme_series), 'GS605'),
    (format('array[%L]::uuid[], array[null]::timestamptz[], array[1]', :acme_series), 'GS605'),
    (format('array[%L]::uuid[], array[now()], null', :acme_series), 'GS605'),
    (format('array[%L]::uuid[], array[now()], array[''NaN'']::double precision[]', :acme_series), '23514'),
    (format('array[%L]::uuid[], array[''-infinity'']::timestamptz[], array[1]', :acme_series), 'GS602'),
    (format('array[%L]::uuid[], array[now() - interval ''13 months 1 minute''], array[1]', :acme_series), 'GS602'),
    (format('array[%L]::uuid[], array[now() - interval ''13 months'' + interval ''1 minute''], array[1]', :acme_series), '1'),
    (format('array[%1$L, %1$L]::uuid[], array[now() - interval ''1 hour'', now() - interval ''1 hour''], array[7, 8]', :acme_series), '1')
) as attempts (arguments, refusal);
select is((select value from analytics.metrics where series_id = :acme_series and measured_at = now() - interval '1 hour'), 8::double precision, 'of two values for one moment the last one counts');
select is(pg_temp.acme(format('select analytics.record_metrics(array[%L]::uuid[], array[now() - interval ''1 hour''], array[9])', :acme_series)), '1', 'a value that is delivered again');
select is((select value from analytics.metrics where series_id = :acme_series and measured_at = now() - interval '1 hour'), 9::double precision, 'takes the place of the first');
select is(pg_temp.acme('select analytics.record_metric(''prompts.latency'', 12.5, now() - interval ''2 hours'', ''template'', ''t9'')'), '', 'a value by the name of its metric');
select results_eq($$select metric_name, unit, subject_id, value from analytics.metric_values where subject_id = 't9'$$, $$values ('prompts.latency', 'ms', 't9', 12.5::double precision)$$, 'is there by that name');

-- Rollups equal a recount after every round of a random history that comes in any order, with corrections.
create function pg_temp.key_of(value double precision) returns integer language sql return case when value = 0 then 0 else (sign(value) * (40000 + ceil(ln(abs(value)) / ln(1.01::double precision / 0.99))))::integer end;
create temporary view recount as
select m.organization_id, m.series_id, r.resolution, date_bin(r.step, m.measured_at, '2001-01-01 00:00:00+00') as bucket_start,
       count(*) as value_count, sum(m.value) as value_sum, min(m.value) as value_min, max(m.value) as value_max
from analytics.metrics m
cross join (values ('minute'::analytics.resolution, interval '1 minute'), ('hour', '1 hour'), ('day', '1 day')) as r (resolution, step)
group by 1, 2, 3, 4;
create temporary view difference as
(select * from recount except select organization_id, series_id, resolution, bucket_start, value_count, value_sum, value_min, value_max from analytics.metric_aggregations)
union all
(select organization_id, series_id, resolution, bucket_start, value_count, value_sum, value_min, value_max from analytics.metric_aggregations except select * from recount);
create function pg_temp.play_round(seed double precision) returns void language plpgsql as $$
declare
    series constant uuid[] := array(select id from analytics.metric_series where organization_id = 'a0000000-0000-7000-8000-000000000001' order by id);
    point record;
begin
    perform setseed(seed);
    perform set_config('app.organization_id', 'a0000000-0000-7000-8000-000000000001', true);
    select array_agg(series[1 + floor(random() * cardinality(series))::integer]) as series,
           array_agg(now() - interval '3 days' * round(random()::numeric, 3)) as moments,
           array_agg(floor(random() * 2000 - 500)::double precision) as amounts
    into point from generate_series(1, 500);
    perform analytics.record_metrics(point.series, point.moments, point.amounts);
end $$;
select isnt_empty('select * from difference', 'the history so far is not rolled up yet');
select cmp_ok(pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(''infinity'')')::bigint, '>', 0::bigint, 'rolling up computes something');
select is_empty('select * from difference', 'then rollups equal a recount');
select pg_temp.play_round(0.1), pg_temp.play_round(0.2);
select isnt_empty('select * from difference', 'more values come');
select pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(now() - interval ''1 day'')');
select is_empty('select * from difference where resolution = ''minute'' and bucket_start < date_bin(''1 minute'', now() - interval ''1 day'', ''2001-01-01'')', 'rolled up until a moment, what is before it is right');
select is_empty('select * from analytics.metric_aggregations a where resolution = ''minute'' and bucket_start > now() - interval ''1 day'' and not exists (select from recount r where r.series_id = a.series_id)', 'what is after it waits');
select isnt_empty('select * from analytics.stale_buckets where bucket_start >= now() - interval ''1 day''', 'and is not forgotten');
select pg_temp.play_round(0.3), pg_temp.play_round(0.1);
select pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(''infinity'')');
select is_empty('select * from difference', 'late and corrected values come out right');
create temporary table before on commit drop as select * from analytics.metric_aggregations;
select is(pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(''infinity'')'), '0', 'rolling up again has nothing to do');
select set_eq('select * from analytics.metric_aggregations', 'select * from before', 'and changes nothing');
select is_empty('select * from analytics.stale_buckets', 'nothing waits');
select is_empty('select * from analytics.metric_aggregations where value_count <> (select sum(n) from unnest(sketch_counts) n)', 'a sketch has as many values as its rollup');
select is_empty($$select a.* from analytics.metric_aggregations a
                  join lateral (select array_agg(key order by key) as keys, array_agg(n order by key) as counts
                                from (select pg_temp.key_of(m.value) as key, count(*) as n from analytics.metrics m
                                      where m.organization_id = a.organization_id and m.series_id = a.series_id and m.measured_at >= a.bucket_start and m.measured_at < a.bucket_start + interval '1 day' group by 1) k) s on true
                  where a.resolution = 'day' and (a.sketch_keys, a.sketch_counts) is distinct from (s.keys, s.counts)$$, 'the sketch of a day, merged twice, is the sketch of its values');

-- Values that came past the routine, as by COPY.
insert into analytics.metrics (organization_id, series_id, measured_at, value) values (:acme, :acme_series, now() - interval '5 days', 5);
select pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(''infinity'')');
select isnt_empty('select * from difference', 'a value that came past record_metrics is not rolled up by itself');
select is(pg_temp.answer('analytics_user', null, 'select analytics.mark_stale(now() - interval ''6 days'', now() - interval ''4 days'')'), '1', 'but can be marked');
select is(pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics(''infinity'')'), '3', 'and then is, in minute, hour and day');
select is_empty('select * from difference', 'so that all is right again');

-- Percentiles.
create function pg_temp.sketch_of(amounts double precision[], out keys integer[], out counts bigint[]) language sql
begin atomic
    select array_agg(key order by key), array_agg(n order by key) from (select pg_temp.key_of(v) as key, count(*) as n from unnest(amounts) v group by 1) k;
end;
select setseed(0.5);
create temporary table samples on commit drop as
select 'normal' as name, array_agg(100 + 30 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) as amounts from generate_series(1, 3000)
union all select 'exponential', array_agg(-ln(1 - random()) * 1e6) from generate_series(1, 3000)
union all select 'both signs', array_agg(sign(random() - 0.5) * exp(20 * random() - 10)) from generate_series(1, 3000)
union all select 'tiny and huge', array_agg(power(10, 580 * random() - 290)) from generate_series(1, 3000)
union all select 'one', array[42.0]
union all select 'zeros', array[0, 0, 0, 5];
select is_empty($$select s.name, f.fraction, exact.value, estimate.value from samples s
                  cross join unnest(array[0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) as f (fraction)
                  cross join lateral (select percentile_disc(f.fraction) within group (order by v) as value from unnest(s.amounts) v) exact
                  cross join lateral (select analytics.sketch_percentile(k.keys, k.counts, f.fraction) as value from pg_temp.sketch_of(s.amounts) k) estimate
                  where abs(estimate.value - exact.value) > 0.0100000001 * abs(exact.value) or estimate.value is null$$, 'percentiles are within 1 % of the exact ones');
select is(analytics.sketch_percentile('{}', '{}', 0.5), null, 'no values have no percentile');

-- Rollups as such.
select is(pg_temp.refused_by(format('update analytics.metric_aggregations set %s where series_id = %L and resolution = ''hour''', change, :acme_series)), refusal, format('rollup %s: %s', change, refusal))
from (values
    ('value_count = 0', 'rollup_is_of_some_value'),
    ('value_min = value_max + 1', 'least_is_not_above_most'),
    ('bucket_start = bucket_start + interval ''1 minute''', 'bucket_starts_on_time'),
    ('sketch_keys = sketch_keys || 1', 'sketch_is_whole'),
    ('sketch_keys = ''{}'', sketch_counts = ''{}''', 'sketch_is_whole')
) as changes (change, refusal);

-- The overview, before and after it is refreshed: 2 series of 3 values and the labels that tell them apart; nothing multiplies.
insert into analytics.metric_definitions (organization_id, name, unit, kind, description)
values (:umbrella, 'overview.latency', 'ms', 'histogram', 'x'), (:umbrella, 'overview.load', '1', 'gauge', 'x'), (:umbrella, 'overview.unused', '1', 'counter', 'x');
select pg_temp.answer('analytics_user', :umbrella, format('select analytics.record_metric(%L, %s, now() - interval ''%s seconds'', ''host'', %L)', metric, amount, amount, host))
from (values ('overview.latency', 10, 'a'), ('overview.latency', 20, 'a'), ('overview.latency', 30, 'a'), ('overview.latency', 40, 'b'), ('overview.latency', 50, 'b'), ('overview.latency', 600, 'b'),
             ('overview.load', 3, 'a'), ('overview.load', 5, 'b')) as v (metric, amount, host);
prepare overview as
select name, series, values_24_hours, sum_24_hours, average_24_hours, minimum_24_hours, maximum_24_hours,
       round(p50_24_hours) as p50, p99_24_hours between 0.99 * 600 and 1.01 * 600 as p99_is_right, latest_hour is not null as is_fresh
from analytics.metric_overview where organization_id = 'b0000000-0000-7000-8000-000000000002' and name like 'overview.%' order by name;
select results_eq('overview', $$values ('overview.latency', 2::bigint, 0::bigint, null::double precision, null::double precision, null::double precision, null::double precision, null::double precision, null::boolean, false),
                                       ('overview.load', 2, 0, null, null, null, null, null, null, false), ('overview.unused', 0, 0, null, null, null, null, null, null, false)$$, 'metric_overview knows of no value before it is refreshed');
select cmp_ok(pg_temp.answer('analytics_user', null, 'select refresh_analytics_views()')::bigint, '>', 0::bigint, 'refresh_analytics_views() refreshes');
select results_eq('overview', $$values ('overview.latency', 2::bigint, 6::bigint, 750::double precision, 125::double precision, 10::double precision, 600::double precision, 30::double precision, true, true),
                                       ('overview.load', 2, 2, 8, 4, 3, 5, null, null, true), ('overview.unused', 0, 0, null, null, null, null, null, null, false)$$, 'then it counts each value once');
select is(pg_temp.answer('analytics_user', null, 'select refresh_analytics_views()'), '0', 'and then there is nothing to refresh');

-- Values past their retention: their rollups by minute go, the others stay, and nothing is computed from what is half gone.
insert into analytics.metrics (organization_id, series_id, measured_at, value) values (:acme, :acme_series, now() - interval '14 months', 5);
insert into analytics.metric_aggregations (organization_id, series_id, resolution, bucket_start, value_count, value_sum, value_min, value_max, sketch_keys, sketch_counts)
select :acme, :acme_series, resolution, date_bin('1 day', now() - interval '15 months', '2001-01-01 00:00:00+00'), 1, 1, 1, 1, '{40000}', '{1}' from unnest(enum_range(null::analytics.resolution)) as resolution;
select is(pg_temp.answer('analytics_user', null, 'select analytics.mark_stale(''-infinity'', now() - interval ''13 months'')'), '1', 'a value past its retention is marked');
select is(pg_temp.answer('analytics_user', null, 'select analytics.roll_up_metrics()'), '0', 'and left alone');
create temporary table maintained on commit drop as select * from analytics.maintain_partitions() where false;
grant insert on maintained to analytics_user;
set local role analytics_user;
insert into maintained select * from analytics.maintain_partitions();
reset role;
select results_eq($$select action, rows_affected from maintained where partition = 'analytics.metric_aggregations'$$, $$values ('emptied', 1::bigint)$$, 'maintenance says what it deleted');
select results_eq(format('select resolution::text from analytics.metric_aggregations where series_id = %L and bucket_start < now() - interval ''14 months'' order by 1', :acme_series), array['day', 'hour'], 'hours and days stay');
select is((select count(*) from analytics.metrics where measured_at < now() - interval '13 months'), 0::bigint, 'the value is gone');
select isnt_empty('select from analytics.metric_aggregations where resolution = ''minute''', 'rollups by minute of values that are kept stay');

-- Trends.
select is(pg_temp.refused_by(format('update analytics.trends set %s where organization_id = %L', change, :acme)), refusal, format('trend %s: %s', change, refusal))
from (values
    ('method = ''Theil Sen''', 'method_is_a_word'),
    ('window_end = window_start', 'window_ends_after_start'),
    ('bucket_count = 2', 'trend_has_three_buckets'),
    ('p_value = 1.01', 'p_value_is_a_probability'),
    ('p_value = ''NaN''', 'p_value_is_a_probability'),
    ('significance_level = 0', 'significance_level_is_a_probability'),
    ('slope_per_day = 2.5', 'slope_is_in_its_interval'),
    ('slope_high_per_day = ''Infinity''', 'slope_is_in_its_interval'),
    ('direction = ''falling''', 'direction_follows_slope'),
    ('direction = ''steady''', 'steady_is_what_is_not_significant'),
    ('p_value = 0.05', 'steady_is_what_is_not_significant'),
    ('p_value = 0.05, direction = ''steady''', 'nothing'),
    ('slope_low_per_day = 0, slope_per_day = 0, direction = ''steady''', 'nothing')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into analytics.trends select (jsonb_populate_record(null::analytics.trends, to_jsonb(t) || jsonb_build_object(''id'', base.uuid_v7()))).* from analytics.trends t where organization_id = %L', :acme)),
          'trends_window_key', 'a window of a series has one trend of a method');

-- The five delivery metrics of 8 deployments, 2 of which failed and 1 of which was not planned. A ninth is older than the window.
select is(pg_temp.acme('select analytics.define_delivery_metrics()'), '', 'the delivery metrics are defined');
select is(pg_temp.acme('select analytics.define_delivery_metrics()'), '', 'once or twice');
select is((select count(*) from analytics.metric_definitions where organization_id = :acme and name like 'delivery.%'), 5::bigint, 'there are five');
select pg_temp.acme(format('select analytics.record_metric(%L, %s, now() - interval ''%s hours'', ''repository'', ''rocket'', ''{"environment": "production"}'')', metric, amount, hours))
from (select 'delivery.deployments' as metric, 1 as amount, n * 24 as hours from generate_series(1, 8) n
      union all select 'delivery.deployments', 1, 31 * 24
      union all select 'delivery.failed_deployments', 1, n * 24 from generate_series(1, 2) n
      union all select 'delivery.unplanned_deployments', 1, 48
      union all select 'delivery.lead_time', n * 3600, n from generate_series(1, 9) n
      union all select 'delivery.lead_time', 9999999, 31 * 24
      union all select 'delivery.restore_time', 600 * n, n from generate_series(1, 2) n) v;
select pg_temp.acme('select analytics.record_metric(''delivery.lead_time'', 60, now(), ''repository'', ''never deployed'')');
select results_eq($$select subject_id, deployments, round(deployments_per_day::numeric, 4), lead_time_p50_seconds, lead_time_p90_seconds, change_failure_percentage, restore_time_p50_seconds, rework_percentage
                    from analytics.dora_metrics where organization_id = 'a0000000-0000-7000-8000-000000000001' order by subject_id$$,
                  $$values ('never deployed', 0::double precision, 0.0000, 60::double precision, 60::double precision, null::numeric, null::double precision, null::numeric),
                           ('rocket', 8, 0.2667, 18000, 29520, 25.00, 900, 12.50)$$, 'dora_metrics has the five exactly');

select * from finish();
rollback;
