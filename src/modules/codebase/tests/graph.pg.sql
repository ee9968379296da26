-- Snapshots, symbols, relationships: what they refuse, how a run changes them, what the views make of them.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(62);

-- Snapshots.
select pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :acme, :acme_run)) as taken \gset
select matches(:'taken'::text, '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]', 'a snapshot has a version 8 UUID');
select is((select s.files || ' ' || s.files_skipped || ' ' || s.size_bytes || ' ' || s.first_run from codebase.snapshots s where s.id = :'taken'), '1 0 40 1', 'and says what was seen');
select is(pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :acme, :acme_run)), :'taken'::text, 'the same files are the same snapshot');
select isnt(pg_temp.answer('codebase_user', :umbrella, format('select codebase.take_snapshot(%L, %L)', :umbrella, :umbrella_run)), :'taken'::text, 'of another codebase they are another');
update codebase.files set git_id = repeat('ef', 20) where organization_id = :acme;
select isnt(pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :acme, :acme_run)), :'taken'::text, 'another content is another snapshot');
update codebase.files set git_id = repeat('cd', 20), path = 'b.py' where organization_id = :acme;
select isnt(pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :acme, :acme_run)), :'taken'::text, 'another path, too');
update codebase.files set path = 'a.py' where organization_id = :acme;
select pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, %L)', :acme, :acme_run));
select is((select snapshot_id::text from codebase.analysis_runs where id = :acme_run), :'taken'::text, 'the run says what it saw');
select is((select last_run || ' ' || commit_id || ' ' || branches::text || ' ' || coalesce(tags::text, 'none') from codebase.snapshot_overview where snapshot_id = :'taken'),
          format('1 %s {main} none', repeat('ab', 20)), 'branches lead to the snapshot by their commit');
update codebase.analysis_runs set is_dirty = true where id = :acme_run;
select is((select branches from codebase.snapshot_overview where snapshot_id = :'taken'), null, 'but not to what was not committed');
select is(pg_temp.answer('codebase_user', :acme, format('select codebase.take_snapshot(%L, base.uuid_v7())', :acme)), 'GS501', 'a run that is not completed has no snapshot');
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('a running run with a snapshot',     'update codebase.analysis_runs set state = ''running'', finished_at = null', 'only_completed_runs_have_a_snapshot'),
    ('more skipped files than files',     'update codebase.snapshots set files_skipped = 2', 'skipped_are_among_the_files'),
    ('a second default branch',           'insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id, is_default) select organization, codebase, ''branch'', ''b'', repeat(''ab'', 20), true from tenants', 'a_codebase_has_one_default_branch'),
    ('a default tag',                     'update codebase.refs set kind = ''tag''', 'only_a_branch_is_default'),
    ('a ref to something that is no id',  'update codebase.refs set commit_id = ''main''', 'commit_is_a_git_id'),
    ('a ref of a SHA-256 repository',     'update codebase.refs set commit_id = repeat(''ab'', 32)', 'nothing'),
    ('a branch and a tag of one name',    'insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id) select organization, codebase, ''tag'', ''main'', repeat(''ab'', 20) from tenants', 'nothing')
) as attempts (what, statement, refusal);

-- Symbols.
select is(codebase.symbol_id('c', 'a.py', 'function', 'f'), ('x' || left(encode(sha256('c\000a.py\000function\000f\0000'), 'hex'), 16))::bit(64)::bigint, 'the id of a symbol can be made anywhere');
select is((select count(distinct codebase.symbol_id(scope, path, kind, name, overload)) from (values
    ('c', 'a', 'function'::codebase.element_kind, 'f', 0), ('ca', '', 'function', 'f', 0), ('c', 'af', 'function', '', 0), ('c', 'a', 'method', 'f', 0),
    ('c', 'a', 'function', 'f', 1), ('c', null, null, 'f', 0), ('d', 'a', 'function', 'f', 0)) as v (scope, path, kind, name, overload)), 7::bigint, 'each part counts, and where it ends');
select is(pg_temp.refused_by(format(statement, :acme, :acme_codebase)), refusal, what)
from (values
    ('a symbol of a codebase without a file', 'insert into codebase.symbols (organization_id, id, codebase_id, language, kind, qualified_name) values (%L, 70, %L, ''c'', ''function'', ''x'')', 'symbol_of_a_codebase_has_its_place'),
    ('an outside symbol in a file',           'insert into codebase.symbols (organization_id, id, origin, path, language, qualified_name) values (%1$L, 70, ''language'', ''x'', ''c'', ''x'')', 'symbol_of_a_codebase_has_its_place'),
    ('a symbol of a package without a name',  'insert into codebase.symbols (organization_id, id, origin, language, qualified_name) values (%1$L, 70, ''package'', ''c'', ''x'')', 'symbol_of_a_package_names_it'),
    ('a symbol of the language in a package', 'insert into codebase.symbols (organization_id, id, origin, package, language, qualified_name) values (%1$L, 70, ''language'', ''libc'', ''c'', ''x'')', 'symbol_of_a_package_names_it'),
    ('the same symbol again',                 'insert into codebase.symbols (organization_id, id, origin, language, qualified_name) values (%1$L, 1, ''language'', ''c'', ''x'')', 'symbols_pkey')
) as attempts (what, statement, refusal);

-- Relationships.
select is(pg_temp.refused_by('insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, last_run, kind, method, confidence, line_offset, "column", length_bytes) values ' ||
                             format('(%L, ', :acme) || relationship || ')'), refusal, what)
from (values
    ('recursion is a relationship',                       '11, 11, 0, 1, null, ''call'', ''scope'', 1, 0, 1, 1',   'nothing'),
    ('so is a second call of the same',                   '1, 11, 7, 1, null, ''call'', ''scope'', 1, 0, 60, 1',   'nothing'),
    ('a call that ends in a smaller column',              '1, 11, 7, 1, null, ''call'', ''scope'', 1, 5, 1, 90',   'nothing'),
    ('one that came, went and came back',                 '1, 11, 0, 3, null, ''call'', ''scope'', 1, 1, 5, 1',    'nothing'),
    ('the same one twice in a run',                       '1, 11, 0, 1, null, ''call'', ''scope'', 1, 1, 5, 1',    'relationships_pkey'),
    ('one that ends before it begins',                    '1, 11, 7, 2, 1, ''call'', ''scope'', 1, 0, 1, 1',       'runs_are_in_order'),
    ('one that is more than certain',                     '1, 11, 7, 1, null, ''call'', ''scope'', 1.1, 0, 1, 1',  'confidence_is_a_probability'),
    ('one that is certainly not',                         '1, 11, 7, 1, null, ''call'', ''scope'', 0, 0, 1, 1',    'confidence_is_a_probability'),
    ('one whose confidence is no number',                 '1, 11, 7, 1, null, ''call'', ''scope'', ''NaN'', 0, 1, 1', 'confidence_is_a_probability'),
    ('one above its source',                              '1, 11, 7, 1, null, ''call'', ''scope'', 1, -1, 1, 1',   'place_is_in_the_source')
) as attempts (what, relationship, refusal);

-- A run that resolves f again, in which h takes the place of the package; g and its ordinal stand.
create function pg_temp.link(run integer, staging text) returns text language plpgsql as $$
declare
    one text;
begin
    perform set_config('app.organization_id', 'a0000000-0000-7000-8000-000000000001', true);
    set local role codebase_user;
    call codebase.begin_linking();
    foreach one in array string_to_array(staging, ';') loop execute one; end loop;
    perform codebase.merge_symbols('a0000000-0000-7000-8000-000000000001');
    one := codebase.merge_relationships('a0000000-0000-7000-8000-000000000001', run)::text;
    call codebase.merge_resolutions('a0000000-0000-7000-8000-000000000001', 'a1000000-0000-7000-8000-000000000001', run);
    reset role;
    drop table pg_temp.staged_symbols, pg_temp.staged_sources, pg_temp.staged_relationships, pg_temp.staged_resolutions, pg_temp.staged_files_resolved;
    return one;
exception when others then
    reset role;
    return sqlstate;
end $$;
create view pg_temp.history as select ordinal, target_id, first_run, last_run from codebase.relationships where organization_id = :acme and source_id = 1;
select is(pg_temp.link(2, $$insert into staged_sources values (1);
    insert into staged_symbols select 31, 'codebase', 'a1000000-0000-7000-8000-000000000001', 'a.py', null, null, 'python', 'function', 'h', 0;
    insert into staged_relationships values (1, 11, 0, 'call', 'scope', 0.98, 1, 5, 1), (1, 31, 1, 'call', 'scope', 0.98, 1, 5, 1)$$), '1', 'what came out as before costs no row');
select results_eq('select * from pg_temp.history order by 1, 3', 'values (0, 11::bigint, 1, null::integer), (1, 21, 1, 1), (1, 31, 2, null)', 'what did not ends with the run before');
select is(pg_temp.link(3, 'insert into staged_sources values (1)'), '0', 'a source that is gone');
select results_eq('select ordinal, last_run from pg_temp.history where first_run = 2 or ordinal = 0 order by 1', 'values (0, 2), (1, 2)', 'ends all that was left of it');
select results_eq('select source_id from codebase.relationships where last_run is null', 'values (2::bigint), (2)', 'and touches no other tenant');
select is(pg_temp.link(4, $$insert into staged_sources values (1);
    insert into staged_relationships values (1, 11, 0, 'call', 'scope', 0.98, 1, 5, 1), (1, 31, 1, 'call', 'unique_name', 0.4, 1, 5, 1)$$), '2', 'one that comes back begins anew');
select is(pg_temp.link(5, $$insert into staged_symbols select 31, 'codebase', 'a1000000-0000-7000-8000-000000000001', 'a.py', null, null, 'python', 'function', 'other', 0$$), 'GS502',
          'two symbols with one id are refused');
select is((select count(*) from codebase.file_resolutions where organization_id = :acme and last_run is null), 1::bigint, 'a resolution that was not staged stands');
select pg_temp.link(5, $$insert into staged_files_resolved values ('a.py');
    insert into staged_resolutions select 'a.py', 'a3000000-0000-8000-8000-000000000001', 'a3000000-0000-8000-8000-000000000002', '{0,1}', '{3,5}'$$);
select results_eq('select first_run, last_run, unresolved_ordinals from codebase.file_resolutions where organization_id = ' || quote_literal(:acme) || ' order by 1',
                  $$values (1, 4, '{1}'::integer[]), (5, null::integer, '{0,1}')$$, 'one that was staged takes its place');

-- Views.
select is((select string_agg(concat_ws(' ', path, source, kind, target_path, target, line, "column", method, confidence), ', ' order by target) from codebase.edges where source_id = 1),
          'a.py f call a.py g 2 5 scope 0.98, a.py f call a.py h 2 5 unique_name 0.4', 'an edge has both ends, place, method and confidence');
update codebase.blob_elements set start_line = 11, end_line = 12 where blob_id = :acme_blob and ordinal = 0;
select is((select array_agg(distinct line) from codebase.call_edges where caller_id = 1), '{12}', 'lines inserted above a function move its calls and change no row');
select is((select string_agg(concat_ws(' ', reason, kind, coalesce(receiver || '.', '') || name, line), ', ' order by line) from codebase.unresolved_references where organization_id = :acme),
          'ambiguous call g 2, not_found call g.h 4', 'what is not resolved is listed with the reason');
select is((select files_using from codebase.dependency_usage where organization_id = :umbrella), 1::bigint, 'a package is used by the files that reach its symbols');
select is((select files_using from codebase.dependency_usage where organization_id = :acme), 0::bigint, 'and unused when none does any more');

-- Impact, of a diamond with a loop: 50 <- 51, 52; 51, 52 <- 53; 53 <- 50, 54; 54 guesses.
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
select :acme, source, target, row_number() over (partition by source), 1, 'call', 'scope', confidence, 0, 1, 1
from (values (51, 50, 0.9), (52, 50, 0.8), (53, 51, 0.5), (53, 52, 0.9), (53, 52, 0.6), (50, 53, 1), (54, 53, 0.4)) as v (source, target, confidence);
set local app.organization_id = :acme;
select results_eq('select symbol_id, depth, round(confidence::numeric, 2) from codebase.impact(50) order by 1', 'values (51::bigint, 1, 0.90), (52, 1, 0.80), (53, 2, 0.72)', 'impact visits each symbol once, by its surest way, and ends in a loop');
select is((select count(*) from codebase.impact(50, 1)), 2::bigint, 'no further than asked');
select is((select count(*) from codebase.impact(50, 9, 0.1)), 4::bigint, 'guesses count when they are asked for');
select is((select count(*) from codebase.impact(54)), 0::bigint, 'what nothing reaches has none');

-- Walks, over the same.
insert into codebase.symbols (organization_id, id, origin, language, qualified_name) select :acme, n, 'language', 'c', 's' || n from generate_series(50, 54) n;
set local app.organization_id = :acme;
select results_eq('select name, depth, round(confidence::numeric, 2) from codebase.callers(50)', $$values ('s51', 1, 0.90), ('s52', 1, 0.80)$$, 'callers are those of one step');
select results_eq('select name, via_id, round(confidence::numeric, 2) from codebase.callers(50, 3) where depth > 1', $$values ('s53', 52::bigint, 0.72), ('s54', 53, 0.29)$$, 'or of more, each by its surest way');
select results_eq('select name, round(confidence::numeric, 2) from codebase.callees(53)', $$values ('s51', 0.50), ('s52', 0.90)$$, 'callees lie the other way, each once');
select results_eq('select step, name, round(confidence::numeric, 2) from codebase.call_path(54, 50)', $$values (1, 's53', 0.40), (2, 's52', 0.36), (3, 's50', 0.29)$$, 'a path has its steps in order');
select is((select count(*) from codebase.call_path(50, 54)), 0::bigint, 'where none leads there is none');
select is((select count(*) from codebase.call_path(54, 50, 2)), 0::bigint, 'nor one that is longer than asked');
select throws_ok($$select codebase.reach(50, 'up', '{call}')$$, 'GS504', 'there is no direction ''up''', 'a direction that is none is refused');

-- Deleting.
create function pg_temp.delete_acme() returns void language plpgsql as $$
begin
    set local role codebase_user;
    call codebase.delete_codebase('a0000000-0000-7000-8000-000000000001', 'a1000000-0000-7000-8000-000000000001');
    reset role;
end $$;
select pg_temp.delete_acme();
select is((select count(*) from codebase.relationships where organization_id = :acme and source_id in (1, 11)), 0::bigint, 'a deleted codebase leaves no relationship');
select is((select count(*) from codebase.symbols where organization_id = :acme and codebase_id is not null), 0::bigint, 'and no symbol');
select is((select count(*) from codebase.relationships where organization_id = :umbrella), 2::bigint, 'another tenant''s stand');

select * from finish();
rollback;
