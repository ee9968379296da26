-- Periods in which a source sent far more or fewer events than usual.

create type events.anomaly_resolution as enum ('expected', 'false_alarm', 'repaired');
comment on type events.anomaly_resolution is 'What became of an anomaly: it had a good reason, there was none, or something was broken and is not any more.';

create table events.event_anomalies (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    source_id       uuid           not null,
    event_type      text           not null default '*',
    period          interval       not null,
    period_start    timestamptz    not null,
    observed_count  bigint         not null,
    expected_count  numeric(14, 2) not null,
    score           numeric(8, 2)  not null,
    method          text           not null,
    detected_at     timestamptz    not null default now(),
    resolution      events.anomaly_resolution,
    resolved_at     timestamptz,
    resolved_by     uuid,
    note            text           not null default '',
    updated_at      timestamptz    not null default now(),
    constraint event_anomalies_pkey primary key (organization_id, id),
    constraint an_anomaly_is_found_once unique (organization_id, source_id, event_type, period, period_start),
    constraint event_type_is_not_blank check (event_type <> ''),
    constraint period_is_a_minute_hour_or_day check (period in ('1 minute', '1 hour', '1 day')),
    constraint counts_are_not_negative check (observed_count >= 0 and expected_count >= 0),
    constraint score_has_the_sign_of_the_difference check (sign(score) = sign(observed_count - expected_count) and score <> 0),
    constraint method_is_a_word check (method ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint resolved_has_a_resolution check ((resolved_at is null) = (resolution is null)),
    constraint resolved_after_detected check (resolved_at >= detected_at),
    constraint resolver_resolved_it check (resolved_by is null or resolved_at is not null)
);
create index event_anomalies_open_idx on events.event_anomalies (organization_id, id) where resolved_at is null;

comment on table events.event_anomalies is 'Periods in which a source sent far more or fewer events than usual, with the figures that show it.';
comment on column events.event_anomalies.organization_id is 'The organization of the source.';
comment on column events.event_anomalies.id is 'Its id.';
comment on column events.event_anomalies.source_id is 'The source.';
comment on column events.event_anomalies.event_type is 'The type of the events; * for all of the source together.';
comment on column events.event_anomalies.period is 'The length of the period, as in event_aggregations.';
comment on column events.event_anomalies.period_start is 'When the period begins.';
comment on column events.event_anomalies.observed_count is 'How many events there were.';
comment on column events.event_anomalies.expected_count is 'How many were to be expected.';
comment on column events.event_anomalies.score is 'How unusual that is: robust standard deviations from the expectation, negative for too few.';
comment on column events.event_anomalies.method is 'How it was found: seasonal_residual, ewma, cusum and so on.';
comment on column events.event_anomalies.detected_at is 'When it was found.';
comment on column events.event_anomalies.resolution is 'What became of it; null while nobody has said.';
comment on column events.event_anomalies.resolved_at is 'When somebody said so; null before.';
comment on column events.event_anomalies.resolved_by is 'Who said so; null for the system. Id of identity.users.';
comment on column events.event_anomalies.note is 'What else is to be said about it; Markdown.';
comment on column events.event_anomalies.updated_at is 'When it was last changed.';

select base.tenant_table('events.event_anomalies');
alter table events.event_anomalies add constraint event_anomalies_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);

-- migrate: rollback
drop table events.event_anomalies;
drop type events.anomaly_resolution;
