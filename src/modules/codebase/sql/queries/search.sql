-- name: elements_like :many
-- param codebase_id: nullable
-- column kind: not null
-- column symbol_id: not null
-- column rank: not null
-- The current elements with a text in their names, or names that are alike. The best names first, the outermost elements first among equals.
select c.name as codebase, f.codebase_id, f.path, f.kind::text as kind, f.qualified_name, f.overload, f.start_line, f.end_line, f.signature,
       f.documentation, f.language, codebase.symbol_id(f.codebase_id::text, f.path, f.kind, f.qualified_name, f.overload) as symbol_id, n.rank
from codebase.names_like(:text, :codebase_id, :rows_max) n
join codebase.codebases c on c.organization_id = :organization_id and c.id = n.codebase_id
cross join lateral (
    select w.path, w.codebase_id, w.language, e.*
    from codebase.blob_elements e
    join codebase.files w on w.organization_id = e.organization_id and w.blob_id = e.blob_id and w.codebase_id = n.codebase_id and w.last_run is null
    where e.organization_id = :organization_id and e.name = n.name
    order by length(e.qualified_name), w.path, e.ordinal
    limit :rows_max) f
order by n.rank, length(f.name), length(f.qualified_name), f.qualified_name, c.name, f.path, f.ordinal
limit :rows_max;

-- name: elements_saying :many
-- param codebase_id: nullable
-- column codebase: not null
-- column path: not null
-- column kind: not null
-- column qualified_name: not null
-- column start_line: not null
-- column end_line: not null
-- column signature: not null
-- column symbol_id: not null
-- The current elements whose name, signature or documentation says words, the best first.
select c.name as codebase, s.codebase_id, s.path, e.kind::text as kind, e.qualified_name, e.overload, e.start_line, e.end_line, e.signature,
       e.documentation, f.language, codebase.symbol_id(f.codebase_id::text, f.path, e.kind, e.qualified_name, e.overload) as symbol_id
from codebase.elements_saying(:words, :codebase_id, :rows_max) with ordinality as s (codebase_id, path, ordinal, rank, place)
join codebase.codebases c on c.organization_id = :organization_id and c.id = s.codebase_id
join codebase.files f on f.organization_id = :organization_id and f.codebase_id = s.codebase_id and f.path = s.path and f.last_run is null
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id and e.ordinal = s.ordinal
order by s.place;

-- name: files_to_read :many
-- param codebase_id: nullable
-- column git_id: not null
-- The current analysed files, and where they can be read again.
select c.name as codebase, c.location, f.path, f.git_id
from codebase.codebases c
join codebase.files f on f.organization_id = c.organization_id and f.codebase_id = c.id and f.last_run is null and f.blob_id is not null and f.git_id is not null
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.id = :codebase_id)
order by c.name, c.location, f.path;
