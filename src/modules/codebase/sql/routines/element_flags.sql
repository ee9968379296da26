-- The names of the bits in blob_elements.flags, in bit order. ElementFlag in extract/facts.hpp is their other half; a test compares them.
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
