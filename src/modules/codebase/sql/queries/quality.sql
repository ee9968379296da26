-- name: measure_run :exec
-- scope: local
call codebase.measure_run(:organization_id, :codebase_id, :run_id, :has_changed);

-- name: quality_summary :optional
-- column score: not null
-- column debt_minutes: not null
select s.score, m.value as debt_minutes
from codebase.quality_scores s
join codebase.analysis_runs r on r.organization_id = s.organization_id and r.codebase_id = s.codebase_id and r.number = s.run_number
join codebase.run_metrics m on m.organization_id = r.organization_id and m.run_id = r.id and m.scope = s.scope and m.metric = 'debt_minutes'
where s.organization_id = :organization_id and s.codebase_id = :codebase_id and s.run_number = :run_number and s.scope = '';

-- name: list_duplicates :many
-- param codebase_id: nullable
-- column codebase: not null
-- column digest: not null
-- column tokens: not null
-- column clone_type: not null
-- column first_run: not null
-- column path: not null
-- column start_line: not null
-- column end_line: not null
-- Blocks that stand in several places, by what their copies take together; a path is a file or a folder that one of the places is in.
select d.codebase, d.digest, d.tokens, d.clone_type, d.first_run, d.path, d.start_line, d.end_line
from codebase.duplicate_code d
join (select b.organization_id, b.codebase_id, b.digest, max(b.tokens) * (count(*) - 1) as copied
      from codebase.duplicate_code b
      where b.organization_id = :organization_id and (:codebase_id::uuid is null or b.codebase_id = :codebase_id) and b.tokens >= :tokens_min
      group by b.organization_id, b.codebase_id, b.digest
      having :path::text = '' or bool_or(b.path = :path or starts_with(b.path, :path || '/'))
      order by copied desc, b.digest, b.codebase_id
      limit :rows_max) k
    on k.organization_id = d.organization_id and k.codebase_id = d.codebase_id and k.digest = d.digest
order by k.copied desc, d.digest, d.codebase, d.path, d.start_line;

-- name: quality_of_run :many
-- The parts of the score of a run, for all of the codebase and for folders.
select q.scope, q.part, q.measured, q.points, q.weight, q.formula
from codebase.analysis_runs r
join codebase.quality_parts q on q.organization_id = r.organization_id and q.run_id = r.id
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.number = :run_number
order by q.scope, q.part;

-- name: figures_of_run :many
select m.scope, m.metric, m.value
from codebase.analysis_runs r
join codebase.run_metrics m on m.organization_id = r.organization_id and m.run_id = r.id
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.number = :run_number
order by m.scope, m.metric;

-- name: scores_of_run :many
-- column scope: not null
-- column score: not null
select s.scope, s.score
from codebase.quality_scores s
where s.organization_id = :organization_id and s.codebase_id = :codebase_id and s.run_number = :run_number
order by s.scope;

-- name: debt_rating :one
-- column rating: not null
select codebase.debt_rating(:ratio::double precision) as rating;

-- name: worst_files :many
-- column path: not null
-- column issues: not null
-- column debt_minutes: not null
-- Files by what their open issues take to repair.
select i.path, i.issues, i.debt_minutes, m.code_lines, m.cognitive_complexity, m.maintainability_index
from (select o.organization_id, o.codebase_id, o.path, count(*) as issues, sum(o.effort_minutes) as debt_minutes
      from codebase.code_issues o
      where o.organization_id = :organization_id and o.codebase_id = :codebase_id and o.state = 'open'
      group by o.organization_id, o.codebase_id, o.path
      order by debt_minutes desc, o.path
      limit :rows_max) i
left join codebase.file_metrics m on m.organization_id = i.organization_id and m.codebase_id = i.codebase_id and m.path = i.path
order by i.debt_minutes desc, i.path;

-- name: worst_functions :many
-- column path: not null
-- column qualified_name: not null
-- column start_line: not null
-- column cognitive_complexity: not null
-- column cyclomatic_complexity: not null
-- column code_lines: not null
-- column maintainability_index: not null
-- Functions by how hard they are to understand.
select m.path, m.qualified_name, m.start_line, m.cognitive_complexity, m.cyclomatic_complexity, m.code_lines, m.maintainability_index
from codebase.element_metrics m
where m.organization_id = :organization_id and m.codebase_id = :codebase_id and m.cohesion_groups is null
order by m.cognitive_complexity desc, m.cyclomatic_complexity desc, m.path, m.start_line
limit :rows_max;
