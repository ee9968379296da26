-- name: due_schedules :many
-- scope: cross
-- column organization_id: not null
-- column schedule_id: not null
select d.organization_id, d.schedule_id from tasks.due_schedules(:page) d;

-- name: lock_due_schedule :optional
-- column next_run_at: not null
-- column moment: not null
-- column is_under_way: not null
-- What another server has in hand is left to it.
select s.name, s.cron, s.time_zone, s.jitter_seconds, s.missed_runs_max, s.may_overlap, s.next_run_at, now() as moment,
       exists (select from tasks.tasks t where t.organization_id = s.organization_id and t.schedule_id = s.id and t.finished_at is null) as is_under_way
from tasks.schedules s
where s.organization_id = :organization_id and s.id = :id and s.paused_at is null and s.next_run_at <= now()
for update of s skip locked;

-- name: zone_offsets :many
-- scope: local
-- column since: not null
-- column offset_seconds: not null
-- How far the clocks of a zone are ahead of UTC for a little more than eight years: at the beginning, and from each change on. A day is looked at
-- by its end first, then by its minutes.
with day as materialized (
    select d.at, extract(epoch from (d.at at time zone z.name) - (d.at at time zone 'UTC'))::integer as offset_seconds, z.name
    from (select :zone::text as name, date_trunc('day', :since::timestamptz, 'UTC') as since) z
    cross join generate_series(z.since, z.since + interval '70200 hours', interval '24 hours') as d (at)
), change as materialized (
    select d.at, d.offset_seconds, d.name, lag(d.offset_seconds) over (order by d.at) as former_seconds from day d
)
select case when c.former_seconds is null then c.at
            else (select min(m.at) from generate_series(c.at - interval '24 hours', c.at, interval '1 minute') as m (at)
                  where extract(epoch from (m.at at time zone c.name) - (m.at at time zone 'UTC'))::integer = c.offset_seconds) end as since,
       c.offset_seconds
from change c
where c.former_seconds is distinct from c.offset_seconds
order by since;

-- name: start_scheduled :many
-- column id: not null
-- A time that was used already makes no other task.
insert into tasks.tasks (organization_id, title, task_type, status, executor, priority, definition_id, project_id, input, schedule_id, scheduled_for, run_at, timeout_seconds,
                         attempts_max)
select s.organization_id, s.name, d.task_type, case when r.run_at > now() then 'scheduled' else 'queued' end::tasks.task_status, d.executor, s.priority, d.id, s.project_id, s.input, s.id,
       r.scheduled_for, r.run_at, d.timeout_seconds, d.attempts_max
from unnest(:scheduled_for::timestamptz[], :run_at::timestamptz[]) as r (scheduled_for, run_at)
join tasks.schedules s on s.organization_id = :organization_id and s.id = :id
join tasks.task_definitions d on d.organization_id = s.organization_id and d.id = s.definition_id
on conflict (organization_id, schedule_id, scheduled_for) where schedule_id is not null do nothing
returning id;

-- name: move_schedule :exec
-- param next_run_at: nullable
-- To its next time; one that has none is paused.
update tasks.schedules
set next_run_at = :next_run_at, paused_at = case when :next_run_at::timestamptz is null then now() end, updated_at = now()
where organization_id = :organization_id and id = :id;

-- name: add_definition :one
-- param created_by: nullable
-- The next version under a name.
insert into tasks.task_definitions (organization_id, name, version, executor, configuration, timeout_seconds, attempts_max, created_by)
select :organization_id, :name, coalesce(max(d.version), 0) + 1, :executor::text::tasks.executor, :configuration, :timeout_seconds, :attempts_max, :created_by
from tasks.task_definitions d
where d.organization_id = :organization_id and d.name = :name
returning id;

-- name: add_schedule :one
-- param created_by: nullable
insert into tasks.schedules (organization_id, name, definition_id, input, priority, cron, time_zone, jitter_seconds, missed_runs_max, may_overlap, next_run_at, created_by)
values (:organization_id, :name, :definition_id, :input, :priority::text::base.priority, :cron, :time_zone, :jitter_seconds, :missed_runs_max, :may_overlap, :next_run_at, :created_by)
returning id;

-- name: list_schedules :many
-- column executor: not null
-- column configuration: not null
select s.id, s.name, s.cron, s.time_zone, d.executor, d.configuration, s.input, s.priority, s.jitter_seconds, s.missed_runs_max, s.may_overlap, s.next_run_at, s.paused_at,
       (select max(t.scheduled_for) from tasks.tasks t where t.organization_id = s.organization_id and t.schedule_id = s.id) as last_run_at
from tasks.schedules s
join tasks.task_definitions d on d.organization_id = s.organization_id and d.id = s.definition_id
where s.organization_id = :organization_id and (:name::text = '' or lower(s.name) = lower(:name))
order by lower(s.name)
limit 1000;

-- name: pause_schedule :exec
update tasks.schedules
set paused_at = coalesce(paused_at, now()), next_run_at = null, updated_at = now()
where organization_id = :organization_id and id = :id;

-- name: retire_definition_of_schedule :exec
update tasks.task_definitions d
set retired_at = now()
from tasks.schedules s
where d.organization_id = :organization_id and s.organization_id = d.organization_id and s.id = :id and s.definition_id = d.id;

-- name: forget_schedule :exec
-- Its tasks stay.
update tasks.tasks set schedule_id = null, scheduled_for = null, updated_at = now() where organization_id = :organization_id and schedule_id = :id;

-- name: remove_schedule :exec
delete from tasks.schedules where organization_id = :organization_id and id = :id;
