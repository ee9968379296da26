-- Synthetic codebases, files and what stands in them: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- A blob has 25 elements, 5 imports and 150 references, which one row keeps in arrays. A new table of the module is a new statement here.
-- guards: codebase.codebases, codebase.blobs
insert into codebase.codebases (organization_id, id, name, kind, location, last_run_number, created_at)
select r.organization_id, pg_temp.id('codebase', r.organization, r.n, r.amount), 'codebase-' || r.n, 'bare', '/synthetic/' || r.organization_id || '/' || r.n, 3, r.moment from pg_temp.rows_of(200) r;

insert into codebase.analysis_runs (organization_id, id, codebase_id, number, state, analyser_version, branch, files_seen, files_parsed, files_reused, files_skipped, files_removed, bytes_seen, bytes_parsed, lines_seen, elements_seen, started_at, finished_at)
select r.organization_id, pg_temp.id('codebase_run', r.organization, (r.n - 1) * 3 + k, r.amount * 3), pg_temp.id('codebase', r.organization, r.n, r.amount), k, 'completed', 'synthetic', 'main', 100, 100, 0, 0, 0, 100000, 100000, 20000, 2500, r.moment, r.moment
from pg_temp.rows_of(200) r, generate_series(1, 3) as k;

update codebase.codebases c set current_run_id = pg_temp.id('codebase_run', r.organization, r.n * 3, r.amount * 3)
from pg_temp.rows_of(200) r where c.organization_id = r.organization_id and c.id = pg_temp.id('codebase', r.organization, r.n, r.amount);

insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count, created_at)
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), md5(r.dice::text) || '00000000', (array['python', 'typescript', 'go', 'cpp'])[1 + pg_temp.roll(r.dice, 1, 4)], 'synthetic', 'ok', 10000, 300, 240, 40, 20, 0, 0, 25, 5, 150, r.moment
from pg_temp.rows_of(20000) r;

-- A class with methods, then functions.
-- slices: 20
insert into codebase.blob_elements (organization_id, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, overload, flags, start_line, start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), k, case when k between 1 and 12 then 0 end, (case when k = 0 then 'class' when k <= 12 then 'method' else 'function' end)::codebase.element_kind, s.name, 'module_' || r.n || '.' || s.name, 0, 0,
       1 + k * 10, 0, 9 + k * 10, 0, k * 400, k * 400 + 399, 1 + k * 10, 4, k % 5, 'def ' || s.name || '(self)', case when k % 3 = 0 then 'What it does.' end
from pg_temp.rows_of(20000) r, generate_series(0, 24) as k, lateral (select 'symbol_' || pg_temp.roll(r.dice, k, 5000) as name) s;

-- slices: 4
insert into codebase.blob_imports (organization_id, blob_id, ordinal, kind, module, name, is_relative, is_system, is_type_only, is_reexported, line, "column")
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), k, 'from_import', 'module_' || 1 + pg_temp.roll(r.dice, k, r.amount), 'symbol_' || pg_temp.roll(r.dice, 10 + k, 5000), false, false, false, false, 1 + k, 0
from pg_temp.rows_of(20000) r, generate_series(0, 4) as k;

-- slices: 10
insert into codebase.blob_references (organization_id, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines, columns, argument_counts)
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), '{""}'::text[] || array(select 'symbol_' || pg_temp.roll(r.dice, k, 5000) from generate_series(0, 29) as k), array_agg(1 + k % 30 order by k), array_agg(0 order by k), array_agg(0::smallint order by k),
       array_agg(k % 25 order by k), array_agg(1 + k * 2 order by k), array_agg(4 order by k), array_agg((k % 4)::smallint order by k)
from pg_temp.rows_of(20000) r, generate_series(0, 149) as k
group by r.organization_id, r.organization, r.n, r.amount, r.dice;

-- The third run replaced every fifth file.
insert into codebase.files (organization_id, codebase_id, path, first_run, last_run, mode, git_id, blob_id, size_bytes, language)
select r.organization_id, pg_temp.id('codebase', r.organization, 1 + r.n % c.amount, c.amount), 'src/package_' || r.n / 50 || '/module_' || r.n || '.py', v, case when v = 1 and r.n % 5 = 0 then 2 end, 'regular', md5(r.dice::text) || '00000000', pg_temp.id('blob', r.organization, r.n, r.amount), 10000, 'python'
from pg_temp.rows_of(20000) r, lateral (select pg_temp.amount(200, r.weight) as amount) c, unnest(case when r.n % 5 = 0 then array[1, 3] else array[1] end) as v;
