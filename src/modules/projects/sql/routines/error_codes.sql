-- The errors that the routines of projects raise. The code is the API; the words may improve.

create or replace function projects.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS201', 'repository_not_linked', 'The project does not work in the repository.', 'Link the repository to the project first.');
end
$$;
comment on function projects.error_codes() is 'The errors of schema projects: SQLSTATE, name, meaning, remedy.';
