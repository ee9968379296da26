-- Questions to the graph whose answers are more than a join. They read the newest complete runs.

-- What may break when a symbol changes: all that reaches it, each with the surest of its shortest ways. Level by level,
-- so that a symbol is visited once however many ways lead to it.
create or replace function codebase.impact(symbol bigint, depth_max integer default 5, confidence_min real default 0.5)
    returns table (symbol_id bigint, depth integer, confidence real)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    organization constant uuid := base.require_organization_id();
    seen bigint[] := array[symbol];
    ids bigint[] := array[symbol];
    confidences real[] := array[1];
begin
    for level in 1 .. depth_max loop
        select array_agg(n.source_id order by n.source_id), array_agg(n.way order by n.source_id) into ids, confidences
        from (select r.source_id, max(f.confidence * r.confidence)::real as way
              from unnest(ids, confidences) as f (id, confidence)
              join codebase.relationships r on r.organization_id = organization and r.target_id = f.id and r.last_run is null
              where r.confidence >= confidence_min
              group by r.source_id) n
        where not exists (select from unnest(seen) as k (id) where k.id = n.source_id);
        exit when ids is null;
        seen := seen || ids;
        return query select f.id, level, f.confidence from unnest(ids, confidences) as f (id, confidence);
    end loop;
end $$;
comment on function codebase.impact(bigint, integer, real) is
    'The symbols that reach a symbol through relationships of at least this confidence, with the number of steps and the confidence of the way';

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
