-- The documented views of relationships and history (docs/reference/sql.md). Like views.sql they show the newest
-- complete run of every codebase.

create or replace view codebase.edges as
select r.organization_id, s.codebase_id, c.name as codebase, s.path, s.qualified_name as source, s.kind as source_kind, r.kind,
       t.qualified_name as target, t.kind as target_kind, t.origin as target_origin, t.path as target_path, t.package as target_package,
       coalesce(e.start_line, 1) + r.line_offset as line, r."column", r.length_bytes, r.method, r.confidence,
       r.source_id, r.target_id, t.codebase_id as target_codebase_id, r.first_run
from codebase.relationships r
join codebase.symbols s on s.organization_id = r.organization_id and s.id = r.source_id
join codebase.symbols t on t.organization_id = r.organization_id and t.id = r.target_id
join codebase.codebases c on c.organization_id = s.organization_id and c.id = s.codebase_id
left join codebase.files f on f.organization_id = s.organization_id and f.codebase_id = s.codebase_id and f.path = s.path and f.last_run is null
left join codebase.blob_elements e
    on e.organization_id = f.organization_id and e.blob_id = f.blob_id and e.kind = s.kind and e.qualified_name = s.qualified_name and e.overload = s.overload
where r.last_run is null;
select base.tenant_view('codebase.edges');
comment on view codebase.edges is 'What calls, inherits, uses and imports what, with the place, how it was found and how sure that is';

create or replace view codebase.call_edges as
select organization_id, codebase_id, codebase, path, source as caller, target as callee, target_origin, target_path, target_package,
       line, "column", length_bytes, kind, method, confidence, source_id as caller_id, target_id as callee_id
from codebase.edges
where kind in ('call', 'instantiate');
select base.tenant_view('codebase.call_edges');
comment on view codebase.call_edges is 'The calls among edges: recursion and each call site included';

create or replace view codebase.unresolved_references as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, u.ordinal,
       (enum_range(null::codebase.unresolved_reason))[u.code + 1] as reason,
       (enum_range(null::codebase.reference_kind))[b.kind_codes[u.ordinal + 1] + 1] as kind,
       b.names[b.name_indexes[u.ordinal + 1] + 1] as name, nullif(b.names[b.receiver_indexes[u.ordinal + 1] + 1], '') as receiver,
       b.lines[u.ordinal + 1] as line, b.columns[u.ordinal + 1] as "column"
from codebase.file_resolutions f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_references b on b.organization_id = f.organization_id and b.blob_id = f.blob_id
cross join lateral unnest(f.unresolved_ordinals, f.unresolved_codes) as u (ordinal, code)
where f.last_run is null;
select base.tenant_view('codebase.unresolved_references');
comment on view codebase.unresolved_references is 'Mentions whose meaning is not known, and why';

create or replace view codebase.snapshot_overview as
select s.organization_id, s.codebase_id, c.name as codebase, s.id as snapshot_id, s.files, s.files_skipped, s.size_bytes, s.first_run,
       r.last_run, r.commit_id, r.branch, r.is_dirty, r.analysed_at, p.branches, p.tags
from codebase.snapshots s
join codebase.codebases c on c.organization_id = s.organization_id and c.id = s.codebase_id
cross join lateral (
    select a.number as last_run, a.commit_id, a.branch, a.is_dirty, a.finished_at as analysed_at
    from codebase.analysis_runs a
    where a.organization_id = s.organization_id and a.snapshot_id = s.id
    order by a.number desc limit 1
) r
cross join lateral (
    select array_agg(p.name order by p.name) filter (where p.kind = 'branch') as branches,
           array_agg(p.name order by p.name) filter (where p.kind = 'tag') as tags
    from codebase.refs p
    where p.organization_id = s.organization_id and p.codebase_id = s.codebase_id
      and p.commit_id in (select a.commit_id from codebase.analysis_runs a
                          where a.organization_id = s.organization_id and a.snapshot_id = s.id and not a.is_dirty)
) p;
select base.tenant_view('codebase.snapshot_overview');
comment on view codebase.snapshot_overview is 'Every state that the files of a codebase were seen in: the newest run that saw it, and the branches and tags that lead to it';

-- Which files use what from elsewhere, by all beginnings of its name. Modules of a namespace are told apart by the names below.
create or replace view codebase.package_imports as
select distinct p.organization_id, s.codebase_id, p.ecosystem, b.beginning, s.path
from codebase.symbols p
join codebase.relationships r on r.organization_id = p.organization_id and r.target_id = p.id and r.last_run is null
join codebase.symbols s on s.organization_id = r.organization_id and s.id = r.source_id
cross join lateral codebase.import_beginnings(p.ecosystem, case when p.ecosystem = 'pypi' then concat_ws('.', p.package, nullif(p.qualified_name, '')) else p.package end) b (beginning)
where p.package is not null and s.codebase_id is not null;
select base.tenant_view('codebase.package_imports');
comment on view codebase.package_imports is 'Which files use something from outside of their codebase, by each beginning of its name that may be that of a package';

create or replace view codebase.dependency_usage as
select d.organization_id, d.codebase_id, c.name as codebase, d.ecosystem, d.name, d.scope, d.is_direct, d.requested_range, d.condition, d.locked_version,
       d.licence, d.manifest_path, d.manifest_line, d.lock_path, d.first_run,
       case when d.import_names <> '{}' then coalesce(u.files, 0) end as files_using, d.is_local, d.run_by
from codebase.external_dependencies d
join codebase.codebases c on c.organization_id = d.organization_id and c.id = d.codebase_id
left join (
    select d.organization_id, d.codebase_id, d.id, count(distinct i.path) as files
    from codebase.external_dependencies d
    join codebase.package_imports i on i.organization_id = d.organization_id and i.codebase_id = d.codebase_id and i.ecosystem = d.ecosystem
                                   and i.beginning = any (d.import_names)
    where d.last_run is null
    group by d.organization_id, d.codebase_id, d.id
) u on u.organization_id = d.organization_id and u.codebase_id = d.codebase_id and u.id = d.id
where d.last_run is null;
select base.tenant_view('codebase.dependency_usage');
comment on view codebase.dependency_usage is 'Packages from elsewhere: what is asked for, what is locked, how many files use it; null where imports are not followed';

-- Commits that no branch leads to, and merges, which repeat the changes of their parents, do not count.
create or replace view codebase.file_churn as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, h.commits, h.authors, h.lines_added, h.lines_removed, h.first_changed_at, h.last_changed_at
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
cross join lateral (
    select count(*) as commits, count(distinct m.author_email) as authors, coalesce(sum(g.lines_added), 0) as lines_added,
           coalesce(sum(g.lines_removed), 0) as lines_removed, min(m.committed_at) as first_changed_at, max(m.committed_at) as last_changed_at
    from codebase.file_changes g
    join codebase.commits m on m.organization_id = g.organization_id and m.codebase_id = g.codebase_id and m.number = g.commit_number
    where g.organization_id = f.organization_id and g.codebase_id = f.codebase_id and g.path = f.path
      and m.lost_at is null and cardinality(m.parent_ids) < 2
) h
where f.last_run is null;
select base.tenant_view('codebase.file_churn');
comment on view codebase.file_churn is 'How often, by how many and how much each file was changed; renames begin anew';

create or replace view codebase.file_ownership as
select g.organization_id, g.codebase_id, g.path, m.author_email, min(m.author_name) as author_name, count(*) as commits,
       coalesce(sum(g.lines_added), 0) as lines_added,
       round(coalesce(sum(g.lines_added), 0) / nullif(sum(sum(g.lines_added)) over (partition by g.organization_id, g.codebase_id, g.path), 0), 4) as share
from codebase.file_changes g
join codebase.commits m on m.organization_id = g.organization_id and m.codebase_id = g.codebase_id and m.number = g.commit_number
where m.lost_at is null and cardinality(m.parent_ids) < 2
group by g.organization_id, g.codebase_id, g.path, m.author_email;
select base.tenant_view('codebase.file_ownership');
comment on view codebase.file_ownership is 'Who wrote the lines of each path, by lines added; share is null where no line was';
