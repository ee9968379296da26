-- name: hotspots :many
-- param codebase_id: nullable
-- column codebase: not null
-- column path: not null
-- column commits: not null
-- column authors: not null
-- column last_changed_at: not null
-- Files that are changed often and complicated. Those whose complexity is not known come last, by commits times lines of code.
select h.codebase, h.path, h.commits, h.authors, h.last_changed_at, h.code_lines, h.cognitive_complexity, h.score
from codebase.hotspots h
where h.organization_id = :organization_id and (:codebase_id::uuid is null or h.codebase_id = :codebase_id)
order by h.score desc nulls last, h.commits * h.code_lines desc nulls last, h.codebase, h.path
limit :rows_max;

-- name: owners_of :many
-- column author_email: not null
-- column author_name: not null
-- column commits: not null
-- column lines_added: not null
-- column share: nullable
-- column cumulative_share: nullable
-- column last_committed_at: not null
select o.author_email, o.author_name, o.commits, o.lines_added, o.share::double precision as share, o.cumulative_share::double precision as cumulative_share, o.last_committed_at
from codebase.owners(:codebase_id, :path) o;

-- name: co_changes_of :many
-- column path: not null
-- column commits_together: not null
-- column commits_of_file: not null
-- column is_current: not null
-- Files that changed with a file, and whether they are still there.
select o.path, o.commits_together, o.commits_of_file,
       exists (select from codebase.files f
               where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.path = o.path and f.last_run is null) as is_current
from codebase.co_changes(:codebase_id, :path, '-infinity', :files_max) o
limit :rows_max;

-- name: codebases_with_path :many
-- param codebase_id: nullable
-- column has_history: not null
-- Where a current file or folder of that path is; the empty one is in all.
select c.id as codebase_id, c.name,
       exists (select from codebase.commits m where m.organization_id = c.organization_id and m.codebase_id = c.id) as has_history
from codebase.codebases c
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.id = :codebase_id)
  and (:path = ''
       or exists (select from codebase.files f
                  where f.organization_id = c.organization_id and f.codebase_id = c.id and f.path = :path and f.last_run is null)
       or exists (select from codebase.files f
                  where f.organization_id = c.organization_id and f.codebase_id = c.id and f.path >= :path || '/' and f.path < :path || '0' and f.last_run is null))
order by c.name;
