-- Adaptations: something learned is changed on purpose, measured before and after, and taken back when it did no good. Where one is
-- follows from its moments; whether it was any good follows from its two values.

create type learning.adaptation_type as enum (
    'parameter_tuning', 'feature_engineering', 'model_architecture', 'training_data', 'preprocessing', 'postprocessing', 'ensemble_weights',
    'hyperparameters');
comment on type learning.adaptation_type is 'What an adaptation changes.';

create table learning.adaptations (
    organization_id      uuid                     not null,
    id                   uuid                     not null default base.uuid_v7(),
    name                 text                     not null,
    adaptation_type      learning.adaptation_type not null,
    model_id             uuid,
    healing_strategy_id  uuid,
    improvement_cycle_id uuid,
    evolution_session_id uuid,
    reason               text                     not null default '',
    parameters_before    jsonb                    not null default '{}',
    parameters_after     jsonb                    not null,
    metric               text                     not null,
    higher_is_better     boolean                  not null default true,
    value_before         double precision,
    value_after          double precision,
    proposed_at          timestamptz              not null default now(),
    applied_at           timestamptz,
    rolled_back_at       timestamptz,
    rejected_at          timestamptz,
    updated_at           timestamptz              not null default now(),
    constraint adaptations_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint one_thing_is_adapted check (num_nonnulls(model_id, healing_strategy_id) = 1),
    constraint documents_are_objects check (jsonb_typeof(parameters_before) = 'object' and jsonb_typeof(parameters_after) = 'object'),
    constraint an_adaptation_changes_something check (parameters_before <> parameters_after),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint values_are_numbers check (greatest(abs(value_before), abs(value_after)) < 'Infinity'),
    constraint measured_after_it_was_applied check (value_after is null or applied_at is not null),
    constraint rolled_back_after_it_was_applied check (rolled_back_at is null or (applied_at is not null and rolled_back_at >= applied_at)),
    constraint applied_or_rejected check (applied_at is null or rejected_at is null),
    constraint proposed_first check (least(applied_at, rejected_at) >= proposed_at)
);
create index adaptations_model_idx on learning.adaptations (organization_id, model_id) where model_id is not null;
create index adaptations_strategy_idx on learning.adaptations (organization_id, healing_strategy_id) where healing_strategy_id is not null;
create index adaptations_cycle_idx on learning.adaptations (organization_id, improvement_cycle_id) where improvement_cycle_id is not null;
create index adaptations_session_idx on learning.adaptations (organization_id, evolution_session_id) where evolution_session_id is not null;

comment on table learning.adaptations is 'Changes to what was learned: a model or a healing strategy, before and after.';
comment on column learning.adaptations.organization_id is 'The organization it belongs to.';
comment on column learning.adaptations.id is 'Its id.';
comment on column learning.adaptations.name is 'What people call it; need not be unique.';
comment on column learning.adaptations.adaptation_type is 'What it changes.';
comment on column learning.adaptations.model_id is 'The model that is changed; null when a strategy is.';
comment on column learning.adaptations.healing_strategy_id is 'The healing strategy that is changed; null when a model is.';
comment on column learning.adaptations.improvement_cycle_id is 'The cycle it was made in; null for none.';
comment on column learning.adaptations.evolution_session_id is 'The evolution that found it; null for none.';
comment on column learning.adaptations.reason is 'Why; Markdown.';
comment on column learning.adaptations.parameters_before is 'What it changes, as it was: what a rollback restores.';
comment on column learning.adaptations.parameters_after is 'What it changes, as it is to be.';
comment on column learning.adaptations.metric is 'What it is to make better.';
comment on column learning.adaptations.higher_is_better is 'Whether more of that is better.';
comment on column learning.adaptations.value_before is 'The metric before it was applied; null while not measured.';
comment on column learning.adaptations.value_after is 'The metric after it was applied; null while not measured.';
comment on column learning.adaptations.proposed_at is 'When it was proposed.';
comment on column learning.adaptations.applied_at is 'When it was applied; null while it is not.';
comment on column learning.adaptations.rolled_back_at is 'When it was taken back; null while it is not.';
comment on column learning.adaptations.rejected_at is 'When it was decided not to apply it; null while it is not.';
comment on column learning.adaptations.updated_at is 'When it was last changed.';

select base.tenant_table('learning.adaptations');
alter table learning.adaptations add constraint adaptations_model_fkey
    foreign key (organization_id, model_id) references learning.learning_models (organization_id, id) on delete cascade;
alter table learning.adaptations add constraint adaptations_strategy_fkey
    foreign key (organization_id, healing_strategy_id) references learning.healing_strategies (organization_id, id) on delete cascade;
alter table learning.adaptations add constraint adaptations_cycle_fkey
    foreign key (organization_id, improvement_cycle_id) references learning.improvement_cycles (organization_id, id);
alter table learning.adaptations add constraint adaptations_session_fkey
    foreign key (organization_id, evolution_session_id) references openevolve.evolution_sessions (organization_id, id);

-- migrate: rollback
drop view if exists learning.adaptation_effectiveness, learning.model_performance_overview;
drop table learning.adaptations;
drop type learning.adaptation_type;
