-- Experiments on a template: which of its versions does better by which metric. Subjects, outcomes and verdicts come in a later
-- migration; sample sizes, means and shares are not columns, they follow from those.

create type prompts.experiment_status as enum ('draft', 'running', 'paused', 'completed', 'cancelled');
comment on type prompts.experiment_status is 'Where an experiment is in its life.';
create type prompts.allocation_policy as enum ('fixed', 'thompson_sampling');
comment on type prompts.allocation_policy is 'Whether the weights of variants stay as they are or follow what has been seen.';
create type prompts.sequential_test as enum ('confidence_sequence', 'mixture_sprt', 'beta_binomial', 'group_sequential');
comment on type prompts.sequential_test is 'The statistics by which an experiment may be looked at, and stopped, at any time.';
create type prompts.metric_type as enum ('proportion', 'mean');
comment on type prompts.metric_type is 'Whether the values of a metric are 0 or 1, or any number.';

create table prompts.ab_experiments (
    organization_id             uuid                      not null,
    id                          uuid                      not null default base.uuid_v7(),
    template_id                 uuid                      not null,
    name                        text                      not null,
    hypothesis                  text                      not null default '',
    status                      prompts.experiment_status not null default 'draft',
    traffic_percentage          numeric(5, 2)             not null default 100,
    allocation                  prompts.allocation_policy not null default 'fixed',
    allocation_floor_percentage numeric(5, 2)             not null default 1,
    sequential_test             prompts.sequential_test   not null default 'confidence_sequence',
    confidence_percentage       numeric(5, 2)             not null default 95,
    sample_size_min             integer                   not null default 100,
    sample_size_planned         integer                   not null default 5000,
    control_variant_id          uuid,
    primary_metric_id           uuid,
    winner_variant_id           uuid,
    promotes_winner             boolean                   not null default false,
    conclusion                  text                      not null default '',
    created_by                  uuid,
    created_at                  timestamptz               not null default now(),
    updated_at                  timestamptz               not null default now(),
    started_at                  timestamptz,
    finished_at                 timestamptz,
    constraint ab_experiments_pkey primary key (organization_id, id),
    constraint ab_experiments_template_key unique (organization_id, id, template_id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint traffic_is_a_percentage check (traffic_percentage > 0 and traffic_percentage <= 100),
    constraint allocation_floor_leaves_a_choice check (allocation_floor_percentage >= 0 and allocation_floor_percentage < 50),
    constraint confidence_is_from_50_to_below_100 check (confidence_percentage >= 50 and confidence_percentage < 100),
    constraint sample_sizes_grow check (sample_size_min >= 1 and sample_size_planned >= sample_size_min),
    constraint started_when_it_ran check (case status when 'draft' then started_at is null
                                                      when 'cancelled' then true else started_at is not null end),
    constraint finished_has_an_end check ((status in ('completed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint runs_with_control_and_metric check (status in ('draft', 'cancelled')
                                                   or (control_variant_id is not null and primary_metric_id is not null)),
    constraint only_what_is_complete_has_a_winner check (winner_variant_id is null or status = 'completed')
);
create unique index ab_experiments_name_key on prompts.ab_experiments (organization_id, lower(name));
-- Whoever asks for a template must get one answer.
create unique index a_template_has_one_experiment_at_a_time on prompts.ab_experiments (organization_id, template_id) where status in ('running', 'paused');
create index ab_experiments_template_idx on prompts.ab_experiments (organization_id, template_id, id);
create index ab_experiments_control_idx on prompts.ab_experiments (organization_id, id, control_variant_id) where control_variant_id is not null;
create index ab_experiments_metric_idx on prompts.ab_experiments (organization_id, id, primary_metric_id) where primary_metric_id is not null;
create index ab_experiments_winner_idx on prompts.ab_experiments (organization_id, id, winner_variant_id) where winner_variant_id is not null;

comment on table prompts.ab_experiments is 'Experiments that compare versions of a template on live traffic.';
comment on column prompts.ab_experiments.organization_id is 'The organization it belongs to.';
comment on column prompts.ab_experiments.id is 'Its id; also what subjects are hashed with.';
comment on column prompts.ab_experiments.template_id is 'The template whose versions are compared.';
comment on column prompts.ab_experiments.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.ab_experiments.hypothesis is 'What is expected to happen, and why; Markdown.';
comment on column prompts.ab_experiments.status is 'Where it is in its life. Changed by prompts.start_experiment, pause_experiment and finish_experiment.';
comment on column prompts.ab_experiments.traffic_percentage is 'The share of subjects that take part, above 0 up to 100; the others get the current version.';
comment on column prompts.ab_experiments.allocation is 'How subjects are shared among the variants.';
comment on column prompts.ab_experiments.allocation_floor_percentage is 'The share that each variant keeps whatever was seen, 0 to below 50; for thompson_sampling.';
comment on column prompts.ab_experiments.sequential_test is 'The statistics that decide.';
comment on column prompts.ab_experiments.confidence_percentage is 'The confidence that a verdict needs, 50 to below 100.';
comment on column prompts.ab_experiments.sample_size_min is 'Subjects of each variant before any verdict.';
comment on column prompts.ab_experiments.sample_size_planned is 'Subjects at which the test is to be sharpest: n* of a confidence sequence, the horizon of a group sequential test.';
comment on column prompts.ab_experiments.control_variant_id is 'The variant that the others are compared with; null while the experiment is being drawn up.';
comment on column prompts.ab_experiments.primary_metric_id is 'The metric that decides; null while the experiment is being drawn up.';
comment on column prompts.ab_experiments.winner_variant_id is 'The variant that was found best; null when none was.';
comment on column prompts.ab_experiments.promotes_winner is 'Whether the winner''s version becomes the template''s current one by itself.';
comment on column prompts.ab_experiments.conclusion is 'What was found, or why it was ended; Markdown.';
comment on column prompts.ab_experiments.created_by is 'Who drew it up; null for the program. Id of identity.users.';
comment on column prompts.ab_experiments.created_at is 'When it was drawn up.';
comment on column prompts.ab_experiments.updated_at is 'When it was last changed.';
comment on column prompts.ab_experiments.started_at is 'When it first took subjects; null before.';
comment on column prompts.ab_experiments.finished_at is 'When it was completed or cancelled; null before.';

select base.tenant_table('prompts.ab_experiments');
alter table prompts.ab_experiments add constraint ab_experiments_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;

-- Two variants may have one version: that is an A/A test.
create table prompts.variants (
    organization_id  uuid          not null,
    id               uuid          not null default base.uuid_v7(),
    experiment_id    uuid          not null,
    template_id      uuid          not null,
    template_version integer       not null,
    name             text          not null,
    weight           numeric(9, 6) not null default 1,
    created_at       timestamptz   not null default now(),
    updated_at       timestamptz   not null default now(),
    constraint variants_pkey primary key (organization_id, id),
    constraint variants_experiment_key unique (organization_id, experiment_id, id),
    constraint variants_version_key unique (organization_id, id, template_id, template_version),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint weight_is_not_negative check (weight >= 0 and weight < 1000)
);
create unique index variants_name_key on prompts.variants (organization_id, experiment_id, lower(name));
create index variants_template_of_experiment_idx on prompts.variants (organization_id, experiment_id, template_id);
create index variants_template_version_idx on prompts.variants (organization_id, template_id, template_version);

comment on table prompts.variants is 'The versions that an experiment compares.';
comment on column prompts.variants.organization_id is 'The organization of the experiment.';
comment on column prompts.variants.id is 'Its id.';
comment on column prompts.variants.experiment_id is 'The experiment it is part of.';
comment on column prompts.variants.template_id is 'The template of the experiment.';
comment on column prompts.variants.template_version is 'The version that its subjects get.';
comment on column prompts.variants.name is 'What it is called, unique in the experiment whatever its case.';
comment on column prompts.variants.weight is 'Its share of new subjects relative to the other weights; 0 for none. An assignment keeps the probability it was made with.';
comment on column prompts.variants.created_at is 'When it was added.';
comment on column prompts.variants.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.variants');
alter table prompts.variants add constraint variant_is_of_the_experiments_template
    foreign key (organization_id, experiment_id, template_id) references prompts.ab_experiments (organization_id, id, template_id) on delete cascade;
alter table prompts.variants add constraint variants_template_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);
alter table prompts.ab_experiments add constraint control_is_a_variant_of_the_experiment
    foreign key (organization_id, id, control_variant_id) references prompts.variants (organization_id, experiment_id, id);
alter table prompts.ab_experiments add constraint winner_is_a_variant_of_the_experiment
    foreign key (organization_id, id, winner_variant_id) references prompts.variants (organization_id, experiment_id, id);

create table prompts.experiment_metrics (
    organization_id      uuid                not null,
    id                   uuid                not null default base.uuid_v7(),
    experiment_id        uuid                not null,
    name                 text                not null,
    metric_type          prompts.metric_type not null,
    higher_is_better     boolean             not null,
    is_guardrail         boolean             not null default false,
    tolerance_percentage numeric(5, 2)       not null default 0,
    created_at           timestamptz         not null default now(),
    updated_at           timestamptz         not null default now(),
    constraint experiment_metrics_pkey primary key (organization_id, id),
    constraint experiment_metrics_name_key unique (organization_id, experiment_id, name),
    constraint experiment_metrics_experiment_key unique (organization_id, experiment_id, id),
    constraint name_is_a_word check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint tolerance_is_a_percentage check (tolerance_percentage between 0 and 100),
    constraint tolerance_is_of_a_guardrail check (is_guardrail or tolerance_percentage = 0)
);

comment on table prompts.experiment_metrics is 'What an experiment measures of each subject.';
comment on column prompts.experiment_metrics.organization_id is 'The organization of the experiment.';
comment on column prompts.experiment_metrics.id is 'Its id.';
comment on column prompts.experiment_metrics.experiment_id is 'The experiment that measures it.';
comment on column prompts.experiment_metrics.name is 'What is measured: success, quality, cost_usd, duration_ms, or a word of one''s own.';
comment on column prompts.experiment_metrics.metric_type is 'What its values are like.';
comment on column prompts.experiment_metrics.higher_is_better is 'Whether more of it is better.';
comment on column prompts.experiment_metrics.is_guardrail is 'Whether it must not get worse, whatever the primary metric does.';
comment on column prompts.experiment_metrics.tolerance_percentage is 'How much worse than the control a guardrail may be, in percent of the control''s mean.';
comment on column prompts.experiment_metrics.created_at is 'When it was added.';
comment on column prompts.experiment_metrics.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.experiment_metrics');
alter table prompts.experiment_metrics add constraint experiment_metrics_experiment_fkey
    foreign key (organization_id, experiment_id) references prompts.ab_experiments (organization_id, id) on delete cascade;
alter table prompts.ab_experiments add constraint primary_metric_is_one_of_the_experiment
    foreign key (organization_id, id, primary_metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id);

-- migrate: rollback
drop view if exists prompts.experiment_progress;
drop function if exists prompts.finish_experiment(uuid, prompts.experiment_status, text, uuid);
drop function if exists prompts.lock_experiment(uuid, uuid, prompts.experiment_status[]);
alter table prompts.ab_experiments drop constraint primary_metric_is_one_of_the_experiment;
alter table prompts.ab_experiments drop constraint winner_is_a_variant_of_the_experiment;
alter table prompts.ab_experiments drop constraint control_is_a_variant_of_the_experiment;
drop table prompts.experiment_metrics;
drop table prompts.variants;
drop table prompts.ab_experiments;
drop type prompts.metric_type;
drop type prompts.sequential_test;
drop type prompts.allocation_policy;
drop type prompts.experiment_status;
