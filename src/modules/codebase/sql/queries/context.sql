-- name: elements_around :many
-- param codebase_id: nullable
-- column kind: not null
-- column symbol_id: not null
-- column members: not null
-- The current elements of the files at a path, or at the end of one, that a line is in; the innermost first.
select c.name as codebase, f.codebase_id, c.location, f.path, f.git_id, f.language, e.kind::text as kind, e.qualified_name, e.overload,
       e.start_line, e.end_line, e.signature, e.documentation,
       codebase.symbol_id(f.codebase_id::text, f.path, e.kind, e.qualified_name, e.overload) as symbol_id,
       coalesce((select string_agg(m.signature, E'\n' order by m.ordinal) from codebase.blob_elements m
                 where m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.parent_ordinal = e.ordinal), '') as members
from codebase.codebases c
join codebase.files f
    on f.organization_id = c.organization_id and f.codebase_id = c.id and f.last_run is null
   and (f.path = :path or right(f.path, length(:path) + 1) = '/' || :path)
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id and e.start_line <= :line and e.end_line >= :line
where c.organization_id = :organization_id and (:codebase_id::uuid is null or c.id = :codebase_id)
order by f.path <> :path, c.name, f.path, e.end_line - e.start_line, e.ordinal desc;

-- name: elements_of_symbols :many
-- column kind: not null
-- column is_test: not null
-- column symbol_id: not null
-- column members: not null
-- The current elements that symbols stand for, of those that are in codebases.
select c.name as codebase, f.codebase_id, c.location, f.path, f.git_id, f.language, e.kind::text as kind, e.qualified_name, e.overload,
       e.start_line, e.end_line, e.signature, e.documentation, s.id as symbol_id,
       'test' = any (codebase.element_flags(e.flags)) as is_test,
       coalesce((select string_agg(m.signature, E'\n' order by m.ordinal) from codebase.blob_elements m
                 where m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.parent_ordinal = e.ordinal), '') as members
from codebase.symbols s
join codebase.codebases c on c.organization_id = s.organization_id and c.id = s.codebase_id
join codebase.files f on f.organization_id = s.organization_id and f.codebase_id = s.codebase_id and f.path = s.path and f.last_run is null
join codebase.blob_elements e
    on e.organization_id = f.organization_id and e.blob_id = f.blob_id and e.kind = s.kind and e.qualified_name = s.qualified_name and e.overload = s.overload
where s.organization_id = :organization_id and s.id = any (:symbol_ids::bigint[])
order by c.name, f.path, e.ordinal;

-- name: element_figures :many
-- column functions: not null
-- column simpler: not null
-- column fan_in: not null
-- column fan_out: not null
-- column inheritance_depth: nullable
-- column subtypes: nullable
-- The figures of one element, and how many of the functions of its codebase there are and are less complex.
select m.lines, m.code_lines, m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, m.parameters, m.maintainability_index, m.cohesion_groups,
       m.fan_in, m.fan_out, m.inheritance_depth, m.subtypes, others.functions, others.simpler
from codebase.element_metrics m
cross join lateral (
    select count(*) as functions, count(*) filter (where o.cognitive_complexity < m.cognitive_complexity) as simpler
    from codebase.element_metrics o
    where o.organization_id = m.organization_id and o.codebase_id = m.codebase_id and o.kind in ('function', 'method', 'constructor')
) others
where m.organization_id = :organization_id and m.codebase_id = :codebase_id and m.path = :path and m.qualified_name = :qualified_name and m.start_line = :start_line;

-- name: coupling_of_file :optional
-- column afferent: not null
-- column efferent: not null
-- column instability: nullable
select c.afferent, c.efferent, c.instability
from codebase.file_coupling c
where c.organization_id = :organization_id and c.codebase_id = :codebase_id and c.path = :path;
