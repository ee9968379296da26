-- The processes that run tasks. One lease for a process, not one for a task: keeping hold of a thousand tasks is one small update.

create table tasks.workers (
    id               uuid        not null default base.uuid_v7(),
    epoch            bigint      not null default 1,
    host             text        not null,
    process_id       integer     not null,
    started_at       timestamptz not null default now(),
    lease_expires_at timestamptz not null,
    constraint workers_pkey primary key (id),
    constraint epoch_is_positive check (epoch > 0),
    constraint host_is_not_blank check (btrim(host) <> ''),
    constraint process_id_is_positive check (process_id > 0),
    constraint lease_ends_after_start check (lease_expires_at > started_at)
) with (fillfactor = 50);

comment on table tasks.workers is 'Processes that run tasks, and until when each is believed to be alive.';
comment on column tasks.workers.id is 'Its id, made when the process begins.';
comment on column tasks.workers.epoch is 'Counts how often its lease was taken away. What it does under an older number is refused.';
comment on column tasks.workers.host is 'The machine it runs on.';
comment on column tasks.workers.process_id is 'The number of the process there.';
comment on column tasks.workers.started_at is 'When it began.';
comment on column tasks.workers.lease_expires_at is 'Until when its tasks are its own; extended while it lives.';

select base.local_table('tasks.workers', 'A worker runs the tasks of every organization, so it is nobody''s row.');
grant usage on schema tasks to task_user;
grant select, insert, update, delete on tasks.workers to task_user;

-- migrate: rollback
drop table tasks.workers;
