-- Measurements of runs over time. What can be counted from rows is a view, not a metric.

create table workflows.workflow_metrics (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    execution_id    uuid           not null,
    measured_at     timestamptz    not null default now(),
    stage_key       text,
    metric_name     text           not null,
    value           numeric(20, 6) not null,
    unit            text           not null,
    labels          jsonb          not null default '{}',
    constraint workflow_metrics_pkey primary key (organization_id, id, measured_at),
    constraint metric_name_is_dotted_words check (metric_name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$'),
    constraint unit_is_not_blank check (btrim(unit) <> ''),
    constraint labels_is_object check (jsonb_typeof(labels) = 'object')
);
-- Metrics are read by name over a window or by run; nothing searches their labels, so they have no GIN index to pay for.
create index workflow_metrics_name_idx on workflows.workflow_metrics (organization_id, metric_name, measured_at);
create index workflow_metrics_execution_idx on workflows.workflow_metrics (organization_id, execution_id, measured_at);

comment on table workflows.workflow_metrics is 'What was measured in runs, a time series.';
comment on column workflows.workflow_metrics.organization_id is 'The organization of the run.';
comment on column workflows.workflow_metrics.id is 'Its id.';
comment on column workflows.workflow_metrics.execution_id is 'The run.';
comment on column workflows.workflow_metrics.measured_at is 'When it was measured.';
comment on column workflows.workflow_metrics.stage_key is 'The stage it was measured in; null for the run as a whole.';
comment on column workflows.workflow_metrics.metric_name is 'What was measured.';
comment on column workflows.workflow_metrics.value is 'The value, in unit.';
comment on column workflows.workflow_metrics.unit is 'What the value counts: seconds, bytes, percent, usd, count and so on.';
comment on column workflows.workflow_metrics.labels is 'What tells it from others of its name.';

select base.make_time_partitioned('workflows.workflow_metrics', 'measured_at', interval '1 month');
select base.tenant_table('workflows.workflow_metrics', privileges => 'select, insert');
alter table workflows.workflow_metrics add constraint workflow_metrics_execution_fkey
    foreign key (organization_id, execution_id) references workflows.workflow_executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop table workflows.workflow_metrics;
