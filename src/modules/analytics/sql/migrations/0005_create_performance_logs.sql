-- How long things take: operations of the product one by one, and its statements summed up. Both only grow. Their primary keys begin
-- with the time, because they are read by window and never by id.

create table analytics.performance_data (
    organization_id   uuid             not null,
    measured_at       timestamptz      not null default now(),
    id                uuid             not null default base.uuid_v7(),
    operation         text             not null,
    duration_ms       double precision not null,
    succeeded         boolean          not null default true,
    item_count        bigint,
    cpu_ms            double precision,
    memory_peak_bytes bigint,
    program_version   text             not null default '',
    constraint performance_data_pkey primary key (organization_id, measured_at, id),
    constraint operation_is_dotted_words check (operation ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(operation) <= 120),
    constraint duration_is_not_negative check (duration_ms >= 0 and duration_ms < 'infinity'),
    constraint cost_is_not_negative check (coalesce(cpu_ms, 0) >= 0 and coalesce(cpu_ms, 0) < 'infinity' and coalesce(memory_peak_bytes, 0) >= 0),
    constraint item_count_is_not_negative check (item_count >= 0)
);
create index performance_data_operation_idx on analytics.performance_data (organization_id, operation, measured_at);

comment on table analytics.performance_data is 'Every run of an operation worth timing: how long it took, what it used, whether it succeeded.';
comment on column analytics.performance_data.organization_id is 'The organization it ran for; the nil UUID for what concerns the installation as a whole.';
comment on column analytics.performance_data.measured_at is 'When it ended.';
comment on column analytics.performance_data.id is 'Its id.';
comment on column analytics.performance_data.operation is 'What ran, module first: codebase.index, prompts.render.';
comment on column analytics.performance_data.duration_ms is 'How long it took, in milliseconds.';
comment on column analytics.performance_data.succeeded is 'Whether it did what it should.';
comment on column analytics.performance_data.item_count is 'How many things it worked on, for the throughput; null when that means nothing.';
comment on column analytics.performance_data.cpu_ms is 'Processor time it used, in milliseconds; null when not measured.';
comment on column analytics.performance_data.memory_peak_bytes is 'The most memory it held at once, in bytes; null when not measured.';
comment on column analytics.performance_data.program_version is 'The version of the program that ran it, to compare releases; empty when unknown.';

select base.make_time_partitioned('analytics.performance_data', 'measured_at', interval '1 month', retention => interval '6 months');
select base.tenant_table('analytics.performance_data', privileges => 'select, insert');

create table analytics.query_performance_log (
    organization_id uuid             not null,
    measured_at     timestamptz      not null default now(),
    id              uuid             not null default base.uuid_v7(),
    statement       text             not null,
    calls           bigint           not null,
    errors          bigint           not null default 0,
    total_ms        double precision not null,
    max_ms          double precision not null,
    row_count       bigint           not null,
    constraint query_performance_log_pkey primary key (organization_id, measured_at, id),
    constraint statement_is_dotted_words check (statement ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(statement) <= 120),
    constraint calls_are_counted check (calls > 0 and errors between 0 and calls and row_count >= 0),
    -- A sum of rounded numbers may miss the greatest of them by a hair.
    constraint longest_is_part_of_the_total check (max_ms >= 0 and total_ms < 'infinity' and max_ms <= total_ms * 1.000001)
);
create index query_performance_log_statement_idx on analytics.query_performance_log (organization_id, statement, measured_at);

comment on table analytics.query_performance_log is
    'What the program''s named statements cost, summed up by statement every minute or so by the program itself; there also without pg_stat_statements. A mean is total_ms / calls.';
comment on column analytics.query_performance_log.organization_id is 'The organization they ran for; the nil UUID for what concerns the installation as a whole.';
comment on column analytics.query_performance_log.measured_at is 'When they were summed up; the calls lie between the entry before and this one.';
comment on column analytics.query_performance_log.id is 'Its id.';
comment on column analytics.query_performance_log.statement is 'The name of the statement, module first: tasks.claim_next_task.';
comment on column analytics.query_performance_log.calls is 'How often it ran.';
comment on column analytics.query_performance_log.errors is 'How many of these calls failed.';
comment on column analytics.query_performance_log.total_ms is 'How long all calls took together, in milliseconds.';
comment on column analytics.query_performance_log.max_ms is 'How long the longest call took, in milliseconds.';
comment on column analytics.query_performance_log.row_count is 'How many rows all calls returned or changed.';

select base.make_time_partitioned('analytics.query_performance_log', 'measured_at', interval '1 month', retention => interval '3 months');
select base.tenant_table('analytics.query_performance_log', privileges => 'select, insert');

-- migrate: rollback
drop view if exists analytics.performance_dashboard;
drop table analytics.query_performance_log, analytics.performance_data;
