-- What an experiment sees: who got which variant, what was measured of them, and what each look at the figures said.

-- Sticky: a subject's row is written once, so the subject gets the same variant for as long as the experiment lasts.
create table prompts.assignments (
    organization_id uuid          not null,
    experiment_id   uuid          not null,
    subject         text          not null,
    variant_id      uuid          not null,
    probability     numeric(9, 8) not null,
    assigned_at     timestamptz   not null default now(),
    constraint assignments_pkey primary key (organization_id, experiment_id, subject),
    constraint assignments_variant_key unique (organization_id, experiment_id, variant_id, subject),
    constraint subject_is_not_blank check (btrim(subject) <> '' and length(subject) <= 200),
    constraint probability_is_above_0 check (probability > 0 and probability <= 1)
);

comment on table prompts.assignments is 'Which variant a subject of an experiment has. Rows are added and never changed.';
comment on column prompts.assignments.organization_id is 'The organization of the experiment.';
comment on column prompts.assignments.experiment_id is 'The experiment.';
comment on column prompts.assignments.subject is 'Who or what takes part, in the words of whoever asks: a task, a session, a user.';
comment on column prompts.assignments.variant_id is 'The variant it has.';
comment on column prompts.assignments.probability is 'The probability with which it had to get this variant, above 0 up to 1. Weights change, and estimates need what they were.';
comment on column prompts.assignments.assigned_at is 'When it got it, which is when it was exposed to the experiment.';

select base.tenant_table('prompts.assignments', privileges => 'select, insert');
alter table prompts.assignments add constraint assignments_variant_fkey
    foreign key (organization_id, experiment_id, variant_id) references prompts.variants (organization_id, experiment_id, id) on delete cascade;

-- A subject counts once for a metric. Several values of one subject are not independent, and every test here takes them to be.
create table prompts.outcomes (
    organization_id uuid             not null,
    experiment_id   uuid             not null,
    metric_id       uuid             not null,
    variant_id      uuid             not null,
    subject         text             not null,
    value           double precision not null,
    covariate       double precision,
    execution_id    uuid,
    observed_at     timestamptz      not null default now(),
    -- The value is in the index, so that sums over a variant read nothing else.
    constraint outcomes_pkey primary key (organization_id, experiment_id, metric_id, variant_id, subject) include (value),
    constraint values_are_finite check (value > '-Infinity' and value < 'Infinity'
                                        and coalesce(covariate, 0) > '-Infinity' and coalesce(covariate, 0) < 'Infinity')
);
create index outcomes_assignment_idx on prompts.outcomes (organization_id, experiment_id, variant_id, subject);
create index outcomes_execution_idx on prompts.outcomes (organization_id, execution_id) where execution_id is not null;

comment on table prompts.outcomes is 'What was measured of the subjects of an experiment: one value for each subject and metric. Rows are added and never changed.';
comment on column prompts.outcomes.organization_id is 'The organization of the experiment.';
comment on column prompts.outcomes.experiment_id is 'The experiment.';
comment on column prompts.outcomes.metric_id is 'The metric.';
comment on column prompts.outcomes.variant_id is 'The variant that the subject has.';
comment on column prompts.outcomes.subject is 'The subject.';
comment on column prompts.outcomes.value is 'The value: 0 or 1 for a proportion.';
comment on column prompts.outcomes.covariate is 'A value known before the subject was exposed, which takes out variance: the item''s score under the control; null for none.';
comment on column prompts.outcomes.execution_id is 'The execution that it was measured of; null when of none in particular.';
comment on column prompts.outcomes.observed_at is 'When it was measured.';

select base.tenant_table('prompts.outcomes', privileges => 'select, insert');
alter table prompts.outcomes add constraint outcomes_are_of_assigned_subjects
    foreign key (organization_id, experiment_id, variant_id, subject)
    references prompts.assignments (organization_id, experiment_id, variant_id, subject) on delete cascade;
alter table prompts.outcomes add constraint outcomes_metric_fkey
    foreign key (organization_id, experiment_id, metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id) on delete cascade;
alter table prompts.outcomes add constraint outcomes_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id);

-- A sequential verdict is sticky: it is made from all looks so far (the narrowest interval, the smallest p), so every look is kept.
create table prompts.experiment_analyses (
    organization_id      uuid             not null,
    experiment_id        uuid             not null,
    metric_id            uuid             not null,
    variant_id           uuid             not null,
    analysed_at          timestamptz      not null default now(),
    control_subjects     bigint           not null,
    variant_subjects     bigint           not null,
    effect               double precision not null,
    effect_lower         double precision not null,
    effect_upper         double precision not null,
    p_value              double precision not null,
    best_probability     double precision,
    sample_ratio_p_value double precision not null,
    constraint experiment_analyses_pkey primary key (organization_id, experiment_id, metric_id, variant_id, analysed_at),
    constraint subjects_are_counted check (control_subjects >= 0 and variant_subjects >= 0),
    constraint effect_is_in_its_interval check (effect_lower <= effect and effect <= effect_upper and effect_upper <> 'NaN'
                                                and effect > '-Infinity' and effect < 'Infinity'),
    constraint probabilities_are_from_0_to_1 check (p_value between 0 and 1 and coalesce(best_probability, 0) between 0 and 1
                                                    and sample_ratio_p_value between 0 and 1)
);
create index experiment_analyses_variant_idx on prompts.experiment_analyses (organization_id, experiment_id, variant_id);

comment on table prompts.experiment_analyses is 'What each look at an experiment said of a variant and a metric, compared with the control. Rows are added and never changed.';
comment on column prompts.experiment_analyses.organization_id is 'The organization of the experiment.';
comment on column prompts.experiment_analyses.experiment_id is 'The experiment.';
comment on column prompts.experiment_analyses.metric_id is 'The metric.';
comment on column prompts.experiment_analyses.variant_id is 'The variant that is compared with the control.';
comment on column prompts.experiment_analyses.analysed_at is 'When the figures were looked at.';
comment on column prompts.experiment_analyses.control_subjects is 'Subjects of the control with a value.';
comment on column prompts.experiment_analyses.variant_subjects is 'Subjects of the variant with a value.';
comment on column prompts.experiment_analyses.effect is 'The variant''s mean less the control''s, in the unit of the metric.';
comment on column prompts.experiment_analyses.effect_lower is 'The lower end of its interval, valid whenever one looks, at the experiment''s confidence; may be minus infinity.';
comment on column prompts.experiment_analyses.effect_upper is 'The upper end; may be infinity.';
comment on column prompts.experiment_analyses.p_value is 'The p of no difference, valid whenever one looks, 0 to 1.';
comment on column prompts.experiment_analyses.best_probability is 'The probability that the variant is the best one, 0 to 1; null when not computed.';
comment on column prompts.experiment_analyses.sample_ratio_p_value is 'The p of the subjects being shared out as the weights say, 0 to 1; a small one means that the experiment is broken.';

select base.tenant_table('prompts.experiment_analyses', privileges => 'select, insert');
alter table prompts.experiment_analyses add constraint experiment_analyses_variant_fkey
    foreign key (organization_id, experiment_id, variant_id) references prompts.variants (organization_id, experiment_id, id) on delete cascade;
alter table prompts.experiment_analyses add constraint experiment_analyses_metric_fkey
    foreign key (organization_id, experiment_id, metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.experiment_progress;
drop table prompts.experiment_analyses;
drop table prompts.outcomes;
drop table prompts.assignments;
