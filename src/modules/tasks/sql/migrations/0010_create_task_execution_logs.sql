-- What tasks said while they ran, partitioned by time. No foreign key: a lock on the task's row for every line would slow down the
-- queue, and a line may outlive its task until it is too old.

create type tasks.log_level as enum ('debug', 'info', 'warning', 'error');
comment on type tasks.log_level is 'How much a line matters.';

create table tasks.task_execution_logs (
    organization_id uuid            not null,
    id              uuid            not null default base.uuid_v7(),
    task_id         uuid            not null,
    attempt         integer         not null,
    line_number     bigint          not null,
    logged_at       timestamptz     not null default now(),
    level           tasks.log_level not null default 'info',
    stream          text            not null default 'stdout',
    message         text            not null,
    constraint task_execution_logs_pkey primary key (organization_id, id, logged_at),
    constraint attempt_is_positive check (attempt > 0),
    constraint line_number_is_positive check (line_number > 0),
    constraint stream_is_a_word check (stream ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint message_is_bounded check (octet_length(message) <= 65536)
);
create index task_execution_logs_task_idx on tasks.task_execution_logs (organization_id, task_id, attempt, line_number);

comment on table tasks.task_execution_logs is 'What tasks said while they ran, kept for 90 days.';
comment on column tasks.task_execution_logs.organization_id is 'The organization of the task.';
comment on column tasks.task_execution_logs.id is 'Its id.';
comment on column tasks.task_execution_logs.task_id is 'The task, there any more or not.';
comment on column tasks.task_execution_logs.attempt is 'Number of the attempt, from 1.';
comment on column tasks.task_execution_logs.line_number is 'Number of the line within the attempt, from 1, over all streams.';
comment on column tasks.task_execution_logs.logged_at is 'When it was said.';
comment on column tasks.task_execution_logs.level is 'How much it matters.';
comment on column tasks.task_execution_logs.stream is 'Where it came from, in a word: stdout, stderr, engine, agent and so on.';
comment on column tasks.task_execution_logs.message is 'What was said, secrets removed; at most 64 KiB.';

select base.make_time_partitioned('tasks.task_execution_logs', 'logged_at', interval '7 days', retention => interval '90 days');
-- Not base.make_append_only: maintenance, which runs as the owner, has to move late lines out of the default partition.
select base.tenant_table('tasks.task_execution_logs', privileges => 'select, insert');

-- migrate: rollback
drop table tasks.task_execution_logs;
drop type tasks.log_level;
