-- Questions to the graph whose answers are more than a join. They read the newest complete runs.

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
