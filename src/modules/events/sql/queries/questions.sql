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
