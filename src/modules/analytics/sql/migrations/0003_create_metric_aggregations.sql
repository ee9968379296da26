-- Rollups of metrics by minute, hour and day, and the list of those that have to be computed again.
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
