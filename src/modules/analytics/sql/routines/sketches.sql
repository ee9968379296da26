-- Reading the sketch of a rollup; 0003_create_metric_aggregations.sql says what it is, roll_up.sql makes it.

create or replace function analytics.sketch_percentile(keys integer[], counts bigint[], fraction double precision) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- Of n values in order, the one in this place; the first one for 0.
    place constant double precision := greatest(1, ceil(fraction * (select sum(n) from unnest(counts) as n)));
    reached bigint := 0;
begin
    for i in 1 .. coalesce(cardinality(keys), 0) loop
        reached := reached + counts[i];
        if reached >= place then
            -- ln(1.01/0.99), and the point of the class that no value of it is more than 1 % away from.
            return case when keys[i] = 0 then 0 else sign(keys[i]) * 0.99 * exp((abs(keys[i]) - 40000) * 0.020000666706669435::double precision) end;
        end if;
    end loop;
    return null;
end
$$;
comment on function analytics.sketch_percentile(integer[], bigint[], double precision) is
    'The value below or at which the fraction (0 to 1) of the values lies, within 1 % of the exact one; null without values.';
