-- name: due_archives :many
-- scope: cross
-- column organization_id: not null
-- column source_id: not null
-- column source_name: not null
-- column event_type: not null
-- column received_from: not null
-- column received_until: not null
select d.organization_id, d.source_id, d.source_name, d.event_type, d.received_from, d.received_until from events.due_archives() d;

-- name: archive_page :many
-- column id: not null
-- column received_at: not null
-- column occurred_at: not null
-- column source_name: not null
-- column source_kind: not null
-- column event_type: not null
-- column delivery_key: not null
-- column payload: not null
-- A page of events of a type and source with all that was stored of them, the oldest first.
select e.id, e.received_at, e.occurred_at, s.name as source_name, s.kind::text as source_kind, e.event_type, e.delivery_key, e.actor, e.target, e.repository, e.thread, e.reference,
       e.payload::text as payload, e.raw_body
from (select o.event_id, o.received_at
      from events.events_by_type o
      where o.organization_id = :organization_id and o.source_id = :source_id and o.event_type = :event_type and o.event_id > :after_id
        and o.received_at >= :received_from and o.received_at < :received_until
      order by o.event_id
      limit :rows_max) l
join events.events e on e.organization_id = :organization_id and e.id = l.event_id and e.received_at = l.received_at
join events.event_sources s on s.organization_id = :organization_id and s.id = e.source_id
order by e.id;

-- name: delete_archived :one
-- column deleted: not null
select events.delete_archived(:source_id, :event_type, :event_ids, :received_from, :received_until) as deleted where :organization_id = base.require_organization_id();

-- name: retentions :many
-- column source_kind: not null
-- column name: not null
-- column is_own: not null
-- column is_archived: not null
-- column has_no_end: not null
-- How long types are kept, as the organization has it and else as it is for all.
select k.source_kind, k.name, r.name is not null as is_own, coalesce(r.is_archived, false) as is_archived,
       case when r.name is not null then r.retention_days is null else t.retention_days is null end as has_no_end,
       case when r.name is not null then r.retention_days else t.retention_days end as retention_days
from (select t.source_kind::text as source_kind, t.name from events.event_types t
      union
      select r.source_kind::text, r.name from events.event_type_retentions r where r.organization_id = :organization_id) k
left join events.event_types t on t.source_kind::text = k.source_kind and t.name = k.name
left join events.event_type_retentions r on r.organization_id = :organization_id and r.source_kind::text = k.source_kind and r.name = k.name
order by k.source_kind, k.name;

-- name: set_retention :exec
-- param retention_days: nullable
insert into events.event_type_retentions as r (organization_id, source_kind, name, retention_days, is_archived, updated_at)
values (:organization_id, :source_kind::text::events.source_kind, :name, :retention_days, :is_archived, now())
on conflict on constraint event_type_retentions_pkey do update
set retention_days = excluded.retention_days, is_archived = excluded.is_archived, updated_at = excluded.updated_at;

-- name: remove_retention :optional
delete from events.event_type_retentions r
where r.organization_id = :organization_id and r.source_kind::text = :source_kind and r.name = :name
returning r.name;
