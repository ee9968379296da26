-- What each attempt took, measured from the process that ran. Written once, when the attempt has ended.

create table tasks.task_resource_usage (
    organization_id   uuid           not null,
    id                uuid           not null default base.uuid_v7(),
    task_id           uuid           not null,
    attempt           integer        not null,
    worker_id         uuid,
    started_at        timestamptz    not null,
    finished_at       timestamptz    not null,
    cpu_seconds       numeric(14, 3) not null default 0,
    memory_peak_bytes bigint         not null default 0,
    read_bytes        bigint         not null default 0,
    written_bytes     bigint         not null default 0,
    exit_code         integer,
    error_class       text,
    constraint task_resource_usage_pkey primary key (organization_id, id),
    constraint task_resource_usage_attempt_key unique (organization_id, task_id, attempt),
    constraint attempt_is_positive check (attempt > 0),
    constraint ends_after_start check (finished_at >= started_at),
    constraint usage_is_not_negative check (cpu_seconds >= 0 and memory_peak_bytes >= 0 and read_bytes >= 0 and written_bytes >= 0),
    constraint error_class_is_a_word check (error_class ~ '^[a-z][a-z0-9_]{0,62}$')
);

comment on table tasks.task_resource_usage is 'What each attempt at a task took, and how it ended.';
comment on column tasks.task_resource_usage.organization_id is 'The organization of the task.';
comment on column tasks.task_resource_usage.id is 'Its id.';
comment on column tasks.task_resource_usage.task_id is 'The task.';
comment on column tasks.task_resource_usage.attempt is 'Number of the attempt, from 1.';
comment on column tasks.task_resource_usage.worker_id is 'The worker that ran it, there any more or not; null for work done by hand.';
comment on column tasks.task_resource_usage.started_at is 'When the attempt began.';
comment on column tasks.task_resource_usage.finished_at is 'When it ended.';
comment on column tasks.task_resource_usage.cpu_seconds is 'Processor time of the process and its children, in seconds.';
comment on column tasks.task_resource_usage.memory_peak_bytes is 'The most memory that was resident at once.';
comment on column tasks.task_resource_usage.read_bytes is 'Bytes read from storage.';
comment on column tasks.task_resource_usage.written_bytes is 'Bytes written to storage.';
comment on column tasks.task_resource_usage.exit_code is 'What the process ended with, minus the number of the signal if one killed it; null where there was no process.';
comment on column tasks.task_resource_usage.error_class is 'The class of its error, in a word; null when it succeeded.';

select base.tenant_table('tasks.task_resource_usage', privileges => 'select, insert');
alter table tasks.task_resource_usage add constraint task_resource_usage_task_fkey
    foreign key (organization_id, task_id) references tasks.tasks (organization_id, id) on delete cascade;

-- migrate: rollback
drop table tasks.task_resource_usage;
