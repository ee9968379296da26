-- name: list_events :many
-- column id: not null
-- column received_at: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- param before_id: nullable
-- The newest first. Empty texts leave nothing out; a type may end with % for all that begin so.
select e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.actor, e.target, e.repository, e.thread, e.reference
from events.events e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
where e.organization_id = :organization_id and (:source_name::text = '' or lower(s.name) = lower(:source_name))
  and (:event_type::text = '' or e.event_type like :event_type) and (:before_id::uuid is null or e.id < :before_id)
order by e.id desc
limit :rows_max;

-- name: find_event :optional
-- column id: not null
-- column received_at: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- column delivery_key: not null
-- column payload: not null
select e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.delivery_key, e.actor, e.target, e.repository, e.thread, e.reference,
       e.payload::text as payload, d.status::text as dead_letter_status, d.error_message
from events.events e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
left join events.dead_letters d on d.organization_id = e.organization_id and d.event_id = e.id and d.consumer_name = 'processing'
where e.organization_id = :organization_id and e.id = :id;

-- name: log_end :one
-- scope: local
-- column position: not null
select events.log_horizon() as position;

-- name: place_of_event :optional
select e.log_position from events.events e where e.organization_id = :organization_id and e.id = :id;

-- name: events_behind :many
-- column id: not null
-- column log_position: not null
-- column received_at: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- What the log has behind a place in it, in its order, as far as it is complete.
select e.id, e.log_position, e.received_at, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.actor, e.target, e.repository, e.thread, e.reference
from events.events e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
where e.organization_id = :organization_id and (e.log_position, e.id) > (:log_position, :id) and e.log_position < events.log_horizon()
order by e.log_position, e.id
limit :rows_max;

-- name: event_statistics :many
-- column source_name: not null
-- column event_type: not null
-- column events_24_hours: not null
-- column events_30_days: not null
-- column events: not null
select v.source_name, v.event_type, v.category::text as category, v.events_24_hours, v.events_30_days, v.events, v.last_received_at
from events.event_summary v
where v.organization_id = :organization_id and (:source_name::text = '' or lower(v.source_name) = lower(:source_name))
order by v.events desc, v.source_name, v.event_type
limit :rows_max;

-- name: export_events :many
-- column id: not null
-- column received_at: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- column delivery_key: not null
-- column payload: not null
-- column is_wanted: not null
-- param received_from: nullable
-- param received_until: nullable
-- A page of events with all that was stored of them, the oldest first. Those that are not wanted are there, too, without what is in them: taken out
-- before the limit, a filter that few events pass would have each page sort all that follow.
select e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.delivery_key, e.actor, e.target, e.repository, e.thread, e.reference,
       w.is_wanted, case when w.is_wanted then e.payload::text else '' end as payload, case when w.is_wanted then e.raw_body end as raw_body
from (select o.*
      from events.events o
      where o.organization_id = :organization_id and o.id > :after_id
      order by o.id
      limit :rows_max) e
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
cross join lateral (select (:source_name::text = '' or lower(s.name) = lower(:source_name)) and (:event_type::text = '' or e.event_type like :event_type)
                       and (:received_from::timestamptz is null or e.received_at >= :received_from)
                       and (:received_until::timestamptz is null or e.received_at < :received_until) as is_wanted) w
order by e.id;

-- name: import_sources :many
-- column source_id: not null
-- column name: not null
-- column kind: not null
-- column scope_id: not null
-- The sources that events may be imported for.
select s.id as source_id, s.name, s.kind::text as kind, coalesce(s.deduplicates_with, s.id) as scope_id, s.delivery_header, s.event_type_header
from events.event_sources s
where s.organization_id = :organization_id and s.deleted_at is null;

-- name: replay_events :one
-- column replayed: not null
-- One batch; the place behind which the next begins, or nulls at the end.
select r.replayed, r.log_position, r.event_id, r.event_organization_id
from events.replay_events(:received_from, :received_until, :after_position, :after_id, :after_organization, :events_max) as r
where :organization_id = base.require_organization_id();

-- name: list_dead_letters :many
-- column id: not null
-- column event_id: not null
-- column status: not null
-- column attempts: not null
-- column error_sqlstate: not null
-- column error_message: not null
-- column failed_at: not null
-- column source_name: not null
-- column event_type: not null
-- Those that are open, or all; the newest first.
select d.id, d.event_id, d.status::text as status, d.attempts, d.error_sqlstate, d.error_message, d.failed_at, d.next_attempt_at, s.name as source_name, e.event_type
from events.dead_letters d
join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.event_received_at
join events.event_sources s on s.organization_id = e.organization_id and s.id = e.source_id
where d.organization_id = :organization_id and (:with_settled::boolean or d.settled_at is null)
order by d.id desc
limit :rows_max;

-- name: retry_dead_letter :exec
select events.retry_dead_letter(:dead_letter_id) where :organization_id = base.require_organization_id();

-- name: discard_dead_letter :exec
select events.discard_dead_letter(:dead_letter_id) where :organization_id = base.require_organization_id();

-- name: busiest_names :many
-- column source_name: not null
-- column name: not null
-- column event_count: not null
-- column last_received_at: not null
-- The actors or targets with the most events that occurred from a moment on, in days.
select s.name as source_name, p.name, sum(p.event_count)::bigint as event_count, max(p.last_received_at) as last_received_at
from events.event_participations p
join events.event_sources s on s.organization_id = p.organization_id and s.id = p.source_id
where p.organization_id = :organization_id and p.role = :role and p.period = interval '1 day' and p.period_start >= :occurred_from
  and (:source_name::text = '' or lower(s.name) = lower(:source_name))
group by s.name, p.name
order by 3 desc, 1, 2
limit :rows_max;
