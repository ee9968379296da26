-- How the linker brings in what it found, by way of temporary tables as in staging.sql. Staged are the files whose links
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
