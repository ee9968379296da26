-- The queries of the workload use the indexes made for them, with some ten thousand rows of a few tenants, for the login role under
-- row-level security: there an operator that is not leakproof is no index condition, which a superuser would not notice.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
select plan(34);

create function pg_temp.numbered(kind integer, number bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
-- 5 tenants with 10 codebases each, of 50 files with 4 elements; codebase 1 of tenant 1 has far more of everything that is many in one codebase.
create temporary table places on commit drop as
select t, c, pg_temp.numbered(1, t) as organization, pg_temp.numbered(2, t * 100 + c) as codebase from generate_series(1, 5) t, generate_series(1, 10) c;
create temporary table paths on commit drop as
select p.*, f, 'src/' || f || '.py' as path, pg_temp.numbered(3, (t * 100 + c) * 10000 + f) as blob from places p, lateral generate_series(1, case when t = 1 and c = 1 then 2000 else 50 end) f;
\set acme '''00000001-0000-7000-8000-000000000001'''
\set codebase '''00000002-0000-7000-8000-000000000065'''

insert into codebase.codebases (organization_id, id, name, kind, location, current_run_id)
select organization, codebase, 'codebase ' || c, 'folder', '/' || c, pg_temp.numbered(4, (t * 100 + c) * 1000 + 60) from places;
insert into codebase.codebases (organization_id, id, name, kind, location) select pg_temp.numbered(1, t), pg_temp.numbered(2, t * 10000 + i), 'other ' || i, 'folder', '/other/' || i from generate_series(1, 5) t, generate_series(1, 200) i;
insert into codebase.snapshots (organization_id, id, codebase_id, files, files_skipped, size_bytes, first_run)
select organization, pg_temp.numbered(5, (t * 100 + c) * 1000 + n), codebase, 0, 0, 0, n from places, generate_series(1, 60) n;
insert into codebase.analysis_runs (organization_id, id, codebase_id, number, state, analyser_version, commit_id, files_seen, files_parsed, files_reused,
    files_skipped, files_removed, bytes_seen, bytes_parsed, lines_seen, elements_seen, finished_at, snapshot_id)
select organization, pg_temp.numbered(4, (t * 100 + c) * 1000 + n), codebase, n, 'completed', '1', lpad(n::text, 40, '0'), 0, 0, 0, 0, 0, 0, 0, 0, 0, now(), pg_temp.numbered(5, (t * 100 + c) * 1000 + n)
from places, generate_series(1, 60) n;
insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id) select organization, codebase, 'tag', 'v' || n, lpad(n::text, 40, '0') from places, generate_series(1, 60) n;
insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines,
    error_count, error_bytes, element_count, import_count, reference_count)
select organization, blob, md5(blob::text) || '00000000', 'python', '1', 'ok', 0, 0, 0, 0, 0, 0, 0, 4, 0, 0 from paths;
insert into codebase.blob_elements (organization_id, blob_id, ordinal, kind, name, qualified_name, overload, flags, start_line, start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, signature)
select organization, blob, n, 'function', format('f%s_%s', f, n), format('f%s_%s', f, n), 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, '' from paths, generate_series(0, 3) n;
insert into codebase.blob_metrics (organization_id, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity, cognitive_complexity,
    nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total, documentable, documented, annotatable, annotated)
select organization, blob, n, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from paths, generate_series(-1, 3) n;
insert into codebase.files (organization_id, codebase_id, path, first_run, mode, blob_id, size_bytes) select organization, codebase, path, 2, 'regular', blob, 0 from paths;
insert into codebase.files (organization_id, codebase_id, path, first_run, last_run, mode, blob_id, size_bytes) select organization, codebase, path, 1, 1, 'regular', pg_temp.numbered(6, f), 0 from paths;
insert into codebase.symbols (organization_id, id, codebase_id, path, language, kind, qualified_name)
select organization, (t * 100 + c) * 100000 + f * 10 + n, codebase, path, 'python', 'function', format('f%s_%s', f, n) from paths, generate_series(0, 3) n;
insert into codebase.symbols (organization_id, id, origin, ecosystem, package, language, qualified_name)
select pg_temp.numbered(1, t), -(t * 10000 + i), 'package', 'pypi', 'package' || i, 'python', '' from generate_series(1, 5) t, generate_series(1, 2000) i;
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, last_run, kind, method, confidence, line_offset, "column", length_bytes)
select organization, (t * 100 + c) * 100000 + f * 10 + n, (t * 100 + c) * 100000 + (f * 7 + o) % 50 * 10 + n, o, first_run, nullif(first_run, 2), 'call', 'scope', 1, 0, 1, 1
from paths, generate_series(0, 3) n, generate_series(0, 3) o, generate_series(1, 2) first_run;
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
select organization, (t * 100 + c) * 100000 + f * 10, -(t * 10000 + f), 9, 1, 'call', 'import', 1, 0, 1, 1 from paths;
insert into codebase.file_resolutions (organization_id, codebase_id, path, first_run, last_run, blob_id, digest, unresolved_ordinals, unresolved_codes)
select organization, codebase, path, first_run, nullif(first_run, 2), blob, blob, '{}', '{}' from paths, generate_series(1, 2) first_run;
insert into codebase.duplicates (organization_id, codebase_id, digest, path, start_line, first_run, end_line, tokens, clone_type)
select organization, codebase, pg_temp.numbered(7, f / 2), path, 1, 1, 9, 60, 1 from paths;
insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
select organization, pg_temp.numbered(4, (t * 100 + c) * 1000 + n), scope, metric, 0 from places, generate_series(1, 60) n, unnest('{"",src,lib}'::text[]) scope, unnest('{a,b,c}'::text[]) metric;
insert into codebase.quality_parts (organization_id, run_id, part, measured, points, weight, formula)
select organization, pg_temp.numbered(4, (t * 100 + c) * 1000 + n), part, 0, 0, 1, 'x' from places, generate_series(1, 60) n, unnest('{a,b,c}'::text[]) part;
insert into codebase.rules (organization_id, id, name, description, category, severity, effort_minutes, source, version)
select pg_temp.numbered(1, t), 'rule' || r, 'x', 'x', 'x', 'note', 0, 'built_in', '1' from generate_series(1, 5) t, generate_series(0, 99) r;
insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, last_run, rule_id, severity, message, path, start_line, start_column, end_line, end_column, effort_minutes)
select organization, codebase, pg_temp.numbered(8, f * 10 + n), 1, case when n > 2 then f % 50 + 1 end, 'rule' || (f + n) % 100, 'note', 'x', path, 1, 1, 1, 1, 0 from paths, generate_series(0, 4) n;
insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification, revoked_at)
select organization, codebase, pg_temp.numbered(8, f * 10), 'in_source', 'planned', 'x', case when n > 0 then now() end from paths, generate_series(0, 3) n;
insert into codebase.external_dependencies (organization_id, codebase_id, manifest_path, ecosystem, name, scope, is_direct, first_run, last_run)
select organization, codebase, 'x', 'pypi', 'package' || i, 'runtime', true, first_run, case when first_run < 60 then first_run end from places, generate_series(1, 100) i, unnest(array[1, 20, 40, 59, 60]) first_run;
insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject)
select organization, codebase, n, lpad(n::text, 40, '0'), '{}', 'x', 'x', now(), now() - n * interval '1 hour', 'x' from places, lateral generate_series(1, case when t = 1 and c = 1 then 4000 else 200 end) n;
insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed)
select organization, codebase, (f + i * 13) % 200 + 1, path, 'modified', 1, 1 from paths, generate_series(0, 3) i;
analyze;

\ir ../sql/workload.sql

-- The indexes that a statement's plan reads.
create function pg_temp.indexes_used(statement text) returns setof name language plpgsql as $$
declare
    plan json;
begin
    perform set_config('app.organization_id', '00000001-0000-7000-8000-000000000001', true);
    set local role codebase_user;
    execute 'explain (format json) execute ' || statement into plan;
    reset role;
    return query select distinct used[1]::name from regexp_matches(plan::text, '"Index Name": "([^"]+)"', 'g') as used;
end $$;
create temporary table workload (name text, arguments text, indexes name[]) on commit drop;
insert into workload values
    ('list_codebases', '''other 1''', '{codebases_name_is_unique,analysis_runs_pkey}'),
    ('find_codebase', '''/1''', '{codebases_location_is_unique}'),
    ('list_runs', format('%L, 50', :codebase), '{run_number_is_unique}'),
    ('find_run_of_ref', format('%L, ''v3''', :codebase), '{refs_pkey,analysis_runs_by_commit}'),
    ('list_snapshots', format('%L, 50', :codebase), '{snapshots_by_codebase,analysis_runs_by_snapshot,refs_by_commit}'),
    ('list_files', format('%L, ''src/3''', :codebase), '{file_is_current_once}'),
    ('list_contents_of_file', format('%L, ''src/3.py''', :codebase), '{files_pkey}'),
    ('find_known_blobs', '''{x,y}''', '{blobs_by_content}'),
    ('list_elements_of_file', format('%L, ''src/3.py''', :codebase), '{file_is_current_once,blob_elements_pkey,blob_metrics_pkey}'),
    ('find_names_like', '''f3_''', '{}'),
    ('find_elements_named', '''f3_1''', '{blob_elements_by_name,files_by_blob}'),
    ('list_callers', '10100031', '{relationships_by_target,symbols_pkey}'),
    ('list_callees', '10100031', '{relationships_pkey,symbols_pkey}'),
    ('list_symbols_of_file', format('%L, ''src/3.py''', :codebase), '{symbols_by_file,relationships_by_target,relationships_pkey}'),
    ('list_uses_of_package', '''package3'', ''pypi''', '{symbols_by_package,relationships_by_target}'),
    ('list_resolutions', format('%L', '00000002-0000-7000-8000-000000000067'), '{file_is_resolved_once}'),
    ('list_copies_of_file', format('%L, ''src/3.py''', :codebase), '{duplicates_by_file,duplicates_pkey}'),
    ('chart_metric', format('%L, 50, ''a'', ''''', :codebase), '{run_number_is_unique,run_metrics_pkey}'),
    ('read_quality', format('%L, 50', :codebase), '{run_number_is_unique,quality_parts_pkey}'),
    ('list_issues', format('%L, ''src/3''', :codebase), '{issues_by_file,issues_pkey,issue_is_suppressed_once}'),
    ('find_issue', format('%L, %L', :codebase, pg_temp.numbered(8, 30)), '{issue_is_found_once}'),
    ('list_suppressions_of_issue', format('%L, %L', :codebase, pg_temp.numbered(8, 30)), '{issue_suppressions_by_issue}'),
    ('list_fixed_issues', format('%L, 45', :codebase), '{issues_fixed}'),
    ('count_issues_of_rule', '''rule7''', '{issues_by_rule}'),
    ('list_dependencies', format('%L', :codebase), '{dependency_is_current_once}'),
    ('list_new_dependencies', format('%L, 60', :codebase), '{external_dependencies_by_run}'),
    ('find_dependents_of_package', '''package7'', ''pypi''', '{external_dependencies_by_name}'),
    ('find_commit', format('%L, %L', :codebase, lpad('7', 40, '0')), '{commit_is_there_once}'),
    ('list_commits', format('%L, now() - interval ''9 hours''', :codebase), '{commits_by_time,file_changes_pkey}'),
    ('list_churn', format('%L, ''src/3''', :codebase), '{file_is_current_once,file_changes_by_path,commits_pkey}'),
    ('list_owners_of_file', format('%L, ''src/3.py''', :codebase), '{file_changes_by_path,commits_pkey}');
select is(array(select unnest(indexes) except select * from pg_temp.indexes_used(format('%s (%s)', name, concat_ws(', ', quote_literal(:acme::uuid), arguments)))), '{}'::name[],
          format('%s reads %s', name, array_to_string(indexes, ', ')))
from workload;
select set_eq('select name from workload', $$select name from pg_prepared_statements where statement ~ 'codebase\.'$$, 'every statement is tried');
select set_eq('select unnest(indexes) from workload',
              $$select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
                where c.relnamespace = 'codebase'::regnamespace and c.relname <> 'names_trigrams_idx' and not (i.indisprimary or i.indisunique) or c.relname in (select unnest(indexes) from workload)$$,
              'and every index that is not unique has one, but for that of trigrams, which a function reads with the owner''s rights');
select is(pg_temp.outcome('codebase_user', :acme, 'select from codebase.impact(10100031)'),
          (with recursive reached as (select 10100031::bigint as id union select r.source_id from reached f join codebase.relationships r on r.target_id = f.id and r.last_run is null) select (count(*) - 1)::text from reached),
          'impact finds what a walk without a limit finds, in a graph that is not deep');

select * from finish();
rollback;
