-- Checkpoints and traces of OpenEvolve into tables. Documents are those of the files, with values that jsonb does not have written as
-- migration 0009 says. What could not be kept is refused, never dropped.

create or replace function openevolve.refuse_document(document jsonb, known_keys text[], text_keys text[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    field text;
begin
    select e.key into field from jsonb_each(document) as e
    where e.key <> all (known_keys) or (e.key = any (text_keys) and jsonb_typeof(e.value) not in ('string', 'null')) limit 1;
    if field is not null then
        raise exception using errcode = 'GS805',
            message = format('no column can hold the field %s of document %s', field, left(document ->> 'id', 50)),
            hint = 'Take it out of the document and note that it is lost.';
    end if;
end
$$;
comment on function openevolve.refuse_document(jsonb, text[], text[]) is 'Part of the import: error GS805 when a document has a field that no column holds, or something else where text belongs.';

-- Rows for programs of which only the id is known.
create or replace function openevolve.note_lost_programs(session_id uuid, ids uuid[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    insert into openevolve.programs (organization_id, session_id, id, fitness, evicted_at)
    select distinct organization, note_lost_programs.session_id, lost, '-Infinity'::double precision, now()
    from unnest(ids) as lost
    where lost is not null
    on conflict on constraint programs_pkey do nothing;
end
$$;
comment on function openevolve.note_lost_programs(uuid, uuid[]) is 'Part of the import: rows without code for programs that files name and do not have.';

-- Parents come before children, or there is a cycle.
create or replace function openevolve.lineage_depths(ids uuid[], parents uuid[]) returns table (id uuid, depth integer)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    found bigint;
begin
    return query
    with recursive lineage (id, depth) as (
        select known.id, 0 from unnest(ids, parents) as known (id, parent_id) where known.parent_id is null
        union all
        select known.id, l.depth + 1 from lineage l join unnest(ids, parents) as known (id, parent_id) on known.parent_id = l.id
    )
    select l.id, l.depth from lineage l;
    get diagnostics found = row_count;
    if found < cardinality(ids) then
        raise exception using errcode = 'GS804', message = format('%s programs are each other''s ancestors or descend from such', cardinality(ids) - found);
    end if;
end
$$;
comment on function openevolve.lineage_depths(uuid[], uuid[]) is 'How many ancestors each program has, given the parents; error GS804 for a cycle.';

-- `documents` is an array of what programs/<id>.json hold. A program that is there already stays as it is, unless only its id was known.
-- All of them are in the population afterwards; whoever imports a later checkpoint into a session evicts everything first.
create or replace function openevolve.import_programs(session_id uuid, documents jsonb) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    dimensions text[];
    ids uuid[];
    parents uuid[];
    imported bigint;
begin
    perform openevolve.refuse_document(d, '{id,code,changes_description,language,parent_id,generation,timestamp,iteration_found,metrics,complexity,diversity,metadata,prompts,artifacts_json,artifact_dir,embedding}',
                                       '{id,code,changes_description,language,parent_id,artifacts_json,artifact_dir}')
    from jsonb_array_elements(documents) as d;
    select s.feature_dimensions into dimensions from openevolve.evolution_sessions s
    where s.organization_id = organization and s.id = import_programs.session_id;
    perform openevolve.note_lost_programs(import_programs.session_id, array_agg((d ->> 'parent_id')::uuid))
    from jsonb_array_elements(documents) as d
    where d ->> 'parent_id' not in (select e ->> 'id' from jsonb_array_elements(documents) as e);
    select array_agg(known.id), array_agg(known.parent_id) into ids, parents
    from (select p.id, p.parent_id
          from openevolve.programs p
          where p.organization_id = organization and p.session_id = import_programs.session_id
            and (p.code is not null or p.id not in (select (d ->> 'id')::uuid from jsonb_array_elements(documents) as d))
          union
          select (d ->> 'id')::uuid, (d ->> 'parent_id')::uuid
          from jsonb_array_elements(documents) as d
          where (d ->> 'id')::uuid not in (select p.id from openevolve.programs p
                                           where p.organization_id = organization and p.session_id = import_programs.session_id and p.code is not null)
    ) as known;
    -- One statement, because a program that comes above others moves them all down, and foreign keys are checked at its end.
    with lineage as (
        select l.id, l.depth, case when l.depth > 0 then l.depth - 1 end as parent_depth from openevolve.lineage_depths(ids, parents) as l
    ), moved as (
        update openevolve.programs p
        set depth = l.depth, parent_depth = l.parent_depth
        from lineage l
        where p.organization_id = organization and p.session_id = import_programs.session_id and p.id = l.id and p.code is not null and p.depth <> l.depth
    ), written as (
        insert into openevolve.programs as p (
            organization_id, session_id, id, parent_id, parent_depth, depth, code, code_sha256, language, changes_description, generation,
            iteration_found, found_at_seconds, island_number, metrics, fitness, complexity, diversity, metadata, prompts, artifacts_json,
            artifact_dir, embedding)
        select organization, import_programs.session_id, l.id, (d ->> 'parent_id')::uuid, l.parent_depth, l.depth,
               d ->> 'code', sha256(convert_to(d ->> 'code', 'UTF8')), d ->> 'language', d ->> 'changes_description', (d ->> 'generation')::integer,
               (d ->> 'iteration_found')::integer, openevolve.number(d -> 'timestamp'), own.island_number,
               coalesce(nullif(d -> 'metrics', 'null'), '{}'), openevolve.fitness(coalesce(nullif(d -> 'metrics', 'null'), '{}'), dimensions),
               coalesce(openevolve.number(d -> 'complexity'), 0), coalesce(openevolve.number(d -> 'diversity'), 0),
               coalesce(nullif(d -> 'metadata', 'null'), '{}') - own.keys, nullif(d -> 'prompts', 'null'), d ->> 'artifacts_json', d ->> 'artifact_dir',
               case when jsonb_typeof(d -> 'embedding') = 'array'
                    then array(select openevolve.number(e.value) from jsonb_array_elements(d -> 'embedding') with ordinality as e (value, place) order by e.place) end
        from jsonb_array_elements(documents) as d
        join lineage l on l.id = (d ->> 'id')::uuid
        cross join lateral (
            select case when jsonb_typeof(d #> '{metadata,island}') = 'number' and d #>> '{metadata,island}' ~ '^[0-9]{1,9}$'
                        then (d #>> '{metadata,island}')::integer end as island_number) as island
        cross join lateral (
            select island.island_number,
                   array_remove(array[case when island.island_number is not null then 'island' end,
                                      case when d #> '{metadata,migrant}' = 'true' then 'migrant' end], null) as keys) as own
        on conflict on constraint programs_pkey do update
        set parent_id = excluded.parent_id, parent_depth = excluded.parent_depth, depth = excluded.depth, code = excluded.code,
            code_sha256 = excluded.code_sha256, language = excluded.language, changes_description = excluded.changes_description,
            generation = excluded.generation, iteration_found = excluded.iteration_found, found_at_seconds = excluded.found_at_seconds,
            island_number = excluded.island_number, metrics = excluded.metrics, fitness = excluded.fitness, complexity = excluded.complexity,
            diversity = excluded.diversity, metadata = excluded.metadata, prompts = excluded.prompts, artifacts_json = excluded.artifacts_json,
            artifact_dir = excluded.artifact_dir, embedding = excluded.embedding
        where p.code is null
        returning p.id
    )
    select count(*) into imported from written;
    update openevolve.programs p
    set evicted_at = null
    where p.organization_id = organization and p.session_id = import_programs.session_id and p.evicted_at is not null
      and p.id in (select (d ->> 'id')::uuid from jsonb_array_elements(documents) as d);
    -- A sub-select and no join: of a session that has just come, statistics say that it has no programs, and a join would read all of them
    -- for each row.
    insert into openevolve.migrations (organization_id, session_id, program_id, from_island, to_island)
    select organization, import_programs.session_id, copy.id, nullif(copy.from_island, copy.to_island), copy.to_island
    from (select (d ->> 'id')::uuid as id,
                 (select p.island_number from openevolve.programs p
                  where p.organization_id = organization and p.session_id = import_programs.session_id and p.id = (d ->> 'parent_id')::uuid) as from_island,
                 (select p.island_number from openevolve.programs p
                  where p.organization_id = organization and p.session_id = import_programs.session_id and p.id = (d ->> 'id')::uuid) as to_island
          from jsonb_array_elements(documents) as d
          where d #> '{metadata,migrant}' = 'true') as copy
    on conflict on constraint migrations_pkey do nothing;
    return imported;
end
$$;
comment on function openevolve.import_programs(uuid, jsonb) is 'Brings programs of a checkpoint into a session, parents that it has lost included; returns how many were new.';

-- `metadata` is what metadata.json of a checkpoint holds. It replaces what was there: islands, their maps, the archive.
create or replace function openevolve.import_checkpoint(session_id uuid, metadata jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform openevolve.note_lost_programs(import_checkpoint.session_id, array_agg(named.id::uuid))
    from (select metadata ->> 'best_program_id'
          union all select jsonb_array_elements_text(metadata -> 'island_best_programs')
          union all select jsonb_array_elements_text(metadata -> 'archive')
          union all select jsonb_array_elements_text(i) from jsonb_array_elements(metadata -> 'islands') as i
          union all select (jsonb_each_text(m)).value from jsonb_array_elements(metadata -> 'island_feature_maps') as m) as named (id);
    delete from openevolve.islands i where i.organization_id = organization and i.session_id = import_checkpoint.session_id;
    delete from openevolve.archive_members a where a.organization_id = organization and a.session_id = import_checkpoint.session_id;
    insert into openevolve.islands (organization_id, session_id, number, generation, best_program_id)
    select organization, import_checkpoint.session_id, n, coalesce((metadata -> 'island_generations' ->> n)::integer, 0), (metadata -> 'island_best_programs' ->> n)::uuid
    from generate_series(0, jsonb_array_length(metadata -> 'islands') - 1) as n;
    insert into openevolve.island_members (organization_id, session_id, island_number, program_id, position)
    select organization, import_checkpoint.session_id, i.place - 1, m.id::uuid, m.place
    from jsonb_array_elements(metadata -> 'islands') with ordinality as i (members, place),
         jsonb_array_elements_text(i.members) with ordinality as m (id, place);
    insert into openevolve.archive_members (organization_id, session_id, program_id, position)
    select organization, import_checkpoint.session_id, a.id::uuid, a.place
    from jsonb_array_elements_text(metadata -> 'archive') with ordinality as a (id, place);
    insert into openevolve.feature_map_cells (organization_id, session_id, island_number, coordinates, program_id, fitness)
    select organization, import_checkpoint.session_id, i.place - 1, c.key, c.value::uuid,
           (select p.fitness from openevolve.programs p
            where p.organization_id = organization and p.session_id = import_checkpoint.session_id and p.id = c.value::uuid)
    from jsonb_array_elements(metadata -> 'island_feature_maps') with ordinality as i (map, place), jsonb_each_text(i.map) as c (key, value);
    update openevolve.evolution_sessions s
    set best_program_id = (metadata ->> 'best_program_id')::uuid,
        last_iteration = coalesce((metadata ->> 'last_iteration')::integer, 0),
        current_island = coalesce((metadata ->> 'current_island')::integer, 0),
        last_migration_generation = coalesce((metadata ->> 'last_migration_generation')::integer, 0),
        feature_stats = coalesce(metadata -> 'feature_stats', '{}'),
        unmapped = s.unmapped || jsonb_build_object('metadata.json', metadata - '{island_feature_maps,islands,archive,best_program_id,island_best_programs,last_iteration,current_island,island_generations,last_migration_generation,feature_stats}'::text[]),
        updated_at = now()
    where s.organization_id = organization and s.id = import_checkpoint.session_id;
end
$$;
comment on function openevolve.import_checkpoint(uuid, jsonb) is 'Brings metadata.json of a checkpoint into a session; its programs come first.';

-- `entries` is an array of trace entries; those that are there already are passed over.
create or replace function openevolve.import_trace(session_id uuid, entries jsonb) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    imported bigint;
begin
    perform openevolve.refuse_document(e, '{iteration,timestamp,parent_id,child_id,parent_metrics,child_metrics,parent_code,child_code,parent_changes_description,child_changes_description,code_diff,prompt,llm_response,improvement_delta,island_id,generation,artifacts,metadata}',
                                       '{parent_id,child_id,parent_code,child_code,parent_changes_description,child_changes_description,code_diff,llm_response}')
    from jsonb_array_elements(entries) as e;
    insert into openevolve.trace (
        organization_id, session_id, iteration, parent_id, child_id, traced_at_seconds, parent_metrics, child_metrics, improvement_delta,
        parent_code, child_code, parent_changes_description, child_changes_description, code_diff, prompt, llm_response, island_number,
        generation, artifacts, metadata)
    select organization, import_trace.session_id, (e ->> 'iteration')::integer, (e ->> 'parent_id')::uuid, (e ->> 'child_id')::uuid,
           openevolve.number(e -> 'timestamp'), e -> 'parent_metrics', e -> 'child_metrics', nullif(e -> 'improvement_delta', 'null'),
           e ->> 'parent_code', e ->> 'child_code', e ->> 'parent_changes_description', e ->> 'child_changes_description', e ->> 'code_diff',
           nullif(e -> 'prompt', 'null'), e ->> 'llm_response', (e ->> 'island_id')::integer, (e ->> 'generation')::integer,
           nullif(e -> 'artifacts', 'null'), nullif(e -> 'metadata', 'null')
    from jsonb_array_elements(entries) as e
    on conflict on constraint trace_pkey do nothing;
    get diagnostics imported = row_count;
    return imported;
end
$$;
comment on function openevolve.import_trace(uuid, jsonb) is 'Brings trace entries into a session; returns how many were new.';
