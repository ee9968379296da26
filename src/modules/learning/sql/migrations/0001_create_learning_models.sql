-- Models by name. What a model is good for, and how well, is said by its versions; which one serves, by their stage.

create table learning.learning_models (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    model_type      text        not null,
    description     text        not null default '',
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    deleted_at      timestamptz,
    constraint learning_models_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint model_type_is_a_word check (model_type ~ '^[a-z][a-z0-9_]{0,62}$')
);
-- A deleted model gives its name back.
create unique index learning_models_name_key on learning.learning_models (organization_id, name) where deleted_at is null;

comment on table learning.learning_models is 'Models that learn from what happened, by the name that callers ask for.';
comment on column learning.learning_models.organization_id is 'The organization it belongs to.';
comment on column learning.learning_models.id is 'Its id.';
comment on column learning.learning_models.name is 'What callers ask for; unique among the organization''s models that are not deleted.';
comment on column learning.learning_models.model_type is 'What it tells: code_quality_predictor, task_duration_estimator, bug_probability_classifier and so on.';
comment on column learning.learning_models.description is 'What it is for, in a few sentences; Markdown.';
comment on column learning.learning_models.created_at is 'When it was created.';
comment on column learning.learning_models.updated_at is 'When it was last changed.';
comment on column learning.learning_models.deleted_at is 'When it was deleted; null while it is not. Deleted models are kept for what refers to them.';

select base.tenant_table('learning.learning_models');

-- migrate: rollback
drop view if exists learning.model_performance_overview, learning.adaptation_effectiveness, learning.active_training_sessions;
drop table learning.learning_models;
