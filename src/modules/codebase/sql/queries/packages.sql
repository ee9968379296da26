-- name: current_dependencies :many
-- column scope: not null
-- The packages of a codebase as its manifests and lock files name them now.
select d.manifest_path, d.manifest_line, d.lock_path, d.ecosystem, d.name, d.scope::text as scope, d.is_direct, d.is_local, d.requested_range, d.condition,
       d.locked_version, d.source_url, d.licence, d.import_names, d.run_by
from codebase.external_dependencies d
where d.organization_id = :organization_id and d.codebase_id = :codebase_id and d.last_run is null
order by d.manifest_path collate "C", d.manifest_line, d.ecosystem, d.name, d.scope, d.is_direct, d.requested_range, d.condition, d.locked_version;

-- name: package_imports :many
-- column ecosystem: not null
-- column package: not null
-- column path: not null
-- column line: not null
-- Which file imports what from outside, and where first.
select t.ecosystem, t.package, t.qualified_name as name, s.path, min(r.line_offset) + 1 as line
from codebase.symbols s
join codebase.relationships r on r.organization_id = s.organization_id and r.source_id = s.id and r.last_run is null
join codebase.symbols t on t.organization_id = r.organization_id and t.id = r.target_id
where s.organization_id = :organization_id and s.codebase_id = :codebase_id and s.kind = 'module' and s.qualified_name = ''
  and r.kind in ('import', 're_export') and t.package is not null and t.ecosystem is not null
group by t.ecosystem, t.package, t.qualified_name, s.path
order by t.ecosystem, t.package, t.qualified_name, s.path;

-- name: mentioned_crates :many
-- column crate: not null
-- column files: not null
-- Of the crates asked about, those that a path of Rust begins with, without an import: serde_json::to_string().
select m.crate, array_agg(m.path order by m.path) as files
from (select distinct split_part(n.name, '::', 1) as crate, f.path
      from codebase.files f
      join codebase.blob_references b on b.organization_id = f.organization_id and b.blob_id = f.blob_id
      cross join lateral unnest(b.names) as n (name)
      where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null and f.language = 'rust'
        and split_part(n.name, '::', 1) = any (:crates)) m
group by m.crate
order by m.crate;

-- name: modules_in_files :many
-- column module: not null
-- Of the modules asked about, those that a file or folder of the codebase has the name of: tests put folders on the path.
select m.module
from unnest(:modules::text[]) as m (module)
where exists (
    select from codebase.files f
    where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.last_run is null
      and ('/' || f.path like '%/' || replace(m.module, '_', '\_') || '.py' or '/' || f.path like '%/' || replace(m.module, '_', '\_') || '/%'))
order by m.module;

-- name: codebases_asked_about :many
-- param codebase_id: nullable
select c.id as codebase_id, c.name
from codebase.codebases c
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.id = :codebase_id) and c.current_run_id is not null
order by c.name;
