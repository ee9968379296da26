-- name: elements_of_run :many
-- column language: not null
-- column kind: not null
-- column has_documentation: not null
-- column cyclomatic_complexity: nullable
-- column documented: nullable
-- The functions and types of some files as a run had them, in the order of the text.
select f.path, b.language, e.ordinal, e.parent_ordinal, e.kind::text as kind, e.qualified_name, e.overload, e.flags, e.start_line, e.end_line, e.end_column,
       coalesce(e.documentation, '') <> '' as has_documentation, m.cyclomatic_complexity, m.documented
from codebase.files f
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
join codebase.blob_elements e on e.organization_id = b.organization_id and e.blob_id = b.id
left join codebase.blob_metrics m on m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.ordinal = e.ordinal
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.path = any (:paths::text[])
  and f.first_run <= :run_number and coalesce(f.last_run, :run_number) >= :run_number
  and e.kind in ('function', 'method', 'constructor', 'destructor', 'property', 'class', 'struct', 'union', 'interface', 'trait', 'enum', 'record', 'annotation', 'implementation')
order by f.path, e.ordinal;

-- name: measured_files_of_run :many
-- Which of some files had figures in a run: those of a language that is understood.
select f.path
from codebase.files f
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal = -1
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.path = any (:paths::text[])
  and f.first_run <= :run_number and coalesce(f.last_run, :run_number) >= :run_number
order by f.path;

-- name: copies_of_run :many
-- column other_path: not null
-- column other_line: not null
-- Code of some files that stood in several places in a run, each with the first of the others.
select d.path, d.start_line, d.end_line, o.path as other_path, o.start_line as other_line
from codebase.duplicates d
cross join lateral (
    select p.path, p.start_line
    from codebase.duplicates p
    where p.organization_id = d.organization_id and p.codebase_id = d.codebase_id and p.digest = d.digest and (p.path, p.start_line) <> (d.path, d.start_line)
      and p.first_run <= :run_number and coalesce(p.last_run, :run_number) >= :run_number
    order by p.path, p.start_line limit 1
) o
where d.organization_id = :organization_id and d.codebase_id = :codebase_id and d.path = any (:paths::text[])
  and d.first_run <= :run_number and coalesce(d.last_run, :run_number) >= :run_number
order by d.path, d.start_line, d.end_line desc;

-- name: issues_brought :many
-- column severity: not null
-- Issues that one run had and another had not, without those that are left as they are; the worst first. One that went with its file when that was renamed
-- is not among them.
select i.rule_id, u.category, i.severity::text as severity, i.path, i.start_line, i.message
from codebase.issues i
join codebase.rules u on u.organization_id = i.organization_id and u.id = i.rule_id
where i.organization_id = :organization_id and i.codebase_id = :codebase_id and i.first_run <= :after and coalesce(i.last_run, :after) >= :after
  and not exists (select from codebase.issue_suppressions p
                  where p.organization_id = i.organization_id and p.codebase_id = i.codebase_id and p.fingerprint = i.fingerprint
                    and p.revoked_at is null and (p.expires_at is null or p.expires_at > now()))
  and not exists (select from codebase.issues o
                  where o.organization_id = i.organization_id and o.codebase_id = i.codebase_id and o.fingerprint = i.fingerprint
                    and o.first_run <= :before and coalesce(o.last_run, :before) >= :before)
  and not exists (select from codebase.issues o
                  where o.organization_id = i.organization_id and o.codebase_id = i.codebase_id and o.moved_fingerprint = i.moved_fingerprint
                    and o.first_run <= :before and coalesce(o.last_run, :before) >= :before
                    and not exists (select from codebase.files f
                                    where f.organization_id = o.organization_id and f.codebase_id = o.codebase_id and f.path = o.path
                                      and f.first_run <= :after and coalesce(f.last_run, :after) >= :after))
order by i.severity desc, i.path, i.start_line, i.rule_id, i.fingerprint;

-- name: tested_functions_of_run :many
-- column is_reached: not null
-- As codebase.tested_functions(), of some files as a run had them: functions that are no tests, and whether a test reaches them.
with recursive test_files (path) as materialized (
    select f.path from codebase.files f
    where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.first_run <= :run_number and coalesce(f.last_run, :run_number) >= :run_number
      and codebase.is_test(f.path, '')
), reached (id) as (
    select s.id from codebase.symbols s
    where s.organization_id = :organization_id and s.codebase_id = :codebase_id
      and (s.path in (select t.path from test_files t) or s.qualified_name ~ '(^|[.])[tT]est[^.]*$')
    union
    select r.target_id
    from reached a
    join codebase.relationships r
        on r.organization_id = :organization_id and r.source_id = a.id and r.first_run <= :run_number and coalesce(r.last_run, :run_number) >= :run_number
    where r.kind = any (codebase.test_links())
)
select f.path, e.ordinal,
       codebase.symbol_id(f.codebase_id::text, f.path, e.kind, e.qualified_name, e.overload) in (select a.id from reached a) as is_reached
from codebase.files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
join codebase.blob_metrics m on m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.ordinal = e.ordinal
where f.organization_id = :organization_id and f.codebase_id = :codebase_id and f.path = any (:paths::text[])
  and f.first_run <= :run_number and coalesce(f.last_run, :run_number) >= :run_number
  and e.kind in ('function', 'method', 'constructor', 'property')
  and f.path not in (select t.path from test_files t) and e.qualified_name !~ '(^|[.])[tT]est[^.]*$'
  and exists (select from codebase.file_resolutions n
              where n.organization_id = f.organization_id and n.codebase_id = f.codebase_id and n.path = f.path
                and n.first_run <= :run_number and coalesce(n.last_run, :run_number) >= :run_number)
order by f.path, e.ordinal;
