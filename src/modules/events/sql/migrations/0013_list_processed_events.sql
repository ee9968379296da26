-- Events that were processed before there was a list of them by type. What an older program still processes until the new routines are here is
-- not listed.
lock table events.event_consumers in exclusive mode;
insert into events.events_by_type (organization_id, source_id, event_type, event_id, received_at)
select e.organization_id, e.source_id, e.event_type, e.id, e.received_at
from events.event_consumers c
join events.events e on (e.log_position, e.id, e.organization_id) <= (c.log_position, c.event_id, c.event_organization_id)
where c.name = 'processing'
on conflict on constraint events_by_type_pkey do nothing;
-- migrate: rollback
delete from events.events_by_type;
