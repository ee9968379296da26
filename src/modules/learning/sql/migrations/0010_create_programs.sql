-- Programs of an evolution. All are kept: one that is evicted leaves the population, not the table. A checkpoint names parents that
-- it no longer has; such a parent is a row without code, so that a lineage can always be walked.
--
-- The key has the session in it because the same run may be imported twice, and programs keep the ids that they have in their files.
--
-- A program stands one step deeper than its parent, and the foreign key to the parent carries the depth: a cycle cannot be written.
-- The generation does not serve for that, because a migrant has the generation of its original.

create table openevolve.programs (
    organization_id      uuid               not null,
    session_id           uuid               not null,
    id                   uuid               not null default base.uuid_v7(),
    parent_id            uuid,
    parent_depth         integer,
    depth                integer            not null default 0,
    code                 text,
    code_sha256          bytea,
    language             text,
    changes_description  text,
    generation           integer,
    iteration_found      integer,
    found_at_seconds     double precision,
    island_number        integer,
    metrics              jsonb              not null default '{}',
    fitness              double precision,
    complexity           double precision   not null default 0,
    diversity            double precision   not null default 0,
    metadata             jsonb              not null default '{}',
    prompts              jsonb,
    artifacts_json       text,
    artifact_dir         text,
    embedding            double precision[],
    evicted_at           timestamptz,
    created_at           timestamptz        not null default now(),
    constraint programs_pkey primary key (organization_id, session_id, id),
    constraint programs_depth_key unique (organization_id, session_id, id, depth),
    constraint programs_fitness_key unique (organization_id, session_id, id, fitness),
    constraint parent_has_a_depth check ((parent_id is null) = (parent_depth is null)),
    constraint child_is_one_step_deeper check (depth = coalesce(parent_depth + 1, 0)),
    constraint code_has_a_hash check ((code is null) = (code_sha256 is null)),
    constraint hash_is_of_the_code check (code_sha256 = sha256(convert_to(code, 'UTF8'))),
    constraint population_is_complete check (evicted_at is not null or num_nulls(code, language, generation, iteration_found, found_at_seconds) = 0),
    constraint counts_are_not_negative check (least(generation, iteration_found, island_number) >= 0),
    constraint metrics_is_object check (jsonb_typeof(metrics) = 'object'),
    constraint special_numbers_are_spelled check (not jsonb_path_exists(metrics,
        '$.* ? (@.type() == "object" && exists (@."$number")) ? (@."$number".type() != "string" || !(@."$number" like_regex "^(NaN|-?Infinity|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?)$"))')),
    constraint fitness_is_comparable check (fitness <> 'NaN'),
    constraint metadata_is_object check (jsonb_typeof(metadata) = 'object'),
    constraint island_is_said_once check (island_number is null or not metadata ? 'island'),
    constraint prompts_is_object check (jsonb_typeof(prompts) = 'object'),
    constraint embedding_is_a_vector check (array_ndims(embedding) = 1 and array_position(embedding, null) is null)
);
-- Partial also so that no look-up by id can choose it while statistics know nothing of a session that has just come.
create index programs_best_idx on openevolve.programs (organization_id, session_id, fitness, id) where evicted_at is null;
create index programs_parent_idx on openevolve.programs (organization_id, session_id, parent_id, parent_depth) where parent_id is not null;
create index programs_code_idx on openevolve.programs (organization_id, session_id, code_sha256) where code_sha256 is not null;

comment on table openevolve.programs is 'Programs of evolutions, those in the population and those that were.';
comment on column openevolve.programs.organization_id is 'The organization of the evolution.';
comment on column openevolve.programs.session_id is 'The evolution.';
comment on column openevolve.programs.id is 'Its id, the one in the files when it was imported; unique in its evolution.';
comment on column openevolve.programs.parent_id is 'The program it was made from, or the original when it is a migrant; null for the first one, and where no file says it.';
comment on column openevolve.programs.parent_depth is 'The depth of that program; keeps lineages free of cycles.';
comment on column openevolve.programs.depth is 'Known ancestors it has.';
comment on column openevolve.programs.code is 'Its text; null for a program of which files have only the id.';
comment on column openevolve.programs.code_sha256 is 'SHA-256 of its text in UTF-8.';
comment on column openevolve.programs.language is 'The language it is written in.';
comment on column openevolve.programs.changes_description is 'What it changes, when changes are described instead of code shown; null when not said.';
comment on column openevolve.programs.generation is 'Its generation as OpenEvolve counts; a migrant has that of its original. Null when no file says it.';
comment on column openevolve.programs.iteration_found is 'The iteration that made it; 0 for the first one and for migrants. Null when no file says it.';
comment on column openevolve.programs.found_at_seconds is 'When it was made, in seconds since 1970; a double because microseconds would lose digits of the files.';
comment on column openevolve.programs.island_number is 'The island it was made for, metadata.island in the files; null when they do not say.';
comment on column openevolve.programs.metrics is 'What its evaluation measured: numbers, booleans or text by name.';
comment on column openevolve.programs.fitness is 'What selection compares, openevolve.fitness() of the metrics; -Infinity when that is no number, null before the evaluation.';
comment on column openevolve.programs.complexity is 'The field of this name; OpenEvolve leaves it 0, the engine sets it to the length of the text.';
comment on column openevolve.programs.diversity is 'The field of this name; OpenEvolve leaves it 0, the engine sets it to the mean distance from reference programs.';
comment on column openevolve.programs.metadata is 'The rest of metadata: changes, parent_metrics and so on. Island and migrant are said by island_number and openevolve.migrations.';
comment on column openevolve.programs.prompts is 'The prompts that made it and the answers, by template: system, user, responses; null when not recorded.';
comment on column openevolve.programs.artifacts_json is 'Small artifacts, the JSON text of the files: bytes are {"__bytes__": base64}; null for none.';
comment on column openevolve.programs.artifact_dir is 'Where the files say that large artifacts are; their content is in openevolve.artifact_files. Null for none.';
comment on column openevolve.programs.embedding is 'Where its text lies in the space of the embedding model; null when not computed.';
comment on column openevolve.programs.evicted_at is 'When it left the population, or was found to have left; null while it is in it.';
comment on column openevolve.programs.created_at is 'When the row was written.';

select base.tenant_table('openevolve.programs');
alter table openevolve.programs add constraint programs_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;
alter table openevolve.programs add constraint parent_is_one_step_up
    foreign key (organization_id, session_id, parent_id, parent_depth) references openevolve.programs (organization_id, session_id, id, depth);
alter table openevolve.evolution_sessions add constraint best_program_is_of_the_session
    foreign key (organization_id, id, best_program_id) references openevolve.programs (organization_id, session_id, id);

create table openevolve.artifact_files (
    organization_id uuid  not null,
    session_id      uuid  not null,
    program_id      uuid  not null,
    name            text  not null,
    content         bytea not null,
    constraint artifact_files_pkey primary key (organization_id, session_id, program_id, name),
    constraint name_is_a_file_name check (name not in ('', '.', '..') and name !~ '[/\\]')
);

comment on table openevolve.artifact_files is 'Artifacts too large for the program''s own document: files below artifact_dir.';
comment on column openevolve.artifact_files.organization_id is 'The organization of the evolution.';
comment on column openevolve.artifact_files.session_id is 'The evolution.';
comment on column openevolve.artifact_files.program_id is 'The program.';
comment on column openevolve.artifact_files.name is 'The name of the file.';
comment on column openevolve.artifact_files.content is 'Its content.';

select base.tenant_table('openevolve.artifact_files');
alter table openevolve.artifact_files add constraint artifact_files_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress, openevolve.program_documents;
drop table openevolve.artifact_files;
alter table openevolve.evolution_sessions drop constraint best_program_is_of_the_session;
drop table openevolve.programs;
