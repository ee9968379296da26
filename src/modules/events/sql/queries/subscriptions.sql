-- name: queue_deliveries :one
-- scope: cross
select events.queue_deliveries(:batch_size) as looked_at;

-- name: due_subscriptions :many
-- scope: cross
-- column organization_id: not null
-- column subscription_id: not null
-- column channel: not null
-- column attempts_max: not null
-- column timeout_ms: not null
-- column concurrent_max: not null
-- type credential_id: CredentialId
select organization_id, subscription_id, channel::text as channel, target, credential_id, attempts_max, timeout_ms, concurrent_max, attempts_left_in_minute
from events.due_subscriptions();

-- name: claim_deliveries :many
-- column event_id: not null
-- column event_received_at: not null
-- column attempts: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- column payload: not null
-- Takes deliveries that are due for a while: who dies with them leaves them to the next. An event that is deleted meanwhile is delivered no more.
with due as (
    select d.event_id, d.event_received_at
    from events.deliveries d
    where d.organization_id = :organization_id and d.subscription_id = :subscription_id and d.next_attempt_at <= now()
    order by d.next_attempt_at
    limit :rows_max
    for update skip locked
), taken as (
    update events.deliveries d
    set attempts = d.attempts + 1, next_attempt_at = now() + :taken_for::interval, updated_at = now()
    from due
    where d.organization_id = :organization_id and d.subscription_id = :subscription_id and d.event_id = due.event_id and d.event_received_at = due.event_received_at
    returning d.event_id, d.event_received_at, d.attempts
)
select t.event_id, t.event_received_at, t.attempts, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.actor, e.target, e.repository, e.thread, e.reference,
       e.payload::text as payload
from taken t
join events.events e on e.organization_id = :organization_id and e.id = t.event_id and e.received_at = t.event_received_at
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
order by t.event_id;

-- name: release_deliveries :exec
-- What was claimed and not tried.
update events.deliveries d
set attempts = d.attempts - 1, next_attempt_at = now(), updated_at = now()
from unnest(:event_ids::uuid[], :received_at::timestamptz[]) as r (event_id, received_at)
where d.organization_id = :organization_id and d.subscription_id = :subscription_id and d.event_id = r.event_id and d.event_received_at = r.received_at and d.status = 'pending';

-- name: finish_attempts :exec
-- Notes how attempts went, and what comes of their deliveries: another attempt after a pause, or none.
with ended as (
    select *
    from unnest(:event_ids::uuid[], :received_at::timestamptz[], :attempt_numbers::integer[], :started_at::timestamptz[], :outcomes::text[], :response_statuses::integer[],
                :durations_ms::integer[], :details::text[], :statuses::text[], :pauses::interval[])
        as e (event_id, received_at, attempt_number, started_at, outcome, response_status, duration_ms, detail, status, pause)
), noted as (
    insert into events.delivery_attempts (organization_id, subscription_id, event_id, attempt_number, started_at, outcome, response_status, duration_ms, detail)
    select :organization_id, :subscription_id, e.event_id, e.attempt_number, e.started_at, e.outcome::events.delivery_outcome, nullif(e.response_status, 0), e.duration_ms, e.detail
    from ended e
    on conflict do nothing
), marked as (
    update events.subscriptions s
    set failing_since = case when not exists (select from ended e where e.outcome = 'delivered') then coalesce(s.failing_since, (select min(e.started_at) from ended e)) end
    where s.organization_id = :organization_id and s.id = :subscription_id
      and ((s.failing_since is null) <> exists (select from ended e where e.outcome = 'delivered'))
)
update events.deliveries d
set status = e.status::events.delivery_status, next_attempt_at = case when e.status = 'pending' then now() + e.pause end,
    finished_at = case when e.status <> 'pending' then now() end, updated_at = now()
from ended e
where d.organization_id = :organization_id and d.subscription_id = :subscription_id and d.event_id = e.event_id and d.event_received_at = e.received_at and d.status = 'pending';

-- name: pause_dead_target :one
-- column paused: not null
-- Where the target has taken nothing since the delivery given up was first tried. Says whether that paused it.
with paused as (
    update events.subscriptions s
    set paused_at = now(), pause_cause = 'target_dead', updated_at = now()
    where s.organization_id = :organization_id and s.id = :subscription_id and s.paused_at is null
      and (:is_gone::boolean or s.failing_since <= (select min(a.started_at) from events.delivery_attempts a
                                                    where a.organization_id = :organization_id and a.subscription_id = :subscription_id and a.event_id = :event_id))
    returning s.id)
select exists (select from paused) as paused;

-- name: send_notification :exec
-- scope: local
select pg_notify(:channel, :message);

-- name: add_subscription :one
-- param source_name: nullable
-- param filter: nullable
-- param target: nullable
-- param credential_id: nullable
-- param deliveries_per_minute_max: nullable
-- type credential_id: CredentialId
insert into events.subscriptions (organization_id, id, name, source_id, event_types, filter, channel, target, credential_id, attempts_max, timeout_ms, deliveries_per_minute_max, concurrent_max)
values (:organization_id, :subscription_id, :name,
        (select s.id from events.event_sources s where s.organization_id = :organization_id and lower(s.name) = lower(:source_name) and s.deleted_at is null),
        :event_types, :filter, :channel::events.delivery_channel, :target, :credential_id, :attempts_max, :timeout_ms, :deliveries_per_minute_max, :concurrent_max)
returning created_at;

-- name: list_subscriptions :many
-- column subscription_id: not null
-- column name: not null
-- column event_types: not null
-- column channel: not null
-- column pending: not null
-- column delivered: not null
-- column failed: not null
-- type credential_id: CredentialId
-- By name; of all, or of one by name or id.
select s.id as subscription_id, s.name, o.name as source_name, s.event_types, s.filter, s.channel::text as channel, s.target, s.credential_id, s.attempts_max, s.timeout_ms,
       s.deliveries_per_minute_max, s.concurrent_max, s.paused_at, s.pause_cause::text as pause_cause, s.failing_since, s.created_at, p.pending, p.delivered, p.failed
from events.subscriptions s
join events.subscription_performance p on p.organization_id = s.organization_id and p.subscription_id = s.id
left join events.event_sources o on o.organization_id = s.organization_id and o.id = s.source_id
where s.organization_id = :organization_id and (:name::text = '' or lower(s.name) = lower(:name) or s.id::text = :name)
order by lower(s.name);

-- name: set_subscription_paused :exec
-- param paused_at: nullable
update events.subscriptions
set paused_at = :paused_at, pause_cause = case when :paused_at::timestamptz is not null then 'by_request'::events.pause_cause end, failing_since = null, updated_at = now()
where organization_id = :organization_id and id = :subscription_id;

-- name: remove_subscription :exec
delete from events.subscriptions where organization_id = :organization_id and id = :subscription_id;

-- name: list_deliveries :many
-- column event_id: not null
-- column event_type: not null
-- column status: not null
-- column attempts: not null
-- column created_at: not null
-- Those of a subscription, the newest first, each with its last attempt.
select d.event_id, e.event_type, d.status::text as status, d.attempts, d.next_attempt_at, d.finished_at, d.created_at, a.outcome::text as outcome, a.response_status, a.duration_ms, a.detail
from events.deliveries d
join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.event_received_at
left join lateral (select l.* from events.delivery_attempts l
                   where l.organization_id = d.organization_id and l.subscription_id = d.subscription_id and l.event_id = d.event_id
                   order by l.attempt_number desc, l.started_at desc limit 1) a on true
where d.organization_id = :organization_id and d.subscription_id = :subscription_id and (:status::text = '' or d.status::text = :status)
order by d.event_id desc
limit :rows_max;

-- name: list_attempts :many
-- column attempt_number: not null
-- column started_at: not null
-- column outcome: not null
-- column duration_ms: not null
-- column detail: not null
select a.attempt_number, a.started_at, a.outcome::text as outcome, a.response_status, a.duration_ms, a.detail
from events.delivery_attempts a
where a.organization_id = :organization_id and a.subscription_id = :subscription_id and a.event_id = :event_id
order by a.attempt_number, a.started_at;

-- name: deliver_again :exec
-- param event_id: nullable
-- One delivery, or all that failed, from the first attempt on.
update events.deliveries d
set status = 'pending', attempts = 0, next_attempt_at = now(), finished_at = null, updated_at = now()
where d.organization_id = :organization_id and d.subscription_id = :subscription_id
  and case when :event_id::uuid is null then d.status = 'failed' else d.event_id = :event_id end;
