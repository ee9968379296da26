-- What a version may declare of its variables. Part of a constraint, so it looks at nothing but the document.

create or replace function prompts.are_template_variables(variables jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    variable jsonb;
    names text[] := array[]::text[];
begin
    if jsonb_typeof(variables) is distinct from 'array' then
        return false;
    end if;
    for variable in select * from jsonb_array_elements(variables) loop
        if jsonb_typeof(variable) <> 'object' or not variable ?& array['name', 'type']
           or variable - array['name', 'type', 'required', 'default', 'description'] <> '{}'
           or jsonb_typeof(variable -> 'name') <> 'string' or variable ->> 'name' !~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'
           or variable ->> 'name' = any (names)
           or jsonb_typeof(coalesce(variable -> 'required', 'true')) <> 'boolean'
           or jsonb_typeof(coalesce(variable -> 'description', '""')) <> 'string'
           -- What is required has no default; what is not, may have one.
           or variable ? 'default' and variable -> 'required' = 'true'
           or not prompts.is_value_of_type(coalesce(variable -> 'default', 'null'), variable ->> 'type')
        then
            return false;
        end if;
        names := names || (variable ->> 'name');
    end loop;
    return true;
end
$$;
comment on function prompts.are_template_variables(jsonb) is 'Whether a document declares variables: an array of objects with name, type and maybe required, default, description.';

-- Null is a value of every known type: a default may be nothing.
create or replace function prompts.is_value_of_type(value jsonb, type_name text) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(case type_name
        when 'text' then jsonb_typeof(value) in ('string', 'null')
        when 'integer' then case jsonb_typeof(value) when 'number' then value::numeric = trunc(value::numeric) when 'null' then true end
        when 'number' then jsonb_typeof(value) in ('number', 'null')
        when 'boolean' then jsonb_typeof(value) in ('boolean', 'null')
        when 'list' then jsonb_typeof(value) in ('array', 'null')
        when 'object' then jsonb_typeof(value) in ('object', 'null')
    end, false);
end
$$;
comment on function prompts.is_value_of_type(jsonb, text) is 'Whether a value can be given to a variable of the named type: text, integer, number, boolean, list or object.';
