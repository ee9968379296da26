-- How many events there were, by source and type, per minute, hour and day. Counted by process_pending_events.

create table events.event_aggregations (
    organization_id  uuid                   not null,
    source_id        uuid                   not null,
    period           interval               not null,
    period_start     timestamptz            not null,
    event_type       events.event_type_name not null,
    event_count      bigint                 not null,
    last_received_at timestamptz            not null,
    constraint event_aggregations_pkey primary key (organization_id, source_id, period, period_start, event_type),
    constraint period_is_a_minute_hour_or_day check (period in ('1 minute', '1 hour', '1 day')),
    constraint period_starts_on_time check (period_start = date_bin(period, period_start, '2001-01-01 00:00:00+00')),
    constraint counts_something check (event_count > 0)
) with (fillfactor = 80);

comment on table events.event_aggregations is 'Rollups: how many events of a type a source had in a period, by the time they occurred, so that a late one is counted where it belongs. Every event is counted once in each length of period. Nothing of the key can be null, so no two rows say the same.';
comment on column events.event_aggregations.organization_id is 'The organization of the source.';
comment on column events.event_aggregations.source_id is 'The source. Id of events.event_sources.';
comment on column events.event_aggregations.period is 'The length of the period: a minute, hour or day. An interval and no enum, because row-level security keeps an enum from being looked up in an index.';
comment on column events.event_aggregations.period_start is 'When the period begins; days begin in UTC.';
comment on column events.event_aggregations.event_type is 'The type of the events.';
comment on column events.event_aggregations.event_count is 'How many there were.';
comment on column events.event_aggregations.last_received_at is 'When the last of them was received.';

select base.tenant_table('events.event_aggregations', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_source_health, events.event_summary;
drop table events.event_aggregations;
