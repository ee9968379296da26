-- What two runs of a codebase have different. Any run can be asked for: rows say from which run to which run they hold.

-- Functions and types that are in one of the runs alone, or in both with another signature or other figures. Only files whose content
-- differs are looked at. A change inside of a function that leaves its signature and figures as they are is not seen.
create or replace function codebase.compare_runs(codebase uuid, before integer, after integer)
    returns table (change text, path text, kind codebase.element_kind, qualified_name text, overload integer, is_exported boolean,
                   old_line integer, new_line integer, old_signature text, new_signature text, old_complexity integer, new_complexity integer)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
    kinds constant codebase.element_kind[] := array['class', 'struct', 'union', 'interface', 'trait', 'enum', 'record', 'annotation', 'type_alias', 'concept',
                                                    'function', 'method', 'constructor', 'destructor', 'macro']::codebase.element_kind[];
begin
    return query
    with changed as (
        select coalesce(a.path, b.path) as path, a.blob_id as old_blob, b.blob_id as new_blob
        from (select f.path, f.blob_id from codebase.files f
              where f.organization_id = organization and f.codebase_id = compare_runs.codebase and f.first_run <= before and coalesce(f.last_run, before) >= before) a
        full join (select f.path, f.blob_id from codebase.files f
                   where f.organization_id = organization and f.codebase_id = compare_runs.codebase and f.first_run <= after and coalesce(f.last_run, after) >= after) b
            on b.path = a.path
        where a.blob_id is distinct from b.blob_id
    ), old as (
        select c.path, e.kind, e.qualified_name, e.overload, e.flags, e.name_line, e.signature, m.cognitive_complexity, m.cyclomatic_complexity
        from changed c
        join codebase.blob_elements e on e.organization_id = organization and e.blob_id = c.old_blob and e.kind = any (kinds)
        left join codebase.blob_metrics m on m.organization_id = organization and m.blob_id = e.blob_id and m.ordinal = e.ordinal
    ), new as (
        select c.path, e.kind, e.qualified_name, e.overload, e.flags, e.name_line, e.signature, m.cognitive_complexity, m.cyclomatic_complexity
        from changed c
        join codebase.blob_elements e on e.organization_id = organization and e.blob_id = c.new_blob and e.kind = any (kinds)
        left join codebase.blob_metrics m on m.organization_id = organization and m.blob_id = e.blob_id and m.ordinal = e.ordinal
    )
    select case when o.path is null then 'added' when n.path is null then 'removed' else 'changed' end,
           coalesce(n.path, o.path), coalesce(n.kind, o.kind), coalesce(n.qualified_name, o.qualified_name), coalesce(n.overload, o.overload),
           coalesce(o.flags, n.flags) & 1 = 1, o.name_line, n.name_line, o.signature, n.signature, o.cognitive_complexity, n.cognitive_complexity
    from old o
    full join new n on n.path = o.path and n.kind = o.kind and n.qualified_name = o.qualified_name and n.overload = o.overload
    where o.path is null or n.path is null or o.signature is distinct from n.signature
       or (o.cognitive_complexity, o.cyclomatic_complexity) is distinct from (n.cognitive_complexity, n.cyclomatic_complexity)
    order by 2, coalesce(n.name_line, o.name_line), 4, 5;
end $$;
comment on function codebase.compare_runs(uuid, integer, integer) is
    'Functions and types that two runs of a codebase do not have alike: change is added, removed or changed; complexity is cognitive';

-- How many pairs of symbols use each other in one of the runs and not in the other, by kind. Only files whose links came out otherwise
-- are looked at.
create or replace function codebase.compare_links(codebase uuid, before integer, after integer)
    returns table (kind codebase.relationship_kind, added bigint, removed bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    with files as (
        select distinct r.path from codebase.file_resolutions r
        where r.organization_id = organization and r.codebase_id = compare_links.codebase
          and (r.first_run <= before and coalesce(r.last_run, before) >= before) <> (r.first_run <= after and coalesce(r.last_run, after) >= after)
    ), pairs as (
        select r.source_id, r.target_id, r.kind,
               bool_or(r.first_run <= before and coalesce(r.last_run, before) >= before) as is_old,
               bool_or(r.first_run <= after and coalesce(r.last_run, after) >= after) as is_new
        from files f
        join codebase.symbols s on s.organization_id = organization and s.codebase_id = compare_links.codebase and s.path = f.path
        join codebase.relationships r on r.organization_id = organization and r.source_id = s.id
        group by r.source_id, r.target_id, r.kind
    )
    select p.kind, count(*) filter (where p.is_new and not p.is_old), count(*) filter (where p.is_old and not p.is_new)
    from pairs p
    where p.is_old <> p.is_new
    group by p.kind
    order by p.kind;
end $$;
comment on function codebase.compare_links(uuid, integer, integer) is 'How many relationships, each pair of symbols once, one run has and the other has not';
