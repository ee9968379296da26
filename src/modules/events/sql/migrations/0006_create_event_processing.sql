-- Who reads the log, how far they have come, what they did, and what they could not do.

create table events.event_consumers (
    name                  text        not null,
    description           text        not null,
    log_position          bigint      not null default 0,
    event_id              uuid        not null default '00000000-0000-0000-0000-000000000000',
    event_organization_id uuid        not null default '00000000-0000-0000-0000-000000000000',
    paused_at             timestamptz,
    moved_at              timestamptz not null default now(),
    constraint event_consumers_pkey primary key (name),
    constraint name_is_a_word check (name ~ '^[a-z][a-z_]{0,62}$')
);

comment on table events.event_consumers is 'What reads the log of all organizations, each in its own time. Whoever has a row locked works for that consumer.';
comment on column events.event_consumers.name is 'What it is called.';
comment on column events.event_consumers.description is 'What it does.';
comment on column events.event_consumers.log_position is 'The log position of the last event it has read.';
comment on column events.event_consumers.event_id is 'The last event it has read, among those of that position.';
comment on column events.event_consumers.event_organization_id is 'The organization of that event; two organizations may use one id.';
comment on column events.event_consumers.paused_at is 'Since when it stands still on request; null while it does not.';
comment on column events.event_consumers.moved_at is 'When it last read something.';

insert into events.event_consumers (name, description)
values ('processing', 'Classifies events, projects them and counts them in rollups: process_pending_events.');

create table events.event_processing_log (
    organization_id     uuid        not null,
    source_id           uuid        not null,
    processed_at        timestamptz not null default now(),
    id                  uuid        not null default base.uuid_v7(),
    consumer_name       text        not null,
    events_processed    integer     not null,
    events_failed       integer     not null,
    events_unclassified integer     not null,
    lag_ms_max          bigint      not null,
    batch_duration_ms   bigint      not null,
    constraint event_processing_log_pkey primary key (organization_id, source_id, processed_at, id),
    constraint no_more_than_processed check (events_processed > 0 and events_failed between 0 and events_processed and events_unclassified between 0 and events_processed)
);

comment on table events.event_processing_log is 'What processing did: one row for each source in each batch, as a row for each event would cost as much as the event. Whether an event was processed follows from the cursor, what failed is in dead_letters.';
comment on column events.event_processing_log.organization_id is 'The organization of the source.';
comment on column events.event_processing_log.source_id is 'The source of the events. Id of events.event_sources.';
comment on column events.event_processing_log.processed_at is 'When the batch began.';
comment on column events.event_processing_log.id is 'Its id.';
comment on column events.event_processing_log.consumer_name is 'The consumer that read them; a name in event_consumers, to which no foreign key may lead.';
comment on column events.event_processing_log.events_processed is 'How many events of the source were in the batch.';
comment on column events.event_processing_log.events_failed is 'How many of them became dead letters.';
comment on column events.event_processing_log.events_unclassified is 'How many of them had a type that event_types does not know.';
comment on column events.event_processing_log.lag_ms_max is 'How long the one that waited longest had waited, in milliseconds.';
comment on column events.event_processing_log.batch_duration_ms is 'How long the whole batch took, all sources together, in milliseconds.';

create type events.dead_letter_status as enum ('waiting', 'dead', 'resolved', 'discarded');
comment on type events.dead_letter_status is 'Whether a failed event is to be tried again, was tried often enough, was processed after all, or was given up by somebody.';

create table events.dead_letters (
    organization_id   uuid                      not null,
    id                uuid                      not null default base.uuid_v7(),
    event_id          uuid                      not null,
    event_received_at timestamptz               not null,
    consumer_name     text                      not null,
    status            events.dead_letter_status not null,
    attempts          integer                   not null default 1,
    error_sqlstate    text                      not null,
    error_message     text                      not null,
    next_attempt_at   timestamptz,
    settled_at        timestamptz,
    failed_at         timestamptz               not null default now(),
    created_at        timestamptz               not null default now(),
    updated_at        timestamptz               not null default now(),
    constraint dead_letters_pkey primary key (organization_id, id),
    constraint an_event_is_one_dead_letter unique (organization_id, event_id, consumer_name),
    constraint attempts_count_from_one check (attempts >= 1),
    constraint error_has_a_sqlstate check (error_sqlstate ~ '^[0-9A-Z]{5}$'),
    constraint waiting_has_a_next_attempt check ((status = 'waiting') = (next_attempt_at is not null)),
    constraint settled_has_a_time check ((status in ('resolved', 'discarded')) = (settled_at is not null))
);
create index dead_letters_open_idx on events.dead_letters (organization_id, id) where settled_at is null;
-- Asked across organizations by process_pending_events.
create index dead_letters_due_idx on events.dead_letters (next_attempt_at) where next_attempt_at is not null;

comment on table events.dead_letters is 'Events that a consumer could not process, with the reason. The others went on.';
comment on column events.dead_letters.organization_id is 'The organization of the event.';
comment on column events.dead_letters.id is 'Its id.';
comment on column events.dead_letters.event_id is 'The event. Id of events.events.';
comment on column events.dead_letters.event_received_at is 'When the event was received.';
comment on column events.dead_letters.consumer_name is 'The consumer that failed; a name in event_consumers, to which no foreign key may lead.';
comment on column events.dead_letters.status is 'What is to come of it.';
comment on column events.dead_letters.attempts is 'How often it was tried.';
comment on column events.dead_letters.error_sqlstate is 'The SQLSTATE of the last failure.';
comment on column events.dead_letters.error_message is 'What the last failure said.';
comment on column events.dead_letters.next_attempt_at is 'When it is tried again; null when it is not.';
comment on column events.dead_letters.settled_at is 'When it was resolved or discarded; null before.';
comment on column events.dead_letters.failed_at is 'When it last failed.';
comment on column events.dead_letters.created_at is 'When it first failed.';
comment on column events.dead_letters.updated_at is 'When the row was last changed.';

select base.local_table('events.event_consumers', 'A cursor over the log of all organizations.');
select base.make_time_partitioned('events.event_processing_log', 'processed_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.event_processing_log', privileges => 'select');
-- Changed by process_pending_events, retry_dead_letter and discard_dead_letter.
select base.tenant_table('events.dead_letters', privileges => 'select');

-- migrate: rollback
drop view if exists events.event_source_health, events.recent_events;
drop table events.dead_letters, events.event_processing_log, events.event_consumers;
drop type events.dead_letter_status;
