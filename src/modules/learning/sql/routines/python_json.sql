-- Values of Python's JSON that jsonb does not have: {"$number": "NaN"} and the like. Migration 0009 says how they are written.

create or replace function openevolve.number(value jsonb) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case jsonb_typeof(value)
        when 'number' then value::double precision
        when 'object' then (value ->> '$number')::double precision
    end;
end
$$;
comment on function openevolve.number(jsonb) is 'The number that a JSON value is, NaN and Infinity too; null when it is none.';

create or replace function openevolve.json_number(value double precision) returns jsonb
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    if value in ('NaN', 'Infinity', '-Infinity') then
        return jsonb_build_object('$number', value::text);
    end if;
    return to_jsonb(value);
end
$$;
comment on function openevolve.json_number(double precision) is 'A number as JSON value, NaN and Infinity too.';

-- A score that is not a number loses against every other: in PostgreSQL NaN is greater than all.
create or replace function openevolve.fitness(metrics jsonb, feature_dimensions text[]) returns double precision
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    score double precision := openevolve.number(metrics -> 'combined_score');
    of_all double precision;
begin
    if score is null then
        select avg(openevolve.number(m.value)) filter (where m.key <> all (feature_dimensions)), avg(openevolve.number(m.value))
        into score, of_all
        from jsonb_each(metrics) as m
        where openevolve.number(m.value) <> 'NaN';
        score := coalesce(score, of_all, 0);
    end if;
    return case when score = 'NaN' then '-Infinity' else score end;
end
$$;
comment on function openevolve.fitness(jsonb, text[]) is
    'What selection compares: combined_score, or the mean of the numbers that are no feature dimensions, or of all numbers; 0 without any.';
