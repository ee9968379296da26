-- The queries of the workload use the indexes made for them, with some ten thousand rows of a few tenants, for the login role under
-- row-level security: there an operator that is not leakproof is no index condition, which a superuser would not notice.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
select plan(21);

create function pg_temp.numbered(kind integer, number bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
create temporary table tenants on commit drop as select n, pg_temp.numbered(1, n) as organization from generate_series(0, 4) as n;
\set tenant 'pg_temp.numbered(1, i % 5)'
\set acme '''00000001-0000-7000-8000-000000000001'''

insert into learning.learning_models (organization_id, id, name, model_type) select :tenant, pg_temp.numbered(2, i), 'model ' || i, 'quality_scorer' from generate_series(1, 5000) i;
insert into learning.model_versions (organization_id, id, model_id, version, algorithm, stage)
select :tenant, pg_temp.numbered(3, i * 10 + v), pg_temp.numbered(2, i), v::text, 'svm', case when v = 2 then 'production' else 'retired' end::learning.model_stage from generate_series(1, 5000) i, generate_series(1, 3) v;
insert into learning.model_versions (organization_id, id, model_id, version, algorithm) select :acme, pg_temp.numbered(3, 1000000 + v), pg_temp.numbered(2, 1), 'many-' || v, 'svm' from generate_series(1, 500) v;
insert into learning.model_measurements (organization_id, model_version_id, metric, measured_at, dataset, value, sample_count)
select :tenant, pg_temp.numbered(3, i * 10 + 2), metric, now() - day * interval '1 day', 'test', 0.5, 10 from generate_series(1, 2000) i, unnest('{accuracy,f1}'::text[]) metric, generate_series(1, 3) day;
insert into learning.training_sessions (organization_id, id, model_id, name, status, started_at, finished_at)
select :tenant, pg_temp.numbered(4, i), pg_temp.numbered(2, i), 'run', case when i <= 25 then 'training' else 'completed' end::learning.training_status, now(), case when i > 25 then now() end from generate_series(1, 5000) i;
insert into learning.training_metrics (organization_id, training_session_id, metric, step, value)
select :tenant, pg_temp.numbered(4, i), metric, step, 1 from generate_series(1, 100) i, unnest('{accuracy,loss}'::text[]) metric, generate_series(1, 200) step;
insert into learning.feedback (organization_id, id, model_version_id, feedback_type, processed_at)
select :tenant, pg_temp.numbered(5, i), pg_temp.numbered(3, i * 10 + 1), 'neutral', case when i > 100 then now() end from generate_series(1, 5000) i;
insert into learning.error_groups (organization_id, id, title, status, first_seen_at, last_seen_at, resolved_at)
select :tenant, pg_temp.numbered(6, i), 'x', case when i % 10 = 1 then 'open' else 'resolved' end::learning.error_status, now(), now() + i * interval '1 second', case when i % 10 <> 1 then now() end from generate_series(1, 5000) i;
insert into learning.error_fingerprints (organization_id, id, error_group_id, algorithm, digest, explanation)
select :tenant, pg_temp.numbered(7, i * 2 + n), pg_temp.numbered(6, i), 'stack:1', sha256(convert_to(i || '/' || n, 'UTF8')), 'x' from generate_series(1, 5000) i, generate_series(0, 1) n;
insert into learning.error_reports (organization_id, fingerprint_id, occurred_at, error_type, message, source)
select :tenant, pg_temp.numbered(7, i * 2), now() - n * interval '1 hour', 'x', 'x', 'x' from generate_series(1, 5000) i, generate_series(1, 4) n;
insert into learning.root_causes (organization_id, error_group_id, cause, method, confidence) select :tenant, pg_temp.numbered(6, i), 'x', 'blame', 0.5 from generate_series(1, 5000) i;
insert into learning.healing_strategies (organization_id, id, name, action) select :tenant, pg_temp.numbered(8, i), i::text, 'retry' from generate_series(1, 50) i;
insert into learning.healing_applications (organization_id, strategy_id, error_group_id, started_at)
select :tenant, pg_temp.numbered(8, i % 50 + case when i % 50 = 0 then 50 else 0 end), pg_temp.numbered(6, i), now() - (i / 50) * interval '1 day' from generate_series(1, 5000) i;
insert into learning.patterns (organization_id, id, pattern_type, name, signature, confidence) select :tenant, pg_temp.numbered(9, i), 'x', 'x', i::text, 0.5 from generate_series(1, 500) i;
insert into learning.pattern_occurrences (organization_id, pattern_id, source_kind, source_id, occurred_at)
select :tenant, pg_temp.numbered(9, i), 'event', pg_temp.numbered(10, i * 100 + n), now() from generate_series(1, 500) i, generate_series(1, 20) n;
insert into openevolve.evolution_sessions (organization_id, id, name, status, started_at, finished_at)
select :tenant, pg_temp.numbered(11, i), 'x', case when i <= 10 then 'running' else 'completed' end::openevolve.evolution_status, now(), case when i > 10 then now() end from generate_series(1, 3000) i;
insert into openevolve.programs (organization_id, session_id, id, code, code_sha256, language, generation, iteration_found, found_at_seconds, fitness)
select :tenant, pg_temp.numbered(11, i), pg_temp.numbered(12, n), n::text, sha256(convert_to(n::text, 'UTF8')), 'python', 0, n, n, n from generate_series(1, 10) i, generate_series(1, 1000) n;
insert into openevolve.islands (organization_id, session_id, number) select :tenant, pg_temp.numbered(11, i), n from generate_series(1, 10) i, generate_series(0, 4) n;
insert into openevolve.island_members (organization_id, session_id, island_number, program_id) select :tenant, pg_temp.numbered(11, i), n % 5, pg_temp.numbered(12, n) from generate_series(1, 10) i, generate_series(1, 1000) n;
insert into openevolve.feature_map_cells (organization_id, session_id, island_number, coordinates, program_id, fitness)
select :tenant, pg_temp.numbered(11, i), n % 5, n || '-1', pg_temp.numbered(12, n), n from generate_series(1, 10) i, generate_series(1, 1000) n;
insert into openevolve.evaluations (organization_id, session_id, program_id, evaluator_sha256, code_sha256, status, claimed_by, lease_expires_at, started_at, finished_at)
select :tenant, pg_temp.numbered(11, i), pg_temp.numbered(12, n), sha256(convert_to(i::text, 'UTF8')), sha256(convert_to(n::text, 'UTF8')),
       case when n <= 20 then 'pending' when n <= 30 then 'in_progress' else 'completed' end::openevolve.evaluation_status,
       case when n > 20 then 'worker' end, case when n between 21 and 30 then now() end, case when n > 20 then now() end, case when n > 30 then now() end
from generate_series(1, 10) i, generate_series(1, 1000) n;
insert into openevolve.trace (organization_id, session_id, iteration, parent_id, child_id, traced_at_seconds, parent_metrics, child_metrics)
select :tenant, pg_temp.numbered(11, i), n, pg_temp.numbered(12, n), pg_temp.numbered(12, n + 1), n, '{}', '{}' from generate_series(1, 10) i, generate_series(1, 1000) n;
analyze;

\ir ../sql/workload.sql

-- The indexes that a statement's plan reads; of a partition's, the one of the whole table.
create function pg_temp.indexes_used(statement text) returns setof name language plpgsql as $$
declare
    plan json;
begin
    perform set_config('app.organization_id', '00000001-0000-7000-8000-000000000001', true);
    set local role learning_user;
    execute 'explain (format json) execute ' || statement into plan;
    reset role;
    return query
    select distinct coalesce(whole.relname, part.relname)
    from regexp_matches(plan::text, '"Index Name": "([^"]+)"', 'g') as used
    join pg_class part on part.relname = used[1]
    left join pg_inherits i on i.inhrelid = part.oid
    left join pg_class whole on whole.oid = i.inhparent;
end $$;
create temporary table workload (name text, arguments text, indexes name[]) on commit drop;
insert into workload values
    ('find_model_in_production', '''model 1''', '{learning_models_name_key,a_model_has_one_version_in_production}'),
    ('list_models', '''model 100''', '{learning_models_name_key,model_measurements_pkey,training_sessions_model_key,feedback_version_idx}'),
    ('list_model_versions', format('%L, %L', pg_temp.numbered(2, 1), pg_temp.numbered(3, 1000400)), '{model_versions_model_key}'),
    ('list_active_training_sessions', null, '{training_sessions_active_idx,training_metrics_pkey}'),
    ('read_training_curve', format('%L, ''loss'', 100', pg_temp.numbered(4, 1)), '{training_metrics_pkey}'),
    ('claim_feedback', null, '{feedback_unprocessed_idx}'),
    ('list_open_errors', format('%L, %L', now() + interval '1 hour', pg_temp.numbered(6, 1)), '{error_groups_open_idx,error_fingerprints_group_idx,error_reports_fingerprint_idx,root_causes_group_idx,healing_applications_group_idx}'),
    ('find_error_group', '''stack:1'', sha256(''1/0'')', '{error_fingerprints_digest_key}'),
    ('list_error_reports', format('%L, %L, %L', pg_temp.numbered(6, 1), now() - interval '7 days', now()), '{error_fingerprints_group_idx,error_reports_fingerprint_idx}'),
    ('rank_healing_strategies', format('%L', now() - interval '3 days'), '{healing_applications_strategy_idx}'),
    ('list_patterns_of', format('''event'', %L', pg_temp.numbered(10, 101)), '{pattern_occurrences_source_idx}'),
    ('list_unfinished_evolutions', null, '{evolution_sessions_unfinished_idx}'),
    ('show_evolution', format('%L', pg_temp.numbered(11, 1)), '{evolution_sessions_pkey}'),
    ('list_best_programs', format('%L', pg_temp.numbered(11, 1)), '{programs_best_idx}'),
    ('find_program_by_code', format('%L, sha256(''7'')', pg_temp.numbered(11, 1)), '{programs_code_idx}'),
    ('find_cell', format('%L, 2, ''7-1''', pg_temp.numbered(11, 1)), '{feature_map_cells_pkey}'),
    ('sample_island', format('%L, 2, %L', pg_temp.numbered(11, 1), pg_temp.numbered(12, 500)), '{island_members_pkey}'),
    ('claim_evaluation', format('%L', pg_temp.numbered(11, 1)), '{evaluations_queue_idx}'),
    ('list_expired_leases', format('%L', now()), '{evaluations_lease_idx}'),
    ('read_trace', format('%L, 500', pg_temp.numbered(11, 1)), '{trace_pkey}');
select is(array(select unnest(indexes) except select * from pg_temp.indexes_used(format('%s (%s)', name, concat_ws(', ', quote_literal(:acme::uuid), arguments)))), '{}'::name[],
          format('%s reads %s', name, array_to_string(indexes, ', ')))
from workload;
select set_eq('select name from workload', $$select name from pg_prepared_statements where statement ~ 'learning\.|openevolve\.'$$, 'every statement is tried');

select * from finish();
rollback;
