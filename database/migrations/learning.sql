-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('learning', array['learning', 'openevolve']::name[], 'learning_owner', 15, '0.1.0');
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of learning and openevolve raise. The code is the API; the words may improve.

create or replace function learning.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS801', 'model_version_not_found', 'The organization has no such version of a model.', 'Look for it in learning.model_versions.'),
        ('GS802', 'promotion_refused', 'The version is in that stage already, or its model is deleted.', 'Choose another stage or version.'),
        ('GS803', 'status_refused', 'A training session or evolution is not where that status can follow, or does not exist.',
         'Read its status again: somebody else may have changed it.'),
        ('GS804', 'lineage_has_a_cycle', 'Imported programs are each other''s ancestors.', 'The checkpoint is damaged: take another one.'),
        ('GS805', 'document_refused', 'A document to import has a field that no column holds, or a text that PostgreSQL cannot store.',
         'Take the field named in the message out of the document and note that it is lost.');
end
$$;
comment on function learning.error_codes() is 'The errors of schemas learning and openevolve: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_reports', $gsdb_file$-- Errors come in by one door, which finds their group.

-- Fingerprints come in the order of their worth; the first one that is known decides the group. Those that are not known yet become
-- the group's, those that belong to another group stay there. Two who report a new error at once: the second one meets the first
-- one's fingerprint and looks again.
create or replace function learning.report_error(
    algorithms text[], digests bytea[], explanations text[], error_type text, message text, source text, stack_trace text default '',
    context jsonb default '{}', occurred_at timestamptz default now(), project_id uuid default null, task_id uuid default null,
    commit_id text default null)
    returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    seen_at constant timestamptz := report_error.occurred_at;
    group_id uuid;
begin
    for attempt in 1 .. 3 loop
        select f.error_group_id into group_id
        from unnest(algorithms, digests) with ordinality as given (algorithm, digest, place)
        join learning.error_fingerprints f on f.organization_id = organization and f.algorithm = given.algorithm and f.digest = given.digest
        order by given.place limit 1;
        exit when group_id is not null;
        begin
            insert into learning.error_groups as g (organization_id, title, first_seen_at, last_seen_at)
            values (organization, left(coalesce(nullif(btrim(report_error.message), ''), report_error.error_type), 200), seen_at, seen_at)
            returning g.id into group_id;
            insert into learning.error_fingerprints (organization_id, error_group_id, algorithm, digest, explanation)
            values (organization, group_id, algorithms[1], digests[1], explanations[1]);
            exit;
        exception when unique_violation then
            group_id := null;
        end;
    end loop;
    insert into learning.error_fingerprints (organization_id, error_group_id, algorithm, digest, explanation)
    select organization, group_id, given.algorithm, given.digest, given.explanation
    from unnest(algorithms, digests, explanations) as given (algorithm, digest, explanation)
    on conflict on constraint error_fingerprints_digest_key do nothing;
    update learning.error_groups g
    set first_seen_at = least(g.first_seen_at, seen_at),
        last_seen_at = greatest(g.last_seen_at, seen_at),
        status = case when g.status = 'resolved' and seen_at > g.resolved_at then 'open' else g.status end,
        resolved_at = case when seen_at > g.resolved_at then null else g.resolved_at end,
        updated_at = now()
    where g.organization_id = organization and g.id = group_id
      and (seen_at < g.first_seen_at or seen_at > g.last_seen_at + interval '1 minute' or seen_at > g.resolved_at);
    insert into learning.error_reports (organization_id, occurred_at, fingerprint_id, error_type, message, source, stack_trace, context,
                                        project_id, task_id, commit_id)
    select organization, seen_at, f.id, report_error.error_type, report_error.message, report_error.source, report_error.stack_trace,
           report_error.context, report_error.project_id, report_error.task_id, report_error.commit_id
    from learning.error_fingerprints f
    where f.organization_id = organization and f.error_group_id = group_id
      and (f.algorithm, f.digest) in (select given.algorithm, given.digest from unnest(algorithms, digests) as given (algorithm, digest))
    order by array_position(digests, f.digest) limit 1;
    return group_id;
end
$$;
comment on function learning.report_error(text[], bytea[], text[], text, text, text, text, jsonb, timestamptz, uuid, uuid, text) is
    'Takes in an error, finds or makes its group by its fingerprints, and opens that again when it was resolved; returns the group.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('evolution_status', $gsdb_file$-- What may follow what in the life of an evolution. Unlike a training run it goes on after its end: with more iterations, or from an
-- imported checkpoint.

create or replace function openevolve.set_evolution_status(session_id uuid, new_status openevolve.evolution_status, error text default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    before constant openevolve.evolution_status[] := (case new_status
        when 'running' then '{pending,paused,completed,failed,cancelled}'
        when 'paused' then '{running}'
        when 'completed' then '{running}'
        when 'failed' then '{running,paused}'
        when 'cancelled' then '{pending,running,paused}'
        else '{}' end)::openevolve.evolution_status[];
begin
    update openevolve.evolution_sessions s
    set status = new_status,
        started_at = case when new_status = 'running' then coalesce(s.started_at, now()) else s.started_at end,
        finished_at = case when new_status in ('completed', 'failed', 'cancelled') then now() end,
        error = set_evolution_status.error,
        updated_at = now()
    where s.organization_id = organization and s.id = session_id and s.status = any (before);
    if not found then
        raise exception using errcode = 'GS803',
            message = format('evolution %s cannot become %s', session_id, new_status),
            detail = coalesce((select format('It is %s.', s.status) from openevolve.evolution_sessions s where s.organization_id = organization and s.id = session_id), 'There is none.');
    end if;
end
$$;
comment on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) is
    'Brings an evolution to its next status, with the moments that go with it; the error is why it failed.';
revoke execute on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) from public;
grant execute on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) to learning_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('export', $gsdb_file$-- Tables as the documents of OpenEvolve's files: the way back of import.sql.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of learning and evolution, with the rights of the caller. Counting stops at 100,000 rows.

create or replace function learning.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('learning.training_sessions') = 'none' then
        return next base.unread_signal('learning', 'learning.training_sessions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'training_without_progress', count(*), min(s.id::text), 1, 10, 'Its program ended without a word: learning.set_training_status as failed.'
        from (select t.id from learning.training_sessions t where t.finished_at is null and t.started_at is not null and t.updated_at < now() - interval '24 hours' limit 100000) s
        union all
        select 'urgent_errors_open', count(*), min(s.id::text), 1, 20, 'select * from error_summary; resolve them or set status to ignored.'
        from (select g.id from learning.error_groups g where g.status = 'open' and g.priority >= 'critical' limit 100000) s
    )
    select 'learning', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function learning.health_signals() is 'Signals of training runs that do not go on and of errors that somebody has to look at.';

create or replace function openevolve.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('openevolve.evaluations') = 'none' then
        return next base.unread_signal('evolution', 'openevolve.evaluations');
        return;
    end if;
    return query
    with counted (signal, found, example, unit, warning_at, critical_at, remedy) as (
        select 'evaluations_lost_by_workers', count(*)::numeric, min(s.id::text), 'rows', 1, 100, 'Let the server run: another worker takes what a dead one had.'
        from (select e.id from openevolve.evaluations e where e.status = 'in_progress' and e.lease_expires_at < now() - interval '5 minutes' limit 100000) s
        union all
        select 'evaluation_queue_age', coalesce(round(extract(epoch from now() - min(s.created_at))), 0), (array_agg(s.id::text order by s.created_at))[1], 's', 3600, 86400, 'Start more workers, or pause sessions.'
        from (select e.id, e.created_at from openevolve.evaluations e where e.status = 'pending' limit 100000) s
        union all
        select 'sessions_without_progress', count(*), min(s.id::text), 'rows', 1, 10, 'Look at the log of the session; resume or cancel it.'
        from (select x.id from openevolve.evolution_sessions x where x.finished_at is null and x.status = 'running' and x.updated_at < now() - interval '24 hours' limit 100000) s
    )
    select 'evolution', c.signal, c.found, c.unit, c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function openevolve.health_signals() is 'Signals of evaluations and evolutions that do not go on.';

create or replace function learning.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('learning.error_groups') = 'none' then
        return next base.unread_signal('learning.error_groups', 'learning.error_groups');
        return;
    end if;
    return query
    select 'learning.error_groups', 'unclassified_share', round(coalesce(100.0 * s.unclassified / nullif(s.groups, 0), 0), 2), '%',
           case when s.groups >= 20 then 50::numeric end, null::numeric, 'Let the analysis of errors run, or set error_class.',
           jsonb_build_object('rows', s.unclassified, 'of', s.groups, 'window', 'open groups, up to 100000')
    from (select count(*) as groups, count(*) filter (where g.error_class = 'unknown') as unclassified
          from (select x.error_class from learning.error_groups x where x.status = 'open' limit 100000) g) s;
end
$$;
comment on function learning.quality_signals() is 'How many of the errors that are open have a class.';

create or replace function openevolve.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('openevolve.programs') = 'none' then
        return next base.unread_signal('openevolve.programs', 'openevolve.programs');
        return;
    end if;
    return query
    with recent as materialized (
        select p.*
        from base.organizations_in('openevolve.programs') o
        cross join lateral (
            select x.embedding, x.metrics, x.session_id from openevolve.programs x where x.organization_id = o order by x.session_id desc, x.id desc limit 1000
        ) p
    ), counted (signal, missing, among, warning_at, remedy) as (
        select 'programs_without_metrics', count(*) filter (where r.metrics = '{}'), count(*), 20, 'Evaluate them, or cancel the session they are in.' from recent r
        union all
        -- Only sessions that compute embeddings at all can miss some.
        select 'programs_without_embedding', count(*) filter (where r.embedding is null), count(*), 20, 'The embedding model did not answer: let the session run on.'
        from recent r where exists (select from recent e where e.session_id = r.session_id and e.embedding is not null)
    )
    select 'openevolve.programs', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%', case when c.among >= 20 then c.warning_at::numeric end, null::numeric, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', 'newest 1000 of each organization')
    from counted c;
end
$$;
comment on function openevolve.quality_signals() is 'How complete the records of programs are: metrics, and embeddings where a session has them.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('import', $gsdb_file$-- Checkpoints and traces of OpenEvolve into tables. Documents are those of the files, with values that jsonb does not have written as
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('model_promotion', $gsdb_file$-- The stage of a version and its history are written together, by nobody else.

-- Who is in production now steps back first: the unique index allows one at any moment. The model's row is locked, so that two who
-- promote at once come here one after the other.
create or replace function learning.promote_model_version(
    version_id uuid, new_stage learning.model_stage, reason text default '', promoted_by uuid default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    model learning.learning_models;
    promoted learning.model_versions;
    replaced uuid;
begin
    select m.* into model
    from learning.learning_models m
    where m.organization_id = organization
      and m.id = (select v.model_id from learning.model_versions v where v.organization_id = organization and v.id = version_id)
    for update;
    select v.* into promoted from learning.model_versions v where v.organization_id = organization and v.id = version_id;
    if promoted.id is null then
        raise exception using errcode = 'GS801', message = format('there is no model version %s', version_id);
    end if;
    if promoted.stage = new_stage or model.deleted_at is not null then
        raise exception using errcode = 'GS802',
            message = format('version %s of %s cannot go from %s to %s', promoted.version, model.name, promoted.stage, new_stage),
            detail = case when model.deleted_at is not null then 'The model is deleted.' else 'It is there already.' end;
    end if;
    if new_stage = 'production' then
        update learning.model_versions v
        set stage = 'retired', updated_at = now()
        where v.organization_id = organization and v.model_id = model.id and v.stage = 'production'
        returning v.id into replaced;
        if replaced is not null then
            insert into learning.model_promotions (organization_id, model_id, model_version_id, from_stage, to_stage, reason, promoted_by)
            values (organization, model.id, replaced, 'production', 'retired', format('replaced by %s', promoted.version), promote_model_version.promoted_by);
        end if;
    end if;
    update learning.model_versions v set stage = new_stage, updated_at = now() where v.organization_id = organization and v.id = version_id;
    insert into learning.model_promotions (organization_id, model_id, model_version_id, from_stage, to_stage, reason, promoted_by)
    values (organization, model.id, version_id, promoted.stage, new_stage, promote_model_version.reason, promote_model_version.promoted_by);
end
$$;
comment on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) is
    'Brings a version of a model into a stage and notes it; the version in production before is retired.';
revoke execute on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) from public;
grant execute on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) to learning_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('partitions', $gsdb_file$-- Creating and dropping partitions is the owner's right; the login role may have it done.

create or replace function learning.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'learning');
end
$$;
comment on function learning.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
revoke execute on function learning.maintain_partitions() from public;
grant execute on function learning.maintain_partitions() to learning_user;
select base.declare_maintenance('learning.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of error reports and training metrics.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('population', $gsdb_file$-- Leaving the population.

create or replace function openevolve.evict_program(session_id uuid, program_id uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    delete from openevolve.island_members m
    where m.organization_id = organization and m.session_id = evict_program.session_id and m.program_id = evict_program.program_id;
    delete from openevolve.archive_members m
    where m.organization_id = organization and m.session_id = evict_program.session_id and m.program_id = evict_program.program_id;
    delete from openevolve.feature_map_cells c
    where c.organization_id = organization and c.session_id = evict_program.session_id and c.program_id = evict_program.program_id;
    update openevolve.programs p
    set evicted_at = now()
    where p.organization_id = organization and p.session_id = evict_program.session_id and p.id = evict_program.program_id and p.evicted_at is null;
end
$$;
comment on function openevolve.evict_program(uuid, uuid) is 'Takes a program out of the population, its island, the archive and its cell; its row stays.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('python_json', $gsdb_file$-- Values of Python's JSON that jsonb does not have: {"$number": "NaN"} and the like. Migration 0009 says how they are written.

create or replace function openevolve.number(value jsonb) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case jsonb_typeof(value)
        when 'number' then value::double precision
        when 'object' then (value ->> '$number')::double precision
    end;
end
$$;
comment on function openevolve.number(jsonb) is 'The number that a JSON value is, NaN and Infinity too; null when it is none.';

create or replace function openevolve.json_number(value double precision) returns jsonb
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    if value in ('NaN', 'Infinity', '-Infinity') then
        return jsonb_build_object('$number', value::text);
    end if;
    return to_jsonb(value);
end
$$;
comment on function openevolve.json_number(double precision) is 'A number as JSON value, NaN and Infinity too.';

-- A score that is not a number loses against every other: in PostgreSQL NaN is greater than all.
create or replace function openevolve.fitness(metrics jsonb, feature_dimensions text[]) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    score double precision := openevolve.number(metrics -> 'combined_score');
    of_all double precision;
begin
    if score is null then
        select avg(openevolve.number(m.value)) filter (where m.key <> all (feature_dimensions)), avg(openevolve.number(m.value))
        into score, of_all
        from jsonb_each(metrics) as m
        where openevolve.number(m.value) <> 'NaN';
        score := coalesce(score, of_all, 0);
    end if;
    return case when score = 'NaN' then '-Infinity' else score end;
end
$$;
comment on function openevolve.fitness(jsonb, text[]) is
    'What selection compares: combined_score, or the mean of the numbers that are no feature dimensions, or of all numbers; 0 without any.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('learning');
select base.show_module_references('openevolve');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('training_status', $gsdb_file$-- What may follow what in the life of a training run. What has ended stays so: training again is another run.

create or replace function learning.set_training_status(session_id uuid, new_status learning.training_status, error text default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    before constant learning.training_status[] := (case new_status
        when 'preparing_data' then '{pending}'
        when 'training' then '{pending,preparing_data,validating}'
        when 'validating' then '{training}'
        when 'completed' then '{training,validating}'
        when 'failed' then '{preparing_data,training,validating}'
        when 'cancelled' then '{pending,preparing_data,training,validating}'
        else '{}' end)::learning.training_status[];
begin
    update learning.training_sessions s
    set status = new_status,
        started_at = case when new_status in ('preparing_data', 'training') then coalesce(s.started_at, now()) else s.started_at end,
        finished_at = case when new_status in ('completed', 'failed', 'cancelled') then now() end,
        error = set_training_status.error,
        updated_at = now()
    where s.organization_id = organization and s.id = session_id and s.status = any (before);
    if not found then
        raise exception using errcode = 'GS803',
            message = format('training session %s cannot become %s', session_id, new_status),
            detail = coalesce((select format('It is %s.', s.status) from learning.training_sessions s where s.organization_id = organization and s.id = session_id), 'There is none.');
    end if;
end
$$;
comment on function learning.set_training_status(uuid, learning.training_status, text) is
    'Brings a training run to its next status, with the moments that go with it; the error is why it failed.';
revoke execute on function learning.set_training_status(uuid, learning.training_status, text) from public;
grant execute on function learning.set_training_status(uuid, learning.training_status, text) to learning_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, one row for each row of the view, so that no count multiplies another.
-- The sub-selects are lateral: a page of models, errors or evolutions reads what belongs to them, and not the whole organization's. Those of one
-- value are not joined, because each relation more in a join multiplies the orders that are planned.

-- What people say stands in columns of its own beside what was measured. Measurements are the newest ones on test data.
create or replace view learning.model_performance_overview as
select m.organization_id, m.id as model_id, m.name, m.model_type,
       (select count(*) from learning.model_versions w where w.organization_id = m.organization_id and w.model_id = m.id) as versions,
       p.id as production_version_id,
       p.version as production_version,
       (select max(h.promoted_at) from learning.model_promotions h
        where h.organization_id = m.organization_id and h.model_id = m.id and h.model_version_id = p.id and h.to_stage = 'production') as production_since,
       q.accuracy, q.precision, q.recall, q.f1,
       t.training_sessions, t.training_sessions_failed, t.training_cost_usd, t.last_trained_at,
       f.feedback, f.feedback_negative, f.mean_rating,
       (select count(*) from learning.adaptations c
        where c.organization_id = m.organization_id and c.model_id = m.id and c.applied_at is not null and c.rolled_back_at is null) as adaptations_applied
from learning.learning_models m
left join learning.model_versions p on p.organization_id = m.organization_id and p.model_id = m.id and p.stage = 'production'
cross join lateral (
    select (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'accuracy'))[1] as accuracy,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'precision'))[1] as precision,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'recall'))[1] as recall,
           (array_agg(e.value order by e.measured_at desc) filter (where e.metric = 'f1'))[1] as f1
    from learning.model_measurements e
    where e.organization_id = m.organization_id and e.model_version_id = p.id and e.dataset = 'test'
) q
cross join lateral (
    select count(*) as training_sessions,
           count(*) filter (where r.status = 'failed') as training_sessions_failed,
           coalesce(sum(r.cost_usd), 0) as training_cost_usd,
           max(r.finished_at) filter (where r.status = 'completed') as last_trained_at
    from learning.training_sessions r
    where r.organization_id = m.organization_id and r.model_id = m.id
) t
cross join lateral (
    select count(*) as feedback,
           count(*) filter (where b.feedback_type in ('negative', 'correction', 'bug_report')) as feedback_negative,
           round(avg(b.rating), 2) as mean_rating
    from learning.model_versions w
    join learning.feedback b on b.organization_id = w.organization_id and b.model_version_id = w.id
    where w.organization_id = m.organization_id and w.model_id = m.id
) f
where m.deleted_at is null;
comment on view learning.model_performance_overview is 'Every model: the version in production and what was measured of it on test data, training, feedback of people, adaptations.';
select base.tenant_view('learning.model_performance_overview');

create or replace view learning.active_training_sessions as
select s.organization_id, s.id, s.model_id, m.name as model_name, s.name, s.status, s.started_at, s.epochs_max,
       newest.step, newest.epoch,
       round(least(100.0 * (newest.epoch + 1) / s.epochs_max, 100), 2) as progress_percentage,
       newest.value as training_loss,
       best.value as best_validation_loss,
       newest.recorded_at as last_metric_at,
       s.cost_usd
from learning.training_sessions s
join learning.learning_models m on m.organization_id = s.organization_id and m.id = s.model_id
left join lateral (
    select t.step, t.epoch, t.value, t.recorded_at
    from learning.training_metrics t
    where t.organization_id = s.organization_id and t.training_session_id = s.id and t.metric = 'loss' and t.dataset = 'training'
    order by t.step desc, t.recorded_at desc limit 1
) newest on true
left join lateral (
    select min(t.value) as value
    from learning.training_metrics t
    where t.organization_id = s.organization_id and t.training_session_id = s.id and t.metric = 'loss' and t.dataset = 'validation'
) best on true
where s.finished_at is null;
comment on view learning.active_training_sessions is 'Training runs that have not ended, with how far their loss says they are.';
select base.tenant_view('learning.active_training_sessions');

-- The improvement is relative to the value before and positive for better; without a value before, or when that is 0, there is none.
create or replace view learning.adaptation_effectiveness as
select a.organization_id, a.model_id, a.healing_strategy_id, coalesce(m.name, s.name) as adapted_name, a.adaptation_type, a.metric,
       a.proposed, a.rejected, a.applied, a.rolled_back, a.measured, a.improved, a.mean_improvement_percentage
from (
    select organization_id, model_id, healing_strategy_id, adaptation_type, metric,
           count(*) as proposed,
           count(rejected_at) as rejected,
           count(applied_at) as applied,
           count(rolled_back_at) as rolled_back,
           count(*) filter (where value_before is not null and value_after is not null) as measured,
           count(*) filter (where case when higher_is_better then value_after > value_before else value_after < value_before end) as improved,
           round((100 * avg(case when higher_is_better then value_after - value_before else value_before - value_after end
                            / nullif(abs(value_before), 0)))::numeric, 2) as mean_improvement_percentage
    from learning.adaptations
    group by organization_id, model_id, healing_strategy_id, adaptation_type, metric
) a
left join learning.learning_models m on m.organization_id = a.organization_id and m.id = a.model_id
left join learning.healing_strategies s on s.organization_id = a.organization_id and s.id = a.healing_strategy_id;
comment on view learning.adaptation_effectiveness is 'What adaptations of a model or healing strategy came to, by what they change and by metric.';
select base.tenant_view('learning.adaptation_effectiveness');

create or replace view learning.error_summary as
select g.organization_id, g.id, g.title, g.error_class, g.priority, g.status, g.first_seen_at, g.last_seen_at, g.resolved_at,
       r.reports, r.reports_24_hours, r.projects,
       c.candidates, c.likely_cause_id, c.likely_cause, c.confidence,
       h.healing_attempts, h.healing_succeeded, h.healing_cost_usd
from learning.error_groups g
cross join lateral (
    select count(*) as reports,
           count(*) filter (where e.occurred_at >= now() - interval '24 hours') as reports_24_hours,
           count(distinct e.project_id) as projects
    from learning.error_fingerprints f
    join learning.error_reports e on e.organization_id = f.organization_id and e.fingerprint_id = f.id
    where f.organization_id = g.organization_id and f.error_group_id = g.id
) r
cross join lateral (
    select count(*) as candidates,
           (array_agg(k.id order by k.confirmed_at, k.confidence desc))[1] as likely_cause_id,
           (array_agg(k.cause order by k.confirmed_at, k.confidence desc))[1] as likely_cause,
           (array_agg(k.confidence order by k.confirmed_at, k.confidence desc))[1] as confidence
    from learning.root_causes k
    where k.organization_id = g.organization_id and k.error_group_id = g.id and k.rejected_at is null
) c
cross join lateral (
    select count(*) as healing_attempts,
           count(*) filter (where p.outcome = 'succeeded') as healing_succeeded,
           coalesce(sum(p.cost_usd), 0) as healing_cost_usd
    from learning.healing_applications p
    where p.organization_id = g.organization_id and p.error_group_id = g.id
) h;
comment on view learning.error_summary is 'Every error with its reports, its likeliest cause (confirmed before confident, never a rejected one) and what healing did.';
select base.tenant_view('learning.error_summary');

-- The rate is the mean of Beta(1 + succeeded, 1 + failed): one success of one is no certainty.
create or replace view learning.learning_effectiveness as
select p.organization_id, 'pattern' as kind, p.id, p.name, p.pattern_type as category, p.confidence, p.validated_at is not null as is_validated,
       o.occurrences, a.applications, a.succeeded, a.failed,
       round((a.succeeded + 1)::numeric / (a.succeeded + a.failed + 2), 4) as success_rate,
       a.last_applied_at
from learning.patterns p
cross join lateral (
    select count(*) as occurrences
    from learning.pattern_occurrences s
    where s.organization_id = p.organization_id and s.pattern_id = p.id
) o
cross join lateral (
    select count(*) as applications,
           count(*) filter (where u.outcome = 'succeeded') as succeeded,
           count(*) filter (where u.outcome = 'failed') as failed,
           max(u.applied_at) as last_applied_at
    from learning.pattern_applications u
    where u.organization_id = p.organization_id and u.pattern_id = p.id
) a
union all
select h.organization_id, 'healing_strategy', h.id, h.name, h.action::text, null, null,
       0, a.applications, a.succeeded, a.failed,
       round((a.succeeded + 1)::numeric / (a.succeeded + a.failed + 2), 4),
       a.last_applied_at
from learning.healing_strategies h
cross join lateral (
    select count(*) as applications,
           count(*) filter (where u.outcome = 'succeeded') as succeeded,
           count(*) filter (where u.outcome = 'failed') as failed,
           max(u.started_at) as last_applied_at
    from learning.healing_applications u
    where u.organization_id = h.organization_id and u.strategy_id = h.id
) a;
comment on view learning.learning_effectiveness is 'Everything learned, patterns and healing strategies, with how often it was used and how well that went.';
select base.tenant_view('learning.learning_effectiveness');

create or replace view openevolve.evolution_progress as
select s.organization_id, s.id, s.name, s.project_id, s.status, s.last_iteration, s.iterations_max,
       round(least(100.0 * s.last_iteration / s.iterations_max, 100), 2) as progress_percentage,
       s.best_program_id,
       b.fitness as best_fitness,
       b.iteration_found as best_iteration,
       p.programs, p.population, p.lost_programs, p.distinct_codes, p.mean_fitness,
       i.islands, i.generation,
       a.archive,
       c.cells,
       g.migrants,
       e.evaluations_waiting, e.evaluations_completed, e.evaluations_failed, e.evaluation_cost_usd,
       x.context_completeness_percentage,
       s.started_at, s.finished_at
from openevolve.evolution_sessions s
left join openevolve.programs b on b.organization_id = s.organization_id and b.session_id = s.id and b.id = s.best_program_id
cross join lateral (
    select count(q.code_sha256) as programs,
           count(*) filter (where q.evicted_at is null) as population,
           count(*) filter (where q.code_sha256 is null) as lost_programs,
           count(distinct q.code_sha256) as distinct_codes,
           avg(q.fitness) filter (where q.evicted_at is null and q.fitness > '-Infinity' and q.fitness < 'Infinity') as mean_fitness
    from openevolve.programs q
    where q.organization_id = s.organization_id and q.session_id = s.id
) p
cross join lateral (
    select count(*) as islands, coalesce(max(q.generation), 0) as generation
    from openevolve.islands q
    where q.organization_id = s.organization_id and q.session_id = s.id
) i
cross join lateral (
    select count(*) as archive
    from openevolve.archive_members q
    where q.organization_id = s.organization_id and q.session_id = s.id
) a
cross join lateral (
    select count(*) as cells
    from openevolve.feature_map_cells q
    where q.organization_id = s.organization_id and q.session_id = s.id
) c
cross join lateral (
    select count(*) as migrants
    from openevolve.migrations q
    where q.organization_id = s.organization_id and q.session_id = s.id
) g
cross join lateral (
    select count(*) filter (where q.status in ('pending', 'in_progress')) as evaluations_waiting,
           count(*) filter (where q.status = 'completed') as evaluations_completed,
           count(*) filter (where q.status in ('failed', 'timeout')) as evaluations_failed,
           coalesce(sum(q.cost_usd), 0) as evaluation_cost_usd
    from openevolve.evaluations q
    where q.organization_id = s.organization_id and q.session_id = s.id
) e
cross join lateral (
    select round(100.0 * count(*) / cardinality(enum_range(null::openevolve.context_aspect)), 2) as context_completeness_percentage
    from openevolve.context_analysis q
    where q.organization_id = s.organization_id and q.session_id = s.id
) x;
comment on view openevolve.evolution_progress is 'Every evolution: how far it is, its best program, its population and maps, evaluations, and how much of its context was looked at.';
select base.tenant_view('openevolve.evolution_progress');
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_learning_models', 'plain', '5000ms', 1, 2011, 2033, 164, $gsdb_file$-- Models by name. What a model is good for, and how well, is said by its versions; which one serves, by their stage.

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
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_training_sessions', 'plain', '5000ms', 1, 7721, 7743, 266, $gsdb_file$-- Runs that train a model, and the values that they measure on the way. How far a run is follows from its values.

create type learning.training_status as enum ('pending', 'preparing_data', 'training', 'validating', 'completed', 'failed', 'cancelled');
comment on type learning.training_status is 'Where a training run is. Whether what came of it is deployed is a stage of its version.';
create type learning.dataset as enum ('training', 'validation', 'test', 'production');
comment on type learning.dataset is 'The data that a value was measured on; production is what the world brought.';

create table learning.training_sessions (
    organization_id   uuid                     not null,
    id                uuid                     not null default base.uuid_v7(),
    model_id          uuid                     not null,
    name              text                     not null,
    status            learning.training_status not null default 'pending',
    configuration     jsonb                    not null default '{}',
    epochs_max        integer,
    training_rows     bigint,
    validation_rows   bigint,
    test_rows         bigint,
    cpu_seconds       numeric(14, 3),
    gpu_seconds       numeric(14, 3),
    memory_peak_bytes bigint,
    cost_usd          numeric(14, 6)           not null default 0,
    started_at        timestamptz,
    finished_at       timestamptz,
    error             text,
    created_at        timestamptz              not null default now(),
    updated_at        timestamptz              not null default now(),
    constraint training_sessions_pkey primary key (organization_id, id),
    constraint training_sessions_model_key unique (organization_id, model_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint configuration_is_object check (jsonb_typeof(configuration) = 'object'),
    constraint epochs_are_positive check (epochs_max > 0),
    constraint sizes_are_not_negative check (least(training_rows, validation_rows, test_rows, memory_peak_bytes) >= 0
                                             and least(cpu_seconds, gpu_seconds, cost_usd) >= 0),
    constraint pending_has_no_start check (status <> 'pending' or started_at is null),
    constraint running_has_a_start check (status in ('pending', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint failed_says_why check ((status = 'failed') = (error is not null))
);
-- Few are at work among many that were.
create index training_sessions_active_idx on learning.training_sessions (organization_id, id) where finished_at is null;

comment on table learning.training_sessions is 'Runs that train a model. Their status changes by learning.set_training_status.';
comment on column learning.training_sessions.organization_id is 'The organization of the model.';
comment on column learning.training_sessions.id is 'Its id.';
comment on column learning.training_sessions.model_id is 'The model that is trained.';
comment on column learning.training_sessions.name is 'What people call it; need not be unique.';
comment on column learning.training_sessions.status is 'Where it is.';
comment on column learning.training_sessions.configuration is 'How it trains and on what: settings of the algorithm, selection of the data.';
comment on column learning.training_sessions.epochs_max is 'Epochs it may take; null when it has no epochs.';
comment on column learning.training_sessions.training_rows is 'Rows it learns from; null while not known.';
comment on column learning.training_sessions.validation_rows is 'Rows it checks itself with; null while not known.';
comment on column learning.training_sessions.test_rows is 'Rows kept for the last test; null while not known.';
comment on column learning.training_sessions.cpu_seconds is 'Processor time it took; null while not measured.';
comment on column learning.training_sessions.gpu_seconds is 'Graphics processor time it took; null while not measured.';
comment on column learning.training_sessions.memory_peak_bytes is 'The most memory it held; null while not measured.';
comment on column learning.training_sessions.cost_usd is 'What it has cost, in US dollars.';
comment on column learning.training_sessions.started_at is 'When it began; null while it has not.';
comment on column learning.training_sessions.finished_at is 'When it ended, well or not; null while it has not.';
comment on column learning.training_sessions.error is 'Why it failed; null when it did not.';
comment on column learning.training_sessions.created_at is 'When it was planned.';
comment on column learning.training_sessions.updated_at is 'When it was last changed.';

-- The status and what belongs to it is not updated directly: learning.set_training_status knows what may follow what.
select base.tenant_table('learning.training_sessions', privileges =>
    'select, insert, delete, update (name, configuration, epochs_max, training_rows, validation_rows, test_rows, cpu_seconds, gpu_seconds, memory_peak_bytes, cost_usd, updated_at)');
alter table learning.training_sessions add constraint training_sessions_model_fkey
    foreign key (organization_id, model_id) references learning.learning_models (organization_id, id) on delete cascade;

-- The key is the only index: a second one costs more than the rows. The dataset comes after the step because the comparison of an
-- enum is not leakproof, and row-level security keeps such comparisons out of an index scan.
create table learning.training_metrics (
    organization_id     uuid             not null,
    training_session_id uuid             not null,
    metric              text             not null,
    step                bigint           not null,
    dataset             learning.dataset not null default 'training',
    recorded_at         timestamptz      not null default now(),
    epoch               integer,
    value               double precision not null,
    constraint training_metrics_pkey primary key (organization_id, training_session_id, metric, step, dataset, recorded_at),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint counts_are_not_negative check (step >= 0 and coalesce(epoch, 0) >= 0)
);

comment on table learning.training_metrics is 'Values that training runs measure, step by step.';
comment on column learning.training_metrics.organization_id is 'The organization of the run.';
comment on column learning.training_metrics.training_session_id is 'The run.';
comment on column learning.training_metrics.metric is 'What was measured: loss, accuracy, learning_rate and so on.';
comment on column learning.training_metrics.step is 'Steps of the run done before it, from 0.';
comment on column learning.training_metrics.dataset is 'The data it was measured on.';
comment on column learning.training_metrics.recorded_at is 'When it was measured.';
comment on column learning.training_metrics.epoch is 'The epoch it belongs to, from 0; null where there are none.';
comment on column learning.training_metrics.value is 'The value. NaN and Infinity are values: they are what a diverging run measures.';

select base.make_time_partitioned('learning.training_metrics', 'recorded_at', interval '1 month');
select base.tenant_table('learning.training_metrics', privileges => 'select, insert');
alter table learning.training_metrics add constraint training_metrics_session_fkey
    foreign key (organization_id, training_session_id) references learning.training_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.active_training_sessions, learning.model_performance_overview;
drop function if exists learning.set_training_status;
drop table learning.training_metrics, learning.training_sessions;
drop type learning.dataset, learning.training_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_model_versions', 'plain', '5000ms', 1, 10408, 10430, 237, $gsdb_file$-- Versions of models: what each was made from, what was measured of it, and which one serves.
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
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_error_reports', 'plain', '5000ms', 1, 11057, 11079, 208, $gsdb_file$-- Errors as they were reported, grouped by fingerprint. A report says its fingerprint and the fingerprint says its group: groups are
-- merged, and reports grouped anew, without touching a report.

create type learning.error_class as enum (
    'unknown', 'syntax_error', 'logic_error', 'runtime_error', 'performance_issue', 'security_vulnerability', 'dependency_issue',
    'configuration_error', 'integration_failure', 'data_inconsistency', 'resource_exhaustion');
comment on type learning.error_class is 'What kind of error it is; unknown until something says.';
create type learning.error_status as enum ('open', 'resolved', 'ignored');
comment on type learning.error_status is 'Whether somebody has to look at an error.';

create table learning.error_groups (
    organization_id uuid                  not null,
    id              uuid                  not null default base.uuid_v7(),
    title           text                  not null,
    error_class     learning.error_class  not null default 'unknown',
    priority        base.priority         not null default 'normal',
    status          learning.error_status not null default 'open',
    first_seen_at   timestamptz           not null,
    last_seen_at    timestamptz           not null,
    resolved_at     timestamptz,
    resolution      text                  not null default '',
    updated_at      timestamptz           not null default now(),
    constraint error_groups_pkey primary key (organization_id, id),
    constraint title_is_not_blank check (btrim(title) <> '' and length(title) <= 500),
    constraint last_seen_after_first check (last_seen_at >= first_seen_at),
    constraint resolved_has_a_moment check ((status = 'resolved') = (resolved_at is not null))
);
create index error_groups_open_idx on learning.error_groups (organization_id, last_seen_at, id) where status = 'open';

comment on table learning.error_groups is 'Errors that are one and the same as far as anybody knows. Counts are in learning.error_summary.';
comment on column learning.error_groups.organization_id is 'The organization it happens in.';
comment on column learning.error_groups.id is 'Its id.';
comment on column learning.error_groups.title is 'What it is, in a line: at first the beginning of its first message.';
comment on column learning.error_groups.error_class is 'What kind of error it is.';
comment on column learning.error_groups.priority is 'How much it matters.';
comment on column learning.error_groups.status is 'Whether somebody has to look at it. A report of a resolved error opens it again.';
comment on column learning.error_groups.first_seen_at is 'When it first happened; kept when its first report is not.';
comment on column learning.error_groups.last_seen_at is 'When it last happened, to the minute: a storm of reports does not write it each time.';
comment on column learning.error_groups.resolved_at is 'When it was resolved; null while it is not.';
comment on column learning.error_groups.resolution is 'What resolved it; Markdown.';
comment on column learning.error_groups.updated_at is 'When it was last changed.';

select base.tenant_table('learning.error_groups');

create table learning.error_fingerprints (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    error_group_id  uuid        not null,
    algorithm       text        not null,
    digest          bytea       not null,
    explanation     text        not null,
    created_at      timestamptz not null default now(),
    constraint error_fingerprints_pkey primary key (organization_id, id),
    constraint error_fingerprints_digest_key unique (organization_id, algorithm, digest),
    constraint algorithm_has_a_version check (algorithm ~ '^[a-z][a-z0-9_]*:[a-z0-9.-]+$'),
    constraint digest_is_a_hash check (length(digest) between 8 and 32),
    constraint explanation_is_not_blank check (btrim(explanation) <> '')
);
create index error_fingerprints_group_idx on learning.error_fingerprints (organization_id, error_group_id);

comment on table learning.error_fingerprints is 'What tells that a report is of a group. A group has many: one for each way to look at an error, and for each version of it.';
comment on column learning.error_fingerprints.organization_id is 'The organization of the group.';
comment on column learning.error_fingerprints.id is 'Its id.';
comment on column learning.error_fingerprints.error_group_id is 'The group that reports with it belong to.';
comment on column learning.error_fingerprints.algorithm is 'How it was made, with the version: stack:1, template:2026-11 and so on.';
comment on column learning.error_fingerprints.digest is 'The hash.';
comment on column learning.error_fingerprints.explanation is 'What was hashed, in words: the frames, the template.';
comment on column learning.error_fingerprints.created_at is 'When it was first seen.';

select base.tenant_table('learning.error_fingerprints');
alter table learning.error_fingerprints add constraint error_fingerprints_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

create table learning.error_reports (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    occurred_at     timestamptz not null default now(),
    fingerprint_id  uuid        not null,
    error_type      text        not null,
    message         text        not null,
    source          text        not null,
    stack_trace     text        not null default '',
    context         jsonb       not null default '{}',
    project_id      uuid,
    task_id         uuid,
    commit_id       text,
    constraint error_reports_pkey primary key (organization_id, id, occurred_at),
    constraint type_and_source_are_not_blank check (btrim(error_type) <> '' and btrim(source) <> ''),
    constraint context_is_object check (jsonb_typeof(context) = 'object'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);
create index error_reports_fingerprint_idx on learning.error_reports (organization_id, fingerprint_id, occurred_at, id);

comment on table learning.error_reports is 'Errors, each time one happened. Written by learning.report_error.';
comment on column learning.error_reports.organization_id is 'The organization it happened in.';
comment on column learning.error_reports.id is 'Its id.';
comment on column learning.error_reports.occurred_at is 'When it happened.';
comment on column learning.error_reports.fingerprint_id is 'The first of its fingerprints, which says its group.';
comment on column learning.error_reports.error_type is 'Its type where it happened: ValueError, exit status 2, HTTP 503 and so on.';
comment on column learning.error_reports.message is 'Its message.';
comment on column learning.error_reports.source is 'What reported it: a service, a command, an agent.';
comment on column learning.error_reports.stack_trace is 'Where it happened, as printed; empty when unknown.';
comment on column learning.error_reports.context is 'What else is known: version, environment, how to reproduce it.';
comment on column learning.error_reports.project_id is 'The project it happened in; null for none. Id of projects.projects.';
comment on column learning.error_reports.task_id is 'The task it happened in; null for none. Id of tasks.tasks.';
comment on column learning.error_reports.commit_id is 'The Git commit that was running; null when unknown.';

select base.make_time_partitioned('learning.error_reports', 'occurred_at', interval '1 month');
select base.tenant_table('learning.error_reports', privileges => 'select, insert');
alter table learning.error_reports add constraint error_reports_fingerprint_fkey
    foreign key (organization_id, fingerprint_id) references learning.error_fingerprints (organization_id, id) on delete cascade;

create table learning.root_causes (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    error_group_id  uuid          not null,
    cause           text          not null,
    method          text          not null,
    confidence      numeric(5, 4) not null,
    evidence        jsonb         not null default '{}',
    repository_id   uuid,
    commit_id       text,
    confirmed_at    timestamptz,
    rejected_at     timestamptz,
    decided_by      uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint root_causes_pkey primary key (organization_id, id),
    constraint cause_is_not_blank check (btrim(cause) <> ''),
    constraint method_is_a_word check (method ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint confidence_lies_between_0_and_1 check (confidence between 0 and 1),
    constraint evidence_is_object check (jsonb_typeof(evidence) = 'object'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    constraint confirmed_or_rejected check (confirmed_at is null or rejected_at is null),
    constraint decided_is_confirmed_or_rejected check (decided_by is null or num_nonnulls(confirmed_at, rejected_at) = 1)
);
create index root_causes_group_idx on learning.root_causes (organization_id, error_group_id);

comment on table learning.root_causes is 'What may be behind an error: candidates, and what became of them.';
comment on column learning.root_causes.organization_id is 'The organization of the error.';
comment on column learning.root_causes.id is 'Its id.';
comment on column learning.root_causes.error_group_id is 'The error.';
comment on column learning.root_causes.cause is 'What may be behind it; Markdown.';
comment on column learning.root_causes.method is 'How it was found: blame, spectrum, recent_deployment, changed_configuration, model and so on.';
comment on column learning.root_causes.confidence is 'How sure the method is, from 0 to 1.';
comment on column learning.root_causes.evidence is 'What speaks for it, by the method.';
comment on column learning.root_causes.repository_id is 'The repository of the suspected change; null for none. Id of projects.repositories.';
comment on column learning.root_causes.commit_id is 'The Git commit that is suspected; null for none.';
comment on column learning.root_causes.confirmed_at is 'When it proved right; null while it has not.';
comment on column learning.root_causes.rejected_at is 'When it proved wrong; null while it has not.';
comment on column learning.root_causes.decided_by is 'Who said so; null when the program did, or nobody yet. Id of identity.users.';
comment on column learning.root_causes.created_at is 'When it was found.';
comment on column learning.root_causes.updated_at is 'When it was last changed.';

select base.tenant_table('learning.root_causes');
alter table learning.root_causes add constraint root_causes_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.error_summary;
drop table learning.root_causes, learning.error_reports, learning.error_fingerprints, learning.error_groups;
drop type learning.error_status, learning.error_class;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_patterns', 'plain', '5000ms', 1, 6471, 6493, 172, $gsdb_file$-- Patterns found in events, errors, prompts and tasks: where each was seen, and what came of using it. How often and how well it
-- works is counted over those rows.

create type learning.outcome as enum ('failed', 'inconclusive', 'succeeded');
comment on type learning.outcome is 'What came of trying something, from bad to good.';

create table learning.patterns (
    organization_id uuid          not null,
    id              uuid          not null default base.uuid_v7(),
    pattern_type    text          not null,
    name            text          not null,
    signature       text          not null,
    definition      jsonb         not null default '{}',
    confidence      numeric(5, 4) not null,
    significance    numeric(5, 4),
    validated_at    timestamptz,
    validated_by    uuid,
    created_at      timestamptz   not null default now(),
    updated_at      timestamptz   not null default now(),
    constraint patterns_pkey primary key (organization_id, id),
    constraint patterns_signature_key unique (organization_id, pattern_type, signature),
    constraint pattern_type_is_a_word check (pattern_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint signature_is_not_blank check (signature ~ '^[^\s]{1,200}$'),
    constraint definition_is_object check (jsonb_typeof(definition) = 'object'),
    constraint scores_lie_between_0_and_1 check (confidence between 0 and 1 and coalesce(significance, 0) between 0 and 1),
    constraint validated_by_needs_a_moment check (validated_by is null or validated_at is not null)
);

comment on table learning.patterns is 'What happened again and again, found by mining.';
comment on column learning.patterns.organization_id is 'The organization it was found in.';
comment on column learning.patterns.id is 'Its id.';
comment on column learning.patterns.pattern_type is 'What it is about: error_resolution, optimization_strategy, testing_approach, code_structure and so on.';
comment on column learning.patterns.name is 'What people call it; need not be unique.';
comment on column learning.patterns.signature is 'What makes it this one: mining that finds it again finds this row.';
comment on column learning.patterns.definition is 'What is recognised, in the terms of its type.';
comment on column learning.patterns.confidence is 'How sure mining is that it holds, from 0 to 1.';
comment on column learning.patterns.significance is 'The probability that chance made it (p-value), from 0 to 1; null when not computed.';
comment on column learning.patterns.validated_at is 'When it proved right; null while it has not.';
comment on column learning.patterns.validated_by is 'Who said so; null when the program did, or nobody yet. Id of identity.users.';
comment on column learning.patterns.created_at is 'When it was first found.';
comment on column learning.patterns.updated_at is 'When it was last changed.';

select base.tenant_table('learning.patterns');

create table learning.pattern_occurrences (
    organization_id uuid        not null,
    pattern_id      uuid        not null,
    source_kind     text        not null,
    source_id       uuid        not null,
    occurred_at     timestamptz not null,
    constraint pattern_occurrences_pkey primary key (organization_id, pattern_id, source_kind, source_id),
    constraint source_kind_is_a_word check (source_kind ~ '^[a-z][a-z0-9_]{0,62}$')
);
create index pattern_occurrences_source_idx on learning.pattern_occurrences (organization_id, source_kind, source_id);

comment on table learning.pattern_occurrences is 'Where a pattern was seen. Mining the same data again adds nothing.';
comment on column learning.pattern_occurrences.organization_id is 'The organization of the pattern.';
comment on column learning.pattern_occurrences.pattern_id is 'The pattern.';
comment on column learning.pattern_occurrences.source_kind is 'What it was seen in: event, error_report, prompt_execution, task and so on.';
comment on column learning.pattern_occurrences.source_id is 'The id of that; it may be gone by its retention.';
comment on column learning.pattern_occurrences.occurred_at is 'When that happened.';

select base.tenant_table('learning.pattern_occurrences');
alter table learning.pattern_occurrences add constraint pattern_occurrences_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id) on delete cascade;

create table learning.pattern_applications (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    pattern_id      uuid        not null,
    subject_kind    text        not null,
    subject_id      uuid        not null,
    applied_at      timestamptz not null default now(),
    finished_at     timestamptz,
    outcome         learning.outcome,
    constraint pattern_applications_pkey primary key (organization_id, id),
    constraint subject_kind_is_a_word check (subject_kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
    constraint ends_after_start check (finished_at >= applied_at)
);
create index pattern_applications_pattern_idx on learning.pattern_applications (organization_id, pattern_id, applied_at);

comment on table learning.pattern_applications is 'Each time a pattern was used, and what came of it.';
comment on column learning.pattern_applications.organization_id is 'The organization of the pattern.';
comment on column learning.pattern_applications.id is 'Its id.';
comment on column learning.pattern_applications.pattern_id is 'The pattern.';
comment on column learning.pattern_applications.subject_kind is 'What it was used on: task, prompt_template, workflow_execution and so on.';
comment on column learning.pattern_applications.subject_id is 'The id of that.';
comment on column learning.pattern_applications.applied_at is 'When it was used.';
comment on column learning.pattern_applications.finished_at is 'When its outcome was known; null while it is not.';
comment on column learning.pattern_applications.outcome is 'What came of it; null while it is not known.';

select base.tenant_table('learning.pattern_applications');
alter table learning.pattern_applications add constraint pattern_applications_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.learning_effectiveness;
drop table learning.pattern_applications, learning.pattern_occurrences, learning.patterns;
drop type learning.outcome;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_healing_strategies', 'plain', '5000ms', 1, 5476, 5498, 218, $gsdb_file$-- Self-healing: what is done about an error of a class, and how that went. Which strategy to try next is learned from the outcomes.

create type learning.healing_action as enum (
    'retry', 'back_off', 'change_model', 'change_prompt_version', 'shrink_context', 'decompose', 'create_fix_task', 'escalate');
comment on type learning.healing_action is 'What is done about an error, from least to most.';

create table learning.healing_strategies (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    name            text                    not null,
    error_class     learning.error_class,
    action          learning.healing_action not null,
    parameters      jsonb                   not null default '{}',
    pattern_id      uuid,
    disabled_at     timestamptz,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint healing_strategies_pkey primary key (organization_id, id),
    constraint healing_strategies_name_key unique (organization_id, name),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint parameters_is_object check (jsonb_typeof(parameters) = 'object')
);
create index healing_strategies_pattern_idx on learning.healing_strategies (organization_id, pattern_id) where pattern_id is not null;

comment on table learning.healing_strategies is 'What to do about errors: given by people, or learned.';
comment on column learning.healing_strategies.organization_id is 'The organization it belongs to.';
comment on column learning.healing_strategies.id is 'Its id.';
comment on column learning.healing_strategies.name is 'Its name, unique in the organization.';
comment on column learning.healing_strategies.error_class is 'The class of errors it is for; null for all.';
comment on column learning.healing_strategies.action is 'What is done.';
comment on column learning.healing_strategies.parameters is 'How, by the action: attempts, delays, the model to change to.';
comment on column learning.healing_strategies.pattern_id is 'The pattern it was learned from; null when a person gave it.';
comment on column learning.healing_strategies.disabled_at is 'Since when it is no longer tried; null while it is.';
comment on column learning.healing_strategies.created_at is 'When it was created.';
comment on column learning.healing_strategies.updated_at is 'When it was last changed.';

select base.tenant_table('learning.healing_strategies');
alter table learning.healing_strategies add constraint healing_strategies_pattern_fkey
    foreign key (organization_id, pattern_id) references learning.patterns (organization_id, id);

create table learning.healing_applications (
    organization_id uuid           not null,
    id              uuid           not null default base.uuid_v7(),
    strategy_id     uuid           not null,
    error_group_id  uuid           not null,
    task_id         uuid,
    attempt         integer        not null default 1,
    cost_usd        numeric(14, 6) not null default 0,
    started_at      timestamptz    not null default now(),
    finished_at     timestamptz,
    outcome         learning.outcome,
    constraint healing_applications_pkey primary key (organization_id, id),
    constraint attempt_counts_from_1 check (attempt >= 1),
    constraint cost_is_not_negative check (cost_usd >= 0),
    constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
    constraint ends_after_start check (finished_at >= started_at)
);
create index healing_applications_strategy_idx on learning.healing_applications (organization_id, strategy_id, started_at);
create index healing_applications_group_idx on learning.healing_applications (organization_id, error_group_id, started_at);

comment on table learning.healing_applications is 'Each time a strategy was tried on an error, and what came of it.';
comment on column learning.healing_applications.organization_id is 'The organization of the strategy.';
comment on column learning.healing_applications.id is 'Its id.';
comment on column learning.healing_applications.strategy_id is 'The strategy.';
comment on column learning.healing_applications.error_group_id is 'The error.';
comment on column learning.healing_applications.task_id is 'The task that was tried again, or created to fix it; null for none. Id of tasks.tasks.';
comment on column learning.healing_applications.attempt is 'Which attempt on this occasion, from 1.';
comment on column learning.healing_applications.cost_usd is 'What it has cost, in US dollars.';
comment on column learning.healing_applications.started_at is 'When it began.';
comment on column learning.healing_applications.finished_at is 'When its outcome was known; null while it is not.';
comment on column learning.healing_applications.outcome is 'What came of it; null while it is not known.';

select base.tenant_table('learning.healing_applications');
alter table learning.healing_applications add constraint healing_applications_strategy_fkey
    foreign key (organization_id, strategy_id) references learning.healing_strategies (organization_id, id) on delete cascade;
alter table learning.healing_applications add constraint healing_applications_group_fkey
    foreign key (organization_id, error_group_id) references learning.error_groups (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.learning_effectiveness, learning.error_summary, learning.adaptation_effectiveness;
drop table learning.healing_applications, learning.healing_strategies;
drop type learning.healing_action;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_improvement_cycles', 'plain', '5000ms', 1, 4473, 4495, 101, $gsdb_file$-- Improvement cycles: what is to get better, from where to where, and where it got.

create type learning.cycle_status as enum ('planned', 'running', 'completed', 'cancelled');
comment on type learning.cycle_status is 'Where an improvement cycle is.';

create table learning.improvement_cycles (
    organization_id uuid                  not null,
    id              uuid                  not null default base.uuid_v7(),
    name            text                  not null,
    description     text                  not null default '',
    project_id      uuid,
    status          learning.cycle_status not null default 'planned',
    started_at      timestamptz,
    finished_at     timestamptz,
    created_at      timestamptz           not null default now(),
    updated_at      timestamptz           not null default now(),
    constraint improvement_cycles_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint planned_has_no_start check (status <> 'planned' or started_at is null),
    constraint running_has_a_start check (status in ('planned', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at)
);

comment on table learning.improvement_cycles is 'Times in which something is made better on purpose.';
comment on column learning.improvement_cycles.organization_id is 'The organization it belongs to.';
comment on column learning.improvement_cycles.id is 'Its id.';
comment on column learning.improvement_cycles.name is 'What people call it; need not be unique.';
comment on column learning.improvement_cycles.description is 'What is tried, and why; Markdown.';
comment on column learning.improvement_cycles.project_id is 'The project it is about; null for the whole organization. Id of projects.projects.';
comment on column learning.improvement_cycles.status is 'Where it is.';
comment on column learning.improvement_cycles.started_at is 'When it began; null while it has not.';
comment on column learning.improvement_cycles.finished_at is 'When it ended; null while it has not.';
comment on column learning.improvement_cycles.created_at is 'When it was planned.';
comment on column learning.improvement_cycles.updated_at is 'When it was last changed.';

select base.tenant_table('learning.improvement_cycles');

create table learning.improvement_goals (
    organization_id      uuid             not null,
    improvement_cycle_id uuid             not null,
    metric               text             not null,
    higher_is_better     boolean          not null,
    baseline             double precision not null,
    target               double precision not null,
    final                double precision,
    updated_at           timestamptz      not null default now(),
    constraint improvement_goals_pkey primary key (organization_id, improvement_cycle_id, metric),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_./]{0,62}$'),
    constraint values_are_numbers check (greatest(abs(baseline), abs(target), abs(final)) < 'Infinity'),
    constraint target_is_better_than_baseline check (case when higher_is_better then target > baseline else target < baseline end)
);

comment on table learning.improvement_goals is 'What a cycle is to reach.';
comment on column learning.improvement_goals.organization_id is 'The organization of the cycle.';
comment on column learning.improvement_goals.improvement_cycle_id is 'The cycle.';
comment on column learning.improvement_goals.metric is 'What is measured: lead_time_hours, success_rate and so on.';
comment on column learning.improvement_goals.higher_is_better is 'Whether more of it is better.';
comment on column learning.improvement_goals.baseline is 'Its value before.';
comment on column learning.improvement_goals.target is 'The value that is to be reached.';
comment on column learning.improvement_goals.final is 'Its value at the end; null while not measured.';
comment on column learning.improvement_goals.updated_at is 'When the row was last changed.';

select base.tenant_table('learning.improvement_goals');
alter table learning.improvement_goals add constraint improvement_goals_cycle_fkey
    foreign key (organization_id, improvement_cycle_id) references learning.improvement_cycles (organization_id, id) on delete cascade;

-- migrate: rollback
drop table learning.improvement_goals, learning.improvement_cycles;
drop type learning.cycle_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_feedback', 'plain', '5000ms', 1, 2627, 2649, 121, $gsdb_file$-- What people say about what a version predicted. Opinions stand beside measurements and never in their place.

create type learning.feedback_type as enum ('positive', 'negative', 'neutral', 'correction', 'enhancement', 'bug_report');
comment on type learning.feedback_type is 'What somebody says about a prediction.';

create table learning.feedback (
    organization_id  uuid                   not null,
    id               uuid                   not null default base.uuid_v7(),
    model_version_id uuid                   not null,
    feedback_type    learning.feedback_type not null,
    rating           smallint,
    comment          text                   not null default '',
    predicted_value  jsonb,
    actual_value     jsonb,
    user_id          uuid,
    processed_at     timestamptz,
    created_at       timestamptz            not null default now(),
    constraint feedback_pkey primary key (organization_id, id),
    constraint rating_is_1_to_5 check (rating between 1 and 5),
    constraint correction_says_what_is_right check (feedback_type <> 'correction' or actual_value is not null)
);
create index feedback_version_idx on learning.feedback (organization_id, model_version_id, id);
create index feedback_unprocessed_idx on learning.feedback (organization_id, id) where processed_at is null;

comment on table learning.feedback is 'What people say about what a version predicted.';
comment on column learning.feedback.organization_id is 'The organization of the version.';
comment on column learning.feedback.id is 'Its id.';
comment on column learning.feedback.model_version_id is 'The version that predicted.';
comment on column learning.feedback.feedback_type is 'What is said.';
comment on column learning.feedback.rating is 'From 1, bad, to 5, good; null when not rated.';
comment on column learning.feedback.comment is 'In the person''s words.';
comment on column learning.feedback.predicted_value is 'What was predicted; null when it is not about one prediction.';
comment on column learning.feedback.actual_value is 'What would have been right; null when not said.';
comment on column learning.feedback.user_id is 'Who said it; null when unknown. Id of identity.users.';
comment on column learning.feedback.processed_at is 'When learning took it in; null while it has not.';
comment on column learning.feedback.created_at is 'When it was said.';

select base.tenant_table('learning.feedback');
alter table learning.feedback add constraint feedback_version_fkey
    foreign key (organization_id, model_version_id) references learning.model_versions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists learning.model_performance_overview;
drop table learning.feedback;
drop type learning.feedback_type;
$gsdb_file$);
select pg_temp.gsdb_migrate(9, 'create_evolution_sessions', 'plain', '5000ms', 1, 6775, 6797, 189, $gsdb_file$-- Evolutions as OpenEvolve runs them, our own and imported ones.
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
$gsdb_file$);
select pg_temp.gsdb_migrate(10, 'create_programs', 'plain', '5000ms', 1, 9220, 9242, 241, $gsdb_file$-- Programs of an evolution. All are kept: one that is evicted leaves the population, not the table. A checkpoint names parents that
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
$gsdb_file$);
select pg_temp.gsdb_migrate(11, 'create_islands', 'plain', '5000ms', 1, 8113, 8135, 220, $gsdb_file$-- Where programs live: islands, the archive, and the cells of each island's feature map. Positions are those of the files, so that an
-- export lists programs in the order of the import; rows of our own runs have none and come after them.

create table openevolve.islands (
    organization_id uuid    not null,
    session_id      uuid    not null,
    number          integer not null,
    generation      integer not null default 0,
    best_program_id uuid,
    constraint islands_pkey primary key (organization_id, session_id, number),
    constraint counts_are_not_negative check (number >= 0 and generation >= 0)
);
create index islands_best_program_idx on openevolve.islands (organization_id, session_id, best_program_id) where best_program_id is not null;

comment on table openevolve.islands is 'Populations of an evolution that develop apart from each other.';
comment on column openevolve.islands.organization_id is 'The organization of the evolution.';
comment on column openevolve.islands.session_id is 'The evolution.';
comment on column openevolve.islands.number is 'Its number, from 0.';
comment on column openevolve.islands.generation is 'Generations it has seen.';
comment on column openevolve.islands.best_program_id is 'Its best program; null before there is one.';

select base.tenant_table('openevolve.islands');
alter table openevolve.islands add constraint islands_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;
alter table openevolve.islands add constraint best_program_is_of_the_session
    foreign key (organization_id, session_id, best_program_id) references openevolve.programs (organization_id, session_id, id);

create table openevolve.island_members (
    organization_id uuid    not null,
    session_id      uuid    not null,
    island_number   integer not null,
    program_id      uuid    not null,
    position        integer,
    constraint island_members_pkey primary key (organization_id, session_id, island_number, program_id)
);
create index island_members_program_idx on openevolve.island_members (organization_id, session_id, program_id);

comment on table openevolve.island_members is 'Which programs live on an island.';
comment on column openevolve.island_members.organization_id is 'The organization of the evolution.';
comment on column openevolve.island_members.session_id is 'The evolution.';
comment on column openevolve.island_members.island_number is 'The island.';
comment on column openevolve.island_members.program_id is 'The program.';
comment on column openevolve.island_members.position is 'Its place in the list it was imported from; null when it was not.';

select base.tenant_table('openevolve.island_members');
alter table openevolve.island_members add constraint island_members_island_fkey
    foreign key (organization_id, session_id, island_number) references openevolve.islands (organization_id, session_id, number) on delete cascade;
alter table openevolve.island_members add constraint island_members_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

create table openevolve.archive_members (
    organization_id uuid    not null,
    session_id      uuid    not null,
    program_id      uuid    not null,
    position        integer,
    constraint archive_members_pkey primary key (organization_id, session_id, program_id)
);

comment on table openevolve.archive_members is 'The elite of an evolution, over all islands.';
comment on column openevolve.archive_members.organization_id is 'The organization of the evolution.';
comment on column openevolve.archive_members.session_id is 'The evolution.';
comment on column openevolve.archive_members.program_id is 'The program.';
comment on column openevolve.archive_members.position is 'Its place in the list it was imported from; null when it was not.';

select base.tenant_table('openevolve.archive_members');
alter table openevolve.archive_members add constraint archive_members_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- Coordinates are text, and not an array, as in the files; and because the comparison of arrays is not leakproof, which would keep it
-- out of an index scan under row-level security. The fitness of the owner stands here so that one statement decides who gets a cell:
--     insert ... on conflict on constraint feature_map_cells_pkey do update ... where excluded.fitness > feature_map_cells.fitness
create table openevolve.feature_map_cells (
    organization_id uuid             not null,
    session_id      uuid             not null,
    island_number   integer          not null,
    coordinates     text             not null,
    program_id      uuid             not null,
    fitness         double precision not null,
    constraint feature_map_cells_pkey primary key (organization_id, session_id, island_number, coordinates),
    constraint coordinates_are_bins check (coordinates ~ '^[0-9]+(-[0-9]+)*$')
);
create index feature_map_cells_program_idx on openevolve.feature_map_cells (organization_id, session_id, program_id, fitness);

comment on table openevolve.feature_map_cells is 'The map of each island: the best program for each combination of features (MAP-Elites).';
comment on column openevolve.feature_map_cells.organization_id is 'The organization of the evolution.';
comment on column openevolve.feature_map_cells.session_id is 'The evolution.';
comment on column openevolve.feature_map_cells.island_number is 'The island.';
comment on column openevolve.feature_map_cells.coordinates is 'The bin in each feature dimension, joined by hyphens: 3-7. A cell is not moved when the bounds of the bins do.';
comment on column openevolve.feature_map_cells.program_id is 'The program that owns the cell.';
comment on column openevolve.feature_map_cells.fitness is 'The fitness of that program, and no other: the foreign key sees to it.';

select base.tenant_table('openevolve.feature_map_cells');
alter table openevolve.feature_map_cells add constraint feature_map_cells_island_fkey
    foreign key (organization_id, session_id, island_number) references openevolve.islands (organization_id, session_id, number) on delete cascade;
alter table openevolve.feature_map_cells add constraint fitness_is_the_owners
    foreign key (organization_id, session_id, program_id, fitness) references openevolve.programs (organization_id, session_id, id, fitness) on delete cascade;

create table openevolve.migrations (
    organization_id uuid        not null,
    session_id      uuid        not null,
    program_id      uuid        not null,
    from_island     integer,
    to_island       integer,
    created_at      timestamptz not null default now(),
    constraint migrations_pkey primary key (organization_id, session_id, program_id),
    constraint a_migration_changes_the_island check (from_island <> to_island),
    constraint counts_are_not_negative check (least(from_island, to_island) >= 0)
);

comment on table openevolve.migrations is 'Programs that are copies of one on another island. The copy''s parent is its original.';
comment on column openevolve.migrations.organization_id is 'The organization of the evolution.';
comment on column openevolve.migrations.session_id is 'The evolution.';
comment on column openevolve.migrations.program_id is 'The copy.';
comment on column openevolve.migrations.from_island is 'The island of the original; null when no file says it.';
comment on column openevolve.migrations.to_island is 'The island of the copy; null when no file says it.';
comment on column openevolve.migrations.created_at is 'When the row was written.';

select base.tenant_table('openevolve.migrations');
alter table openevolve.migrations add constraint migrations_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress, openevolve.program_documents;
drop table openevolve.migrations, openevolve.feature_map_cells, openevolve.archive_members, openevolve.island_members, openevolve.islands;
$gsdb_file$);
select pg_temp.gsdb_migrate(12, 'create_evaluations', 'plain', '5000ms', 1, 5275, 5297, 126, $gsdb_file$-- Runs of an evaluator over a program: the queue of a session's workers, and the memory that keeps a text from being evaluated twice.

create type openevolve.evaluation_status as enum ('pending', 'in_progress', 'completed', 'failed', 'timeout', 'cancelled');
comment on type openevolve.evaluation_status is 'Where an evaluation is.';

create table openevolve.evaluations (
    organization_id   uuid                         not null,
    id                uuid                         not null default base.uuid_v7(),
    session_id        uuid                         not null,
    program_id        uuid                         not null,
    evaluator_sha256  bytea                        not null,
    code_sha256       bytea                        not null,
    status            openevolve.evaluation_status not null default 'pending',
    claimed_by        text,
    lease_expires_at  timestamptz,
    metrics           jsonb                        not null default '{}',
    stages_passed     smallint                     not null default 0,
    cpu_ms            bigint,
    memory_peak_bytes bigint,
    cost_usd          numeric(14, 6)               not null default 0,
    error             text,
    started_at        timestamptz,
    finished_at       timestamptz,
    created_at        timestamptz                  not null default now(),
    updated_at        timestamptz                  not null default now(),
    constraint evaluations_pkey primary key (organization_id, id),
    constraint hashes_are_sha256 check (length(evaluator_sha256) = 32 and length(code_sha256) = 32),
    constraint in_progress_is_leased check ((status = 'in_progress') = (lease_expires_at is not null)
                                            and (lease_expires_at is null or claimed_by is not null)),
    constraint in_progress_has_a_start check (status in ('pending', 'cancelled') or started_at is not null),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'timeout', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint failed_says_why check ((status = 'failed') = (error is not null)),
    constraint metrics_is_object check (jsonb_typeof(metrics) = 'object'),
    constraint sizes_are_not_negative check (stages_passed >= 0 and least(cpu_ms, memory_peak_bytes) >= 0 and cost_usd >= 0)
);
-- What failed or ran out of time may be tried again.
create unique index a_code_is_evaluated_once on openevolve.evaluations (organization_id, evaluator_sha256, code_sha256)
    where status in ('pending', 'in_progress', 'completed');
create index evaluations_queue_idx on openevolve.evaluations (organization_id, session_id, id) where status = 'pending';
create index evaluations_lease_idx on openevolve.evaluations (organization_id, lease_expires_at) where status = 'in_progress';
create index evaluations_program_idx on openevolve.evaluations (organization_id, session_id, program_id);

comment on table openevolve.evaluations is 'Runs of an evaluator over a program, to be done and done.';
comment on column openevolve.evaluations.organization_id is 'The organization of the evolution.';
comment on column openevolve.evaluations.id is 'Its id.';
comment on column openevolve.evaluations.session_id is 'The evolution that asked for it.';
comment on column openevolve.evaluations.program_id is 'The program that is evaluated.';
comment on column openevolve.evaluations.evaluator_sha256 is 'SHA-256 of the evaluator: its text and settings.';
comment on column openevolve.evaluations.code_sha256 is 'SHA-256 of the program''s text; an evaluation of it by this evaluator serves every program of that text.';
comment on column openevolve.evaluations.status is 'Where it is.';
comment on column openevolve.evaluations.claimed_by is 'The worker that runs or last ran it; null before one does.';
comment on column openevolve.evaluations.lease_expires_at is 'When another worker may take it; null while none runs it.';
comment on column openevolve.evaluations.metrics is 'What was measured, by name, as in programs.';
comment on column openevolve.evaluations.stages_passed is 'Stages of the cascade that it passed.';
comment on column openevolve.evaluations.cpu_ms is 'Processor time it took; null while not measured.';
comment on column openevolve.evaluations.memory_peak_bytes is 'The most memory it held; null while not measured.';
comment on column openevolve.evaluations.cost_usd is 'What models asked by the evaluator have cost, in US dollars.';
comment on column openevolve.evaluations.error is 'Why it failed; null when it did not.';
comment on column openevolve.evaluations.started_at is 'When it last began; null before it has.';
comment on column openevolve.evaluations.finished_at is 'When it ended, well or not; null while it has not.';
comment on column openevolve.evaluations.created_at is 'When it was asked for.';
comment on column openevolve.evaluations.updated_at is 'When it was last changed.';

select base.tenant_table('openevolve.evaluations');
alter table openevolve.evaluations add constraint evaluations_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress;
drop table openevolve.evaluations;
drop type openevolve.evaluation_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(13, 'create_trace', 'plain', '5000ms', 1, 4475, 4497, 77, $gsdb_file$-- What an evolution did, iteration by iteration. A trace stands for itself: it keeps the texts of programs that a checkpoint has lost,
-- and has no foreign key to programs.

create table openevolve.trace (
    organization_id            uuid             not null,
    session_id                 uuid             not null,
    iteration                  integer          not null,
    parent_id                  uuid             not null,
    child_id                   uuid             not null,
    traced_at_seconds          double precision not null,
    parent_metrics             jsonb            not null,
    child_metrics              jsonb            not null,
    improvement_delta          jsonb,
    parent_code                text,
    child_code                 text,
    parent_changes_description text,
    child_changes_description  text,
    code_diff                  text,
    prompt                     jsonb,
    llm_response               text,
    island_number              integer,
    generation                 integer,
    artifacts                  jsonb,
    metadata                   jsonb,
    created_at                 timestamptz      not null default now(),
    constraint trace_pkey primary key (organization_id, session_id, iteration, parent_id, child_id),
    constraint child_is_another_program check (parent_id <> child_id),
    constraint counts_are_not_negative check (least(iteration, island_number, generation) >= 0),
    constraint documents_are_objects check (jsonb_typeof(parent_metrics) = 'object' and jsonb_typeof(child_metrics) = 'object'
                                            and coalesce(jsonb_typeof(improvement_delta), 'object') = 'object'
                                            and coalesce(jsonb_typeof(prompt), 'object') = 'object'
                                            and coalesce(jsonb_typeof(artifacts), 'object') = 'object'
                                            and coalesce(jsonb_typeof(metadata), 'object') = 'object')
);

comment on table openevolve.trace is 'What an evolution did, iteration by iteration. Only ever added to; the same entry twice is one row.';
comment on column openevolve.trace.organization_id is 'The organization of the evolution.';
comment on column openevolve.trace.session_id is 'The evolution.';
comment on column openevolve.trace.iteration is 'The iteration.';
comment on column openevolve.trace.parent_id is 'The program it began with; it may be in no other table.';
comment on column openevolve.trace.child_id is 'The program it made; it may be in no other table.';
comment on column openevolve.trace.traced_at_seconds is 'When it was traced, in seconds since 1970, as exact as the files; entries are listed in this order.';
comment on column openevolve.trace.parent_metrics is 'What the parent''s evaluation measured.';
comment on column openevolve.trace.child_metrics is 'What the child''s evaluation measured.';
comment on column openevolve.trace.improvement_delta is 'By metric, child less parent; null when not traced, as in the columns below.';
comment on column openevolve.trace.parent_code is 'The parent''s text.';
comment on column openevolve.trace.child_code is 'The child''s text.';
comment on column openevolve.trace.parent_changes_description is 'What the parent changes.';
comment on column openevolve.trace.child_changes_description is 'What the child changes.';
comment on column openevolve.trace.code_diff is 'The difference of the two texts.';
comment on column openevolve.trace.prompt is 'What the model was asked: system, user and so on.';
comment on column openevolve.trace.llm_response is 'What it answered.';
comment on column openevolve.trace.island_number is 'The island it happened on.';
comment on column openevolve.trace.generation is 'The generation of the child.';
comment on column openevolve.trace.artifacts is 'Artifacts of the child''s evaluation, by name.';
comment on column openevolve.trace.metadata is 'What else was traced: iteration_time, changes.';
comment on column openevolve.trace.created_at is 'When the row was written.';

-- Not base.make_append_only: the entries go with their session, and the login role cannot delete them otherwise.
select base.tenant_table('openevolve.trace', privileges => 'select, insert');
alter table openevolve.trace add constraint trace_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.trace_documents;
drop table openevolve.trace;
$gsdb_file$);
select pg_temp.gsdb_migrate(14, 'create_context_analysis', 'plain', '5000ms', 1, 2368, 2390, 128, $gsdb_file$-- What is known about the code around an evolution, aspect by aspect: what a prompt can draw on, and what it has to do without.

create type openevolve.context_aspect as enum (
    'code_structure', 'dependencies', 'patterns', 'complexity', 'semantic_graph', 'function_relationships', 'data_flow', 'control_flow',
    'quality', 'performance');
comment on type openevolve.context_aspect is 'A way to look at code.';

create table openevolve.context_analysis (
    organization_id uuid                      not null,
    session_id      uuid                      not null,
    aspect          openevolve.context_aspect not null,
    codebase_id     uuid,
    commit_id       text,
    findings        jsonb                     not null,
    analysed_at     timestamptz               not null default now(),
    updated_at      timestamptz               not null default now(),
    constraint context_analysis_pkey primary key (organization_id, session_id, aspect),
    constraint findings_say_something check (jsonb_typeof(findings) = 'object' and findings <> '{}'),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);

comment on table openevolve.context_analysis is 'What is known about the code around an evolution; an aspect that was not looked at has no row.';
comment on column openevolve.context_analysis.organization_id is 'The organization of the evolution.';
comment on column openevolve.context_analysis.session_id is 'The evolution.';
comment on column openevolve.context_analysis.aspect is 'The way it was looked at.';
comment on column openevolve.context_analysis.codebase_id is 'The code; null when the evolved text stands alone. Id of codebase.codebases.';
comment on column openevolve.context_analysis.commit_id is 'The Git commit that was looked at; null when none.';
comment on column openevolve.context_analysis.findings is 'What was found, by the aspect.';
comment on column openevolve.context_analysis.analysed_at is 'When it was looked at.';
comment on column openevolve.context_analysis.updated_at is 'When the row was last changed.';

select base.tenant_table('openevolve.context_analysis');
alter table openevolve.context_analysis add constraint context_analysis_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress;
drop table openevolve.context_analysis;
drop type openevolve.context_aspect;
$gsdb_file$);
select pg_temp.gsdb_migrate(15, 'create_adaptations', 'plain', '5000ms', 1, 6103, 6125, 161, $gsdb_file$-- Adaptations: something learned is changed on purpose, measured before and after, and taken back when it did no good. Where one is
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
$gsdb_file$);
select pg_temp.gsdb_end_module();
