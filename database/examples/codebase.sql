-- A short life in codebase_db: what an index run brings in, what the views make of it, and a second run after one file has changed.
--   psql -d codebase_db -f database/examples/codebase.sql           (in the unified layout: -d gsdb)
-- Run it as an administrator. Everything is rolled back. Outside, `gsdb index PATH` reads files and writes these rows.
\set ON_ERROR_STOP on
\ir begin.psql
set local role codebase_user;
-- Facts are found by content: a Git id. The ids of rows are the writer's.
\set codebase 'c0000000-0000-7000-8000-000000000001'
\set first_run 'c1000000-0000-7000-8000-000000000001'
\set second_run 'c1000000-0000-7000-8000-000000000002'
\set greet 'c2000000-0000-7000-8000-000000000001'
\set main 'c2000000-0000-7000-8000-000000000002'
\set better_greet 'c2000000-0000-7000-8000-000000000003'

\echo '== A codebase, and its first run: number 1, running'
insert into codebase.codebases (organization_id, id, name, kind, location, last_run_number) values (:'organization', :'codebase', 'example-hello', 'work_tree', '/example/hello', 1);
insert into codebase.analysis_runs (organization_id, id, codebase_id, number, analyser_version, commit_id, branch) values (:'organization', :'first_run', :'codebase', 1, 'example-1', repeat('a', 40), 'main');
select pg_temp.refused('23514', format('update codebase.analysis_runs set state = %L where id = %L', 'completed', :'first_run')) as "completed without having counted";

\echo '== The run stages what it found in temporary tables, and merges it set by set'
call codebase.begin_staging();
insert into staged_blobs (id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count)
values (:'greet', repeat('1', 40), 'python', 'example-1', 'ok', 60, 4, 2, 1, 1, 0, 0, 1, 0, 0),
       (:'main', repeat('2', 40), 'python', 'example-1', 'ok', 80, 5, 4, 0, 1, 0, 0, 1, 1, 0);
insert into staged_elements (blob_id, ordinal, parent_ordinal, kind, name, qualified_name, overload, flags, start_line, start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
values (:'greet', 0, null, 'function', 'greet', 'greet', 0, 1, 1, 1, 2, 30, 0, 50, 1, 5, 1, 'def greet(name)', 'Says hello.'),
       (:'main', 0, null, 'function', 'main', 'main', 0, 1, 3, 1, 4, 20, 24, 70, 3, 5, 0, 'def main()', null);
insert into staged_imports (blob_id, ordinal, kind, module, name, is_relative, is_system, is_type_only, is_reexported, line, "column")
values (:'main', 0, 'from_import', 'greet', 'greet', false, false, false, false, 1, 1);
insert into staged_files (path, is_removed, mode, git_id, blob_id, size_bytes, language, skip_reason)
values ('greet.py', false, 'regular', repeat('1', 40), :'greet', 60, 'python', null), ('main.py', false, 'regular', repeat('2', 40), :'main', 80, 'python', null),
       ('logo.png', false, 'regular', repeat('3', 40), null, 9000, null, 'binary');
select codebase.merge_facts(:'organization') as contents_that_are_new;
call codebase.merge_files(:'organization', :'codebase', 1);
update codebase.analysis_runs
set state = 'completed', finished_at = now(), files_seen = 3, files_parsed = 2, files_reused = 0, files_skipped = 1, files_removed = 0, bytes_seen = 140, bytes_parsed = 140, lines_seen = 9, elements_seen = 2
where id = :'first_run' returning number, state, files_seen, files_parsed, files_reused, files_skipped;
update codebase.codebases set current_run_id = :'first_run' where id = :'codebase';

\echo '== Every file is a row: analysed, or skipped with the reason'
select path, language, lines, code_lines, comment_lines, blank_lines, element_count from codebase.file_analysis where codebase_id = :'codebase' order by path;
select path, skip_reason, size_bytes from codebase.skipped_files where codebase_id = :'codebase';

\echo '== What is defined where, and what imports what'
select path, kind, qualified_name, start_line, end_line, signature, documentation from codebase.code_elements where codebase_id = :'codebase' order by path, ordinal;
select path, line, kind, module, name from codebase.imports where codebase_id = :'codebase' order by path, ordinal;
select pg_temp.expect('greet is found by its name', count(*) = 1 and min(path) = 'greet.py') as checked from codebase.code_elements where codebase_id = :'codebase' and name = 'greet';

\echo '== The second run finds one file changed. The other one keeps its row and its facts: a content is parsed once'
update codebase.codebases set last_run_number = 2 where id = :'codebase';
insert into codebase.analysis_runs (organization_id, id, codebase_id, number, analyser_version, commit_id, branch) values (:'organization', :'second_run', :'codebase', 2, 'example-1', repeat('b', 40), 'main');
truncate staged_files;
insert into staged_blobs (id, git_id, language, analyser_version, parse_status, size_bytes, lines, code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count)
values (:'better_greet', repeat('4', 40), 'python', 'example-1', 'ok', 90, 6, 4, 1, 1, 0, 0, 2, 0, 0);
insert into staged_elements (blob_id, ordinal, parent_ordinal, kind, name, qualified_name, overload, flags, start_line, start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
values (:'better_greet', 0, null, 'function', 'greet', 'greet', 0, 1, 1, 1, 2, 30, 0, 50, 1, 5, 1, 'def greet(name)', 'Says hello.'),
       (:'better_greet', 1, null, 'function', 'shout', 'shout', 0, 1, 4, 1, 5, 30, 51, 90, 4, 5, 1, 'def shout(name)', 'Says it louder.');
insert into staged_files (path, is_removed, mode, git_id, blob_id, size_bytes, language) values ('greet.py', false, 'regular', repeat('4', 40), :'better_greet', 90, 'python');
select codebase.merge_facts(:'organization') as contents_that_are_new;
call codebase.merge_files(:'organization', :'codebase', 2);
update codebase.analysis_runs
set state = 'completed', finished_at = now(), files_seen = 3, files_parsed = 1, files_reused = 1, files_skipped = 1, files_removed = 0, bytes_seen = 170, bytes_parsed = 90, lines_seen = 11, elements_seen = 3
where id = :'second_run' returning number, state, files_seen, files_parsed, files_reused, files_skipped;
update codebase.codebases set current_run_id = :'second_run' where id = :'codebase';

\echo '== What every path was in which runs; last_run is empty for what is current'
select path, first_run, last_run, left(git_id, 7) as git_id, size_bytes from codebase.file_history where codebase_id = :'codebase' order by path, first_run;
select qualified_name, start_line from codebase.code_elements where codebase_id = :'codebase' and path = 'greet.py' order by ordinal;
select pg_temp.expect('greet.py has two versions, main.py one', array_agg(n order by path) = '{2,1,1}') as checked
from (select path, count(*)::integer as n from codebase.file_history where codebase_id = :'codebase' group by path) versions;
select pg_temp.expect('the newest run has three functions', count(*) = 3) as checked from codebase.code_elements where codebase_id = :'codebase';

\echo '== Which files are the same content as others, whatever their names'
select left(git_id, 7) as git_id, count(*) as files, string_agg(path, ', ' order by path) as paths from codebase.files where codebase_id = :'codebase' and last_run is null group by git_id order by paths;
\ir end.psql
