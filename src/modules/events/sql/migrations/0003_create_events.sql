-- The log of everything that happened outside, and the table that tells a redelivery from something new.
--
-- Whoever sends waits for these inserts, so the tables hold what the work needs and nothing else:
-- * Two indexes besides the key: one for consumers in the order of the log, one for lists by source and type and for retention. Reading
--   one source, or one type over all sources, joins the few types or sources to it. Lookups by repository, issue, thread and so on are
--   indexed where they are projected to, which nobody waits for.
-- * No GIN index on the payload: it takes a third to a half of the rows per second, and row-level security keeps the login role from using it,
--   because the operators of jsonb, LIKE and enums are not leakproof. For the same reason no lookup in a large table of this module relies on an enum in an index.
-- * No foreign key to event_sources: each row would look the source up and lock it against change, and writers at once would queue to note
--   their locks in that one row. Sources are never deleted from their table; record_event and the receiver look them up before.
-- * No check constraints: each is parsed anew for every statement, 2 to 8 microseconds beside 25 for the row. The type is a domain, the delivery key is
--   checked where it is unique; the other columns may hold whatever senders say, and processing makes a dead letter of what it cannot read.
-- * Text in an index is in the order of its bytes. No two entries of the two indexes are equal, so none looks for such before it splits a page.
-- * Processing changes no row here. How far a consumer has come is one row of event_consumers, what failed is a dead letter.

create table events.event_keys (
    organization_id uuid        not null,
    source_id       uuid        not null,
    delivery_key    text        not null collate "C",
    event_id        uuid        not null,
    received_at     timestamptz not null default now(),
    constraint event_keys_pkey primary key (organization_id, source_id, delivery_key),
    constraint delivery_key_is_given check (delivery_key <> '' and length(delivery_key) <= 200)
);
-- Old keys are looked for in the order in which they were written, so a few pages of index are enough.
create index event_keys_received_idx on events.event_keys using brin (received_at) with (pages_per_range = 32);

comment on table events.event_keys is 'Which deliveries have been taken, for longer than any provider repeats one: a delivery makes one event, in whatever month it is repeated.';
comment on column events.event_keys.organization_id is 'The organization of the source.';
comment on column events.event_keys.source_id is 'The source among whose deliveries the key is unique: the one that received it, or the one with which that one deduplicates. Id of events.event_sources.';
comment on column events.event_keys.delivery_key is 'The provider''s id of the delivery, or a fingerprint of it.';
comment on column events.event_keys.event_id is 'The event that it became, or the reject.';
comment on column events.event_keys.received_at is 'When it was first received.';

create table events.events (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    source_id       uuid                   not null,
    received_at     timestamptz            not null default now(),
    occurred_at     timestamptz            not null default now(),
    log_position    bigint                 not null default pg_current_xact_id()::text::bigint,
    event_type      events.event_type_name not null collate "C",
    delivery_key    text                   not null,
    actor           text,
    target          text,
    repository      text,
    thread          text,
    reference       text,
    payload         jsonb                  not null default '{}',
    raw_body        bytea,
    constraint events_pkey primary key (organization_id, id, received_at)
);
create index events_log_idx on events.events (log_position, id) with (deduplicate_items = off);
create index events_source_type_idx on events.events (organization_id, source_id, event_type, id) with (deduplicate_items = off);

comment on table events.events is 'What happened, as its source told it. Added to, read in the order of the log, and deleted when its time is over; never changed.';
comment on column events.events.organization_id is 'The organization of the source.';
comment on column events.events.id is 'Its id; ids sort as the events were received, to the millisecond.';
comment on column events.events.source_id is 'Where it came from. Id of events.event_sources.';
comment on column events.events.received_at is 'When we received it, by our own clock; decides the partition.';
comment on column events.events.occurred_at is 'When it happened, by the clock of its source; the time of receipt when the source does not say.';
comment on column events.events.log_position is 'The transaction that stored it. Consumers read in this order and stop before the oldest transaction still running, so that no event is ever added behind them. A bigint, because positions must be shifted after a restore and xid8 has no arithmetic.';
comment on column events.events.event_type is 'What happened, in the words of its source.';
comment on column events.events.delivery_key is 'The provider''s id of the delivery, or a fingerprint of it.';
comment on column events.events.actor is 'Who did it, as the source knows them: the login at GitHub, the id at Slack; null for nobody known.';
comment on column events.events.target is 'What it was done to: its kind, a colon and what the source calls it, as in pull_request:42; null for nothing known.';
comment on column events.events.repository is 'The repository as owner/name; null for none.';
comment on column events.events.thread is 'The conversation it belongs to, as the source knows it: octo/hello#42, ENG-123, C01/1700000000.000100; null for none.';
comment on column events.events.reference is 'The thing of another source that it names, as a commit, an issue or a URL; null for none.';
comment on column events.events.payload is 'What was sent, as JSON.';
comment on column events.events.raw_body is 'The very bytes that were sent where the payload cannot say them: a form, or JSON that jsonb does not hold. Null when payload says it all.';

-- lz4 stores real payloads 1.7 times faster than the default; some servers are built without it.
do $do$
begin
    alter table events.events alter column payload set compression lz4, alter column raw_body set compression lz4;
exception when feature_not_supported then
    raise notice 'this server has no lz4: payloads are compressed with pglz';
end
$do$;

select base.tenant_table('events.event_keys', privileges => 'select, insert');
-- As long as the longest kept of the types; events.maintain_partitions() keeps it so.
select base.make_time_partitioned('events.events', 'received_at', interval '1 month', retention => interval '800 days');
select base.tenant_table('events.events', privileges => 'select, insert');

-- migrate: rollback
drop view if exists events.event_source_health, events.recent_events, events.github_activity, events.linear_activity,
    events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.events, events.event_keys;
