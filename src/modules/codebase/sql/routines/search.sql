-- Searching by a part of a name. With the owner's rights, because row-level security keeps the login role from using an index by
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
