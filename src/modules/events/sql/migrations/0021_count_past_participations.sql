-- What was processed before anybody counted by actor and target. Whoever processes waits meanwhile, so that nothing is counted twice.

select from events.event_consumers where name = 'processing' for update;
insert into events.event_participations (organization_id, source_id, role, period, period_start, name, event_type, event_count, last_received_at)
select e.organization_id, e.source_id, r.role, r.period,
       date_bin(r.period, case when isfinite(e.occurred_at) then e.occurred_at else e.received_at end, '2001-01-01 00:00:00+00'),
       left(r.name, 500), e.event_type, count(*), max(e.received_at)
from events.events e
join events.event_consumers c on c.name = 'processing' and (e.log_position, e.id, e.organization_id) <= (c.log_position, c.event_id, c.event_organization_id)
cross join lateral (values ('actor', interval '1 hour', e.actor), ('actor', interval '1 day', e.actor), ('target', interval '1 day', e.target)) as r (role, period, name)
where r.name <> ''
group by 1, 2, 3, 4, 5, 6, 7;

-- migrate: rollback
truncate events.event_participations;
