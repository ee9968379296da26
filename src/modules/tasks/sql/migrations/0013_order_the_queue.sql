-- The order of the queue as numbers, which row-level security lets an index be searched by; executors and priorities are enums, and those
-- it does not. Ageing is part of the number: each step of priority is worth some time of waiting, so that what matters little comes as
-- well. Tasks that share limits have a lane of their own: however many of them may not begin, nobody searches past them.
-- migrate: lock_timeout=30s

alter table tasks.tasks
    add column lane integer not null generated always as (
        case executor when 'manual' then 0 when 'builtin' then 1 when 'command' then 2 when 'http' then 3 when 'sql' then 4 else 5 end
        + case when concurrency_key is null then 0 else 10 end) stored,
    add column claim_position bigint not null generated always as (
        case when isfinite(run_at) then (extract(epoch from run_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint else 4611686018427387904 end
        - case priority when 'low' then 0 when 'normal' then 600 when 'high' then 1800 when 'urgent' then 7200 else 28800 end * 1000000::bigint) stored;
comment on column tasks.tasks.lane is 'Where in the queue it stands: the executor''s number, and 10 more when it shares the limits of a concurrency key.';
comment on column tasks.tasks.claim_position is 'Its place there, less first: the microsecond of run_at since 2000, less 10 minutes for priority normal, 30 for high, 2 hours for urgent, 8 for critical.';

drop index tasks.tasks_claim_idx;
create index tasks_claim_idx on tasks.tasks (organization_id, lane, claim_position) where status = 'queued' and executor <> 'manual';
create index tasks_claim_of_key_idx on tasks.tasks (organization_id, lane, concurrency_key, claim_position)
    where status = 'queued' and executor <> 'manual' and concurrency_key is not null;

-- migrate: rollback
drop index tasks.tasks_claim_of_key_idx;
drop index tasks.tasks_claim_idx;
create index tasks_claim_idx on tasks.tasks (organization_id, priority desc, run_at, id) where status = 'queued' and executor <> 'manual';
alter table tasks.tasks drop column claim_position, drop column lane;
