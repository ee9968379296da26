-- name: add_pattern :exec
-- param source_name: nullable
-- param same: nullable
-- param events_min: nullable
insert into events.event_patterns (organization_id, id, name, description, kind, event_types, source_id, same, time_window, events_min)
values (:organization_id, :pattern_id, :name, :description, :kind::events.pattern_kind, :event_types,
        (select s.id from events.event_sources s where s.organization_id = :organization_id and lower(s.name) = lower(:source_name) and s.deleted_at is null),
        :same::text::events.event_dimension, :time_window, :events_min);

-- name: list_patterns :many
-- column pattern_id: not null
-- column name: not null
-- column kind: not null
-- column event_types: not null
-- column time_window: not null
-- column looked_until: not null
-- column occurrences: not null
select p.id as pattern_id, p.name, p.kind::text as kind, p.event_types, s.name as source_name, p.same::text as same, p.time_window, p.events_min, p.paused_at, p.looked_until,
       o.occurrences, o.last_found_at
from events.event_patterns p
left join events.event_sources s on s.organization_id = p.organization_id and s.id = p.source_id
left join lateral (select count(*) as occurrences, max(k.found_at) as last_found_at
                   from events.event_pattern_occurrences k where k.organization_id = p.organization_id and k.pattern_id = p.id) o on true
where p.organization_id = :organization_id
order by lower(p.name);

-- name: remove_pattern :exec
delete from events.event_patterns where organization_id = :organization_id and (lower(name) = lower(:name) or id::text = :name);

-- name: list_occurrences :many
-- column id: not null
-- column pattern_name: not null
-- column same_value: not null
-- column started_at: not null
-- column ended_at: not null
-- column found_at: not null
-- column event_ids: not null
select o.id, p.name as pattern_name, o.same_value, o.started_at, o.ended_at, o.found_at, o.event_ids
from events.event_pattern_occurrences o
join events.event_patterns p on p.organization_id = o.organization_id and p.id = o.pattern_id
where o.organization_id = :organization_id and (:pattern_name::text = '' or lower(p.name) = lower(:pattern_name))
order by o.id desc
limit :rows_max;

-- name: list_anomalies :many
-- column id: not null
-- column source_name: not null
-- column event_type: not null
-- column method: not null
-- column period_start: not null
-- column observed_count: not null
-- column expected_count: not null
-- column score: not null
-- column note: not null
select a.id, s.name as source_name, a.event_type, a.method, a.period_start, a.observed_count, a.expected_count::double precision as expected_count,
       a.score::double precision as score, a.resolution::text as resolution, a.note
from events.event_anomalies a
join events.event_sources s on s.organization_id = a.organization_id and s.id = a.source_id
where a.organization_id = :organization_id and (:with_resolved::boolean or a.resolved_at is null)
order by a.id desc
limit :rows_max;

-- name: resolve_anomaly :exec
select events.resolve_anomaly(:anomaly_id, :resolution::text::events.anomaly_resolution, :note) where :organization_id = base.require_organization_id();
