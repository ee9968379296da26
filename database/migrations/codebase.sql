-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('codebase', array['codebase']::name[], 'codebase_owner', 20, '0.1.0');
insert into pg_temp.gsdb_routine values ('comparison', $gsdb_file$-- What two runs of a codebase have different. Any run can be asked for: rows say from which run to which run they hold.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('duplicates', $gsdb_file$-- How a run brings in the copies that it found, by way of a temporary table as in staging.sql. Staged is all that was
-- found. Rows that say the same stand, the others end with the run before.

create or replace procedure codebase.begin_duplicates()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_duplicates (digest uuid, path text, start_line integer, end_line integer, tokens integer, clone_type smallint) on commit drop;
end $$;
comment on procedure codebase.begin_duplicates() is 'Makes the temporary table of copies; it goes with its transaction';

create or replace function codebase.merge_duplicates(organization uuid, codebase uuid, run_number integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
begin
    analyze pg_temp.staged_duplicates;
    update codebase.duplicates as d set last_run = run_number - 1
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and not exists (select from pg_temp.staged_duplicates s
                      where (s.digest, s.path, s.start_line, s.end_line, s.tokens, s.clone_type) = (d.digest, d.path, d.start_line, d.end_line, d.tokens, d.clone_type));
    insert into codebase.duplicates (organization_id, codebase_id, digest, path, start_line, first_run, end_line, tokens, clone_type)
    select organization, codebase, s.digest, s.path, s.start_line, run_number, s.end_line, s.tokens, s.clone_type
    from pg_temp.staged_duplicates s
    where not exists (select from codebase.duplicates d
                      where d.organization_id = organization and d.codebase_id = codebase and d.digest = s.digest and d.path = s.path
                        and d.start_line = s.start_line and d.last_run is null);
    get diagnostics new_rows = row_count;
    truncate pg_temp.staged_duplicates;
    return new_rows;
end $$;
comment on function codebase.merge_duplicates(uuid, uuid, integer) is
    'Brings the copies of a codebase to what is staged, as of this run, and empties the staging; returns the number of new rows';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('element_flags', $gsdb_file$-- The names of the bits in blob_elements.flags, in bit order. ElementFlag in extract/facts.hpp is their other half; a test compares them.
create or replace function codebase.element_flags(flags integer) returns text[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    labels constant text[] := array[
        'exported', 'private', 'protected', 'static', 'abstract', 'final', 'async', 'generator', 'deprecated', 'declaration',
        'readonly', 'virtual', 'override', 'inline', 'generic', 'default_export', 'anonymous', 'unsafe', 'operator', 'test'];
    names text[] := array[]::text[];
begin
    for bit in 0 .. cardinality(labels) - 1 loop
        if flags & (1 << bit) <> 0 then
            names := names || labels[bit + 1];
        end if;
    end loop;
    return names;
end $$;
comment on function codebase.element_flags(integer) is 'Names the bits of blob_elements.flags';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of codebase raise. The code is the API; the words may improve.

create or replace function codebase.error_codes()
    returns table (code text, name text, meaning text, remedy text)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return query values
        ('GS501', 'not_completed', 'A snapshot can be taken of a completed run only, and the organization has none of that id.',
         'Complete the run first, in the same transaction.'),
        ('GS502', 'symbols_collide', 'Two different symbols of the organization have the same id.',
         'Report it with the two names in the message; until then rename one of the two.'),
        ('GS503', 'codebase_not_found', 'The organization has no codebase of that id.', 'Look for it in codebase.codebases.'),
        ('GS504', 'no_such_direction', 'The graph is walked in a direction that there is not.', 'Ask for in or out.');
end $$;
comment on function codebase.error_codes() is 'The errors of schema codebase: SQLSTATE, name, meaning, remedy';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('graph', $gsdb_file$-- Questions to the graph whose answers are more than a join. They read the newest complete runs.

-- The symbols that lie in one direction of a symbol. Level by level, so that each is visited once however many ways lead
-- to it; of its shortest ways the surest is shown: the step before it, and the mention that this step goes through.
create or replace function codebase.reach(symbol bigint, direction text, kinds codebase.relationship_kind[], depth_max integer default 5, confidence_min real default 0.5,
                                          goal bigint default null)
    returns table (symbol_id bigint, via_id bigint, depth integer, confidence real, source_id bigint, ordinal integer, first_run integer)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
    is_up constant boolean := direction = 'in';
    seen bigint[] := array[symbol];
    ids bigint[] := array[symbol];
    ways real[] := array[1];
    vias bigint[];
    sources bigint[];
    ordinals integer[];
    runs integer[];
begin
    if direction is null or direction not in ('in', 'out') then
        raise exception using errcode = 'GS504', message = format('there is no direction %L', direction), hint = 'Ask for in, what leads to the symbol, or out, what it leads to.';
    end if;
    for level in 1 .. depth_max loop
        select array_agg(n.there order by n.there), array_agg(n.way order by n.there), array_agg(n.via order by n.there), array_agg(n.source_id order by n.there),
               array_agg(n.ordinal order by n.there), array_agg(n.first_run order by n.there)
        into ids, ways, vias, sources, ordinals, runs
        from (select distinct on (r.there) r.there, f.id as via, (f.way * r.confidence)::real as way, r.source_id, r.ordinal, r.first_run
              from unnest(ids, ways) as f (id, way)
              cross join lateral (
                  select i.source_id as there, i.* from codebase.relationships i where is_up and i.organization_id = organization and i.target_id = f.id and i.last_run is null
                  union all
                  select o.target_id, o.* from codebase.relationships o where not is_up and o.organization_id = organization and o.source_id = f.id and o.last_run is null
              ) r
              where r.confidence >= confidence_min and r.kind = any (kinds)
                and not exists (select from unnest(seen) as k (id) where k.id = r.there)
              order by r.there, way desc, via, r.ordinal) n;
        exit when ids is null;
        seen := seen || ids;
        return query select * from unnest(ids, vias, array_fill(level, array[cardinality(ids)]), ways, sources, ordinals, runs);
        exit when goal = any (ids);
    end loop;
end $$;
comment on function codebase.reach(bigint, text, codebase.relationship_kind[], integer, real, bigint) is
    'The symbols that relationships of these kinds lead to a symbol from (in) or from it to (out), each once: the step before it, the number of steps, the confidence of the way, the last relationship on it';

-- The same with names and places, the symbol that is asked about left out.
create or replace function codebase.walk(symbol bigint, direction text, kinds codebase.relationship_kind[], depth_max integer default 5, confidence_min real default 0.5,
                                         goal bigint default null)
    returns table (depth integer, symbol_id bigint, via_id bigint, origin codebase.symbol_origin, codebase text, path text, package text, name text, symbol_kind codebase.element_kind,
                   kind codebase.relationship_kind, mention_path text, mention_line integer, mention_column integer, method codebase.resolution_method, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    select w.depth, w.symbol_id, w.via_id, s.origin, c.name, s.path, s.package, s.qualified_name, s.kind, r.kind, m.path,
           coalesce(e.start_line, 1) + r.line_offset, r."column", r.method, w.confidence
    from codebase.reach(symbol, direction, kinds, depth_max, confidence_min, goal) w
    join codebase.relationships r on r.organization_id = organization and r.source_id = w.source_id and r.ordinal = w.ordinal and r.first_run = w.first_run
    join codebase.symbols s on s.organization_id = r.organization_id and s.id = w.symbol_id
    join codebase.symbols m on m.organization_id = r.organization_id and m.id = r.source_id
    left join codebase.codebases c on c.organization_id = s.organization_id and c.id = s.codebase_id
    left join codebase.files f on f.organization_id = m.organization_id and f.codebase_id = m.codebase_id and f.path = m.path and f.last_run is null
    left join codebase.blob_elements e
        on e.organization_id = f.organization_id and e.blob_id = f.blob_id and e.kind = m.kind and e.qualified_name = m.qualified_name and e.overload = m.overload
    order by w.depth, s.path, s.qualified_name, s.id;
end $$;
comment on function codebase.walk(bigint, text, codebase.relationship_kind[], integer, real, bigint) is
    'What reach() finds, with names, and with the place of the mention that leads there';

create or replace function codebase.callers(symbol bigint, depth_max integer default 1, confidence_min real default 0)
    returns table (depth integer, symbol_id bigint, via_id bigint, codebase text, path text, name text, mention_path text, mention_line integer, mention_column integer, method codebase.resolution_method, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select w.depth, w.symbol_id, w.via_id, w.codebase, w.path, w.name, w.mention_path, w.mention_line, w.mention_column, w.method, w.confidence
    from codebase.walk(symbol, 'in', array['call', 'instantiate', 'decorate']::codebase.relationship_kind[], depth_max, confidence_min) w;
end $$;
comment on function codebase.callers(bigint, integer, real) is 'What calls, instantiates or is decorated by a symbol, directly or through others';

create or replace function codebase.callees(symbol bigint, depth_max integer default 1, confidence_min real default 0)
    returns table (depth integer, symbol_id bigint, via_id bigint, codebase text, path text, package text, name text, mention_path text, mention_line integer, mention_column integer, method codebase.resolution_method, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select w.depth, w.symbol_id, w.via_id, w.codebase, w.path, w.package, w.name, w.mention_path, w.mention_line, w.mention_column, w.method, w.confidence
    from codebase.walk(symbol, 'out', array['call', 'instantiate', 'decorate']::codebase.relationship_kind[], depth_max, confidence_min) w;
end $$;
comment on function codebase.callees(bigint, integer, real) is 'What a symbol calls, instantiates or is decorated with, directly or through others';

create or replace function codebase.impact(symbol bigint, depth_max integer default 5, confidence_min real default 0.5)
    returns table (symbol_id bigint, depth integer, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select r.symbol_id, r.depth, r.confidence from codebase.reach(symbol, 'in', enum_range(null::codebase.relationship_kind), depth_max, confidence_min) r;
end $$;
comment on function codebase.impact(bigint, integer, real) is
    'What may break when a symbol changes: all that reaches it through relationships of at least this confidence, with the number of steps and the confidence of the way';

create or replace function codebase.call_path(from_symbol bigint, to_symbol bigint, depth_max integer default 20, confidence_min real default 0)
    returns table (step integer, symbol_id bigint, codebase text, path text, package text, name text, mention_path text, mention_line integer, mention_column integer, method codebase.resolution_method, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    with recursive found as materialized (
        select * from codebase.walk(from_symbol, 'out', array['call', 'instantiate', 'decorate']::codebase.relationship_kind[], depth_max, confidence_min, to_symbol)
    ), way as (
        select f.* from found f where f.symbol_id = to_symbol
        union all
        select f.* from way w join found f on f.symbol_id = w.via_id
    )
    select w.depth, w.symbol_id, w.codebase, w.path, w.package, w.name, w.mention_path, w.mention_line, w.mention_column, w.method, w.confidence from way w order by w.depth;
end $$;
comment on function codebase.call_path(bigint, bigint, integer, real) is
    'A shortest chain of calls from one symbol to another, step by step; no row when there is none. The confidence is that of the chain so far';

create or replace function codebase.co_changes(codebase uuid, file text, since timestamptz default '-infinity', files_max integer default 50)
    returns table (path text, commits_together bigint, commits_of_file bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    with touching as (
        select f.commit_number
        from codebase.file_changes f
        join codebase.commits c on c.organization_id = f.organization_id and c.codebase_id = f.codebase_id and c.number = f.commit_number
        where f.organization_id = organization and f.codebase_id = codebase and f.path = file
          and c.committed_at >= since and c.lost_at is null and cardinality(c.parent_ids) < 2
    ), focused as (
        select t.commit_number from touching t
        where (select count(*) from codebase.file_changes o
               where o.organization_id = organization and o.codebase_id = codebase and o.commit_number = t.commit_number) <= files_max
    )
    select o.path, count(*), (select count(*) from focused)
    from focused t
    join codebase.file_changes o on o.organization_id = organization and o.codebase_id = codebase and o.commit_number = t.commit_number
    where o.path <> file
    group by o.path
    order by 2 desc, 1;
end $$;
comment on function codebase.co_changes(uuid, text, timestamptz, integer) is
    'Files that changed in the same commits as a file; commits of more than files_max files and merges say nothing and are left out';

-- The lines that a file had under earlier names count until it was renamed. `file` is a file, a folder, or '' for all.
create or replace function codebase.owners(codebase uuid, file text)
    returns table (author_email text, author_name text, commits bigint, lines_added bigint, share numeric, cumulative_share numeric, last_committed_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    return query
    with recursive names as (
        select f.path, 'infinity'::timestamptz as until
        from codebase.files f
        where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null
          and (file = '' or f.path = file or f.path >= file || '/' and f.path < file || '0')
        union
        select g.old_path, m.committed_at
        from names n
        join codebase.file_changes g on g.organization_id = organization and g.codebase_id = codebase and g.path = n.path and g.kind = 'renamed'
        join codebase.commits m on m.organization_id = g.organization_id and m.codebase_id = g.codebase_id and m.number = g.commit_number
        where m.committed_at <= n.until and m.lost_at is null and cardinality(m.parent_ids) < 2
    ), known as (
        select n.path, max(n.until) as until from names n group by n.path
    ), written as (
        select m.author_email as email, (array_agg(m.author_name order by m.committed_at desc, m.number desc))[1] as name,
               count(distinct m.number) as made, coalesce(sum(g.lines_added), 0) as lines, max(m.committed_at) as latest
        from known k
        join codebase.file_changes g on g.organization_id = organization and g.codebase_id = codebase and g.path = k.path
        join codebase.commits m on m.organization_id = g.organization_id and m.codebase_id = g.codebase_id and m.number = g.commit_number
        where m.committed_at <= k.until and m.lost_at is null and cardinality(m.parent_ids) < 2
        group by m.author_email
    )
    select w.email, w.name, w.made, w.lines, round(w.lines::numeric / nullif(sum(w.lines) over (), 0), 4),
           round((sum(w.lines) over most)::numeric / nullif(sum(w.lines) over (), 0), 4), w.latest
    from written w
    window most as (order by w.lines desc, w.made desc, w.email)
    order by w.lines desc, w.made desc, w.email;
end $$;
comment on function codebase.owners(uuid, text) is
    'Who wrote a file, the files of a folder or all, by lines added; shares are null where no line was';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('graph_metrics', $gsdb_file$-- Figures of the graph (docs/reference/metrics.md), made of relationships when they are asked for: of the newest complete runs.

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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('graph_views', $gsdb_file$-- The documented views of relationships and history (docs/reference/sql.md). Like views.sql they show the newest
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
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of codebases, with the rights of the caller.

create or replace function codebase.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with newest as materialized (
        select c.name, r.state, r.started_at
        from (select x.organization_id, x.id, x.name from codebase.codebases x limit 10000) c
        join lateral (
            select a.state, a.started_at from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    ), counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'runs_without_end', count(*), min(n.name), 1, 10, 'Its process ended without a word: index the codebase again, which notes that.'
        from newest n where n.state = 'running' and n.started_at < now() - interval '1 hour'
        union all
        select 'newest_run_failed', count(*), min(n.name), 1, 100, 'Look at error_message of its newest run in analysis_runs, then index it again.'
        from newest n where n.state in ('failed', 'abandoned')
    )
    select 'codebase', c.signal, c.found::numeric, 'codebases', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function codebase.health_signals() is 'Signals of runs over codebases that did not end well.';

create or replace function codebase.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('codebase.blobs') = 'none' then
        return next base.unread_signal('codebase.blobs', 'codebase.blobs');
        return;
    end if;
    return query
    select 'codebase.blobs', m.signal, round(coalesce(100.0 * m.missing / nullif(s.blobs, 0), 0), 2), '%',
           case when s.blobs >= 20 then m.warning_at end, case when s.blobs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('rows', m.missing, 'of', s.blobs, 'window', 'newest 1000 of each organization')
    from (select count(*) as blobs, count(*) filter (where b.parse_status not in ('ok', 'has_errors')) as unparsed, count(*) filter (where b.parse_status = 'has_errors') as errors
          from base.organizations_in('codebase.blobs') o
          cross join lateral (select x.parse_status from codebase.blobs x where x.organization_id = o order by x.id desc limit 1000) b) s
    cross join lateral (values
        ('contents_not_parsed', s.unparsed, 10::numeric, 50::numeric, 'select path, parse_status from file_analysis says which; larger limits are in the settings of the index.'),
        ('contents_with_errors', s.errors, 20, null, 'The grammar met text it does not know: macros, templates, a newer language version.')
    ) as m (signal, missing, warning_at, critical_at, remedy);
    return query
    select 'codebase.codebases', 'oldest_current_run_age', round(extract(epoch from now() - min(r.finished_at))), 's', 2592000::numeric, null::numeric,
           'gsdb index reads the codebase again; what did not change costs nothing.', jsonb_build_object('codebases', count(*))
    from (select x.organization_id, x.current_run_id from codebase.codebases x where x.current_run_id is not null limit 10000) c
    join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
    having count(*) > 0;
end
$$;
comment on function codebase.quality_signals() is 'How much of what was read could be parsed, and how old what is shown is.';

-- Two columns of codebases say again what analysis_runs say.
create or replace function codebase.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with checked as materialized (
        select c.id, c.last_run_number is distinct from coalesce(r.number, 0) and c.last_run_number < coalesce(r.number, 0) as is_behind,
               c.current_run_id is not null and not exists (
                   select from codebase.analysis_runs a
                   where a.organization_id = c.organization_id and a.id = c.current_run_id and a.codebase_id = c.id and a.state = 'completed') as shows_nothing
        from (select x.* from codebase.codebases x limit 10000) c
        left join lateral (
            select a.number from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    )
    select 'codebase', m.signal, m.found::numeric, 'codebases', 1::numeric, 1::numeric, m.remedy,
           jsonb_strip_nulls(jsonb_build_object('checked', s.checked, 'is_complete', s.checked < 10000, 'example', m.example))
    from (select count(*) as checked, count(*) filter (where k.is_behind) as behind, min(k.id::text) filter (where k.is_behind) as behind_example,
                 count(*) filter (where k.shows_nothing) as nothing, min(k.id::text) filter (where k.shows_nothing) as nothing_example
          from checked k) s
    cross join lateral (values
        ('last_run_number_is_behind', s.behind, s.behind_example, 'Set last_run_number to the greatest number of its runs: the next run would take a number twice.'),
        ('current_run_is_not_complete', s.nothing, s.nothing_example, 'Index the codebase again, which sets current_run_id to a run that is complete.')
    ) as m (signal, found, example, remedy);
end
$$;
comment on function codebase.integrity_signals() is 'Codebases that say of their runs what the runs do not say.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('history', $gsdb_file$-- How an index run brings in the history of Git, by way of temporary tables as in staging.sql.

create or replace procedure codebase.begin_history()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_commits (
        number integer, commit_id text, parent_ids text[], author_name text, author_email text, authored_at timestamptz,
        committed_at timestamptz, subject text, files_changed integer, is_new boolean) on commit drop;
    create temporary table staged_changes (
        commit_number integer, path text, kind codebase.change_kind, lines_added integer, lines_removed integer, old_path text) on commit drop;
    create temporary table staged_refs (kind codebase.ref_kind, name text, commit_id text, is_default boolean) on commit drop;
end $$;
comment on procedure codebase.begin_history() is 'Makes the temporary tables of the history; they go with its transaction';

-- A commit that was stored before may have other authors by now, be found again, or have changes that could not be told then. Without
-- nested loops: the planner knows nothing of tables that were filled just now, and would read all commits for each one.
create or replace function codebase.merge_commits(organization uuid, codebase uuid) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
declare
    new_changes bigint;
begin
    insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at,
        committed_at, subject, files_changed)
    select organization, codebase, s.number, s.commit_id, s.parent_ids, s.author_name, s.author_email, s.authored_at, s.committed_at, s.subject, s.files_changed
    from pg_temp.staged_commits s
    where s.is_new
    order by s.number;
    update codebase.commits as c
    set parent_ids = s.parent_ids, author_name = s.author_name, author_email = s.author_email,
        files_changed = coalesce(s.files_changed, c.files_changed), lost_at = null
    from pg_temp.staged_commits s
    where not s.is_new and c.organization_id = organization and c.codebase_id = codebase and c.number = s.number
      and (c.lost_at is not null or s.files_changed is not null
           or (c.parent_ids, c.author_name, c.author_email) is distinct from (s.parent_ids, s.author_name, s.author_email));
    insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed, old_path)
    select organization, codebase, s.commit_number, s.path, s.kind, s.lines_added, s.lines_removed, s.old_path
    from pg_temp.staged_changes s
    order by s.commit_number, s.path;
    get diagnostics new_changes = row_count;
    truncate pg_temp.staged_commits, pg_temp.staged_changes;
    return new_changes;
end $$;
comment on function codebase.merge_commits(uuid, uuid) is 'Moves the staged commits and changes into their tables and empties the staging; returns the number of changes';

-- The default moves in two steps: there is one at most at any time.
create or replace procedure codebase.merge_refs(organization uuid, codebase uuid, moment timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    delete from codebase.refs r
    where r.organization_id = organization and r.codebase_id = codebase
      and not exists (select from pg_temp.staged_refs s where s.kind = r.kind and s.name = r.name);
    update codebase.refs as r set is_default = false
    from pg_temp.staged_refs s
    where r.organization_id = organization and r.codebase_id = codebase and r.is_default
      and s.kind = r.kind and s.name = r.name and not s.is_default;
    update codebase.refs as r
    set commit_id = s.commit_id, is_default = s.is_default, updated_at = case when r.commit_id = s.commit_id then r.updated_at else moment end
    from pg_temp.staged_refs s
    where r.organization_id = organization and r.codebase_id = codebase and s.kind = r.kind and s.name = r.name
      and (s.commit_id, s.is_default) is distinct from (r.commit_id, r.is_default);
    insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id, is_default, created_at, updated_at)
    select organization, codebase, s.kind, s.name, s.commit_id, s.is_default, moment, moment
    from pg_temp.staged_refs s
    where not exists (
        select from codebase.refs r
        where r.organization_id = organization and r.codebase_id = codebase and r.kind = s.kind and r.name = s.name);
    truncate pg_temp.staged_refs;
end $$;
comment on procedure codebase.merge_refs(uuid, uuid, timestamptz) is 'Brings the branches and tags of a codebase to what is staged, and empties the staging';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('index_requests', $gsdb_file$-- Requests for runs: taken by one server at a time, the oldest first, whatever organization asked.

create or replace function codebase.take_index_request(taken_for interval, attempts_max integer)
    returns table (organization_id uuid, id uuid, location text, revision text, attempts integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    update codebase.index_requests r
    set state = 'failed', taken_until = null, finished_at = now(), error_code = 'codebase.abandoned', error_message = 'the server ended each time while it ran'
    where r.state = 'running' and r.taken_until < now() and r.attempts >= take_index_request.attempts_max;
    return query
    update codebase.index_requests r
    set state = 'running', attempts = r.attempts + 1, started_at = now(), taken_until = now() + taken_for
    where (r.organization_id, r.id) = (
        select w.organization_id, w.id
        from codebase.index_requests w
        where w.finished_at is null and (w.taken_until is null or w.taken_until < now())
          and not exists (select from codebase.index_requests o
                          where o.organization_id = w.organization_id and o.location = w.location and o.finished_at is null and o.taken_until >= now())
        order by w.id
        limit 1
        for update skip locked)
    returning r.organization_id, r.id, r.location, r.revision, r.attempts;
end
$$;
comment on function codebase.take_index_request(interval, integer) is
    'Takes the oldest request for a run of any organization whose location nobody is indexing, for so long. One that was begun too often is given up.';
revoke execute on function codebase.take_index_request(interval, integer) from public;
grant execute on function codebase.take_index_request(interval, integer) to codebase_user;

-- The program keeps a bare copy of what it is given a URL of, in the folder `repositories` of its home.
create or replace function codebase.is_mirror(candidate codebase.codebases) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return candidate.kind = 'bare' and candidate.remote_url is not null and candidate.location ~ '/repositories/[^/]+-[0-9a-f]{16}[.]git$';
end
$$;
comment on function codebase.is_mirror(codebase.codebases) is 'Whether a codebase is the copy of a remote repository that is brought up to date before it is indexed.';

create or replace function codebase.codebases_with_urls() returns table (organization_id uuid, location text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query select c.organization_id, c.remote_url from codebase.codebases c where codebase.is_mirror(c) limit 10000;
end
$$;
comment on function codebase.codebases_with_urls() is 'The URLs of the codebases of all organizations that are indexed from one, so that a push to it can be told.';
revoke execute on function codebase.codebases_with_urls() from public;
grant execute on function codebase.codebases_with_urls() to codebase_user;

create or replace function codebase.cleanup_index_requests(rows_max integer default 100000) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted bigint;
begin
    delete from codebase.index_requests r
    where r.ctid = any (array(select o.ctid from codebase.index_requests o where o.finished_at < now() - interval '90 days' limit rows_max))
      and r.finished_at < now() - interval '90 days';
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function codebase.cleanup_index_requests(integer) is 'Deletes requests for runs 90 days after they ended, in all organizations.';
revoke execute on function codebase.cleanup_index_requests(integer) from public;
grant execute on function codebase.cleanup_index_requests(integer) to codebase_user;
select base.declare_maintenance('codebase.cleanup_index_requests', 'daily', interval '10 minutes', 'Deletes requests for runs that ended long ago.', rows_max => 100000);
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('issues', $gsdb_file$-- How a run brings in what its checks found, by way of temporary tables as in staging.sql. Staged is all that was found;
-- only what differs is written. An issue that is found again keeps its row, which follows it when its lines move.

create or replace procedure codebase.begin_checking()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_issues (
        fingerprint uuid, moved_fingerprint uuid, rule_id text, severity codebase.issue_severity, message text, path text, symbol_id bigint,
        start_line integer, start_column integer, end_line integer, end_column integer, start_character integer, end_character integer,
        effort_minutes integer, related text, justification text) on commit drop;
end $$;
comment on procedure codebase.begin_checking() is 'Makes the temporary table of the checks; it goes with its transaction';

create or replace function codebase.merge_issues(organization uuid, codebase uuid, run_number integer, moment timestamptz,
    out new_issues bigint, out fixed_issues bigint, out open_issues bigint, out suppressed_issues bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    analyze pg_temp.staged_issues;
    update codebase.issues as i set last_run = run_number - 1
    where i.organization_id = organization and i.codebase_id = codebase and i.last_run is null
      and not exists (select from pg_temp.staged_issues s where s.fingerprint = i.fingerprint);
    get diagnostics fixed_issues = row_count;
    update codebase.issues as i
    set severity = s.severity, message = s.message, symbol_id = s.symbol_id, start_line = s.start_line, start_column = s.start_column,
        end_line = s.end_line, end_column = s.end_column, start_character = s.start_character, end_character = s.end_character,
        effort_minutes = s.effort_minutes, related = s.related::jsonb, moved_fingerprint = s.moved_fingerprint
    from pg_temp.staged_issues s
    where i.organization_id = organization and i.codebase_id = codebase and i.last_run is null and i.fingerprint = s.fingerprint
      and (i.severity, i.message, i.symbol_id, i.start_line, i.start_column, i.end_line, i.end_column, i.start_character, i.end_character,
           i.effort_minutes, i.related, i.moved_fingerprint)
          is distinct from (s.severity, s.message, s.symbol_id, s.start_line, s.start_column, s.end_line, s.end_column, s.start_character, s.end_character,
           s.effort_minutes, s.related::jsonb, s.moved_fingerprint);
    insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, rule_id, severity, message, path, symbol_id, start_line,
        start_column, end_line, end_column, effort_minutes, related, start_character, end_character, moved_fingerprint)
    select organization, codebase, s.fingerprint, run_number, s.rule_id, s.severity, s.message, s.path, s.symbol_id, s.start_line,
        s.start_column, s.end_line, s.end_column, s.effort_minutes, s.related::jsonb, s.start_character, s.end_character, s.moved_fingerprint
    from pg_temp.staged_issues s
    where not exists (select from codebase.issues i
                      where i.organization_id = organization and i.codebase_id = codebase and i.fingerprint = s.fingerprint and i.last_run is null)
    order by s.path, s.start_line, s.fingerprint;
    get diagnostics new_issues = row_count;
    call codebase.merge_suppressions(organization, codebase, moment);
    select count(*) filter (where p.id is null), count(*) filter (where p.id is not null) into open_issues, suppressed_issues
    from pg_temp.staged_issues s
    left join codebase.issue_suppressions p
        on p.organization_id = organization and p.codebase_id = codebase and p.fingerprint = s.fingerprint
       and p.revoked_at is null and (p.expires_at is null or p.expires_at > moment);
    truncate pg_temp.staged_issues;
end $$;
comment on function codebase.merge_issues(uuid, uuid, integer, timestamptz) is
    'Brings the issues of a codebase to what is staged, as of this run, and empties the staging; returns how many are found anew, fixed, open and suppressed';

-- What a comment in the source suppresses. A decision of a person stands before it; one that expired gives way.
create or replace procedure codebase.merge_suppressions(organization uuid, codebase uuid, moment timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update codebase.issue_suppressions as p set revoked_at = greatest(moment, p.suppressed_at)
    where p.organization_id = organization and p.codebase_id = codebase and p.revoked_at is null and p.kind = 'in_source'
      and not exists (select from pg_temp.staged_issues s where s.fingerprint = p.fingerprint and s.justification = p.justification);
    update codebase.issue_suppressions as p set revoked_at = greatest(moment, p.suppressed_at)
    from pg_temp.staged_issues s
    where s.justification is not null and p.organization_id = organization and p.codebase_id = codebase and p.fingerprint = s.fingerprint
      and p.revoked_at is null and p.expires_at <= moment;
    insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification, suppressed_at)
    select organization, codebase, s.fingerprint, 'in_source', 'accepted', s.justification, moment
    from pg_temp.staged_issues s
    where s.justification is not null
    on conflict (organization_id, codebase_id, fingerprint) where revoked_at is null do nothing;
end $$;
comment on procedure codebase.merge_suppressions(uuid, uuid, timestamptz) is
    'Brings the suppressions by comments in the source to what is staged';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('packages', $gsdb_file$-- How an index run brings in packages, by way of a temporary table as in staging.sql. Staged is all that the manifests and
-- lock files of the codebase say now. Rows that say the same stand, the others end with the run before.

create or replace procedure codebase.begin_packages()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_dependencies (
        manifest_path text, manifest_line integer, lock_path text, ecosystem text, name text, scope codebase.dependency_scope, is_direct boolean,
        requested_range text, condition text, locked_version text, source_url text, licence text, is_local boolean, import_names text[],
        run_by text) on commit drop;
end $$;
comment on procedure codebase.begin_packages() is 'Makes the temporary table of packages; it goes with its transaction';

create or replace function codebase.merge_dependencies(organization uuid, codebase uuid, run_number integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
begin
    create temporary table standing_dependencies on commit drop as
    select d.id, s.ctid as staged
    from codebase.external_dependencies d
    join pg_temp.staged_dependencies s on s.manifest_path = d.manifest_path and s.ecosystem = d.ecosystem and s.name = d.name
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and (s.manifest_line, s.lock_path, s.scope, s.is_direct, s.requested_range, s.condition, s.locked_version, s.source_url, s.licence, s.is_local,
           s.import_names, s.run_by) is not distinct from
          (d.manifest_line, d.lock_path, d.scope, d.is_direct, d.requested_range, d.condition, d.locked_version, d.source_url, d.licence, d.is_local,
           d.import_names, d.run_by);
    update codebase.external_dependencies as d set last_run = run_number - 1
    where d.organization_id = organization and d.codebase_id = codebase and d.last_run is null
      and d.id not in (select st.id from pg_temp.standing_dependencies st);
    insert into codebase.external_dependencies (organization_id, codebase_id, manifest_path, manifest_line, lock_path, ecosystem, name, scope, is_direct,
        requested_range, condition, locked_version, source_url, licence, is_local, import_names, run_by, first_run)
    select organization, codebase, s.manifest_path, s.manifest_line, s.lock_path, s.ecosystem, s.name, s.scope, s.is_direct, s.requested_range, s.condition,
           s.locked_version, s.source_url, s.licence, s.is_local, s.import_names, s.run_by, run_number
    from pg_temp.staged_dependencies s
    where s.ctid not in (select st.staged from pg_temp.standing_dependencies st);
    get diagnostics new_rows = row_count;
    drop table pg_temp.standing_dependencies;
    truncate pg_temp.staged_dependencies;
    return new_rows;
end $$;
comment on function codebase.merge_dependencies(uuid, uuid, integer) is
    'Brings the packages of a codebase to what is staged, as of this run, and empties the staging; returns the number of new rows';

-- The same that packages::import_beginnings() says.
create or replace function codebase.import_beginnings(ecosystem text, imported text) returns setof text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    separator constant text := case ecosystem when 'go' then '/' when 'pypi' then '.' when 'maven' then '.' end;
    parts constant text[] := string_to_array(imported, separator);
begin
    if separator is null then
        return next case ecosystem when 'cargo' then split_part(imported, '::', 1) else imported end;
        return;
    end if;
    for n in reverse cardinality(parts) .. 1 loop
        return next array_to_string(parts[1:n], separator);
    end loop;
end $$;
comment on function codebase.import_beginnings(text, text) is 'What an import may begin with to be of a package, the longest first: a/b and a of a/b in Go, google.cloud and google of google.cloud in Python';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('quality', $gsdb_file$-- The quality of a codebase (docs/reference/quality.md): figures that add up, for all of it and for each folder at its
-- root, and the parts of the score that formulas make of them. A run stores both.

create or replace function codebase.quality_figures(codebase uuid) returns table (scope text, metric text, value double precision)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    organization constant uuid := base.require_organization_id();
    wanted constant uuid := codebase;
begin
    return query
    with files as materialized (
        select f.path, f.blob_id, case when strpos(f.path, '/') > 0 then split_part(f.path, '/', 1) end as folder
        from codebase.files f
        where f.organization_id = organization and f.codebase_id = wanted and f.last_run is null and f.blob_id is not null
    ), figures (folder, metric, value) as (
        select f.folder, n.metric, n.value
        from (select f.folder, count(*) as files, sum(b.lines) as lines, sum(b.code_lines) as code_lines, sum(b.comment_lines) as comment_lines
              from files f join codebase.blobs b on b.organization_id = organization and b.id = f.blob_id group by f.folder) f
        cross join lateral (values ('files', f.files), ('lines', f.lines), ('code_lines', f.code_lines), ('comment_lines', f.comment_lines)) n (metric, value)
        union all
        select f.folder, n.metric, n.value
        from (select f.folder, sum(m.documentable) filter (where m.ordinal = -1) as documentable, sum(m.documented) filter (where m.ordinal = -1) as documented,
                     sum(m.cognitive_complexity) filter (where m.ordinal = -1) as cognitive, count(*) filter (where m.ordinal >= 0 and m.cohesion_groups is null) as functions,
                     sum(m.code_lines) filter (where m.ordinal >= 0 and m.cohesion_groups is null) as function_lines,
                     sum(m.code_lines) filter (where m.ordinal >= 0 and m.cohesion_groups is null and m.cyclomatic_complexity > 20) as complex_lines
              from files f join codebase.blob_metrics m on m.organization_id = organization and m.blob_id = f.blob_id group by f.folder) f
        cross join lateral (values ('documentable', f.documentable), ('documented', f.documented), ('cognitive_complexity', f.cognitive), ('functions', f.functions),
                                   ('function_code_lines', f.function_lines), ('complex_function_code_lines', f.complex_lines)) n (metric, value)
        union all
        select f.folder, n.metric, n.value
        from (select i.folder, count(*) as issues, sum(i.effort_minutes) as minutes
              from (select i.fingerprint, i.effort_minutes, case when strpos(i.path, '/') > 0 then split_part(i.path, '/', 1) end as folder
                    from codebase.issues i where i.organization_id = organization and i.codebase_id = wanted and i.last_run is null) i
              where not exists (select from codebase.issue_suppressions p
                                where p.organization_id = organization and p.codebase_id = wanted and p.fingerprint = i.fingerprint
                                  and p.revoked_at is null and (p.expires_at is null or p.expires_at > now()))
              group by i.folder) f
        cross join lateral (values ('issues', f.issues), ('debt_minutes', f.minutes)) n (metric, value)
        union all
        select f.folder, n.metric, 0 from (select distinct f.folder from files f) f, unnest('{debt_minutes,duplicated_lines,issues}'::text[]) n (metric)
        union all
        select d.folder, 'duplicated_lines', sum(d.duplicated_lines)
        from (select case when strpos(u.path, '/') > 0 then split_part(u.path, '/', 1) end as folder, u.duplicated_lines
              from codebase.file_duplication u where u.organization_id = organization and u.codebase_id = wanted) d
        group by d.folder
    )
    select coalesce(g.folder, ''), g.metric, coalesce(sum(g.value), 0)::double precision
    from figures g
    group by grouping sets ((g.metric), (g.metric, g.folder))
    having grouping(g.folder) = 1 or g.folder is not null;
end $$;
comment on function codebase.quality_figures(uuid) is 'Figures of the newest run of a codebase and of each folder at its root (scope) that its quality is judged by';

-- The names of figures as columns of a row would be: 0 where there is none.
create or replace function codebase.quality_points(figures jsonb)
    returns table (part text, measured double precision, points double precision, weight double precision, formula text)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select p.part, p.measured, greatest(0, least(100, p.base + p.slope * p.measured)), p.weight, p.formula
    from (values
        ('complexity', 100 * (figures->>'complex_function_code_lines')::double precision / nullif((figures->>'function_code_lines')::double precision, 0), 100::double precision, -4::double precision, 2::double precision,
         '100 - 4 * share, share = 100 * complex_function_code_lines / function_code_lines'),
        ('debt', 100 * coalesce((figures->>'debt_minutes')::double precision, 0) / nullif(30 * (figures->>'code_lines')::double precision, 0), 100, -5, 3,
         '100 - 5 * ratio, ratio = 100 * debt_minutes / (30 * code_lines)'),
        ('documentation', 100 * (figures->>'documented')::double precision / nullif((figures->>'documentable')::double precision, 0), 0, 1, 1,
         'share, share = 100 * documented / documentable'),
        ('duplication', 100 * coalesce((figures->>'duplicated_lines')::double precision, 0) / nullif((figures->>'lines')::double precision, 0), 100, -5, 2,
         '100 - 5 * share, share = 100 * duplicated_lines / lines')
    ) as p (part, measured, base, slope, weight, formula)
    where p.measured is not null;
end $$;
comment on function codebase.quality_points(jsonb) is 'The parts of the quality score that figures give, an object of names and values; a part that nothing can be judged by is left out';

-- The grid of Letouzey, "The SQALE Method", 2012, in the steps that SonarQube made usual.
create or replace function codebase.debt_rating(ratio double precision) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return case when ratio <= 5 then 'A' when ratio <= 10 then 'B' when ratio <= 20 then 'C' when ratio <= 50 then 'D' else 'E' end;
end $$;
comment on function codebase.debt_rating(double precision) is 'SQALE''s grade of a technical debt in percent of what it costs to write the code';

create or replace procedure codebase.measure_run(organization uuid, codebase uuid, run uuid, has_changed boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if has_changed then
        insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
        select organization, run, q.scope, q.metric, q.value from codebase.quality_figures(codebase) q;
    else
        insert into codebase.run_metrics (organization_id, run_id, scope, metric, value)
        select m.organization_id, run, m.scope, m.metric, m.value
        from codebase.codebases c
        join codebase.run_metrics m on m.organization_id = c.organization_id and m.run_id = c.current_run_id
        where c.organization_id = organization and c.id = codebase;
    end if;
    insert into codebase.quality_parts (organization_id, run_id, scope, part, measured, points, weight, formula)
    select organization, run, f.scope, p.part, p.measured, p.points, p.weight, p.formula
    from (select m.scope, jsonb_object_agg(m.metric, m.value) as figures
          from codebase.run_metrics m
          where m.organization_id = organization and m.run_id = run group by m.scope) f
    cross join lateral codebase.quality_points(f.figures) p;
end $$;
comment on procedure codebase.measure_run(uuid, uuid, uuid, boolean) is
    'Stores the quality of a codebase with a run that is not completed yet: those of the run before where nothing changed';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('quality_views', $gsdb_file$-- The documented views of metrics and issues (docs/reference/sql.md), with their formulas in sight.
-- Halstead 1977: volume = (N1 + N2) * log2(n1 + n2), difficulty = n1 / 2 * N2 / n2, effort = volume * difficulty.
-- Maintainability index, Oman and Hagemeister 1992, scaled to 100 as Visual Studio does:
-- max(0, 171 - 5.2 ln(volume) - 0.23 cyclomatic - 16.2 ln(code lines)) * 100 / 171.

create or replace function codebase.halstead_volume(total integer, distinct_total integer) returns double precision
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return case when distinct_total > 0 then total * (ln(distinct_total) / ln(2::double precision)) else 0 end;
end $$;
comment on function codebase.halstead_volume(integer, integer) is 'Halstead''s volume in bits, of all and of distinct operators and operands';

create or replace function codebase.maintainability_index(volume double precision, cyclomatic_complexity integer, code_lines integer)
    returns double precision
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return greatest(0, 171 - 5.2 * ln(greatest(volume, 1)) - 0.23 * cyclomatic_complexity - 16.2 * ln(greatest(code_lines, 1)::double precision)) * 100 / 171;
end $$;
comment on function codebase.maintainability_index(double precision, integer, integer) is 'Oman and Hagemeister 1992, scaled from 0 to 100';

create or replace view codebase.element_metrics as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, e.ordinal, e.kind, e.qualified_name, e.start_line, e.end_line, f.language,
       m.lines, m.code_lines, m.logical_lines, m.comment_lines, m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, m.parameters,
       v.volume as halstead_volume, m.operators_distinct / 2.0 * m.operands_total / nullif(m.operands_distinct, 0) as halstead_difficulty,
       codebase.maintainability_index(v.volume, m.cyclomatic_complexity, m.code_lines) as maintainability_index,
       (select count(distinct r.source_id) from codebase.relationships r
        where r.organization_id = f.organization_id and r.target_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate') and r.source_id <> s.id) as fan_in,
       (select count(distinct r.target_id) from codebase.relationships r
        where r.organization_id = f.organization_id and r.source_id = s.id and r.last_run is null and r.kind in ('call', 'instantiate') and r.target_id <> s.id) as fan_out,
       case when m.cohesion_groups is not null then codebase.inheritance_depth(f.organization_id, s.id) end as inheritance_depth,
       case when m.cohesion_groups is not null then
           (select count(distinct r.source_id) from codebase.relationships r
            where r.organization_id = f.organization_id and r.target_id = s.id and r.last_run is null and r.kind in ('inherit', 'implement')) end as subtypes,
       m.cohesion_groups, s.id as symbol_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal >= 0
join codebase.blob_elements e on e.organization_id = m.organization_id and e.blob_id = m.blob_id and e.ordinal = m.ordinal
cross join lateral (select codebase.halstead_volume(m.operators_total + m.operands_total, m.operators_distinct + m.operands_distinct) as volume) v
left join codebase.symbols s
    on s.organization_id = f.organization_id and s.codebase_id = f.codebase_id and s.path = f.path
   and s.kind = e.kind and s.qualified_name = e.qualified_name and s.overload = e.overload
where f.last_run is null;
select base.tenant_view('codebase.element_metrics');
comment on view codebase.element_metrics is 'Size, complexity, Halstead, maintainability, callers and supertypes of functions and types';

create or replace view codebase.file_metrics as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.language, m.lines, m.code_lines, m.logical_lines, m.comment_lines,
       m.cyclomatic_complexity, m.cognitive_complexity, m.nesting_max, v.volume as halstead_volume,
       codebase.maintainability_index(v.volume, m.cyclomatic_complexity, m.code_lines) as maintainability_index,
       m.documented::double precision / nullif(m.documentable, 0) as documented_share, m.annotated::double precision / nullif(m.annotatable, 0) as annotated_share
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal = -1
cross join lateral (select codebase.halstead_volume(m.operators_total + m.operands_total, m.operators_distinct + m.operands_distinct) as volume) v
where f.last_run is null;
select base.tenant_view('codebase.file_metrics');
comment on view codebase.file_metrics is 'The same figures of whole files, and how much of them is documented and annotated';

-- Files of languages whose complexity is not measured have no score, and stand after the others.
create or replace view codebase.hotspots as
select h.organization_id, h.codebase_id, h.codebase, h.path, h.commits, h.authors, h.last_changed_at, coalesce(m.code_lines, b.code_lines) as code_lines,
       m.cognitive_complexity, h.commits * m.cognitive_complexity as score
from codebase.file_churn h
join codebase.files f on f.organization_id = h.organization_id and f.codebase_id = h.codebase_id and f.path = h.path and f.last_run is null
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
left join codebase.blob_metrics m on m.organization_id = f.organization_id and m.blob_id = f.blob_id and m.ordinal = -1
where h.commits > 0;
select base.tenant_view('codebase.hotspots');
comment on view codebase.hotspots is 'Files by commits times cognitive complexity: where complicated code is changed often';

create or replace view codebase.quality_scores as
select r.organization_id, r.codebase_id, c.name as codebase, r.number as run_number, r.commit_id, r.finished_at, q.scope,
       sum(q.points * q.weight) / sum(q.weight) as score,
       string_agg(format('%s: %s = %s points, weight %s', q.part, q.formula, round(q.points::numeric, 1), q.weight), E'\n' order by q.part) as formula
from codebase.analysis_runs r
join codebase.codebases c on c.organization_id = r.organization_id and c.id = r.codebase_id
join codebase.quality_parts q on q.organization_id = r.organization_id and q.run_id = r.id
where r.state = 'completed'
group by r.organization_id, r.codebase_id, c.name, r.number, r.commit_id, r.finished_at, q.scope;
select base.tenant_view('codebase.quality_scores');
comment on view codebase.quality_scores is 'The quality score of each completed run, 0 to 100: the weighted mean of its parts, which formula lists';

create or replace view codebase.duplicate_code as
select d.organization_id, d.codebase_id, c.name as codebase, d.digest, d.path, d.start_line, d.end_line, d.tokens,
       count(*) over (partition by d.organization_id, d.codebase_id, d.digest) as places, d.clone_type, d.first_run
from codebase.duplicates d
join codebase.codebases c on c.organization_id = d.organization_id and c.id = d.codebase_id
where d.last_run is null;
select base.tenant_view('codebase.duplicate_code');
comment on view codebase.duplicate_code is 'Stretches of code that stand in several places';

create or replace view codebase.file_duplication as
select d.organization_id, d.codebase_id, c.name as codebase, d.path, l.duplicated_lines, b.lines, l.duplicated_lines::double precision / nullif(b.lines, 0) as share
from (select u.organization_id, u.codebase_id, u.path, range_agg(int4range(u.start_line, u.end_line + 1)) as ranges
      from codebase.duplicates u where u.last_run is null group by u.organization_id, u.codebase_id, u.path) d
cross join lateral (select sum(upper(r.lines) - lower(r.lines)) as duplicated_lines from unnest(d.ranges) as r (lines)) l
join codebase.codebases c on c.organization_id = d.organization_id and c.id = d.codebase_id
join codebase.files f on f.organization_id = d.organization_id and f.codebase_id = d.codebase_id and f.path = d.path and f.last_run is null
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id;
select base.tenant_view('codebase.file_duplication');
comment on view codebase.file_duplication is 'How many lines of each file stand elsewhere, too; each counts once';

create or replace view codebase.code_issues as
select i.organization_id, i.codebase_id, c.name as codebase, i.rule_id, u.category, i.severity,
       case when i.last_run is not null then 'fixed' when p.id is not null then 'suppressed' else 'open' end as state,
       i.path, i.start_line, i.start_column, i.end_line, i.end_column, i.message, i.effort_minutes, i.symbol_id, i.related, i.fingerprint, i.first_run, i.last_run,
       p.reason as suppression_reason, p.justification, p.suppressed_by, p.suppressed_at, p.expires_at,
       p.kind as suppression_kind, i.start_character, i.end_character, i.moved_fingerprint
from codebase.issues i
join codebase.codebases c on c.organization_id = i.organization_id and c.id = i.codebase_id
join codebase.rules u on u.organization_id = i.organization_id and u.id = i.rule_id
left join codebase.issue_suppressions p
    on p.organization_id = i.organization_id and p.codebase_id = i.codebase_id and p.fingerprint = i.fingerprint
   and p.revoked_at is null and (p.expires_at is null or p.expires_at > now());
select base.tenant_view('codebase.code_issues');
comment on view codebase.code_issues is 'What checks found and what became of it: open, fixed, or suppressed by whom and why';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('query_rules', $gsdb_file$-- What the query of a rule may be. It stands as the temporary view query_rule when these are asked: so it is one SELECT that changes nothing, and
-- the catalog has it parsed. It may read tables and views of this schema, which show the rows of the organization, and call what computes and
-- nothing else: a volatile function could name another organization (set_config) or run a text (query_to_xml).

create or replace function codebase.query_rule_problem() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    view_id constant oid := to_regclass('pg_temp.query_rule');
    tree text;
    name text;
begin
    select w.ev_action::text into tree from pg_catalog.pg_rewrite w where w.ev_class = view_id;
    if tree is null then
        return 'it is no view';
    end if;
    select c.oid::regclass::text into name
    from regexp_matches(tree, ':relid (\d+)', 'g') m
    join pg_catalog.pg_class c on c.oid = m[1]::oid
    where c.oid <> view_id and c.relnamespace <> 'codebase'::regnamespace
    limit 1;
    if found then
        return format('it reads %s, which is not of the schema codebase', name);
    end if;
    select p.oid::regprocedure::text into name
    from (select m[1]::oid as id from regexp_matches(tree, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') m
          union select o.oprcode from regexp_matches(tree, ':opno (\d+)', 'g') m join pg_catalog.pg_operator o on o.oid = m[1]::oid) called
    join pg_catalog.pg_proc p on p.oid = called.id
    where p.provolatile = 'v' or p.prosecdef or p.pronamespace not in ('pg_catalog'::regnamespace, 'codebase'::regnamespace)
       or (p.pronamespace = 'pg_catalog'::regnamespace and (p.proname like 'pg\_%' or p.proname like '%\_to\_xml%'))
    limit 1;
    if found then
        return format('it calls %s, which does more than compute', name);
    end if;
    return null;
end $$;
comment on function codebase.query_rule_problem() is 'Why the query of a rule, the temporary view query_rule, may not be run; null when it may';

create or replace function codebase.query_rule_columns() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = to_regclass('pg_temp.query_rule') and a.attnum > 0 order by a.attnum);
end $$;
comment on function codebase.query_rule_columns() is 'The columns of the query of a rule, the temporary view query_rule';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('codebase');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('relationships', $gsdb_file$-- How the linker brings in what it found, by way of temporary tables as in staging.sql. Staged are the files whose links
-- came out other than before (staged_files_resolved; without a row in staged_resolutions they are gone). Of those, rows
-- that came out as before stand, others end with the run before.

create or replace procedure codebase.begin_linking()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_symbols (
        id bigint, origin codebase.symbol_origin, codebase_id uuid, path text, ecosystem text, package text, language text,
        kind codebase.element_kind, qualified_name text, overload integer) on commit drop;
    create temporary table staged_sources (id bigint) on commit drop;
    create temporary table staged_relationships (
        source_id bigint, target_id bigint, ordinal integer, kind codebase.relationship_kind, method codebase.resolution_method,
        confidence real, line_offset integer, "column" integer, length_bytes integer) on commit drop;
    create temporary table staged_resolutions (
        path text, blob_id uuid, digest uuid, unresolved_ordinals integer[], unresolved_codes smallint[]) on commit drop;
    create temporary table staged_files_resolved (path text) on commit drop;
end $$;
comment on procedure codebase.begin_linking() is 'Makes the temporary tables of the linker; they go with its transaction';

create or replace function codebase.merge_symbols(organization uuid) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_symbols integer;
    collision record;
begin
    insert into codebase.symbols (organization_id, id, origin, codebase_id, path, ecosystem, package, language, kind, qualified_name, overload)
    select organization, s.id, s.origin, s.codebase_id, s.path, s.ecosystem, s.package, s.language, s.kind, s.qualified_name, s.overload
    from pg_temp.staged_symbols s
    on conflict do nothing;
    get diagnostics new_symbols = row_count;
    select s.qualified_name as staged, k.qualified_name as known, s.id into collision
    from pg_temp.staged_symbols s
    join codebase.symbols k on k.organization_id = organization and k.id = s.id
    where (s.origin, s.codebase_id, s.path, s.ecosystem, s.package, s.kind, s.qualified_name, s.overload) is distinct from
          (k.origin, k.codebase_id, k.path, k.ecosystem, k.package, k.kind, k.qualified_name, k.overload)
    limit 1;
    if found then
        raise exception using errcode = 'GS502', message = format('symbols %s and %s have the same id %s', collision.staged, collision.known, collision.id),
            hint = 'Report it; until then rename one of the two.';
    end if;
    truncate pg_temp.staged_symbols;
    return new_symbols;
end $$;
comment on function codebase.merge_symbols(uuid) is 'Adds the staged symbols that are new and empties the staging; returns their number';

-- The rows of a source are looked for source by source, and only then whether they still hold (`offset 0`): the planner knows nothing
-- of tables that were filled just now, and would read all relationships that hold to find those of one file. What nothing was known of
-- need not be looked for.
create or replace function codebase.merge_relationships(organization uuid, run_number integer, is_first boolean default false) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
begin
    if not is_first then
        analyze pg_temp.staged_sources;
        create temporary table standing_relationships on commit drop as
        select c.source_id, c.ordinal, c.first_run,
               exists (select from pg_temp.staged_relationships n
                       where n.source_id = c.source_id and n.ordinal = c.ordinal and n.target_id = c.target_id and n.kind = c.kind and n.method = c.method
                         and n.confidence = c.confidence and n.line_offset = c.line_offset and n."column" = c."column" and n.length_bytes = c.length_bytes) as stands
        from pg_temp.staged_sources s
        cross join lateral (select * from codebase.relationships w where w.organization_id = organization and w.source_id = s.id offset 0) c
        where c.last_run is null;
        update codebase.relationships as r set last_run = run_number - 1
        from pg_temp.standing_relationships g
        where not g.stands and r.organization_id = organization and r.source_id = g.source_id and r.ordinal = g.ordinal and r.first_run = g.first_run;
        delete from pg_temp.staged_relationships n
        using pg_temp.standing_relationships t
        where t.stands and n.source_id = t.source_id and n.ordinal = t.ordinal;
        drop table pg_temp.standing_relationships;
    end if;
    -- In the order of the key, so that its pages fill up.
    insert into codebase.relationships (organization_id, source_id, target_id, ordinal, first_run, kind, method, confidence, line_offset, "column", length_bytes)
    select organization, n.source_id, n.target_id, n.ordinal, run_number, n.kind, n.method, n.confidence, n.line_offset, n."column", n.length_bytes
    from pg_temp.staged_relationships n
    order by n.source_id, n.ordinal;
    get diagnostics new_rows = row_count;
    truncate pg_temp.staged_sources, pg_temp.staged_relationships;
    return new_rows;
end $$;
comment on function codebase.merge_relationships(uuid, integer, boolean) is
    'Brings the relationships of the staged sources to what is staged, as of this run, and empties the staging; returns the number of new rows. is_first: the sources had none before';

create or replace procedure codebase.merge_resolutions(organization uuid, codebase uuid, run_number integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update codebase.file_resolutions as r set last_run = run_number - 1
    from pg_temp.staged_files_resolved s
    where r.organization_id = organization and r.codebase_id = codebase and r.path = s.path and r.last_run is null
      and not exists (
          select from pg_temp.staged_resolutions n
          where n.path = r.path and n.blob_id = r.blob_id and n.digest = r.digest
            and n.unresolved_ordinals = r.unresolved_ordinals and n.unresolved_codes = r.unresolved_codes);
    insert into codebase.file_resolutions (organization_id, codebase_id, path, first_run, blob_id, digest,
        unresolved_ordinals, unresolved_codes)
    select organization, codebase, n.path, run_number, n.blob_id, n.digest, n.unresolved_ordinals, n.unresolved_codes
    from pg_temp.staged_resolutions n
    where not exists (
        select from codebase.file_resolutions r
        where r.organization_id = organization and r.codebase_id = codebase and r.path = n.path and r.last_run is null);
    truncate pg_temp.staged_files_resolved, pg_temp.staged_resolutions;
end $$;
comment on procedure codebase.merge_resolutions(uuid, uuid, integer) is
    'Brings the resolutions of the staged files to what is staged, as of this run, and empties the staging';

-- The sources are all that the staged files define or defined: what is no longer there has no relationships any more.
create or replace function codebase.merge_links(organization uuid, codebase uuid, run_number integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_rows integer;
    is_first constant boolean := not exists (select from codebase.file_resolutions r where r.organization_id = organization and r.codebase_id = codebase);
begin
    perform codebase.merge_symbols(organization);
    if not is_first then
        analyze pg_temp.staged_files_resolved;
        insert into pg_temp.staged_sources
        select s.id
        from pg_temp.staged_files_resolved f
        join codebase.symbols s on s.organization_id = organization and s.codebase_id = codebase and s.path = f.path;
    end if;
    new_rows := codebase.merge_relationships(organization, run_number, is_first);
    call codebase.merge_resolutions(organization, codebase, run_number);
    return new_rows;
end $$;
comment on function codebase.merge_links(uuid, uuid, integer) is
    'Brings symbols, relationships and resolutions of the staged files to what is staged, as of this run; returns the number of new relationships';

-- Relationships carry no codebase and symbols have no foreign key to it, so they go first.
create or replace procedure codebase.delete_codebase(organization uuid, codebase uuid)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    delete from codebase.relationships r
    using codebase.symbols s
    where s.organization_id = organization and s.codebase_id = codebase
      and r.organization_id = organization and r.source_id = s.id;
    delete from codebase.symbols s where s.organization_id = organization and s.codebase_id = codebase;
    delete from codebase.codebases c where c.organization_id = organization and c.id = codebase;
    if not found then
        raise exception using errcode = 'GS503', message = format('there is no codebase %s', codebase), hint = 'Look for it in codebase.codebases.';
    end if;
end $$;
comment on procedure codebase.delete_codebase(uuid, uuid) is
    'Deletes a codebase with its runs, files and relationships; contents stay, because other codebases may have them';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('search', $gsdb_file$-- Searching by a part of a name. With the owner's rights, because row-level security keeps the login role from using an index by
-- operators that are not leakproof; it shows the names of the transaction's organization alone.

-- How well a name fits: 0 it is the text, 1 whatever the case, 2 begins with it, 3 a word in it does, 4 contains it; above 4 it is only alike.
create or replace function codebase.names_like(text text, codebase uuid default null, names_max integer default 100)
    returns table (codebase_id uuid, name text, rank real)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
    lowered constant text := lower(names_like.text collate "C");
    pattern constant text := '%' || replace(replace(replace(lowered, '\', '\\'), '%', '\%'), '_', '\_') || '%';
    -- Where the extension was created.
    place constant name := (select s.nspname from pg_extension e join pg_namespace s on s.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
    if names_like.text = '' then
        return;
    end if;
    return query
    select n.codebase_id, n.name,
           case when n.name = names_like.text then 0
                when lower(n.name) = lowered then 1
                when starts_with(lower(n.name), lowered) then 2
                when substr(n.name, greatest(strpos(lower(n.name), lowered) - 1, 1), 2) ~ '^([^[:alnum:]]|[[:lower:][:digit:]][[:upper:]])' then 3
                else 4 end::real as fit
    from codebase.names n
    where n.organization_id = organization and (names_like.codebase is null or n.codebase_id = names_like.codebase)
      and lower(n.name) like pattern
    order by fit, length(n.name), n.name, n.codebase_id
    limit names_max;
    if found then
        return;
    end if;
    return query execute format(
        'select n.codebase_id, n.name, (5 - %1$I.similarity(lower(n.name), $2))::real as fit
         from codebase.names n
         where n.organization_id = $1 and ($3 is null or n.codebase_id = $3) and lower(n.name) operator(%1$I.%%) $2
         order by fit, n.name, n.codebase_id limit $4', place)
    using organization, lowered, names_like.codebase, names_max;
end $$;
comment on function codebase.names_like(text, uuid, integer) is
    'Names of elements with a text in them, whatever the case; where there are none, names that are alike (pg_trgm). rank: 0 the text itself, 1 whatever the case, 2 begins with it, 3 a word of it does, 4 contains it, above 4 alike; the best first';
revoke execute on function codebase.names_like(text, uuid, integer) from public;
grant execute on function codebase.names_like(text, uuid, integer) to codebase_user;

-- What signatures and documentation say. The words are looked for as PostgreSQL's text search knows them (their stems), in what has the
-- stems' first letters: that is cheap, and leaves few to be read word by word.
create or replace function codebase.elements_saying(words text, codebase uuid default null, rows_max integer default 100)
    returns table (codebase_id uuid, path text, ordinal integer, rank real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant tsquery := websearch_to_tsquery('english', words);
    beginnings constant text[] := array(
        select left(lexeme, greatest(length(lexeme) - 1, 2))
        from unnest(tsvector_to_array(to_tsvector('english', words))) as lexeme
        order by length(lexeme) desc);
    -- With "or" and "-" not every word need be there.
    is_plain constant boolean := words !~* '(\mor\M|(^|\s)-)' and cardinality(beginnings) > 0;
begin
    return query
    select c.codebase_id, c.path, c.ordinal, ts_rank_cd(to_tsvector('english', c.said), wanted) as weight
    from (select f.codebase_id, f.path, e.ordinal, concat_ws(' ', e.name, e.signature, e.documentation) as said
          from codebase.files f
          join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
          where f.last_run is null and (elements_saying.codebase is null or f.codebase_id = elements_saying.codebase)) c
    where (not is_plain or strpos(lower(c.said), beginnings[1]) > 0)
      and to_tsvector('english', c.said) @@ wanted
    order by weight desc, c.path, c.ordinal
    limit rows_max;
end $$;
comment on function codebase.elements_saying(text, uuid, integer) is
    'Current elements whose name, signature or documentation says words, as websearch_to_tsquery() reads them (English stems); the best (ts_rank_cd) first';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('snapshots', $gsdb_file$-- Snapshots: named by what they hold.

create or replace function codebase.content_uuid(content bytea) returns uuid
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    digest constant bytea := substr(sha256(content), 1, 16);
begin
    return encode(set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128), 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid;
end $$;
comment on function codebase.content_uuid(bytea) is 'Version 8 UUID of bytes: the first of their SHA-256';

-- What stands at a path for good or ill: its mode and content, or why it has none.
create or replace function codebase.files_digest(organization uuid, codebase uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    listing text;
begin
    select string_agg(concat_ws(' ', f.mode, coalesce(f.git_id, f.blob_id::text, f.skip_reason::text), f.path), E'\n' order by f.path) into listing
    from codebase.files f
    where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null;
    return codebase.content_uuid(convert_to(concat_ws(E'\n', codebase, listing), 'UTF8'));
end $$;
comment on function codebase.files_digest(uuid, uuid) is 'Version 8 UUID of the current paths, modes and contents of a codebase';

create or replace function codebase.take_snapshot(organization uuid, run uuid) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    pass codebase.analysis_runs;
    snapshot uuid;
begin
    select r.* into pass from codebase.analysis_runs r where r.organization_id = organization and r.id = run and r.state = 'completed';
    if not found then
        raise exception using errcode = 'GS501', message = format('run %s is not completed', run),
            hint = 'Complete the run first, in the same transaction.';
    end if;
    snapshot := codebase.files_digest(organization, pass.codebase_id);
    insert into codebase.snapshots (organization_id, id, codebase_id, files, files_skipped, size_bytes, first_run)
    select organization, snapshot, pass.codebase_id, count(*), count(*) filter (where f.skip_reason is not null), coalesce(sum(f.size_bytes), 0), pass.number
    from codebase.files f
    where f.organization_id = organization and f.codebase_id = pass.codebase_id and f.last_run is null
    on conflict on constraint snapshots_pkey do nothing;
    update codebase.analysis_runs as r set snapshot_id = snapshot where r.organization_id = organization and r.id = run;
    return snapshot;
end $$;
comment on function codebase.take_snapshot(uuid, uuid) is 'Notes what the files were in the run that has just been completed; returns the snapshot, new or known';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('staging', $gsdb_file$-- How an index run brings its facts in. COPY into tables with row-level security is refused by PostgreSQL, so rows are
-- copied into temporary tables of the run's transaction and merged from there, set by set, in batches.

create or replace procedure codebase.begin_staging()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_blobs (
        id uuid, git_id text, language text, analyser_version text, parse_status codebase.parse_status,
        size_bytes integer, lines integer, code_lines integer, comment_lines integer, blank_lines integer,
        error_count integer, error_bytes integer, element_count integer, import_count integer,
        reference_count integer) on commit drop;
    create temporary table staged_elements (
        blob_id uuid, ordinal integer, parent_ordinal integer, kind codebase.element_kind, name text, qualified_name text,
        owner text, overload integer, flags integer, start_line integer, start_column integer, end_line integer,
        end_column integer, start_byte integer, end_byte integer, name_line integer, name_column integer,
        parameter_count integer, signature text, documentation text) on commit drop;
    create temporary table staged_imports (
        blob_id uuid, ordinal integer, kind codebase.import_kind, module text, name text, alias text,
        is_relative boolean, is_system boolean, is_type_only boolean, is_reexported boolean, element_ordinal integer, line integer,
        "column" integer) on commit drop;
    create temporary table staged_references (
        blob_id uuid, names text[], name_indexes integer[], receiver_indexes integer[], kind_codes smallint[],
        elements integer[], lines integer[], columns integer[], argument_counts smallint[]) on commit drop;
    create temporary table staged_flows (blob_id uuid, flow bytea) on commit drop;
    create temporary table staged_metrics (
        blob_id uuid, ordinal integer, lines integer, code_lines integer, logical_lines integer, comment_lines integer,
        cyclomatic_complexity integer, cognitive_complexity integer, nesting_max integer, parameters integer,
        operators_distinct integer, operands_distinct integer, operators_total integer, operands_total integer,
        documentable integer, documented integer, annotatable integer, annotated integer, cohesion_groups integer) on commit drop;
    create temporary table staged_findings (
        blob_id uuid, ordinal integer, rule_id text, element_ordinal integer, start_line integer, start_column integer,
        end_line integer, end_column integer, start_character integer, end_character integer, message text, source text) on commit drop;
    create temporary table staged_directives (
        blob_id uuid, ordinal integer, first_line integer, last_line integer, rules text[], justification text) on commit drop;
    create temporary table staged_tokens (blob_id uuid, fingerprints bytea, tokens bytea) on commit drop;
    create temporary table staged_files (
        path text, is_removed boolean, mode codebase.file_mode, git_id text, blob_id uuid, size_bytes bigint,
        language text, skip_reason codebase.skip_reason, skip_evidence text) on commit drop;
    create temporary table staged_new_blobs (id uuid) on commit drop;
end $$;
comment on procedure codebase.begin_staging() is 'Makes the temporary tables of an index run; they go with its transaction';

create or replace function codebase.merge_facts(organization uuid) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_blobs integer;
begin
    -- Another run may have brought the same content meanwhile: its facts stand, ours are dropped.
    with inserted as (
        insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines,
                                    code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count)
        select organization, id, git_id, language, analyser_version, parse_status, size_bytes, lines,
               code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count
        from pg_temp.staged_blobs order by id
        on conflict do nothing
        returning id)
    insert into pg_temp.staged_new_blobs select id from inserted;
    get diagnostics new_blobs = row_count;
    if new_blobs < (select count(*) from pg_temp.staged_blobs) then
        delete from pg_temp.staged_elements where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_imports where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_references where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_flows where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_metrics where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_findings where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_directives where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_tokens where blob_id not in (select id from pg_temp.staged_new_blobs);
    end if;

    insert into codebase.blob_elements (organization_id, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, owner, overload, flags, start_line,
        start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
    select organization, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, owner, overload, flags, start_line,
        start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation
    from pg_temp.staged_elements;
    insert into codebase.blob_imports (organization_id, blob_id, ordinal, kind, module, name, alias, is_relative, is_system, is_type_only,
        is_reexported, element_ordinal, line, "column")
    select organization, blob_id, ordinal, kind, module, name, alias, is_relative, is_system, is_type_only,
        is_reexported, element_ordinal, line, "column"
    from pg_temp.staged_imports;
    insert into codebase.blob_references (organization_id, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines,
        columns, argument_counts)
    select organization, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines, columns, argument_counts
    from pg_temp.staged_references;
    insert into codebase.blob_flows (organization_id, blob_id, flow) select organization, blob_id, flow from pg_temp.staged_flows;
    insert into codebase.blob_metrics (organization_id, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity,
        cognitive_complexity, nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total, documentable,
        documented, annotatable, annotated, cohesion_groups)
    select organization, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity,
        cognitive_complexity, nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total, documentable,
        documented, annotatable, annotated, cohesion_groups
    from pg_temp.staged_metrics;
    insert into codebase.blob_findings (organization_id, blob_id, ordinal, rule_id, element_ordinal, start_line, start_column, end_line, end_column,
        start_character, end_character, message, source)
    select organization, blob_id, ordinal, rule_id, element_ordinal, start_line, start_column, end_line, end_column,
        start_character, end_character, message, source
    from pg_temp.staged_findings;
    insert into codebase.blob_directives (organization_id, blob_id, ordinal, first_line, last_line, rules, justification)
    select organization, blob_id, ordinal, first_line, last_line, rules, justification from pg_temp.staged_directives;
    insert into codebase.blob_tokens (organization_id, blob_id, fingerprints, tokens)
    select organization, blob_id, fingerprints, tokens from pg_temp.staged_tokens;
    truncate pg_temp.staged_blobs, pg_temp.staged_elements, pg_temp.staged_imports, pg_temp.staged_references, pg_temp.staged_flows,
        pg_temp.staged_metrics, pg_temp.staged_findings, pg_temp.staged_directives, pg_temp.staged_tokens, pg_temp.staged_new_blobs;
    return new_blobs;
end $$;
comment on function codebase.merge_facts(uuid) is 'Moves the staged facts into the tables of facts and empties the staging; returns the number of new blobs';

create or replace procedure codebase.merge_files(organization uuid, codebase uuid, run_number integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update codebase.files as f set last_run = run_number - 1
    from pg_temp.staged_files s
    where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null and f.path = s.path;
    insert into codebase.files (organization_id, codebase_id, path, first_run, mode, git_id, blob_id, size_bytes, language,
        skip_reason, skip_evidence)
    select organization, codebase, path, run_number, mode, git_id, blob_id, size_bytes, language, skip_reason, skip_evidence
    from pg_temp.staged_files where not is_removed;
    insert into codebase.names (organization_id, codebase_id, name)
    select distinct organization, merge_files.codebase, e.name
    from pg_temp.staged_files s
    join codebase.blob_elements e on e.organization_id = organization and e.blob_id = s.blob_id
    where not s.is_removed
    on conflict do nothing;
end $$;
comment on procedure codebase.merge_files(uuid, uuid, integer) is 'Ends the rows of the staged paths with the run before and begins their new ones with this run; names that are new to the codebase become known to search';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('statistics', $gsdb_file$-- What the planner should know of the tables that index runs fill. In the transaction of the run, whose rows are not
-- seen from elsewhere.

create or replace procedure codebase.analyze_grown_tables()
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    few_pages constant integer := 8;
    grown regclass;
begin
    for grown in
        select c.oid
        from pg_class c
        where c.relnamespace = 'codebase'::regnamespace and c.relkind = 'r'
          and pg_relation_size(c.oid) / current_setting('block_size')::integer > few_pages + 1.5 * c.relpages
        order by c.oid
    loop
        execute format('analyze (skip_locked) %s', grown);
    end loop;
end $$;
comment on procedure codebase.analyze_grown_tables() is
    'Analyzes the tables of the code graph that are half as large again as when they were vacuumed or analyzed the last time, unless somebody else does';
revoke execute on procedure codebase.analyze_grown_tables() from public;
grant execute on procedure codebase.analyze_grown_tables() to codebase_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('symbols', $gsdb_file$-- The ids of symbols. `scope` is the codebase's id, the ecosystem and package joined by a colon, or the language.
-- A NUL byte stands between the parts, because it stands in none of them.
create or replace function codebase.symbol_id(scope text, path text, kind codebase.element_kind, qualified_name text, overload integer default 0)
    returns bigint
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    separator constant bytea := '\x00'::bytea;
    name constant bytea := convert_to(scope, 'UTF8') || separator || convert_to(coalesce(path, ''), 'UTF8') || separator ||
        convert_to(coalesce(kind::text, ''), 'UTF8') || separator || convert_to(qualified_name, 'UTF8') || separator || convert_to(overload::text, 'UTF8');
begin
    return ('x' || encode(substr(sha256(name), 1, 8), 'hex'))::bit(64)::bigint;
end $$;
comment on function codebase.symbol_id(text, text, codebase.element_kind, text, integer) is
    'Id of a symbol: the first eight bytes of the SHA-256 of its scope, path, kind, name and overload';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- The documented views of the codebase module (docs/reference/sql.md). Those without "history" in their name show the
-- newest complete run of every codebase.

create or replace view codebase.file_analysis as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.mode, f.language, b.parse_status, b.error_count, b.error_bytes,
       f.size_bytes, b.lines, b.code_lines, b.comment_lines, b.blank_lines, b.element_count, b.import_count, b.reference_count,
       f.git_id, f.blob_id, f.first_run
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.file_analysis');
comment on view codebase.file_analysis is 'The analysed files of the newest complete run of each codebase';

create or replace view codebase.skipped_files as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.mode, f.language, f.size_bytes, f.skip_reason, f.skip_evidence, f.first_run
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
where f.last_run is null and f.skip_reason is not null;
select base.tenant_view('codebase.skipped_files');
comment on view codebase.skipped_files is 'The files that were listed but not analysed, and why';

create or replace view codebase.code_elements as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, e.ordinal, e.parent_ordinal, e.kind, e.name, e.qualified_name,
       e.owner, e.overload, codebase.element_flags(e.flags) as flags, e.start_line, e.start_column, e.end_line, e.end_column,
       e.start_byte, e.end_byte, e.name_line, e.name_column, e.parameter_count,
       e.signature, e.documentation, f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.code_elements');
comment on view codebase.code_elements is 'Functions, classes, types and variables of the newest complete run of each codebase';

create or replace view codebase.imports as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, i.ordinal, i.kind, i.module, i.name, i.alias, i.is_relative,
       i.is_system, i.is_type_only, i.is_reexported, i.element_ordinal, i.line, i."column", f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_imports i on i.organization_id = f.organization_id and i.blob_id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.imports');
comment on view codebase.imports is 'What the files of the newest complete run of each codebase import, include, use or re-export';

create or replace view codebase.raw_references as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, r.ordinal::integer as ordinal,
       (enum_range(null::codebase.reference_kind))[r.kind_code + 1] as kind,
       b.names[r.name_index + 1] as name, nullif(b.names[r.receiver_index + 1], '') as receiver, nullif(r.element_ordinal, -1) as element_ordinal,
       nullif(r.argument_count, -1::smallint) as argument_count,
       r.line, r."column", f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_references b on b.organization_id = f.organization_id and b.blob_id = f.blob_id
cross join lateral unnest(b.kind_codes, b.name_indexes, b.receiver_indexes, b.elements, b.argument_counts, b.lines, b.columns)
    with ordinality as r (kind_code, name_index, receiver_index, element_ordinal, argument_count, line, "column", ordinal)
where f.last_run is null;
select base.tenant_view('codebase.raw_references');
comment on view codebase.raw_references is 'Calls, type uses and other mentions as written, not yet resolved to what they mean';

create or replace view codebase.file_history as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.first_run, f.last_run, started.started_at as first_seen_at,
       started.commit_id as first_commit_id, f.git_id, f.blob_id, f.size_bytes, f.language, f.skip_reason
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.analysis_runs started
    on started.organization_id = f.organization_id and started.codebase_id = f.codebase_id and started.number = f.first_run;
select base.tenant_view('codebase.file_history');
comment on view codebase.file_history is 'Every content a path has had, from which run to which';
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_codebases', 'plain', '5000ms', 1, 2299, 2321, 65, $gsdb_file$-- A codebase is a Git repository or a plain folder whose code is indexed. What was found in it is kept per run.

create type codebase.codebase_kind as enum ('work_tree', 'bare', 'folder');

create table codebase.codebases (
    organization_id uuid not null,
    id              uuid not null,
    name            text not null,
    kind            codebase.codebase_kind not null,
    location        text not null,
    remote_url      text,
    repository_id   uuid,
    last_run_number integer not null default 0,
    current_run_id  uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint codebases_pkey primary key (organization_id, id),
    constraint codebases_name_is_unique unique (organization_id, name),
    constraint codebases_location_is_unique unique (organization_id, location),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint run_numbers_do_not_go_below_zero check (last_run_number >= 0)
);
select base.tenant_table('codebase.codebases');

comment on table codebase.codebases is 'Git repositories and plain folders whose code is indexed';
comment on column codebase.codebases.organization_id is 'Tenant that owns the row';
comment on column codebase.codebases.id is 'Version 7 UUID';
comment on column codebase.codebases.name is 'Short name for people, unique in the organization';
comment on column codebase.codebases.kind is 'work_tree: Git with files checked out; bare: Git without; folder: no Git';
comment on column codebase.codebases.location is 'Canonical absolute path, or the URL it was cloned from';
comment on column codebase.codebases.remote_url is 'URL of the Git remote named origin, without credentials';
comment on column codebase.codebases.repository_id is 'Id of the repository in projects.repositories (another database; checked by data_integrity_checks())';
comment on column codebase.codebases.last_run_number is 'Number given to the newest run, complete or not';
comment on column codebase.codebases.current_run_id is 'The newest complete run: what the views without "history" in their name show';
comment on column codebase.codebases.created_at is 'When the row was made';
comment on column codebase.codebases.updated_at is 'When the row last changed';

-- migrate: rollback
drop table codebase.codebases;
drop type codebase.codebase_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_analysis_runs', 'plain', '5000ms', 1, 4625, 4647, 65, $gsdb_file$-- A run is one pass over a codebase. Runs are numbered per codebase and never overwrite each other: facts hang on
-- content (0003), and files say from which run to which run they held (0004).

create type codebase.run_state as enum ('running', 'completed', 'failed', 'cancelled', 'abandoned');

create table codebase.analysis_runs (
    organization_id  uuid not null,
    id               uuid not null,
    codebase_id      uuid not null,
    number           integer not null,
    state            codebase.run_state not null default 'running',
    analyser_version text not null,
    commit_id        text,
    branch           text,
    is_dirty         boolean not null default false,
    files_seen       integer,
    files_parsed     integer,
    files_reused     integer,
    files_skipped    integer,
    files_removed    integer,
    bytes_seen       bigint,
    bytes_parsed     bigint,
    lines_seen       bigint,
    elements_seen    bigint,
    started_at       timestamptz not null default now(),
    finished_at      timestamptz,
    error_code       text,
    error_message    text,
    constraint analysis_runs_pkey primary key (organization_id, id),
    constraint run_number_is_unique unique (organization_id, codebase_id, number),
    constraint run_number_is_positive check (number > 0),
    constraint ended_run_says_when check ((state = 'running') = (finished_at is null)),
    constraint failed_run_says_why check (state <> 'failed' or (error_code is not null and error_message is not null)),
    constraint completed_run_has_its_counts check (state <> 'completed' or
        (files_seen is not null and files_parsed is not null and files_reused is not null and files_skipped is not null and
         files_removed is not null and bytes_seen is not null and bytes_parsed is not null and lines_seen is not null and
         elements_seen is not null)),
    constraint every_file_seen_is_accounted_for check (files_seen = files_parsed + files_reused + files_skipped)
);
select base.tenant_table('codebase.analysis_runs');
alter table codebase.analysis_runs
    add constraint run_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.analysis_runs is 'One pass over a codebase each: what was seen, when, and how it ended';
comment on column codebase.analysis_runs.organization_id is 'Tenant that owns the row';
comment on column codebase.analysis_runs.id is 'Version 7 UUID';
comment on column codebase.analysis_runs.codebase_id is 'The codebase that was passed over';
comment on column codebase.analysis_runs.number is 'Counts 1, 2, 3 within the codebase';
comment on column codebase.analysis_runs.state is 'abandoned: its process ended without a word (found by the next run)';
comment on column codebase.analysis_runs.analyser_version is 'Version of the extraction; other versions parse the same content again';
comment on column codebase.analysis_runs.commit_id is 'Git commit that was checked out or asked for, in hexadecimal; null without Git or before the first commit';
comment on column codebase.analysis_runs.branch is 'Git branch, null when detached or without Git';
comment on column codebase.analysis_runs.is_dirty is 'The files differed from the commit';
comment on column codebase.analysis_runs.files_seen is 'Files listed, skipped ones included';
comment on column codebase.analysis_runs.files_parsed is 'Files whose content was not known and was read in this run';
comment on column codebase.analysis_runs.files_reused is 'Files whose content was known from an earlier run';
comment on column codebase.analysis_runs.files_skipped is 'Files listed but not analysed; codebase.skipped_files says why';
comment on column codebase.analysis_runs.files_removed is 'Paths of the run before that are no longer there';
comment on column codebase.analysis_runs.bytes_seen is 'Size of the files parsed and reused, in bytes';
comment on column codebase.analysis_runs.bytes_parsed is 'Size of the files parsed, in bytes';
comment on column codebase.analysis_runs.lines_seen is 'Lines of the files parsed and reused';
comment on column codebase.analysis_runs.elements_seen is 'Elements of the files parsed and reused';
comment on column codebase.analysis_runs.started_at is 'When it began';
comment on column codebase.analysis_runs.finished_at is 'When it ended; for an abandoned run, when that was found';
comment on column codebase.analysis_runs.error_code is 'Stable code of the error that ended it';
comment on column codebase.analysis_runs.error_message is 'That error in words';

-- migrate: rollback
drop table codebase.analysis_runs;
drop type codebase.run_state;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_blobs_and_their_facts', 'plain', '5000ms', 1, 11786, 11808, 203, $gsdb_file$-- Facts hang on content, not on paths: a blob is parsed once per language and analyser version, on whatever branch,
-- commit or path it appears. Rows of these tables are never changed.
--
-- Raw references are one row a blob, as parallel arrays: they are ten times as many as elements, are read as a whole
-- when files are linked, and as rows of their own would cost most of the time of an index run. The view
-- codebase.raw_references spreads them.
--
-- blob_elements, blob_imports and blob_references have no foreign key to blobs: they are written in one statement
-- with it, by codebase.merge_facts() alone, and a key checked row by row costs a fifth of an index run.

create type codebase.parse_status as enum ('ok', 'has_errors', 'timed_out', 'too_large', 'too_deep', 'not_utf8', 'unparsed');
create type codebase.element_kind as enum (
    'module', 'package', 'namespace', 'class', 'struct', 'union', 'interface', 'trait', 'enum', 'enum_member', 'record',
    'annotation', 'type_alias', 'concept', 'implementation', 'function', 'method', 'constructor', 'destructor', 'property',
    'field', 'variable', 'constant', 'macro');
create type codebase.import_kind as enum (
    'import', 'from_import', 'wildcard', 'include', 'require', 'dynamic_import', 'use', 'submodule', 're_export', 're_export_all');
create type codebase.reference_kind as enum (
    'call', 'instantiate', 'type_use', 'inherit', 'implement', 'decorate', 'read', 'write', 'expand');

create table codebase.blobs (
    organization_id  uuid not null,
    id               uuid not null,
    git_id           text collate "C" not null,
    language         text not null,
    analyser_version text not null,
    parse_status     codebase.parse_status not null,
    size_bytes       integer not null,
    lines            integer not null,
    code_lines       integer not null,
    comment_lines    integer not null,
    blank_lines      integer not null,
    error_count      integer not null,
    error_bytes      integer not null,
    element_count    integer not null,
    import_count     integer not null,
    reference_count  integer not null,
    created_at       timestamptz not null default now(),
    constraint blobs_pkey primary key (organization_id, id),
    constraint sizes_are_not_negative check (size_bytes >= 0 and least(error_count, error_bytes) >= 0 and element_count >= 0 and import_count >= 0 and reference_count >= 0),
    constraint every_line_is_of_one_kind check (lines = code_lines + comment_lines + blank_lines and least(code_lines, comment_lines, blank_lines) >= 0)
);
select base.tenant_table('codebase.blobs');
create index blobs_by_content on codebase.blobs (organization_id, git_id);

create table codebase.blob_elements (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    parent_ordinal  integer,
    kind            codebase.element_kind not null,
    name            text collate "C" not null,
    qualified_name  text collate "C" not null,
    owner           text collate "C",
    overload        integer not null,
    flags           integer not null,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    start_byte      integer not null,
    end_byte        integer not null,
    name_line       integer not null,
    name_column     integer not null,
    parameter_count integer,
    signature       text not null,
    documentation   text,
    constraint blob_elements_pkey primary key (organization_id, blob_id, ordinal),
    constraint parent_comes_first check (parent_ordinal < ordinal),
    constraint span_does_not_run_backwards check ((start_line, start_column) <= (end_line, end_column) and start_byte <= end_byte)
);
select base.tenant_table('codebase.blob_elements');
create index blob_elements_by_name on codebase.blob_elements (organization_id, name);

create table codebase.blob_imports (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    kind            codebase.import_kind not null,
    module          text collate "C" not null,
    name            text collate "C",
    alias           text collate "C",
    is_relative     boolean not null,
    is_system       boolean not null,
    is_type_only    boolean not null,
    is_reexported   boolean not null,
    element_ordinal integer,
    line            integer not null,
    "column"        integer not null,
    constraint blob_imports_pkey primary key (organization_id, blob_id, ordinal)
);
select base.tenant_table('codebase.blob_imports');

create table codebase.blob_references (
    organization_id uuid not null,
    blob_id         uuid not null,
    names           text[] not null,
    name_indexes    integer[] not null,
    receiver_indexes integer[] not null,
    kind_codes      smallint[] not null,
    elements        integer[] not null,
    lines           integer[] not null,
    columns         integer[] not null,
    argument_counts smallint[] not null,
    constraint blob_references_pkey primary key (organization_id, blob_id),
    constraint arrays_are_parallel check (
        cardinality(name_indexes) = cardinality(receiver_indexes) and cardinality(name_indexes) = cardinality(kind_codes) and
        cardinality(name_indexes) = cardinality(elements) and cardinality(name_indexes) = cardinality(lines) and
        cardinality(name_indexes) = cardinality(columns) and cardinality(name_indexes) = cardinality(argument_counts))
);
select base.tenant_table('codebase.blob_references');

comment on table codebase.blobs is 'Contents that were analysed, each once per language and analyser version';
comment on column codebase.blobs.organization_id is 'Tenant that owns the row';
comment on column codebase.blobs.id is 'Version 8 UUID of the Git id, the language and the analyser version';
comment on column codebase.blobs.git_id is 'Git blob id of the content in hexadecimal (SHA-1 or SHA-256)';
comment on column codebase.blobs.language is 'Language it was analysed as';
comment on column codebase.blobs.analyser_version is 'Version of the extraction that made the facts';
comment on column codebase.blobs.parse_status is 'ok: all of it was understood; has_errors: the grammar met text it does not know, everything else is there; the others: line counts only, or less';
comment on column codebase.blobs.size_bytes is 'Size of the content, in bytes';
comment on column codebase.blobs.lines is 'Lines in all';
comment on column codebase.blobs.code_lines is 'Lines with code';
comment on column codebase.blobs.comment_lines is 'Lines with nothing but comment, docstrings included';
comment on column codebase.blobs.blank_lines is 'Lines of white space';
comment on column codebase.blobs.error_count is 'Stretches that the grammar did not know';
comment on column codebase.blobs.error_bytes is 'Length of those stretches, in bytes';
comment on column codebase.blobs.element_count is 'Rows in blob_elements';
comment on column codebase.blobs.import_count is 'Rows in blob_imports';
comment on column codebase.blobs.reference_count is 'Items in blob_references';
comment on column codebase.blobs.created_at is 'When it was first analysed';
comment on table codebase.blob_elements is 'Named things that a content defines or declares';
comment on column codebase.blob_elements.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_elements.blob_id is 'The content';
comment on column codebase.blob_elements.ordinal is 'Counts from 0 in the order in which elements start';
comment on column codebase.blob_elements.parent_ordinal is 'The element around it, null at the top';
comment on column codebase.blob_elements.kind is 'What it is';
comment on column codebase.blob_elements.name is 'Its own name';
comment on column codebase.blob_elements.qualified_name is 'Names from the outermost down, joined by dots';
comment on column codebase.blob_elements.owner is 'Type named by an out-of-line definition or a receiver: A::B of void A::B::f()';
comment on column codebase.blob_elements.overload is 'How many elements of this kind and qualified name came before it in the content';
comment on column codebase.blob_elements.flags is 'Bits; codebase.element_flags() names them';
comment on column codebase.blob_elements.start_line is 'Line of its first byte, from 1';
comment on column codebase.blob_elements.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.blob_elements.end_line is 'Line after its last byte';
comment on column codebase.blob_elements.end_column is 'Column after its last byte';
comment on column codebase.blob_elements.start_byte is 'Offset of its first byte';
comment on column codebase.blob_elements.end_byte is 'Offset after its last byte';
comment on column codebase.blob_elements.name_line is 'Line of its name';
comment on column codebase.blob_elements.name_column is 'Column of its name, in bytes from 1';
comment on column codebase.blob_elements.parameter_count is 'Parameters as written, null where it takes none by nature';
comment on column codebase.blob_elements.signature is 'Its header without the body, white space collapsed, at most 512 bytes';
comment on column codebase.blob_elements.documentation is 'Docstring or the comment before it, at most 2048 bytes';
comment on table codebase.blob_imports is 'What a content imports, includes, uses or re-exports, a name a row';
comment on column codebase.blob_imports.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_imports.blob_id is 'The content';
comment on column codebase.blob_imports.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_imports.kind is 'How it is brought in';
comment on column codebase.blob_imports.module is 'As written, without quotes';
comment on column codebase.blob_imports.name is 'The name taken from the module, null for the whole of it';
comment on column codebase.blob_imports.alias is 'The local name where it differs';
comment on column codebase.blob_imports.is_relative is 'The module is named relative to the file';
comment on column codebase.blob_imports.is_system is 'Written in angle brackets';
comment on column codebase.blob_imports.is_type_only is 'TypeScript import type';
comment on column codebase.blob_imports.is_reexported is 'Named in __all__';
comment on column codebase.blob_imports.element_ordinal is 'The element in which it stands, null at the top';
comment on column codebase.blob_imports.line is 'From 1';
comment on column codebase.blob_imports."column" is 'In bytes from 1';
comment on table codebase.blob_references is 'Mentions of names in a content, as parallel arrays in the order of the text';
comment on column codebase.blob_references.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_references.blob_id is 'The content';
comment on column codebase.blob_references.names is 'Every name and receiver once; the index arrays count from 0';
comment on column codebase.blob_references.name_indexes is 'The mentioned name';
comment on column codebase.blob_references.receiver_indexes is 'What stands before the name, as written; the index of the empty text where nothing does';
comment on column codebase.blob_references.kind_codes is 'What the mention does: position in the enum codebase.reference_kind, from 0';
comment on column codebase.blob_references.elements is 'Ordinal of the innermost element around it, -1 at the top';
comment on column codebase.blob_references.lines is 'From 1';
comment on column codebase.blob_references.columns is 'In bytes from 1';
comment on column codebase.blob_references.argument_counts is 'Arguments of a call, -1 elsewhere';

-- migrate: rollback
drop table codebase.blob_references, codebase.blob_imports, codebase.blob_elements, codebase.blobs;
drop type codebase.reference_kind, codebase.import_kind, codebase.element_kind, codebase.parse_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_files', 'plain', '5000ms', 1, 3229, 3251, 79, $gsdb_file$-- Which file had which content in which runs: a row holds from run first_run to run last_run, and last_run is null
-- while it still does. A run so costs what changed, and any run can be shown whole.

create type codebase.skip_reason as enum (
    'symlink', 'submodule', 'too_large', 'vendored', 'generated', 'minified', 'data', 'binary', 'encoding', 'long_lines',
    'unknown_language', 'path_too_long', 'unreadable', 'vanished', 'changing', 'missing_object', 'special_file',
    'nested_repository', 'unreadable_folder');
create type codebase.file_mode as enum ('regular', 'executable', 'symlink', 'submodule');

create table codebase.files (
    organization_id uuid not null,
    codebase_id     uuid not null,
    path            text collate "C" not null,
    first_run       integer not null,
    last_run        integer,
    mode            codebase.file_mode not null,
    git_id          text collate "C",
    blob_id         uuid,
    size_bytes      bigint not null,
    language        text,
    skip_reason     codebase.skip_reason,
    skip_evidence   text,
    constraint files_pkey primary key (organization_id, codebase_id, path, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint analysed_or_skipped_with_a_reason check ((blob_id is null) = (skip_reason is not null)),
    constraint only_skips_have_evidence check (skip_evidence is null or skip_reason is not null),
    constraint size_is_not_negative check (size_bytes >= 0)
);
select base.tenant_table('codebase.files');
alter table codebase.files
    add constraint file_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index file_is_current_once on codebase.files (organization_id, codebase_id, path) where last_run is null;
create index files_by_blob on codebase.files (organization_id, blob_id) where last_run is null;

comment on table codebase.files is 'Which file had which content from which run to which run';
comment on column codebase.files.organization_id is 'Tenant that owns the row';
comment on column codebase.files.codebase_id is 'The codebase the file is in';
comment on column codebase.files.path is 'Path below the root with slashes; bytes that are no UTF-8 are written \xHH and a backslash as \\';
comment on column codebase.files.first_run is 'Number of the first run in which this held';
comment on column codebase.files.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.files.mode is 'What the path is';
comment on column codebase.files.git_id is 'Git blob id of the content in hexadecimal, null where it was not read';
comment on column codebase.files.blob_id is 'The facts of the content (codebase.blobs), null for a skipped file';
comment on column codebase.files.size_bytes is 'Size of the content, in bytes';
comment on column codebase.files.language is 'Detected language, null where it is not known';
comment on column codebase.files.skip_reason is 'Why the file was not analysed, null where it was';
comment on column codebase.files.skip_evidence is 'What that was decided on: a folder, a line, an error';

-- migrate: rollback
drop table codebase.files;
drop type codebase.file_mode, codebase.skip_reason;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_snapshots_and_refs', 'plain', '5000ms', 1, 4835, 4857, 328, $gsdb_file$-- A snapshot is what the files of a codebase were: which contents stood at which paths. Like a blob it is named by what
-- it holds, so runs that saw the same files, on whatever branch or commit, share it. Branches and tags lead by their
-- commit to the runs that saw it, and from there to a snapshot.

create type codebase.ref_kind as enum ('branch', 'tag');

create table codebase.snapshots (
    organization_id uuid not null,
    id              uuid not null,
    codebase_id     uuid not null,
    files           integer not null,
    files_skipped   integer not null,
    size_bytes      bigint not null,
    first_run       integer not null,
    created_at      timestamptz not null default now(),
    constraint snapshots_pkey primary key (organization_id, id),
    constraint skipped_are_among_the_files check (files_skipped between 0 and files),
    constraint size_is_not_negative check (size_bytes >= 0),
    constraint run_number_is_positive check (first_run > 0)
);
create index snapshots_by_codebase on codebase.snapshots (organization_id, codebase_id, first_run);
select base.tenant_table('codebase.snapshots');
alter table codebase.snapshots
    add constraint snapshot_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

alter table codebase.analysis_runs add column snapshot_id uuid;
alter table codebase.analysis_runs add constraint only_completed_runs_have_a_snapshot check (snapshot_id is null or state = 'completed');
create index analysis_runs_by_snapshot on codebase.analysis_runs (organization_id, snapshot_id) where snapshot_id is not null;
create index analysis_runs_by_commit on codebase.analysis_runs (organization_id, codebase_id, commit_id, number) where state = 'completed';
alter table codebase.analysis_runs
    add constraint run_saw_a_snapshot foreign key (organization_id, snapshot_id)
    references codebase.snapshots (organization_id, id);

create table codebase.refs (
    organization_id uuid not null,
    codebase_id     uuid not null,
    kind            codebase.ref_kind not null,
    name            text collate "C" not null,
    commit_id       text not null,
    is_default      boolean not null default false,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint refs_pkey primary key (organization_id, codebase_id, name, kind),
    constraint name_is_not_empty check (name <> ''),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    constraint only_a_branch_is_default check (not is_default or kind = 'branch')
);
select base.tenant_table('codebase.refs');
alter table codebase.refs
    add constraint ref_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index a_codebase_has_one_default_branch on codebase.refs (organization_id, codebase_id) where is_default;
create index refs_by_commit on codebase.refs (organization_id, codebase_id, commit_id);

comment on table codebase.snapshots is 'What the files of a codebase were, each state once, whatever runs and commits had it';
comment on column codebase.snapshots.organization_id is 'Tenant that owns the row';
comment on column codebase.snapshots.id is 'Version 8 UUID of the codebase and of its paths, modes and contents; codebase.take_snapshot() makes it';
comment on column codebase.snapshots.codebase_id is 'The codebase whose files they are';
comment on column codebase.snapshots.files is 'Files in it, skipped ones included';
comment on column codebase.snapshots.files_skipped is 'Files in it that were not analysed';
comment on column codebase.snapshots.size_bytes is 'Size of its files, in bytes';
comment on column codebase.snapshots.first_run is 'Number of the run that saw it first';
comment on column codebase.snapshots.created_at is 'When the row was made';
comment on column codebase.analysis_runs.snapshot_id is 'What the files were; null until the run is completed';
comment on table codebase.refs is 'Branches and tags of codebases, and where they point';
comment on column codebase.refs.organization_id is 'Tenant that owns the row';
comment on column codebase.refs.codebase_id is 'The codebase they are in';
comment on column codebase.refs.kind is 'What it is';
comment on column codebase.refs.name is 'Short name: main, v1.0';
comment on column codebase.refs.commit_id is 'Git id of the commit that it points to, in hexadecimal; of an annotated tag the commit behind it';
comment on column codebase.refs.is_default is 'The branch that HEAD of the remote names';
comment on column codebase.refs.created_at is 'When it was first seen';
comment on column codebase.refs.updated_at is 'When it last moved';

-- migrate: rollback
drop view if exists codebase.snapshot_overview;
drop table codebase.refs;
alter table codebase.analysis_runs drop constraint run_saw_a_snapshot, drop constraint only_completed_runs_have_a_snapshot, drop column snapshot_id;
drop index codebase.analysis_runs_by_commit;
drop table codebase.snapshots;
drop type codebase.ref_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_symbols_and_relationships', 'plain', '5000ms', 1, 9762, 9784, 287, $gsdb_file$-- What calls, inherits, uses and imports what. Facts of a content say which names it mentions (0003); what these mean
-- depends on the other files, so it is kept by codebase, with the range of runs in which it held, as files are (0004).
--
-- Both ends of a relationship are symbols: names that stay the same when lines move or contents change. A symbol's id
-- is a hash of what names it (codebase.symbol_id), so the linker computes both ends without asking the database, and
-- relationships into a file stand when that file is changed. Eight bytes: there are several relationships a function.
--
-- The place of a mention is counted from the first line of its source. So a relationship changes with the function that
-- it stands in and not when something is inserted above it.
--
-- symbols and relationships have no foreign keys, as the tables of facts have none (0003): they are written by
-- codebase.merge_symbols() and merge_relationships() alone. relationships has no codebase_id either: 16 bytes more would
-- stand in the table and in its key. codebase.delete_codebase() takes both with their codebase.

create type codebase.symbol_origin as enum ('codebase', 'package', 'language');
create type codebase.relationship_kind as enum (
    'call', 'instantiate', 'type_use', 'inherit', 'implement', 'decorate', 'read', 'write', 'expand',
    'import', 're_export', 'override', 'define', 'pass', 'test', 'link');
-- From the surest to a guess.
create type codebase.resolution_method as enum (
    'scope', 'import', 're_export', 'member', 'inherited_member', 'inferred_type', 'value_flow', 'type_hierarchy', 'convention', 'unique_name');
create type codebase.unresolved_reason as enum ('external', 'builtin', 'dynamic', 'ambiguous', 'parse_gap', 'not_found');

create table codebase.symbols (
    organization_id uuid not null,
    id              bigint not null,
    origin          codebase.symbol_origin not null default 'codebase',
    codebase_id     uuid,
    path            text collate "C",
    ecosystem       text collate "C",
    package         text collate "C",
    language        text not null,
    kind            codebase.element_kind,
    qualified_name  text collate "C" not null,
    overload        integer not null default 0,
    constraint symbols_pkey primary key (organization_id, id),
    constraint symbol_of_a_codebase_has_its_place check (
        case when origin = 'codebase' then codebase_id is not null and path is not null and kind is not null
             else codebase_id is null and path is null end),
    constraint symbol_of_a_package_names_it check (case when origin = 'package' then package is not null else package is null and ecosystem is null end),
    constraint overload_counts_from_0 check (overload >= 0)
);
create index symbols_by_file on codebase.symbols (organization_id, codebase_id, path) where codebase_id is not null;
create index symbols_by_package on codebase.symbols (organization_id, package, ecosystem) where package is not null;
select base.tenant_table('codebase.symbols');

create table codebase.relationships (
    organization_id uuid not null,
    source_id       bigint not null,
    target_id       bigint not null,
    ordinal         integer not null,
    first_run       integer not null,
    kind            codebase.relationship_kind not null,
    method          codebase.resolution_method not null,
    confidence      real not null,
    line_offset     integer not null,
    "column"        integer not null,
    length_bytes    integer not null,
    last_run        integer,
    constraint relationships_pkey primary key (organization_id, source_id, ordinal, first_run),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint confidence_is_a_probability check (confidence > 0 and confidence <= 1),
    constraint place_is_in_the_source check (line_offset >= 0 and "column" > 0 and length_bytes >= 0)
);
-- The target comes first, so that nobody takes this index for one of what holds in an organization, which without fresh statistics looks cheap.
create index relationships_by_target on codebase.relationships (target_id, organization_id) where last_run is null;
select base.tenant_table('codebase.relationships');

create table codebase.file_resolutions (
    organization_id     uuid not null,
    codebase_id         uuid not null,
    path                text collate "C" not null,
    first_run           integer not null,
    last_run            integer,
    blob_id             uuid not null,
    interface_digest    uuid not null,
    lookup_keys         bigint[] not null,
    unresolved_ordinals integer[] not null,
    unresolved_codes    smallint[] not null,
    constraint file_resolutions_pkey primary key (organization_id, codebase_id, path, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint arrays_are_parallel check (cardinality(unresolved_ordinals) = cardinality(unresolved_codes))
);
select base.tenant_table('codebase.file_resolutions');
alter table codebase.file_resolutions
    add constraint resolution_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index file_is_resolved_once on codebase.file_resolutions (organization_id, codebase_id, path) where last_run is null;

comment on table codebase.symbols is 'Names that relationships begin and end at: elements, whole files, and what lies outside the codebases';
comment on column codebase.symbols.organization_id is 'Tenant that owns the row';
comment on column codebase.symbols.id is 'Hash of the columns after it; codebase.symbol_id() makes it';
comment on column codebase.symbols.origin is 'Where it is defined: in a codebase; in a package from elsewhere; in the language or its standard library';
comment on column codebase.symbols.codebase_id is 'The codebase that defines it, null outside';
comment on column codebase.symbols.path is 'The file that defines it, null outside';
comment on column codebase.symbols.ecosystem is 'Registry of the package: npm, pypi, cargo; null where it is not known';
comment on column codebase.symbols.package is 'The package that defines it';
comment on column codebase.symbols.language is 'Language that it is written in';
comment on column codebase.symbols.kind is 'What it is; null where that is not known; module with an empty name stands for a file as a whole';
comment on column codebase.symbols.qualified_name is 'Names from the outermost down, joined by dots; empty for a file or package as a whole';
comment on column codebase.symbols.overload is 'How many of this kind and name came before it in the file';
comment on table codebase.relationships is 'What a symbol calls, inherits, uses, imports: each mention and each of its possible meanings a row';
comment on column codebase.relationships.organization_id is 'Tenant that owns the row';
comment on column codebase.relationships.source_id is 'The innermost symbol that the mention stands in: codebase.symbols';
comment on column codebase.relationships.target_id is 'The symbol that is meant: codebase.symbols';
comment on column codebase.relationships.ordinal is 'Counts from 0 within the source, in the order of place, kind and target';
comment on column codebase.relationships.first_run is 'Number of the first run of the source''s codebase in which this held';
comment on column codebase.relationships.kind is 'What the source does with the target; pass: hands it on as a value; test: tests it; link: names it in another language or a manifest';
comment on column codebase.relationships.method is 'How the meaning was found';
comment on column codebase.relationships.confidence is 'Probability that the meaning is right, as measured for findings of this kind';
comment on column codebase.relationships.line_offset is 'Lines from the first line of the source to the mention';
comment on column codebase.relationships."column" is 'Column of its first byte, in bytes from 1';
comment on column codebase.relationships.length_bytes is 'Bytes from there to its end; 0 for what is not written at a place';
comment on column codebase.relationships.last_run is 'Number of the last run in which this held; null while it does';
comment on table codebase.file_resolutions is 'What resolving the mentions of a file depended on and could not find, from which run to which run';
comment on column codebase.file_resolutions.organization_id is 'Tenant that owns the row';
comment on column codebase.file_resolutions.codebase_id is 'The codebase the file is in';
comment on column codebase.file_resolutions.path is 'Path of the file, as in codebase.files';
comment on column codebase.file_resolutions.first_run is 'Number of the first run in which this held';
comment on column codebase.file_resolutions.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.file_resolutions.blob_id is 'The content that was resolved';
comment on column codebase.file_resolutions.interface_digest is 'Version 8 UUID of all that other files can see of this one: when it stays, they need not be resolved again';
comment on column codebase.file_resolutions.lookup_keys is 'Hashes of the names looked up in other files, in order, those not found included: when one of them changes, the file is resolved again';
comment on column codebase.file_resolutions.unresolved_ordinals is 'Mentions without a meaning: positions in the arrays of codebase.blob_references, from 0, ascending';
comment on column codebase.file_resolutions.unresolved_codes is 'Why, in parallel: position in the enum codebase.unresolved_reason, from 0';

-- migrate: rollback
drop view if exists codebase.call_edges, codebase.edges, codebase.unresolved_references;
drop table codebase.file_resolutions, codebase.relationships, codebase.symbols;
drop type codebase.unresolved_reason, codebase.resolution_method, codebase.relationship_kind, codebase.symbol_origin;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_metrics', 'plain', '5000ms', 1, 11536, 11558, 264, $gsdb_file$-- Figures about code. Those that a content alone decides hang on it, like its other facts; those that need the graph
-- hang on symbols, with ranges of runs; those of a whole codebase or package are kept run by run, for trends.
-- Nothing is stored that a formula makes of other columns: views show Halstead's volume, the maintainability index and
-- scores, and so the formula can be read.
--
-- blob_metrics and symbol_metrics have no foreign keys, for the reason that 0003 gives.

create table codebase.blob_metrics (
    organization_id       uuid not null,
    blob_id               uuid not null,
    ordinal               integer not null,
    lines                 integer not null,
    code_lines            integer not null,
    logical_lines         integer not null,
    comment_lines         integer not null,
    cyclomatic_complexity integer not null,
    cognitive_complexity  integer not null,
    nesting_max           integer not null,
    parameters            integer not null,
    operators_distinct    integer not null,
    operands_distinct     integer not null,
    operators_total       integer not null,
    operands_total        integer not null,
    documentable          integer not null,
    documented            integer not null,
    annotatable           integer not null,
    annotated             integer not null,
    cohesion_groups       integer,
    constraint blob_metrics_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0_or_is_the_whole check (ordinal >= -1),
    constraint lines_are_no_more_than_there_are check (least(code_lines, comment_lines, logical_lines) >= 0 and greatest(code_lines, comment_lines) <= lines),
    constraint complexity_is_not_negative check (least(cyclomatic_complexity, cognitive_complexity, nesting_max, parameters) >= 0),
    constraint distinct_are_no_more_than_all check (operators_distinct between 0 and operators_total and operands_distinct between 0 and operands_total),
    constraint covered_are_no_more_than_all check (documented between 0 and documentable and annotated between 0 and annotatable),
    constraint groups_are_not_negative check (cohesion_groups >= 0)
);
select base.tenant_table('codebase.blob_metrics');

create table codebase.symbol_metrics (
    organization_id   uuid not null,
    symbol_id         bigint not null,
    first_run         integer not null,
    last_run          integer,
    fan_in            integer not null,
    fan_out           integer not null,
    inheritance_depth integer,
    subtypes          integer,
    coupling          integer,
    constraint symbol_metrics_pkey primary key (organization_id, symbol_id, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint counts_are_not_negative check (least(fan_in, fan_out, inheritance_depth, subtypes, coupling) >= 0)
);
select base.tenant_table('codebase.symbol_metrics');
create unique index symbol_is_measured_once on codebase.symbol_metrics (organization_id, symbol_id) where last_run is null;

create table codebase.duplicates (
    organization_id uuid not null,
    codebase_id     uuid not null,
    digest          uuid not null,
    path            text collate "C" not null,
    start_line      integer not null,
    first_run       integer not null,
    end_line        integer not null,
    tokens          integer not null,
    last_run        integer,
    constraint duplicates_pkey primary key (organization_id, codebase_id, digest, path, start_line, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint lines_are_in_order check (start_line > 0 and end_line >= start_line),
    constraint has_tokens check (tokens > 0)
);
create index duplicates_by_file on codebase.duplicates (organization_id, codebase_id, path) where last_run is null;
select base.tenant_table('codebase.duplicates');
alter table codebase.duplicates
    add constraint duplicate_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

create table codebase.run_metrics (
    organization_id uuid not null,
    run_id          uuid not null,
    scope           text collate "C" not null default '',
    metric          text collate "C" not null,
    value           double precision not null,
    constraint run_metrics_pkey primary key (organization_id, run_id, metric, scope),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_.]*$'),
    constraint value_is_a_number check (value <> 'NaN' and abs(value) <> 'infinity')
);
select base.tenant_table('codebase.run_metrics');
alter table codebase.run_metrics
    add constraint metric_belongs_to_run foreign key (organization_id, run_id)
    references codebase.analysis_runs (organization_id, id) on delete cascade;

create table codebase.quality_parts (
    organization_id uuid not null,
    run_id          uuid not null,
    scope           text collate "C" not null default '',
    part            text collate "C" not null,
    measured        double precision not null,
    points          double precision not null,
    weight          double precision not null,
    formula         text not null,
    constraint quality_parts_pkey primary key (organization_id, run_id, scope, part),
    constraint part_is_a_word check (part ~ '^[a-z][a-z0-9_]*$'),
    constraint points_are_of_100 check (points between 0 and 100),
    constraint weight_is_positive check (weight > 0 and weight < 'infinity'),
    constraint measured_is_a_number check (measured <> 'NaN' and abs(measured) <> 'infinity'),
    constraint formula_is_not_blank check (btrim(formula) <> '')
);
select base.tenant_table('codebase.quality_parts');
alter table codebase.quality_parts
    add constraint part_belongs_to_run foreign key (organization_id, run_id)
    references codebase.analysis_runs (organization_id, id) on delete cascade;

comment on table codebase.blob_metrics is 'Figures about a content and its functions and types that the content alone decides';
comment on column codebase.blob_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_metrics.blob_id is 'The content';
comment on column codebase.blob_metrics.ordinal is 'The element (codebase.blob_elements); -1 for the content as a whole';
comment on column codebase.blob_metrics.lines is 'Lines in all (LOC)';
comment on column codebase.blob_metrics.code_lines is 'Lines with code (SLOC)';
comment on column codebase.blob_metrics.logical_lines is 'Statements and declarations (LLOC)';
comment on column codebase.blob_metrics.comment_lines is 'Lines with nothing but comment, docstrings included';
comment on column codebase.blob_metrics.cyclomatic_complexity is 'Decisions plus one (McCabe 1976); of types and contents the sum over their functions';
comment on column codebase.blob_metrics.cognitive_complexity is 'SonarSource 2023; of types and contents the sum over their functions';
comment on column codebase.blob_metrics.nesting_max is 'Deepest nesting of control structures';
comment on column codebase.blob_metrics.parameters is 'Parameters; of types and contents the sum over their functions';
comment on column codebase.blob_metrics.operators_distinct is 'n1 of Halstead 1977';
comment on column codebase.blob_metrics.operands_distinct is 'n2 of Halstead 1977';
comment on column codebase.blob_metrics.operators_total is 'N1 of Halstead 1977';
comment on column codebase.blob_metrics.operands_total is 'N2 of Halstead 1977';
comment on column codebase.blob_metrics.documentable is 'Elements in it, itself included, that ought to have documentation';
comment on column codebase.blob_metrics.documented is 'Those that have';
comment on column codebase.blob_metrics.annotatable is 'Parameters and results that can carry a type';
comment on column codebase.blob_metrics.annotated is 'Those that do';
comment on column codebase.blob_metrics.cohesion_groups is 'LCOM4 of a type: groups of methods that share no field and no call; null for what is no type';
comment on table codebase.symbol_metrics is 'Figures about symbols that need the graph, from which run to which run';
comment on column codebase.symbol_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.symbol_metrics.symbol_id is 'The symbol';
comment on column codebase.symbol_metrics.first_run is 'Number of the first run in which this held';
comment on column codebase.symbol_metrics.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.symbol_metrics.fan_in is 'Other symbols that call or instantiate it';
comment on column codebase.symbol_metrics.fan_out is 'Other symbols that it calls or instantiates';
comment on column codebase.symbol_metrics.inheritance_depth is 'DIT: longest way up to a type without a supertype; null for what is no type';
comment on column codebase.symbol_metrics.subtypes is 'NOC: types that inherit from it directly; null for what is no type';
comment on column codebase.symbol_metrics.coupling is 'CBO: other types that it uses or that use it; null for what is no type';
comment on table codebase.duplicates is 'Stretches of code that stand in more than one place, from which run to which run';
comment on column codebase.duplicates.organization_id is 'Tenant that owns the row';
comment on column codebase.duplicates.codebase_id is 'The codebase they are in';
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens with identifiers made alike: the same in all places';
comment on column codebase.duplicates.path is 'File of this place';
comment on column codebase.duplicates.start_line is 'First line, from 1';
comment on column codebase.duplicates.first_run is 'Number of the first run in which this held';
comment on column codebase.duplicates.end_line is 'Last line';
comment on column codebase.duplicates.tokens is 'Length of the stretch, in tokens';
comment on column codebase.duplicates.last_run is 'Number of the last run in which this held; null while it does';
comment on table codebase.run_metrics is 'Figures about a codebase or a part of it, run by run';
comment on column codebase.run_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.run_metrics.run_id is 'The run that measured it';
comment on column codebase.run_metrics.scope is 'Folder that it is about; empty for the whole codebase';
comment on column codebase.run_metrics.metric is 'What was measured, with its unit: debt_minutes, duplicated_lines';
comment on column codebase.run_metrics.value is 'The figure';
comment on table codebase.quality_parts is 'What the quality score of a codebase or a part of it is made of, run by run; codebase.quality_scores adds it up';
comment on column codebase.quality_parts.organization_id is 'Tenant that owns the row';
comment on column codebase.quality_parts.run_id is 'The run that measured it';
comment on column codebase.quality_parts.scope is 'Folder that it is about; empty for the whole codebase';
comment on column codebase.quality_parts.part is 'What was judged: complexity, duplication, documentation';
comment on column codebase.quality_parts.measured is 'The figure that was judged';
comment on column codebase.quality_parts.points is 'What it is worth, 0 to 100';
comment on column codebase.quality_parts.weight is 'How much it counts';
comment on column codebase.quality_parts.formula is 'How points come of the figure, in words a reader can check';

-- migrate: rollback
drop view if exists codebase.element_metrics, codebase.file_metrics, codebase.quality_scores, codebase.duplicate_code, codebase.hotspots;
drop table codebase.quality_parts, codebase.run_metrics, codebase.duplicates, codebase.symbol_metrics, codebase.blob_metrics;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_issues', 'plain', '5000ms', 1, 10174, 10196, 228, $gsdb_file$-- What checks found. An issue is known by its fingerprint, which stays when lines move; a row says from which run to
-- which run it was found, so a fixed one stays, and one that comes back is a row more. A suppression belongs to the
-- fingerprint and survives both. Whether an issue is open, fixed or suppressed follows: codebase.code_issues shows it.

create type codebase.issue_severity as enum ('note', 'warning', 'error');
create type codebase.rule_source as enum ('built_in', 'query', 'plugin');
create type codebase.suppression_kind as enum ('in_source', 'external');
create type codebase.suppression_reason as enum ('false_positive', 'accepted', 'not_our_code', 'planned');

create table codebase.rules (
    organization_id uuid not null,
    id              text collate "C" not null,
    name            text not null,
    description     text not null,
    category        text not null,
    severity        codebase.issue_severity not null,
    effort_minutes  integer not null,
    source          codebase.rule_source not null,
    version         text not null,
    query           text,
    parameters      jsonb not null default '{}',
    help_uri        text,
    disabled_at     timestamptz,
    disabled_reason text,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint rules_pkey primary key (organization_id, id),
    constraint id_is_words_and_slashes check (id ~ '^[a-z][a-z0-9_-]*(/[a-z0-9_-]+)*$' and length(id) <= 100),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint category_is_a_word check (category ~ '^[a-z][a-z0-9_]*$'),
    constraint effort_is_not_negative check (effort_minutes >= 0),
    constraint query_rules_have_their_query check ((source = 'query') = (query is not null)),
    constraint parameters_are_an_object check (jsonb_typeof(parameters) = 'object'),
    constraint disabled_says_why check ((disabled_at is null) = (disabled_reason is null))
);
select base.tenant_table('codebase.rules');

create table codebase.issues (
    organization_id uuid not null,
    codebase_id     uuid not null,
    fingerprint     uuid not null,
    first_run       integer not null,
    last_run        integer,
    rule_id         text collate "C" not null,
    severity        codebase.issue_severity not null,
    message         text not null,
    path            text collate "C" not null,
    symbol_id       bigint,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    effort_minutes  integer not null,
    related         jsonb not null default '[]',
    constraint issues_pkey primary key (organization_id, codebase_id, fingerprint, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint message_is_not_blank check (btrim(message) <> ''),
    constraint span_does_not_run_backwards check (start_line > 0 and start_column > 0 and (start_line, start_column) <= (end_line, end_column)),
    constraint effort_is_not_negative check (effort_minutes >= 0),
    constraint related_is_a_list check (jsonb_typeof(related) = 'array')
);
create unique index issue_is_found_once on codebase.issues (organization_id, codebase_id, fingerprint) where last_run is null;
create index issues_by_file on codebase.issues (organization_id, codebase_id, path, start_line) where last_run is null;
create index issues_by_rule on codebase.issues (organization_id, rule_id, codebase_id);
create index issues_fixed on codebase.issues (organization_id, codebase_id, last_run) where last_run is not null;
select base.tenant_table('codebase.issues');
alter table codebase.issues
    add constraint issue_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
alter table codebase.issues
    add constraint issue_breaks_a_rule foreign key (organization_id, rule_id)
    references codebase.rules (organization_id, id);

create table codebase.issue_suppressions (
    organization_id uuid not null,
    id              uuid not null default base.uuid_v7(),
    codebase_id     uuid not null,
    fingerprint     uuid not null,
    kind            codebase.suppression_kind not null,
    reason          codebase.suppression_reason not null,
    justification   text not null,
    suppressed_by   uuid,
    suppressed_at   timestamptz not null default now(),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    revoked_by      uuid,
    constraint issue_suppressions_pkey primary key (organization_id, id),
    constraint says_why check (btrim(justification) <> ''),
    constraint somebody_suppressed_what_the_source_does_not check ((kind = 'external') = (suppressed_by is not null)),
    constraint expires_after_it_begins check (expires_at > suppressed_at),
    constraint somebody_revoked_it check (revoked_by is null or revoked_at is not null),
    constraint is_not_revoked_before_it_begins check (revoked_at >= suppressed_at)
);
create index issue_suppressions_by_issue on codebase.issue_suppressions (organization_id, codebase_id, fingerprint);
create unique index issue_is_suppressed_once on codebase.issue_suppressions (organization_id, codebase_id, fingerprint) where revoked_at is null;
select base.tenant_table('codebase.issue_suppressions', privileges => 'select, insert, update');
alter table codebase.issue_suppressions
    add constraint suppression_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.rules is 'Checks of an organization: those of the product, and its own';
comment on column codebase.rules.organization_id is 'Tenant that owns the row';
comment on column codebase.rules.id is 'Stable id, as in reports: complexity/cognitive';
comment on column codebase.rules.name is 'A few words for people';
comment on column codebase.rules.description is 'What it looks for, why that matters and what to do';
comment on column codebase.rules.category is 'What it is about: dead_code, cycle, complexity, duplication, risk';
comment on column codebase.rules.severity is 'Severity of its issues where the check does not say otherwise, as in SARIF';
comment on column codebase.rules.effort_minutes is 'Time that a repair takes where the check does not say otherwise';
comment on column codebase.rules.source is 'built_in: part of the product; query: a SQL query; plugin: a shared library';
comment on column codebase.rules.version is 'Version of the check; findings of another version are looked for again';
comment on column codebase.rules.query is 'The query, null for other sources';
comment on column codebase.rules.parameters is 'Limits and other settings of the organization';
comment on column codebase.rules.help_uri is 'Page about it';
comment on column codebase.rules.disabled_at is 'Since when it is not checked; null while it is';
comment on column codebase.rules.disabled_reason is 'Why: in words of the person who disabled it, or the fault of a plug-in';
comment on column codebase.rules.created_at is 'When the row was made';
comment on column codebase.rules.updated_at is 'When the row last changed';
comment on table codebase.issues is 'What checks found, from which run to which run';
comment on column codebase.issues.organization_id is 'Tenant that owns the row';
comment on column codebase.issues.codebase_id is 'The codebase it is in';
comment on column codebase.issues.fingerprint is 'Version 8 UUID of the rule and of what was found, without line numbers: the same from commit to commit, and what a baseline lists';
comment on column codebase.issues.first_run is 'Number of the first run that found it';
comment on column codebase.issues.last_run is 'Number of the last run that found it; null while it is found';
comment on column codebase.issues.rule_id is 'The rule it breaks';
comment on column codebase.issues.severity is 'How bad it is';
comment on column codebase.issues.message is 'What was found, in one sentence';
comment on column codebase.issues.path is 'The file it is in';
comment on column codebase.issues.symbol_id is 'The symbol it is about (codebase.symbols), null for none';
comment on column codebase.issues.start_line is 'Line of its first byte in the last run that found it';
comment on column codebase.issues.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.issues.end_line is 'Line after its last byte';
comment on column codebase.issues.end_column is 'Column after its last byte';
comment on column codebase.issues.effort_minutes is 'Time that a repair takes';
comment on column codebase.issues.related is 'Other places that explain it (a cycle, a copy), as a list of {path, line, message}';
comment on table codebase.issue_suppressions is 'Issues that are left as they are: by whom, why, until when';
comment on column codebase.issue_suppressions.organization_id is 'Tenant that owns the row';
comment on column codebase.issue_suppressions.id is 'Version 7 UUID';
comment on column codebase.issue_suppressions.codebase_id is 'The codebase the issue is in';
comment on column codebase.issue_suppressions.fingerprint is 'The issue';
comment on column codebase.issue_suppressions.kind is 'in_source: by a comment in the code; external: by a person or a rule outside it, as in SARIF';
comment on column codebase.issue_suppressions.reason is 'What kind of reason there is';
comment on column codebase.issue_suppressions.justification is 'The reason in words';
comment on column codebase.issue_suppressions.suppressed_by is 'The user who decided it, null for a comment in the code. Id of identity.users.';
comment on column codebase.issue_suppressions.suppressed_at is 'Since when';
comment on column codebase.issue_suppressions.expires_at is 'Until when, null for good';
comment on column codebase.issue_suppressions.revoked_at is 'When it was taken back, null while it stands';
comment on column codebase.issue_suppressions.revoked_by is 'The user who took it back. Id of identity.users.';

-- migrate: rollback
drop view if exists codebase.code_issues;
drop table codebase.issue_suppressions, codebase.issues, codebase.rules;
drop type codebase.suppression_reason, codebase.suppression_kind, codebase.rule_source, codebase.issue_severity;
$gsdb_file$);
select pg_temp.gsdb_migrate(9, 'create_external_dependencies', 'plain', '5000ms', 1, 4626, 4648, 127, $gsdb_file$-- Packages from elsewhere, as manifests ask for them and lock files pin them, from which run to which run. One package
-- can be there in several versions, and be asked for twice under different conditions.

create type codebase.dependency_scope as enum ('runtime', 'development', 'build', 'test', 'optional', 'peer');

create table codebase.external_dependencies (
    organization_id uuid not null,
    id              uuid not null default base.uuid_v7(),
    codebase_id     uuid not null,
    manifest_path   text collate "C" not null,
    manifest_line   integer,
    lock_path       text collate "C",
    ecosystem       text collate "C" not null,
    name            text collate "C" not null,
    scope           codebase.dependency_scope not null,
    is_direct       boolean not null,
    requested_range text,
    condition       text,
    locked_version  text collate "C",
    source_url      text,
    licence         text,
    first_run       integer not null,
    last_run        integer,
    constraint external_dependencies_pkey primary key (organization_id, id),
    constraint name_is_not_empty check (name <> ''),
    constraint ecosystem_is_a_word check (ecosystem ~ '^[a-z][a-z0-9_]*$'),
    constraint line_counts_from_1 check (manifest_line > 0),
    constraint a_version_is_locked_by_a_lock_file check ((locked_version is null) = (lock_path is null)),
    constraint what_is_not_asked_for_is_locked check (is_direct or locked_version is not null),
    constraint what_is_not_asked_for_has_no_range check (is_direct or requested_range is null),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run)
);
create unique index dependency_is_current_once on codebase.external_dependencies (
    organization_id, codebase_id, manifest_path, ecosystem, name, scope, is_direct,
    coalesce(requested_range, ''), coalesce(condition, ''), coalesce(locked_version, '')) where last_run is null;
create index external_dependencies_by_name on codebase.external_dependencies (organization_id, name, ecosystem) where last_run is null;
create index external_dependencies_by_run on codebase.external_dependencies (organization_id, codebase_id, first_run);
select base.tenant_table('codebase.external_dependencies');
alter table codebase.external_dependencies
    add constraint dependency_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.external_dependencies is 'Packages that manifests and lock files name, from which run to which run';
comment on column codebase.external_dependencies.organization_id is 'Tenant that owns the row';
comment on column codebase.external_dependencies.id is 'Version 7 UUID';
comment on column codebase.external_dependencies.codebase_id is 'The codebase that depends on it';
comment on column codebase.external_dependencies.manifest_path is 'Path of the manifest: package.json, pyproject.toml, go.mod';
comment on column codebase.external_dependencies.manifest_line is 'Line of the entry, from 1; null where the manifest does not name it or has no lines for it';
comment on column codebase.external_dependencies.lock_path is 'Path of the lock file that pins it, null without one';
comment on column codebase.external_dependencies.ecosystem is 'Registry it comes from: npm, pypi, cargo, go, maven';
comment on column codebase.external_dependencies.name is 'Its name in that registry, in the registry''s own normal form';
comment on column codebase.external_dependencies.scope is 'What it is needed for';
comment on column codebase.external_dependencies.is_direct is 'The manifest asks for it; otherwise something else that is asked for needs it';
comment on column codebase.external_dependencies.requested_range is 'Versions that the manifest accepts, as written; null where it names none';
comment on column codebase.external_dependencies.condition is 'When it applies, as written: an environment marker, a target; null for always';
comment on column codebase.external_dependencies.locked_version is 'Version that the lock file pins';
comment on column codebase.external_dependencies.source_url is 'Where it comes from, when not from the registry; without credentials';
comment on column codebase.external_dependencies.licence is 'SPDX expression that the package or lock file states, null where none does';
comment on column codebase.external_dependencies.first_run is 'Number of the first run in which this held';
comment on column codebase.external_dependencies.last_run is 'Number of the last run in which this held; null while it does';

-- migrate: rollback
drop view if exists codebase.dependency_usage;
drop table codebase.external_dependencies;
drop type codebase.dependency_scope;
$gsdb_file$);
select pg_temp.gsdb_migrate(10, 'create_git_history', 'plain', '5000ms', 1, 4510, 4532, 169, $gsdb_file$-- What Git knows about files: commits, and what each changed. Churn, ownership and which files change together are
-- read from these two (codebase.file_churn, codebase.file_ownership, codebase.co_changes()); no figure is stored twice.

create type codebase.change_kind as enum ('added', 'modified', 'deleted', 'renamed', 'copied', 'mode_changed');

create table codebase.commits (
    organization_id uuid not null,
    codebase_id     uuid not null,
    number          integer not null,
    commit_id       text not null,
    parent_ids      text[] not null,
    author_name     text not null,
    author_email    text collate "C" not null,
    authored_at     timestamptz not null,
    committed_at    timestamptz not null,
    subject         text not null,
    lost_at         timestamptz,
    constraint commits_pkey primary key (organization_id, codebase_id, number),
    constraint commit_is_there_once unique (organization_id, codebase_id, commit_id),
    constraint number_is_positive check (number > 0),
    constraint commit_is_a_git_id check (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$')
);
create index commits_by_time on codebase.commits (organization_id, codebase_id, committed_at);
select base.tenant_table('codebase.commits');
alter table codebase.commits
    add constraint commit_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

create table codebase.file_changes (
    organization_id uuid not null,
    codebase_id     uuid not null,
    commit_number   integer not null,
    path            text collate "C" not null,
    kind            codebase.change_kind not null,
    lines_added     integer,
    lines_removed   integer,
    old_path        text collate "C",
    constraint file_changes_pkey primary key (organization_id, codebase_id, commit_number, path),
    constraint lines_are_not_negative check (lines_added >= 0 and lines_removed >= 0),
    constraint binary_files_have_no_lines check ((lines_added is null) = (lines_removed is null)),
    constraint only_what_moved_has_an_old_path check ((kind in ('renamed', 'copied')) = (old_path is not null))
);
create index file_changes_by_path on codebase.file_changes (organization_id, codebase_id, path);
select base.tenant_table('codebase.file_changes');
alter table codebase.file_changes
    add constraint change_belongs_to_commit foreign key (organization_id, codebase_id, commit_number)
    references codebase.commits (organization_id, codebase_id, number) on delete cascade;

comment on table codebase.commits is 'Commits in the history of a codebase';
comment on column codebase.commits.organization_id is 'Tenant that owns the row';
comment on column codebase.commits.codebase_id is 'The codebase';
comment on column codebase.commits.number is 'Counts within the codebase, parents before their children';
comment on column codebase.commits.commit_id is 'Git id in hexadecimal (SHA-1 or SHA-256)';
comment on column codebase.commits.parent_ids is 'Git ids of its parents, the first one first; more than one make a merge';
comment on column codebase.commits.author_name is 'Name of its author, as .mailmap has it';
comment on column codebase.commits.author_email is 'Address of its author, as .mailmap has it, in lower case: what tells authors apart';
comment on column codebase.commits.authored_at is 'When it was written';
comment on column codebase.commits.committed_at is 'When it was committed';
comment on column codebase.commits.subject is 'First line of its message, at most 512 bytes';
comment on column codebase.commits.lost_at is 'When it was found that no branch or tag leads to it any more; null while one does';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row';
comment on column codebase.file_changes.organization_id is 'Tenant that owns the row';
comment on column codebase.file_changes.codebase_id is 'The codebase';
comment on column codebase.file_changes.commit_number is 'The commit';
comment on column codebase.file_changes.path is 'Path after the change, of a deleted file before it';
comment on column codebase.file_changes.kind is 'What was done';
comment on column codebase.file_changes.lines_added is 'Lines added, null for a binary file';
comment on column codebase.file_changes.lines_removed is 'Lines removed, null for a binary file';
comment on column codebase.file_changes.old_path is 'Path before a rename or of the original of a copy';

-- migrate: rollback
drop view if exists codebase.hotspots, codebase.file_churn, codebase.file_ownership;
drop table codebase.file_changes, codebase.commits;
drop type codebase.change_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(11, 'declare_what_goes_with_a_codebase', 'plain', '5000ms', 1, 1803, 1825, 452, $gsdb_file$-- A codebase is of one organization. Not knowing it, the planner expected one row of a codebase where there are thousands, and took whichever
-- index begins with the two: the check that a change belongs to a commit read all commits of the codebase, a page of issues all suppressions.
create statistics codebase.files_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.files;
create statistics codebase.symbols_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.symbols;
create statistics codebase.file_resolutions_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.file_resolutions;
create statistics codebase.analysis_runs_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.analysis_runs;
create statistics codebase.snapshots_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.snapshots;
create statistics codebase.refs_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.refs;
create statistics codebase.duplicates_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.duplicates;
create statistics codebase.issues_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.issues;
create statistics codebase.issue_suppressions_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.issue_suppressions;
create statistics codebase.external_dependencies_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.external_dependencies;
create statistics codebase.commits_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.commits;
create statistics codebase.file_changes_of_a_codebase (dependencies) on organization_id, codebase_id from codebase.file_changes;

-- migrate: rollback
drop statistics codebase.files_of_a_codebase, codebase.symbols_of_a_codebase, codebase.file_resolutions_of_a_codebase, codebase.analysis_runs_of_a_codebase,
    codebase.snapshots_of_a_codebase, codebase.refs_of_a_codebase, codebase.duplicates_of_a_codebase, codebase.issues_of_a_codebase, codebase.issue_suppressions_of_a_codebase,
    codebase.external_dependencies_of_a_codebase, codebase.commits_of_a_codebase, codebase.file_changes_of_a_codebase;
$gsdb_file$);
select pg_temp.gsdb_migrate(12, 'create_flows', 'plain', '5000ms', 1, 1701, 1723, 205, $gsdb_file$-- What linking needs of the contents of files, so that a run reads only what changed and still links the whole: a call
-- in one file can mean what another file passes, so all files are solved together (docs/decisions/0016), and what came
-- out as before is not written again. That took the place of the per-file keys that 0006 foresaw.
--
-- blob_flows has no foreign key to blobs, for the reason that 0003 gives.
create table codebase.blob_flows (
    organization_id uuid not null,
    blob_id         uuid not null,
    flow            bytea not null,
    constraint blob_flows_pkey primary key (organization_id, blob_id)
);
alter table codebase.blob_flows alter column flow set storage external;  -- it is compressed already
select base.tenant_table('codebase.blob_flows');

alter table codebase.file_resolutions drop column lookup_keys;
alter table codebase.file_resolutions rename column interface_digest to digest;

comment on table codebase.blob_flows is 'How functions, classes and objects move through a content: what linking the files needs of it';
comment on column codebase.blob_flows.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_flows.blob_id is 'The content';
comment on column codebase.blob_flows.flow is 'codebase/flow/stored_flow.hpp encoded it; the analyser version of the content says which version of it';
comment on column codebase.file_resolutions.digest is 'Version 8 UUID of the symbols, relationships and unresolved mentions of the file: while it stays, none of them is written again';
comment on table codebase.file_resolutions is 'What linking a file gave, and which of its mentions it could not resolve, from which run to which run';

-- migrate: rollback
alter table codebase.file_resolutions rename column digest to interface_digest;
alter table codebase.file_resolutions add column lookup_keys bigint[] not null default '{}';
drop table codebase.blob_flows;
$gsdb_file$);
select pg_temp.gsdb_migrate(13, 'read_git_history', 'plain', '5000ms', 1, 1968, 1990, 834, $gsdb_file$-- What reading the history needs to remember: how a run read it, so that the next one goes on from there or, when that
-- changed (another period, a clone that is no longer shallow, another .mailmap), compares all of it; and of which
-- commits it is known what they changed.
--
-- file_changes has no foreign key to commits any more: both are written by codebase.merge_commits() alone, and before
-- the first statistics of a database the check of each row read all commits of its codebase, four fifths of the time of
-- a first run. It goes with its codebase as before.

alter table codebase.analysis_runs add column history_version text;
alter table codebase.commits add column files_changed integer;
alter table codebase.commits add constraint files_are_not_negative check (files_changed >= 0);
alter table codebase.file_changes drop constraint change_belongs_to_commit;
alter table codebase.file_changes
    add constraint change_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on column codebase.analysis_runs.history_version is 'How the history of Git was read, and from where on; null when it was not';
comment on column codebase.commits.files_changed is 'Paths that differ from its first parent; null of a merge, and where the parent is not there (a shallow clone)';
comment on column codebase.commits.number is 'Counts within the codebase in the order in which they were stored, parents before their children';
comment on column codebase.file_changes.lines_added is 'Lines added; null of what is no text: a binary file, a submodule, one of more than 16 MiB or not in the repository';
comment on column codebase.file_changes.lines_removed is 'Lines removed; null where lines_added is';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row; of merges and of commits of more than 20,000 paths nothing';

-- migrate: rollback
comment on column codebase.commits.number is 'Counts within the codebase, parents before their children';
comment on table codebase.file_changes is 'What a commit changed compared with its first parent, a path a row';
comment on column codebase.file_changes.lines_added is 'Lines added, null for a binary file';
comment on column codebase.file_changes.lines_removed is 'Lines removed, null for a binary file';
alter table codebase.file_changes drop constraint change_belongs_to_codebase;
alter table codebase.file_changes
    add constraint change_belongs_to_commit foreign key (organization_id, codebase_id, commit_number)
    references codebase.commits (organization_id, codebase_id, number) on delete cascade;
alter table codebase.commits drop column files_changed;
alter table codebase.analysis_runs drop column history_version;
$gsdb_file$);
select pg_temp.gsdb_migrate(14, 'note_how_dependencies_are_used', 'plain', '5000ms', 1, 957, 979, 158, $gsdb_file$-- What tells whether a package is used: the names that code imports it by, and what runs it where nothing imports it.
-- Packages of the codebase itself that its manifests ask for are rows, too, so that what imports them misses nothing.

alter table codebase.external_dependencies
    add column is_local boolean not null default false,
    add column import_names text[] collate "C" not null default '{}',
    add column run_by text;

comment on column codebase.external_dependencies.is_local is 'It is of the codebase itself: a path, a member of the workspace';
comment on column codebase.external_dependencies.import_names is 'What imports of it begin with: its name, its crate, its modules, its Java packages; empty where imports are not followed';
comment on column codebase.external_dependencies.run_by is 'What runs it rather than importing it: a script or setting of the manifest, or the kind of tool that its name says; null where nothing does';

-- migrate: rollback
drop view if exists codebase.dependency_usage;
alter table codebase.external_dependencies drop column is_local, drop column import_names, drop column run_by;
$gsdb_file$);
select pg_temp.gsdb_migrate(15, 'keep_findings_of_contents', 'plain', '5000ms', 1, 5409, 5431, 487, $gsdb_file$-- What the checks of a content find by its bytes alone, kept with its other facts, so that a run checks only contents
-- that are new; and the comments in it that say to leave issues as they are, which hold for issues of the graph as well.
--
-- Neither has a foreign key to blobs, for the reason that 0003 gives.

create table codebase.blob_findings (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    rule_id         text collate "C" not null,
    element_ordinal integer,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    start_character integer not null,
    end_character   integer not null,
    message         text not null,
    source          text not null,
    constraint blob_findings_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint message_is_not_blank check (btrim(message) <> ''),
    constraint span_does_not_run_backwards check (least(start_line, start_column, start_character, end_character) > 0 and (start_line, start_column) <= (end_line, end_column))
);
select base.tenant_table('codebase.blob_findings');

create table codebase.blob_directives (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    first_line      integer not null,
    last_line       integer not null,
    rules           text[] not null,
    justification   text not null,
    constraint blob_directives_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0 check (ordinal >= 0),
    constraint lines_are_in_order check (first_line > 0 and last_line >= first_line),
    constraint names_a_rule check (cardinality(rules) > 0)
);
select base.tenant_table('codebase.blob_directives');

alter table codebase.analysis_runs add column checks_version text;

alter table codebase.issues add column start_character integer;
alter table codebase.issues add column end_character integer;
alter table codebase.issues add column moved_fingerprint uuid;
alter table codebase.issues add constraint characters_come_in_pairs check ((start_character is null) = (end_character is null) and least(start_character, end_character) > 0);

-- The operator of a command line has no user.
alter table codebase.issue_suppressions drop constraint somebody_suppressed_what_the_source_does_not;
alter table codebase.issue_suppressions add constraint the_source_is_no_user check (kind = 'external' or suppressed_by is null);

comment on table codebase.blob_findings is 'What the checks of a content found that its bytes alone decide';
comment on column codebase.blob_findings.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_findings.blob_id is 'The content';
comment on column codebase.blob_findings.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_findings.rule_id is 'The rule it breaks, whether the organization has it enabled or not';
comment on column codebase.blob_findings.element_ordinal is 'The innermost element around it (codebase.blob_elements), null at the top of the file';
comment on column codebase.blob_findings.start_line is 'Line of its first byte';
comment on column codebase.blob_findings.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.blob_findings.end_line is 'Line after its last byte';
comment on column codebase.blob_findings.end_column is 'Column after its last byte, in bytes from 1';
comment on column codebase.blob_findings.start_character is 'Column of its first byte, in code points from 1';
comment on column codebase.blob_findings.end_character is 'Column after its last byte, in code points from 1';
comment on column codebase.blob_findings.message is 'What was found, in one sentence';
comment on column codebase.blob_findings.source is 'Its source with white space collapsed, at most 200 bytes: what its fingerprint is made of';
comment on table codebase.blob_directives is 'Comments and annotations in a content that say to leave issues as they are';
comment on column codebase.blob_directives.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_directives.blob_id is 'The content';
comment on column codebase.blob_directives.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_directives.first_line is 'The first line that it holds for';
comment on column codebase.blob_directives.last_line is 'The last line that it holds for';
comment on column codebase.blob_directives.rules is 'Ids of the rules';
comment on column codebase.blob_directives.justification is 'The reason in words, empty when none is given';
comment on column codebase.analysis_runs.checks_version is 'Digest of the rules and settings that the issues of the run were found with; null when it was not checked';
comment on column codebase.issues.start_character is 'Column of its first byte in code points, null where it is not known';
comment on column codebase.issues.end_character is 'Column after its last byte in code points, null where it is not known';
comment on column codebase.issues.moved_fingerprint is 'As the fingerprint, but of the rule and of what was found without the path: the same in a file that was renamed';

-- migrate: rollback
alter table codebase.issue_suppressions drop constraint the_source_is_no_user;
alter table codebase.issue_suppressions add constraint somebody_suppressed_what_the_source_does_not check ((kind = 'external') = (suppressed_by is not null)) not valid;
alter table codebase.issues drop column moved_fingerprint, drop column end_character, drop column start_character;
alter table codebase.analysis_runs drop column checks_version;
drop table codebase.blob_directives, codebase.blob_findings;
$gsdb_file$);
select pg_temp.gsdb_migrate(16, 'index_names', 'plain', '5000ms', 1, 2047, 2069, 27, $gsdb_file$-- migrate: extension=pg_trgm
-- Every name of a codebase once, so that a part of a name is looked for among names and not among elements, of which
-- there are several times as many. By codebase, because runs over different codebases are at work at once and would wait
-- for each other's uncommitted names. Names that are gone stay until their codebase goes: what is found is joined to the
-- current elements.
--
-- The index is of trigrams: it finds texts anywhere in a name, and names that are only alike.

create table codebase.names (
    organization_id uuid not null,
    codebase_id     uuid not null,
    name            text collate "C" not null,
    constraint names_pkey primary key (organization_id, codebase_id, name)
);
select base.tenant_table('codebase.names', privileges => 'select, insert');
alter table codebase.names
    add constraint name_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.names is 'The names of a codebase''s elements, each once: where search looks for parts of names';
comment on column codebase.names.organization_id is 'Tenant that owns the row';
comment on column codebase.names.codebase_id is 'The codebase';
comment on column codebase.names.name is 'As in codebase.blob_elements; also of elements that are no longer there';

insert into codebase.names (organization_id, codebase_id, name)
select distinct f.organization_id, f.codebase_id, e.name
from codebase.files f
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where f.last_run is null;

-- The extension may have been created elsewhere than in public.
do $do$
declare
    place constant text := (select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
    execute pg_catalog.format('create index names_trigrams_idx on codebase.names using gin (lower(name) %I.gin_trgm_ops)', place);
end
$do$;

-- migrate: rollback
drop table codebase.names;
$gsdb_file$);
select pg_temp.gsdb_migrate(17, 'keep_tokens_of_contents', 'plain', '5000ms', 1, 1975, 1997, 221, $gsdb_file$-- What looking for copies needs of the contents of files: their tokens, and fingerprints that tell without them which
-- contents have something in common. And of a copy whether it is one as it is or with other names and values.
--
-- blob_tokens has no foreign key to blobs, for the reason that 0003 gives.

create table codebase.blob_tokens (
    organization_id uuid not null,
    blob_id         uuid not null,
    fingerprints    bytea not null,
    tokens          bytea not null,
    constraint blob_tokens_pkey primary key (organization_id, blob_id)
);
alter table codebase.blob_tokens alter column tokens set storage external;  -- they are compressed already
alter table codebase.blob_tokens alter column fingerprints set storage external;  -- hashes
select base.tenant_table('codebase.blob_tokens');

alter table codebase.duplicates add column clone_type smallint not null default 2;
alter table codebase.duplicates alter column clone_type drop default;
alter table codebase.duplicates add constraint clone_type_is_known check (clone_type between 1 and 2);

comment on table codebase.blob_tokens is 'The tokens of a content, of those that have enough to be copied';
comment on column codebase.blob_tokens.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_tokens.blob_id is 'The content';
comment on column codebase.blob_tokens.fingerprints is 'Twelve bytes each: the hash of some tokens and the number of the first, both little-endian; codebase/duplicates/fingerprints.hpp chose them';
comment on column codebase.blob_tokens.tokens is 'codebase/duplicates/stored_tokens.hpp encoded them; the analyser version of the content says which version of it';
comment on column codebase.duplicates.clone_type is '1: the places differ in layout and comments alone; 2: also in names, types and values';
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens, names as they recur and values alike: the same in all places';

-- migrate: rollback
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens with identifiers made alike: the same in all places';
alter table codebase.duplicates drop column clone_type;
drop table codebase.blob_tokens;
$gsdb_file$);
select pg_temp.gsdb_migrate(18, 'measure_the_graph_when_asked', 'plain', '5000ms', 1, 321, 343, 2061, $gsdb_file$-- Figures of symbols that need the graph are made of relationships when they are asked for, which takes less than a
-- millisecond a symbol; nothing ever filled their table. What they were is told by the ranges of runs of relationships.
drop view if exists codebase.element_metrics;
drop table codebase.symbol_metrics;

-- migrate: rollback
drop view if exists codebase.element_metrics, codebase.file_coupling, codebase.folder_coupling, codebase.file_dependencies, codebase.file_duplication;
create table codebase.symbol_metrics (
    organization_id   uuid not null,
    symbol_id         bigint not null,
    first_run         integer not null,
    last_run          integer,
    fan_in            integer not null,
    fan_out           integer not null,
    inheritance_depth integer,
    subtypes          integer,
    coupling          integer,
    constraint symbol_metrics_pkey primary key (organization_id, symbol_id, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint counts_are_not_negative check (least(fan_in, fan_out, inheritance_depth, subtypes, coupling) >= 0)
);
select base.tenant_table('codebase.symbol_metrics');
create unique index symbol_is_measured_once on codebase.symbol_metrics (organization_id, symbol_id) where last_run is null;
comment on table codebase.symbol_metrics is 'Figures about symbols that need the graph, from which run to which run';
comment on column codebase.symbol_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.symbol_metrics.symbol_id is 'The symbol';
comment on column codebase.symbol_metrics.first_run is 'Number of the first run in which this held';
comment on column codebase.symbol_metrics.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.symbol_metrics.fan_in is 'Other symbols that call or instantiate it';
comment on column codebase.symbol_metrics.fan_out is 'Other symbols that it calls or instantiates';
comment on column codebase.symbol_metrics.inheritance_depth is 'DIT: longest way up to a type without a supertype; null for what is no type';
comment on column codebase.symbol_metrics.subtypes is 'NOC: types that inherit from it directly; null for what is no type';
comment on column codebase.symbol_metrics.coupling is 'CBO: other types that it uses or that use it; null for what is no type';
$gsdb_file$);
select pg_temp.gsdb_migrate(19, 'create_index_requests', 'plain', '5000ms', 1, 3829, 3851, 94, $gsdb_file$-- Runs that somebody asked the server for: over HTTP, or by pushing to a repository that is indexed from its URL.

create type codebase.request_state as enum ('waiting', 'running', 'completed', 'failed');
comment on type codebase.request_state is 'What became of the request for a run.';
create type codebase.request_cause as enum ('api', 'push');
comment on type codebase.request_cause is 'Who asked for a run: a caller of the API, or a push.';

create table codebase.index_requests (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    location        text                   not null,
    revision        text                   not null default '',
    cause           codebase.request_cause not null,
    state           codebase.request_state not null default 'waiting',
    attempts        integer                not null default 0,
    taken_until     timestamptz,
    requested_at    timestamptz            not null default now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    codebase_id     uuid,
    run_number      integer,
    error_code      text,
    error_message   text,
    constraint index_requests_pkey primary key (organization_id, id),
    constraint location_is_not_blank check (btrim(location) <> '' and length(location) <= 2000),
    constraint revision_is_short check (length(revision) <= 500),
    constraint running_is_taken check ((state = 'running') = (taken_until is not null)),
    constraint ended_says_when check ((state in ('completed', 'failed')) = (finished_at is not null)),
    constraint completed_has_a_run check ((state = 'completed') = (run_number is not null)),
    constraint failed_says_why check ((state = 'failed') = (error_code is not null and error_message is not null))
);
-- Whoever asks for what is asked for already gets that.
create unique index index_requests_waiting_key on codebase.index_requests (organization_id, location, revision) where finished_at is null and taken_until is null;
create unique index index_requests_open_key on codebase.index_requests (organization_id, id) where finished_at is null;

comment on table codebase.index_requests is 'Runs that the server was asked for, and what became of them. Kept for 90 days.';
comment on column codebase.index_requests.organization_id is 'Whose codebase it is about.';
comment on column codebase.index_requests.id is 'Its id; ids sort as the requests were made.';
comment on column codebase.index_requests.location is 'What to index: a path on the server, or a URL.';
comment on column codebase.index_requests.revision is 'Commit, branch or tag; empty for the state that the location has.';
comment on column codebase.index_requests.cause is 'Who asked.';
comment on column codebase.index_requests.state is 'What became of it.';
comment on column codebase.index_requests.attempts is 'How often it was begun; counted before.';
comment on column codebase.index_requests.taken_until is 'Until when a server has it; later another takes it over. Null while none has.';
comment on column codebase.index_requests.requested_at is 'When it was asked for first.';
comment on column codebase.index_requests.started_at is 'When it was last begun; null before.';
comment on column codebase.index_requests.finished_at is 'When it ended; null before.';
comment on column codebase.index_requests.codebase_id is 'The codebase that was indexed; null before.';
comment on column codebase.index_requests.run_number is 'The run that it became; null before.';
comment on column codebase.index_requests.error_code is 'Why it failed; null where it did not.';
comment on column codebase.index_requests.error_message is 'The same in words.';
select base.tenant_table('codebase.index_requests', privileges => 'select, insert, update');

-- migrate: rollback
drop table codebase.index_requests;
drop type codebase.request_state, codebase.request_cause;
$gsdb_file$);
select pg_temp.gsdb_migrate(20, 'forget_dropped_tables', 'plain', '5000ms', 1, 274, 173, 102, $gsdb_file$-- 0018 dropped symbol_metrics and left its entry among the managed tables: a number that names nothing, and on another server, after a restore,
-- perhaps something else.
delete from base.managed_tables m where not exists (select from pg_class c where c.oid = m.relation);
-- migrate: rollback
delete from base.managed_tables m where not exists (select from pg_class c where c.oid = m.relation);
$gsdb_file$);
select pg_temp.gsdb_end_module();
