-- Metrics: what is measured (definitions), of what it is measured (series), and the values (metrics). A series is one metric of one
-- subject under one set of labels; naming it by an id keeps a value at a few dozen bytes instead of repeating its labels.

create type analytics.metric_kind as enum ('gauge', 'counter', 'histogram');
comment on type analytics.metric_kind is 'What a value means: gauge, a level at a moment; counter, how much was added since the value before; histogram, one observation of many.';
create type analytics.metric_direction as enum ('lower_is_better', 'neither', 'higher_is_better');
comment on type analytics.metric_direction is 'Which way a metric should go.';

create table analytics.metric_definitions (
    organization_id uuid                       not null,
    id              uuid                       not null default base.uuid_v7(),
    name            text                       not null,
    unit            text                       not null,
    kind            analytics.metric_kind      not null,
    direction       analytics.metric_direction not null default 'neither',
    description     text                       not null,
    created_at      timestamptz                not null default now(),
    updated_at      timestamptz                not null default now(),
    constraint metric_definitions_pkey primary key (organization_id, id),
    constraint name_is_dotted_words check (name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(name) <= 120),
    constraint unit_is_a_word check (unit ~ '^[A-Za-z0-9%][A-Za-z0-9_/%]{0,30}$'),
    constraint description_is_not_blank check (btrim(description) <> '')
);
create unique index metric_definitions_name_key on analytics.metric_definitions (organization_id, name);

comment on table analytics.metric_definitions is 'The metrics that an organization measures. Name, unit and kind stay as they are, because stored values mean what these say.';
comment on column analytics.metric_definitions.organization_id is 'The organization that measures it.';
comment on column analytics.metric_definitions.id is 'Its id.';
comment on column analytics.metric_definitions.name is 'Its name, general to special: delivery.lead_time, codebase.quality_score.';
comment on column analytics.metric_definitions.unit is 'The unit of its values: s, ms, bytes, %, tokens, USD; 1 for a plain number.';
comment on column analytics.metric_definitions.kind is 'What a value means.';
comment on column analytics.metric_definitions.direction is 'Which way it should go.';
comment on column analytics.metric_definitions.description is 'What is measured and when.';
comment on column analytics.metric_definitions.created_at is 'When it was defined.';
comment on column analytics.metric_definitions.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.metric_definitions', privileges => 'select, insert');
grant update (direction, description, updated_at) on analytics.metric_definitions to analytics_user;

create table analytics.metric_series (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    metric_id       uuid        not null,
    subject_kind    text        not null default '',
    subject_id      text        not null default '',
    labels          jsonb       not null default '{}',
    created_at      timestamptz not null default now(),
    constraint metric_series_pkey primary key (organization_id, id),
    constraint subject_is_whole check ((subject_kind = '') = (subject_id = '')),
    constraint subject_is_named check (subject_kind ~ '^([a-z][a-z0-9_]{0,62})?$' and length(subject_id) <= 200),
    constraint labels_are_a_small_object check (jsonb_typeof(labels) = 'object' and octet_length(labels::text) <= 1000)
);
-- Labels are compared as a whole here and by @> within one metric's series only, so they have no GIN index.
create unique index metric_series_identity_key on analytics.metric_series (organization_id, metric_id, subject_kind, subject_id, labels);
create index metric_series_subject_idx on analytics.metric_series (organization_id, subject_kind, subject_id) where subject_kind <> '';

comment on table analytics.metric_series is 'The series of each metric: what is measured, under which labels. Written by analytics.series_of() alone.';
comment on column analytics.metric_series.organization_id is 'The organization of the metric.';
comment on column analytics.metric_series.id is 'Its id.';
comment on column analytics.metric_series.metric_id is 'The metric that is measured.';
comment on column analytics.metric_series.subject_kind is 'What kind of thing is measured: repository, project, codebase, workflow and so on; empty for the organization as a whole.';
comment on column analytics.metric_series.subject_id is 'Which one, in the words of whoever has it; empty for the organization as a whole.';
comment on column analytics.metric_series.labels is 'What tells series of one subject apart: {"environment": "production"}. Few values for each label: every combination is a series.';
comment on column analytics.metric_series.created_at is 'When its first value came.';

select base.tenant_table('analytics.metric_series', privileges => 'select');
alter table analytics.metric_series add constraint metric_series_metric_fkey
    foreign key (organization_id, metric_id) references analytics.metric_definitions (organization_id, id);

create table analytics.metrics (
    organization_id uuid             not null,
    series_id       uuid             not null,
    measured_at     timestamptz      not null,
    value           double precision not null,
    analysis_run_id uuid,
    constraint metrics_pkey primary key (organization_id, series_id, measured_at),
    constraint measured_at_is_a_moment check (isfinite(measured_at)),
    -- The bound is far from where adding up values would overflow; NaN is greater than any number.
    constraint value_is_finite check (value >= -1e300 and value <= 1e300)
);
-- By measured_at alone nobody asks: every reader knows the series or finds them by metric, so there is no index on time, BRIN or not.
create index metrics_analysis_run_idx on analytics.metrics (organization_id, analysis_run_id) where analysis_run_id is not null;

comment on table analytics.metrics is
    'The values of each series. A series has one value at a moment, and a value that comes again takes the place of the first, so delivery may repeat. Written by analytics.record_metrics() alone; analytics.metric_values shows it with names, subjects and labels.';
comment on column analytics.metrics.organization_id is 'The organization of the series.';
comment on column analytics.metrics.series_id is 'The series it is a value of.';
comment on column analytics.metrics.measured_at is 'When it was measured.';
comment on column analytics.metrics.value is 'The value, in the unit of the metric; finite.';
comment on column analytics.metrics.analysis_run_id is 'The analysis run that found it; null when none did.';

select base.make_time_partitioned('analytics.metrics', 'measured_at', interval '1 month', retention => interval '13 months');
select base.tenant_table('analytics.metrics', privileges => 'select');
alter table analytics.metrics add constraint metrics_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;
alter table analytics.metrics add constraint metrics_analysis_run_fkey
    foreign key (organization_id, analysis_run_id) references analytics.analysis_runs (organization_id, id);

-- migrate: rollback
drop view if exists analytics.analysis_run_summary, analytics.dora_metrics, analytics.metric_values;
drop table analytics.metrics, analytics.metric_series, analytics.metric_definitions;
drop type analytics.metric_direction, analytics.metric_kind;
