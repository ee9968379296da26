-- name: list_codebases :many
-- column kind: not null
-- A page of the codebases by name, with what their newest complete run saw.
select c.id as codebase_id, c.name, c.kind::text as kind, c.location, c.remote_url, r.number as run_number, r.commit_id, r.branch, r.is_dirty,
       r.files_seen, r.files_skipped, r.lines_seen, r.elements_seen, r.finished_at
from codebase.codebases c
left join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
where c.organization_id = :organization_id and c.name > :after_name
order by c.name
limit :page_size;

-- name: find_codebase :optional
-- column kind: not null
-- By id or by name, whichever the text is.
select c.id as codebase_id, c.name, c.kind::text as kind, c.location, c.remote_url, r.number as run_number, r.commit_id, r.branch, r.is_dirty,
       r.files_seen, r.files_skipped, r.lines_seen, r.elements_seen, r.finished_at
from codebase.codebases c
left join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
where c.organization_id = :organization_id and (c.id::text = :id_or_name or c.name = :id_or_name);

-- name: list_files :many
-- param codebase_id: nullable
-- param language: nullable
-- param path_prefix: nullable
-- column mode: not null
-- A page of the current files by path. Null filters do not filter; path_prefix is matched as a prefix.
select f.codebase_id, f.path, f.mode::text as mode, f.language, f.size_bytes, f.git_id, f.skip_reason::text as skip_reason, b.lines, b.code_lines,
       b.comment_lines, b.blank_lines, b.element_count, b.parse_status::text as parse_status
from codebase.files f
left join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
where f.organization_id = :organization_id and f.last_run is null
  and (:codebase_id::uuid is null or f.codebase_id = :codebase_id)
  and (:language::text is null or f.language = :language)
  and (:path_prefix::text is null or starts_with(f.path, :path_prefix))
  and (f.codebase_id, f.path) > (:after_codebase_id, :after_path)
order by f.codebase_id, f.path
limit :page_size;

-- name: list_symbols :many
-- param codebase_id: nullable
-- param kind: nullable
-- param path_prefix: nullable
-- column kind: not null
-- A page of the current elements in the order of path and place. Null filters do not filter.
select f.codebase_id, f.path, e.ordinal, e.kind::text as kind, e.name, e.qualified_name, e.start_line, e.start_column, e.end_line,
       e.end_column, e.signature, e.documentation, f.language
from codebase.files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where f.organization_id = :organization_id and f.last_run is null
  and (:codebase_id::uuid is null or f.codebase_id = :codebase_id)
  and (:kind::text is null or e.kind::text = :kind)
  and (:path_prefix::text is null or starts_with(f.path, :path_prefix))
  and (f.codebase_id, f.path) >= (:after_codebase_id, :after_path)
  and (f.codebase_id, f.path, e.ordinal) > (:after_codebase_id, :after_path, :after_ordinal)
order by f.codebase_id, f.path, e.ordinal
limit :page_size;

-- name: list_symbols_named :many
-- param codebase_id: nullable
-- param kind: nullable
-- param path_prefix: nullable
-- column kind: not null
-- The same for one exact name, found by the index on names.
select f.codebase_id, f.path, e.ordinal, e.kind::text as kind, e.name, e.qualified_name, e.start_line, e.start_column, e.end_line,
       e.end_column, e.signature, e.documentation, f.language
from codebase.blob_elements e
join codebase.files f on f.organization_id = e.organization_id and f.blob_id = e.blob_id and f.last_run is null
where e.organization_id = :organization_id and e.name = :name
  and (:codebase_id::uuid is null or f.codebase_id = :codebase_id)
  and (:kind::text is null or e.kind::text = :kind)
  and (:path_prefix::text is null or starts_with(f.path, :path_prefix))
  and (f.codebase_id, f.path, e.ordinal) > (:after_codebase_id, :after_path, :after_ordinal)
order by f.codebase_id, f.path, e.ordinal
limit :page_size;
