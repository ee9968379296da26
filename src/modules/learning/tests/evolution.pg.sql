-- Evolutions: what programs, islands and evaluations may look like, that no lineage has a cycle, and that a checkpoint and a trace come
-- out as they went in. The documents are written for this test, in the form of OpenEvolve's files.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(83);
set local app.organization_id = :acme;

create function pg_temp.as_acme(statement text) returns text language plpgsql as $$
begin
    return pg_temp.answer('learning_user', 'a0000000-0000-7000-8000-000000000001', statement);
end $$;

-- Sessions.
select is(pg_temp.refused_by(format('update openevolve.evolution_sessions set %s where id = %L', change, :acme_session)), refusal, format('evolution %s: %s', change, refusal))
from (values
    ('status = ''running''', 'running_has_a_start'),
    ('status = ''failed'', started_at = now(), finished_at = now()', 'failed_says_why'),
    ('status = ''cancelled'', finished_at = now()', 'nothing'),
    ('iterations_max = 0', 'counts_are_not_negative'),
    ('configuration = ''"x"''', 'documents_are_objects'),
    ('configuration = ''{"llm": {"models": [{"name": "m", "api_key": "sk-1234"}]}}''', 'api_key_is_a_variable'),
    ('configuration = ''{"llm": {"api_key": null, "models": [{"name": "m", "api_key": "${OPENAI_API_KEY}"}, {"api_key": ""}]}}''', 'nothing'),
    ('feature_dimensions = ''{a,NULL}''', 'feature_dimensions_are_given'),
    ('best_program_id = ''a9000000-0000-7000-8000-00000000000f''', 'best_program_is_of_the_session')
) as changes (change, refusal);
select is(pg_temp.as_acme(format('select openevolve.set_evolution_status(%L, %L, %L)', :acme_session, status, error)), outcome, format('%s then: %s', status, coalesce(nullif(outcome, ''), 'done')))
from (values ('completed', null, 'GS803'), ('paused', null, 'GS803'), ('running', null, ''), ('paused', null, ''), ('completed', null, 'GS803'), ('running', null, ''), ('failed', null, '23514'), ('failed', 'no model answers', ''),
             ('paused', null, 'GS803'), ('running', null, ''), ('completed', null, ''), ('running', null, ''), ('pending', null, 'GS803')) as steps (status, error, outcome);
select results_eq(format('select status::text, finished_at is null, error from openevolve.evolution_sessions where id = %L', :acme_session), $$values ('running', true, null::text)$$, 'an evolution that goes on has no end and no error');

-- Programs.
select is(pg_temp.refused_by(format('update openevolve.programs set %s where session_id = %L', change, :acme_session)), refusal, format('program %s: %s', change, refusal))
from (values
    ('code = ''x = 2''', 'hash_is_of_the_code'),
    ('code = ''x = 2'', code_sha256 = sha256(''x = 2'')', 'nothing'),
    ('code = null', 'code_has_a_hash'),
    ('code = null, code_sha256 = null', 'population_is_complete'),
    ('generation = null', 'population_is_complete'),
    ('generation = -1', 'counts_are_not_negative'),
    ('metrics = ''[1]''', 'metrics_is_object'),
    ('metrics = ''{"a": {"$number": "NaN"}, "b": {"$number": "-Infinity"}, "c": {"$number": "1e+16"}, "d": {"$number": "-0.0"}, "e": true, "f": "text", "g": 1.50}''', 'nothing'),
    ('metrics = ''{"a": {"$number": "many"}}''', 'special_numbers_are_spelled'),
    ('metrics = ''{"a": {"$number": 1}}''', 'special_numbers_are_spelled'),
    ('fitness = ''NaN''', 'fitness_is_comparable'),
    ('metadata = ''{"island": 1}'', island_number = 1', 'island_is_said_once'),
    ('metadata = ''{"island": null}''', 'nothing'),
    ('embedding = ''{{1,2}}''', 'embedding_is_a_vector'),
    ('embedding = ''{0.1,NaN,-Infinity}''', 'nothing'),
    ('parent_id = id', 'parent_has_a_depth'),
    ('parent_id = id, parent_depth = depth, depth = depth + 1', 'parent_is_one_step_up'),
    ('parent_id = id, parent_depth = -1', 'parent_is_one_step_up'),
    ('fitness = 0.6', 'fitness_is_the_owners')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into openevolve.artifact_files values (%L, %L, %L, ''../profile'', ''x'')', :acme, :acme_session, :acme_program)), 'name_is_a_file_name', 'an artifact does not leave its folder');

-- Cells: the better program gets it, whoever comes when; another fitness than the owner's cannot be claimed.
insert into openevolve.programs (organization_id, session_id, id, code, code_sha256, language, generation, iteration_found, found_at_seconds, fitness)
values (:acme, :acme_session, 'a9000000-0000-7000-8000-00000000000a', 'y', sha256('y'), 'python', 1, 1, 1, 0.5), (:acme, :acme_session, 'a9000000-0000-7000-8000-00000000000b', 'z', sha256('z'), 'python', 1, 2, 2, 0.7),
       (:acme, :acme_session, 'a9000000-0000-7000-8000-00000000000c', 'n', sha256('n'), 'python', 1, 3, 3, '-Infinity');
create function pg_temp.settle(program uuid, fitness double precision) returns text language plpgsql as $$
begin
    return pg_temp.as_acme(format('insert into openevolve.feature_map_cells as c (organization_id, session_id, island_number, coordinates, program_id, fitness) values (''a0000000-0000-7000-8000-000000000001'', ''a8000000-0000-7000-8000-000000000001'', 0, ''3-7'', %L, %L)
        on conflict on constraint feature_map_cells_pkey do update set program_id = excluded.program_id, fitness = excluded.fitness where excluded.fitness > c.fitness returning ''settled''', program, fitness));
end $$;
select is(pg_temp.settle('a9000000-0000-7000-8000-00000000000a', 0.5), null, 'an equal one does not take the cell');
select is(pg_temp.settle('a9000000-0000-7000-8000-00000000000c', '-Infinity'), null, 'one whose score is no number does not');
select is(pg_temp.settle('a9000000-0000-7000-8000-00000000000a', 0.9), '23503', 'one that claims more than it has cannot');
select is(pg_temp.settle('a9000000-0000-7000-8000-00000000000b', 0.7), 'settled', 'a better one does');
select is(pg_temp.refused_by(format('update openevolve.feature_map_cells set coordinates = %L where session_id = %L', coordinates, :acme_session)), refusal, format('cell %s: %s', coordinates, refusal))
from (values ('3-', 'coordinates_are_bins'), ('-1-2', 'coordinates_are_bins'), ('4', 'nothing'), ('1-2-3', 'nothing')) as v (coordinates, refusal);
select pg_temp.as_acme(format('select openevolve.evict_program(%L, ''a9000000-0000-7000-8000-00000000000b'')', :acme_session));
select results_eq(format('select (select count(*) from openevolve.feature_map_cells where session_id = %1$L), (select count(*) from openevolve.programs where session_id = %1$L), (select count(*) from openevolve.programs where session_id = %1$L and evicted_at is null)', :acme_session),
                  $$values (0::bigint, 4::bigint, 3::bigint)$$, 'who is evicted leaves its cell and stays known');

-- Evaluations: a text once for each evaluator, as long as that did not fail.
select is(pg_temp.refused_by(format('update openevolve.evaluations set %s where session_id = %L', change, :acme_session)), refusal, format('evaluation %s: %s', change, refusal))
from (values
    ('status = ''in_progress'', started_at = now()', 'in_progress_is_leased'),
    ('status = ''in_progress'', started_at = now(), lease_expires_at = now()', 'in_progress_is_leased'),
    ('status = ''in_progress'', started_at = now(), lease_expires_at = now(), claimed_by = ''worker 1''', 'nothing'),
    ('lease_expires_at = now(), claimed_by = ''worker 1''', 'in_progress_is_leased'),
    ('status = ''completed'', started_at = now()', 'finished_has_an_end'),
    ('status = ''failed'', started_at = now(), finished_at = now()', 'failed_says_why'),
    ('code_sha256 = ''\x00''', 'hashes_are_sha256')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into openevolve.evaluations (organization_id, session_id, program_id, evaluator_sha256, code_sha256) values (%L, %L, %L, sha256(%L), sha256(''x = 1''))', :acme, :acme_session, :acme_program, evaluator)), refusal, format('again by %s: %s', evaluator, refusal))
from (values ('evaluator', 'a_code_is_evaluated_once'), ('another evaluator', 'nothing')) as v (evaluator, refusal);
update openevolve.evaluations set status = 'timeout', started_at = now(), finished_at = now() where session_id = :acme_session;
select is(pg_temp.refused_by(format('insert into openevolve.evaluations (organization_id, session_id, program_id, evaluator_sha256, code_sha256) values (%L, %L, %L, sha256(''evaluator''), sha256(''x = 1''))', :acme, :acme_session, :acme_program)), 'nothing', 'what ran out of time may be tried again');

-- Fitness as OpenEvolve compares, but NaN loses.
select results_eq($$select openevolve.fitness(metrics::jsonb, '{complexity,speed}') from (values (1, '{"combined_score": 0.25, "a": 9}'), (2, '{"a": 1, "b": 2, "speed": 100, "passed": true, "name": "x", "c": {"$number": "NaN"}}'), (3, '{"speed": 4}'), (4, '{}'),
                      (5, '{"combined_score": {"$number": "NaN"}}'), (6, '{"a": 1, "b": {"$number": "Infinity"}}'), (7, '{"error": 0.0}')) as v (n, metrics) order by n$$,
                  array[0.25, 1.5, 4, 0, '-Infinity', 'Infinity', 0]::double precision[], 'fitness of metrics');

-- A checkpoint: a first program, its child, a migrant copy of the child, and a program whose parent was evicted. NaN and Infinity, an
-- exponent, a negative zero, an escaped key, an embedding, artifacts inside and outside, null where nothing is.
insert into openevolve.evolution_sessions (organization_id, id, name, openevolve_version) values (:acme, 'a8000000-0000-7000-8000-00000000000a', 'imported', '0.3.2'), (:acme, 'a8000000-0000-7000-8000-00000000000b', 'imported again', '0.3.2');
create temporary table files (name text, content jsonb) on commit drop;
grant select on files to public;
insert into files values ('programs', $json$[
  {"id": "10000000-0000-4000-8000-000000000003", "code": "grow()\n", "changes_description": null, "language": "python", "parent_id": "10000000-0000-4000-8000-000000000002", "generation": 1,
   "timestamp": 1795218880.4947455, "iteration_found": 0, "metrics": {"combined_score": 0.75, "ratio": {"$number": "Infinity"}}, "complexity": 0, "diversity": 0,
   "metadata": {"changes": "Grow slower", "parent_metrics": {"combined_score": 0.5, "ratio": {"$number": "NaN"}}, "island": 1, "migrant": true}, "prompts": null, "artifacts_json": null, "artifact_dir": null, "embedding": null},
  {"id": "10000000-0000-4000-8000-000000000001", "code": "start()", "changes_description": "Beginning", "language": "python", "parent_id": null, "generation": 0,
   "timestamp": 1795218880, "iteration_found": 0, "metrics": {"combined_score": 0.5, "ratio": {"$number": "NaN"}, "size": {"$number": "1e+16"}, "drift": {"$number": "-0.0"}, "passed": true, "verdict": "ok"}, "complexity": 7, "diversity": 12.25,
   "metadata": {"island": null, "$$number": "a key of the file", "tags": ["a", {"$text": "b\\u0000c"}]}, "prompts": {"full_rewrite_user": {"system": "You improve code.", "user": "Improve this.", "responses": ["start()", {"$text": "\\ud800"}]}},
   "artifacts_json": "{\"stdout\": \"NUL \\u0000 and NaN\", \"image\": {\"__bytes__\": \"AAE=\"}}", "artifact_dir": "./artifacts/10000000-0000-4000-8000-000000000001", "embedding": [0.125, -1, {"$number": "NaN"}]},
  {"id": "10000000-0000-4000-8000-000000000002", "code": "grow()\n", "changes_description": null, "language": "python", "parent_id": "10000000-0000-4000-8000-000000000001", "generation": 1,
   "timestamp": 1795218880.324148, "iteration_found": 3, "metrics": {"combined_score": 0.75, "ratio": {"$number": "Infinity"}}, "complexity": 0, "diversity": 0,
   "metadata": {"changes": "Grow slower", "parent_metrics": {"combined_score": 0.5, "ratio": {"$number": "NaN"}}, "island": 0}, "prompts": {}, "artifacts_json": null, "artifact_dir": null, "embedding": null},
  {"id": "10000000-0000-4000-8000-000000000009", "code": "shrink()", "changes_description": null, "language": "python", "parent_id": "10000000-0000-4000-8000-000000000008", "generation": 4,
   "timestamp": 1795218881.0000002, "iteration_found": 9, "metrics": {}, "complexity": 0, "diversity": 0,
   "metadata": {"island": 1}, "prompts": null, "artifacts_json": "{}", "artifact_dir": null, "embedding": []}]$json$),
('metadata', $json${"island_feature_maps": [{"3-7": "10000000-0000-4000-8000-000000000002", "0-0": "10000000-0000-4000-8000-000000000001"}, {"3-7": "10000000-0000-4000-8000-000000000003", "1-1": "10000000-0000-4000-8000-00000000000c"}, {}],
  "islands": [["10000000-0000-4000-8000-000000000002", "10000000-0000-4000-8000-000000000001"], ["10000000-0000-4000-8000-000000000009", "10000000-0000-4000-8000-000000000003"], []],
  "archive": ["10000000-0000-4000-8000-000000000009", "10000000-0000-4000-8000-000000000002"], "best_program_id": "10000000-0000-4000-8000-000000000002",
  "island_best_programs": ["10000000-0000-4000-8000-000000000002", "10000000-0000-4000-8000-000000000003", null], "last_iteration": 9, "current_island": 2, "island_generations": [3, 2, 0], "last_migration_generation": 2,
  "feature_stats": {"complexity": {"min": 7.0, "max": {"$number": "Infinity"}, "values": [7.0, 12.5]}}, "key_of_a_later_version": {"a": null}}$json$),
('trace', $json$[
  {"iteration": 3, "timestamp": 1795218880.3250003, "parent_id": "10000000-0000-4000-8000-000000000001", "child_id": "10000000-0000-4000-8000-000000000002", "parent_metrics": {"combined_score": 0.5, "ratio": {"$number": "NaN"}},
   "child_metrics": {"combined_score": 0.75, "ratio": {"$number": "Infinity"}}, "parent_code": "start()", "child_code": "grow()\n", "parent_changes_description": "", "prompt": {"system": "s", "user": null}, "llm_response": "grow()",
   "improvement_delta": {"combined_score": 0.25, "ratio": {"$number": "NaN"}}, "island_id": 0, "generation": 1, "artifacts": {"stdout": {"$text": "a\\u0000"}}, "metadata": {"iteration_time": 0.009048223495483398, "changes": null}},
  {"iteration": 4, "timestamp": 1795218880.5, "parent_id": "10000000-0000-4000-8000-000000000002", "child_id": "10000000-0000-4000-8000-000000000007", "parent_metrics": {}, "child_metrics": {"error": 0.0}}]$json$);

select is(pg_temp.as_acme('select openevolve.import_programs(''a8000000-0000-7000-8000-00000000000a'', content) from files where name = ''programs'''), '4', 'four programs come in, children before parents');
select is(pg_temp.as_acme('select openevolve.import_checkpoint(''a8000000-0000-7000-8000-00000000000a'', content) from files where name = ''metadata'''), '', 'and what the checkpoint says of them');
select is(pg_temp.as_acme('select openevolve.import_trace(''a8000000-0000-7000-8000-00000000000a'', content) from files where name = ''trace'''), '2', 'and the trace');
select is(pg_temp.as_acme('select openevolve.import_trace(''a8000000-0000-7000-8000-00000000000a'', content || content) from files where name = ''trace'''), '0', 'once, however often its lines are repeated');
select set_eq('select document from openevolve.program_documents where session_id = ''a8000000-0000-7000-8000-00000000000a'' and evicted_at is null', 'select jsonb_array_elements(content) from files where name = ''programs''', 'programs come out as they went in');
select is(pg_temp.as_acme('select openevolve.checkpoint_metadata(''a8000000-0000-7000-8000-00000000000a'')')::jsonb, content, 'so does the checkpoint''s own file, a program that it has lost and a key that nobody knows included') from files where name = 'metadata';
select results_eq('select document from openevolve.trace_documents where session_id = ''a8000000-0000-7000-8000-00000000000a'' order by traced_at_seconds', 'select jsonb_array_elements(content) from files where name = ''trace''', 'and the trace, entry by entry');
select results_eq($$select right(id::text, 1), right(parent_id::text, 1), depth, generation, island_number, fitness, code is null, evicted_at is null from openevolve.programs where session_id = 'a8000000-0000-7000-8000-00000000000a' order by id$$,
                  $$values ('1', null, 0, 0, null, 0.5::double precision, false, true), ('2', '1', 1, 1, 0, 0.75, false, true), ('3', '2', 2, 1, 1, 0.75, false, true), ('8', null, 0, null, null, '-Infinity', true, false), ('9', '8', 1, 4, 1, 0, false, true), ('c', null, 0, null, null, '-Infinity', true, false)$$,
                  'lineages are whole: lost programs are rows without code');
select results_eq($$select right(program_id::text, 1), from_island, to_island from openevolve.migrations where session_id = 'a8000000-0000-7000-8000-00000000000a'$$, $$values ('3', 0, 1)$$, 'the migrant is a migration');
select results_eq($$select openevolve.number(metrics -> 'ratio'), openevolve.number(metrics -> 'size'), openevolve.number(metrics -> 'passed') from openevolve.programs where session_id = 'a8000000-0000-7000-8000-00000000000a' and right(id::text, 1) = '1'$$,
                  $$values ('NaN'::double precision, 1e16::double precision, null::double precision)$$, 'numbers that JSON does not have are numbers for SQL');
select results_eq($$select last_iteration, best_fitness, programs, population, lost_programs, distinct_codes, islands, generation, archive, cells, migrants from openevolve.evolution_progress where id = 'a8000000-0000-7000-8000-00000000000a'$$,
                  $$values (9, 0.75::double precision, 4::bigint, 4::bigint, 2::bigint, 3::bigint, 3::bigint, 3, 2::bigint, 4::bigint, 1::bigint)$$, 'evolution_progress counts each thing once');
select results_eq(format('select programs, evaluations_waiting, evaluations_failed, context_completeness_percentage from openevolve.evolution_progress where id = %L', :acme_session), $$values (4::bigint, 0::bigint, 1::bigint, 10.00)$$, 'evaluations and context, too');

-- The same run in a second session; a lost program that a later file brings; cycles; what no column holds.
select is(pg_temp.as_acme('select openevolve.import_programs(''a8000000-0000-7000-8000-00000000000b'', content) from files where name = ''programs'''), '4', 'the same run is imported a second time');
select is(pg_temp.as_acme($$select openevolve.import_programs('a8000000-0000-7000-8000-00000000000b', '[{"id": "10000000-0000-4000-8000-000000000008", "code": "lost()", "language": "python", "parent_id": "10000000-0000-4000-8000-000000000003", "generation": 3, "timestamp": 1, "iteration_found": 8}]')$$), '1', 'a lost program is found');
select results_eq($$select right(id::text, 1), depth from openevolve.programs where session_id = 'a8000000-0000-7000-8000-00000000000b' order by depth$$, $$values ('1', 0), ('2', 1), ('3', 2), ('8', 3), ('9', 4)$$, 'and what descends from it moves down');
select is(pg_temp.as_acme($$select openevolve.import_programs('a8000000-0000-7000-8000-00000000000b', '[{"id": "20000000-0000-4000-8000-000000000001", "parent_id": "20000000-0000-4000-8000-000000000002", "code": "a", "language": "python", "generation": 0, "timestamp": 1, "iteration_found": 1}, {"id": "20000000-0000-4000-8000-000000000002", "parent_id": "20000000-0000-4000-8000-000000000001", "code": "b", "language": "python", "generation": 0, "timestamp": 1, "iteration_found": 1}]')$$), 'GS804', 'two that are each other''s parents are refused');
select is(pg_temp.as_acme($$select openevolve.import_programs('a8000000-0000-7000-8000-00000000000b', '[{"id": "20000000-0000-4000-8000-000000000001", "mood": "good"}]')$$), 'GS805', 'so is a field that no column holds');
select is(pg_temp.as_acme($$select openevolve.import_programs('a8000000-0000-7000-8000-00000000000b', '[{"id": "20000000-0000-4000-8000-000000000001", "code": {"$text": "a\\u0000"}}]')$$), 'GS805', 'and a code that PostgreSQL cannot store');
select is(pg_temp.refused_by('delete from openevolve.evolution_sessions where id = ''a8000000-0000-7000-8000-00000000000a'''), 'nothing', 'a session goes with all it has, best programs and lineages included');
select is(pg_temp.refused_by(format('delete from openevolve.evolution_sessions where id = %L', :acme_session)), 'adaptations_session_fkey', 'unless an adaptation came from it');

select * from finish();
rollback;
