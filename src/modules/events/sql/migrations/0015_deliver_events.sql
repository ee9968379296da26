-- What delivering needs to know: who reads the log for it, how often a delivery was tried, and since when a target fails.

alter table events.deliveries add column attempts integer not null default 0,
    add constraint attempts_are_not_negative check (attempts >= 0);
comment on column events.deliveries.attempts is 'How often it was begun to be tried; counted before, so that an attempt that killed its process counts.';
create index deliveries_due_of_subscription_idx on events.deliveries (organization_id, subscription_id, next_attempt_at) where next_attempt_at is not null;
drop index events.deliveries_due_idx;

-- For the limit of attempts in a minute.
create index delivery_attempts_started_idx on events.delivery_attempts (organization_id, subscription_id, started_at);

alter table events.subscriptions add column failing_since timestamptz;
comment on column events.subscriptions.failing_since is 'When its target failed first after it last took a delivery; null when it took the last one.';

insert into events.event_consumers (name, description)
values ('subscriptions', 'Finds the subscriptions that want an event and notes what is to be delivered to them: queue_deliveries.');
-- migrate: rollback
delete from events.event_consumers where name = 'subscriptions';
alter table events.subscriptions drop column failing_since;
drop index events.delivery_attempts_started_idx;
create index deliveries_due_idx on events.deliveries (organization_id, next_attempt_at) where next_attempt_at is not null;
drop index events.deliveries_due_of_subscription_idx;
alter table events.deliveries drop constraint attempts_are_not_negative, drop column attempts;
