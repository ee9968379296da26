-- Evolutions as OpenEvolve runs them, our own and imported ones.
--
-- JSON of Python holds values that jsonb does not: NaN, Infinity, -Infinity; -0.0 and 1e+16, which would come back as other
-- numbers; text with U+0000 or a lone surrogate. Every jsonb of this schema that comes from a file holds such a value as an object
-- of one key: {"$number": "NaN"} or {"$text": "a\\u0000b"}, each with the value as the file spells it. A key of the file's own that
-- is made of dollars and one of these words gets a dollar more. So what goes in comes out.

create type openevolve.evolution_status as enum ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled');
comment on type openevolve.evolution_status is 'Where an evolution is.';

create table openevolve.evolution_sessions (
    organization_id           uuid                        not null,
    id                        uuid                        not null default base.uuid_v7(),
    name                      text                        not null,
    project_id                uuid,
    status                    openevolve.evolution_status not null default 'pending',
    configuration             jsonb                       not null default '{}',
    openevolve_version        text,
    unmapped                  jsonb                       not null default '{}',
    feature_dimensions        text[]                      not null default '{complexity,diversity}',
    feature_stats             jsonb                       not null default '{}',
    iterations_max            integer,
    last_iteration            integer                     not null default 0,
    current_island            integer                     not null default 0,
    last_migration_generation integer                     not null default 0,
    best_program_id           uuid,
    random_state              bytea,
    started_at                timestamptz,
    finished_at               timestamptz,
    error                     text,
    created_at                timestamptz                 not null default now(),
    updated_at                timestamptz                 not null default now(),
    constraint evolution_sessions_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint documents_are_objects check (jsonb_typeof(configuration) = 'object' and jsonb_typeof(unmapped) = 'object' and jsonb_typeof(feature_stats) = 'object'),
    constraint api_key_is_a_variable check (not jsonb_path_exists(configuration, '$.**.api_key ? (@.type() == "string" && !(@ like_regex "^([$][{][A-Za-z0-9_]+[}])?$"))')),
    constraint feature_dimensions_are_given check (array_position(feature_dimensions, null) is null and not '' = any (feature_dimensions)),
    constraint counts_are_not_negative check (least(last_iteration, current_island, last_migration_generation) >= 0 and iterations_max > 0),
    constraint pending_has_no_start check (status <> 'pending' or started_at is null),
    constraint running_has_a_start check (status in ('pending', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint failed_says_why check ((status = 'failed') = (error is not null))
);
create index evolution_sessions_unfinished_idx on openevolve.evolution_sessions (organization_id, id) where finished_at is null;
create index evolution_sessions_best_program_idx on openevolve.evolution_sessions (organization_id, best_program_id, id) where best_program_id is not null;

comment on table openevolve.evolution_sessions is 'Evolutions of programs: how they are set up and how far they are. Their status changes by openevolve.set_evolution_status.';
comment on column openevolve.evolution_sessions.organization_id is 'The organization it belongs to.';
comment on column openevolve.evolution_sessions.id is 'Its id.';
comment on column openevolve.evolution_sessions.name is 'What people call it; need not be unique.';
comment on column openevolve.evolution_sessions.project_id is 'The project it works for; null for none. Id of projects.projects.';
comment on column openevolve.evolution_sessions.status is 'Where it is.';
comment on column openevolve.evolution_sessions.configuration is 'The configuration as given. A key to a model is the name of a variable, ${OPENAI_API_KEY}, and never the key.';
comment on column openevolve.evolution_sessions.openevolve_version is 'The version of OpenEvolve it was imported from; null when it runs here.';
comment on column openevolve.evolution_sessions.unmapped is 'What imported files said and no column holds, by file.';
comment on column openevolve.evolution_sessions.feature_dimensions is 'The axes of the feature map, in the order of a cell''s coordinates.';
comment on column openevolve.evolution_sessions.feature_stats is 'By dimension, the least and greatest value and the last ones, as OpenEvolve scales with them.';
comment on column openevolve.evolution_sessions.iterations_max is 'Iterations it may take; null when not limited.';
comment on column openevolve.evolution_sessions.last_iteration is 'The last iteration that is done; 0 before the first.';
comment on column openevolve.evolution_sessions.current_island is 'The island that is next.';
comment on column openevolve.evolution_sessions.last_migration_generation is 'The generation of the last migration; 0 before the first.';
comment on column openevolve.evolution_sessions.best_program_id is 'The best program so far; null before there is one.';
comment on column openevolve.evolution_sessions.random_state is 'State of the random number generator after the last iteration; null for an imported run, which does not say.';
comment on column openevolve.evolution_sessions.started_at is 'When it began; null while it has not.';
comment on column openevolve.evolution_sessions.finished_at is 'When it ended, well or not; null while it has not.';
comment on column openevolve.evolution_sessions.error is 'Why it failed; null when it did not.';
comment on column openevolve.evolution_sessions.created_at is 'When it was created or imported.';
comment on column openevolve.evolution_sessions.updated_at is 'When it was last changed.';

-- The status and what belongs to it is not updated directly: openevolve.set_evolution_status knows what may follow what.
select base.tenant_table('openevolve.evolution_sessions', privileges =>
    'select, insert, delete, update (name, project_id, configuration, unmapped, feature_dimensions, feature_stats, iterations_max, last_iteration, current_island, last_migration_generation, best_program_id, random_state, updated_at)');

-- migrate: rollback
drop view if exists openevolve.evolution_progress;
drop function if exists openevolve.set_evolution_status;
drop table openevolve.evolution_sessions;
drop type openevolve.evolution_status;
