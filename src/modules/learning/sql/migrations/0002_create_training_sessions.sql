-- Runs that train a model, and the values that they measure on the way. How far a run is follows from its values.

create type learning.training_status as enum ('pending', 'preparing_data', 'training', 'validating', 'completed', 'failed', 'cancelled');
comment on type learning.training_status is 'Where a training run is. Whether what came of it is deployed is a stage of its version.';
create type learning.dataset as enum ('training', 'validation', 'test', 'production');
comment on type learning.dataset is 'The data that a value was measured on; production is what the world brought.';

create table learning.training_sessions (
    organization_id   uuid                     not null,
    id                uuid                     not null default base.uuid_v7(),
    model_id          uuid                     not null,
    name              text                     not null,
    status            learning.training_status not null default 'pending',
    configuration     jsonb                    not null default '{}',
    epochs_max        integer,
    training_rows     bigint,
    validation_rows   bigint,
    test_rows         bigint,
    cpu_seconds       numeric(14, 3),
    gpu_seconds       numeric(14, 3),
    memory_peak_bytes bigint,
    cost_usd          numeric(14, 6)           not null default 0,
    started_at        timestamptz,
    finished_at       timestamptz,
    error             text,
    created_at        timestamptz              not null default now(),
    updated_at        timestamptz              not null default now(),
    constraint training_sessions_pkey primary key (organization_id, id),
    constraint training_sessions_model_key unique (organization_id, model_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint configuration_is_object check (jsonb_typeof(configuration) = 'object'),
    constraint epochs_are_positive check (epochs_max > 0),
    constraint sizes_are_not_negative check (least(training_rows, validation_rows, test_rows, memory_peak_bytes) >= 0
                                             and least(cpu_seconds, gpu_seconds, cost_usd) >= 0),
    constraint pending_has_no_start check (status <> 'pending' or started_at is null),
    constraint running_has_a_start check (status in ('pending', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint failed_says_why check ((status = 'failed') = (error is not null))
);
-- Few are at work among many that were.
create index training_sessions_active_idx on learning.training_sessions (organization_id, id) where finished_at is null;

comment on table learning.training_sessions is 'Runs that train a model. Their status changes by learning.set_training_status.';
comment on column learning.training_sessions.organization_id is 'The organization of the model.';
comment on column learning.training_sessions.id is 'Its id.';
comment on column learning.training_sessions.model_id is 'The model that is trained.';
comment on column learning.training_sessions.name is 'What people call it; need not be unique.';
comment on column learning.training_sessions.status is 'Where it is.';
comment on column learning.training_sessions.configuration is 'How it trains and on what: settings of the algorithm, selection of the data.';
comment on column learning.training_sessions.epochs_max is 'Epochs it may take; null when it has no epochs.';
comment on column learning.training_sessions.training_rows is 'Rows it learns from; null while not known.';
comment on column learning.training_sessions.validation_rows is 'Rows it checks itself with; null while not known.';
comment on column learning.training_sessions.test_rows is 'Rows kept for the last test; null while not known.';
comment on column learning.training_sessions.cpu_seconds is 'Processor time it took; null while not measured.';
comment on column learning.training_sessions.gpu_seconds is 'Graphics processor time it took; null while not measured.';
comment on column learning.training_sessions.memory_peak_bytes is 'The most memory it held; null while not measured.';
comment on column learning.training_sessions.cost_usd is 'What it has cost, in US dollars.';
comment on column learning.training_sessions.started_at is 'When it began; null while it has not.';
comment on column learning.training_sessions.finished_at is 'When it ended, well or not; null while it has not.';
comment on column learning.training_sessions.error is 'Why it failed; null when it did not.';
comment on column learning.training_sessions.created_at is 'When it was planned.';
comment on column learning.training_sessions.updated_at is 'When it was last changed.';

-- The status and what belongs to it is not updated directly: learning.set_training_status knows what may follow what.
select base.tenant_table('learning.training_sessions', privileges =>
    'select, insert, delete, update (name, configuration, epochs_max, training_rows, validation_rows, test_rows, cpu_seconds, gpu_seconds, memory_peak_bytes, cost_usd, updated_at)');
alter table learning.training_sessions add constraint training_sessions_model_fkey
    foreign key (organization_id, model_id) references learning.learning_models (organization_id, id) on delete cascade;

-- The key is the only index: a second one costs more than the rows. The dataset comes after the step because the comparison of an
-- enum is not leakproof, and row-level security keeps such comparisons out of an index scan.
create table learning.training_metrics (
    organization_id     uuid             not null,
    training_session_id uuid             not null,
    metric              text             not null,
    step                bigint           not null,
    dataset             learning.dataset not null default 'training',
    recorded_at         timestamptz      not null default now(),
    epoch               integer,
    value               double precision not null,
    constraint training_metrics_pkey primary key (organization_id, training_session_id, metric, step, dataset, recorded_at),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint counts_are_not_negative check (step >= 0 and coalesce(epoch, 0) >= 0)
);

comment on table learning.training_metrics is 'Values that training runs measure, step by step.';
comment on column learning.training_metrics.organization_id is 'The organization of the run.';
comment on column learning.training_metrics.training_session_id is 'The run.';
comment on column learning.training_metrics.metric is 'What was measured: loss, accuracy, learning_rate and so on.';
comment on column learning.training_metrics.step is 'Steps of the run done before it, from 0.';
comment on column learning.training_metrics.dataset is 'The data it was measured on.';
comment on column learning.training_metrics.recorded_at is 'When it was measured.';
comment on column learning.training_metrics.epoch is 'The epoch it belongs to, from 0; null where there are none.';
comment on column learning.training_metrics.value is 'The value. NaN and Infinity are values: they are what a diverging run measures.';

select base.make_time_partitioned('learning.training_metrics', 'recorded_at', interval '1 month');
select base.tenant_table('learning.training_metrics', privileges => 'select, insert');
alter table learning.training_metrics add constraint training_metrics_session_fkey
    foreign key (organization_id, training_session_id) references learning.training_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.active_training_sessions, learning.model_performance_overview;
drop function if exists learning.set_training_status;
drop table learning.training_metrics, learning.training_sessions;
drop type learning.dataset, learning.training_status;
