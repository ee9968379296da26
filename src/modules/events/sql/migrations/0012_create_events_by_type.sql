-- Lists by source and type, and retention by type, look here. An index of events itself did that, and was the dearest of its three: seventy bytes
-- beside the id, half of what all indexes cost whoever sends and waits. Processing fills this table, for which nobody waits.
create table events.events_by_type (
    organization_id uuid        not null,
    source_id       uuid        not null,
    event_type      text        not null collate "C",
    event_id        uuid        not null,
    received_at     timestamptz not null,
    constraint events_by_type_pkey primary key (organization_id, source_id, event_type, event_id, received_at)
);
create index events_by_type_source_idx on events.events_by_type (organization_id, source_id, event_id);

comment on table events.events_by_type is 'The events of each type from each source, as far as they are processed.';
comment on column events.events_by_type.organization_id is 'The organization of the event.';
comment on column events.events_by_type.source_id is 'Where it came from. Id of events.event_sources.';
comment on column events.events_by_type.event_type is 'What happened, in the words of its source.';
comment on column events.events_by_type.event_id is 'The event. Id of events.events.';
comment on column events.events_by_type.received_at is 'When the event was received.';

select base.make_time_partitioned('events.events_by_type', 'received_at', interval '1 month', retention => interval '800 days');
-- Written by process_pending_events alone, so that a row says what its event says.
select base.tenant_table('events.events_by_type', privileges => 'select');

-- As 0011 says of events: without it the planner would sort all events of a type.
create statistics events.types_of_a_source (dependencies, mcv) on organization_id, source_id, event_type from events.events_by_type;
select base.copy_statistics('events.events_by_type', p.partition) from base.time_partitions_of('events.events_by_type') as p;

-- migrate: rollback
drop table events.events_by_type;
