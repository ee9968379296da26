-- Metrics, issues, dependencies and the history of Git: what they refuse, and what the views make of them.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(70);
create temporary view acmes as select * from tenants where organization = :acme;

-- Elements and files, as they were before this module had a graph.
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('a function that ends in a smaller column than it begins', 'update codebase.blob_elements set start_column = 9, end_column = 2', 'nothing'),
    ('a function that ends before it begins',                'update codebase.blob_elements set end_line = 0', 'span_does_not_run_backwards'),
    ('the same element twice in a content',                  'insert into codebase.blob_elements select * from codebase.blob_elements', 'blob_elements_pkey'),
    ('a parent that comes later',                            'update codebase.blob_elements set parent_ordinal = ordinal', 'parent_comes_first'),
    ('a file twice at a path',                               'insert into codebase.files (organization_id, codebase_id, path, first_run, mode, size_bytes, skip_reason) select organization, codebase, ''a.py'', 2, ''regular'', 0, ''binary'' from acmes', 'file_is_current_once'),
    ('a file neither analysed nor skipped',                  'update codebase.files set blob_id = null', 'analysed_or_skipped_with_a_reason'),
    ('a commit of a SHA-256 repository',                     'update codebase.analysis_runs set commit_id = repeat(''ab'', 32)', 'nothing'),
    ('a completed run without counts',                       'update codebase.analysis_runs set files_seen = null', 'completed_run_has_its_counts'),
    ('a run that lost a file',                               'update codebase.analysis_runs set files_seen = 2', 'every_file_seen_is_accounted_for'),
    ('two runs with one number',                             'insert into codebase.analysis_runs (organization_id, id, codebase_id, number, analyser_version) select organization, base.uuid_v7(), codebase, 1, ''1'' from acmes', 'run_number_is_unique'),
    ('two codebases of one name',                            'insert into codebase.codebases (organization_id, id, name, kind, location) select organization, base.uuid_v7(), ''hello'', ''folder'', ''/x'' from acmes', 'codebases_name_is_unique')
) as attempts (what, statement, refusal);

-- Metrics.
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('more code than lines',                    'update codebase.blob_metrics set code_lines = 5', 'lines_are_no_more_than_there_are'),
    ('more statements than lines',              'update codebase.blob_metrics set logical_lines = 5', 'nothing'),
    ('a complexity below none',                 'update codebase.blob_metrics set cognitive_complexity = -1', 'complexity_is_not_negative'),
    ('more distinct operators than operators',  'update codebase.blob_metrics set operators_distinct = 31', 'distinct_are_no_more_than_all'),
    ('more documented than there is',           'update codebase.blob_metrics set documented = 3', 'covered_are_no_more_than_all'),
    ('a figure that is no number',              'update codebase.run_metrics set value = ''NaN''', 'value_is_a_number'),
    ('an infinite one',                         'update codebase.run_metrics set value = ''-infinity''', 'value_is_a_number'),
    ('points above 100',                        'update codebase.quality_parts set points = 101', 'points_are_of_100'),
    ('a part that counts nothing',              'update codebase.quality_parts set weight = 0', 'weight_is_positive'),
    ('a copy that ends before it begins',       'update codebase.duplicates set end_line = 0', 'lines_are_in_order'),
    ('a copy of no known type',                 'update codebase.duplicates set clone_type = 3', 'clone_type_is_known')
) as attempts (what, statement, refusal);
-- Volume of 64 tokens, 16 of them distinct: 64 * 4 bits. 171 - 5.2 ln 256 - 0.23 * 8 - 16.2 ln 4 = 117.8670.
select is((select round(halstead_volume::numeric, 6) || ' ' || round(halstead_difficulty, 4) || ' ' || round(maintainability_index::numeric, 4) || ' ' || fan_out
           from codebase.element_metrics where organization_id = :acme), '256.000000 10.2000 68.9281 2', 'the figures of a function follow from its counts');
select is(round(codebase.maintainability_index(0, 0, 0)::numeric, 2), 100.00, 'nothing is as maintainable as can be');
select is(codebase.maintainability_index(1e30, 100, 100000), 0::double precision, 'and what cannot be maintained has 0');
select is((select documented_share || ' ' || annotated_share from codebase.file_metrics where organization_id = :acme), '0.5 0.75', 'a file says how much is documented and annotated');
select is((select score || ': ' || formula from codebase.quality_scores where organization_id = :acme),
          E'70: complexity: as given = 80.0 points, weight 3\ndocumentation: as given = 40.0 points, weight 1', 'a score is the weighted mean of its parts and shows them');
update codebase.quality_parts set points = 0 where part = 'complexity';
select is((select score from codebase.quality_scores where organization_id = :acme), 10::double precision, 'and changes with them');
select is((select array_agg(places order by start_line) from codebase.duplicate_code where organization_id = :acme), '{2,2}', 'a copy knows of the other places');
update codebase.duplicates set last_run = 1 where start_line = 3;
select is((select array_agg(places) from codebase.duplicate_code where organization_id = :acme), '{1}', 'and no longer when it is gone');

-- The graph.
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
select organization, symbol, symbol + 10, 7, 1, 'inherit', 'scope', 1, 0, 1, 1 from tenants;
select is((select array_agg(codebase.inheritance_depth(organization, symbol + n) order by n) from acmes, unnest('{0,10}'::bigint[]) n), '{1,0}', 'a type is a step below the one that it inherits from');
insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
select organization, symbol + 10, symbol, 7, 1, 'inherit', 'scope', 1, 0, 1, 1 from tenants;
select is((select codebase.inheritance_depth(organization, symbol) from acmes), null, 'types in a circle have no depth');
insert into codebase.duplicates (organization_id, codebase_id, digest, path, start_line, first_run, end_line, tokens, clone_type)
select organization, codebase, codebase.content_uuid('other'), 'a.py', 1, 1, 3, 60, 2 from acmes;
select is((select duplicated_lines || ' of ' || lines from codebase.file_duplication where organization_id = :acme), '3 of 4', 'a line that is part of several blocks counts once');
select is((select array_agg(part || ' ' || points order by part) from codebase.quality_points('{"code_lines": 100, "debt_minutes": 900, "lines": 100}')), '{debt 0,duplication 100}', 'points are no less than 0, and a part that nothing can be judged by is left out');
select is((select string_agg(codebase.debt_rating(r), '') from unnest('{5,5.1,20,50,51}'::float8[]) r), 'ABCDE', 'debt is graded');

-- Issues.
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('an issue found twice at once',           'insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, rule_id, severity, message, path, start_line, start_column, end_line, end_column, effort_minutes) select organization, codebase, codebase.content_uuid(''f''), 2, ''dead/function'', ''note'', ''x'', ''x'', 1, 1, 1, 1, 0 from acmes', 'issue_is_found_once'),
    ('an issue that was fixed and comes back', 'insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, rule_id, severity, message, path, start_line, start_column, end_line, end_column, effort_minutes) select organization, codebase, codebase.content_uuid(''old''), 3, ''dead/function'', ''note'', ''x'', ''x'', 1, 1, 1, 1, 0 from acmes', 'nothing'),
    ('an issue over lines, to a smaller column', 'update codebase.issues set start_column = 30, end_line = 9, end_column = 2', 'nothing'),
    ('an issue of no rule',                    'update codebase.issues set rule_id = ''x''', 'issue_breaks_a_rule'),
    ('an issue that says nothing',             'update codebase.issues set message = '' ''', 'message_is_not_blank'),
    ('a rule that issues are of',              'delete from codebase.rules', 'issue_breaks_a_rule'),
    ('a query rule without a query',           'update codebase.rules set source = ''query''', 'query_rules_have_their_query'),
    ('a rule disabled without a reason',       'update codebase.rules set disabled_at = now()', 'disabled_says_why'),
    ('a suppression without a reason',         'update codebase.issue_suppressions set justification = ''''', 'says_why'),
    ('a comment that is a user',               'update codebase.issue_suppressions set kind = ''in_source''', 'the_source_is_no_user'),
    ('an issue with one column in characters', 'update codebase.issues set start_character = 1', 'characters_come_in_pairs'),
    ('an issue suppressed twice',              'insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification) select organization, codebase, codebase.content_uuid(''kept''), ''in_source'', ''planned'', ''x'' from acmes', 'issue_is_suppressed_once'),
    ('a suppression that ends at its begin',   'update codebase.issue_suppressions set expires_at = suppressed_at', 'expires_after_it_begins')
) as attempts (what, statement, refusal);
create temporary view states as select left(message, 4) || ' ' || state as state from codebase.code_issues where organization_id = :acme;
select set_eq('select state from states', $${"f is open","old  fixed","kept suppressed"}$$::text[], 'an issue is open, fixed or suppressed');
update codebase.issue_suppressions set suppressed_at = now() - interval '2 days', expires_at = now() - interval '1 day';
select ok(exists (select from states where state = 'kept open'), 'a suppression ends when it expires');
update codebase.issue_suppressions set expires_at = null, revoked_at = now();
select ok(exists (select from states where state = 'kept open'), 'and when it is revoked');
update codebase.issues set last_run = 1;
select is((select count(*) from states where state ~ 'fixed'), 3::bigint, 'what is found no more is fixed');

-- Dependencies.
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('the same dependency twice',             'insert into codebase.external_dependencies (organization_id, codebase_id, manifest_path, lock_path, ecosystem, name, scope, is_direct, requested_range, locked_version, first_run) select organization, codebase, ''pyproject.toml'', ''uv.lock'', ''pypi'', ''requests'', ''runtime'', true, ''>=2'', ''2.31.0'', 2 from acmes', 'dependency_is_current_once'),
    ('another version of it',                 'insert into codebase.external_dependencies (organization_id, codebase_id, manifest_path, lock_path, ecosystem, name, scope, is_direct, locked_version, first_run) select organization, codebase, ''pyproject.toml'', ''uv.lock'', ''pypi'', ''requests'', ''runtime'', false, ''2.0.0'', 2 from acmes', 'nothing'),
    ('a dependency of nothing that is locked', 'update codebase.external_dependencies set is_direct = false, requested_range = null, locked_version = null, lock_path = null', 'what_is_not_asked_for_is_locked'),
    ('a locked version without a lock file',  'update codebase.external_dependencies set lock_path = null', 'a_version_is_locked_by_a_lock_file'),
    ('a dependency without a lock file',      'update codebase.external_dependencies set lock_path = null, locked_version = null', 'nothing')
) as attempts (what, statement, refusal);

-- History of Git: 1 adds a.py and b.py; 2 and 4 change both, 3 only a.py, 5 is a merge, 6 is lost, 7 touches 60 files.
insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject, lost_at)
select :acme, :acme_codebase, n, lpad(n::text, 40, '0'), case n when 5 then '{x,y}' else '{x}' end::text[], 'Bob', case n when 3 then 'ada' else 'bob' end || '@example.test', now(), now() + n * interval '1 day', 'x', case n when 6 then now() end
from generate_series(2, 7) n;
insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed)
select :acme, :acme_codebase, n, path, 'modified', 2, 1
from generate_series(2, 7) n, lateral (select 'a.py' union all select 'b.py' where n <> 3 union all select 'c' || i from generate_series(1, 58) i where n = 7) p (path);
select is((select commits || ' ' || authors || ' ' || lines_added || ' ' || lines_removed from codebase.file_churn where organization_id = :acme), '5 2 12 4', 'churn counts neither merges nor lost commits');
select is((select array_agg(author_email || ' ' || share order by share) from codebase.file_ownership where organization_id = :acme and path = 'a.py'), '{ada@example.test 0.5000,bob@example.test 0.5000}', 'owners have shares of the lines added');
select is((select score from codebase.hotspots where organization_id = :acme), 25::bigint, 'a hotspot is commits times complexity');
insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject)
select :acme, :acme_codebase, n, lpad(n::text, 40, '0'), '{x}', 'Cem', 'cem@example.test', now(), now() - n * interval '1 day', 'x' from generate_series(11, 12) n;
insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed, old_path)
values (:acme, :acme_codebase, 12, 'old.py', 'added', 30, 0, null), (:acme, :acme_codebase, 11, 'a.py', 'renamed', 0, 0, 'old.py');
set local app.organization_id = :acme;
select results_eq(format('select author_email, commits, lines_added, share, cumulative_share from codebase.owners(%L, ''a.py'')', :acme_codebase),
    $$values ('cem@example.test', 2::bigint, 30::bigint, 0.7143, 0.7143), ('bob@example.test', 3, 6, 0.1429, 0.8571), ('ada@example.test', 2, 6, 0.1429, 1.0000)$$, 'who wrote a file, under its earlier name, too');
select is((select array_agg(author_email order by author_email) from codebase.owners(:acme_codebase, '')), '{ada@example.test,bob@example.test,cem@example.test}', 'and all of a codebase');
select is((select count(*) from codebase.owners(:acme_codebase, 'a')), 0::bigint, 'a folder is no beginning of a name');
delete from codebase.file_changes where commit_number > 10;
delete from codebase.blob_metrics where ordinal = -1;
select is((select commits || ' ' || coalesce(score::text, 'none') || ' ' || code_lines from codebase.hotspots where organization_id = :acme), '5 none 4', 'what is not measured has no score and is shown');
select results_eq(format('select * from codebase.co_changes(%L, ''a.py'')', :acme_codebase), $$values ('b.py', 3::bigint, 4::bigint)$$, 'files that change together are found, commits of everything left out');
select is((select commits_together from codebase.co_changes(:acme_codebase, 'a.py', now() + interval '3 days', 100) where path = 'b.py'), 2::bigint, 'from a time on, with as many files as asked');
select is(pg_temp.refused_by(statement), refusal, what)
from (values
    ('a commit twice',                     'insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at, committed_at, subject) select organization, codebase, 99, repeat(''ab'', 20), ''{}'', ''x'', ''x'', now(), now(), ''x'' from acmes', 'commit_is_there_once'),
    ('a rename from nowhere',              'update codebase.file_changes set kind = ''renamed''', 'only_what_moved_has_an_old_path'),
    ('a binary file with half its lines',  'update codebase.file_changes set lines_removed = null', 'binary_files_have_no_lines'),
    ('a binary file',                      'update codebase.file_changes set lines_added = null, lines_removed = null', 'nothing')
) as attempts (what, statement, refusal);

select * from finish();
rollback;
