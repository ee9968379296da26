-- name: register_worker :one
-- scope: local
insert into tasks.workers (id, host, process_id, machine, lease_expires_at)
values (:worker_id, :host, :process_id, :machine, now() + :lasts::interval)
returning epoch;

-- name: renew_lease :exec
-- scope: local
-- One row while nobody has taken the lease away.
update tasks.workers
set lease_expires_at = now() + :lasts::interval
where id = :worker_id and epoch = :epoch;

-- name: end_lease :exec
-- scope: local
-- The worker is gone, or gives up: what it holds may be taken back at once.
update tasks.workers
set lease_expires_at = greatest(started_at + interval '1 microsecond', now() - interval '1 microsecond')
where id = :worker_id and epoch = :epoch and lease_expires_at > now();

-- name: workers_of_machine :many
-- scope: local
-- Others that a process of this machine can look for.
select id, epoch, process_id
from tasks.workers
where machine = :machine and machine <> '' and id <> :worker_id and lease_expires_at > now();

-- name: take_back_tasks :one
-- scope: cross
-- column taken: not null
-- column dead: not null
select count(*) as taken, count(*) filter (where t.status = 'dead') as dead
from tasks.take_back_tasks(:page) t;
