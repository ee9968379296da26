-- Trends of series: computed elsewhere, kept here so that they can be shown, compared and alerted on.

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
