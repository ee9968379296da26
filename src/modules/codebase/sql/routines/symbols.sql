-- The ids of symbols. `scope` is the codebase's id, the ecosystem and package joined by a colon, or the language.
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
