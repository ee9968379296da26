-- How many tasks with one concurrency key may run at once, and how many may begin within a time. What is used up is counted from
-- the tasks, not kept here.

create table tasks.task_limits (
    organization_id       uuid        not null,
    id                    uuid        not null default base.uuid_v7(),
    concurrency_key       text        not null,
    running_max           integer,
    starts_max            integer,
    starts_window_seconds integer,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    constraint task_limits_pkey primary key (organization_id, id),
    constraint task_limits_concurrency_key unique (organization_id, concurrency_key),
    constraint concurrency_key_is_not_blank check (btrim(concurrency_key) <> '' and length(concurrency_key) <= 255),
    constraint limits_something check (running_max is not null or starts_max is not null),
    constraint running_max_is_not_negative check (running_max >= 0),
    constraint rate_is_whole check ((starts_max is null) = (starts_window_seconds is null)),
    constraint rate_is_positive check (starts_max > 0 and starts_window_seconds > 0)
);

comment on table tasks.task_limits is 'Limits that tasks with the same concurrency key share.';
comment on column tasks.task_limits.organization_id is 'The organization of the tasks.';
comment on column tasks.task_limits.id is 'Its id.';
comment on column tasks.task_limits.concurrency_key is 'The key that the tasks carry.';
comment on column tasks.task_limits.running_max is 'How many of them may run at once, 0 to stop them; null for any number.';
comment on column tasks.task_limits.starts_max is 'How many attempts may begin within starts_window_seconds; null for any number.';
comment on column tasks.task_limits.starts_window_seconds is 'The length of time that starts_max is meant for; null without such a limit.';
comment on column tasks.task_limits.created_at is 'When it was set.';
comment on column tasks.task_limits.updated_at is 'When it was last changed.';

select base.tenant_table('tasks.task_limits');

-- migrate: rollback
drop table tasks.task_limits;
