-- How many events there were of whom per hour and day, and about what per day. Counted by process_pending_events. In shorter periods there would be a
-- row for nearly every event.

create table events.event_participations (
    organization_id  uuid                   not null,
    source_id        uuid                   not null,
    role             text                   not null collate "C",
    period           interval               not null,
    period_start     timestamptz            not null,
    name             text                   not null collate "C",
    event_type       events.event_type_name not null,
    event_count      bigint                 not null,
    last_received_at timestamptz            not null,
    constraint event_participations_pkey primary key (organization_id, source_id, role, period, period_start, name, event_type),
    constraint role_is_actor_or_target check (role in ('actor', 'target')),
    constraint period_is_a_day_or_an_actors_hour check (period = '1 day' or (period = '1 hour' and role = 'actor')),
    constraint period_starts_on_time check (period_start = date_bin(period, period_start, '2001-01-01 00:00:00+00')),
    constraint counts_something check (event_count > 0)
) with (fillfactor = 80);

comment on table events.event_participations is 'Rollups: how many events of a type from a source were of an actor, or about a target, in a period, by the time they occurred. Every event that names one is counted once in each role and length of period.';
comment on column events.event_participations.organization_id is 'The organization of the source.';
comment on column events.event_participations.source_id is 'The source. Id of events.event_sources.';
comment on column events.event_participations.role is 'actor or target. A text and no enum, because row-level security keeps an enum from being looked up in an index.';
comment on column events.event_participations.period is 'The length of the period: a day, or an hour of an actor.';
comment on column events.event_participations.period_start is 'When the period begins; days begin in UTC.';
comment on column events.event_participations.name is 'The actor or target as the events have it, its first 500 characters.';
comment on column events.event_participations.event_type is 'The type of the events.';
comment on column events.event_participations.event_count is 'How many there were.';
comment on column events.event_participations.last_received_at is 'When the last of them was received.';

select base.tenant_table('events.event_participations', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_counts_by_actor, events.event_counts_by_target;
drop table events.event_participations;
