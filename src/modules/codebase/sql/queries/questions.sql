-- name: elements_named :many
-- param codebase_id: nullable
-- column kind: not null
-- column symbol_id: not null
-- The current elements of one exact name, found by the index on names.
select c.name as codebase, f.codebase_id, f.path, e.kind::text as kind, e.qualified_name, e.overload, e.start_line, e.end_line, e.signature, e.documentation, f.language,
       codebase.symbol_id(f.codebase_id::text, f.path, e.kind, e.qualified_name, e.overload) as symbol_id
from codebase.blob_elements e
join codebase.files f on f.organization_id = e.organization_id and f.blob_id = e.blob_id and f.last_run is null
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
where e.organization_id = :organization_id and e.name = :name
  and (:codebase_id::uuid is null or f.codebase_id = :codebase_id)
order by c.name, f.path, e.ordinal
limit :rows_max;

-- name: files_at :many
-- param codebase_id: nullable
-- column symbol_id: not null
-- The current files at one exact path.
select c.name as codebase, f.codebase_id, f.path, f.language, b.lines,
       codebase.symbol_id(f.codebase_id::text, f.path, 'module', '', 0) as symbol_id
from codebase.codebases c
join codebase.files f on f.organization_id = c.organization_id and f.codebase_id = c.id and f.path = :path and f.last_run is null
left join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.id = :codebase_id)
order by c.name;

-- name: package_symbols :many
-- column language: not null
-- What codebases use of a package; the name is all of it or its end.
select s.id as symbol_id, s.package, s.qualified_name, s.language
from codebase.symbols s
where s.organization_id = :organization_id and s.package = :package and s.qualified_name = :name
order by s.language, s.id;

-- name: walk_graph :many
-- column depth: not null
-- column symbol_id: not null
-- column via_id: not null
-- column origin: not null
-- column codebase: nullable
-- column path: nullable
-- column package: nullable
-- column name: not null
-- column symbol_kind: nullable
-- column kind: not null
-- column mention_path: not null
-- column line: not null
-- column column: not null
-- column method: not null
-- column confidence: not null
-- What relationships of some kinds lead to (in) or from (out) a symbol.
select w.depth, w.symbol_id, w.via_id, w.origin::text as origin, w.codebase, w.path, w.package, w.name, w.symbol_kind::text as symbol_kind, w.kind::text as kind,
       w.mention_path, w.mention_line as line, w.mention_column as "column", w.method::text as method, w.confidence
from codebase.walk(:symbol_id, :direction, :kinds::text[]::codebase.relationship_kind[], :depth_max, :confidence_min) w
limit :rows_max;

-- name: call_path :many
-- column step: not null
-- column symbol_id: not null
-- column codebase: nullable
-- column path: nullable
-- column package: nullable
-- column name: not null
-- column mention_path: not null
-- column line: not null
-- column column: not null
-- column method: not null
-- column confidence: not null
select p.step, p.symbol_id, p.codebase, p.path, p.package, p.name, p.mention_path, p.mention_line as line, p.mention_column as "column", p.method::text as method, p.confidence
from codebase.call_path(:from_symbol, :to_symbol, :depth_max, :confidence_min) p;

-- name: mentions_of :many
-- column kind: not null
-- column source_kind: not null
-- column method: not null
-- column line: not null
-- Every mention of a symbol that was understood, in the order of the text.
select e.codebase, e.path, e.source, e.source_kind::text as source_kind, e.kind::text as kind, e.line, e."column", e.length_bytes, e.method::text as method, e.confidence
from codebase.edges e
where e.organization_id = :organization_id and e.target_id = :symbol_id
order by e.codebase, e.path, e.line, e."column", e.kind
limit :rows_max;

-- name: file_edges :many
-- column source_path: not null
-- column target_path: not null
-- Which file of a codebase imports which.
select distinct s.path as source_path, t.path as target_path
from codebase.symbols s
join codebase.relationships r on r.organization_id = s.organization_id and r.source_id = s.id and r.last_run is null
join codebase.symbols t on t.organization_id = r.organization_id and t.id = r.target_id
where s.organization_id = :organization_id and s.codebase_id = :codebase_id and s.kind = 'module' and s.qualified_name = ''
  and r.kind in ('import', 're_export') and t.codebase_id = :codebase_id and t.path <> s.path
order by source_path, target_path;

-- name: graph_elements :many
-- column kind: not null
-- Functions and types of the files whose calls are followed, in the order of the text.
select f.path, e.ordinal, e.parent_ordinal, e.kind::text as kind, e.qualified_name, e.overload, e.start_line, e.name_line, e.name_column, e.end_line, e.flags
from codebase.file_resolutions r
join codebase.files f on f.organization_id = r.organization_id and f.codebase_id = r.codebase_id and f.path = r.path and f.last_run is null
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.last_run is null
  and e.kind in ('class', 'struct', 'interface', 'trait', 'enum', 'record', 'function', 'method', 'constructor', 'property')
order by f.path, e.ordinal;

-- name: graph_uses :many
-- column kind: not null
-- column is_outside: not null
-- column confidence: not null
-- Who uses what in a codebase, each pair once for each kind.
-- Rows of a source are looked for source by source (`offset 0`): in a first run the planner knows nothing of them, and would read all
-- relationships for each symbol.
select u.source_id, u.target_id, u.kind,
       (select t.codebase_id is null from codebase.symbols t where t.organization_id = :organization_id and t.id = u.target_id) as is_outside, u.confidence
from (select r.source_id, r.target_id, r.kind::text as kind, max(r.confidence) as confidence
      from codebase.symbols s
      cross join lateral (select * from codebase.relationships w where w.organization_id = s.organization_id and w.source_id = s.id offset 0) r
      where s.organization_id = :organization_id and s.codebase_id = :codebase_id and r.last_run is null
        and r.kind in ('call', 'instantiate', 'decorate', 'inherit', 'override', 'pass', 'read', 'type_use')
      group by r.source_id, r.target_id, r.kind) u
order by u.source_id, u.target_id, u.kind;

-- name: unresolved_names :many
-- column name: not null
-- The names of mentions in a codebase whose meaning is not known.
select distinct b.names[b.name_indexes[o.ordinal + 1] + 1] as name
from codebase.file_resolutions r
join codebase.blob_references b on b.organization_id = r.organization_id and b.blob_id = r.blob_id
cross join lateral unnest(r.unresolved_ordinals) as o (ordinal)
where r.organization_id = :organization_id and r.codebase_id = :codebase_id and r.last_run is null;
