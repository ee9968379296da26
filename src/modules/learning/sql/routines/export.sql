-- Tables as the documents of OpenEvolve's files: the way back of import.sql.

create or replace view openevolve.program_documents as
select p.organization_id, p.session_id, p.id as program_id, p.evicted_at,
       jsonb_build_object(
           'id', p.id, 'code', p.code, 'changes_description', p.changes_description, 'language', p.language, 'parent_id', p.parent_id,
           'generation', p.generation, 'timestamp', p.found_at_seconds, 'iteration_found', p.iteration_found, 'metrics', p.metrics,
           'complexity', openevolve.json_number(p.complexity), 'diversity', openevolve.json_number(p.diversity),
           'metadata', p.metadata || case when p.island_number is null then '{}' else jsonb_build_object('island', p.island_number) end
                                  || case when m.program_id is null then '{}' else '{"migrant": true}' end::jsonb,
           'prompts', p.prompts, 'artifacts_json', p.artifacts_json, 'artifact_dir', p.artifact_dir,
           'embedding', case when p.embedding is not null
                             then (select coalesce(jsonb_agg(openevolve.json_number(e.value) order by e.place), '[]') from unnest(p.embedding) with ordinality as e (value, place)) end
       ) as document
from openevolve.programs p
left join openevolve.migrations m on m.organization_id = p.organization_id and m.session_id = p.session_id and m.program_id = p.id
where p.code is not null;
comment on view openevolve.program_documents is 'Programs as the files of a checkpoint have them. A checkpoint has those that are not evicted.';
select base.tenant_view('openevolve.program_documents');

create or replace function openevolve.checkpoint_metadata(session_id uuid) returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    metadata jsonb;
begin
    select coalesce(s.unmapped -> 'metadata.json', '{}') || jsonb_build_object(
        'island_feature_maps', (
            select coalesce(jsonb_agg((select coalesce(jsonb_object_agg(c.coordinates, c.program_id), '{}') from openevolve.feature_map_cells c
                                       where c.organization_id = organization and c.session_id = i.session_id and c.island_number = i.number)
                                      order by i.number), '[]')
            from openevolve.islands i where i.organization_id = organization and i.session_id = s.id),
        'islands', (
            select coalesce(jsonb_agg((select coalesce(jsonb_agg(m.program_id order by m.position, m.program_id), '[]') from openevolve.island_members m
                                       where m.organization_id = organization and m.session_id = i.session_id and m.island_number = i.number)
                                      order by i.number), '[]')
            from openevolve.islands i where i.organization_id = organization and i.session_id = s.id),
        'archive', (
            select coalesce(jsonb_agg(a.program_id order by a.position, a.program_id), '[]')
            from openevolve.archive_members a where a.organization_id = organization and a.session_id = s.id),
        'best_program_id', s.best_program_id,
        'island_best_programs', (
            select coalesce(jsonb_agg(i.best_program_id order by i.number), '[]')
            from openevolve.islands i where i.organization_id = organization and i.session_id = s.id),
        'last_iteration', s.last_iteration,
        'current_island', s.current_island,
        'island_generations', (
            select coalesce(jsonb_agg(i.generation order by i.number), '[]')
            from openevolve.islands i where i.organization_id = organization and i.session_id = s.id),
        'last_migration_generation', s.last_migration_generation,
        'feature_stats', s.feature_stats)
    into metadata
    from openevolve.evolution_sessions s
    where s.organization_id = organization and s.id = checkpoint_metadata.session_id;
    return metadata;
end
$$;
comment on function openevolve.checkpoint_metadata(uuid) is 'metadata.json of a checkpoint of the session as it is now; null when there is no such session.';

create or replace view openevolve.trace_documents as
select t.organization_id, t.session_id, t.iteration, t.traced_at_seconds,
       (select jsonb_object_agg(field.key, field.value)
        from (values ('iteration', to_jsonb(t.iteration)), ('timestamp', to_jsonb(t.traced_at_seconds)), ('parent_id', to_jsonb(t.parent_id)),
                     ('child_id', to_jsonb(t.child_id)), ('parent_metrics', t.parent_metrics), ('child_metrics', t.child_metrics),
                     ('parent_code', to_jsonb(t.parent_code)), ('child_code', to_jsonb(t.child_code)),
                     ('parent_changes_description', to_jsonb(t.parent_changes_description)),
                     ('child_changes_description', to_jsonb(t.child_changes_description)), ('code_diff', to_jsonb(t.code_diff)),
                     ('prompt', t.prompt), ('llm_response', to_jsonb(t.llm_response)), ('improvement_delta', t.improvement_delta),
                     ('island_id', to_jsonb(t.island_number)), ('generation', to_jsonb(t.generation)), ('artifacts', t.artifacts),
                     ('metadata', t.metadata)) as field (key, value)
        where field.value is not null) as document
from openevolve.trace t;
comment on view openevolve.trace_documents is 'Entries of the trace as the files have them, keys without a value left out; in the order of traced_at_seconds.';
select base.tenant_view('openevolve.trace_documents');
