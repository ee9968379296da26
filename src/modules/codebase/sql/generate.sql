-- Synthetic codebases, their files, graph, figures, issues and history: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- Half of an organization's files and commits are of its first codebase. A codebase has one language and was indexed twenty times; every fifth
-- file was replaced in one of these runs. A blob has 25 elements, 5 imports and 150 references, which one row keeps in arrays.
-- guards: codebase.codebases, codebase.blobs
insert into codebase.codebases (organization_id, id, name, kind, location, repository_id, last_run_number, current_run_id, created_at)
select r.organization_id, pg_temp.id('codebase', r.organization, r.n, r.amount), 'codebase-' || r.n, 'bare', '/synthetic/' || r.organization_id || '/' || r.n, pg_temp.id('repository', r.organization, r.n, s.amount), 20,
       pg_temp.id('codebase_run', r.organization, r.n * 20, r.amount * 20), r.moment
from pg_temp.rows_of(200) r, lateral (select pg_temp.amount(4000, r.weight) as amount) s;

-- The files by their place in their codebase, so that what follows can draw one.
create temporary table generated_files on commit drop as
select r.organization_id, r.organization, r.n, r.dice, r.moment, c.number as codebase, pg_temp.id('codebase', r.organization, c.number, c.amount) as codebase_id, l.language, b.blob_id, b.git_id,
       'src/package_' || r.n / 50 || '/module_' || r.n || l.suffix as path, row_number() over (partition by r.organization, c.number order by r.n) as place,
       case when r.n % 5 = 0 then 2 + r.n / 5 % 19 end::integer as replaced_in, lag(b.blob_id) over before as blob_before, lag(b.git_id) over before as git_before
from pg_temp.rows_of(20000) r,
     lateral (select pg_temp.amount(200, r.weight) as amount) a, lateral (select 1 + r.n % 2 * (r.n / 2 % a.amount) as number, a.amount) c,
     lateral (select pg_temp.id('blob', r.organization, r.n, r.amount) as blob_id, md5(r.dice::text) || '00000000' as git_id) b,
     lateral (select (array['python', 'typescript', 'go', 'cpp'])[1 + c.number % 4] as language, (array['.py', '.ts', '.go', '.cpp'])[1 + c.number % 4] as suffix) l
window before as (partition by r.organization order by r.n);

create temporary table generated_codebases on commit drop as
select f.organization_id, f.organization, o.weight, f.codebase as number, f.codebase_id, f.language, count(*) as files, pg_temp.amount(200, o.weight) as codebases, min(c.created_at) as created_at
from generated_files f join generated_organizations o using (organization_id) join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
group by 1, 2, 3, 4, 5, 6;

analyze generated_files, generated_codebases;

insert into codebase.files (organization_id, codebase_id, path, first_run, last_run, mode, git_id, blob_id, size_bytes, language)
select f.organization_id, f.codebase_id, f.path, v.first_run, v.last_run, 'regular', v.git_id, v.blob_id, 10000, f.language
from generated_files f, lateral (select coalesce(f.replaced_in, 1), null::integer, f.git_id, f.blob_id union all select 1, f.replaced_in - 1, f.git_before, f.blob_before where f.replaced_in is not null) as v (first_run, last_run, git_id, blob_id);

insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count, created_at)
select organization_id, blob_id, git_id, language, '1', 'ok', 10000, 300, 240, 40, 20, 0, 0, 25, 5, 150, moment from generated_files;

-- A class with methods, then functions.
-- slices: 20
insert into codebase.blob_elements (organization_id, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, overload, flags, start_line, start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
select f.organization_id, f.blob_id, k, case when k between 1 and 12 then 0 end, (case when k = 0 then 'class' when k <= 12 then 'method' else 'function' end)::codebase.element_kind, s.name,
       case when k between 1 and 12 then 'symbol_' || 25 * pg_temp.roll(f.dice, 0, 200) || '.' else '' end || s.name, 0, 0,
       1 + k * 10, 1, 9 + k * 10, 1, k * 400, k * 400 + 399, 1 + k * 10, 4, k % 5, 'def ' || s.name || '(self)', case when k % 3 = 0 then 'What it does.' end
from generated_files f, generate_series(0, 24) as k, lateral (select 'symbol_' || 25 * pg_temp.roll(f.dice, k, 200) + k as name) s
where pg_temp.is_in_slice(f.n)
order by f.n, f.organization, k;

insert into codebase.names (organization_id, codebase_id, name)
select distinct f.organization_id, f.codebase_id, e.name
from generated_files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id;

-- slices: 4
insert into codebase.blob_imports (organization_id, blob_id, ordinal, kind, module, name, is_relative, is_system, is_type_only, is_reexported, line, "column")
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), k, 'from_import', 'module_' || 1 + pg_temp.roll(r.dice, k, r.amount), 'symbol_' || pg_temp.roll(r.dice, 10 + k, 5000), false, false, false, false, 1 + k, 1
from pg_temp.rows_of(20000) r, generate_series(0, 4) as k;

-- slices: 4
insert into codebase.blob_references (organization_id, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines, columns, argument_counts)
select r.organization_id, pg_temp.id('blob', r.organization, r.n, r.amount), '{""}'::text[] || array(select 'symbol_' || pg_temp.roll(r.dice, k, 5000) from generate_series(0, 29) as k), m.*
from pg_temp.rows_of(20000) r,
     (select array_agg(1 + k % 30 order by k), array_agg(0 order by k), array_agg(0::smallint order by k), array_agg(k % 25 order by k), array_agg(1 + k * 2 order by k), array_agg(4 order by k), array_agg((k % 4)::smallint order by k)
      from generate_series(0, 149) as k) m;

-- Figures of the 24 functions, of the class over its methods, and of the whole.
-- slices: 20
insert into codebase.blob_metrics (organization_id, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity, cognitive_complexity, nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total,
                                   documentable, documented, annotatable, annotated, cohesion_groups)
select f.organization_id, f.blob_id, e.ordinal, 9 * count(*), 7 * count(*), 6 * count(*), count(*), sum(1 + k.decisions), sum(k.decisions * 3 / 2), max(least(6, k.decisions)), sum(k.number % 5), 12, 10 + least(90, count(*) * 2), 30 * count(*), 40 * count(*),
       count(*), count(*) / 3, sum(k.number % 5), sum(k.number % 5) / 2, case when e.ordinal = 0 then 1 + pg_temp.roll(f.dice, 200, 3) end
from generated_files f, (select n, case n when -1 then 1 when 0 then 1 else n end, case n when -1 then 24 when 0 then 12 else n end from generate_series(-1, 24) as n) as e (ordinal, first, last),
     lateral (select number, pg_temp.roll(f.dice, 200 + number, 8) * pg_temp.roll(f.dice, 300 + number, 8) / 6 as decisions from generate_series(e.first, e.last) as number) k
where pg_temp.is_in_slice(f.n)
group by f.n, f.organization, f.organization_id, f.blob_id, f.dice, e.ordinal
order by f.n, f.organization, e.ordinal;

-- Symbols by their place in their codebase: 26 a file, of which the first is the file itself. Of the organization and a language as a whole,
-- counted as codebase 0 to -3: 20 of the language, then three of each of its packages.
create temporary table generated_symbols on commit drop as
select f.organization_id, f.organization, f.codebase, f.codebase_id, f.path, f.language, f.replaced_in, hashint8extended(f.dice, e.ordinal) as dice, (f.place - 1) * 26 + e.ordinal + 2 as place, e.ordinal, e.kind, e.qualified_name,
       'codebase'::codebase.symbol_origin as origin, null as ecosystem, null as package, codebase.symbol_id(f.codebase_id::text, f.path, e.kind, e.qualified_name) as id
from generated_files f
join (select organization_id, blob_id, ordinal, kind, qualified_name from codebase.blob_elements union all select organization_id, blob_id, -1, 'module', '' from generated_files) as e using (organization_id, blob_id)
union all
select o.organization_id, o.organization, -l.number, null, null, l.language, null, null, k, null, 'function', 'function_' || k, 'language', null, null, codebase.symbol_id(l.language, null, 'function', 'function_' || k)
from generated_organizations o, (values (0, 'python'), (1, 'typescript'), (2, 'go'), (3, 'cpp')) as l (number, language), generate_series(1, 20) as k
union all
select o.organization_id, o.organization, -l.number, null, null, l.language, null, null, 20 + (n - 1) * 3 + k, null, 'function', 'function_' || k, 'package', l.ecosystem, 'package-' || n, codebase.symbol_id(l.ecosystem || ':package-' || n, null, 'function', 'function_' || k)
from generated_organizations o, (values (0, 'python', 'pypi'), (1, 'typescript', 'npm'), (2, 'go', 'go'), (3, 'cpp', 'conan')) as l (number, language, ecosystem), generate_series(1, pg_temp.amount(2000, o.weight)) as n, generate_series(1, 3) as k;

create index on generated_symbols (organization, codebase, place);
analyze generated_symbols;

insert into codebase.symbols (organization_id, id, origin, codebase_id, path, ecosystem, package, language, kind, qualified_name)
select organization_id, id, origin, codebase_id, path, ecosystem, package, language, kind, qualified_name from generated_symbols
order by organization, codebase, place;

-- Six mentions an element, five imports a file; one in five leads out of the codebase. The target with the k-th most has k^(-2/3) as many as
-- the first one. A quarter of the mentions in a file that was replaced meant something else before.
-- slices: 40
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, last_run, kind, method, confidence, line_offset, "column", length_bytes)
select e.organization_id, e.source_id, t.id, e.ordinal, e.first_run, e.last_run,
       (case when e.source_ordinal = -1 then 'import' when t.ordinal = 0 then case when e.source_ordinal = 0 then 'inherit' when e.hash % 3 = 0 then 'type_use' else 'instantiate' end
             when t.ordinal = -1 then 'read' else (array['call', 'call', 'call', 'call', 'call', 'call', 'call', 'call', 'pass', 'read'])[1 + e.hash % 10] end)::codebase.relationship_kind,
       (array['scope', 'import', 'member', 'inferred_type', 'unique_name']::codebase.resolution_method[])[1 + e.hash % 5], (array[1, 0.98, 0.9, 0.75, 0.4])[1 + e.hash % 5], e.ordinal / 2, 5 + e.hash % 60, 8
from (select s.organization_id, s.organization, s.id as source_id, s.ordinal as source_ordinal, o as ordinal, v.first_run, v.last_run, h.hash, case when h.hash % 100 < 80 then s.codebase else -(s.codebase % 4) end as codebase,
             case when h.hash % 100 < 80 then c.files * 26 else 20 + 3 * pg_temp.amount(2000, c.weight) end as places, (h.hash / 128 & 1048575) / double precision '1048576' as share
      from generated_symbols s
      join generated_codebases c on c.organization = s.organization and c.number = s.codebase
      cross join lateral generate_series(0, case s.ordinal when -1 then 4 else pg_temp.roll(s.dice, 1, 13) - 1 end) as o
      cross join lateral (select 1, case when s.replaced_in is not null and o % 4 = 0 then s.replaced_in - 1 end union all select s.replaced_in, null where s.replaced_in is not null and o % 4 = 0) as v (first_run, last_run)
      cross join lateral (select hashint8extended(s.dice, o * 32 + v.first_run) & 9007199254740991 as hash) h
      where pg_temp.is_in_slice(s.place)) e
join generated_symbols t on t.organization = e.organization and t.codebase = e.codebase and t.place = 1 + floor(e.places * e.share * e.share * e.share)::bigint * 7919 % e.places
order by e.source_id, e.ordinal, e.first_run;

analyze codebase.relationships;

insert into codebase.file_resolutions (organization_id, codebase_id, path, first_run, last_run, blob_id, digest, unresolved_ordinals, unresolved_codes)
select f.organization_id, f.codebase_id, f.path, v.first_run, v.last_run, v.blob_id, codebase.content_uuid(convert_to(v.blob_id || f.path, 'UTF8')), u.ordinals, u.codes
from generated_files f,
     lateral (select coalesce(f.replaced_in, 1), null::integer, f.blob_id union all select 1, f.replaced_in - 1, f.blob_before where f.replaced_in is not null) as v (first_run, last_run, blob_id),
     lateral (select array_agg(k order by k) as ordinals, array_agg(pg_temp.roll(f.dice, 500 + k, 6)::smallint order by k) as codes from generate_series(pg_temp.roll(f.dice, 1, 8)::integer, 149, 8) as k) u;

-- A stretch that three files share each, and one that every tenth file of a codebase has.
insert into codebase.duplicates (organization_id, codebase_id, digest, path, start_line, first_run, end_line, tokens, clone_type)
select f.organization_id, f.codebase_id, codebase.content_uuid(convert_to(f.codebase_id || '/' || d.stretch, 'UTF8')), f.path, d.start_line, 1, d.start_line + 19, 120, 2
from generated_files f join generated_codebases c on c.organization = f.organization and c.number = f.codebase,
     lateral (select (f.place - 1) / 3, 101 where (f.place - 1) / 3 < c.files / 3 union all select -1, 1 where f.place % 10 = 1 and c.files > 10) as d (stretch, start_line);

insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject)
select organization_id, pg_temp.id('codebase', organization, codebase, codebases), number, commit_id, array_remove(array[lag(commit_id) over earlier, case when number % 20 = 0 then lag(commit_id, 2) over earlier end], null), 'Author ' || author,
       'author-' || author || '@example.org', moment, moment, 'Change ' || n
from (select r.*, c.number as codebase, c.amount as codebases, row_number() over (partition by r.organization, c.number order by r.n) as number, md5(r.dice::text) || '00000000' as commit_id,
             pg_temp.roll(r.dice, 1, 1 + pg_temp.roll(r.dice, 2, pg_temp.amount(1000, r.weight))) as author
      from pg_temp.rows_of(100000) r, lateral (select pg_temp.amount(200, r.weight) as amount) a, lateral (select 1 + r.n % 2 * (r.n / 2 % a.amount) as number, a.amount) c) as m
window earlier as (partition by organization, codebase order by number);

-- Without statistics checking its commit would read all commits of the codebase for each change.
analyze codebase.commits;

-- Up to five files a commit, rarely sixty; the first files of a codebase are changed most.
-- slices: 4
insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed, old_path)
select m.organization_id, m.codebase_id, m.number, f.path, k.kind, case when h.hash % 97 > 0 then h.hash % 80 end, case when h.hash % 97 > 0 then h.hash % 30 end, case k.kind when 'renamed' then 'old/' || f.path end
from codebase.commits m
join generated_codebases c using (organization_id, codebase_id)
cross join lateral generate_series(1, case when m.number % 200 = 0 then 60 else 1 + m.number % 5 end) as o
cross join lateral (select hashtextextended(m.commit_id, o) & 9007199254740991 as hash) h
cross join lateral (select (case when h.hash % 50 = 0 then 'renamed' when h.hash % 10 = 0 then 'added' else 'modified' end)::codebase.change_kind as kind) k
join generated_files f on f.organization = c.organization and f.codebase = c.number and f.place = 1 + (h.hash / 128 & 1023) * (h.hash / 262144 & 1023) * c.files / 1048576
where pg_temp.is_in_slice(m.number)
on conflict do nothing;

insert into codebase.snapshots (organization_id, id, codebase_id, files, files_skipped, size_bytes, first_run, created_at)
select c.organization_id, codebase.content_uuid(convert_to(c.codebase_id || '/' || k, 'UTF8')), c.codebase_id, c.files, 0, c.files * 10000, k, c.created_at + (pg_temp.until() - c.created_at) * k / 20.0
from generated_codebases c, generate_series(1, 20) as k;

insert into codebase.analysis_runs (organization_id, id, codebase_id, number, state, analyser_version, commit_id, branch, files_seen, files_parsed, files_reused, files_skipped, files_removed, bytes_seen, bytes_parsed, lines_seen, elements_seen, started_at, finished_at, snapshot_id)
select c.organization_id, pg_temp.id('codebase_run', c.organization, (c.number - 1) * 20 + s.first_run, c.codebases * 20), c.codebase_id, s.first_run, 'completed', '1', m.commit_id, 'main', c.files, p.parsed, c.files - p.parsed, 0, 0,
       c.files * 10000, p.parsed * 10000, c.files * 300, c.files * 25, s.created_at, s.created_at, s.id
from generated_codebases c
join codebase.snapshots s using (organization_id, codebase_id)
join (select organization_id, codebase_id, max(number) as commits from codebase.commits group by 1, 2) as h using (organization_id, codebase_id)
join codebase.commits m on m.organization_id = c.organization_id and m.codebase_id = c.codebase_id and m.number = greatest(1, h.commits * s.first_run / 20)
cross join lateral (select case when s.first_run = 1 then c.files else c.files / 95 end as parsed) p;

-- The newest run is main, the four before it are of other branches too; all have a tag.
insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id, is_default, created_at)
select a.organization_id, a.codebase_id, p.kind::codebase.ref_kind, p.name, a.commit_id, p.name = 'main', a.finished_at
from codebase.analysis_runs a join generated_codebases c using (organization_id, codebase_id),
     lateral (select 'tag', 'v1.' || a.number union all select 'branch', case a.number when 20 then 'main' else 'feature-' || a.number end where a.number > 15) as p (kind, name);

insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
select a.organization_id, a.id, s.scope, m.metric, a.files_seen * m.each * s.part * (1 + a.number / 100.0)
from codebase.analysis_runs a join generated_codebases c using (organization_id, codebase_id), (values ('', 1), ('src', 1), ('src/package_0', 0.1)) as s (scope, part),
     (values ('code_lines', 240), ('debt_minutes', 12), ('duplicated_lines', 9), ('issues', 2), ('cognitive_complexity', 60), ('calls', 90)) as m (metric, each);

insert into codebase.quality_parts (organization_id, run_id, scope, part, measured, points, weight, formula)
select a.organization_id, a.id, s.scope, p.part, 50 - a.number, 50 + a.number, p.weight, '100 - measured'
from codebase.analysis_runs a join generated_codebases c using (organization_id, codebase_id), unnest('{"",src,src/package_0}'::text[]) as s (scope),
     (values ('complexity', 3), ('duplication', 2), ('documentation', 1), ('issues', 3), ('coupling', 1)) as p (part, weight);

insert into codebase.rules (organization_id, id, name, description, category, severity, effort_minutes, source, version, created_at)
select o.organization_id, c.category || '/rule_' || n, 'Rule ' || n, 'Synthetic', c.category, (enum_range(null::codebase.issue_severity))[1 + n % 3], 5 * n, 'built_in', '1', pg_temp.moment(1, 30)
from generated_organizations o, generate_series(1, 30) as n, lateral (select (array['complexity', 'cycle', 'dead_code', 'duplication', 'risk'])[1 + n % 5] as category) c;

-- Five issues were found in a file, one in three is fixed, of the others one in ten is left as it is; every third of these decisions was taken back.
with made as materialized (
    select f.organization_id, f.organization, f.codebase_id, f.path, f.moment, (f.n - 1) * 5 + k + 1 as number, pg_temp.amount(20000, c.weight) * 5 as amount, codebase.content_uuid(convert_to(f.codebase_id || '/' || f.path || '/' || k, 'UTF8')) as fingerprint, d.dice,
           s.ordinal, s.id as symbol_id, 1 + pg_temp.roll(d.dice, 1, 1 + pg_temp.roll(d.dice, 2, 30)) as rule, 1 + pg_temp.roll(d.dice, 3, 15) as first_run, pg_temp.roll(d.dice, 4, 3) = 0 as is_fixed, pg_temp.amount(5000, c.weight) as users
    from generated_files f
    join generated_codebases c on c.organization = f.organization and c.number = f.codebase
    cross join generate_series(0, 4) as k
    cross join lateral (select hashint8extended(f.dice, 900 + k) as dice) d
    join generated_symbols s on s.organization = f.organization and s.codebase = f.codebase and s.place = (f.place - 1) * 26 + 2 + pg_temp.roll(d.dice, 5, 25)
), issues as (
    insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, last_run, rule_id, severity, message, path, symbol_id, start_line, start_column, end_line, end_column, effort_minutes)
    select organization_id, codebase_id, fingerprint, first_run, case when is_fixed then first_run + pg_temp.roll(dice, 6, 4) end, (array['complexity', 'cycle', 'dead_code', 'duplication', 'risk'])[1 + rule % 5] || '/rule_' || rule,
           (enum_range(null::codebase.issue_severity))[1 + rule % 3], 'Found by rule ' || rule, path, symbol_id, 1 + ordinal * 10, 1, 9 + ordinal * 10, 1, 5 * rule
    from made
)
insert into codebase.issue_suppressions (organization_id, id, codebase_id, fingerprint, kind, reason, justification, suppressed_by, suppressed_at, revoked_at, revoked_by)
select organization_id, pg_temp.id('suppression', organization, made.number, amount), codebase_id, fingerprint, 'external', (enum_range(null::codebase.suppression_reason))[1 + pg_temp.roll(dice, 7, 4)], 'Synthetic',
       pg_temp.id('user', organization, u.number, users), moment, case when pg_temp.roll(dice, 9, 3) = 0 then moment + interval '1 hour' end, case when pg_temp.roll(dice, 9, 3) = 0 then pg_temp.id('user', organization, u.number, users) end
from made, lateral (select 1 + pg_temp.roll(dice, 8, users) as number) u
where not is_fixed and pg_temp.roll(dice, 10, 10) = 0;

-- A hundred packages, of which the manifest asks for twenty; every tenth was another version before.
insert into codebase.external_dependencies (organization_id, id, codebase_id, manifest_path, manifest_line, lock_path, ecosystem, name, scope, is_direct, requested_range, locked_version, licence, import_names, first_run, last_run)
select c.organization_id, pg_temp.id('external_dependency', c.organization, (c.number - 1) * 200 + i * 2 - v.old, c.codebases * 200), c.codebase_id, 'manifest', case when i <= 20 then i end, 'lock',
       (array['pypi', 'npm', 'go', 'conan'])[1 + c.number % 4], 'package-' || 1 + (c.number * 37 + i) % p.amount, (case when i % 4 = 0 then 'development' else 'runtime' end)::codebase.dependency_scope, i <= 20, case when i <= 20 then '^1.0' end,
       '1.' || 1 - v.old, 'MIT', array['package-' || 1 + (c.number * 37 + i) % p.amount], v.first_run, v.last_run
from generated_codebases c, lateral (select pg_temp.amount(2000, c.weight) as amount) p, generate_series(1, least(100, p.amount)) as i,
     lateral (select 0, case when i % 10 = 0 then 2 + i % 19 else 1 end, null::bigint union all select 1, 1, 1 + i % 19 where i % 10 = 0) as v (old, first_run, last_run);
