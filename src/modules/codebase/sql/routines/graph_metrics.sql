-- Figures of the graph (docs/reference/metrics.md), made of relationships when they are asked for: of the newest complete runs.

-- Chidamber and Kemerer, "A Metrics Suite for Object Oriented Design", 1994: DIT. A type in a circle has none.
create or replace function codebase.inheritance_depth(organization uuid, symbol bigint) returns integer
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    depth_max constant integer := 100;
    found integer;
begin
    with recursive above (id, depth) as (
        select symbol, 0
        union
        select r.target_id, a.depth + 1
        from above a
        join codebase.relationships r on r.organization_id = organization and r.source_id = a.id and r.last_run is null
        where r.kind in ('inherit', 'implement') and a.depth < depth_max
    )
    select max(a.depth) into found from above a;
    return nullif(found, depth_max);
end $$;
comment on function codebase.inheritance_depth(uuid, bigint) is 'Steps on the longest way from a type up to one without a supertype; null in a circle';

-- The same that is_test() of dead_code.hpp says; a file of tests alone is one with an empty name.
create or replace function codebase.is_test(path text, name text) returns boolean
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    file constant text := substring(path from '[^/]*$');
begin
    return substring(name from '[^.]*$') ~ '^[tT]est' or file ~ '^test_|_test\.|\.test\.|\.spec\.' or file = 'conftest.py';
end $$;
comment on function codebase.is_test(text, text) is 'Whether a name is one of a test or stands in a file of tests, by the conventions of their names';

create or replace view codebase.file_dependencies as
select s.organization_id, s.codebase_id, s.path, t.path as target_path, count(*) as mentions
from codebase.symbols s
join codebase.relationships r on r.organization_id = s.organization_id and r.source_id = s.id and r.last_run is null
join codebase.symbols t on t.organization_id = r.organization_id and t.id = r.target_id and t.codebase_id = s.codebase_id
where t.path <> s.path
group by s.organization_id, s.codebase_id, s.path, t.path;
select base.tenant_view('codebase.file_dependencies');
comment on view codebase.file_dependencies is 'Which file of a codebase mentions what is defined in which other one, and how often';

create or replace view codebase.file_coupling as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.language, coalesce(i.files, 0) as afferent, coalesce(o.files, 0) as efferent,
       o.files::double precision / nullif(coalesce(i.files, 0) + coalesce(o.files, 0), 0) as instability
from codebase.file_resolutions r
join codebase.files f on f.organization_id = r.organization_id and f.codebase_id = r.codebase_id and f.path = r.path and f.last_run is null
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
left join (select organization_id, codebase_id, path, count(*) as files from codebase.file_dependencies group by 1, 2, 3) o
    on o.organization_id = f.organization_id and o.codebase_id = f.codebase_id and o.path = f.path
left join (select organization_id, codebase_id, target_path as path, count(*) as files from codebase.file_dependencies group by 1, 2, 3) i
    on i.organization_id = f.organization_id and i.codebase_id = f.codebase_id and i.path = f.path
where r.last_run is null;
select base.tenant_view('codebase.file_coupling');
comment on view codebase.file_coupling is 'How many files depend on each file, on how many it depends, and what follows for how easily it changes';

-- Martin, "OO Design Quality Metrics: An Analysis of Dependencies", 1994, with files for classes and folders for categories.
create or replace view codebase.folder_coupling as
with dependencies as (
    select d.organization_id, d.codebase_id, d.path, d.target_path, regexp_replace(d.path, '/?[^/]*$', '') as folder, regexp_replace(d.target_path, '/?[^/]*$', '') as target_folder
    from codebase.file_dependencies d
)
select c.organization_id, c.id as codebase_id, c.name as codebase, e.folder, count(distinct e.outside) as afferent, count(distinct e.inside) as efferent,
       count(distinct e.inside)::double precision / (count(distinct e.outside) + count(distinct e.inside)) as instability
from (select organization_id, codebase_id, folder, path as inside, null as outside from dependencies where folder <> target_folder
      union all
      select organization_id, codebase_id, target_folder, null, path from dependencies where folder <> target_folder) e
join codebase.codebases c on c.organization_id = e.organization_id and c.id = e.codebase_id
group by c.organization_id, c.id, c.name, e.folder;
select base.tenant_view('codebase.folder_coupling');
comment on view codebase.folder_coupling is 'The same of folders: files elsewhere that depend on what is in it (afferent), files in it that depend on what is elsewhere (efferent)';

-- What leads from a test to what it runs.
create or replace function codebase.test_links() returns codebase.relationship_kind[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return array['call', 'instantiate', 'decorate', 'pass', 'override']::codebase.relationship_kind[];
end $$;
comment on function codebase.test_links() is 'The relationships by which a test reaches what it tests';

create or replace function codebase.tests_of(symbol bigint, depth_max integer default 20)
    returns table (symbol_id bigint, depth integer, path text, name text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select r.symbol_id, r.depth, s.path, s.qualified_name
    from codebase.reach(symbol, 'in', codebase.test_links(), depth_max, 0) r
    join codebase.symbols s on s.organization_id = organization and s.id = r.symbol_id
    where codebase.is_test(s.path, s.qualified_name)
    order by r.depth, s.path, s.qualified_name, s.id;
end $$;
comment on function codebase.tests_of(bigint, integer) is 'The tests that reach a symbol, directly or through others; a test without a name is shown by its file';

create or replace function codebase.tested_functions(codebase uuid)
    returns table (symbol_id bigint, path text, kind codebase.element_kind, name text, start_line integer, is_reached boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
    links constant codebase.relationship_kind[] := codebase.test_links();
begin
    return query
    with recursive test_files (path) as materialized (
        select f.path from codebase.files f
        where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null and codebase.is_test(f.path, '')
    ), reached (id) as (
        select s.id from codebase.symbols s
        where s.organization_id = organization and s.codebase_id = codebase
          and (s.path in (select t.path from test_files t) or s.qualified_name ~ '(^|[.])[tT]est[^.]*$')
        union
        select r.target_id
        from reached a
        join codebase.relationships r on r.organization_id = organization and r.source_id = a.id and r.last_run is null
        where r.kind = any (links)
    ), functions as materialized (
        select codebase.symbol_id(codebase::text, f.path, e.kind, e.qualified_name, e.overload) as id, f.path, e.kind, e.qualified_name, e.start_line
        from codebase.files f
        join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
        join codebase.blob_metrics m on m.organization_id = e.organization_id and m.blob_id = e.blob_id and m.ordinal = e.ordinal
        where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null and e.kind in ('function', 'method', 'constructor', 'property')
          and f.path not in (select t.path from test_files t) and e.qualified_name !~ '(^|[.])[tT]est[^.]*$'
          and exists (select from codebase.file_resolutions n
                      where n.organization_id = f.organization_id and n.codebase_id = f.codebase_id and n.path = f.path and n.last_run is null)
    )
    select n.id, n.path, n.kind, n.qualified_name, n.start_line, n.id in (select a.id from reached a) from functions n;
end $$;
comment on function codebase.tested_functions(uuid) is 'The functions of a codebase that are no tests, and whether a test reaches them, directly or through others';
