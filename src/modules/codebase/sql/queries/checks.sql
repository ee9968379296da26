-- name: register_rules :exec
-- The rules of a source as this program, or its plug-ins, have them; what the organization set stays.
insert into codebase.rules as r (organization_id, id, name, description, category, severity, effort_minutes, source, version, help_uri)
select :organization_id, n.id, n.name, n.description, n.category, n.severity::codebase.issue_severity, n.effort_minutes, :source::codebase.rule_source, n.version, nullif(n.help_uri, '')
from unnest(:ids::text[], :names::text[], :descriptions::text[], :categories::text[], :severities::text[], :efforts::integer[], :versions::text[], :help_uris::text[])
    as n (id, name, description, category, severity, effort_minutes, version, help_uri)
on conflict (organization_id, id) do update
set name = excluded.name, description = excluded.description, category = excluded.category, severity = excluded.severity,
    effort_minutes = excluded.effort_minutes, version = excluded.version, help_uri = excluded.help_uri, updated_at = excluded.updated_at
where r.source = excluded.source
  and (r.name, r.description, r.category, r.severity, r.effort_minutes, r.version, r.help_uri)
      is distinct from (excluded.name, excluded.description, excluded.category, excluded.severity, excluded.effort_minutes, excluded.version, excluded.help_uri);

-- name: list_rules :many
-- column severity: not null
-- column source: not null
-- column parameters: not null
select id, name, description, category, severity::text as severity, effort_minutes, source::text as source, version, query,
       parameters::text as parameters, help_uri, disabled_at, disabled_reason
from codebase.rules
where organization_id = :organization_id
order by id;

-- name: add_query_rule :exec
-- param help_uri: nullable
-- Makes a query rule, or puts another text in its place; it is enabled.
insert into codebase.rules as r (organization_id, id, name, description, category, severity, effort_minutes, source, version, query, help_uri)
values (:organization_id, :id, :name, :description, :category, :severity::codebase.issue_severity, :effort_minutes, 'query', :version, :query, :help_uri)
on conflict (organization_id, id) do update
set name = excluded.name, description = excluded.description, category = excluded.category, severity = excluded.severity,
    effort_minutes = excluded.effort_minutes, version = excluded.version, query = excluded.query, help_uri = excluded.help_uri,
    disabled_at = null, disabled_reason = null, updated_at = excluded.updated_at
where r.source = 'query';

-- name: remove_query_rule :exec
delete from codebase.rules where organization_id = :organization_id and id = :id and source = 'query';

-- name: remove_issues_of_rule :exec
delete from codebase.issues where organization_id = :organization_id and rule_id = :id;

-- name: disable_rule :exec
update codebase.rules set disabled_at = :now, disabled_reason = :reason, updated_at = now()
where organization_id = :organization_id and id = :id;

-- name: enable_rule :exec
update codebase.rules set disabled_at = null, disabled_reason = null, updated_at = now()
where organization_id = :organization_id and id = :id;

-- name: set_rule_parameter :exec
update codebase.rules set parameters = parameters || jsonb_build_object(:name::text, :value::integer), updated_at = now()
where organization_id = :organization_id and id = :id;

-- name: last_checks_version :optional
-- What the issues of the newest complete run were found with.
select r.checks_version
from codebase.codebases c
join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
where c.organization_id = :organization_id and c.id = :codebase_id;

-- name: record_checks_version :exec
update codebase.analysis_runs set checks_version = :checks_version where organization_id = :organization_id and id = :run_id;

-- name: current_findings :many
-- What the contents of the current files say by themselves, with the element that each is in.
-- column kind: nullable
-- column qualified_name: nullable
-- column overload: nullable
select f.path, f.language, n.rule_id, n.start_line, n.start_column, n.end_line, n.end_column, n.start_character, n.end_character, n.message, n.source,
       e.kind::text as kind, e.qualified_name, e.overload
from codebase.files f
join codebase.blob_findings n on n.organization_id = f.organization_id and n.blob_id = f.blob_id
left join codebase.blob_elements e on e.organization_id = n.organization_id and e.blob_id = n.blob_id and e.ordinal = n.element_ordinal
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
order by f.path, n.ordinal;

-- name: current_directives :many
select f.path, d.first_line, d.last_line, d.rules, d.justification
from codebase.files f
join codebase.blob_directives d on d.organization_id = f.organization_id and d.blob_id = f.blob_id
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
order by f.path, d.ordinal;

-- name: figures_above :many
-- column kind: nullable
-- column qualified_name: nullable
-- column overload: nullable
-- column start_line: nullable
-- column name_line: nullable
-- column name_column: nullable
-- Files, functions and types of the current files with a figure above a limit; which one is for the caller to say.
select f.path, m.ordinal, m.code_lines, m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, m.parameters, m.cohesion_groups,
       e.kind::text as kind, e.qualified_name, e.overload, e.start_line, e.name_line, e.name_column
from codebase.files f
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id
left join codebase.blob_elements e on e.organization_id = m.organization_id and e.blob_id = m.blob_id and e.ordinal = m.ordinal
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
  and (case when m.ordinal = -1 then m.code_lines > :file_lines
            else m.cognitive_complexity > :cognitive or m.cyclomatic_complexity > :cyclomatic or m.nesting_max > :nesting or m.parameters > :parameters
                 or m.code_lines > :function_lines or m.cohesion_groups > :cohesion_groups end)
order by f.path, m.ordinal;

-- name: import_edges :many
-- column source_path: not null
-- column target_path: not null
-- column line: not null
-- Which file of a codebase imports which, and where, in languages that load files one by one.
-- As graph_uses, source by source.
select distinct s.path as source_path, t.path as target_path, r.line_offset + 1 as line
from codebase.symbols s
cross join lateral (select * from codebase.relationships w where w.organization_id = s.organization_id and w.source_id = s.id offset 0) r
cross join lateral (select * from codebase.symbols y where y.organization_id = s.organization_id and y.id = r.target_id offset 0) t
where s.organization_id = :organization_id and s.codebase_id = :codebase_id and s.kind = 'module' and s.qualified_name = ''
  and s.language in ('python', 'javascript', 'typescript', 'tsx')
  and r.last_run is null and r.kind in ('import', 're_export') and t.codebase_id = :codebase_id and t.path <> s.path
order by source_path, target_path, line;

-- name: imports_not_loaded :many
-- Where the current files import what is not needed to load them: types alone, or within a function. In a statement of its own: joined to the
-- edges, the planner, which knows nothing of a first run's rows, took nine tenths of the run for it.
select f.path, i.line
from codebase.files f
join codebase.blob_imports i on i.organization_id = f.organization_id and i.blob_id = f.blob_id
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null and (i.is_type_only or i.element_ordinal is not null);

-- name: analyze_grown_tables :exec
-- scope: local
call codebase.analyze_grown_tables();

-- name: begin_checking :exec
-- scope: local
call codebase.begin_checking();

-- name: merge_issues :one
-- column new_issues: not null
-- column fixed_issues: not null
-- column open_issues: not null
-- column suppressed_issues: not null
select m.new_issues, m.fixed_issues, m.open_issues, m.suppressed_issues from codebase.merge_issues(:organization_id, :codebase_id, :run_number, :now) m;

-- name: query_rule_problem :one
-- column problem: nullable
-- column columns: not null
-- What forbids to run the query of a rule, which is the temporary view query_rule; null when nothing does.
-- scope: local
select codebase.query_rule_problem() as problem, codebase.query_rule_columns() as columns;

-- name: list_issues :many
-- param codebase_id: nullable
-- param run_number: nullable
-- column codebase_id: not null
-- column codebase: not null
-- column rule_id: not null
-- column category: not null
-- column severity: not null
-- column state: not null
-- column path: not null
-- column start_line: not null
-- column start_column: not null
-- column end_line: not null
-- column end_column: not null
-- column message: not null
-- column effort_minutes: not null
-- column related: not null
-- column fingerprint: not null
-- column first_run: not null
-- Issues as the view shows them, in the order of codebase, path and line. Empty texts leave nothing out; a path is a file or a folder; of a run: those
-- that it had.
select c.codebase_id, c.codebase, c.rule_id, c.category, c.severity::text as severity, c.state, c.path, c.start_line, c.start_column, c.end_line, c.end_column,
       c.start_character, c.end_character, c.message, c.effort_minutes, c.symbol_id, c.related::text as related, c.fingerprint, c.moved_fingerprint,
       c.first_run, c.last_run, c.suppression_kind::text as suppression_kind, c.suppression_reason::text as suppression_reason, c.justification, c.expires_at
from codebase.code_issues c
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.codebase_id = :codebase_id)
  and (:state::text = '' or c.state = :state) and (:rule_id::text = '' or c.rule_id = :rule_id) and c.severity >= :severity::text::codebase.issue_severity
  and (:path::text = '' or c.path = :path or starts_with(c.path, :path || '/'))
  and (:run_number::integer is null or (c.first_run <= :run_number and coalesce(c.last_run, :run_number) >= :run_number))
order by c.codebase, c.path, c.start_line, c.start_column, c.rule_id, c.fingerprint
limit :rows_max;

-- name: completed_run_number :optional
-- The run of a codebase with this number, if it was completed.
select number from codebase.analysis_runs
where organization_id = :organization_id and codebase_id = :codebase_id and number = :run_number and state = 'completed';

-- name: revoke_suppressions :exec
-- param codebase_id: nullable
-- Takes back the decisions about an issue that stand: those of people, and with `also_in_source` those of comments.
update codebase.issue_suppressions as p set revoked_at = greatest(:now, p.suppressed_at)
where p.organization_id = :organization_id and p.fingerprint = :fingerprint and p.revoked_at is null
  and (:codebase_id::uuid is null or p.codebase_id = :codebase_id) and (p.kind = 'external' or :also_in_source::boolean);

-- name: suppress_issue :many
-- param codebase_id: nullable
-- param expires_at: nullable
-- param suppressed_by: nullable
-- type suppressed_by: UserId
-- Leaves an issue as it is, in each codebase that has it.
insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification, suppressed_by, suppressed_at, expires_at)
select :organization_id, i.codebase_id, i.fingerprint, 'external', :reason::codebase.suppression_reason, :justification, :suppressed_by, :now, :expires_at::timestamptz
from codebase.issues i
where i.organization_id = :organization_id and i.fingerprint = :fingerprint and i.last_run is null
  and (:codebase_id::uuid is null or i.codebase_id = :codebase_id)
returning codebase_id;

-- name: current_paths_of :many
-- Which of these paths are files of the newest complete run.
select path from codebase.files
where organization_id = :organization_id and codebase_id = :codebase_id and last_run is null and path = any(:paths::text[]);
