-- Who wants to hear of which events, what is to be delivered to them, and how that went.

create type events.delivery_channel as enum ('webhook', 'slack', 'notify', 'stream');
comment on type events.delivery_channel is 'How events reach a subscriber: signed HTTP requests, messages in Slack, NOTIFY, or a stream that the subscriber keeps open.';
create type events.pause_cause as enum ('by_request', 'target_dead');
comment on type events.pause_cause is 'Why a subscription stands still: somebody wanted it, or its target did not answer for too long.';
create type events.delivery_status as enum ('pending', 'delivered', 'failed', 'cancelled');
comment on type events.delivery_status is 'What became of a delivery; failed when it was tried often enough.';
create type events.delivery_outcome as enum ('delivered', 'refused', 'timed_out', 'unreachable', 'forbidden');
comment on type events.delivery_outcome is 'How an attempt ended: taken, answered otherwise, not answered in time, no connection, or an address that we may not call.';

create table events.subscriptions (
    organization_id           uuid                    not null,
    id                        uuid                    not null default base.uuid_v7(),
    name                      text                    not null,
    source_id                 uuid,
    event_types               text[]                  not null default '{*}',
    filter                    text,
    channel                   events.delivery_channel not null,
    target                    text,
    credential_id             uuid,
    attempts_max              integer                 not null default 8,
    timeout_ms                integer                 not null default 30000,
    deliveries_per_minute_max integer,
    concurrent_max            integer                 not null default 4,
    paused_at                 timestamptz,
    pause_cause               events.pause_cause,
    created_at                timestamptz             not null default now(),
    updated_at                timestamptz             not null default now(),
    constraint subscriptions_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 100),
    constraint event_types_are_given check (cardinality(event_types) > 0 and array_position(event_types, null) is null and not '' = any (event_types)),
    constraint filter_is_a_json_path check (filter::jsonpath is not null or filter is null),
    constraint target_fits_channel check (case channel
        when 'webhook' then target is not null and target ~ '^https?://[^@/]+(/|$)'
        when 'slack' then target is not null and target ~ '^[A-Z0-9]{1,40}$'
        when 'notify' then target is not null and target ~ '^[a-z][a-z0-9_]{0,62}$'
        else target is null end),
    constraint webhooks_are_signed check (channel <> 'webhook' or credential_id is not null),
    constraint limits_are_positive check (attempts_max between 1 and 100 and timeout_ms between 100 and 300000 and concurrent_max between 1 and 1000
                                          and coalesce(deliveries_per_minute_max, 1) > 0),
    constraint pause_has_a_cause check ((paused_at is null) = (pause_cause is null))
);
create unique index subscriptions_name_key on events.subscriptions (organization_id, lower(name));
create index subscriptions_source_idx on events.subscriptions (organization_id, source_id) where source_id is not null;

comment on table events.subscriptions is 'Who wants to hear of which events.';
comment on column events.subscriptions.organization_id is 'The organization it belongs to.';
comment on column events.subscriptions.id is 'Its id.';
comment on column events.subscriptions.name is 'What people call it; unique, whatever the case.';
comment on column events.subscriptions.source_id is 'The source whose events are wanted; null for every source.';
comment on column events.subscriptions.event_types is 'The types that are wanted: whole ones, families as pull_request.*, or * for all.';
comment on column events.subscriptions.filter is 'A JSON path that is true of the event, as an object of its columns: $.repository == "octo/hello" && $.payload.pull_request.draft == false; null for none. Text, because jsonpath cannot be compared.';
comment on column events.subscriptions.channel is 'How they are delivered.';
comment on column events.subscriptions.target is 'Where to: the URL, the id of the Slack channel, or the channel of NOTIFY; null for a stream.';
comment on column events.subscriptions.credential_id is 'The secret that webhooks are signed with, or the token for Slack; null where none is needed. Id of identity.credentials.';
comment on column events.subscriptions.attempts_max is 'How often a delivery is tried.';
comment on column events.subscriptions.timeout_ms is 'How long an attempt may take, in milliseconds.';
comment on column events.subscriptions.deliveries_per_minute_max is 'How many attempts are made in a minute at most; null for no limit.';
comment on column events.subscriptions.concurrent_max is 'How many attempts are made at once at most.';
comment on column events.subscriptions.paused_at is 'Since when nothing is delivered; null while it is.';
comment on column events.subscriptions.pause_cause is 'Why nothing is delivered; null while it is.';
comment on column events.subscriptions.created_at is 'When it was created.';
comment on column events.subscriptions.updated_at is 'When it was last changed.';

create table events.deliveries (
    organization_id   uuid                   not null,
    subscription_id   uuid                   not null,
    event_id          uuid                   not null,
    event_received_at timestamptz            not null,
    status            events.delivery_status not null default 'pending',
    next_attempt_at   timestamptz            default now(),
    finished_at       timestamptz,
    created_at        timestamptz            not null default now(),
    updated_at        timestamptz            not null default now(),
    constraint deliveries_pkey primary key (organization_id, subscription_id, event_id, event_received_at),
    constraint pending_has_a_next_attempt check ((status = 'pending') = (next_attempt_at is not null)),
    constraint finished_has_an_end check ((status <> 'pending') = (finished_at is not null))
);
create index deliveries_due_idx on events.deliveries (organization_id, next_attempt_at) where next_attempt_at is not null;

comment on table events.deliveries is 'Events that are to be delivered to subscribers: an event to a subscription once.';
comment on column events.deliveries.organization_id is 'The organization of the subscription and the event.';
comment on column events.deliveries.subscription_id is 'The subscription.';
comment on column events.deliveries.event_id is 'The event; also the id of the message that the subscriber gets. Id of events.events.';
comment on column events.deliveries.event_received_at is 'When the event was received; decides the partition.';
comment on column events.deliveries.status is 'What became of it.';
comment on column events.deliveries.next_attempt_at is 'When it may be tried; who takes it to deliver moves this ahead, so that another takes over when that one dies. Null when it is finished.';
comment on column events.deliveries.finished_at is 'When it was delivered, failed or cancelled; null before.';
comment on column events.deliveries.created_at is 'When the event was found to be wanted.';
comment on column events.deliveries.updated_at is 'When it was last changed.';

create table events.delivery_attempts (
    organization_id uuid                    not null,
    subscription_id uuid                    not null,
    event_id        uuid                    not null,
    attempt_number  integer                 not null,
    started_at      timestamptz             not null default now(),
    outcome         events.delivery_outcome not null,
    response_status integer,
    duration_ms     integer                 not null,
    detail          text                    not null default '',
    constraint delivery_attempts_pkey primary key (organization_id, subscription_id, event_id, attempt_number, started_at),
    constraint attempts_count_from_one check (attempt_number >= 1),
    constraint response_status_is_http check (response_status between 100 and 599),
    constraint silence_has_no_response check (outcome in ('delivered', 'refused') or response_status is null),
    constraint duration_is_not_negative check (duration_ms >= 0),
    constraint detail_is_an_excerpt check (length(detail) <= 2000)
);

comment on table events.delivery_attempts is 'How each attempt to deliver went.';
comment on column events.delivery_attempts.organization_id is 'The organization of the subscription.';
comment on column events.delivery_attempts.subscription_id is 'The subscription.';
comment on column events.delivery_attempts.event_id is 'The event. Id of events.events.';
comment on column events.delivery_attempts.attempt_number is 'Which attempt of the delivery it was, from 1.';
comment on column events.delivery_attempts.started_at is 'When it began.';
comment on column events.delivery_attempts.outcome is 'How it ended.';
comment on column events.delivery_attempts.response_status is 'The HTTP status of the answer; null when there was none, and for other channels.';
comment on column events.delivery_attempts.duration_ms is 'How long it took, in milliseconds.';
comment on column events.delivery_attempts.detail is 'The error, or the beginning of what was answered.';

select base.tenant_table('events.subscriptions');
select base.make_time_partitioned('events.deliveries', 'event_received_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.deliveries', privileges => 'select, insert, update');
select base.make_time_partitioned('events.delivery_attempts', 'started_at', interval '1 month', retention => interval '90 days');
select base.tenant_table('events.delivery_attempts', privileges => 'select, insert');
alter table events.subscriptions add constraint subscriptions_source_fkey
    foreign key (organization_id, source_id) references events.event_sources (organization_id, id);
alter table events.deliveries add constraint deliveries_subscription_fkey
    foreign key (organization_id, subscription_id) references events.subscriptions (organization_id, id) on delete cascade;
alter table events.delivery_attempts add constraint delivery_attempts_subscription_fkey
    foreign key (organization_id, subscription_id) references events.subscriptions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists events.subscription_performance;
drop table events.delivery_attempts, events.deliveries, events.subscriptions;
drop type events.delivery_channel, events.pause_cause, events.delivery_status, events.delivery_outcome;
