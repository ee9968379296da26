-- Versions of models: what each was made from, what was measured of it, and which one serves.
--
-- A version stands one generation below the one it was made from, and the foreign key to that one carries its generation. So
-- nobody can be their own ancestor, at any depth, and no trigger has to look.

create type learning.model_stage as enum ('development', 'staging', 'production', 'retired');
comment on type learning.model_stage is 'What a version is used for.';

create table learning.model_versions (
    organization_id     uuid                 not null,
    id                  uuid                 not null default base.uuid_v7(),
    model_id            uuid                 not null,
    version             text                 not null,
    stage               learning.model_stage not null default 'development',
    algorithm           text                 not null,
    parent_version_id   uuid,
    parent_generation   integer,
    generation          integer              not null default 0,
    training_session_id uuid,
    hyperparameters     jsonb                not null default '{}',
    architecture        jsonb                not null default '{}',
    artifact_uri        text,
    artifact_size_bytes bigint,
    artifact_sha256     bytea,
    description         text                 not null default '',
    created_at          timestamptz          not null default now(),
    updated_at          timestamptz          not null default now(),
    constraint model_versions_pkey primary key (organization_id, id),
    constraint model_versions_version_key unique (organization_id, model_id, version),
    constraint model_versions_model_key unique (organization_id, model_id, id),
    constraint model_versions_generation_key unique (organization_id, id, generation),
    constraint version_is_not_blank check (version ~ '^[^\s]{1,50}$'),
    constraint algorithm_is_a_word check (algorithm ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint parent_has_a_generation check ((parent_version_id is null) = (parent_generation is null)),
    constraint child_is_one_generation_below check (generation = coalesce(parent_generation + 1, 0)),
    constraint documents_are_objects check (jsonb_typeof(hyperparameters) = 'object' and jsonb_typeof(architecture) = 'object'),
    constraint artifact_is_whole_or_absent check (num_nulls(artifact_uri, artifact_size_bytes, artifact_sha256) in (0, 3)),
    constraint artifact_is_real check (btrim(artifact_uri) <> '' and artifact_size_bytes >= 0 and length(artifact_sha256) = 32)
);
create unique index a_model_has_one_version_in_production on learning.model_versions (organization_id, model_id) where stage = 'production';
create index model_versions_parent_idx on learning.model_versions (organization_id, parent_version_id, parent_generation) where parent_version_id is not null;
create index model_versions_training_session_idx on learning.model_versions (organization_id, model_id, training_session_id) where training_session_id is not null;

comment on table learning.model_versions is 'Versions of models. Their stage changes by learning.promote_model_version.';
comment on column learning.model_versions.organization_id is 'The organization of the model.';
comment on column learning.model_versions.id is 'Its id.';
comment on column learning.model_versions.model_id is 'The model it is a version of.';
comment on column learning.model_versions.version is 'Its name within the model: 1.0.0, 2026-11-26 and so on.';
comment on column learning.model_versions.stage is 'What it is used for. One version of a model is in production at most.';
comment on column learning.model_versions.algorithm is 'How it learns: random_forest, transformer, genetic_algorithm and so on.';
comment on column learning.model_versions.parent_version_id is 'The version it was made from, of this or another model; null when from none.';
comment on column learning.model_versions.parent_generation is 'The generation of the version it was made from; keeps lineages free of cycles.';
comment on column learning.model_versions.generation is 'Versions between it and the first of its line; 0 for that one.';
comment on column learning.model_versions.training_session_id is 'The training run that made it; null when it was brought from elsewhere.';
comment on column learning.model_versions.hyperparameters is 'What was chosen before training, by name.';
comment on column learning.model_versions.architecture is 'What it is made of: layers, features, members of an ensemble.';
comment on column learning.model_versions.artifact_uri is 'Where its file is; null while it has none.';
comment on column learning.model_versions.artifact_size_bytes is 'Size of its file.';
comment on column learning.model_versions.artifact_sha256 is 'SHA-256 of its file.';
comment on column learning.model_versions.description is 'What is new in it; Markdown.';
comment on column learning.model_versions.created_at is 'When it was made.';
comment on column learning.model_versions.updated_at is 'When it was last changed.';

-- The stage is left out: learning.promote_model_version writes it together with its history.
select base.tenant_table('learning.model_versions', privileges =>
    'select, delete, insert (organization_id, id, model_id, version, algorithm, parent_version_id, parent_generation, generation, training_session_id, hyperparameters, architecture, artifact_uri, artifact_size_bytes, artifact_sha256, description), update (artifact_uri, artifact_size_bytes, artifact_sha256, description, updated_at)');
alter table learning.model_versions add constraint model_versions_model_fkey
    foreign key (organization_id, model_id) references learning.learning_models (organization_id, id) on delete cascade;
alter table learning.model_versions add constraint parent_is_of_the_generation_before
    foreign key (organization_id, parent_version_id, parent_generation) references learning.model_versions (organization_id, id, generation);
alter table learning.model_versions add constraint trained_by_a_session_of_the_model
    foreign key (organization_id, model_id, training_session_id) references learning.training_sessions (organization_id, model_id, id);

create table learning.model_measurements (
    organization_id  uuid             not null,
    model_version_id uuid             not null,
    metric           text             not null,
    measured_at      timestamptz      not null default now(),
    dataset          learning.dataset not null,
    value            double precision not null,
    sample_count     bigint           not null,
    constraint model_measurements_pkey primary key (organization_id, model_version_id, metric, measured_at, dataset),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint value_is_a_number check (value not in ('NaN', 'Infinity', '-Infinity')),
    constraint ratios_lie_between_0_and_1 check (metric not in ('accuracy', 'precision', 'recall', 'f1') or value between 0 and 1),
    constraint something_was_measured check (sample_count > 0)
);

comment on table learning.model_measurements is 'How well versions do, as measured on data. Written once; what people think of a version is feedback and changes nothing here.';
comment on column learning.model_measurements.organization_id is 'The organization of the version.';
comment on column learning.model_measurements.model_version_id is 'The version.';
comment on column learning.model_measurements.metric is 'What was measured: accuracy, precision, recall, f1 (all 0 to 1), mean_absolute_error and so on.';
comment on column learning.model_measurements.measured_at is 'When it was measured.';
comment on column learning.model_measurements.dataset is 'The data it was measured on.';
comment on column learning.model_measurements.value is 'The value.';
comment on column learning.model_measurements.sample_count is 'Cases it was measured on.';

select base.tenant_table('learning.model_measurements', privileges => 'select, insert');
alter table learning.model_measurements add constraint model_measurements_version_fkey
    foreign key (organization_id, model_version_id) references learning.model_versions (organization_id, id) on delete cascade;

create table learning.model_promotions (
    organization_id  uuid                 not null,
    id               uuid                 not null default base.uuid_v7(),
    model_id         uuid                 not null,
    model_version_id uuid                 not null,
    from_stage       learning.model_stage not null,
    to_stage         learning.model_stage not null,
    reason           text                 not null default '',
    promoted_by      uuid,
    promoted_at      timestamptz          not null default now(),
    constraint model_promotions_pkey primary key (organization_id, id),
    constraint a_promotion_changes_the_stage check (from_stage <> to_stage)
);
create index model_promotions_version_idx on learning.model_promotions (organization_id, model_id, model_version_id);

comment on table learning.model_promotions is 'Every change of a version''s stage. Written by learning.promote_model_version and never changed; what was promoted cannot be deleted.';
comment on column learning.model_promotions.organization_id is 'The organization of the model.';
comment on column learning.model_promotions.id is 'Its id.';
comment on column learning.model_promotions.model_id is 'The model.';
comment on column learning.model_promotions.model_version_id is 'The version.';
comment on column learning.model_promotions.from_stage is 'The stage it left.';
comment on column learning.model_promotions.to_stage is 'The stage it entered.';
comment on column learning.model_promotions.reason is 'Why.';
comment on column learning.model_promotions.promoted_by is 'Who did it; null when the program did. Id of identity.users.';
comment on column learning.model_promotions.promoted_at is 'When.';

-- Not base.make_append_only: to look whether a version may be deleted, the foreign key locks rows here as the owner, who needs a
-- privilege to change them for that. Nobody else has one.
select base.tenant_table('learning.model_promotions', privileges => 'select');
alter table learning.model_promotions add constraint model_promotions_version_fkey
    foreign key (organization_id, model_id, model_version_id) references learning.model_versions (organization_id, model_id, id);

-- migrate: rollback
drop view if exists learning.model_performance_overview;
drop function if exists learning.promote_model_version;
drop table learning.model_promotions, learning.model_measurements, learning.model_versions;
drop type learning.model_stage;
