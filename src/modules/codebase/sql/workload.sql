-- What the program, the API and the command line ask of codebase. Queries compare states with literals and search by leakproof operators
-- (decision 0013): names are found whole, by ranges or by id; parts of names by codebase.names_like(), which has the owner's rights.
--
-- Left out for what they would cost in writing: full-text indexes over names, signatures and documentation, of which an index run writes some ten
-- thousand a second; an index of relationships that have ended by their target, which nothing but a comparison of old runs asks for.

-- Codebases by name with what their newest run saw, a page.
-- index: codebases_name_is_unique, analysis_runs_pkey
-- values: select organization_id, name from codebase.codebases
prepare list_codebases (uuid, text) as
select c.id, c.name, c.kind, c.location, r.number, r.commit_id, r.branch, r.files_seen, r.lines_seen, r.finished_at
from codebase.codebases c
left join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
where c.organization_id = $1 and c.name > $2
order by c.name limit 50;

-- Names with a text in them: the first step of a search.
-- index: names_trigrams_idx
-- values: select organization_id, substr(name, 2, 6) from codebase.names
prepare find_names_like (uuid, text) as
select codebase_id, name, rank from codebase.names_like($2, null, 50) where $1 is not null;

-- The codebase at a place: every index run.
-- index: codebases_location_is_unique
-- values: select organization_id, location from codebase.codebases
prepare find_codebase (uuid, text) as
select id, name, current_run_id from codebase.codebases where organization_id = $1 and location = $2;

-- Runs of a codebase, newest first.
-- index: run_number_is_unique
-- values: select organization_id, codebase_id, number from codebase.analysis_runs
prepare list_runs (uuid, uuid, integer) as
select number, state, commit_id, branch, started_at, finished_at, files_parsed, files_removed, error_message
from codebase.analysis_runs
where organization_id = $1 and codebase_id = $2 and number < $3
order by number desc limit 50;

-- The newest run that saw a commit: what a branch or tag shows.
-- index: refs_pkey, analysis_runs_by_commit
-- values: select organization_id, codebase_id, name from codebase.refs
prepare find_run_of_ref (uuid, uuid, text) as
select p.kind, p.commit_id, r.number, r.snapshot_id
from codebase.refs p
cross join lateral (
    select a.number, a.snapshot_id
    from codebase.analysis_runs a
    where a.organization_id = p.organization_id and a.codebase_id = p.codebase_id and a.commit_id = p.commit_id and a.state = 'completed'
    order by a.number desc limit 1
) r
where p.organization_id = $1 and p.codebase_id = $2 and p.name = $3;

-- States that the files of a codebase were in, newest first.
-- index: snapshots_by_codebase, analysis_runs_by_snapshot, refs_by_commit
-- values: select organization_id, codebase_id, first_run from codebase.snapshots
prepare list_snapshots (uuid, uuid, integer) as
select snapshot_id, first_run, last_run, commit_id, is_dirty, branches, tags, files
from codebase.snapshot_overview
where organization_id = $1 and codebase_id = $2 and first_run < $3
order by first_run desc limit 20;

-- Files by path, a page; what an index run compares with, too.
-- index: file_is_current_once
-- values: select organization_id, codebase_id, path from codebase.files where last_run is null
prepare list_files (uuid, uuid, text) as
select path, mode, language, size_bytes, git_id, blob_id, skip_reason
from codebase.files
where organization_id = $1 and codebase_id = $2 and last_run is null and path > $3
order by path limit 100;

-- Contents that a path has had.
-- index: files_pkey
-- values: select organization_id, codebase_id, path from codebase.files
prepare list_contents_of_file (uuid, uuid, text) as
select first_run, last_run, git_id, size_bytes
from codebase.files
where organization_id = $1 and codebase_id = $2 and path = $3
order by first_run desc limit 100;

-- Facts that contents have already: every index run.
-- index: blobs_by_content
-- values: select organization_id, array_agg(git_id) from codebase.blobs group by 1
prepare find_known_blobs (uuid, text[]) as
select id from codebase.blobs where organization_id = $1 and git_id = any ($2) and analyser_version = '1';

-- Elements of a file with their figures: an editor's outline.
-- index: file_is_current_once, blob_elements_pkey, blob_metrics_pkey
-- values: select organization_id, codebase_id, path from codebase.files where last_run is null
prepare list_elements_of_file (uuid, uuid, text) as
select e.ordinal, e.parent_ordinal, e.kind, e.name, e.start_line, e.end_line, m.cyclomatic_complexity, m.cognitive_complexity
from codebase.files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
left join codebase.blob_metrics m on m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.ordinal = e.ordinal
where f.organization_id = $1 and f.codebase_id = $2 and f.path = $3 and f.last_run is null
order by e.ordinal limit 1000;

-- What has a name, in any codebase.
-- index: blob_elements_by_name, files_by_blob
-- values: select organization_id, name from codebase.blob_elements
prepare find_elements_named (uuid, text) as
select f.codebase_id, f.path, e.kind, e.qualified_name, e.start_line, e.signature
from codebase.blob_elements e
join codebase.files f on f.organization_id = e.organization_id and f.blob_id = e.blob_id and f.last_run is null
where e.organization_id = $1 and e.name = $2
order by f.codebase_id, f.path, e.ordinal limit 50;

-- Who calls a symbol.
-- index: relationships_by_target, symbols_pkey
-- values: select organization_id, target_id from codebase.relationships where last_run is null
prepare list_callers (uuid, bigint) as
select path, caller, line, "column", kind, method, confidence
from codebase.call_edges
where organization_id = $1 and callee_id = $2
limit 100;

-- Whom it calls.
-- index: relationships_pkey, symbols_pkey
-- values: select organization_id, source_id from codebase.relationships where last_run is null
prepare list_callees (uuid, bigint) as
select callee, target_path, target_package, line, "column", kind, method, confidence
from codebase.call_edges
where organization_id = $1 and caller_id = $2
limit 100;

-- Symbols of a file, with the figures that need the graph.
-- index: symbols_by_file, relationships_by_target, relationships_pkey
-- values: select organization_id, codebase_id, path from codebase.symbols where codebase_id is not null
prepare list_symbols_of_file (uuid, uuid, text) as
select s.id, s.kind, s.qualified_name, s.overload,
       (select count(distinct r.source_id) from codebase.relationships r where r.organization_id = s.organization_id and r.target_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate')) as fan_in,
       (select count(distinct r.target_id) from codebase.relationships r where r.organization_id = s.organization_id and r.source_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate')) as fan_out
from codebase.symbols s
where s.organization_id = $1 and s.codebase_id = $2 and s.path = $3;

-- What of a package is used, and where.
-- index: symbols_by_package, relationships_by_target
-- values: select organization_id, package, ecosystem from codebase.symbols where package is not null
prepare list_uses_of_package (uuid, text, text) as
select s.qualified_name, r.source_id, r.kind
from codebase.symbols s
join codebase.relationships r on r.organization_id = s.organization_id and r.target_id = s.id and r.last_run is null
where s.organization_id = $1 and s.package = $2 and s.ecosystem = $3
limit 100;

-- What linking gave for each file: every run that changes something compares with it.
-- index: file_is_resolved_once
-- values: select organization_id, codebase_id from codebase.file_resolutions
prepare list_resolutions (uuid, uuid) as
select path, digest
from codebase.file_resolutions
where organization_id = $1 and codebase_id = $2 and last_run is null;

-- Copies of what is in a file.
-- index: duplicates_by_file, duplicates_pkey
-- values: select organization_id, codebase_id, path from codebase.duplicates where last_run is null
prepare list_copies_of_file (uuid, uuid, text) as
select d.start_line, d.end_line, d.tokens, o.path, o.start_line as copy_start_line
from codebase.duplicates d
join codebase.duplicates o on o.organization_id = d.organization_id and o.codebase_id = d.codebase_id and o.digest = d.digest and o.last_run is null
where d.organization_id = $1 and d.codebase_id = $2 and d.path = $3 and d.last_run is null and (o.path, o.start_line) <> (d.path, d.start_line)
limit 100;

-- A figure over the runs of a codebase: a chart.
-- index: run_number_is_unique, run_metrics_pkey
-- values: select r.organization_id, r.codebase_id, r.number, m.metric, m.scope from codebase.analysis_runs r join codebase.run_metrics m on m.organization_id = r.organization_id and m.run_id = r.id
prepare chart_metric (uuid, uuid, integer, text, text) as
select r.number, r.finished_at, m.value
from codebase.analysis_runs r
join codebase.run_metrics m on m.organization_id = r.organization_id and m.run_id = r.id
where r.organization_id = $1 and r.codebase_id = $2 and r.number > $3 and m.metric = $4 and m.scope = $5
order by r.number limit 100;

-- The quality scores of a run with their formula.
-- index: run_number_is_unique, quality_parts_pkey
-- values: select organization_id, codebase_id, number from codebase.analysis_runs where state = 'completed'
prepare read_quality (uuid, uuid, integer) as
select scope, score, formula
from codebase.quality_scores
where organization_id = $1 and codebase_id = $2 and run_number = $3
order by scope;

-- Issues that are found, by place: the page first, then what became of its issues.
-- index: issues_by_file, issues_pkey, issue_is_suppressed_once
-- values: select organization_id, codebase_id, path from codebase.issues where last_run is null
prepare list_issues (uuid, uuid, text) as
with page as materialized (
    select fingerprint, first_run
    from codebase.issues
    where organization_id = $1 and codebase_id = $2 and last_run is null and path >= $3
    order by path, start_line limit 50
)
select i.rule_id, i.severity, i.state, i.path, i.start_line, i.message, i.suppression_reason, i.justification
from page p
cross join lateral (
    select * from codebase.code_issues c where c.organization_id = $1 and c.codebase_id = $2 and c.fingerprint = p.fingerprint and c.first_run = p.first_run offset 0
) i
order by i.path, i.start_line;

-- An issue by its fingerprint: a baseline, a suppression.
-- index: issue_is_found_once
-- values: select organization_id, codebase_id, fingerprint from codebase.issues where last_run is null
prepare find_issue (uuid, uuid, uuid) as
select rule_id, severity, path, start_line, message, first_run
from codebase.issues
where organization_id = $1 and codebase_id = $2 and fingerprint = $3 and last_run is null;

-- What was decided about an issue: its page.
-- index: issue_suppressions_by_issue
-- values: select organization_id, codebase_id, fingerprint from codebase.issue_suppressions
prepare list_suppressions_of_issue (uuid, uuid, uuid) as
select kind, reason, justification, suppressed_by, suppressed_at, expires_at, revoked_at, revoked_by
from codebase.issue_suppressions
where organization_id = $1 and codebase_id = $2 and fingerprint = $3
order by suppressed_at;

-- Issues that went away from a run on.
-- index: issues_fixed
-- values: select organization_id, codebase_id, last_run from codebase.issues where last_run is not null
prepare list_fixed_issues (uuid, uuid, integer) as
select rule_id, severity, path, message, last_run
from codebase.issues
where organization_id = $1 and codebase_id = $2 and last_run >= $3
order by last_run limit 100;

-- How often a rule is broken, by codebase.
-- index: issues_by_rule
-- values: select organization_id, rule_id from codebase.issues
prepare count_issues_of_rule (uuid, text) as
select codebase_id, count(*) filter (where last_run is null) as found, count(*) filter (where last_run is not null) as fixed
from codebase.issues
where organization_id = $1 and rule_id = $2
group by codebase_id;

-- Packages that a codebase depends on.
-- index: dependency_is_current_once
-- values: select organization_id, codebase_id from codebase.external_dependencies
prepare list_dependencies (uuid, uuid) as
select ecosystem, name, scope, is_direct, requested_range, locked_version, licence, manifest_path
from codebase.external_dependencies
where organization_id = $1 and codebase_id = $2 and last_run is null
limit 5000;

-- What came in from a run on.
-- index: external_dependencies_by_run
-- values: select organization_id, codebase_id, first_run from codebase.external_dependencies
prepare list_new_dependencies (uuid, uuid, integer) as
select ecosystem, name, scope, is_direct, requested_range, locked_version, first_run
from codebase.external_dependencies
where organization_id = $1 and codebase_id = $2 and first_run >= $3
limit 1000;

-- Which codebases have a package, when a version turns out to be unsafe.
-- index: external_dependencies_by_name
-- values: select organization_id, name, ecosystem from codebase.external_dependencies where last_run is null
prepare find_dependents_of_package (uuid, text, text) as
select codebase_id, manifest_path, locked_version, is_direct
from codebase.external_dependencies
where organization_id = $1 and name = $2 and ecosystem = $3 and last_run is null;

-- Commits that are known already: every run on a Git repository.
-- index: commit_is_there_once
-- values: select organization_id, codebase_id, commit_id from codebase.commits
prepare find_commit (uuid, uuid, text) as
select number from codebase.commits where organization_id = $1 and codebase_id = $2 and commit_id = $3;

-- Commits of a time with what they changed: a report.
-- index: commits_by_time, file_changes_pkey
-- values: select organization_id, codebase_id, committed_at from codebase.commits
prepare list_commits (uuid, uuid, timestamptz) as
select m.number, m.commit_id, m.author_email, m.committed_at, m.subject, g.files, g.lines_added
from codebase.commits m
cross join lateral (
    select count(*) as files, sum(f.lines_added) as lines_added
    from codebase.file_changes f
    where f.organization_id = m.organization_id and f.codebase_id = m.codebase_id and f.commit_number = m.number
) g
where m.organization_id = $1 and m.codebase_id = $2 and m.committed_at > $3
order by m.committed_at limit 50;

-- How often files were changed, a page.
-- index: file_is_current_once, file_changes_by_path, commits_pkey
-- values: select organization_id, codebase_id, path from codebase.files where last_run is null
prepare list_churn (uuid, uuid, text) as
select path, commits, authors, lines_added, last_changed_at
from codebase.file_churn
where organization_id = $1 and codebase_id = $2 and path > $3
order by path limit 50;

-- Who owns a file.
-- index: file_changes_by_path, commits_pkey
-- values: select organization_id, codebase_id, path from codebase.file_changes
prepare list_owners_of_file (uuid, uuid, text) as
select author_email, author_name, commits, share
from codebase.file_ownership
where organization_id = $1 and codebase_id = $2 and path = $3
order by share desc limit 10;
