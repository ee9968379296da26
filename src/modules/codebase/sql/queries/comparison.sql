-- name: completed_run :optional
-- A completed run by its number, by the commit or the beginning of its id, or by a branch or tag; of several the newest.
select r.number, r.commit_id, r.branch, r.finished_at
from codebase.analysis_runs r
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.state = 'completed'
  and (r.number::text = :name or r.branch = :name
       or (length(:name) >= 7 and starts_with(r.commit_id, :name))
       or r.commit_id = (select p.commit_id from codebase.refs p
                         where p.organization_id = r.organization_id and p.codebase_id = r.codebase_id and p.name = :name))
order by r.number::text = :name desc, r.number desc
limit 1;

-- name: newest_runs :many
-- The newest completed runs.
select r.number, r.commit_id, r.branch, r.finished_at
from codebase.analysis_runs r
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.state = 'completed'
order by r.number desc
limit :rows_max;

-- name: compare_runs :many
-- column change: not null
-- column path: not null
-- column kind: not null
-- column qualified_name: not null
-- column is_exported: not null
-- Functions and types that two runs do not have alike.
select d.change, d.path, d.kind::text as kind, d.qualified_name, d.is_exported, d.old_line, d.new_line, d.old_signature, d.new_signature, d.old_complexity, d.new_complexity
from codebase.compare_runs(:codebase_id, :before, :after) d;

-- name: compare_links :many
-- column kind: not null
-- column added: not null
-- column removed: not null
-- How many relationships one run has and the other has not.
select l.kind::text as kind, l.added, l.removed from codebase.compare_links(:codebase_id, :before, :after) l;
